"""OpenCV's dense optical flow (DIS) and a cross-fade against pictures that are known to lie between two others.

The flow's field is brought half-way and drawn as `soda morph` draws: a place p of the half-way domain is p - v of A and
p + v of B; at time t, p = X - (2t - 1)v(p); both are sampled there and mixed. Means over the pictures, in dB.
"""

import io
import json
import sys
import tarfile
import time

import cv2
import numpy as np

SIDE = 64
ELLIPSE = (0.5, 0.523, 0.266, 0.344)


def read(path):
    pictures, notes = {}, {}
    with tarfile.open(path) as archive:
        for member in archive:
            if not member.isfile():
                continue
            name, _, ending = member.name.rpartition(".")
            data = archive.extractfile(member).read()
            if ending == "json":
                notes[name] = json.loads(data)
            else:
                pictures[name] = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    return pictures, notes


def half_way(flow):
    """v on the half-way domain, of a flow u from A to B: v(p) = u(x)/2 with p = x + u(x)/2."""
    v = 0.5 * flow
    for _ in range(8):
        v = 0.5 * sampled(flow, -v)
    return v


def sampled(picture, shift):
    height, width = shift.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return cv2.remap(picture, x + shift[..., 0], y + shift[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def frame(a, b, v, t):
    q = v
    for _ in range(6):
        q = sampled(v, -(2 * t - 1) * q)
    return (1 - t) * sampled(a, -2 * t * q) + t * sampled(b, 2 * (1 - t) * q)


def psnr(x, y, mask=None):
    error = ((x.astype(np.float64) - y) / 255) ** 2
    return -10 * np.log10(max((error if mask is None else error[mask]).mean(), 1e-10))


def main():
    pictures, notes = read(sys.argv[1])
    y, x = (np.mgrid[:SIDE, :SIDE] + 0.5) / SIDE
    inside = ((x - ELLIPSE[0]) / ELLIPSE[2]) ** 2 + ((y - ELLIPSE[1]) / ELLIPSE[3]) ** 2 < 1
    rows, fields, seconds = {}, {}, []
    presets = {
        "DIS, fast": cv2.DISOPTICAL_FLOW_PRESET_FAST,
        "DIS, medium": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
    }
    for name, note in notes.items():
        if "alpha" not in note or note["a"] not in pictures or note["b"] not in pictures:
            continue
        pair = (note["a"], note["b"])
        a, b = (pictures[end].astype(np.float32) for end in pair)
        t, truth = note["alpha"], pictures[name]
        shown = {"cross-fade": (1 - t) * a + t * b}
        for preset, number in presets.items():
            if (pair, preset) not in fields:
                # Four times the side: the flow's patches are 8 pixels wide.
                large = [
                    cv2.resize(cv2.cvtColor(pictures[end], cv2.COLOR_BGR2GRAY), None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
                    for end in pair
                ]
                since = time.perf_counter()
                flow = cv2.DISOpticalFlow_create(number).calc(*large, None)
                seconds.append(time.perf_counter() - since)
                flow = cv2.resize(flow, (SIDE, SIDE), interpolation=cv2.INTER_AREA) / 4
                fields[pair, preset] = half_way(flow)
            shown[preset] = frame(a, b, fields[pair, preset], t)
        for kind, picture in shown.items():
            sums = rows.setdefault((round(t, 2), kind), [])
            sums.append((psnr(picture, truth), psnr(picture, truth, inside)))
    for (t, kind), values in sorted(rows.items()):
        whole, face = np.mean(values, axis=0)
        print(f"{t:.2f} {kind:<24} {whole:6.2f} {face:6.2f}")
    print(f"{len(values)} pictures a row; a flow took {1000 * np.mean(seconds):.1f} ms")


main()
