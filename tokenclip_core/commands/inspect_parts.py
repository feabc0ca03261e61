"""`inspect`: images, folders, videos and streams in, one row each out, as they are done."""

from __future__ import annotations

import shlex
import subprocess
import sys
import threading
import time
from argparse import Namespace
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tokenclip_core.commands.batches import BATCH_BYTES, encode_batch, inspect_batch, prepare, reason_of, score_batch
from tokenclip_core.commands.command import Command, ExitCode, UsageError, say
from tokenclip_core.commands.evidence_options import check_evidence_options, evidence_kind, with_evidence_of
from tokenclip_core.commands.inspect_options import EXAMPLES, REGIONS, add_arguments
from tokenclip_core.commands.options import (
    check_calibration,
    choose_bits,
    load_inspector,
    result_settings,
    take_recipe,
    tiling_of,
)
from tokenclip_core.commands.progress import Progress, duration
from tokenclip_core.errors import ImageError, SettingsError
from tokenclip_core.images.pages import count_frames
from tokenclip_core.judgement.score_words import score_words
from tokenclip_core.output.versions import versions
from tokenclip_core.printable import printable
from tokenclip_core.process.interruption import stop_on_interrupt

if TYPE_CHECKING:
    from tokenclip_core.commands.inputs import Limits, Picture, Source
    from tokenclip_core.commands.storing import PublishedRun, StoredRun
    from tokenclip_core.images.reading import RgbImage
    from tokenclip_core.inspection.encoded_part import EncodedPart
    from tokenclip_core.inspection.encoding import PreparedPart
    from tokenclip_core.inspection.inspector import Inspector
    from tokenclip_core.inspection.result import InspectionResult
    from tokenclip_core.inspection.tiled_part import TiledPart
    from tokenclip_core.judgement.calibration import Calibration
    from tokenclip_core.judgement.judgement import Judgement
    from tokenclip_core.output.results_file import ResultsWriter
    from tokenclip_core.output.rows import ResultRow
    from tokenclip_core.output.saving import Saved
    from tokenclip_core.output.store.identity import FileIdentity
    from tokenclip_core.output.store.result_event import PartLevels
    from tokenclip_core.recipes.recipe import Recipe


RECENT = 500
"""How many good parts of the run, the last ones, are compared with those of the calibration."""

STORED_RUN = "stored_run"
"""In run.json, the name of the run in the store."""

PUBLISHED_TO = "published_to"
"""In run.json, the outputs that every row of the run went to."""

POOL_FILES = "pool_files"
"""In run.json, the SHA-256 of the files that were looked at for the pools of consensus."""


@dataclass(frozen=True)
class _Loaded:
    """A picture that has been read: what the model takes, or the row that stands in for it.

    Attributes:
        picture: where it comes from.
        part: what the model takes.
        image: its pixels, where pictures of it are to be saved.
        row: instead of them.
        identity: what the store knows it by.
        nbytes: of its pixels.
    """

    picture: Picture
    part: RgbImage | PreparedPart | None = None
    image: RgbImage | None = None
    row: ResultRow | None = None
    identity: FileIdentity | None = None
    nbytes: int = 0


@dataclass(frozen=True)
class _Encoded:
    """A run of inputs, what the model says of those that it took, and the seconds that this took."""

    loaded: list[_Loaded]
    parts: list[EncodedPart | TiledPart | str]
    seconds: float


def _run(arguments: Namespace) -> int:
    from tokenclip_core.commands.inputs import find_sources, formats_found, shown_input
    from tokenclip_core.images.folders import LeftOut

    if arguments.out is None and (arguments.save or arguments.resume):
        sys.stderr.write("tokenclip inspect: --save and --resume need --out DIR\n")
        return ExitCode.WRONG_USAGE
    _check_cluster(arguments)
    take_recipe(arguments)
    check_evidence_options(arguments)
    tiling_of(arguments)  # refused before a model is loaded
    left_out, listing = LeftOut(), Progress(None, word="found")
    sources = find_sources(arguments.paths, leave_out=arguments.out, left_out=left_out, counted=listing.advance)
    listing.clear()
    if not sources:
        shown = ", ".join(map(shown_input, arguments.paths))
        nothing = f"there are no images in {shown}; name another folder or file"
        raise ImageError("; ".join([nothing, *left_out.words()]))
    if found := formats_found(sources):
        sys.stderr.write(f"{found}\n")
    for words in left_out.words():
        say(words)
    if arguments.resume and any(source.address for source in sources):
        sys.stderr.write("tokenclip inspect: a live stream can't be gone on with; leave --resume, name another --out\n")
        return ExitCode.WRONG_USAGE
    calibration = _calibration(arguments)
    recipe: Recipe | None = arguments.recipe_value
    made = calibration if recipe is None else recipe.calibration
    known = None if made is None else made.bits
    here = [source for source in sources if source.address is None and source.stored is None]
    choose_bits(arguments, [source.path for source in here], known)
    files = [source.path for source in here if not source.is_video]
    loaded = load_inspector(arguments)
    compared = loaded.evidence.scale is not None and not loaded.evidence.frozen
    is_asked = compared and evidence_kind(arguments) in ("fused", "consensus")
    with _some_of([source.stored for source in sources if is_asked and source.stored is not None]) as copies:
        inspector, looked_at = with_evidence_of(loaded, arguments, [*files, *copies], _pool_files(arguments))
    arguments.pool_files = looked_at
    judgement = _judgement(arguments, inspector, calibration)
    if judgement is None and set(REGIONS).intersection(arguments.save):
        raise UsageError("--save coco and labelme need regions; add --threshold, --calibration or --recipe")
    with ExitStack() as stack:
        writer, stored, published = _opened(stack, arguments, inspector, judgement)
        run = _Run(arguments, inspector, judgement, writer, sources, stored, published)
        stop = stack.enter_context(stop_on_interrupt())
        with closing(run.on_cluster() if arguments.ray is not None else run.here(stop)) as steps:
            for _ in steps:
                if stop.is_set():
                    break
        finished = not stop.is_set() or run.is_complete
        if finished:
            run.finish()
        if writer is not None:
            writer.close(finished=finished and not run.lacks_frames)
        if stored is not None and finished:
            stored.finish()
    run.say_what_was_done(finished=finished)
    if not finished:
        return ExitCode.FAILED
    return ExitCode.SOME_UNREADABLE if run.unreadable or run.lacking else ExitCode.DONE


class _Run:
    """One run of the command: reads and encodes ahead, and puts out the rows in the order of the inputs."""

    def __init__(
        self,
        arguments: Namespace,
        inspector: Inspector,
        judgement: Judgement | None,
        writer: ResultsWriter | None,
        sources: Sequence[Source],
        stored: StoredRun | None = None,
        published: PublishedRun | None = None,
    ) -> None:
        from tokenclip_core.output.saving import Saving

        self._arguments = arguments
        self._stored, self._published = stored, published
        self._inspector = inspector
        self._tiling = tiling_of(arguments)
        self._judgement = judgement
        self._threshold = None if judgement is None else judgement.threshold
        self._writer = writer
        self._saving = None if arguments.out is None else Saving(arguments.out, arguments.save)
        self._sources = sources
        # The number of frames that a video says it has is often wrong, so there is no total with a video.
        self._total = None if any(source.is_video or source.address for source in sources) else len(sources)
        self._progress = Progress(self._total)
        self._done = 0
        self._defects = 0
        self._silent = 0
        self._passed: deque[float] = deque(maxlen=RECENT)
        self._kept = 0
        self.unreadable = self.lacking = 0
        self.lacks_frames = False
        self._animations: list[str] = []

    @property
    def is_complete(self) -> bool:
        """Whether every input has its row."""
        return self._done == self._total

    def chunks(self, stop: threading.Event) -> Generator[_Encoded, None, None]:
        """Yield runs of inputs in order, up to a batch of images to judge among them; live frames one by one."""
        from tokenclip_core.commands.inputs import Limits
        from tokenclip_core.commands.live_pictures import live_pictures
        from tokenclip_core.process.ahead import in_advance

        limits = Limits(self._arguments.max_frames, self._arguments.max_seconds)
        for is_live, sources in groupby(self._sources, lambda source: source.address is not None):
            if not is_live:
                with closing(in_advance(self._encoded(list(sources), limits))) as encoded:
                    yield from encoded
                continue
            for source in sources:
                # Read or encoded ahead, the frames of a stream would be old when their turn comes.
                for picture in live_pictures(source, limits, stop.is_set):
                    yield self._encode([self._load(picture)])

    def _encoded(self, sources: Sequence[Source], limits: Limits) -> Generator[_Encoded, None, None]:
        """Runs of files and frames of videos, decoded in advance."""
        from tokenclip_core.commands.inputs import pictures_of
        from tokenclip_core.process.ahead import read_ahead

        size = self._arguments.batch_size
        chunk: list[_Loaded] = []
        images = 0
        for loaded in read_ahead(
            pictures_of(sources, limits, self._arguments.bits),
            self._load,
            ahead=2 * size,
            size=lambda loaded: loaded.nbytes,
        ):
            chunk.append(loaded)
            images += loaded.part is not None
            # Rows that need no model must not wait for ever for images that do.
            if images == size or len(chunk) == 16 * size:
                yield self._encode(chunk)
                chunk, images = [], 0
        if chunk:
            yield self._encode(chunk)

    def _encode(self, chunk: list[_Loaded]) -> _Encoded:
        start = time.perf_counter()
        parts = encode_batch(self._inspector, [one.part for one in chunk if one.part is not None], self._tiling)
        return _Encoded(chunk, parts, time.perf_counter() - start)

    def here(self, stop: threading.Event) -> Generator[None, None, None]:
        """Inspect all on this machine, a step for each run of inputs that has its rows."""
        with closing(self.chunks(stop)) as chunks:
            for chunk in chunks:
                self.judge(chunk)
                yield

    def on_cluster(self) -> Generator[None, None, None]:
        """Let a cluster inspect all, a step for each row."""
        from functools import partial

        from tokenclip_core.cluster.archive import Cluster, cores_of_a_worker, inspected_archive
        from tokenclip_core.cluster.worker import ArchiveTask
        from tokenclip_core.output.rows import ResultRow
        from tokenclip_core.output.store.events import settings_fingerprint
        from tokenclip_core.output.store.identity import FileIdentity
        from tokenclip_core.output.store.result_event import PartLevels

        arguments = self._arguments
        videos = [str(source.path) for source in self._sources if source.is_video or source.address is not None]
        if videos:
            raise SettingsError(f"a cluster inspects images, and {videos[0]} is none; inspect it without --ray")
        cluster = Cluster(arguments.ray, arguments.workers)
        task = ArchiveTask(
            make=partial(load_inspector, arguments, threads=cores_of_a_worker(cluster)),
            prepare=partial(prepare, tiling=self._tiling),
            inspect=partial(inspect_batch, tiling=self._tiling),
            reason_of=reason_of,
            judgement=self._judgement,
            bits=arguments.bits,
            checkpoint=self._checkpoint,
            batch_size=arguments.batch_size,
            batch_bytes=BATCH_BYTES,
            identified=self._stored is not None,
            settings=settings_fingerprint(result_settings(self._inspector, arguments)),
        )
        paths = [source.shown for source in self._sources]
        names = [subspace.name for subspace in self._inspector.subspaces.subspaces]
        evidence, goes_on = self._inspector.evidence, arguments.resume
        for one in inspected_archive(cluster, paths, task, evidence, arguments.out, goes_on=goes_on):
            row = ResultRow.from_json(one.row)
            self._silent += row.note is not None
            channels = None if one.channels is None else tuple(one.channels.items())
            levels = PartLevels(one.size_scores, channels).judged_by(self._judgement, names)
            self._take(row, FileIdentity(*one.identity), levels)
            yield

    def judge(self, chunk: _Encoded) -> None:
        """Score what was encoded of a chunk, and put out all its rows."""
        from tokenclip_core.output.store.result_event import PartLevels

        start = time.perf_counter()
        results = iter(score_batch(self._inspector, chunk.parts))
        seconds = chunk.seconds + time.perf_counter() - start
        milliseconds = 1000 * seconds / max(len(chunk.parts), 1)
        for loaded in chunk.loaded:
            row = loaded.row
            levels: PartLevels | None = None
            if loaded.part is not None:
                outcome = next(results)
                row = self._row(loaded, outcome, milliseconds)
                if self._stored is not None and not isinstance(outcome, str):
                    levels = PartLevels.of(outcome, self._judgement)
            self.lacks_frames |= not loaded.picture.is_whole
            if row is not None:
                if self._saving is not None and row.error is None:
                    self._saving.count(_saved(loaded.picture))
                self._take(row, loaded.identity, levels)

    def _take(self, row: ResultRow, identity: FileIdentity | None, levels: PartLevels | None) -> None:
        """A row is done: it goes everywhere where rows go."""
        if self._published is not None:
            # Before the row is in the file of rows: a row that a resumed run takes from there was sent.
            kept = self._writer is not None and row == self._writer.earlier.get(row.path)
            self._published.put(row, kept=kept)
        self._put_out(row)
        if self._stored is not None and identity is not None:
            self._stored.put(row, identity, levels)

    def finish(self) -> None:
        """Every input has its row: write the files that all parts share."""
        if self._saving is not None:
            self.lacking = self._saving.finish()

    def say_what_was_done(self, *, finished: bool) -> None:
        """Tell how the run went, in a line or two on stderr."""
        self._progress.clear()
        new = self._done - self._kept
        elapsed = self._progress.elapsed
        parts = [f"{self._done} inspected in {duration(elapsed)} ({new / max(elapsed, 1e-9):.1f}/s)"]
        parts += [f"{self._kept} kept from before"] if self._kept else []
        parts += [f"{self._defects} defective at {self._threshold:.4g}"] if self._threshold is not None else []
        parts += [f"{self.unreadable} could not be inspected"] if self.unreadable else []
        parts += [f"results in {self._arguments.out}"] if self._writer is not None else []
        parts += [f"stored in {self._stored.name}, run {self._stored.uid[:8]}"] if self._stored is not None else []
        if self.lacking:
            say(f"coco.json lacks {self.lacking} parts, whose files in coco are missing, damaged or too large")
        for animation in self._animations:
            say(animation)
        sys.stderr.write(", ".join(parts) + "\n")
        if self._silent:
            say(f"consensus is silent about {self._silent} of {new} parts, which have too few others alike")
        self._say_drift()
        if not finished and any(source.address for source in self._sources):
            sys.stderr.write("tokenclip: stopped; the rows up to here are whole\n")
        elif not finished:
            advice = "add --out DIR to be able to go on with a run"
            if self._writer is not None:
                from tokenclip_core.commands.inputs import shown_word

                words = [shown_word(word) for word in self._arguments.words if word != "--resume"]
                line = ["tokenclip", *words, "--resume"]
                advice = "go on with: " + (
                    subprocess.list2cmdline(line) if sys.platform == "win32" else shlex.join(line)
                )
            sys.stderr.write(f"tokenclip: stopped before the end; {advice}\n")

    def _say_drift(self) -> None:
        """Warn where the good parts of this run score otherwise than those of the calibration."""
        calibration: Calibration | None = self._arguments.calibration_value
        direction = "" if calibration is None else calibration.drift(self._passed)
        if direction:
            sys.stderr.write(
                f"tokenclip: the last {len(self._passed)} good parts score {direction} than those of the calibration; "
                "look for what has changed, and calibrate again\n"
            )

    def _load(self, picture: Picture) -> _Loaded:
        """Read a picture, in a reader's thread; what cannot be read becomes a row."""
        loaded = self._load_pixels(picture)
        if self._stored is None:
            return loaded
        from tokenclip_core.output.store.identity import FileIdentity

        # The file was read just now, so that this costs no second reading from the disk.
        return replace(loaded, identity=FileIdentity.of(picture.path, picture.file))

    def _load_pixels(self, picture: Picture) -> _Loaded:
        try:
            kept = self._kept_row(picture)
            frames = 1 if picture.file is None else count_frames(picture.file)
            if frames > 1:
                self._animations.append(f"{picture.path} has {frames} frames, of which the first is inspected")
            if kept is not None:
                return _Loaded(picture, row=kept)
            image = picture.load()
            part = prepare(self._inspector, image, self._tiling)
            return _Loaded(picture, part, image if self._arguments.save else None, nbytes=image.nbytes)
        except Exception as error:
            return _Loaded(picture, row=self._error_row(picture, reason_of(picture.path, error)))

    def _kept_row(self, picture: Picture) -> ResultRow | None:
        """Return the row of an earlier run if it still holds for this file."""
        from tokenclip_core.images.reading import read_size

        row = self._writer.earlier.get(picture.path) if self._writer is not None else None
        if row is None or row.error is not None:
            return None
        if picture.file is not None and read_size(picture.file) != (row.width, row.height):
            return None
        return row

    def _row(self, loaded: _Loaded, outcome: InspectionResult | str, milliseconds: float) -> ResultRow:
        from tokenclip_core.output.judged_rows import judged_row

        if isinstance(outcome, str):
            return self._error_row(loaded.picture, str(outcome))
        judgement = self._judgement
        regions, area = ((), None) if judgement is None else outcome.judged_regions(judgement)
        try:
            if loaded.image is not None and self._saving is not None:
                self._saving.save(_saved(loaded.picture), loaded.image, outcome, regions, area)
        except ImageError as error:
            return self._error_row(loaded.picture, str(error))
        row = judged_row(
            loaded.picture.path,
            outcome,
            self._inspector,
            judgement,
            regions,
            checkpoint=self._checkpoint,
            milliseconds=milliseconds,
            seconds=loaded.picture.seconds,
            captured=loaded.picture.captured,
        )
        self._silent += row.note is not None
        return row

    @property
    def _checkpoint(self) -> str | None:
        recipe: Recipe | None = self._arguments.recipe_value
        if recipe is not None:
            return recipe.checkpoint or None
        return str(self._arguments.checkpoint) if self._arguments.checkpoint is not None else None

    def _error_row(self, picture: Picture, reason: str) -> ResultRow:
        from tokenclip_core.output.rows import ResultRow

        return ResultRow(
            path=picture.path,
            threshold=self._threshold,
            model=self._inspector.model_name,
            checkpoint=self._checkpoint,
            error=reason,
            seconds=picture.seconds,
            captured=picture.captured,
        )

    def _put_out(self, row: ResultRow) -> None:
        if self._writer is not None:
            self._kept += row is self._writer.earlier.get(row.path)
            self._writer.write(row)
        self._done += 1
        self._defects += row.verdict == "defect"
        if row.verdict == "good" and row.score is not None:
            self._passed.append(row.score)
        self.unreadable += row.error is not None
        if self._arguments.json or self._writer is None or row.error is not None:
            self._progress.clear()
            self._print(row)
        self._progress.advance()

    def _print(self, row: ResultRow) -> None:
        if self._arguments.json:
            sys.stdout.write(row.to_json() + "\n")
            sys.stdout.flush()
        elif row.error is not None:
            say(row.error)
        elif row.score is not None:
            sys.stdout.write(f"{score_words(row.score, 4)}  {row.verdict or '':6}  {printable(row.path)}\n")
            sys.stdout.flush()


def _saved(picture: Picture) -> Saved:
    from tokenclip_core.commands.inputs import picture_file
    from tokenclip_core.output.saving import Saved

    return Saved(picture.path, picture_file(picture.name), picture.file)


@contextmanager
def _some_of(stored: Sequence[str]) -> Iterator[list[Path]]:
    """Copies of some files of an object store, to be compared with; they are gone afterwards."""
    if not stored:
        yield []
        return
    from tokenclip_core.cluster.object_stores import sampled
    from tokenclip_core.inspection.gathering import MOST_WALKED

    with TemporaryDirectory(prefix="tokenclip-pool-") as folder:
        yield sampled(stored, MOST_WALKED, Path(folder))


def _check_cluster(arguments: Namespace) -> None:
    if arguments.ray is None:
        if arguments.workers is not None:
            raise UsageError("--workers goes with --ray")
    elif arguments.out is None or arguments.save:
        raise UsageError("--ray needs --out DIR, and saves no pictures; leave --save out")


def _calibration(arguments: Namespace) -> Calibration | None:
    from tokenclip_core.judgement.calibration import Calibration

    return None if arguments.calibration is None else Calibration.read(arguments.calibration)


def _judgement(arguments: Namespace, inspector: Inspector, calibration: Calibration | None) -> Judgement | None:
    """How parts are judged; None where no threshold is given, so that there is no verdict."""
    from tokenclip_core.judgement.judgement import Judgement

    arguments.calibration_value = None
    if arguments.recipe_value is not None:
        recipe: Recipe = arguments.recipe_value
        if recipe.calibration is not None:
            check_calibration(recipe.calibration, inspector, arguments)
            arguments.calibration_value = recipe.calibration
        return recipe.judgement
    if calibration is None:
        return None if arguments.threshold is None else Judgement(arguments.threshold)
    check_calibration(calibration, inspector, arguments)
    arguments.calibration_value = calibration
    return calibration.judgement


def _pool_files(arguments: Namespace) -> list[str] | None:
    """What the run that is resumed looked at for its pools; None where there was no run."""
    if not arguments.resume:
        return None
    from tokenclip_core.output.results_file import RunRecord

    record = RunRecord.read(arguments.out)
    known = None if record is None else record.circumstances.get(POOL_FILES)
    return [str(one) for one in known] if isinstance(known, list) else None


def _run_uid(arguments: Namespace) -> str | None:
    """Names the run in the store and for other programs: a resumed run goes on under the name it had."""
    if arguments.store is None and not arguments.publish:
        return None
    from tokenclip_core.output.store.events import new_uid

    known = _kept_circumstances(arguments).get(STORED_RUN)
    return known if isinstance(known, str) else new_uid()


def _kept_circumstances(arguments: Namespace) -> Mapping[str, Any]:
    """What the run that is resumed noted of itself; nothing for a new one."""
    from tokenclip_core.output.results_file import RunRecord

    record = RunRecord.read(arguments.out) if arguments.resume and arguments.out is not None else None
    return {} if record is None else record.circumstances


def _open_store(
    arguments: Namespace, inspector: Inspector, judgement: Judgement | None, uid: str | None
) -> StoredRun | None:
    if uid is None or arguments.store is None:
        return None
    from tokenclip_core.commands.inputs import shown_input
    from tokenclip_core.commands.storing import StoredRun, stored_recipe
    from tokenclip_core.evidence.curve import SIZES
    from tokenclip_core.output.store.schema import WHOLE_PART

    begins = {
        "run_kind": "inspect",
        "title": ", ".join(map(shown_input, arguments.paths)),
        "model": inspector.model_name,
        "threshold": None if judgement is None else judgement.threshold,
        "settings": result_settings(inspector, arguments),
        "sizes": (*SIZES, WHOLE_PART),
        "recipe": None if arguments.recipe_value is None else stored_recipe(arguments.recipe_value),
        "subspaces": [subspace.name for subspace in inspector.subspaces.subspaces],
    }
    return StoredRun(arguments.store, uid, begins)


def _opened(
    stack: ExitStack, arguments: Namespace, inspector: Inspector, judgement: Judgement | None
) -> tuple[ResultsWriter | None, StoredRun | None, PublishedRun | None]:
    """Where rows go, each as far as it was asked for: files, the store, other programs; the stack closes them."""
    from tokenclip_core.commands.inputs import shown_input
    from tokenclip_core.commands.storing import PublishedRun

    uid = _run_uid(arguments)
    places = sorted(map(shown_input, arguments.publish))
    has_kept = arguments.resume and bool(places) and _kept_circumstances(arguments).get(PUBLISHED_TO) == places
    # Noted only where every step of the run went there: rows that another step kept or mended would be missing.
    whole = {PUBLISHED_TO: places} if places and (has_kept or not arguments.resume) else {}
    # A step that stores and sends nothing leaves the run its name.
    name = _kept_circumstances(arguments).get(STORED_RUN) if uid is None else uid
    writer = _open_results(arguments, inspector, judgement, {} if name is None else {STORED_RUN: name, **whole})
    if writer is not None:
        stack.enter_context(writer)
    stored = _open_store(arguments, inspector, judgement, uid)
    if stored is not None:
        stack.enter_context(stored)
    published = None
    if uid is not None and arguments.publish:
        published = stack.enter_context(PublishedRun(arguments.publish, uid, has_kept=has_kept))
    return writer, stored, published


def _open_results(
    arguments: Namespace, inspector: Inspector, judgement: Judgement | None, known_as: Mapping[str, Any]
) -> ResultsWriter | None:
    if arguments.out is None:
        return None
    from tokenclip_core.cluster.object_stores import is_stored
    from tokenclip_core.commands.inputs import shown_input
    from tokenclip_core.output.results_file import ResultsWriter, RunRecord

    limits = {} if judgement is None else dict(judgement.channel_limits)
    smallest = 1 if judgement is None else judgement.smallest_region
    settings = {
        **result_settings(inspector, arguments),
        "threshold": None if judgement is None else judgement.threshold,
        **({"channel_limits": limits} if limits else {}),
        **({"smallest_region": smallest} if smallest > 1 else {}),
        "calibration": None if arguments.calibration is None else str(arguments.calibration),
        "save": list(arguments.save),
    }
    circumstances = {
        "inputs": [shown_input(path) for path in arguments.paths],
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "device": inspector.device_name,
        "batch_size": arguments.batch_size,
        **known_as,
        POOL_FILES: arguments.pool_files,
        **versions(),
    }
    live = any(isinstance(path, str) and not is_stored(path) for path in arguments.paths)
    return ResultsWriter(arguments.out, RunRecord(settings, circumstances), resume=arguments.resume, resumable=not live)


COMMAND = Command(EXAMPLES, add_arguments, _run)
"""The command, for `cli`."""
