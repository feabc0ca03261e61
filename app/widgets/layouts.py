"""Rows and columns of widgets, laid out by one call."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFormLayout, QLayout, QWidget

Piece = QWidget | QLayout | int | None | tuple[QWidget | QLayout, int] | tuple[QWidget | QLayout, int, Qt.AlignmentFlag]

_Box = TypeVar("_Box", bound=QBoxLayout)


def fill(
    box: _Box,
    *pieces: Piece,
    margins: tuple[int, int, int, int] | None = None,
    spacing: int | None = None,
) -> _Box:
    """Put pieces into a row or a column, and return it.

    Args:
        box: a `QHBoxLayout` or `QVBoxLayout`.
        pieces: widgets and layouts in their order; a pair (piece, share) takes its share of the room that is left, and
            a third value aligns it. A number is a gap of so many pixels, None a gap that takes what is left.
        margins: left, top, right and bottom in pixels; None for those of the style.
        spacing: pixels between pieces; None for that of the style.
    """
    if margins is not None:
        box.setContentsMargins(*margins)
    if spacing is not None:
        box.setSpacing(spacing)
    for piece in pieces:
        if piece is None:
            box.addStretch(1)
        elif isinstance(piece, int):
            box.addSpacing(piece)
        elif isinstance(piece, tuple):
            _add(box, *piece)
        else:
            _add(box, piece)
    return box


def add_rows(form: QFormLayout, *rows: tuple[str, QWidget]) -> None:
    """Add rows of (words, field); the words are each field's accessible name, too."""
    for words, field in rows:
        field.setAccessibleName(words)
        form.addRow(words, field)


def _add(box: QBoxLayout, piece: QWidget | QLayout, share: int = 0, alignment: Qt.AlignmentFlag | None = None) -> None:
    if isinstance(piece, QLayout):
        box.addLayout(piece, share)
    elif alignment is None:
        box.addWidget(piece, share)
    else:
        box.addWidget(piece, share, alignment)
