"""What a person waits for after moving a slider: map, score and pixels from kept tokens, without the model.

    python tests/benchmarks/rescoring.py [--runs 10] [--threads 2] [--profile]

Two sizes: a sample in the bundled model at 256 px, and 1369 tokens x 4 taps x 12 subspaces of 768-wide tokens, made up.
Each change is timed as the window does it: scoring, the layers' pixels, regions and their outline. Wall time is what is
felt; CPU time tells it on a busy machine, too.
"""

from __future__ import annotations

import argparse
import cProfile
import dataclasses
import pstats
import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import open_clip
import torch
from pools import begin_as_programs_do

from app.canvas import compose
from app.editing.adjustments import Adjustments, Area, Areas, ScoringChoice
from app.work.part_results import part_result
from tokenclip_core import Inspector, load_image
from tokenclip_core.arrays import unit
from tokenclip_core.images.reading import find_images
from tokenclip_core.inspection.encoded_part import EncodedPart
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.resources import resource_path
from tokenclip_core.subspaces.textual import TextualSubspaces, from_descriptors
from tokenclip_core.subspaces.vocabulary import default_vocabulary

SIDE, PATCH, WIDTH, TAPS, SUBSPACES = 518, 14, 768, 4, 12
CHANGES = {
    "top-k": Adjustments(scoring=ScoringChoice(top_k=3)),
    "epsilon, small": Adjustments(scoring=ScoringChoice(epsilon=0.002)),
    "epsilon, large": Adjustments(scoring=ScoringChoice(epsilon=0.1)),
    "smoothing": Adjustments(scoring=ScoringChoice(sigma=9.0)),
    "softmax": Adjustments(scoring=ScoringChoice(assignment="softmax")),
    "solo": Adjustments(soloed=frozenset({0})),
    "own threshold": Adjustments(own_thresholds=((0, 0.1), (1, 0.1))),
    "ignored area": Adjustments(areas=Areas((Area("ignore", "rectangle", ((0, 0), (0.4, 0.7))),))),
}


def compact() -> tuple[Inspector, EncodedPart]:
    """The bundled model with a bundled sample."""
    inspector = Inspector.from_pretrained("compact", device="cpu")
    part = next(iter(find_images([resource_path("samples")])))
    return inspector, inspector.encode([load_image(part)])[0]


def large() -> tuple[Inspector, EncodedPart]:
    """A large model's tokens: its tower is small here, since it is not measured, and its cosines are made up."""
    torch.manual_seed(0)
    model = open_clip.CLIP(
        embed_dim=WIDTH,
        vision_cfg=open_clip.CLIPVisionCfg(layers=TAPS, width=64, head_width=32, patch_size=PATCH, image_size=SIDE),
        text_cfg=open_clip.CLIPTextCfg(width=64, heads=2, layers=1),
    )
    backbone = Backbone.from_open_clip(model.eval(), open_clip.get_tokenizer("ViT-B-32"), name="large")
    known = from_descriptors(backbone, default_vocabulary())
    chosen = [number % len(known) for number in range(SUBSPACES)]
    random = np.random.default_rng(0)
    noise = 0.3 * random.standard_normal((SUBSPACES, 2, WIDTH), np.float32) / WIDTH**0.5
    embeddings = unit(known.embeddings[chosen] + noise)
    subspaces = TextualSubspaces(embeddings, tuple(known.subspaces[number] for number in chosen), "descriptors")
    inspector = Inspector(backbone, subspaces, image_size=SIDE, layers=tuple(range(1, TAPS + 1)))
    image = random.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    (encoded,) = inspector.encode([image])
    cosines = 0.2 + 0.04 * random.standard_normal(encoded.similarities.shape, np.float32)
    return inspector, dataclasses.replace(encoded, similarities=cosines)


def change(inspector: Inspector, encoded: EncodedPart, adjustments: Adjustments) -> None:
    """Do what the window's workers do after a change."""
    mix = adjustments.mix(len(inspector.subspaces))
    settings = inspector.settings.replace(**mix.changes())
    result = part_result(inspector.score(encoded, settings, ignored=mix.areas or None), milliseconds=0.0)
    compose.threshold_view(result.find_regions(adjustments.judgement(len(result.subspaces))), adjustments.threshold)


def timed(work: Callable[[], object], runs: int) -> tuple[list[float], list[float]]:
    """Milliseconds of wall and CPU time of each run, after one that does not count."""
    wall, cpu = [], []
    for run in range(runs + 1):
        started, burnt = time.perf_counter(), time.process_time()
        work()
        if run:
            wall.append(1000 * (time.perf_counter() - started))
            cpu.append(1000 * (time.process_time() - burnt))
    return wall, cpu


def main() -> None:
    """Print a line for each change."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--profile", action="store_true", help="show where the time goes")
    arguments = parser.parse_args()
    begin_as_programs_do()
    torch.set_num_threads(arguments.threads)
    for name, make in (("compact, 256 px, target 30 ms", compact), ("1369 x 4 x 12, target 100 ms", large)):
        inspector, encoded = make()
        show(name, inspector, encoded, arguments.runs)
        if arguments.profile:
            profiler = cProfile.Profile()
            with profiler:
                for adjustments in CHANGES.values():
                    change(inspector, encoded, adjustments)
            pstats.Stats(profiler).sort_stats("tottime").print_stats(18)


def show(name: str, inspector: Inspector, encoded: EncodedPart, runs: int) -> None:
    """Print a size's lines."""
    layers, tokens, count = encoded.similarities.shape[:3]
    print(f"\n{name}: {tokens} tokens, {layers} taps, {count} subspaces, {encoded.nbytes / 2**20:.1f} MiB kept")
    print(f"{'':<18} {'median':>8} {'worst':>8} ms   {'CPU':>8} {'worst':>8} ms")
    changes = dict(CHANGES)
    if layers > 1:
        changes["one tap"] = Adjustments(scoring=ScoringChoice(layers=encoded.layers[-1:]))
    for title, adjustments in changes.items():
        wall, cpu = timed(partial(change, inspector, encoded, adjustments), runs)
        felt, burnt = (f"{statistics.median(times):>8.1f} {max(times):>8.1f} ms" for times in (wall, cpu))
        print(f"{title:<18} {felt}   {burnt}")


if __name__ == "__main__":
    main()
