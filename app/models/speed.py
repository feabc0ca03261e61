"""How long a model takes for a part on this machine; no Qt."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.parts.state import ENGINE_NAMES, ModelChoice
from app.work.engine import InspectorFactory
from app.work.jobs import Cancellation
from tokenclip_core.errors import ImageError
from tokenclip_core.files import write_atomically
from tokenclip_core.resources import resource_path
from tokenclip_core.small_files import read_small_json

LOOKS = 7
"""How often a part is inspected; the middle one of the times is the speed."""

LONGEST_SECONDS = 6.0
"""A slow model is measured by fewer looks, one at least."""

_MAX_FILE_BYTES = 1 << 20


@dataclass(frozen=True)
class Speed:
    """What was measured.

    Attributes:
        milliseconds: for one part, from its pixels to its result.
        device, precision, engine: of the model then.
    """

    milliseconds: float
    device: str
    precision: str
    engine: str

    @property
    def words(self) -> str:
        """Such as ``96 ms · cpu · fp32``."""
        engine = "" if self.engine == "torch" else f" · {ENGINE_NAMES.get(self.engine, self.engine)}"
        return f"{self.milliseconds:,.0f} ms · {self.device} · {self.precision}{engine}"


def measure_speed(
    choice: ModelChoice,
    load: InspectorFactory,
    cancellation: Cancellation,
    clock: Callable[[], float] = time.perf_counter,
) -> Speed:
    """Load a model and time it on a bundled part; slow, and only for the inference thread.

    Args:
        choice: which.
        load: loads it.
        cancellation: ends it between two looks.
        clock: seconds, for tests.
    """
    inspector = load(choice, None, cancellation.check)
    pixels = _part()
    # The first look makes what the others reuse, such as the text's tokens.
    inspector.score(inspector.encode([pixels])[0])
    times: list[float] = []
    while len(times) < LOOKS and sum(times) < LONGEST_SECONDS:
        cancellation.check()
        begun = clock()
        inspector.score(inspector.encode([pixels])[0])
        times.append(clock() - begun)
    milliseconds = 1000 * statistics.median(times)
    return Speed(milliseconds, inspector.device_name, inspector.precision_name, inspector.engine_name)


def _part() -> npt.NDArray[np.uint8]:
    # Not while the window starts.
    from tokenclip_core.images.folders import find_images
    from tokenclip_core.images.reading import load_image

    file = next(find_images([resource_path("samples")]), None)
    if file is None:
        raise ImageError("the bundled samples are missing; install the program again")
    return load_image(file)


class Speeds:
    """What was measured of each model, kept in a small file.

    A damaged file counts as none: everything in it can be measured again.
    """

    def __init__(self, file: Path) -> None:
        """Read what was measured before."""
        self._file = file
        self._speeds = _read(file)

    def __getitem__(self, name: str) -> Speed | None:
        return self._speeds.get(name)

    def keep(self, name: str, speed: Speed) -> None:
        """Note a speed, on disk as well where that is possible."""
        self._speeds[name] = speed
        text = json.dumps({key: asdict(value) for key, value in self._speeds.items()}, indent=1)
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._file, text.encode())
        except OSError:
            return


def _read(file: Path) -> dict[str, Speed]:
    try:
        values = read_small_json(file, _MAX_FILE_BYTES)
    except (OSError, ValueError):
        return {}
    if not isinstance(values, Mapping):
        return {}
    found = {}
    for name, entry in values.items():
        if isinstance(entry, Mapping) and isinstance(entry.get("milliseconds"), float | int):
            words = (str(entry.get(field, ""))[:40] for field in ("device", "precision", "engine"))
            found[str(name)] = Speed(float(entry["milliseconds"]), *words)
    return found
