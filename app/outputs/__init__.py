"""Results to other programs while one works in the window: brokers, web servers, files.

- controller: The action and its dialog: where results go, and whether they do.
- dialog: Where results go, one place a line, and how each of these places is.
- sending: A spool and its outputs, in a thread of their own. No Qt.
- state: Which results go out, each once: parts that are inspected, frames of cameras.
"""
