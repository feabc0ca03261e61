"""What the window keeps is bounded: every cache has its bound, and counts all that its values hold alive."""

from __future__ import annotations

import gc
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, Start
from window_steps import shown

from app.canvas import compose
from app.editing.adjustments import Mix
from app.parts.images import ImageStore
from app.parts.state import ModelChoice
from app.work.engine import Engine
from app.work.jobs import Cancellation
from tokenclip_core.lru import LruCache

MOST_BYTES = 3 * 2**29
"""Of all caches together, were each of them full."""


def held(value: object) -> int:
    """Bytes of all arrays that a value keeps alive, through closures and views too."""
    found: dict[int, int] = {}
    seen: set[int] = set()
    left = [value]
    while left:
        one = left.pop()
        if id(one) in seen or isinstance(one, type | ModuleType):
            continue
        seen.add(id(one))
        if isinstance(one, np.ndarray):
            base = one
            while isinstance(base.base, np.ndarray):
                base = base.base
            found[id(base)] = base.nbytes
        elif isinstance(one, FunctionType):
            left += [cell.cell_contents for cell in one.__closure__ or ()]
        else:
            left += gc.get_referents(one)
    return sum(found.values())


@pytest.fixture
def caches(monkeypatch: pytest.MonkeyPatch) -> list[LruCache[Any, Any]]:
    """All caches that are made from now on."""
    made: list[LruCache[Any, Any]] = []
    begin = LruCache.__init__

    def noted(cache: LruCache[Any, Any], capacity: int) -> None:
        begin(cache, capacity)
        made.append(cache)

    monkeypatch.setattr(LruCache, "__init__", noted)
    return made


def test_all_caches_of_the_window_are_bounded(
    start: Start, qtbot: QtBot, parts: Path, caches: list[LruCache[Any, Any]]
) -> None:
    assembly = start(parts)
    shown(assembly, qtbot, "part_0000.png")
    of_bytes = [cache for cache in caches if cache.capacity >= 2**20]
    assert len(of_bytes) >= 8
    assert sum(cache.capacity for cache in of_bytes) <= MOST_BYTES
    for cache in of_bytes:
        cache.shrink(2**17)
    for number in range(1, 6):
        assembly.shown.show(number)
        qtbot.waitUntil(lambda: assembly.shown.result is not None, timeout=WAIT)
    assert any(cache.size for cache in of_bytes)
    for cache in of_bytes:
        assert cache.size <= 2**17


@pytest.mark.parametrize("side", [64, 300])
def test_what_is_kept_of_a_part_is_counted_in_full(tiny_model: Path, tmp_path: Path, side: int) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (side, side + 9, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "part.png")
    images = ImageStore()
    engine = Engine(images)
    engine.load(ModelChoice("tiny", str(tiny_model)), Cancellation())
    result = engine.inspect(str(tmp_path / "part.png"), Mix(), Cancellation())
    assert held(result) <= 1.02 * result.nbytes + 1024
    encoded = engine.encoded(str(tmp_path / "part.png"), Cancellation())
    assert 0 < held(encoded) <= 1.02 * encoded.nbytes + 1024
    picture = compose.picture(images.load(tmp_path / "part.png"))
    assert 0 < held(picture) <= picture.nbytes
    engine.release()
