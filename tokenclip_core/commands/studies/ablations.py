"""One command, one table: what each choice of the method is worth, trained on one data set and measured on others.

python -m tokenclip_core.commands.studies.ablations --data TRAINING --test SET --test NAME=SET --out DIR [--seeds 3]

The training set needs masks (procedural parts: ``tokenclip samples DIR --count 400``). The table (ablations.md, .csv,
.json) is replaced after every row; the same command with ``--resume`` goes on after Ctrl-C, a crash or a power cut.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tokenclip_core.commands.options import positive, whole_number
from tokenclip_core.commands.progress import Steps, duration
from tokenclip_core.commands.studies.program import ended, study_parser
from tokenclip_core.commands.train import byte_count, not_negative
from tokenclip_core.data.layouts import load_layout
from tokenclip_core.errors import SettingsError
from tokenclip_core.measuring.ablation_rows import GROUPS, INSPECTION_GROUPS, ablation_rows
from tokenclip_core.measuring.ablation_run import AblationEvent, AblationRun, RowDone, Stopped
from tokenclip_core.measuring.ablation_table import AblationTable
from tokenclip_core.measuring.measured_set import MeasuredSet, thinned
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.model.devices import PRECISIONS, choose_device, choose_precision
from tokenclip_core.model.loading import LoadedModel, load_model
from tokenclip_core.process.interruption import stop_on_interrupt
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary, default_vocabulary
from tokenclip_core.training.events import BatchDone, Notice, PartPrepared, UnusablePart
from tokenclip_core.training.token_cache import TokenCache
from tokenclip_core.training.training_settings import TrainingSettings

DEFAULT_SEED = 111
# Beside the training parts, the sets stay in the cache: a part of `compact` takes 0.4 MB.
_DEFAULT_CACHE_BYTES = 16 * 2**30


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; 0 done, 1 failed or stopped."""
    options = _parser().parse_args(arguments)
    return ended("ablations", lambda: _run(options))


def _parser() -> argparse.ArgumentParser:
    parser = study_parser("ablations", __doc__)
    data = parser.add_argument_group("data")
    data.add_argument("--data", type=Path, required=True, metavar="ROOT", help="training set, with masks")
    data.add_argument("--split", choices=("test", "train"), default="test", help="of the training set (default: test)")
    data.add_argument(
        "--test", action="append", required=True, metavar="[NAME=]ROOT", help="set to measure on; may be repeated"
    )
    data.add_argument("--limit", type=positive, metavar="N", help="at most N test parts of every category and kind")
    model = parser.add_argument_group("model")
    model.add_argument("--model", default="compact", metavar="NAME", help="backbone (default: compact)")
    model.add_argument("--image-size", type=positive, metavar="N", help="side the images are resized to")
    model.add_argument("--descriptors", type=Path, metavar="FILE", help="vocabulary (TOML)")
    model.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    model.add_argument("--precision", choices=("auto", "fp32", "bf16", "fp16"), default="auto")
    training = parser.add_argument_group("default configuration")
    training.add_argument("--heads", type=positive, default=TrainingSettings.subspaces, metavar="K")
    training.add_argument("--epochs", type=positive, default=TrainingSettings.epochs, metavar="N")
    training.add_argument("--batch-size", type=positive, default=TrainingSettings.batch_size, metavar="N")
    training.add_argument("--learning-rate", type=not_negative, default=TrainingSettings.learning_rate, metavar="R")
    training.add_argument("--validation", type=not_negative, default=TrainingSettings.validation_share, metavar="SHARE")
    training.add_argument(
        "--orthogonality", choices=("states", "directions"), default=TrainingSettings.orthogonality, help="of what"
    )
    training.add_argument(
        "--orthogonality-weight", type=not_negative, default=TrainingSettings.orthogonality_weight, metavar="W"
    )
    training.add_argument("--start", choices=("random", "descriptors"), default=TrainingSettings.initialisation)
    training.add_argument(
        "--scoring", action="append", default=[], metavar="NAME=VALUE", help="a scoring setting; may be repeated"
    )
    table = parser.add_argument_group("table")
    table.add_argument("--seeds", type=positive, default=3, metavar="N", help="trainings of every row (default: 3)")
    table.add_argument("--seed", type=whole_number, default=DEFAULT_SEED, metavar="N", help="the first of them")
    table.add_argument("--group", action="append", choices=GROUPS, help="only this group of rows; may be repeated")
    table.add_argument(
        "--retrain",
        action="append",
        default=[],
        choices=INSPECTION_GROUPS,
        help="train this group's rows with their choice, instead of inspecting with the default's prompts",
    )
    table.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of table and checkpoints")
    table.add_argument("--resume", action="store_true", help="go on with what lies there")
    table.add_argument("--cache", type=Path, metavar="DIR", help="where visual tokens are kept (default: in --out)")
    table.add_argument("--cache-size", type=byte_count, default=_DEFAULT_CACHE_BYTES, metavar="SIZE")
    return parser


def _run(options: argparse.Namespace) -> int:
    device = choose_device(options.device)
    model = load_model(options.model, device, PRECISIONS[choose_precision(options.precision, device)])
    backbone, vocabulary = model.backbone, _vocabulary(options.descriptors, model)
    base = _base(options, model)
    rows = ablation_rows(base, backbone.default_layers, groups=options.group or GROUPS, retrain=options.retrain)
    training = load_layout(options.data, "auto", options.split)
    sets = [_set(words, options.limit) for words in options.test]
    if len({one.name for one in sets}) < len(sets):
        raise SettingsError("two sets have the same name; name them with --test NAME=ROOT.")
    run = AblationRun(
        backbone,
        vocabulary,
        rows,
        training,
        sets,
        options.out,
        seeds=range(options.seed, options.seed + options.seeds),
        image_size=options.image_size or model.defaults.image_size or backbone.description.default_image_size,
        cache=TokenCache(options.cache or options.out / "tokens", options.cache_size),
    )
    heading = _heading(options, backbone, base, len(training), sets)
    return _follow(run, options, heading)


def _follow(run: AblationRun, options: argparse.Namespace, heading: str) -> int:
    names = [one.name for one in run.sets]
    steps = Steps()
    begun = time.perf_counter()
    with stop_on_interrupt() as wish:
        for event in run.run(resume=options.resume, stop=wish.is_set):
            _show(event, steps)
            if isinstance(event, Stopped):
                sys.stderr.write("ablations: stopped; the same command with --resume goes on\n")
                return 1
            if isinstance(event, RowDone):
                AblationTable(run.rows, names, run.measurements).write(options.out, heading)
    table = AblationTable(run.rows, names, run.measurements)
    table.write(options.out, heading)
    sys.stdout.write(f"{table.markdown()}\n{table.claims()}\n{duration(time.perf_counter() - begun)} in this sitting\n")
    return 0


def _show(event: AblationEvent, steps: Steps) -> None:
    """Show an event on stderr."""
    if isinstance(event, PartPrepared):
        steps.advance("prepared", event.total, event.done)
    elif isinstance(event, BatchDone):
        steps.advance(f"epoch {event.epoch}: batch", event.batches, event.batch)
    elif isinstance(event, Notice):
        steps.write(event.text)
    elif isinstance(event, UnusablePart):
        steps.write(event.reason)
    elif isinstance(event, RowDone):
        row = event.row
        times = f"trained {duration(event.training_seconds)}, measured {duration(event.measuring_seconds)}"
        told = f"skipped: {row.skipped}" if row.skipped else times
        steps.write(f"row {event.number} of {event.total}, {row.group}: {row.name}: {told}")


def _vocabulary(file: Path | None, model: LoadedModel) -> DescriptorVocabulary:
    chosen = file if file is not None else model.defaults.descriptors
    return default_vocabulary() if chosen is None else DescriptorVocabulary.from_file(chosen)


def _base(options: argparse.Namespace, model: LoadedModel) -> TrainingSettings:
    values = model.defaults.scoring.to_mapping()
    for words in options.scoring:
        name, _, text = words.partition("=")
        try:
            values[name] = type(values[name])(text)
        except (KeyError, ValueError, TypeError) as error:
            raise SettingsError(
                f"--scoring {words}: no such setting, or no such value; see ScoringSettings."
            ) from error
    return TrainingSettings(
        subspaces=options.heads,
        epochs=options.epochs,
        batch_size=options.batch_size,
        learning_rate=options.learning_rate,
        seed=options.seed,
        orthogonality_weight=options.orthogonality_weight,
        orthogonality=options.orthogonality,
        initialisation=options.start,
        validation_share=options.validation,
        scoring=type(model.defaults.scoring).from_mapping(values),
    )


def _set(words: str, limit: int | None) -> MeasuredSet:
    name, separator, root = words.rpartition("=")
    folder = Path(root)
    return MeasuredSet(name if separator else folder.resolve().name, thinned(load_layout(folder), limit))


def _heading(
    options: argparse.Namespace,
    backbone: Backbone,
    base: TrainingSettings,
    parts: int,
    sets: Sequence[MeasuredSet],
) -> str:
    scoring = base.scoring
    limit = "" if options.limit is None else f", at most {options.limit} parts of a kind"
    return (
        f"# Ablations of {backbone.name}\n\n"
        f"Prompts trained on {parts} parts of {options.data.resolve().name} ({base.epochs} epochs, seeds "
        f"{options.seed} to {options.seed + options.seeds - 1}), measured zero-shot on "
        f"{', '.join(one.name for one in sets)}{limit}. Default: K = {base.subspaces}, {scoring.assignment} "
        f"({scoring.column_marginal}), epsilon {scoring.epsilon:g}, top {scoring.top_k}, orthogonality of "
        f"{base.orthogonality} x {base.orthogonality_weight:g}, {base.initialisation} start. In percent, mean ± "
        "deviation over the seeds; the mean over sets is of those that define a metric.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
