"""Gathers the folder's pool, keeps the shelf of good parts, and says which evidence decided."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from enum import Enum
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject

from app.editing.adjustments import Compared
from app.evidence.names import channel_name
from app.evidence.shelf import ShelfDialog
from app.evidence.work import (
    MOST_GOOD,
    Nearest,
    PoolReport,
    PoolRun,
    ShelfReport,
    compare_places,
    forget_pool,
    nearest_elsewhere,
    put_on_shelf,
)
from app.gallery.model import PatchPlace
from app.parts.state import EvidenceFacts
from app.shell.actions import Action, Actions, When
from app.shell.owners import Owners
from app.shell.views import Views
from app.widgets.action_button import ActionButton
from app.widgets.qimage import argb_image
from app.work.jobs import Outcome
from app.work.order_of_work import AHEAD, BESIDE, later
from tokenclip_core.evidence.channels import EVIDENCE_KINDS
from tokenclip_core.evidence.consensus import FEWEST_ALIKE
from tokenclip_core.evidence.places import DEFAULT_REACH

_AGAIN_MILLISECONDS = 400


_Lane = Enum("_Lane", "POOL FORGET SHELF LISTED NEAREST PLACES")


class EvidenceController(QObject):
    """Owns what parts are compared with.

    A pool is gathered behind everything else that a person asks for. Until it is complete, verdicts are provisional and
    kept in no history; then all parts are judged by it, and it stays as it is until another folder or model comes, or
    one of its files changes.

    Attributes:
        pool: the state of the folder's pool.
        shelf: the good parts that are compared with.
        dialog: the window of the shelf, once it was opened.
    """

    def __init__(self, owners: Owners, views: Views, actions: Actions) -> None:
        super().__init__(views)
        self._session, self._work, self._store = owners.session, owners.work, owners.store
        self._models, self._shown, self._judging = owners.models, owners.shown, owners.judging
        self._views, self._actions = views, actions
        self._numbers = itertools.count(1)
        self._run: PoolRun | None = None
        self.pool = PoolReport(0)
        self.shelf = ShelfReport()
        self._wanted: tuple[str, ...] = ()
        self._listed = 0
        # What a person said, and what holds: under a recipe, what that says.
        self._own_reach: float | None = None
        self._reach: float | None = None
        self._shelving: int | None = None
        self.dialog: ShelfDialog | None = None
        self._again = later(self, self._begin, _AGAIN_MILLISECONDS)
        self._declare()
        follows = (
            (owners.models.loading, self._on_loading),
            (owners.models.ready, self._on_model),
            (owners.store.opened, self._on_opened),
            (owners.store.grown, self._again.start),
            (owners.store.forgotten, self._on_forgotten),
            (owners.judging.adjusted, self._on_adjusted),
            (owners.shown.result_ready, self._show),
            (owners.shown.changed, self._on_part),
            (views.canvas.patch_pinned, self._on_pinned),
        )
        for signal, does in follows:
            signal.connect(does)

    @property
    def kind(self) -> str:
        """Which kind of evidence decides now."""
        return self._session.adjustments.evidence or self._facts.kind or "text"

    @property
    def _facts(self) -> EvidenceFacts:
        return EvidenceFacts() if self._models.facts is None else self._models.facts.evidence

    @property
    def has_good_parts(self) -> bool:
        """Whether there are good parts on the shelf, or on their way to it."""
        return bool(self._wanted)

    def put_on_shelf(self, paths: Sequence[str]) -> None:
        """Compare with these good parts and no others."""
        wanted = tuple(dict.fromkeys(paths))
        self._wanted = wanted[:MOST_GOOD]
        if len(wanted) > MOST_GOOD:
            words = self.tr("There is room for {most} good parts; {count} were left out: take others off first")
            self._views.message.say(words.format(most=MOST_GOOD, count=len(wanted) - MOST_GOOD))
        elif wanted and self._models.facts is not None and not self._facts.kind:
            self._views.message.say(self.tr("This model compares no parts; good parts count with another one"))
        if self._facts.kind:
            number = next(self._numbers)
            if self._shelving is not None:
                self._shelving = number
            engine, images = self._models.engine, self._store.images
            work = partial(put_on_shelf, engine, images, self._wanted, number)
            self._work.inference.submit(work, lane=_Lane.SHELF, priority=BESIDE, then=partial(self._on_shelf, number))
        if self.dialog is not None:
            self.dialog.show_parts(self._wanted, self.tr("Looking at them…"))

    def _declare(self) -> None:
        words = {
            "text": (self.tr("&Text"), self.tr("Text"), self.tr("The words alone decide")),
            "self": (self.tr("&Self"), self.tr("Self"), self.tr("What is unlike the rest of its own part")),
            "consensus": (self.tr("&Consensus"), self.tr("Consensus"), self.tr("What other parts of the folder lack")),
            "reference": (self.tr("&Reference"), self.tr("Reference"), self.tr("What the good parts lack")),
            "fused": (self.tr("&Fused"), self.tr("Fused"), self.tr("All evidence together")),
        }
        for number, kind in enumerate(EVIDENCE_KINDS, start=1):
            text, short, tip = words[kind]
            self._actions.declare(
                Action(
                    f"evidence-{kind}",
                    text,
                    partial(self._choose, kind),
                    keys=(f"Alt+{number}",),
                    short=short,
                    tip=tip,
                    when=When.PARTS,
                    checkable=True,
                )
            )
        self._actions.declare(
            Action(
                "good-parts", self.tr("&Good parts…"), self._open_shelf, short=self.tr("Good parts…"), when=When.PARTS
            ),
            Action(
                "mark-good", self.tr("Mark as &good part"), self._mark_good, keys=("Ctrl+Shift+G",), when=When.PARTS
            ),
            Action(
                "same-place",
                self.tr("Parts lie in the same &place"),
                self._toggle_places,
                short=self.tr("Parts lie in the same place"),
                tip=self.tr(
                    "Compare with other parts near the same place only, so that a good structure in a wrong place is "
                    "found; for parts in a fixture"
                ),
                when=When.PARTS,
                checkable=True,
            ),
        )

    def _toggle_places(self) -> None:
        """Compare place by place from now on, or no longer; what was compared otherwise is out of date."""
        self._own_reach = self._reach = DEFAULT_REACH if self._reach is None else None
        self._compare_places()
        self._stop()
        self.shelf = ShelfReport()
        self._leave_pool()
        if self._wanted:
            # Until the good parts are there again, nothing is judged for good.
            self._shelving = 0
            self.put_on_shelf(self._wanted)
        self._await_pool()

    def _compare_places(self) -> None:
        work = partial(compare_places, self._models.engine, self._reach)
        self._work.inference.submit(work, lane=_Lane.PLACES, priority=-1)
        self._show()

    def _choose(self, kind: str) -> None:
        self._judging.set_evidence("" if kind == self._facts.kind else kind)
        # Choosing the same one again unchecks it otherwise.
        self._show()

    def _mark_good(self) -> None:
        part = self._session.current_part
        if part is not None and part.path not in self._wanted:
            self.put_on_shelf((*self._wanted, part.path))
        if part is not None and part.path in self._wanted:
            self._views.status.show_activity(self.tr("{name} is a good part now").format(name=part.name))

    def _open_shelf(self) -> None:
        if self.dialog is None:
            places = ActionButton(self._actions["same-place"], words=True)
            # Framed, so that it is seen to be a switch.
            places.setObjectName("review")
            self.dialog = ShelfDialog(self._views.canvas.window(), self.give, self.take_off, places)
        self._show_shelf()
        self.dialog.show()

    def give(self, paths: Sequence[Path]) -> None:
        """Put the images of files and folders on the shelf; they are listed away from the window's thread."""
        from tokenclip_core.images.folders import find_images

        def listed(_cancellation: object) -> list[str]:
            found = itertools.islice(find_images(paths), MOST_GOOD)
            return [str(path) for path in found]

        self._work.display.submit(listed, lane=_Lane.LISTED, keep_others=True, then=self._on_listed)

    def _on_listed(self, outcome: Outcome) -> None:
        if not self._work.say(outcome) and isinstance(outcome.value, list):
            self.put_on_shelf((*self._wanted, *outcome.value))

    def take_off(self, paths: Sequence[str]) -> None:
        """Take these good parts off the shelf."""
        self.put_on_shelf([path for path in self._wanted if path not in paths])

    def _on_loading(self) -> None:
        """Drop pool and shelf, whose tokens are another model's."""
        self._stop()
        self.shelf, self._shelving = ShelfReport(), None
        self._tell_provisional()
        self._show()

    def _on_model(self) -> None:
        facts = self._facts
        self._reach = facts.reach if facts.of_recipe else self._own_reach
        if self._reach != facts.reach:
            self._compare_places()
        self._views.evidence.setVisible(bool(facts.kind))
        if facts.good:
            # The recipe has its own; they are tokens, and no files any more.
            self._wanted = ()
        elif self._wanted:
            self.put_on_shelf(self._wanted)
        self._begin()

    def _on_opened(self) -> None:
        self._begin_anew()

    def _begin_anew(self) -> None:
        """Leave the pool, and gather one soon."""
        # A run may have published its pool already, of which this thread has not heard.
        had_pool = self.pool.pooled > 0 or self._run is not None
        self._stop()
        if had_pool:
            self._leave_pool()
        self._await_pool()

    def _on_forgotten(self, path: str) -> None:
        """Gather the pool or the shelf again, because one of its files changed."""
        if self._run is not None or path in self._models.engine.comparison.paths:
            self._begin_anew()
        if path in self._wanted:
            self.put_on_shelf(self._wanted)

    def _on_adjusted(self) -> None:
        self._begin()
        self._show()

    @property
    def _asks_for_pool(self) -> bool:
        """Whether the folder's parts are to be compared with each other, if there are enough."""
        facts = self._facts
        return bool(facts.kind) and not facts.pooled and self.kind in ("fused", "consensus")

    def _await_pool(self) -> None:
        """Gather a pool soon; what is inspected until then is provisional, and held back."""
        self._again.start()
        self._tell_provisional()

    def _tell_provisional(self) -> None:
        """Say whether verdicts may still change on their own."""
        # Until the folder is listed nobody knows whether there will be a pool.
        undecided = self._store.is_listing or self._again.isActive()
        awaited = self._asks_for_pool and not self._knows_pool and undecided
        self._session.provisional = self._run is not None or self._shelving is not None or awaited

    @property
    def _knows_pool(self) -> bool:
        """Whether there is a pool, or none with these parts."""
        return self.pool.is_complete and (self.pool.pooled > 0 or self._listed == len(self._session.parts))

    def _begin(self) -> None:
        """Gather the pool, if there is something to gather and somebody asks for it."""
        parts, asked = self._session.parts, self._asks_for_pool
        enough = not self._store.is_listing and len(parts) > FEWEST_ALIKE
        known = self._run is not None or self._knows_pool
        self._tell_provisional()
        if not asked or not enough or known or self._models.is_loading:
            return
        self._listed = len(parts)
        self._again.stop()
        thread = self._work.inference.thread_of_jobs
        waits = partial(thread.has_waiting, AHEAD)
        self._run = PoolRun(self._models.engine, [part.path for part in parts], next(self._numbers), waits)
        self.pool = PoolReport(0)
        self._tell_provisional()
        self._go_on()

    def _go_on(self) -> None:
        if self._run is not None:
            self._work.inference.submit(
                self._run.work, lane=_Lane.POOL, priority=AHEAD, then=partial(self._on_slice, self._run)
            )
        self._show()

    def _on_slice(self, run: PoolRun, outcome: Outcome) -> None:
        if run is not self._run:
            return
        if not isinstance(outcome.value, PoolReport):
            self._run = None
            self._tell_provisional()
            self._work.say(outcome)
            self._show()
            return
        self.pool = outcome.value
        if not self.pool.is_complete:
            self._go_on()
            return
        self._run = None
        self._tell_provisional()
        # Without a pool nothing changes, and what was inspected meanwhile is final.
        if self.pool.pooled:
            self._store.compare_with(Compared(run.number, self.pool.fingerprint, self.shelf.fingerprint))
        self._show()

    def _stop(self) -> None:
        if self._run is not None:
            self._run.stop()
            self._run = None
        self._again.stop()
        self._work.inference.cancel(_Lane.POOL, _Lane.NEAREST)
        self.pool, self._listed = PoolReport(0), 0
        self._views.patch.nearest.clear()

    def _leave_pool(self) -> None:
        number = next(self._numbers)
        self._work.inference.submit(partial(forget_pool, self._models.engine, number), lane=_Lane.FORGET, priority=-1)
        self._store.compare_with(Compared(number, "", self.shelf.fingerprint))

    def _on_shelf(self, number: int, outcome: Outcome) -> None:
        if self._shelving == number:
            self._shelving = None
            self._tell_provisional()
        if outcome.status == "cancelled":
            return
        if not isinstance(outcome.value, ShelfReport):
            self._work.say(outcome)
            return
        self.shelf = outcome.value
        if self.shelf.errors:
            self._wanted = self.shelf.paths
            self._views.message.say(self.shelf.errors[0])
        self._store.compare_with(Compared(number, self.pool.fingerprint, self.shelf.fingerprint))
        self._show_shelf()
        self._show()

    def _on_part(self) -> None:
        self._work.inference.cancel(_Lane.NEAREST)
        self._views.patch.nearest.clear()
        self._show()

    def _on_pinned(self, patch: tuple[int, int] | None) -> None:
        self._views.patch.nearest.clear()
        part, result = self._session.current_part, self._shown.result
        if patch is None or part is None or result is None or not self.pool.pooled:
            return
        place = PatchPlace(part.path, patch, result.grid)
        work = partial(nearest_elsewhere, self._models.engine, self._store.images, place)
        self._work.inference.submit(work, lane=_Lane.NEAREST, priority=BESIDE, then=self._on_nearest)

    def _on_nearest(self, outcome: Outcome) -> None:
        found = outcome.value
        if self._work.say(outcome) or not isinstance(found, Nearest) or not found.parts:
            return
        if found.looks_like_nothing:
            words = self.tr("Nothing in {count} parts looks like this; the nearest:")
        else:
            words = self.tr("Most alike in {count} other parts:")
        patches = [(one.name, argb_image(one.pixels)) for one in found.patches]
        self._views.patch.nearest.show_patches(words.format(count=found.parts), patches)

    def _show(self) -> None:
        for kind in EVIDENCE_KINDS:
            self._actions.check(f"evidence-{kind}", kind == self.kind)
        self._actions.check("same-place", self._reach is not None)
        self._actions.allow("same-place", bool(self._facts.kind) and not self._facts.of_recipe)
        has_good = bool(self.shelf.paths or self._facts.good)
        self._actions.allow("evidence-reference", has_good)
        self._views.evidence.say(" · ".join(filter(None, (self._decided(), self._compared()))))

    def _decided(self) -> str:
        """The sentence that says which evidence decided about the shown part."""
        result = self._shown.result
        if result is None or not result.shares:
            return ""
        shares = sorted(((share, name) for name, share in result.shares.items() if share >= 0.005), reverse=True)
        words = self.tr(", ").join(f"{channel_name(name)} {100 * share:.0f} %" for share, name in shares)
        return self.tr("Decided by {shares}").format(shares=words)

    def _compared(self) -> str:
        """The words that say what parts are compared with, and whether that may still change."""
        facts, words = self._facts, []
        if facts.pooled:
            words.append(self.tr("compared with {count} parts of the recipe").format(count=facts.pooled))
        elif self._run is not None:
            seen = self.tr("provisional: {seen} of {total} other parts seen")
            words.append(seen.format(seen=self.pool.seen, total=self._run.total))
        elif self.kind in ("fused", "consensus") and self.pool.pooled:
            result = self._shown.result
            if result is not None and "consensus" not in result.shares:
                words.append(self.tr("too few parts look like this one for consensus"))
            else:
                words.append(self.tr("compared with {count} parts").format(count=self.pool.pooled))
        elif self.kind in ("fused", "consensus") and self._session.parts:
            words.append(self.tr("consensus is silent: fewer than 8 other parts look alike"))
        good = len(self.shelf.paths or facts.good)
        if good and self.kind in ("fused", "reference"):
            words.append(self.tr("{count} good parts").format(count=good))
        return " · ".join(words)

    def _show_shelf(self) -> None:
        if self.dialog is None:
            return
        facts = self._facts
        if facts.good and not self.shelf.paths:
            size = self.tr("{count} of the recipe, {size} MB").format(
                count=len(facts.good), size=f"{facts.megabytes:.1f}"
            )
            self.dialog.show_parts(facts.good, size)
            return
        shelf = self.shelf
        size = self.tr("{kept} of {seen} patches, {size} MB; at most {most} parts")
        self.dialog.show_parts(
            shelf.paths,
            size.format(kept=shelf.kept, seen=shelf.seen, size=f"{shelf.megabytes:.1f}", most=MOST_GOOD),
        )
