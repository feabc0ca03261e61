"""What a worker says after the window is gone is said to nobody, and harms nobody."""

from __future__ import annotations

import threading

import pytest
from pytestqt.qtbot import QtBot
from shiboken6 import delete
from window_fakes import ENDS_SECONDS

from app.work.bridge import WorkerBridge
from app.work.jobs import Cancellation


@pytest.mark.parametrize("orderly", [True, False])
def test_a_thread_that_outlives_its_window_ends_quietly(
    qtbot: QtBot, orderly: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    troubles: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", troubles.append)
    bridge = WorkerBridge("late")
    entered, gate = threading.Event(), threading.Event()

    def work(_cancellation: Cancellation) -> None:
        entered.set()
        gate.wait(ENDS_SECONDS)

    bridge.thread_of_jobs.submit(work, lane="late")
    assert entered.wait(ENDS_SECONDS)
    thread = bridge.thread_of_jobs
    if orderly:
        thread.stop()
        bridge.close()
    delete(bridge)
    if not orderly:
        thread.stop()
    gate.set()
    assert thread.join(ENDS_SECONDS)
    assert troubles == []
