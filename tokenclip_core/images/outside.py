"""Pictures whose decoders are not trusted with this process: they are decoded in another one, which may crash.

The rule: a decoder runs outside if it belongs to a standard of video or wavelets (AVIF, JPEG 2000), or is reached
through libtiff (JPEG, WebP and fax in a TIFF). These are large, and their memory and time cannot be told from the
header. The others are Python's and numpy's own work, or what every browser decodes (PNG, JPEG, WebP, GIF).

The process is started for the first such picture and stays for the next ones; two threads that read at once have two.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import Any

import numpy as np

from tokenclip_core.errors import ImageError
from tokenclip_core.images.samples import Samples
from tokenclip_core.process.child import Answer, Child, ChildError, python_module

SECONDS = 60.0
"""The longest that one picture may take; the largest allowed ones take a sixth of it on a machine with nothing else."""

COMMAND = python_module("tokenclip_core.images.picture_child")
"""The program that is started, and its words."""

_KEPT = 2


class _Children:
    """Processes that wait for the next picture."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[Child] = []
        self._owner = os.getpid()

    def ask(self, request: Mapping[str, Any]) -> Answer:
        """Ask an idle process, or a new one.

        Raises:
            ChildError: it ended or took too long.
        """
        child = self._take() or Child(COMMAND)
        try:
            answer = child.ask(request, SECONDS)
        except BaseException:
            child.close()
            raise
        with self._lock:
            if len(self._idle) < _KEPT:
                self._idle.append(child)
                return answer
        child.close()
        return answer

    def _take(self) -> Child | None:
        with self._lock:
            if self._owner != os.getpid():
                # After a fork, the idle processes still belong to the parent.
                self._idle, self._owner = [], os.getpid()
            while self._idle:
                child = self._idle.pop()
                if child.is_alive:
                    return child
                child.close()
        return None


_children = _Children()


def read_samples_outside(path: str | os.PathLike[str], *, max_pixels: int, exact: bool) -> Samples:
    """Read a file as `reading.read_samples` does, in another process.

    Raises:
        ImageError: as there, or its decoder crashed or took too long.
    """
    facts, values = _asked(path, {"task": "samples", "max_pixels": max_pixels, "exact": exact})
    if values is None:
        raise ImageError("its decoder gave no pixels; convert it to PNG")
    palette = facts["palette"]
    return Samples(
        values,
        facts["bits"],
        None if palette is None else np.array(palette, np.uint8),
        premultiplied=facts["premultiplied"],
        lossy=facts["lossy"],
        orientation=facts["orientation"],
    )


def read_size_outside(path: str | os.PathLike[str]) -> tuple[int, int]:
    """Read a file's (width, height), upright; see `read_samples_outside`."""
    facts, _ = _asked(path, {"task": "size"})
    width, height = facts["size"]
    return width, height


def _asked(path: str | os.PathLike[str], request: Mapping[str, Any]) -> Answer:
    try:
        facts, values = _children.ask({**request, "path": os.fspath(path)})
    except ChildError as error:
        raise ImageError(f"its decoder {error}; convert it to PNG, or copy it again from its source") from error
    if "error" in facts:
        raise ImageError(facts["error"])
    return facts, values
