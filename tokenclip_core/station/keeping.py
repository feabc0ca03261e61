"""What a station keeps on disk: pictures of parts up to a limit, and a log that is turned over."""

from __future__ import annotations

import heapq
import logging
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path

from tokenclip_core.output.pictures import save_picture
from tokenclip_core.sources.frames import RgbArray

LOG_BYTES, LOGS_KEPT = 5 << 20, 5
"""Bytes at which a log is turned over, and how many earlier ones are kept."""

RESERVED_BYTES = 512 << 20
"""Free bytes on the disk below which no pictures are kept, because results need them."""

_TIDY_SECONDS = 60.0
# Down to this share of the limit, so that not every picture makes room for itself.
_TIDIED = 0.9

_log = logging.getLogger(__name__)


class PictureFolder:
    """Pictures of parts in a folder for each day; the oldest ones go when there are too many.

    Attributes:
        problem: why none is kept, in words; "" while they are.
    """

    def __init__(self, folder: Path, most_bytes: int, *, good_too: bool = False) -> None:
        """Choose what is kept.

        Args:
            folder: that holds nothing else.
            most_bytes: of all of them together.
            good_too: also of good parts, not of defective ones alone.
        """
        self.problem = ""
        self._folder, self._most, self._good_too = folder, most_bytes, good_too
        self._held: int | None = None
        self._tidied = 0.0

    def keep(self, camera: str, part: str, outcome: str, pixels: RgbArray) -> None:
        """Write a part's picture as PNG, if it is one that is kept; a disk that is full stops nothing else."""
        if outcome != "defect" and not self._good_too:
            return
        try:
            self._make_room()
            if self.problem:
                return
            moment = time.strftime("%Y-%m-%d/%H%M%S", time.gmtime())
            word = re.sub(r"[^\w.-]+", "_", f"{camera}_{part}")[:80]
            file = self._folder / f"{moment}_{word}_{outcome}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            save_picture(file, pixels)
            self._held = (self._held or 0) + file.stat().st_size
        except OSError as error:
            self.problem = f"{self._folder} can't be written ({error.strerror}), so no pictures are kept"
            _log.warning("%s", self.problem)

    def _make_room(self) -> None:
        now = time.monotonic()
        if self._held is not None and self._held < self._most and now - self._tidied < _TIDY_SECONDS:
            return
        self._tidied = now
        self._folder.mkdir(parents=True, exist_ok=True)
        found = [(file.stat().st_mtime_ns, file.stat().st_size, file) for file in self._pictures()]
        self._held = sum(size for _, size, _ in found)
        if self._held >= self._most:
            heapq.heapify(found)
            while found and self._held > _TIDIED * self._most:
                _, size, oldest = heapq.heappop(found)
                oldest.unlink(missing_ok=True)
                self._held -= size
        free = shutil.disk_usage(self._folder).free
        self.problem = (
            "" if free >= RESERVED_BYTES else f"{self._folder}: the disk is nearly full, so no pictures are kept"
        )

    def _pictures(self) -> Iterator[Path]:
        for day in self._folder.glob("????-??-??"):
            yield from day.glob("*.png")
            if not any(day.iterdir()):
                day.rmdir()


def begin_log(file: Path | None) -> None:
    """Write what happens to the error stream, and to a file that is turned over.

    Args:
        file: None for the error stream alone.

    Raises:
        OSError: the file can't be written.
    """
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(RotatingFileHandler(file, maxBytes=LOG_BYTES, backupCount=LOGS_KEPT, encoding="utf-8"))
    # systemd notes the time itself.
    moment = "" if "JOURNAL_STREAM" in os.environ else "%(asctime)s "
    form = logging.Formatter(f"{moment}%(levelname)s %(message)s")
    logger = logging.getLogger("tokenclip_core")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    for handler in [*logger.handlers]:
        logger.removeHandler(handler)
        handler.close()
    for handler in handlers:
        handler.setFormatter(form)
        logger.addHandler(handler)
