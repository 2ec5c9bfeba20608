"""Weights, inputs and graphs (ONNX files, and JSON for the page) of the networks that are compared, into a folder."""

import argparse
import json
import os

import numpy as np
from safetensors.numpy import load_file, save_file

import networks
from onnx_graph import Onnx
from recorder import Recorder

BATCHES = (1, 16)


def inputs_of(network, batch, config, random):
    """What a network is given, and the target of its training."""
    side = 32 if network == "reference" else config["size"]
    maps = [random.standard_normal((batch, 3, side, side)).astype(np.float32) for _ in range(3)]
    given = {"x": maps[0], "target": maps[1]}
    if network == "browser":
        given |= {"source": np.clip(maps[2] / 2, -1, 1), "log_snr": random.uniform(-5, 5, batch).astype(np.float32)}
    return given


def forward_of(network, net, config):
    if network == "reference":
        return lambda x: networks.reference(net, x)
    return lambda x, source, log_snr: networks.unet(net, config, x, log_snr, networks.encoder(net, config, source))


def onnx_model(network, given, config, weights):
    net = Onnx(weights, len(given["x"]))
    names = [name for name in given if name != "target"]
    for name in names:
        net.input(name, given[name].shape)
    return net.model(names, forward_of(network, net, config)(*names))


def plain_graph(network, given, config, weights):
    """As JSON, the same for every batch."""
    net = Recorder()
    inputs = {name: net.value() for name in given if name != "target"}
    return net.graph(inputs, forward_of(network, net, config)(*inputs.values()), weights)


def export(model, folder):
    """Writes everything; gives the configuration, the weights and the inputs."""
    os.makedirs(folder, exist_ok=True)
    config = json.load(open(f"{model}/config.json"))["model"]
    random = np.random.default_rng(1)

    def initial(name, shape):
        if name.endswith("weight"):
            return random.standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:])) * 0.5
        return random.standard_normal(shape) * 0.1 + (1.0 if name.endswith("gamma") else 0.0)

    weights = {
        "reference": {k: initial(k, s).astype(np.float32) for k, s in networks.reference_shapes().items()},
    }
    if "blobs" in config:
        print(f"{model}: skipped, its blobs are not written for the peers; only the reference network is compared")
    else:
        weights["browser"] = {k: v.astype(np.float32) for k, v in load_file(f"{model}/model.safetensors").items()}
    given = {}
    for network in weights:
        save_file(weights[network], f"{folder}/{network}.safetensors")
        for batch in BATCHES:
            given[network, batch] = inputs_of(network, batch, config, random)
            save_file(given[network, batch], f"{folder}/{network}-{batch}.safetensors")
            with open(f"{folder}/{network}-{batch}.onnx", "wb") as file:
                file.write(onnx_model(network, given[network, batch], config, weights[network]))
        with open(f"{folder}/{network}.json", "w") as file:
            json.dump(plain_graph(network, given[network, BATCHES[0]], config, weights[network]), file)
    return config, weights, given


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--folder", required=True)
    arguments = parser.parse_args()
    export(arguments.model, arguments.folder)
