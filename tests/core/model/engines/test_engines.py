"""Engines beside torch: equal tokens, whole files, and torch where anything is wrong."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import said_by

from tokenclip_core.arrays import unit
from tokenclip_core.errors import DeviceError, ModelError, SettingsError
from tokenclip_core.images.reading import find_images, load_image
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.model.catalog import read_defaults
from tokenclip_core.model.engines import choice
from tokenclip_core.model.engines.conversion import check_pixels, write_network
from tokenclip_core.model.engines.network import (
    CHECK_FILE,
    FACTS_FILE,
    GRAPH_FILE,
    PATCH_FEATURES,
    Network,
    read_network,
)
from tokenclip_core.model.engines.network_engine import NetworkEngine
from tokenclip_core.model.engines.positions import resized_positions
from tokenclip_core.model.loading import load_model
from tokenclip_core.model.visual_towers import resize_positions
from tokenclip_core.resources import resource_path
from tokenclip_core.subspaces.textual import from_descriptors, single
from tokenclip_core.subspaces.vocabulary import default_vocabulary

COMPACT = resource_path("models", "compact")
NAMES = ["openvino", "onnxruntime"]


@pytest.fixture(scope="module")
def compact() -> Backbone:
    return load_model("compact").backbone


@pytest.fixture(scope="module")
def tiny_network(tiny_backbone: Backbone, tmp_path_factory: pytest.TempPathFactory) -> Network:
    folder = tmp_path_factory.mktemp("network")
    write_network(tiny_backbone, folder)
    return read_network(folder, tiny_backbone.weights_sha256)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(choice, "cache_folder", lambda: tmp_path / "networks")
    return tmp_path / "networks"


@pytest.fixture
def bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path) -> Path:
    """A copy of the bundled model that a test may change."""
    monkeypatch.setattr(choice, "resource_path", lambda *_: tmp_path / "models")
    return Path(shutil.copytree(COMPACT, tmp_path / "models" / "compact"))


def opened(name: str, network: Network) -> NetworkEngine:
    return choice.engine_class(name)(network, network.folder, 1)


@settings(max_examples=50, deadline=None)
@given(
    old=st.tuples(st.integers(2, 24), st.integers(2, 24)),
    new=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    prefix=st.integers(0, 2),
    interpolation=st.sampled_from(["bicubic", "bilinear"]),
)
def test_positions_are_resized_as_torch_does(
    old: tuple[int, int], new: tuple[int, int], prefix: int, interpolation: Any
) -> None:
    values = torch.randn(1, prefix + old[0] * old[1], 6, generator=torch.Generator().manual_seed(prefix))
    expected = resize_positions(values, old, new, prefix, interpolation)
    found = resized_positions(values.numpy(), old, new, prefix, interpolation)
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("grid", [(4, 4), (3, 9), (11, 5)])
def test_any_grid_and_batch_gives_torchs_tokens(
    name: str, grid: tuple[int, int], tiny_network: Network, tiny_backbone: Backbone
) -> None:
    engine = opened(name, tiny_network)
    one = check_pixels(8 * grid[0], 8 * grid[1])
    pixels = np.concatenate([one, one[:, :, ::-1], -one])
    taps = (tiny_backbone.default_layers, tiny_backbone.default_first_vv_block)
    with torch.inference_mode():
        expected = tiny_backbone.encode_image(torch.from_numpy(pixels.copy()), *taps)
    found = engine.encode(pixels, *taps)
    assert (found.grid, found.layers) == (grid, taps[0])
    features = torch.stack(expected.patch_features, dim=1).numpy()
    np.testing.assert_allclose(unit(found.patch_features), unit(features), atol=1e-4)
    np.testing.assert_allclose(unit(found.global_feature), unit(expected.global_feature.numpy()), atol=1e-4)
    alone = engine.encode(pixels[1:2], *taps)
    np.testing.assert_allclose(alone.patch_features[0], found.patch_features[1], atol=1e-4)
    again = engine.encode(pixels, *taps)
    assert found.patch_features.tobytes() == again.patch_features.tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_other_taps_and_shapes_are_refused(name: str, tiny_network: Network) -> None:
    engine = opened(name, tiny_network)
    facts = tiny_network.facts
    with pytest.raises(SettingsError, match="engine torch"):
        engine.encode(check_pixels(32, 32), (1,), facts.first_vv_block)
    with pytest.raises(SettingsError, match="whole number"):
        engine.encode(check_pixels(32, 33), facts.layers, facts.first_vv_block)
    with pytest.raises(SettingsError, match="expected"):
        engine.encode(check_pixels(32, 32)[0], facts.layers, facts.first_vv_block)


def test_more_sizes_than_have_a_network_of_their_own(tiny_network: Network, tiny_backbone: Backbone) -> None:
    engine = opened("openvino", tiny_network)
    facts = tiny_network.facts
    for side in (16, 24, 32, 40, 48, 56):
        pixels = check_pixels(side, 32)
        with torch.inference_mode():
            expected = tiny_backbone.encode_image(torch.from_numpy(pixels))
        found = engine.encode(pixels, facts.layers, facts.first_vv_block)
        features = torch.stack(expected.patch_features, dim=1).numpy()
        np.testing.assert_allclose(unit(found.patch_features), unit(features), atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_the_bundled_model_says_the_same_in_every_engine(name: str, cache: Path) -> None:
    there, here = (Inspector.from_pretrained("compact", device="cpu", engine=each) for each in ("torch", name))
    assert (there.engine.name, here.engine.name) == ("torch", name)
    assert here.model == there.model
    images = [load_image(path) for path in find_images([resource_path("samples")])][:6]
    for mine, theirs in zip(here.inspect_batch(images), there.inspect_batch(images), strict=True):
        assert mine.score == pytest.approx(theirs.score, abs=1e-4)
        np.testing.assert_allclose(mine.anomaly_map, theirs.anomaly_map, atol=1e-3)
        assert [region.peak for region in mine.regions(0.5)] == pytest.approx(
            [region.peak for region in theirs.regions(0.5)], abs=1e-3
        )
    (one,) = here.inspect_batch(images[:1])
    assert here.inspect(images[0]).score == pytest.approx(one.score, abs=1e-6)


def test_stored_texts_are_those_of_the_text_tower(compact: Backbone) -> None:
    from safetensors.numpy import load_file

    stored = load_file(COMPACT / "texts.safetensors")
    vocabulary = default_vocabulary()
    fresh = type("Fresh", (), {"weights_sha256": "fresh", "embed_texts": compact.embed_texts})()
    for kind, make in (("descriptors", from_descriptors), ("single", single)):
        found = stored[f"{kind}.{vocabulary.fingerprint}"]
        np.testing.assert_allclose(found, make(fresh, vocabulary).embeddings, atol=1e-6)


def test_the_networks_of_bundled_models_belong_to_their_weights() -> None:
    for folder in sorted(resource_path("models").iterdir()):
        if not (folder / "model.json").is_file():
            continue
        defaults = read_defaults(folder)
        assert defaults.weights_sha256 is not None
        network = read_network(folder, defaults.weights_sha256)
        assert network.facts.layers == (defaults.layers or network.facts.model.layers)
        for name in NAMES:
            assert opened(name, network).check() < 1e-5


PROGRAM = """
import sys
from tokenclip_core.commands.cli import main
status = main({arguments!r})
loaded = [name for name in ("torch", "open_clip", "timm", "PySide6") if name in sys.modules]
assert not loaded, loaded
sys.exit(status)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["inspect", "{sample}", "--threshold", "0.5", "--out", "{out}", "--device", "cpu"],
        ["inspect", "{sample}", "--checkpoint", "parts", "--device", "cpu"],
        ["calibrate", "{samples}", "--device", "cpu", "--out", "{out}/calibration.json"],
    ],
)
def test_looking_needs_no_torch(arguments: list[str], tmp_path: Path) -> None:
    samples = resource_path("samples")
    sample = next(iter(find_images([samples])))
    good = tmp_path / "good"
    good.mkdir()
    shutil.copy(sample, good / "a.jpg")
    shutil.copy(sample, good / "b.jpg")
    given = [each.format(sample=sample, samples=good, out=tmp_path / "out") for each in arguments]
    environment = {"XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path), "PYTHONPATH": ":".join(sys.path)}
    said_by(sys.executable, "-c", PROGRAM.format(arguments=given), environment=environment)


@pytest.mark.parametrize(
    "way", ["Inspector.from_pretrained('compact')", "import_libraries('compact', ModelOptions(), int)"]
)
def test_looking_sends_nothing(way: str, tmp_path: Path) -> None:
    # Stands for the package by which openvino says over the network that it was imported.
    (tmp_path / "openvino_telemetry.py").write_text(f"open({str(tmp_path / 'sent')!r}, 'w').close()\n")
    program = f"""
from tokenclip_core import Inspector
try:
    from app.work.engine import ModelOptions, import_libraries
except ImportError:
    import_libraries = ModelOptions = lambda *_: Inspector.from_pretrained('compact')
{way}
import sys, threading
assert hasattr(sys.modules["openvino"], "convert_model"), "openvino is whole"
assert threading.active_count() == 1, threading.enumerate()
"""
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": ":".join([str(tmp_path), *sys.path])}
    said_by(sys.executable, "-c", program, environment=environment)
    assert not (tmp_path / "sent").exists()


def test_onnx_runtime_tells_the_system_nothing(tiny_network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    import onnxruntime

    told: list[bool] = []
    monkeypatch.setattr(onnxruntime, "disable_telemetry_events", lambda: told.append(False))
    opened("onnxruntime", tiny_network)
    assert told == [False]


def auto(folder: Path, **request: Any) -> Any:
    return choice.open_engine(folder, read_defaults(folder), choice.EngineRequest(device="cpu", **request))


def test_auto_takes_openvino_where_the_model_is_converted(bundled: Path, cache: Path) -> None:
    engine = auto(bundled)
    assert engine.name == "openvino"
    assert "converted" in engine.why
    # It was checked once; the mark says so.
    assert [file.name[:8] for file in cache.iterdir()] == ["checked-"]


def test_auto_takes_torch_for_what_others_do_not_do(bundled: Path) -> None:
    engine = auto(bundled, precision="bf16")
    assert (engine.name, engine.precision_name) == ("torch", "bf16")
    assert "bf16" in engine.why
    other_taps = auto(bundled, layers=(2, 4), first_vv_block=1)
    assert other_taps.name == "torch"
    assert "taps other blocks" in other_taps.why
    assert not engine.trouble, "nothing is wrong"
    assert not other_taps.trouble
    with pytest.raises(DeviceError, match="bf16"):
        auto(bundled, precision="bf16", name="openvino")
    with pytest.raises(DeviceError, match="tensorflow"):
        auto(bundled, name="tensorflow")


def truncated(folder: Path) -> None:
    (folder / GRAPH_FILE).write_bytes((folder / GRAPH_FILE).read_bytes()[:1000])


def garbled(folder: Path) -> None:
    facts = json.loads((folder / FACTS_FILE).read_text())
    content = b"no graph at all"
    (folder / GRAPH_FILE).write_bytes(content)
    import hashlib

    facts["graph_sha256"] = hashlib.sha256(content).hexdigest()
    (folder / FACTS_FILE).write_text(json.dumps(facts))


def no_json(folder: Path) -> None:
    (folder / FACTS_FILE).write_text("[")


def other_weights(folder: Path) -> None:
    facts = json.loads((folder / FACTS_FILE).read_text())
    facts["model"]["weights_sha256"] = "0" * 64
    (folder / FACTS_FILE).write_text(json.dumps(facts))


def other_tokens(folder: Path) -> None:
    from safetensors.numpy import load_file, save_file

    tensors = load_file(folder / CHECK_FILE)
    tensors[PATCH_FEATURES] = tensors[PATCH_FEATURES][:, :, ::-1].copy()
    save_file(tensors, folder / CHECK_FILE)


def no_example(folder: Path) -> None:
    (folder / CHECK_FILE).unlink()


@pytest.mark.parametrize("damage", [truncated, garbled, no_json, other_weights, other_tokens, no_example])
def test_torch_takes_over_from_a_damaged_network_with_a_sentence(damage: Any, bundled: Path) -> None:
    damage(bundled)
    engine = auto(bundled)
    assert engine.name == "torch"
    assert engine.why.endswith(".")
    assert str(bundled) in engine.why
    heard: list[str] = []
    engine.on_trouble(heard.append)
    assert heard == [f"{engine.why.rstrip('.')}; torch runs the model instead, more slowly."]
    with pytest.raises(ModelError):
        auto(bundled, name="openvino")


@pytest.fixture
def no_openvino(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("openvino")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "tokenclip_core.model.engines.openvino_engine", raising=False)
    monkeypatch.setitem(sys.modules, "openvino", None)


@pytest.mark.usefixtures("no_openvino")
def test_without_openvino_torch_takes_over_with_a_sentence(bundled: Path) -> None:
    engine = auto(bundled)
    assert engine.name == "torch"
    assert "pip install openvino" in engine.trouble
    with pytest.raises(DeviceError, match="pip install openvino"):
        auto(bundled, name="openvino")


def test_a_foreign_folders_network_is_never_opened(tmp_path: Path, cache: Path) -> None:
    foreign = Path(shutil.copytree(COMPACT, tmp_path / "compact"))
    engine = auto(foreign)
    assert engine.name == "torch"
    assert "no converted network" in engine.why
    assert not engine.trouble


def test_another_version_is_checked_before_it_is_trusted(
    bundled: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert auto(bundled).name == "openvino"
    other_tokens(bundled)
    assert auto(bundled).name == "openvino", "it was checked, and is not checked again"
    monkeypatch.setattr(choice, "engine_version", lambda _: "2031.1.0")
    engine = auto(bundled)
    assert engine.name == "torch"
    assert "differs from torch" in engine.trouble
    assert len(list(cache.iterdir())) == 1, "what differs is not marked as checked"


@pytest.mark.parametrize("step", ["compile", "run"])
def test_a_processor_that_can_not_run_it_leaves_it_to_torch(
    step: str, bundled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tokenclip_core.model.engines.openvino_engine import OpenVinoEngine

    def refused(*_: object, **__: object) -> None:
        raise RuntimeError("could not create a primitive descriptor: unsupported isa")

    monkeypatch.setattr(OpenVinoEngine, "_compile" if step == "compile" else "_run", refused)
    engine = auto(bundled)
    assert engine.name == "torch"
    assert "unsupported isa" in engine.trouble


def test_a_card_that_can_not_take_the_model_leaves_it_to_the_processor(
    bundled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tokenclip_core.model import devices, loading

    load = loading.load_model

    def full(folder: Path, device: Any = None, *rest: Any) -> Any:
        if getattr(device, "type", "cpu") == "cuda":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return load(folder, device, *rest)

    monkeypatch.setattr(devices, "choose_device", torch.device)
    monkeypatch.setattr(loading, "load_model", full)
    request = choice.EngineRequest(device="cuda:1", precision="fp16")
    engine = choice.open_engine(bundled, read_defaults(bundled), request)
    assert (engine.device_name, engine.precision_name) == ("cpu", "fp32")
    assert engine.trouble.startswith("cuda:1 can't take the model (CUDA out of memory)")


def test_engines_are_shared_among_inspectors_of_one_model(cache: Path) -> None:
    first = Inspector.from_pretrained("compact", device="cpu")
    second = Inspector.from_pretrained("compact", checkpoint="parts", engine=first.engine)
    assert second.engine is first.engine
    assert second.checkpoint_name == "parts.safetensors"
