"""Questions to the store: runs, results, earlier verdicts of a folder, judging again without the model."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Row, Select, and_, delete, exists, func, null, or_, select
from sqlalchemy.orm import aliased

from tokenclip_core.errors import SettingsError
from tokenclip_core.judgement.agreement import Agreement
from tokenclip_core.judgement.judgement import Channels, Judgement
from tokenclip_core.output.store.database import Store, StoreError
from tokenclip_core.output.store.schema import (
    WHOLE_PART,
    decisions,
    evidence,
    parts,
    recipes,
    regions,
    results,
    runs,
    stations,
)
from tokenclip_core.output.store.summaries import (
    Decision,
    Difference,
    FalseAlarms,
    Filter,
    JudgedAgain,
    RunSummary,
    SpaceTaken,
    StoredResult,
)
from tokenclip_core.output.store.writing import stored_path
from tokenclip_core.small_files import parse_json

PAGE = 500
"""Results that one question brings."""


class History:
    """Reads a store; every method raises `StoreError` where that can't be done."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def runs(self, text: str = "", *, since: float | None = None, limit: int = 1000) -> list[RunSummary]:
        """The newest runs first.

        Args:
            text: occurs in the title, station, model or recipe's name.
            since: begun at or after that time, seconds since 1970.
            limit: at most so many.
        """
        wanted = _runs()
        if text:
            fields = (runs.c.title, stations.c.name, runs.c.model, recipes.c.name)
            wanted = wanted.where(or_(*(column.icontains(text, autoescape=True) for column in fields)))
        if since is not None:
            wanted = wanted.where(runs.c.started >= since)
        with self.store.errors_in_words(), self.store.engine.connect() as connection:
            return [_run(row) for row in connection.execute(wanted.order_by(runs.c.started.desc()).limit(limit))]

    def run(self, uid: str) -> RunSummary | None:
        """One run by its uid, or by the beginning of it where only one begins so."""
        wanted = _runs()
        wanted = wanted.where(runs.c.uid.startswith(uid, autoescape=True)).limit(2)
        with self.store.errors_in_words(), self.store.engine.connect() as connection:
            found = [_run(row) for row in connection.execute(wanted)]
        return found[0] if len(found) == 1 else None

    def recipe(self, run: str) -> str | None:
        """The content of the recipe that a run was judged by, as its file had it; None for none."""
        query = select(recipes.c.content).join(runs, runs.c.recipe_id == recipes.c.id).where(runs.c.uid == run)
        with self.store.errors_in_words(), self.store.engine.connect() as connection:
            found = connection.execute(query).scalar()
        return None if found is None else str(found)

    def results(
        self, run: str, wanted: Filter | None = None, *, after: int = -1, limit: int = PAGE
    ) -> list[StoredResult]:
        """A page of a run's results in their order.

        Args:
            run: its uid.
            wanted: which ones.
            after: the position of the last result of the page before.
            limit: at most so many.
        """
        wanted = wanted or Filter()
        query = _with_decisions().where(_run_id(run), results.c.position > after, *_conditions(wanted))
        with self.store.errors_in_words(), self.store.engine.connect() as connection:
            return [_result(row) for row in connection.execute(query.order_by(results.c.position).limit(limit))]

    def positions(self, run: str) -> frozenset[int]:
        """Which positions of a run are stored."""
        query = select(results.c.position).where(_run_id(run))
        with self.store.errors_in_words(), self.store.engine.connect() as connection:
            return frozenset(connection.execute(query).scalars())

    def regions(self, result: str) -> list[tuple[float, ...]]:
        """Regions of a result by its uid: x, y, width, height, area_px, peak of each."""
        columns = [regions.c[name] for name in ("x", "y", "width", "height", "area_px", "peak")]
        query = select(*columns).join(results).where(results.c.uid == result).order_by(regions.c.id)
        with self.store.errors_in_words(), self.store.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(query)]

    def channels(self, result: str) -> dict[str, float]:
        """Share of each evidence channel in a result's score."""
        query = select(evidence.c.channel, evidence.c.share).join(results).where(results.c.uid == result)
        with self.store.errors_in_words(), self.store.engine.connect() as connection:
            return dict(connection.execute(query).all())

    def known_results(self, folder: str | os.PathLike[str], settings_sha256: str) -> dict[str, StoredResult]:
        """The latest result of every part below a folder that was made under these settings, by path.

        Args:
            folder: absolute.
            settings_sha256: see `events.settings_fingerprint`.
        """
        prefix = stored_path(os.fspath(folder).rstrip(os.sep) + os.sep)
        query = (
            _with_decisions()
            .join(runs, results.c.run_id == runs.c.id)
            .where(parts.c.path.startswith(prefix, autoescape=True), runs.c.settings_sha256 == settings_sha256)
            .order_by(results.c.moment, results.c.id)
        )
        with self.store.errors_in_words(), self.store.engine.connect() as connection:
            return {row.path: _result(row) for row in connection.execute(query)}

    def decisions(self, path: str, sha256: str | None = None) -> list[Decision]:
        """All that people decided about a part, earliest first: by its content where that is known, else by path."""
        about = parts.c.sha256 == sha256 if sha256 else parts.c.path == stored_path(path)
        query = select(decisions).join(parts).where(about).order_by(decisions.c.moment, decisions.c.id)
        with self.store.errors_in_words(), self.store.engine.connect() as connection:
            found = connection.execute(query)
            return [Decision(row.who, row.moment, row.decision, row.note) for row in found]

    def judge_again(
        self,
        run: str,
        threshold: float,
        *,
        minimum_size: int = 1,
        own_thresholds: Mapping[str, float] | None = None,
    ) -> JudgedAgain:
        """What a run's verdicts would be at other thresholds, from what is stored of each part.

        A run that was judged by limits of evidence channels, or by subspaces' own thresholds, too, is judged by the
        same ones again. What subspaces are muted, which areas are inspected and the settings of the scoring are in the
        stored numbers: for others of these, the parts must be inspected again.

        Args:
            run: its uid.
            threshold: in [0, 1].
            minimum_size: of a region in patches; sizes of the run below it don't count. The whole part always does.
            own_thresholds: in [0, 1], by subspace; None for those that the run was judged by.

        Raises:
            StoreError: the sizes of regions, the subspaces, or the levels of evidence channels are not stored of every
                result, and are asked for.
        """
        about = self.run(run)
        sizes = about.sizes if about is not None else ()
        names = about.subspaces if about is not None else ()
        # Packed numbers are most of a result's bytes, so they are read only where they are needed.
        limits, known = self._judged_by(run, names)
        asked = dict(known) if own_thresholds is None else own_thresholds
        own = {name: value for name, value in asked.items() if name in names}
        packed = {"levels": bool(own), "size_scores": minimum_size > 1, "details": bool(limits)}
        rows = self._scored(run, packed)
        reasons = {row[6].partition(":")[0] for row in rows if row[6]}
        _check_known(reasons, limits, own if own_thresholds is None else None)
        positions = np.fromiter((row[0] for row in rows), np.int64, len(rows))
        scores = np.fromiter((row[1] for row in rows), np.float64, len(rows))
        stored = np.fromiter((row[2] == "defect" for row in rows), np.bool_, len(rows))
        if minimum_size > 1:
            kept = [place for place, size in enumerate(sizes) if size >= minimum_size or size == WHOLE_PART]
            scores = _unpacked([row[4] for row in rows], "<f8", len(sizes), "sizes")[:, kept].max(axis=1, initial=0.0)
        levels = np.zeros((len(rows), 0))
        if own:
            levels = _unpacked([row[3] for row in rows], "<f4", len(names), "subspaces")
        by_index = sorted((names.index(name), value) for name, value in own.items())
        judgement = Judgement(threshold, tuple(by_index), channel_limits=limits)
        spoken = _channel_levels([row[5] for row in rows]) if limits else {}
        silent = np.full(len(rows), np.nan)
        defect = judgement.defects(scores, lambda index: levels[:, index], lambda name: spoken.get(name, silent))
        return JudgedAgain(positions, defect, int(np.count_nonzero(defect != stored)))

    def _scored(self, run: str, packed: Mapping[str, bool]) -> Sequence[Sequence[Any]]:
        """Position, score, verdict, levels, size_scores, details and reason of a run's results that have a score.

        Args:
            run: its uid.
            packed: whether levels, size_scores and details are asked for; else they are None.
        """
        columns = [
            results.c[name] if packed.get(name, True) else null().label(name)
            for name in ("position", "score", "verdict", "levels", "size_scores", "details", "reason")
        ]
        query = select(*columns).where(_run_id(run), results.c.score.is_not(None)).order_by(results.c.position)
        with self.store.errors_in_words(), self.store.engine.connect() as connection:
            return connection.execute(query).all()

    def _judged_by(self, run: str, names: Sequence[str]) -> tuple[Channels, Channels]:
        """The limits of evidence channels and own thresholds of subspaces that a run was judged by last, if stored.

        Args:
            run: its uid.
            names: of its subspaces.
        """
        about = select(results.c.details).where(_run_id(run), results.c.score.is_not(None))
        with self.store.errors_in_words(), self.store.engine.connect() as connection:
            last = connection.execute(about.order_by(results.c.position.desc()).limit(1)).first()
        details = None if last is None else last[0]
        limits, own = _pairs(details, "channel_limits"), _pairs(details, "own_thresholds")
        if limits is None or own is None:
            content = self.recipe(run)
            judgement = Judgement() if content is None else _judgement_of_recipe(content)
            limits = judgement.channel_limits if limits is None else limits
            own = judgement.own_by_name(names) if own is None else own
        return limits, own

    def false_alarms(self, run: str) -> tuple[FalseAlarms, ...]:
        """Defective parts of a run that a person accepted last, by the subspaces that stand out in them.

        Those are, of the stored highest anomalies, the greatest, and the second where it is not far behind, see
        `dominant_subspaces`; none where they are not stored.

        Args:
            run: its uid.

        Returns:
            The largest group first; in it, the results in the run's order.
        """
        # Imported here: it brings OpenCV, which no other question needs.
        from tokenclip_core.inspection.patches import dominant_subspaces

        about, groups = self.run(run), dict[tuple[str, ...], list[StoredResult]]()
        names = () if about is None else about.subspaces
        wanted, after = Filter("defect", "accepted"), -1
        while page := self.results(run, wanted, after=after):
            after = page[-1].position
            for result in page:
                peaks = np.asarray(result.levels, np.float32)
                found = dominant_subspaces(peaks) if peaks.size else ()
                signature = tuple(names[index] for index in found if index < len(names))
                groups.setdefault(signature, []).append(result)
        ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
        return tuple(FalseAlarms(signature, tuple(found)) for signature, found in ordered)

    def compare(self, before: str, after: str) -> Iterator[Difference]:
        """Parts of both runs, by their content, whose verdicts differ; in the order of the first run."""
        first, second = aliased(results), aliased(results)
        one, other = aliased(parts), aliased(parts)
        query = (
            select(one.c.path, first.c.verdict, second.c.verdict, first.c.score, second.c.score)
            .select_from(first)
            .join(one, first.c.part_id == one.c.id)
            .join(other, and_(one.c.sha256 == other.c.sha256, or_(one.c.sha256 != "", one.c.id == other.c.id)))
            .join(second, second.c.part_id == other.c.id)
            .where(
                first.c.run_id == _number_of(before),
                second.c.run_id == _number_of(after),
                func.coalesce(first.c.verdict, "") != func.coalesce(second.c.verdict, ""),
            )
            .order_by(first.c.position)
        )
        with self.store.errors_in_words(), self.store.engine.connect() as connection:
            yield from (Difference(*row) for row in connection.execute(query))

    def agreement(self, run: str) -> Agreement:
        """How a run's verdicts and the latest decisions go together."""
        latest = _latest_decision()
        query = (
            select(results.c.verdict, latest.c.decision, func.count())
            .join(latest, latest.c.part_id == results.c.part_id)
            .where(_run_id(run), results.c.verdict.is_not(None), latest.c.decision != "")
            .group_by(results.c.verdict, latest.c.decision)
        )
        with self.store.errors_in_words(), self.store.engine.connect() as connection:
            counts = {f"{verdict}_{decision}": count for verdict, decision, count in connection.execute(query)}
        return Agreement(**counts)

    def forget_before(self, moment: float) -> int:
        """Delete runs that began before that time (seconds since 1970); decisions stay. Says how many."""
        with self.store.errors_in_words(), self.store.engine.begin() as connection:
            old = select(runs.c.id).where(runs.c.started < moment)
            numbers = list(connection.execute(old).scalars())
            connection.execute(delete(results).where(results.c.run_id.in_(old)))
            connection.execute(delete(runs).where(runs.c.started < moment))
            unused = ~exists().where(results.c.part_id == parts.c.id)
            undecided = ~exists().where(decisions.c.part_id == parts.c.id)
            connection.execute(delete(parts).where(unused, undecided))
        return len(numbers)

    def forget_older_than(self, seconds: float, now: float) -> int:
        """Delete runs that began so long before the present, or before the newest run where the clock is ahead of it.

        A clock that was set years ahead would otherwise delete everything.
        """
        with self.store.errors_in_words(), self.store.engine.connect() as connection:
            newest = connection.execute(select(func.max(runs.c.started))).scalar_one()
        return 0 if newest is None else self.forget_before(min(now, newest) - seconds)

    def space(self) -> SpaceTaken:
        """What the store holds, and what it takes on this machine's disk."""
        with self.store.errors_in_words(), self.store.engine.connect() as connection:
            count = int(connection.execute(select(func.count()).select_from(runs)).scalar_one())
            of_runs = select(func.coalesce(func.sum(runs.c.good + runs.c.defect + runs.c.inspected + runs.c.error), 0))
            stored = int(connection.execute(of_runs).scalar_one())
        file = self.store.url.database if self.store.url.get_backend_name() == "sqlite" else None
        nbytes = None
        if file:
            beside = [Path(file + ending) for ending in ("", "-wal", "-shm")]
            nbytes = sum(name.stat().st_size for name in beside if name.exists())
        return SpaceTaken(count, stored, nbytes)


def _check_known(reasons: Collection[str], limits: Channels, own: Mapping[str, float] | None) -> None:
    """Check that what a run's parts were defective by is known.

    Args:
        reasons: kinds of them, such as ``channel``.
        limits: of evidence channels, as far as they are stored.
        own: thresholds of subspaces, as far as they are stored; None where others are chosen.

    Raises:
        StoreError: it is not.
    """
    if "channel" in reasons and not limits:
        raise StoreError(
            "the run was judged by limits of evidence channels, too, which are not stored; inspect the parts again"
        )
    if "subspace" in reasons and own is not None and not own:
        raise StoreError(
            "the run was judged by subspaces' own thresholds, too, which are not stored; name them, or inspect the "
            "parts again"
        )


def _unpacked(packed: Sequence[bytes | None], kind: str, width: int, what: str) -> npt.NDArray[np.float64]:
    """(R, width) numbers of R results."""
    length = width * np.dtype(kind).itemsize
    if not width or any(values is None or len(values) != length for values in packed):
        raise StoreError(f"the run's {what} are not stored with every result; inspect the parts again")
    return np.frombuffer(b"".join(filter(None, packed)), kind).reshape(len(packed), width).astype(np.float64)


def _pairs(details: object, name: str) -> Channels | None:
    """What a result's details say of evidence channels, see `events.channel_details`; None where they say nothing."""
    found = details.get(name) if isinstance(details, Mapping) else None
    if not isinstance(found, Mapping):
        return None
    return tuple((str(channel), float(value)) for channel, value in found.items() if isinstance(value, int | float))


def _judgement_of_recipe(content: str) -> Judgement:
    try:
        return Judgement.from_mapping(parse_json(content).get("judgement", {}))
    except (ValueError, AttributeError, SettingsError) as error:
        raise StoreError(f"the run's recipe is damaged ({error}); inspect the parts again") from error


def _channel_levels(details: Sequence[object]) -> dict[str, npt.NDArray[np.float64]]:
    """(R,) levels of each evidence channel from the details of R results; not a number where it did not speak."""
    found: dict[str, npt.NDArray[np.float64]] = {}
    for place, one in enumerate(details):
        levels = _pairs(one, "channel_levels")
        if levels is None:
            raise StoreError(
                "the run was judged by limits of evidence channels, too, whose levels are not stored with every "
                "result; inspect the parts again"
            )
        for channel, level in levels:
            found.setdefault(channel, np.full(len(details), np.nan))[place] = level
    return found


def _runs() -> Select[Any]:
    return (
        select(runs, stations.c.name.label("station"), func.coalesce(recipes.c.name, "").label("recipe"))
        .join(stations, runs.c.station_id == stations.c.id)
        .outerjoin(recipes, runs.c.recipe_id == recipes.c.id)
    )


def _number_of(run: str) -> Any:
    return select(runs.c.id).where(runs.c.uid == run).scalar_subquery()


def _run_id(run: str) -> ColumnElement[bool]:
    return results.c.run_id.in_(select(runs.c.id).where(runs.c.uid == run))


def _latest_decision() -> Any:
    """The newest decision of each part."""
    newest = select(func.max(decisions.c.id)).group_by(decisions.c.part_id)
    return select(decisions).where(decisions.c.id.in_(newest)).subquery("latest")


def _with_decisions() -> Select[Any]:
    newest = select(func.max(decisions.c.id)).where(decisions.c.part_id == results.c.part_id)
    newest_id = newest.correlate(results).scalar_subquery()
    return (
        select(results, parts.c.path, parts.c.sha256, parts.c.size, parts.c.modified, *_decision_columns())
        .join(parts, results.c.part_id == parts.c.id)
        .outerjoin(decisions, decisions.c.id == newest_id)
    )


def _decision_columns() -> Sequence[ColumnElement[Any]]:
    return [decisions.c[name].label(f"decision_{name}") for name in ("who", "moment", "decision", "note")]


def _conditions(wanted: Filter) -> Iterator[ColumnElement[bool]]:
    if wanted.verdict == "error":
        yield results.c.error.is_not(None)
    elif wanted.verdict == "inspected":
        yield and_(results.c.verdict.is_(None), results.c.error.is_(None))
    elif wanted.verdict:
        yield results.c.verdict == wanted.verdict
    if wanted.decision == "none":
        yield or_(decisions.c.decision.is_(None), decisions.c.decision == "")
    elif wanted.decision:
        yield decisions.c.decision == wanted.decision
    if wanted.text:
        yield parts.c.path.icontains(wanted.text, autoescape=True)


def _run(row: Row[Any]) -> RunSummary:
    values = row._mapping
    names = ("uid", "station", "kind", "title", "started", "ended", "finished", "model", "threshold")
    counts = ("good", "defect", "inspected", "error")
    return RunSummary(
        **{name: values[name] for name in (*names, *counts, "settings", "recipe")},
        sizes=tuple(values["sizes"]),
        subspaces=tuple(values["subspaces"]),
    )


def _result(row: Row[Any]) -> StoredResult:
    values = row._mapping
    plain = ("uid", "position", "path", "sha256", "size", "modified", "moment", "score", "threshold", "verdict")
    rest = ("reason", "width", "height", "error")
    decision = None
    if values["decision_who"] is not None:
        decision = Decision(*(values[f"decision_{name}"] for name in ("who", "moment", "decision", "note")))
    packed = values["levels"]
    levels = () if packed is None else tuple(np.frombuffer(packed, "<f4").tolist())
    return StoredResult(
        **{name: values[name] for name in (*plain, *rest)},
        levels=levels,
        decision=decision,
        channel_levels=_pairs(values["details"], "channel_levels"),
    )
