"""Files and folders in the system's own programs."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices


def open_place(path: Path) -> bool:
    """Open a file or folder in the system's program for it; whether the system took it."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
