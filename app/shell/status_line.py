"""The status line: model, device, precision, time of the shown part; and what is being done."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStatusBar, QWidget

from app.batch.bar import BatchBar
from app.parts.state import ENGINE_NAMES, ModelFacts
from app.report.bar import ReportBar
from app.review.notice import ReviewNotice
from app.widgets.elided_label import ElidedLabel
from app.widgets.said import Said

_LEAST_MODEL_WIDTH = 220

NOTICE_MILLISECONDS = 20_000
"""What was done is said for this long."""


class StatusLine(QStatusBar):
    """Says which model looks at the parts, and how fast.

    Attributes:
        batch: how far the inspection of the whole folder is.
        report: how far a report is.
        reviewed: what a review did.
    """

    model_text = Said("_model")
    """What is said of the model."""

    activity = Said("_activity")
    """What the line says is being done."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._model = ElidedLabel(_LEAST_MODEL_WIDTH)
        self._model.setContentsMargins(8, 0, 8, 0)
        self._activity = ElidedLabel()
        self._activity.setContentsMargins(8, 0, 8, 0)
        self.addWidget(self._model, 1)
        self.addPermanentWidget(self._activity)
        self.reviewed = ReviewNotice()
        self.addPermanentWidget(self.reviewed)
        self.report = ReportBar()
        self.addPermanentWidget(self.report)
        self.batch = BatchBar()
        self.addPermanentWidget(self.batch)
        self._facts: ModelFacts | None = None
        self._said = 0
        self._milliseconds: float | None = None
        self._depth = self._conversion = ""

    def show_loading(self, name: str) -> None:
        """Say that the model is being loaded."""
        self._facts = None
        self._model.setText(self.tr("Loading {name} model…").format(name=name))

    def show_failed(self, name: str) -> None:
        """Say that there is no model."""
        self._facts = None
        self._model.setText(self.tr("The {name} model is not loaded").format(name=name))

    def show_model(self, facts: ModelFacts, milliseconds: float | None = None) -> None:
        """Name the model, and say how long it took for the shown part."""
        self._facts, self._milliseconds = facts, milliseconds
        device = facts.device.upper() if len(facts.device) <= 4 else facts.device
        parts = [facts.name, ENGINE_NAMES.get(facts.engine, facts.engine), device, facts.precision]
        if milliseconds is not None:
            parts.append(self.tr("{value} ms").format(value=f"{milliseconds:,.0f}"))
        parts += [words for words in (self._conversion, self._depth) if words]
        self._model.setText(" · ".join(parts))

    def show_time(self, milliseconds: float) -> None:
        """Say how long the shown part took."""
        if self._facts is not None:
            self.show_model(self._facts, milliseconds)

    def show_depth(self, words: str) -> None:
        """How the folder's pictures are read, where that is not as usual; else an empty text."""
        self._depth = words
        self._show_again()

    def show_conversion(self, words: str) -> None:
        """That the model is being converted behind everything else; else an empty text."""
        self._conversion = words
        self._show_again()

    def _show_again(self) -> None:
        if self._facts is not None:
            self.show_model(self._facts, self._milliseconds)

    def show_activity(self, text: str) -> None:
        """What is being done, or an empty text; it goes away by itself when it has been read."""
        self._activity.setText(text)
        self._said += 1
        if text:
            QTimer.singleShot(NOTICE_MILLISECONDS, self, partial(self._forget, self._said))

    def _forget(self, said: int) -> None:
        if said == self._said:
            self._activity.setText("")
