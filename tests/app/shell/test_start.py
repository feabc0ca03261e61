"""The order of things at a start."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import nullcontext
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from window_fakes import ENDS_SECONDS, WAIT, FakeInspector, Start

from app.parts.state import ModelChoice
from app.shell.assembly import Assembly
from app.work.engine import SLOW_IMPORTS


def test_the_first_part_is_on_screen_before_the_model_is_loaded(
    start: Start, qtbot: QtBot, parts: Path, inspector: FakeInspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.shell.assembly.FIRST_LOOK_SECONDS", WAIT / 1000)
    assemblies: list[Assembly] = []
    pictures: list[bool] = []

    def factory(_name: str) -> FakeInspector:
        pictures.append(assemblies[0].shown.picture is not None)
        return inspector

    assemblies.append(start(parts, factory=factory))
    qtbot.waitUntil(lambda: assemblies[0].models.facts is not None, timeout=WAIT)
    assert pictures == [True]


def test_without_a_part_the_model_is_loaded_at_once(start: Start, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for assembly in (start(), start(tmp_path / "empty")):
        qtbot.waitUntil(lambda shown=assembly: shown.models.facts is not None, timeout=WAIT)


def test_any_number_of_signals_is_emitted(project_root: Path) -> None:
    program = """
from PySide6.QtCore import QObject, Signal
class Source(QObject):
    told = Signal(int)
source = Source()
for number in range(100_000):
    source.told.emit(number)
print("done")
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=project_root, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout.strip()) == (0, "done"), ended.stderr


def test_the_window_fits_a_small_screen(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts)
    window = assembly.window
    qtbot.waitUntil(lambda: assembly.views.canvas.isVisible() and assembly.shown.result is not None, timeout=WAIT)
    assert window.minimumSizeHint().width() <= 1366
    assert window.minimumSizeHint().height() <= 700


def test_a_window_closed_while_the_model_loads_waits_for_one_import_at_most(
    start: Start, qtbot: QtBot, parts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, go_on = threading.Event(), threading.Event()
    imported: list[str] = []

    def slow_import(name: str) -> None:
        imported.append(name)
        entered.set()
        go_on.wait(WAIT / 1000)

    monkeypatch.setattr("app.work.engine.import_module", slow_import)
    monkeypatch.setattr("app.work.engine.imports_without_stalls", nullcontext)
    assemblies: list[Assembly] = []
    assemblies.append(
        start(parts, factory=lambda name: assemblies[0]._load(ModelChoice(name, name), None, lambda: None))
    )
    qtbot.waitUntil(entered.is_set, timeout=WAIT)
    assemblies[0].window.close()
    go_on.set()
    assert assemblies[0].shut_down(ENDS_SECONDS)
    assert imported == [SLOW_IMPORTS[0]]


SEEN_LATER = (
    "app.history.page",
    "app.live.access_dialog",
    "app.live.add_dialog",
    "app.live.options_dialog",
    "app.measuring.curves",
    "app.measuring.dialog",
    "app.measuring.evaluation_page",
    "app.models.page",
    "app.report.dialog",
    "app.review.agreement_dialog",
    "app.settings.dialog",
    "app.shell.manual_dialog",
    "app.shell.shortcuts_dialog",
    "app.training.losses",
    "app.training.page",
    "app.vocabulary.page",
    "app.widgets.text_table",
)
"""Pages and dialogs that a person opens, and what only they are made of."""


def test_what_is_seen_later_is_not_imported_for_the_window_of_the_start(project_root: Path, tmp_path: Path) -> None:
    program = f"""
import sys
from PySide6.QtWidgets import QApplication
from app.settings.store import SettingsStore
from app.shell.assembly import Assembly
application = QApplication([])
assembly = Assembly(application, SettingsStore(), model_name="compact", link=lambda: None)
assembly.start([])
application.processEvents()
print(assembly.window.isVisible(), sorted({set(SEEN_LATER)!r} & set(sys.modules)))
assembly.shut_down(60)
"""
    folders = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"), str(tmp_path))
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=project_root,
        env={**os.environ, **folders, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout.strip() == "True []", ended.stderr


def test_what_is_seen_later_exists(project_root: Path) -> None:
    assert [name for name in SEEN_LATER if not (project_root / f"{name.replace('.', '/')}.py").is_file()] == []
