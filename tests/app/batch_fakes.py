"""A folder that is too large to be inspected ahead, and a stand-in that can be held back on its way through."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from feature_desk import Desk
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from window_fakes import ENDS_SECONDS, WAIT, FakeEncoded, FakeInspector, Start, write_parts
from window_steps import Inspecting

from app.batch.bar import BatchBar
from app.batch.controller import BatchController
from app.batch.model import BatchPhase
from app.outputs.state import Outputs
from app.settings.store import SettingsStore
from app.shell.assembly import Assembly

COUNT = 80
"""More than are inspected ahead."""
SHIFT = Qt.KeyboardModifier.ShiftModifier


@dataclass
class Watched(FakeInspector):
    """Writes down which parts were encoded, by their number, and can be held back before any of them."""

    order: list[int] = field(default_factory=list)
    held: threading.Event = field(default_factory=threading.Event)
    hold_from: int = 10**9
    fails_at: int = -1

    def encode(self, images: Sequence[npt.NDArray[np.uint8]]) -> list[FakeEncoded]:
        for image in images:
            self.order.append(int(image[0, 0, 0]) - 90)
            if len(self.order) >= self.hold_from:
                self.held.set()
                assert self.gate is not None
                self.gate.wait(ENDS_SECONDS)
            if self.order[-1] == self.fails_at:
                raise ValueError("of the test")
        self.encoded += 1
        return [FakeEncoded(image) for image in images]


@pytest.fixture
def inspector() -> Watched:
    return Watched()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """80 parts: every fourth has a white spot."""
    spot = (slice(8, 16), slice(16, 24))
    return write_parts(tmp_path / "many", COUNT, (32, 48), spot, lambda number: 210 if number % 4 == 1 else None)


@pytest.fixture
def batching(desk: Desk, qtbot: QtBot, folder: Path, tmp_path: Path) -> Iterator[Desk]:
    """The list, the status line and what inspects all, on a folder whose first part is shown."""
    settings = SettingsStore(tmp_path / "settings")
    outputs = Outputs(desk.session, desk.work, desk.store, desk.models, settings)
    batch = BatchController(desk.owners, desk.views, desk.actions, desk.stage, outputs)
    desk.list_parts(batch=batch, outputs=outputs)
    desk.views.status.batch.lay_out(desk.actions)
    desk.lay(desk.views.parts, desk.views.status)
    desk.inspect(folder)
    ahead(desk, qtbot)
    yield desk
    batch.end()
    outputs.close()


def opened(start: Start, qtbot: QtBot, folder: Path, *, count: int = COUNT) -> Assembly:
    """The folder is listed, its first part shown, and nothing else is asked for."""
    assembly: Assembly = start(folder)
    qtbot.waitUntil(lambda: len(assembly.session.parts) == count and not assembly.store.is_listing, timeout=WAIT)
    ahead(assembly, qtbot)
    return assembly


def ahead(assembly: Inspecting, qtbot: QtBot) -> None:
    """Wait until what is inspected ahead of a person is known."""
    qtbot.waitUntil(lambda: assembly.shown.result is not None, timeout=WAIT)
    qtbot.waitUntil(lambda: scored(assembly) == 3, timeout=WAIT)


def inspect_all(assembly: Inspecting, qtbot: QtBot) -> None:
    qtbot.keyClick(assembly.window, Qt.Key.Key_F5, SHIFT)


def done(assembly: Desk | Assembly, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: assembly.batch.phase is BatchPhase.DONE, timeout=WAIT)


def bar(assembly: Inspecting) -> BatchBar:
    return assembly.views.status.batch


def scored(assembly: Inspecting) -> int:
    return sum(part.score is not None for part in assembly.session.parts)


def hold(inspector: Watched, after: int) -> threading.Event:
    """Hold the model back after so many further parts; the event lets it go on."""
    inspector.gate = threading.Event()
    inspector.held.clear()
    inspector.hold_from = len(inspector.order) + after + 1
    return inspector.gate


def inspect_held(assembly: Inspecting, qtbot: QtBot, inspector: Watched, after: int) -> None:
    """Inspect all, and wait until the model is held back after so many parts."""
    hold(inspector, after)
    inspect_all(assembly, qtbot)
    qtbot.waitUntil(inspector.held.is_set, timeout=WAIT)


def let_go(inspector: Watched) -> None:
    inspector.hold_from = 10**9
    assert inspector.gate is not None
    inspector.gate.set()
