"""Every dialog of the window, filled as it is used, for tests that look at all of them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QDialog

from app.evidence.shelf import ShelfDialog
from app.live.access_dialog import AccessDialog
from app.live.add_dialog import AddCameraDialog
from app.live.options_dialog import LiveOptionsDialog
from app.live.settings import LiveOptions
from app.measuring.dialog import MeasureDialog
from app.measuring.dialog import Orders as MeasureOrders
from app.outputs.dialog import OutputsDialog
from app.recipes.differences_dialog import DifferencesDialog
from app.report.dialog import ReportDialog
from app.review.agreement_dialog import AgreementDialog
from app.settings.dialog import SettingsDialog
from app.shell.assembly import Assembly
from app.shell.manual_dialog import ManualDialog
from app.shell.shortcuts_dialog import ShortcutsDialog
from app.widgets.action_button import ActionButton
from tokenclip_core.judgement.agreement import Agreement
from tokenclip_core.resources import resource_path

DIFFERENCES = (
    "The threshold is 0.50, the other's 0.62.",
    "It cuts large parts into tiles of 512 pixels; the other not.",
)


def every_dialog(assembly: Assembly) -> list[QDialog]:
    """All that the program has of its own, none of them shown; the caller takes them away."""
    window = assembly.window
    assembly.settings.open()
    (settings,) = window.findChildren(SettingsDialog)
    settings.hide()
    return [
        AccessDialog("rtsp://192.168.1.20/stream", window),
        AddCameraDialog("", window),
        AgreementDialog(Agreement(31, 24, 12, 214), 12, window),
        DifferencesDialog("metal, line 1", "metal, line 2", DIFFERENCES, window),
        LiveOptionsDialog(
            "Belt 1", (0, False), {"exposure": 0.5, "gain": 12.0}, LiveOptions(folder="/recordings"), window
        ),
        ManualDialog(resource_path("manual"), window),
        MeasureDialog(120, 8, MeasureOrders(*[lambda: None] * 5), window),
        OutputsDialog(["mqtt://broker.example/parts", "https://quality.example/results"], True, print, window),
        ReportDialog(250, 260, window),
        settings,
        ShelfDialog(window, lambda _paths: None, lambda _names: None, ActionButton(assembly.actions["same-place"])),
        ShortcutsDialog(assembly.menus.shortcut_groups, window),
    ]


def own_dialogs(root: Path) -> set[str]:
    """The names of all dialogs that the program has of its own."""
    files = (root / "app").rglob("*.py")
    lines = (line for file in files for line in file.read_text(encoding="utf-8").splitlines())
    return {line.split()[1].partition("(")[0] for line in lines if line.startswith("class ") and "(QDialog)" in line}
