"""Read damaged pictures of every format in processes with limits; none may crash, hang or fail in an unknown way.

    python tests/soak/fuzz_pictures.py --count 10000

The suite has a smaller member of it: `tests/core/images/test_mutations.py`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import tempfile
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 2
MEMORY = 3 * 2**29


def _serve(pipe: Connection) -> None:
    from tokenclip_core.errors import ImageError
    from tokenclip_core.images.reading import load_image

    while path := pipe.recv():
        try:
            load_image(path)
            answer = "read"
        except ImageError:
            answer = "refused"
        except Exception as error:
            answer = f"other exception {type(error).__name__}"
        over = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 > MEMORY
        pipe.send("over memory" if over else answer)


class _Worker:
    """A process that reads files; a new one takes its place when it dies or hangs."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._start()

    def _start(self) -> None:
        self._pipe, other = self._context.Pipe()
        self._process = self._context.Process(target=_serve, args=(other,), daemon=True)
        self._process.start()
        other.close()
        # The time limit is that of reading, not of importing: a file that is missing is answered first.
        self._pipe.send("missing")
        self._pipe.recv()

    def read(self, path: str) -> str:
        self._pipe.send(path)
        try:
            answer = str(self._pipe.recv()) if self._pipe.poll(SECONDS) else "hang"
        except EOFError:
            answer = "crash"
        if answer in ("hang", "crash", "over memory"):
            self.stop()
            self._start()
        return answer

    def stop(self) -> None:
        self._process.kill()
        self._process.join()


def main() -> int:
    """Return 1 if a file was neither read nor refused in words."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    from mutations import damaged

    counts: Counter[str] = Counter()
    worker = _Worker()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "part"
        for index, (name, data) in enumerate(damaged(chosen.count, chosen.seed)):
            path.write_bytes(data)
            answer = worker.read(str(path))
            counts[answer] += 1
            if answer not in ("read", "refused"):
                sys.stdout.write(f"file {index}, {name}: {answer}\n")
    worker.stop()
    sys.stdout.write(", ".join(f"{answer}: {count}" for answer, count in sorted(counts.items())) + "\n")
    return bool(set(counts) - {"read", "refused"})


sys.path[:0] = [str(ROOT), str(ROOT / "tests/core/images")]
if __name__ == "__main__":
    sys.exit(main())
