"""Between what is known of the shown part and the widgets that show it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QRectF, Signal

from app.editing.adjustments import Adjustments
from app.editing.controller import EditingController
from app.parts.state import ExplainedRegion, Layer, ModelFacts, Part, PartResult, Session, Verdict, threshold_words
from app.result.block_choice import MEAN
from app.result.breakdown import Share
from app.result.inspection import InspectionController
from app.result.patch_panel import PatchRow
from app.shell.main_window import MainWindow
from app.tracing.trace import milestone
from app.widgets.qimage import argb_image, lines
from app.work.order_of_work import later

_PATIENCE_MILLISECONDS = 150
"""The part before stays on the canvas this long: most pictures come sooner, and an empty flash would disturb."""


class PresentationController(QObject):
    """Fills the widgets; changes nothing by itself.

    Signals:
        threshold_changed: (0 to 1).
    """

    threshold_changed = Signal(float)

    def __init__(
        self, session: Session, window: MainWindow, inspection: InspectionController, editing: EditingController
    ) -> None:
        super().__init__(window)
        self._session, self._window, self._inspection, self._editing = session, window, inspection, editing
        self._pinned: tuple[int, int] | None = None
        self._pointed: tuple[int, int] | None = None
        self._first_heatmap = True
        self._patience = later(self, self._clear_canvas, _PATIENCE_MILLISECONDS)
        inspection.model_loading.connect(self._on_model_loading)
        inspection.model_loaded.connect(self._on_model_loaded)
        inspection.model_failed.connect(self._on_model_failed)
        inspection.part_shown.connect(self._on_part_shown)
        inspection.picture_ready.connect(self._on_picture)
        inspection.result_ready.connect(self._on_result)
        inspection.threshold_ready.connect(self._on_threshold_view)
        inspection.part_updated.connect(window.parts.model.part_changed)
        inspection.order_outdated.connect(self._rearrange)
        inspection.failed.connect(self._on_failure)
        window.message.retry_requested.connect(inspection.reload_model)
        canvas = window.canvas
        canvas.cursor_moved.connect(self._on_cursor)
        canvas.patch_hovered.connect(self._on_hover)
        canvas.patch_pinned.connect(self._on_pin)
        canvas.pin_moved.connect(self._on_pin_moved)
        canvas.zoom_changed.connect(window.layer_bar.show_zoom)
        editing.adjusted.connect(self._on_adjusted)
        window.inspection.region_chosen.connect(self._show_region)
        window.patch.blocks.chosen.connect(lambda _block: self._show_patch(self._pointed))

    def set_threshold(self, threshold: float) -> None:
        """Judge by another threshold, everywhere; can be undone."""
        self._editing.set_threshold(threshold)

    def _on_adjusted(self, adjustments: Adjustments) -> None:
        part = self._session.current_part
        if part is None or part.error is not None or part.score is not None:
            self._show_verdict()
        else:
            # The score before stays until the new one is there.
            self._window.inspection.show_threshold(adjustments.threshold)
        self._show_breakdown()
        self.threshold_changed.emit(adjustments.threshold)
        self._show_patch(self._pinned)

    def _on_model_loading(self, name: str) -> None:
        self._window.message.hide()
        self._window.status.show_loading(name)
        self._window.show_model_name(name)
        self._show_notice()

    def _on_model_loaded(self, facts: ModelFacts) -> None:
        self._window.status.show_model(facts)
        self._window.show_model_name(facts.name)
        self._window.subspaces.set_model(facts)
        self._window.subspaces.show_adjustments(self._session.adjustments)
        milestone("model_loaded")

    def _on_model_failed(self, message: str, details: str) -> None:
        self._window.status.show_failed(self._window.model_name)
        self._window.notice.clear()
        text = self.tr("The model could not be loaded: {message}").format(message=message)
        self._window.message.say(text, details=details, retry=True)
        milestone("model_failed", message=message)

    def _on_failure(self, message: str, details: str) -> None:
        text = self.tr("Something went wrong: {message}").format(message=message)
        self._window.message.say(text, details=details)

    def _on_part_shown(self) -> None:
        part = self._session.current_part
        window = self._window
        if part is None:
            return
        window.show_part_name(part.name)
        window.show_canvas()
        window.parts.show_part(self._session.current)
        window.status.show_activity("")
        self._show_verdict()
        if self._inspection.picture is None:
            if part.error is None:
                self._patience.start()
            else:
                self._clear_canvas()
        if self._inspection.result is None:
            window.canvas.clear_overlays()
            window.inspection.show_histogram(None, None)
            window.inspection.show_regions(None)
            window.inspection.breakdown.show_shares("", ())
            window.subspaces.show_values(None)
            window.patch.clear()
        self._show_notice()

    def _on_picture(self) -> None:
        picture = self._inspection.picture
        if picture is None:
            return
        self._patience.stop()
        levels = [argb_image(level) for level in picture.levels]
        self._window.canvas.show_picture(levels, picture.width, picture.height)
        if self._inspection.result is not None:
            self._lay_over(self._inspection.result)
            self._on_threshold_view()
            self._show_patch(self._pinned)
        self._show_notice()

    def _on_result(self) -> None:
        result = self._inspection.result
        if result is None:
            return
        window = self._window
        window.inspection.show_histogram(result.histogram, result.score)
        window.subspaces.show_values(result.subspaces)
        self._show_breakdown()
        window.status.show_time(result.milliseconds)
        self._show_verdict()
        if self._inspection.picture is not None:
            self._lay_over(result)
        self._show_notice()
        self._show_patch(self._pinned)

    def _lay_over(self, result: PartResult) -> None:
        heatmap, subspaces = argb_image(result.heatmap), argb_image(result.subspace_layer)
        self._window.canvas.show_overlays(heatmap, subspaces, result.grid)
        if self._first_heatmap:
            self._first_heatmap = False
            milestone("first_heatmap")

    def _on_threshold_view(self) -> None:
        view = self._inspection.threshold_view
        if view is None:
            return
        self._window.inspection.show_regions(view.regions)
        self._show_breakdown()
        if self._inspection.picture is not None:
            self._window.canvas.show_outline(lines(view.outline))

    def _rearrange(self) -> None:
        if self._window.parts.model.depends_on_scores:
            self._window.parts.model.rearrange()
            self._window.parts.show_part(self._session.current)
        else:
            self._window.parts.view.viewport().update()

    def _clear_canvas(self) -> None:
        self._patience.stop()
        self._window.canvas.clear()

    def _show_verdict(self) -> None:
        part = self._session.current_part
        judgement = self._session.judgement
        score = None if part is None else part.score
        verdict = Verdict.UNKNOWN if part is None else part.verdict(judgement)
        self._window.inspection.show_score(score, verdict, judgement.threshold, self._other_reason(part))

    def _other_reason(self, part: Part | None) -> str:
        """Which subspace made a part a defect whose score did not."""
        model, scores = self._inspection.model, None if part is None else part.scores
        reason = None if scores is None else self._session.judgement.reason(scores)
        if model is None or reason is None or reason.subspace is None:
            return ""
        name = self._session.adjustments.called(model.subspaces[reason.subspace][0])
        return f"{name} ≥ {threshold_words(reason.limit)}"

    def _show_breakdown(self, region: ExplainedRegion | None = None) -> None:
        """Say which subspaces the score comes from, or one of the regions."""
        result = self._inspection.result
        if result is None:
            return
        breakdown = self._window.inspection.breakdown
        if region is None:
            shares = score_shares(result)
            subject = self.tr("Score from")
        else:
            shares = region.shares
            view = self._inspection.threshold_view
            number = 0 if view is None or region not in view.regions else view.regions.index(region) + 1
            subject = self.tr("Region {number}").format(number=number)
        called = self._session.adjustments.called
        breakdown.show_shares(
            subject,
            [Share(called(row.name), row.colour, share) for row, share in zip(result.subspaces, shares, strict=False)],
        )

    def _show_notice(self) -> None:
        """One line over the canvas says what is still to come, or what is wrong with the part."""
        part = self._session.current_part
        notice = self._window.notice
        if part is None:
            notice.clear()
        elif part.error is not None:
            reason = part.error.removeprefix(f"{part.path}: ")
            notice.show_error(self.tr("This part can't be inspected"), reason[:1].upper() + reason[1:])
        elif self._inspection.result is not None:
            notice.clear()
        elif self._inspection.model is not None:
            notice.show_progress(self.tr("Inspecting…"))
        elif self._window.message.text:
            notice.clear()
        else:
            name = self._window.model_name
            notice.show_progress(self.tr("Loading {name} model…").format(name=name))

    def _on_cursor(self, x: int, y: int) -> None:
        result = self._inspection.result
        value = None
        if result is not None and 0 <= y < result.anomaly_map.shape[0] and 0 <= x < result.anomaly_map.shape[1]:
            value = float(result.anomaly_map[y, x])
        self._window.footer.show_reading(x, y, value)

    def _on_hover(self, patch: tuple[int, int] | None) -> None:
        self._show_patch(patch if patch is not None else self._pinned)

    def _on_pin(self, patch: tuple[int, int] | None) -> None:
        self._pinned = patch
        if patch is not None:
            self._window.show_patch_panel()
        self._show_patch(patch)

    def _on_pin_moved(self, patch: tuple[int, int]) -> None:
        self._pinned = patch

    def _show_patch(self, patch: tuple[int, int] | None) -> None:
        self._pointed = patch
        result, picture = self._inspection.result, self._inspection.picture
        if patch is None or result is None or picture is None or not _inside(patch, result.grid):
            self._window.patch.clear()
            return
        gh, gw = result.grid
        row, column = patch
        pixels = picture.levels[0]
        # One patch more on each side, so that a person recognises the place.
        top, bottom = max(0, (row - 1) * picture.height // gh), -(-(row + 2) * picture.height // gh)
        left, right = max(0, (column - 1) * picture.width // gw), -(-(column + 2) * picture.width // gw)
        crop = argb_image(pixels[top:bottom, left:right].copy())
        blocks = self._window.patch.blocks
        blocks.show_blocks(result.layers if len(result.layers) == len(result.layer_maps) else ())
        layer = None if blocks.block == MEAN else result.layers.index(blocks.block)
        called = self._session.adjustments.called
        self._window.patch.show_patch(
            patch,
            float((result.token_map if layer is None else result.layer_maps[layer])[row, column]),
            [replace(entry, name=called(entry.name)) for entry in patch_rows(result, patch, layer)],
            crop,
            pinned=patch == self._pinned,
            # It is the mean of all layers too.
            rarity=None if result.rarity is None or layer is not None else float(result.rarity[row, column]),
        )

    def _show_region(self, region: ExplainedRegion) -> None:
        if self._window.live_stage.is_shown:
            return  # it is a region of the selected camera
        self._show_breakdown(region)
        self._window.canvas.zoom_to(QRectF(region.x, region.y, region.width, region.height))


def patch_rows(result: PartResult, patch: tuple[int, int], layer: int | None = None) -> list[PatchRow]:
    """A patch's rows over the subspaces, the greatest weight first; cosines of the layer at a place, or the mean."""
    row, column = patch
    weights = result.assignment[row, column].tolist()
    transport = result.plan[row * result.grid[1] + column]
    total = float(transport.sum())
    shares = (transport / total if total > 0 else transport).tolist()
    cosines = (result.similarities if layer is None else result.layer_similarities[layer])[row, column].tolist()
    rows = [
        PatchRow(subspace.name, subspace.colour, weights[k], shares[k], cosines[k][0], cosines[k][1])
        for k, subspace in enumerate(result.subspaces)
    ]
    return sorted(rows, key=lambda entry: (-entry.weight, -entry.transport))


def score_shares(result: PartResult) -> tuple[float, ...]:
    """(K) which subspaces the score comes from; they sum to 1, or are all 0."""
    contributions = [max(0.0, row.contribution) for row in result.subspaces]
    total = sum(contributions)
    return tuple(value / total if total > 0 else 0.0 for value in contributions)


def _inside(patch: tuple[int, int], grid: tuple[int, int]) -> bool:
    return patch[0] < grid[0] and patch[1] < grid[1]


def layer_shown(window: MainWindow, layer: Layer) -> None:
    """Show a layer on the canvas and in its controls."""
    window.canvas.set_layer(layer)
    window.layer_bar.show_layer(layer)
    window.footer.show_layer(layer)
