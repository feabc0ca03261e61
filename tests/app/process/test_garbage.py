"""Many listed parts do not lengthen full garbage collections, and are freed with their list."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, Start
from window_steps import shown

from app.parts.state import Part
from app.process.garbage import MANY, collect_what_is_due, put_off, spare_collections

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
    # What still lists them, such as a look at the folder under way in another thread, ends soon.
    qtbot.waitUntil(lambda: walked_over(many) == 0, timeout=WAIT)
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


def much_garbage() -> weakref.ref[Knot]:
    """More objects than the youngest generation holds before it is collected; one of them is watched."""
    lost = weakref.ref(Knot())
    for _number in range(gc.get_threshold()[0] + 1):
        Knot()
    return lost


def test_what_is_due_is_collected_and_nothing_else() -> None:
    gc.collect()
    few = weakref.ref(Knot())
    collect_what_is_due()
    assert few() is not None, "a few objects are not worth it"
    lost = much_garbage()
    assert lost() is not None
    collect_what_is_due()
    assert lost() is None
    assert few() is None


@pytest.mark.skipif(gc.get_threshold()[2] == 0, reason="an incremental collector has no full collections")
def test_old_garbage_is_due_after_many_collections() -> None:
    knot = Knot()
    lost = weakref.ref(knot)
    gc.collect()
    del knot
    for _number in range(gc.get_threshold()[2]):
        gc.collect(1)
    much_garbage()
    collect_what_is_due()
    assert lost() is not None, "not yet"
    gc.collect(1)
    much_garbage()
    collect_what_is_due()
    assert lost() is None


def test_nothing_is_collected_while_much_is_loaded() -> None:
    with put_off():
        lost = much_garbage()
        collect_what_is_due()
        spare_collections()
        assert lost() is not None
    assert not gc.isenabled()
    kept = much_garbage()
    collect_what_is_due()
    assert kept() is None, "later it is collected again"


def test_automatic_collection_comes_back_after_loading() -> None:
    gc.enable()
    with put_off():
        assert not gc.isenabled()
    assert gc.isenabled()
