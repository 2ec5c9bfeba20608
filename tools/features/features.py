"""Features of pictures in a public network, for `soda eval frechet` and `soda eval few-shot --beside`.

    features.py PICTURES --out FILE.safetensors [--gaussian N]

PICTURES is a folder or a .tar or .tar.gz of pictures; a sheet.png among them, as `soda sample` writes one, is left out.
"""

import argparse
import json
import pathlib
import sys

import network
import numpy as np
import weights
from pictures import decode, read
from PIL import Image
from safetensors.numpy import save_file

BATCH = 32


def gaussian(pictures, count, seed):
    """Draws from the Gaussian that has the mean and the covariance of the pictures, which is what principal components
    know of them: mean + Xᵀ·w/√(n − 1), w standard normal, X the pictures less their mean."""
    x = np.stack([np.asarray(picture, np.float32) for picture in pictures])
    shape, x = x.shape[1:], x.reshape(len(x), -1)
    mean = x.mean(0)
    w = np.random.default_rng(seed).standard_normal((count, len(x)), np.float32)
    drawn = mean + w @ (x - mean) / np.sqrt(len(x) - 1)
    drawn = drawn.clip(0, 255).round().astype(np.uint8).reshape(-1, *shape)
    return [Image.fromarray(picture) for picture in drawn]


def compute(pictures):
    session = network.session(weights.load())
    rows = []
    for first in range(0, len(pictures), BATCH):
        part = [p.resize((network.SIDE, network.SIDE), Image.BICUBIC) for p in pictures[first : first + BATCH]]
        x = np.stack([np.asarray(picture, np.float32) for picture in part])
        rows.append(session.run(None, {"pictures": ((x - 127) / 128).transpose(0, 3, 1, 2)})[0])
        print(f"\r{first + len(part)}/{len(pictures)}", end="", file=sys.stderr)
    print(file=sys.stderr)
    return np.concatenate(rows)


def main():
    parser = argparse.ArgumentParser(description="Features of pictures in EfficientNet-Lite0.")
    parser.add_argument("pictures", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="file to write: tensor features [N, 1280]")
    parser.add_argument("--size", type=int, default=64, help="side that pictures are brought to first [default: 64]")
    parser.add_argument("--limit", type=int, help="use only so many pictures, evenly spread")
    parser.add_argument("--gaussian", type=int, help="instead, so many draws from a Gaussian fitted to the pictures")
    parser.add_argument("--seed", type=int, default=0, help="seed of those draws")
    args = parser.parse_args()
    found = read(args.pictures)
    if len(found) < 2:
        sys.exit(f"features: {args.pictures} holds {len(found)} pictures; a distribution needs at least two")
    if args.limit and args.limit < len(found):
        found = [found[i * len(found) // args.limit] for i in range(args.limit)]
    pictures = [decode(data, args.size) for _, data in found]
    metadata = {"network": "efficientnet-lite0", "names": json.dumps([name for name, _ in found])}
    if args.gaussian:
        pictures = gaussian(pictures, args.gaussian, args.seed)
        del metadata["names"]
    features = compute(pictures)
    part = args.out.with_name(args.out.name + ".part")
    save_file({"features": features}, part, metadata)
    part.replace(args.out)
    print(f"{len(features)} pictures, {features.shape[1]} features each: {args.out}")


if __name__ == "__main__":
    main()
