"""A pipe among pictures is not waited for, whoever looks at it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tokenclip_core.images.pages import count_frames, page_names
from tokenclip_core.output.store.identity import FileIdentity

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX alone")


@pytest.mark.parametrize("name", ["pipe.png", "pipe.gif", "pipe.tif", "pipe.webp"])
def test_a_pipe_has_one_picture_and_no_content(tmp_path: Path, name: str) -> None:
    pipe = tmp_path / name
    os.mkfifo(pipe)
    assert count_frames(pipe) == 1
    assert page_names(str(pipe)) == [str(pipe)]
    assert FileIdentity.of(str(pipe), pipe).sha256 == ""
