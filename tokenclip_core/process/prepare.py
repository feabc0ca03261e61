"""What a program of ours does to its process before it works; a library that is merely imported does none of it.

- `allocator.keep_freed_memory`. Reason: glibc gives back what an encoder frees and asks for it again. Gain: up to a
  tenth of the bundled model's time for an image of 256 pixels. Can go when the image tower keeps its own memory.
"""

from __future__ import annotations

from tokenclip_core.process.allocator import keep_freed_memory


def prepare() -> None:
    """Do all of it; calling it again changes nothing."""
    keep_freed_memory()
