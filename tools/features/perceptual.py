"""How far pictures are from the true ones to a public network.

    perceptual.py FOLDER [--out FILE.json]

FOLDER is what `soda eval reconstruct --pictures` and `soda eval interpolate --pictures` write: truth/ and a folder for every
row with pictures of the same names ("truth at 0.5" belongs to "… at 0.5").

The distance is that of Zhang et al., The Unreasonable Effectiveness of Deep Features as a Perceptual Metric, 2018, eq. 1,
without learnt weights: feature maps of every stage, scaled to length 1 at each place, their squared differences summed
over channels, averaged over places and summed over stages. Its values are not those of LPIPS, whose network and weights
are others: compare them with each other only.
"""

import argparse
import json
import pathlib
import re
import sys

import network
import numpy as np
import weights
from PIL import Image
from pictures import decode

BATCH = 16


class Distance:
    def __init__(self):
        self.session = network.session(weights.load(), maps=True)

    def maps(self, files):
        pictures = [decode(file.read_bytes(), 64).resize((network.SIDE, network.SIDE), Image.BICUBIC) for file in files]
        x = np.stack([np.asarray(picture, np.float32) for picture in pictures])
        maps = self.session.run(None, {"pictures": ((x - 127) / 128).transpose(0, 3, 1, 2)})
        return [m / np.sqrt((m * m).sum(1, keepdims=True) + 1e-10) for m in maps]

    @staticmethod
    def between(a, b):
        """Of every picture, from the maps of both."""
        return sum(((x - y) ** 2).sum(1).mean((1, 2)) for x, y in zip(a, b))


def pngs(folder):
    return sorted(folder.glob("*.png"))


def against_truth(distance, folder):
    """Row to the distance of each of its pictures."""
    found = {}
    for truth in sorted(folder.glob("truth*")):
        end = truth.name.removeprefix("truth")
        rows = [row for row in sorted(folder.iterdir()) if row.is_dir() and not row.name.startswith("truth")]
        # "truth" alone goes with rows of no distance, "truth-at-0-5" with "…-at-0-5".
        rows = [row for row in rows if (row.name.endswith(end) if end else not re.search(r"-at-0-\d+$", row.name))]
        files = pngs(truth)
        for first in range(0, len(files), BATCH):
            part = files[first : first + BATCH]
            true_maps = distance.maps(part)
            for row in rows:
                own = [row / file.name for file in part]
                if missing := [file for file in own if not file.exists()]:
                    sys.exit(f"perceptual: {missing[0]} is not there; let soda eval write the pictures anew, into an empty folder")
                found.setdefault(row.name, []).extend(distance.between(true_maps, distance.maps(own)).tolist())
            print(f"\r{truth.name}: {first + len(part)}/{len(files)}", end="", file=sys.stderr)
        print(file=sys.stderr)
    return found


def main():
    parser = argparse.ArgumentParser(description="Perceptual distances of the pictures that soda eval keeps.")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, help="file for the results as JSON, with every picture's distance")
    args = parser.parse_args()
    distance = Distance()
    pictures = against_truth(distance, args.folder)
    if not pictures:
        sys.exit(f"perceptual: {args.folder} holds no truth/; write it with: soda eval reconstruct --pictures {args.folder}")
    print(f"{'perceptual distance from the true picture':<52} {'mean':>8} {'median':>8}")
    for row, values in sorted(pictures.items(), key=lambda item: np.mean(item[1])):
        print(f"{row:<52} {np.mean(values):>8.4f} {np.median(values):>8.4f}")
    if args.out:
        part = args.out.with_name(args.out.name + ".part")
        part.write_text(json.dumps({"network": "efficientnet-lite0", "pictures": pictures}))
        part.replace(args.out)


if __name__ == "__main__":
    main()
