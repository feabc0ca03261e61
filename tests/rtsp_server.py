"""A real RTSP server on 127.0.0.1, in a process of its own that can be killed and stopped in mid-stream.

It is GStreamer's, by the system's Python, since no server comes with pip: `apt-get install python3-gi
gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly`.
Started as a program, this file is that process.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache

PATH = "/belt"
_ENCODERS = (
    ("x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15", "x264enc", "rtph264pay config-interval=1"),
    ("jpegenc", "jpegenc", "rtpjpegpay"),
)
_PYTHONS = ("/usr/bin/python3", "python3")


def why_not() -> str | None:
    """Why there is no server here; None if there is one."""
    if sys.platform == "win32":
        return "the RTSP server of these tests needs signals"
    return None if _python() else "GStreamer's RTSP server is not installed (see tests/rtsp_server.py)"


@cache
def _python() -> str | None:
    for name in _PYTHONS:
        found = shutil.which(name)
        if found is None:
            continue
        line = [found, __file__, "check"]
        if subprocess.run(line, capture_output=True, check=False, timeout=60).returncode == 0:
            return found
    return None


@dataclass
class RtspServer:
    """`start` and `stop` may alternate; the port stays the same."""

    credentials: tuple[str, str] | None = None
    digest: bool = False
    rate: int = 30
    width: int = 640
    height: int = 480
    port: int = 0
    _process: subprocess.Popen[str] | None = field(default=None, init=False)

    @property
    def address(self) -> str:
        user = f"{self.credentials[0]}:{self.credentials[1]}@" if self.credentials else ""
        return f"rtsp://{user}127.0.0.1:{self.port}{PATH}"

    def start(self) -> None:
        if not self.port:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
        words = [self.port, self.rate, self.width, self.height, *(self.credentials or ("", "")), int(self.digest)]
        line = [_python() or "python3", __file__, "serve", *map(str, words)]
        self._process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if self._process.stdout is None or self._process.stdout.readline() != "ready\n":
            raise RuntimeError("the RTSP server does not start")

    def stop(self) -> None:
        """Vanish in mid-stream: no goodbye."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def stall(self, stalled: bool) -> None:
        """Send nothing more over open connections, or go on."""
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGSTOP if stalled else signal.SIGCONT)


def _serve(port: int, rate: int, size: tuple[int, int], user: str, password: str, digest: bool) -> None:
    import gi

    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import GLib, Gst, GstRtspServer

    Gst.init(None)
    encoder, _, payloader = next(entry for entry in _ENCODERS if Gst.ElementFactory.find(entry[1]))
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(port))
    factory = GstRtspServer.RTSPMediaFactory()
    picture = f"video/x-raw,width={size[0]},height={size[1]},framerate={rate}/1,format=I420"
    factory.set_launch(
        f"( videotestsrc is-live=true pattern=ball ! {picture} ! {encoder} ! {payloader} name=pay0 pt=96 )"
    )
    factory.set_shared(True)
    if user:
        token = GstRtspServer.RTSPToken()
        token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, "user")
        auth = GstRtspServer.RTSPAuth()
        if digest:
            from gi.repository import GstRtsp

            auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
            auth.add_digest(user, password, token)
        else:
            auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
        server.set_auth(auth)
        permissions = GstRtspServer.RTSPPermissions()
        permissions.add_permission_for_role("user", GstRtspServer.RTSP_PERM_MEDIA_FACTORY_ACCESS, True)
        permissions.add_permission_for_role("user", GstRtspServer.RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, True)
        factory.set_permissions(permissions)
    server.get_mount_points().add_factory(PATH, factory)
    if not server.attach(None):
        raise SystemExit(1)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    GLib.MainLoop().run()


def _check() -> None:
    import gi

    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import Gst, GstRtspServer

    Gst.init(None)
    GstRtspServer.RTSPServer()
    if not any(Gst.ElementFactory.find(name) and Gst.ElementFactory.find(pay.split()[0]) for _, name, pay in _ENCODERS):
        raise SystemExit(1)


if __name__ == "__main__":
    if sys.argv[1] == "check":
        _check()
    else:
        number, frames, wide, high = map(int, sys.argv[2:6])
        _serve(number, frames, (wide, high), sys.argv[6], sys.argv[7], sys.argv[8] == "1")
