"""Many listed parts do not lengthen full garbage collections, and are freed with their list."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from test_main_window import shown
from window_fakes import WAIT, Start

from app.long_lived import MANY, spare_collections
from app.state import Part

COUNT = 2 * MANY + 300


@pytest.fixture
def many(parts: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "many"
    folder.mkdir()
    source = parts / "part_0001.png"
    for number in range(COUNT):
        (folder / f"{number:06d}.png").hardlink_to(source)
    return folder


def walked_over(folder: Path) -> int:
    """Parts of a folder that a full collection looks at."""
    return sum(type(found) is Part and Path(found.path).parent == folder for found in gc.get_objects())


def test_listed_parts_are_left_out(start: Start, qtbot: QtBot, parts: Path, many: Path) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    assert walked_over(parts) == 6, "a short list is not worth it"
    assembly.open([many])
    qtbot.waitUntil(lambda: len(assembly.session.parts) == COUNT, timeout=WAIT)
    assert walked_over(many) < MANY
    frozen = gc.get_freeze_count()
    assembly.open([parts])
    shown(assembly, qtbot)
    assert walked_over(parts) == 6
    assert walked_over(many) == 0
    assert gc.get_freeze_count() <= frozen - 2 * MANY + 1_000, "parts are freed with their list"


class Knot:
    """Refers to itself."""

    def __init__(self) -> None:
        self.itself = self


def test_young_garbage_is_freed_before() -> None:
    lost = weakref.ref(Knot())
    assert lost() is not None
    spare_collections()
    assert lost() is None
