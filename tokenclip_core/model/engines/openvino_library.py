"""Imports the package openvino without its part that sends statistics of its use over the network."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

_SENDER = "openvino_telemetry"


def load_openvino() -> Any:
    """Import the package openvino, which otherwise sends an event when it is imported.

    What sends is a package of its own, and openvino works where that can't be imported. A program that has imported
    openvino before keeps what it has imported.

    Raises:
        ImportError: it is not installed.
        OSError: one of its libraries can't be loaded.
    """
    if "openvino" in sys.modules or _SENDER in sys.modules:
        return import_module("openvino")
    modules: dict[str, Any] = sys.modules  # None means that a module is known not to be there
    modules[_SENDER] = None
    try:
        return import_module("openvino")
    finally:
        del modules[_SENDER]
