"""The file of MVTec LOCO that says how much of a region must be found for it to count as found."""

from __future__ import annotations

import json
import math
from pathlib import Path

from tokenclip_core.data.samples import Saturation
from tokenclip_core.errors import DataLayoutError
from tokenclip_core.small_files import TooLargeError, read_small_json

_MOST_BYTES = 2**20


def read_saturations(file: Path) -> tuple[Saturation, ...]:
    """Read a list of objects with `pixel_value`, `saturation_threshold` and `relative_saturation`.

    Raises:
        DataLayoutError: it cannot be read, or is none.
    """
    try:
        found = read_small_json(file, _MOST_BYTES)
        return tuple(_saturation(entry) for entry in found)
    except (OSError, TooLargeError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise DataLayoutError(
            f"{file} is no list of saturation thresholds ({type(error).__name__}: {error})"
        ) from error


def _saturation(entry: dict[str, object]) -> Saturation:
    value, area, relative = (entry[name] for name in ("pixel_value", "saturation_threshold", "relative_saturation"))
    if type(value) is not int or not isinstance(area, int | float) or not isinstance(relative, bool):
        raise ValueError(f"{json.dumps(entry)[:80]} is not an entry")
    if not 0 < value < 2**16 or not math.isfinite(area) or area <= 0 or (relative and area > 1):
        raise ValueError(f"{json.dumps(entry)[:80]} is out of range")
    return Saturation(value, float(area), relative)
