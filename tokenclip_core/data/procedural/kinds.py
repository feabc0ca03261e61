"""Folders of parts of one kind, as a line makes them: one look, one camera, and every part its own grain and place.

`generate` draws everything anew for each part. Here what is drawn as one number (colours, scales, layouts, the
camera's habits) belongs to the kind, and what is drawn as a field (grain, clouds, sensor noise) to the part.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from tokenclip_core.data.procedural.generator import ProceduralPart, clean_part, finished_part, with_defects

# How far parts lie from their place (shares of the side, radians) and how far their light differs, standard deviations.
_SHIFT, _TURN, _GAIN = 0.012, 0.012, 0.025


class _OfOneKind(np.random.Generator):
    """Single numbers from the kind's stream, fields of standard noise from the part's own."""

    def __init__(self, kind: Sequence[int], own: np.random.Generator) -> None:
        super().__init__(np.random.PCG64(list(kind)))
        self._own = own

    @override
    def standard_normal(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
        return self._own.standard_normal(size, dtype, out)


def generate_of_kind(
    kind: int,
    number: int,
    size: int | tuple[int, int] = 256,
    *,
    family: str,
    defects: Sequence[str] | None = None,
    defective: bool = False,
) -> ProceduralPart:
    """Render one part of a kind; the same arguments give the same bytes.

    Args:
        kind: which look, layout and camera, from 0.
        number: which part of that kind, from 0.
        size: side in pixels, or (height, width); at least 32.
        family: name of the surface.
        defects: names to draw from; None for those that training may use.
        defective: whether to draw defects. Where none can be made visible, the part comes out good.

    Raises:
        SettingsError: an unknown name.
    """
    height, width = (size, size) if isinstance(size, int) else size
    own = np.random.default_rng([kind, number, 1])
    of_kind = _OfOneKind([kind, 0], own)
    image, part = clean_part(of_kind, family, height, width)
    matrix = _placing(own, height, width)
    image, part = (
        np.asarray(cv2.warpAffine(plane, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101), np.float32)
        for plane in (image, part)
    )
    image = image * np.float32(np.exp(own.normal(0, _GAIN)))
    labels = np.zeros((height, width), np.uint8)
    drawn: list[str] = []
    if defective:
        image = with_defects(own, defects, image, part, labels, drawn)
    return finished_part(_OfOneKind([kind, 1], own), family, image, labels, drawn)


def _placing(own: np.random.Generator, height: int, width: int) -> NDArray[np.float64]:
    """A small turn and shift about the middle."""
    turn = float(np.degrees(own.normal(0, _TURN)))
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1.0), np.float64)
    matrix[:, 2] += own.normal(0, _SHIFT, 2) * np.array([width, height])
    return matrix
