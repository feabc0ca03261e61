"""What each learned subspace has become; see `measuring.specialisation`.

python -m tokenclip_core.commands.studies.specialisation --checkpoint FILE --data ROOT [--out DIR]

Prints a table and writes specialisation.json and specialisation.png, a sheet with the patches that each subspace picks.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch

from tokenclip_core.commands.options import add_model_options, load_inspector, positive
from tokenclip_core.commands.progress import Progress
from tokenclip_core.commands.studies.program import ended, study_parser
from tokenclip_core.commands.train import byte_count
from tokenclip_core.data.layouts import load_layout
from tokenclip_core.files import write_atomically
from tokenclip_core.measuring.measured_set import MeasuredSet, thinned
from tokenclip_core.measuring.specialisation import REPORT_NAME, report_of
from tokenclip_core.measuring.specialisation_sheet import save_sheet
from tokenclip_core.training.token_cache import DEFAULT_MAX_BYTES, TokenCache, default_cache_folder
from tokenclip_core.training.token_source import TokenSource


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; 0 done, 1 failed."""
    parser = study_parser("specialisation", __doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="ROOT", help="data set, with masks if possible")
    parser.add_argument("--limit", type=positive, metavar="N", help="at most N parts of every category and kind")
    parser.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="folder of report and sheet")
    parser.add_argument(
        "--picks", type=positive, default=12, metavar="N", help="patches of each subspace (default: 12)"
    )
    parser.add_argument("--cache", type=Path, metavar="DIR", help="where visual tokens are kept")
    parser.add_argument("--cache-size", type=byte_count, default=DEFAULT_MAX_BYTES, metavar="SIZE")
    add_model_options(parser)
    options = parser.parse_args(arguments)
    return ended("specialisation", lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    inspector = load_inspector(options)
    backbone, subspaces = inspector.backbone, inspector.subspaces
    cache = TokenCache(options.cache or default_cache_folder(), options.cache_size)
    source = TokenSource(backbone, inspector.layers, inspector.first_vv_block, cache)
    one = MeasuredSet(options.data.name, thinned(load_layout(options.data), options.limit))
    progress: Progress | None = None
    for _, total in one.prepare(source, backbone, inspector.image_size):
        progress = progress or Progress(total, word="prepared")
        progress.advance()
    if progress is not None:
        progress.clear()
    for error in one.errors:
        sys.stderr.write(f"specialisation: {error}\n")
    embeddings = torch.from_numpy(subspaces.embeddings).to(backbone.device)
    scored = one.scored(source, embeddings, inspector.settings, one.parts)
    report = report_of(scored, subspaces, inspector.settings.anchor, options.picks)
    found = report.result(backbone, inspector.vocabulary)
    text = json.dumps(asdict(found), indent=2, ensure_ascii=False) + "\n"
    write_atomically(options.out / f"{REPORT_NAME}.json", text.encode())
    save_sheet(options.out / f"{REPORT_NAME}.png", report.picks(), subspaces.subspaces)
    sys.stdout.write(found.text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
