"""Which engine runs a model, and why: the quickest one installed that gives the same results as torch."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import platformdirs

from tokenclip_core.errors import DeviceError, ModelError
from tokenclip_core.files import write_atomically
from tokenclip_core.model.accelerators import may_have_accelerator
from tokenclip_core.model.catalog import ModelDefaults, check_weights, find_model, read_defaults, weights_file
from tokenclip_core.model.engines.guarded import GuardedEngine, is_device_fault
from tokenclip_core.model.engines.interface import Engine
from tokenclip_core.model.engines.interim import InterimEngine
from tokenclip_core.model.engines.network import FACTS_FILE, Network, read_network
from tokenclip_core.model.engines.network_engine import NetworkEngine
from tokenclip_core.model.folders import APPLICATION
from tokenclip_core.resources import resource_path

if TYPE_CHECKING:
    import torch

    from tokenclip_core.model.backbone import Backbone

EngineName = Literal["auto", "torch", "openvino", "onnxruntime"]
ENGINES: tuple[str, ...] = get_args(EngineName)

_CLASSES = {"openvino": "OpenVinoEngine", "onnxruntime": "OnnxRuntimeEngine"}
_PACKAGES = {"openvino": "OpenVINO", "onnxruntime": "ONNX Runtime"}


class NotConvertedError(ModelError):
    """There is no converted network of what is asked for. That is no fault: torch runs the model."""


class DamagedNetworkError(ModelError):
    """There is a converted network, but it can't be used; converting the model again mends it."""


@dataclass(frozen=True)
class EngineRequest:
    """What is asked of an engine.

    Attributes:
        name: one of `ENGINES`.
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps``.
        precision: ``auto``, ``fp32``, ``bf16`` or ``fp16``.
        threads: cores of the processor; 0 for all of them.
        layers: 1-based blocks to tap; None for the model's own.
        first_vv_block: first block of the dense path, 0-based; None for the model's own.
    """

    name: str = "auto"
    device: str = "auto"
    precision: str = "auto"
    threads: int = 0
    layers: tuple[int, ...] | None = None
    first_vv_block: int | None = None

    def __post_init__(self) -> None:
        if self.name not in ENGINES:
            raise DeviceError(f"there is no engine {self.name!r}; use {', '.join(ENGINES)}.")


def open_engine(folder: Path, defaults: ModelDefaults, request: EngineRequest, shared: Engine | None = None) -> Engine:
    """Open the engine that runs a model; its ``why`` says in a sentence why it is this one.

    ``auto`` takes a GPU that is there, by torch; else OpenVINO where the model was converted and gives torch's tokens
    on this machine; else torch on the processor.

    Args:
        folder: of the model.
        defaults: from its model.json.
        request: what is asked for.
        shared: an engine that is open already, taken if it runs this model and taps what is asked for.

    Raises:
        ModelError: the model can't be loaded, the shared engine is another model's, or the engine that was asked for
            can't run it.
        DeviceError: an unknown device or precision, or an engine that is not installed.
    """
    if shared is not None:
        if shared.model.name != folder.resolve().name:
            raise ModelError(f"{folder}: the engine at hand runs {shared.model.name}; open this model's own.")
        if shared.taps(request.layers or shared.model.layers, request.first_vv_block or shared.model.first_vv_block):
            return shared
    needed = _why_torch(request)
    if request.name == "torch" or (needed and request.name == "auto"):
        return _torch(folder, request, needed)
    if needed:
        raise DeviceError(f"the engine {request.name} can't be taken: {needed}")
    name = "openvino" if request.name == "auto" else request.name
    try:
        return _converted(name, folder, defaults, request)
    except (ModelError, DeviceError) as error:
        if request.name != "auto":
            raise
        engine_in_torch = _until_converted(folder, request, error)
        if not isinstance(error, NotConvertedError):
            engine_in_torch.tell(f"{str(error).rstrip('.')}; torch runs the model instead, more slowly.")
        return engine_in_torch


def likely_engine(name: str, request: EngineRequest) -> str:
    """Name of the engine that `open_engine` will most likely take; loads no library of any engine.

    Args:
        name: of the model, or its folder.
        request: what is asked of the engine.
    """
    if request.name != "auto":
        return request.name
    try:
        folder = find_model(name)
        find_network(folder, read_defaults(folder), request)
    except ModelError:
        return "torch"
    return "torch" if _why_torch(request) or find_spec("openvino") is None else "openvino"


def network_folder(weights_sha256: str) -> Path:
    """Where a model's converted network, with its own taps, is kept in the user's cache; it may not exist."""
    return cache_folder() / weights_sha256[:32]


def cache_folder() -> Path:
    """Where this user's converted networks are kept."""
    return Path(platformdirs.user_cache_dir(APPLICATION, appauthor=False)) / "networks"


def find_network(folder: Path, defaults: ModelDefaults, request: EngineRequest) -> Network:
    """The converted network of a model: that of a bundled model's folder, or the one in the user's cache.

    Raises:
        ModelError: there is none, or it is damaged; the message says so.
    """
    sha256 = check_weights(weights_file(folder), defaults.weights_sha256)
    places = [network_folder(sha256)]
    if folder.resolve().is_relative_to(resource_path("models").resolve()):
        places.insert(0, folder)
    damaged: ModelError | None = None
    reason = f"{places[-1]}: there is no converted network of {folder.name}."
    for place in places:
        if not (place / FACTS_FILE).exists():
            continue
        try:
            network = read_network(place, sha256)
        except ModelError as error:
            damaged = damaged or error
            continue
        if request.layers in (None, network.facts.layers) and request.first_vv_block in (
            None,
            network.facts.first_vv_block,
        ):
            return network
        reason = f"{place}: the converted network taps other blocks than {request.layers}."
    if damaged is not None:
        raise DamagedNetworkError(str(damaged)) from damaged
    raise NotConvertedError(reason)


def _why_torch(request: EngineRequest) -> str:
    """Why nothing but torch can do what is asked for, in a sentence; empty if others can."""
    if request.precision not in ("auto", "fp32"):
        return f"{request.precision} is torch's."
    if request.device not in ("auto", "cpu"):
        return f"{request.device} is torch's."
    if request.device == "auto" and may_have_accelerator():
        from tokenclip_core.model.devices import choose_device

        device = choose_device("auto")
        if device.type != "cpu":
            return f"there is {device.type}."
    return ""


def refusal_file(weights_sha256: str) -> Path:
    """Where it is noted that a model can't be converted, and by which versions; it may not exist."""
    return cache_folder() / f"{weights_sha256[:32]}.refused"


def converting_versions() -> str:
    """What decides whether a model can be converted, beside the model: where it is another, trying again may help."""
    return " ".join(f"{name} {engine_version(name)}" for name in ("torch", "openvino", "open_clip_torch", "timm"))


def _until_converted(folder: Path, request: EngineRequest, error: Exception) -> Engine:
    """The model in torch, which hands over to a converted network once there is one, where converting would help."""
    engine = _torch(folder, request, str(error))
    own = request.layers in (None, engine.model.layers) and request.first_vv_block in (
        None,
        engine.model.first_vv_block,
    )
    helps = isinstance(error, (NotConvertedError, DamagedNetworkError)) and own
    if not helps or engine.device_name != "cpu" or find_spec("openvino") is None:
        return engine
    with suppress(OSError, UnicodeDecodeError):
        if refusal_file(engine.weights_sha256).read_text("utf-8").startswith(converting_versions()):
            return engine

    def in_torch(backbone: Backbone) -> Engine:
        from tokenclip_core.model.engines.torch_engine import TorchEngine

        return TorchEngine(backbone)

    return InterimEngine(engine, in_torch, lambda: _converted("openvino", folder, read_defaults(folder), request))


def _torch(folder: Path, request: EngineRequest, why: str) -> Engine:
    """The model in torch, with the reason for it."""
    from tokenclip_core.model.devices import PRECISIONS, choose_device, choose_precision, use_threads
    from tokenclip_core.model.engines.torch_engine import TorchEngine
    from tokenclip_core.model.loading import load_model

    device = choose_device(request.device)
    use_threads(request.threads)

    def opened(where: torch.device) -> TorchEngine:
        precision = PRECISIONS[choose_precision(request.precision, where)]
        return TorchEngine(load_model(folder, where, precision).backbone)

    def on_processor() -> Engine:
        return open_engine(folder, read_defaults(folder), replace(request, device="cpu", precision="fp32"))

    try:
        engine: Engine = opened(device)
    except RuntimeError as error:
        if device.type == "cpu" or not is_device_fault(error):
            raise
        reason = " ".join(str(error).split())[:120]
        engine = on_processor()
        engine.tell(f"{device} can't take the model ({reason}); the processor runs it, more slowly.")
        return engine
    engine.why = why or "it was asked for."
    return engine if device.type == "cpu" else GuardedEngine(engine, on_processor)


def _converted(name: str, folder: Path, defaults: ModelDefaults, request: EngineRequest) -> NetworkEngine:
    """The model in an engine of converted networks, checked on this machine.

    Raises:
        ModelError: it is not converted, damaged, or differs from torch.
        DeviceError: the engine is not installed.
    """
    network = find_network(folder, defaults, request)
    make = engine_class(name)

    def opened() -> NetworkEngine:
        try:
            return make(network, folder, request.threads)
        except (RuntimeError, ValueError, OSError) as error:
            reason = " ".join(str(error).split())[:200]
            raise ModelError(f"{network.graph}: {_PACKAGES[name]} can't take it ({reason}).") from error

    check_once(name, network, opened)
    engine = opened()
    engine.why = f"the model was converted for {_PACKAGES[name]}, and gives torch's tokens on this machine."
    return engine


def engine_class(name: str) -> Callable[[Network, Path, int], NetworkEngine]:
    """The class of an engine of converted networks.

    Raises:
        DeviceError: the package that it needs is not installed, or can't be loaded.
    """
    try:
        found: Callable[[Network, Path, int], NetworkEngine] = getattr(
            import_module(f"tokenclip_core.model.engines.{name}_engine"), _CLASSES[name]
        )
    except (ImportError, OSError) as error:
        raise DeviceError(
            f"{_PACKAGES[name]} can't be loaded ({error}); `pip install {name}` brings it, or use --engine torch."
        ) from error
    return found


def check_once(name: str, network: Network, opened: Callable[[], NetworkEngine]) -> None:
    """Compare an engine with torch's stored answer, once for every version of it on this machine.

    Raises:
        ModelError: it differs, or can't run the network.
    """
    parts = (name, engine_version(name), network.facts.graph_sha256, platform.machine(), platform.processor())
    mark = cache_folder() / f"checked-{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:32]}"
    if mark.is_file():
        return
    try:
        opened().check()
    except (RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"{network.graph}: {_PACKAGES[name]} can't run it ({reason}).") from error
    with suppress(OSError):
        write_atomically(mark, " ".join(parts).encode())


def engine_version(name: str) -> str:
    """Version of an engine's package; "" where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
