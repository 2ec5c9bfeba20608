"""The matcher's weights: EfficientNet-Lite0 up to its eleventh block, in half precision.

    convert.py --out FOLDER [--check PICTURE]

BatchNorm is folded into the convolutions, and weights are laid out as the kernels read them: `[inputs, outputs]`, depthwise
`[taps, channels]`. `basis` holds the first 8 principal components of block 4's maps over the photographs that scikit-image
ships. With --check, the maps of blocks 4, 7 and 10 for a picture and the means of blocks 9 and 10 within are written too:
tests/fixtures/matcher.safetensors is made so.
"""

import argparse
import pathlib
import sys

import numpy as np
from PIL import Image
from safetensors.numpy import save_file

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "features"))
import network  # noqa: E402
import weights  # noqa: E402

BLOCKS = 11
COMPONENTS = 8
PHOTOGRAPHS = ["astronaut", "chelsea", "coffee", "rocket", "hubble_deep_field", "retina", "immunohistochemistry", "colorwheel"]
SIDE = 256
DESCRIBING = [9, 10]  # blocks whose depthwise maps describe a whole picture


def folded(source, conv, norm):
    """The convolution's weight [outputs, inputs, k, k] and bias once BatchNorm is in them."""
    scale = source[f"{norm}.weight"] / np.sqrt(source[f"{norm}.running_var"] + 1e-3)
    weight = source[f"{conv}.weight"] * scale[:, None, None, None]
    return weight, source[f"{norm}.bias"] - source[f"{norm}.running_mean"] * scale


def layers(source):
    """Name to (weight, bias), folded, in PyTorch's layout."""
    found = {"stem": folded(source, "_conv_stem", "_bn0")}
    for number in range(BLOCKS):
        block = f"_blocks.{number}"
        if f"{block}._expand_conv.weight" in source:
            found[f"blocks.{number}.expand"] = folded(source, f"{block}._expand_conv", f"{block}._bn0")
        found[f"blocks.{number}.depthwise"] = folded(source, f"{block}._depthwise_conv", f"{block}._bn1")
        found[f"blocks.{number}.project"] = folded(source, f"{block}._project_conv", f"{block}._bn2")
    return found


def laid_out(name, weight):
    if name == "stem":  # [outputs, 3, 3, 3] to [rows · columns · colours, outputs]
        return weight.transpose(2, 3, 1, 0).reshape(27, -1)
    if name.endswith("depthwise"):  # [channels, 1, k, k] to [k · k, channels]
        return weight.reshape(len(weight), -1).T
    return weight[:, :, 0, 0].T


def stages(session, picture):
    """Maps of each stage, [channels, height, width], for a picture [side, side, 3] of bytes."""
    x = ((picture.astype(np.float32) - 127) / 128).transpose(2, 0, 1)[None]
    return [maps[0] for maps in session.run(None, {"pictures": x})]


def unit(maps):
    """Places as unit vectors [places, channels], less the picture's own mean."""
    rows = maps.reshape(len(maps), -1).T
    rows = rows - rows.mean(0)
    return rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-6)


def crops(picture):
    """Five squares: the whole and the four quarters."""
    height, width = picture.shape[:2]
    side = min(height, width)
    half = side // 2
    boxes = [((width - side) // 2, (height - side) // 2, side)]
    boxes += [(x, y, half) for x in (0, width - half) for y in (0, height - half)]
    for x, y, side in boxes:
        crop = Image.fromarray(picture).crop((x, y, x + side, y + side))
        yield np.asarray(crop.resize((SIDE, SIDE), Image.BILINEAR))


def basis(session):
    """Principal components of block 4's unit vectors, [channels, 8]."""
    import skimage.data

    rows = []
    for name in PHOTOGRAPHS:
        picture = np.asarray(getattr(skimage.data, name)())[..., :3]
        rows += [unit(stages(session, crop)[2])[::5] for crop in crops(picture)]
    rows = np.concatenate(rows)
    return np.linalg.svd(rows - rows.mean(0), full_matrices=False)[2][:COMPONENTS].T


def main():
    parser = argparse.ArgumentParser(description="Convert EfficientNet-Lite0 for the matcher.")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder for model.safetensors")
    parser.add_argument("--check", type=pathlib.Path, help="also write check.safetensors, for this picture at 64 pixels")
    args = parser.parse_args()
    network.SIDE = SIDE
    source = weights.load()
    session = network.session(source, maps=True)
    tensors = {}
    for name, (weight, bias) in layers(source).items():
        tensors[f"{name}.weight"] = laid_out(name, weight)
        tensors[f"{name}.bias"] = bias
    tensors["basis"] = basis(session)
    halves = {name: np.ascontiguousarray(value, np.float16) for name, value in tensors.items()}
    args.out.mkdir(parents=True, exist_ok=True)
    save_file(halves, args.out / "model.safetensors", {"network": "efficientnet-lite0, blocks 0 to 10"})
    print(f"{sum(value.size for value in halves.values())} numbers: {args.out / 'model.safetensors'}")
    if args.check:
        network.SIDE = 64
        session = network.session(source, maps=True, depthwise=DESCRIBING)
        picture = np.asarray(Image.open(args.check).convert("RGB").resize((64, 64), Image.BILINEAR))
        found = stages(session, picture)
        maps = {"picture": picture, "block4": found[2], "block7": found[3], "block10": found[4]}
        maps["described"] = np.concatenate([inner.mean((1, 2)) for inner in found[-len(DESCRIBING) :]])
        save_file({name: np.ascontiguousarray(value) for name, value in maps.items()}, args.out / "check.safetensors")


if __name__ == "__main__":
    main()
