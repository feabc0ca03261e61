"""What the panel says about one patch."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from feature_desk import Desk
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QLabel, QScrollArea
from pytestqt.qtbot import QtBot
from window_fakes import ENDS_SECONDS, NAMES, WAIT, FakeInspector
from window_steps import shown

from app.parts.state import score_words
from app.result.block_choice import MEAN
from app.result.patch_panel import PatchPanel, PatchRow, WeightBars

PATCH = (3, 5)
BLOCKS = (6, 12, 18, 24)


def seen(panel: PatchPanel) -> str:
    return " ".join(label.text() for label in panel.findChildren(QLabel) if label.isVisibleTo(panel))


def test_rarity_is_shown_where_the_score_uses_it(qtbot: QtBot) -> None:
    panel = PatchPanel()
    qtbot.addWidget(panel)
    crop = QImage(12, 12, QImage.Format.Format_ARGB32)
    crop.fill(QColor("grey"))
    panel.show_patch((2, 3), 0.25, [], crop, pinned=False, rarity=0.4)
    assert "Anomaly 0.25 · rarity 0.40" in seen(panel)
    panel.show_patch((2, 4), 0.5, [], crop, pinned=False)
    assert "Anomaly 0.50" in seen(panel)
    assert "rarity" not in seen(panel)


def told(assembly: Desk) -> tuple[float, float]:
    """The cosines that the table says of the first subspace."""
    (bars,) = assembly.views.patch.findChildren(WeightBars)
    entries = dict(zip(NAMES, [None] * len(NAMES), strict=True))
    for name in entries:
        found = bars.accessibleDescription().partition(f"{name} ")[2].partition("(")[2].partition(")")[0]
        entries[name] = found.replace("\u2212", "-")
    normal, anomalous = (entries[NAMES[0]] or "").split(", ")
    return float(normal), float(anomalous)


@pytest.fixture
def panels(desk: Desk) -> Desk:
    """The canvas and the panel of one patch; nothing is inspected yet."""
    desk.present()
    desk.lay(desk.views.canvas, desk.views.patch)
    return desk


def pinned(assembly: Desk, qtbot: QtBot, parts: Path, inspector: FakeInspector, blocks: tuple[int, ...]) -> None:
    inspector.layers = blocks
    assembly.inspect(parts / "part_0001.png")
    shown(assembly, qtbot)
    assembly.views.canvas.patch_pinned.emit(PATCH)
    qtbot.waitUntil(assembly.views.patch.isVisible, timeout=WAIT)


def test_cosines_of_each_tapped_block(panels: Desk, qtbot: QtBot, parts: Path, inspector: FakeInspector) -> None:
    assembly = panels
    pinned(assembly, qtbot, parts, inspector, BLOCKS)
    panel, result = assembly.views.patch, assembly.shown.result
    assert result is not None
    assert panel.blocks.isVisible()
    tabs = panel.blocks.tabs
    assert [tabs.tabText(place) for place in range(tabs.count())] == ["Mean", "6", "12", "18", "24"]
    np.testing.assert_allclose(told(assembly), result.similarities[PATCH][0], atol=6e-4)
    mean = f"Anomaly {score_words(float(result.token_map[PATCH]))}"
    assert mean in seen(panel)
    encoded = inspector.encoded
    tabs.setFocus()
    qtbot.keyClick(tabs, Qt.Key.Key_Right)
    qtbot.keyClick(tabs, Qt.Key.Key_Right)
    assert panel.blocks.block == 12
    assert f"Anomaly {score_words(float(result.layer_maps[1][PATCH]))} in block 12" in seen(panel)
    np.testing.assert_allclose(told(assembly), result.layer_similarities[1][PATCH][0], atol=6e-4)
    assert inspector.encoded == encoded
    # Pointed at nothing and at another patch: the block stays.
    assembly.views.canvas.patch_pinned.emit(None)
    assert not panel.blocks.isVisible()
    assembly.views.canvas.patch_hovered.emit((0, 0))
    assert panel.blocks.block == 12
    np.testing.assert_allclose(told(assembly), result.layer_similarities[1][0, 0][0], atol=6e-4)
    qtbot.keyClick(tabs, Qt.Key.Key_Left)
    qtbot.keyClick(tabs, Qt.Key.Key_Left)
    assert panel.blocks.block == MEAN
    np.testing.assert_allclose(told(assembly), result.similarities[0, 0][0], atol=6e-4)


def test_one_tapped_block_leaves_nothing_to_choose(
    panels: Desk, qtbot: QtBot, parts: Path, inspector: FakeInspector
) -> None:
    assembly = panels
    pinned(assembly, qtbot, parts, inspector, (4,))
    panel = assembly.views.patch
    assert f"Patch {PATCH[0]}, {PATCH[1]}" in panel.title
    assert not panel.blocks.isVisible()
    assert panel.blocks.block == MEAN


def test_a_block_that_is_not_tapped_falls_back_to_the_mean(qtbot: QtBot) -> None:
    panel = PatchPanel()
    qtbot.addWidget(panel)
    panel.blocks.show_blocks(BLOCKS)
    panel.blocks.tabs.setCurrentIndex(4)
    assert panel.blocks.block == 24
    panel.blocks.show_blocks((6, 12))
    assert panel.blocks.block == MEAN
    panel.blocks.show_blocks(BLOCKS)
    assert panel.blocks.block == 24


def test_a_pin_stays_with_the_next_part(panels: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = panels
    assembly.inspect(parts)
    shown(assembly, qtbot, "part_0000.png")
    assembly.views.canvas.pin(PATCH)
    assembly.shown.show_nothing()
    assembly.shown.show(1)
    shown(assembly, qtbot, "part_0001.png")
    assert assembly.views.canvas.pinned == PATCH, "it is marked on the part"
    qtbot.waitUntil(lambda: "pinned" in seen(assembly.views.patch), timeout=WAIT)
    assembly.views.canvas.pin(None)
    assembly.shown.show(2)
    shown(assembly, qtbot, "part_0002.png")
    assert assembly.views.canvas.pinned is None


def test_a_pin_is_shown_also_where_the_picture_comes_last(panels: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = panels
    assembly.inspect(parts)
    shown(assembly, qtbot, "part_0000.png")
    assembly.views.canvas.pin(PATCH)
    held, display = threading.Event(), assembly.work.display
    qtbot.waitUntil(lambda: display.idle, timeout=WAIT)
    assembly.store._pictures.clear()
    display.submit(lambda _cancellation: held.wait(ENDS_SECONDS), lane="held", priority=-9)
    try:
        assembly.shown.show(1)
        qtbot.waitUntil(lambda: assembly.shown.result is not None, timeout=WAIT)
        assert assembly.shown.picture is None
    finally:
        held.set()
    shown(assembly, qtbot, "part_0001.png")
    assert "pinned" in seen(assembly.views.patch)


def test_an_ignored_patch_is_called_so(qtbot: QtBot) -> None:
    panel = PatchPanel()
    qtbot.addWidget(panel)
    crop = QImage(12, 12, QImage.Format.Format_ARGB32)
    crop.fill(QColor("grey"))
    panel.show_patch((2, 3), 0.0, [PatchRow("hole", (1, 2, 3), 0.0, 0.0, 0.6, 0.3)], crop, pinned=True, rarity=0.4)
    assert "Ignored: " in seen(panel)
    assert "rarity" not in seen(panel)
    panel.show_patch((2, 3), 0.3, [PatchRow("hole", (1, 2, 3), 1.0, 1.0, 0.6, 0.3)], crop, pinned=True)
    assert "Anomaly 0.30" in seen(panel)


def test_long_words_never_widen_the_panel(qtbot: QtBot) -> None:
    panel = PatchPanel()
    qtbot.addWidget(panel)
    crop = QImage(12, 12, QImage.Format.Format_ARGB32)
    crop.fill(QColor("grey"))
    panel.show_patch((2, 3), 0.5, [PatchRow("hole", (1, 2, 3), 1.0, 1.0, 0.6, 0.3)], crop, pinned=True)
    least = panel.minimumSizeHint().width()
    panel.show_patch((2, 3), 0.0, [PatchRow("hole", (1, 2, 3), 0.0, 0.0, 0.6, 0.3)], crop, pinned=True)
    assert panel.minimumSizeHint().width() == least


def test_a_pinned_patch_asks_for_little_height(qtbot: QtBot) -> None:
    panel = PatchPanel()
    qtbot.addWidget(panel)
    crop = QImage(12, 12, QImage.Format.Format_ARGB32)
    panel.show_patch((2, 3), 0.25, [PatchRow("crack", (1, 2, 3), 1.0, 1.0, 0.1, 0.2)] * 12, crop, pinned=True)
    (rows,) = (area for area in panel.findChildren(QScrollArea) if area.widget() is not None)
    asked = panel.minimumSizeHint().height()
    rows.setMinimumHeight(0)  # Qt's own least height
    assert asked + 20 <= panel.minimumSizeHint().height()
