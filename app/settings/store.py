"""Where the settings lie, and how they get there whole."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

import platformdirs

from app.settings.table import Settings
from tokenclip_core.files import write_atomically
from tokenclip_core.small_files import read_small, read_small_json

CONFIG_VARIABLE = "TOKENCLIP_CONFIG_DIR"
"""An environment variable that names another folder for the settings."""

_MOST_BYTES = 2**26

_log = logging.getLogger(__name__)


def config_folder() -> Path:
    """The folder of the settings; it may not exist yet."""
    given = os.environ.get(CONFIG_VARIABLE)
    return Path(given) if given else Path(platformdirs.user_config_path("tokenclip-inspector", appauthor=False))


class SettingsStore:
    """Reads and writes `Settings` in a folder.

    Attributes:
        folder: of the files.
        values: the settings, to be changed in place.
        set_aside: copies of damaged files, whose values begin anew; for the window to say so.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or config_folder()
        self.set_aside: list[Path] = []
        self.values = self._read()

    @property
    def file(self) -> Path:
        """The settings' file."""
        return self.folder / "window.json"

    @property
    def geometry_file(self) -> Path:
        """Where Qt keeps the window's size and layout."""
        return self.folder / "geometry.ini"

    def save(self) -> None:
        """Write the settings, whole or not at all; a folder that can't be written is said in the log only."""
        try:
            # A folder's name that is not text holds lone surrogates; escaped, they come back as they are.
            text = json.dumps(self.values.to_mapping(), indent=2, ensure_ascii=False)
            write_atomically(self.file, text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            _log.warning("the settings could not be saved in %s: %s", self.folder, error)

    def keep_aside(self, file: Path) -> None:
        """Copy a damaged file beside itself, and remember that it was."""
        copy = file.with_name(f"{file.name}.bad")
        try:
            write_atomically(copy, read_small(file, _MOST_BYTES))
        except (OSError, ValueError) as error:
            _log.warning("%s could not be kept: %s", file, error)
        self.set_aside.append(copy)

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
