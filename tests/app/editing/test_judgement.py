"""What a person changed about the judgement comes back at the next start, for each model its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from feature_desk import Desk
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from window_fakes import COLOURS, ENDS_SECONDS, NAMES, WAIT, FakeInspector, FakeSubspaces, Start
from window_steps import Inspecting

from app.editing.adjustments import Adjustments, ScoringChoice
from app.parts.order import defects
from app.parts.state import Layer, ModelFacts, ScoringFacts, Verdict
from app.settings.judgement import MOST_MODELS, judged_as, judgement_values
from app.settings.store import SettingsStore
from app.shell.assembly import Assembly

FACTS = ModelFacts("m", "cpu", "fp32", tuple(zip(NAMES, COLOURS, strict=True)), ScoringFacts(layers=(6, 12)), "m eight")
CHANGED = Adjustments(
    scoring=ScoringChoice(
        assignment="softmax", top_k=3, epsilon=0.05, sigma=0.0, layers=(6,), rarity_scale=0.0, tile=512
    ),
    own_thresholds=((0, 0.25), (3, 0.75)),
    channel_limits=(("self", 0.5),),
)


def ready(assembly: Inspecting, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: assembly.shown.result is not None, timeout=WAIT)


def regions(assembly: Inspecting) -> object:
    view = assembly.shown.threshold_view
    return None if view is None else view.regions


def change(assembly: Assembly) -> None:
    assembly.views.inspection.threshold_changed.emit(0.31)
    assembly.views.subspaces.scoring.choice_changed.emit(ScoringChoice("softmax", 3, 0.05, 2.0, (), 512), "epsilon")
    assembly.views.subspaces.own_threshold_changed.emit(2, 0.25)
    assembly.views.subspaces.renamed.emit(0, "Riss")
    assembly.display.take(layer=Layer.SUBSPACES)


def test_it_all_comes_back_at_the_next_start(start: Start, qtbot: QtBot, parts: Path) -> None:
    first = start(parts)
    ready(first, qtbot)
    change(first)
    wanted = first.session.adjustments
    first.window.close()
    assert first.shut_down(ENDS_SECONDS)
    second = start(parts)
    ready(second, qtbot)
    assert second.session.adjustments == wanted
    assert second.store.mix == wanted.mix(len(NAMES))
    assert second.views.canvas.layer is Layer.SUBSPACES
    assert second.views.subspaces.scoring._epsilon_value.text() == "0.05"
    # Nothing of it can be undone by accident, and a reset brings it all back to what it was at first, undone at once.
    assert not second.actions["undo"].isEnabled()
    qtbot.keyClick(second.window, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert second.session.adjustments == Adjustments()
    qtbot.keyClick(second.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert second.session.adjustments == wanted


def test_each_model_has_its_own(start: Start, qtbot: QtBot, parts: Path, inspector: FakeInspector) -> None:
    learned = FakeInspector(subspaces=replace(FakeSubspaces(), fingerprint="learned"))
    models = {"compact": inspector, "other": learned}
    assembly = start(parts, factory=lambda name: models[name])
    ready(assembly, qtbot)
    change(assembly)
    of_first = assembly.session.adjustments
    loaded: list[ModelFacts] = []
    assembly.models.loaded.connect(loaded.append)
    assembly.models.choose("other")
    qtbot.waitUntil(lambda: len(loaded) == 1, timeout=WAIT)
    assert assembly.session.adjustments == replace(of_first, scoring=ScoringChoice(), own_thresholds=())
    assert not assembly.actions["undo"].isEnabled()
    assembly.views.subspaces.own_threshold_changed.emit(1, 0.5)
    assembly.models.choose("compact")
    qtbot.waitUntil(lambda: len(loaded) == 2, timeout=WAIT)
    assert assembly.session.adjustments == of_first
    assembly.models.choose("other")
    qtbot.waitUntil(lambda: len(loaded) == 3, timeout=WAIT)
    assert assembly.session.adjustments.own_thresholds == ((1, 0.5),)
    ready(assembly, qtbot)


def test_judgements_survive_the_file() -> None:
    assert judged_as(Adjustments(), judgement_values(CHANGED), FACTS) == CHANGED
    assert judgement_values(Adjustments(threshold=0.3)) == {}


@pytest.mark.parametrize(
    "values",
    [
        {"assignment": "magic", "top_k": 99, "epsilon": -1, "sigma": "wide", "layers": [5], "tile": 3},
        {"top_k": True, "epsilon": float("nan"), "layers": "6", "own_thresholds": [[0, 7], [99, 0.5], 3, [True, 0.1]]},
        {"own_thresholds": {"0": 0.5}, "tile": 1.5, "channel_limits": [["self", 2], ["pool", 0.5], [["self"], 0.5]]},
    ],
)
def test_what_does_not_suit_the_model_is_its_own(values: dict[str, Any]) -> None:
    assert judged_as(CHANGED, values, FACTS) == Adjustments()


def test_the_models_used_least_are_forgotten(start: Start, qtbot: QtBot, parts: Path) -> None:
    store = SettingsStore()
    store.values.judgements = {f"old {number}": {"top_k": 3} for number in range(MOST_MODELS)}
    store.save()
    assembly = start(parts)
    ready(assembly, qtbot)
    assembly.views.subspaces.own_threshold_changed.emit(1, 0.5)
    kept = assembly.preferences._store.values.judgements
    assert len(kept) == MOST_MODELS
    assert "old 0" not in kept
    assert list(kept)[-1] == "compact eight"


def test_a_muted_subspace_never_alarms(desk: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = desk
    desk.present()
    desk.inspect(parts)
    ready(assembly, qtbot)
    editing, session = assembly.judging, assembly.session
    editing.set_threshold(1.0)
    editing.set_own_threshold(0, 0.0)
    part = session.parts[0]
    assert part.verdict(session.judgement) is Verdict.DEFECT
    for soloed, muted in ((frozenset(), frozenset({0})), (frozenset({1}), frozenset())):
        assembly.views.subspaces.mix_changed.emit(soloed, muted)
        qtbot.waitUntil(lambda: part.score is not None, timeout=WAIT)
        assert part.verdict(session.judgement) is Verdict.GOOD
        assert assembly.views.inspection.badge.text() == "GOOD"
        qtbot.waitUntil(lambda: regions(assembly) == (), timeout=WAIT)
    # A channel of evidence has its own limit, whatever is muted.
    editing.set_measured(1.0, (("self", 0.0),))
    assert part.verdict(session.judgement) is Verdict.DEFECT
    assert defects(session.parts[:1], session.judgement).tolist() == [True]
    assert assembly.views.inspection.badge.text() == "DEFECT"
    assert "self ≥ 0.00" in [label.text() for label in assembly.views.inspection.findChildren(QLabel)]
    assembly.actions.run("undo")
    assert part.verdict(session.judgement) is Verdict.GOOD
