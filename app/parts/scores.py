"""What is known of the parts' scores under each of the last mixes; no Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.editing.adjustments import Mix
from app.parts.state import Part
from tokenclip_core.judgement.judgement import Channels
from tokenclip_core.lru import LruCache

MOST_MIXES = 16
"""Number of mixes whose scores are kept; every step of a slider is another mix."""

Known = tuple[float | None, tuple[float, ...], Channels | None]
"""Score, peaks of the subspaces, and levels of the evidence channels, as of `Part`."""
_UNKNOWN: Known = (None, (), None)


class ScoresByMix:
    """Scores, the subspaces' peaks and the channels' levels of parts, by mix and path; the mixes used last are kept."""

    def __init__(self) -> None:
        self._mixes: LruCache[Mix, dict[str, Known]] = LruCache(MOST_MIXES)
        self._inspected: set[str] = set()

    def take(self, mix: Mix, path: str, score: float, peaks: tuple[float, ...], channels: Channels) -> None:
        """Keep what an inspection said."""
        self._of(mix)[path] = (score, peaks, channels)
        self._inspected.add(path)

    def take_known(self, mix: Mix, known: Mapping[str, Known]) -> None:
        """Keep what an earlier start said of parts that this one has not inspected."""
        here = self._of(mix)
        here.update({path: said for path, said in known.items() if path not in here})

    def give(self, mix: Mix, parts: Iterable[Part], *, by_channels: bool = False) -> int:
        """Put into parts what is known of them under a mix.

        Args:
            mix: that is in force.
            parts: to put it into.
            by_channels: whether channels have limits: then parts whose levels are not known are out of date.

        Returns:
            Of how many parts the score is known, but not the levels that they are to be judged by.
        """
        known, lacking = self._of(mix), 0
        for part in parts:
            said = known.get(part.path, _UNKNOWN)
            lacks = by_channels and said[0] is not None and said[2] is None
            lacking += lacks
            part.take_score(*(_UNKNOWN if lacks else said))
            part.outdated = lacks or (said[0] is None and part.path in self._inspected)
        return lacking

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
