"""Where the settings lie, and how they get there whole."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

import platformdirs

from app.settings.table import Settings
from tokenclip_core.files import write_atomically

CONFIG_VARIABLE = "TOKENCLIP_CONFIG_DIR"
"""An environment variable that names another folder for the settings."""

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
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or config_folder()
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
            text = json.dumps(self.values.to_mapping(), indent=2, ensure_ascii=False)
            write_atomically(self.file, text.encode("utf-8", "surrogatepass"))
        except OSError as error:
            _log.warning("the settings could not be saved in %s: %s", self.folder, error)

    def _read(self) -> Settings:
        try:
            values = json.loads(self.file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Settings()
        except (OSError, ValueError) as error:
            _log.warning("the settings in %s could not be read: %s", self.file, error)
            return Settings()
        return Settings.from_mapping(values) if isinstance(values, dict) else Settings()
