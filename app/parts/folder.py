"""Finding the images below folders, a portion at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tokenclip_core.images.folders import LeftOut, find_image_names

PORTION = 1000
"""Files at a time: few enough that a list takes them in a few milliseconds."""


def found_images(
    paths: Iterable[Path], stopped: Callable[[], bool], left_out: LeftOut | None = None
) -> Iterator[list[str]]:
    """Portions of the image files in files and folders, in natural order.

    Args:
        paths: files and folders; folders are searched with everything below.
        stopped: asked between files; the search ends when it says so.
        left_out: counts what is no part: masks, and pictures of formats that are not read.
    """
    portion: list[str] = []
    for name in find_image_names(paths, left_out):
        if stopped():
            return
        portion.append(name)
        # The first rows appear at once, the others in larger portions.
        if len(portion) >= PORTION:
            yield portion
            portion = []
    if portion:
        yield portion
