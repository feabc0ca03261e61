"""Tables of other programs: any usual encoding and separator, headers with blanks, paths with backslashes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenclip_core.errors import DataLayoutError

_SEPARATORS = ",;\t|"
_MOST_BYTES = 2**28
# UTF-16 begins with a mark, and text of other encodings is hardly ever valid UTF-8; of the others, the one is taken
# in which the table's paths exist.
_ENCODINGS = ("gb18030", "cp932", "cp949", "big5", "cp1252", "cp1251", "cp1250", "latin-1")
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
_TRIED_PATHS = 20
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Table:
    """The rows of a table.

    Attributes:
        file: where it is.
        columns: names as they are written, without blanks around them.
        rows: line number and values by lower-case column name; a row of another length than the header has None.
    """

    file: Path
    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str] | None], ...]

    def has(self, columns: Sequence[str]) -> bool:
        """Whether all these columns are there."""
        return set(columns) <= {column.casefold() for column in self.columns}


def read_table(file: Path, path_column: str, root: Path) -> Table:
    """Read a table.

    Args:
        file: the table.
        path_column: whose values are paths; they decide between encodings that all can be read.
        root: where these paths begin.

    Raises:
        DataLayoutError: it can't be read as a table.
    """
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise DataLayoutError(f"{file} is larger than {_MOST_BYTES // 2**20} MiB; a table of parts is smaller")
        data = file.read_bytes()
    except OSError as error:
        raise DataLayoutError(f"{file} can't be read ({error.strerror}); check its permissions") from error
    if b"\0" in data and data[:2] not in _MARKS:
        raise DataLayoutError(f"{file} is no table of text; save it as CSV in UTF-8")
    readable = [table for encoding in _encodings(data) if (table := _parsed(file, data, encoding)) is not None]
    if not readable:
        raise DataLayoutError(f"{file} can't be read as a table; save it as CSV in UTF-8")
    return max(readable, key=lambda table: _existing(table, path_column, root))


def relative_path(text: str) -> Path:
    """A path of a table, whichever system wrote it."""
    return Path(text.strip().replace("\\", "/"))


def _encodings(data: bytes) -> tuple[str, ...]:
    marked = next((encoding for mark, encoding in _MARKS.items() if data.startswith(mark)), None)
    if marked is not None:
        return (marked,)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _ENCODINGS
    return ("utf-8",)


def _parsed(file: Path, data: bytes, encoding: str) -> Table | None:
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None
    # Not by `splitlines`, which also splits at signs that names may have.
    lines = _LINE_END.split(text)
    first = 0
    separator: str | None = None
    if lines and lines[0].lower().startswith("sep=") and len(lines[0].strip()) <= 5:
        # What a spreadsheet program writes in front of the header.
        separator, first = lines[0].rstrip("\r\n")[4:5] or None, 1
    header = lines[first] if len(lines) > first else ""
    separator = separator or max(_SEPARATORS, key=header.count)
    try:
        rows = list(csv.reader(io.StringIO("\n".join(lines[first:])), delimiter=separator))
    except csv.Error as error:
        raise DataLayoutError(f"{file} is no table ({error}); save it as CSV in UTF-8") from error
    if not rows:
        return Table(file, (), ())
    columns = tuple(column.strip() for column in rows[0])
    names = [column.casefold() for column in columns]
    found: list[tuple[int, dict[str, str] | None]] = []
    for number, row in enumerate(rows[1:], start=first + 2):
        if any(value.strip() for value in row):
            values = [value.strip() for value in row]
            found.append((number, dict(zip(names, values, strict=True)) if len(values) == len(names) else None))
    return Table(file, columns, tuple(found))


def _existing(table: Table, path_column: str, root: Path) -> int:
    paths = [row.get(path_column, "") for _, row in table.rows[:_TRIED_PATHS] if row is not None]
    return sum((root / relative_path(path)).is_file() for path in paths if path)
