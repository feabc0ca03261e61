"""Opens a store by its URL: engine, migrations, and errors in words."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Self

import platformdirs
from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from tokenclip_core.errors import TokenClipError
from tokenclip_core.output.store.schema import HEAD

CREDENTIAL_VARIABLE = "TOKENCLIP_STORE_PASSWORD"
"""An environment variable with the password of a store's URL, which is never written anywhere."""

DATA_VARIABLE = "TOKENCLIP_DATA_DIR"
"""An environment variable that names another folder for what the program keeps."""

DEFAULT_STORE = "default"
"""Names the store among the user's own data where a URL is asked for."""

# Imported here because Alembic imports it: a query in another thread would fail while it is imported in part.
import_module("sqlalchemy.orm")

_MIGRATIONS = Path(__file__).resolve().parent / "migrations"
_BUSY_SECONDS = 30
_MALFORMED = "malformed"

MOST_CHECKED_BYTES = 1 << 27
"""Bytes of the largest store in one file that is looked through when it is opened: well under a second."""


class StoreError(TokenClipError):
    """A store can't be opened, read or written."""


def data_folder() -> Path:
    """The folder of what the program keeps; it may not exist yet."""
    given = os.environ.get(DATA_VARIABLE)
    return Path(given) if given else Path(platformdirs.user_data_path("tokenclip-inspector", appauthor=False))


def store_url(words: str | os.PathLike[str] = DEFAULT_STORE) -> URL:
    """The URL that a person means: `DEFAULT_STORE`, a file for SQLite, or any URL of SQLAlchemy.

    A password that the URL lacks comes from `CREDENTIAL_VARIABLE`.

    Raises:
        StoreError: the words are no URL.
    """
    text_ = os.fspath(words)
    if text_ == DEFAULT_STORE:
        return URL.create("sqlite", database=str(data_folder() / "history.sqlite"))
    if "://" not in text_:
        return URL.create("sqlite", database=str(Path(text_).absolute()))
    try:
        url = make_url(text_)
    except (ArgumentError, ValueError):
        raise StoreError(
            "the store's URL can't be read; write it as postgresql+psycopg://name@host/database or sqlite:///FILE"
        ) from None
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    password = os.environ.get(CREDENTIAL_VARIABLE)
    return url.set(password=password) if url.password is None and password else url


class DamagedStoreError(StoreError):
    """A store is no database any more, or not one of this program's."""


class Store:
    """An open store; its engine may be used from any thread.

    Attributes:
        url: of the database.
        engine: SQLAlchemy's.
    """

    def __init__(self, url: URL, engine: Engine) -> None:
        self.url, self.engine = url, engine

    @property
    def name(self) -> str:
        """The URL without its password, for people and run records."""
        return self.url.render_as_string(hide_password=True)

    @classmethod
    def connect(cls, url: str | os.PathLike[str] | URL = DEFAULT_STORE) -> Self:
        """A store that is not looked at yet; `prepare` or `open` bring its tables up to date.

        Raises:
            StoreError: the URL is none, or its driver is not installed.
        """
        url = url if isinstance(url, URL) else store_url(url)
        try:
            engine = create_engine(url, pool_pre_ping=True, connect_args=_connect_options(url))
        except (NoSuchModuleError, ModuleNotFoundError, ArgumentError) as error:
            raise StoreError(f"{url.drivername} is not installed here ({_first_line(error)}); {_remedy(url)}") from None
        if url.get_backend_name() == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
        return cls(url, engine)

    @classmethod
    def open(cls, url: str | os.PathLike[str] | URL = DEFAULT_STORE) -> Self:
        """Connect, and bring the tables up to date.

        Raises:
            StoreError: it can't be reached, is damaged, or was made by a newer version.
        """
        store = cls.connect(url)
        store.prepare()
        return store

    def prepare(self) -> None:
        """Make the tables, or migrate older ones; does nothing to a store that is up to date.

        Raises:
            StoreError: it can't be reached, is damaged, or was made by a newer version.
        """
        if self.file is not None:
            try:
                self.file.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(f"{self.name}: its folder can't be made ({error.strerror}); name another") from error
        with self.errors_in_words():
            with self.engine.connect() as connection:
                version = _version_of(connection)
            if version == HEAD:
                return
            if version is not None and version > HEAD:
                raise StoreError(
                    f"{self.name} was made by a newer version of the program ({version}, this one knows {HEAD}); "
                    "update the program, or name another store"
                )
            self._migrate()

    @property
    def file(self) -> Path | None:
        """The file of a store that is one; None for others."""
        database = self.url.database
        is_file = self.url.get_backend_name() == "sqlite" and database not in (None, "", ":memory:")
        return Path(str(database)) if is_file else None

    def check(self) -> None:
        """Prepare, and look through a store in one file, if that is quick; see `MOST_CHECKED_BYTES`.

        Raises:
            DamagedStoreError: it is damaged.
            StoreError: as `prepare`.
        """
        self.prepare()
        file = self.file
        if file is None or not file.is_file() or file.stat().st_size > MOST_CHECKED_BYTES:
            return
        with self.errors_in_words(), self.engine.connect() as connection:
            found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
        if found != "ok":
            raise DamagedStoreError(f"{self.name}: {_first_line(found)}; move it away, or name another store")

    def _migrate(self) -> None:
        from alembic import command
        from alembic.config import Config
        from alembic.util import CommandError

        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        with self.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                # Two programs that start together must not both make the tables.
                connection.execute(text("SELECT pg_advisory_xact_lock(7025180510)"))
            elif connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            if _version_of(connection) == HEAD:
                return
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError as error:
                raise DamagedStoreError(f"{self.name}: {_first_line(error)}; move it away, or name another") from error

    @contextmanager
    def errors_in_words(self) -> Iterator[None]:
        """Turn the database's errors into a `StoreError` that says what to do."""
        try:
            yield
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            kind = DamagedStoreError if _is_damage(str(cause)) else StoreError
            raise kind(f"{self.name}: {_first_line(cause)}; {_advice(str(cause), self.url)}") from error

        except UnicodeDecodeError as error:
            # SQLite quotes a damaged file's text in what it says of it.
            raise DamagedStoreError(f"{self.name}: {_advice(_MALFORMED, self.url)}") from error

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def move_aside(file: Path) -> Path:
    """Keep a damaged SQLite file under another name, with what belongs to it, and return that name."""
    aside = file.with_name(f"{file.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    for ending in ("", "-wal", "-shm"):
        beside = file.with_name(file.name + ending)
        if beside.exists():
            beside.replace(aside.with_name(aside.name + ending))
    return aside


def _version_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _connect_options(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"timeout": _BUSY_SECONDS}
    return {"connect_timeout": 5} if url.get_backend_name() == "postgresql" else {}


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    # Readers and the one writer don't wait for each other; a power cut loses at most the last moments, never the file.
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _first_line(error: object) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def _remedy(url: URL) -> str:
    if url.get_backend_name() == "postgresql":
        return 'pip install "tokenclip-inspector[postgres]"'
    return "install its driver, or use sqlite or postgresql"


def _is_damage(cause: str) -> bool:
    return any(words in cause for words in (_MALFORMED, "not a database", "no such column", "already exists"))


def _advice(cause: str, url: URL) -> str:
    if _is_damage(cause):
        return "the file is damaged: move it away, or name another store"
    if "locked" in cause:
        return "another program holds it; try again, or close that one"
    if "readonly" in cause or "read-only" in cause or "unable to open" in cause:
        return "make its folder writable, or name another store"
    if "disk is full" in cause or "No space" in cause:
        return "make room on the disk"
    if url.get_backend_name() == "sqlite":
        return "make its folder writable and the disk roomy, or name another store"
    return "check that the server runs and that name, password and database are right"
