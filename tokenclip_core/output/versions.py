"""Versions of the program and of the libraries whose numbers can change a result."""

from __future__ import annotations

import platform
import sys

_PROGRAM = "tokenclip-inspector"
_LIBRARIES = (
    "torch",
    "open_clip_torch",
    "timm",
    "numpy",
    "scipy",
    "opencv-python",
    "openvino",
    "onnxruntime",
    "pillow",
    "tifffile",
    "safetensors",
)


def program_version() -> str:
    """Return the installed version, "unknown" where the program runs without being installed."""
    return _version(_PROGRAM)


def versions() -> dict[str, object]:
    """Return what `run.json` says about the program, Python, the system and the libraries."""
    libraries = {name: _version(name) for name in _LIBRARIES}
    # The build (CPU, CUDA version) decides rounding too, and only the module tells it.
    libraries["torch"] = str(getattr(sys.modules.get("torch"), "__version__", libraries["torch"]))
    return {
        "program": {"name": _PROGRAM, "version": program_version()},
        "python": platform.python_version(),
        "platform": platform.platform(),
        "libraries": libraries,
    }


def _version(name: str) -> str:
    # Imported here because it takes longer than all the rest of the command line, and `--help` does not need it.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
