"""One subspace's own heatmap on the canvas, instead of the whole one."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.controllers.inspection import InspectionController
from app.main_window import MainWindow
from app.qimage import argb_image
from app.state import ArgbArray, Layer, PartResult, Session
from app.workers.jobs import Cancellation, Outcome

_LANE = "own map"


class OwnMapController(QObject):
    """Asks the display thread for the chosen subspace's map whenever there is another result.

    Attributes:
        chosen: index of the subspace, or None for the whole map.
    """

    def __init__(self, session: Session, window: MainWindow, inspection: InspectionController) -> None:
        super().__init__(window)
        self._session, self._window, self._inspection = session, window, inspection
        self._request = 0
        self.chosen: int | None = None
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
            self._ask()
            return
        self._window.footer.show_subject("")
        result = self._inspection.result
        if result is not None and self._inspection.picture is not None:
            self._window.canvas.show_heatmap(argb_image(result.heatmap))

    def _ask(self) -> None:
        result, index = self._inspection.result, self.chosen
        if index is None or result is None or index >= len(result.subspaces):
            return
        name = self._session.adjustments.called(result.subspaces[index].name)
        self._window.footer.show_subject(self.tr("{name} alone").format(name=name))
        work = _Work(result, index)
        self._request = self._inspection.display.thread_of_jobs.submit(work, lane=_LANE)

    def _on_finished(self, outcome: Outcome) -> None:
        if outcome.lane != _LANE or outcome.request != self._request:
            return
        if outcome.status == "failed":
            self._inspection.failed.emit(outcome.error, outcome.details)
        elif isinstance(outcome.value, _Drawn) and outcome.value.result is self._inspection.result:
            self._window.canvas.show_heatmap(argb_image(outcome.value.heatmap))


class _Drawn:
    def __init__(self, result: PartResult, heatmap: ArgbArray) -> None:
        self.result, self.heatmap = result, heatmap


class _Work:
    def __init__(self, result: PartResult, index: int) -> None:
        self._result, self._index = result, index

    def __call__(self, cancellation: Cancellation) -> _Drawn:
        cancellation.check()
        return _Drawn(self._result, self._result.own_heatmap(self._index))
