"""Frames from an address: RTSP, and motion JPEG over HTTP.

- access: How user name and password are given to a server: HTTP's and RTSP's basic and digest access.
- mjpeg: Motion JPEG over HTTP, as most network cameras send it: no delay, exact errors, and a read that can be
  interrupted.
- opening: Opens a stream by its address, in the way that suits it.
- source: Network cameras by their address.
- streams: Streams by their address: what can go wrong, how to name them without passwords, and how FFmpeg reads them.
- timed_wire: A connection whose reads end in time, whatever the server at its other end does.
"""
