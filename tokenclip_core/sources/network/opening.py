"""Opens a stream by its address, in the way that suits it."""

from __future__ import annotations

import threading

from tokenclip_core.sources.network.streams import FfmpegStream, Stream, split_address


def open_stream(address: str, interrupted: threading.Event | None = None) -> Stream:
    """Open a stream: motion JPEG over HTTP by `mjpeg`, everything else by FFmpeg.

    Args:
        address: with user name and password if it needs them.
        interrupted: when set, from any thread, the call returns soon, with an error.

    Raises:
        StreamError: see its message.
    """
    interrupted = interrupted if interrupted is not None else threading.Event()
    parts = split_address(address)
    if parts.scheme.lower() in {"http", "https"}:
        # Imported here with all of HTTP, which only such a stream needs.
        from tokenclip_core.sources.network.mjpeg import open_mjpeg

        stream = open_mjpeg(address, interrupted)
        if stream is not None:
            return stream
    return FfmpegStream(address, interrupted)
