"""The results of a run on disk: `results.jsonl`, `results.csv` and `run.json`, as README.md describes them.

Rows are appended and flushed one at a time, so that whatever stops a program leaves whole rows behind (a killed process
at worst a last half-written line, which `ResultsWriter` repairs when it resumes).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tokenclip_core.errors import SettingsError
from tokenclip_core.files import write_atomically
from tokenclip_core.judgement.judgement import Verdict as Verdict

RESULTS_NAME = "results.jsonl"
TABLE_NAME = "results.csv"
RUN_NAME = "run.json"
# Rows of an interrupted run while a resumed one copies them over; gone when that one is through.
_EARLIER_NAME = "results.jsonl.earlier"


@dataclass(frozen=True)
class RegionRow:
    """A connected defect region, in pixels of the original image.

    Attributes:
        x: left edge of the bounding box.
        y: top edge of the bounding box.
        width: of the bounding box.
        height: of the bounding box.
        area_px: pixels at or above the threshold.
        peak: the highest value of the anomaly map in the region, in [0, 1].
    """

    x: int
    y: int
    width: int
    height: int
    area_px: int
    peak: float


@dataclass(frozen=True)
class SubspaceRow:
    """What one textual subspace had to do with an image.

    Attributes:
        name: the subspace.
        mass: the share of all patches' weights that it received, in [0, 1].
        anomaly: the mean anomaly of its patches, weighted with their weights, in [0, 1].
    """

    name: str
    mass: float
    anomaly: float


@dataclass(frozen=True)
class ResultRow:
    """One inspected image, or one that could not be read: then `error` says why, and the results are None or empty.

    Attributes:
        path: as the user gave it; frames of a video end in "#frame=12".
        width: of the original image, in pixels.
        height: of the original image, in pixels.
        score: in [0, 1].
        threshold: what the score was compared with, if anything.
        verdict: "defect" from the threshold on, None without a threshold.
        regions: the defect regions at the threshold.
        subspaces: one entry a subspace.
        model: name of the backbone.
        checkpoint: the checkpoint file, if one was used.
        milliseconds: time for the image, decoding aside.
        error: why there is no result.
        seconds: of a frame, since the beginning of its video or stream; only frames have it.
        captured: of a live frame, when it was taken, ISO 8601 in UTC; only live frames have it.
    """

    path: str
    width: int | None = None
    height: int | None = None
    score: float | None = None
    threshold: float | None = None
    verdict: Verdict | None = None
    regions: tuple[RegionRow, ...] = ()
    subspaces: tuple[SubspaceRow, ...] = ()
    model: str = ""
    checkpoint: str | None = None
    milliseconds: float | None = None
    error: str | None = None
    seconds: float | None = None
    captured: str | None = None

    def to_json(self) -> str:
        """Return the row as one line of JSON, without the line end."""
        values = asdict(self)
        for name in ("seconds", "captured"):
            if values[name] is None:
                del values[name]
        # A file name that is not valid text holds lone surrogates; escaped, they survive the way through the file.
        text = json.dumps(values, ensure_ascii=False, allow_nan=False)
        return text.encode("utf-8", "backslashreplace").decode("utf-8")

    @classmethod
    def from_json(cls, line: str) -> ResultRow:
        """Read a row back.

        Raises:
            ValueError: the line is not a row.
        """
        values = json.loads(line)
        if not isinstance(values, dict) or not isinstance(values.get("path"), str):
            raise ValueError("not a row of results")
        known = {entry.name for entry in fields(cls)}
        try:
            values = {name: value for name, value in values.items() if name in known}
            values["regions"] = tuple(RegionRow(**region) for region in values.get("regions", ()))
            values["subspaces"] = tuple(SubspaceRow(**subspace) for subspace in values.get("subspaces", ()))
            return cls(**values)
        except TypeError as error:
            raise ValueError(f"not a row of results: {error}") from error

    def flat(self) -> dict[str, str | int | float | None]:
        """Return what goes into the table: the plain fields, the number of regions and the strongest subspace."""
        strongest = max(self.subspaces, key=lambda subspace: subspace.mass * subspace.anomaly, default=None)
        return {
            "path": self.path.encode("utf-8", "backslashreplace").decode("utf-8"),
            "width": self.width,
            "height": self.height,
            "score": self.score,
            "threshold": self.threshold,
            "verdict": self.verdict,
            "regions": len(self.regions),
            "area_px": sum(region.area_px for region in self.regions),
            "subspace": strongest.name if strongest else None,
            "model": self.model,
            "checkpoint": self.checkpoint,
            "milliseconds": self.milliseconds,
            "error": self.error,
        }


@dataclass
class RunRecord:
    """What `run.json` holds: enough to repeat the run.

    Attributes:
        settings: all that decides the results; a run is resumed only under equal settings.
        circumstances: versions, device and the like, for the reader.
        finished: whether every input has its row.
        counts: how many rows there are, by outcome.
    """

    settings: Mapping[str, Any]
    circumstances: Mapping[str, Any] = field(default_factory=dict)
    finished: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write the record to `folder`, replacing an earlier one in one step."""
        content = {
            "finished": self.finished,
            "counts": dict(self.counts),
            "settings": dict(self.settings),
            **self.circumstances,
        }
        text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
        write_atomically(folder / RUN_NAME, text.encode("utf-8", "backslashreplace"))

    @classmethod
    def read(cls, folder: Path) -> RunRecord | None:
        """Read the record of an earlier run; None if there is none or it is no record."""
        try:
            content = json.loads((folder / RUN_NAME).read_text("utf-8"))
            known = ("settings", "finished", "counts")
            rest = {name: value for name, value in content.items() if name not in known}
            return cls(dict(content["settings"]), rest, finished=bool(content["finished"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


class ResultsWriter:
    """Appends rows to the results of a run, in the order given; a context manager.

    Attributes:
        earlier: with `resume`, the rows of the interrupted run by path, for the caller to reuse.
        counts: rows written so far: "good", "defect", "inspected" (without a verdict), "error".
    """

    def __init__(self, folder: Path, record: RunRecord, *, resume: bool = False, resumable: bool = True) -> None:
        """Start or resume the results of a run in `folder`, which is made if need be.

        Args:
            folder: where the results go.
            record: what `run.json` says.
            resume: go on with what is there.
            resumable: whether to advise that, when something unfinished is there.

        Raises:
            SettingsError: the folder holds an unfinished run and `resume` is not set, or a run with other settings
                and `resume` is set, or it cannot be written.
        """
        self.folder = folder
        self.earlier: dict[str, ResultRow] = {}
        self.counts = dict.fromkeys(("good", "defect", "inspected", "error"), 0)
        self._record = record
        self._files = ExitStack()
        before = RunRecord.read(folder)
        if resume:
            _check_same_settings(folder, before, record)
        elif before is not None and not before.finished and (folder / RESULTS_NAME).exists():
            advice = "add --resume to go on with it, or choose another --out" if resumable else "choose another --out"
            raise SettingsError(f"{folder} holds an unfinished run; {advice}")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._set_earlier_aside(resume)
            record.write(folder)
            self._lines = self._files.enter_context((folder / RESULTS_NAME).open("w", encoding="utf-8", newline="\n"))
            table = self._files.enter_context((folder / TABLE_NAME).open("w", encoding="utf-8", newline=""))
        except OSError as error:
            self._files.close()
            raise SettingsError(f"{folder} cannot be written ({error.strerror}); choose another --out") from error
        self._table_file = table
        self._table = csv.DictWriter(table, list(ResultRow("").flat()), lineterminator="\n")
        self._table.writeheader()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close(finished=False)

    def write(self, row: ResultRow) -> None:
        """Append a row; it is in the file when this returns.

        Raises:
            SettingsError: the disk is full or gone.
        """
        line = row.to_json() + "\n"
        try:
            self._lines.write(line)
            self._lines.flush()
            self._table.writerow(row.flat())
            self._table_file.flush()
        except OSError as error:
            raise SettingsError(
                f"{self.folder} cannot be written any more ({error.strerror}); make room and add --resume"
            ) from error
        self.counts["error" if row.error is not None else row.verdict or "inspected"] += 1

    def close(self, *, finished: bool) -> None:
        """Close the files and say in `run.json` whether every input has its row; calling it again does nothing."""
        if self._lines.closed:
            return
        self._files.close()
        self._record.finished = finished
        self._record.counts = self.counts
        self._record.write(self.folder)
        if finished:
            (self.folder / _EARLIER_NAME).unlink(missing_ok=True)

    def _set_earlier_aside(self, resume: bool) -> None:
        """Keep the rows of the interrupted run safe until they are copied over, also if the resumed one is killed."""
        current, aside = self.folder / RESULTS_NAME, self.folder / _EARLIER_NAME
        if resume:
            self.earlier = {row.path: row for file in (aside, current) for row in read_rows(file)}
            text = "".join(row.to_json() + "\n" for row in self.earlier.values())
            write_atomically(aside, text.encode("utf-8"))
        else:
            aside.unlink(missing_ok=True)


def read_rows(file: Path) -> Iterator[ResultRow]:
    """Yield the whole rows of a results file; a missing file has none, half-written lines are skipped."""
    try:
        stream = file.open("r", encoding="utf-8", errors="replace", newline="\n")
    except FileNotFoundError:
        return
    with stream:
        for line in stream:
            # A line without its end was cut off, even where what is there happens to be valid.
            if not line.endswith("\n"):
                return
            try:
                yield ResultRow.from_json(line)
            except ValueError:
                continue


def table_text(rows: list[dict[str, Any]]) -> str:
    """Return rows of equal keys as CSV with a header, lines ending in a line feed."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def _check_same_settings(folder: Path, before: RunRecord | None, record: RunRecord) -> None:
    if before is None:
        if (folder / RESULTS_NAME).exists():
            raise SettingsError(f"{folder}/{RUN_NAME} is missing or damaged, so the run cannot be resumed; start anew")
        return
    # Through JSON and back, since that is what the earlier settings have been through.
    now = json.loads(json.dumps(dict(record.settings)))
    names = sorted(name for name in {*now, *before.settings} if now.get(name) != before.settings.get(name))
    if names:
        changes = ", ".join(f"{name}: {before.settings.get(name)} then, {now.get(name)} now" for name in names)
        raise SettingsError(f"{folder} was made with other settings ({changes}); repeat them or choose another --out")
