"""What the panel says about one patch."""

from __future__ import annotations

from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.views.patch_panel import PatchPanel


def seen(panel: PatchPanel) -> str:
    return " ".join(label.text() for label in panel.findChildren(QLabel) if label.isVisibleTo(panel))


def test_rarity_is_shown_where_the_score_uses_it(qtbot: QtBot) -> None:
    panel = PatchPanel()
    qtbot.addWidget(panel)
    crop = QImage(12, 12, QImage.Format.Format_ARGB32)
    crop.fill(QColor("grey"))
    panel.show_patch((2, 3), 0.25, [], crop, pinned=False, rarity=0.4)
    assert "Anomaly 0.25 · rarity 0.40" in seen(panel)
    panel.show_patch((2, 4), 0.5, [], crop, pinned=False)
    assert "Anomaly 0.50" in seen(panel)
    assert "rarity" not in seen(panel)
