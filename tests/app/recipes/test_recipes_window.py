"""Recipes in the window: saved, opened, in force until something is changed, left; with a small real model."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from window_fakes import Start

from app.editing.adjustments import Area, Areas, ScoringChoice
from app.recipes.work import KEY
from app.settings.store import SettingsStore
from app.shell.assembly import Assembly
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.inspection.tiling import Tiling
from tokenclip_core.recipes.recipe import Recipe

WAIT = 60_000
"""A real model needs longer than a stand-in."""

LEFT = Areas((Area("ignore", "rectangle", ((0.0, 0.0), (0.3, 1.0))),))


@pytest.fixture(scope="module", autouse=True)
def libraries(tiny_model: Path) -> Inspector:
    """All that loading a model imports, before a window waits for it."""
    return Inspector.from_pretrained(tiny_model, device="cpu")


@pytest.fixture
def open_window(start: Start, qtbot: QtBot, parts: Path, tiny_model: Path) -> Callable[..., Assembly]:
    """Start the window on six parts with the small model, or with the one that a recipe describes."""

    def make(*paths: Path, recipe: Path | None = None) -> Assembly:
        def load(name: str) -> Inspector:
            recipe = None if name == "compact" else Recipe.load(name.removeprefix(KEY))
            if recipe is None:
                return Inspector.from_pretrained(tiny_model, device="cpu")
            inspector = Inspector.from_recipe(recipe, model=tiny_model, device="cpu")
            inspector.areas = None
            return inspector

        made: Assembly = start(*(paths or (parts,)), factory=load, recipe=recipe)
        qtbot.waitUntil(lambda: made.shown.result is not None, timeout=WAIT)
        return made

    return make


@pytest.fixture
def assembly(open_window: Callable[..., Assembly]) -> Assembly:
    """The window after a person has changed everything about the judgement."""
    made = open_window()
    editing = made.judging
    editing.set_part_width(48.0)
    editing.set_threshold(0.31)
    editing.set_minimum_area(7)
    editing.set_scoring(ScoringChoice(top_k=3, epsilon=0.05, sigma=2.0, tile=64), "epsilon")
    editing.set_own_threshold(2, 0.25)
    editing.set_tolerated(3, 0.125)
    editing.set_measured(0.31, (("text", 0.75), ("self", 0.0)))
    editing.set_mix(frozenset(), frozenset({1}))
    editing.set_areas(LEFT, "areas")
    editing.rename(0, "Riss")
    return made


def save(assembly: Assembly, qtbot: QtBot, file: Path) -> Recipe:
    with qtbot.waitSignal(assembly.recipes.saved, timeout=WAIT) as caught:
        assembly.recipes.save(file)
    assert isinstance(caught.args[0], Recipe)
    return caught.args[0]


def open_recipe(assembly: Assembly, qtbot: QtBot, file: Path) -> None:
    with qtbot.waitSignal(assembly.recipes.opened, timeout=WAIT):
        assembly.recipes.open(file)
    qtbot.waitUntil(lambda: assembly.shown.result is not None, timeout=WAIT)
    qtbot.waitUntil(lambda: assembly.work.inference.idle, timeout=WAIT)


def test_a_saved_recipe_says_how_parts_are_judged(assembly: Assembly, qtbot: QtBot, tmp_path: Path) -> None:
    recipe = save(assembly, qtbot, tmp_path / "line 1.recipe.json")
    assert recipe.judgement == assembly.session.judgement
    assert recipe.judgement.areas == LEFT
    assert recipe.tiling == Tiling.of_side(64)
    assert recipe.part_width == 48.0
    assert recipe.scoring.tolerated == ((3, 0.125),)
    assert (recipe.scoring.epsilon, recipe.scoring.top_k, recipe.scoring.sigma) == (0.05, 3, 2.0)
    assert recipe.subspaces[0].called == "Riss"
    assert Recipe.load(tmp_path / "line 1.recipe.json") == recipe
    menu = assembly.views.recipe_menu
    assert menu.accessibleName() == "Recipe: line 1"
    assembly.judging.set_threshold(0.32)
    assert menu.accessibleName() == "Recipe: line 1 (changed)"
    assembly.history.stack.undo()
    assert menu.accessibleName() == "Recipe: line 1"


def test_an_opened_recipe_gives_the_same_results(assembly: Assembly, qtbot: QtBot, tmp_path: Path) -> None:
    qtbot.waitUntil(lambda: assembly.session.parts[0].score is not None, timeout=WAIT)
    qtbot.waitUntil(lambda: assembly.work.inference.idle, timeout=WAIT)
    file = tmp_path / "line.recipe.json"
    before = save(assembly, qtbot, file)
    expected = assembly.shown.result
    assembly.judging.reset()
    open_recipe(assembly, qtbot, file)
    result = assembly.shown.result
    assert result is not None
    assert expected is not None
    assert result.score == pytest.approx(expected.score, abs=1e-6)
    judgement = assembly.session.judgement
    assert judgement == before.judgement
    assert result.find_regions(judgement).regions == expected.find_regions(judgement).regions
    assert result.subspaces[0].name == "Riss"
    assert not assembly.actions["undo"].isEnabled()
    assert assembly.session.adjustments.part_width == 48.0
    assert assembly.session.adjustments.tolerated == ((3, 0.125),)
    # Saved once more, it says the same, and nothing is lost that this program does not know.
    values = json.loads(file.read_text("utf-8"))
    values["audit"] = {"by": "someone"}
    file.write_text(json.dumps(values), "utf-8")
    open_recipe(assembly, qtbot, file)
    again = save(assembly, qtbot, tmp_path / "again.recipe.json")
    assert again == before
    assert json.loads((tmp_path / "again.recipe.json").read_text("utf-8"))["audit"] == {"by": "someone"}


def test_a_recipe_holds_for_every_folder_until_it_is_left(
    assembly: Assembly, qtbot: QtBot, tmp_path: Path, parts: Path
) -> None:
    own = Areas((Area("ignore", "rectangle", ((0.8, 0.0), (1.0, 1.0))),))
    save(assembly, qtbot, tmp_path / "line.recipe.json")
    assembly.recipes.leave()
    assembly.judging.set_areas(own, "areas")
    open_recipe(assembly, qtbot, tmp_path / "line.recipe.json")
    with qtbot.waitSignal(assembly.shown.result_ready, timeout=WAIT):
        assembly.open([parts / "part_0003.png"])
    assert assembly.session.adjustments.areas == LEFT
    with qtbot.waitSignal(assembly.shown.result_ready, timeout=WAIT):
        assembly.open([parts])
    assert assembly.session.adjustments.areas == LEFT
    assembly.recipes.leave()
    assert assembly.session.recipe is None
    assert assembly.session.adjustments.areas == own, "the folder's own areas, as they were drawn"
    qtbot.waitUntil(lambda: assembly.models.facts is not None, timeout=WAIT)
    assert assembly.models.key == "compact"
    assert assembly.views.recipe_menu.accessibleName() == "Recipe"
    qtbot.waitUntil(lambda: assembly.work.inference.idle, timeout=WAIT)


def test_how_parts_are_judged_now_is_compared_with_a_recipe(assembly: Assembly, qtbot: QtBot, tmp_path: Path) -> None:
    save(assembly, qtbot, tmp_path / "line.recipe.json")
    assembly.recipes.ask_for_file = lambda _suggested: tmp_path / "line.recipe.json"

    def compared() -> str:
        assembly.recipes.dialog = None
        assembly.actions.run("compare-recipe")
        qtbot.waitUntil(lambda: assembly.recipes.dialog is not None, timeout=WAIT)
        dialog = assembly.recipes.dialog
        assert dialog is not None
        words = dialog.words
        dialog.close()
        return words

    assert compared() == "They judge alike."
    assembly.judging.set_threshold(0.4)
    assembly.judging.set_mix(frozenset(), frozenset())
    name = assembly.session.recipe.subspaces[1].called if assembly.session.recipe is not None else ""
    assert compared() == f"The threshold is 0.4, the other's 0.31.\n{name} is heard here, muted by the other."
    assembly.recipes.compare(tmp_path / "missing.json")
    qtbot.waitUntil(lambda: "could not be compared" in assembly.views.message.text, timeout=WAIT)
    qtbot.waitUntil(lambda: assembly.work.inference.idle, timeout=WAIT)


def test_what_can_not_be_opened_is_said_and_nothing_changes(assembly: Assembly, qtbot: QtBot, tmp_path: Path) -> None:
    recipe = save(assembly, qtbot, tmp_path / "line.recipe.json")
    before = assembly.session.adjustments
    newer = tmp_path / "newer.recipe.json"
    newer.write_text(json.dumps(recipe.to_mapping() | {"version": 9}), "utf-8")
    message = assembly.views.message
    for file, words in ((newer, "newer program"), (tmp_path / "missing.json", "cannot be read")):
        assembly.recipes.open(file)
        qtbot.waitUntil(lambda words=words: words in message.text, timeout=WAIT)
    other = replace(recipe, model_sha256="1" * 64).save(tmp_path / "other.recipe.json")
    assert other.file is not None
    assembly.recipes.open(other.file)
    qtbot.waitUntil(lambda: "other weights" in message.text, timeout=WAIT)
    assert assembly.session.adjustments == before
    assert assembly.session.recipe == recipe
    assert assembly.models.facts is not None
    (tmp_path / "file").write_text("")
    assembly.recipes.save(tmp_path / "file" / "line.recipe.json")
    qtbot.waitUntil(lambda: "cannot be written" in message.text, timeout=WAIT)
    qtbot.waitUntil(lambda: assembly.work.inference.idle, timeout=WAIT)


def test_the_last_recipes_are_listed(open_window: Callable[..., Assembly], qtbot: QtBot, tmp_path: Path) -> None:
    assembly = open_window()
    for name in ("a", "b", "a"):
        save(assembly, qtbot, tmp_path / f"{name}.recipe.json")
    menu = assembly.views.recipe_menu
    assert [action.text() for action in menu.entries] == ["a", "b"]
    with qtbot.waitSignal(assembly.recipes.opened, timeout=WAIT):
        menu.entries[1].trigger()
    assert assembly.session.recipe is not None
    assert assembly.session.recipe.name == "b"
    chosen: list[Path] = []
    assembly.recipes.ask_for_place = lambda suggested: chosen.append(suggested) or tmp_path / "typed name"
    with qtbot.waitSignal(assembly.recipes.saved, timeout=WAIT):
        assembly.actions.run("save-recipe")
    assert chosen == [tmp_path / "b.recipe.json"]
    assert (tmp_path / "typed name.recipe.json").is_file()
    assembly.recipes.ask_for_file = lambda _suggested: tmp_path / "a.recipe.json"
    with qtbot.waitSignal(assembly.recipes.opened, timeout=WAIT):
        assembly.actions.run("open-recipe")
    qtbot.waitUntil(lambda: assembly.shown.result is not None, timeout=WAIT)
    qtbot.waitUntil(lambda: assembly.work.inference.idle, timeout=WAIT)
    assembly.preferences.save(assembly.window)
    assert SettingsStore().values.recent_recipes[0] == str(tmp_path / "a.recipe.json")


def test_the_window_starts_with_a_recipe(
    assembly: Assembly, open_window: Callable[..., Assembly], qtbot: QtBot, tmp_path: Path
) -> None:
    first = assembly
    recipe = save(first, qtbot, tmp_path / "line.recipe.json")
    first.judging.reset()
    second = open_window(recipe=tmp_path / "line.recipe.json")
    assert second.session.recipe == recipe
    assert second.session.judgement == recipe.judgement
    qtbot.waitUntil(lambda: second.work.inference.idle, timeout=WAIT)
    # Without it, there is a window all the same, and words.
    third = open_window(recipe=tmp_path / "missing.recipe.json")
    assert "cannot be read" in third.views.message.text
    assert third.session.recipe is None
    qtbot.waitUntil(lambda: third.work.inference.idle, timeout=WAIT)
