"""Two layers of one part, or two parts, side by side."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from compare_desk import inspector, panes
from feature_desk import Desk
from PIL import Image
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot
from window_fakes import WAIT
from window_steps import both, compared, pixel, same_place, shown

from app.parts.state import Layer, ModelChoice
from app.widgets.elided_label import ElidedLabel

__all__ = ["inspector", "panes"]


def test_two_layers_of_a_part_side_by_side(panes: Desk, qtbot: QtBot, parts: Path) -> None:
    panes.inspect(parts / "part_0001.png")
    shown(panes, qtbot)
    panes.actions.run("regions")
    qtbot.keyClick(panes.window, Qt.Key.Key_C)
    compared(panes, qtbot)
    assert not panes.views.canvas.isVisible()
    left, right = both(panes)
    assert left.layer is Layer.ORIGINAL
    assert right.layer is Layer.HEATMAP
    assert pixel(left, 48, 26) == QColor(250, 250, 250)
    assert pixel(right, 48, 26).blue() < 200
    assert [pane.title for pane in panes.views.compare.panes] == ["part_0001.png"] * 2
    qtbot.keyClick(right, Qt.Key.Key_3)
    assert right.layer is Layer.SUBSPACES
    assert left.layer is Layer.ORIGINAL
    qtbot.keyClick(right, Qt.Key.Key_Escape)
    assert panes.views.canvas.isVisible()
    assert not right.isVisible()
    assert panes.views.canvas.layer is Layer.HEATMAP


def test_zoom_and_pan_are_linked(panes: Desk, qtbot: QtBot, parts: Path) -> None:
    panes.inspect(parts / "part_0001.png")
    shown(panes, qtbot)
    qtbot.keyClick(panes.window, Qt.Key.Key_C)
    compared(panes, qtbot)
    left, right = both(panes)
    assert same_place(left, right)
    left.zoom_by(5.0, QPointF(20, 30))
    assert left.zoom == pytest.approx(right.zoom, rel=1e-6)
    assert same_place(left, right)
    before = right.place
    right.horizontalScrollBar().setValue(right.horizontalScrollBar().value() + 40)
    assert right.place != before
    assert same_place(right, left)
    panes.actions.run("fit")
    assert same_place(left, right)
    assert left.place is not None
    assert left.place.scale <= 1
    qtbot.mouseMove(left.viewport(), left.mapFromScene(QPointF(28, 20)))
    qtbot.waitUntil(lambda: left.patch_marked == (2, 3), timeout=WAIT)
    assert right.patch_marked == (2, 3)


def test_two_parts_of_different_sizes(panes: Desk, qtbot: QtBot, parts: Path) -> None:
    pixels = np.full((128, 192, 3), 30, np.uint8)
    Image.fromarray(pixels).save(parts / "part_0009.png")
    panes.inspect(parts)
    shown(panes, qtbot, "part_0000.png")
    panes.compare.compare_with(6)
    compared(panes, qtbot)
    left, right = both(panes)
    assert [pane.title for pane in panes.views.compare.panes] == ["part_0000.png", "part_0009.png"]
    left.zoom_by(3.0, QPointF(100, 100))
    assert same_place(left, right)
    assert left.zoom == pytest.approx(2 * right.zoom, rel=1e-6)
    # The part on the left follows the list, the one on the right stays.
    qtbot.keyClick(right, Qt.Key.Key_Right)
    shown(panes, qtbot, "part_0001.png")
    compared(panes, qtbot)
    assert [pane.title for pane in panes.views.compare.panes] == ["part_0001.png", "part_0009.png"]
    assert panes.views.layer_bar.zoom_label.text() == f"{100 * right.zoom:.0f} %"
    qtbot.keyClick(panes.window, Qt.Key.Key_1)
    panes.actions.run("fit")
    assert pixel(right, 96, 64) == QColor(30, 30, 30)


def test_parts_of_different_aspect_are_both_seen_whole(panes: Desk, qtbot: QtBot, parts: Path) -> None:
    Image.fromarray(np.full((400, 60, 3), 30, np.uint8)).save(parts / "part_0009.png")
    panes.inspect(parts)
    shown(panes, qtbot, "part_0000.png")
    panes.compare.compare_with(6)
    compared(panes, qtbot)
    for canvas in both(panes):
        seen = canvas.mapFromScene(canvas.area).boundingRect()
        assert canvas.viewport().rect().contains(seen)
        assert max(seen.width() / canvas.viewport().width(), seen.height() / canvas.viewport().height()) > 0.7


def test_the_part_before(panes: Desk, qtbot: QtBot, parts: Path) -> None:
    panes.inspect(parts)
    shown(panes, qtbot, "part_0000.png")
    qtbot.keyClick(panes.window, Qt.Key.Key_C, Qt.KeyboardModifier.ShiftModifier)
    assert not panes.compare.is_on
    assert panes.views.status.activity == "No other part was shown before this one"
    qtbot.keyClick(panes.window, Qt.Key.Key_Down)
    shown(panes, qtbot, "part_0001.png")
    qtbot.keyClick(panes.window, Qt.Key.Key_C, Qt.KeyboardModifier.ShiftModifier)
    compared(panes, qtbot)
    assert [pane.title for pane in panes.views.compare.panes] == ["part_0001.png", "part_0000.png"]


def test_a_part_that_cannot_be_read_says_so_in_its_pane(panes: Desk, qtbot: QtBot, parts: Path) -> None:
    (parts / "part_0009.png").write_bytes(b"no picture")
    panes.inspect(parts)
    shown(panes, qtbot, "part_0000.png")
    panes.compare.compare_with(6)
    right = panes.views.compare.panes[1]
    qtbot.waitUntil(lambda: "part_0009.png" in right.notice, timeout=WAIT)
    assert panes.views.compare.panes[0].notice == ""


def test_long_names_are_shortened_and_not_cut(panes: Desk, qtbot: QtBot, parts: Path) -> None:
    for number in (0, 1):
        (parts / f"part_000{number}.png").rename(parts / f"a_{number}_{'long_' * 12}name.png")
    panes.inspect(parts)
    shown(panes, qtbot)
    qtbot.keyClick(panes.window, Qt.Key.Key_Down)
    shown(panes, qtbot, f"a_1_{'long_' * 12}name.png")
    panes.compare.compare_with_previous()
    compared(panes, qtbot)
    for pane in panes.views.compare.panes:
        label = next(child for child in pane.findChildren(ElidedLabel) if child.text().startswith("a_"))
        qtbot.waitUntil(lambda label=label: "…" in label.shown, timeout=WAIT)
        assert label.fontMetrics().horizontalAdvance(label.shown) <= label.width()


def test_both_parts_stand_at_one_height_whatever_a_line_needs(panes: Desk, qtbot: QtBot, parts: Path) -> None:
    panes.inspect(parts)
    shown(panes, qtbot)
    qtbot.keyClick(panes.window, Qt.Key.Key_C)
    view = panes.views.compare
    qtbot.waitUntil(view.isVisible, timeout=WAIT)
    menu = view.model_menu
    menu.setMinimumHeight(menu.sizeHint().height() + 9)
    view.show_models((), ModelChoice("other", "other"))
    qtbot.waitUntil(lambda: view.panes[1].heading.height() >= menu.minimumHeight(), timeout=WAIT)
    qtbot.waitUntil(lambda: view.panes[0].canvas.y() == view.panes[1].canvas.y(), timeout=WAIT)


def test_the_next_part_is_whole_on_both_sides(panes: Desk, qtbot: QtBot, parts: Path) -> None:
    Image.fromarray(np.full((300, 60, 3), 30, np.uint8)).save(parts / "part_0001.png")
    panes.inspect(parts)
    shown(panes, qtbot, "part_0000.png")
    panes.compare.compare_layers()
    compared(panes, qtbot)
    left, right = both(panes)
    for key, name in ((Qt.Key.Key_Right, "part_0001.png"), (Qt.Key.Key_Left, "part_0000.png")):
        qtbot.keyClick(right, key)
        shown(panes, qtbot, name)
        compared(panes, qtbot)
        assert left.shows_whole
        assert right.shows_whole
        assert left.zoom == pytest.approx(right.zoom, rel=1e-6)
        whole = right.zoom
        panes.actions.run("fit")
        assert right.zoom == pytest.approx(whole, rel=1e-6), "as Fit would show it"
    left.zoom_by(4.0, QPointF(40, 40))
    qtbot.keyClick(right, Qt.Key.Key_Right)
    shown(panes, qtbot, "part_0001.png")
    compared(panes, qtbot)
    assert not left.shows_whole, "what is looked at closely stays so"
    assert same_place(left, right)
