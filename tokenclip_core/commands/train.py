"""`train`: learns prompts on a data set with masks and writes them as a checkpoint for `inspect` and `evaluate`."""

from __future__ import annotations

import importlib
import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenclip_core.commands.command import Command, ExitCode, say
from tokenclip_core.commands.data_options import add_data_options, chosen_set, say_set
from tokenclip_core.commands.options import add_depth_option, choose_bits, positive, seed_file, share, whole_number
from tokenclip_core.commands.progress import Steps
from tokenclip_core.errors import SettingsError
from tokenclip_core.process.interruption import stop_on_interrupt

if TYPE_CHECKING:
    from tokenclip_core.data.layouts import Sample
    from tokenclip_core.training.events import TrainingDone, TrainingEvent
    from tokenclip_core.training.losses import LossValues
    from tokenclip_core.training.team import Team
    from tokenclip_core.training.trainer import Trainer

_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_DEFAULT_OUT = Path("learned.safetensors")
_EXAMPLES = (
    ("tokenclip train --data VisA --out visa.safetensors", "learn from the defective parts of a data set"),
    ("tokenclip train --data VisA --out visa.safetensors --resume", "go on after Ctrl-C, a crash or a power cut"),
    ("tokenclip train --data VisA --out visa.safetensors --seeds 3", "three checkpoints, for `evaluate --seeds 3`"),
    ("tokenclip inspect parts --checkpoint visa.safetensors", "inspect with what was learned"),
)


def byte_count(text: str) -> int:
    """Parse a size: bytes, or with K, M, G or T for powers of 1024."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([KMGT]?)I?B?", text.strip().upper())
    if found is None:
        raise ArgumentTypeError(f"{text!r} is not a size such as 0, 500M or 4G")
    return int(float(found[1]) * _UNITS[found[2]])


def not_negative(text: str) -> float:
    """Parse a number of at least 0."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise ArgumentTypeError(f"{text!r} is not a number of at least 0")
    return number


def _add_arguments(parser: ArgumentParser) -> None:
    data = add_data_options(
        parser,
        root="folder of the data set, with masks",
        split="which part of it; defects are in test (the default)",
    )
    data.add_argument(
        "--validation",
        type=not_negative,
        default=0.1,
        metavar="SHARE",
        help="of the parts, to choose the best epoch by",
    )
    add_depth_option(data)
    model = parser.add_argument_group("model")
    model.add_argument(
        "--model", default="compact", metavar="NAME", help="backbone: a name or folder (default: compact)"
    )
    model.add_argument("--image-size", type=positive, metavar="N", help="side the images are resized to")
    model.add_argument("--descriptors", type=Path, metavar="FILE", help="vocabulary that names the subspaces (TOML)")
    model.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto", help="where to compute")
    model.add_argument(
        "--precision", choices=("auto", "fp32", "bf16", "fp16"), default="auto", help="number format of the image tower"
    )
    model.add_argument(
        "--mixed-precision",
        choices=("auto", "off", "bf16"),
        default="auto",
        help="of the text tower while it learns (default: bf16 on a GPU that has it)",
    )
    training = parser.add_argument_group("training")
    training.add_argument("--heads", type=positive, default=12, metavar="K", help="textual subspaces (default: 12)")
    training.add_argument("--epochs", type=positive, default=15, metavar="N", help="at most (default: 15)")
    training.add_argument(
        "--patience", type=whole_number, default=0, metavar="N", help="stop after N epochs without a gain"
    )
    training.add_argument("--batch-size", type=positive, default=8, metavar="N", help="parts per step (default: 8)")
    training.add_argument("--learning-rate", type=not_negative, default=3e-4, metavar="R", help="default: 0.0003")
    training.add_argument("--seed", type=whole_number, default=111, metavar="N", help="default: 111")
    training.add_argument(
        "--seeds", type=positive, metavar="N", help="train N times, with this seed and those after it: NAME-seed111, …"
    )
    training.add_argument("--pixel-weight", type=not_negative, default=4.0, metavar="W", help="of the maps' losses: 4")
    training.add_argument(
        "--orthogonality-weight", type=not_negative, default=1.0, metavar="W", help="of the subspaces' orthogonality: 1"
    )
    training.add_argument(
        "--orthogonality", choices=("states", "directions"), default="directions", help="of what (default: directions)"
    )
    training.add_argument(
        "--start", choices=("random", "descriptors"), default="descriptors", help="first prompts (default: descriptors)"
    )
    training.add_argument(
        "--descriptor-share",
        type=share,
        default=0.5,
        metavar="SHARE",
        help="of the descriptors in what is inspected with, if prompts start from them (default: 0.5)",
    )
    changes = parser.add_argument_group("augmentation (each changed part is encoded anew in every epoch)")
    changes.add_argument("--flips", action="store_true", help="mirror parts at random")
    changes.add_argument("--turns", action="store_true", help="turn parts by quarters or halves at random")
    changes.add_argument(
        "--light", type=share, default=0.0, metavar="SHARE", help="change brightness and contrast by up to this share"
    )
    output = parser.add_argument_group("output")
    output.add_argument(
        "--out", type=Path, default=_DEFAULT_OUT, metavar="FILE", help=f"the checkpoint (default: {_DEFAULT_OUT})"
    )
    output.add_argument("--resume", action="store_true", help="go on with the training that lies beside the checkpoint")
    output.add_argument(
        "--cache", type=Path, metavar="DIR", help="where visual tokens are kept (default: user's cache)"
    )
    output.add_argument(
        "--tensorboard", type=Path, metavar="DIR", help="write losses there for TensorBoard, beside the CSV log"
    )
    output.add_argument("--cache-size", type=byte_count, metavar="SIZE", help="bound of them, 0 for none (default: 4G)")


def _run(arguments: Namespace) -> int:
    from tokenclip_core.training.events import TrainingDone as Done
    from tokenclip_core.training.events import UnusablePart
    from tokenclip_core.training.team import joined

    data = chosen_set(arguments)
    team = joined(arguments.device)
    if team.leads:
        say_set(data)
    choose_bits(arguments, [sample.image for sample in data.samples], quiet=not team.leads)
    samples = [replace(sample, bits=arguments.bits) for sample in data.samples]
    seeds = range(arguments.seed, arguments.seed + (arguments.seeds or 1))
    reasons: list[str] = []
    for seed in seeds:
        out = arguments.out if arguments.seeds is None else seed_file(arguments.out, seed)
        trainer = _trainer(Namespace(**{**vars(arguments), "seed": seed, "out": out}), samples, team)
        report = _Report() if team.leads else _Silence()
        done: TrainingDone | None = None
        reasons.clear()
        with stop_on_interrupt() as wish, _line_taken_away(report), _board(arguments, team, out) as board:
            for event in trainer.run(samples, resume=arguments.resume, stop=wish.is_set):
                report.show(event)
                board.show(event)
                if isinstance(event, UnusablePart):
                    reasons.append(event.reason)
                elif isinstance(event, Done):
                    done = event
        if done is None or done.outcome == "cancelled":
            break
        if team.leads:
            sys.stdout.write(_summary(done))
            sys.stdout.flush()
    # Every seed, and every process, leaves out the same parts.
    for reason in reasons if team.leads else ():
        say(reason)
    if done is None or done.outcome == "cancelled":
        if team.leads:
            sys.stderr.write("tokenclip: stopped; the same command with --resume goes on\n")
        return ExitCode.FAILED
    return ExitCode.SOME_UNREADABLE if reasons else ExitCode.DONE


def _trainer(arguments: Namespace, samples: list[Sample], team: Team) -> Trainer:
    from tokenclip_core.model.devices import PRECISIONS, choose_device, choose_mixed_precision, choose_precision
    from tokenclip_core.model.loading import load_model
    from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary, default_vocabulary
    from tokenclip_core.training.augmentation import Augmentation
    from tokenclip_core.training.token_cache import DEFAULT_MAX_BYTES, TokenCache, default_cache_folder
    from tokenclip_core.training.trainer import Trainer
    from tokenclip_core.training.training_data import names_of
    from tokenclip_core.training.training_settings import TrainingSettings

    device = team.device if team.device is not None else choose_device(arguments.device)
    vocabulary = None if arguments.descriptors is None else DescriptorVocabulary.from_file(arguments.descriptors)
    model = load_model(arguments.model, device, PRECISIONS[choose_precision(arguments.precision, device)])
    defaults = model.defaults
    if vocabulary is None:
        own = defaults.descriptors
        vocabulary = default_vocabulary() if own is None else DescriptorVocabulary.from_file(own)
    settings = TrainingSettings(
        subspaces=arguments.heads,
        epochs=arguments.epochs,
        batch_size=arguments.batch_size,
        learning_rate=arguments.learning_rate,
        seed=arguments.seed,
        pixel_weight=arguments.pixel_weight,
        orthogonality_weight=arguments.orthogonality_weight,
        orthogonality=arguments.orthogonality,
        initialisation=arguments.start,
        descriptor_share=arguments.descriptor_share,
        validation_share=arguments.validation,
        patience=arguments.patience,
        augmentation=Augmentation(arguments.flips, arguments.turns, arguments.light),
        mixed_precision=choose_mixed_precision(arguments.mixed_precision, device),
        scoring=defaults.scoring,
    )
    max_bytes = DEFAULT_MAX_BYTES if arguments.cache_size is None else arguments.cache_size
    folder = arguments.cache if arguments.cache is not None else default_cache_folder()
    return Trainer(
        model.backbone,
        vocabulary,
        settings,
        arguments.out,
        image_size=arguments.image_size or defaults.image_size or model.backbone.description.default_image_size,
        cache=TokenCache(folder, max_bytes) if max_bytes else None,
        data_names=names_of(arguments.data.resolve().name, samples),
        team=team,
    )


class _Report:
    """Shows events on stderr."""

    def __init__(self) -> None:
        self._steps = Steps()

    def show(self, event: TrainingEvent) -> None:
        from tokenclip_core.training.events import BatchDone, EpochDone, Notice, PartPrepared

        if isinstance(event, PartPrepared):
            self._steps.advance("prepared", event.total, event.done)
        elif isinstance(event, BatchDone):
            self._steps.advance(f"epoch {event.epoch}: batch", event.batches, event.batch)
        elif isinstance(event, EpochDone):
            validated = "" if event.validation is None else f" · validation {_numbers(event.validation)}"
            kept = " · kept" if event.improved else ""
            self._steps.write(f"epoch {event.epoch} of {event.epochs}: {_numbers(event.losses)}{validated}{kept}")
        elif isinstance(event, Notice):
            self._steps.write(event.text)

    def clear(self) -> None:
        self._steps.clear()


class _Silence(_Report):
    """Shows nothing: another process tells what happens."""

    def show(self, event: TrainingEvent) -> None:
        del event


class _Board:
    """Writes losses for TensorBoard; this one writes nothing."""

    def show(self, event: TrainingEvent) -> None:
        """Write what an event says of the losses."""


class _TensorBoard(_Board):
    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def show(self, event: TrainingEvent) -> None:
        from tokenclip_core.training.events import EpochDone

        if isinstance(event, EpochDone):
            for word, losses in (("training", event.losses), ("validation", event.validation)):
                for name, value in asdict(losses).items() if losses is not None else ():
                    self._writer.add_scalar(f"{name}/{word}", value, event.epoch)
            self._writer.flush()


@contextmanager
def _board(arguments: Namespace, team: Team, out: Path) -> Iterator[_Board]:
    """Losses of one training go to a folder of its own, so that several can be compared."""
    if arguments.tensorboard is None or not team.leads:
        yield _Board()
        return
    try:
        writer = importlib.import_module("torch.utils.tensorboard").SummaryWriter(arguments.tensorboard / out.stem)
    except ImportError as error:
        raise SettingsError(
            "--tensorboard needs the library tensorboard; install it with "
            'pip install "tokenclip-inspector[tensorboard]", or read the CSV log beside the checkpoint.'
        ) from error
    try:
        yield _TensorBoard(writer)
    finally:
        writer.close()


@contextmanager
def _line_taken_away(report: _Report) -> Iterator[None]:
    try:
        yield
    finally:
        report.clear()


def _numbers(losses: LossValues) -> str:
    maps = losses.focal + losses.dice_anomalous + losses.dice_normal
    return (
        f"loss {losses.total:.4f} (image {losses.image:.4f}, maps {maps:.4f}, orthogonality {losses.orthogonality:.4f})"
    )


def _summary(done: TrainingDone) -> str:
    from tokenclip_core.subspaces.checkpoint import read_info

    if done.checkpoint is None:
        return ""
    names = ", ".join(read_info(done.checkpoint).names)
    return (
        f"{done.checkpoint}: epoch {done.best_epoch} of {done.epochs} ({done.outcome}); subspaces nearest to: {names}\n"
    )


COMMAND = Command(_EXAMPLES, _add_arguments, _run)
"""The command, for `cli`."""
