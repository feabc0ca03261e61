"""Torch stands in for a network that is not there yet, and gives way in every inspector that shares it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tokenclip_core.conversion import convert as conversion
from tokenclip_core.errors import ModelError
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.model.catalog import read_defaults
from tokenclip_core.model.engines import choice
from tokenclip_core.model.engines.interim import InterimEngine

IMAGE = np.random.default_rng(0).integers(0, 256, (72, 96, 3), dtype=np.uint8)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(choice, "cache_folder", lambda: tmp_path / "networks")
    return tmp_path / "networks"


def interim(folder: Path) -> tuple[Inspector, InterimEngine]:
    inspector = Inspector.from_pretrained(folder, device="cpu")
    assert isinstance(inspector.engine, InterimEngine)
    return inspector, inspector.engine


def test_every_inspector_goes_on_with_what_was_converted(tiny_model: Path) -> None:
    inspector, engine = interim(tiny_model)
    other = inspector.with_evidence("text")
    encoded = inspector.encode([IMAGE])[0]
    before = inspector.score(encoded)
    with pytest.raises(ModelError, match="no converted network"):
        engine.take_over()
    assert (engine.name, engine.has_taken_over) == ("torch", False)
    engine.tell("torch runs it, more slowly")
    conversion.convert(tiny_model)
    engine.take_over()
    assert engine.trouble == "", "what was wrong is over"
    assert (inspector.engine_name, other.engine_name, engine.has_taken_over) == ("openvino", "openvino", True)
    assert "converted" in engine.why
    assert other.inspect(IMAGE).score == pytest.approx(before.score, abs=1e-4)
    # What was encoded before is scored as it was.
    assert inspector.score(encoded).score == before.score
    engine.take_over()


def test_blocks_that_the_network_does_not_tap_stay_in_torch(tiny_model: Path) -> None:
    inspector, engine = interim(tiny_model)
    pixels = np.random.default_rng(1).normal(size=(1, 3, 32, 32)).astype(np.float32)
    expected = engine.encode(pixels, (1, 3), 1)
    conversion.convert(tiny_model)
    engine.take_over()
    found = engine.encode(pixels, (1, 3), 1)
    assert found.layers == (1, 3)
    np.testing.assert_allclose(found.patch_features, expected.patch_features, atol=1e-5)
    assert inspector.engine_name == "openvino"


def test_a_damaged_network_can_be_mended_while_torch_runs(tiny_model: Path) -> None:
    network, _ = conversion.convert(tiny_model)
    network.graph.write_bytes(b"no graph")
    _, engine = interim(tiny_model)
    assert "damaged" in engine.trouble
    conversion.convert(tiny_model)
    engine.take_over()
    assert engine.name == "openvino"


def test_nothing_stands_in_where_converting_does_not_help(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(**request: Any) -> object:
        return choice.open_engine(tiny_model, read_defaults(tiny_model), choice.EngineRequest(device="cpu", **request))

    assert isinstance(opened(), InterimEngine)
    assert not isinstance(opened(name="torch"), InterimEngine)
    assert not isinstance(opened(layers=(1, 2)), InterimEngine)
    assert not isinstance(opened(precision="bf16"), InterimEngine)
    monkeypatch.setattr(choice, "find_spec", lambda _: None)
    assert not isinstance(opened(), InterimEngine)


def test_what_could_not_be_converted_is_tried_again_by_other_versions_only(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(conversion, "TOLERANCE", -1.0)
        with pytest.raises(ModelError, match="differs from torch"):
            conversion.convert(tiny_model)
    engine = Inspector.from_pretrained(tiny_model, device="cpu").engine
    assert (engine.name, isinstance(engine, InterimEngine)) == ("torch", False)
    assert not engine.trouble, "it was said when it happened"
    monkeypatch.setattr(choice, "converting_versions", lambda: "newer ones")
    assert isinstance(Inspector.from_pretrained(tiny_model, device="cpu").engine, InterimEngine)


def test_converting_behind_says_why_it_can_not_and_ends_when_asked(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ModelError, match="no such model"):
        conversion.convert_behind("no such model", lambda: None)

    class EndedError(Exception):
        pass

    def end() -> None:
        raise EndedError

    with pytest.raises(EndedError):
        conversion.convert_behind(str(tiny_model), end)
    assert not list(tmp_path.rglob("network.json"))


def test_a_conversion_that_is_given_up_as_it_ends_leaves_no_pipe_open(monkeypatch: pytest.MonkeyPatch) -> None:
    words = [sys.executable, "-c", "import threading; threading.Event().wait()"]
    process = subprocess.Popen(words, stderr=subprocess.PIPE)
    monkeypatch.setattr(conversion, "start", lambda _name: process)

    def end() -> None:
        process.kill()
        process.wait()
        raise InterruptedError

    with pytest.raises(InterruptedError):
        conversion.convert_behind("any", end)
    assert process.stderr is not None
    assert process.stderr.closed
