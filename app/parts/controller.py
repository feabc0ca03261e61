"""Opening images and folders, filling the list, making thumbnails, moving between parts."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from app.parts.folder import PORTION, FolderChanges, found_images
from app.parts.folder_watch import FolderWatch
from app.parts.images import thumbnail
from app.parts.labels import folder_counts
from app.parts.state import Part, SortBy, Verdict
from app.process.garbage import MANY, spare_collections
from app.shell.actions import Action, Actions, When
from app.shell.owners import Owners
from app.shell.stage import Stage
from app.shell.views import Views
from app.widgets.qimage import rgb_image
from app.work.jobs import Cancellation, Outcome
from tokenclip_core.files import is_there
from tokenclip_core.images.depth import Depth, choose_depth
from tokenclip_core.images.folders import LeftOut

THUMBNAIL_PIXELS = 160
MOST_THUMBNAILS_WAITING = 48
MOST_FOLDERS_LISTED = 500
"""Number of folders up to which a list of them is offered."""

_LOOK_UP_SECONDS = 0.1


_Lane = Enum("_Lane", "SCAN AGAIN")


@dataclass(frozen=True)
class ThumbnailLane:
    """Of one part's thumbnail."""

    path: str


@dataclass
class Scanned:
    """What the search for parts found beside them.

    Attributes:
        left_out: what is no part.
        depth: how 16-bit pictures are read; None while there are no parts.
        settled: whether that was known before.
    """

    left_out: LeftOut
    depth: Depth | None
    settled: bool


class LibraryController(QObject):
    """Owns the list of parts."""

    _portion_found = Signal(int, object, object)

    def __init__(self, owners: Owners, views: Views, actions: Actions, stage: Stage) -> None:
        super().__init__(views)
        session, work, store, shown = owners.session, owners.work, owners.store, owners.shown
        self._session, self._views, self._panel, self._store, self._shown = session, views, views.parts, store, shown
        self._stage = stage
        views.sheet.show_results_of(store.result)
        views.sheet.view.activated.connect(lambda _index: actions.run("contact-sheet"))
        self._files = work.new_thread("files")
        self._thumbnails = work.new_thread("thumbnails")
        self._watch = FolderWatch(self._files, self._paths, self._failed, self._take_changes, self)
        self._places: tuple[Path, ...] = ()
        self._wanted = ""
        self._scan = 0
        self._generation = 0
        self._spared = 0
        self._thumbnail_queue: deque[str] = deque()
        self._thumbnails_asked = 0
        self._taken = threading.Semaphore()
        self._bits: int | None = None
        self._portion_found.connect(self._add_portion, Qt.ConnectionType.QueuedConnection)
        panel = views.parts
        panel.part_chosen.connect(shown.show)
        panel.model.thumbnail_wanted.connect(self._want_thumbnail)
        for canvas in (views.canvas, *(pane.canvas for pane in views.compare.panes)):
            canvas.step_requested.connect(self.step)
        actions.declare(
            Action("next-part", self.tr("&Next part"), lambda: self.step(1), keys=("Down",)),
            Action("previous-part", self.tr("&Previous part"), lambda: self.step(-1), keys=("Up",)),
            Action("next-defect", self.tr("Next &defect"), lambda: self.step_to_defect(1), keys=("N",)),
            Action("previous-defect", self.tr("Previous d&efect"), lambda: self.step_to_defect(-1), keys=("P",)),
            Action(
                "contact-sheet",
                self.tr("Contact &sheet"),
                self._toggle_sheet,
                keys=("S",),
                tip=self.tr("All parts of the list as pictures with their heatmaps; Enter shows one of them"),
            ),
            Action(
                "worst-first",
                self.tr("&Worst parts first"),
                self.show_worst,
                keys=("W",),
                short=self.tr("Worst first"),
                tip=self.tr("Order the list by score, and go to the part with the highest"),
            ),
            Action("filter", self.tr("&Filter the list"), panel.focus_filter, keys=("Ctrl+F",)),
            Action("inspect-again", self.tr("&Inspect again"), shown.inspect_again, keys=("F5",)),
            when=When.PARTS,
        )

    def take_bits(self, bits: int | None) -> None:
        """Use so many bits of 16-bit pictures, None for as many as a folder's need; the open parts are read anew."""
        self._bits = bits
        if self._places:
            self.open(self._places)

    def open(self, paths: Sequence[Path], *, by_itself: bool = False) -> None:
        """Replace the list by the images in files and folders; see `_open` for what nobody asked for now."""
        self._open(list(paths), None, by_itself=by_itself)

    def _open(self, paths: list[Path], known: Depth | None, *, by_itself: bool = False) -> None:
        """Open.

        Args:
            paths: files and folders.
            known: how the pictures are read, if that was found already.
            by_itself: nobody asked for it now: who looks at the cameras stays there.
        """
        self._watch.stop()
        self._wanted = ""
        self._places = tuple(paths)
        self._generation += 1
        generation = self._generation
        place = self._store.place = ", ".join(str(path) for path in paths)
        self._session.parts, self._spared = [], 0
        self._session.current = None
        self._panel.model.set_parts(self._session.parts)
        self._panel.show_part(None)
        self._panel.set_total(0)
        self._panel.set_folders({})
        self._views.empty.show_searching(place)
        self._shown.show_nothing()
        self._store.begin_folder(paths, by_itself=by_itself)
        bits = self._bits

        def scan(cancellation: Cancellation) -> Scanned:
            found = Scanned(LeftOut(), known, settled=known is not None)
            names: list[str] = []
            for portion in found_images(paths, lambda: cancellation.requested, found.left_out):
                names += portion
                # Before anything is read: of a small folder, this is the last word.
                found.depth = found.depth or choose_depth([Path(name) for name in names], bits)
                while not self._taken.acquire(timeout=_LOOK_UP_SECONDS):
                    cancellation.check()
                self._portion_found.emit(generation, portion, found.depth)
            if not found.settled and len(names) > PORTION:
                found.depth = choose_depth([Path(name) for name in names], bits)
            return found

        self._store.is_listing = True
        self._scan = self._files.submit(scan, lane=_Lane.SCAN, then=self._on_scanned)

    def open_again(self, paths: Sequence[Path], shown: str) -> None:
        """Open what is still there of what was open before, and show the part that was shown when it is found."""

        def look(_cancellation: Cancellation) -> list[Path]:
            return [path for path in paths if is_there(path)]

        self._files.submit(look, lane=_Lane.AGAIN, then=partial(self._on_looked, shown))

    def _on_looked(self, shown: str, outcome: Outcome) -> None:
        if not isinstance(outcome.value, list) or self._session.parts or self._store.is_listing:
            return
        if outcome.value and not self._stage.live:
            self.open(outcome.value, by_itself=self._stage.apart)
            self._wanted = shown
        else:
            self._views.empty.show_welcome()

    def forget(self, path: str) -> None:
        """Forget a part's thumbnail, because its file changed."""
        self._panel.model.forget_thumbnail(path)

    def step(self, by: int) -> None:
        """Go so many rows below in the list's order, or above; several end with the last one."""
        target = self._panel.neighbour(self._session.current, by)
        if target is None and abs(by) > 1:
            target = self._panel.neighbour(None, -1 if by > 0 else 1)
        if target is not None:
            self._shown.show(target)

    def _toggle_sheet(self) -> None:
        shown = not self._stage.sheet
        self._stage.show_sheet(shown)
        (self._views.sheet.view if shown else self._views.canvas).setFocus()

    def show_worst(self) -> None:
        """Order the list by score, and show the part with the highest."""
        self._panel.set_sort(SortBy.SCORE)
        worst = self._panel.neighbour(None, 1)
        if worst is not None:
            self._shown.show(worst)

    def step_to_defect(self, by: int) -> None:
        """Go to the next (1) or previous (-1) part that is judged a defect."""
        parts, judgement = self._session.parts, self._session.judgement
        unknown = False
        for number in self._panel.beyond(self._session.current, by):
            part = parts[number]
            # Of 100,000 parts most are not inspected: they are passed over without asking for their verdict.
            if part.score is None:
                unknown = unknown or part.error is None
            elif part.verdict(judgement) is Verdict.DEFECT:
                self._shown.show(number)
                return
        if unknown:
            self._views.status.show_activity(
                self.tr("No further defect among the inspected parts; some are not inspected yet")
            )
        else:
            self._views.status.show_activity(self.tr("No further defect in this direction"))

    def stop(self) -> None:
        """The program ends: watch no folder any more."""
        self._watch.stop()

    def _paths(self) -> list[str]:
        return [part.path for part in self._session.parts]

    def wait_for(self, number: int) -> None:
        """A part that can't be read may still be written: look whether its file changes."""
        if self._session.parts[number].error is not None:
            self._watch.look_soon()

    def _failed(self) -> list[str]:
        return [part.path for part in self._session.parts if part.error is not None]

    def _take_changes(self, changes: FolderChanges) -> None:
        """Change the rows of files that came, went or were renamed; results of files that are gone are kept."""
        gone = 0
        for number, part in enumerate(self._session.parts):
            if part.gone is (part.path in changes.gone):
                continue
            part.gone = not part.gone
            gone += part.gone
            self._panel.model.part_changed(number)
            if part.gone and part.score is None:
                self._shown.fail_part(number, self.tr("The file was removed or renamed."))
            elif not part.gone and part.error is not None:
                self._shown.look_again(number)
        for number in [number for number, part in enumerate(self._session.parts) if part.path in changes.again]:
            self._shown.look_again(number)
        if changes.new and not self._session.parts:
            # Of an empty folder nothing said how its pictures are read.
            self._open(list(self._places), None, by_itself=True)
            return
        if changes.new:
            self._append(changes.new)
            self._panel.set_folders(folder_counts(self._paths(), MOST_FOLDERS_LISTED))
        if changes.new or gone:
            text = self.tr("{new} new files in the folder, {gone} removed or renamed")
            self._views.status.show_activity(text.format(new=f"{len(changes.new):,}", gone=f"{gone:,}"))

    @Slot(int, object, object)
    def _add_portion(self, generation: int, portion: list[str], depth: Depth) -> None:
        # The next portion may come when everything else that waits for this thread has had its turn.
        QTimer.singleShot(0, self, self._taken.release)
        if generation == self._generation:
            if not self._session.parts:
                self._take_depth(depth)
            self._append(portion)

    def _append(self, portion: Sequence[str]) -> None:
        first = len(self._session.parts)
        self._session.parts.extend(Part(path) for path in portion)
        self._panel.set_total(len(self._session.parts))
        self._panel.model.parts_added(first)
        self._spare_parts()
        if first == 0:
            start = self._panel.neighbour(None, 1)
            # A folder that is opened is seen; by now, a person may have gone to the cameras.
            self._shown.show(0 if start is None else start, by_itself=self._stage.apart)
        self._show_wanted(portion, first)
        self._store.grown.emit()

    def _show_wanted(self, portion: Sequence[str], first: int) -> None:
        if self._wanted in portion:
            self._shown.show(first + list(portion).index(self._wanted), by_itself=self._stage.apart)
            self._wanted = ""

    def _spare_parts(self) -> None:
        count = len(self._session.parts)
        if count - self._spared >= MANY:
            self._spared = count
            spare_collections()

    def _on_scanned(self, outcome: Outcome) -> None:
        if outcome.request != self._scan:
            return
        self._store.is_listing = False
        self._store.grown.emit()
        if outcome.status == "failed":
            self._views.status.show_activity(outcome.error)
        if isinstance(outcome.value, Scanned):
            self._say_what_is_left_out(outcome.value.left_out)
            depth = outcome.value.depth
            if depth is not None and depth.bits != self._store.images.bits:
                # Pictures further on need more bits than the first ones.
                self._open(list(self._places), depth, by_itself=True)
                return
        if outcome.status != "cancelled" and not self._session.parts:
            self._views.empty.show_nothing_found(self._store.place)
        if outcome.status != "cancelled":
            self._watch.watch(self._places)
            self._panel.set_folders(folder_counts(self._paths(), MOST_FOLDERS_LISTED))

    def _take_depth(self, depth: Depth) -> None:
        self._store.read_as(depth.bits)
        words = ""
        if depth.bits is not None and depth.needed is not None:
            text = self.tr("16-bit pictures read as {bits} bits")
            if depth.needed < depth.bits:
                text = self.tr("16-bit pictures read as {bits} bits; they use {needed}")
            words = text.format(bits=depth.bits, needed=depth.needed)
        self._views.status.show_depth(words)

    def _say_what_is_left_out(self, left_out: LeftOut) -> None:
        masks, unread = sum(left_out.masks.values()), sum(left_out.unread.values())
        if masks or unread:
            text = self.tr("Left out of the list: {masks} masks, {unread} pictures of formats that are not read")
            self._views.status.show_activity(text.format(masks=masks, unread=unread))

    def _want_thumbnail(self, path: str) -> None:
        # The rows painted last come first; what was scrolled past long ago is dropped.
        self._thumbnails_asked += 1
        self._thumbnails.submit(
            partial(_make_thumbnail, path, self._store.images.bits),
            lane=ThumbnailLane(path),
            priority=-self._thumbnails_asked,
            then=partial(self._on_thumbnail, path),
        )
        self._thumbnail_queue.append(path)
        while len(self._thumbnail_queue) > MOST_THUMBNAILS_WAITING:
            self._thumbnails.cancel(ThumbnailLane(self._thumbnail_queue.popleft()))

    def _on_thumbnail(self, path: str, outcome: Outcome) -> None:
        if path in self._thumbnail_queue:
            self._thumbnail_queue.remove(path)
        if isinstance(outcome.value, np.ndarray):
            self._panel.model.set_thumbnail(path, rgb_image(outcome.value))
            self._panel.view.viewport().update()
        elif outcome.status == "cancelled":
            self._panel.model.thumbnail_missed(path)


def _make_thumbnail(path: str, bits: int | None, cancellation: Cancellation) -> object:
    cancellation.check()
    return thumbnail(Path(path), THUMBNAIL_PIXELS, bits)
