"""Small things that make a window look right: fonts, heights, and words that fit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtGui import QFont, QFontDatabase, QFontInfo
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, Start
from window_steps import shown

from app.result.breakdown import Breakdown, Share
from app.settings.language import CHINESE_FONTS
from app.shell.assembly import translate
from app.shell.shortcuts_dialog import balanced
from app.shell.theme import Theme
from app.widgets.number_box import NumberBox, WholeNumberBox
from tokenclip_core.resources import resource_path

CHINESE = QFontDatabase.WritingSystem.SimplifiedChinese


@pytest.fixture
def latin(qapp: QApplication) -> Iterator[QFont]:
    """The program's font is one without Chinese."""
    before, translators = qapp.font(), set(qapp.findChildren(QTranslator))
    families = QFontDatabase.families(QFontDatabase.WritingSystem.Latin)
    known = [name for name in families if CHINESE not in QFontDatabase.writingSystems(name)]
    if not known or not set(CHINESE_FONTS) & set(QFontDatabase.families(CHINESE)):
        pytest.skip("there is no such pair of fonts here")
    font = QFont(known[0])
    qapp.setFont(font)
    yield font
    qapp.setFont(before)
    for translator in set(qapp.findChildren(QTranslator)) - translators:
        qapp.removeTranslator(translator)
        translator.deleteLater()


def test_chinese_has_a_font_of_its_own_and_english_keeps_the_system_s(qapp: QApplication, latin: QFont) -> None:
    translate(qapp, "en")
    assert qapp.font().family() == latin.family()
    translate(qapp, "zh_CN")
    assert CHINESE in QFontDatabase.writingSystems(QFontInfo(qapp.font()).family())
    assert qapp.font().pointSizeF() == latin.pointSizeF()


def test_fields_in_a_form_have_one_height(qapp: QApplication, qtbot: QtBot) -> None:
    theme = Theme(qapp, "light")
    fields = (QComboBox(), QLineEdit(), NumberBox(), WholeNumberBox())
    for field in fields:
        qtbot.addWidget(field)
        field.show()
    heights = {type(field).__name__: field.height() for field in fields}
    assert max(heights.values()) - min(heights.values()) <= 1, heights
    theme.deleteLater()


def test_what_a_score_comes_from_is_said_in_whole_words(qtbot: QtBot) -> None:
    breakdown = Breakdown()
    qtbot.addWidget(breakdown)
    breakdown.show()
    label = breakdown.findChild(QLabel)
    assert label is not None
    shares = [Share("missing part", (0, 90, 0), 0.6), Share("contamination", (60, 60, 200), 0.3)]
    for width, said in (
        (600, "From: 60 % missing part, 30 % contamination"),
        (200, "From: 60 % missing part"),
    ):
        breakdown.resize(width, 40)
        breakdown.show_shares("From", [*shares, Share("hole", (255, 0, 128), 0.04)])
        assert label.text() == said
        assert breakdown.words == "From: 60 % missing part, 30 % contamination"


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_window_fits_a_screen_of_1280_pixels(
    start: Start, qtbot: QtBot, qapp: QApplication, parts: Path, language: str
) -> None:
    translator = QTranslator()
    if language != "en":
        assert translator.load(str(resource_path("translations", f"{language}.qm")))
        qapp.installTranslator(translator)
    try:
        assembly = start(parts)
        shown(assembly, qtbot)
        window = assembly.window
        assert window.minimumSizeHint().width() <= 1280
        window.resize(1280, 720)
        panel = assembly.views.inspection
        qtbot.waitUntil(lambda: panel.mapTo(window, panel.rect().bottomRight()).x() < 1280, timeout=WAIT)
        window.resize(1600, 900)
        qtbot.waitUntil(assembly.views.layer_bar.zoom_label.isVisible, timeout=WAIT)
    finally:
        qapp.removeTranslator(translator)


def test_the_list_of_keys_is_parted_evenly() -> None:
    assert balanced([5, 5, 5]) == (1, 2)
    assert balanced([9, 2, 2, 3, 8]) == (1, 4)
    assert balanced([4]) in {(0, 0), (0, 1), (1, 1)}
