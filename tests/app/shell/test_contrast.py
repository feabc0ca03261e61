"""What is read is seen: contrast measured from rendered controls, in both themes and all workspaces."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from every_dialog import every_dialog
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QRadioButton,
    QStyle,
    QStyleOptionButton,
    QTableView,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, Start
from window_steps import shown

LEAST, LEAST_OF_SIGNS = 4.5, 3.0
"""WCAG 2.2, 1.4.3 of words and 1.4.11 of what is drawn; what can't be used at the moment is exempt there."""

READ = (QAbstractButton, QComboBox, QLabel, QLineEdit)
DIALOG_ROOM = QSize(1300, 700)


def luminance(colours: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Relative luminance of (n, 3) colours, 0 to 255 (WCAG 2.2)."""
    values = colours / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


def pixels_of(image: QImage) -> npt.NDArray[np.uint8]:
    """(H, W, 3) red, green, blue."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., 2::-1].copy()


def contrast(picture: npt.NDArray[np.uint8], place: QRect, frame: int = 3) -> float | None:
    """Between the ground of a rendered control, its most frequent colour, and what differs most from it.

    Smooth letters have pixels between both, and at least some in the full colour. None where nothing is drawn.
    """
    # The frame and the ring of the focus are no letters.
    rows = slice(place.top() + frame, place.bottom() + 1 - frame)
    inner = picture[rows, place.left() + frame : place.right() + 1 - frame].reshape(-1, 3)
    if not len(inner):
        return None
    colours, counts = np.unique(inner, axis=0, return_counts=True)
    lights = luminance(colours.astype(np.float64))
    ground = lights[counts.argmax()]
    ratios = (np.maximum(lights, ground) + 0.05) / (np.minimum(lights, ground) + 0.05)
    return float(ratios.max()) if len(colours) > 1 else None


def read_in(window: QWidget) -> Iterator[tuple[str, QWidget]]:
    for widget in window.findChildren(QWidget):
        if (
            isinstance(widget, READ)
            and widget.isVisible()
            and widget.isEnabled()
            and not widget.visibleRegion().isEmpty()
        ):
            text = widget.currentText() if isinstance(widget, QComboBox) else widget.text()
            if isinstance(widget, QLineEdit):
                text = text or widget.placeholderText()
            if text.strip():
                yield f"{type(widget).__name__} {text[:40]!r}", widget


def cells_in(window: QWidget) -> Iterator[tuple[str, QWidget, QRect]]:
    for table in window.findChildren(QTableView):
        model = table.model()
        for row in range(model.rowCount()):
            for column in range(table.horizontalHeader().count()):
                index = model.index(row, column)
                place = table.visualRect(index)
                if table.isVisible() and index.data() and table.viewport().rect().contains(place):
                    yield f"cell {str(index.data())[:40]!r}", table.viewport(), place


def too_faint(window: QWidget) -> list[str]:
    found = []
    picture = pixels_of(window.grab().toImage())
    read = [(name, widget, widget.visibleRegion().boundingRect()) for name, widget in read_in(window)]
    for name, widget, seen in (*read, *cells_in(window)):
        ratio = contrast(picture, QRect(widget.mapTo(window, seen.topLeft()), seen.size()))
        sign = isinstance(widget, QToolButton) and widget.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly
        if ratio is not None and ratio < (LEAST_OF_SIGNS if sign else LEAST):
            found.append(f"{name}: {ratio:.2f}")
    for button in window.findChildren(QAbstractButton):
        if isinstance(button, QRadioButton | QCheckBox) and button.isVisible() and button.isEnabled():
            ratio = contrast(picture, QRect(button.mapTo(window, mark(button).topLeft()), mark(button).size()), 0)
            if ratio is not None and ratio < LEAST_OF_SIGNS:
                found.append(f"the mark of {button.text()!r}: {ratio:.2f}")
    return found


def mark(button: QRadioButton | QCheckBox) -> QRect:
    """Where a button that is on or off shows which; the room around it is its ground."""
    option = QStyleOptionButton()
    option.initFrom(button)
    radio = isinstance(button, QRadioButton)
    element = QStyle.SubElement.SE_RadioButtonIndicator if radio else QStyle.SubElement.SE_CheckBoxIndicator
    return button.style().subElementRect(element, option, button)


def test_what_is_measured_tells_faint_from_clear(qtbot: QtBot) -> None:
    for colour, clear in (("#767676", True), ("#8a8a8a", False), ("#000000", True)):
        label = QLabel("Inspection of parts")
        qtbot.addWidget(label)
        label.setStyleSheet(f"background: #ffffff; color: {colour}; font-size: 20px")
        label.resize(240, 40)
        ratio = contrast(pixels_of(label.grab().toImage()), label.rect())
        assert ratio is not None
        assert (ratio >= LEAST) is clear, (colour, ratio)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_that_is_read_has_contrast(start: Start, qtbot: QtBot, parts: Path, theme: str) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    assembly.theme.choose(theme)
    seen = list(read_in(assembly.window))
    assert len(seen) > 25
    assert too_faint(assembly.window) == []
    for section in assembly.views.manage.names:
        assembly.actions.run(section)
        qtbot.waitUntil(lambda: assembly.work.display.idle, timeout=WAIT)
        assert too_faint(assembly.window) == [], section
    assembly.actions.run("camera")
    assert too_faint(assembly.window) == []
    for dialog in every_dialog(assembly):
        dialog.show()
        dialog.resize(dialog.sizeHint().boundedTo(DIALOG_ROOM))
        assert too_faint(dialog) == [], type(dialog).__name__
        dialog.close()
