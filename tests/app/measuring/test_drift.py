"""Good parts that leave the calibrated range are said, once, in the window and live."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, Start
from window_steps import shown

from app.measuring.drift import calibration_in_force
from app.parts.state import MOST_PASSED
from app.shell.assembly import Assembly
from tokenclip_core.judgement.calibration import calibrate


@pytest.fixture
def window(start: Start, qtbot: QtBot, parts: Path) -> Assembly:
    """Judged by a calibration from 200 good parts that score about 0.3."""
    assembly: Assembly = start(parts)
    shown(assembly, qtbot)
    good = np.random.default_rng(0).normal(0.3, 0.05, 200).clip(0, 1)
    assembly.session.calibration = calibrate(good.tolist(), 0.01, {})
    assembly.judging.set_threshold(assembly.session.calibration.threshold)
    assembly.drift.look()
    return assembly


def pass_parts(window: Assembly, mean: float, count: int = 60) -> None:
    for score in np.random.default_rng(1).normal(mean, 0.04, count).clip(0, window.session.threshold - 0.001):
        window.session.take_passed(float(score))
    window.drift.look()


def test_good_parts_that_score_otherwise_are_said_once(window: Assembly, qtbot: QtBot) -> None:
    pass_parts(window, 0.38)
    qtbot.waitUntil(lambda: window.drift.said == "higher", timeout=WAIT)
    # The part that is shown may be one of them, too.
    assert re.match(r"The last 6[01] good parts score higher", window.views.message.text)
    window.views.message.say("something else")
    pass_parts(window, 0.38)
    qtbot.waitUntil(lambda: window.work.idle, timeout=WAIT)
    assert window.views.message.text == "something else"
    for _ in range(10):
        pass_parts(window, 0.1)
    qtbot.waitUntil(lambda: window.drift.said == "lower", timeout=WAIT)


def test_like_parts_and_few_parts_say_nothing(window: Assembly, qtbot: QtBot) -> None:
    pass_parts(window, 0.3, 19)
    pass_parts(window, 0.3, 300)
    qtbot.waitUntil(lambda: window.work.idle, timeout=WAIT)
    assert window.drift.said == ""


def test_another_threshold_has_no_calibration(window: Assembly) -> None:
    assert calibration_in_force(window.session) is window.session.calibration
    window.judging.set_threshold(0.9)
    assert calibration_in_force(window.session) is None
    window.drift.look()
    assert window.session.passed_count == 0


def test_no_more_is_kept_than_is_looked_at(window: Assembly) -> None:
    for _ in range(2 * MOST_PASSED):
        window.session.take_passed(0.1)
    assert len(window.session.passed) == MOST_PASSED


def test_inspected_parts_are_looked_at(window: Assembly, qtbot: QtBot) -> None:
    before = window.session.passed_count
    for part in list(window.session.parts):
        window.store.forget(part.path)
    window.actions.run("inspect-all")
    qtbot.waitUntil(lambda: all(part.score is not None for part in window.session.parts), timeout=WAIT)
    good = [part for part in window.session.parts if (part.score or 0) < window.session.threshold]
    assert window.session.passed_count >= before + len(good) > before
