"""A file that is replaced while the window is open: nothing of the old one is shown any more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from feature_desk import Desk
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from window_fakes import WAIT
from window_steps import shown

from app.gallery.controller import GalleryController
from app.work.jobs import Outcome


def replace_file(path: Path) -> None:
    """Put a part without a spot in the place of another, as programs do that write whole files."""
    other = path.with_suffix(".new")
    Image.fromarray(np.full((64, 96, 3), 60, np.uint8)).save(other, format="PNG")
    other.replace(path)


@pytest.fixture
def defect(desk: Desk, qtbot: QtBot, parts: Path) -> Desk:
    """The second of six parts, of which the gallery has patches."""
    desk.list_parts(gallery=GalleryController(desk.owners, desk.views, desk.actions))
    desk.lay(desk.views.canvas, desk.views.gallery)
    desk.inspect(parts, shown=1)
    assembly = desk
    qtbot.waitUntil(lambda: all(part.score is not None for part in assembly.session.parts), timeout=WAIT)
    qtbot.waitUntil(lambda: assembly.gallery.parts_gathered == 6, timeout=WAIT)
    shown(assembly, qtbot, "part_0001.png")
    return assembly


def changed(assembly: Desk, qtbot: QtBot, parts: Path) -> None:
    replace_file(parts / "part_0001.png")
    qtbot.keyClick(assembly.window, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: assembly.session.parts[1].score == 0.0, timeout=WAIT)
    shown(assembly, qtbot, "part_0001.png")


def test_undoing_a_change_of_scoring_finds_nothing_of_the_old_file(defect: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = defect
    assembly.judging.set_mix(frozenset(), frozenset({0}))
    shown(assembly, qtbot, "part_0001.png")
    changed(assembly, qtbot, parts)
    assembly.history.stack.undo()
    shown(assembly, qtbot, "part_0001.png")
    result = assembly.shown.result
    assert result is not None
    assert result.score == 0.0
    assert float(result.anomaly_map.max()) == 0.0


def test_what_comes_late_of_the_old_file_says_nothing_of_the_new_one(
    defect: Desk, qtbot: QtBot, parts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assembly = defect
    asked: list[Callable[[Outcome], object]] = []

    def keep(_work: object, *, then: Callable[[Outcome], object] | None = None, **_how: object) -> int:
        if then is not None:
            asked.append(then)
        return 0

    path = str(parts / "part_0001.png")
    with monkeypatch.context() as held:
        for thread in (assembly.work.inference, assembly.work.display):
            held.setattr(thread, "submit", keep)
        assembly.store.forget(path)
        assembly.shown.show(1)
        assert len(asked) >= 2, "its picture and its result"
        # The file changes once more, before what was asked for is there.
        assembly.store.forget(path)
    for then in asked:
        then(Outcome(0, "read", "failed", error="it is cut off", expected=True))
    assert assembly.session.parts[1].error is None
    changed(assembly, qtbot, parts)


def reds(assembly: Desk, path: str) -> list[int]:
    """The reddest pixel of each crop that the gallery shows of a part."""
    found = []
    for index in range(8):
        assembly.views.gallery.chip_chosen.emit(index)
        tiles = [tile for tile in assembly.views.gallery.tiles if tile.place.path == path]
        found += [int(((tile.crop.pixels >> 16) & 0xFF).max()) for tile in tiles]
    return found


def test_the_gallery_cuts_the_patches_of_a_changed_file_anew(defect: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = defect
    path = assembly.session.parts[1].path
    assert max(reds(assembly, path)) == 250
    pixels = np.full((64, 96, 3), 90, np.uint8)
    pixels[20:32, 40:56] = 140, 250, 250
    other = parts / "new"
    Image.fromarray(pixels).save(other, format="PNG")
    other.replace(path)
    qtbot.keyClick(assembly.window, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: bool(reds(assembly, path)) and max(reds(assembly, path)) == 140, timeout=WAIT)
