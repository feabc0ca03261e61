"""The region of interest: drawn with the mouse and the keyboard, kept with its folder, left out of the plan."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from feature_desk import Desk
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, FakeInspector, Start
from window_steps import Inspecting, shown, texts

from app.areas.controller import AreasController
from app.areas.tools import Tool
from app.settings.store import SettingsStore
from tokenclip_core.judgement.areas import Area, Areas

LEFT = Qt.MouseButton.LeftButton
SPOT = ((30.0, 14.0), (66.0, 38.0))


def send(assembly: Inspecting, kind: QEvent.Type, place: tuple[float, float], pressed: bool) -> None:
    canvas = assembly.views.canvas
    at = QPointF(canvas.mapFromScene(QPointF(*place)))
    button = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else LEFT
    buttons = LEFT if pressed else Qt.MouseButton.NoButton
    event = QMouseEvent(kind, at, canvas.viewport().mapToGlobal(at), button, buttons, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(canvas.viewport(), event)


def drag(assembly: Inspecting, *places: tuple[float, float]) -> None:
    send(assembly, QEvent.Type.MouseButtonPress, places[0], True)
    for place in places[1:]:
        send(assembly, QEvent.Type.MouseMove, place, True)
    send(assembly, QEvent.Type.MouseButtonRelease, places[-1], False)


def tool(assembly: Inspecting, name: str) -> QToolButton:
    return next(
        button
        for button in assembly.views.areas_bar.findChildren(QToolButton)
        if name in (button.accessibleName(), button.text())
    )


@pytest.fixture
def assembly(desk: Desk, qtbot: QtBot, parts: Path) -> Desk:
    """The second of six parts, a defect, with the tools for areas."""
    desk.present(areas=AreasController(desk.owners, SettingsStore(), desk.views, desk.actions, desk.reviews))
    desk.views.areas_bar.lay_out(desk.actions)
    desk.lay(desk.views.areas_bar, desk.views.canvas, desk.views.inspection)
    desk.inspect(parts, shown=1)
    shown(desk, qtbot)
    desk.actions.run("areas")
    assert desk.views.areas_bar.isVisible()
    return desk


def regions(assembly: Inspecting) -> int:
    view = assembly.shown.threshold_view
    return -1 if view is None else len(view.regions)


def test_an_ignored_rectangle_takes_the_defect_away(assembly: Desk, qtbot: QtBot, inspector: FakeInspector) -> None:
    qtbot.waitUntil(lambda: all(part.score is not None for part in assembly.session.parts), timeout=WAIT)
    encoded = inspector.encoded
    assert assembly.views.inspection.badge.text() == "DEFECT"
    before = assembly.views.canvas.grab().toImage()
    drag(assembly, SPOT[0], (50.0, 20.0), SPOT[1])
    shown(assembly, qtbot)
    qtbot.waitUntil(lambda: regions(assembly) == 0, timeout=WAIT)
    assert assembly.views.inspection.badge.text() == "GOOD"
    place = assembly.views.canvas.mapFromScene(QPointF(62, 34))
    assert assembly.views.canvas.grab().toImage().pixelColor(place) != before.pixelColor(place)
    result = assembly.shown.result
    assert result is not None
    ignored = assembly.session.adjustments.areas.ignored_patches(result.grid)
    assert ignored.any()
    assert not result.plan.reshape(*result.grid, -1)[ignored].any()
    assert any(text.endswith("% of each part ignored") for text in texts(assembly))
    # It holds for all parts of the folder.
    qtbot.waitUntil(lambda: assembly.session.parts[3].score == 0, timeout=WAIT)
    assert inspector.encoded == encoded
    qtbot.keyClick(assembly.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    shown(assembly, qtbot)
    assert assembly.views.inspection.badge.text() == "DEFECT"
    assert not assembly.session.adjustments.areas


def test_only_what_is_included_is_inspected(assembly: Desk, qtbot: QtBot) -> None:
    assembly.actions.run("area-include")
    drag(assembly, (2.0, 2.0), (28.0, 60.0))
    shown(assembly, qtbot)
    assert assembly.session.parts[1].score == 0
    tool(assembly, "Clear").click()
    shown(assembly, qtbot)
    assert assembly.session.parts[1].score == 1


def test_a_polygon_is_closed_by_enter_and_taken_away_by_delete(assembly: Desk, qtbot: QtBot) -> None:
    canvas = assembly.views.canvas
    tool(assembly, "Polygon").click()
    for place in ((20.0, 4.0), (80.0, 4.0), (80.0, 60.0), (20.0, 60.0), (90.0, 62.0)):
        send(assembly, QEvent.Type.MouseButtonPress, place, True)
        send(assembly, QEvent.Type.MouseButtonRelease, place, False)
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_Backspace)
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    (area,) = assembly.session.adjustments.areas.areas
    assert (area.kind, area.shape, len(area.points)) == ("ignore", "polygon", 4)
    shown(assembly, qtbot)
    assert assembly.session.parts[1].score == 0
    tool(assembly, "Choose").click()
    send(assembly, QEvent.Type.MouseButtonPress, (50.0, 30.0), True)
    assert canvas.drawing.item.chosen == 0
    qtbot.keyClick(canvas, Qt.Key.Key_Delete)
    assert not assembly.session.adjustments.areas
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert not assembly.views.areas_bar.isVisible()


def test_the_brush_paints_and_patches_can_be_pinned_again(assembly: Desk, qtbot: QtBot) -> None:
    tool(assembly, "Brush").click()
    assembly.views.areas_bar.brush.setValue(200)
    drag(assembly, (20.0, 26.0), (40.0, 26.0), (60.0, 26.0), (80.0, 26.0))
    (area,) = assembly.session.adjustments.areas.areas
    assert (area.shape, area.width) == ("brush", 0.2)
    assert len(area.points) >= 3
    shown(assembly, qtbot)
    assert assembly.session.parts[1].score == 0
    assert assembly.views.canvas._grid.pinned is None
    tool(assembly, "Done").click()
    drag(assembly, (50.0, 50.0))
    assert assembly.views.canvas._grid.pinned == (6, 6)


def test_areas_come_back_with_their_folder(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    qtbot.keyClick(assembly.window, Qt.Key.Key_I)
    assert assembly.views.areas_bar.isVisible()
    drag(assembly, *SPOT)
    drawn = assembly.session.adjustments.areas
    assert drawn
    assembly.open([parts / "part_0001.png"])
    shown(assembly, qtbot)
    assert not assembly.session.adjustments.areas
    assert not assembly.actions["undo"].isEnabled()
    assembly.window.close()
    again = start(parts)
    shown(again, qtbot)
    assert again.session.adjustments.areas == drawn
    assert not again.views.canvas.drawing.item._ignored.isEmpty()


def test_the_veil_lies_where_the_core_ignores(assembly: Desk, qtbot: QtBot) -> None:
    """What is seen and what is computed come from the same areas."""
    region = Areas(
        (
            Area("include", "rectangle", ((0.1, 0.1), (0.9, 0.9))),
            Area("ignore", "polygon", ((0.2, 0.2), (0.7, 0.3), (0.4, 0.8))),
            Area("ignore", "brush", ((0.6, 0.7), (0.85, 0.2)), 0.08),
        )
    )
    assembly.judging.set_areas(region, "areas")
    ignored = region.ignored(640, 960)[5::10, 5::10]
    path = assembly.views.canvas.drawing.item._ignored
    seen = np.array([[path.contains(QPointF(x + 0.5, y + 0.5)) for x in range(96)] for y in range(64)])
    assert (seen != ignored).mean() < 0.02


def test_tools_are_reached_with_the_keyboard(assembly: Desk, qtbot: QtBot) -> None:
    focused = QApplication.focusWidget()
    assert focused is tool(assembly, "Rectangle")
    qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is tool(assembly, "Polygon")
    qtbot.keyClick(tool(assembly, "Polygon"), Qt.Key.Key_Space)
    assert assembly.views.canvas.drawing.tool is Tool.POLYGON
    reached = set()
    for _ in range(200):
        widget = QApplication.focusWidget()
        assert widget is not None
        reached.add(widget)
        qtbot.keyClick(widget, Qt.Key.Key_Tab)
    for name in ("What is drawn: Ignore", "Rectangle", "Brush", "Done"):
        assert tool(assembly, name) in reached
    for button in assembly.views.areas_bar.findChildren(QToolButton):
        assert button.accessibleName() or button.text()
    qtbot.keyClick(assembly.window, Qt.Key.Key_I)
    assert not assembly.views.areas_bar.isVisible()
    assert assembly.views.canvas.viewport().cursor().shape() is Qt.CursorShape.ArrowCursor


def click(assembly: Inspecting, place: tuple[float, float]) -> None:
    send(assembly, QEvent.Type.MouseButtonPress, place, True)
    send(assembly, QEvent.Type.MouseButtonRelease, place, False)


def test_a_polygon_closes_on_its_first_corner_and_survives_another_tool(assembly: Desk, qtbot: QtBot) -> None:
    qtbot.keyClick(assembly.window, Qt.Key.Key_I)
    tool(assembly, "Polygon").click()
    for place in ((10.0, 10.0), (40.0, 10.0), (40.0, 40.0)):
        click(assembly, place)
    tool(assembly, "Brush").click()
    assert assembly.judging.now.areas == Areas()
    tool(assembly, "Polygon").click()
    click(assembly, (10.5, 10.5))
    qtbot.waitUntil(lambda: len(assembly.judging.now.areas.areas) == 1, timeout=WAIT)
    (area,) = assembly.judging.now.areas.areas
    assert (area.shape, len(area.points)) == ("polygon", 3)
