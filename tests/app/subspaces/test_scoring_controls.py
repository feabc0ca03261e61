"""Sliders, own thresholds, names and own maps of subspaces: what is seen follows, without the encoder."""

from __future__ import annotations

from pathlib import Path

import pytest
from feature_desk import Desk
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QLineEdit, QPushButton, QSlider, QToolButton
from pytestqt.qtbot import QtBot
from window_fakes import NAMES, WAIT, FakeInspector, Start
from window_steps import Inspecting, shown, texts

from app.parts.state import Layer, ScoringFacts
from app.subspaces.scoring_controls import ScoringControls


def named(assembly: Inspecting, kind: type, start: str) -> list[object]:
    return [widget for widget in assembly.window.findChildren(kind) if widget.accessibleName().startswith(start)]


def slider(assembly: Inspecting, name: str) -> QSlider:
    (found,) = named(assembly, QSlider, name)
    assert isinstance(found, QSlider)
    return found


def button(assembly: Inspecting, name: str) -> QToolButton:
    (found,) = named(assembly, QToolButton, name)
    assert isinstance(found, QToolButton)
    return found


@pytest.fixture
def assembly(desk: Desk, qtbot: QtBot) -> Desk:
    """The panels of one part, and its canvas; nothing is inspected yet."""
    desk.present()
    views = desk.views
    desk.lay(views.canvas, views.inspection, views.subspaces, views.patch, views.footer)
    return desk


@pytest.fixture
def defect(assembly: Desk, qtbot: QtBot, parts: Path) -> Desk:
    assembly.inspect(parts / "part_0001.png")
    shown(assembly, qtbot)
    return assembly


def test_sliders_score_anew_without_encoding(defect: Desk, qtbot: QtBot, inspector: FakeInspector) -> None:
    defect.views.subspaces.scoring.set_unfolded(True)
    encoded = inspector.encoded
    assert "0.02" in texts(defect)
    epsilon = slider(defect, "Epsilon")
    epsilon.setValue(epsilon.maximum())
    shown(defect, qtbot)
    assert defect.session.parts[0].score == pytest.approx(0.1, abs=1e-3)
    assert "0.2" in texts(defect)
    assert "0.10" in texts(defect)  # the score
    reset = next(b for b in defect.window.findChildren(QToolButton) if b.text() == "Reset")
    assert reset.isEnabled()
    reset.click()
    shown(defect, qtbot)
    assert defect.session.parts[0].score == 1.0
    assert not reset.isEnabled()
    assert inspector.encoded == encoded


def test_every_value_reaches_the_core(assembly: Desk, qtbot: QtBot, parts: Path, inspector: FakeInspector) -> None:
    inspector.layers = (6, 12, 18)
    assembly.inspect(parts / "part_0001.png")
    shown(assembly, qtbot)
    slider(assembly, "Top-k").setValue(5)
    slider(assembly, "Smoothing").setValue(20)
    slider(assembly, "Rarity").setValue(15)
    button(assembly, "Block 12").click()
    shown(assembly, qtbot)
    changes = assembly.store.mix.changes()
    chosen = {"top_k": 5, "sigma": 10.0, "layers": (6, 18), "rarity_scale": 0.15}
    assert changes == {"muted": frozenset(), "tolerated": (), **chosen}
    for name in ("Block 6", "Block 18"):
        button(assembly, name).click()
    # One block at least stays.
    assert assembly.store.mix.scoring.layers == (18,)
    assert button(assembly, "Block 18").isChecked()


def test_what_is_shown_stays_until_the_new_result_is_there(defect: Desk, qtbot: QtBot) -> None:
    slider(defect, "Smoothing").setValue(3)
    assert defect.shown.result is None
    assert "1.00" in texts(defect)
    assert "No result yet" not in texts(defect)
    shown(defect, qtbot)


def test_the_last_subspace_stays_in_the_mix(defect: Desk, qtbot: QtBot) -> None:
    for name in NAMES:
        button(defect, f"Mute {name}").click()
    shown(defect, qtbot)
    assert defect.session.parts[0].error is None
    assert not button(defect, f"Mute {NAMES[-1]}").isChecked()
    assert button(defect, f"Mute {NAMES[0]}").isChecked()
    qtbot.keyClick(defect.window, Qt.Key.Key_U)
    shown(defect, qtbot)
    assert not button(defect, f"Mute {NAMES[0]}").isChecked()


def open_editor(assembly: Inspecting, name: str) -> None:
    (found,) = named(assembly, QPushButton, name)
    assert isinstance(found, QPushButton)
    found.click()


def test_a_renamed_subspace_is_called_so_everywhere(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts / "part_0001.png")
    shown(assembly, qtbot)
    assembly.views.canvas.pin((3, 5))
    open_editor(assembly, NAMES[0])
    (line,) = named(assembly, QLineEdit, "Name of the subspace")
    assert isinstance(line, QLineEdit)
    line.setText("Riss")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert named(assembly, QPushButton, "Riss")
    assert button(assembly, "Solo Riss")
    assert "Riss" in assembly.views.patch._bars.accessibleDescription()
    assembly.window.close()
    again = start(parts / "part_0001.png")
    shown(again, qtbot)
    assert named(again, QPushButton, "Riss")
    open_editor(again, "Riss")
    line = named(again, QLineEdit, "Name of the subspace")[0]
    assert isinstance(line, QLineEdit)
    line.clear()
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert named(again, QPushButton, NAMES[0])


def test_a_subspace_with_its_own_threshold_makes_a_defect(defect: Desk, qtbot: QtBot) -> None:
    defect.judging.set_threshold(1.0)
    slider(defect, "Epsilon").setValue(slider(defect, "Epsilon").maximum())
    shown(defect, qtbot)
    badge = defect.views.inspection.badge
    assert badge.text() == "GOOD"
    qtbot.waitUntil(lambda: "No region reaches the threshold" in texts(defect), timeout=WAIT)
    result = defect.shown.result
    assert result is not None
    index = max(range(len(NAMES)), key=lambda k: result.subspaces[k].anomaly)
    open_editor(defect, NAMES[index])
    own = next(box for box in defect.window.findChildren(QCheckBox) if box.text() == "Own threshold")
    spin = named(defect, QDoubleSpinBox, "Own threshold")[0]
    assert isinstance(spin, QDoubleSpinBox)
    own.setChecked(True)
    assert badge.text() == "GOOD"
    spin.setValue(0.03)
    own.window().hide()
    assert badge.text() == "DEFECT"
    assert f"{NAMES[index]} ≥ 0.03" in texts(defect)
    qtbot.waitUntil(lambda: any(text.startswith("1 region · ") for text in texts(defect)), timeout=WAIT)


def test_the_heatmap_of_one_subspace(defect: Desk, qtbot: QtBot) -> None:
    canvas = defect.views.canvas
    defect.actions.run("regions")

    def hot() -> QColor:
        return canvas.grab().toImage().pixelColor(canvas.mapFromScene(48, 26) * canvas.devicePixelRatioF())

    whole = hot()
    result = defect.shown.result
    assert result is not None
    weak = min(range(len(NAMES)), key=lambda k: result.subspaces[k].anomaly)
    qtbot.keyClick(defect.window, Qt.Key.Key_1)
    button(defect, f"Heatmap of {NAMES[weak]}").click()
    assert canvas.layer is Layer.HEATMAP
    qtbot.waitUntil(lambda: hot() != whole, timeout=WAIT)
    assert f"{NAMES[weak]} alone" in texts(defect)
    button(defect, f"Heatmap of {NAMES[weak]}").click()
    assert hot() == whole
    assert f"{NAMES[weak]} alone" not in texts(defect)


def test_what_mass_means_is_said_where_it_is_shown(defect: Desk, qtbot: QtBot) -> None:
    assert "Balanced mass is how transport works, not a finding." in texts(defect)


def test_small_regions_are_left_out_but_a_defect_keeps_its_hottest(assembly: Desk, qtbot: QtBot, parts: Path) -> None:
    with Image.open(parts / "part_0001.png") as picture:
        picture.paste((250, 250, 250), (4, 4, 8, 8))
        picture.save(parts / "part_0001.png")
    assembly.inspect(parts / "part_0001.png")
    shown(assembly, qtbot)
    qtbot.waitUntil(lambda: "2 regions · 208 px" in texts(assembly), timeout=WAIT)
    assembly.views.inspection._area.setValue(17)
    qtbot.waitUntil(lambda: "1 region · 192 px" in texts(assembly), timeout=WAIT)
    # "DEFECT" never stands beside no region at all.
    assembly.views.inspection._area.setValue(10_000)
    qtbot.waitUntil(lambda: assembly.session.adjustments.smallest_region == 10_000, timeout=WAIT)
    assert assembly.views.inspection.badge.text() == "DEFECT"
    assert "No region reaches the threshold" not in texts(assembly)
    assert not assembly.views.canvas._outline.empty


def test_the_score_is_taken_apart_by_subspace(defect: Desk, qtbot: QtBot) -> None:
    breakdown = defect.views.inspection.breakdown
    assert breakdown.words.startswith("Score from: 12 % ")
    assert sum(share.share for share in breakdown.bar._shares) == pytest.approx(1)
    result, view = defect.shown.result, defect.shown.threshold_view
    assert result is not None
    assert view is not None
    assert sum(row.contribution for row in result.subspaces) == pytest.approx(result.score)
    defect.views.inspection._table.cellClicked.emit(0, 0)
    assert breakdown.words.startswith("Region 1: ")
    assert sum(view.regions[0].shares) == pytest.approx(1, abs=1e-5)
    assert sum(share.share for share in breakdown.bar._shares) == pytest.approx(1, abs=1e-5)


def test_the_blocks_of_a_loaded_model_stand_where_those_before_stood(qtbot: QtBot) -> None:
    controls = ScoringControls()
    qtbot.addWidget(controls)
    controls.resize(340, 300)
    controls.set_unfolded(True)
    places = []
    for _ in range(3):
        controls.set_model(ScoringFacts(layers=(6, 12)), 4)
        controls.show()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        qtbot.wait(1)
        controls.grab()
        places.append([button.x() for button in controls._layer_buttons.values()])
    assert places[0] == places[1] == places[2]
