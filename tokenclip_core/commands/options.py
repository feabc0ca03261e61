"""Options that several commands share, and the inspector they describe."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokenclip_core.inspector import Inspector

DEFAULT_BATCH_SIZE = 8


def positive(text: str) -> int:
    """Parse a whole number of at least 1."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return number


def share(text: str) -> float:
    """Parse a number from 0 to 1."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return number


def add_model_options(parser: ArgumentParser) -> None:
    """Declare what chooses and sets up the model."""
    group = parser.add_argument_group("model")
    group.add_argument(
        "--model",
        default="compact",
        metavar="NAME",
        help="backbone: a name from `models list`, or a folder (default: compact)",
    )
    group.add_argument("--checkpoint", type=Path, metavar="FILE", help="learned prompts instead of the vocabulary")
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
        "--batch-size",
        type=positive,
        default=DEFAULT_BATCH_SIZE,
        metavar="N",
        help=f"images computed at once (default: {DEFAULT_BATCH_SIZE})",
    )


def load_inspector(arguments: Namespace) -> Inspector:
    """Load the inspector that `add_model_options` describes.

    Raises:
        TokenClipError: the model, checkpoint, descriptors or device are not to be had.
    """
    from tokenclip_core.inspector import Inspector

    return Inspector.from_pretrained(
        arguments.model,
        device=arguments.device,
        precision=arguments.precision,
        checkpoint=arguments.checkpoint,
        descriptors=arguments.descriptors,
        image_size=arguments.image_size,
    )


def result_settings(inspector: Inspector, arguments: Namespace) -> dict[str, Any]:
    """Return all about the model and its options that decides a result, ready for JSON."""
    description = inspector.description()
    # The device changes results no more than rounding does, and a run may be resumed on another one.
    del description["device"]
    files = {
        name: None if (file := getattr(arguments, name)) is None else str(file)
        for name in ("checkpoint", "descriptors")
    }
    return {**description, **files}
