"""Which language is meant by the setting, and a font for Chinese."""

from __future__ import annotations

from PySide6.QtCore import QLocale
from PySide6.QtGui import QFont, QFontDatabase, QFontInfo, QGuiApplication

from tokenclip_core.resources import resource_path

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


def spoken_language(language: str) -> str:
    """The language that a window speaks by the setting: ``en`` where there is no translation."""
    name = language_name(language)
    return name if resource_path("translations", f"{name}.qm").is_file() else "en"


class _Own:
    """The font that the system gave, while Chinese has another one."""

    font: QFont | None = None


def take_font(name: str) -> None:
    """Have the font that a language needs, by its name as `language_name` gives it."""
    if name.startswith("zh"):
        take_chinese_font()
    elif _Own.font is not None and QGuiApplication.font().family() in CHINESE_FONTS:
        QGuiApplication.setFont(_Own.font)
        _Own.font = None


def take_chinese_font() -> None:
    """Chinese in a font of its own: signs that a Latin one borrows are higher than its fields, and of any weight."""
    chinese = QFontDatabase.WritingSystem.SimplifiedChinese
    font = QGuiApplication.font()
    if chinese in QFontDatabase.writingSystems(QFontInfo(font).family()):
        return
    known = set(QFontDatabase.families(chinese))
    family = next((name for name in CHINESE_FONTS if name in known), None)
    if family is not None:
        _Own.font = QFont(font)
        font.setFamily(family)
        QGuiApplication.setFont(font)
