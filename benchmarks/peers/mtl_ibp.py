"""Times a training step of MTL-IBP in PyTorch, with the interval bounds of auto_LiRPA: the step that `glacis bench` times.

Passes: clean (moves running statistics), one attack step in evaluation mode, adversarial, interval bounds of the margins with
the last layer merged; cross-entropies, L1, backward, clipping, Adam. Prints one JSON object.

Needs torch and auto_LiRPA 0.7 (its sources: PYTHONPATH=.../auto_LiRPA), and MNIST's idx files in DIR/mnist (--data DIR).
"""
import argparse
import gzip
import json
import os
import statistics
import sys
import time
from pathlib import Path

# glibc hands large tensors back to the kernel unless it is told not to; that can cost PyTorch more than half of its time.
KEEP = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "100000000000", "MALLOC_TOP_PAD_": "536870912"}
if any(os.environ.get(name) != value for name, value in KEEP.items()):
    os.environ.update(KEEP)
    os.execv(sys.executable, [sys.executable, *sys.argv])

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--net", choices=("cnn7", "small"), default="cnn7")
parser.add_argument("--batch", type=int, default=256)
parser.add_argument("--steps", type=int, default=24)
parser.add_argument("--warmup", type=int, default=3)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--data", default=os.environ.get("GLACIS_DATA", "."))
args = parser.parse_args()

import torch
from auto_LiRPA import BoundedModule, BoundedTensor, PerturbationLpNorm
from torch import nn
from torch.nn.functional import cross_entropy

torch.set_num_threads(args.threads)
torch.manual_seed(0)


def idx(name):
    folder = Path(args.data) / "mnist"
    packed = folder / f"{name}.gz"
    raw = gzip.decompress(packed.read_bytes()) if packed.exists() else (folder / name).read_bytes()
    return raw[16:] if "images" in name else raw[8:]


images = torch.frombuffer(bytearray(idx("train-images-idx3-ubyte")), dtype=torch.uint8).view(-1, 1, 28, 28)
labels = torch.frombuffer(bytearray(idx("train-labels-idx1-ubyte")), dtype=torch.uint8).long()


def network():
    if args.net == "small":
        return nn.Sequential(
            nn.Conv2d(1, 16, 4, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 4, 2, 1), nn.ReLU(),
            nn.Flatten(), nn.Linear(32 * 49, 100), nn.ReLU(), nn.Linear(100, 10))
    layers, channels = [], 1
    for filters, stride in ((64, 1), (64, 1), (128, 2), (128, 1), (128, 1)):
        layers += [nn.Conv2d(channels, filters, 3, stride, 1), nn.BatchNorm2d(filters), nn.ReLU()]
        channels = filters
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(128 * 196, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, 10))


plain = network().train()
model = BoundedModule(plain, images[:2].float() / 255, device="cpu")
model.train()
optimizer = torch.optim.Adam(plain.parameters(), lr=5e-4)
weights = [m.weight for m in plain if isinstance(m, (nn.Linear, nn.Conv2d))]
identity = torch.eye(10)
others = torch.stack([torch.tensor([j for j in range(10) if j != y]) for y in range(10)])


def step(k):
    at = torch.arange(k * args.batch, (k + 1) * args.batch) % len(images)
    x, y = images[at].float() / 255, labels[at]
    lower, upper = (x - .2).clamp(0, 1), (x + .2).clamp(0, 1)
    model(x)
    plain.eval(), model.eval()
    points = (lower + torch.rand_like(x) * (upper - lower)).requires_grad_()
    slope, = torch.autograd.grad(cross_entropy(model(points), y, reduction="sum"), points)
    points = torch.clamp(points.detach() + 5 * (upper - lower) * slope.sign(), lower, upper)
    plain.train(), model.train()
    adversarial = cross_entropy(model(points), y)
    margins = identity[y].unsqueeze(1) - identity[others[y]]
    box = BoundedTensor(x, PerturbationLpNorm(norm=float("inf"), eps=.2, x_L=lower, x_U=upper))
    least, _ = model.compute_bounds(x=(box,), C=margins, method="IBP", bound_upper=False)
    robust = torch.log1p(torch.exp(-least).sum(1)).mean()
    loss = .01 * robust + .99 * adversarial + 1e-5 * sum(w.abs().sum() for w in weights)
    loss.backward()
    nn.utils.clip_grad_norm_(plain.parameters(), 10.)
    optimizer.step()
    optimizer.zero_grad()


times = []
for k in range(args.warmup + args.steps):
    began = time.perf_counter()
    step(k)
    times.append(1e3 * (time.perf_counter() - began))
status = Path("/proc/self/status").read_text().splitlines()
peak = next((int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM")), -1)
print(json.dumps({
    "peer": "PyTorch + auto_LiRPA", "torch": torch.__version__, "net": args.net, "batch": args.batch, "steps": args.steps,
    "threads": args.threads, "parameters": sum(p.numel() for p in plain.parameters()),
    "stepMillisMedian": statistics.median(times[args.warmup:]), "peakMemoryBytes": peak}))
