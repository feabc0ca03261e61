"""A station as a program of its own, for tests and the soak: started, asked over HTTP, ended or killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


class StationProgram:
    """One start of a station.

    Attributes:
        address: host and port of its HTTP server.
    """

    def __init__(self, words: Sequence[str], folder: Path) -> None:
        line = [sys.executable, str(ROOT / "main.py"), "station", *words, "--http", "0", "--patience", "60"]
        line += ["--data", str(folder / "data"), "--store", str(folder / "history.sqlite")]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TOKENCLIP_DATA_DIR": str(folder / "user")}
        self._log = (folder / "station.log").open("ab")
        self.process = subprocess.Popen(
            line, stdin=subprocess.PIPE, stdout=self._log, stderr=subprocess.PIPE, env=environment, text=True
        )
        self.address = ""
        self._told: list[str] = []
        for text in self._lines():
            if "http://" in text:
                self.address = text.split()[-1].removeprefix("http://")
            if "; recipe " in text:
                break
        else:
            raise AssertionError("".join(self._told))
        # Nobody else reads it, and a pipe that is full would hold the program.
        self._rest = threading.Thread(target=lambda: [*self._lines()])
        self._rest.start()

    def _lines(self) -> Iterator[str]:
        assert self.process.stderr is not None
        for text in self.process.stderr:
            self._told.append(text)
            yield text

    def get(self, path: str) -> tuple[int, bytes]:
        return self._ask("GET", path)

    def trigger(self, part: str, wait: float = 60, **more: str) -> tuple[int, dict[str, Any]]:
        body = json.dumps({"part": part, **more}).encode()
        status, answer = self._ask("POST", f"/trigger?wait={wait}", body, {"Content-Type": "application/json"})
        return status, json.loads(answer)

    def health(self) -> dict[str, Any]:
        return dict(json.loads(self.get("/health")[1]))

    def end(self) -> str:
        """Ask it to end as systemd does; what it said."""
        self.process.terminate()
        return self._ended()

    def kill(self) -> None:
        self.process.kill()
        self._ended()

    def _ended(self) -> str:
        self.process.wait(600)
        self._rest.join()
        for stream in (self.process.stdin, self.process.stderr, self._log):
            if stream is not None:
                stream.close()
        return "".join(self._told)

    def _ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        connection = HTTPConnection(self.address, timeout=90)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()
