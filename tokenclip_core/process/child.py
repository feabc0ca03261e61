"""A long-lived process that does for this one what could end it or hang: decoding files that others made.

Requests are lines of JSON; answers are JSON too, and an array may follow as its bytes. The process ends when its
standard input does, so none is left over when its owner is killed; a request that takes too long ends it, on both
sides. On Linux and macOS it may take `MEMORY` bytes; Windows has no such limit of a process by itself.
"""

from __future__ import annotations

import contextlib
import faulthandler
import io
import json
import os
import signal
import struct
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from tokenclip_core.process.bundled import MODULE_WORD, is_bundled

MEMORY = 3 * 2**29
"""Bytes that a process may take, 1.5 GiB."""

Array = npt.NDArray[Any]
Answer = tuple[dict[str, Any], Array | None]
"""An answer of the process: its values, and an array where one belongs to them."""

_PIPE_BYTES = 2**20
# Exit codes: of faulthandler when time is up, and of the process when something else went wrong.
_LATE, _BROKEN = 1, 70
_LENGTH = struct.Struct("<I")
_LONGEST_ANSWER = 2**20
_STARTING_SECONDS = 60.0
_ENDING_SECONDS = 5.0
_TYPES = frozenset({"|b1", "|u1", "|i1", *(f"<{kind}{size}" for kind in "uif" for size in (2, 4, 8))})


class ChildError(Exception):
    """A process ended by itself or took too long; the message is the half of a sentence that follows "its decoder"."""


def python_module(module: str) -> list[str]:
    """The words that run a module in another interpreter; nothing is imported from the folder that it runs in."""
    return [sys.executable, MODULE_WORD, module] if is_bundled() else [sys.executable, "-P", "-m", module]


def import_path() -> dict[str, str]:
    """What lets another interpreter find this package as this one does."""
    own = str(Path(__file__).resolve().parents[2])
    return {"PYTHONPATH": os.pathsep.join([*(path for path in sys.path if path), own])}


class Child:
    """The side that asks. One thread at a time may `send` and `receive`; `kill` may come from any."""

    def __init__(self, words: list[str]) -> None:
        """Start a process.

        Args:
            words: its command line, as of `python_module`.

        Raises:
            ChildError: it can't be started.
        """
        few = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        windows = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
        try:
            self._process = subprocess.Popen(
                words,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **import_path(), **few},
                creationflags=windows,
                # Ctrl-C in a terminal is for its owner, which may still want an answer.
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise ChildError(f"could not be started ({error})") from error
        self._input, self._output = _pipe(self._process.stdin), _pipe(self._process.stdout)
        _enlarge(self._output)
        self._started = False
        self._late = False
        self._end = weakref.finalize(self, _end, self._process, self._input, self._output)

    @property
    def is_alive(self) -> bool:
        """Whether it may be asked something."""
        return self._end.alive and self._process.poll() is None

    def send(self, request: Mapping[str, Any], seconds: float) -> None:
        """Ask for something that must be done within so many seconds.

        Raises:
            ChildError: it has ended.
        """
        try:
            self._input.write(json.dumps({**request, "seconds": seconds}).encode() + b"\n")
        except (OSError, ValueError):
            raise self._ended() from None

    def receive(self, seconds: float) -> Answer:
        """The answer to what was sent first; waits no longer than so many seconds.

        Raises:
            ChildError: it ended or took too long; it is of no use any more.
        """
        if not self._started:
            # The process reports that it has started, so that its imports don't count as time of the first request.
            self._read(_STARTING_SECONDS)
            self._started = True
        return self._read(seconds)

    def ask(self, request: Mapping[str, Any], seconds: float) -> Answer:
        """Send and receive."""
        self.send(request, seconds)
        return self.receive(seconds)

    def kill(self) -> None:
        """End it at once, whatever it does; the pipes stay open for who reads them now."""
        with contextlib.suppress(OSError):
            self._process.kill()

    def close(self) -> None:
        """End it and forget it."""
        self._end()

    def _read(self, seconds: float) -> Answer:
        watch = threading.Timer(seconds, self._give_up)
        watch.daemon = True
        watch.start()
        try:
            return _read(self._output)
        except (OSError, ValueError, TypeError, KeyError):
            raise self._ended(seconds) from None
        finally:
            watch.cancel()

    def _give_up(self) -> None:
        self._late = True
        self.kill()

    def _ended(self, seconds: float = 0.0) -> ChildError:
        # One that crashes closes its pipes a moment before it can be asked how it ended.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_ENDING_SECONDS)
        self.close()
        code = self._process.returncode
        if self._late or (self._started and code == _LATE):
            return ChildError(f"took longer than {seconds:g} s")
        if code < 0:
            name = signal.Signals(-code).name if -code in list(signal.Signals) else str(-code)
            return ChildError(f"crashed ({name})" if -code != signal.SIGKILL else "was ended")
        return ChildError(f"ended by itself (exit code {code})")


def serve(handle: Callable[[dict[str, Any]], Answer]) -> None:
    """The other side: answer requests until there are no more.

    What libraries print goes nowhere, since the standard output belongs to the answers.

    Args:
        handle: returns the answer to a request, of plain values, and an array or None.
    """
    _limit_memory()
    requests = sys.stdin.buffer
    with io.FileIO(os.dup(1), "wb") as answers, Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        _write(answers, {}, None)
        for line in requests:
            request = json.loads(line)
            # A Python thread could not run while a decoder holds the interpreter's lock; faulthandler's own thread can.
            faulthandler.dump_traceback_later(request.pop("seconds"), exit=True, file=nowhere)
            try:
                answer, array = handle(request)
            except Exception:
                os._exit(_BROKEN)
            faulthandler.cancel_dump_traceback_later()
            _write(answers, answer, array)


def _pipe(pipe: IO[bytes] | None) -> io.FileIO:
    if not isinstance(pipe, io.FileIO):
        raise ChildError("could not be started (it has no pipes)")
    return pipe


def _enlarge(pipe: io.FileIO) -> None:
    """Let a pipe hold more than 64 KiB, where the system can: a frame then takes a quarter of the turns."""
    if sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _end(process: subprocess.Popen[bytes], *pipes: io.FileIO) -> None:
    with contextlib.suppress(OSError):
        process.kill()
    process.wait()
    for pipe in pipes:
        with contextlib.suppress(OSError):
            pipe.close()


def _limit_memory() -> None:
    if sys.platform == "win32":
        return
    import resource

    # The address space counts what is merely reserved, such as stacks of threads; Linux can limit what is written to.
    kind = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
    with contextlib.suppress(OSError, ValueError):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard), hard))


def _write(pipe: io.FileIO, answer: Mapping[str, Any], array: Array | None) -> None:
    head = dict(answer)
    data = memoryview(b"")
    if array is not None:
        array = np.ascontiguousarray(array)
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        head["array"] = [array.dtype.str, *array.shape]
        data = array.reshape(-1).view(np.uint8).data
    text = json.dumps(head).encode()
    for part in (memoryview(_LENGTH.pack(len(text)) + text), data):
        rest = part
        while rest:
            rest = rest[pipe.write(rest) :]


def _read(pipe: io.FileIO) -> Answer:
    """Read one answer; sizes are checked before memory is taken."""
    (length,) = _LENGTH.unpack(_exactly(pipe, np.empty(_LENGTH.size, np.uint8)).tobytes())
    if length > _LONGEST_ANSWER:
        raise ValueError("no answer is so long")
    answer = json.loads(_exactly(pipe, np.empty(length, np.uint8)).tobytes())
    if "array" not in answer:
        return answer, None
    kind, *shape = answer.pop("array")
    if kind not in _TYPES or np.prod(shape, dtype=np.float64) * np.dtype(kind).itemsize > MEMORY:
        raise ValueError("an array of an unknown kind")
    return answer, _exactly(pipe, np.empty(shape, kind))


def _exactly(pipe: io.FileIO, array: Array) -> Array:
    """Fill an array."""
    rest = array.reshape(-1).view(np.uint8).data
    while rest:
        count = pipe.readinto(rest)
        if not count:
            raise ValueError("the process has ended")
        rest = rest[count:]
    return array
