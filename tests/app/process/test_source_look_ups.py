"""Importing after Qt keeps no source texts, and Qt goes on working."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_PROBE = """
import linecache
from PySide6.QtCore import QObject, Signal
from app.process.source_look_ups import spare_source_look_ups
spared = {spared}
linecache.clearcache()
import app.editing.adjustments, app.process.garbage, csv
class Sender(QObject):
    sent = Signal(int)
sender, got = Sender(), []
sender.sent.connect(got.append)
sender.sent.emit(3)
print(spared, len(linecache.cache) > 0, got)
"""


def said(project_root: Path, program: str) -> str:
    """What a Python process prints."""
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=project_root, capture_output=True, text=True, check=True).stdout.strip()


def test_no_source_is_read_or_kept(project_root: Path) -> None:
    if said(project_root, _PROBE.replace("{spared}", "False")) == "False False [3]":
        pytest.skip("these bindings read no source texts by themselves")
    assert said(project_root, _PROBE.replace("{spared}", "spare_source_look_ups()")) == "True False [3]"


def test_bindings_that_ask_otherwise_are_left_as_they_are(project_root: Path) -> None:
    program = (
        "import sys, types; from app.process.source_look_ups import spare_source_look_ups; "
        "assert not spare_source_look_ups(); "
        "other = sys.modules['shibokensupport.feature'] = types.ModuleType('shibokensupport.feature'); "
        "assert not spare_source_look_ups() and not hasattr(other, '_mod_uses_pyside')"
    )
    assert said(project_root, program) == ""
