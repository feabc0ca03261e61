"""Masks of every kind that is met mark the same pixels; what marks nothing is not read as a mark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image, TiffImagePlugin

from tokenclip_core.errors import ImageError
from tokenclip_core.images.masks import looks_like_mask, read_mask

MARKED = np.zeros((24, 30), bool)
MARKED[5:14, 8:20] = True
EMPTY = np.zeros_like(MARKED, np.uint8)
WHITE = MARKED.astype(np.uint8) * 255


def rgba(colour: tuple[int, int, int], background: tuple[int, int, int, int]) -> np.ndarray:
    picture = np.empty((*MARKED.shape, 4), np.uint8)
    picture[:] = background
    picture[MARKED] = (*colour, 255)
    return picture


def palette(first: tuple[int, int, int], second: tuple[int, int, int], **options: object) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        image = Image.fromarray(MARKED.astype(np.uint8), "L").convert("P")
        image.putdata(MARKED.astype(np.uint8).ravel().tolist())
        image.putpalette([*first, *second])
        image.save(path.with_suffix(".png"), **options)

    return write


def tiff(kind: str, value: float, **options: object) -> Callable[[Path], None]:
    values = np.where(MARKED, np.array(value, kind), np.array(0, kind))
    return lambda path: tifffile.imwrite(path.with_suffix(".tif"), values, **options)


def picture(array: np.ndarray, suffix: str = ".png", **options: object) -> Callable[[Path], None]:
    return lambda path: Image.fromarray(array).save(path.with_suffix(suffix), **options)


def white_is_zero(path: Path) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[262] = 0
    Image.fromarray(np.where(MARKED, 0, 65535).astype(np.uint16)).save(
        path.with_suffix(".tif"), compression="tiff_lzw", tiffinfo=tags
    )


def deep_colour_png(path: Path) -> None:
    values = np.zeros((*MARKED.shape, 3), np.uint16)
    values[MARKED] = (0, 3, 0)
    cv2.imwrite(str(path.with_suffix(".png")), values)


KINDS: dict[str, Callable[[Path], None]] = {
    "grey": picture(WHITE),
    "ones": picture(MARKED.astype(np.uint8)),
    "one bit": picture(MARKED),
    "one bit TIFF": picture(MARKED, ".tif", compression="group4"),
    "colour": picture(rgba((0, 0, 200), (0, 0, 0, 255))[:, :, :3]),
    "transparent": picture(rgba((255, 0, 0), (0, 0, 0, 0))),
    "white that is transparent": picture(rgba((255, 0, 0), (255, 255, 255, 0))),
    "black on transparent": picture(rgba((0, 0, 0), (255, 255, 255, 0))),
    "grey and alpha": picture(np.dstack([MARKED * np.uint8(9), np.full(MARKED.shape, 255, np.uint8)])),
    "palette, black first": palette((0, 0, 0), (1, 1, 1)),
    "palette, all black": palette((0, 0, 0), (0, 0, 0)),
    "palette, transparent first": palette((255, 255, 255), (255, 0, 0), transparency=0),
    "palette, no black": palette((255, 0, 255), (0, 255, 0)),
    "jpeg": picture(WHITE, ".jpg", quality=70),
    "webp": picture(rgba((255, 255, 255), (0, 0, 0, 255))[:, :, :3], ".webp", quality=60),
    "numbers of labels, 16 bits": tiff("uint16", 1),
    "numbers of labels, 32 bits": tiff("uint32", 7, compression="zlib"),
    "numbers of labels, 64 bits": tiff("uint64", 3),
    "signed": tiff("int16", 2),
    "float": tiff("float32", 0.001),
    "double": tiff("float64", 1e-9),
    "white is zero": white_is_zero,
    "truth values": lambda path: tifffile.imwrite(path.with_suffix(".tif"), MARKED),
    "faint colour": picture(np.dstack([MARKED * np.uint8(255), EMPTY, EMPTY, MARKED * np.uint8(80)])),
    "jpeg of a dark colour": picture(np.dstack([MARKED * np.uint8(128), EMPTY, EMPTY]), ".jpg", subsampling=0),
    "the largest number of 64 bits": tiff("uint64", 2**63),
    "minus one, 64 bits": tiff("int64", -1),
    "smaller than a normal double": tiff("float64", 5e-320),
    "half": tiff("float16", 1e-4),
    "several strips, a predictor": tiff("uint32", 7, compression="zlib", predictor=True, rowsperstrip=5),
    "tiles, the other byte order, BigTIFF": tiff("uint32", 70000, tile=(16, 16), byteorder=">", bigtiff=True),
    "one bit, a transparent colour": picture(MARKED, transparency=0),
    "a transparent grey": picture(np.where(MARKED, 100, 255).astype(np.uint8), transparency=255),
    "one bit BMP": picture(MARKED, ".bmp"),
    "one bit, PBM": picture(MARKED, ".pbm"),
    "PGM up to one": lambda path: path.with_suffix(".pgm").write_bytes(b"P5 30 24 1\n" + MARKED.tobytes()),
    "GIF": picture(WHITE, ".gif"),
    "lossless WebP": picture(np.dstack([MARKED.astype(np.uint8)] * 3), ".webp", lossless=True),
    "CMYK": lambda path: Image.fromarray(np.dstack([WHITE] * 3)).convert("CMYK").save(path.with_suffix(".tif")),
    "16-bit colours": deep_colour_png,
    "16-bit grey PNG": picture(MARKED.astype(np.uint16)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_mask_marks_the_same_pixels(tmp_path: Path, kind: str) -> None:
    KINDS[kind](tmp_path / "mask")
    (file,) = tmp_path.iterdir()
    np.testing.assert_array_equal(read_mask(file), MARKED)


def test_a_palette_whose_black_is_not_first_marks_what_is_not_black(tmp_path: Path) -> None:
    image = Image.new("P", MARKED.shape[::-1])
    image.putdata((~MARKED).astype(np.uint8).ravel().tolist())
    image.putpalette([255, 255, 255, 0, 0, 0])
    image.save(tmp_path / "mask.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "mask.png"), MARKED)


def test_nan_and_nothing_mark_nothing(tmp_path: Path) -> None:
    values = np.where(MARKED, np.nan, 0).astype(np.float32)
    tifffile.imwrite(tmp_path / "nan.tif", values)
    assert not read_mask(tmp_path / "nan.tif").any()
    Image.fromarray(rgba((0, 0, 0), (0, 0, 0, 255))).save(tmp_path / "empty.png")
    assert not read_mask(tmp_path / "empty.png").any()


def test_a_lossy_picture_that_is_nearly_black_marks_nothing(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 9, MARKED.shape, np.uint8)
    Image.fromarray(noise).save(tmp_path / "empty.jpg", quality=50)
    assert not read_mask(tmp_path / "empty.jpg").any()


@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        (".avif", {"quality": 50}),
        (".jp2", {"irreversible": True, "quality_mode": "rates", "quality_layers": [20]}),
        (".webp", {"quality": 60}),
        (".webp", {"quality": 60, "alpha_quality": 10}),
    ],
)
@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255)])
def test_alpha_that_was_compressed_with_loss_marks_as_it_was_drawn(
    tmp_path: Path, suffix: str, options: dict[str, Any], colour: tuple[int, int, int]
) -> None:
    rows, columns = np.ogrid[:400, :400]
    disc = (rows - 200) ** 2 + (columns - 200) ** 2 < 60**2
    drawn = np.zeros((*disc.shape, 4), np.uint8)
    drawn[disc] = (*colour, 255)
    file = tmp_path / f"mask{suffix}"
    Image.fromarray(drawn).save(file, **options)
    assert np.sum(read_mask(file) != disc) < 0.005 * np.sum(disc)


def test_channels_that_are_no_colours_are_refused(tmp_path: Path) -> None:
    channels = np.dstack([EMPTY, EMPTY, WHITE, EMPTY, EMPTY])
    tifffile.imwrite(tmp_path / "five.tif", channels, photometric="minisblack", planarconfig="contig")
    with pytest.raises(ImageError, match="5 channels that are no colours"):
        read_mask(tmp_path / "five.tif")


def test_orientation_turns_a_mask_as_its_part(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(MARKED.astype(np.uint8) * 255).save(tmp_path / "mask.png", exif=exif)
    np.testing.assert_array_equal(read_mask(tmp_path / "mask.png"), np.rot90(MARKED, -1))


def test_photographs_do_not_look_like_masks(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    Image.fromarray(random.integers(0, 256, (40, 40, 3), dtype=np.uint8)).save(tmp_path / "photo.png")
    assert not looks_like_mask(tmp_path / "photo.png")
    KINDS["jpeg"](tmp_path / "mask")
    assert looks_like_mask(tmp_path / "mask.jpg")


def test_large_pictures_are_told_by_a_part_of_their_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []
    unique = np.unique

    def noted(values: np.ndarray, **options: bool) -> object:
        looked_at.append(values.size)
        return unique(values, **options)

    monkeypatch.setattr(np, "unique", noted)
    photo = np.random.default_rng(0).integers(0, 256, (1700, 1500, 3), np.uint8)
    mask = np.zeros((1700, 1500), np.uint8)
    mask[300:600, 200:900] = 255
    Image.fromarray(photo).save(tmp_path / "photo.png", compress_level=1)
    Image.fromarray(mask).save(tmp_path / "mask.png", compress_level=1)
    assert not looks_like_mask(tmp_path / "photo.png")
    assert looks_like_mask(tmp_path / "mask.png")
    assert max(looked_at) <= 3 * 2**18
