"""The window without a screen, with its own settings, and nothing left behind after a test."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("PySide6", reason="the window's tests need PySide6")
os.environ["QT_QPA_PLATFORM"] = "offscreen"

from feature_desk import Desk, laid_out
from model_fakes import LEARNED, OTHER, OWN, Looked, Shelf
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import delete, isValid
from watched import end_all
from window_fakes import ENDS_SECONDS, WAIT, FakeInspector, Start, write_parts
from window_steps import shown

from app.review.store import DATA_VARIABLE
from app.settings.store import CONFIG_VARIABLE, SettingsStore
from app.shell.assembly import Assembly
from app.shell.bootstrap import collect_in_this_thread
from app.shell.continuing import Continuation
from app.work.engine import InspectorFactory
from app.work.inspector_like import InspectorLike
from tokenclip_core.model.folders import ModelFolder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A warning of Qt fails the test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))
            # The platform without a screen says this of every window.
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support"))


@pytest.fixture(autouse=True)
def no_capture_outlives_a_failure() -> Iterator[None]:
    yield
    end_all()


@pytest.fixture(autouse=True)
def garbage_is_left_to_this_thread(qapp: QApplication) -> Iterator[None]:
    """As the program does; Python catches up between two tests."""
    collector = collect_in_this_thread()
    yield
    collector.stop()
    gc.enable()


@pytest.fixture(autouse=True)
def isolated_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "config"
    monkeypatch.setenv(CONFIG_VARIABLE, str(folder))
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "data"))
    return folder


@pytest.fixture(autouse=True)
def nothing_leaks(qapp: QApplication) -> Iterator[None]:
    threads = set(threading.enumerate())
    widgets = {id(widget) for widget in qapp.topLevelWidgets()}
    yield
    left = [thread for thread in threading.enumerate() if thread not in threads]
    for thread in left:
        thread.join(ENDS_SECONDS)
    assert [thread.name for thread in left if thread.is_alive()] == []
    assert [widget for widget in qapp.topLevelWidgets() if id(widget) not in widgets and widget.isVisible()] == []
    assert [timer for timer in qapp.findChildren(QTimer) if timer.isActive()] == []


@pytest.fixture
def inspector() -> FakeInspector:
    return FakeInspector()


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    """Six parts of 96 x 64 pixels: the odd ones have a white spot."""
    spot = (slice(20, 32), slice(40, 56))
    return write_parts(tmp_path / "parts", 6, (64, 96), spot, lambda number: 250 if number % 2 else None)


@pytest.fixture
def start(
    qapp: QApplication, qtbot: QtBot, inspector: FakeInspector, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Start]:
    """Start the window on paths; it is closed and taken apart after the test."""
    # Threads that make way for other programs as well would not get their turn for minutes on a busy machine.
    monkeypatch.setattr("app.work.jobs.make_way_for_the_window", lambda: None)
    assemblies: list[Assembly] = []

    def make(
        *paths: Path,
        factory: Callable[[str], InspectorLike] | None = None,
        second_factory: InspectorFactory | None = None,
        recipe: Path | None = None,
        left: Continuation | None = None,
    ) -> Assembly:
        assembly = Assembly(
            qapp,
            SettingsStore(),
            model_name="compact",
            factory=lambda choice, *_given: inspector if factory is None else factory(choice.key),
            second_factory=second_factory,
            link=lambda: None,
        )
        assembly.reviewing.ask_who = lambda _suggested: "Ada"
        assemblies.append(assembly)
        assembly.window.resize(1200, 800)
        if len(assemblies) == 1:
            # What is folded away at the first start; see `test_at_the_first_start_little_is_seen`.
            assembly.window.toggle_details()
        if left is None:
            assembly.start(paths, recipe=recipe)
        else:
            assembly.go_on(left)
        assembly.window.activateWindow()
        qtbot.waitUntil(assembly.window.isActiveWindow, timeout=WAIT)
        return assembly

    yield make
    for assembly in assemblies:
        if inspector.gate is not None:
            inspector.gate.set()
        assembly.window.close()
        assert assembly.shut_down(ENDS_SECONDS)
        window, theme = assembly.window, assembly.theme
        delete(assembly)
        delete(window)
        delete(theme)
        assert not isValid(window)


@pytest.fixture
def new_model(inspector: FakeInspector) -> Callable[[], InspectorLike]:
    """Makes what a desk loads as its model."""
    return lambda: inspector


@pytest.fixture
def desk(
    qapp: QApplication,
    inspector: FakeInspector,
    new_model: Callable[[], InspectorLike],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:
    """Owners and views for one feature, without the window around it."""
    monkeypatch.setattr("app.work.jobs.make_way_for_the_window", lambda: None)
    made = laid_out(new_model)
    yield made
    if inspector.gate is not None:
        inspector.gate.set()
    made.clear()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def assembly(start: Start, qtbot: QtBot, parts: Path, shelf: Shelf) -> Assembly:
    """The second of six parts, a defect, with two models and a checkpoint to choose from."""
    first = Looked(model_name="first", log=shelf.log)
    made: Assembly = start(parts, factory=lambda *_given: first, second_factory=shelf.make)
    shown(made, qtbot)
    made.models.search = lambda: (
        ModelFolder("compact", "compact", 30, ("parts",)),
        ModelFolder("other", "/models/other", 600),
    )
    made.models.look_for_models()
    qtbot.waitUntil(lambda: made.models.choices == (OWN, LEARNED, OTHER), timeout=WAIT)
    qtbot.keyClick(made.window, Qt.Key.Key_Down)
    shown(made, qtbot, "part_0001.png")
    qtbot.waitUntil(lambda: made.work.inference.idle, timeout=WAIT)
    return made
