"""Versions of the program and of the libraries whose numbers can change a result."""

from __future__ import annotations

import platform

_PROGRAM = "tokenclip-inspector"
_LIBRARIES = (
    "torch",
    "open_clip_torch",
    "timm",
    "POT",
    "numpy",
    "scipy",
    "opencv-python",
    "pillow",
    "tifffile",
    "safetensors",
)


def program_version() -> str:
    """Return the installed version, "unknown" where the program runs without being installed."""
    return _version(_PROGRAM)


def versions() -> dict[str, object]:
    """Return what `run.json` says about the program, Python, the system and the libraries."""
    return {
        "program": {"name": _PROGRAM, "version": program_version()},
        "python": platform.python_version(),
        "platform": platform.platform(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
    }


def _version(name: str) -> str:
    # Imported here because it takes longer than all the rest of the command line, and `--help` does not need it.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
