"""What was found and where, in words: "looks most like crack (82 %)", "2 regions, upper left"."""

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


def likeness_words(regions: Sequence[ExplainedRegion], names: Sequence[str]) -> str:
    """What the worst region of a part looks most like.

    Args:
        regions: the highest peak first.
        names: of the subspaces, as they are called here.

    Returns:
        "" without regions, and where nobody knows.
    """
    if not regions or regions[0].looks_like is None or regions[0].looks_like[0] >= len(names):
        return ""
    index, likelihood = regions[0].looks_like
    return QCoreApplication.translate("Finding", "looks most like {name} ({percent} %)").format(
        name=names[index], percent=round(100 * likelihood)
    )


def finding_words(regions: Sequence[ExplainedRegion], size: tuple[int, int]) -> str:
    """How many regions a part has, and where the worst of them lies.

    Args:
        regions: the highest peak first.
        size: (width, height) of the part in pixels.

    Returns:
        "" without regions.
    """
    if not regions:
        return ""
    count = len(regions)
    counted = (
        QCoreApplication.translate("Finding", "1 region")
        if count == 1
        else QCoreApplication.translate("Finding", "{count} regions").format(count=f"{count:,}")
    )
    return QCoreApplication.translate("Finding", ", ").join((counted, place_words(regions[0], *size)))
