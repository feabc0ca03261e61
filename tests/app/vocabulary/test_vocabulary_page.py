"""Words in the window: families chosen, written and saved as the file that the commands read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from feature_desk import Desk
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, Loads, Start
from window_steps import shown

from app.vocabulary.controller import VocabularyController
from app.vocabulary.model import EditedFamily, composed, edited
from app.vocabulary.page import VocabularyPage
from tokenclip_core.errors import DescriptorsError
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary, default_vocabulary


def family_row(page: VocabularyPage, name: str) -> int:
    return next(row for row in range(page.families.count()) if page.families.item(row).text() == name)


def test_families_are_chosen_written_and_used(start: Start, qtbot: QtBot, parts: Path, tmp_path: Path) -> None:
    loads = Loads()
    assembly = start(parts, factory=loads.load)
    shown(assembly, qtbot)
    assembly.actions.run("vocabulary")
    page = assembly.vocabulary.page
    assert page is not None
    names = [family.name for family in default_vocabulary().families]
    assert [page.families.item(row).text() for row in range(page.families.count())] == names
    # A weave fault, say, can be left out for metal.
    page.families.item(1).setCheckState(Qt.CheckState.Unchecked)
    page.add()
    page.name.setText("burr")
    page.anomalous.setPlainText("a part with a burr\n\n  a sharp edge of metal ")
    page.colour(len(names), QColor(10, 20, 30))
    file = tmp_path / "metal"
    assembly.vocabulary.ask_for_place = lambda _suggested: file
    before = len(loads.names)
    page.save()
    assert page.hint == ""
    read = DescriptorVocabulary.from_file(tmp_path / "metal.toml")
    assert [family.name for family in read.families] == [names[0], *names[2:], "burr"]
    assert read.families[-1].anomalous == ("a part with a burr", "a sharp edge of metal")
    assert read.families[-1].colour == (10, 20, 30)
    assert read.normal_words == default_vocabulary().normal_words
    # The parts are inspected with it, and again after it is saved under the same name.
    assert assembly.models.in_use.vocabulary == str(tmp_path / "metal.toml")
    qtbot.waitUntil(lambda: len(loads.names) == before + 1 and assembly.models.facts is not None, timeout=WAIT)
    page.save()
    qtbot.waitUntil(lambda: len(loads.names) == before + 2 and assembly.models.facts is not None, timeout=WAIT)
    assert assembly.models.in_use.label == "compact · metal"


def test_what_is_wrong_is_said_and_nothing_is_saved(start: Start, qtbot: QtBot, parts: Path, tmp_path: Path) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    assembly.actions.run("vocabulary")
    page = assembly.vocabulary.page
    assert page is not None
    asked: list[Path] = []
    assembly.vocabulary.ask_for_place = asked.append
    page.add()
    page.name.setText(default_vocabulary().families[0].name)
    page.anomalous.setPlainText("a phrase")
    page.save()
    assert "already taken" in page.hint
    page.remove()
    for row in range(page.families.count()):
        page.families.item(row).setCheckState(Qt.CheckState.Unchecked)
    page.save()
    assert "at least one" in page.hint
    assert asked == []
    bad = tmp_path / "bad.toml"
    bad.write_text("a = 1\nb = = 2", encoding="utf-8")
    assembly.vocabulary.ask_for_file = lambda _suggested: bad
    assembly.vocabulary._open_other()
    assert "line 2" in assembly.views.message.text
    assert family_row(page, default_vocabulary().families[0].name) == 0


@pytest.mark.parametrize("opened", [False, True])
def test_unsaved_words_stay_while_another_section_is_seen(
    desk: Desk, qtbot: QtBot, tmp_path: Path, opened: bool
) -> None:
    manage, models = desk.views.manage, desk.owners.models
    controller = VocabularyController(desk.views, desk.sections, models)
    manage.add("other", "Other", QWidget, lambda: None)
    manage.enter()
    page = controller.page
    assert page is not None
    if opened:
        other = tmp_path / "other.toml"
        other.write_text(default_vocabulary().to_text(), encoding="utf-8")
        controller.ask_for_file = lambda _suggested: other
        controller._open_other()
    page.add()
    page.name.setText("burr")
    before = page.families.count()
    for section in ("other", "vocabulary"):
        manage.choose(section)
    assert page.families.count() == before
    assert page.name.text() == "burr"
    # Words that come into force otherwise are shown.
    file = tmp_path / "metal.toml"
    file.write_text(default_vocabulary().to_text(), encoding="utf-8")
    models.take(replace(models.in_use, vocabulary=str(file)))
    qtbot.waitUntil(lambda: models.facts is not None, timeout=WAIT)
    for section in ("other", "vocabulary"):
        manage.choose(section)
    assert page.families.count() == before - 1


def test_an_edited_vocabulary_is_one_that_can_be_read() -> None:
    base = default_vocabulary()
    assert composed(base, edited(base)) == base
    with pytest.raises(DescriptorsError):
        composed(base, [EditedFamily("empty")])
