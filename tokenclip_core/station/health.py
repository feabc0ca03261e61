"""How a station is, in one table: for `/health`, and for the state that outputs show."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from tokenclip_core.publish.delivery import OutputFacts
from tokenclip_core.station.cameras import CameraFacts

OK, DEGRADED, FAILING = "ok", "degraded", "failing"


@dataclass(frozen=True)
class StationHealth:
    """How a station is.

    Attributes:
        station: its name.
        recipe: name and SHA-256 of the one in force.
        recipe_problem: why a changed one is not in force; "" for nothing.
        recipe_changes: how often it was exchanged.
        waiting: triggers without a result.
        results: since the start.
        last_result: seconds since the last one; None before the first.
        stuck: seconds that the present part takes, where that is far too long; else 0.
        cameras, outputs: how each is.
        disk_free: bytes, where the spool lies.
        problems: whatever else is wrong, in words.
    """

    station: str
    recipe: tuple[str, str]
    recipe_problem: str
    recipe_changes: int
    waiting: int
    results: int
    last_result: float | None
    stuck: float
    cameras: list[CameraFacts]
    outputs: list[OutputFacts]
    disk_free: int
    problems: list[str]

    @property
    def status(self) -> str:
        """``failing`` where no part can be inspected, ``degraded`` where something needs a person, else ``ok``."""
        if self.stuck or all(camera.problem for camera in self.cameras):
            return FAILING
        wrong = [*(camera.problem for camera in self.cameras), *(one.problem or one.refusal for one in self.outputs)]
        return DEGRADED if any([*wrong, self.recipe_problem, *self.problems]) else OK

    @property
    def works(self) -> bool:
        """Whether parts are inspected."""
        return self.status != FAILING

    def to_mapping(self) -> dict[str, Any]:
        """Plain values for JSON."""
        values = asdict(self)
        name, sha256 = self.recipe
        return {"status": self.status, **values, "recipe": {"name": name, "sha256": sha256}}

    def state(self) -> dict[str, Any]:
        """What outputs show: only what changes seldom."""
        name, sha256 = self.recipe
        return {
            "station": self.station,
            "status": self.status,
            "recipe": {"name": name, "sha256": sha256},
            "cameras": {camera.name: camera.problem or "ok" for camera in self.cameras},
        }
