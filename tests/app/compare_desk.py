"""Comparing by itself: two panes where one canvas was, and a second model, with no window around them."""

from __future__ import annotations

from pathlib import Path

import pytest
from feature_desk import Desk
from model_fakes import LEARNED, OTHER, OWN, Looked, Shelf
from pytestqt.qtbot import QtBot
from window_fakes import WAIT
from window_steps import shown

from app.compare.controller import CompareController
from app.compare.second_model import SecondModelState
from app.compare.work import SecondModel
from app.settings.preferences import PreferencesController
from app.settings.store import SettingsStore
from tokenclip_core.model.folders import ModelFolder


@pytest.fixture
def inspector(shelf: Shelf) -> Looked:
    """The first model; the second ones are the shelf's."""
    return Looked(model_name="first", log=shelf.log)


@pytest.fixture
def panes(desk: Desk, shelf: Shelf) -> Desk:
    """The canvas, or the two panes in its place; nothing is open yet."""
    settings = SettingsStore()
    second = SecondModelState(
        desk.session,
        desk.work,
        SecondModel(desk.models.engine, desk.store.images, shelf.make),
        lambda facts: desk.preferences.judged(facts),
        desk.owner,
    )
    compare = CompareController(desk.owners, desk.views, desk.actions, desk.stage, desk.display, second)
    preferences = PreferencesController(desk.owners, settings, desk.views, desk.display)
    desk.list_parts(settings, second=second, compare=compare, preferences=preferences)
    views = desk.views
    views.compare.lay_out(desk.actions)
    desk.lay(views.canvas, views.compare, views.inspection, width=1366, height=768)

    def follow_stage() -> None:
        views.canvas.setVisible(not desk.stage.comparing)
        views.compare.setVisible(desk.stage.comparing)

    desk.stage.changed.connect(follow_stage)
    follow_stage()
    return desk


@pytest.fixture
def two_models(panes: Desk, qtbot: QtBot, parts: Path) -> Desk:
    """The second of six parts, a defect, with two models and a checkpoint to choose from."""
    panes.models.search = lambda: (
        ModelFolder("compact", "compact", 30, ("parts",)),
        ModelFolder("other", "/models/other", 600),
    )
    panes.models.look_for_models()
    qtbot.waitUntil(lambda: panes.models.choices == (OWN, LEARNED, OTHER), timeout=WAIT)
    panes.inspect(parts, shown=1)
    shown(panes, qtbot, "part_0001.png")
    qtbot.waitUntil(lambda: panes.work.inference.idle, timeout=WAIT)
    return panes
