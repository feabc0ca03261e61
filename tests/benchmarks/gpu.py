"""One run on a CUDA device: equality with the processor, speed, memory, live latency, a training step.

    python tests/benchmarks/gpu.py [--minutes 4] [--device cuda:0]

Works as it is wherever torch sees a CUDA device, in under five minutes; nothing is fetched. Large models have random
weights: neither speed nor memory nor equality of two devices depends on them. Exits with 1 if a device differs from the
processor by more than it may: unit tokens by 1e-3 in float32; bfloat16 is told, not judged.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import time
from collections.abc import Callable
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
from tokenclip_core.model.folders import available_models
from tokenclip_core.resources import resource_path
from tokenclip_core.subspaces.prompts import PromptLearner
from tokenclip_core.subspaces.textual import from_descriptors
from tokenclip_core.subspaces.vocabulary import default_vocabulary
from tokenclip_core.training.losses import visual_losses

LARGE, SIDES, BATCH = "ViT-L-14-336", (336, 518), 32
MOST_DIFFERENCE = 1e-3
TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
# Dense peaks in bfloat16 without sparsity, in TFLOP/s, as NVIDIA states them; for others the share is left out.
BF16_PEAKS = {"H200": 989, "H100": 989, "A100": 312, "L40S": 362, "L4": 121, "RTX 4090": 165, "A10": 125}


def seconds(work: Callable[[], object], device: torch.device, runs: int = 5) -> float:
    """Median seconds of some work, the device's queue included, after two rounds that don't count."""
    times = []
    for run in range(runs + 2):
        torch.cuda.synchronize(device)
        started = time.perf_counter()
        work()
        torch.cuda.synchronize(device)
        if run > 1:
            times.append(time.perf_counter() - started)
    return statistics.median(times)


def large(side: int, precision: str, device: torch.device) -> Backbone:
    """The large model with random weights."""
    torch.manual_seed(0)
    model = open_clip.create_model(LARGE, load_weights=False, force_image_size=side)
    tokenizer = open_clip.get_tokenizer(LARGE)
    return Backbone.from_open_clip(model, tokenizer, name=LARGE, device=device, dtype=TYPES[precision])


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


def speed(name: str, backbone: Backbone, side: int, precision: str, device: torch.device) -> None:
    """Parts a second, the share of plain `encode_image`, and of the card's peak."""
    batch = BATCH
    while True:
        try:
            torch.cuda.reset_peak_memory_stats(device)
            pixels = torch.randn(batch, 3, side, side, device=device, dtype=backbone.dtype)
            with torch.inference_mode():
                dense = seconds(partial(backbone.encode_image, pixels), device)
                plain = seconds(partial(backbone.model.encode_image, pixels), device)
            break
        except torch.cuda.OutOfMemoryError:
            torch.cuda.empty_cache()
            batch //= 2
            if not batch:
                print(f"{name} at {side} px, {precision}: not even one part fits")
                return
    said = f"{batch / dense:8.1f} parts/s, dense / plain {dense / plain:.3f}"
    peak = next((value for card, value in BF16_PEAKS.items() if card in torch.cuda.get_device_name(device)), None)
    if precision == "bf16" and peak is not None:
        said += f", {100 * flops(backbone, side) * batch / dense / (peak * 1e12):.0f} % of the card's peak"
    memory = torch.cuda.max_memory_allocated(device) / 2**30
    print(f"{name} at {side} px, {precision}, batch {batch}: {said}, {memory:.1f} GiB", flush=True)


def bundled(device: torch.device) -> bool:
    """The bundled models: scores against the processor, parts a second, latency of a frame; False if they differ."""
    images = [load_image(path) for path in list(find_images([resource_path("samples")]))[:8]]
    equal = True
    for model in available_models():
        if not resource_path("models", model.name).is_dir():
            continue
        here = Inspector.from_pretrained(model.name, device="cpu", engine="torch")
        there = Inspector.from_pretrained(model.name, device=str(device), precision="fp32")
        worst = max(
            abs(mine.score - theirs.score)
            for mine, theirs in zip(there.inspect_batch(images), here.inspect_batch(images), strict=True)
        )
        equal &= worst <= MOST_DIFFERENCE
        many = seconds(lambda one=there: one.inspect_batch(images * 2), device, 3) / (2 * len(images))
        frame = seconds(lambda one=there: one.inspect(images[0]), device, 20)
        print(
            f"{model.name}, fp32: scores differ from the processor's by {worst:.1e}; {1 / many:.0f} parts/s with "
            f"scoring, {1000 * frame:.1f} ms a live frame",
            flush=True,
        )
        for precision in TYPES:
            backbone = Inspector.from_pretrained(model.name, device=str(device), precision=precision).backbone
            speed(model.name, backbone, here.image_size, precision, device)
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


def main() -> int:
    """Run what the time allows; 1 if a device differs from the processor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--minutes", type=float, default=4.0)
    options = parser.parse_args()
    if not torch.cuda.is_available():
        print("there is no CUDA device here, or this torch has no CUDA; nothing was measured")
        return 0
    logging.disable(logging.WARNING)  # open_clip warns that weights are random
    device, ends = torch.device(options.device), time.monotonic() + 60 * options.minutes
    print(f"{torch.cuda.get_device_name(device)}, torch {torch.__version__}, {torch.cuda.device_count()} device(s)")
    equal = bundled(device)
    side = SIDES[0]
    reference = large(side, "fp32", torch.device("cpu"))
    for precision in TYPES:
        found = difference(large(side, precision, device), reference, side)
        print(f"{LARGE} at {side} px, {precision}: unit tokens differ from the processor's by {found:.1e}", flush=True)
        equal &= precision != "fp32" or found <= MOST_DIFFERENCE
    del reference
    for side in SIDES:
        for precision in reversed(TYPES):
            if time.monotonic() < ends:
                backbone = large(side, precision, device)
                speed(LARGE, backbone, side, precision, device)
    if time.monotonic() < ends:
        print(f"a training step, 8 parts of 37 x 37 tokens: {1000 * training_step(backbone, device):.0f} ms")
    print("equal to the processor" if equal else "NOT equal to the processor")
    return int(not equal)


if __name__ == "__main__":
    sys.exit(main())
