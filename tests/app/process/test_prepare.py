"""What is done to the process before Qt is imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_the_process_is_prepared_without_qt_and_without_torch(project_root: Path) -> None:
    program = (
        "import os, sys, faulthandler; from app.process.prepare import SWITCH_SECONDS, prepare; prepare(); prepare();"
        "assert faulthandler.is_enabled(); assert abs(sys.getswitchinterval() - SWITCH_SECONDS) < 1e-6;"
        "assert 'QT_QPA_FONTDIR' not in os.environ; assert os.environ['QT_QPA_PLATFORM_PLUGIN_PATH'] == '/mine';"
        "assert not {'PySide6', 'torch', 'cv2'} & set(sys.modules)"
    )
    environment = {
        **os.environ,
        "QT_QPA_FONTDIR": f"{os.sep}x{os.sep}cv2{os.sep}qt{os.sep}fonts",
        "QT_QPA_PLATFORM_PLUGIN_PATH": "/mine",
    }
    subprocess.run([sys.executable, "-c", program], cwd=project_root, env=environment, check=True)


def test_no_signal_wears_true_out(project_root: Path) -> None:
    """Twenty thousand signals end a Python before 3.12 with the PySide6 that pyproject.toml excludes."""
    program = (
        "from PySide6.QtCore import QObject, Signal\n"
        "class Sender(QObject):\n    sent = Signal(int)\n"
        "sender = Sender()\nsender.sent.connect(lambda number: None)\n"
        "for number in range(20_000):\n    sender.sent.emit(number)\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=project_root, check=True)
