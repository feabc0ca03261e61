"""The results of a run on disk: `results.jsonl`, `results.csv` and `run.json`, as README.md describes them.

Rows are appended and flushed one at a time, so that whatever stops a program leaves whole rows behind (a killed process
at worst a last half-written line, which `ResultsWriter` repairs when it resumes).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tokenclip_core.errors import SettingsError
from tokenclip_core.files import write_atomically
from tokenclip_core.output.rows import ResultRow
from tokenclip_core.output.table import TableWriter, open_table
from tokenclip_core.small_files import read_small_json

if TYPE_CHECKING:
    from filelock import BaseFileLock

RESULTS_NAME = "results.jsonl"
TABLE_NAME = "results.csv"
RUN_NAME = "run.json"
# Rows of an interrupted run while a resumed one copies them over; gone when that one is through.
_EARLIER_NAME = "results.jsonl.earlier"
_LOCK_NAME = ".results.lock"
_MAX_RECORD_BYTES = 2**24
_MAX_ROW_LETTERS = 2**24


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
            content = read_small_json(folder / RUN_NAME, _MAX_RECORD_BYTES)
            known = ("settings", "finished", "counts")
            rest = {name: value for name, value in content.items() if name not in known}
            return cls(dict(content["settings"]), rest, finished=bool(content["finished"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None


class ResultsWriter(AbstractContextManager["ResultsWriter"]):
    """Appends rows to the results of a run, in the order given; a context manager.

    It is the only writer of its folder: another one is refused as long as this one lives, in any process. The lock ends
    with the process, so that a killed run leaves none behind.

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
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._files.callback(_release, _locked(folder))
            self._check_earlier(resume=resume, resumable=resumable)
            self._set_earlier_aside(resume)
            record.write(folder)
            # Without a buffer, what could not be written is not written later either.
            self._lines = self._files.enter_context((folder / RESULTS_NAME).open("wb", buffering=0))
            self._table_file = self._files.enter_context(open_table(folder / TABLE_NAME))
            self._table = TableWriter(self._table_file, list(ResultRow("").flat()))
            self._table.flush()
        except OSError as error:
            self._close_files()
            raise SettingsError(f"{folder} cannot be written ({error.strerror}); choose another --out") from error
        except SettingsError:
            self._close_files()
            raise

    @override
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self.close(finished=False)
        except SettingsError:
            # The error that ended the run is raised, not this one, which followed from it.
            if error is None:
                raise

    def write(self, row: ResultRow) -> None:
        """Append a row; it is in the file when this returns, and none of it where that fails.

        Raises:
            SettingsError: the disk is full or gone, or the folder was deleted.
        """
        self._check_there()
        line = (row.to_json() + "\n").encode("utf-8")
        whole = [(file, os.fstat(file.fileno()).st_size) for file in (self._lines, self._table_file)]
        try:
            _write_all(self._lines, line)
            self._table.write(row.flat())
            self._table.flush()
        except OSError as error:
            for file, size in whole:
                with suppress(OSError):
                    os.ftruncate(file.fileno(), size)
            paths = [(self.folder / RESULTS_NAME, whole[0][1]), (self.folder / TABLE_NAME, whole[1][1])]
            self._close_files()
            # Closing writes what a buffer still held.
            for path, size in paths:
                with suppress(OSError):
                    os.truncate(path, size)
            raise SettingsError(
                f"{self.folder} cannot be written any more ({error.strerror}); make room and add --resume"
            ) from error
        self.counts["error" if row.error is not None else row.verdict or "inspected"] += 1

    def close(self, *, finished: bool) -> None:
        """Close the files and say in `run.json` whether every input has its row; calling it again does nothing.

        Raises:
            SettingsError: the disk is full or gone, or the folder was deleted.
        """
        if self._lines.closed:
            return
        try:
            self._check_there()
            self._record.finished = finished
            self._record.counts = self.counts
            self._record.write(self.folder)
            if finished:
                (self.folder / _EARLIER_NAME).unlink(missing_ok=True)
        except OSError as error:
            raise SettingsError(
                f"{self.folder} cannot be written any more ({error.strerror}); make room and add --resume"
            ) from error
        finally:
            self._close_files()

    def _check_there(self) -> None:
        """Whether the files are still there: on many systems a deleted file can be written to without an error."""
        try:
            there = os.path.samestat(os.fstat(self._lines.fileno()), (self.folder / RESULTS_NAME).stat())
        except OSError:
            there = False
        if not there:
            self._close_files()
            raise SettingsError(
                f"{self.folder / RESULTS_NAME} was deleted or moved while it was written; leave the folder alone and "
                "start again"
            )

    def _close_files(self) -> None:
        """Close the files and release the lock; what a full disk refuses is lost already."""
        with suppress(OSError):
            self._files.close()

    def _check_earlier(self, *, resume: bool, resumable: bool) -> None:
        before = RunRecord.read(self.folder)
        if resume:
            _check_same_settings(self.folder, before, self._record)
        elif before is not None and not before.finished and (self.folder / RESULTS_NAME).exists():
            advice = "add --resume to go on with it, or choose another --out" if resumable else "choose another --out"
            raise SettingsError(f"{self.folder} holds an unfinished run; {advice}")

    def _set_earlier_aside(self, resume: bool) -> None:
        """Keep the rows of the interrupted run safe until they are copied over, also if the resumed one is killed."""
        current, aside = self.folder / RESULTS_NAME, self.folder / _EARLIER_NAME
        if resume:
            self.earlier = {row.path: row for file in (aside, current) for row in read_rows(file)}
            text = "".join(row.to_json() + "\n" for row in self.earlier.values())
            write_atomically(aside, text.encode("utf-8"))
        else:
            aside.unlink(missing_ok=True)


def _locked(folder: Path) -> BaseFileLock:
    """Take the folder's lock.

    Raises:
        SettingsError: another run has it.
        OSError: the folder cannot be written.
    """
    # Imported here, since the window opens before it writes results.
    from filelock import FileLock, SoftFileLock, Timeout

    lock: BaseFileLock = FileLock(folder / _LOCK_NAME, thread_local=False)
    try:
        try:
            lock.acquire(blocking=False)
        except NotImplementedError:
            # A network folder without locks: the file alone says that it is taken.
            lock = SoftFileLock(folder / _LOCK_NAME, thread_local=False)
            lock.acquire(blocking=False)
    except Timeout:
        raise SettingsError(
            f"another run writes to {folder} just now; wait for its end, or choose another --out"
        ) from None
    return lock


def _release(lock: BaseFileLock) -> None:
    # Taken away first: who waits for a file that is gone takes the new one. Some systems take it away at the release.
    with suppress(OSError):
        Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()


def _write_all(stream: FileIO, data: bytes) -> None:
    """Write all of the bytes; a full disk may take some of them first."""
    left = memoryview(data)
    while left:
        left = left[stream.write(left) :]


def read_rows(file: Path) -> Iterator[ResultRow]:
    """Yield the whole rows of a results file; a missing file has none, half-written lines are skipped."""
    try:
        if not file.is_file():
            return
        stream = file.open("r", encoding="utf-8", errors="replace", newline="\n")
    except FileNotFoundError:
        return
    with stream:
        for line in iter(lambda: stream.readline(_MAX_ROW_LETTERS), ""):
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
