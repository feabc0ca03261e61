"""Good parts that leave the calibrated range are said, once, in the window and live."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from feature_desk import Desk
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, Start
from window_steps import shown

from app.editing.adjustments import Compared, ScoringChoice
from app.gallery.model import PartSummary, PatchPlace
from app.measuring.drift import DriftController
from app.parts.state import MOST_PASSED, Session
from app.work.jobs import Outcome
from tokenclip_core.judgement.calibration import calibrate


@dataclass
class Bench:
    """What follows good parts, judged by a calibration from 200 of them that score about 0.3."""

    desk: Desk
    drift: DriftController
    qtbot: QtBot
    answers: list[Outcome]

    @property
    def session(self) -> Session:
        return self.desk.owners.session

    def look(self) -> str:
        """Look, and say what is said when it is answered."""
        before = len(self.answers)
        self.drift.look()
        self.qtbot.waitUntil(lambda: len(self.answers) > before, timeout=WAIT)
        return self.drift.said

    def scores(self, mean: float, count: int) -> list[float]:
        """Of parts that are all good."""
        drawn = np.random.default_rng(1).normal(mean, 0.04, count)
        return [float(score) for score in drawn.clip(0, self.session.threshold - 0.001)]

    def pass_parts(self, mean: float, count: int = 60) -> None:
        """So many parts of a camera pass."""
        for score in self.scores(mean, count):
            self.session.take_passed(score)

    def inspect(self, mean: float, count: int = 60) -> None:
        """So many parts of a folder are inspected, always the same ones."""
        place = PatchPlace("", (0, 0), (1, 1))
        scores = enumerate(self.scores(mean, count))
        found = [PartSummary(number, f"{number}.png", score, (), (), place, ()) for number, score in scores]
        self.drift.take_summaries(self.desk.owners.store.mix, found)


@pytest.fixture
def bench(desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Bench:
    owners = desk.owners
    good = np.random.default_rng(0).normal(0.3, 0.05, 200).clip(0, 1)
    owners.session.calibration = calibrate(good.tolist(), 0.01, {})
    owners.judging.set_threshold(owners.session.calibration.threshold)
    drift = DriftController(owners, desk.views)
    drift.look()
    answers: list[Outcome] = []
    say = owners.work.say

    def hear(outcome: Outcome) -> bool:
        answers.append(outcome)
        return say(outcome)

    # Asked of every outcome, whatever it says.
    monkeypatch.setattr(owners.work, "say", hear)
    return Bench(desk, drift, qtbot, answers)


def test_good_parts_that_score_otherwise_are_said_once(bench: Bench) -> None:
    message = bench.desk.views.message
    bench.pass_parts(0.38)
    assert bench.look() == "higher"
    assert re.match(r"The last 60 good parts score higher", message.text)
    message.say("something else")
    bench.pass_parts(0.38)
    assert bench.look() == "higher"
    assert message.text == "something else"
    for _ in range(10):
        bench.pass_parts(0.1)
    assert bench.look() == "lower"


def test_like_parts_and_few_parts_say_nothing(bench: Bench) -> None:
    bench.pass_parts(0.3, 19)
    bench.drift.look()
    assert not bench.answers, "too few to look at"
    bench.pass_parts(0.3, 300)
    assert bench.look() == ""


def test_scores_of_other_settings_are_no_drift(bench: Bench) -> None:
    judging = bench.desk.owners.judging
    own = judging.now.scoring
    judging.change("top-k", scoring=ScoringChoice(top_k=1))
    bench.inspect(0.38)
    bench.pass_parts(0.38)
    judging.change("top-k", scoring=own)
    bench.session.provisional = True
    bench.inspect(0.38)
    bench.session.provisional = False
    bench.drift.look()
    assert bench.session.passed_count == 0
    assert not bench.answers
    bench.inspect(0.38)
    assert bench.look() == "higher"


def test_another_folders_pool_is_no_other_setting(bench: Bench) -> None:
    bench.desk.owners.store.compare_with(Compared(7, "another folder's"))
    bench.inspect(0.38)
    assert bench.look() == "higher"


def test_parts_that_are_inspected_again_count_once(bench: Bench) -> None:
    for _ in range(3):
        bench.inspect(0.3, 15)
    bench.drift.look()
    assert (bench.session.passed_count, len(bench.session.passed)) == (15, 15)
    # What the file is by now takes the place of what it was.
    bench.inspect(0.1, 15)
    assert len(bench.session.passed) == 15
    assert max(bench.session.passed.values()) < 0.25


def test_another_threshold_has_no_calibration(bench: Bench) -> None:
    assert bench.session.calibration_in_force is bench.session.calibration
    bench.pass_parts(0.3)
    bench.desk.owners.judging.set_threshold(0.9)
    assert bench.session.calibration_in_force is None
    bench.drift.look()
    assert bench.session.passed_count == 0


def test_no_more_is_kept_than_is_looked_at(bench: Bench) -> None:
    for _ in range(2 * MOST_PASSED):
        bench.session.take_passed(0.1)
    assert len(bench.session.passed) == MOST_PASSED


def test_inspected_parts_are_looked_at(start: Start, qtbot: QtBot, parts: Path) -> None:
    window = start(parts)
    shown(window, qtbot)
    qtbot.waitUntil(lambda: all(part.score is not None for part in window.session.parts), timeout=WAIT)
    good = {part.path for part in window.session.parts if part.score < window.session.threshold}
    assert good
    assert set(window.session.passed) == good
