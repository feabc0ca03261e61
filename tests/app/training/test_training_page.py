"""Learning in the window: begun, watched, stopped, gone on with, compared and kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from feature_desk import Desk
from PIL import Image
from pytestqt.qtbot import QtBot
from window_fakes import ENDS_SECONDS, WAIT, FakeInspector, Start
from window_steps import nameless, shown

from app.parts.state import ModelChoice
from app.settings.store import SettingsStore
from app.shell.assembly import Assembly
from app.training.controller import TrainingController
from app.training.learning import LearningRun, _compared, _Measure, learning
from app.training.model import Epoch, Figures, Learned, LearningChoice, Phase
from app.training.page import Orders, TrainingPage
from app.work.jobs import Cancellation
from tokenclip_core.data.layouts import Sample, read_layout
from tokenclip_core.data.procedural import write_dataset
from tokenclip_core.errors import DataLayoutError
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.model import folders as model_folders
from tokenclip_core.subspaces.checkpoint import read_info


class Trainer:
    """Learns as told: an epoch whenever `steps` says so."""

    def __init__(self) -> None:
        self.steps, self.choices = threading.Semaphore(0), list[LearningChoice]()

    def learn(self, choice: LearningChoice, stop: Callable[[], bool]) -> Iterator[Learned]:
        self.choices.append(choice)
        choice.out.parent.mkdir(parents=True, exist_ok=True)
        losses: tuple[Epoch, ...] = ()
        for number in range(1, choice.epochs + 1):
            while not self.steps.acquire(timeout=0.01):
                if stop():
                    yield Learned(Phase.STOPPED, epoch=number, best=len(losses), losses=losses, unfinished=number > 1)
                    return
            choice.out.write_bytes(b"learned")
            losses = (*losses, Epoch(number, 2.0 / number, 2.5 / number, kept=True))
            yield Learned(Phase.LEARNING, 1, 4, number, choice.epochs, number, losses, ("12 parts, 6 defective",))
        yield Learned(
            Phase.DONE, best=len(losses), losses=losses, before=Figures(0.8, 0.9, None), after=Figures(0.95, 0.96, 0.9),
            compared=12,
        )  # fmt: skip


@pytest.fixture
def window(start: Start, qtbot: QtBot, parts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Assembly:
    monkeypatch.setattr(model_folders, "models_folder", lambda: tmp_path / "own" / "models")
    monkeypatch.setattr("app.training.controller.checkpoints_folder", lambda: tmp_path / "own" / "checkpoints")
    assembly: Assembly = start(parts, factory=lambda _key: FakeInspector())
    shown(assembly, qtbot)
    return assembly


def opened(window: Assembly, qtbot: QtBot) -> TrainingPage:
    window.actions.run("training")
    page = window.training.page
    assert page is not None
    qtbot.waitUntil(lambda: page.model.count() > 0, timeout=WAIT)
    return page


def table(page: TrainingPage) -> list[list[str]]:
    return [list(row) for row in page._table._rows]


def test_a_training_is_watched_stopped_gone_on_with_and_kept(window: Assembly, qtbot: QtBot, tmp_path: Path) -> None:
    trainer = Trainer()
    window.training.steps = trainer.learn
    window.training.ask_for_folder = lambda: tmp_path / "labelled"
    page = opened(window, qtbot)
    assert nameless(page) == []
    assert not page.start.isEnabled()
    page.choose.trigger()
    assert page.start.isEnabled()
    page.epochs.setValue(3)
    page.subspaces.setValue(4)
    page.name.setText("metal / line 1")
    page.start.trigger()
    trainer.steps.release()
    qtbot.waitUntil(lambda: page.said == "Epoch 1: batch 1 of 4 · epoch 1 is kept", timeout=WAIT)
    (choice,) = trainer.choices
    assert (choice.data, choice.epochs, choice.subspaces) == (tmp_path / "labelled", 3, 4)
    assert choice.out.name == "metal_line_1.safetensors"
    assert page.notes == "12 parts, 6 defective"
    assert not page.name.isEnabled()
    page.stop.trigger()
    qtbot.waitUntil(lambda: page.said.startswith("Stopped; it can be gone on with"), timeout=WAIT)
    qtbot.waitUntil(page.start.isEnabled, timeout=WAIT)
    assert page.start.iconText() == "Go on"
    page.start.trigger()
    trainer.steps.release(3)
    qtbot.waitUntil(lambda: page.said.startswith("Done. Before and after on 12"), timeout=WAIT)
    assert [epoch.number for epoch in page.losses._epochs] == [1, 2, 3]
    assert table(page) == [["Before", "80.0 %", "90.0 %", "–"], ["After", "95.0 %", "96.0 %", "90.0 %"]]
    page.keep.trigger()
    kept = tmp_path / "own" / "checkpoints" / "metal_line_1.safetensors"
    qtbot.waitUntil(lambda: window.models.in_use.checkpoint == str(kept), timeout=WAIT)
    assert kept.read_bytes() == b"learned"
    assert "used from now on" in page.said


def test_what_can_not_be_learned_from_is_said(window: Assembly, qtbot: QtBot, tmp_path: Path) -> None:
    def learn(_choice: LearningChoice, _stop: Callable[[], bool]) -> Iterator[Learned]:
        yield Learned()
        raise DataLayoutError("no layout fits")

    window.training.steps = learn
    page = opened(window, qtbot)
    page.show_data(tmp_path)
    page.name.setText("///")
    page.start.trigger()
    assert page.said == "Give it a name of letters or digits"
    page.name.setText("x")
    page.start.trigger()
    qtbot.waitUntil(lambda: page.said == "no layout fits", timeout=WAIT)
    assert page.start.isEnabled()
    assert not page.keep.isEnabled()


def test_closing_stops_a_training(window: Assembly, qtbot: QtBot, tmp_path: Path) -> None:
    trainer = Trainer()
    window.training.steps = trainer.learn
    page = opened(window, qtbot)
    page.show_data(tmp_path)
    page.start.trigger()
    qtbot.waitUntil(lambda: bool(trainer.choices), timeout=WAIT)
    window.window.close()
    assert window.shut_down(ENDS_SECONDS)


def test_what_is_kept_takes_no_others_place(
    desk: Desk, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "own"
    monkeypatch.setattr("app.training.controller.checkpoints_folder", lambda: kept)
    contents = iter((b"first", b"second"))

    def learn(choice: LearningChoice, _stop: Callable[[], bool]) -> Iterator[Learned]:
        choice.out.parent.mkdir(parents=True, exist_ok=True)
        choice.out.write_bytes(next(contents))
        yield Learned(Phase.DONE, best=1)

    models = desk.owners.models
    controller = TrainingController(desk.owners, desk.views, desk.sections, desk.reviews, SettingsStore())
    controller.steps = learn
    desk.views.manage.enter()
    page = controller.page
    assert page is not None
    page.show_models([ModelChoice("compact", "compact")], "compact")
    page.show_data(tmp_path)
    for file in ("learned.safetensors", "learned (2).safetensors"):
        page.start.trigger()
        qtbot.waitUntil(page.keep.isEnabled, timeout=WAIT)
        page.keep.trigger()
        assert not page.keep.isEnabled()
        qtbot.waitUntil(lambda file=file: models.in_use.checkpoint == str(kept / file), timeout=WAIT)
        qtbot.waitUntil(lambda: models.facts is not None, timeout=WAIT)
    assert [file.read_bytes() for file in sorted(kept.iterdir(), reverse=True)] == [b"first", b"second"]


def test_what_was_not_compared_is_done_all_the_same(qtbot: QtBot) -> None:
    page = TrainingPage(Orders(*[lambda: None] * 5))
    qtbot.addWidget(page)
    page.show_learned(Learned(Phase.STOPPED), running=False)
    assert (page.said, page.start.iconText()) == ("Stopped", "Learn")
    page.show_learned(Learned(Phase.STOPPED, best=1, unfinished=True), running=False)
    assert page.start.iconText() == "Go on"
    page.show_learned(Learned(Phase.DONE, best=2), running=False)
    assert page.said == "Done, without a comparison of before and after. · epoch 2 is kept"
    assert page.start.iconText() == "Learn"
    assert page.keep.isEnabled()


def test_before_and_after_are_means_of_categories(tmp_path: Path) -> None:
    """Each is told apart without a fault, though the good parts of one score higher than the other's defects."""
    scores = {"a/good": 0.1, "a/hole": 0.2, "b/good": 0.7, "b/hole": 0.9}
    samples = []
    for name in scores:
        category, kind = name.split("/")
        place = tmp_path / category / f"{kind}.png"
        place.parent.mkdir(exist_ok=True)
        Image.new("RGB", (16, 16)).save(place)
        samples.append(Sample(place, None, 0 if kind == "good" else 1, category, kind))

    class Known:
        def inspect(self, _pixels: object) -> SimpleNamespace:
            anomaly_map = np.zeros((16, 16), np.float32)
            return SimpleNamespace(score=next(rest), height=16, width=16, anomaly_map=anomaly_map)

    rest, known = iter(scores.values()), cast("Inspector", Known())
    measure = _Measure(samples)
    for sample in samples:
        measure.add(known, sample)
    assert measure.figures().image == 1.0


def test_the_trainer_of_the_command_learns_and_compares(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tokenclip_core.training.token_cache.default_cache_folder", lambda: tmp_path / "cache")
    data = tmp_path / "parts"
    list(write_dataset(data, count=6, size=64, seed=3, families=["wood"], defects=["hole"]))
    out = tmp_path / "work" / "learned.safetensors"
    choice = LearningChoice(data, str(tiny_model), out, epochs=2, subspaces=3)
    # Stopped before anything is learned, there is nothing to go on with.
    assert not list(learning(choice, lambda: True))[-1].unfinished
    # Stopped after its first epoch, and gone on with.
    stopped = threading.Event()
    for learned in learning(choice, stopped.is_set):
        if learned.losses:
            stopped.set()
    assert (learned.phase, learned.unfinished) == (Phase.STOPPED, True)
    assert [epoch.number for epoch in learned.losses] == [1]

    def stopped_while_comparing(choice: LearningChoice, stop: Callable[[], bool]) -> Iterator[Learned]:
        for learned in learning(choice, stop):
            if learned.phase is Phase.COMPARING:
                run.stop()
            yield learned

    run = LearningRun(choice, stopped_while_comparing)
    last = run.run(Cancellation())
    assert last is run.learned
    # All is learned by then, and there is nothing to go on with.
    assert (last.phase, last.before, last.after, last.compared) == (Phase.DONE, None, None, 0)
    assert [epoch.number for epoch in last.losses] == [2]
    assert any("going on after epoch 1" in note for note in last.notes)
    assert len(read_info(out).names) == 3
    last = list(_compared(choice, read_layout(data).samples, last, lambda: False))[-1]
    assert last.before is not None
    assert last.after is not None
    assert last.compared > 0
    for figures in (last.before, last.after):
        assert figures.image is not None
        assert figures.pixel is not None
        assert 0 <= figures.image <= 1
