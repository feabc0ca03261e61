"""Prints which controls of the window have less room than their words need; run in a process of its own, as a scale.

`clipped.py PARTS LANGUAGE WIDTH HEIGHT`, with the scale in QT_SCALE_FACTOR; width and height in the screen's pixels.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QWidget

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from window_fakes import FakeInspector

from app.settings.store import SettingsStore
from app.shell.assembly import Assembly, translate
from app.widgets.elided_label import ElidedLabel

_PATIENCE = 60.0
_SETTLING = 0.7
"""Seconds in which what was laid out anew comes to rest."""

_SLACK = 1
"""Pixels that hints of the style's round up."""


def clipped(window: QWidget) -> list[str]:
    """Visible controls that are narrower or lower than what they say."""
    found = []
    for widget in window.findChildren(QWidget):
        if not isinstance(widget, QAbstractButton | QLabel | QComboBox) or not widget.isVisible():
            continue
        # These give way by themselves, with the whole as their tip.
        if isinstance(widget, ElidedLabel) or widget.visibleRegion().isEmpty():
            continue
        text = widget.currentText() if isinstance(widget, QComboBox) else widget.text()
        wanted = widget.minimumSizeHint() if isinstance(widget, QComboBox) else widget.sizeHint()
        wraps = isinstance(widget, QLabel) and widget.wordWrap()
        narrow = not wraps and widget.width() + _SLACK < wanted.width()
        low = widget.height() + _SLACK < (widget.heightForWidth(widget.width()) if wraps else wanted.height())
        if text and (narrow or low):
            size = f"{widget.width()} x {widget.height()} of {wanted.width()} x {wanted.height()}"
            found.append(f"{type(widget).__name__} {text[:40]!r}: {size}")
    return found


def main(parts: str, language: str, width: str, height: str) -> None:
    """Show the window in every workspace, and print a JSON object of what is clipped in each."""
    application = QApplication([])
    translate(application, language)
    scale = float(os.environ["QT_SCALE_FACTOR"])
    assembly = Assembly(
        application, SettingsStore(), model_name="compact", factory=lambda *_given: FakeInspector(), link=lambda: None
    )
    # The first start fills a small screen, whatever its size.
    assembly.window.setWindowState(Qt.WindowState.WindowNoState)
    assembly.window.resize(int(int(width) / scale), int(int(height) / scale))
    assembly.start([Path(parts)])
    deadline = time.monotonic() + _PATIENCE
    while assembly.shown.threshold_view is None and time.monotonic() < deadline:
        application.processEvents()
    said: dict[str, object] = {"scale": assembly.window.devicePixelRatioF()}
    for name in ("to-parts", "camera", *assembly.views.manage.names):
        assembly.actions.run(name)
        settled = time.monotonic() + _SETTLING
        while time.monotonic() < settled:
            application.processEvents()
        said[name] = clipped(assembly.window)
    least = assembly.window.minimumSizeHint()
    said["least"] = [round(least.width() * scale), round(least.height() * scale)]
    print(json.dumps(said))
    sys.stdout.flush()
    assembly.window.close()
    assembly.shut_down(5)
    # Its threads are daemons; what else ends with the program is not this test's.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
