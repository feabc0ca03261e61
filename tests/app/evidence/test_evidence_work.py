"""What of the evidence runs in the inference thread: pools in slices, the shelf, the nearest patches."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from evidence_fakes import ComparingInspector, write_parts

from app.editing.adjustments import Adjustments, Compared, Mix
from app.evidence.comparison import evidence_facts
from app.evidence.work import PoolReport, PoolRun, forget_pool, nearest_elsewhere, put_on_shelf
from app.gallery.model import PatchPlace
from app.parts.images import ImageStore
from app.parts.state import ModelChoice
from app.recipes.work import RecipeOrder, write_recipe
from app.work.engine import Engine
from app.work.jobs import Cancellation, JobCancelledError
from tokenclip_core import Inspector, Recipe
from tokenclip_core.errors import ImageError
from tokenclip_core.evidence.consensus import ConsensusPool, PoolGathering, PoolPart

CHOICE = ModelChoice("compact", "compact")


@pytest.fixture
def engine() -> Engine:
    made = Engine(ImageStore(), lambda *_given: ComparingInspector())
    made.load(CHOICE, Cancellation())
    return made


def paths_in(folder: Path) -> list[str]:
    return [str(file) for file in sorted(folder.iterdir())]


def completed(run: PoolRun) -> PoolReport:
    report = PoolReport(0)
    while not report.is_complete:
        before, report = report, run.work(Cancellation())
        assert report.seen >= before.seen
    return report


def kind_of(engine: Engine, number: int, path: str) -> set[str]:
    result, _seconds = engine.judge(path, Mix(compared=Compared(number)), Cancellation())
    return set(result.shares)


def test_a_pool_is_published_when_it_is_complete(engine: Engine, tmp_path: Path) -> None:
    paths = paths_in(write_parts(tmp_path / "parts", 12))
    (tmp_path / "parts" / "broken.png").write_bytes(b"")
    run = PoolRun(engine, [*paths, str(tmp_path / "parts" / "broken.png")], 5, lambda: False)
    report = completed(run)
    assert (report.seen, report.pooled, run.total) == (13, 12, 13)
    assert report.fingerprint
    assert engine.comparison.paths == set(paths)
    assert kind_of(engine, 5, paths[0]) == {"text", "self", "consensus"}
    # Under a number of before or after, nothing of it is used.
    for number in (0, 4, 6):
        assert kind_of(engine, number, paths[0]) == {"text", "self"}
    # The choice depends on the folder, and not on the order in which it was listed.
    again = PoolRun(engine, paths[::-1], 7, lambda: False)
    assert completed(again).fingerprint == report.fingerprint
    forget_pool(engine, 8, Cancellation())
    assert kind_of(engine, 8, paths[0]) == {"text", "self"}
    assert engine.comparison.paths == set()


def test_a_stopped_run_publishes_nothing(engine: Engine, tmp_path: Path) -> None:
    run = PoolRun(engine, paths_in(write_parts(tmp_path / "parts", 12)), 5, lambda: False)
    run.stop()
    with pytest.raises(JobCancelledError):
        run.work(Cancellation())
    assert engine.comparison.pools == ()


def test_a_run_makes_way(engine: Engine, tmp_path: Path) -> None:
    waits = [True]
    run = PoolRun(engine, paths_in(write_parts(tmp_path / "parts", 12)), 5, lambda: waits[0])
    assert run.work(Cancellation()) == PoolReport(0)
    waits[0] = False
    assert completed(run).pooled == 12


def test_each_kind_of_part_has_a_slice_of_its_own(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def with_typical(_inspector: object, pools: Sequence[ConsensusPool], _parts: object) -> Sequence[ConsensusPool]:
        asked.append(len(pools))
        return pools

    kinds = [PoolPart(str(number), np.eye(2, dtype=np.float32), np.ones(2, np.float32)) for number in range(18)]
    pools = tuple(ConsensusPool(tuple(kinds[first : first + 9])) for first in (0, 9))
    monkeypatch.setattr(PoolGathering, "pools", lambda _gathering: pools)
    monkeypatch.setattr(ComparingInspector, "with_typical", with_typical)
    run = PoolRun(engine, paths_in(write_parts(tmp_path / "parts", 2)), 5, lambda: False)
    while not asked:
        report = run.work(Cancellation())
    assert (asked, report.is_complete) == ([1], False), "others have their turn between"
    assert engine.comparison.pools == ()
    assert completed(run).pooled == 18
    assert asked == [1, 1]
    assert engine.comparison.pools == pools


def test_another_model_forgets_all(engine: Engine, tmp_path: Path) -> None:
    paths = paths_in(write_parts(tmp_path / "parts", 12))
    completed(PoolRun(engine, paths, 5, lambda: False))
    put_on_shelf(engine, ImageStore(), paths[:2], 6, Cancellation())
    assert kind_of(engine, 6, paths[3]) == {"text", "self", "consensus", "reference"}
    engine.load(CHOICE, Cancellation())
    assert kind_of(engine, 6, paths[3]) == {"text", "self"}
    assert engine.comparison.base is None


def test_the_shelf_and_the_pool_do_not_lose_each_other(engine: Engine, tmp_path: Path) -> None:
    paths = paths_in(write_parts(tmp_path / "parts", 12))
    shelf = put_on_shelf(engine, ImageStore(), [*paths[:2], str(tmp_path / "missing.png")], 1, Cancellation())
    assert shelf.paths == tuple(paths[:2])
    assert (shelf.kept, shelf.seen) == (192, 192)
    assert len(shelf.errors) == 1
    assert shelf.megabytes > 0
    completed(PoolRun(engine, paths, 2, lambda: False))
    assert kind_of(engine, 2, paths[3]) == {"text", "self", "consensus", "reference"}
    assert put_on_shelf(engine, ImageStore(), [], 3, Cancellation()).paths == ()
    assert kind_of(engine, 3, paths[3]) == {"text", "self", "consensus"}


def test_frames_are_not_compared_with_the_open_folder(engine: Engine, tmp_path: Path) -> None:
    paths = paths_in(write_parts(tmp_path / "parts", 12))
    completed(PoolRun(engine, paths, 1, lambda: False))
    frame = ImageStore().load(Path(paths[3]))
    mix = Mix(compared=Compared(1))
    assert set(engine.inspect_pixels(frame, mix, Cancellation()).shares) == {"text", "self"}
    put_on_shelf(engine, ImageStore(), paths[:2], 2, Cancellation())
    assert set(engine.inspect_pixels(frame, mix, Cancellation()).shares) == {"text", "self", "reference"}


def test_the_nearest_patches_are_of_other_parts(engine: Engine, tmp_path: Path) -> None:
    paths = paths_in(write_parts(tmp_path / "parts", 12))
    place = PatchPlace(paths[4], (2, 3), (8, 12))
    assert nearest_elsewhere(engine, ImageStore(), place, Cancellation()).parts == 0
    completed(PoolRun(engine, paths, 1, lambda: False))
    found = nearest_elsewhere(engine, ImageStore(), place, Cancellation())
    assert found.parts == 11
    assert len(found.patches) == 3
    assert Path(paths[4]).name not in {one.name for one in found.patches}
    assert [one.distance for one in found.patches] == sorted(one.distance for one in found.patches)
    Path(paths[4]).unlink()
    engine.forget(paths[4])
    with pytest.raises(ImageError):
        nearest_elsewhere(engine, ImageStore(), place, Cancellation())


def test_a_saved_recipe_keeps_the_shelf(tmp_path: Path, bundled_model: str) -> None:
    engine = Engine(ImageStore(), lambda *_given: Inspector.from_pretrained(bundled_model, engine="torch"))
    facts = engine.load(ModelChoice(bundled_model, bundled_model), Cancellation())
    assert facts.evidence.kind == "fused"
    paths = paths_in(write_parts(tmp_path / "good", 2))
    shelf = put_on_shelf(engine, ImageStore(), paths, 1, Cancellation())
    order = RecipeOrder(
        tmp_path / "line.recipe.json",
        Adjustments(evidence="reference"),
        len(facts.subspaces),
        compared=Compared(1, "", shelf.fingerprint),
    )
    written = write_recipe(engine, order, Cancellation())
    assert written.evidence == "reference"
    recipe = Recipe.load(tmp_path / "line.recipe.json")
    assert [one.name for one in recipe.references] == [Path(path).name for path in paths]
    again = evidence_facts(Inspector.from_recipe(recipe, engine="torch"))
    assert (again.kind, again.good) == ("reference", ("part_0000.png", "part_0001.png"))
    assert again.megabytes == pytest.approx(shelf.megabytes)
