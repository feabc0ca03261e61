"""Very long names of parts, models and checkpoints are cut in their middle; the window stays as it is."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from model_fakes import Looked, Shelf
from PIL import Image
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, Start
from window_steps import blank, settled, shown

from app.canvas.notice import CanvasNotice
from app.compare.pane import ComparePane
from app.models.menu import ModelMenu
from app.parts.state import ModelChoice
from app.shell.assembly import Assembly
from app.shell.status_line import StatusLine
from app.widgets.elided_label import ElidedLabel

PART = "casting_line_7_station_12_" + "of_the_night_shift_" * 10 + "0001.png"
MODEL = "ViT-" + "L-14-quickgelu-" * 10 + "336"
CHECKPOINT = "learned_on_" + "castings_of_november_" * 6 + "v2"
CHOICE = ModelChoice(MODEL, f"/models/{MODEL}", f"/models/{CHECKPOINT}.safetensors", 600)
SHORT = ModelChoice("compact", "compact", "parts", 30)


def is_cut(shown_text: str, whole: str) -> bool:
    """Whether a text shows the beginning and the end of another, with a sign between."""
    beginning, sign, end = shown_text.partition("…")
    return bool(beginning and sign and end) and whole.startswith(beginning) and whole.endswith(end)


def label_of(pane: ComparePane, text: str) -> ElidedLabel:
    """The label of a heading that has a text to show."""
    labels = pane.heading.findChildren(ElidedLabel)
    return next(label for label in labels if label.isVisible() and label.text() == text)


def fits(widget: QWidget) -> bool:
    """Whether all that is seen inside a widget lies within it."""
    inside = (child for child in widget.findChildren(QWidget) if child.isVisible())
    return all(
        child.mapTo(widget, QPoint(0, 0)).x() >= 0
        and child.mapTo(widget, QPoint(child.width(), 0)).x() <= widget.width()
        for child in inside
    )


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def assembly(start: Start, qtbot: QtBot, tmp_path: Path, shelf: Shelf) -> Assembly:
    folder = tmp_path / "parts"
    folder.mkdir()
    Image.fromarray(np.full((60, 80, 3), 90, np.uint8)).save(folder / PART)
    first = Looked(model_name="first", log=shelf.log)
    made: Assembly = start(folder, factory=lambda *_given: first, second_factory=shelf.make)
    shown(made, qtbot, PART)
    return made


@pytest.mark.parametrize("size", [(1366, 768), (1024, 600)])
def test_two_models_side_by_side(assembly: Assembly, qtbot: QtBot, shelf: Shelf, size: tuple[int, int]) -> None:
    window = assembly.window
    assembly.compare.compare_models(SHORT)
    window.resize(*size)
    settled(assembly, qtbot)
    least, width = window.minimumSizeHint().width(), window.width()
    assert least <= 1366
    shelf.gate = threading.Event()
    assembly.models.key = f"/models/{MODEL}"
    assembly.compare.compare_models(CHOICE)
    try:
        left, right = assembly.views.compare.panes
        qtbot.waitUntil(lambda: right.notice.startswith("Loading "), timeout=WAIT)
        assert is_cut(right.notice.replace("\u200b", ""), f"Loading {CHOICE.label}…")
        assert fits(right)
    finally:
        shelf.gate.set()
    settled(assembly, qtbot)
    qtbot.waitUntil(lambda: fits(assembly.views.compare), timeout=WAIT)
    for pane in (left, right):
        name = label_of(pane, PART)
        assert name.toolTip().endswith(PART)
        assert is_cut(name.shown, PART)
        assert name.fontMetrics().horizontalAdvance(name.shown) <= name.width()
    model = label_of(left, MODEL)
    assert model.toolTip() == MODEL
    assert is_cut(model.shown, MODEL)
    assert model.fontMetrics().horizontalAdvance(model.shown) <= model.width()
    menu = assembly.views.compare.model_menu
    assert is_cut(menu.text(), CHOICE.label)
    assert CHOICE.label in menu.toolTip()
    assert menu.fontMetrics().horizontalAdvance(menu.text()) <= menu.width()
    assert abs(left.width() - right.width()) <= 2
    assert (window.minimumSizeHint().width(), window.width()) == (least, width)


def test_the_lists_of_models_stay_narrow(assembly: Assembly, qtbot: QtBot) -> None:
    assembly.views.compare.show_models([SHORT, CHOICE], CHOICE)
    assembly.views.model_menu.show_models([("compact", "compact", 30), (MODEL, f"/models/{MODEL}", 600)], "compact")
    long_ones = (
        (assembly.views.compare.model_menu.entries[1], CHOICE.label),
        (assembly.views.model_menu.entries[1], MODEL),
    )
    for action, whole in long_ones:
        assert is_cut(action.text().partition("    ")[0], whole)
        assert action.toolTip() == whole
    assembly.views.model_menu.menu().popup(QPoint())
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert menu.width() < 640
    menu.close()


def test_the_tool_bar_keeps_its_buttons(qtbot: QtBot) -> None:
    menu = ModelMenu()
    qtbot.addWidget(menu)
    menu.show_model(MODEL)
    assert is_cut(menu.text().removeprefix("Model: "), MODEL)
    assert menu.sizeHint().width() < 320
    assert menu.toolTip().startswith(MODEL)
    assert menu.accessibleName() == f"Model: {MODEL}"
    menu.show_model("compact")
    assert menu.text() == "Model: compact"
    assert "compact" not in menu.toolTip()


def test_the_status_line_gives_way(assembly: Assembly, qtbot: QtBot) -> None:
    window, status = assembly.window, assembly.views.status
    assert isinstance(status, StatusLine)
    least, facts = window.minimumSizeHint().width(), assembly.models.facts
    assert facts is not None
    status.show_model(replace(facts, name=MODEL), 12.0)
    status.show_activity(f"{PART} changed and was inspected again")
    status.report.show_saved([PART, "results.csv"])
    qtbot.waitUntil(lambda: status.report.isVisible(), timeout=WAIT)
    assert window.minimumSizeHint().width() == least
    cut = [label for label in status.findChildren(ElidedLabel) if label.isVisible() and label.shown != label.text()]
    assert len(cut) >= 2
    for label in cut:
        assert is_cut(label.shown, label.text())
        assert label.toolTip() == label.text()
        assert label.fontMetrics().horizontalAdvance(label.shown) <= label.contentsRect().width()
    status.show_model(facts, 12.0)
    status.show_activity("")
    status.report.hide()
    model = status.findChildren(ElidedLabel)[0]
    qtbot.waitUntil(lambda: model.shown == model.text() == status.model_text, timeout=WAIT)
    assert model.toolTip() == ""


def test_a_long_word_over_the_canvas_is_broken(qtbot: QtBot) -> None:
    host = blank(qtbot, 300, 300)
    notice = CanvasNotice(host)
    host.show()
    notice.show_error("This part can't be inspected", f"<{PART}>: it is empty")
    assert "&lt;" in notice.text(), "a name is no mark-up"
    assert notice.width() <= host.width() - 32
    notice.setWordWrap(True)
    assert notice.minimumSizeHint().width() <= notice.width()
    notice.show_error("Refused", "Write http://name:password@host/path")
    assert notice.text() == "<b>Refused</b><br>Write http://name:password@host/path", "what fits a line stays whole"
    notice.show_progress("Inspecting…")
    assert notice.text() == "Inspecting…"
