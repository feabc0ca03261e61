"""The window as `main.py` starts it, with somebody in it who rejects a part and inspects all; see `kills`.

    python tests/soak/window_program.py FOLDER NUMBER

Prints a line at each step, and closes the window when all parts are inspected.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from app.batch.model import BatchPhase
from app.process.prepare import prepare
from app.review.model import Decision, Review, review_key
from app.review.store import ReviewStore
from app.shell.assembly import Assembly
from app.shell.bootstrap import run

LOOK_MILLISECONDS = 20


def say(line: str) -> None:
    """Tell who started this."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


_started: list[Assembly] = []
_start = Assembly.start


def start(assembly: Assembly, *words: object, **options: object) -> None:
    """Start a window that is looked at from here."""
    _started.append(assembly)
    _start(assembly, *words, **options)


class Person(QObject):
    """Looks at the window again and again, and does what is next."""

    def __init__(self, number: int, parent: QObject) -> None:
        super().__init__(parent)
        self._number = number
        self._steps = ["list", "model", "reject", "inspect", "close"]
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(LOOK_MILLISECONDS)

    def _look(self) -> None:
        if self._steps and _started and getattr(self, f"_{self._steps[0]}")(_started[0]):
            del self._steps[0]

    def _list(self, assembly: Assembly) -> bool:
        done = bool(assembly.session.parts) and not assembly.store.is_listing
        if done:
            say("listed")
        return done

    def _model(self, assembly: Assembly) -> bool:
        if assembly.models.facts is None:
            return False
        say("model")
        part = assembly.session.parts[self._number % len(assembly.session.parts)]
        assembly.reviews.review(part.path, Review(Decision.REJECTED, f"sitting {self._number}"))
        return True

    def _reject(self, assembly: Assembly) -> bool:
        part = assembly.session.parts[self._number % len(assembly.session.parts)]
        # From here on the decision must survive.
        if review_key(part.path) not in ReviewStore().read():
            return False
        say(f"said {part.name}")
        return True

    def _inspect(self, assembly: Assembly) -> bool:
        assembly.store.summarised.connect(lambda _mix, summaries: say(f"inspected {len(summaries)}"))
        assembly.actions["inspect-all"].trigger()
        return True

    def _close(self, assembly: Assembly) -> bool:
        if assembly.batch.phase is not BatchPhase.DONE or not assembly.work.idle or assembly.session.provisional:
            return False
        if any(part.score is None for part in assembly.session.parts):
            return False
        assembly.window.close()
        return True


if __name__ == "__main__":
    if not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    prepare()
    Assembly.start = start
    application = QApplication([sys.argv[0]])
    Person(int(sys.argv[2]), application)
    sys.exit(run([Path(sys.argv[1])]))
