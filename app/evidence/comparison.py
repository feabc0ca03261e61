"""What the window's model compares parts with; lives in the inference thread with it. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.editing.adjustments import Mix
from app.parts.state import EvidenceFacts
from app.work.inspector_like import InspectorLike

_MEGABYTE = 2**20


@dataclass(frozen=True)
class PooledPart:
    """Where a part of a pool comes from: its file, and (gh, gw) patches."""

    path: str
    grid: tuple[int, int]


@dataclass(frozen=True)
class Places:
    """How far from its own place a patch is compared; None where parts lie anywhere."""

    reach: float | None


@dataclass
class Comparison:
    """The pool of the open folder and the good parts on the shelf, as inspectors that compare with them.

    Attributes:
        pools: of the folder; empty until they are complete.
        sources: files of the pools' parts by the hash of their content.
        base: the model with the good parts on the shelf; None for the model as it was loaded.
        places: what a person said of the places, see `Inspector.with_reach`; None for as the model was loaded.
    """

    pools: tuple[Any, ...] = ()
    sources: Mapping[str, PooledPart] = field(default_factory=dict)
    base: Any = None
    places: Places | None = None
    _ready: dict[int, Any] = field(default_factory=dict)

    @property
    def paths(self) -> frozenset[str]:
        """Files of the parts that the pools hold."""
        return frozenset(source.path for source in self.sources.values())

    @property
    def inspectors(self) -> tuple[Any, ...]:
        """Those that compare."""
        return tuple(one for one in (self.base, *self._ready.values()) if one is not None)

    def clear(self) -> None:
        """Forget pools and shelf, because another model is loaded, or none."""
        self.pools, self.sources, self.base, self.places = (), {}, None, None
        self._ready.clear()

    def placed(self, loaded: InspectorLike) -> Any:
        """The loaded model, which compares parts place by place or not."""
        model: Any = loaded
        return model if self.places is None else model.with_reach(self.places.reach)

    def reach(self, loaded: InspectorLike) -> float | None:
        """How far from its own place a patch is compared now; None where parts lie anywhere."""
        found: float | None = self.placed(loaded).evidence.reach
        return found

    def publish(self, number: int, loaded: InspectorLike) -> None:
        """Compare with pools and shelf as they are now, under a number that was not used before."""
        made: Any = self.placed(loaded) if self.base is None else self.base
        self._ready = {number: made.with_evidence(pools=self.pools) if self.pools else made}

    def inspector(self, loaded: InspectorLike, mix: Mix) -> InspectorLike:
        """The inspector that a mix asks for; the model alone where what it was compared with is gone."""
        found: Any = self._ready.get(mix.compared.number)
        return _asked(self.placed(loaded) if found is None else found, mix)

    def of_frames(self, loaded: InspectorLike, mix: Mix) -> InspectorLike:
        """The inspector for frames of a camera: good parts and a frozen pool count, the open folder does not."""
        return _asked(self.placed(loaded) if self.base is None else self.base, mix)


def _asked(inspector: Any, mix: Mix) -> InspectorLike:
    found: InspectorLike = inspector.with_evidence(mix.evidence) if mix.evidence else inspector
    return found


def evidence_facts(inspector: InspectorLike) -> EvidenceFacts:
    """What a loaded model brings of evidence."""
    evidence: Any = getattr(inspector, "evidence", None)
    if evidence is None or evidence.scale is None:
        return EvidenceFacts()
    frozen = evidence.pools if evidence.frozen else ()
    shelf = evidence.shelf
    nbytes = sum(pool.nbytes for pool in frozen) + (0 if shelf is None else shelf.nbytes)
    return EvidenceFacts(
        evidence.kind,
        sum(len(pool.parts) for pool in frozen),
        () if shelf is None else tuple(shelf.names),
        nbytes / _MEGABYTE,
        evidence.reach,
        getattr(inspector, "from_file", None) is not None,
    )
