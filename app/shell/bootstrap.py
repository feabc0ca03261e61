"""Starts the window: the order in which things are loaded, the exception hook, the wiring.

Order of loading, decided here and nowhere else:

1. Before Qt: what OpenCV may have put into the environment is undone (its Linux wheel points Qt to its own plugins),
   and on Windows torch's ``c10.dll`` is loaded, which fails to initialise after Qt's libraries (pytorch issue 166628).
2. Qt, the window, its first paint: no torch, no OpenCV.
3. After the first paint, in the inference thread only: torch, OpenCV and the model (see `app.process.heavy_imports`).
"""

from __future__ import annotations

import faulthandler
import gc
import importlib.util
import logging
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, NoReturn

from app.process.garbage import INTERVAL_MILLISECONDS, collect_what_is_due
from app.process.lasting_booleans import keep_booleans
from app.tracing.trace import milestone, tracing
from tokenclip_core.process.allocator import keep_freed_memory

if TYPE_CHECKING:
    from PySide6.QtCore import QTimer

DEFAULT_MODEL = "compact"
SWITCH_SECONDS = 0.0001
"""How long a thread may keep the interpreter lock when another one waits. Painting gives the lock up and takes it back
at nearly every call into Qt; at Python's default of 5 ms a busy import in a worker made one paint take 100 ms. Shorter
still does not help: the threads then spend their time on handing the lock over."""

CLOSING_SECONDS = 0.8
"""How long a closed window waits for its threads; native code that can't be interrupted is then left behind."""

_log = logging.getLogger(__name__)


def prepare_process() -> None:
    """Do what must happen before Qt is imported or an application is made; see the module's text."""
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        if f"{os.sep}cv2{os.sep}" in os.environ.get(name, ""):
            del os.environ[name]
    if sys.platform == "win32":
        _load_c10_before_qt()
    if sys.__stderr__ is not None:
        # Where native code crashes, the stacks of all threads are worth more than silence.
        faulthandler.enable(sys.__stderr__)
    sys.setswitchinterval(SWITCH_SECONDS)
    keep_booleans()
    keep_freed_memory()


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
    prepare_process()
    from PySide6.QtWidgets import QApplication

    from app.settings.store import SettingsStore
    from app.shell.assembly import Assembly, translate

    application = QApplication.instance() or QApplication([sys.argv[0]])
    if not isinstance(application, QApplication):
        raise RuntimeError("another kind of Qt application runs in this process already")
    application.setApplicationName("tokenclip-inspector")
    application.setApplicationDisplayName("TokenCLIP Inspector")
    application.setDesktopFileName("tokenclip-inspector")
    store = SettingsStore()
    translate(application, store.values.language)
    assembly = Assembly(application, store, model_name=DEFAULT_MODEL)
    _install_exception_hooks(assembly)
    interrupts = _close_on_interrupt(assembly)
    collector = collect_in_this_thread()
    watchdog = observer = None
    if tracing():
        from app.tracing.observer import Observer
        from app.tracing.watchdog import EventLoopWatchdog

        watchdog = EventLoopWatchdog()
        observer = Observer(assembly, watchdog)
    assembly.start(paths, demo=demo, camera=camera, recipe=recipe)
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
    collector.stop()
    interrupts.close()
    if not ended or "torch" in sys.modules:
        _leave(code)
    gc.enable()
    return code


def _leave(code: int) -> NoReturn:
    """End the process without the finalisers of the interpreter and of torch.

    All that is ours is saved and the window is gone. The finalisers would walk over a million objects for seconds on a
    busy machine, and could crash beneath a thread that is still inside native code which nothing can interrupt
    (importing torch, a long forward pass).
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _load_c10_before_qt() -> None:
    import ctypes

    spec = importlib.util.find_spec("torch")
    if spec is None or not spec.submodule_search_locations:
        return
    library = Path(spec.submodule_search_locations[0]) / "lib" / "c10.dll"
    if library.exists():
        try:
            ctypes.CDLL(str(library))
        except OSError as error:
            _log.warning("%s could not be loaded before Qt: %s", library, error)


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
