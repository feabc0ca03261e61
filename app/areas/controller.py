"""The areas of a part: drawn on the canvas, kept for each folder, and undone like everything else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Qt

from app.areas.tools import Tool
from app.editing.adjustments import Adjustments
from app.settings.store import SettingsStore
from app.shell.actions import Action, Actions, When
from app.shell.owners import Owners
from app.shell.views import Views
from tokenclip_core.errors import SettingsError
from tokenclip_core.judgement.areas import Areas
from tokenclip_core.lru import keep_newest

MOST_FOLDERS = 50
_GRID = (64, 64)
"""Without a result, the ignored share is told on such a grid."""


class AreasController(QObject):
    """Connects the tools with the canvas and the adjustments."""

    def __init__(self, owners: Owners, settings: SettingsStore, views: Views, actions: Actions) -> None:
        super().__init__(views)
        session, shown, judging = owners.session, owners.shown, owners.judging
        self._settings, self._views, self._actions, self._shown, self._judging = (
            settings,
            views,
            actions,
            shown,
            judging,
        )
        self._session = session
        self._place = ""
        self._tool = Tool.RECTANGLE
        drawing, bar = views.canvas.drawing, views.areas_bar
        drawing.areas_changed.connect(self._take)
        drawing.closed.connect(self.close)
        bar.tool_chosen.connect(self._take_tool)
        bar.kind_chosen.connect(self._take_kind)
        bar.brush_changed.connect(self._take_brush)
        bar.remove_requested.connect(drawing.remove_chosen)
        bar.clear_requested.connect(drawing.clear)
        bar.close_requested.connect(self.close)
        judging.adjusted.connect(self._show)
        actions.declare(
            Action(
                "areas",
                self.tr("Region of &interest"),
                self._toggle,
                keys=("I",),
                short="I  " + self.tr("Areas"),
                tip=self.tr("Region of interest: what is inspected, and what is not"),
                when=When.PARTS,
                checkable=True,
            )
        )
        self.close()

    def open_folder(self, paths: Sequence[Path]) -> None:
        """Take the areas that were drawn for a place; a recipe has its own, for every place."""
        self._place = str(Path(paths[0]).absolute()) if paths else ""
        self.close()
        if self._session.recipe is None:
            self.take_kept()

    def take_kept(self) -> None:
        """Take the areas that were drawn for the open place."""
        self._judging.apply(replace(self._judging.now, areas=self._kept()))

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
        self._views.areas_bar.focus_tools()

    def _take_tool(self, tool: Tool) -> None:
        self._show_tool(tool)
        # The keyboard goes on where areas are drawn.
        self._views.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_tool(self, tool: Tool) -> None:
        self._tool = tool
        self._views.areas_bar.show_tool(tool)
        self._views.canvas.set_tool(tool)

    def _take_kind(self, kind: str) -> None:
        self._views.canvas.drawing.kind = "include" if kind == "include" else "ignore"

    def _take_brush(self, width: float) -> None:
        self._views.canvas.drawing.brush = width

    def _take(self, areas: Areas) -> None:
        self._judging.set_areas(areas, self.tr("region of interest"))

    def _show(self, adjustments: Adjustments) -> None:
        areas = adjustments.areas
        self._views.canvas.drawing.set_areas(areas)
        result = self._shown.result
        ignored = areas.ignored_patches(_GRID if result is None else result.grid) if areas else None
        self._views.areas_bar.show_areas(len(areas.areas), 0.0 if ignored is None else float(ignored.mean()))
        self._keep(areas)

    def _kept(self) -> Areas:
        values = self._settings.values.regions_of_interest.get(self._place)
        if values is None:
            return Areas()
        try:
            return Areas.from_mapping(values)
        except SettingsError:
            return Areas()

    def _keep(self, areas: Areas) -> None:
        if self._place and self._session.recipe is None:
            values = areas.to_mapping() if areas else None
            kept = dict(self._settings.values.regions_of_interest)
            keep_newest(kept, self._place, values, MOST_FOLDERS)
            self._settings.values.regions_of_interest = kept
