"""What OpenCV's readers of video have in common."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_BOTH_AT_ONCE = """
import sys, threading
from importlib.abc import MetaPathFinder
from tokenclip_core.sources.video_files import quiet_libraries

half, done = threading.Event(), threading.Event()
failures = []

class Halfway(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.startswith("cv2.") and not half.is_set():
            half.set()
            done.wait(2)

def camera():
    half.wait()
    try:
        quiet_libraries()
    finally:
        done.set()

def model():
    import cv2

threading.excepthook = lambda failed: failures.append(repr(failed.exc_value))
sys.meta_path.insert(0, Halfway())
threads = [threading.Thread(target=camera), threading.Thread(target=model)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
sys.exit(" ".join(failures) or 0)
"""


def test_a_camera_may_begin_while_the_model_loads_opencv(project_root: Path) -> None:
    line = [sys.executable, "-c", _BOTH_AT_ONCE]
    ended = subprocess.run(line, capture_output=True, text=True, check=False, timeout=120, cwd=project_root)
    assert (ended.returncode, ended.stderr) == (0, "")
