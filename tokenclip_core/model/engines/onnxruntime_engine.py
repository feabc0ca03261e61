"""The image tower in ONNX Runtime: what other programs run, and a second opinion on a conversion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from typing_extensions import override

from tokenclip_core.arrays import FloatArray
from tokenclip_core.model.engines.network import OUTPUTS, PIXELS, Network
from tokenclip_core.model.engines.network_engine import NetworkEngine

# Its names are made at run time, which type checkers don't see.
_onnxruntime: Any = onnxruntime


class OnnxRuntimeEngine(NetworkEngine):
    """Runs a converted network on the processor, part by part."""

    name = "onnxruntime"

    def __init__(self, network: Network, model_folder: Path, threads: int = 0) -> None:
        """Read the graph, to run on `threads` cores, 0 for all of them; the rest as of `NetworkEngine`.

        Raises:
            RuntimeError: ONNX Runtime can't read the graph.
        """
        super().__init__(network, model_folder)
        # On Windows it would otherwise report to the system's diagnostics what it runs.
        _onnxruntime.disable_telemetry_events()
        options = _onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        providers = ["CPUExecutionProvider"]
        self._session = _onnxruntime.InferenceSession(str(network.graph), options, providers=providers)

    @override
    def _run(self, inputs: dict[str, FloatArray]) -> dict[str, FloatArray]:
        pixels = inputs[PIXELS]
        parts = [
            self._session.run(list(OUTPUTS), {**inputs, PIXELS: pixels[place : place + 1]})
            for place in range(len(pixels))
        ]
        return {name: np.concatenate([part[place] for part in parts]) for place, name in enumerate(OUTPUTS)}
