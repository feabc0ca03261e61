"""The areas of a part: drawn on the canvas, kept for each folder, and undone like everything else.

Those that mark defects are of one part and are kept with what is decided about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt

from app.areas.bar import KINDS, TOOLS
from app.areas.tools import Tool
from app.editing.adjustments import Adjustments, AreaKind
from app.review.state import Reviews
from app.settings.store import SettingsStore
from app.shell.actions import Action, Actions, When
from app.shell.owners import Owners
from app.shell.views import Views
from tokenclip_core.errors import SettingsError
from tokenclip_core.judgement.areas import INSPECTED_KINDS, MARKED_KINDS, Areas
from tokenclip_core.lru import keep_newest
from tokenclip_core.recipes.recipe import MOST_MILLIMETRES

MOST_FOLDERS = 50
_GRID = (64, 64)
"""Patches down and across in which the ignored share is counted where there is no result."""


class AreasController(QObject):
    """Connects the tools with the canvas and the adjustments."""

    def __init__(
        self, owners: Owners, settings: SettingsStore, views: Views, actions: Actions, reviews: Reviews
    ) -> None:
        super().__init__(views)
        session, shown, judging = owners.session, owners.shown, owners.judging
        self._settings, self._views, self._actions, self._shown, self._judging = (
            settings,
            views,
            actions,
            shown,
            judging,
        )
        self._session, self._reviews = session, reviews
        self._place = ""
        self._tool = Tool.RECTANGLE
        views.canvas.drawing.areas_changed.connect(self._take)
        views.canvas.drawing.chosen_changed.connect(self._allow_removing)
        views.canvas.drawing.closed.connect(self.close)
        views.areas_bar.brush.valueChanged.connect(self._take_brush)
        self._declare(actions)
        self._take_kind("ignore")
        self.close()

    def _declare(self, actions: Actions) -> None:
        drawing = self._views.canvas.drawing
        kinds: tuple[tuple[AreaKind, str, str], ...] = (
            ("ignore", self.tr("Ignore"), self.tr("Draw areas that are never inspected")),
            ("include", self.tr("Include"), self.tr("Draw areas; only they are inspected")),
            (
                "defect",
                self.tr("Defect"),
                self.tr("Mark what is defective on this part, to learn from it (Manage, Training)"),
            ),
        )
        tools = (
            (
                Tool.RECTANGLE,
                self.tr("Rectangle"),
                self.tr("Rectangle: drag from corner to corner; or arrows and Enter"),
            ),
            (
                Tool.POLYGON,
                self.tr("Polygon"),
                self.tr(
                    "Polygon: click its corners; Enter or a double click closes it; or arrows and Enter, twice to close"
                ),
            ),
            (Tool.BRUSH, self.tr("Brush"), self.tr("Brush: paint with the mouse; or arrows between two Enters")),
            (Tool.SELECT, self.tr("Choose"), self.tr("Choose an area, to remove it with Delete")),
        )
        actions.declare(
            *(
                Action(f"area-{kind}", text, partial(self._take_kind, kind), tip=tip, checkable=True)
                for kind, text, tip in kinds
            ),
            *(
                Action(
                    f"tool-{tool.value}", text, partial(self._take_tool, tool), icon=tool.value, tip=tip, checkable=True
                )
                for tool, text, tip in tools
            ),
            Action(
                "remove-area",
                self.tr("Remove an area"),
                drawing.remove_chosen,
                icon="remove",
                tip=self.tr("Remove the chosen area, or the one drawn last (Delete)"),
            ),
            Action(
                "clear-areas",
                self.tr("Clear"),
                drawing.clear,
                icon="clear",
                tip=self.tr("Take all areas away, or all marked defects of this part"),
            ),
            Action(
                "close-areas",
                self.tr("Done"),
                self.close,
                icon="check",
                tip=self.tr("Close these tools; the areas stay (Escape)"),
            ),
            Action(
                "areas",
                self.tr("Region of &interest"),
                self._toggle,
                keys=("I",),
                short="I  " + self.tr("Areas"),
                tip=self.tr("Region of interest: what is inspected, and what is not"),
                when=When.PARTS,
                checkable=True,
            ),
        )

    def open_folder(self, paths: Sequence[Path]) -> None:
        """Take the areas and the part's width that belong to a place; a recipe has its own, for every place."""
        self._place = str(Path(paths[0]).absolute()) if paths else ""
        self.close()
        if self._session.recipe is None:
            self.take_kept()

    def take_kept(self) -> None:
        """Take the areas that were drawn for the open place, and how wide its parts were said to be."""
        self._judging.apply(replace(self._judging.now, areas=self._kept(), part_width=self._kept_width()))

    def close(self) -> None:
        """Put the tools away; the areas stay."""
        self._views.areas_bar.hide()
        self._views.canvas.set_tool(Tool.NONE)
        self._actions.check("areas", False)

    def _toggle(self) -> None:
        if not self._actions["areas"].isChecked():
            self.close()
            return
        self._views.areas_bar.show()
        self._show_tool(self._tool)
        self._views.areas_bar.focus_tool(self._tool)

    def _take_tool(self, tool: Tool) -> None:
        self._show_tool(tool)
        # The keyboard goes on where areas are drawn.
        self._views.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_tool(self, tool: Tool) -> None:
        self._tool = tool
        for other in TOOLS:
            self._actions.check(f"tool-{other.value}", other is tool)
        self._views.areas_bar.show_tool(tool)
        self._views.canvas.set_tool(tool)

    def _take_kind(self, kind: AreaKind) -> None:
        self._views.canvas.drawing.kind = kind
        self._views.areas_bar.show_kind(self._actions[f"area-{kind}"].text())
        for other in KINDS:
            self._actions.check(f"area-{other}", other == kind)
        self.show_part()

    def _take_brush(self, thousandths: int) -> None:
        self._views.canvas.drawing.brush = thousandths / 1000

    def _take(self, areas: Areas) -> None:
        inspected, marked, part = areas.only(*INSPECTED_KINDS), areas.only(*MARKED_KINDS), self._session.current_part
        if inspected != self._judging.now.areas:
            self._judging.set_areas(inspected, self.tr("region of interest"))
        if part is not None and marked != self._reviews.marked(part.path):
            self._reviews.mark(part.path, marked)

    def show_areas(self, adjustments: Adjustments) -> None:
        """Show the areas of other adjustments, and keep them."""
        self.show_part()
        self._keep(adjustments.areas, adjustments.part_width)

    def show_part(self) -> None:
        """Show the areas in force, and what is marked on the shown part."""
        region, part, drawing = self._judging.now.areas, self._session.current_part, self._views.canvas.drawing
        marked = Areas() if part is None else self._reviews.marked(part.path)
        drawing.set_part("" if part is None else part.path)
        drawing.set_areas(Areas((*region.areas, *marked.areas)))
        if drawing.kind == "defect":
            self._views.areas_bar.show_marked(len(marked.areas))
        else:
            result = self._shown.result
            ignored = region.ignored_patches(_GRID if result is None else result.grid) if region else None
            self._views.areas_bar.show_areas(len(region.areas), 0.0 if ignored is None else float(ignored.mean()))
        self._actions.allow("clear-areas", bool(marked if drawing.kind == "defect" else region))
        self._allow_removing()

    def _allow_removing(self) -> None:
        self._actions.allow("remove-area", self._views.canvas.drawing.to_remove is not None)

    def _kept(self) -> Areas:
        values = self._settings.values.regions_of_interest.get(self._place)
        if values is None:
            return Areas()
        try:
            return Areas.from_mapping(values)
        except SettingsError:
            return Areas()

    def _kept_width(self) -> float:
        width = self._settings.values.part_widths.get(self._place)
        return width if isinstance(width, float) and 0 < width <= MOST_MILLIMETRES else 0.0

    def _keep(self, areas: Areas, part_width: float) -> None:
        if self._place and self._session.recipe is None:
            values = areas.to_mapping() if areas else None
            kept = dict(self._settings.values.regions_of_interest)
            keep_newest(kept, self._place, values, MOST_FOLDERS)
            self._settings.values.regions_of_interest = kept
            widths = dict(self._settings.values.part_widths)
            keep_newest(widths, self._place, part_width or None, MOST_FOLDERS)
            self._settings.values.part_widths = widths
