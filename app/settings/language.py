"""Which language is meant by the setting."""

from __future__ import annotations

from PySide6.QtCore import QLocale


def language_name(language: str) -> str:
    """The name of a language of `app.settings.table.LANGUAGES`, such as ``en_GB`` or ``zh_CN``."""
    return QLocale.system().name() if language == "system" else language
