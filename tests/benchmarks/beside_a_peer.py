"""This program beside another one on the same parts: image and pixel AUROC of every kind, and seconds a part.

    python tests/benchmarks/beside_a_peer.py CATEGORY GOOD_DIR PEER_SCRIPT WEIGHTS [--shots 16] [--model NAME]

CATEGORY is one category in the layout of MVTec AD, GOOD_DIR its good parts to learn from. PEER_SCRIPT is called as
`PEER_SCRIPT WEIGHTS GOOD_DIR SHOTS CATEGORY` with this Python and prints its own line; it must choose every `--every`th
part of GOOD_DIR by name, as this program does then. Both run one after the other, in this call.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from statistics import fmean

from tokenclip_core import Inspector, image_metrics, load_image
from tokenclip_core.data.layouts import load_layout, load_mask
from tokenclip_core.measuring.metrics import PixelScores


def measured(inspector: Inspector, category: Path) -> str:
    """Pixel and image AUROC of each kind against all good parts, and the mean time of a part."""
    pixels: dict[str, PixelScores] = {}
    scores: dict[str, list[float]] = {}
    spent = []
    for sample in load_layout(category):
        image = load_image(sample.image)
        started = time.perf_counter()
        result = inspector.inspect(image)
        spent.append(time.perf_counter() - started)
        mask = load_mask(sample, (result.height, result.width)) if sample.label else None
        scores.setdefault(sample.kind, []).append(result.score)
        pixels.setdefault(sample.kind, PixelScores()).add(mask, result.anomaly_map)
    good, of_good = scores.pop("good"), pixels.pop("good")
    words, found = [], []
    for kind, own in scores.items():
        both = PixelScores()
        both.merge(of_good)
        both.merge(pixels[kind])
        image_auroc = image_metrics([0] * len(good) + [1] * len(own), good + own)["image_auroc"] or 0.0
        pixel_auroc = both.metrics()["pixel_auroc"] or 0.0
        found.append((kind, pixel_auroc, image_auroc))
        words.append(f"{kind} {pixel_auroc:.3f}/{image_auroc:.3f}")
    mean = tuple(fmean(one[place] for one in found if one[0] != "uneven") for place in (1, 2))
    return f"{' '.join(words)} mean w/o uneven {mean[0]:.3f}/{mean[1]:.3f} {fmean(spent):.3f} s"


def main() -> None:
    """Print both lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("category", type=Path)
    parser.add_argument("good", type=Path)
    parser.add_argument("peer", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--shots", type=int, default=16)
    parser.add_argument("--every", type=int, default=5)
    parser.add_argument("--model", default="dinov2-small")
    options = parser.parse_args()
    files = sorted(options.good.iterdir())[:: options.every][: options.shots]
    inspector = Inspector.from_pretrained(options.model)
    good = inspector.encode([load_image(file) for file in files], for_texts=False)
    for kind in ("reference", "fused"):
        judge = inspector.with_references(good, [file.name for file in files]).with_evidence(kind)
        print(f"{options.model} {kind}, {len(files)} good parts: {measured(judge, options.category)}", flush=True)
    words = [sys.executable, str(options.peer), str(options.weights), str(options.good), str(options.shots)]
    raise SystemExit(subprocess.run([*words, str(options.category)], check=False).returncode)


if __name__ == "__main__":
    main()
