"""The sample parts that the program opens with: chosen seeds of the generator, named after what they show.

python -m tokenclip_core.data.procedural.samples FOLDER
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2

from tokenclip_core.data.procedural.dataset import file_word
from tokenclip_core.data.procedural.generator import generate

JPEG_QUALITY = 92


@dataclass(frozen=True)
class Sample:
    """One sample: its seed decides everything; ``defect`` is None for a good part."""

    seed: int
    size: tuple[int, int]
    family: str
    defect: str | None


# Seeds from 8000 on at which both bundled models are right at the default threshold: to look at, not to measure with.
SAMPLES = (
    Sample(8009, (448, 448), "striated ceramic", "chip"),
    Sample(8009, (448, 448), "striated ceramic", None),
    Sample(8004, (448, 448), "striated ceramic", "pore"),
    Sample(8043, (384, 512), "brushed metal", "scratch"),
    Sample(8013, (448, 448), "solar cell", "crack"),
    Sample(8000, (448, 448), "solar cell", None),
    Sample(8031, (400, 560), "woven fabric", "thread fault"),
    Sample(8009, (400, 560), "woven fabric", None),
    Sample(8001, (384, 512), "wood", "crack"),
    Sample(8002, (384, 512), "wood", None),
    Sample(8000, (448, 448), "machined disc", "chip"),
    Sample(8013, (448, 448), "machined disc", None),
    Sample(8012, (448, 448), "ceramic tiles", "stain"),
    Sample(8031, (384, 512), "perforated sheet", "deformation"),
    Sample(8006, (448, 448), "glass", "bubble"),
    Sample(8000, (448, 448), "stone", "fibre"),
    Sample(8000, (448, 448), "ground metal", "wear"),
)


def write_samples(folder: Path) -> Iterator[Path]:
    """Render every sample into ``folder`` as JPEG, yielding the paths; the same pixels every time."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, sample in enumerate(SAMPLES, start=1):
        part = generate(
            sample.seed,
            sample.size,
            families=[sample.family],
            defects=None if sample.defect is None else [sample.defect],
            defect_probability=float(sample.defect is not None),
        )
        name = f"{number:02d}_{file_word(sample.family)}_{file_word(sample.defect or 'good')}.jpg"
        _, coded = cv2.imencode(
            ".jpg", cv2.cvtColor(part.image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
        )
        (folder / name).write_bytes(coded.tobytes())
        yield folder / name


if __name__ == "__main__":
    for path in write_samples(Path(sys.argv[1])):
        print(path)
