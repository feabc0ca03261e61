"""Image files that are broken, cut off, too large, or no images: refused in words, at once, and without a warning."""

from __future__ import annotations

import os
import struct
import sys
import threading
import tracemalloc
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from png_files import png_bytes

from tokenclip_core.errors import ImageError
from tokenclip_core.images.reading import (
    load_image,
)


def test_empty_missing_folder_and_text(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("not an image at all")
    (tmp_path / "one.png").write_bytes(b"\x89")
    for name, words in (
        ("empty.png", "empty"),
        ("text.png", "not a PNG"),
        ("one.png", "not a PNG"),
        ("missing.png", "no such file"),
        ("", "a folder"),
        ("bad\0name.png", "cannot be opened"),
    ):
        with pytest.raises(ImageError, match=words):
            load_image(tmp_path / name)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no FIFOs")
def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(ImageError, match="pipe"):
        load_image(tmp_path / "pipe.png")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the super-user may read everything")
def test_no_permission(tmp_path: Path) -> None:
    file = tmp_path / "secret.png"
    Image.fromarray(_noise()).save(file)
    file.chmod(0)
    with pytest.raises(ImageError, match="permission"):
        load_image(file)


def test_permission_errors_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret.png"
    Image.fromarray(_noise()).save(file)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ImageError, match="permission"):
        load_image(file)


def _noise(side: int = 64) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tif", ".webp", ".gif"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_cut_off_files_are_refused(
    tmp_path: Path, suffix: str, share: float, capfd: pytest.CaptureFixture[str]
) -> None:
    whole, part = tmp_path / f"whole{suffix}", tmp_path / f"part{suffix}"
    Image.fromarray(_noise()).save(whole)
    data = whole.read_bytes()
    part.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ImageError, match=r"part\..*(cut off|damaged)"):
        load_image(part)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_cut_off_deep_tiff(tmp_path: Path, compression: str | None) -> None:
    file = tmp_path / "deep.tif"
    tifffile.imwrite(file, _noise().astype(np.float32), photometric="rgb", compression=compression)
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    with pytest.raises(ImageError, match="cut off"):
        load_image(file)


def test_cut_off_lzw_tiff_does_not_write_to_stderr(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "part.tif"
    Image.fromarray(_noise()).save(file, compression="tiff_lzw")
    data = bytearray(file.read_bytes())
    data[1000:3000] = bytes(2000)
    file.write_bytes(data)
    with pytest.raises(ImageError, match="damaged"):
        load_image(file)
    assert capfd.readouterr() == ("", "")


def test_jpeg_without_its_end_marker_is_read(tmp_path: Path) -> None:
    whole, part = tmp_path / "whole.jpg", tmp_path / "part.jpg"
    Image.fromarray(_noise()).save(whole)
    data = whole.read_bytes()
    assert data.endswith(b"\xff\xd9")
    part.write_bytes(data[:-2])
    np.testing.assert_array_equal(load_image(part), load_image(whole))


@pytest.mark.parametrize("missing", [4, 8, 40, 400])
def test_jpeg_with_missing_pixels_is_refused(tmp_path: Path, missing: int) -> None:
    file = tmp_path / "part.jpg"
    Image.fromarray(_noise()).save(file)
    file.write_bytes(file.read_bytes()[:-missing])
    with pytest.raises(ImageError, match="cut off"):
        load_image(file)


def test_progressive_jpeg_without_its_last_scans_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "part.jpg"
    Image.fromarray(_noise()).save(file, progressive=True)
    data = file.read_bytes()
    file.write_bytes(data[: data.rindex(b"\xff\xda")])
    with pytest.raises(ImageError, match="cut off"):
        load_image(file)


def test_damaged_png_data_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "part.png"
    Image.fromarray(_noise()).save(file)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data)
    with pytest.raises(ImageError, match="damaged"):
        load_image(file)


def _bombs() -> dict[str, bytes]:
    huge = 60_000
    gif = b"GIF89a" + struct.pack("<HHBBB", huge, huge, 0, 0, 0) + b"\x2c" + struct.pack("<HHHHB", 0, 0, huge, huge, 0)
    bmp = (
        b"BM"
        + struct.pack("<IHHI", 54, 0, 0, 54)
        + struct.pack("<IiiHHIIiiII", 40, huge, huge, 1, 24, 0, 0, 0, 0, 0, 0)
    )
    jpeg = b"\xff\xd8\xff\xc0" + struct.pack(">HBHHB", 11, 8, huge, huge, 1) + b"\x01\x11\x00"
    jpeg += b"\xff\xda" + struct.pack(">HB", 8, 1) + b"\x01\x00\x00\x3f\x00" + bytes(100)
    canvas = (huge - 1).to_bytes(3, "little")
    webp = b"RIFF" + struct.pack("<I", 1000) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + canvas * 2 + bytes(100)
    return {
        "bomb.png": png_bytes(huge, huge, data=zlib.compress(bytes(1000))),
        "bomb.gif": gif + b"\x02\x00\x3b",
        "bomb.bmp": bmp + bytes(64),
        "bomb.jpg": jpeg,
        "bomb.webp": webp,
    }


@pytest.mark.parametrize("name", sorted(_bombs()))
def test_too_many_pixels_are_refused_before_memory_is_taken(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(_bombs()[name])
    tracemalloc.start()
    try:
        with pytest.raises(ImageError, match="more than the limit"):
            load_image(tmp_path / name)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_tiff_over_the_limit(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "deep.tif", np.zeros((40, 50), np.uint32))
    Image.new("RGB", (50, 40)).save(tmp_path / "flat.tif")
    for name in ("deep.tif", "flat.tif"):
        with pytest.raises(ImageError, match="50 x 40 pixels are more than the limit of 1999"):
            load_image(tmp_path / name, max_pixels=1999)
        assert load_image(tmp_path / name, max_pixels=2000).shape == (40, 50, 3)


def test_a_short_file_that_promises_much_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "short.png").write_bytes(png_bytes(10_000, 10_000, data=zlib.compress(bytes(100))))
    with pytest.raises(ImageError, match="too short"):
        load_image(tmp_path / "short.png")


def test_odd_metadata_is_no_warning(tmp_path: Path) -> None:
    file = tmp_path / "part.jpg"
    picture = _noise()
    Image.fromarray(picture).save(file, exif=b"Exif\x00\x00II*\x00\x08\x00\x00\x00\xff\xff\x12\x01\x03")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load_image(file).shape == picture.shape


def test_many_threads_leave_the_warning_filters_as_they_were(tmp_path: Path) -> None:
    file = tmp_path / "part.png"
    Image.fromarray(_noise()).save(file)
    before = list(warnings.filters)

    def read() -> None:
        for _ in range(20):
            load_image(file)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before


@given(st.binary(max_size=200), st.sampled_from(["png", "jpg", "bmp", "tif", "webp", "gif"]))
def test_any_bytes_give_an_image_or_an_image_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, kind: str
) -> None:
    heads = {
        "png": b"\x89PNG\r\n\x1a\n",
        "jpg": b"\xff\xd8\xff",
        "bmp": b"BM",
        "tif": b"II*\0",
        "webp": b"RIFF\0\0\0\0WEBP",
        "gif": b"GIF89a",
    }
    file = tmp_path_factory.mktemp("fuzz") / f"part.{kind}"
    file.write_bytes(heads[kind] + data)
    message = str(file)
    try:
        load_image(file)
    except ImageError as error:
        message = str(error)
    assert str(file) in message
    assert "\n" not in message


# --- arrays ------------------------------------------------------------------------------------------------------
