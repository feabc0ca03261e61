"""How long a model takes for a part on this machine; no Qt."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.batch.work import SLICE_SECONDS, MakingWay
from app.parts.state import ENGINE_NAMES, ModelChoice
from app.work.engine import InspectorFactory
from app.work.inspector_like import InspectorLike
from app.work.jobs import Cancellation, JobCancelledError
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


class SpeedRun:
    """One measurement on its way, in slices of time; `work` is called again and again until there is an answer.

    The model is loaded for it, beside the one that inspects; loading that makes way is begun again.
    """

    def __init__(
        self,
        choice: ModelChoice,
        load: InspectorFactory,
        others_wait: Callable[[], bool],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Begin.

        Args:
            choice: which model.
            load: loads it.
            others_wait: whether the inference thread has something more urgent to do.
            clock: seconds, for tests.
        """
        self._choice, self._load, self._others_wait, self._clock = choice, load, others_wait, clock
        self._way: Cancellation = Cancellation()
        self._steps = self._make()

    def work(self, cancellation: Cancellation) -> Speed | None:
        """One slice, for the inference thread; None while it is to go on.

        Raises:
            TokenClipError: the model can't be loaded, or the bundled part is missing.
        """
        self._way = MakingWay(cancellation, self._others_wait)
        until = time.perf_counter() + SLICE_SECONDS
        while True:
            speed = next(self._steps)
            if speed is not None or self._way.requested or time.perf_counter() >= until:
                return speed

    def _make(self) -> Generator[Speed | None, None, None]:
        inspector: InspectorLike | None = None
        while inspector is None:
            try:
                inspector = self._load(self._choice, None, self._way.check)
            except JobCancelledError:
                yield None
        pixels = _part()
        # The first look makes what the others reuse, such as the text's tokens.
        self._look(inspector, pixels)
        yield None
        times: list[float] = []
        while len(times) < LOOKS and sum(times) < LONGEST_SECONDS:
            times.append(self._look(inspector, pixels))
            yield None
        milliseconds = 1000 * statistics.median(times)
        yield Speed(milliseconds, inspector.device_name, inspector.precision_name, inspector.engine_name)

    def _look(self, inspector: InspectorLike, pixels: npt.NDArray[np.uint8]) -> float:
        """The seconds that one part takes."""
        begun = self._clock()
        inspector.score(inspector.encode([pixels])[0])
        return self._clock() - begun


def _part() -> npt.NDArray[np.uint8]:
    # Not while the window starts.
    from tokenclip_core.images.folders import find_images
    from tokenclip_core.images.reading import load_image

    file = next(find_images([resource_path("samples")]), None)
    if file is None:
        raise ImageError("the bundled samples are missing; install the program again")
    return load_image(file)


def keep_speed(file: Path, name: str, speed: Speed) -> None:
    """Note a model's speed in the file of all, where that is possible."""
    text = json.dumps({key: asdict(value) for key, value in (read_speeds(file) | {name: speed}).items()}, indent=1)
    with suppress(OSError):
        write_atomically(file, text.encode())


def read_speeds(file: Path) -> dict[str, Speed]:
    """What was measured of each model; a damaged file counts as none: everything in it can be measured again."""
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
