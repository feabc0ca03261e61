"""Choosing another model, and the settings of models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_models import make_model
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialogButtonBox, QLabel, QSpinBox
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, FakeInspector, Loads, Start

from app.models.state import ModelState
from app.settings.dialog import SettingsDialog
from app.settings.table import Settings
from app.shell.assembly import Assembly
from tokenclip_core.errors import ModelError
from tokenclip_core.model import folders as model_folders
from tokenclip_core.model.folders import ModelFolder, available_models


def ready(assembly: Assembly, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: assembly.shown.result is not None, timeout=WAIT)


def shown_message(assembly: Assembly) -> str:
    message = assembly.views.message
    return next((label.text() for label in message.findChildren(QLabel) if label.isVisible() and label.text()), "")


def test_models_on_disk_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_folders, "models_folder", lambda: tmp_path / "own")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    make_model(tmp_path / "own" / "ViT-B-16")
    (tmp_path / "own" / "half").mkdir()
    snapshot = make_model(tmp_path / "hub" / "models--laion--CLIP-x" / "snapshots" / "0123")
    (tmp_path / "hub" / "datasets--other").mkdir()
    found = {model.name: model for model in available_models()}
    assert found["ViT-B-16"] == ModelFolder("ViT-B-16", "ViT-B-16", 2)
    assert found["laion/CLIP-x"] == ModelFolder("laion/CLIP-x", str(snapshot), 2)
    assert "half" not in found
    # What came with the bundled model, and none of its weights.
    assert found["compact"].checkpoints == ("parts",)


def test_another_model_inspects_the_same_list_anew(start: Start, qtbot: QtBot, parts: Path, tmp_path: Path) -> None:
    made: dict[str, FakeInspector] = {}

    def factory(name: str) -> FakeInspector:
        made[name] = FakeInspector(model_name=Path(name).name)
        return made[name]

    assembly = start(parts, factory=factory)
    ready(assembly, qtbot)
    qtbot.keyClick(assembly.window, Qt.Key.Key_Down)
    ready(assembly, qtbot)
    folder = make_model(tmp_path / "other")
    assembly.model_choice.take_folder(folder)
    qtbot.waitUntil(lambda: str(folder) in made and made[str(folder)].encoded > 0, timeout=WAIT)
    ready(assembly, qtbot)
    assert assembly.views.model_menu.text() == "Model: other"
    assert assembly.views.status.model_text.startswith("other · ")
    assert assembly.session.current == 1
    assert len(assembly.session.parts) == 6
    assert [entry.data() for entry in assembly.views.model_menu.entries if entry.isChecked()] == [str(folder)]


def test_a_model_that_fails_leaves_the_one_before(start: Start, qtbot: QtBot, parts: Path, tmp_path: Path) -> None:
    inspector = FakeInspector()

    def factory(name: str) -> FakeInspector:
        if name != "compact":
            raise ModelError("the weights are damaged; install the model again")
        return inspector

    assembly = start(parts, factory=factory)
    ready(assembly, qtbot)
    assembly.model_choice.take_folder(make_model(tmp_path / "broken"))
    qtbot.waitUntil(lambda: "broken could not be loaded, so compact stays" in shown_message(assembly), timeout=WAIT)
    assert assembly.views.model_menu.text() == "Model: compact"
    assert assembly.views.status.model_text.startswith("compact · ")
    encoded = inspector.encoded
    qtbot.keyClick(assembly.window, Qt.Key.Key_End)
    assembly.shown.show(5)
    ready(assembly, qtbot)
    assert inspector.encoded >= encoded


def test_a_folder_without_a_model_is_refused_in_words(
    start: Start, qtbot: QtBot, parts: Path, inspector: FakeInspector
) -> None:
    assembly = start(parts)
    ready(assembly, qtbot)
    assembly.model_choice.take_folder(parts)
    assert "is no model folder" in shown_message(assembly)
    assert assembly.models.facts is not None


def open_settings(assembly: Assembly, qtbot: QtBot) -> SettingsDialog:
    assembly.window.activateWindow()
    qtbot.waitUntil(assembly.window.isActiveWindow, timeout=WAIT)
    qtbot.keyClick(assembly.window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(assembly.window.findChildren(SettingsDialog)), timeout=WAIT)
    return assembly.window.findChildren(SettingsDialog)[-1]


def choose(dialog: SettingsDialog, name: str, value: str) -> None:
    box = dialog.editors[name]
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData(value))


def test_settings_apply_at_once_and_cancel_takes_them_back(start: Start, qtbot: QtBot, isolated_settings: Path) -> None:
    assembly = start()
    dialog = open_settings(assembly, qtbot)
    assert dialog.isVisible()
    choose(dialog, "theme", "dark")
    assert assembly.theme.dark
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not assembly.theme.dark
    qtbot.waitUntil(lambda: not assembly.window.findChildren(SettingsDialog), timeout=WAIT)
    dialog = open_settings(assembly, qtbot)
    choose(dialog, "theme", "dark")
    threads = dialog.editors["threads"]
    assert isinstance(threads, QSpinBox)
    threads.setValue(3)
    dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok).click()
    assembly.window.close()
    values = json.loads((isolated_settings / "window.json").read_text())
    assert (values["theme"], values["threads"]) == ("dark", 3)


def test_settings_of_the_model_load_it_anew_once(start: Start, qtbot: QtBot, parts: Path) -> None:
    loads = Loads()
    assembly = start(parts, factory=loads.load)
    ready(assembly, qtbot)
    dialog = open_settings(assembly, qtbot)
    choose(dialog, "precision", "bf16")
    choose(dialog, "device", "cpu")
    qtbot.waitUntil(lambda: loads.names == ["compact", "compact"], timeout=WAIT)
    dialog.accept()
    ready(assembly, qtbot)
    assert loads.names == ["compact", "compact"]


def test_every_setting_has_a_name(start: Start, qtbot: QtBot) -> None:
    dialog = open_settings(start(), qtbot)
    assert all(editor.accessibleName() for editor in dialog.editors.values())
    dialog.reject()


def test_settings_out_of_range_fall_back() -> None:
    settings = Settings.from_mapping({"threads": 1000, "image_side": -1, "cache_mebibytes": 128, "device": "abacus"})
    assert (settings.threads, settings.image_side, settings.cache_mebibytes, settings.device) == (0, 0, 128, "auto")


def test_the_models_found_are_listed(start: Start, qtbot: QtBot) -> None:
    assembly = start()
    controller: ModelState = assembly.models
    controller.search = lambda: (ModelFolder("compact", "compact", 30), ModelFolder("big", "/models/big", 1710))
    controller.look_for_models()
    menu = assembly.views.model_menu
    qtbot.waitUntil(lambda: [entry.data() for entry in menu.entries] == ["compact", "/models/big"], timeout=WAIT)
    assert menu.entries[1].text() == "big    1,710 MB"
    assert menu.entries[0].isChecked()
