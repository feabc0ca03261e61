"""Makes the constants of a model's evidence from procedural folders; see `measuring.evidence_scale`.

python -m tokenclip_core.commands.studies.evidence_scale --model NAME [--write]

With ``--write`` they go into the model's model.json; without, they are printed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tokenclip_core.commands.studies.program import ended, study_parser
from tokenclip_core.data.procedural.generator import FAMILIES
from tokenclip_core.evidence.fusion import EvidenceScale
from tokenclip_core.files import write_atomically
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.measuring.evidence_scale import DEFECTIVE, GOOD, MeasuredPart, fitted_scale, measured_kind
from tokenclip_core.model.catalog import DEFAULTS_FILE, find_model, read_json
from tokenclip_core.model.kept_hashes import renew_hashes


def measured_folders(inspector: Inspector, kinds: int, good: int, defective: int) -> Iterator[MeasuredPart]:
    """Measure folders of several kinds, the families in turn, saying on stderr how far it is."""
    for kind in range(kinds):
        family = FAMILIES[kind % len(FAMILIES)]
        sys.stderr.write(f"{kind + 1} of {kinds}: {family}\n")
        yield from measured_kind(inspector, kind, family, good, defective)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; 0 done, 1 failed."""
    parser = study_parser("evidence_scale", __doc__)
    parser.add_argument("--model", default="compact", metavar="NAME", help="a model's name or folder")
    parser.add_argument("--kinds", type=int, default=2 * len(FAMILIES), metavar="N", help="folders that are made")
    parser.add_argument("--good", type=int, default=GOOD, metavar="N", help=f"good parts of each (default: {GOOD})")
    parser.add_argument("--defective", type=int, default=DEFECTIVE, metavar="N", help=f"default: {DEFECTIVE}")
    parser.add_argument("--write", action="store_true", help="write them into the model's model.json")
    options = parser.parse_args(arguments)
    return ended("evidence_scale", lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    inspector = Inspector.from_pretrained(options.model)
    scale = fitted_scale(list(measured_folders(inspector, options.kinds, options.good, options.defective)))
    _put_out(scale, find_model(options.model) / DEFAULTS_FILE if options.write else None)


def _put_out(scale: EvidenceScale, file: Path | None) -> None:
    values = json.loads(json.dumps(scale.to_mapping()), parse_float=lambda text: round(float(text), 5))
    if file is None:
        sys.stdout.write(json.dumps(values, indent=2) + "\n")
        return
    content = {**(read_json(file) if file.is_file() else {}), "evidence": values}
    write_atomically(file, (json.dumps(content, indent=2) + "\n").encode())
    renew_hashes(file.parent)


if __name__ == "__main__":
    sys.exit(main())
