"""Programs in the place of decoders: each ends, hangs or talks nonsense as a broken decoder might."""

from __future__ import annotations

import sys

_SERVE = "from tokenclip_core.process.child import serve\nimport numpy as np, os, signal, sys, time, threading\n"

_BODIES = {
    "killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "aborted": "os.kill(os.getpid(), signal.SIGABRT)",
    "exited": "os._exit(3)",
    "hanging": "threading.Event().wait()",
    "talking": "print('a line that is no answer', flush=True); os.write(1, b'nor this'); return {'said': 1}, None",
    "counting": "return {'said': request['number']}, np.full((2, 3), request['number'], '>u2')",
    "hungry": "np.ones(2**31, np.uint8); return {}, None",
    "raising": "raise ValueError('not meant to happen')",
}


def stand_in(kind: str, *, first: str = "") -> list[str]:
    """The command line of a process that answers requests in this way.

    Args:
        kind: one of those above.
        first: lines of `answer`, before that.
    """
    body = f"{first}\n    {_BODIES[kind]}" if first else _BODIES[kind]
    return [sys.executable, "-c", f"{_SERVE}def answer(request):\n    {body}\nserve(answer)"]


def nonsense() -> list[str]:
    """A process that answers without being asked, and not as it should."""
    return [sys.executable, "-c", "import sys; sys.stdout.buffer.write(b'\\xff' * 100); sys.stdin.read()"]
