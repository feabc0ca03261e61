"""The list by name has a heading over each folder, with its counts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from pytestqt.qtbot import QtBot

from app.parts.delegate import HEADING_HEIGHT, ROW_HEIGHT, heading_words
from app.parts.groups import Heading
from app.parts.list_model import HEADING_ROLE
from app.parts.order import verdict_places
from app.parts.panel import PartsPanel
from app.parts.state import Part, SortBy
from tokenclip_core.judgement.judgement import Judgement

ROOT = Path(os.sep, "parts")


def parts_of(*counts: int) -> list[Part]:
    names = [(folder, number) for folder, count in enumerate(counts) for number in range(count)]
    return [Part(str(ROOT / f"kind {folder}" / f"{number}.png")) for folder, number in names]


def told(panel: PartsPanel) -> dict[int, tuple[str, str]]:
    return {row: (heading.label, heading_words(heading)) for row, heading in panel.model.headings.items()}


def high(panel: PartsPanel) -> list[int]:
    heights = [panel.view.rowHeight(row) for row in range(panel.model.rowCount())]
    assert set(heights) <= {ROW_HEIGHT, ROW_HEIGHT + HEADING_HEIGHT}
    return [row for row, height in enumerate(heights) if height > ROW_HEIGHT]


def test_folders_are_groups_with_counts(qtbot: QtBot) -> None:
    panel = PartsPanel()
    qtbot.addWidget(panel)
    panel.resize(240, 600)
    panel.show()
    parts = parts_of(2, 3)
    panel.model.set_parts(parts)
    assert told(panel) == {0: ("kind 0", "2"), 2: ("kind 1", "3")}
    assert high(panel) == [0, 2]
    parts[0].take_score(0.2, ())
    parts[2].take_score(0.9, ())
    parts[3].error = "it is damaged"
    panel.model.count_groups()
    assert told(panel) == {0: ("kind 0", "0 of 2 defective"), 2: ("kind 1", "1 of 3 defective")}
    assert not panel.view.grab().isNull()
    # Filtered, a group counts what is listed of it; by score, there are no groups.
    panel._filter.setText("1.png")
    assert told(panel) == {0: ("kind 0", "1"), 1: ("kind 1", "0 of 1 defective")}
    assert high(panel) == [0, 1]
    panel._filter.clear()
    panel.set_sort(SortBy.SCORE)
    assert (told(panel), high(panel)) == ({}, [])
    panel.set_sort(SortBy.NAME)
    assert high(panel) == [0, 2]


def test_groups_come_as_files_are_found(qtbot: QtBot) -> None:
    panel = PartsPanel()
    qtbot.addWidget(panel)
    parts = parts_of(2)
    panel.model.set_parts(parts)
    assert told(panel) == {}
    parts += parts_of(0, 1, 2)
    panel.model.parts_added(2)
    assert told(panel) == {0: ("kind 0", "2"), 2: ("kind 1", "1"), 3: ("kind 2", "2")}
    assert high(panel) == [0, 2, 3]


def test_a_threshold_step_counts_only_the_groups_that_are_seen(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = PartsPanel()
    qtbot.addWidget(panel)
    panel.resize(240, 400)
    panel.show()
    parts = parts_of(*[20] * 30)
    for part in parts:
        part.take_score(0.4, ())
    panel.model.set_parts(parts)
    panel.view.grab()
    counted: list[int] = []

    def places(some: Sequence[Part], judgement: Judgement) -> npt.NDArray[np.int8]:
        counted.append(len(some))
        return verdict_places(some, judgement)

    monkeypatch.setattr("app.parts.list_model.verdict_places", places)
    panel.model.set_judgement(Judgement(threshold=0.3))
    panel.view.grab()
    assert counted == [20]
    assert panel.model.index(0).data(HEADING_ROLE) == Heading("kind 0", 20, 20, 20)
    assert counted == [20], "what was counted is known until something changes"
    assert panel.model.headings[580] == Heading("kind 29", 20, 20, 20)
