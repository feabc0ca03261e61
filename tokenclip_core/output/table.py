r"""Tables as CSV that spreadsheets open rightly, and in which no text is run as a formula.

UTF-8 with a byte order mark, commas, one line a row. A program reads them with the encoding `utf-8-sig`. File names and
notes are other people's text, so that two things are changed in them: control characters are written as escapes such as
``\n``, so that no name breaks a row, and an apostrophe stands before a sign that makes a formula of a cell. In
`results.jsonl` they stand as they are.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from tokenclip_core.printable import printable

ENCODING = "utf-8-sig"
NUMBER = "number"
"""First column of tables of parts: a reader that takes the byte order mark for text misnames only this column."""

# Also behind a comma or semicolon: a spreadsheet that takes the other one as its separator begins a cell there.
_FORMULA = re.compile(r"(^|[,;])([=+\-@\uff1d\uff0b\uff0d\uff20])")


def open_table(path: Path) -> TextIO:
    """Open a file for a `TableWriter`, replacing what is there.

    Raises:
        OSError: it cannot be written.
    """
    # A file name that is not valid text holds lone surrogates.
    return path.open("w", encoding=ENCODING, errors="backslashreplace", newline="")


class TableWriter:
    """Writes the rows of a table of parts, numbered from 1."""

    def __init__(self, stream: TextIO, columns: Sequence[str]) -> None:
        """Write the header.

        Args:
            stream: from `open_table`.
            columns: their names, in order, behind that of the number.

        Raises:
            OSError: the disk is full or gone.
        """
        self._stream = stream
        self._rows = csv.DictWriter(stream, [NUMBER, *columns], lineterminator="\n")
        self._rows.writeheader()
        self._count = 0

    def write(self, row: Mapping[str, Any]) -> None:
        """Append a row; columns that it lacks, and None, are empty cells.

        Raises:
            OSError: the disk is full or gone.
            ValueError: it has a column that the table has not.
        """
        self._count += 1
        self._rows.writerow({NUMBER: self._count, **{name: cell(value) for name, value in row.items()}})

    def flush(self) -> None:
        """Hand what was written to the system.

        Raises:
            OSError: the disk is full or gone.
        """
        self._stream.flush()


def cell(value: Any) -> Any:
    """A value as it may stand in a table: text without control characters and without formulas, all else as it is."""
    if not isinstance(value, str):
        return value
    return _FORMULA.sub(r"\1'\2", printable(value))


def table_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows of equal columns as the text of a table, with the byte order mark where it is needed.

    No rows, no columns.
    """
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: cell(value) for name, value in row.items()} for row in rows)
    text = stream.getvalue()
    return text if text.isascii() else f"\ufeff{text}"
