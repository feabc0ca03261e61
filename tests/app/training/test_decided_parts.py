"""Learning from what was decided in the list: accepted parts, and rejected ones whose defects were marked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from feature_desk import Desk
from PySide6.QtCore import QPointF, QRectF, Qt
from pytestqt.qtbot import QtBot
from window_fakes import WAIT

from app.areas.controller import AreasController
from app.areas.tools import Tool
from app.parts.state import ModelChoice, Part
from app.review.model import Decision, Review, review_key
from app.review.state import Reviews
from app.review.store import ReviewStore
from app.settings.store import SettingsStore
from app.training.controller import TrainingController
from app.training.decided import decided_parts, labelled
from app.training.learning import learning
from app.training.model import DecidedParts, LearningChoice, Phase
from app.training.page import Orders, TrainingPage
from tokenclip_core.data.layouts import read_layout
from tokenclip_core.data.procedural import write_dataset
from tokenclip_core.images.masks import read_mask
from tokenclip_core.images.reading import read_size
from tokenclip_core.judgement.areas import Area, Areas
from tokenclip_core.languages import said_in, translator

SPOT = Area("defect", "rectangle", ((0.25, 0.25), (0.75, 0.5)))
IGNORED = Area("ignore", "rectangle", ((0.0, 0.0), (0.1, 0.1)))
ACCEPTED, REJECTED = Review(Decision.ACCEPTED), Review(Decision.REJECTED)


def open_areas(desk: Desk, tmp_path: Path) -> AreasController:
    desk.open(*(Part(str(tmp_path / name)) for name in ("a.png", "b.png")))
    desk.owners.session.current = 0
    areas = AreasController(desk.owners, SettingsStore(tmp_path / "settings"), desk.views, desk.actions, desk.reviews)
    desk.owners.judging.adjusted.connect(areas.show_areas)
    desk.reviews.changed.connect(areas.show_part)
    return areas


def drawn(desk: Desk) -> tuple[Area, ...]:
    return desk.views.canvas.drawing._areas.areas


def test_a_marked_defect_is_of_its_part_and_changes_no_judgement(desk: Desk, tmp_path: Path) -> None:
    areas, drawing = open_areas(desk, tmp_path), desk.views.canvas.drawing
    first, second = (part.path for part in desk.owners.session.parts)
    drawing.add(IGNORED)
    drawing.set_bounds(QRectF(0, 0, 100, 80))
    desk.actions.run("area-defect")
    desk.views.canvas.set_tool(Tool.RECTANGLE)
    drawing.press(QPointF(25, 20))
    drawing.release(QPointF(75, 40))
    assert desk.owners.judging.now.areas == Areas((IGNORED,))
    assert desk.reviews.marked(first) == Areas((SPOT,))
    assert drawn(desk) == (IGNORED, SPOT)
    assert desk.views.areas_bar._summary.text() == "1 marked on this part"
    desk.owners.session.current = 1
    areas.show_part()
    assert drawn(desk) == (IGNORED,)
    assert not desk.actions["clear-areas"].isEnabled()
    desk.owners.session.current = 0
    areas.show_part()
    # Each kind is cleared by itself, and comes back.
    desk.actions.run("clear-areas")
    assert (drawn(desk), desk.reviews.marked(first)) == ((IGNORED,), Areas())
    desk.history.stack.undo()
    assert drawn(desk) == (IGNORED, SPOT)
    desk.actions.run("area-ignore")
    desk.actions.run("remove-area")
    assert drawn(desk) == (SPOT,)
    assert not desk.reviews.marked(second)


def test_a_mark_that_was_begun_is_of_the_part_where_it_was_begun(desk: Desk, tmp_path: Path) -> None:
    areas, drawing = open_areas(desk, tmp_path), desk.views.canvas.drawing
    drawing.set_bounds(QRectF(0, 0, 100, 80))
    session = desk.owners.session
    first, second = (part.path for part in session.parts)

    def show(number: int) -> None:
        session.current = number
        areas.show_part()

    def click(*places: tuple[float, float]) -> None:
        for place in places:
            drawing.press(QPointF(*place))

    areas.show_part()
    desk.views.canvas.set_tool(Tool.POLYGON)
    # An area of the whole folder goes on with the next part.
    click((10, 10), (60, 10))
    show(1)
    click((60, 60))
    drawing.key(Qt.Key.Key_Return)
    assert len(desk.owners.judging.now.areas.areas) == 1
    # A mark does not, whichever way the person comes to it.
    for before, aside in (("defect", False), ("defect", True), ("ignore", False), ("ignore", True)):
        show(0)
        desk.actions.run(f"area-{before}")
        click((10, 10), (60, 10))
        if aside:
            desk.views.canvas.set_tool(Tool.SELECT)
        show(1)
        desk.actions.run("area-defect")
        desk.views.canvas.set_tool(Tool.POLYGON)
        click((60, 60), (20, 60))
        drawing.key(Qt.Key.Key_Return)
        assert not desk.reviews.marked(first)
        assert not desk.reviews.marked(second)
    # One that is begun and finished on a part is of it, whatever was shown before.
    click((10, 10), (60, 10))
    areas.show_part()
    click((60, 60))
    drawing.key(Qt.Key.Key_Return)
    (mark,) = desk.reviews.marked(second).areas
    assert len(mark.points) == 3


def test_the_button_removes_whichever_area_is_chosen(desk: Desk, tmp_path: Path) -> None:
    open_areas(desk, tmp_path)
    drawing, remove = desk.views.canvas.drawing, desk.actions["remove-area"]
    first = desk.owners.session.parts[0].path
    drawing.set_bounds(QRectF(0, 0, 100, 80))
    for area, of_another in ((SPOT, "area-ignore"), (IGNORED, "area-defect")):
        drawing.add(area)
        desk.actions.run(of_another)
        desk.views.canvas.set_tool(Tool.SELECT)
        assert not remove.isEnabled(), "none is chosen, and none of the kind that is drawn"
        drawing.press(QPointF(50, 30) if area is SPOT else QPointF(5, 4))
        assert remove.isEnabled()
        drawing.press(QPointF(90, 75))
        assert not remove.isEnabled()
        drawing.key(Qt.Key.Key_Tab)
        assert remove.isEnabled()
        remove.trigger()
        assert drawn(desk) == ()
        assert not remove.isEnabled()
    assert not desk.reviews.marked(first)


def test_marks_are_kept_beside_decisions(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    path = str(tmp_path / "a.png")
    desk.reviews.mark(path, Areas((SPOT,)))
    desk.reviews.review(path, REJECTED)
    desk.reviews.finish()
    store = ReviewStore()
    assert (store.read_marks(), store.read()) == ({path: Areas((SPOT,))}, {path: REJECTED})
    again = Reviews(desk.owners.work, desk.history, parent=desk.owner)
    again._read()
    qtbot.waitUntil(lambda: again.marked(path) == Areas((SPOT,)), timeout=WAIT)
    store.write(path, Areas())
    assert (store.read_marks(), store.read()) == ({}, {path: REJECTED})


def test_marks_that_can_not_be_read_take_no_others_with_them(tmp_path: Path) -> None:
    store = ReviewStore(tmp_path / "reviews.sqlite")
    store.write("a.png", Areas((IGNORED,)))
    store.write("b.png", Areas((SPOT,)))
    assert store.read_marks() == {"b.png": Areas((SPOT,))}


def test_parts_are_sorted_by_what_was_decided(tmp_path: Path) -> None:
    names = ("good", "marked", "unmarked", "both", "undecided")
    paths = {name: str(tmp_path / "metal" / f"{name}.png") for name in names}
    reviews = {
        review_key(paths[name]): said
        for name, said in {"good": ACCEPTED, "both": ACCEPTED, "marked": REJECTED, "unmarked": REJECTED}.items()
    }
    marks = {review_key(paths[name]): Areas((SPOT,)) for name in ("marked", "both", "undecided")}
    found = decided_parts(paths.values(), reviews, marks, 12)
    assert found == DecidedParts("metal", (Path(paths["good"]),), ((Path(paths["marked"]), Areas((SPOT,))),), 1, 1, 12)
    assert decided_parts([], {}, {}, None).place == "parts"


def test_the_page_takes_the_decided_parts_of_the_list(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    controller = TrainingController(
        desk.owners, desk.views, desk.sections, desk.reviews, SettingsStore(tmp_path / "settings")
    )
    desk.open(*(Part(str(tmp_path / f"{name}.png")) for name in "abc"))
    desk.views.manage.enter()
    page = controller.page
    assert page is not None
    page.show_models([ModelChoice("compact", "compact")], "compact")
    page.decided.trigger()
    qtbot.waitUntil(lambda: isinstance(page.data, DecidedParts), timeout=WAIT)
    assert "reject defective parts and mark their defects" in page._place.text()
    assert not page.start.isEnabled()
    a, b, c = (part.path for part in desk.owners.session.parts)
    for path, said in ((a, ACCEPTED), (b, REJECTED), (c, REJECTED)):
        desk.reviews.review(path, said)
    desk.reviews.mark(b, Areas((SPOT,)))
    page.decided.trigger()
    qtbot.waitUntil(page.start.isEnabled, timeout=WAIT)
    assert page._place.text() == (
        "1 accepted parts, and 1 rejected ones with marked defects; "
        "1 rejected ones without a marked defect are left out"
    )
    # Who decides more and comes back learns from all of it.
    desk.reviews.review(c, ACCEPTED)
    controller.show_models()
    assert not page.start.isEnabled(), "nothing is learned from what was decided before"
    qtbot.waitUntil(page.start.isEnabled, timeout=WAIT)
    assert page._place.text() == "2 accepted parts, and 1 rejected ones with marked defects"
    # A chosen folder stays as it is.
    page.show_data(tmp_path)
    controller.show_models()
    assert page.data == tmp_path


def test_the_page_names_what_is_left_out(qtbot: QtBot) -> None:
    page = TrainingPage(Orders(*[lambda: None] * 5))
    qtbot.addWidget(page)
    page.show_data(DecidedParts("x", (), ((Path("b.png"), Areas((SPOT,))),), contradicting=2))
    assert page._place.text().endswith("2 accepted ones with a marked defect are left out")


def test_the_trainer_learns_from_decided_parts(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tokenclip_core.training.token_cache.default_cache_folder", lambda: tmp_path / "cache")
    list(write_dataset(tmp_path / "made", count=6, size=64, seed=3, families=["wood"], defects=["hole"]))
    samples = read_layout(tmp_path / "made").samples
    parts = DecidedParts(
        "made",
        tuple(sample.image for sample in samples if not sample.label),
        (*((sample.image, Areas((SPOT,))) for sample in samples if sample.label), (Path("gone.png"), Areas((SPOT,)))),
        unmarked=2,
    )
    out = tmp_path / "work" / "learned.safetensors"
    choice = LearningChoice(parts, str(tiny_model), out, epochs=1, subspaces=3, language="zh_CN")
    found = labelled(choice, parts)
    for sample in found.samples:
        if sample.mask is not None:
            width, height = read_size(sample.image)
            expected = np.zeros((height, width), bool)
            expected[height // 4 : height // 2, width // 4 : width * 3 // 4] = True
            np.testing.assert_array_equal(read_mask(sample.mask), expected)
    last = list(learning(choice, lambda: False))[-1]
    assert (last.phase, last.best) == (Phase.DONE, 1)
    assert last.compared == len(samples)
    assert last.after is not None
    assert last.after.pixel is not None
    # In the window's language; what is wrong with a file is said as everywhere.
    chinese = translator("zh_CN")
    assert last.notes[:2] == tuple(said_in(note, chinese) for note in (found.summary(), *found.notes))
    assert "个良品" in last.notes[0]
    assert "略去了 2 个已拒绝的零件" in last.notes[1]
    assert any("gone.png" in note for note in last.notes)
