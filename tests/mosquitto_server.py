"""A broker of its own for a test, on the loopback address; for tests only."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path


def _binary() -> str | None:
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def why_not() -> str:
    """Why there can be no broker here; "" where there can."""
    return "" if _binary() else "mosquitto is not installed (apt-get install mosquitto)"


class MosquittoServer:
    """Starts, stops and starts again at the same port; what it keeps for clients survives that.

    Attributes:
        port: on 127.0.0.1.
    """

    def __init__(self, user: str = "", password: str = "", certificate: Path | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tokenclip-mosquitto-", ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._settings = folder / "mosquitto.conf"
        lines = [f"listener {self.port} 127.0.0.1", "persistence true", f"persistence_location {folder}/"]
        lines += ["autosave_interval 1", "autosave_on_changes true", "max_queued_messages 100000"]
        if certificate is not None:
            # It reads them when it has given up the rights of root.
            for file in (certificate, certificate.with_suffix(".key")):
                shutil.copy(file, folder / file.name)
            lines += [f"certfile {folder / certificate.name}"]
            lines += [f"keyfile {folder / certificate.with_suffix('.key').name}"]
        if user:
            names = folder / "names"
            line = ["mosquitto_passwd", "-b", "-c", str(names), user, password]
            subprocess.run(line, check=True, capture_output=True)
            lines += ["allow_anonymous false", f"password_file {names}"]
        else:
            lines += ["allow_anonymous true"]
        # It gives up the rights of root for those of this account, which must reach its files.
        lines += [f"user {folder.owner()}"]
        self._settings.write_text("\n".join(lines) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        binary = _binary()
        assert binary is not None
        self._process = subprocess.Popen(
            [binary, "-c", str(self._settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        late = time.monotonic() + 60
        while time.monotonic() < late and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                continue
            return
        raise AssertionError("mosquitto does not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None

    def close(self) -> None:
        self.stop()
        self._folder.cleanup()
