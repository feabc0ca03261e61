"""Files of every format, and what is left of them after they were cut off: nothing with missing pixels may be read."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import tifffile
from PIL import Image

from tokenclip_core.errors import ImageError
from tokenclip_core.images.reading import load_image


def _noise(side: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)


def _pillow(kind: str, **options: object) -> Callable[[int], bytes]:
    def write(side: int) -> bytes:
        stream = io.BytesIO()
        Image.fromarray(_noise(side)).save(stream, kind, **options)
        return stream.getvalue()

    return write


def _grey(kind: str, mode: str = "L", **options: object) -> Callable[[int], bytes]:
    def write(side: int) -> bytes:
        stream = io.BytesIO()
        Image.fromarray(_noise(side)[:, :, 0]).convert(mode).save(stream, kind, **options)
        return stream.getvalue()

    return write


def _deep(**options: object) -> Callable[[int], bytes]:
    def write(side: int) -> bytes:
        stream = io.BytesIO()
        tifffile.imwrite(stream, _noise(side).astype(np.uint16) * 257, photometric="rgb", **options)
        return stream.getvalue()

    return write


def _opencv(suffix: str) -> Callable[[int], bytes]:
    return lambda side: bytes(cv2.imencode(suffix, _noise(side).astype(np.uint16) * 257)[1])


FORMATS: dict[str, Callable[[int], bytes]] = {
    "png": _pillow("PNG"),
    "png 16": _opencv(".png"),
    "jpeg": _pillow("JPEG", quality=90),
    "jpeg restart rows": _pillow("JPEG", quality=90, restart_marker_rows=1),
    "jpeg restart blocks": _pillow("JPEG", quality=90, restart_marker_blocks=3),
    "jpeg grey restart": _grey("JPEG", restart_marker_blocks=2),
    "jpeg progressive": _pillow("JPEG", progressive=True),
    "jpeg cmyk": _grey("JPEG", "CMYK"),
    "bmp": _pillow("BMP"),
    "gif": _pillow("GIF"),
    "webp": _pillow("WEBP"),
    "webp lossless": _pillow("WEBP", lossless=True),
    "jp2": _pillow("JPEG2000"),
    "jp2 lossy": _pillow("JPEG2000", quality_mode="rates", quality_layers=[20], irreversible=True),
    "jp2 code stream": _pillow("JPEG2000", no_jp2=True),
    "avif": _pillow("AVIF"),
    "ppm": _pillow("PPM"),
    "ppm 16": _opencv(".ppm"),
    "pbm": _grey("PPM", "1"),
    "tiff": _pillow("TIFF"),
    "tiff lzw": _pillow("TIFF", compression="tiff_lzw"),
    "tiff deflate": _pillow("TIFF", compression="tiff_adobe_deflate"),
    "tiff packbits": _pillow("TIFF", compression="packbits"),
    "tiff zstd": _pillow("TIFF", compression="zstd"),
    "tiff jpeg": _pillow("TIFF", compression="jpeg"),
    "tiff fax": _grey("TIFF", "1", compression="group4"),
    "tiff 16": _deep(),
    "tiff 16 deflate tiles": _deep(compression="zlib", tile=(16, 16), predictor=True),
}


def places(length: int, count: int) -> Iterator[int]:
    """Lengths to cut to: evenly over the file, and the last ones before its end."""
    yield from sorted({*np.linspace(1, length - 1, count - 8).astype(int).tolist(), *range(length - 8, length)})


def accepted_with_missing_pixels(folder: Path, name: str, side: int, count: int) -> list[str]:
    """Cut one format at many places; returns what was read although it is not the whole picture.

    Args:
        folder: for the files.
        name: of `FORMATS`.
        side: of the picture, in pixels.
        count: of places.
    """
    data = FORMATS[name](side)
    path = folder / "part"
    path.write_bytes(data)
    whole = load_image(path)
    wrong = []
    for place in places(len(data), count):
        path.write_bytes(data[:place])
        try:
            found = load_image(path)
        except ImageError:
            continue
        if found.shape != whole.shape or not np.array_equal(found, whole):
            wrong.append(f"{name}: {place} of {len(data)} bytes")
    return wrong
