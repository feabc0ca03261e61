"""Reading image files: every format and rule of `image_io`, and every kind of bad file."""

from __future__ import annotations

import os
import re
import struct
import sys
import threading
import tracemalloc
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from tokenclip_core.errors import ImageError
from tokenclip_core.image_io import (
    BACKGROUND,
    IMAGE_SUFFIXES,
    find_images,
    load_image,
    natural_key,
    read_size,
    to_rgb,
)

COLOURS = (
    np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]], [[0, 0, 0], [128, 128, 128], [255, 255, 255]]], np.uint8)
    .repeat(8, axis=0)
    .repeat(8, axis=1)
)
"""(16, 24, 3): six squares of 8 px, unlike in every direction."""
GREY = np.asarray(Image.fromarray(COLOURS).convert("L"))


def _grey_rgb(grey: np.ndarray) -> np.ndarray:
    return np.repeat(grey[:, :, np.newaxis], 3, axis=2)


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".gif"])
def test_lossless_rgb_is_read_exactly(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"part{suffix}"
    Image.fromarray(COLOURS).save(file)
    image = load_image(file)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert image.flags.writeable
    np.testing.assert_array_equal(image, COLOURS)
    assert read_size(file) == (24, 16)


def test_webp_is_read(tmp_path: Path) -> None:
    Image.fromarray(COLOURS).save(tmp_path / "exact.webp", lossless=True)
    np.testing.assert_array_equal(load_image(tmp_path / "exact.webp"), COLOURS)
    Image.fromarray(COLOURS).save(tmp_path / "lossy.webp", quality=90)
    assert load_image(tmp_path / "lossy.webp").shape == COLOURS.shape
    assert read_size(tmp_path / "lossy.webp") == (24, 16)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
def test_jpeg_is_read(tmp_path: Path, options: dict[str, int]) -> None:
    file = tmp_path / "part.jpg"
    Image.fromarray(COLOURS).save(file, quality=95, **options)
    expected = np.asarray(Image.open(file))
    np.testing.assert_array_equal(load_image(file), expected)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tif", ".webp", ".gif"])
def test_grey_becomes_three_equal_channels(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"grey{suffix}"
    Image.fromarray(GREY).save(file)
    image = load_image(file)
    assert image.shape == (*GREY.shape, 3)
    assert np.abs(image.astype(int) - _grey_rgb(GREY)).max() <= (0 if suffix in {".png", ".bmp", ".tif", ".gif"} else 6)


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif"])
def test_one_bit_is_black_and_white(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"mask{suffix}"
    Image.fromarray(GREY > 100).save(file)
    np.testing.assert_array_equal(load_image(file), _grey_rgb(np.where(GREY > 100, 255, 0)))


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".gif"])
def test_palette_is_read(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"palette{suffix}"
    Image.fromarray(COLOURS).quantize(8).save(file)
    np.testing.assert_array_equal(load_image(file), COLOURS)


def test_palette_with_transparency_is_composited_without_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "palette.png"
    palette = Image.fromarray(COLOURS).quantize(8)
    palette.save(file, transparency=bytes([0] * 8))
    assert (load_image(file) == BACKGROUND).all()


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_alpha_is_composited_on_the_background(tmp_path: Path, suffix: str) -> None:
    alpha = np.zeros(GREY.shape, np.uint8)
    alpha[:8] = 255
    alpha[8:, 8:16] = 128
    file = tmp_path / f"alpha{suffix}"
    Image.fromarray(np.dstack([COLOURS, alpha])).save(file, lossless=True)
    image = load_image(file)
    np.testing.assert_array_equal(image[:8], COLOURS[:8])
    assert (image[8:, :8] == BACKGROUND).all()
    assert (image[8:, 8:16] == round((128 * 128 + 255 * 127) / 255)).all()


def test_grey_with_alpha(tmp_path: Path) -> None:
    file = tmp_path / "alpha.png"
    Image.merge("LA", (Image.fromarray(GREY), Image.new("L", (24, 16), 0))).save(file)
    assert (load_image(file) == BACKGROUND).all()


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_cmyk_is_converted(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"cmyk{suffix}"
    Image.fromarray(COLOURS).convert("CMYK").save(file)
    assert np.abs(load_image(file).astype(int) - COLOURS).max() <= (3 if suffix == ".tif" else 60)


def test_cmyk_of_16_bits(tmp_path: Path) -> None:
    file = tmp_path / "cmyk.tif"
    cmyk = np.asarray(Image.fromarray(COLOURS).convert("CMYK")).astype(np.uint16) * 257
    tifffile.imwrite(file, cmyk, photometric="separated")
    assert np.abs(load_image(file).astype(int) - COLOURS).max() <= 1


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bit_grey_keeps_its_high_byte(tmp_path: Path, suffix: str) -> None:
    values = np.linspace(0, 65535, 16 * 24).astype(np.uint16).reshape(16, 24)
    file = tmp_path / f"deep{suffix}"
    Image.fromarray(values).save(file)
    np.testing.assert_array_equal(load_image(file), _grey_rgb(values >> 8))
    assert read_size(file) == (24, 16)


def test_16_bit_rgb_png_follows_the_same_rule(tmp_path: Path) -> None:
    values = np.arange(4 * 5 * 3, dtype=np.uint16).reshape(4, 5, 3) * 1097
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    file = tmp_path / "deep.png"
    file.write_bytes(_png(5, 4, bits=16, colour=2, data=zlib.compress(rows)))
    np.testing.assert_array_equal(load_image(file), values >> 8)


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_16_bit_rgb_tiff(tmp_path: Path, planar: str, byteorder: str, compression: str | None) -> None:
    values = COLOURS.astype(np.uint16) * 257
    file = tmp_path / "deep.tif"
    stored = values if planar == "contig" else np.moveaxis(values, 2, 0)
    tifffile.imwrite(file, stored, photometric="rgb", planarconfig=planar, byteorder=byteorder, compression=compression)
    np.testing.assert_array_equal(load_image(file), COLOURS)


@pytest.mark.parametrize(
    ("dtype", "scale"),
    [("uint16", 256), ("uint32", 2**24), ("int16", 128), ("float16", 1 / 255), ("float32", 1 / 255), ("float64", 1)],
)
def test_deep_grey_tiff(tmp_path: Path, dtype: str, scale: float) -> None:
    file = tmp_path / "deep.tif"
    tifffile.imwrite(file, (GREY * np.float64(scale)).astype(dtype))
    error = np.abs(load_image(file).astype(int) - _grey_rgb(GREY)).max()
    assert error <= (1 if dtype == "float16" else 0)


def test_packed_12_bit_tiff_uses_its_own_range(tmp_path: Path) -> None:
    file = tmp_path / "packed.tif"
    pytest.importorskip("imagecodecs")
    tifffile.imwrite(file, GREY.astype(np.uint16) << 4, bitspersample=12)
    np.testing.assert_array_equal(load_image(file), _grey_rgb(GREY))


def test_float_rgb_and_nan(tmp_path: Path) -> None:
    values = (COLOURS / 255).astype(np.float32)
    values[0, 0] = np.nan
    file = tmp_path / "float.tif"
    tifffile.imwrite(file, values, photometric="rgb")
    image = load_image(file)
    assert (image[0, 0] == 0).all()
    np.testing.assert_array_equal(image[1:], COLOURS[1:])


def test_floats_out_of_every_range_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "float.tif"
    tifffile.imwrite(file, np.full((4, 4), 1e6, np.float32))
    with pytest.raises(ImageError, match="scale them"):
        load_image(file)


def test_white_is_zero_is_inverted(tmp_path: Path) -> None:
    for name, inverted in (("8.tif", 255 - GREY), ("16.tif", 65535 - GREY.astype(np.uint16) * 257)):
        tifffile.imwrite(tmp_path / name, inverted, photometric="miniswhite")
        np.testing.assert_array_equal(load_image(tmp_path / name), _grey_rgb(GREY))


def test_16_bit_alpha_in_tiff(tmp_path: Path) -> None:
    file = tmp_path / "alpha.tif"
    values = np.dstack([GREY, np.zeros_like(GREY)]).astype(np.uint16) * 257
    tifffile.imwrite(file, values, photometric="minisblack", planarconfig="contig", extrasamples=["unassalpha"])
    assert (load_image(file) == BACKGROUND).all()


def test_tiff_of_many_pages_gives_the_first(tmp_path: Path) -> None:
    file = tmp_path / "pages.tif"
    first, second = Image.fromarray(COLOURS), Image.fromarray(255 - COLOURS)
    first.save(file, save_all=True, append_images=[second])
    np.testing.assert_array_equal(load_image(file), COLOURS)
    tifffile.imwrite(file, np.stack([GREY, 255 - GREY]).astype(np.uint16) * 257, photometric="minisblack")
    np.testing.assert_array_equal(load_image(file), _grey_rgb(GREY))


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_deflate", "packbits", "tiff_adobe_deflate"])
def test_compressed_tiff(tmp_path: Path, compression: str) -> None:
    file = tmp_path / "part.tif"
    Image.fromarray(COLOURS).save(file, compression=compression)
    np.testing.assert_array_equal(load_image(file), COLOURS)
    Image.fromarray(GREY.astype(np.uint16) * 257).save(file, compression=compression)
    np.testing.assert_array_equal(load_image(file), _grey_rgb(GREY))


def test_a_volume_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "volume.tif"
    tifffile.imwrite(file, np.zeros((16, 16, 16), np.uint16), volumetric=True, tile=(16, 16, 16))
    with pytest.raises(ImageError, match="save it as grey or RGB"):
        load_image(file)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_orientation_is_applied(tmp_path: Path, orientation: int, suffix: str) -> None:
    turns: dict[int, Callable[[np.ndarray], np.ndarray]] = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, -1),
        7: lambda a: np.rot90(a[:, ::-1], -1),
        8: lambda a: np.rot90(a),
    }
    file = tmp_path / f"turned{suffix}"
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(COLOURS).save(file, exif=exif, quality=95, lossless=True, subsampling=0)
    image = load_image(file)
    expected = turns[orientation](COLOURS)
    assert image.shape == expected.shape
    assert np.abs(image.astype(int) - expected).max() <= (8 if suffix == ".jpg" else 0)
    assert read_size(file) == (expected.shape[1], expected.shape[0])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_a_deep_tiff(tmp_path: Path, orientation: int) -> None:
    deep, flat = tmp_path / "deep.tif", tmp_path / "flat.tif"
    tags = [(274, "H", 1, orientation, True)]
    tifffile.imwrite(deep, (COLOURS / 255).astype(np.float32), photometric="rgb", extratags=tags)
    tifffile.imwrite(flat, COLOURS, photometric="rgb", extratags=tags)
    np.testing.assert_array_equal(load_image(deep), load_image(flat))
    assert read_size(deep) == read_size(flat)


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
def test_animations_give_their_first_frame(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"moving{suffix}"
    frames = [Image.fromarray(COLOURS), Image.fromarray(255 - COLOURS)]
    frames[0].save(file, save_all=True, append_images=frames[1:], duration=50, lossless=True)
    np.testing.assert_array_equal(load_image(file), COLOURS)


@pytest.mark.parametrize("name", ["零件 一.png", "деталь.png", "قطعة.png", "pièce ÄÖÜ é.png", "🔩 #1 %20.png"])
def test_names_in_any_script(tmp_path: Path, name: str) -> None:
    Image.fromarray(COLOURS).save(tmp_path / name)
    np.testing.assert_array_equal(load_image(tmp_path / name), COLOURS)
    assert list(find_images([tmp_path])) == [tmp_path / name]


def test_content_counts_not_the_suffix(tmp_path: Path) -> None:
    file = tmp_path / "really_png.jpg"
    Image.fromarray(COLOURS).save(file, format="PNG")
    np.testing.assert_array_equal(load_image(str(file)), COLOURS)


# --- bad files ---------------------------------------------------------------------------------------------------


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
    Image.fromarray(COLOURS).save(file)
    file.chmod(0)
    with pytest.raises(ImageError, match="permission"):
        load_image(file)


def test_permission_errors_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret.png"
    Image.fromarray(COLOURS).save(file)

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
    assert capfd.readouterr().out == ""


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


def _png(width: int, height: int, *, bits: int = 8, colour: int = 0, data: bytes = b"") -> bytes:
    """Return a PNG with a header that may promise anything."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


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
        "bomb.png": _png(huge, huge, data=zlib.compress(bytes(1000))),
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
    (tmp_path / "short.png").write_bytes(_png(10_000, 10_000, data=zlib.compress(bytes(100))))
    with pytest.raises(ImageError, match="too short"):
        load_image(tmp_path / "short.png")


def test_odd_metadata_is_no_warning(tmp_path: Path) -> None:
    file = tmp_path / "part.jpg"
    Image.fromarray(COLOURS).save(file, exif=b"Exif\x00\x00II*\x00\x08\x00\x00\x00\xff\xff\x12\x01\x03")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load_image(file).shape == COLOURS.shape


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


@given(
    arrays.arrays(
        st.sampled_from([np.uint8, np.uint16, np.int16, np.uint32, np.int64, np.bool_]),
        st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 4)),
    )
)
def test_to_rgb_of_any_integers(array: np.ndarray) -> None:
    image = to_rgb(array)
    assert image.shape == (*array.shape[:2], 3)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous


@given(
    arrays.arrays(
        st.sampled_from([np.float16, np.float32, np.float64]),
        (3, 4),
        elements=st.floats(-8, 1, width=16) | st.just(float("nan")),
    )
)
def test_to_rgb_of_floats_up_to_one(array: np.ndarray) -> None:
    expected = np.clip(np.floor(np.nan_to_num(array.astype(np.float32)) * 256), 0, 255)
    np.testing.assert_array_equal(to_rgb(array)[:, :, 0], expected)


@given(arrays.arrays(np.uint8, (4, 4)))
def test_the_same_picture_in_any_depth_is_the_same(grey: np.ndarray) -> None:
    expected = to_rgb(grey)
    np.testing.assert_array_equal(to_rgb(grey.astype(np.uint16) * 257), expected)
    np.testing.assert_array_equal(to_rgb((grey / 255).astype(np.float32)), expected)


@pytest.mark.parametrize("shape", [(4,), (4, 4, 5), (0, 4, 3), (2, 4, 4, 3)])
def test_to_rgb_refuses_other_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(ImageError, match="shape"):
        to_rgb(np.zeros(shape, np.uint8))


def test_to_rgb_refuses_complex_samples() -> None:
    with pytest.raises(ImageError, match="complex"):
        to_rgb(np.zeros((4, 4), np.complex64))


# --- folders -----------------------------------------------------------------------------------------------------


def test_find_images_in_natural_order(tmp_path: Path) -> None:
    names = [
        "part2.png",
        "part10.PNG",
        "Part1.jpg",
        "b/1.tif",
        "a/x.webp",
        "a/notes.txt",
        ".hidden.png",
        ".cache/1.png",
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [path.relative_to(tmp_path).as_posix() for path in find_images([tmp_path])]
    assert found == ["Part1.jpg", "part2.png", "part10.PNG", "a/x.webp", "b/1.tif"]


def test_find_images_keeps_named_files_and_their_order(tmp_path: Path) -> None:
    paths = [tmp_path / "z.txt", tmp_path / "missing.png", tmp_path / "a.png"]
    assert list(find_images(paths)) == paths
    assert list(find_images([str(path) for path in paths])) == paths


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_find_images_survives_link_loops(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "1.png").touch()
    (tmp_path / "parts" / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert [path.name for path in find_images([tmp_path])] == ["1.png"]


def test_find_images_gives_back_a_folder_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    assert list(find_images([tmp_path])) == [tmp_path]


@given(st.lists(st.text(max_size=8), max_size=8))
def test_natural_order_is_total(names: list[str]) -> None:
    assert sorted(sorted(names), key=natural_key) == sorted(sorted(names, reverse=True), key=natural_key)


name_texts = st.text(st.characters(exclude_characters="\0"), max_size=8)
numbered_names = st.from_regex("[aB]?[0-9]{0,3}[aA]?", fullmatch=True)


@given(st.lists(name_texts | numbered_names))
def test_natural_order_is_that_of_the_pieces(names: list[str]) -> None:
    def pieces(name: str) -> list[tuple[int, int, str]]:
        found = [piece for piece in re.split(r"(\d+)", name) if piece]
        key = [(0, int(piece), "") if piece.isdecimal() else (1, 0, piece.casefold()) for piece in found]
        return [*key, (2, 0, name)]

    assert sorted(names, key=natural_key) == sorted(names, key=pieces)


def test_long_folders_are_in_order(tmp_path: Path) -> None:
    names = [f"part{number}.png" for number in range(9000)]
    for name in names:
        (tmp_path / name).touch()
    assert [path.name for path in find_images([tmp_path])] == names


def test_suffixes_are_lower_case_with_a_dot() -> None:
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in IMAGE_SUFFIXES)
