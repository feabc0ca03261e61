"""The manual is there, whole and small, and opening it holds nothing up."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, Start

from app.views.manual_dialog import ManualDialog
from tokenclip_core.resources import resource_path

MOST_BYTES = 10**6


def test_the_manual_opens_with_all_its_pictures(start: Start, qtbot: QtBot) -> None:
    assembly = start()
    qtbot.keyClick(assembly.window, Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: bool(assembly.window.findChildren(ManualDialog)), timeout=WAIT)
    (dialog,) = assembly.window.findChildren(ManualDialog)
    browser = dialog.browser
    assert "Balanced mass is not a finding" in browser.toPlainText()
    names = re.findall(r"\]\((\w+\.png)\)", resource_path("manual", "manual.md").read_text(encoding="utf-8"))
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
    text = (folder / "manual.md").read_text(encoding="utf-8")
    assert sum(file.stat().st_size for file in folder.iterdir()) < MOST_BYTES
    assert {file.name for file in folder.glob("*.png")} == set(re.findall(r"\]\((\w+\.png)\)", text))
