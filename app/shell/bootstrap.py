"""Starts the window: the order in which things are loaded, the exception hook, the wiring.

Order of loading, decided here and nowhere else:

1. Before Qt: `app.process.prepare`.
2. Qt, then `app.process.source_look_ups`, the window, its first paint: no torch, no OpenCV, and none of the pages and
   dialogs that are seen later.
3. After the first paint, in the inference thread only: torch, OpenCV and the model (see `app.process.heavy_imports`).
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, NoReturn

from app.process.garbage import INTERVAL_MILLISECONDS, collect_what_is_due
from app.process.prepare import prepare
from app.process.source_look_ups import spare_source_look_ups
from app.tracing.trace import milestone, tracing

if TYPE_CHECKING:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from app.settings.store import SettingsStore
    from app.shell.assembly import Assembly
    from app.shell.continuing import Continuation

DEFAULT_MODEL = "compact"
CLOSING_SECONDS = 0.8
"""How long a closed window waits for its threads; native code that can't be interrupted is then left behind."""

_log = logging.getLogger(__name__)


def collect_in_this_thread() -> QTimer:
    """Collect garbage in this thread, which has an event loop, and never by itself; see `app.process.garbage`.

    Returns:
        The timer that does it; once it is stopped, ``gc.enable()`` leaves it to Python again.
    """
    from PySide6.QtCore import QTimer

    gc.disable()
    collector = QTimer()
    collector.setInterval(INTERVAL_MILLISECONDS)
    collector.timeout.connect(collect_what_is_due)
    collector.start()
    return collector


def run(paths: Sequence[Path], *, demo: bool = False, camera: str | None = None, recipe: Path | None = None) -> int:
    """Show the window until it is closed.

    Args:
        paths: images and folders to open.
        demo: open the bundled samples.
        camera: a camera's number or address, for the live view.
        recipe: a recipe's file, by which parts are inspected and judged.

    Returns:
        The exit code of the process.
    """
    prepare()
    # Nothing of what the imports make is garbage, and looking for it takes a twentieth of the start;
    # `collect_in_this_thread` looks from then on.
    gc.disable()
    from PySide6.QtWidgets import QApplication

    spare_source_look_ups()
    from app.settings.store import SettingsStore

    application = QApplication.instance() or QApplication([sys.argv[0]])
    if not isinstance(application, QApplication):
        raise RuntimeError("another kind of Qt application runs in this process already")
    application.setApplicationName("tokenclip-inspector")
    application.setApplicationDisplayName("TokenCLIP Inspector")
    application.setDesktopFileName("tokenclip-inspector")
    store = SettingsStore()
    collector = collect_in_this_thread()
    left: Continuation | None = None
    all_ended = True
    while True:

        def begin(assembly: Assembly, after: Continuation | None = left) -> None:
            if after is None:
                assembly.start(paths, demo=demo, camera=camera, recipe=recipe)
            else:
                assembly.go_on(after)

        code, ended, left = _show(application, store, begin, DEFAULT_MODEL if left is None else left.model.key)
        all_ended = all_ended and ended
        if left is None:
            break
    collector.stop()
    if not all_ended or "torch" in sys.modules:
        _leave(code)
    gc.enable()
    return code


def _show(
    application: QApplication, store: SettingsStore, begin: Callable[[Assembly], object], model: str
) -> tuple[int, bool, Continuation | None]:
    """Show one window until it is closed.

    Args:
        application: Qt's.
        store: of the settings, which say the language too.
        begin: tells the window what to open.
        model: key of its first model.

    Returns:
        The exit code, whether all threads ended, and where a window in another language goes on.
    """
    from app.shell.assembly import Assembly, translate

    translate(application, store.values.language)
    assembly = Assembly(application, store, model_name=model)
    _install_exception_hooks(assembly)
    interrupts = _close_on_interrupt(assembly)
    watchdog = observer = None
    if tracing():
        from app.tracing.observer import Observer
        from app.tracing.watchdog import EventLoopWatchdog

        watchdog = EventLoopWatchdog()
        observer = Observer(assembly, watchdog)
    begin(assembly)
    code = application.exec()
    closed = time.perf_counter()
    ended = assembly.shut_down(CLOSING_SECONDS)
    if watchdog is not None and observer is not None:
        observer.stop()
        watchdog.stop()
        milestone(
            "closed",
            longest_block=watchdog.longest_block,
            longest_work=watchdog.longest_work,
            culprits=watchdog.culprits[:20],
            automatic_collection=gc.isenabled(),
            collections=watchdog.collections,
            foreign_collections=watchdog.foreign_collections,
            longest_collection=watchdog.longest_collection,
            threads_ended=ended,
            seconds=time.perf_counter() - closed,
        )
    interrupts.close()
    if assembly.left is not None and ended:
        _take_apart(assembly)
    return code, ended, assembly.left


def _take_apart(assembly: Assembly) -> None:
    """Delete a window of which nothing runs any more; another one comes in its place."""
    from shiboken6 import delete

    theme, window = assembly.theme, assembly.window
    for each in (assembly, window, theme):
        delete(each)


def _leave(code: int) -> NoReturn:
    """End the process without the finalisers of the interpreter and of torch.

    All that is ours is saved and the window is gone. The finalisers would walk over a million objects for seconds on a
    busy machine, and could crash a thread that is still inside native code which nothing can interrupt
    (importing torch, a long forward pass).
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _install_exception_hooks(assembly: object) -> None:
    """Show unexpected errors in the window and the log; the program goes on."""
    from app.shell.assembly import Assembly

    def report(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        if error is None or issubclass(kind, KeyboardInterrupt):
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        _log.error("unexpected error\n%s", details)
        sys.stderr.write(details)
        if isinstance(assembly, Assembly):
            assembly.unexpected.emit(f"{kind.__name__}: {error}", details)

    sys.excepthook = report
    threading.excepthook = lambda arguments: report(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)


class _Interrupts:
    """Ctrl-C and termination requests, noticed while Qt's loop runs: Python only looks after its own instructions."""

    def __init__(self, assembly: object) -> None:
        from PySide6.QtCore import QSocketNotifier

        from app.shell.assembly import Assembly

        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        self._before = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._handlers = {number: signal.signal(number, self._ignore) for number in (signal.SIGINT, signal.SIGTERM)}
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read)
        if isinstance(assembly, Assembly):
            self._notifier.activated.connect(assembly.window.close)

    def close(self) -> None:
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._before)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._reader.close()
        self._writer.close()

    @staticmethod
    def _ignore(_number: int, _frame: FrameType | None) -> None:
        """The notifier does the work."""


def _close_on_interrupt(assembly: object) -> _Interrupts:
    return _Interrupts(assembly)
