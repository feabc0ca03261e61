"""What `inspect` can be told on the command line."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path

from tokenclip_core.commands.evidence_options import add_evidence_options
from tokenclip_core.commands.history import add_publish_option, add_store_option
from tokenclip_core.commands.options import (
    add_depth_option,
    add_model_options,
    add_recipe_option,
    add_tiling_options,
    positive,
    share,
)
from tokenclip_core.errors import TokenClipError

PICTURES = ("overlays", "maps", "subspaces")
"""What --save can write, each into a folder of that name."""

REGIONS = ("coco", "labelme")
"""Files of regions; a folder of each name, and of the first one file of all parts besides."""

EXAMPLES = (
    ("tokenclip inspect part.png", "the score of one image, on the terminal"),
    ("tokenclip inspect parts/ --out results --threshold 0.4", "a folder; rows, regions and verdicts in results/"),
    ("tokenclip inspect parts/ --out results --resume", "go on where that was stopped"),
    ("tokenclip inspect parts/ --out results --save overlays,maps", "with pictures and 16-bit maps"),
    ("tokenclip inspect parts/ --out results --threshold 0.4 --save coco", "regions as a COCO file, results/coco.json"),
    ("tokenclip inspect parts/ --calibration line1.json --json", "verdicts at a calibrated threshold, as JSON lines"),
    ("tokenclip inspect parts/ --recipe line1.recipe.json --out results", "as a recipe of the window says"),
    ("tokenclip inspect panels/ --tile 512 --out results", "large parts in overlapping tiles of 512 x 512 pixels"),
    ("tokenclip inspect parts/ --reference good/ --out results", "compared with good parts too"),
    ("tokenclip inspect parts/ --evidence text --json", "by the words alone"),
    ("tokenclip inspect archive/ --recipe line1.recipe.json --out results --ray", "by workers, also of a cluster"),
    ("tokenclip inspect belt.mp4 --out results", "every frame of a video"),
    (
        "tokenclip inspect rtsp://camera/belt --max-seconds 60 --out results",
        "a stream's newest frames",
    ),
    ("tokenclip inspect 0 --max-frames 100 --out results", "the first camera's newest frames"),
)


"""Command lines and what they do, for the help."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the inputs and options of the command."""
    parser.add_argument(
        "paths",
        nargs="+",
        type=_input,
        metavar="PATH",
        help="images, folders (recursive), videos, addresses of live streams (rtsp://, or http:// for motion JPEG), "
        "and cameras: a number, genicam:NAME, or demo",
    )
    add_depth_option(parser)
    frames = parser.add_argument_group("videos and streams")
    frames.add_argument("--max-frames", type=positive, metavar="N", help="inspect at most N frames of each")
    frames.add_argument(
        "--max-seconds", type=_seconds, metavar="S", help="inspect the first S seconds of each (a stream has no end)"
    )
    add_recipe_option(parser)
    add_model_options(parser)
    add_tiling_options(parser)
    add_evidence_options(parser)
    verdict = parser.add_argument_group("verdict").add_mutually_exclusive_group()
    verdict.add_argument("--threshold", type=share, metavar="T", help="score from which on a part is defective, 0 to 1")
    verdict.add_argument("--calibration", type=Path, metavar="FILE", help="take the threshold that `calibrate` wrote")
    output = parser.add_argument_group("output")
    output.add_argument("--out", type=Path, metavar="DIR", help="write results.jsonl, results.csv and run.json there")
    output.add_argument(
        "--save",
        type=_pictures,
        default=(),
        metavar="KINDS",
        help=f"also write pictures into DIR, comma-separated: {','.join(PICTURES)}; or regions for annotation tools: "
        f"{','.join(REGIONS)}",
    )
    add_store_option(output)
    add_publish_option(output)
    output.add_argument(
        "--ray",
        nargs="?",
        const="local",
        metavar="ADDRESS",
        help="inspect images on a cluster of Ray, with --out: its address, or none for workers on this machine; rows "
        "go to DIR/parts as Parquet too",
    )
    output.add_argument("--workers", type=positive, metavar="N", help="with --ray: how many inspect at once")
    output.add_argument("--resume", action="store_true", help="keep the rows that DIR already has, inspect the rest")
    output.add_argument("--json", action="store_true", help="print the rows as JSON lines")


def _input(text: str) -> Path | str:
    from tokenclip_core.commands.inputs import file_or_stream

    try:
        return file_or_stream(text)
    except TokenClipError as error:
        raise ArgumentTypeError(str(error)) from None


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise ArgumentTypeError(f"{text!r} is no time in seconds; it must be over 0")
    return seconds


def _pictures(text: str) -> tuple[str, ...]:
    kinds = tuple(dict.fromkeys(kind.strip() for kind in text.split(",") if kind.strip()))
    unknown = [kind for kind in kinds if kind not in (*PICTURES, *REGIONS)]
    if unknown or not kinds:
        raise ArgumentTypeError(f"{text!r}: choose from {', '.join((*PICTURES, *REGIONS))}")
    return kinds
