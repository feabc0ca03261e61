"""Nothing forces the window or a dialog to be larger than a small screen, in any language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from every_dialog import every_dialog, own_dialogs
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, Start
from window_steps import nameless, shown, speaking

from app.shell.assembly import Assembly

WIDTH, HEIGHT = 1024, 600
FRAME_WIDTH, FRAME_HEIGHT = 2, 32
"""What a window manager puts around a window, and a task bar takes away."""


@pytest.fixture(params=["en", "zh_CN"])
def language(qapp: QApplication, request: pytest.FixtureRequest) -> Iterator[str]:
    with speaking(qapp, request.param):
        yield request.param


def fits(assembly: Assembly) -> None:
    size = assembly.window.minimumSizeHint()
    wide, high = size.width() + FRAME_WIDTH, size.height() + FRAME_HEIGHT
    docks = {dock.objectName(): dock.minimumSizeHint() for dock in assembly.window.docks if dock.isVisible()}
    assert wide <= WIDTH, docks
    assert high <= HEIGHT, docks


def unmaximised(start: Start, qtbot: QtBot, parts: Path) -> Assembly:
    """The window with a part on screen, as large as a test wants it."""
    assembly: Assembly = start(parts)
    shown(assembly, qtbot)
    assembly.window.setWindowState(Qt.WindowState.WindowNoState)
    return assembly


def test_the_window_fits_a_small_screen(start: Start, qtbot: QtBot, parts: Path, language: str) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    assembly.window.resize(WIDTH - FRAME_WIDTH, HEIGHT - FRAME_HEIGHT)
    assembly.window.docks[-1].hide()
    fits(assembly)
    assembly.actions.run("areas")
    fits(assembly)
    assembly.actions.run("compare-layers")
    fits(assembly)
    assembly.stage.compare(False)
    assembly.live.enter()
    for _ in range(5):
        assembly.live.add_named("demo")
    qtbot.waitUntil(lambda: len(assembly.live.live.cameras) == 5, timeout=WAIT)
    fits(assembly)


def test_no_workspace_widens_a_small_window(start: Start, qtbot: QtBot, parts: Path, language: str) -> None:
    assembly = unmaximised(start, qtbot, parts)
    window = assembly.window
    window.docks[-1].hide()
    window.resize(WIDTH - FRAME_WIDTH, HEIGHT - FRAME_HEIGHT)
    before = window.width()
    panels = {dock.objectName() for dock in window.docks if not dock.isHidden()}
    for name in (*assembly.views.manage.names, "camera", "models", "camera", "to-parts", "manage", "to-parts"):
        assembly.actions.run(name)
        qtbot.waitUntil(lambda: assembly.work.display.idle, timeout=WAIT)
        assert window.width() == before, name
    assert {dock.objectName() for dock in window.docks if not dock.isHidden()} == panels


def test_coming_back_to_the_parts_leaves_a_small_window_as_high_as_it_was(
    start: Start, qtbot: QtBot, parts: Path
) -> None:
    assembly = unmaximised(start, qtbot, parts)
    window = assembly.window
    for dock in window.docks:
        dock.show()
    QApplication.processEvents()
    window.resize(1366, window.minimumSizeHint().height())
    QApplication.processEvents()
    before = window.size()
    for name in ("manage", "to-parts", "camera", "to-parts"):
        assembly.actions.run(name)
        qtbot.waitUntil(lambda: assembly.work.display.idle, timeout=WAIT)
        QApplication.processEvents()
    qtbot.waitUntil(lambda: window.size() == before, timeout=WAIT)


def test_unfolding_what_was_found_leaves_a_small_window_as_high_as_it_was(
    start: Start, qtbot: QtBot, parts: Path
) -> None:
    assembly = unmaximised(start, qtbot, parts)
    window = assembly.window
    window.tabifyDockWidget(window.docks[2], window.docks[3])
    window.docks[-1].hide()
    QApplication.processEvents()
    window.resize(1366, window.minimumSizeHint().height())
    QApplication.processEvents()
    before = window.size()
    for _ in range(2):
        window.toggle_details()
        QApplication.processEvents()
        assert window.size() == before


def test_dialogs_fit_a_small_screen_and_their_controls_have_names(
    start: Start, project_root: Path, language: str
) -> None:
    made = every_dialog(start())
    assert {type(dialog).__name__ for dialog in made} == own_dialogs(project_root)
    for dialog in made:
        size = dialog.minimumSizeHint().expandedTo(dialog.minimumSize())
        assert size.width() <= WIDTH - FRAME_WIDTH, dialog
        assert size.height() <= HEIGHT - FRAME_HEIGHT, dialog
        assert nameless(dialog) == []
        dialog.deleteLater()
