"""Ours against onnxruntime and TensorFlow (XLA), natively: `make bench-peers` runs this.

One run, jobs interleaved: in every round each side does a job a few times, so that what else the machine does falls on
all alike. Prints `ratio JOB X.XX`, above 1 where ours is faster, and writes every time to a JSON file.
"""

import argparse
import json
import os
import statistics
import subprocess
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import onnxruntime
import tensorflow as tf
from safetensors.numpy import load_file, save_file

import networks
from onnx_graph import Onnx
from tensorflow_graph import TensorFlow, training_step

TOLERANCE = 1e-4


def inputs_of(network, batch, config, random):
    """What a network is given, and the target of its training."""
    side = 32 if network == "reference" else config["size"]
    maps = [random.standard_normal((batch, 3, side, side)).astype(np.float32) for _ in range(3)]
    given = {"x": maps[0], "target": maps[1]}
    if network == "browser":
        given |= {"source": np.clip(maps[2] / 2, -1, 1), "log_snr": random.uniform(-5, 5, batch).astype(np.float32)}
    return given


def onnx_session(network, given, config, weights, threads):
    net = Onnx(weights, len(given["x"]))
    names = [name for name in given if name != "target"]
    for name in names:
        net.input(name, given[name].shape)
    model = net.model(names, forward_of(network, net, config)(*names))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"]), {name: given[name] for name in names}


def forward_of(network, net, config):
    if network == "reference":
        return lambda x: networks.reference(net, x)
    return lambda x, source, log_snr: networks.unet(net, config, x, log_snr, networks.encoder(net, config, source))


class Ours:
    """Our program, told what to run line by line."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, job, repeats):
        self.process.stdin.write(f"{job} {repeats}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"our program ended while running {job}")
        return json.loads(line)


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
    os.makedirs(folder, exist_ok=True)
    config = json.load(open(f"{arguments.model}/config.json"))["model"]
    random = np.random.default_rng(1)

    def initial(name, shape):
        if name.endswith("weight"):
            return random.standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:])) * 0.5
        return random.standard_normal(shape) * 0.1 + (1.0 if name.endswith("gamma") else 0.0)

    weights = {
        "reference": {k: initial(k, s).astype(np.float32) for k, s in networks.reference_shapes().items()},
        "browser": {k: v.astype(np.float32) for k, v in load_file(f"{arguments.model}/model.safetensors").items()},
    }
    save_file(weights["reference"], f"{folder}/reference.safetensors")
    given = {}
    for network in weights:
        for batch in (1, 16):
            given[network, batch] = inputs_of(network, batch, config, random)
            save_file(given[network, batch], f"{folder}/{network}-{batch}.safetensors")

    ours = Ours([arguments.program, folder, arguments.model])
    results = {}
    for network in weights:
        prefix = "" if network == "reference" else "browser-"
        for batch in (1, 16):
            job = f"{prefix}native-forward-b{batch}"
            session, feed = onnx_session(network, given[network, batch], config, weights[network], threads)
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
