"""Cut pictures of every format off at 500 places each; none may be read with missing pixels.

    python tests/soak/truncated_pictures.py

Takes about two minutes. The suite has a smaller member of it: `tests/core/images/test_truncations.py`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SIDE, PLACES = 96, 500


def main() -> int:
    """Return 1 if a cut file was read."""
    sys.path[:0] = [str(ROOT), str(ROOT / "tests/core/images")]
    from truncations import FORMATS, accepted_with_missing_pixels

    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in FORMATS:
            found = accepted_with_missing_pixels(Path(folder), name, SIDE, PLACES)
            sys.stdout.write(f"{name}: cut at {PLACES} places, {len(found)} read with missing pixels\n")
            wrong += found
    sys.stdout.write("".join(f"{line}\n" for line in wrong))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
