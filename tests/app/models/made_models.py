"""Folders that look like models, for tests."""

from __future__ import annotations

from pathlib import Path

from tokenclip_core.model import folders as model_folders


def make_model(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / model_folders.CONFIG_FILE).write_text("{}")
    (folder / model_folders.OWN_WEIGHTS_FILE).write_bytes(bytes(2_000_000))
    return folder
