"""A second model beside the window's own, loaded only while two are compared. No Qt."""

from __future__ import annotations

import sys

from app.editing.adjustments import Mix
from app.parts.images import ImageStore
from app.parts.state import ModelChoice, ModelFacts, PartResult
from app.work.engine import Engine, InspectorFactory
from app.work.jobs import Cancellation

ENCODED_BYTES = 64 * 2**20
"""For what it said of the last parts: enough to score some of them anew when areas are drawn."""


class SecondModel:
    """Inspects with a model of its own; every method is called in the inference thread only."""

    def __init__(self, first: Engine, images: ImageStore, factory: InspectorFactory) -> None:
        self._first = first
        self._engine = Engine(images, factory, encoded_bytes=ENCODED_BYTES, token_bytes=0)

    def load(self, choice: ModelChoice, cancellation: Cancellation) -> ModelFacts:
        """Load a model in place of the one before, which is given back first.

        Raises:
            TokenClipError: it is missing or damaged, or does not belong to its checkpoint.
        """
        self.release()
        return self._engine.load(choice, cancellation, shared=self._first.lend(choice.key))

    def inspect(self, path: str, mix: Mix, cancellation: Cancellation) -> PartResult:
        """Inspect an image file; see `Engine.inspect`."""
        return self._engine.inspect(path, mix, cancellation)

    def forget(self, path: str) -> None:
        """Read and encode a file afresh when it is asked for next."""
        self._engine.forget(path)

    def release(self) -> None:
        """Give the memory back."""
        self._engine.release()
        torch = sys.modules.get("torch")
        if torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized():
            # Torch keeps what it had on a GPU for itself otherwise.
            torch.cuda.empty_cache()
