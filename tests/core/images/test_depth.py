"""Cameras of 10, 12 and 14 bits in files of 16: one answer for a run, and never a black picture without a word."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from tokenclip_core.errors import ImageError
from tokenclip_core.images.depth import LOOKED_AT, choose_depth
from tokenclip_core.images.reading import load_image

EIGHT = np.random.default_rng(0).integers(0, 256, (20, 30), dtype=np.uint8)
EIGHT[0, :2] = 0, 255
GREY = np.repeat(EIGHT[:, :, None], 3, axis=2)


def save(path: Path, bits: int, values: np.ndarray = EIGHT) -> Path:
    Image.fromarray(values.astype(np.uint16) << (bits - 8)).save(path)
    return path


@pytest.mark.parametrize("bits", range(8, 17))
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_bits_that_are_named_give_the_picture_of_8_bits(tmp_path: Path, bits: int, suffix: str) -> None:
    np.testing.assert_array_equal(load_image(save(tmp_path / f"part{suffix}", bits), bits=bits), GREY)


@pytest.mark.parametrize("kind", ["png", "tiff lzw", "ppm"])
def test_bits_count_for_colours_too(tmp_path: Path, kind: str) -> None:
    colours = np.random.default_rng(1).integers(0, 256, (20, 30, 3)).astype(np.uint16)
    path = tmp_path / f"part.{kind[:3]}"
    if kind == "ppm":
        path.write_bytes(b"P6 30 20 65535\n" + (colours << 4).astype(">u2").tobytes())
    elif kind == "tiff lzw":
        cv2.imwrite(str(path), (colours << 4)[:, :, ::-1], [cv2.IMWRITE_TIFF_COMPRESSION, 5])
    else:
        cv2.imwrite(str(path), (colours << 4)[:, :, ::-1])
    np.testing.assert_array_equal(load_image(path, bits=12), colours)


def test_values_that_need_more_bits_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"up to 16320 need more than 12 bits"):
        load_image(save(tmp_path / "part.png", 14), bits=12)


def test_files_that_state_their_depth_are_read_as_ever(tmp_path: Path) -> None:
    (tmp_path / "part.pgm").write_bytes(b"P5 30 20 4095\n" + (EIGHT.astype(">u2") << 4).astype(">u2").tobytes())
    np.testing.assert_array_equal(load_image(tmp_path / "part.pgm", bits=16), GREY)
    Image.fromarray(EIGHT).save(tmp_path / "part.png")
    np.testing.assert_array_equal(load_image(tmp_path / "part.png", bits=12), GREY)
    tifffile.imwrite(tmp_path / "part.tif", EIGHT.astype(np.float32) / 256)
    np.testing.assert_array_equal(load_image(tmp_path / "part.tif", bits=12), GREY)


@pytest.mark.parametrize(("bits", "found"), [(8, 8), (9, 10), (10, 10), (12, 12), (13, 14), (14, 14), (16, None)])
def test_auto_takes_the_fewest_bits_that_hold_all_pictures(tmp_path: Path, bits: int, found: int | None) -> None:
    dark = save(tmp_path / "dark.png", bits, EIGHT // 16)
    bright = save(tmp_path / "bright.png", bits)
    depth = choose_depth([dark, bright])
    assert depth.bits == found
    assert (depth.note is None) == (found is None)
    if found is not None:
        assert f"--bits {found}" in str(depth.note)


def test_a_folder_without_16_bit_pictures_has_no_depth(tmp_path: Path) -> None:
    Image.fromarray(EIGHT).save(tmp_path / "part.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert choose_depth([tmp_path / "part.png", tmp_path / "broken.png", tmp_path / "none.tif"]).bits is None


def test_upper_bits_that_are_never_used_are_told(tmp_path: Path) -> None:
    part = save(tmp_path / "part.png", 12)
    for named in (14, 16):
        depth = choose_depth([part], named)
        assert depth.bits == named
        assert "use only 12 of" in str(depth.note)
    assert choose_depth([part], 12).note is None


def test_pictures_are_looked_at_over_the_whole_run(tmp_path: Path) -> None:
    parts = [save(tmp_path / f"{number}.png", 10) for number in range(2)]
    last = save(tmp_path / "last.png", 14)
    assert choose_depth([*parts * LOOKED_AT, last]).bits == 14
