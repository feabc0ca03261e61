"""The window in another language, without a new start of the program."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, Start
from window_steps import shown, speaking

from app.settings.dialog import SettingsDialog
from app.shell.assembly import Assembly
from app.shell.continuing import Continuation


def test_another_language_goes_on_where_the_window_was(
    start: Start, qtbot: QtBot, qapp: QApplication, parts: Path
) -> None:
    first = start(parts)
    shown(first, qtbot)
    first.library.step(2)
    shown(first, qtbot)
    part = first.session.current_part
    assert part is not None
    first.settings.open()
    (dialog,) = first.window.findChildren(SettingsDialog)
    first.settings.apply("language", "zh_CN")
    # While it is chosen, nothing happens; only when the dialog is done with.
    assert first.window.isVisible()
    dialog.accept()
    left = first.left
    assert left is not None
    assert not first.window.isVisible()
    assert (left.paths, left.part, left.managing) == ((parts,), part.path, False)
    with speaking(qapp, "zh_CN"):
        second = going_on(start, left)
        qtbot.waitUntil(lambda: second.session.current_part is not None, timeout=WAIT)
        qtbot.waitUntil(lambda: second.session.current_part.path == part.path, timeout=WAIT)
        assert second.actions["open-folder"].iconText() == "打开文件夹"


def test_the_same_language_is_no_other(start: Start, parts: Path) -> None:
    assembly = start(parts)
    assembly.actions.run("language-en")
    assert assembly.left is None
    assert assembly.window.isVisible()


def test_what_is_at_work_is_not_ended_for_a_language(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    assembly.actions.run("camera")
    assembly.actions.run("language-zh_CN")
    assert assembly.left is None
    assert "next start" in assembly.views.status.activity


def test_how_parts_are_judged_is_not_lost_for_a_language(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    for change in ({"muted": frozenset({1})}, {"evidence": "text"}, {"tolerated": ((0, 0.3),)}):
        assembly.judging.change("change", **change)
        assembly.actions.run("language-zh_CN")
        assert assembly.left is None, change
        assert "next start" in assembly.views.status.activity
        assembly.actions.run("undo")
    assembly.actions.run("vocabulary")
    assembly.actions.run("language-zh_CN")
    assert assembly.left is None, "words that may not be saved"


def going_on(start: Start, left: Continuation) -> Assembly:
    """The window that comes in the place of another one."""
    return start(left=left)
