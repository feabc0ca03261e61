"""Where the settings lie, and how they get there whole."""

from __future__ import annotations

import itertools
import json
import logging
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from app.settings.merging import merged
from app.settings.table import Settings
from tokenclip_core.files import write_atomically
from tokenclip_core.small_files import read_small, read_small_json

CONFIG_VARIABLE = "TOKENCLIP_CONFIG_DIR"
"""An environment variable that names another folder for the settings."""

_MOST_BYTES = 2**26
_LOCK_SECONDS = 2.0
"""Another window that writes takes a few milliseconds."""

_log = logging.getLogger(__name__)


def config_folder() -> Path:
    """The folder of the settings; it may not exist yet."""
    given = os.environ.get(CONFIG_VARIABLE)
    return Path(given) if given else Path(platformdirs.user_config_path("tokenclip-inspector", appauthor=False))


@dataclass(frozen=True)
class Snapshot:
    """The settings at one moment: later ones have a higher number."""

    number: int
    values: Mapping[str, Any]


class SettingsStore:
    """Reads and writes `Settings` in a folder, which several windows may do at once.

    Each window writes only what it changed itself since it last read or wrote, so that none takes back what another
    one changed. A lock beside the file lets one write at a time.

    Attributes:
        folder: of the files.
        values: the settings, to be changed in place.
        set_aside: copies of damaged files, whose values begin anew; for the window to say so.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or config_folder()
        self.set_aside: list[Path] = []
        self.values = self._read()
        self._numbers = itertools.count(1)
        self._writing = threading.Lock()
        self._last = Snapshot(0, self.values.to_mapping())
        # What stands in the file is written anew then, also where nothing changes.
        self._is_damaged = bool(self.set_aside)

    @property
    def file(self) -> Path:
        """The settings' file."""
        return self.folder / "window.json"

    @property
    def geometry_file(self) -> Path:
        """Where Qt keeps the window's size and layout."""
        return self.folder / "geometry.ini"

    def watch(self, watcher: Callable[[], object]) -> None:
        """Have something called whenever a setting changes."""
        self.values.watch(watcher)

    def snapshot(self) -> Snapshot:
        """The settings as they are now, for `write`."""
        return Snapshot(next(self._numbers), self.values.to_mapping())

    def save(self) -> None:
        """Write the settings as they are now."""
        self.write(self.snapshot())

    def write(self, snapshot: Snapshot) -> None:
        """Write what changed, whole or not at all, from any thread; what can't be written is said in the log only.

        A snapshot that is older than what was written last changes nothing.
        """
        # Imported here, since the window opens before anything is written.
        from filelock import FileLock, Timeout

        with self._writing:
            unchanged = snapshot.values == self._last.values and self.file.exists() and not self._is_damaged
            if snapshot.number <= self._last.number or unchanged:
                return
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                with FileLock(f"{self.file}.lock", timeout=_LOCK_SECONDS):
                    values = merged(self._last.values, snapshot.values, self._there())
                    # A folder's name that is not text holds lone surrogates; escaped, they come back as they are.
                    text = json.dumps(values, indent=2, ensure_ascii=False)
                    write_atomically(self.file, text.encode("utf-8", "backslashreplace"))
                self._last, self._is_damaged = snapshot, False
            except (OSError, Timeout) as error:
                _log.warning("the settings could not be saved in %s: %s", self.folder, error)

    def keep_aside(self, file: Path) -> None:
        """Copy a damaged file beside itself, and remember that it was."""
        copy = file.with_name(f"{file.name}.bad")
        try:
            write_atomically(copy, read_small(file, _MOST_BYTES))
        except (OSError, ValueError) as error:
            _log.warning("%s could not be kept: %s", file, error)
        self.set_aside.append(copy)

    def _there(self) -> Mapping[str, Any]:
        """What any window wrote last; nothing where that can't be read."""
        try:
            values = read_small_json(self.file, _MOST_BYTES)
        except (OSError, ValueError):
            return {}
        # What is damaged in it is not carried on; fields of newer versions are.
        return {**values, **Settings.from_mapping(values).to_mapping()} if isinstance(values, dict) else {}

    def _read(self) -> Settings:
        try:
            values = read_small_json(self.file, _MOST_BYTES)
        except FileNotFoundError:
            return Settings()
        except (OSError, ValueError) as error:
            _log.warning("the settings in %s could not be read: %s", self.file, error)
            self.keep_aside(self.file)
            return Settings()
        if not isinstance(values, dict):
            self.keep_aside(self.file)
            return Settings()
        settings = Settings.from_mapping(values)
        if any(name in values and values[name] != kept for name, kept in settings.to_mapping().items()):
            self.keep_aside(self.file)
        return settings
