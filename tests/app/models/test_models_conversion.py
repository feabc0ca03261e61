"""A model that is not converted: torch at once, the quicker engine as soon as it is there, and words about all that."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, FakeInspector, Start

from app.parts.state import ModelChoice
from app.shell.assembly import Assembly
from app.work.engine import ModelOptions, load_inspector
from app.work.inspector_like import InspectorLike
from tokenclip_core.arrays import FloatArray
from tokenclip_core.conversion import convert as conversion
from tokenclip_core.errors import ModelError
from tokenclip_core.model.engines.interface import EncodedBatch, Engine
from tokenclip_core.model.engines.interim import InterimEngine


class Running(Engine):
    """Stands for an engine: it only has a name."""

    def __init__(self, name: str) -> None:
        self.name, self.device_name, self.precision_name = name, "cpu", "fp32"
        self.model = None  # nothing asks for it

    @property
    def backbone(self) -> None:
        return None

    def encode(self, pixels: FloatArray, layers: tuple[int, ...], first_vv_block: int) -> EncodedBatch:
        raise AssertionError("the stand-in of the inspector does not ask")


class Interim(FakeInspector):
    """A stand-in whose engine waits to be taken over."""

    def __init__(self, converted: Callable[[], Engine]) -> None:
        super().__init__()
        self.engine = InterimEngine(Running("torch"), lambda _: Running("torch"), converted)

    @property
    def engine_name(self) -> str:
        return self.engine.name if "engine" in vars(self) else "torch"

    @engine_name.setter
    def engine_name(self, _name: str) -> None:
        """The engine says it."""


def model_text(assembly: Assembly) -> str:
    return assembly.views.status.model_text


def test_it_runs_at_once_and_quicker_later(
    start: Start, qtbot: QtBot, parts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    asked: list[str] = []

    def behind(name: str, between: Callable[[], object]) -> None:
        asked.append(name)
        while not go_on.wait(0.01):
            between()

    monkeypatch.setattr(conversion, "convert_behind", behind)
    inspector = Interim(lambda: Running("openvino"))
    assembly = start(parts, factory=lambda _key: inspector)
    qtbot.waitUntil(lambda: assembly.shown.result is not None, timeout=WAIT)
    shown = assembly.shown.result
    assert model_text(assembly).startswith("compact · PyTorch · CPU · fp32")
    assert "being made quicker" in model_text(assembly)
    go_on.set()
    qtbot.waitUntil(lambda: "OpenVINO" in model_text(assembly), timeout=WAIT)
    assert "being made" not in model_text(assembly)
    assert assembly.views.status.activity == "compact is quicker now: it runs in OpenVINO"
    assert assembly.models.facts is not None
    assert (assembly.models.facts.engine, assembly.models.facts.convertible) == ("openvino", False)
    assert assembly.shown.result is shown, "what was said holds"
    assert asked == ["compact"]


@pytest.mark.parametrize("step", ["convert", "take over"])
def test_what_can_not_be_made_quicker_goes_on_in_torch(
    step: str, start: Start, qtbot: QtBot, parts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_given: object) -> Engine:
        raise ModelError("its image tower can't be converted.")

    converts = refused if step == "convert" else lambda *_given: None
    monkeypatch.setattr(conversion, "convert_behind", converts)
    assembly = start(parts, factory=lambda _key: Interim(refused))
    words = "compact can't be made quicker: its image tower can't be converted."
    qtbot.waitUntil(lambda: assembly.views.status.activity == words, timeout=WAIT)
    assert "being made" not in model_text(assembly)
    assert "PyTorch" in model_text(assembly)
    qtbot.waitUntil(lambda: assembly.shown.result is not None, timeout=WAIT)


def test_another_model_ends_it(start: Start, qtbot: QtBot, parts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def behind(_name: str, between: Callable[[], object]) -> None:
        try:
            while True:
                between()
                ended.wait(0.01)
        finally:
            ended.set()

    monkeypatch.setattr(conversion, "convert_behind", behind)
    made = {"compact": Interim(lambda: Running("openvino")), "other": FakeInspector(model_name="other")}
    assembly = start(parts, factory=lambda key: made[key])
    qtbot.waitUntil(lambda: "being made" in model_text(assembly), timeout=WAIT)
    assembly.models.choose("other")
    qtbot.waitUntil(ended.is_set, timeout=WAIT)
    qtbot.waitUntil(lambda: model_text(assembly).startswith("other"), timeout=WAIT)
    assert "being made" not in model_text(assembly)


def test_trouble_is_told_while_the_work_goes_on(start: Start, qtbot: QtBot, parts: Path) -> None:
    inspector = Interim(lambda: Running("openvino"))
    inspector.engine.has_taken_over = True  # nothing is to be converted
    inspector.engine.device_name = inspector.device_name = "cuda:0"
    assembly = start(parts, factory=lambda _key: inspector)
    qtbot.waitUntil(lambda: assembly.shown.result is not None, timeout=WAIT)
    assert "cuda:0" in model_text(assembly)
    words = "cuda:0 failed (device lost); the processor goes on, more slowly."

    def lose(_cancellation: object) -> None:
        inspector.engine.device_name = inspector.device_name = "cpu"
        inspector.engine.tell(words)

    assembly.work.inference.submit(lose, lane="test")
    qtbot.waitUntil(lambda: assembly.views.message.text == words, timeout=WAIT)
    assert "CPU" in model_text(assembly)


def test_trouble_of_the_start_is_told_too(start: Start, qtbot: QtBot, parts: Path) -> None:
    inspector = Interim(lambda: Running("openvino"))
    inspector.engine.has_taken_over = True
    inspector.engine.tell("network.onnx: damaged; torch runs the model instead, more slowly.")
    assembly = start(parts, factory=lambda _key: inspector)
    qtbot.waitUntil(lambda: assembly.models.facts is not None, timeout=WAIT)
    qtbot.waitUntil(lambda: "network.onnx: damaged" in assembly.views.message.text, timeout=WAIT)


@pytest.fixture(scope="module")
def in_torch(tiny_model: Path) -> Path:
    """The tiny model, after torch has started the threads that it never ends."""
    load_inspector(ModelChoice("tiny", str(tiny_model)), options=ModelOptions(engine="torch"))
    return tiny_model


def test_a_real_model_is_converted_and_taken_over(
    start: Start, qtbot: QtBot, tmp_path: Path, in_torch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(image).save(tmp_path / "part.png")

    def load(key: str) -> InspectorLike:
        return FakeInspector() if key == "compact" else load_inspector(ModelChoice("tiny", key))

    assembly = start(tmp_path / "part.png", factory=load)
    assembly.models.load_named(str(in_torch), "tiny")
    qtbot.waitUntil(lambda: "OpenVINO" in model_text(assembly), timeout=600_000)
    assert assembly.models.facts is not None
    assert assembly.models.facts.engine == "openvino"
    assert list((tmp_path / "cache").rglob("network.json"))
