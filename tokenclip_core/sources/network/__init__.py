"""Frames from an address: RTSP, and motion JPEG over HTTP.

- access: How user name and password are given to a server: HTTP's and RTSP's basic and digest access.
- mjpeg: Motion JPEG over HTTP, as most network cameras send it: no delay, exact errors, and a read that can be
  interrupted.
- source: Network cameras by their address.
- streams: Live streams by their address: RTSP and HTTP, what can go wrong with them, and how to name them without
  passwords.
"""
