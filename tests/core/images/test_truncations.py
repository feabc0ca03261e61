"""What is cut off is refused, in every format; `tests/soak/truncated_pictures.py` does the same at 500 places."""

from __future__ import annotations

from pathlib import Path

import pytest
from truncations import FORMATS, accepted_with_missing_pixels


@pytest.mark.parametrize("name", FORMATS)
def test_no_file_is_accepted_with_missing_pixels(tmp_path: Path, name: str) -> None:
    assert accepted_with_missing_pixels(tmp_path, name, side=40, count=60) == []
