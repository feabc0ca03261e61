"""Makes the files with which a bundled model runs without torch; to be run again when its weights change.

    python -m tokenclip_core.commands.studies.build resources/models/NAME

It writes into the model's folder:

- the converted network (see `tokenclip_core.model.engines.network`), whose graph points into the model's own
  safetensors file, so that weights are stored once;
- ``texts.safetensors``: the embeddings of the shipped vocabulary.

Then it compares OpenVINO and ONNX Runtime with torch. Needs ``pip install tokenclip-inspector[convert]``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors import safe_open

from tokenclip_core.commands.studies.program import ended, study_parser
from tokenclip_core.errors import ModelError
from tokenclip_core.files import replacing
from tokenclip_core.model.catalog import read_defaults, weights_file
from tokenclip_core.model.engines.conversion import export_graph, position_facts, write_example, write_facts
from tokenclip_core.model.engines.network import GRAPH_FILE, read_network
from tokenclip_core.model.engines.onnxruntime_engine import OnnxRuntimeEngine
from tokenclip_core.model.engines.openvino_engine import OpenVinoEngine
from tokenclip_core.model.loading import load_model
from tokenclip_core.subspaces.stored_texts import write_texts
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary, default_vocabulary

_TYPES = {"F32": TensorProto.FLOAT, "F16": TensorProto.FLOAT16, "BF16": TensorProto.BFLOAT16}
_INLINE_BYTES = 1024
_STORED = "/stored"
_VISUAL = "visual."


def build(folder: Path) -> None:
    """Write all files and check them.

    Raises:
        TokenClipError: the model can't be loaded or converted, or an engine differs from torch.
    """
    weights = weights_file(folder)
    defaults = read_defaults(folder)
    unfolded = load_model(folder, folded=False).backbone
    layers, first_vv_block = unfolded.default_layers, unfolded.default_first_vv_block
    graph = folder / GRAPH_FILE
    export_graph(unfolded, graph, layers, first_vv_block)
    point_into(graph, weights)
    backbone = load_model(folder).backbone
    learned = backbone.learned_positions
    positions = None if learned is None else position_facts(backbone, weights.name, _VISUAL + learned.parameter)
    write_example(backbone, folder, layers, first_vv_block)
    facts = write_facts(backbone, folder, layers, first_vv_block, positions)
    file = defaults.descriptors
    vocabulary = default_vocabulary() if file is None else DescriptorVocabulary.from_file(file)
    write_texts(folder, backbone, vocabulary)
    network = read_network(folder, facts.model.weights_sha256)
    for kind in (OpenVinoEngine, OnnxRuntimeEngine):
        engine = kind(network, folder)
        sys.stdout.write(f"{engine.name}: largest difference of unit tokens {engine.check():.1e}\n")


def point_into(graph: Path, weights: Path) -> None:
    """Make a graph's initialisers point to where their bytes lie in a safetensors file of the same folder.

    Raises:
        ModelError: an initialiser is not there, or differs.
    """
    model = onnx.load(str(graph), load_external_data=False)
    places = _places(weights)
    casts, kept = [], []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.nbytes <= _INLINE_BYTES:
            kept.append(tensor)
            continue
        known = _stored(weights, tensor.name)
        if known is None or not np.array_equal(known.astype(np.float32), values):
            raise ModelError(f"{weights}: it does not hold the weights {tensor.name!r} of the converted network.")
        kind, begin, length = places[tensor.name]
        pointer = TensorProto(
            name=tensor.name + _STORED, data_type=_TYPES[kind], dims=tensor.dims, data_location=TensorProto.EXTERNAL
        )
        for key, value in (("location", weights.name), ("offset", str(begin)), ("length", str(length))):
            pointer.external_data.add(key=key, value=value)
        kept.append(pointer)
        casts.append(helper.make_node("Cast", [pointer.name], [tensor.name], to=TensorProto.FLOAT))
    nodes: list[Any] = [*casts, *model.graph.node]
    for node in nodes:
        node.ClearField("doc_string")
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    with replacing(graph) as partial:
        onnx.save_model(model, str(partial))


def _stored(weights: Path, name: str) -> Any:
    """One tensor of a safetensors file, or None; the text tower's may be of types that numpy does not have."""
    with safe_open(weights, "np") as tensors:
        return tensors.get_tensor(name) if name in set(tensors.keys()) else None


def _places(weights: Path) -> dict[str, tuple[str, int, int]]:
    """Type, first byte and length of each tensor in a safetensors file."""
    with weights.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        header = json.loads(stream.read(length))
    header.pop("__metadata__", None)
    places = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        places[name] = (str(entry["dtype"]), 8 + length + begin, end - begin)
    return places


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; 0 done, 1 failed."""
    parser = study_parser("build", __doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="of a bundled model")
    folders = parser.parse_args(arguments).folders
    return ended("build", lambda: _build_all(folders), OSError, RuntimeError)


def _build_all(folders: Sequence[Path]) -> None:
    for folder in folders:
        build(folder)


if __name__ == "__main__":
    sys.exit(main())
