"""Buffers of GenICam cameras through the library's own classes: padded lines, packed pixels, unknown formats."""

from __future__ import annotations

import importlib
from typing import Any, Self

import numpy as np
import pytest

from tokenclip_core.images.pixels import to_rgb
from tokenclip_core.sources.frames import Fault, StreamError
from tokenclip_core.sources.genicam import GenicamSource

pytest.importorskip("harvesters", reason="harvesters is not installed (the extra `genicam`)")

HEIGHT, WIDTH = 6, 20


class Buffer:
    """What the transport layer hands to the library."""

    def __init__(self, raw: bytes, name: str, padding: int) -> None:
        names = importlib.import_module("harvesters.util.pfnc").symbolics
        self.raw_buffer, self.width, self.height, self.padding_x, self.padding_y = raw, WIDTH, HEIGHT, padding, 0
        self.pixel_format = next(value for value, known in names.items() if known == name)
        self.pixel_format_namespace = 1
        self.offset_x = self.offset_y = self.image_offset = 0
        self.delivered_image_height = HEIGHT


class Nodes:
    """The camera's settings."""

    class PixelFormat:
        value = "Mono1p"


class Held:
    def __init__(self, components: list[Any]) -> None:
        self.payload = type("Payload", (), {"components": components})()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None


class Acquirer:
    """Hands over one buffer, or fails as the library does."""

    def __init__(self, outcome: list[Any] | Exception) -> None:
        self._outcome = outcome
        self.remote_device = type("Device", (), {"node_map": Nodes()})()

    def fetch(self, *, timeout: float) -> Held:
        assert timeout > 0
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return Held(self._outcome)


def source_of(outcome: list[Any] | Exception) -> GenicamSource:
    source = GenicamSource("camera")
    source._acquirer = Acquirer(outcome)
    return source


def received(raw: bytes, name: str, padding: int = 0) -> np.ndarray:
    component = importlib.import_module("harvesters.core").Component2DImage(
        buffer=Buffer(raw, name, padding), node_map=Nodes()
    )
    frame = source_of([component]).read()
    assert frame is not None
    return frame.pixels()


def values(bits: int, channels: int = 1) -> np.ndarray:
    found = np.random.default_rng(bits).integers(0, 2**bits, (HEIGHT, WIDTH, channels)).astype(np.uint16)
    found[0, 0], found[0, 1] = 0, 2**bits - 1
    return found


def packed(samples: np.ndarray, bits: int) -> bytes:
    """PFNC's layout `p`: the lowest bit of the first pixel is the lowest of the first byte; lines follow at once."""
    stream = (samples.reshape(-1, 1) >> np.arange(bits)) & 1
    return np.packbits(stream.astype(np.uint8), bitorder="little").tobytes()


def padded(lines: np.ndarray, padding: int) -> bytes:
    """Lines of bytes with more bytes at the end of each."""
    return np.pad(lines, ((0, 0), (0, padding)), constant_values=255).tobytes()


@pytest.mark.parametrize("padding", [0, 2, 4, 12])
@pytest.mark.parametrize(
    ("name", "bits", "channels"), [("Mono8", 8, 1), ("Mono12", 12, 1), ("Mono16", 16, 1), ("RGB8", 8, 3)]
)
def test_padding_of_lines_is_cropped(name: str, bits: int, channels: int, padding: int) -> None:
    samples = values(bits, channels)
    stored = samples.astype(np.uint8 if bits == 8 else "<u2")
    lines = stored.reshape(HEIGHT, -1).view(np.uint8)
    np.testing.assert_array_equal(received(padded(lines, padding), name, padding), to_rgb(samples, bits=bits))


@pytest.mark.parametrize(("name", "bits"), [("Mono10p", 10), ("Mono12p", 12)])
def test_packed_pixels_are_those_of_a_file_of_so_many_bits(name: str, bits: int) -> None:
    samples = values(bits)
    np.testing.assert_array_equal(received(packed(samples, bits), name), to_rgb(samples, bits=bits))


@pytest.mark.parametrize(("name", "bits"), [("Mono10", 10), ("Mono12", 12), ("Mono14", 14), ("Mono16", 16)])
def test_unpacked_pixels_are_those_of_a_file_of_so_many_bits(name: str, bits: int) -> None:
    samples = values(bits)
    np.testing.assert_array_equal(received(samples.astype("<u2").tobytes(), name), to_rgb(samples, bits=bits))


@pytest.mark.parametrize("outcome", [KeyError(0x01010037), ValueError("cannot reshape"), [], [None]])
def test_formats_that_the_library_cannot_unpack_are_named(outcome: Any) -> None:
    with pytest.raises(StreamError, match=r"format Mono1p; set it to Mono8 or RGB8") as told:
        source_of(outcome).read()
    assert told.value.fault is Fault.PIXELS


def grouped(samples: np.ndarray, bits: int) -> bytes:
    """GigE Vision's layout `Packed`: two pixels in three bytes, the lowest bits of both in the middle one."""
    first, second = samples.reshape(-1, 2).T
    low = 2 ** (bits - 8) - 1
    groups = np.stack([first >> (bits - 8), (first & low) | ((second & low) << 4), second >> (bits - 8)], axis=1)
    return groups.astype(np.uint8).tobytes()


def test_grouped_pixels_are_those_of_a_file_of_so_many_bits() -> None:
    samples = values(12)
    np.testing.assert_array_equal(received(grouped(samples, 12), "Mono12Packed"), to_rgb(samples, bits=12))


def test_grouped_10_bits_of_which_the_library_takes_too_few_bytes_are_refused() -> None:
    with pytest.raises(StreamError, match="format Mono10Packed; set it to Mono8"):
        received(grouped(values(10), 10), "Mono10Packed")


def test_14_packed_bits_are_refused_since_the_library_unpacks_them_wrongly() -> None:
    component = type("Component", (), {"height": HEIGHT, "width": WIDTH, "data_format": "Mono14p"})()
    component.data = values(14).ravel()
    with pytest.raises(StreamError, match="format Mono14p; set it to Mono8"):
        source_of([component]).read()


def test_packed_lines_that_are_padded_to_an_odd_length_are_refused() -> None:
    component = importlib.import_module("harvesters.core").Component2DImage(
        buffer=Buffer(packed(values(12), 12) + bytes(60), "Mono12p", 10), node_map=Nodes()
    )
    with pytest.raises(StreamError) as told:
        source_of([component]).read()
    assert told.value.fault is Fault.PIXELS


def test_a_device_that_is_gone_is_not_a_format() -> None:
    with pytest.raises(StreamError) as told:
        source_of(RuntimeError("gone")).read()
    assert told.value.fault is Fault.LOST
