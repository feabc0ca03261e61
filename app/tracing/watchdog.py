"""Measures how long the GUI thread's event loop was blocked; used by tests and when a trace is asked for."""

from __future__ import annotations

import gc
import sys
import threading
import time
import traceback
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer

BEAT_MILLISECONDS = 5
NOTEWORTHY_SECONDS = 0.05

_WAITING = {("threading.py", "wait"), ("threading.py", "_wait_for_tstate_lock"), ("selectors.py", "select")}
"""Files and functions of the standard library in which a thread only waits."""


class EventLoopWatchdog(QObject):
    """Beats in the event loop and notes the longest gap between two beats.

    Attributes:
        longest_block: seconds by which the latest beat came too late, at worst.
        longest_work: most seconds that the GUI thread computed between two beats; unlike the block, it does not grow
            when other programs take the processor.
        culprits: (seconds, account) of the blocks over 50 ms. The account says when it was, how long this thread and
            the others computed meanwhile, and what ran in each after half the time, seen from another thread; where
            even that could not run, the stacks of the threads that may have held the interpreter lock.
        collections: of garbage, in this thread.
        foreign_collections: of garbage, in others, where none belongs; see `app.process.garbage`.
        longest_collection: seconds that one took.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.longest_block = 0.0
        self.longest_work = 0.0
        self.culprits: list[tuple[float, str]] = []
        self.collections = self.foreign_collections = 0
        self.longest_collection = self._collecting_since = 0.0
        self._began = self._last = time.perf_counter()
        self._own, self._all = time.thread_time(), time.process_time()
        self._late_stacks = ""
        self._gui_thread = threading.get_ident()
        self._ended = threading.Event()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MILLISECONDS)
        self._timer.timeout.connect(self.beat)
        self._timer.start()
        gc.callbacks.append(self._on_collection)
        self._observer = threading.Thread(target=self._observe, name="watchdog", daemon=True)
        self._observer.start()

    def reset(self) -> None:
        """Forget what was measured so far."""
        self.longest_block, self.longest_work, self.culprits = 0.0, 0.0, []
        self._last, self._own, self._all = time.perf_counter(), time.thread_time(), time.process_time()

    def stop(self) -> None:
        """End the measurement and its thread."""
        self._timer.stop()
        gc.callbacks.remove(self._on_collection)
        self._ended.set()
        self._observer.join(1.0)

    def beat(self) -> None:
        """Note what was since the beat before."""
        now, own, whole = time.perf_counter(), time.thread_time(), time.process_time()
        block = now - self._last - BEAT_MILLISECONDS / 1000
        if block > NOTEWORTHY_SECONDS:
            account = (
                f"at {self._last - self._began:.2f} s; this thread computed {1000 * (own - self._own):.0f} ms, "
                f"the others {1000 * (whole - self._all - own + self._own):.0f} ms\n"
            )
            self.culprits.append((block, account + (self._late_stacks or self._stacks())))
        self._late_stacks = ""
        self.longest_block = max(self.longest_block, block)
        self.longest_work = max(self.longest_work, own - self._own)
        # Measured anew, so that the time of this account is not counted as a block.
        self._last, self._own, self._all = time.perf_counter(), time.thread_time(), time.process_time()

    def _on_collection(self, phase: str, _info: dict[str, int]) -> None:
        if phase == "start":
            self._collecting_since = time.perf_counter()
            return
        self.longest_collection = max(self.longest_collection, time.perf_counter() - self._collecting_since)
        if threading.get_ident() == self._gui_thread:
            self.collections += 1
        else:
            self.foreign_collections += 1

    def _stacks(self) -> str:
        """Where the threads are that may be at work, this one first; those that wait or measure are left out."""
        frames = sys._current_frames()
        stacks = {who: traceback.extract_stack(frame, 12) for who, frame in frames.items()}
        shown = sorted(stacks, key=lambda who: who != self._gui_thread)
        return "\n".join(
            "".join(traceback.format_list(stacks[who]))
            for who in shown
            if who == self._gui_thread or (who != threading.get_ident() and not _waits(stacks[who][-1]))
        )

    def _observe(self) -> None:
        while not self._ended.wait(0.01):
            if time.perf_counter() - self._last > NOTEWORTHY_SECONDS / 2 and not self._late_stacks:
                self._late_stacks = self._stacks()


def _waits(last: traceback.FrameSummary) -> bool:
    return (Path(last.filename).name, last.name) in _WAITING
