"""An engine on an accelerator whose faults don't end the work: batches get smaller, or the processor takes over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from typing_extensions import override

from tokenclip_core.arrays import FloatArray, namespace
from tokenclip_core.model.engines.exchangeable import ExchangeableEngine
from tokenclip_core.model.engines.interface import EncodedBatch, Engine

Made = TypeVar("Made")

_OUT_OF_MEMORY = ("out of memory", "alloc_failed", "not enough memory")
# How drivers' and libraries' faults are called; torch has one type for all of them, or none of its own.
_DEVICE_FAULTS = ("cuda", "cudnn", "cublas", "cusolver", "hip error", "rocm", "mps backend", "device-side", "nvrtc")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the device had too little memory, whichever library says so."""
    if type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in _OUT_OF_MEMORY)


def is_device_fault(error: BaseException) -> bool:
    """Whether the device itself failed: too little memory, lost, or a fault of its driver."""
    if is_out_of_memory(error) or type(error).__name__ == "AcceleratorError":
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in _DEVICE_FAULTS)


class GuardedEngine(ExchangeableEngine):
    """Runs a model on an accelerator, and on the processor from where that fails."""

    def __init__(self, engine: Engine, on_processor: Callable[[], Engine]) -> None:
        """Guard an engine.

        Args:
            engine: on the accelerator.
            on_processor: opens the same model on the processor; called once, if ever.
        """
        super().__init__(engine)
        self._on_processor = on_processor
        self._most = 0
        self._taken_over = False

    @override
    def encode(self, pixels: FloatArray, layers: tuple[int, ...], first_vv_block: int) -> EncodedBatch:
        return self.run(lambda _: self._encode(pixels, layers, first_vv_block))

    @override
    def taps(self, layers: tuple[int, ...], first_vv_block: int) -> bool:
        return self._engine.taps(layers, first_vv_block)

    @override
    def run(self, step: Callable[[Engine], Made]) -> Made:
        try:
            return step(self)
        except RuntimeError as error:
            if self._taken_over or not is_device_fault(error):
                raise
            reason = error
        # Outside of the handler, or the failed step's tensors would be held while the processor works.
        self._take_over(reason)
        return step(self)

    def _encode(self, pixels: FloatArray, layers: tuple[int, ...], first_vv_block: int) -> EncodedBatch:
        """Encode as many parts at once as the device's memory has taken so far; the fewer, the less it has."""
        parts = len(pixels)
        most = parts if self._taken_over or not self._most else min(parts, self._most)
        batches: list[EncodedBatch] = []
        start = 0
        while start < parts:
            try:
                batches.append(self._engine.encode(pixels[start : start + most], layers, first_vv_block))
            except RuntimeError as error:
                if most == 1 or not is_out_of_memory(error):
                    raise
                most = self._most = most // 2
                continue
            start += most
        return batches[0] if len(batches) == 1 else _joined(batches)

    def _take_over(self, error: BaseException) -> None:
        lost, before = self.device_name, self.precision_name
        self._take(self._on_processor())
        self._taken_over = True
        reason = " ".join(str(error).split())[:120]
        short = "has too little memory" if is_out_of_memory(error) else "failed"
        words = f"{lost} {short} ({reason}); the processor goes on, more slowly"
        if before != self.precision_name:
            words += f", at {self.precision_name}: thresholds that were measured at {before} are not measured at it"
        self.tell(words + ".")


def _joined(batches: list[EncodedBatch]) -> EncodedBatch:
    """Several batches of one grid as one."""
    first = batches[0]

    def join(name: str) -> Any:
        values = [getattr(batch, name) for batch in batches]
        return None if values[0] is None else namespace(values[0]).concat(values, axis=0)

    return EncodedBatch(
        join("global_feature"), join("patch_features"), first.grid, first.layers, join("evidence_features")
    )
