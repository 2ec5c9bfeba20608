"""Training by `soda train` against PyTorch, in pictures a second on all cores: `make bench-peers` runs this.

The networks are those of a shipped model's recipe, at 64x64 and 32x32. PyTorch computes the same forward pass (10^-4) and the same
losses over three steps (10^-3), which is checked first. Its ways of using the cores are all tried: one process with a
thread a core, and a process a core that share each batch (gloo), in f32 and in bf16 by autocast. Ours is tried in f32 and in
bf16 as well. One run, in turns.
Ours decodes and augments pictures beside; PyTorch is given one batch that stays in memory.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
from safetensors.numpy import load_file, save_file

from networks import reference_shapes

BATCH = 32
SIDES = (64, 32)
WAYS = {"f32": ("one", False), "bf16": ("one", True), "f32-processes": ("each", False), "bf16-processes": ("each", True)}


OURS = {"ours": "f32", "ours-bf16": "bf16"}


def recipe(networks, side, pictures, precision="f32"):
    return {
        "precision": precision,
        "model": networks | {"size": side},
        "phases": [{"size": side, "pictures": pictures, "batch": BATCH}],
        "pairs": {"p_warp": 0.0, "p_between": 0.0},
        "warmup": 10,
        "seed": 1,
    }


def ours(soda, data, settings, out):
    """Trains by these settings; pictures a second over the second half, if it takes long enough to tell."""
    with open(f"{out}.json", "w") as file:
        json.dump(settings, file)
    command = [soda, "train", "--config", f"{out}.json", "--data", data, "--out", out, "--name", "bench", "--json"]
    begin, marks = time.perf_counter(), []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            event = json.loads(line) if line.startswith("{") else {}
            if event.get("event") == "step":
                marks.append((time.perf_counter() - begin, event["pictures"]))
        if process.wait():
            raise SystemExit(f"soda train: {process.stderr.read()}")
    marks = marks[len(marks) // 2 :]
    if len(marks) < 2:
        return None
    return (marks[-1][1] - marks[0][1]) / (marks[-1][0] - marks[0][0])


def worker(arguments):
    """PyTorch, as one process of however many; rank 0 prints pictures a second."""
    import torch
    from torch_soda import Soda

    rank, ranks = arguments.rank, arguments.ranks
    torch.set_num_threads(arguments.threads)
    if ranks > 1:
        import torch.distributed as dist

        dist.init_process_group("gloo", init_method=f"file://{arguments.folder}/rendezvous", rank=rank, world_size=ranks)
    config = json.load(open(f"{arguments.model}/config.json"))["model"]
    soda = Soda(config, load_file(f"{arguments.model}/model.safetensors"))
    parameters = list(soda.tensors.values())
    optimizer = torch.optim.AdamW(parameters, lr=1e-4, weight_decay=1e-4, fused=True)
    averages = [parameter.detach().clone() for parameter in parameters]
    torch.manual_seed(rank)
    batch, side = BATCH // ranks, config["size"]
    x, source, target = (
        torch.randn(batch, 3, side, side).contiguous(memory_format=torch.channels_last) for _ in range(3)
    )
    log_snr = torch.rand(batch) * 10 - 5

    def step():
        with torch.autocast("cpu", torch.bfloat16, enabled=arguments.bf16):
            loss = (soda.forward(x, source, log_snr) - target).square().mean()
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        if ranks > 1:
            gradients = torch.cat([parameter.grad.flatten() for parameter in parameters])
            dist.all_reduce(gradients)
            torch._foreach_copy_(
                [parameter.grad for parameter in parameters],
                [part.view_as(p) for part, p in zip(gradients.div_(ranks).split([p.numel() for p in parameters]), parameters)],
            )
        torch.nn.utils.clip_grad_norm_(parameters, 1.0, foreach=True)
        optimizer.step()
        torch._foreach_lerp_(averages, [parameter.detach() for parameter in parameters], 1e-3)
        return loss.item()

    for _ in range(3):
        step()
    begin, steps = time.perf_counter(), 0
    # Every rank takes as many steps: the first one says when it is enough.
    going = torch.ones(1)
    while going:
        step()
        steps += 1
        going[0] = float(time.perf_counter() - begin < arguments.seconds)
        if ranks > 1:
            dist.broadcast(going, 0)
    if rank == 0:
        print(json.dumps({"rate": BATCH * steps / (time.perf_counter() - begin)}))


def theirs(way, model, seconds):
    processes, bf16 = WAYS[way]
    cores = len(os.sched_getaffinity(0))
    ranks = cores if processes == "each" else 1
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "worker", "--model", model, "--seconds", str(seconds), "--folder", folder]
        command += ["--ranks", str(ranks), "--threads", str(cores // ranks), *(["--bf16"] if bf16 else [])]
        running = [
            subprocess.Popen([*command, "--rank", str(rank)], stdout=subprocess.PIPE, text=True) for rank in range(ranks)
        ]
        output = [process.communicate()[0] for process in running]
        if any(process.returncode for process in running):
            raise SystemExit(f"PyTorch ({way}) failed")
        return json.loads(output[0])["rate"]


def compare(program, folder, model):
    """The same forward pass and the same losses on both sides."""
    import torch
    from ours import Ours
    from torch_soda import Soda

    config = json.load(open(f"{model}/config.json"))["model"]
    random, side = np.random.default_rng(1), config["size"]
    maps = [random.standard_normal((16, 3, side, side)).astype(np.float32) for _ in range(3)]
    given = {"x": maps[0], "target": maps[1], "source": np.clip(maps[2] / 2, -1, 1), "log_snr": random.uniform(-5, 5, 16).astype(np.float32)}
    save_file(given, f"{folder}/browser-16.safetensors")
    # The program opens the reference network as well, which is not run here.
    unused = {name: np.zeros(shape, np.float32) for name, shape in reference_shapes().items()}
    save_file(unused, f"{folder}/reference.safetensors")
    mine = Ours([program, folder, model])
    soda = Soda(config, load_file(f"{model}/model.safetensors"))
    x, target, source, log_snr = (torch.from_numpy(given[name]) for name in ("x", "target", "source", "log_snr"))
    output = load_file(mine.run("browser-forward-16", 1)["output"])["y"]
    with torch.no_grad():
        expected = soda.forward(x, source, log_snr).numpy()
    off = float(np.abs(output - expected).max() / max(1.0, np.abs(expected).max()))
    if off > 1e-4:
        raise SystemExit(f"{side}x{side}: our output differs from PyTorch's by {off}")
    parameters = list(soda.tensors.values())
    optimizer = torch.optim.AdamW(parameters, lr=1e-4, weight_decay=1e-4)
    for _ in range(3):
        loss = (soda.forward(x, source, log_snr) - target).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    ours_after = mine.run("browser-train-16", 3)["loss"]
    if abs(ours_after - loss.item()) > 1e-3 * abs(loss.item()):
        raise SystemExit(f"{side}x{side}: after three steps our loss is {ours_after} and PyTorch's {loss.item()}")
    return {"largest_difference": off, "loss_after_three_steps": [ours_after, loss.item()]}


def main(arguments):
    import torch

    with open(arguments.recipe) as file:
        networks = json.load(file)["train"]["model"]
    results = {"torch": torch.__version__, "cores": len(os.sched_getaffinity(0))}
    for side in SIDES:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            data = f"{folder}/shapes.tar"
            subprocess.run([arguments.soda, "shapes", data, "--count", "400", "--size", str(side)], check=True, stdout=subprocess.DEVNULL)
            ours(arguments.soda, data, recipe(networks, side, 20 * BATCH), f"{folder}/first")
            model = f"{folder}/first/model"
            checked = compare(arguments.program, folder, model)
            rates = {name: [] for name in (*OURS, *WAYS)}
            pictures = int(arguments.seconds * (500 if side == 64 else 1500))
            for turn in range(arguments.rounds):
                for name, precision in OURS.items():
                    settings = recipe(networks, side, pictures, precision)
                    rates[name].append(ours(arguments.soda, data, settings, f"{folder}/{name}{turn}"))
                for way in WAYS:
                    rates[way].append(theirs(way, model, arguments.seconds))
        medians = {name: statistics.median(values) for name, values in rates.items()}
        best = max(WAYS, key=medians.get)
        best_f32 = max((way for way in WAYS if not WAYS[way][1]), key=medians.get)
        told = ", ".join(f"{name} {rate:.0f}" for name, rate in medians.items())
        print(f"training at {side}x{side}, pictures a second: {told}")
        print(f"ratio train-{side} f32 {medians['ours'] / medians[best_f32]:.2f} (against {best_f32})")
        print(f"ratio train-{side} bf16 {medians['ours-bf16'] / medians[best]:.2f} (against {best})", flush=True)
        results[f"{side}"] = rates | checked
    with open(arguments.out + ".part", "w") as file:
        json.dump(results, file, indent=1)
    os.replace(arguments.out + ".part", arguments.out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    if sys.argv[1:2] == ["worker"]:
        parser.add_argument("worker")
        parser.add_argument("--model", required=True)
        parser.add_argument("--folder", required=True)
        parser.add_argument("--seconds", type=float, required=True)
        parser.add_argument("--rank", type=int, required=True)
        parser.add_argument("--ranks", type=int, required=True)
        parser.add_argument("--threads", type=int, required=True)
        parser.add_argument("--bf16", action="store_true")
        worker(parser.parse_args())
    else:
        parser.add_argument("--program", required=True)
        parser.add_argument("--soda", required=True)
        parser.add_argument("--recipe", required=True)
        parser.add_argument("--folder", required=True)
        parser.add_argument("--out", required=True)
        parser.add_argument("--rounds", type=int, default=3)
        parser.add_argument("--seconds", type=float, default=15.0)
        main(parser.parse_args())
