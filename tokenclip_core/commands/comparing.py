"""What `evaluate` compares parts with: a category's own, a folder of good parts, or good parts drawn by chance."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from tokenclip_core.commands.command import UsageError
from tokenclip_core.commands.evidence_options import evidence_kind, with_good_parts, with_kind, with_pools
from tokenclip_core.errors import DataLayoutError

if TYPE_CHECKING:
    from tokenclip_core.data.layouts import Sample
    from tokenclip_core.inspection.encoded_part import EncodedPart
    from tokenclip_core.inspection.inspector import Inspector

DEFAULT_DRAWS = 3
MOST_SHOTS = 4096


@dataclass(frozen=True)
class Trial:
    """One way to measure a category.

    Attributes:
        checkpoint: number of the inspector that it is measured with.
        shots: good parts that are given; None where `--shots` is not.
        seed: of the draw.
    """

    checkpoint: int
    shots: int | None = None
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Compared:
    """An inspector that is ready to measure a category, and the parts that it must not be measured on."""

    inspector: Inspector
    left_out: frozenset[Path] = frozenset()


def add_shots_option(parser: ArgumentParser) -> None:
    """Declare how many good parts are given; `--seeds` is then how often they are drawn."""
    parser.add_argument(
        "--shots",
        type=_shots,
        metavar="LIST",
        help="measure with so many good parts given, such as 0,1,4,16: drawn from the train split, or, where there is "
        f"none, from the test parts, which are left out then; --seeds N draws (default: {DEFAULT_DRAWS})",
    )


def trials_of(arguments: Namespace, checkpoints: int) -> list[Trial]:
    """All ways in which a category is measured.

    Raises:
        UsageError: options that don't go together.
    """
    if arguments.shots is None:
        return [Trial(number) for number in range(checkpoints)]
    kind = evidence_kind(arguments)
    if checkpoints > 1:
        raise UsageError("--shots measures one model; name one --checkpoint")
    if arguments.reference is not None:
        raise UsageError("--shots draws its good parts itself; leave --reference out")
    if kind not in ("fused", "reference"):
        raise UsageError(f"--shots gives good parts, which --evidence {kind} does not look at; leave one of them out")
    if kind == "reference" and 0 in arguments.shots:
        raise UsageError("--evidence reference needs good parts; leave 0 out of --shots")
    draws = DEFAULT_DRAWS if arguments.seeds is None else arguments.seeds
    return [Trial(0, shots, seed) for shots in arguments.shots for seed in range(draws if shots else 1)]


@dataclass
class Comparison:
    """Makes the inspectors of each category.

    Attributes:
        inspectors: one for each checkpoint.
        arguments: of the command.
        trials: from `trials_of`.
        notes: what a person should know of it.
    """

    inspectors: Sequence[Inspector]
    arguments: Namespace
    trials: Sequence[Trial]
    notes: list[str] = field(default_factory=list)
    _given: dict[str, tuple[Path, ...]] = field(default_factory=dict)

    def prepare(self, samples: Sequence[Sample]) -> None:
        """Find the good parts of each category that can be given, before anything is measured.

        Raises:
            DataLayoutError: a category has too few.
        """
        if self.arguments.shots is None:
            return
        most = max(self.arguments.shots)
        training = _training_good(self.arguments)
        measured = {sample.image for sample in samples}
        for category, members in groupby(samples, key=lambda sample: sample.category):
            good = tuple(path for path in training.get(category, ()) if path not in measured)
            where = f"{len(good)} parts of the train split"
            if not good:
                own = tuple(sample.image for sample in members if not sample.label)
                # One good part must be left to measure with.
                good, where = own, f"{len(own)} good test parts, and those drawn are left out of the measuring"
                most += 1
            if len(good) < most:
                raise DataLayoutError(
                    f"{category} has {len(good)} good parts to draw from; --shots needs {most}, so ask for fewer"
                )
            most = max(self.arguments.shots)
            self._given[category] = good
            self.notes.append(f"{category}: good parts are drawn from {where}")

    def of(self, category: str, samples: Sequence[Sample]) -> list[Compared]:
        """An inspector for each trial, compared with what belongs to the category."""
        first, *others = (with_kind(inspector, self.arguments) for inspector in self.inspectors)
        if self.arguments.reference is not None:
            below = self.arguments.reference / category
            folder = below if below.is_dir() else self.arguments.reference
            first = with_good_parts(first, folder, self.arguments.bits)
            others = [with_good_parts(other, folder, self.arguments.bits) for other in others]
        files = [sample.image for sample in samples]
        each = [with_pools(one, self.arguments, files)[0] for one in (first, *others)]
        good: dict[Path, EncodedPart] = {}
        return [self._compared(each[trial.checkpoint], trial, category, good) for trial in self.trials]

    def _compared(
        self, inspector: Inspector, trial: Trial, category: str, encoded: dict[Path, EncodedPart]
    ) -> Compared:
        """The inspector of one trial; ``encoded`` are good parts of the category, of which it adds its own."""
        import numpy as np

        from tokenclip_core.inspection.gathering import encoded_files

        if not trial.shots:
            return Compared(inspector)
        candidates = self._given[category]
        places = np.random.default_rng(trial.seed).permutation(len(candidates))[: trial.shots]
        chosen = [candidates[place] for place in sorted(places)]
        missing = [path for path in chosen if path not in encoded]
        encoded.update(encoded_files(inspector, missing, self.arguments.bits))
        read = [path for path in chosen if path in encoded]
        if len(read) < len(chosen):
            raise DataLayoutError(f"{category} has good parts that can't be read; mend them, or ask for fewer --shots")
        made = inspector.with_references([encoded[path] for path in read], [path.name for path in read])
        return Compared(made, frozenset(chosen))


def _training_good(arguments: Namespace) -> dict[str, list[Path]]:
    """Good parts of the train split by category; none where there is no such split."""
    from tokenclip_core.data.layouts import read_layout

    try:
        samples = read_layout(arguments.data, arguments.layout, "train").samples
    except DataLayoutError:
        return {}
    found: dict[str, list[Path]] = {}
    for sample in samples:
        if not sample.label:
            found.setdefault(sample.category, []).append(sample.image)
    return found


def _shots(text: str) -> tuple[int, ...]:
    words = [word.strip() for word in text.split(",")]
    if not all(word.isascii() and word.isdigit() and int(word) <= MOST_SHOTS for word in words):
        raise ArgumentTypeError(f"{text!r} is no list of whole numbers up to {MOST_SHOTS}, such as 0,1,4,16")
    return tuple(dict.fromkeys(int(word) for word in words))
