"""A report as PDF for the command line, where there is no window."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtGui import QGuiApplication

from app.report.paper import PaperWriter
from app.settings.language import take_chinese_font
from tokenclip_core.output.report_page import ReportFacts


class _Kept:
    """Qt's application lives as long as the process: texts and fonts are its."""

    application: QGuiApplication | None = None


def paper_writer(place: Path, facts: ReportFacts) -> PaperWriter:
    """What writes a report's pages; see `PaperWriter`."""
    if QGuiApplication.instance() is None:
        if sys.platform.startswith("linux"):
            # Text is laid out without a display too.
            os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        _Kept.application = QGuiApplication(["tokenclip"])
    if facts.language.startswith("zh"):
        take_chinese_font()
    return PaperWriter(place, facts)
