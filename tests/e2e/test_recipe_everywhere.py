"""A recipe of the window judges the same on the command line, in Python and live, also from another home folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

pytest.importorskip("PySide6", reason="the window's modules need PySide6")

from app.editing.adjustments import Adjustments, Area, Areas, ScoringChoice
from app.live.results import inspected
from app.parts.images import ImageStore
from app.parts.state import ModelChoice
from app.recipes.work import RecipeOrder, adjustments_of, recipe_inspector, write_recipe
from app.work.engine import Engine, ModelOptions, load_inspector
from app.work.jobs import Cancellation
from tokenclip_core import Inspector, Recipe, load_image
from tokenclip_core.judgement.judgement import Judgement, PartScores
from tokenclip_core.sources.frames import Frame

RIGHT = Areas((Area("ignore", "rectangle", ((0.8, 0.0), (1.0, 1.0))),))
CHANGED = Adjustments(
    threshold=0.612345,
    smallest_region=25,
    soloed=frozenset(),
    muted=frozenset({3}),
    scoring=ScoringChoice(top_k=3, epsilon=0.03, sigma=3.0, rarity_scale=0.05, tile=256),
    own_thresholds=((0, 0.3), (3, 0.0), (5, 0.6)),
    channel_limits=(("self", 0.98),),
    names=(("crack", "Riss"),),
    areas=RIGHT,
)

Verdict = tuple[float, str, list[tuple[Any, ...]]]
"""Score, reason ("" for a good part) and regions."""


def rounded(regions: Any) -> list[tuple[Any, ...]]:
    names = ("x", "y", "width", "height")
    return [(*(getattr(one, name) for name in names), pytest.approx(one.peak, abs=1e-6)) for one in regions]


def reason_of(judgement: Judgement, scores: PartScores) -> str:
    """Why a part is defective, as rows say it; "" for a good one."""
    reason = judgement.reason(scores)
    return "" if reason is None else reason.words([str(index) for index in range(len(scores.peaks))])


def test_window_command_python_and_live_agree(bundled_model: str, project_root: Path, tmp_path: Path) -> None:
    files = []
    for sample in sorted((project_root / "resources" / "samples").glob("*.*"))[:3]:
        # Small, so that it is quick, and larger than a tile.
        files.append(tmp_path / f"{sample.stem}.png")
        Image.open(sample).convert("RGB").resize((300, 200)).save(files[-1])
    options = ModelOptions(device="cpu")
    engine = Engine(ImageStore(), lambda choice, shared, between: load_inspector(choice, shared, options, between))
    facts = engine.load(ModelChoice(bundled_model, bundled_model), Cancellation())
    count = len(facts.subspaces)
    judgement, mix = CHANGED.judgement(count), CHANGED.mix(count)
    file = tmp_path / "recipes" / "line 1.recipe.json"
    recipe = write_recipe(engine, RecipeOrder(file, CHANGED, count), Cancellation())
    expected: dict[str, Verdict] = {}
    for path in files:
        result = engine.inspect(str(path), mix, Cancellation())
        found = result.find_regions(judgement).regions
        expected[str(path)] = (result.score, reason_of(judgement, result.scores), rounded(found))
    assert [reason for _, reason, _ in expected.values()] == ["region", "", "channel:self"]

    # The command, by somebody else.
    home = tmp_path / "another home"
    home.mkdir()
    foreign = {name: str(home / name) for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "HF_HOME")}
    words = ["inspect", *map(str, files), "--recipe", str(file), "--device", "cpu", "--json"]
    ended = subprocess.run(
        [sys.executable, str(project_root / "main.py"), *words],
        cwd=home,
        env={**os.environ, **foreign, "HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [row["path"] for row in rows] == list(expected)
    for row in rows:
        score, reason, regions = expected[row["path"]]
        assert row["score"] == pytest.approx(score, abs=1e-6)
        assert (row["verdict"], row.get("reason", "")) == ("defect" if reason else "good", reason)
        assert [(one["x"], one["y"], one["width"], one["height"], one["peak"]) for one in row["regions"]] == regions
        assert row["threshold"] == 0.612345

    # Python.
    inspector = Inspector.from_recipe(Recipe.load(file), device="cpu")
    for path, (score, reason, regions) in expected.items():
        one = inspector.inspect(load_image(Path(path)))
        assert one.score == pytest.approx(score, abs=1e-6)
        assert reason_of(recipe.judgement, one.part_scores) == reason
        assert rounded(one.judged_regions(recipe.judgement)[0]) == regions
    assert inspector.subspaces.subspaces[0].name == recipe.subspaces[0].called

    # Live, in a window that opened the recipe.
    second = Engine(ImageStore(), lambda *_given: recipe_inspector(recipe, options, lambda: None))
    facts = second.load(ModelChoice("recipe", "recipe"), Cancellation())
    adjustments = adjustments_of(recipe)
    for path, (score, reason, regions) in expected.items():
        pixels = load_image(Path(path))
        live = inspected(
            second,
            1,
            Frame(lambda pixels=pixels: pixels),
            adjustments.mix(count),
            adjustments.judgement(count),
            facts.name,
            Cancellation(),
        )
        assert live.result is not None
        assert live.result.score == pytest.approx(score, abs=1e-6)
        assert reason_of(adjustments.judgement(count), live.result.scores) == reason
        assert live.verdict(adjustments.judgement(count)) == ("defect" if reason else "good")
        assert rounded(live.result.find_regions(adjustments.judgement(count)).regions) == regions
    # Saved by that window, nothing is another.
    again = write_recipe(second, RecipeOrder(tmp_path / "again.recipe.json", adjustments, count), Cancellation())
    assert recipe.differences(again) == ()
    assert again == recipe
