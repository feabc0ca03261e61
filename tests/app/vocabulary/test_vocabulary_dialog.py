"""Words in the window: families chosen, written and saved as the file that the commands read."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, FakeInspector, Start
from window_steps import shown

from app.vocabulary.dialog import VocabularyDialog
from app.vocabulary.model import EditedFamily, composed, edited
from tokenclip_core.errors import DescriptorsError
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary, default_vocabulary


def family_row(dialog: VocabularyDialog, name: str) -> int:
    return next(row for row in range(dialog.families.count()) if dialog.families.item(row).text() == name)


def test_families_are_chosen_written_and_used(start: Start, qtbot: QtBot, parts: Path, tmp_path: Path) -> None:
    loaded: list[str] = []

    def load(key: str) -> FakeInspector:
        loaded.append(key)
        return FakeInspector()

    assembly = start(parts, factory=load)
    shown(assembly, qtbot)
    assembly.actions.run("vocabulary")
    dialog = assembly.vocabulary.dialog
    assert dialog is not None
    names = [family.name for family in default_vocabulary().families]
    assert [dialog.families.item(row).text() for row in range(dialog.families.count())] == names
    # A weave fault, say, can be left out for metal.
    dialog.families.item(1).setCheckState(Qt.CheckState.Unchecked)
    dialog.add()
    dialog.name.setText("burr")
    dialog.anomalous.setPlainText("a part with a burr\n\n  a sharp edge of metal ")
    dialog.colour(len(names), QColor(10, 20, 30))
    file = tmp_path / "metal"
    assembly.vocabulary.ask_for_place = lambda _suggested: file
    before = len(loaded)
    dialog.save()
    assert dialog.hint == ""
    read = DescriptorVocabulary.from_file(tmp_path / "metal.toml")
    assert [family.name for family in read.families] == [names[0], *names[2:], "burr"]
    assert read.families[-1].anomalous == ("a part with a burr", "a sharp edge of metal")
    assert read.families[-1].colour == (10, 20, 30)
    assert read.normal_words == default_vocabulary().normal_words
    # The parts are inspected with it, and again after it is saved under the same name.
    assert assembly.models.in_use.vocabulary == str(tmp_path / "metal.toml")
    qtbot.waitUntil(lambda: len(loaded) == before + 1 and assembly.models.facts is not None, timeout=WAIT)
    dialog.save()
    qtbot.waitUntil(lambda: len(loaded) == before + 2 and assembly.models.facts is not None, timeout=WAIT)
    assert assembly.models.in_use.label == "compact · metal"
    dialog.close()


def test_what_is_wrong_is_said_and_nothing_is_saved(start: Start, qtbot: QtBot, parts: Path, tmp_path: Path) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    assembly.actions.run("vocabulary")
    dialog = assembly.vocabulary.dialog
    assert dialog is not None
    asked: list[Path] = []
    assembly.vocabulary.ask_for_place = asked.append
    dialog.add()
    dialog.name.setText(default_vocabulary().families[0].name)
    dialog.anomalous.setPlainText("a phrase")
    dialog.save()
    assert "already taken" in dialog.hint
    dialog.remove()
    for row in range(dialog.families.count()):
        dialog.families.item(row).setCheckState(Qt.CheckState.Unchecked)
    dialog.save()
    assert "at least one" in dialog.hint
    assert asked == []
    bad = tmp_path / "bad.toml"
    bad.write_text("a = 1\nb = = 2", encoding="utf-8")
    assembly.vocabulary.ask_for_file = lambda _suggested: bad
    assembly.vocabulary._open_other()
    assert "line 2" in assembly.views.message.text
    assert family_row(dialog, default_vocabulary().families[0].name) == 0
    dialog.close()


def test_an_edited_vocabulary_is_one_that_can_be_read() -> None:
    base = default_vocabulary()
    assert composed(base, edited(base)) == base
    with pytest.raises(DescriptorsError):
        composed(base, [EditedFamily("empty")])
