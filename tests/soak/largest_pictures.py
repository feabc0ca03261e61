"""Read the largest picture that each format allows, each in a process of its own; none may take over 1.5 GiB.

    python tests/soak/largest_pictures.py

Prints what each took; the numbers of the README and of `tokenclip_core.images.limits` must not be below that.
Takes about ten minutes and some gigabytes of disk. The suite has small members: `tests/core/images/test_limits.py`.
"""

from __future__ import annotations

import argparse
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import tifffile
from PIL import Image

from tokenclip_core.images import limits
from tokenclip_core.images.reading import MAX_PIXELS

MOST = 3 * 2**29
SECONDS = 10
WIDTH = 8192
# The peaks of the process that reads, and of the one that it lets decode. Linux's own count, since that of `getrusage`
# begins with what the process that started it had taken.
READING = """
import resource, sys, time
from pathlib import Path
from tokenclip_core.images import outside
from tokenclip_core.images.reading import load_image
begun = time.process_time()
load_image(sys.argv[1], bits=int(sys.argv[2]) or None)
used = time.process_time() - begun
processes = ["self", *(child._process.pid for child in outside._children._idle)]
texts = [Path(f"/proc/{process}/status").read_text() for process in processes]
for child in outside._children._idle:
    child.close()
other = resource.getrusage(resource.RUSAGE_CHILDREN)
print(1024 * sum(int(text.split("VmHWM:")[1].split()[0]) for text in texts), used + other.ru_utime + other.ru_stime)
"""


def noise(rows: int, channels: int) -> np.ndarray:
    """Noise that repeats every 256 rows, so that making it takes no time."""
    tile = np.random.default_rng(0).integers(0, 256, (256, WIDTH, channels), dtype=np.uint8)
    return np.concatenate([tile] * -(-rows // 256))[:rows]


def pillow(mode: str, kind: str, **options: object) -> Callable[[Path, int], None]:
    def write(path: Path, rows: int) -> None:
        channels = {"L": 1, "P": 1, "1": 1, "RGBA": 4, "CMYK": 4}.get(mode, 3)
        image = Image.fromarray(noise(rows, channels).squeeze())
        (image if image.mode == mode else image.convert(mode)).save(path, kind, **options)

    return write


def tiff(
    channels: int, factor: int, kind: type[np.generic], photometric: str = "rgb", **options: object
) -> Callable[[Path, int], None]:
    def write(path: Path, rows: int) -> None:
        tifffile.imwrite(path, noise(rows // factor, channels).astype(kind), photometric=photometric, **options)

    return write


def deep(suffix: str, channels: int) -> Callable[[Path, int], None]:
    def write(path: Path, rows: int) -> None:
        encoded = cv2.imencode(suffix, noise(rows, channels).astype(np.uint16) * 257, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        path.write_bytes(encoded[1].tobytes())

    return write


def run_lengths(path: Path, rows: int) -> None:
    """A BMP whose runs are of one pixel each: the slowest."""
    data = (b"\1\5" * WIDTH + b"\0\0") * rows + b"\0\1"
    header = struct.pack("<IiiHHIIiiII", 40, WIDTH, rows, 1, 8, 1, len(data), 0, 0, 256, 0)
    path.write_bytes(b"BM" + struct.pack("<IHHI", 1078 + len(data), 0, 0, 1078) + header + bytes(1024) + data)


def text(kind: str, channels: int) -> Callable[[Path, int], None]:
    def write(path: Path, rows: int) -> None:
        values = noise(256, channels) & 1 if kind == "P1" else noise(256, channels)
        tile = " ".join(map(str, values.ravel().tolist())) + "\n"
        most = "" if kind == "P1" else "255\n"
        rows -= rows % 256
        path.write_text(f"{kind}\n{WIDTH} {rows}\n{most}" + tile * (rows // 256))

    return write


FORMATS: dict[str, tuple[limits.Cost | None, Callable[[Path, int], None]]] = {
    "png rgba": (limits.PNG, pillow("RGBA", "PNG", compress_level=1)),
    "png palette alpha": (limits.PNG, pillow("P", "PNG", compress_level=1, transparency=bytes(range(256)))),
    "jpeg": (limits.JPEG, pillow("RGB", "JPEG", quality=90)),
    "jpeg progressive": (limits.PROGRESSIVE_JPEG, pillow("RGB", "JPEG", quality=90, progressive=True)),
    "jpeg cmyk": (limits.CMYK_JPEG, pillow("CMYK", "JPEG", quality=75)),
    "jpeg progressive cmyk": (limits.PROGRESSIVE_CMYK_JPEG, pillow("CMYK", "JPEG", quality=75, progressive=True)),
    "bmp": (limits.BMP, pillow("RGB", "BMP")),
    "png 16": (limits.DEEP_PNG, deep(".png", 3)),
    "pgm 16": (None, deep(".pgm", 1)),
    "pbm text": (limits.PLAIN_BITS, text("P1", 1)),
    "pgm text": (limits.PLAIN_GREY, text("P2", 1)),
    "ppm text": (limits.PLAIN_COLOUR, text("P3", 3)),
    "bmp run lengths": (limits.RUN_LENGTH_BMP, run_lengths),
    "gif": (limits.GIF, pillow("P", "GIF", transparency=3)),
    "webp lossless alpha": (limits.WEBP, pillow("RGBA", "WEBP", lossless=True, quality=0, method=0)),
    "jpeg 2000": (limits.JPEG_2000, pillow("RGBA", "JPEG2000", quality_mode="rates", quality_layers=[20])),
    "avif": (limits.AVIF, pillow("RGBA", "AVIF", speed=10)),
    "tiff jpeg": (limits.LIBTIFF, pillow("RGB", "TIFF", compression="jpeg")),
    "tiff 8 strips": (None, tiff(3, 1, np.uint8, rowsperstrip=16)),
    "tiff 16 strips": (None, tiff(3, 2, np.uint16, rowsperstrip=16)),
    "tiff 16 cmyk strips": (None, tiff(4, 3, np.uint16, "separated", rowsperstrip=16)),
    "tiff 32 float": (None, tiff(3, 4, np.float32, rowsperstrip=16)),
}


def measured(name: str, folder: Path) -> bool:
    """Read the largest picture of a format, print what it took, and return whether that is within the limits."""
    cost, write = FORMATS[name]
    most = MAX_PIXELS if cost is None else min(MAX_PIXELS, cost.most_pixels)
    path = folder / "part"
    rows = min(most // WIDTH, 65500 if "jpeg" in name else 16383 if "webp" in name else most)
    write(path, rows)
    if cost is not None and cost.copies:
        # A file of so many bytes a pixel leaves so much less to the picture.
        own = path.stat().st_size / (rows * WIDTH)
        rows = min(rows, int(limits.MEMORY / (cost.memory + 1.02 * own * cost.copies)) // WIDTH)
        write(path, rows)
    # Deep colours take most where all their bits are asked for.
    bits = "16" if cost is limits.DEEP_PNG else "0"
    words = [sys.executable, "-c", READING, str(path), bits]
    process = subprocess.run(words, capture_output=True, text=True, check=False)
    if process.returncode:
        # One that the system killed says nothing.
        said = process.stderr.strip().splitlines()[-1:] or [f"ended with {process.returncode}"]
        sys.stdout.write(f"{name}: {said[0]}\n")
        sys.stdout.flush()
        return False
    memory, seconds = map(float, process.stdout.split())
    pixels = rows * WIDTH
    within = memory <= MOST
    late = "" if seconds <= SECONDS else ", OVER THE TIME (on a busy machine?)"
    sys.stdout.write(
        f"{name}: {pixels / 1e6:.1f} million pixels, {memory / 2**30:.2f} GiB{'' if within else ' TOO MUCH'}, "
        f"{seconds:.1f} s of processor time, {seconds / pixels * 1e9:.0f} ns a pixel{late}\n"
    )
    sys.stdout.flush()
    return within


def main() -> int:
    """Return 1 if a format took too much memory, or refused what its limit allows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*FORMATS, []], help="formats; all of them unless given")
    chosen = parser.parse_args().names or list(FORMATS)
    Image.MAX_IMAGE_PIXELS = None
    with tempfile.TemporaryDirectory() as folder:
        return int(sum(not measured(name, Path(folder)) for name in chosen) > 0)


if __name__ == "__main__":
    sys.exit(main())
