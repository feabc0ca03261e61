"""Learns what defects look like, so that regions can be named, and measures it; see `measuring.naming`.

python -m tokenclip_core.commands.studies.naming --model NAME [--data CATEGORY] [--write | --known]

It learns from procedural defects on the surfaces of training, and prints how often defects on held-out surfaces, and
those of a data set whose kinds it knows (blowhole, break, crack, ...), are named rightly. With ``--write`` the map goes
into the model's folder; with ``--known`` nothing is learned, and the map that the model has is measured.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tokenclip_core.commands.options import positive
from tokenclip_core.commands.studies.program import ended, study_parser
from tokenclip_core.data.layouts import load_layout, load_mask
from tokenclip_core.data.procedural.generator import (
    DEFECTS,
    HELD_OUT_FAMILIES,
    TRAINING_DEFECTS,
    TRAINING_FAMILIES,
)
from tokenclip_core.errors import SettingsError
from tokenclip_core.images.reading import load_image
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.measuring.naming import (
    FAMILIES_OF,
    DefectTokens,
    defect_tokens,
    fitted_naming,
    made_defects,
    named,
)
from tokenclip_core.model.catalog import find_model
from tokenclip_core.model.kept_hashes import renew_hashes
from tokenclip_core.subspaces.naming import Naming, write_naming


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; 0 done, 1 failed."""
    parser = study_parser("naming", __doc__)
    parser.add_argument("--model", default="compact", metavar="NAME", help="a model's name or folder")
    parser.add_argument("--count", type=positive, default=70, metavar="N", help="to learn of each defect (default: 70)")
    parser.add_argument("--measured", type=positive, default=30, metavar="N", help="to measure (default: 30)")
    parser.add_argument("--data", type=Path, metavar="CATEGORY", help="a category with masks, to measure too")
    parser.add_argument("--known", action="store_true", help="measure the map that the model has; learn nothing")
    parser.add_argument("--write", action="store_true", help="write the map into the model's folder")
    options = parser.parse_args(arguments)
    return ended("naming", lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    inspector = Inspector.from_pretrained(options.model)
    names = [subspace.name for subspace in inspector.subspaces.subspaces]
    embeddings = inspector.subspaces.embeddings
    naming = inspector.naming if options.known else _learned(inspector, options.count)
    if naming is None:
        raise SettingsError("this model has no map to measure; leave out --known.")
    if options.write:
        folder = find_model(options.model)
        write_naming(folder, naming, inspector.model.weights_sha256)
        renew_hashes(folder)
    held_out = list(made_defects(inspector, HELD_OUT_FAMILIES, DEFECTS, options.measured))
    sys.stdout.write(f"held-out surfaces: {named(naming, held_out, names, embeddings).text()}\n")
    if options.data is not None:
        real = list(_real_defects(inspector, options.data))
        if real:
            sys.stdout.write(f"\n{options.data.name}: {named(naming, real, names, embeddings).text()}\n")


def _learned(inspector: Inspector, count: int) -> Naming:
    names = [subspace.name for subspace in inspector.subspaces.subspaces]
    found = list(made_defects(inspector, TRAINING_FAMILIES, TRAINING_DEFECTS, count))
    sys.stderr.write(f"{len(found)} defects made\n")
    return fitted_naming(found, names, inspector.subspaces.embeddings)


def _real_defects(inspector: Inspector, category: Path) -> Iterator[DefectTokens]:
    """The marked defects of a category whose kinds are known by name."""
    for sample in load_layout(category):
        if not sample.label or sample.kind not in FAMILIES_OF:
            continue
        image = load_image(sample.image)
        mask = load_mask(sample, image.shape[:2])
        (part,) = inspector.encode([image], for_texts=False)
        if mask is not None and mask.any() and part.evidence_tokens is not None:
            yield defect_tokens(part.evidence_tokens, part.grid, mask, sample.kind, category.name)


if __name__ == "__main__":
    sys.exit(main())
