"""The image tower in OpenVINO: the quicker way on a processor."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from typing_extensions import override

from tokenclip_core.arrays import FloatArray
from tokenclip_core.model.engines.network import OUTPUTS, PIXELS, Network
from tokenclip_core.model.engines.network_engine import NetworkEngine
from tokenclip_core.model.engines.openvino_library import load_openvino

_openvino = load_openvino()

_STATIC_SIZES = 4
"""How many input sizes get a network of their own, which is quicker; sizes that are seen later share one."""

_TWICE_BYTES = 200 * 2**20
"""Networks up to this size are compiled once for single parts and once for many; larger ones take too much memory."""


@dataclass(frozen=True, eq=False)
class _Compiled:
    """A compiled network and its requests, used by one thread at a time."""

    queue: Any
    lock: threading.Lock = field(default_factory=threading.Lock)


class OpenVinoEngine(NetworkEngine):
    """Runs a converted network on the processor.

    A part by itself gets all cores, which is quickest for it; of many parts each core takes one, which is quickest for
    all. Either way a part's tokens do not depend on the others of its batch.
    """

    name = "openvino"

    def __init__(self, network: Network, model_folder: Path, threads: int = 0) -> None:
        """Read the graph, to run on `threads` cores, 0 for all of them; the rest as of `NetworkEngine`.

        Sizes are compiled when they are first seen.

        Raises:
            RuntimeError: OpenVINO can't read the graph.
        """
        super().__init__(network, model_folder)
        self._core = _openvino.Core()
        self._threads = threads
        self._graph = self._core.read_model(network.graph)
        constants = (one for one in self._graph.get_ops() if one.get_type_name() == "Constant")
        self._twice = sum(one.get_byte_size() for one in constants) <= _TWICE_BYTES
        self._sizes: list[tuple[int, int]] = []
        self._compiled: dict[tuple[tuple[int, int] | None, bool], _Compiled] = {}
        self._compiling = threading.Lock()

    @override
    def _run(self, inputs: dict[str, FloatArray]) -> dict[str, FloatArray]:
        pixels = inputs[PIXELS]
        compiled = self._for(inputs, many=len(pixels) > 1 and self._twice)
        found: dict[str, FloatArray] = {}

        def keep(request: Any, place: int) -> None:
            for name in OUTPUTS:
                values = request.get_tensor(name).data
                # One part's request fills its own place of the batch, whichever is done first.
                found.setdefault(name, np.empty((len(pixels), *values.shape[1:]), np.float32))[place] = values[0]

        with compiled.lock:
            compiled.queue.set_callback(keep)
            for place in range(len(pixels)):
                compiled.queue.start_async({**inputs, PIXELS: pixels[place : place + 1]}, place, share_inputs=True)
            compiled.queue.wait_all()
        return found

    def _for(self, inputs: dict[str, FloatArray], *, many: bool) -> _Compiled:
        """The network for inputs of a size, compiled if need be."""
        size = (inputs[PIXELS].shape[2], inputs[PIXELS].shape[3])
        with self._compiling:
            if size not in self._sizes and len(self._sizes) < _STATIC_SIZES:
                self._sizes.append(size)
            key = (size if size in self._sizes else None, many)
            if key not in self._compiled:
                self._compiled[key] = self._compile(inputs if size in self._sizes else None, many=many)
            return self._compiled[key]

    def _compile(self, inputs: dict[str, FloatArray] | None, *, many: bool) -> _Compiled:
        graph = self._graph
        if inputs is not None:
            graph = graph.clone()
            graph.reshape({name: _openvino.PartialShape([1, *values.shape[1:]]) for name, values in inputs.items()})
        settings: dict[str, Any] = {
            "PERFORMANCE_HINT": "THROUGHPUT" if many else "LATENCY",
            # Processors with bfloat16 would take it by themselves; results are to be those of torch.
            "INFERENCE_PRECISION_HINT": "f32",
        }
        if self._threads:
            settings["INFERENCE_NUM_THREADS"] = self._threads
        return _Compiled(_openvino.AsyncInferQueue(self._core.compile_model(graph, "CPU", settings)))
