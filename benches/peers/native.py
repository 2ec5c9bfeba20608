"""Ours against onnxruntime and TensorFlow (XLA), natively: `make bench-peers` runs this.

One run, jobs interleaved: in every round each side does a job a few times, so that what else the machine does falls on
all alike. Prints `ratio JOB X.XX`, above 1 where ours is faster, and writes every time to a JSON file.
"""

import argparse
import json
import os
import statistics
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import onnxruntime
import tensorflow as tf
from safetensors.numpy import load_file

from export import BATCHES, export, forward_of
from ours import Ours
from tensorflow_graph import TensorFlow, training_step

TOLERANCE = 1e-4


def onnx_session(path, given, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return session, {name: array for name, array in given.items() if name != "target"}


def timed(repeats, work):
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        result = work()
        times.append((time.perf_counter() - begin) * 1e3)
    return times, result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    folder, threads = arguments.folder, len(os.sched_getaffinity(0))
    config, weights, given = export(arguments.model, folder)
    ours = Ours([arguments.program, folder, arguments.model])
    results = {}
    for network in weights:
        prefix = "" if network == "reference" else "browser-"
        for batch in BATCHES:
            job = f"{prefix}native-forward-b{batch}"
            session, feed = onnx_session(f"{folder}/{network}-{batch}.onnx", given[network, batch], threads)
            repeats = 8 if batch == 1 else 3
            off = compare(ours, f"{network}-forward-{batch}", session.run(None, feed)[0])
            results[job] = race(
                arguments.rounds,
                lambda: ours.run(f"{network}-forward-{batch}", repeats)["ms"],
                lambda: timed(repeats, lambda: session.run(None, feed))[0],
            ) | {"peer": f"onnxruntime {onnxruntime.__version__}", "largest_difference": off}
            report(job, results[job])
        job = f"{prefix}native-train-b16"
        net = TensorFlow(weights[network])
        step = training_step(net, forward_of(network, net, config))
        arrays = [v for k, v in given[network, 16].items() if k != "target"] + [given[network, 16]["target"]]
        feed = [tf.constant(v.transpose(0, 2, 3, 1) if v.ndim == 4 else v) for v in arrays]
        theirs = [float(step(*feed)) for _ in range(3)][-1]
        loss = ours.run(f"{network}-train-16", 3)["loss"]
        if abs(loss - theirs) > 1e-3 * abs(theirs):
            raise SystemExit(f"{job}: after three steps our loss is {loss} and theirs {theirs}")
        results[job] = race(
            arguments.rounds,
            lambda: ours.run(f"{network}-train-16", 4)["ms"][1:],
            lambda: timed(3, lambda: float(step(*feed)))[0],
        ) | {"peer": f"tensorflow {tf.__version__}, XLA", "loss_after_three_steps": [loss, theirs]}
        report(job, results[job])
    with open(arguments.out + ".part", "w") as file:
        json.dump({"threads": threads, "jobs": results}, file, indent=1)
    os.replace(arguments.out + ".part", arguments.out)


def compare(ours, job, theirs):
    output = load_file(ours.run(job, 1)["output"])["y"]
    off = float(np.abs(output - theirs).max())
    if off > TOLERANCE * max(1.0, float(np.abs(theirs).max())):
        raise SystemExit(f"{job}: our output differs from onnxruntime's by {off}")
    return off


def race(rounds, ours, theirs):
    """Times of both sides, in turns; the first round warms up."""
    times = {"ours_ms": [], "peer_ms": []}
    for round in range(rounds + 1):
        for side, run in (("ours_ms", ours), ("peer_ms", theirs)):
            taken = run()
            if round:
                times[side] += taken
    return times


def report(job, result):
    ours, theirs = (statistics.median(result[side]) for side in ("ours_ms", "peer_ms"))
    print(f"{job}: ours {ours:.1f} ms, {result['peer']} {theirs:.1f} ms")
    print(f"ratio {job} {theirs / ours:.2f}", flush=True)


if __name__ == "__main__":
    main()
