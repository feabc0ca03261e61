"""Tiles of large parts in the window: another encoding, everything shown by it, and what is kept of encodings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from feature_desk import Desk
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot
from window_fakes import PATCH, WAIT, FakeInspector, Start
from window_steps import Inspecting, choose

from app.editing.adjustments import Mix, ScoringChoice
from app.gallery.model import moved_patch
from app.parts.images import ImageStore
from app.parts.state import ModelChoice
from app.work.engine import Engine
from app.work.jobs import Cancellation, JobCancelledError

LARGE, SMALL = (300, 400), (64, 96)
GRID = (300 // PATCH, 400 // PATCH)
FINE = (300 // (PATCH // 2), 400 // (PATCH // 2))
TILED = Mix(scoring=ScoringChoice(tile=256))


def write(folder: Path, name: str, size: tuple[int, int]) -> Path:
    pixels = np.full((*size, 3), 90, np.uint8)
    pixels[20:40, 30:50] = 250
    Image.fromarray(pixels).save(folder / name)
    return folder / name


@pytest.fixture
def large(tmp_path: Path) -> Path:
    return write(tmp_path, "large.png", LARGE)


@pytest.fixture
def panels(desk: Desk) -> Desk:
    """The canvas and the panels of one part; nothing is inspected yet."""
    desk.present()
    desk.lay(desk.views.canvas, desk.views.subspaces, desk.views.patch)
    return desk


def tiles(assembly: Inspecting) -> QComboBox:
    boxes = assembly.views.subspaces.findChildren(QComboBox)
    (found,) = [box for box in boxes if box.accessibleName() == "Tiles of large parts"]
    return found


def wait_for_grid(assembly: Inspecting, qtbot: QtBot, grid: tuple[int, int]) -> None:
    def there() -> bool:
        result = assembly.shown.result
        return result is not None and result.grid == grid and assembly.shown.threshold_view is not None

    qtbot.waitUntil(there, timeout=WAIT)


def test_tiles_are_chosen_undone_and_kept(panels: Desk, qtbot: QtBot, large: Path, inspector: FakeInspector) -> None:
    assembly = panels
    assembly.inspect(large)
    wait_for_grid(assembly, qtbot, GRID)
    assembly.views.canvas.pin((2, 4))
    choose(tiles(assembly), 256)
    wait_for_grid(assembly, qtbot, FINE)
    assert inspector.tiles == [256]
    # The pinned patch stays in its place, and its panel speaks of the finer grid.
    assert assembly.views.canvas.pinned == moved_patch((2, 4), GRID, FINE) == (5, 9)
    assert "5, 9" in assembly.views.patch.title
    assert assembly.views.subspaces.scoring._summary.text().endswith("tiles 256 px")
    qtbot.keyClick(assembly.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    wait_for_grid(assembly, qtbot, GRID)
    assert tiles(assembly).currentData() == 0
    choose(tiles(assembly), 256)
    wait_for_grid(assembly, qtbot, FINE)
    # Both encodings are kept: neither way back asked the model again.
    assert (inspector.tiles, inspector.encoded) == ([256], 2)
    assembly.views.subspaces.scoring.reset()
    wait_for_grid(assembly, qtbot, GRID)


def test_parts_within_a_tile_are_not_cut(panels: Desk, qtbot: QtBot, parts: Path, inspector: FakeInspector) -> None:
    assembly = panels
    assembly.inspect(parts / "part_0001.png")
    wait_for_grid(assembly, qtbot, (8, 12))
    choose(tiles(assembly), 256)
    qtbot.waitUntil(lambda: assembly.shown.result is not None, timeout=WAIT)
    assert inspector.tiles == []
    assert inspector.encoded == 1


def test_patches_like_one_are_searched_among_tiles(start: Start, qtbot: QtBot, large: Path) -> None:
    other = write(large.parent, "second.png", LARGE)
    assembly = start(large, other)
    wait_for_grid(assembly, qtbot, GRID)
    choose(tiles(assembly), 256)
    wait_for_grid(assembly, qtbot, FINE)
    qtbot.waitUntil(lambda: len(assembly.gallery._signed) == 2, timeout=WAIT)
    assembly.views.canvas.pin((7, 9))
    qtbot.keyClick(assembly.window, Qt.Key.Key_E)
    qtbot.waitUntil(lambda: assembly.gallery._answer is not None, timeout=WAIT)
    answer = assembly.gallery._answer
    assert answer is not None
    assert {hit.grid for hit, _ in answer.hits} == {FINE}
    assert {Path(hit.path).name for hit, _ in answer.hits} == {"large.png", "second.png"}


def make_engine(inspector: FakeInspector) -> Engine:
    engine = Engine(ImageStore(), lambda *_given: inspector)
    engine.load(ModelChoice("compact", "compact"), Cancellation())
    return engine


def test_encodings_are_bounded_by_bytes_the_least_used_go_first(tmp_path: Path, inspector: FakeInspector) -> None:
    files = [str(write(tmp_path, f"{number}.png", LARGE)) for number in range(3)]
    engine = Engine(ImageStore(), lambda *_given: inspector, encoded_bytes=3 * LARGE[0] * LARGE[1] * 3)
    engine.load(ModelChoice("compact", "compact"), Cancellation())

    def encodings(path: str, mix: Mix) -> int:
        before = inspector.encoded
        engine.inspect(path, mix, Cancellation())
        return inspector.encoded - before

    assert encodings(files[0], Mix()) == 1
    assert encodings(files[0], TILED) == 1
    assert encodings(files[1], TILED) == 1
    # Three are kept, whole and tiled alike; used again, the first one outlives the second.
    assert encodings(files[0], Mix()) == 0
    assert encodings(files[2], TILED) == 1
    assert encodings(files[0], Mix()) == 0
    assert encodings(files[0], TILED) == 1
    assert engine.encodings.kept.size <= engine.encodings.kept.capacity
    engine.forget(files[0])
    assert encodings(files[0], Mix()) == encodings(files[0], TILED) == 1


def test_tiles_are_not_encoded_for_nobody(large: Path, inspector: FakeInspector) -> None:
    cancellation = Cancellation()
    images = ImageStore()
    engine = Engine(images, lambda *_given: inspector)
    engine.load(ModelChoice("compact", "compact"), Cancellation())
    cancellation.request()
    with pytest.raises(JobCancelledError):
        engine.inspect(str(large), TILED, cancellation)
    assert inspector.encoded == 0


def test_a_patch_keeps_its_place_in_another_grid() -> None:
    assert moved_patch((0, 0), (10, 10), (30, 30)) == (1, 1)
    assert moved_patch((9, 9), (10, 10), (3, 3)) == (2, 2)
    assert moved_patch((3, 5), (7, 7), (7, 7)) == (3, 5)
