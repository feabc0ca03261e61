"""Waiting for what another thread or program is about to do, for as long as a slow machine may need."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

SECONDS = 120.0


def until(condition: Callable[[], object], seconds: float = SECONDS) -> None:
    """Look again and again, and fail when it takes too long."""
    never = threading.Event()
    last = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < last, "it took too long"
        never.wait(0.02)
