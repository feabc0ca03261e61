"""Pools of threads as programs have them, which must be sized before numpy is there: the benchmark begins anew."""

from __future__ import annotations

import os
import subprocess
import sys

from tokenclip_core.process.threads import size_thread_pools


def begin_as_programs_do() -> None:
    """Start this program once more with the pools that `tokenclip` and the window have; the second time do nothing."""
    if "OPENBLAS_NUM_THREADS" not in os.environ:
        size_thread_pools()
        sys.exit(subprocess.run([sys.executable, *sys.orig_argv[1:]], check=False).returncode)
