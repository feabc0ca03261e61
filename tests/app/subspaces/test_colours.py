"""Subspaces in the colours that a person gives them: everywhere, at once, and without the encoder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from window_fakes import COLOURS, NAMES, WAIT, FakeInspector, Start
from window_steps import shown

from app.subspaces.colours import colours_of, dress

VIOLET = (90, 10, 200)


def test_only_colours_are_kept() -> None:
    kept = {"crack": "#5A0ac8", "stain": "red", "dent": "#12345", "hole": 3}
    assert colours_of(kept) == {"crack": VIOLET}


def test_a_model_is_drawn_otherwise_and_says_the_same() -> None:
    inspector = FakeInspector()
    before = inspector.subspaces
    dress(inspector, {"nothing of it": VIOLET})
    assert inspector.subspaces is before
    dress(inspector, {NAMES[2]: VIOLET})
    found = {one.name: one.colour for one in inspector.subspaces.subspaces}
    assert found == {**dict(zip(NAMES, COLOURS, strict=True)), NAMES[2]: VIOLET}
    assert inspector.subspaces.fingerprint == before.fingerprint


def test_a_colour_is_seen_everywhere(
    start: Start, qtbot: QtBot, parts: Path, inspector: FakeInspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    assembly = start(parts / "part_0001.png")
    shown(assembly, qtbot)
    before, encoded = assembly.shown.result, inspector.encoded
    assert before is not None
    shelf = assembly.evidence
    shelf.put_on_shelf([str(parts / "part_0002.png")])
    compared_anew: list[object] = []
    monkeypatch.setattr(shelf, "put_on_shelf", compared_anew.append)
    index = int(np.bincount(before.assignment.argmax(axis=-1).reshape(-1)).argmax())
    assembly.views.subspaces.paint(index, VIOLET)
    name = NAMES[index]

    def painted() -> bool:
        result = assembly.shown.result
        return result is not None and result.subspaces[index].colour == VIOLET

    qtbot.waitUntil(painted, timeout=WAIT)
    after = assembly.shown.result
    assert after is not None
    assert after.score == before.score
    assert not np.array_equal(after.subspace_layer, before.subspace_layer)
    assert inspector.encoded == encoded
    assert compared_anew == []
    facts = assembly.models.facts
    assert facts is not None
    assert dict(facts.subspaces)[name] == VIOLET
    assert VIOLET in [row.colour for row in assembly.views.canvas.legend.rows]
    assert assembly.preferences._store.values.subspace_colours == {name: "#5a0ac8"}
