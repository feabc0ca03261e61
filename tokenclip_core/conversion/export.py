"""A model for other programs: its image tower as ONNX or OpenVINO, its texts, and an example that needs only numpy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from tokenclip_core.errors import DeviceError, ModelError, SettingsError
from tokenclip_core.files import replacing, write_atomically
from tokenclip_core.model.catalog import find_model, read_defaults
from tokenclip_core.model.description import patch_grid
from tokenclip_core.model.engines.conversion import export_graph
from tokenclip_core.model.engines.network import GRAPH_FILE
from tokenclip_core.model.engines.openvino_library import load_openvino
from tokenclip_core.model.loading import load_model
from tokenclip_core.subspaces.stored_texts import TEXTS_FILE
from tokenclip_core.subspaces.textual import from_descriptors
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary, default_vocabulary

FORMATS = ("onnx", "openvino")
EXAMPLE_FILE = "example.py"
OPENVINO_FILE = "network.xml"

_RUNNERS = {
    "onnx": (
        "onnxruntime",
        """    session = onnxruntime.InferenceSession(str(HERE / "network.onnx"), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, inputs), strict=True))""",
    ),
    "openvino": (
        "openvino",
        """    core = openvino.Core()
    compiled = core.compile_model(core.read_model(HERE / "network.xml"), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    found = compiled(inputs)
    return {output.get_any_name(): found[output] for output in compiled.outputs}""",
    ),
}

_EXAMPLE = '''"""Inspects one part with an exported model: python example.py PART.png

Needs numpy, pillow, safetensors and LIBRARY.
"""

import json
import sys
from pathlib import Path

import LIBRARY
import numpy as np
from PIL import Image
from safetensors.numpy import load_file

HERE = Path(__file__).parent
FACTS = json.loads((HERE / "model.json").read_text("utf-8"))


def run(inputs):
RUN


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def tokens(path):
    """The network's outputs for a picture, resized to the side that the model was exported for."""
    side = FACTS["image_size"]
    picture = Image.open(path).convert("RGB").resize((side, side), Image.Resampling.BICUBIC)
    pixels = (np.asarray(picture, np.float32) / 255 - FACTS["mean"]) / FACTS["std"]
    inputs = {"pixels": np.ascontiguousarray(pixels.transpose(2, 0, 1)[None], np.float32)}
    if (HERE / "positions.npy").exists():
        inputs["positions"] = np.load(HERE / "positions.npy")
    return run(inputs)


def main():
    found = tokens(sys.argv[1])
    texts = load_file(HERE / "texts.safetensors")["embeddings"]  # (K, 2, D): normal and anomalous of every subspace
    cosines = np.einsum("nd,ksd->nks", unit(found["patch_features"][0, -1]), texts)
    anomaly = 1 / (1 + np.exp((cosines[..., 0] - cosines[..., 1]) / FACTS["temperature"]))
    side = FACTS["grid"]
    best = anomaly.max(axis=1).reshape(side, side)
    row, column = np.unravel_index(int(best.argmax()), best.shape)
    name = FACTS["subspaces"][int(anomaly[row * side + column].argmax())]
    print(f"most anomalous patch: row {row}, column {column}, {best.max():.3f}, most like {name}")


if __name__ == "__main__":
    main()
'''


def export(name: str, folder: Path, kind: str, image_size: int | None = None) -> list[Path]:
    """Write a model for other programs into a folder.

    Args:
        name: a known name or the path of a model folder.
        folder: is made if need be; files of the same names in it are replaced.
        kind: one of `FORMATS`.
        image_size: side of the example's input in pixels; None for the model's own.

    Returns:
        The files.

    Raises:
        ModelError: the model can't be loaded or converted.
        DeviceError: OpenVINO is not installed.
        SettingsError: an unknown format, or a side that is not a whole number of patches.
        OSError: the folder can't be written.
    """
    if kind not in FORMATS:
        raise SettingsError(f"there is no format {kind!r}; use {' or '.join(FORMATS)}.")
    place = find_model(name)
    defaults = read_defaults(place)
    backbone = load_model(place).backbone
    side = image_size or defaults.image_size or backbone.description.default_image_size
    grid = patch_grid(backbone.patch_size, side, side)
    folder.mkdir(parents=True, exist_ok=True)
    graph = folder / GRAPH_FILE
    export_graph(backbone, graph, backbone.default_layers, backbone.default_first_vv_block)
    files = [graph] if kind == "onnx" else _as_openvino(graph)
    positions = backbone.positions(grid)
    if positions is not None:
        with replacing(folder / "positions.npy") as partial, partial.open("wb") as stream:
            np.save(stream, positions.detach().float().numpy())
        files.append(folder / "positions.npy")
    file = defaults.descriptors
    vocabulary = default_vocabulary() if file is None else DescriptorVocabulary.from_file(file)
    return [*files, *_write_words(folder, kind, backbone, vocabulary, side, grid[0], defaults.scoring.temperature)]


def _as_openvino(graph: Path) -> list[Path]:
    """OpenVINO's two files in place of an ONNX file."""
    try:
        library = load_openvino()
    except (ImportError, OSError) as error:
        raise DeviceError(f"OpenVINO can't be loaded ({error}); `pip install openvino` brings it.") from error
    target = graph.with_name(OPENVINO_FILE)
    try:
        library.save_model(library.Core().read_model(graph), target, compress_to_fp16=False)
    except RuntimeError as error:
        raise ModelError(f"{target}: OpenVINO can't write it ({' '.join(str(error).split())[:200]}).") from error
    graph.unlink()
    return [target, target.with_suffix(".bin")]


def _write_words(
    folder: Path, kind: str, backbone: Any, vocabulary: DescriptorVocabulary, side: int, grid: int, temperature: float
) -> list[Path]:
    """Texts, facts and the example."""
    subspaces = from_descriptors(backbone, vocabulary)
    with replacing(folder / TEXTS_FILE) as partial:
        save_file({"embeddings": subspaces.embeddings}, partial)
    facts = {
        "model": backbone.name,
        "weights_sha256": backbone.weights_sha256,
        "image_size": side,
        "grid": grid,
        "mean": backbone.mean,
        "std": backbone.std,
        "layers": backbone.default_layers,
        "first_vv_block": backbone.default_first_vv_block,
        "temperature": temperature,
        "subspaces": [subspace.name for subspace in subspaces.subspaces],
    }
    write_atomically(folder / "model.json", json.dumps(facts, indent=2, ensure_ascii=False).encode())
    library, run = _RUNNERS[kind]
    example = _EXAMPLE.replace("LIBRARY", library).replace("RUN", run)
    write_atomically(folder / EXAMPLE_FILE, example.encode())
    return [folder / TEXTS_FILE, folder / "model.json", folder / EXAMPLE_FILE]
