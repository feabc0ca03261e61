"""What each format may take: a picture at its limit is read, one a row larger is refused in words."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from tokenclip_core.errors import ImageError
from tokenclip_core.images import limits, pillow_files, tiff_samples
from tokenclip_core.images.reading import MAX_PIXELS, load_image, read_samples_here

_SIDE = 64


class _Member(NamedTuple):
    suffix: str
    cost: limits.Cost
    write: Callable[[Path, int], object]


def _noise(rows: int, channels: int = 3, kind: type[np.unsignedinteger] = np.uint8) -> np.ndarray:
    most = np.iinfo(kind).max
    return np.random.default_rng(0).integers(0, most, (rows, _SIDE, channels), dtype=kind, endpoint=True)


def _pillow(mode: str = "RGB", **options: object) -> Callable[[Path, int], object]:
    return lambda path, rows: Image.fromarray(_noise(rows)).convert(mode).save(path, **options)


def _run_lengths(rows: int) -> bytes:
    data = (b"\1\5" * _SIDE + b"\0\0") * rows + b"\0\1"
    header = struct.pack("<IiiHHIIiiII", 40, _SIDE, rows, 1, 8, 1, len(data), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 1078 + len(data), 0, 0, 1078) + header + bytes(1024) + data


def _text(kind: str, rows: int) -> bytes:
    values = _noise(rows, 3 if kind == "P3" else 1)
    most = "" if kind == "P1" else "255\n"
    words = " ".join(map(str, (values & 1 if kind == "P1" else values).ravel().tolist()))
    return f"{kind}\n{_SIDE} {rows}\n{most}{words}\n".encode()


_MEMBERS = {
    "png": _Member(".png", limits.PNG, _pillow()),
    "png alpha": _Member(".png", limits.PNG, _pillow("RGBA")),
    "png palette with alpha": _Member(".png", limits.PNG, _pillow("P", transparency=bytes(range(256)))),
    "png 16": _Member(".png", limits.DEEP_PNG, lambda path, rows: cv2.imwrite(str(path), _noise(rows, 3, np.uint16))),
    "jpeg": _Member(".jpg", limits.JPEG, _pillow()),
    "jpeg progressive": _Member(".jpg", limits.PROGRESSIVE_JPEG, _pillow(progressive=True)),
    "jpeg cmyk": _Member(".jpg", limits.CMYK_JPEG, _pillow("CMYK")),
    "jpeg progressive cmyk": _Member(".jpg", limits.PROGRESSIVE_CMYK_JPEG, _pillow("CMYK", progressive=True)),
    "bmp": _Member(".bmp", limits.BMP, _pillow()),
    "gif": _Member(".gif", limits.GIF, _pillow()),
    "webp": _Member(".webp", limits.WEBP, _pillow()),
    "webp lossless": _Member(".webp", limits.WEBP, _pillow("RGBA", lossless=True)),
    "jpeg 2000": _Member(".jp2", limits.JPEG_2000, _pillow()),
    "avif": _Member(".avif", limits.AVIF, _pillow()),
    "bmp run lengths": _Member(".bmp", limits.RUN_LENGTH_BMP, lambda path, rows: path.write_bytes(_run_lengths(rows))),
    "pbm text": _Member(".pbm", limits.PLAIN_BITS, lambda path, rows: path.write_bytes(_text("P1", rows))),
    "pgm text": _Member(".pgm", limits.PLAIN_GREY, lambda path, rows: path.write_bytes(_text("P2", rows))),
    "ppm text": _Member(".ppm", limits.PLAIN_COLOUR, lambda path, rows: path.write_bytes(_text("P3", rows))),
    "pbm": _Member(".pbm", limits.NETPBM, _pillow("1")),
    "tiff jpeg": _Member(".tif", limits.LIBTIFF, _pillow(compression="jpeg")),
    "tiff fax": _Member(".tif", limits.LIBTIFF, _pillow("1", compression="group4")),
}


@pytest.mark.parametrize("name", _MEMBERS)
def test_the_limit_of_each_format_lets_its_largest_picture_through_and_no_larger_one(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = _MEMBERS[name]
    paths = {rows: tmp_path / f"{rows}{member.suffix}" for rows in (_SIDE, _SIDE + 1)}
    for rows, path in paths.items():
        member.write(path, rows)
    room = paths[_SIDE].stat().st_size * member.cost.copies
    monkeypatch.setattr(limits, "MEMORY", _SIDE * _SIDE * member.cost.memory + room)
    assert read_samples_here(paths[_SIDE]).values.shape[:2] == (_SIDE, _SIDE)

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("decoded although it is too large")

    monkeypatch.setattr(pillow_files, "_samples", forbidden)
    with pytest.raises(ImageError, match=rf"a {member.cost.name} (of|may)|that a {member.cost.name} may"):
        read_samples_here(paths[_SIDE + 1])


@pytest.mark.parametrize("cost", limits.COSTS, ids=lambda cost: cost.name)
def test_every_limit_keeps_memory_and_time(cost: limits.Cost) -> None:
    pixels = min(MAX_PIXELS, cost.most_pixels)
    assert pixels * cost.memory <= 1.5 * 2**30 - 2**27
    assert pixels * cost.time <= 10e9
    limits.check_cost(cost, (pixels, 1), 0)
    if cost.most_pixels < MAX_PIXELS:
        with pytest.raises(ImageError, match=cost.name):
            limits.check_cost(cost, (cost.most_pixels + 1, 1), 0)
    if cost.copies:
        with pytest.raises(ImageError, match="memory"):
            limits.check_cost(cost, (1, 1), limits.MEMORY // cost.copies)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (np.uint8, {}),
        (np.uint16, {"rowsperstrip": 1}),
        (np.uint16, {"compression": "zlib"}),
        (np.float32, {"rowsperstrip": 1}),
        (np.float64, {}),
    ],
)
def test_a_tiff_reckons_with_its_samples_and_strips(
    tmp_path: Path, kind: type[np.generic], options: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "part.tif"
    tifffile.imwrite(path, _noise(_SIDE).astype(kind), photometric="rgb", **options)
    monkeypatch.setattr("tokenclip_core.images.tiff_samples._BAND_BYTES", 256)
    size = _SIDE * _SIDE * 3
    samples = size * np.dtype(kind).itemsize
    # Held twice at least: as samples and as the picture; a picture of one strip is there as stored, too.
    monkeypatch.setattr(limits, "MEMORY", samples + size - 1)
    with pytest.raises(ImageError, match=r"a TIFF of 64 x 64 pixels would take .* smaller strips"):
        load_image(path)
    one_strip = 0 if "rowsperstrip" in options else samples
    monkeypatch.setattr(limits, "MEMORY", samples + size + 6 * max(one_strip, 10_000))
    assert load_image(path).shape == (_SIDE, _SIDE, 3)


def test_a_pgm_reckons_with_its_depth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "part.pgm"
    for most, needed in ((255, 5), (65535, 7), (1000, 19)):
        pixels = np.zeros((4, 4), ">u2" if most > 255 else "u1").tobytes()
        path.write_bytes(f"P5 4 4 {most}\n".encode() + pixels)
        monkeypatch.setattr(limits, "MEMORY", 16 * needed)
        assert load_image(path).shape == (4, 4, 3)
        monkeypatch.setattr(limits, "MEMORY", 16 * needed - 1)
        with pytest.raises(ImageError, match="PGM or PPM of 4 x 4"):
            load_image(path)


def test_packed_bits_are_unpacked_a_few_rows_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).integers(0, 4096, (40, 8), dtype=np.uint16)
    # Two numbers of 12 bits in three bytes.
    first, second = values[:, ::2], values[:, 1::2]
    packed = np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], axis=2).astype(np.uint8)
    monkeypatch.setattr(tiff_samples, "_UNPACKED_AT_ONCE", 8 * 12 * 3)
    np.testing.assert_array_equal(tiff_samples._unpacked(packed.reshape(40, 12), 8, 12), values)
