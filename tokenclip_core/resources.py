"""Where the bundled data is: beside the packages in a clone, inside the package in an installed wheel."""

from __future__ import annotations

from pathlib import Path

from tokenclip_core.errors import ModelError

_PACKAGE = Path(__file__).resolve().parent
_CANDIDATES = (_PACKAGE / "_resources", _PACKAGE.parent / "resources")


def resources_folder() -> Path:
    """The folder with models, samples and descriptors.

    Raises:
        ModelError: the installation has lost it.
    """
    for folder in _CANDIDATES:
        # Some other project's `resources` may lie beside an installed package: ours has descriptors.
        if (folder / "descriptors").is_dir():
            return folder
    raise ModelError("the bundled resources folder is missing; install tokenclip-inspector again.")


def resource_path(*parts: str) -> Path:
    """Path of a bundled file or folder, such as ``resource_path("descriptors", "default.toml")``; it may not exist."""
    return resources_folder().joinpath(*parts)
