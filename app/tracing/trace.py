"""Milestones of a start, written when `TOKENCLIP_TRACE` names a file: what the benchmarks and tests measure."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

TRACE_VARIABLE = "TOKENCLIP_TRACE"


def tracing() -> bool:
    """Whether milestones are asked for."""
    return bool(os.environ.get(TRACE_VARIABLE))


def milestone(name: str, **facts: object) -> None:
    """Append one JSON line: the name, the time (seconds since 1970), whether torch is imported, and the facts."""
    target = os.environ.get(TRACE_VARIABLE)
    if not target:
        return
    line = {"name": name, "time": time.time(), "torch": "torch" in sys.modules, **facts}
    with Path(target).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")
