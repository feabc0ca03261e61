"""The same part gives the same score in the window, through the command and through the library."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PySide6", reason="the window needs PySide6")

from app.editing.adjustments import Adjustments, Judgement, Mix, ScoringChoice
from app.parts.images import ImageStore
from app.parts.state import ModelChoice
from app.work.engine import Engine
from app.work.jobs import Cancellation
from tokenclip_core import Inspector, load_image
from tokenclip_core.inspection.tiled_part import TiledResult
from tokenclip_core.inspection.tiling import Tiling
from tokenclip_core.judgement.areas import Area, Areas

PATIENCE = 900


def test_window_command_and_library_agree(project_root: Path, tmp_path: Path) -> None:
    parts = sorted((project_root / "resources" / "samples").glob("*.jpg"))[:1]
    command = [sys.executable, "main.py", "inspect", *map(str, parts), "--threshold", "0.5", "--out", str(tmp_path)]
    subprocess.run(command, cwd=project_root, check=True, timeout=PATIENCE, capture_output=True)
    rows = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text("utf-8").splitlines()]
    inspector = Inspector.from_pretrained("compact")
    engine = Engine(ImageStore(), lambda *_given: inspector)
    facts = engine.load(ModelChoice("compact", "compact"), Cancellation())
    region = Areas((Area("ignore", "rectangle", ((0.0, 0.0), (0.4, 1.0))),))
    for part, row in zip(parts, rows, strict=True):
        library = inspector.inspect(load_image(part))
        window = engine.inspect(str(part), Mix(), Cancellation())
        assert row["score"] == pytest.approx(library.score, abs=1e-6)
        assert window.score == pytest.approx(library.score, abs=1e-6)
        of_text = library.shares["text"] * window.score
        assert sum(subspace.contribution for subspace in window.subspaces) == pytest.approx(of_text, abs=1e-5)
        regions = window.find_regions(Judgement(0.5)).regions
        assert [region.area_px for region in regions] == [region["area_px"] for region in row["regions"]]
        # Solo of all subspaces is the normal map.
        count = len(facts.subspaces)
        solo_of_all = Adjustments(soloed=frozenset(range(count))).mix(count)
        everything = engine.inspect(str(part), solo_of_all, Cancellation())
        alone = engine.inspect(str(part), Adjustments(soloed=frozenset({0})).mix(count), Cancellation())
        assert alone.score != window.score
        np.testing.assert_array_equal(everything.anomaly_map, window.anomaly_map)
        (text,) = inspector.text_scores(inspector.encode([load_image(part)]))
        np.testing.assert_allclose(library.subspace_maps.sum(axis=-1), text.token_map, atol=1e-4)
        left_out = engine.inspect(str(part), Mix(areas=region), Cancellation())
        expected = inspector.inspect(load_image(part), ignored=region)
        assert left_out.score == pytest.approx(expected.score, abs=1e-6)
        ignored = region.ignored_patches(left_out.grid)
        assert not left_out.plan.reshape(*left_out.grid, -1)[ignored].any()


def test_window_command_and_library_agree_on_tiles(project_root: Path, tmp_path: Path) -> None:
    part = project_root / "resources" / "samples" / "01_striated_ceramic_chip.jpg"
    image = load_image(part)
    side = max(image.shape[:2]) // 2
    words = [str(part), "--threshold", "0.5", "--tile", str(side), "--out", str(tmp_path)]
    command = [sys.executable, "main.py", "inspect", *words]
    subprocess.run(command, cwd=project_root, check=True, timeout=PATIENCE, capture_output=True)
    row = json.loads((tmp_path / "results.jsonl").read_text("utf-8"))
    inspector = Inspector.from_pretrained("compact")
    library = inspector.inspect(image, tiling=Tiling.of_side(side))
    assert isinstance(library, TiledResult)
    assert row["score"] == pytest.approx(library.score, abs=1e-6)
    assert library.score != pytest.approx(inspector.inspect(image).score, abs=1e-6)
    engine = Engine(ImageStore(), lambda *_given: inspector)
    engine.load(ModelChoice("compact", "compact"), Cancellation())
    mix = Mix(scoring=ScoringChoice(tile=side))
    for window in (
        engine.inspect(str(part), mix, Cancellation()),
        engine.inspect_pixels(image, mix, Cancellation()),
    ):
        assert window.score == pytest.approx(library.score, abs=1e-6)
        np.testing.assert_allclose(window.anomaly_map, library.anomaly_map, atol=1e-6)
        assert window.grid == library.token_map.shape
        found = window.find_regions(Judgement(0.5)).regions
        assert [region.area_px for region in found] == [region["area_px"] for region in row["regions"]]
        assert window.own_heatmap(0).shape == window.heatmap.shape
    region = Areas((Area("ignore", "rectangle", ((0.0, 0.0), (0.4, 1.0))),))
    left_out = engine.inspect(str(part), Mix(scoring=ScoringChoice(tile=side), areas=region), Cancellation())
    expected = inspector.inspect(image, ignored=region, tiling=Tiling.of_side(side))
    assert left_out.score == pytest.approx(expected.score, abs=1e-6)
    assert expected.ignored is not None
    assert expected.ignored.any()
    assert not left_out.plan.reshape(*left_out.grid, -1)[expected.ignored].any()
