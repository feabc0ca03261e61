"""The live view by itself: cameras, tiles and panels at a desk, with no window around them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from feature_desk import Desk, laid_out
from pytestqt.qtbot import QtBot
from window_fakes import ENDS_SECONDS, WAIT, FakeInspector

from app.live.view import LiveView
from app.manage.workspaces import WorkspacesController
from app.outputs.state import Outputs
from app.settings.store import SettingsStore


def look_live(desk: Desk, qtbot: QtBot) -> None:
    """Lay out the live view, load the model and go to the cameras."""
    settings = SettingsStore()
    outputs = Outputs(desk.session, desk.work, desk.store, desk.models, settings)
    given: list[Path] = []
    live = LiveView(desk.owners, desk.views, desk.actions, desk.stage, settings, outputs, given.extend)
    workspaces = WorkspacesController(desk.session, desk.shown, desk.views, desk.actions, desk.stage)
    desk.present(live=live, outputs=outputs, workspaces=workspaces, settings=settings, given=given)
    desk.views.live.lay_out(desk.actions)
    desk.lay(desk.views.live, desk.views.inspection, desk.views.message, desk.views.status)
    with qtbot.waitSignal(desk.work.prepared, timeout=WAIT):
        desk.work.prepare(lambda: None)
    desk.models.reload()
    qtbot.waitUntil(lambda: desk.models.facts is not None, timeout=WAIT)
    desk.actions.run("camera")
    assert desk.views.live.isVisible()


def leave_live(desk: Desk) -> None:
    """End the cameras as the end of the program does, and keep what is remembered of them; once is enough."""
    live: LiveView = desk.live
    live.close()
    desk.outputs.close()
    desk.work.stop()
    assert all(thread.join(ENDS_SECONDS) for thread in live.threads)
    desk.settings.save()


@pytest.fixture
def live(desk: Desk, qtbot: QtBot, isolated_settings: Path) -> Iterator[Desk]:
    """The live view, with the model loaded and no camera yet."""
    look_live(desk, qtbot)
    yield desk
    leave_live(desk)


class Starts:
    """One live view after the other, as a person starts the program again; the one before ends first."""

    def __init__(self, inspector: FakeInspector, qtbot: QtBot) -> None:
        self._inspector, self._qtbot = inspector, qtbot
        self._desk: Desk | None = None

    def __call__(self) -> Desk:
        self.end()
        self._desk = laid_out(lambda: self._inspector)
        look_live(self._desk, self._qtbot)
        return self._desk

    def end(self) -> None:
        desk, self._desk = self._desk, None
        if desk is not None:
            leave_live(desk)
            desk.clear()


@pytest.fixture
def starts(inspector: FakeInspector, qtbot: QtBot, isolated_settings: Path) -> Iterator[Starts]:
    made = Starts(inspector, qtbot)
    yield made
    made.end()
