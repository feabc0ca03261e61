"""A threshold is measured in the window from good parts, with its guarantee, and is the file that `calibrate` makes."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from feature_desk import Desk
from PIL import Image
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, FakeInspector, Start
from window_steps import nameless, shown

from app.editing.adjustments import Compared, ScoringChoice
from app.measuring.controller import MeasuringController
from app.measuring.dialog import MeasureDialog
from app.review.model import Decision, Review
from app.shell.assembly import Assembly
from app.shell.theme import current_colours
from tokenclip_core.judgement.calibration import Calibration


def graded(folder: Path, count: int, first: int, step: int) -> Path:
    """Parts whose spot is brighter from one to the next: scores rise."""
    folder.mkdir(parents=True)
    for number in range(count):
        pixels = np.full((32, 48, 3), 90, np.uint8)
        pixels[8:16, 16:24] = 90 + first + number * step
        Image.fromarray(pixels).save(folder / f"part_{number:04d}.png")
    return folder


@pytest.fixture
def window(start: Start, qtbot: QtBot, tmp_path: Path) -> Assembly:
    """Six parts: three in a folder named good, three in one named defect."""
    graded(tmp_path / "set" / "good", 3, 0, 4)
    graded(tmp_path / "set" / "defect", 3, 100, 10)
    assembly: Assembly = start(tmp_path / "set")
    shown(assembly, qtbot)
    qtbot.waitUntil(lambda: len(assembly.session.parts) == 6, timeout=WAIT)
    qtbot.waitUntil(lambda: all(part.score is not None for part in assembly.session.parts), timeout=WAIT)
    return assembly


def opened(window: Assembly) -> MeasureDialog:
    window.actions.run("measure")
    dialog = window.measuring.dialog
    assert dialog is not None
    return dialog


def measured(dialog: MeasureDialog, qtbot: QtBot) -> str:
    dialog.measure_action.trigger()
    qtbot.waitUntil(lambda: not dialog.progress, timeout=WAIT)
    return dialog.words


def test_a_folder_gives_a_threshold_with_its_guarantee(window: Assembly, qtbot: QtBot, tmp_path: Path) -> None:
    good = graded(tmp_path / "good parts", 40, 0, 1)
    window.measuring.ask_for_folder = lambda _title: good
    dialog = opened(window)
    assert nameless(dialog) == []
    dialog.take_folder(dialog.good_box, good)
    dialog.defective_box.setCurrentIndex(0)
    dialog.rate_box.setValue(10)
    words = measured(dialog, qtbot)
    # Of 40 parts the 37th from below, of ceil(41 * 0.9), must pass; the three above it don't.
    assert "3 of 40 good parts would be rejected" in words
    assert "with a probability of at most 10.00 %" in words
    dialog.use_action.trigger()
    assert window.session.threshold == pytest.approx(36 / 128, abs=1e-6)
    dialog.rate_box.setValue(1)
    assert "A rate of 1.00 % needs 99 good parts" in measured(dialog, qtbot)
    dialog.close()


def test_known_parts_give_curves_and_other_choices(window: Assembly, qtbot: QtBot) -> None:
    dialog = opened(window)
    dialog.by_box.setCurrentIndex(1)
    words = measured(dialog, qtbot)
    assert "0 of 3 good parts would be rejected" in words
    assert "3 of 3 defective parts are found" in words
    assert dialog.curves.isVisible()
    # Both plots have the same ground.
    picture = dialog.curves.grab().toImage()
    scale = picture.width() / dialog.curves.width()
    middles = [picture.pixelColor(round(scale * (60 + offset)), round(scale * 150)) for offset in (0, 212)]
    assert middles[0] == middles[1] == QColor(current_colours().window)
    defective = [part for part in window.session.parts if "defect" in part.path]
    window.reviews.review(defective[0].path, Review(Decision.ACCEPTED))
    assert "of 4 good parts" in measured(dialog, qtbot), "a decision counts more than a folder"
    dialog.close()


def test_the_file_is_read_back_and_another_models_is_refused(
    window: Assembly, qtbot: QtBot, tmp_path: Path, inspector: FakeInspector
) -> None:
    file = tmp_path / "line.json"
    window.measuring.ask_for_place = lambda: file
    dialog = opened(window)
    dialog.limits_box.setChecked(True)
    dialog.rate_box.setValue(50)
    words = measured(dialog, qtbot)
    assert "each at that rate by itself: self 0.0" in words
    assert "With the limits, 1 of 3 good parts would be rejected" in words
    dialog.save_action.trigger()
    dialog.close()
    calibration = Calibration.read(file)
    assert calibration.good_parts == 3
    assert [name for name, _ in calibration.channel_limits] == ["self"]
    assert window.session.threshold == 0.5
    window.measuring.ask_for_file = lambda: file
    window.actions.run("open-calibration")
    qtbot.waitUntil(lambda: window.session.threshold == calibration.threshold, timeout=WAIT)
    assert window.session.judgement.channel_limits == calibration.channel_limits
    assert window.session.calibration_in_force == calibration
    window.actions.run("undo")
    assert window.session.judgement.channel_limits == ()
    inspector.model_name = "other"
    window.actions.run("open-calibration")
    qtbot.waitUntil(lambda: "made with another model" in window.views.message.text, timeout=WAIT)
    assert window.session.threshold == 0.5


def test_the_smallest_region_is_measured_at_the_threshold_in_force(
    window: Assembly, qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "line.json"
    window.measuring.ask_for_place = lambda: file
    good = [part.score for part in window.session.parts if "good" in part.path]
    window.judging.set_threshold(max(filter(None, good)))
    window.judging.set_minimum_area(7)
    dialog = opened(window)
    dialog.by_box.setCurrentIndex(dialog.by_box.findText("The threshold in force"))
    dialog.smallest_box.setChecked(True)
    dialog.rate_box.setValue(50)
    words = measured(dialog, qtbot)
    assert "1 of 3 good parts would be rejected" in words
    assert "Smallest region: 1 px; at most 50.00 % of good parts" in words, "of two of the three there is none"
    dialog.rate_box.setValue(1)
    words = measured(dialog, qtbot)
    # The spots are squares of eight pixels.
    assert "Smallest region: 65 px, larger than any of these good parts has; a rate of 1.00 % needs 99 good" in words
    dialog.save_action.trigger()
    assert Calibration.read(file).smallest_region == 65
    dialog.use_action.trigger()
    assert window.session.judgement.smallest_region == 65
    dialog.smallest_box.setChecked(False)
    measured(dialog, qtbot)
    dialog.use_action.trigger()
    assert window.session.judgement.smallest_region == 1, "what an earlier calibration measured goes with it"
    window.judging.set_minimum_area(9)
    dialog.use_action.trigger()
    assert window.session.judgement.smallest_region == 9, "what a person chose stays"
    dialog.close()


def test_what_can_not_be_measured_is_said(window: Assembly, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    dialog = opened(window)
    dialog.take_folder(dialog.good_box, tmp_path / "empty")
    assert "there are no images" in measured(dialog, qtbot)
    assert not dialog.use_action.isEnabled()
    dialog.good_box.setCurrentIndex(0)
    dialog.defective_box.setCurrentIndex(0)
    dialog.by_box.setCurrentIndex(2)
    assert "choose both" in measured(dialog, qtbot)
    dialog.by_box.setCurrentIndex(0)
    dialog.limits_box.setChecked(True)
    next(part for part in window.session.parts if "good" in part.path).channels = None
    assert "of 1 good parts only the score is known" in measured(dialog, qtbot)
    dialog.close()


def test_a_recipe_says_where_its_threshold_comes_from(window: Assembly, qtbot: QtBot) -> None:
    dialog = opened(window)
    measured(dialog, qtbot)
    dialog.use_action.trigger()
    assert window.session.calibration is not None
    assert window.session.calibration.threshold == window.session.threshold
    dialog.close()


@pytest.fixture
def bench(desk: Desk, qtbot: QtBot, tmp_path: Path) -> tuple[Desk, MeasuringController, MeasureDialog]:
    """A dialog that is to measure forty good parts, beside a model that is loaded."""
    models = desk.owners.models
    models.reload()
    qtbot.waitUntil(lambda: models.facts is not None, timeout=WAIT)
    controller = MeasuringController(desk.owners, desk.views, desk.actions, desk.reviews)
    controller.ask()
    dialog = controller.dialog
    assert dialog is not None
    dialog.take_folder(dialog.good_box, graded(tmp_path / "good parts", 40, 0, 1))
    dialog.rate_box.setValue(10)
    return desk, controller, dialog


def test_no_threshold_is_of_two_models(bench: tuple[Desk, MeasuringController, MeasureDialog], qtbot: QtBot) -> None:
    desk, controller, dialog = bench
    models = desk.owners.models
    first = cast("FakeInspector", models.engine.loaded)
    first.gate = threading.Event()
    dialog.measure_action.trigger()
    qtbot.waitUntil(first.entered.is_set, timeout=WAIT)
    # As when another model is chosen while a slice is on its way.
    models.reload()
    first.gate.set()
    qtbot.waitUntil(lambda: not dialog.progress, timeout=WAIT)
    assert "changed meanwhile; measure again" in dialog.words
    assert not dialog.use_action.isEnabled()
    controller.stop()


@pytest.mark.parametrize("asked", [True, False])
def test_what_is_said_is_of_the_measurement_and_not_of_the_controls_of_now(
    bench: tuple[Desk, MeasuringController, MeasureDialog], qtbot: QtBot, asked: bool
) -> None:
    _, _, dialog = bench
    dialog.smallest_box.setChecked(asked)
    dialog.measure_action.trigger()
    # As when a person already thinks of the next measurement.
    dialog.smallest_box.setChecked(not asked)
    dialog.rate_box.setValue(50)
    qtbot.waitUntil(lambda: not dialog.progress, timeout=WAIT)
    assert "with a probability of at most 10.00 %" in dialog.words
    assert ("Smallest region: 1 px; at most 10.00 % of good parts" in dialog.words) is asked
    assert ("Smallest region" in dialog.words) is asked


@pytest.mark.parametrize(
    ("chosen_by", "said"),
    [
        ("False-reject rate", ", measured from 40 good parts"),
        ("The threshold in force", ", set by hand; what it does was measured from 40 good parts"),
    ],
)
def test_a_threshold_that_a_person_set_is_not_called_measured(
    bench: tuple[Desk, MeasuringController, MeasureDialog], qtbot: QtBot, chosen_by: str, said: str
) -> None:
    desk, controller, dialog = bench
    dialog.by_box.setCurrentIndex(dialog.by_box.findText(chosen_by))
    measured(dialog, qtbot)
    controller.use()
    threshold = f"Threshold {desk.owners.session.threshold:.6f}"
    assert desk.views.status._activity.text() == f"{threshold}{said}"


@pytest.mark.parametrize("change", ["model", "settings", "folder"])
def test_a_threshold_of_before_is_not_put_in_force(
    bench: tuple[Desk, MeasuringController, MeasureDialog], qtbot: QtBot, change: str
) -> None:
    desk, controller, dialog = bench
    owners = desk.owners
    measured(dialog, qtbot)
    assert dialog.use_action.isEnabled()
    before = owners.session.threshold
    if change == "model":
        owners.models.reload()
        qtbot.waitUntil(lambda: owners.models.facts is not None, timeout=WAIT)
    elif change == "settings":
        owners.judging.change("top-k", scoring=ScoringChoice(top_k=1))
    else:
        owners.store.compare_with(Compared(3, "another folder's"))
    controller.use()
    assert (owners.session.threshold != before) is (change == "folder")
    assert ("changed meanwhile" in dialog.words) is (change != "folder")
