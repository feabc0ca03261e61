"""The gallery: strongest patches of each subspace, search by example, rejects by signature."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from feature_desk import Desk
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot
from window_fakes import NAMES, WAIT, Start
from window_steps import Inspecting, shown

from app.gallery.controller import GalleryController
from app.gallery.model import PatchPlace, Signed, reject_groups
from app.gallery.patch_search import KEPT_PATCHES, Hits, TokenStore
from app.gallery.work import CROP_SIDE, MOST_OF_A_PART, MOST_TILES, GalleryWorker, crop
from app.parts.images import ImageStore
from app.shell.assembly import Assembly
from app.work.jobs import Cancellation


@pytest.fixture
def gallery(desk: Desk) -> Desk:
    """The gallery beside the canvas and the list; nothing is open yet."""
    desk.list_parts(gallery=GalleryController(desk.owners, desk.views, desk.actions))
    desk.lay(desk.views.parts, desk.views.canvas, desk.views.gallery.header, desk.views.gallery, desk.views.patch)
    return desk


def gathered(assembly: Inspecting, qtbot: QtBot, parts: int = 6) -> None:
    """Wait until the gallery has seen all parts."""
    qtbot.waitUntil(lambda: all(part.score is not None for part in assembly.session.parts), timeout=WAIT)
    qtbot.waitUntil(lambda: assembly.gallery.parts_gathered == parts, timeout=WAIT)


def button(assembly: Inspecting, text: str) -> QToolButton:
    buttons = [entry for entry in assembly.window.findChildren(QToolButton) if entry.text() == text]
    assert len(buttons) == 1
    return buttons[0]


def open_gallery(assembly: Assembly) -> None:
    assembly.actions.run("gallery")
    assert assembly.views.gallery.isVisible()


def test_it_gathers_the_strongest_patches_of_each_subspace(gallery: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = gallery
    assembly.inspect(parts)
    gathered(assembly, qtbot)
    panel = assembly.views.gallery
    assert [chip.text for chip in panel.chips] == list(NAMES)
    for index in range(len(NAMES)):
        panel.chip_chosen.emit(index)
        tiles = panel.tiles
        values = [tile.value for tile in tiles]
        assert values == sorted(values, reverse=True)
        assert len(tiles) <= MOST_TILES
        assert all(value > 0 for value in values)
        paths = [tile.place.path for tile in tiles]
        assert max((paths.count(path) for path in paths), default=0) <= MOST_OF_A_PART
    tile = max(panel.tiles, key=lambda entry: entry.value)
    assembly.views.gallery.view.grab()
    assert tile.crop.pixels.shape == (24, 24)
    assert panel.header_text == f"{len(panel.tiles)} strongest · inspected parts: 6"


def test_a_tile_opens_its_part_and_pins_its_patch(gallery: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = gallery
    assembly.inspect(parts)
    gathered(assembly, qtbot)
    view = assembly.views.gallery.view
    tile = next(tile for tile in view.tiles if not tile.place.path.endswith("part_0000.png"))
    index = view.model().index(view.tiles.index(tile), 0)
    view.scrollTo(index)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(index).center())
    shown(assembly, qtbot, Path(tile.place.path).name)
    qtbot.waitUntil(lambda: assembly.views.canvas.pinned == tile.place.patch, timeout=WAIT)
    row, column = tile.place.patch
    assert f"Patch {row}, {column}" in assembly.views.patch.title


def test_tiles_are_reached_and_opened_by_keys(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts)
    gathered(assembly, qtbot)
    assembly.actions.run("close-gallery")
    qtbot.keyClick(assembly.window, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    view = assembly.views.gallery.view
    assert view.isVisible()
    assert view.hasFocus()
    before = assembly.session.current
    qtbot.keyClick(view, Qt.Key.Key_Home)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert assembly.session.current == before
    place = view.current_place
    assert place is not None
    qtbot.keyClick(view, Qt.Key.Key_Return)
    shown(assembly, qtbot, Path(place.path).name)
    qtbot.waitUntil(lambda: assembly.views.canvas.pinned == place.patch, timeout=WAIT)


def test_another_folder_starts_an_empty_gallery(start: Start, qtbot: QtBot, parts: Path, tmp_path: Path) -> None:
    assembly = start(parts)
    open_gallery(assembly)
    gathered(assembly, qtbot)
    assert assembly.views.gallery.tiles
    empty = tmp_path / "empty"
    empty.mkdir()
    assembly.open([empty])
    assert assembly.views.gallery.tiles == ()
    assert assembly.views.gallery.words == "Patches appear here as parts are inspected."
    other = tmp_path / "other"
    other.mkdir()
    Image.open(parts / "part_0001.png").save(other / "only.png")
    assembly.open([other])
    gathered(assembly, qtbot, 1)
    assert {tile.place.path for tile in assembly.views.gallery.tiles} == {str(other / "only.png")}


def test_search_finds_patches_like_the_pinned_one(gallery: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = gallery
    assembly.inspect(parts / "part_0001.png", parts / "part_0002.png", parts / "part_0003.png")
    shown(assembly, qtbot, "part_0001.png")
    gathered(assembly, qtbot, 3)
    assembly.views.canvas.pin((3, 6))
    qtbot.keyClick(assembly.window, Qt.Key.Key_E)
    panel = assembly.views.gallery
    qtbot.waitUntil(lambda: len(panel.tiles) >= 3, timeout=WAIT)
    assert panel.isVisible()
    best = panel.tiles[0]
    # The white spot of the other part with one, at a patch of the same colour.
    assert best.place.path.endswith("part_0003.png")
    assert best.place.patch in {(2, 5), (2, 6), (3, 5), (3, 6)}
    assert best.value > 0.999
    assert panel.words == "Like patch 3, 6 of part_0001.png, by cosine · whole parts searched: 3"


def test_search_says_what_to_do_without_a_pinned_patch(gallery: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = gallery
    assembly.inspect(parts / "part_0001.png")
    shown(assembly, qtbot)
    qtbot.keyClick(assembly.window, Qt.Key.Key_E)
    assert assembly.views.gallery.isVisible()
    assert assembly.views.gallery.words.startswith("Click a patch on the part to pin it, then press E")


def test_forgotten_parts_are_searched_by_their_most_anomalous_patches(gallery: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = gallery
    assembly.inspect(parts / "part_0001.png", parts / "part_0002.png", parts / "part_0003.png")
    shown(assembly, qtbot, "part_0001.png")
    gathered(assembly, qtbot, 3)
    assembly.work.inference.thread_of_jobs.submit(
        lambda _cancellation: assembly.models.engine.forget_encodings(), lane="test"
    )
    assembly.views.canvas.pin((3, 6))
    qtbot.keyClick(assembly.window, Qt.Key.Key_E)
    panel = assembly.views.gallery
    qtbot.waitUntil(lambda: len(panel.tiles) >= 2, timeout=WAIT)
    assert panel.tiles[0].place.path.endswith("part_0003.png")
    assert panel.words.endswith("whole parts searched: 1 · parts searched by their 32 most anomalous patches: 2")


def test_rejects_are_grouped_by_signature_and_filter_the_list(gallery: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = gallery
    assembly.inspect(parts)
    gathered(assembly, qtbot)
    button(assembly, "Rejects").click()
    panel = assembly.views.gallery
    qtbot.waitUntil(lambda: len(panel.tiles) == 3, timeout=WAIT)
    assert len(panel.chips) == 1
    assert panel.chips[0].text.endswith("  3")
    assert panel.header_text == "Rejects at 0.50: 3"
    assert {tile.place.path for tile in panel.tiles} == {str(parts / f"part_000{k}.png") for k in (1, 3, 5)}
    assert assembly.views.parts.model.rowCount() == 6
    button(assembly, "Only these in the list").click()
    assert assembly.views.parts.model.rowCount() == 3
    button(assembly, "By subspace").click()
    assert assembly.views.parts.model.rowCount() == 6


def test_it_calls_subspaces_as_a_person_renamed_them(gallery: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = gallery
    assembly.inspect(parts / "part_0001.png")
    gathered(assembly, qtbot, 1)
    assembly.judging.rename(2, "pore")
    assert assembly.views.gallery.chips[2].text == "pore"


def test_no_rejects_is_said_in_words(gallery: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = gallery
    assembly.inspect(parts / "part_0000.png")
    gathered(assembly, qtbot, 1)
    button(assembly, "Rejects").click()
    assert assembly.views.gallery.words == "No inspected part reaches the threshold 0.50."


def test_patches_of_a_vanished_file_are_left_out(parts: Path) -> None:
    here = PatchPlace(str(parts / "part_0001.png"), (0, 0), (8, 12))
    gone = PatchPlace(str(parts / "gone.png"), (0, 0), (8, 12))
    tiles = GalleryWorker(ImageStore()).tiles([(gone, 1.0), (here, 0.5)], Cancellation())
    assert [tile.place for tile in tiles] == [here]


def test_groups_come_largest_first_and_worst_part_first() -> None:
    def signed(number: int, score: float, *signature: int) -> Signed:
        return Signed(number, score, signature, PatchPlace(str(number), (0, 0), (1, 1)))

    groups = reject_groups([signed(0, 0.6, 1), signed(1, 0.7, 0, 2), signed(2, 0.9, 1)])
    assert [group.signature for group in groups] == [(1,), (0, 2)]
    assert [part.number for part in groups[0].parts] == [2, 0]


def test_crops_stay_inside_the_image_and_frame_their_patch() -> None:
    image = np.zeros((80, 120, 3), np.uint8)
    image[70:80, 105:120] = 200
    corner = crop(image, (8, 8), (7, 7))
    height, width = corner.pixels.shape
    assert height == width == 45
    x, y, across, down = corner.frame
    inside = corner.pixels[
        round(y * height) : round((y + down) * height), round(x * width) : round((x + across) * width)
    ]
    assert set((inside & 0xFF).ravel()) == {200}
    assert int((corner.pixels & 0xFF == 200).sum()) == inside.size
    large = crop(np.zeros((4000, 300, 3), np.uint8), (20, 2), (0, 1))
    assert max(large.pixels.shape) <= CROP_SIDE


def test_the_token_store_is_bounded_and_gives_back_the_anomalous_patches() -> None:
    generator = np.random.default_rng(0)
    tokens = generator.normal(size=(100, 16)).astype(np.float32)
    tokens /= np.linalg.norm(tokens, axis=1, keepdims=True)
    token_map = generator.random((10, 10)).astype(np.float32)
    store = TokenStore(capacity=5 * (KEPT_PATCHES * 16 * 2 + KEPT_PATCHES * 2 * 8))
    for number in range(20):
        store.remember((str(number), 0), tokens, token_map)
    found = dict(store.likenesses(tokens[3], {(str(number), 0) for number in range(20)}, {("19", 0)}))
    assert sorted(found) == [("15", 0), ("16", 0), ("17", 0), ("18", 0)]
    likeness = found["15", 0]
    assert int((likeness > 0).sum()) == KEPT_PATCHES
    assert likeness[likeness > 0].size == KEPT_PATCHES
    np.testing.assert_array_equal(likeness > 0, token_map >= np.sort(token_map, axis=None)[-KEPT_PATCHES])


def test_the_query_and_its_neighbours_are_no_hits() -> None:
    likeness = np.full((5, 5), 1.5, np.float32)
    likeness[2, 2] = 2.0
    hits = Hits(PatchPlace("a", (2, 2), (5, 5)))
    hits.add("a", likeness)
    answer = hits.answer(whole=1)
    assert answer.hits
    assert all(max(abs(place.patch[0] - 2), abs(place.patch[1] - 2)) > 1 for place, _ in answer.hits)
    assert (answer.whole, answer.kept) == (1, 0)
