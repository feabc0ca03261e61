"""The manual is there, whole and small, and opening it holds nothing up."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, Start
from window_steps import speaking

from app.shell.manual_dialog import ManualDialog
from tokenclip_core.resources import resource_path

MOST_BYTES = 1_300_000
TRANSLATED = ("manual.zh_CN.md",)
OPENING = {
    "en": ("In one minute", "Balanced mass is not a finding", "一分钟上手"),
    "zh_CN": ("一分钟上手", "占比均衡并非发现", "In one minute"),
    # A language without a translation.
    "fi": ("In one minute", "Balanced mass is not a finding", "一分钟上手"),
}


@pytest.fixture(params=sorted(OPENING))
def language(qapp: QApplication, request: pytest.FixtureRequest) -> Iterator[str]:
    """The program's language, as it is taken at the start."""
    with speaking(qapp, request.param):
        yield request.param


def structure(text: str) -> list[str]:
    """What a manual in any language must have, in order: headings, pictures, points of lists, terms in bold, keys."""
    marks = r"^#+ |!\[.*?\]\((.*?)\)|^\d\. |^- |\*\*|(?:Ctrl|Shift)\+\S|F\d+|`.*?`"
    # Each language has its own pictures.
    text = re.sub(r"\.zh_CN\.webp", ".webp", text)
    return [match[1] or match[0] for match in re.finditer(marks, text, re.MULTILINE)]


def test_the_manual_opens_with_all_its_pictures(start: Start, qtbot: QtBot) -> None:
    assembly = start()
    qtbot.keyClick(assembly.window, Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: bool(assembly.window.findChildren(ManualDialog)), timeout=WAIT)
    (dialog,) = assembly.window.findChildren(ManualDialog)
    browser = dialog.browser
    assert "Balanced mass is not a finding" in browser.toPlainText()
    names = re.findall(r"\]\(([\w.]+\.webp)\)", resource_path("manual", "manual.md").read_text(encoding="utf-8"))
    assert len(names) >= 4
    qtbot.waitUntil(lambda: browser.complete, timeout=WAIT)
    for name in names:
        picture = browser.document().resource(int(QTextDocument.ResourceType.ImageResource.value), QUrl(name))
        assert isinstance(picture, QImage)
        # Its own pixels, not the grey that keeps its place.
        places = ((x, y) for x in range(0, picture.width(), 7) for y in range(0, picture.height(), 7))
        assert len({picture.pixel(x, y) for x, y in places}) > 20
    dialog.close()


def test_the_manual_is_small_and_whole() -> None:
    folder = resource_path("manual")
    assert sum(file.stat().st_size for file in folder.iterdir()) < MOST_BYTES
    texts = "".join((folder / name).read_text(encoding="utf-8") for name in ("manual.md", *TRANSLATED))
    assert {file.name for file in folder.glob("*.webp")} == set(re.findall(r"\]\(([\w.]+\.webp)\)", texts))


@pytest.mark.parametrize("name", TRANSLATED)
def test_manuals_say_the_same_things_in_the_same_order(name: str) -> None:
    folder = resource_path("manual")
    assert {file.name for file in folder.glob("*.md")} == {"manual.md", *TRANSLATED}
    english, other = ((folder / file).read_text(encoding="utf-8") for file in ("manual.md", name))
    assert structure(other) == structure(english)
    assert len(structure(english)) > 40


def test_the_manual_is_in_the_language_of_the_window(language: str, start: Start, qtbot: QtBot) -> None:
    assembly = start()
    qtbot.keyClick(assembly.window, Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: bool(assembly.window.findChildren(ManualDialog)), timeout=WAIT)
    (dialog,) = assembly.window.findChildren(ManualDialog)
    heading, finding, foreign = OPENING[language]
    shown = dialog.browser.toPlainText()
    assert heading in shown
    assert finding in shown
    assert foreign not in shown
    # Signs of Markdown that were not understood: bold beside Chinese punctuation is easily broken.
    assert "**" not in shown
    assert not re.search(r"\*\w", shown)
    qtbot.waitUntil(lambda: dialog.browser.complete, timeout=WAIT)
    dialog.close()


def test_the_manual_has_contents_and_search(start: Start, qtbot: QtBot) -> None:
    assembly = start()
    assembly.actions.run("manual")
    (dialog,) = assembly.window.findChildren(ManualDialog)
    rows = [dialog.contents.item(row).text() for row in range(dialog.contents.count())]
    assert rows[0] == "Manual"
    assert "    In one minute" in rows
    dialog.contents.setCurrentRow(len(rows) - 1)
    assert dialog.browser.textCursor().block().text() == rows[-1].strip()
    dialog.search.setText("polygon")
    qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
    assert dialog.browser.textCursor().selectedText().lower() == "polygon"
    first = dialog.browser.textCursor().position()
    dialog.search.setText("TokenCLIP Inspector finds")
    qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
    assert dialog.browser.textCursor().position() < first
    assert dialog.hint == ""
    dialog.search.setText("zebra crossing")
    qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
    assert dialog.hint == "Not in the manual"
