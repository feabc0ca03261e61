"""A hub on 127.0.0.1 that serves one model's files and misbehaves as it is told."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REVISION = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """Set the attributes at any time.

    Attributes:
        files: served, by name.
        hashes: stated in place of the true ones, by name.
        cut_after: bytes of a body after which the connection breaks; None for never.
        cuts: how many more bodies are cut.
        ranges: whether the rest of a file can be asked for.
        tags: whether a body's state has a mark.
        elsewhere: address of another server that bodies are referred to; empty for none.
        silent_after: bytes of a body after which nothing comes any more.
        drip: bytes of a body after which one byte comes at a time, `drip_seconds` apart.
        endless_head: heads of answers have no end.
        asked: path, range and authorization of each request.
    """

    files: dict[str, bytes]
    hashes: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    cuts: int = 1000
    ranges: bool = True
    tags: bool = True
    elsewhere: str = ""
    silent_after: int | None = None
    drip: int | None = None
    drip_seconds: float = 0.05
    endless_head: bool = False
    statuses: list[int] = field(default_factory=list)
    address: str = ""
    ended: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def bodies(self) -> list[tuple[str, str, str]]:
        return [entry for entry in self.asked if "/resolve/" in entry[0]]

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        headers = request.headers
        self.asked.append((request.path, headers.get("Range", ""), headers.get("Authorization", "")))
        if self.endless_head:
            self._never_end_the_head(request)
        elif self.statuses and (status := self.statuses.pop(0)) != 200:
            request.send_response(status)
            request.end_headers()
        elif request.path.startswith("/api/models/"):
            self._list(request)
        elif self.elsewhere:
            request.send_response(302)
            request.send_header("Location", self.elsewhere + request.path)
            request.end_headers()
        else:
            self._send(request, self.files[request.path.rpartition("/")[2]])

    def _never_end_the_head(self, request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        while not self.ended.wait(self.drip_seconds):
            request.wfile.write(b"x")

    def _list(self, request: BaseHTTPRequestHandler) -> None:
        siblings: list[dict[str, object]] = [{"rfilename": "README.md", "size": 4, "blobId": "0" * 40}]
        for name, content in self.files.items():
            entry: dict[str, object] = {"rfilename": name, "size": len(content)}
            if name.endswith(".safetensors"):
                sha256 = self.hashes.get(name, hashlib.sha256(content).hexdigest())
                entry["lfs"] = {"sha256": sha256, "size": len(content), "pointerSize": 134}
            else:
                named = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
                entry["blobId"] = self.hashes.get(name, named)
            siblings.append(entry)
        body = json.dumps({"sha": REVISION, "siblings": siblings}).encode()
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def _send(self, request: BaseHTTPRequestHandler, content: bytes) -> None:
        tag = f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'
        asked, start = request.headers.get("Range"), 0
        if asked and self.ranges and request.headers.get("If-Range") in (None, tag):
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            request.send_response(206)
            request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            request.send_response(200)
        request.send_header("Content-Length", str(len(content) - start))
        if self.tags:
            request.send_header("ETag", tag)
        request.end_headers()
        self._body(request, content[start:])

    def _body(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        if self.cut_after is not None and self.cuts > 0 and len(body) > self.cut_after:
            self.cuts -= 1
            request.wfile.write(body[: self.cut_after])
        elif self.silent_after is not None and len(body) > self.silent_after:
            request.wfile.write(body[: self.silent_after])
            request.wfile.flush()
            self.ended.wait()
        elif self.drip is not None and len(body) > self.drip:
            request.wfile.write(body[: self.drip])
            for byte in body[self.drip :]:
                if self.ended.wait(self.drip_seconds):
                    return
                request.wfile.write(bytes([byte]))
        else:
            request.wfile.write(body)


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Serve until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                hub.answer(self)
            except OSError:
                # The client hung up.
                return

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.ended.set()
        server.shutdown()
        thread.join(5)
        server.server_close()
