"""The action and its dialog: where results go, and whether they do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.outputs.state import Outputs
from app.settings.store import SettingsStore
from app.shell.actions import Action, Actions
from app.shell.views import Views

if TYPE_CHECKING:
    from app.outputs.dialog import OutputsDialog


class OutputsController(QObject):
    """Between the outputs and the window.

    Attributes:
        dialog: the one that was opened last.
    """

    def __init__(self, outputs: Outputs, settings: SettingsStore, views: Views, actions: Actions) -> None:
        super().__init__(views)
        self._outputs, self._settings, self._views = outputs, settings, views
        self.dialog: OutputsDialog | None = None
        outputs.warn, outputs.say = views.message.say, views.status.show_activity
        actions.declare(
            Action(
                "outputs",
                self.tr("Send res&ults…"),
                self.open,
                tip=self.tr("Send each result to a broker, a web server or a file"),
            )
        )

    def open(self) -> None:
        """Ask where results go."""
        from app.outputs.dialog import OutputsDialog

        outputs = self._settings.values.outputs
        dialog = OutputsDialog(outputs, self._outputs.sends, self._take, self._views.canvas.window())
        dialog.show_facts(self._outputs.facts)
        self.dialog = dialog
        dialog.open()

    def _take(self, places: Sequence[str], sends: bool) -> None:
        self._outputs.choose(places, sends=sends)
