"""Three workspaces: parts, live view, and what is looked after."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolBar
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, Start
from window_steps import nameless, shown

from app.shell.assembly import Assembly
from app.shell.stage import Place
from app.shell.workspace_switch import WORKSPACES, WorkspaceSwitch

CTRL = Qt.KeyboardModifier.ControlModifier
MOST_CONTROLS = 8


@pytest.fixture
def assembly(start: Start, qtbot: QtBot, parts: Path) -> Assembly:
    made: Assembly = start(parts)
    shown(made, qtbot)
    return made


def checked(assembly: Assembly) -> list[str]:
    return [name for name in WORKSPACES if assembly.actions[name].isChecked()]


def test_keys_go_from_one_workspace_to_another_and_back(assembly: Assembly, qtbot: QtBot) -> None:
    panels = [dock for dock in assembly.window.docks if dock.isVisible()]
    assert panels
    assert checked(assembly) == ["to-parts"]
    qtbot.keyClick(assembly.window, Qt.Key.Key_3, CTRL)
    assert assembly.stage.place is Place.MANAGE
    assert assembly.views.manage.isVisible()
    assert not [dock for dock in assembly.window.docks if dock.isVisible()]
    assert checked(assembly) == ["manage"]
    # What is about parts means nothing here; a decision about one that is not seen would be an accident.
    assert not assembly.actions["accept"].isEnabled()
    qtbot.keyClick(assembly.window, Qt.Key.Key_2, CTRL)
    assert assembly.stage.place is Place.LIVE
    assert checked(assembly) == ["camera"]
    assert {dock.objectName() for dock in assembly.window.docks if dock.isVisible()} <= {"inspection", "subspaces"}
    qtbot.keyClick(assembly.window, Qt.Key.Key_1, CTRL)
    assert assembly.stage.place is Place.PARTS
    assert [dock for dock in assembly.window.docks if dock.isVisible()] == panels
    assert assembly.actions["accept"].isEnabled()


def test_the_way_to_where_one_is_stays_marked(assembly: Assembly) -> None:
    assembly.actions.run("manage")
    assembly.actions.run("manage")
    assert checked(assembly) == ["manage"]
    assert assembly.stage.place is Place.MANAGE


def test_without_parts_the_way_back_says_what_to_do(start: Start) -> None:
    assembly = start()
    assembly.actions.run("manage")
    assembly.actions.run("to-parts")
    assert assembly.stage.place is Place.EMPTY
    assert assembly.views.empty.isVisible()


def test_the_panels_of_another_workspace_are_not_what_is_remembered(assembly: Assembly, qtbot: QtBot) -> None:
    names = {dock.objectName() for dock in assembly.window.docks if dock.isVisible()}
    assembly.actions.run("manage")
    assembly.window.close()
    assert {dock.objectName() for dock in assembly.window.docks if not dock.isHidden()} == names


def test_sections_are_made_when_they_are_seen_and_have_names(assembly: Assembly, qtbot: QtBot) -> None:
    page = assembly.views.manage
    assert page.names[:2] == ("models", "vocabulary")
    assert page.names[-1] == "history"
    assert page.stack.count() == 0
    for count, name in enumerate(page.names, 1):
        assembly.actions.run(name)
        assert assembly.stage.place is Place.MANAGE
        assert page.section == name
        assert page.stack.count() == count
        qtbot.waitUntil(lambda: assembly.work.display.idle, timeout=WAIT)
        assert nameless(page) == []
    # From the keyboard: the list of sections has the focus, and arrows choose.
    page.enter()
    qtbot.keyClick(page.sections, Qt.Key.Key_Home)
    assert page.section == "models"


def test_at_the_first_start_little_is_seen(assembly: Assembly) -> None:
    # The fixture has unfolded the expert's panels.
    assembly.actions.run("details")
    assert [dock.objectName() for dock in assembly.window.docks if dock.isVisible()] == ["parts", "inspection"]


def test_the_tool_bar_has_few_controls(assembly: Assembly) -> None:
    (bar,) = [one for one in assembly.window.findChildren(QToolBar) if one.objectName() == "tools"]
    widgets = [bar.widgetForAction(action) for action in bar.actions() if not action.isSeparator()]
    controls = [
        widget
        for widget in widgets
        if (widget is not None and widget.accessibleName()) or (widget is not None and getattr(widget, "text", str)())
    ]
    assert len(controls) <= MOST_CONTROLS
    assert any(isinstance(widget, WorkspaceSwitch) for widget in widgets)


@pytest.mark.parametrize("place", [Place.MANAGE, Place.LIVE])
def test_who_goes_elsewhere_at_the_start_finds_the_parts_later(
    start: Start, qtbot: QtBot, parts: Path, place: Place
) -> None:
    assembly = start()
    qtbot.waitUntil(lambda: assembly.models.facts is not None, timeout=WAIT)
    # As when a person is quicker than the libraries.
    assembly._paths, assembly._again = [parts], False
    assembly.stage.show(place)
    assembly._open_first()
    qtbot.waitUntil(lambda: len(assembly.session.parts) == 6 and not assembly.store.is_listing, timeout=WAIT)
    assert assembly.stage.place is place
    assembly.actions.run("to-parts")
    shown(assembly, qtbot)
