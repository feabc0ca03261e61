"""Another heatmap on the canvas: one subspace's own, or the whole one stretched to its highest value."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.canvas import compose
from app.parts.state import ArgbArray, Layer, PartResult, Session
from app.result.inspection import InspectionController
from app.shell.main_window import MainWindow
from app.widgets.qimage import argb_image
from app.work.jobs import Cancellation, Outcome

_LANE = "own map"
LEAST_TOP = 0.05
"""A map whose highest value is lower is stretched no further: it would show nothing but noise."""


class OwnMapController(QObject):
    """Asks the display thread for the chosen map whenever there is another result.

    Attributes:
        chosen: index of the subspace, or None for the whole map.
        stretched: whether the whole map's scale ends at its highest value.
    """

    def __init__(self, session: Session, window: MainWindow, inspection: InspectionController) -> None:
        super().__init__(window)
        self._session, self._window, self._inspection = session, window, inspection
        self._request = 0
        self.chosen: int | None = None
        self.stretched = False
        window.footer.stretch_toggled.connect(self.stretch)
        window.subspaces.own_map_chosen.connect(self.choose)
        inspection.result_ready.connect(self._ask)
        inspection.picture_ready.connect(self._ask)
        inspection.model_loading.connect(lambda: self.choose(None))
        inspection.display.finished.connect(self._on_finished)

    def choose(self, index: int | None) -> None:
        """Show the map of one subspace, or the whole one for None."""
        self.chosen = index
        self._window.subspaces.show_own_map(index)
        if index is not None:
            self._window.layer_bar.layer_chosen.emit(Layer.HEATMAP)
            # A subspace alone is shown on the absolute scale, so that they can be compared.
            self._window.footer.show_stretched(False)
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
            self._ask()
            return
        self._window.footer.show_subject("")
        self._window.footer.scale_bar.set_top(1.0)
        result = self._inspection.result
        if result is not None and self._inspection.picture is not None:
            self._window.canvas.show_heatmap(argb_image(result.heatmap))

    def _ask(self) -> None:
        result, index = self._inspection.result, self.chosen
        if result is None or (index is None and not self.stretched):
            return
        if index is not None:
            if index >= len(result.subspaces):
                return
            name = self._session.adjustments.called(result.subspaces[index].name)
            self._window.footer.show_subject(self.tr("{name} alone").format(name=name))
        self._request = self._inspection.display.thread_of_jobs.submit(_Work(result, index), lane=_LANE)

    def _on_finished(self, outcome: Outcome) -> None:
        if outcome.lane != _LANE or outcome.request != self._request:
            return
        if outcome.status == "failed":
            self._inspection.failed.emit(outcome.error, outcome.details)
        elif isinstance(outcome.value, _Drawn) and outcome.value.result is self._inspection.result:
            drawn = outcome.value
            self._window.canvas.show_heatmap(argb_image(drawn.heatmap))
            self._window.footer.scale_bar.set_top(drawn.top)
            if self.chosen is None:
                self._window.footer.show_subject(self.tr("Stretched to {value}").format(value=f"{drawn.top:.2f}"))


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
