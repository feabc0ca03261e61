"""On the right of the status line: how far the inspection of the whole folder is."""

from __future__ import annotations

from PySide6.QtWidgets import QBoxLayout, QWidget

from app.batch.model import BatchPhase, BatchState
from app.shell.actions import Actions
from app.widgets.action_button import ActionButton
from app.widgets.progress_strip import ProgressStrip
from app.widgets.words import time_left

_STEPS = 1000
_BAR_WIDTH = 110


class BatchBar(ProgressStrip):
    """Words, a thin bar, pause and cancel; hidden while there is nothing to say.

    Attributes:
        pause, cancel: the buttons.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_BAR_WIDTH, parent)
        self._progress.setAccessibleName(self.tr("Progress of the inspection"))
        self._progress.setRange(0, _STEPS)
        self.pause = self.add_button()
        self._phase: BatchPhase | None = None
        self._worst: ActionButton | None = None
        self.show_state(BatchState())

    def lay_out(self, actions: Actions) -> None:
        """Offer, once all parts are inspected, what is looked at next."""
        self._worst = ActionButton(actions["worst-first"], words=True)
        self._worst.setVisible(False)
        layout = self.layout()
        if isinstance(layout, QBoxLayout):
            layout.insertWidget(1, self._worst)

    def show_state(self, state: BatchState) -> None:
        """Say how far it is."""
        self._words.setText(self._text(state))
        self._progress.setValue(round(_STEPS * state.inspected / max(1, state.total)))
        if state.phase is self._phase:
            return
        self._phase = state.phase
        over = state.phase in {BatchPhase.NONE, BatchPhase.DONE, BatchPhase.STOPPED}
        halted = state.phase is BatchPhase.PAUSED
        self._progress.setVisible(not over)
        self.pause.setVisible(not over)
        self.set_icon(self.pause, "play" if halted else "pause")
        self.name_button(
            self.pause, self.tr("Go on inspecting") if halted else self.tr("Pause the inspection of the folder")
        )
        self.name_button(
            self.cancel, self.tr("Dismiss") if over else self.tr("Stop inspecting; what is inspected stays")
        )
        self.setVisible(state.phase is not BatchPhase.NONE)
        if self._worst is not None:
            self._worst.setVisible(state.phase is BatchPhase.DONE)

    def _text(self, state: BatchState) -> str:
        inspected, total = f"{state.inspected:,}", f"{state.total:,}"
        words = [self.tr("{count} of {total} inspected").format(count=inspected, total=total)]
        if state.phase is BatchPhase.WAITING:
            words.insert(0, self.tr("Waiting for the model"))
        elif state.phase is BatchPhase.PAUSED:
            words.insert(0, self.tr("Paused"))
        elif state.phase is BatchPhase.RESTING:
            words.insert(0, self.tr("Rests during the live view"))
        elif state.phase is BatchPhase.STOPPED:
            words.insert(0, self.tr("Stopped"))
        elif state.phase is BatchPhase.DONE:
            words = [self.tr("All {total} inspected").format(total=total)]
        if state.phase in {BatchPhase.DONE, BatchPhase.STOPPED}:
            words.append(self.tr("defects: {count}").format(count=f"{state.defects:,}"))
            if state.unreadable:
                words.append(self.tr("unreadable: {count}").format(count=f"{state.unreadable:,}"))
        if state.rate is not None:
            words.append(self._rate(state.rate))
        if state.seconds_left is not None:
            words.append(time_left(state.seconds_left))
        return " · ".join(words)

    def _rate(self, rate: float) -> str:
        if rate < 1:
            return self.tr("{rate}/min").format(rate=f"{60 * rate:.0f}")
        return self.tr("{rate}/s").format(rate=f"{rate:.1f}" if rate < 100 else f"{rate:,.0f}")
