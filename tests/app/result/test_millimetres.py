"""A part's size is told in millimetres, once its width is known."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from feature_desk import Desk
from PySide6.QtWidgets import QLabel, QTableWidget
from pytestqt.qtbot import QtBot
from window_steps import blank

from app.areas.controller import AreasController
from app.canvas.ruler import Ruler, round_length
from app.editing.part_size import PartSizeController
from app.parts.state import ExplainedRegion, Part
from app.result.panel import InspectionPanel
from app.settings.store import SettingsStore
from tokenclip_core.recipes.recipe import Recipe


@pytest.mark.parametrize(
    ("most", "length"), [(140.0, 100.0), (7.0, 5.0), (5.0, 5.0), (0.0399, 0.02), (0.1, 0.1), (1.0, 1.0), (999.0, 500.0)]
)
def test_lengths_are_round(most: float, length: float) -> None:
    assert round_length(most) == pytest.approx(length)


def test_the_ruler_follows_the_zoom(qtbot: QtBot) -> None:
    host = blank(qtbot, 800, 600)
    ruler = Ruler(host)
    host.show()
    assert not ruler.isVisible()
    ruler.show_scale(0.1)  # a part of 1,000 pixels and 100 mm
    seen = []
    for zoom in (0.5, 1.0, 40.0, 400.0):
        ruler.show_zoom(zoom)
        assert ruler.isVisible()
        assert ruler.width() <= 140 + 2 * 8
        assert ruler.geometry().right() < host.width()
        seen.append(ruler.words)
    assert seen == ["20 mm", "10 mm", "0.2 mm", "20 µm"]
    assert not ruler.grab().isNull()
    ruler.show_scale(0.0)
    assert not ruler.isVisible()


def test_regions_are_told_in_millimetres(qtbot: QtBot) -> None:
    panel = InspectionPanel()
    qtbot.addWidget(panel)
    panel.show()
    region = ExplainedRegion(10, 20, 38, 131, 3914, 0.99)
    table = panel.findChild(QTableWidget)
    assert table is not None

    def told() -> list[str]:
        cells = [table.horizontalHeaderItem(column).text() for column in (1, 2)]
        cells += [table.item(0, column).text() for column in (1, 2)]
        return cells + [label.text() for label in panel.findChildren(QLabel) if "1 region" in label.text()]

    panel.show_regions([region], (448, 448))
    assert told() == ["Size px", "Area px", "38 × 131", "3,914", "1 region · 3,914 px"]
    assert panel.show_scale(0.05)
    assert not panel.show_scale(0.05)
    panel.show_regions([region], (448, 448))
    assert told() == ["Size mm", "Area mm²", "1.90 × 6.55", "9.79", "1 region · 9.79 mm²"]


def test_a_person_says_how_large_the_part_is(desk: Desk) -> None:
    judging = desk.owners.judging
    size = PartSizeController(desk.views, judging, desk.actions)
    desk.open(Part("a.png"))
    for answer, width in ((120.5, 120.5), (None, 120.5), (0.0, 0.0)):
        size.ask = lambda _now, answer=answer: answer
        desk.actions.run("part-size")
        assert judging.now.part_width == width
    desk.history.stack.undo()
    assert judging.now.part_width == 120.5


def test_a_width_belongs_to_its_folder_and_a_recipe_leaves_it_alone(desk: Desk, tmp_path: Path) -> None:
    judging, session = desk.owners.judging, desk.owners.session
    settings = SettingsStore(tmp_path / "settings")
    areas = AreasController(desk.owners, settings, desk.views, desk.actions, desk.reviews)
    judging.adjusted.connect(areas.show_areas)
    areas.open_folder([tmp_path / "a"])
    judging.set_part_width(120.0)
    areas.open_folder([tmp_path / "b"])
    assert judging.now.part_width == 0.0
    areas.open_folder([tmp_path / "a"])
    assert judging.now.part_width == 120.0
    session.recipe = cast("Recipe", object())
    judging.set_part_width(0.0)
    session.recipe = None
    areas.take_kept()
    assert judging.now.part_width == 120.0
    settings.values.part_widths = {str(tmp_path / "a"): "wide"}
    areas.take_kept()
    assert judging.now.part_width == 0.0
