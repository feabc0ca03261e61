"""Damaged TIFF files: an error in our words, and not a line of libtiff's on the terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tokenclip_core.errors import ImageError
from tokenclip_core.images.quiet import silence_libtiff
from tokenclip_core.images.reading import load_image

COMPRESSIONS = {
    "tiff_lzw": "RGB",
    "packbits": "RGB",
    "zstd": "RGB",
    "tiff_adobe_deflate": "RGB",
    "jpeg": "RGB",
    "group3": "1",
    "group4": "1",
}


def _zeros(data: bytearray, start: int, stop: int) -> None:
    data[start:stop] = bytes(stop - start)


def _ones(data: bytearray, start: int, stop: int) -> None:
    data[start:stop] = b"\xff" * (stop - start)


def _noise(data: bytearray, start: int, stop: int) -> None:
    data[start:stop] = np.random.default_rng(2).integers(0, 256, stop - start, dtype=np.uint8).tobytes()


@pytest.mark.parametrize("damage", [_zeros, _ones, _noise])
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_damaged_tiff_leaves_nothing_on_the_error_stream(
    tmp_path: Path,
    compression: str,
    damage: Callable[[bytearray, int, int], None],
    capfd: pytest.CaptureFixture[str],
) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    path = tmp_path / "part.tif"
    Image.fromarray(picture).convert(COMPRESSIONS[compression]).save(path, compression=compression)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    damage(data, middle - len(data) // 8, middle + len(data) // 8)
    path.write_bytes(data)
    try:
        load_image(path)
        message = ""
    except ImageError as error:
        message = str(error)
    assert not message or message.startswith(f"{path}: ")
    assert capfd.readouterr() == ("", "")


def test_libtiff_can_be_told_here() -> None:
    assert silence_libtiff()
