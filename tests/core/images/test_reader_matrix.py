"""Every reader against arrays written by independent libraries: the right picture or a refusal in words, never another.

Formats x depths x compressions x polarity x alpha x orientation, written by tifffile, Pillow and OpenCV. The expected
pictures are computed here from the rules that `tokenclip_core.images.reading` states, from the arrays alone.
"""

from __future__ import annotations

import importlib.util
import itertools
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image, TiffImagePlugin

from tokenclip_core.errors import ImageError
from tokenclip_core.images.reading import load_image, read_size
from tokenclip_core.sources.video_files import quiet_libraries

H, W = 37, 45
HAS_CODECS = importlib.util.find_spec("imagecodecs") is not None
TYPES = ("uint8", "uint16", "uint32", "int16", "int32", "float16", "float32", "float64")
TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a[:, ::-1], -1),
    8: lambda a: np.rot90(a),
}


@dataclass
class Case:
    """A file to write, and what is to be read from it."""

    name: str
    write: Callable[[Path], object]
    picture: np.ndarray
    suffix: str = ".tif"


def stored(kind: str, channels: int, bits: int = 0) -> np.ndarray:
    """Values over the whole range of a type, or of a number of bits in it."""
    random = np.random.default_rng(sum(map(ord, kind)) + 31 * channels + bits)
    shape = (H, W, channels) if channels > 1 else (H, W)
    if kind.startswith("float"):
        return random.random(shape).astype(kind)
    if kind == "bool":
        return random.random(shape) > 0.5
    most = 2**bits - 1 if bits else np.iinfo(kind).max
    values = random.integers(0, most, shape, dtype=np.int64, endpoint=True)
    values.flat[:2] = 0, most
    return values.astype(kind)


def eight(values: np.ndarray, bits: int = 0) -> np.ndarray:
    """The rule for depth, in exact arithmetic."""
    if values.dtype == bool:
        return np.where(values, 255, 0)
    if values.dtype.kind == "f":
        return np.floor(np.minimum(values.astype(np.float32) * np.float32(256), 255)).astype(int)
    bits = bits or values.dtype.itemsize * 8 - (values.dtype.kind == "i")
    if bits < 8:
        return np.rint(values.astype(float) * 255 / (2**bits - 1)).astype(int)
    return np.maximum(values.astype(object), 0).astype(object) * 256 // 2**bits


def rgb(values: np.ndarray, bits: int = 0, *, alpha: bool = False) -> np.ndarray:
    """The rules for depth, channels and alpha."""
    whole = np.atleast_3d(eight(values, bits)).astype(int)
    colour = whole[:, :, :-1] if alpha else whole
    if alpha:
        weight = whole[:, :, -1:]
        colour = (colour * weight + 255 * (255 - weight) + 127) // 255
    return np.repeat(colour, 3, axis=2) if colour.shape[2] == 1 else colour


def tiff_cases() -> Iterator[Case]:
    compressions: list[str | None] = [None, "zlib", *(["lzw", "zstd", "packbits"] if HAS_CODECS else [])]
    for kind, channels, compression in itertools.product(TYPES, (1, 3), compressions):
        values = stored(kind, channels)
        photometric = "rgb" if channels == 3 else "minisblack"
        for order, planar, tile, predictor in itertools.product("<>", ("contig", "separate"), (None, (16, 16)), (0, 1)):
            if (planar == "separate" and channels == 1) or (predictor and compression in (None, "packbits")):
                continue
            if predictor and not HAS_CODECS and values.dtype.kind == "f":
                continue
            array = np.moveaxis(values, 2, 0) if planar == "separate" else values
            options: dict[str, Any] = {
                "photometric": photometric,
                "compression": compression,
                "byteorder": order,
                "tile": tile,
                "predictor": bool(predictor),
                "planarconfig": planar if channels == 3 else None,
                "rowsperstrip": None if tile else 4,
            }
            yield Case(
                f"tifffile {kind} {photometric} {compression} {order} {planar} tile {tile} predictor {predictor}",
                lambda path, array=array, options=options: tifffile.imwrite(path, array, **options),
                rgb(values),
            )


def polarity_and_alpha_cases() -> Iterator[Case]:
    for kind, compression in itertools.product(("bool", *TYPES), (None, "zlib")):
        values = stored(kind, 1)
        full: Any = True if kind == "bool" else np.iinfo(kind).max if kind[0] in "ui" else 1
        shown = ~values if kind == "bool" else (full - values).astype(kind)
        yield Case(
            f"tifffile {kind} miniswhite {compression}",
            lambda path, values=values, compression=compression: tifffile.imwrite(
                path, values, photometric="miniswhite", compression=compression
            ),
            rgb(shown),
        )
    for kind, count in itertools.product(("uint8", "uint16", "float32"), (1, 3)):
        values = stored(kind, count + 1)
        for sort in ("unassalpha", "assocalpha", "unspecified"):
            array = values.copy()
            if sort == "assocalpha":
                # What is multiplied with alpha can't exceed it.
                array[:, :, :-1] = np.minimum(array[:, :, :-1], array[:, :, -1:])
            whole = np.atleast_3d(eight(array)).astype(int)
            expected = {
                "unassalpha": lambda array=array: rgb(array, alpha=True),
                "assocalpha": lambda whole=whole: whole[:, :, :-1] + 255 - whole[:, :, -1:],
                "unspecified": lambda array=array: rgb(array[:, :, :-1]),
            }[sort]()
            yield Case(
                f"tifffile {kind} {count} channels and {sort}",
                lambda path, array=array, count=count, sort=sort: tifffile.imwrite(
                    path,
                    array,
                    photometric="rgb" if count == 3 else "minisblack",
                    planarconfig="contig",
                    extrasamples=[sort],
                ),
                np.broadcast_to(expected, (H, W, 3)),
            )


def packed_cases() -> Iterator[Case]:
    for bits, channels in itertools.product((1, 2, 4, 6, 10, 12, 14), (1, 3)):
        values = stored("uint16", channels, bits)
        yield Case(
            f"own {bits} packed bits, {channels} channels",
            lambda path, values=values, bits=bits: path.write_bytes(packed_tiff(values, bits)),
            rgb(values, bits),
        )
    indices = stored("uint8", 1)
    colours = np.random.default_rng(5).integers(0, 256, (3, 256)).astype(np.uint16)
    yield Case(
        "tifffile palette",
        lambda path: tifffile.imwrite(path, indices, photometric="palette", colormap=colours * 257),
        colours.T[indices].astype(int),
    )


def packed_tiff(values: np.ndarray, bits: int) -> bytes:
    """A TIFF of packed samples, written by hand: the only one here, since no library at hand writes it."""
    height, width = values.shape[:2]
    channels = np.atleast_3d(values).shape[2]
    stream = ((values.reshape(-1, 1) >> np.arange(bits - 1, -1, -1)) & 1).astype(np.uint8).reshape(height, -1)
    data = np.packbits(stream, axis=1).tobytes()
    depth = struct.pack("<3H", bits, bits, bits)
    tags = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, channels, bits if channels == 1 else 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1 if channels == 1 else 2),
        (273, 4, 1, 14),
        (277, 3, 1, channels),
        (278, 4, 1, height),
        (279, 4, 1, len(data)),
    ]
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
    return b"II*\0" + struct.pack("<I", 14 + len(data)) + depth + data + directory


def pillow_cases() -> Iterator[Case]:
    for kind, compression in itertools.product(
        ("bool", "uint8", "uint16", "float32"), (None, "tiff_lzw", "tiff_adobe_deflate", "packbits", "zstd")
    ):
        values = stored(kind, 1)
        for white in (False, True):
            tags = TiffImagePlugin.ImageFileDirectory_v2()
            if white:
                tags[262] = 0
            # Pillow turns 1 and 8 bits over itself when it writes them so.
            own = white and kind in ("bool", "uint8")
            shown = values if own or not white else (np.iinfo(kind).max - values if kind == "uint16" else values)
            if white and kind == "float32":
                continue
            yield Case(
                f"Pillow TIFF {kind} {compression} white is zero {white}",
                lambda path, values=values, compression=compression, tags=tags: Image.fromarray(values).save(
                    path, compression=compression, tiffinfo=tags
                ),
                rgb(shown),
            )
    for suffix, kind in itertools.product(
        (".png", ".bmp", ".gif", ".webp", ".jp2", ".pgm", ".tif"), ("bool", "uint8", "uint16")
    ):
        values = stored(kind, 1)
        if (suffix in {".bmp", ".gif", ".webp"} and kind == "uint16") or (
            suffix in {".webp", ".jp2", ".pgm"} and kind == "bool"
        ):
            continue
        yield Case(
            f"Pillow {suffix} {kind}",
            lambda path, values=values: Image.fromarray(values).save(path, lossless=True, irreversible=False),
            rgb(values),
            suffix,
        )
    for suffix, channels in itertools.product((".png", ".webp", ".tif", ".jp2", ".ppm", ".bmp"), (3, 4)):
        values = stored("uint8", channels)
        if channels == 4 and suffix in {".ppm", ".bmp"}:
            continue
        yield Case(
            f"Pillow {suffix} uint8 x {channels}",
            lambda path, values=values: Image.fromarray(values).save(path, lossless=True, exact=True),
            rgb(values, alpha=channels == 4),
            suffix,
        )


def opencv_cases() -> Iterator[Case]:
    flags = {"none": 1, "lzw": 5, "deflate": 8, "adobe deflate": 32946, "packbits": 32773}
    for kind, channels, (word, flag) in itertools.product(
        ("uint8", "uint16", "int16", "int32", "float32", "float64"), (1, 3), flags.items()
    ):
        values = stored(kind, channels)
        yield Case(
            f"OpenCV TIFF {kind} x {channels} {word}",
            lambda path, values=values, flag=flag: cv2.imwrite(
                str(path), values[:, :, ::-1] if values.ndim == 3 else values, [cv2.IMWRITE_TIFF_COMPRESSION, flag]
            ),
            rgb(values),
        )
    for suffix, kind, channels in itertools.product((".png", ".jp2", ".pnm"), ("uint8", "uint16"), (1, 3, 4)):
        if channels == 4 and suffix != ".png":
            continue
        values = stored(kind, channels)
        order = {1: slice(None), 3: [2, 1, 0], 4: [2, 1, 0, 3]}[channels]
        yield Case(
            f"OpenCV {suffix} {kind} x {channels}",
            lambda path, values=values, order=order: cv2.imwrite(
                str(path),
                values[:, :, order] if values.ndim == 3 else values,
                [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000],
            ),
            rgb(values, alpha=channels == 4),
            suffix,
        )


def orientation_cases() -> Iterator[Case]:
    for orientation, kind, compression in itertools.product(TURNS, ("uint8", "uint16", "float32"), (None, "zlib")):
        values = stored(kind, 3)
        tags = [(274, "H", 1, orientation, True)]
        yield Case(
            f"tifffile {kind} {compression} orientation {orientation}",
            lambda path, values=values, compression=compression, tags=tags: tifffile.imwrite(
                path, values, photometric="rgb", compression=compression, extratags=tags
            ),
            TURNS[orientation](rgb(values)),
        )
    for orientation, suffix in itertools.product(TURNS, (".png", ".webp", ".tif")):
        values = stored("uint8", 3)
        exif = Image.Exif()
        exif[0x0112] = orientation
        yield Case(
            f"Pillow {suffix} orientation {orientation}",
            lambda path, values=values, exif=exif: Image.fromarray(values).save(
                path, exif=exif, lossless=True, exact=True
            ),
            TURNS[orientation](rgb(values)),
            suffix,
        )


SOURCES = (
    tiff_cases,
    polarity_and_alpha_cases,
    packed_cases,
    pillow_cases,
    opencv_cases,
    orientation_cases,
)
# What no rule gives a meaning to, and refuses therefore: their number is part of the test.
MEANINGLESS = ("miniswhite",)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.__name__)
def test_every_file_gives_its_picture_or_is_refused_in_words(
    tmp_path: Path, source: Callable[[], Iterator[Case]], capsys: pytest.CaptureFixture[str]
) -> None:
    quiet_libraries()
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for number, case in enumerate(source()):
        path = tmp_path / f"{number}{case.suffix}"
        try:
            if case.write(path) is False:
                counts["not written"] += 1
                continue
        except (OSError, ValueError, KeyError, TypeError, cv2.error):
            counts["not written"] += 1
            continue
        expected = case.picture.astype(int)
        try:
            found = load_image(path)
        except ImageError as error:
            counts["refused"] += 1
            if "damaged" in str(error) or "cut off" in str(error) or not any(word in case.name for word in MEANINGLESS):
                wrong.append(f"{case.name}: {error}")
            continue
        if found.shape == expected.shape and np.array_equal(found, expected) and read_size(path) == found.shape[1::-1]:
            counts["equal"] += 1
        else:
            wrong.append(f"{case.name}: {found.shape}, differs by {_difference(found, expected)}")
    with capsys.disabled():
        print(f"\nreaders, {source.__name__}: {dict(counts)}, wrong {len(wrong)}")
    assert not wrong, "\n".join(wrong)
    assert counts["equal"] > 2 * counts["refused"]


def _difference(found: np.ndarray, expected: np.ndarray) -> str:
    return str(np.abs(found.astype(int) - expected).max()) if found.shape == expected.shape else "its size"
