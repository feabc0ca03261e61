"""Where reviews lie: one small database among the program's own data, written in whole transactions."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import platformdirs

from app.review.model import Decision, Review
from tokenclip_core.errors import SettingsError, TokenClipError
from tokenclip_core.judgement.areas import MARKED_KINDS, Areas
from tokenclip_core.small_files import parse_json

DATA_VARIABLE = "TOKENCLIP_DATA_DIR"
"""An environment variable that names another folder for what the program keeps."""

_TABLE = "CREATE TABLE IF NOT EXISTS reviews (path TEXT PRIMARY KEY, decision TEXT NOT NULL, note TEXT NOT NULL)"

_MARKS_TABLE = "CREATE TABLE IF NOT EXISTS marks (path TEXT PRIMARY KEY, areas TEXT NOT NULL)"

_FORGET_REVIEW, _FORGET_MARKS = "DELETE FROM reviews WHERE path = ?", "DELETE FROM marks WHERE path = ?"

_log = logging.getLogger(__name__)

_DAMAGE = ("malformed", "no such column", "not a database", "no such table", "syntax error", "unrecognized token")
"""What SQLite says of a damaged file as it says of a locked one: under the name of an operational error."""

Answer = TypeVar("Answer")


class ReviewsError(TokenClipError):
    """Reviews can't be read or written."""


def data_folder() -> Path:
    """The folder of what the program keeps; it may not exist yet."""
    given = os.environ.get(DATA_VARIABLE)
    return Path(given) if given else Path(platformdirs.user_data_path("tokenclip-inspector", appauthor=False))


class ReviewStore:
    """Reads and writes reviews by the absolute path of a part; may be used from any one thread at a time."""

    def __init__(self, file: Path | None = None) -> None:
        self.file = file or data_folder() / "reviews.sqlite"

    def read(self) -> dict[str, Review]:
        """All reviews.

        Raises:
            ReviewsError: the file can't be read.
        """
        if not self.file.exists():
            return {}
        rows = self._with(lambda database: database.execute("SELECT path, decision, note FROM reviews").fetchall())
        known = {decision.value: decision for decision in Decision}
        return {path: Review(known.get(decision, Decision.NONE), note) for path, decision, note in rows}

    def read_marks(self) -> dict[str, Areas]:
        """The areas that mark defects, of all parts that have some; those that can't be read are left out.

        Raises:
            ReviewsError: the file can't be read.
        """
        if not self.file.exists():
            return {}
        marks = {}
        for path, text in self._with(lambda database: database.execute("SELECT path, areas FROM marks").fetchall()):
            try:
                marks[path] = Areas.from_mapping(parse_json(text.encode()), MARKED_KINDS)
            except (SettingsError, ValueError) as error:
                _log.warning("%s: what is marked on %s can't be read: %s", self.file, path, error)
        return marks

    def write(self, path: str, said: Review | Areas) -> None:
        """Keep a part's review, or the defects marked on it; or forget it where it says nothing.

        Raises:
            ReviewsError: the file can't be written.
        """

        def put(database: sqlite3.Connection) -> None:
            if not said:
                database.execute(_FORGET_REVIEW if isinstance(said, Review) else _FORGET_MARKS, (path,))
            elif isinstance(said, Review):
                review = (path, said.decision.value, said.note)
                database.execute("INSERT OR REPLACE INTO reviews VALUES (?, ?, ?)", review)
            else:
                marked = (path, json.dumps(said.to_mapping()))
                database.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", marked)

        self._with(put)

    def _with(self, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.file, timeout=10)) as database, database:
                database.text_factory = lambda text: text.decode("utf-8", "replace")
                database.execute(_TABLE)
                database.execute(_MARKS_TABLE)
                return work(database)
        except sqlite3.OperationalError as error:
            if any(words in str(error) for words in _DAMAGE):
                raise self._set_aside(error) from error
            # Locked, or no room: nothing is wrong with the file.
            raise self._refusal(error) from error
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            # SQLite quotes a damaged file's text in what it says of it, which may be none.
            raise self._set_aside(error) from error
        except (OSError, sqlite3.Error) as error:
            raise self._refusal(error) from error

    def _set_aside(self, damage: Exception) -> ReviewsError:
        """Move a damaged file away, so that new reviews can be kept."""
        aside = self.file.with_name(f"{self.file.name}.bad")
        try:
            self.file.replace(aside)
        except OSError as error:
            return self._refusal(error)
        return ReviewsError(f"{self.file} was damaged ({damage}); it is kept as {aside.name}, and reviews begin anew")

    def _refusal(self, error: Exception) -> ReviewsError:
        return ReviewsError(
            f"{self.file}: the reviews can't be read or written ({error}); make room, or move that file away"
        )
