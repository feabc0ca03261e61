"""The threshold is chosen against all inspected parts: their histogram, the counts beside it, and the line."""

from __future__ import annotations

import pytest
from feature_desk import Desk
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot
from window_fakes import WAIT

from app.parts.state import Part
from app.result.folder_scores import BARS, FolderGroups, Group, decimals_of
from app.result.folder_threshold import FolderThresholdController
from app.review.model import Decision, Review


@pytest.fixture
def feature(desk: Desk, qtbot: QtBot) -> Desk:
    """The threshold of a folder with three good parts that score 0, and three that score 1."""
    owners, inspection = desk.owners, desk.views.inspection
    made = FolderThresholdController(owners, desk.views, desk.actions, desk.reviews)
    # As the window's sequences do.
    owners.judging.adjusted.connect(made.take_adjustments)
    owners.judging.adjusted.connect(lambda: inspection.show_threshold(owners.session.threshold))
    owners.store.order_outdated.connect(made.gather_soon)
    desk.reviews.changed.connect(made.gather_soon)
    inspection.threshold_changed.connect(owners.judging.set_threshold)
    desk.open(*(Part(f"/parts/{number}.png", float(number % 2)) for number in range(6)))
    inspection.show_threshold(owners.session.threshold)
    inspection.show()
    made.gather_soon()
    qtbot.waitUntil(lambda: inspection.counts == "3 of 6 defective", timeout=WAIT)
    return desk


def test_the_plot_shows_the_folder_and_the_part_where_it_is_asked_for(feature: Desk, qtbot: QtBot) -> None:
    plot = feature.views.inspection.plot
    assert plot.of_folder
    before = plot.grab().toImage()
    feature.actions.run("histogram-of-part")
    assert not plot.of_folder
    assert plot.grab().toImage() != before
    feature.actions.run("histogram-of-part")
    assert plot.grab().toImage() == before


def test_the_counts_follow_the_line(feature: Desk, qtbot: QtBot) -> None:
    plot = feature.views.inspection.plot
    feature.owners.session.parts[0].take_score(0.6, ())
    feature.owners.session.parts[1].take_score(0.7, ())
    feature.owners.store.order_outdated.emit()
    qtbot.waitUntil(lambda: feature.views.inspection.counts == "4 of 6 defective", timeout=WAIT)
    qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(round(plot.width() * 0.8), 20))
    assert feature.owners.session.threshold == pytest.approx(0.8, abs=0.05)
    feature.owners.judging.set_threshold(0.8)
    assert feature.views.inspection.counts == "2 of 6 defective · 2 change"
    feature.owners.judging.set_threshold(0.5)
    assert feature.views.inspection.counts == "4 of 6 defective", "back at where it began nothing changes"


def test_a_review_colours_its_part(feature: Desk, qtbot: QtBot) -> None:
    plot = feature.views.inspection.plot
    before = plot.grab().toImage()
    for part in feature.owners.session.parts:
        feature.reviews.review(part.path, Review(Decision.REJECTED))
    qtbot.waitUntil(lambda: plot.grab().toImage() != before, timeout=WAIT)


def test_groups_are_of_decisions_before_folders() -> None:
    several = [Part("/set/good/a", 0.1), Part("/set/defect/b", 0.9), Part("/set/c", 0.5), Part("/set/good/d")]
    groups = FolderGroups()
    found = groups.scores(several, {})
    assert found.groups.tolist() == [Group.GOOD, Group.DEFECTIVE, Group.UNDECIDED]
    several.append(Part("/set/good/e", 0.3))
    found = groups.scores(several, {"/set/good/a": Review(Decision.REJECTED), "/elsewhere": Review(Decision.ACCEPTED)})
    assert found.groups.tolist() == [Group.DEFECTIVE, Group.DEFECTIVE, Group.UNDECIDED, Group.GOOD]
    assert found.of(Group.GOOD) == [0.3]
    other = groups.scores([Part("/other/good/a", 0.2)], {})
    assert other.groups.tolist() == [Group.GOOD]


def test_scores_close_together_are_told_apart() -> None:
    several = [Part(f"/{number}", 0.47 + number * 1e-5) for number in range(100)]
    found = FolderGroups().scores(several, {})
    low, high = found.span(0.4702)
    assert 0.45 < low < 0.47 < 0.4711 < high < 0.49
    counts = found.histogram(low, high)
    assert counts.shape == (3, BARS)
    assert counts.sum() == 100
    assert decimals_of(low, high, 200) == 4
    assert decimals_of(0.0, 1.0, 200) == 3


def test_the_line_takes_the_decimals_that_matter(feature: Desk, qtbot: QtBot) -> None:
    for number, part in enumerate(feature.owners.session.parts):
        part.take_score(0.47 + number * 1e-5, ())
    feature.owners.judging.set_threshold(0.47)
    feature.owners.store.order_outdated.emit()
    plot = feature.views.inspection.plot
    qtbot.waitUntil(lambda: plot.span[1] < 0.49, timeout=WAIT)
    plot.setFocus()
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    # A hundredth would be beyond all scores.
    assert 0.47 < feature.owners.session.threshold < 0.4711
