"""A PostgreSQL server of its own for a test, on the loopback address; for tests only."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path


def _binary(name: str) -> str | None:
    found = shutil.which(name)
    if found:
        return found
    below = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(below[-1]) if below else None


def why_not() -> str:
    """Why there can be no server here; "" where there can."""
    if _binary("initdb") is None or _binary("pg_ctl") is None:
        return "PostgreSQL is not installed (apt-get install postgresql)"
    if not hasattr(os, "geteuid"):
        return "the server is started on systems with user numbers only"
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        return "PostgreSQL refuses to run as root, and there is no runuser"
    return ""


class PostgresServer:
    """Starts, stops and starts again.

    Attributes:
        url: for SQLAlchemy.
    """

    def __init__(self) -> None:
        # Not below pytest's own folders: another user, as whom the server must run, can't reach them.
        self._folder = tempfile.TemporaryDirectory(prefix="tokenclip-postgres-", ignore_cleanup_errors=True)
        self._data = Path(self._folder.name)
        if os.geteuid() == 0:
            shutil.chown(self._data, "postgres", "postgres")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._run("initdb", "-D", str(self._data), "-U", "tester", "-A", "trust", "--no-sync", "-E", "UTF8")
        self.url = f"postgresql+psycopg://tester@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        log = str(self._data / "log")
        self._run("pg_ctl", "-D", str(self._data), "-w", "-t", "60", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", "immediate", "stop", check=False)

    def close(self) -> None:
        self.stop()
        self._folder.cleanup()

    def _run(self, name: str, *words: str, check: bool = True) -> None:
        binary = _binary(name)
        assert binary is not None
        line = [binary, *words]
        if os.geteuid() == 0:
            line = ["runuser", "-u", "postgres", "--", *line]
        done = subprocess.run(
            line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
        )
        assert done.returncode == 0 or not check, done.stderr
