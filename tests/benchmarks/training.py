"""Epochs from the token cache against epochs that encode, and the exact pixel metrics of 500 maps.

    python tests/benchmarks/training.py [--models compact ViT-L-14-336] [--parts 16] [--epochs 3] [--maps 500]

The parts fill whole batches, as nearly all of a real training set do. A model that is not installed is made with random
weights: neither speed nor memory depends on them. Losses with and without the cache are compared too.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import open_clip
import torch
from measure import Timing, interleaved, peak_memory

from tokenclip_core.data.layouts import Sample, load_layout
from tokenclip_core.data.procedural import write_dataset
from tokenclip_core.measuring.metrics import pixel_metrics
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.model.loading import load_model
from tokenclip_core.subspaces.vocabulary import default_vocabulary
from tokenclip_core.training.events import BatchDone, EpochDone, PartPrepared
from tokenclip_core.training.token_cache import TokenCache
from tokenclip_core.training.trainer import Trainer
from tokenclip_core.training.training_settings import TrainingSettings

# AnomalyCLIP's input side, for models other than the bundled one.
LARGE_SIDE = 518


def make_backbone(name: str) -> tuple[Backbone, int]:
    """A model and the input side in pixels that it is trained at."""
    if name == "compact":
        model = load_model(name)
        return model.backbone, model.defaults.image_size or model.backbone.image_size
    torch.manual_seed(0)
    clip = open_clip.create_model(name, load_weights=False)
    return Backbone.from_open_clip(clip, open_clip.get_tokenizer(name), name=name), LARGE_SIDE


def epochs(trainer: Trainer, samples: Sequence[Sample]) -> tuple[list[float], list[float]]:
    """Seconds of every epoch, and the loss of every batch."""
    seconds, losses, begun = [], [], 0.0
    for event in trainer.run(samples):
        if isinstance(event, PartPrepared):
            begun = time.perf_counter()
        elif isinstance(event, BatchDone):
            losses.append(event.losses.total)
        elif isinstance(event, EpochDone):
            seconds.append(time.perf_counter() - begun)
            begun = time.perf_counter()
    return seconds, losses


def measure_cache(name: str, parts: int, count: int, folder: Path) -> None:
    """Print the seconds of epochs with and without the cache."""
    backbone, side = make_backbone(name)
    data = folder / "parts"
    # Twice as many, since some of the good ones are not in the split.
    list(write_dataset(data, count=2 * parts, size=side, seed=3, families=["wood"], defects=["hole"]))
    samples = load_layout(data)
    samples = [samples[index * len(samples) // parts] for index in range(parts)]
    settings = TrainingSettings(epochs=count, validation_share=0.0)
    found, losses = {}, {}
    for word, cache in (("encoding", None), ("from the cache", TokenCache(folder / "tokens"))):
        out = folder / f"{word.replace(' ', '_')}.safetensors"
        trainer = Trainer(backbone, default_vocabulary(), settings, out, image_size=side, cache=cache)
        seconds, losses[word] = epochs(trainer, samples)
        # The first epoch of each warms up.
        found[word] = Timing(word, tuple(seconds[1:]))
    print(f"\n{name}, {len(samples)} parts of {side} px, epochs after the first, {torch.get_num_threads()} threads")
    print(*found.values(), sep="\n")
    speed_up = statistics.median(found["encoding"].seconds) / statistics.median(found["from the cache"].seconds)
    differences = [abs(one - other) for one, other in zip(*losses.values(), strict=True)]
    print(f"epochs from the cache are faster by                 {speed_up:.1f} times")
    first = differences[: -(-parts // settings.batch_size)]
    print(f"difference of a batch's loss, first epoch, at most  {max(first):.1e}")
    print(f"in all epochs, since Adam makes steps of roundings  {max(differences):.1e} of {losses['encoding'][-1]:.2f}")
    print(f"peak memory so far                                  {peak_memory():.0f} MiB", flush=True)


def measure_metrics(maps: int, side: int = 256) -> None:
    """Print the seconds that exact metrics of random maps take."""
    random = np.random.default_rng(0)
    masks = np.zeros((maps, side, side), np.uint8)
    for number in range(0, maps, 2):
        top, left = random.integers(0, side - 40, 2)
        masks[number, top : top + 40, left : left + 40] = 1
    scores = (0.8 * random.random(masks.shape, np.float32) + 0.2 * masks).astype(np.float32)
    (timing,) = interleaved({"pixel AUROC, AP and AUPRO": lambda: pixel_metrics(masks, scores)}, 3).values()
    print(f"\n{maps} maps of {side} x {side}\n{timing}", flush=True)


def main() -> None:
    """Measure everything asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="*", default=["compact", "ViT-L-14-336"])
    parser.add_argument("--parts", type=int, default=16)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--maps", type=int, default=500)
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # open_clip warns that the weights are random
    measure_metrics(options.maps)
    for name in options.models:
        with tempfile.TemporaryDirectory() as folder:
            measure_cache(name, options.parts, options.epochs, Path(folder))


if __name__ == "__main__":
    main()
