"""Writes pretrained weights into a model folder; see `pretraining.export`.

python -m tokenclip_core.commands.studies.export --weights DIR/averaged.safetensors --into resources/models/compact
"""

from __future__ import annotations

from pathlib import Path

from tokenclip_core.commands.studies.program import study_parser
from tokenclip_core.model.catalog import OWN_WEIGHTS_FILE
from tokenclip_core.pretraining.export import export


def main(arguments: list[str] | None = None) -> None:
    """Export from the command line; prints the hash and the size."""
    parser = study_parser("export", __doc__)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--into", type=Path, required=True)
    options = parser.parse_args(arguments)
    sha256 = export(options.weights, options.into, {"licence": "Apache-2.0"})
    print(f"{sha256}  {(options.into / OWN_WEIGHTS_FILE).stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
