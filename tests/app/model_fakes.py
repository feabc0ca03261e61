"""Second models to compare with, which note what they are asked."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field

from window_fakes import ENDS_SECONDS, FakeEncoded, FakeInspector, FakeSettings

from app.editing.adjustments import Areas
from app.parts.state import ModelChoice
from app.work.inspector_like import InspectorLike
from tokenclip_core.errors import ImageError
from tokenclip_core.inspection.result import InspectionResult

OWN, LEARNED, OTHER = (
    ModelChoice("compact", "compact", "", 30),
    ModelChoice("compact", "compact", "parts", 30),
    ModelChoice("other", "/models/other", "", 600),
)
DIM = FakeSettings(epsilon=0.08)
"""A quarter of the score: what the first model calls a defect, the second calls good."""


@dataclass(eq=False)
class Looked(FakeInspector):
    """Notes which part it has scored, by the red of its first pixel; `refuses` such a part."""

    log: list[tuple[str, int]] = field(default_factory=list)
    refuses: int | None = None

    def score(
        self, encoded: FakeEncoded, settings: FakeSettings | None = None, *, ignored: Areas | None = None
    ) -> InspectionResult:
        number = int(encoded.image[0, 0, 0]) - 90
        self.log.append((self.model_name, number))
        if number == self.refuses:
            raise ImageError("too strange for this model")
        return super().score(encoded, settings, ignored=ignored)


@dataclass
class Shelf:
    """Makes the second models; set `gate` to hold the loading back, `failure` to let it fail."""

    made: list[ModelChoice] = field(default_factory=list)
    shared: list[InspectorLike | None] = field(default_factory=list)
    alive: list[weakref.ref[Looked]] = field(default_factory=list)
    log: list[tuple[str, int]] = field(default_factory=list)
    gate: threading.Event | None = None
    failure: Exception | None = None
    refuses: int | None = None

    def make(self, choice: ModelChoice, shared: InspectorLike | None, between: Callable[[], object]) -> InspectorLike:
        self.made.append(choice)
        self.shared.append(shared)
        if self.gate is not None:
            self.gate.wait(ENDS_SECONDS)
        between()
        if self.failure is not None:
            raise self.failure
        inspector = Looked(model_name="second", settings=DIM, log=self.log, refuses=self.refuses)
        self.alive.append(weakref.ref(inspector))
        return inspector

    @property
    def loaded(self) -> int:
        """How many of the second models are in memory."""
        return sum(reference() is not None for reference in self.alive)
