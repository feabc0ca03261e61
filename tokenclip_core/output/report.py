"""A report of inspected parts: one HTML file with everything in it, pictures too; no script, nothing from elsewhere.

It is written part by part, so that its length costs no memory, beside its place and moved there when it is whole. The
more parts have pictures, the smaller these are, so that it stays a file that can be sent.
"""

from __future__ import annotations

import base64
import html
import io
import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from tokenclip_core.files import free_place
from tokenclip_core.images.pixels import RgbImage
from tokenclip_core.inspection.result import InspectionResult
from tokenclip_core.output.pending_text import PendingText
from tokenclip_core.output.pictures import overlay_picture, reduced_picture
from tokenclip_core.output.report_page import TABLE_MARK, Colour, ReportFacts, ReportPart, head, part_block, tail
from tokenclip_core.output.results_file import RESULTS_NAME, TABLE_NAME

PICTURE_SIDE = 420
"""Pixels of a picture's longer side at most."""

MOST_BYTES = 28_000_000
"""Bytes of all pictures of a report together, as they are written into it."""

_QUALITY = 82
# From large to small: share of the picture's side, quality, and how much finer brightness is than colour.
_STEPS = ((1.0, _QUALITY, 0), (1.0, 70, 2), (0.75, 70, 2), (0.5, 70, 2), (0.5, 50, 2), (0.35, 50, 2))
_HEAD_LENGTH = 4096


class ReportWriter(PendingText):
    """Writes a report; a context manager that leaves nothing behind unless `finish` was called.

    Attributes:
        path: where the report is to be.
    """

    def __init__(self, path: Path, facts: ReportFacts, table: Path | None = None) -> None:
        """Begin.

        Args:
            path: where the report is to be.
            facts: of the whole.
            table: that is written with it, in the same folder; it says whose that table is, see `table_place`.

        Raises:
            OSError: the file cannot be written.
        """
        super().__init__(path)
        self._facts = facts
        self._rank = 0
        try:
            self.write(head(facts, None if table is None else table.name))
        except OSError:
            self.discard()
            raise

    def add(self, part: ReportPart) -> None:
        """Append a part.

        Raises:
            OSError: the disk is full or gone.
        """
        self._rank += 1
        self.write(part_block(part, self._rank, self._facts))

    def finish(self) -> None:
        """Put the report in its place, over an earlier one.

        Raises:
            OSError: the disk is full or gone.
        """
        self.write(tail(self._facts))
        self.commit()


def table_place(report: Path) -> Path:
    """Where a report's table goes, in its folder, without writing over a table that is not its own.

    `results.csv` if that is free; else a table named like the report, with a number where that is taken too. The table
    that an earlier report of the same name was written with is replaced with it.
    """
    own = _table_of(report)
    # Where a run of the commands has left its rows, the table is the run's.
    if own is not None and not (own == TABLE_NAME and report.with_name(RESULTS_NAME).exists()):
        return report.with_name(own)
    place = report.with_name(TABLE_NAME)
    return free_place(report.with_name(f"{report.stem}.csv")) if os.path.lexists(place) else place


def _table_of(report: Path) -> str | None:
    """The name of the table that a report was written with, None if there is no such report or none is known."""
    try:
        with report.open(encoding="utf-8", errors="replace") as stream:
            head = stream.read(_HEAD_LENGTH)
    except OSError:
        return None
    found = re.search(f'<meta name="{TABLE_MARK}" content="([^"]+)">', head)
    name = None if found is None else html.unescape(found[1])
    # A file may say anything: a name that leads into another folder is not taken.
    return name if name is not None and name.endswith(".csv") and Path(name).name == name else None


def picture_bytes(pictured: int) -> int:
    """Bytes that each of a part's two pictures may take in a report of so many pictured parts; see `MOST_BYTES`."""
    return MOST_BYTES // (2 * max(1, pictured))


def part_pictures(
    image: RgbImage,
    result: InspectionResult,
    area: npt.NDArray[np.bool_] | None = None,
    most_bytes: int | None = None,
) -> tuple[tuple[str, str], ...]:
    """The part, and the part under its map with the regions outlined: (what it shows, data URI).

    Args:
        image: (H, W, 3) uint8.
        result: of the same part.
        area: (H, W) bool, what the regions cover.
        most_bytes: of each picture, see `picture_uri`.
    """
    part = reduced_picture(image, PICTURE_SIDE)
    overlay = overlay_picture(image, result, area, side=PICTURE_SIDE)
    return ("Part", picture_uri(part, most_bytes)), ("Anomaly map", picture_uri(overlay, most_bytes))


def score_shares(result: InspectionResult, names: Sequence[str] | None = None) -> tuple[tuple[str, Colour, float], ...]:
    """Which subspaces the score comes from, the greatest share first; `names` in place of the result's own."""
    called = names or [subspace.name for subspace in result.subspaces]
    values = [max(0.0, subspace.contribution) for subspace in result.subspaces]
    total = sum(values)
    shares = [
        (name, subspace.colour, value / total)
        for name, subspace, value in zip(called, result.subspaces, values, strict=True)
        if value > 0
    ]
    return tuple(sorted(shares, key=lambda share: -share[2]))


def picture_uri(picture: RgbImage, most_bytes: int | None = None) -> str:
    """An (H, W, 3) uint8 picture as the data URI of a JPEG.

    Args:
        picture: as it is to be seen.
        most_bytes: of the URI; what takes more is made coarser, then smaller, as far as that goes.
    """
    uri = ""
    for share, quality, subsampling in _STEPS:
        side = round(share * max(picture.shape[:2]))
        small = picture if share == 1 else reduced_picture(picture, max(1, side))
        stream = io.BytesIO()
        # Not optimised: Pillow's room for that is too small for noise, and it gives up.
        Image.fromarray(small).save(stream, format="JPEG", quality=quality, subsampling=subsampling)
        uri = "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode("ascii")
        if most_bytes is None or len(uri) <= most_bytes:
            break
    return uri
