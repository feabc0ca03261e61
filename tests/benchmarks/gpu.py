"""One run on a CUDA device: equality with the processor, speed, memory, live latency, a training step.

    python tests/benchmarks/gpu.py [--minutes 4] [--device cuda:0] [--rehearse]

Works as it is wherever torch sees a CUDA device, in under five minutes; nothing is fetched. Large models have random
weights: neither speed nor memory nor equality of two devices depends on them. Exits with 1 if a device differs from the
processor by more than it may: unit tokens by 1e-3 in float32; bfloat16 is told, not judged. ``--rehearse`` takes every
step on the processor, with a small model and few parts, to see that all of them run; its figures say nothing.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import open_clip
import torch

from tokenclip_core import Inspector, load_image
from tokenclip_core.arrays import to_numpy, unit
from tokenclip_core.images.reading import find_images
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.model.engines.conversion import check_pixels
from tokenclip_core.model.engines.torch_engine import TorchEngine
from tokenclip_core.resources import resource_path
from tokenclip_core.subspaces.prompts import PromptLearner
from tokenclip_core.subspaces.textual import from_descriptors
from tokenclip_core.subspaces.vocabulary import default_vocabulary
from tokenclip_core.training.losses import visual_losses

MOST_DIFFERENCE = 1e-3
TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
# Dense peaks in bfloat16 without sparsity, in TFLOP/s, as NVIDIA states them; for others the share is left out.
BF16_PEAKS = {"H200": 989, "H100": 989, "A100": 312, "L40S": 362, "L4": 121, "RTX 4090": 165, "A10": 125}


@dataclass(frozen=True)
class Plan:
    """What is measured.

    Attributes:
        device: where.
        large: architecture that stands for large models.
        sides: in pixels.
        batch: parts at one go, fewer where memory is short.
        models: the bundled ones.
        runs: of each measurement.
    """

    device: torch.device
    large: str = "ViT-L-14-336"
    sides: tuple[int, ...] = (336, 518)
    batch: int = 32
    models: tuple[str, ...] = ("compact", "dinov2-small")
    runs: int = 5

    @property
    def name(self) -> str:
        """Of the device."""
        return torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else "the processor"


def wait_for(device: torch.device) -> None:
    """Let the device finish what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def seconds(work: Callable[[], object], device: torch.device, runs: int = 5) -> float:
    """Median seconds of some work, the device's queue included, after two rounds that don't count."""
    times = []
    for run in range(runs + 2):
        wait_for(device)
        started = time.perf_counter()
        work()
        wait_for(device)
        if run > 1:
            times.append(time.perf_counter() - started)
    return statistics.median(times)


def large(name: str, side: int, precision: str, device: torch.device) -> Backbone:
    """The large model with random weights."""
    torch.manual_seed(0)
    model = open_clip.create_model(name, load_weights=False, force_image_size=side)
    tokenizer = open_clip.get_tokenizer(name)
    return Backbone.from_open_clip(model, tokenizer, name=name, device=device, dtype=TYPES[precision])


def difference(one: Backbone, other: Backbone, side: int) -> float:
    """Largest difference of unit tokens and features of two backbones on one picture."""
    pixels = check_pixels(side, side)
    found = [
        TorchEngine(backbone).encode(pixels, backbone.default_layers, backbone.default_first_vv_block)
        for backbone in (one, other)
    ]
    pairs = [[to_numpy(unit(value)) for value in (each.patch_features, each.global_feature)] for each in found]
    return max(float(np.abs(mine - theirs).max()) for mine, theirs in zip(*pairs, strict=True))


def flops(backbone: Backbone, side: int) -> float:
    """Floating point operations of the dense encoding of one picture, counted by torch on the processor's path."""
    from torch.utils.flop_counter import FlopCounterMode

    pixels = torch.zeros(1, 3, side, side, device=backbone.device, dtype=backbone.dtype)
    counter = FlopCounterMode(display=False)
    with torch.inference_mode(), counter:
        backbone.encode_image(pixels)
    return float(counter.get_total_flops())


def speed(name: str, backbone: Backbone, side: int, precision: str, plan: Plan) -> None:
    """Parts a second, the share of plain `encode_image`, and of the card's peak."""
    device, on_card, batch = plan.device, plan.device.type == "cuda", plan.batch
    while True:
        try:
            if on_card:
                torch.cuda.reset_peak_memory_stats(device)
            pixels = torch.randn(batch, 3, side, side, device=device, dtype=backbone.dtype)
            with torch.inference_mode():
                dense = seconds(partial(backbone.encode_image, pixels), device, plan.runs)
                plain = seconds(partial(backbone.model.encode_image, pixels), device, plan.runs)
            break
        except torch.cuda.OutOfMemoryError:
            torch.cuda.empty_cache()
            batch //= 2
            if not batch:
                print(f"{name} at {side} px, {precision}: not even one part fits")
                return
    said = f"{batch / dense:8.1f} parts/s, dense / plain {dense / plain:.3f}"
    peak = next((value for card, value in BF16_PEAKS.items() if card in plan.name), None)
    if precision == "bf16" and (peak is not None or not on_card):
        said += f", {100 * flops(backbone, side) * batch / dense / ((peak or 1) * 1e12):.0f} % of the card's peak"
    memory = torch.cuda.max_memory_allocated(device) / 2**30 if on_card else 0.0
    print(f"{name} at {side} px, {precision}, batch {batch}: {said}, {memory:.1f} GiB", flush=True)


def bundled(plan: Plan) -> bool:
    """The bundled models: scores against the processor, parts a second, latency of a frame; False if they differ."""
    device = plan.device
    images = [load_image(path) for path in list(find_images([resource_path("samples")]))[: max(1, plan.batch // 4)]]
    equal = True
    for model in plan.models:
        here = Inspector.from_pretrained(model, device="cpu", engine="torch")
        there = Inspector.from_pretrained(model, device=str(device), precision="fp32", engine="torch")
        worst = max(
            abs(mine.score - theirs.score)
            for mine, theirs in zip(there.inspect_batch(images), here.inspect_batch(images), strict=True)
        )
        equal &= worst <= MOST_DIFFERENCE
        many = seconds(lambda one=there: one.inspect_batch(images * 2), device, plan.runs) / (2 * len(images))
        frame = seconds(lambda one=there: one.inspect(images[0]), device, 4 * plan.runs)
        print(
            f"{model}, fp32: scores differ from the processor's by {worst:.1e}; {1 / many:.0f} parts/s with "
            f"scoring, {1000 * frame:.1f} ms a live frame",
            flush=True,
        )
        for precision in TYPES:
            backbone = Inspector.from_pretrained(
                model, device=str(device), precision=precision, engine="torch"
            ).backbone
            speed(model, backbone, here.image_size, precision, plan)
    return equal


def training_step(backbone: Backbone, device: torch.device) -> float:
    """Seconds of one step of prompt training on tokens at hand."""
    learner = PromptLearner(backbone, 12)
    optimiser = torch.optim.Adam(learner.parameters(), 1e-3)
    side = 37
    features = torch.nn.functional.normalize(torch.randn(8, 4, side * side, backbone.embed_dim, device=device), dim=-1)
    global_features = torch.nn.functional.normalize(torch.randn(8, backbone.embed_dim, device=device), dim=-1)
    labels = torch.tensor([0.0, 1.0] * 4, device=device)
    targets = (torch.rand(8, 74, 74, device=device) < 0.02).float()
    scoring = Inspector(backbone, from_descriptors(backbone, default_vocabulary())).settings

    def step() -> None:
        losses = visual_losses(learner(), features, global_features, labels, targets, (side, side), scoring)
        optimiser.zero_grad()
        (losses.image + losses.focal + losses.dice_anomalous + losses.dice_normal).backward()
        optimiser.step()

    return seconds(step, device, 3)


def measure(plan: Plan, ends: float) -> bool:
    """Print what the time allows; whether the device gives what the processor does."""
    device = plan.device
    equal = bundled(plan)
    side = plan.sides[0]
    reference = large(plan.large, side, "fp32", torch.device("cpu"))
    for precision in TYPES:
        found = difference(large(plan.large, side, precision, device), reference, side)
        print(
            f"{plan.large} at {side} px, {precision}: unit tokens differ from the processor's by {found:.1e}",
            flush=True,
        )
        equal &= precision != "fp32" or found <= MOST_DIFFERENCE
    del reference
    for side in plan.sides:
        for precision in reversed(TYPES):
            if time.monotonic() < ends:
                backbone = large(plan.large, side, precision, device)
                speed(plan.large, backbone, side, precision, plan)
    if time.monotonic() < ends:
        taken = training_step(large(plan.large, side, "fp32", device), device)
        print(f"a training step, 8 parts of 37 x 37 tokens: {1000 * taken:.0f} ms")
    return equal


def main() -> int:
    """Run what the time allows; 1 if a device differs from the processor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--rehearse", action="store_true", help="every step on the processor, with a small model")
    options = parser.parse_args()
    if options.rehearse:
        plan = Plan(torch.device("cpu"), "ViT-S-32-alt", (64, 96), 2, ("compact",), 1)
    elif torch.cuda.is_available():
        plan = Plan(torch.device(options.device))
    else:
        print("there is no CUDA device here, or this torch has no CUDA; nothing was measured")
        return 0
    logging.disable(logging.WARNING)  # open_clip warns that weights are random
    print(f"{plan.name}, torch {torch.__version__}, {torch.cuda.device_count()} device(s)")
    equal = measure(plan, time.monotonic() + 60 * options.minutes)
    print("equal to the processor" if equal else "NOT equal to the processor")
    return int(not equal)


if __name__ == "__main__":
    sys.exit(main())
