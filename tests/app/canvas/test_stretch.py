"""The heatmap's scale is absolute, until a person stretches it; then the window says so. And all subspaces at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from feature_desk import Desk
from PIL import Image
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QLabel, QSlider, QToolButton
from pytestqt.qtbot import QtBot
from window_fakes import NAMES, WAIT
from window_steps import Inspecting, choose, shown

from app.canvas import compose


@pytest.fixture
def panels(desk: Desk) -> Desk:
    """The canvas with its footer, and the panels of one part; nothing is open yet."""
    desk.present()
    desk.lay(desk.views.canvas, desk.views.footer, desk.views.inspection, desk.views.subspaces)
    return desk


def button(assembly: Inspecting, start: str) -> QToolButton:
    buttons = assembly.window.findChildren(QToolButton)
    return next(b for b in buttons if b.text() == start or b.accessibleName().startswith(start))


def said(assembly: Inspecting, text: str) -> bool:
    return any(text in label.text() for label in assembly.window.findChildren(QLabel) if label.isVisible())


def test_stretching_gives_the_highest_value_the_last_colour() -> None:
    values = np.array([[0.0, 0.2], [0.1, 0.4]], np.float32)
    stretched, absolute = compose.heatmap(values, 0.4), compose.heatmap(values)
    full = compose.heatmap(np.ones((1, 1), np.float32))[0, 0]
    assert stretched[1, 1] == full != absolute[1, 1]
    assert stretched[0, 0] == absolute[0, 0]


def test_a_good_part_glows_only_when_the_scale_is_stretched(panels: Desk, qtbot: QtBot, parts: Path) -> None:
    pixels = np.full((64, 96, 3), 90, np.uint8)
    pixels[20:32, 40:56] = 110
    Image.fromarray(pixels).save(parts / "faint.png")
    assembly = panels
    assembly.inspect(parts / "faint.png")
    shown(assembly, qtbot)
    assert assembly.views.inspection.badge.text() == "GOOD"
    canvas, bar = assembly.views.canvas, assembly.views.footer.scale_bar
    assembly.actions.run("regions")
    result = assembly.shown.result
    assert result is not None
    highest = float(result.anomaly_map.max())
    row, column = np.unravel_index(int(result.anomaly_map.argmax()), result.anomaly_map.shape)

    def brightest() -> QColor:
        place = canvas.mapFromScene(float(column) + 0.5, float(row) + 0.5)
        return canvas.grab().toImage().pixelColor(place * canvas.devicePixelRatioF())

    before = brightest()
    button(assembly, "Stretch").click()
    qtbot.waitUntil(lambda: brightest() != before, timeout=WAIT)
    assert bar.top == pytest.approx(max(0.05, highest), abs=1e-6)
    assert said(assembly, "Stretched to")
    # What is judged stays as it was.
    assert assembly.shown.result is result
    button(assembly, f"Heatmap of {NAMES[0]}").click()
    assert not button(assembly, "Stretch").isChecked()
    qtbot.waitUntil(lambda: bar.top == 1, timeout=WAIT)
    button(assembly, "Stretch").click()
    qtbot.waitUntil(lambda: bar.top < 1, timeout=WAIT)
    assert not button(assembly, f"Heatmap of {NAMES[0]}").isChecked()
    button(assembly, "Stretch").click()
    assert bar.top == 1
    assert brightest() == before
    assert not said(assembly, "Stretched to")


def test_the_patch_panel_keeps_all_subspaces(panels: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = panels
    assembly.inspect(parts / "part_0001.png")
    shown(assembly, qtbot)
    assembly.views.canvas.pin((3, 5))
    box = next(b for b in assembly.window.findChildren(QComboBox) if b.findData("softmax") >= 0)
    choose(box, "all")
    slider = next(s for s in assembly.window.findChildren(QSlider) if s.accessibleName() == "Top-k")
    assert slider.value() == slider.maximum() == len(NAMES)
    assert box.currentData() == "all"
    choose(box, "")
    assert slider.value() < len(NAMES)
    assembly.actions.run("undo")
    assert box.currentData() == "all"
    assert slider.value() == len(NAMES)
