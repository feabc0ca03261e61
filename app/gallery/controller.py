"""Fills the gallery: strongest patches of each subspace, patches like the pinned one, rejects by signature."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from enum import Enum
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject

from app.editing.adjustments import Mix
from app.gallery.model import (
    GalleryMode,
    PartSummary,
    PatchPlace,
    RejectGroup,
    SearchAnswer,
    Signed,
    SubspaceTiles,
    Tile,
    reject_groups,
)
from app.gallery.panel import Chip
from app.gallery.work import MIXES_KEPT, GalleryWorker, peak_place
from app.parts.order import defects
from app.parts.state import Colour, PartResult, threshold_words
from app.shell.actions import Action, Actions, When
from app.shell.owners import Owners
from app.shell.views import Views
from app.widgets.panels import show_panel, toggle_panel
from app.work.jobs import Cancellation, Outcome
from app.work.order_of_work import later
from tokenclip_core.lru import LruCache

MOST_PARTS = 48
"""Tiles of a group of rejects at most; the list of parts can show all of them."""

_PORTION = 6
_REGROUP_MILLISECONDS = 250


_Lane = Enum("_Lane", "GATHER TILES SEARCH CLEAR")


class GalleryController(QObject):
    """Owns what the gallery shows, and the thread that cuts its crops."""

    def __init__(self, owners: Owners, views: Views, actions: Actions) -> None:
        super().__init__(views)
        session, work, store = owners.session, owners.work, owners.store
        models, shown = owners.models, owners.shown
        self._session, self._views, self._work = session, views, work
        self._store, self._models, self._shown = store, models, shown
        self._panel = views.gallery
        self._thread = work.new_thread("gallery")
        self._worker = GalleryWorker(store.images)
        self._mode = GalleryMode.SUBSPACES
        self._subspace: int | None = None
        self._gathered = SubspaceTiles((), 0)
        self._signed: dict[str, Signed] = {}
        self._signed_by_mix: LruCache[Mix, dict[str, Signed]] = LruCache(MIXES_KEPT)
        self._inspected: dict[str, int] = {}
        self._groups: list[RejectGroup] = []
        self._signature: tuple[int, ...] | None = None
        self._answer: SearchAnswer | None = None
        self._query: PatchPlace | None = None
        self._searching: int | None = None
        self._trouble = ""
        self._found: list[Tile] = []
        self._tiles_asked: set[int] = set()
        self._gather_request = 0
        self._wanted_pin: PatchPlace | None = None
        self.opened: Callable[[], object] = lambda: None
        self._regroup = later(self, self._take_groups, _REGROUP_MILLISECONDS)
        views.canvas.patch_pinned.connect(self._on_pinned)
        panel = self._panel
        panel.mode_chosen.connect(self._choose_mode)
        panel.chip_chosen.connect(self._choose_chip)
        panel.view.tile_chosen.connect(self.open_tile)
        panel.only_button.toggled.connect(self._filter_list)
        actions.declare(
            Action("search", self.tr("Find patches &like the pinned one"), self.search, keys=("E",), when=When.PARTS),
            Action(
                "gallery",
                self.tr("&Gallery"),
                self._toggle,
                keys=("Ctrl+G",),
                when=When.PARTS,
            ),
            Action(
                "close-gallery",
                self.tr("Close the gallery"),
                lambda: show_panel(panel, shown=False),
                icon="close",
                tip=self.tr("Close"),
            ),
        )
        self._show()

    @property
    def known(self) -> Collection[str]:
        """Paths of the parts that the gallery knows."""
        return self._inspected.keys()

    @property
    def parts_gathered(self) -> int:
        """How many parts the gallery was gathered from."""
        return self._gathered.parts

    def _toggle(self) -> None:
        toggle_panel(self._panel, self._panel.view)
        self.opened()

    def clear(self) -> None:
        """Empty the gallery, because other parts are open or another model is being loaded."""
        self._thread.cancel(_Lane.GATHER, _Lane.TILES)
        self._work.inference.cancel(_Lane.SEARCH)
        self._submit(lambda _cancellation: self._worker.clear(), lane=_Lane.CLEAR)
        self._gather_request = 0
        self._gathered = SubspaceTiles((), 0)
        self._signed_by_mix.clear()
        self._signed = self._signed_with(self._store.mix)
        self._inspected.clear()
        self._answer = self._query = self._searching = self._wanted_pin = None
        self._found, self._trouble = [], ""
        self._panel.show_only(False)
        self._filter_list(False)
        self._take_groups()
        self._show()

    def take_model(self) -> None:
        """Show the subspaces of another model."""
        self.take_mix()
        self._show()

    def regroup_soon(self) -> None:
        """Scores changed: group the rejects anew."""
        self._regroup.start()

    def take_adjustments(self) -> None:
        """Group the rejects again and name the subspaces anew, because the adjustments changed."""
        self._regroup.start()
        if self._mode is GalleryMode.SUBSPACES:
            self._show()

    def open_tile(self, tile: Tile) -> None:
        """Show a tile's part and pin its patch there."""
        number = self._inspected.get(tile.place.path)
        if number is None:
            return
        self._wanted_pin = tile.place
        if number == self._session.current:
            self.pin_wanted()
        else:
            self._shown.show(number)

    def search(self) -> None:
        """Look for patches like the pinned one."""
        show_panel(self._panel)
        self._panel.show_mode(GalleryMode.EXAMPLE)
        self._mode = GalleryMode.EXAMPLE
        part, result, patch = self._session.current_part, self._shown.result, self._views.canvas.pinned
        if part is not None and result is not None and patch is not None:
            self._query = PatchPlace(part.path, patch, result.grid)
            self._answer, self._found, self._trouble = None, [], ""
            self._tiles_asked.clear()
            tile = self._store.mix.tile
            work = partial(self._models.engine.search, self._query, frozenset(self._inspected), tile)
            self._searching = self._work.inference.submit(work, lane=_Lane.SEARCH, then=self._on_search)
        self._show()

    def _choose_mode(self, mode: GalleryMode) -> None:
        if mode is GalleryMode.EXAMPLE:
            self.search()
            return
        self._mode = mode
        self._panel.show_mode(mode)
        if mode is not GalleryMode.REJECTS:
            self._panel.show_only(False)
            self._filter_list(False)
        self._take_groups()
        self._show()

    def _choose_chip(self, index: int) -> None:
        if self._mode is GalleryMode.SUBSPACES:
            self._subspace = index
            self._show()
        elif index < len(self._groups):
            self._signature = self._groups[index].signature
            self._ask_for_group()
            self._filter_list(self._panel.only)
            self._show()

    def take_part(self, number: int, result: PartResult) -> None:
        """Take the patches of a part that was inspected."""
        from tokenclip_core.inspection.patches import dominant_subspaces

        path = self._session.parts[number].path
        self._inspected[path] = number
        signature = dominant_subspaces(result.peak_shares)
        self._signed[path] = Signed(number, result.score, signature, peak_place(path, result.token_map))
        work = partial(self._worker.add, self._store.mix, path, result)
        self._gather_request = self._submit(work, lane=_Lane.GATHER)
        self._regroup.start()

    def take_summaries(self, mix: Mix, summaries: Sequence[PartSummary]) -> None:
        """Take in what a run over the whole folder found."""
        if mix != self._store.mix:
            return
        for summary in summaries:
            self._inspected[summary.path] = summary.number
            self._signed[summary.path] = Signed(summary.number, summary.score, summary.signature, summary.peak)
        self._gather_request = self._submit(partial(self._worker.add_all, mix, tuple(summaries)), lane=_Lane.GATHER)
        if not self._regroup.isActive():
            self._regroup.start()

    def forget(self, path: str) -> None:
        """A file's content changed: forget the results and the crops of the old one."""
        self._inspected.pop(path, None)
        for signed in self._signed_by_mix.values():
            signed.pop(path, None)
        self._gather_request = self._submit(partial(self._worker.forget, self._store.mix, path), lane=_Lane.GATHER)
        self._found = [tile for tile in self._found if tile.place.path != path]
        self._regroup.start()

    def take_mix(self) -> None:
        """Show what is known under another mix."""
        mix = self._store.mix
        self._signed = self._signed_with(mix)
        self._gather_request = self._submit(lambda _cancellation: self._worker.show(mix), lane=_Lane.GATHER)
        self._regroup.start()

    def _signed_with(self, mix: Mix) -> dict[str, Signed]:
        """The parts that are known under a mix; after an undo, those of the mix before are found again."""
        return self._signed_by_mix.get_or_make(mix, dict)

    def _submit(self, work: Callable[[Cancellation], object], *, lane: _Lane) -> int:
        return self._thread.submit(work, lane=lane, keep_others=True, then=self._on_finished)

    def _on_finished(self, outcome: Outcome) -> None:
        if outcome.status == "failed":
            self._work.say(outcome)
        elif outcome.lane is _Lane.GATHER and isinstance(outcome.value, SubspaceTiles):
            if outcome.request == self._gather_request or outcome.value.parts > self._gathered.parts:
                self._gathered = outcome.value
                if self._mode is GalleryMode.SUBSPACES:
                    self._show()
        elif outcome.request in self._tiles_asked and isinstance(outcome.value, tuple):
            self._tiles_asked.discard(outcome.request)
            self._found += outcome.value
            self._show()

    def _on_search(self, outcome: Outcome) -> None:
        if outcome.request != self._searching or outcome.status == "cancelled":
            return
        self._searching = None
        if isinstance(outcome.value, SearchAnswer):
            self._answer = outcome.value
            self._ask_for_tiles(outcome.value.hits)
        else:
            self._trouble = outcome.error
            if not outcome.expected:
                self._work.say(outcome)
        self._show()

    def _ask_for_tiles(self, places: Sequence[tuple[PatchPlace, float]]) -> None:
        """In portions, so that the first ones are seen while the files of the others are still being read."""
        self._thread.cancel(_Lane.TILES)
        self._tiles_asked.clear()
        self._found = []
        for start in range(0, len(places), _PORTION):
            work = partial(self._worker.tiles, places[start : start + _PORTION])
            self._tiles_asked.add(self._submit(work, lane=_Lane.TILES))

    def _take_groups(self) -> None:
        """Group the rejects as they are now."""
        if self._mode is not GalleryMode.REJECTS:
            return
        before = self._group
        defective = defects(self._session.parts, self._session.judgement).tolist()
        self._groups = reject_groups(signed for signed in self._signed.values() if defective[signed.number])
        if self._group is None:
            self._signature = self._groups[0].signature if self._groups else None
        if self._group != before or not self._found:
            self._ask_for_group()
            self._filter_list(self._panel.only)
        self._show()

    @property
    def _group(self) -> RejectGroup | None:
        """The chosen group."""
        return next((group for group in self._groups if group.signature == self._signature), None)

    def _ask_for_group(self) -> None:
        group = self._group
        shown = () if group is None else group.parts[:MOST_PARTS]
        self._ask_for_tiles([(part.peak, part.score) for part in shown])

    def _filter_list(self, only: bool) -> None:
        group = self._group if only and self._mode is GalleryMode.REJECTS else None
        self._views.parts.show_only(None if group is None else frozenset(part.number for part in group.parts))

    def _on_pinned(self, patch: tuple[int, int] | None) -> None:
        wanted = self._wanted_pin
        if wanted is not None and patch != wanted.patch:
            self._wanted_pin = None

    def pin_wanted(self) -> None:
        """Pin the patch of a chosen tile as soon as its part is there."""
        wanted, part = self._wanted_pin, self._session.current_part
        if wanted is None or part is None or part.path != wanted.path:
            return
        result = self._shown.result
        if result is not None and self._shown.picture is not None:
            self._wanted_pin = None
            self._views.canvas.reveal(wanted.within(result.grid))

    def _show(self) -> None:
        if self._mode is GalleryMode.SUBSPACES:
            self._show_subspaces()
        elif self._mode is GalleryMode.EXAMPLE:
            self._show_example()
        else:
            self._show_rejects()

    @property
    def _subspaces(self) -> list[tuple[str, Colour]]:
        """Names, as they are called here, and colours."""
        model, called = self._models.facts, self._session.adjustments.called
        return [] if model is None else [(called(name), colour) for name, colour in model.subspaces]

    def _show_subspaces(self) -> None:
        subspaces = self._subspaces
        rows, parts = self._gathered.rows, self._gathered.parts
        if rows and (self._subspace is None or self._subspace >= len(rows)):
            # To begin with, the one that has most to show.
            self._subspace = max(range(len(rows)), key=lambda k: rows[k][0].value if rows[k] else 0.0)
        chosen = self._subspace or 0
        self._panel.show_chips([Chip(name, (colour,)) for name, colour in subspaces], chosen if subspaces else -1)
        tiles = rows[chosen] if chosen < len(rows) else ()
        count = self.tr("{count} strongest · inspected parts: {parts}").format(count=len(tiles), parts=f"{parts:,}")
        empty = (
            self.tr("No patch of the inspected parts chose this subspace.")
            if parts
            else self.tr("Patches appear here as parts are inspected.")
        )
        self._panel.show_tiles(tiles, count=count if tiles else "", empty=empty)

    def _show_example(self) -> None:
        answer, query = self._answer, self._query
        if query is None:
            empty = self.tr("Click a patch on the part to pin it, then press E to find patches like it.")
        elif self._trouble:
            empty = self._trouble
        elif answer is None:
            empty = self.tr("Searching…")
        elif answer.hits:
            empty = self.tr("Cutting out the patches…")
        else:
            empty = self.tr("There is nothing to compare with yet; patches of other inspected parts are searched.")
        words = ""
        if answer is not None and query is not None:
            words = searched_words(answer, query)
        self._panel.show_tiles(self._found, words=words, empty=empty, decimals=3)

    def _show_rejects(self) -> None:
        subspaces = self._subspaces
        chips = []
        for group in self._groups:
            known = [subspaces[k] for k in group.signature if k < len(subspaces)]
            name = " + ".join(name for name, _ in known) or self.tr("no subspace")
            chips.append(Chip(f"{name}  {len(group.parts):,}", tuple(colour for _, colour in known)))
        signatures = [group.signature for group in self._groups]
        current = signatures.index(self._signature) if self._signature in signatures else -1
        self._panel.show_chips(chips, current)
        total = sum(len(group.parts) for group in self._groups)
        threshold = threshold_words(self._session.threshold)
        count = self.tr("Rejects at {threshold}: {count}").format(count=f"{total:,}", threshold=threshold)
        empty = (
            self.tr("No inspected part reaches the threshold {threshold}.").format(threshold=threshold)
            if not total
            else self.tr("Cutting out the patches…")
        )
        self._panel.show_tiles(self._found if total else (), count=count, empty=empty)


def searched_words(answer: SearchAnswer, query: PatchPlace) -> str:
    """What a search compared, in words."""
    row, column = query.patch
    name = query.path.replace("\\", "/").rsplit("/", 1)[-1]
    text = QCoreApplication.translate(
        "SearchAnswer", "Like patch {row}, {column} of {name}, by cosine · whole parts searched: {whole}"
    ).format(row=row, column=column, name=name, whole=f"{answer.whole:,}")
    if answer.kept:
        text += QCoreApplication.translate(
            "SearchAnswer", " · parts searched by their {patches} most anomalous patches: {kept}"
        ).format(kept=f"{answer.kept:,}", patches=answer.kept_patches)
    return text
