"""Reading image files: every format and rule of `image_io`."""

from __future__ import annotations

import struct
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
from png_files import png_bytes

from tokenclip_core.errors import ImageError
from tokenclip_core.images.reading import (
    BACKGROUND,
    find_images,
    load_image,
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


def test_what_no_decoder_knows_is_not_called_damaged_alone(tmp_path: Path) -> None:
    """A BMP whose red comes first, which Pillow does not know, and whose file is whole."""
    header = struct.pack("<IiiHHIIiiII", 40, 2, 1, 1, 32, 3, 8, 0, 0, 0, 0) + struct.pack(
        "<III", 0xFF, 0xFF00, 0xFF0000
    )
    (tmp_path / "red.bmp").write_bytes(b"BM" + struct.pack("<IHHI", 74, 0, 0, 66) + header + bytes(8))
    with pytest.raises(ImageError, match=r"of a kind that is not read here, or damaged .*; save it as PNG"):
        load_image(tmp_path / "red.bmp")


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
    file.write_bytes(png_bytes(5, 4, bits=16, colour=2, data=zlib.compress(rows)))
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
