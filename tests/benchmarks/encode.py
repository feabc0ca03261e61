"""Dense encoding against plain ``encode_image`` of the same model, and transport with scoring as a share of it.

    python tests/benchmarks/encode.py [--model ViT-L-14-336] [--sides 336 518] [--precisions fp32 bf16] [--runs 5]

The weights are random: neither speed nor memory depends on them. The plain encode runs at the side of the dense one.
"""

from __future__ import annotations

import argparse
import logging

import numpy as np
import open_clip
import torch
from measure import interleaved, peak_memory
from pools import begin_as_programs_do

from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.subspaces.textual import from_descriptors
from tokenclip_core.subspaces.vocabulary import default_vocabulary

TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def measure(name: str, side: int, precision: str, device: str, runs: int) -> None:
    """Print one setting's times and ratios."""
    torch.manual_seed(0)
    model = open_clip.create_model(name, load_weights=False, force_image_size=side)
    backbone = Backbone.from_open_clip(
        model, open_clip.get_tokenizer(name), name=name, device=device, dtype=TYPES[precision]
    )
    inspector = Inspector(backbone, from_descriptors(backbone, default_vocabulary()), image_size=side)
    random = np.random.default_rng(0)
    image = random.integers(0, 256, (side, side, 3), dtype=np.uint8)
    pixels = torch.randn(1, 3, side, side, device=device, dtype=TYPES[precision])
    (encoded,) = inspector.encode([image])

    def finished(result: object) -> object:
        if device.startswith("cuda"):
            torch.cuda.synchronize()
        return result

    with torch.inference_mode():
        times = interleaved(
            {
                "plain encode_image": lambda: finished(model.encode_image(pixels)),
                "dense encode, four taps": lambda: finished(backbone.encode_image(pixels)),
                "dense encode, last tap": lambda: finished(backbone.encode_image(pixels, (backbone.depth,))),
                "transport + scoring + map": lambda: finished(inspector.score(encoded)),
            },
            runs,
        )
    plain, four, last, score = times.values()
    setting = f"{name}, {side} px, {precision}, {device}"
    print(f"\n{setting}, {len(inspector.subspaces)} subspaces, {torch.get_num_threads()} threads")
    print(*times.values(), sep="\n")
    print(f"dense, four taps / plain            {four.ratio(plain):.3f}")
    print(f"dense, last tap / plain             {last.ratio(plain):.3f}")
    print(f"transport + scoring / dense         {score.ratio(four):.4f}")
    print(f"peak memory so far                  {peak_memory():.0f} MiB", flush=True)


def main() -> None:
    """Measure every combination asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="ViT-L-14-336")
    parser.add_argument("--sides", type=int, nargs="+", default=[336, 518])
    parser.add_argument("--precisions", nargs="+", choices=list(TYPES), default=["fp32", "bf16"])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    begin_as_programs_do()
    logging.disable(logging.WARNING)  # open_clip warns that the weights are random
    for side in options.sides:
        for precision in options.precisions:
            measure(options.model, side, precision, options.device, options.runs)


if __name__ == "__main__":
    main()
