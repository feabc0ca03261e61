"""What decoding a picture may take, said before it begins: memory and time, reckoned from its size by its format.

Each format has its own number of bytes and nanoseconds a pixel, for the worst of its files: what was measured, rounded
up (`tests/soak/largest_pictures.py` measures them again). A format that takes more than others has fewer pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

from tokenclip_core.errors import ImageError

MEMORY = 11 * 2**27
"""Bytes that decoding a picture may take: 1.375 GiB, which leaves an eighth of 1.5 GiB to the rest of the process."""

SECONDS = 10
"""The longest that decoding may take, on the machine that the costs were measured on."""


@dataclass(frozen=True)
class Cost:
    """What decoding takes.

    Attributes:
        name: of the kind of picture, for people.
        memory: bytes a pixel, the picture itself among them.
        time: nanoseconds a pixel.
        copies: of the whole file that are held meanwhile.
    """

    name: str
    memory: float
    time: float
    copies: int = 0

    @property
    def most_pixels(self) -> int:
        """Pixels of the largest picture of this kind, if its file takes nothing."""
        return int(min(MEMORY / self.memory, SECONDS * 1e9 / self.time))


PNG = Cost("PNG", 10, 74)
DEEP_PNG = Cost("16-bit colour PNG", 26, 150, 2)
JPEG = Cost("JPEG", 10, 74, 1)
PROGRESSIVE_JPEG = Cost("progressive JPEG", 15, 100, 1)
CMYK_JPEG = Cost("CMYK JPEG", 10, 100, 1)
PROGRESSIVE_CMYK_JPEG = Cost("progressive CMYK JPEG", 18, 140, 1)
BMP = Cost("BMP", 10, 50)
RUN_LENGTH_BMP = Cost("BMP of run lengths", 14, 500)
GIF = Cost("GIF", 12, 60, 1)
WEBP = Cost("WebP", 25, 150, 2)
JPEG_2000 = Cost("JPEG 2000", 48, 600, 3)
AVIF = Cost("AVIF", 36, 250, 3)
NETPBM = Cost("Netpbm", 10, 50)
PLAIN_BITS = Cost("PBM as text", 14, 200)
PLAIN_GREY = Cost("PGM as text", 40, 600, 1)
PLAIN_COLOUR = Cost("PPM as text", 80, 1800, 1)
LIBTIFF = Cost("TIFF with JPEG, WebP or fax compression", 24, 150, 1)

COSTS = (
    PNG,
    DEEP_PNG,
    JPEG,
    PROGRESSIVE_JPEG,
    CMYK_JPEG,
    PROGRESSIVE_CMYK_JPEG,
    BMP,
    RUN_LENGTH_BMP,
    GIF,
    WEBP,
    JPEG_2000,
    AVIF,
    NETPBM,
    PLAIN_BITS,
    PLAIN_GREY,
    PLAIN_COLOUR,
    LIBTIFF,
)
"""All formats whose cost depends on the number of pixels alone; TIFF and deep Netpbm files count samples."""


def check_cost(cost: Cost, size: tuple[int, int], length: int) -> None:
    """See that a picture can be decoded within the limits.

    Args:
        cost: of its kind.
        size: its stored (width, height).
        length: of its file in bytes.

    Raises:
        ImageError: it is larger than its format may be.
    """
    width, height = size
    if width * height > cost.most_pixels:
        raise ImageError(
            f"{width} x {height} pixels are more than the {cost.most_pixels} that a {cost.name} may have, since "
            "decoding it would take too much memory or time; crop it, or save it as an 8-bit PNG"
        )
    if width * height * cost.memory + length * cost.copies > MEMORY:
        raise ImageError(
            f"a {cost.name} of {width} x {height} pixels and {length} bytes would take more than {MEMORY} bytes of "
            "memory to decode; crop it, or save it as an 8-bit PNG"
        )


def check_memory(kind: str, size: tuple[int, int], needed: float) -> None:
    """See that a number of bytes for a picture of a kind is within the limit.

    Raises:
        ImageError: it is not.
    """
    if needed > MEMORY:
        raise ImageError(
            f"a {kind} of {size[0]} x {size[1]} pixels would take {needed / 2**30:.1f} GiB of memory to decode, and "
            f"{MEMORY / 2**30:.3g} GiB is the limit; crop it, or save it with fewer bits or in smaller strips"
        )
