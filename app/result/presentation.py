"""Between what is known of the shown part and the widgets that show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, QRectF

from app.canvas.legend import LegendRow
from app.editing.adjustments import Adjustments
from app.evidence.names import channel_name
from app.parts.state import ExplainedRegion, FloatArray, Part, PartResult, Verdict, threshold_words
from app.result.block_choice import MEAN
from app.result.breakdown import Share
from app.result.finding_words import finding_words, likeness_words
from app.result.patch_panel import PatchRow
from app.shell.owners import Owners
from app.shell.stage import Place, Stage
from app.shell.views import Views
from app.tracing.trace import milestone
from app.widgets.panels import raise_panel
from app.widgets.qimage import argb_image, lines
from app.work.order_of_work import later

_PATIENCE_MILLISECONDS = 150
"""The part before stays on the canvas this long: most pictures come sooner, and an empty flash would disturb."""


class PresentationController(QObject):
    """Fills the widgets about the shown part, and takes over what a person changes in them."""

    def __init__(self, owners: Owners, views: Views, stage: Stage) -> None:
        super().__init__(views)
        session, models = owners.session, owners.models
        shown, judging = owners.shown, owners.judging
        self._session, self._views, self._stage = session, views, stage
        self._models, self._shown, self._judging = models, shown, judging
        self._pinned: tuple[int, int] | None = None
        self._pointed: tuple[int, int] | None = None
        self._first_heatmap = True
        self._patience = later(self, self._clear_canvas, _PATIENCE_MILLISECONDS)
        canvas = views.canvas
        canvas.cursor_moved.connect(self._on_cursor)
        canvas.patch_hovered.connect(self._on_hover)
        canvas.patch_pinned.connect(self._on_pin)
        canvas.pin_moved.connect(self._on_pin_moved)
        canvas.zoom_changed.connect(views.layer_bar.show_zoom)
        panel = views.inspection
        panel.region_chosen.connect(self._show_region)
        panel.threshold_changed.connect(judging.set_threshold)
        panel.minimum_area_changed.connect(judging.set_minimum_area)
        views.patch.blocks.chosen.connect(self._show_block)

    def judge_list(self) -> None:
        """Judge the parts of the list by the present judgement."""
        self._views.parts.model.set_judgement(self._session.judgement)

    def update_row(self, number: int) -> None:
        """Show the new score or error of a part in the list."""
        self._views.parts.model.part_changed(number)

    def show_adjustments(self, adjustments: Adjustments) -> None:
        """Show what follows from other adjustments."""
        views, part = self._views, self._session.current_part
        self.judge_list()
        views.footer.scale_bar.set_threshold(adjustments.threshold)
        views.inspection.show_minimum_area(adjustments.smallest_region)
        self._show_scale()
        if part is None or part.error is not None or part.score is not None:
            self._show_verdict()
        else:
            # The score before stays until the new one is there.
            views.inspection.show_threshold(adjustments.threshold)
        self._show_legend()
        self._show_breakdown()
        self._show_patch(self._pinned)

    def _show_scale(self) -> None:
        """Say how large the part is, where that is known."""
        picture, width = self._shown.picture, self._session.adjustments.part_width
        millimetres = 0.0 if picture is None else width / picture.width
        self._views.canvas.ruler.show_scale(millimetres)
        # Beside cameras, the panel tells of their pictures.
        if not self._stage.live and self._views.inspection.show_scale(millimetres):
            self.show_regions()

    def _show_block(self, _block: int) -> None:
        self._show_patch(self._pointed)

    def show_part(self) -> None:
        """Show what is known of the part that is shown from now on."""
        part = self._session.current_part
        views = self._views
        if part is None:
            self._clear()
            return
        if self._stage.apart and self._shown.by_itself:
            return
        # The cameras' panels become those of the part.
        self._stage.show(Place.PARTS)
        self._stage.call(part.name)
        views.parts.show_part(self._session.current)
        views.status.show_activity("")
        self._show_verdict()
        if self._shown.picture is None:
            if part.error is None:
                self._patience.start()
            else:
                self._clear_canvas()
        if self._shown.result is None:
            self._clear_result()
        self.show_notice()

    def _clear(self) -> None:
        """Show nothing, because there is no part."""
        self._clear_canvas()
        self._pinned = self._pointed = None
        if not self._stage.live:
            self._clear_result()
        self._show_verdict()
        self.show_notice()

    def _clear_result(self) -> None:
        views = self._views
        views.canvas.clear_overlays()
        views.inspection.show_histogram(None, None)
        views.inspection.show_regions(None)
        views.inspection.show_finding()
        views.inspection.breakdown.show_shares("", ())
        views.subspaces.show_values(None)
        views.patch.clear()
        views.footer.show_reading(-1, -1, None)

    def show_picture(self) -> None:
        """Show the pixels of the shown part."""
        picture = self._shown.picture
        if picture is None:
            return
        self._patience.stop()
        levels = [argb_image(level) for level in picture.levels]
        self._views.canvas.show_picture(levels, picture.width, picture.height)
        self._show_scale()
        if self._shown.result is not None:
            self._lay_over(self._shown.result)
            self.show_regions()
            self._show_patch(self._pinned)
        self.show_notice()

    def show_result(self) -> None:
        """Show the result of the shown part."""
        result = self._shown.result
        if result is None or self._stage.live:
            return
        views = self._views
        views.inspection.show_histogram(result.histogram, result.score)
        views.subspaces.show_values(result.subspaces)
        self._show_breakdown()
        self._show_verdict()
        if self._shown.picture is not None:
            self._lay_over(result)
        self.show_notice()
        self._show_patch(self._pinned)

    def _lay_over(self, result: PartResult) -> None:
        heatmap, subspaces = argb_image(result.heatmap), argb_image(result.subspace_layer)
        self._views.canvas.show_overlays(heatmap, subspaces, result.grid)
        self._show_legend()
        if self._first_heatmap:
            self._first_heatmap = False
            milestone("first_heatmap")

    def _show_legend(self) -> None:
        result, called = self._shown.result, self._session.adjustments.called
        if result is not None and self._shown.picture is not None:
            counts = patches_dominated(result.assignment)
            self._views.canvas.legend.show_rows(
                [
                    LegendRow(called(row.name), row.colour, share)
                    for row, share in zip(result.subspaces, counts, strict=True)
                ]
            )

    def show_regions(self) -> None:
        """Show the regions of the shown part under the present judgement."""
        view, result = self._shown.threshold_view, self._shown.result
        # An answer may come late, of a part that is no longer there.
        if view is None or result is None or self._stage.live:
            return
        height, width = result.anomaly_map.shape
        self._views.inspection.show_regions(view.regions, (width, height))
        self._show_finding(view.regions)
        self._show_breakdown()
        if self._shown.picture is not None:
            self._views.canvas.show_outline(lines(view.outline))

    def _show_finding(self, regions: Sequence[ExplainedRegion]) -> None:
        result, called = self._shown.result, self._session.adjustments.called
        if result is not None:
            height, width = result.anomaly_map.shape
            names = [called(row.name) for row in result.subspaces]
            self._views.inspection.show_finding(finding_words(regions, (width, height)), likeness_words(regions, names))

    def rearrange(self) -> None:
        """Bring the list into the order of the scores of now."""
        if self._views.parts.model.depends_on_scores:
            self._views.parts.model.rearrange()
            self._views.parts.show_part(self._session.current)
        else:
            self._views.parts.model.count_groups()
            self._views.parts.view.viewport().update()

    def _clear_canvas(self) -> None:
        self._patience.stop()
        self._views.canvas.clear()

    def _show_verdict(self) -> None:
        if self._stage.live:
            return
        part = self._session.current_part
        judgement = self._session.judgement
        score = None if part is None else part.score
        verdict = Verdict.UNKNOWN if part is None else part.verdict(judgement)
        self._views.inspection.show_score(score, verdict, judgement.threshold, self._other_reason(part))

    def _other_reason(self, part: Part | None) -> str:
        """Which subspace or channel of evidence made a part a defect whose score did not."""
        model, scores = self._models.facts, None if part is None else part.scores
        reason = None if scores is None else self._session.judgement.reason(scores)
        if reason is not None and reason.channel:
            return f"{channel_name(reason.channel)} ≥ {threshold_words(reason.limit)}"
        if model is None or reason is None or reason.subspace is None:
            return ""
        name = self._session.adjustments.called(model.subspaces[reason.subspace][0])
        return f"{name} ≥ {threshold_words(reason.limit)}"

    def _show_breakdown(self, region: ExplainedRegion | None = None) -> None:
        """Say which subspaces the score comes from, or one of the regions."""
        result = self._shown.result
        if result is None or self._stage.live:
            return
        breakdown = self._views.inspection.breakdown
        if region is None:
            shares = score_shares(result)
            subject = self.tr("Score from")
        else:
            shares = region.shares
            view = self._shown.threshold_view
            number = 0 if view is None or region not in view.regions else view.regions.index(region) + 1
            subject = self.tr("Region {number}").format(number=number)
        called = self._session.adjustments.called
        breakdown.show_shares(
            subject,
            [Share(called(row.name), row.colour, share) for row, share in zip(result.subspaces, shares, strict=False)],
        )

    def show_notice(self) -> None:
        """One line over the canvas says what is still to come, or what is wrong with the part."""
        part = self._session.current_part
        notice = self._views.notice
        if part is None:
            notice.clear()
        elif part.error is not None:
            reason = part.error.removeprefix(f"{part.path}: ")
            notice.show_error(self.tr("This part can't be inspected"), reason[:1].upper() + reason[1:])
        elif self._shown.result is not None:
            notice.clear()
        elif self._models.facts is not None:
            notice.show_progress(self.tr("Inspecting…"))
        elif self._views.message.text:
            notice.clear()
        else:
            name = self._models.name
            notice.show_progress(self.tr("Loading {name} model…").format(name=name))

    def _on_cursor(self, x: int, y: int) -> None:
        result = self._shown.result
        value = None
        if result is not None and 0 <= y < result.anomaly_map.shape[0] and 0 <= x < result.anomaly_map.shape[1]:
            value = float(result.anomaly_map[y, x])
        self._views.footer.show_reading(x, y, value)

    def _on_hover(self, patch: tuple[int, int] | None) -> None:
        self._show_patch(patch if patch is not None else self._pinned)

    def _on_pin(self, patch: tuple[int, int] | None) -> None:
        self._pinned = patch
        if patch is not None:
            raise_panel(self._views.patch)
        self._show_patch(patch)

    def _on_pin_moved(self, patch: tuple[int, int]) -> None:
        self._pinned = patch

    def _show_patch(self, patch: tuple[int, int] | None) -> None:
        self._pointed = patch
        result, picture = self._shown.result, self._shown.picture
        if patch is None or result is None or picture is None or not _inside(patch, result.grid):
            self._views.patch.clear()
            return
        gh, gw = result.grid
        row, column = patch
        pixels = picture.levels[0]
        # One patch more on each side, so that a person recognises the place.
        top, bottom = max(0, (row - 1) * picture.height // gh), -(-(row + 2) * picture.height // gh)
        left, right = max(0, (column - 1) * picture.width // gw), -(-(column + 2) * picture.width // gw)
        crop = argb_image(pixels[top:bottom, left:right].copy())
        blocks = self._views.patch.blocks
        blocks.show_blocks(result.layers if len(result.layers) == len(result.layer_maps) else ())
        layer = None if blocks.block == MEAN else result.layers.index(blocks.block)
        called = self._session.adjustments.called
        self._views.patch.show_patch(
            patch,
            float((result.token_map if layer is None else result.layer_maps[layer])[row, column]),
            [replace(entry, name=called(entry.name)) for entry in patch_rows(result, patch, layer)],
            crop,
            pinned=patch == self._pinned,
            # It is the mean of all layers too.
            rarity=None if result.rarity is None or layer is not None else float(result.rarity[row, column]),
        )

    def _show_region(self, region: ExplainedRegion) -> None:
        if self._stage.live:
            return  # it is a region of the selected camera
        self._show_breakdown(region)
        self._views.canvas.zoom_to(QRectF(region.x, region.y, region.width, region.height))


def patches_dominated(assignment: FloatArray) -> list[float]:
    """(K) the share of a part's patches that each subspace has the most weight in; ignored patches count for none.

    Args:
        assignment: (gh, gw, K) weights; the rows of ignored patches are 0.
    """
    rows = assignment.reshape(-1, assignment.shape[-1])
    counts = np.bincount(rows.argmax(axis=1)[rows.any(axis=1)], minlength=rows.shape[1])
    shares: list[float] = (counts / max(1, len(rows))).tolist()
    return shares


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
