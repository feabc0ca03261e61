"""What was found and where, in words: "looks most like crack (82 %), 2 regions, upper left"."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from app.parts.state import ExplainedRegion


def place_words(region: ExplainedRegion, width: int, height: int) -> str:
    """Where a region lies in a part of that size: one of nine places."""
    row = min(2, int(3 * (region.y + region.height / 2) / max(1, height)))
    column = min(2, int(3 * (region.x + region.width / 2) / max(1, width)))
    words = (
        (
            QCoreApplication.translate("Finding", "upper left"),
            QCoreApplication.translate("Finding", "top"),
            QCoreApplication.translate("Finding", "upper right"),
        ),
        (
            QCoreApplication.translate("Finding", "left"),
            QCoreApplication.translate("Finding", "middle"),
            QCoreApplication.translate("Finding", "right"),
        ),
        (
            QCoreApplication.translate("Finding", "lower left"),
            QCoreApplication.translate("Finding", "bottom"),
            QCoreApplication.translate("Finding", "lower right"),
        ),
    )
    return words[row][column]


def extent_words(width: int, height: int, millimetres: float) -> str:
    """A region's width and height in pixels; in millimetres where it is known, over 0, how many a pixel shows."""
    if not millimetres:
        return f"{width:,} × {height:,}"
    return f"{_measure(width * millimetres)} × {_measure(height * millimetres)}"


def area_words(pixels: int, millimetres: float) -> str:
    """An area in pixels; in square millimetres where it is known, over 0, how many a pixel shows."""
    return _measure(pixels * millimetres**2) if millimetres else f"{pixels:,}"


def _measure(value: float) -> str:
    """Three digits, or all those before the point; never a power of ten."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:,.{digits}f}"


def finding_words(regions: Sequence[ExplainedRegion], names: Sequence[str], size: tuple[int, int]) -> str:
    """What the worst region of a part looks like, if that is known, and where it lies.

    Args:
        regions: the highest peak first.
        names: of the subspaces, as they are called here.
        size: (width, height) of the part in pixels.

    Returns:
        "" without regions.
    """
    if not regions:
        return ""
    worst = regions[0]
    words = []
    if worst.looks_like is not None and worst.looks_like[0] < len(names):
        index, likelihood = worst.looks_like
        words.append(
            QCoreApplication.translate("Finding", "looks most like {name} ({percent} %)").format(
                name=names[index], percent=round(100 * likelihood)
            )
        )
    count = len(regions)
    words.append(
        QCoreApplication.translate("Finding", "1 region")
        if count == 1
        else QCoreApplication.translate("Finding", "{count} regions").format(count=f"{count:,}")
    )
    words.append(place_words(worst, *size))
    return QCoreApplication.translate("Finding", ", ").join(words)
