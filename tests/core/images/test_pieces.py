"""Files of very many small pieces: readers would take minutes for them, so they are refused before one begins."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tokenclip_core.errors import ImageError
from tokenclip_core.images import pages, pieces
from tokenclip_core.images.pages import count_frames
from tokenclip_core.images.reading import load_image, read_samples_here, read_size_here

MOST = 200
EMPTY_BOX = struct.pack(">I4s", 8, b"free")
PICTURE = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)


@pytest.fixture(autouse=True)
def few_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "MOST_PIECES", MOST)


def written(kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(PICTURE).save(stream, kind, **options)
    return stream.getvalue()


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def inserted(data: bytes, place: int, piece: bytes, count: int) -> bytes:
    return data[:place] + piece * count + data[place:]


def png(count: int, piece: bytes = chunk(b"tEXt", b"a\0b")) -> bytes:
    return inserted(written("PNG"), 33, piece, count)


def png_of_empty_pixels(count: int) -> bytes:
    data = written("PNG")
    return inserted(data, data.index(b"IDAT") - 4, chunk(b"IDAT"), count)


def png_with_a_tail(count: int) -> bytes:
    return inserted(written("PNG"), -12, chunk(b"tEXt", b"a\0b"), count)


def jpeg(piece: bytes) -> Callable[[int], bytes]:
    return lambda count: inserted(written("JPEG"), 2, piece, count)


def gif(count: int, piece: bytes) -> bytes:
    """With so many pieces between the palette and the first picture."""
    data = written("GIF")
    return inserted(data, blocks_begin(data), piece, count)


def blocks_begin(data: bytes) -> int:
    return 13 + (3 * 2 ** ((data[10] & 7) + 1) if data[10] & 0x80 else 0)


def webp(count: int) -> bytes:
    data = written("WEBP", lossless=True) + b"abcd\0\0\0\0" * count
    return data[:4] + struct.pack("<I", len(data) - 8) + data[8:]


def jpeg_2000(count: int) -> bytes:
    data = written("JPEG2000")
    # Behind the signature and the kind of file.
    place = 12 + struct.unpack_from(">I", data, 12)[0]
    return inserted(data, place, EMPTY_BOX, count)


def jpeg_2000_header(count: int) -> bytes:
    data = written("JPEG2000")
    place = data.index(b"jp2h") - 4
    (length,) = struct.unpack_from(">I", data, place)
    head = struct.pack(">I", length + count * len(EMPTY_BOX))
    return data[:place] + head + inserted(data[place + 4 :], length - 4, EMPTY_BOX, count)


FILES: dict[str, Callable[[int], bytes]] = {
    "chunks.png": png,
    "pixels.png": png_of_empty_pixels,
    "tail.png": png_with_a_tail,
    "comments.jpg": jpeg(b"\xff\xfe\0\2"),
    "fill.jpg": jpeg(b"\xff" * 8),
    "exif.jpg": jpeg(b"\xff\xe1\0\x08Exif\0\0"),
    "profile.jpg": jpeg(b"\xff\xe2\0\x10ICC_PROFILE\0\1\1"),
    "comments.gif": lambda count: gif(count, b"\x21\xfe\1a\0"),
    "comment.gif": lambda count: gif(1, b"\x21\xfe" + b"\1a" * count + b"\0"),
    "nothing.gif": lambda count: gif(count, b"\0\0"),
    "chunks.webp": webp,
    "boxes.jp2": jpeg_2000,
    "header.jp2": jpeg_2000_header,
}


@pytest.mark.parametrize("name", FILES)
def test_too_many_pieces_are_refused_before_anything_reads_them(tmp_path: Path, name: str) -> None:
    few, many = tmp_path / f"few-{name}", tmp_path / f"many-{name}"
    few.write_bytes(FILES[name](10))
    many.write_bytes(FILES[name](MOST))
    assert read_size_here(few) == (16, 16)
    assert read_samples_here(few).values.shape[:2] == (16, 16)
    for read in (read_samples_here, read_size_here):
        with pytest.raises(ImageError, match="more than 200 pieces"):
            read(many)
    assert count_frames(many) == 1


def test_what_is_beyond_a_jpegs_header_is_not_counted(tmp_path: Path) -> None:
    path = tmp_path / "part.jpg"
    path.write_bytes(inserted(written("JPEG"), -2, b"\xff\xfe\0\2", 10 * MOST))
    assert load_image(path).shape == (16, 16, 3)


def test_frames_of_a_file_of_tiny_blocks_are_counted_up_to_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = written("GIF")
    begin = blocks_begin(data)
    path = tmp_path / "part.gif"
    path.write_bytes(data[:begin] + data[begin:-1] * 50 + b";")
    assert count_frames(path) == 50
    monkeypatch.setattr(pages, "_MOST_BLOCKS", 20)
    assert 1 <= count_frames(path) <= 20


@pytest.mark.parametrize("kind", ["P1", "P2", "P3", "P4", "Pf"])
def test_a_header_that_goes_on_and_on_is_refused(tmp_path: Path, kind: str) -> None:
    numbers = "4 4\n" if kind in ("P1", "P4") else "4 4\n-1.0\n" if kind == "Pf" else "4 4\n255\n"
    pixels = bytes(64) if kind in ("P4", "Pf") else b"1 " * 48
    path = tmp_path / "part.ppm"
    path.write_bytes(f"{kind}\n# by hand\n{numbers}".encode() + pixels)
    assert load_image(path).shape == (4, 4, 3)
    path.write_bytes(f"{kind}\n#{'a' * 5000}\n{numbers}".encode() + pixels)
    with pytest.raises(ImageError, match="header of the PGM or PPM file is damaged"):
        load_image(path)
