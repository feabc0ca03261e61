"""Another heatmap on the canvas: one subspace's own, or the whole one stretched to its highest value."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QObject

from app.canvas import compose
from app.canvas.display import Display
from app.parts.state import ArgbArray, Layer, PartResult
from app.shell.owners import Owners
from app.shell.views import Views
from app.widgets.qimage import argb_image
from app.work.jobs import Cancellation, Outcome

_Lane = Enum("_Lane", "OWN_MAP")


LEAST_TOP = 0.05
"""A map whose highest value is lower is stretched no further: it would show nothing but noise."""


class OwnMapController(QObject):
    """Asks the display thread for the chosen map whenever there is another result.

    Attributes:
        chosen: index of the subspace, or None for the whole map.
        stretched: whether the whole map's scale ends at its highest value.
    """

    def __init__(self, owners: Owners, views: Views, display: Display) -> None:
        super().__init__(views)
        session, work, shown = owners.session, owners.work, owners.shown
        self._session, self._views, self._display = session, views, display
        self._work, self._shown = work, shown
        self._request = 0
        self.chosen: int | None = None
        self.stretched = False
        views.footer.stretch_toggled.connect(self.stretch)
        views.subspaces.own_map_chosen.connect(self.choose)

    def choose(self, index: int | None) -> None:
        """Show the map of one subspace, or the whole one for None."""
        self.chosen = index
        self._views.subspaces.show_own_map(index)
        if index is not None:
            self._display.take(layer=Layer.HEATMAP)
            # A subspace alone is shown on the absolute scale, so that they can be compared.
            self._views.footer.show_stretched(False)
        self._show()

    def stretch(self, stretched: bool) -> None:
        """Let the scale end at the part's highest value, or at 1 again; shows the whole map."""
        self.stretched = stretched
        if stretched and self.chosen is not None:
            self.choose(None)
        else:
            self._show()

    def _show(self) -> None:
        if self.chosen is not None or self.stretched:
            self.ask()
            return
        self._views.footer.show_subject("")
        self._views.footer.scale_bar.set_top(1.0)
        result = self._shown.result
        if result is not None and self._shown.picture is not None:
            self._views.canvas.show_heatmap(argb_image(result.heatmap))

    def ask(self) -> None:
        """Ask for the chosen map of the shown part, where one is chosen."""
        result, index = self._shown.result, self.chosen
        if result is None or (index is None and not self.stretched):
            return
        if index is not None:
            if index >= len(result.subspaces):
                return
            name = self._session.adjustments.called(result.subspaces[index].name)
            self._views.footer.show_subject(self.tr("{name} alone").format(name=name))
        self._request = self._work.display.submit(_Work(result, index), lane=_Lane.OWN_MAP, then=self._on_finished)

    def _on_finished(self, outcome: Outcome) -> None:
        if outcome.request != self._request:
            return
        if outcome.status == "failed":
            self._work.say(outcome)
        elif isinstance(outcome.value, _Drawn) and outcome.value.result is self._shown.result:
            drawn = outcome.value
            self._views.canvas.show_heatmap(argb_image(drawn.heatmap))
            self._views.footer.scale_bar.set_top(drawn.top)
            if self.chosen is None:
                self._views.footer.show_subject(self.tr("Stretched to {value}").format(value=f"{drawn.top:.2f}"))


class _Drawn:
    def __init__(self, result: PartResult, heatmap: ArgbArray, top: float = 1.0) -> None:
        self.result, self.heatmap, self.top = result, heatmap, top


class _Work:
    def __init__(self, result: PartResult, index: int | None) -> None:
        self._result, self._index = result, index

    def __call__(self, cancellation: Cancellation) -> _Drawn:
        cancellation.check()
        if self._index is not None:
            return _Drawn(self._result, self._result.own_heatmap(self._index))
        top = min(1.0, max(LEAST_TOP, float(self._result.anomaly_map.max())))
        return _Drawn(self._result, compose.heatmap(self._result.anomaly_map, top), top)
