"""The ground of an entry in a painted list, which shows what is chosen and what the pointer is over."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from app.shell.theme import current_colours


def paint_ground(painter: QPainter, option: QStyleOptionViewItem, hovered: str) -> tuple[QRect, bool]:
    """Paint it.

    Args:
        painter: of the list.
        option: place and state of the entry.
        hovered: its colour under the pointer, as #rrggbb.

    Returns:
        The place, and whether the entry is chosen.
    """
    area = QRect(option.rect)
    selected = bool(option.state & QStyle.StateFlag.State_Selected)
    if selected or option.state & QStyle.StateFlag.State_MouseOver:
        painter.fillRect(area, QColor(current_colours().selection if selected else hovered))
    return area, selected
