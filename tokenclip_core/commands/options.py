"""Options that several commands share, and the inspector they describe."""

from __future__ import annotations

import glob
import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace, _ArgumentGroup
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenclip_core.commands.command import UsageError, say
from tokenclip_core.errors import SettingsError

if TYPE_CHECKING:
    from tokenclip_core.inspection.inspector import Inspector
    from tokenclip_core.inspection.tiling import Tiling
    from tokenclip_core.judgement.calibration import Calibration
    from tokenclip_core.recipes.recipe import Recipe
    from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary

DEFAULT_BATCH_SIZE = 8

ALL_BITS = 16
"""Value of `--bits` with which the whole range of 16-bit pictures is used."""


def positive(text: str) -> int:
    """Parse a whole number of at least 1."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return number


def whole_number(text: str) -> int:
    """Parse a whole number from 0 to 2^63 - 1."""
    if not text.isascii() or not text.isdigit() or int(text) >= 2**63:
        raise ArgumentTypeError(f"{text!r} is not a whole number from 0 to 2^63 - 1")
    return int(text)


def share(text: str) -> float:
    """Parse a number from 0 to 1."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return number


def add_model_options(parser: ArgumentParser, *, several_checkpoints: bool = False) -> None:
    """Declare what chooses and sets up the model; with several checkpoints, see `each_checkpoint`."""
    group = parser.add_argument_group("model")
    group.add_argument(
        "--model",
        default="compact",
        metavar="NAME",
        help="backbone: a name from `models list`, or a folder (default: compact)",
    )
    if several_checkpoints:
        group.add_argument(
            "--checkpoint",
            type=Path,
            action="append",
            metavar="FILE",
            help="learned prompts instead of the vocabulary; repeated, for mean and deviation over them",
        )
        group.add_argument(
            "--seeds",
            type=positive,
            metavar="N",
            help="measure the N checkpoints that `train --seeds N` wrote; with --shots, how often good parts are drawn",
        )
    else:
        group.add_argument(
            "--checkpoint",
            type=Path,
            metavar="FILE",
            help="learned prompts instead of the vocabulary: a file, or the name of one that came with the model",
        )
    group.add_argument("--descriptors", type=Path, metavar="FILE", help="another vocabulary of defect families (TOML)")
    group.add_argument(
        "--image-size", type=positive, metavar="N", help="side the images are resized to (default: the model's own)"
    )
    group.add_argument(
        "--device", choices=("auto", "cpu", "cuda", "mps"), default="auto", help="where to compute (default: auto)"
    )
    group.add_argument(
        "--precision",
        choices=("auto", "fp32", "bf16", "fp16"),
        default="auto",
        help="number format of the backbone (default: auto)",
    )
    group.add_argument(
        "--engine",
        choices=("auto", "torch", "openvino", "onnxruntime"),
        default="auto",
        help="what runs the backbone (default: auto, the quickest that gives torch's tokens)",
    )
    group.add_argument(
        "--batch-size",
        type=positive,
        default=DEFAULT_BATCH_SIZE,
        metavar="N",
        help=f"images computed at once (default: {DEFAULT_BATCH_SIZE})",
    )


def add_tiling_options(parser: ArgumentParser) -> None:
    """Declare how large parts are cut; see `tiling_of`."""
    group = parser.add_argument_group("large parts")
    group.add_argument(
        "--tile",
        type=positive,
        metavar="N",
        help="inspect parts of more than N pixels a side in tiles of N x N, so that small defects keep their pixels",
    )
    group.add_argument(
        "--tile-overlap",
        type=whole_number,
        metavar="N",
        help="pixels that neighbouring tiles share (default: an eighth)",
    )


def add_depth_option(group: ArgumentParser | _ArgumentGroup) -> None:
    """Declare how many of 16 bits the camera uses; see `choose_bits`."""
    group.add_argument(
        "--bits",
        type=_bits,
        metavar="N",
        help="bits that the camera uses of 16-bit pictures, 8 to 16, one number for all of them; auto (the default): "
        "the fewest of 8, 10, 12, 14 and 16 that hold every value of up to 64 of the pictures",
    )


def choose_bits(arguments: Namespace, paths: Sequence[Path], known: int | None = None, *, quiet: bool = False) -> None:
    """Decide how 16-bit pictures are read, put it into `arguments.bits`, and say what a person should know of it.

    Args:
        arguments: of a command with `add_depth_option`.
        paths: the pictures that the command will read.
        known: bits that a calibration was made with, which `auto` takes then.
        quiet: another process says it.
    """
    from tokenclip_core.commands.command import say
    from tokenclip_core.images.depth import choose_depth

    depth = choose_depth(paths, known if arguments.bits is None else arguments.bits)
    arguments.bits = depth.bits
    if depth.note is not None and not quiet:
        say(depth.note)


def _bits(text: str) -> int | None:
    if text == "auto":
        return None
    if not text.isdecimal() or not 8 <= int(text) <= 16:
        raise ArgumentTypeError(f"{text!r} is neither auto nor a number of bits from 8 to 16")
    return int(text)


def tiling_of(arguments: Namespace) -> Tiling | None:
    """How parts are cut; None for not at all.

    Raises:
        UsageError: an overlap without tiles.
        SettingsError: tiles of an impossible size.
    """
    from tokenclip_core.inspection.tiling import Tiling

    tile, overlap = getattr(arguments, "tile", None), getattr(arguments, "tile_overlap", None)
    if tile is None:
        if overlap is not None:
            raise UsageError("--tile-overlap needs --tile N, the side of the tiles")
        return None
    return Tiling.of_side(tile) if overlap is None else Tiling(tile, overlap)


def add_recipe_option(parser: ArgumentParser) -> None:
    """Declare the recipe; see `take_recipe`."""
    parser.add_argument(
        "--recipe",
        type=Path,
        metavar="FILE",
        help="inspect and judge as a recipe says, which the window saves; other options may not contradict it",
    )


def take_recipe(arguments: Namespace) -> Recipe | None:
    """Read the recipe that was named, and take what it says into the arguments; None where none was named.

    What is named beside it must say the same; `--device`, `--precision` and `--batch-size` are free. `--model` and
    `--checkpoint` only say where the recipe's own lie, and their content is checked.

    Raises:
        UsageError: an option contradicts the recipe.
        SettingsError: it is no recipe that this program can follow.
    """
    arguments.recipe_value = None
    if arguments.recipe is None:
        return None
    from tokenclip_core.recipes.recipe import Recipe

    recipe = Recipe.load(arguments.recipe)
    draws = getattr(arguments, "shots", None) is not None
    if (getattr(arguments, "seeds", None) is not None and not draws) or isinstance(arguments.checkpoint, list):
        raise UsageError("a recipe names one model and checkpoint; leave --checkpoint and --seeds out")
    if arguments.descriptors is not None and _vocabulary(arguments.descriptors) != recipe.vocabulary:
        raise UsageError(f"--descriptors {arguments.descriptors} are not the words of the recipe; leave them out")
    tiling = recipe.tiling
    says = {
        "image_size": recipe.image_size,
        "tile": None if tiling is None else tiling.tile,
        "tile_overlap": None if tiling is None else tiling.overlap,
        "threshold": recipe.judgement.threshold,
    }
    for name, value in says.items():
        given = getattr(arguments, name, None)
        if given is not None and given != value:
            option = name.replace("_", "-")
            shown = "none" if value is None else f"{value:g}"
            raise UsageError(
                f"--{option} {given:g} contradicts the recipe ({shown}); leave it out, or change the recipe"
            )
        if hasattr(arguments, name):
            setattr(arguments, name, value)
    if getattr(arguments, "calibration", None) is not None:
        raise UsageError("a recipe has its own threshold; leave --calibration out, or write it into the recipe")
    arguments.recipe_value = recipe
    return recipe


def _vocabulary(file: Path) -> DescriptorVocabulary:
    from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary

    return DescriptorVocabulary.from_file(file)


def load_inspector(arguments: Namespace, threads: int = 0) -> Inspector:
    """Load the inspector that `add_model_options` describes, or the recipe that `take_recipe` took.

    Args:
        arguments: of a command with those options.
        threads: cores of the processor to use; 0 for all of them.

    Raises:
        TokenClipError: the model, checkpoint, descriptors or device are not to be had.
    """
    from tokenclip_core.inspection.inspector import Inspector

    recipe = getattr(arguments, "recipe_value", None)
    where: dict[str, Any] = {name: getattr(arguments, name) for name in ("device", "precision", "engine")}
    where["threads"] = threads
    if recipe is not None:
        words = getattr(arguments, "words", ())
        model = arguments.model if any(word.partition("=")[0] == "--model" for word in words) else None
        inspector = Inspector.from_recipe(recipe, model=model, checkpoint=arguments.checkpoint, **where)
    else:
        inspector = Inspector.from_pretrained(
            arguments.model,
            checkpoint=arguments.checkpoint,
            descriptors=arguments.descriptors,
            image_size=arguments.image_size,
            **where,
        )
    inspector.engine.on_trouble(say)
    return inspector


def each_checkpoint(arguments: Namespace) -> list[Namespace]:
    """Return the arguments once for each checkpoint that is named, or once without one.

    Raises:
        SettingsError: the checkpoints that `--seeds` means are not there.
    """
    files: list[Path | None] = [*_checkpoints(arguments)]
    return [Namespace(**{**vars(arguments), "checkpoint": file}) for file in files or [None]]


def check_comparable(inspectors: Sequence[Inspector]) -> None:
    """See that all can score what the first one encodes.

    Raises:
        SettingsError: a checkpoint needs other taps or another image size than the first.
    """
    first = inspectors[0]
    for inspector in inspectors:
        for name in ("layers", "first_vv_block", "image_size"):
            mine, theirs = getattr(inspector, name), getattr(first, name)
            if mine != theirs:
                raise SettingsError(
                    f"{inspector.checkpoint_name} was learned with {name.replace('_', ' ')} {mine}, "
                    f"{first.checkpoint_name} with {theirs}; measure them one by one."
                )


def seed_file(checkpoint: Path, seed: int) -> Path:
    """Where `train --seeds` puts the checkpoint of one seed: NAME-seed111.safetensors for NAME.safetensors."""
    return checkpoint.with_name(f"{checkpoint.stem}-seed{seed}{checkpoint.suffix}")


def _checkpoints(arguments: Namespace) -> list[Path]:
    """The checkpoints named, those of the seeds in place of the one they belong to."""
    files: list[Path] = list(arguments.checkpoint or [])
    if arguments.seeds is None or getattr(arguments, "shots", None) is not None:
        return files
    if len(files) != 1:
        raise SettingsError("--seeds needs one --checkpoint, the name that was given to `train --seeds`.")
    (name,) = files
    found = sorted(
        (int(match[1]), file)
        for file in name.parent.glob(f"{glob.escape(name.stem)}-seed*{name.suffix}")
        if (match := re.fullmatch(r".*-seed(\d+)", file.stem))
    )
    if len(found) < arguments.seeds:
        names = ", ".join(file.name for _, file in found) or "none"
        raise SettingsError(
            f"{arguments.seeds} checkpoints such as {seed_file(name, found[0][0] if found else 111)} are needed, found "
            f"{names}; train them with `tokenclip train --seeds {arguments.seeds} --out {name}`."
        )
    return [file for _, file in found[: arguments.seeds]]


def measured_settings(inspector: Inspector, arguments: Namespace) -> dict[str, Any]:
    """What a threshold is measured with: `result_settings`, the engine with its version, and consensus's pools."""
    from tokenclip_core.model.engines.choice import engine_version

    engine = inspector.engine_name
    pools = [pool.fingerprint for pool in inspector.evidence.pools]
    return {
        **result_settings(inspector, arguments),
        "engine": engine,
        "engine_version": engine_version(engine),
        **({"pools": pools} if pools else {}),
    }


def check_calibration(calibration: Calibration, inspector: Inspector, arguments: Namespace) -> None:
    """Say where a threshold was not measured like this.

    Raises:
        SettingsError: it means something else here.
    """
    for words in calibration.check_fits(measured_settings(inspector, arguments)):
        say(words)


def result_settings(inspector: Inspector, arguments: Namespace) -> dict[str, Any]:
    """Return all about the model and its options that decides a result, ready for JSON."""
    description = inspector.description()
    # Device and engine change results no more than rounding does, and a run may be resumed on another one.
    del description["device"], description["engine"]
    files = {
        name: None if (file := getattr(arguments, name)) is None else str(file)
        for name in ("checkpoint", "descriptors")
    }
    tiling = tiling_of(arguments)
    recipe = getattr(arguments, "recipe_value", None)
    judged: dict[str, Any] = {}
    if recipe is not None:
        areas = recipe.judgement.areas
        judged = {
            "recipe": {"name": recipe.name, "sha256": recipe.sha256},
            **({"areas": areas.to_mapping()} if areas else {}),
        }
        files["checkpoint"] = recipe.checkpoint or None
    # Left out where it is the default, so that older runs and calibrations, which lack it, compare equal.
    bits = getattr(arguments, "bits", None)
    return {
        **description,
        **files,
        **({} if tiling is None else {"tiling": tiling.to_mapping()}),
        **judged,
        **({} if bits in (None, ALL_BITS) else {"bits": bits}),
    }
