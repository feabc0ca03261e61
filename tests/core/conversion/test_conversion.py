"""Models converted for this user, and exported for other programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from programs import said_by_python

from tokenclip_core.arrays import unit
from tokenclip_core.commands.cli import main
from tokenclip_core.conversion import convert as conversion
from tokenclip_core.conversion.export import export
from tokenclip_core.errors import ModelError, SettingsError
from tokenclip_core.images.reading import load_image
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.inspection.preprocessing import to_pixels
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.model.catalog import find_model
from tokenclip_core.model.engines import choice
from tokenclip_core.model.engines import conversion as engine_conversion
from tokenclip_core.model.engines.network import GRAPH_FILE
from tokenclip_core.model.loading import load_backbone
from tokenclip_core.resources import resource_path

SAMPLE = resource_path("samples", "01_striated_ceramic_chip.jpg")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(choice, "cache_folder", lambda: tmp_path / "networks")
    return tmp_path / "networks"


def test_a_converted_model_needs_torch_no_more(
    tiny_model: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = Inspector.from_pretrained(tiny_model, device="cpu")
    assert before.engine.name == "torch"
    assert "no converted network" in before.engine.why
    assert main(["models", "convert", str(tiny_model)]) == 0
    assert "is converted; it differs from torch by" in capsys.readouterr().out
    after = Inspector.from_pretrained(tiny_model, device="cpu")
    assert after.engine.name == "openvino"
    image = np.random.default_rng(0).integers(0, 256, (72, 96, 3), dtype=np.uint8)
    one, other = before.inspect(image), after.inspect(image)
    assert one.score == pytest.approx(other.score, abs=1e-4)
    np.testing.assert_allclose(one.anomaly_map, other.anomaly_map, atol=1e-3)
    assert main(["models", "convert", str(tiny_model)]) == 0
    assert "was converted before" in capsys.readouterr().out
    assert [folder.name for folder in cache.iterdir() if folder.is_dir()] == [before.model_hash[:32]]


def test_damage_in_the_cache_brings_torch_back_and_converting_again_mends_it(tiny_model: Path, cache: Path) -> None:
    network, _ = conversion.convert(tiny_model)
    network.graph.write_bytes(network.graph.read_bytes()[:-100])
    damaged = Inspector.from_pretrained(tiny_model, device="cpu")
    assert damaged.engine.name == "torch"
    assert "damaged" in damaged.engine.why
    conversion.convert(tiny_model)
    assert Inspector.from_pretrained(tiny_model, device="cpu").engine.name == "openvino"


def test_who_waited_for_another_conversion_takes_its_network(
    tiny_model: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other process may run it already, so that it must not be deleted."""
    lock = conversion.FileLock

    def waited(place: Path) -> Any:
        # The other process is done when this one gets the lock.
        monkeypatch.setattr(conversion, "FileLock", lock)
        conversion.convert(tiny_model)
        monkeypatch.setattr(engine_conversion, "write_network", None)
        return lock(place)

    monkeypatch.setattr(conversion, "FileLock", waited)
    network, difference = conversion.convert(tiny_model)
    assert difference == 0.0
    assert network.graph.exists()


def test_a_network_that_differs_is_not_kept(tiny_model: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "TOLERANCE", -1.0)
    with pytest.raises(ModelError, match="differs from torch"):
        conversion.convert(tiny_model)
    assert [entry for entry in cache.iterdir() if entry.is_dir()] == []


def test_converting_behind_everything_else(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    conversion.convert_behind(str(tiny_model), lambda: None)
    assert Inspector.from_pretrained(tiny_model, device="cpu").engine.name == "openvino"


def check_export(folder: Path, backbone: Backbone, side: int) -> None:
    """Run the example of an export without this program, and compare what its network gives with torch's tokens."""
    program = (
        "import sys; sys.argv[1:] = [r'" + str(SAMPLE) + "']; import example, numpy as np; example.main(); "
        "np.savez('found.npz', **example.tokens(sys.argv[1])); "
        "assert not {'torch', 'tokenclip_core'} & set(sys.modules)"
    )
    assert "most anomalous patch: row" in said_by_python(program, folder=folder)
    pixels = torch.from_numpy(to_pixels(load_image(SAMPLE), (side, side), backbone.mean, backbone.std)[None])
    with torch.inference_mode():
        expected = backbone.encode_image(pixels)
    found: Any = np.load(folder / "found.npz")
    features = torch.stack(expected.patch_features, dim=1).numpy()
    np.testing.assert_allclose(unit(found["patch_features"]), unit(features), atol=1e-4)
    np.testing.assert_allclose(unit(found["global_feature"]), unit(expected.global_feature.numpy()), atol=1e-4)


@pytest.mark.parametrize("kind", ["onnx", "openvino"])
def test_an_export_runs_without_this_program(tiny_model: Path, tmp_path: Path, kind: str) -> None:
    files = export(str(tiny_model), tmp_path / kind, kind, 64)
    assert all(file.is_file() for file in files)
    check_export(tmp_path / kind, load_backbone(tiny_model), 64)


def test_impossible_exports_are_refused(tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="onnx or openvino"):
        export(str(tiny_model), tmp_path, "tensorflow")
    with pytest.raises(SettingsError, match="whole number"):
        export(str(tiny_model), tmp_path, "onnx", 65)
    (tmp_path / "file").write_text("")
    assert main(["models", "export", str(tiny_model), "--out", str(tmp_path / "file")]) == 1


@pytest.mark.parametrize("name", ["compact", "dinov2-small"])
def test_bundled_models_are_exported_by_the_command(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "export", name, "--out", str(tmp_path)]) == 0
    assert str(tmp_path / GRAPH_FILE) in capsys.readouterr().out
    side = json.loads((tmp_path / "model.json").read_text("utf-8"))["image_size"]
    check_export(tmp_path, load_backbone(find_model(name)), side)
