"""The results of a run on disk: `results.jsonl`, `results.csv` and `run.json`, as README.md describes them.

Rows are appended and flushed one at a time, so that whatever stops a program leaves whole rows behind (a killed process
at worst a last half-written line, which `ResultsWriter` repairs when it resumes).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tokenclip_core.errors import SettingsError
from tokenclip_core.files import write_atomically
from tokenclip_core.output.rows import ResultRow
from tokenclip_core.output.table import TableWriter, open_table

RESULTS_NAME = "results.jsonl"
TABLE_NAME = "results.csv"
RUN_NAME = "run.json"
# Rows of an interrupted run while a resumed one copies them over; gone when that one is through.
_EARLIER_NAME = "results.jsonl.earlier"


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
            table = self._files.enter_context(open_table(folder / TABLE_NAME))
            self._table = TableWriter(table, list(ResultRow("").flat()))
        except OSError as error:
            self._files.close()
            raise SettingsError(f"{folder} cannot be written ({error.strerror}); choose another --out") from error

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
            self._table.write(row.flat())
            self._table.flush()
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
