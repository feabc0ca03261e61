"""What a person sees is painted before the threads begin with what may come next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from model_fakes import LEARNED
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from typing_extensions import override
from window_fakes import WAIT
from window_steps import settled

from app.report.model import ReportChoice
from app.shell.assembly import Assembly
from app.work.order_of_work import later


class Painted(QObject):
    """Notes that a widget is painted."""

    def __init__(self, widget: QWidget, log: list[str]) -> None:
        super().__init__(widget)
        self._log = log
        widget.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._log.append("painted")
        return super().eventFilter(watched, event)


def logged(assembly: Assembly, canvas: QWidget, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """From now on: the lanes in which the model is asked, and when a canvas is painted."""
    log: list[str] = []
    thread = assembly.work.inference.thread_of_jobs
    submit: Callable[..., int] = thread.submit

    def noted(work: Any, *, lane: Any, **how: Any) -> int:
        log.append(f"{type(lane).__module__.split('.')[1]} {getattr(lane, 'name', lane)}".lower())
        return submit(work, lane=lane, **how)

    monkeypatch.setattr(thread, "submit", noted)
    Painted(canvas, log)
    return log


def test_the_part_before_its_neighbours(assembly: Assembly, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in assembly.session.parts:
        part.take_score(None, ())
    assembly.store._results.clear()
    log = logged(assembly, assembly.views.canvas.viewport(), monkeypatch)
    qtbot.keyClick(assembly.window, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: "parts ahead" in log, timeout=WAIT)
    assert log[0] == "parts shown", "what is shown is asked for at once"
    assert "painted" in log[: log.index("parts ahead")]


def test_the_comparison_before_its_model(assembly: Assembly, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    canvas = assembly.views.compare.panes[1].canvas.viewport()
    log = logged(assembly, canvas, monkeypatch)
    assembly.compare.compare_models(LEARNED)
    qtbot.waitUntil(lambda: "compare load" in log, timeout=WAIT)
    assert "painted" in log[: log.index("compare load")]
    settled(assembly, qtbot)
    log.clear()
    qtbot.keyClick(assembly.window, Qt.Key.Key_Down)
    settled(assembly, qtbot)
    qtbot.waitUntil(lambda: "compare ahead" in log, timeout=WAIT)
    asked = next(index for index, word in enumerate(log) if word.startswith("compare"))
    assert "painted" in log[:asked]


def test_a_report_begins_once_its_strip_is_seen(
    assembly: Assembly, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = logged(assembly, assembly.views.status.report, monkeypatch)
    assembly.report.write(tmp_path / "report.html", ReportChoice(1, table=False))
    qtbot.waitUntil(lambda: "report report" in log, timeout=WAIT)
    assert "painted" in log[: log.index("report report")]


def test_another_model_for_the_window_at_once_loads_the_second_once(
    assembly: Assembly, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = logged(assembly, assembly.views.canvas.viewport(), monkeypatch)
    assembly.compare.compare_models(LEARNED)
    assembly.models.load("first")
    settled(assembly, qtbot)
    assert log.count("compare load") == 1
    assert log.index("models load") < log.index("compare load")


def test_a_comparison_left_at_once_loads_nothing(
    assembly: Assembly, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = logged(assembly, assembly.views.canvas.viewport(), monkeypatch)
    assembly.compare.compare_models(LEARNED)
    assembly.compare.leave()
    qtbot.waitUntil(lambda: "painted" in log, timeout=WAIT)
    begun: list[bool] = []
    later(assembly, lambda: begun.append(True)).start()
    qtbot.waitUntil(lambda: bool(begun), timeout=WAIT)
    assert "compare load" not in log, "what would have begun with that timer"
