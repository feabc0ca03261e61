"""Pictures of the best and the worst cases of a model, for a model card; see `measuring.cases`.

python -m tokenclip_core.commands.studies.cases --data ROOT --out FILE.png
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tokenclip_core.commands.options import add_model_options, load_inspector
from tokenclip_core.commands.studies.program import ended, study_parser
from tokenclip_core.data.layouts import load_layout
from tokenclip_core.measuring.cases import cases, sheet
from tokenclip_core.output.pictures import save_picture


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; 0 done, 1 failed."""
    parser = study_parser("cases", __doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="ROOT", help="data set with masks")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="PNG to write")
    parser.add_argument("--each", type=int, default=5, metavar="N", help="so many best and worst (default: 5)")
    add_model_options(parser)
    options = parser.parse_args(arguments)
    return ended("cases", lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    samples = load_layout(options.data)
    found = list(cases(load_inspector(options), samples, lambda reason: sys.stderr.write(f"cases: {reason}\n")))
    save_picture(options.out, sheet(found, max(1, options.each)))


if __name__ == "__main__":
    sys.exit(main())
