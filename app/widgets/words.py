"""Words of several features, in the language of the window."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def time_left(seconds: float) -> str:
    """How long something still takes, as roughly as it is known."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return QCoreApplication.translate("Words", "{seconds} s left").format(seconds=max(1, round(seconds)))
    if minutes < 90:
        return QCoreApplication.translate("Words", "{minutes} min left").format(minutes=minutes)
    return QCoreApplication.translate("Words", "{hours} h {minutes} min left").format(
        hours=minutes // 60, minutes=minutes % 60
    )
