"""Damaged files are read or refused in words; `tests/soak/fuzz_pictures.py` does the same with 10,000 and limits."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from mutations import damaged
from PIL import Image

from tokenclip_core.errors import ImageError
from tokenclip_core.images.reading import load_image


def test_damaged_files_are_read_or_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "part"
    refused = 0
    for _, data in damaged(150):
        path.write_bytes(data)
        try:
            assert load_image(path).dtype == np.uint8
        except ImageError:
            refused += 1
    assert 50 < refused < 150


def test_a_jpeg_of_very_many_scans_is_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    Image.new("L", (16, 16)).save(stream, "JPEG", progressive=True)
    data = stream.getvalue()
    start = data.rindex(b"\xff\xda")
    path = tmp_path / "part.jpg"
    path.write_bytes(data)
    load_image(path)
    path.write_bytes(data[:start] + data[start:-2] * 1001 + data[-2:])
    with pytest.raises(ImageError, match="scans"):
        load_image(path)
