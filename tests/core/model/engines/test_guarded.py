"""Faults of an accelerator, injected: less memory, a lost device, a driver that fails; the work goes on."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from typing_extensions import override

from tokenclip_core import Backbone, Inspector
from tokenclip_core.arrays import FloatArray
from tokenclip_core.model.engines.guarded import GuardedEngine, is_device_fault, is_out_of_memory
from tokenclip_core.model.engines.interface import EncodedBatch, Engine
from tokenclip_core.model.engines.torch_engine import TorchEngine

SHORT = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
LOST = RuntimeError("CUDA error: device-side assert triggered")


class StandIn(TorchEngine):
    """A device that computes as the processor does, holds tensors, and fails when it is told to."""

    def __init__(self, backbone: Backbone, *, most: int = 99, fault: Exception | None = None, places: int = 99) -> None:
        super().__init__(backbone)
        self.device_name, self.precision_name = "cuda:1", "fp16"
        self._stays = True
        self.most, self.fault, self.places = most, fault, places
        self.batches: list[int] = []

    @override
    def encode(self, pixels: FloatArray, layers: tuple[int, ...], first_vv_block: int) -> EncodedBatch:
        self.batches.append(len(pixels))
        if self.fault is not None:
            raise self.fault
        if len(pixels) > self.most:
            raise SHORT
        return super().encode(pixels, layers, first_vv_block)

    @override
    def place(self, values: Any) -> Any:
        self.places -= 1
        if self.places < 0:
            raise LOST
        return super().place(values)


def guarded(tiny_inspector: Inspector, device: Engine) -> tuple[Inspector, list[str], list[Engine]]:
    """An inspector on a stand-in, what it says of trouble, and the engines of the processor that were opened."""
    opened: list[Engine] = []
    heard: list[str] = []

    def on_processor() -> Engine:
        opened.append(TorchEngine(tiny_inspector.backbone))
        return opened[-1]

    engine = GuardedEngine(device, on_processor)
    engine.on_trouble(heard.append)
    inspector = copy.copy(tiny_inspector)
    inspector.engine = engine
    return inspector, heard, opened


def images(count: int) -> list[np.ndarray[Any, np.dtype[np.uint8]]]:
    generator = np.random.default_rng(2)
    return [generator.integers(0, 256, (64, 64, 3), np.uint8) for _ in range(count)]


def assert_scores_of(inspector: Inspector, reference: Inspector, parts: int) -> None:
    pictures = images(parts)
    for mine, theirs in zip(inspector.inspect_batch(pictures), reference.inspect_batch(pictures), strict=True):
        assert mine.score == pytest.approx(theirs.score, abs=1e-5)
        np.testing.assert_allclose(mine.token_map, theirs.token_map, atol=1e-5)


@pytest.mark.parametrize("most", [1, 2, 3, 5])
def test_short_memory_halves_the_batch_and_is_remembered(tiny_inspector: Inspector, most: int) -> None:
    device = StandIn(tiny_inspector.backbone, most=most)
    inspector, heard, opened = guarded(tiny_inspector, device)
    assert_scores_of(inspector, tiny_inspector, 8)
    assert not heard
    assert not opened, "the device goes on"
    device.batches.clear()
    assert_scores_of(inspector, tiny_inspector, 8)
    assert max(device.batches) <= most, "what was too much once is not tried again"


def test_the_processor_takes_over_where_not_even_one_part_fits(tiny_inspector: Inspector) -> None:
    inspector, heard, opened = guarded(tiny_inspector, StandIn(tiny_inspector.backbone, most=0))
    assert_scores_of(inspector, tiny_inspector, 4)
    assert len(opened) == 1
    assert len(heard) == 1
    assert "cuda:1 has too little memory" in heard[0]
    assert "measured at fp16 are not measured at it" in heard[0]
    assert (inspector.device_name, inspector.precision_name) == ("cpu", "fp32")
    assert_scores_of(inspector, tiny_inspector, 4)
    assert len(opened) == len(heard) == 1, "it stays with the processor"


@pytest.mark.parametrize("places", range(6))
def test_a_device_lost_at_any_step_ends_nothing(tiny_inspector: Inspector, places: int) -> None:
    inspector, heard, opened = guarded(tiny_inspector, StandIn(tiny_inspector.backbone, places=places))
    for _ in range(2):
        assert_scores_of(inspector, tiny_inspector, 3)
    assert len(opened) == 1
    assert "cuda:1 failed" in heard[0]


def test_other_faults_are_not_the_devices(tiny_inspector: Inspector) -> None:
    fault = RuntimeError("shapes (3, 4) and (5, 6) don't fit")
    inspector, heard, opened = guarded(tiny_inspector, StandIn(tiny_inspector.backbone, fault=fault))
    with pytest.raises(RuntimeError, match="don't fit"):
        inspector.inspect_batch(images(2))
    assert not heard
    assert not opened


@pytest.mark.parametrize(
    ("error", "short", "fault"),
    [
        (SHORT, True, True),
        (LOST, False, True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 8.00 GB)"), True, True),
        (RuntimeError("CUDNN_STATUS_NOT_INITIALIZED"), False, True),
        (RuntimeError("CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"), True, True),
        (RuntimeError("The size of tensor a (3) must match"), False, False),
        (ValueError("cuda"), False, False),
    ],
)
def test_faults_are_told_apart(error: Exception, short: bool, fault: bool) -> None:
    assert (is_out_of_memory(error), is_device_fault(error)) == (short, fault)
