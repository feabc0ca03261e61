"""Where results go, one place a line, and how each of these places is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from app.widgets.action_button import buttons_of
from app.widgets.layouts import fill
from app.widgets.said import muted

if TYPE_CHECKING:
    from tokenclip_core.publish.delivery import OutputFacts

_EXAMPLES = "mqtt://name@host/line1\nhttps://host/hook\nresults.jsonl"
_WIDTH, _LINES_HEIGHT = 480, 110


class OutputsDialog(QDialog):
    """Asks where results go.

    Attributes:
        lines: the places.
        sending: whether results go there.
        words: of how the outputs are.
        done_action: takes what is chosen.
    """

    def __init__(
        self,
        outputs: Sequence[str],
        sends: bool,
        take: Callable[[Sequence[str], bool], object],
        parent: QWidget | None = None,
    ) -> None:
        """Make the dialog.

        Args:
            outputs: the places of before.
            sends: whether results go out now.
            take: told (places, whether results go there) when a person is done.
            parent: the window.
        """
        super().__init__(parent)
        self.setWindowTitle(self.tr("Send results"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._take = take
        about = QLabel(
            self.tr(
                "The result of every part that is inspected, with Inspect all or by itself, and of every frame of the "
                "live view goes to these places: brokers of MQTT, web servers, files or folders of JSON lines. What "
                "can't be sent waits on this disk."
            )
        )
        secrets = muted(
            QLabel(
                self.tr(
                    "Passwords do not belong here. They come from the environment (TOKENCLIP_MQTT_PASSWORD, "
                    "TOKENCLIP_WEBHOOK_SECRET) or from the key ring: keyring set tokenclip-inspector name@host"
                )
            )
        )
        self.words = QLabel()
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for label in (about, secrets, self.words):
            label.setWordWrap(True)
        self.lines = QPlainTextEdit("\n".join(outputs))
        self.lines.setAccessibleName(self.tr("Places, one a line"))
        self.lines.setPlaceholderText(_EXAMPLES)
        self.lines.setTabChangesFocus(True)
        self.lines.setFixedHeight(_LINES_HEIGHT)
        self.sending = QCheckBox(self.tr("Send results"))
        self.sending.setChecked(sends or not outputs)
        self.done_action = self.addAction(self.tr("Done"), self._done)
        self.addAction(self.tr("Cancel"), self.close)
        buttons = fill(QHBoxLayout(), None, *buttons_of(self.actions()).values(), spacing=8)
        fill(
            QVBoxLayout(self),
            about,
            self.lines,
            secrets,
            self.sending,
            self.words,
            buttons,
            margins=(24, 16, 24, 16),
            spacing=12,
        )
        self.setMinimumWidth(_WIDTH)

    @property
    def places(self) -> tuple[str, ...]:
        """What is named now."""
        return tuple(filter(None, map(str.strip, self.lines.toPlainText().splitlines())))

    def show_facts(self, facts: Sequence[OutputFacts]) -> None:
        """Say how the outputs are."""
        words = self.tr("{output}: {sent} sent, {waiting} waiting")
        said = []
        for one in facts:
            line = words.format(output=one.name, sent=f"{one.delivered:,}", waiting=f"{one.waiting:,}")
            said.append(f"{line}. {one.problem}" if one.problem else line)
        self.words.setText("\n".join(said))
        self.words.setVisible(bool(said))

    def _done(self) -> None:
        self._take(self.places, self.sending.isChecked() and bool(self.places))
        self.accept()
