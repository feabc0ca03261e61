"""Which evidence decides: the options of several commands, good parts from a folder, and a pool of the folder's parts.

The pool is encoded first and frozen: rows are final, and a resumed run takes the same pool.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tokenclip_core.commands.command import UsageError, say
from tokenclip_core.errors import SettingsError

if TYPE_CHECKING:
    from tokenclip_core.evidence.channels import EvidenceKind
    from tokenclip_core.inspection.inspector import Inspector

DEFAULT_EVIDENCE: EvidenceKind = "fused"


def add_evidence_options(parser: ArgumentParser) -> None:
    """Declare what decides beside the text; see `with_evidence_of`."""
    from tokenclip_core.evidence.channels import EVIDENCE_KINDS
    from tokenclip_core.evidence.places import DEFAULT_REACH

    group = parser.add_argument_group("evidence")
    group.add_argument(
        "--evidence",
        choices=EVIDENCE_KINDS,
        help="what decides: the words alone, the part's own patches, the other parts, good parts, or all that speak "
        f"(default: {DEFAULT_EVIDENCE})",
    )
    group.add_argument(
        "--fixtured",
        nargs="?",
        type=reach,
        const=DEFAULT_REACH,
        metavar="SHARE",
        help="parts lie in the same place in every picture: compare with other parts near the same place only, within "
        f"this share of the height and width (default: {DEFAULT_REACH:g})",
    )
    group.add_argument(
        "--reference", type=Path, metavar="DIR", help="folder of good parts to compare with (recursive), or one image"
    )


def reach(text: str) -> float:
    """The argument of `--fixtured`.

    Raises:
        ArgumentTypeError: it is no share.
    """
    from tokenclip_core.evidence.places import check_reach

    try:
        return check_reach(float(text))
    except (ValueError, SettingsError) as error:
        raise ArgumentTypeError(f"{text!r} is no share above 0 and up to 1, such as 0.1") from error


def check_evidence_options(arguments: Namespace) -> None:
    """Refuse evidence that can't be had, and what contradicts the recipe that `take_recipe` took.

    Raises:
        UsageError: says what.
    """
    recipe = getattr(arguments, "recipe_value", None)
    if recipe is not None and getattr(arguments, "recipe_out", None) is None:
        if arguments.evidence not in (None, recipe.evidence):
            raise UsageError(
                f"--evidence {arguments.evidence} contradicts the recipe ({recipe.evidence}); leave it out, or change "
                "the recipe"
            )
        if arguments.fixtured not in (None, recipe.reach):
            raise UsageError("--fixtured contradicts the recipe; leave it out, or change the recipe")
        if arguments.reference is not None:
            raise UsageError("a recipe has its own good parts, or none; leave --reference out")
    kind = evidence_kind(arguments)
    if arguments.fixtured is not None and (kind in ("text", "self") or getattr(arguments, "tile", None) is not None):
        raise UsageError("--fixtured is about the comparison with other parts, and here is none; leave it out")
    has_good = arguments.reference is not None or getattr(arguments, "shots", None) is not None
    if kind == "reference" and not has_good and not (recipe is not None and recipe.references):
        raise UsageError("--evidence reference needs --reference DIR, a folder of good parts")
    if getattr(arguments, "tile", None) is not None and (kind in ("consensus", "reference") or has_good):
        raise UsageError(
            "tiles are compared with no other parts, so --tile goes with --evidence text, self or fused, and without "
            "good parts; leave --tile out, or the good parts"
        )


def evidence_kind(arguments: Namespace) -> EvidenceKind:
    """Which evidence decides: the one that was named, the recipe's, or the default."""
    recipe = getattr(arguments, "recipe_value", None)
    kind: EvidenceKind = DEFAULT_EVIDENCE if recipe is None else recipe.evidence
    return kind if arguments.evidence is None else arguments.evidence


def with_evidence_of(
    inspector: Inspector, arguments: Namespace, files: Sequence[Path], pool_files: Sequence[str] | None = None
) -> tuple[Inspector, list[str]]:
    """The inspector with the evidence that the arguments describe.

    Args:
        inspector: loaded; a recipe's has the recipe's evidence.
        arguments: of the command, which `check_evidence_options` has let pass.
        files: the folder's images, which consensus compares with each other.
        pool_files: SHA-256 of the files that an earlier run looked at for its pools; None to choose.

    Returns:
        The inspector, and the SHA-256 of the files that were looked at for the pools.

    Raises:
        SettingsError: the model has no constants for this evidence, or no good part can be read.
    """
    inspector = with_kind(inspector, arguments)
    if arguments.reference is not None:
        inspector = with_good_parts(inspector, arguments.reference, getattr(arguments, "bits", None))
    return with_pools(inspector, arguments, files, pool_files)


def with_kind(inspector: Inspector, arguments: Namespace) -> Inspector:
    """The inspector with the kind of evidence, and the places, that the arguments describe; compared with nothing."""
    inspector = inspector.with_evidence(evidence_kind(arguments))
    return inspector if arguments.fixtured is None else inspector.with_reach(arguments.fixtured)


def with_pools(
    inspector: Inspector, arguments: Namespace, files: Sequence[Path], pool_files: Sequence[str] | None = None
) -> tuple[Inspector, list[str]]:
    """The inspector with the folder's own pools, unless it has frozen ones; arguments as of `with_evidence_of`."""
    from tokenclip_core.commands.options import tiling_of
    from tokenclip_core.inspection.gathering import pools_of_files, with_pools_of

    if not inspector.evidence.asks("consensus") or inspector.evidence.frozen:
        return inspector, []
    bits = getattr(arguments, "bits", None)
    gathered = pools_of_files(inspector, files, chosen=pool_files, tiling=tiling_of(arguments), bits=bits)
    return with_pools_of(inspector, gathered), list(gathered.files)


def with_good_parts(inspector: Inspector, folder: Path, bits: int | None) -> Inspector:
    """The inspector that compares with the good parts of a folder; says how many, and what they take.

    Raises:
        SettingsError: there are none that can be read.
    """
    from tokenclip_core.data.good_parts import good_parts
    from tokenclip_core.inspection.gathering import with_references_of

    files, notes = good_parts(folder)
    if not files:
        raise SettingsError("; ".join([f"there are no images in {folder}; name a folder of good parts", *notes]))
    found = with_references_of(inspector, files, bits)
    shelf = found.evidence.shelf
    if shelf is not None:
        held = f"{len(shelf.tokens)} of {shelf.seen} patches, {shelf.nbytes / 2**20:.0f} MiB"
        sys.stderr.write(f"compared with {len(shelf.names)} good parts ({held})\n")
    for note in notes:
        say(note)
    return found
