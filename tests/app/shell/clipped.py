"""Prints which controls of window and dialogs have less room than their words need; a process of its own, as a scale.

`clipped.py PARTS WIDTHxHEIGHT…`, with the scale in QT_SCALE_FACTOR; width and height in the screen's pixels.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QEventLoop, QObject, QSize, Qt, QTimer
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QScrollArea, QWidget

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from every_dialog import every_dialog
from window_fakes import FakeInspector

from app.settings.store import SettingsStore
from app.shell.assembly import Assembly, translate
from app.widgets.elided_label import ElidedLabel

_PATIENCE = 60.0
_TURN_MILLISECONDS = 20
_TURNS = 4
"""So many that leave the layout as it was say that it has come to rest."""

FRAME_WIDTH, FRAME_HEIGHT = 2, 32
"""What a window manager puts around a window, and a task bar takes away."""

_SLACK = 1
"""Pixels that hints of the style's round up."""


def scrolls(widget: QWidget) -> bool:
    """Whether what is cut off at the side of a widget can be scrolled to."""
    area: QObject | None = widget.parent()
    while area is not None and not isinstance(area, QScrollArea):
        area = area.parent()
    return area is not None and area.horizontalScrollBar().isVisible()


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
        seen = widget.visibleRegion().boundingRect().width()
        cut = not wraps and seen + _SLACK < min(wanted.width(), widget.width()) and not scrolls(widget)
        if text and (narrow or low or cut):
            size = f"{widget.width()} x {widget.height()} of {wanted.width()} x {wanted.height()}"
            found.append(f"{type(widget).__name__} {text[:40]!r}: {size}")
    return found


def laid_out(window: QWidget) -> list[tuple[int, ...]]:
    """Where all visible controls are, and how large."""
    return [widget.geometry().getRect() for widget in window.findChildren(QWidget) if widget.isVisible()]


def turn() -> None:
    """Let the window work for a moment; with a longest time, `processEvents` would not wait but spin."""
    loop = QEventLoop()
    QTimer.singleShot(_TURN_MILLISECONDS, loop.quit)
    loop.exec()


def settle(assembly: Assembly) -> None:
    """Wait until nothing is computed and several turns have left the layout as it was."""
    deadline, before, turns = time.monotonic() + _PATIENCE, list[tuple[int, ...]](), 0
    while turns < _TURNS:
        assert time.monotonic() < deadline, "the layout never comes to rest"
        turn()
        now, idle = laid_out(assembly.window), all(thread.idle for thread in assembly.work._bridges)
        turns = turns + 1 if now == before and idle else 0
        before = now


def shown(application: QApplication, parts: str, language: str, sizes: Sequence[str]) -> Iterator[dict[str, object]]:
    """Show the window in one language and every size, and give what is clipped in each workspace."""
    translate(application, language)
    assembly = Assembly(
        application, SettingsStore(), model_name="compact", factory=lambda *_given: FakeInspector(), link=lambda: None
    )
    window, scale = assembly.window, float(os.environ["QT_SCALE_FACTOR"])
    # The first start fills a small screen, whatever its size.
    window.setWindowState(Qt.WindowState.WindowNoState)
    assembly.start([Path(parts)])
    deadline = time.monotonic() + _PATIENCE
    while assembly.shown.threshold_view is None:
        assert time.monotonic() < deadline, "the part is never shown"
        turn()
    for size in sizes:
        width, height = (int(int(side) / scale) for side in size.split("x"))
        window.resize(width, height)
        places: dict[str, list[str]] = {}
        for name in ("to-parts", "camera", *assembly.views.manage.names):
            assembly.actions.run(name)
            settle(assembly)
            places[name] = clipped(window)
        assembly.actions.run("to-parts")
        assert assembly.views.canvas.isVisible()
        places.update(clipped_dialogs(assembly, width, height))
        least = window.minimumSizeHint()
        yield {
            "language": language,
            "size": size,
            "scale": window.devicePixelRatioF(),
            "least": [round(least.width() * scale), round(least.height() * scale)],
            "clipped": {name: found for name, found in places.items() if found},
        }
    window.close()
    assembly.shut_down(_PATIENCE)


def clipped_dialogs(assembly: Assembly, width: int, height: int) -> dict[str, list[str]]:
    """The same of all dialogs on a screen of that size, and which of them are larger than it."""
    found = {}
    for dialog in every_dialog(assembly):
        dialog.show()
        # What Qt knows as the screen here is smaller than the one that is meant.
        room = QSize(width - FRAME_WIDTH, height - FRAME_HEIGHT)
        dialog.resize(dialog.size().expandedTo(dialog.sizeHint()).boundedTo(room))
        QApplication.processEvents()
        name = type(dialog).__name__
        found[name] = clipped(dialog)
        if dialog.width() > width - FRAME_WIDTH or dialog.height() > height - FRAME_HEIGHT:
            found[name].append(f"{dialog.width()} x {dialog.height()} of {width} x {height}")
        dialog.close()
    return found


def main(parts: str, *sizes: str) -> None:
    """Print a JSON list of what is said of both languages in all sizes."""
    application = QApplication([])
    application.setQuitOnLastWindowClosed(False)
    said = [one for language in ("en", "zh_CN") for one in shown(application, parts, language, sizes)]
    print(json.dumps(said))
    sys.stdout.flush()
    # Its threads are daemons; what else ends with the program is not this test's.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
