"""What is known of the parts' scores under each of the last mixes; no Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.editing.adjustments import Mix
from app.parts.state import Part
from tokenclip_core.lru import LruCache

MOST_MIXES = 16
"""Of so many mixes the parts' scores are kept; every step of a slider is another one."""

Known = tuple[float | None, tuple[float, ...]]
_UNKNOWN: Known = (None, ())


class ScoresByMix:
    """Scores and the subspaces' peaks of parts, by mix and path; the mixes used last are kept."""

    def __init__(self) -> None:
        self._mixes: LruCache[Mix, dict[str, Known]] = LruCache(MOST_MIXES)
        self._inspected: set[str] = set()

    def take(self, mix: Mix, path: str, score: float, peaks: tuple[float, ...]) -> None:
        """Keep what an inspection said."""
        self._of(mix)[path] = (score, peaks)
        self._inspected.add(path)

    def take_known(self, mix: Mix, known: Mapping[str, tuple[float, tuple[float, ...]]]) -> None:
        """Keep what an earlier start said of parts that this one has not inspected."""
        here = self._of(mix)
        here.update({path: said for path, said in known.items() if path not in here})

    def give(self, mix: Mix, parts: Iterable[Part]) -> None:
        """Put into parts what is known of them under a mix."""
        known = self._of(mix)
        for part in parts:
            score, peaks = known.get(part.path, _UNKNOWN)
            part.take_score(score, peaks)
            part.outdated = score is None and part.path in self._inspected

    def forget(self, path: str) -> None:
        """Forget a part whose file's content changed."""
        self._inspected.discard(path)
        for known in self._mixes.values():
            known.pop(path, None)

    def clear(self) -> None:
        """Forget everything."""
        self._mixes.clear()
        self._inspected.clear()

    def _of(self, mix: Mix) -> dict[str, Known]:
        return self._mixes.get_or_make(mix, dict)
