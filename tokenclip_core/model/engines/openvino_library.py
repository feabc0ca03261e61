"""The package openvino as this program imports it: without what sends statistics of its use over the network."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

_SENDER = "openvino_telemetry"


def load_openvino() -> Any:
    """Import the package openvino, which else sends an event when it is imported.

    Its part that sends comes in a package of its own; where that can't be imported, openvino does without. A program
    that has imported openvino before has it as it was.

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
