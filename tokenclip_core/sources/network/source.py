"""Network cameras by their address."""

from __future__ import annotations

import time

from tokenclip_core.sources.frames import Frame, FrameSource, SourceFacts
from tokenclip_core.sources.network.opening import open_stream
from tokenclip_core.sources.network.streams import Stream, without_credentials
from tokenclip_core.sources.video_files import decode_jpeg


class NetworkSource(FrameSource):
    """An RTSP or HTTP stream; its name has neither user name nor password."""

    def __init__(self, address: str) -> None:
        """Take an address with everything that is needed to connect."""
        super().__init__(without_credentials(address))
        self._address = address
        self._stream: Stream | None = None
        self._began: float | None = None

    def __repr__(self) -> str:
        return f"NetworkSource({self.name!r})"

    def open(self) -> SourceFacts:
        """Connect; see `FrameSource`."""
        self._stream = open_stream(self._address, self.interrupted)
        if self.interrupted.is_set():
            self._stream.interrupt()
        self._began = self._began if self._began is not None else time.monotonic()
        return SourceFacts()

    def read(self) -> Frame | None:
        """The next frame; JPEG is decoded only when somebody looks at it."""
        stream = self._stream
        if stream is None:
            return None
        data, captured = stream.read()
        position = captured - (self._began or captured)
        if isinstance(data, bytes):
            return Frame(lambda: decode_jpeg(data), captured=captured, position=position, jpeg=data)
        return Frame(lambda: data, captured=captured, position=position)

    def close(self) -> None:
        """Give the connection back."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def interrupt(self) -> None:
        """Let a waiting read end."""
        super().interrupt()
        stream = self._stream
        if stream is not None:
            stream.interrupt()
