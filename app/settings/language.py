"""Which language is meant by the setting, and a font for Chinese."""

from __future__ import annotations

from PySide6.QtCore import QLocale
from PySide6.QtGui import QFontDatabase, QFontInfo, QGuiApplication

CHINESE_FONTS = (
    "Microsoft YaHei UI",
    "PingFang SC",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
)
"""Taken where the system's own font has no Chinese, the first that is there."""


def language_name(language: str) -> str:
    """The name of a language of `app.settings.table.LANGUAGES`, such as ``en_GB`` or ``zh_CN``."""
    return QLocale.system().name() if language == "system" else language


def take_chinese_font() -> None:
    """Chinese in a font of its own: signs that a Latin one borrows are higher than its fields, and of any weight."""
    chinese = QFontDatabase.WritingSystem.SimplifiedChinese
    font = QGuiApplication.font()
    if chinese in QFontDatabase.writingSystems(QFontInfo(font).family()):
        return
    known = set(QFontDatabase.families(chinese))
    family = next((name for name in CHINESE_FONTS if name in known), None)
    if family is not None:
        font.setFamily(family)
        QGuiApplication.setFont(font)
