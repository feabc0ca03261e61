"""While the live view is seen, the panels on the right are about the selected camera."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject, QRectF

from app.evidence.names import channel_name
from app.live.camera import LiveCamera
from app.live.cameras import LiveCameras
from app.parts.state import ExplainedRegion, Session, Verdict, compared_words, threshold_words
from app.result.breakdown import Share
from app.result.finding_words import finding_words, likeness_words
from app.result.presentation import score_shares
from app.shell.views import Views
from app.work.order_of_work import later
from tokenclip_core.judgement.judgement import Judgement

PANEL_MILLISECONDS = 200
"""Numbers that change faster can't be read; the time to paint them is the picture's."""


class LivePanels(QObject):
    """Fills the panels for the selected camera; after `leave` they are the stills' again.

    The camera's tile shows every result at once; the panels show one, and after `PANEL_MILLISECONDS` the last one.
    """

    def __init__(self, session: Session, views: Views, live: LiveCameras) -> None:
        super().__init__(views)
        self._session, self._views, self._live = session, views, live
        self._seen = False
        self._later = False
        self._pause = later(self, self._on_pause_over, PANEL_MILLISECONDS)
        live.selected_changed.connect(self._show)
        views.inspection.region_chosen.connect(self._show_region)

    def enter(self) -> None:
        """Prepare the panels for cameras, because the live view is seen."""
        self._seen = True
        self._views.inspection.review.take_away(
            self.tr("Parts are reviewed, not cameras: take a snapshot (Ctrl+S), and open its folder to review it")
        )
        self._views.subspaces.take_own_maps_away(
            self.tr("Of a still only: take a snapshot (Ctrl+S) and open it, or hear this subspace alone (S)")
        )
        self._show()

    def leave(self) -> None:
        """Give the panels back to the parts."""
        self._seen = False
        self._views.inspection.review.take_away("")
        self._views.subspaces.take_own_maps_away("")

    def show_camera(self, camera: LiveCamera) -> None:
        """Show a camera at once, if it is the selected one."""
        if camera is self._live.selected:
            self._show()

    def renew(self, camera: LiveCamera) -> None:
        """Show the newest result of a camera, if it is the selected one; not too often."""
        if camera is not self._live.selected:
            return
        if self._pause.isActive():
            self._later = True
        else:
            self._show()
            self._pause.start()

    def _on_pause_over(self) -> None:
        if self._later:
            self._show()
            self._pause.start()

    def _show(self) -> None:
        self._later = False
        if not self._seen:
            return
        views, camera = self._views, self._live.selected
        judgement = self._session.judgement
        threshold = judgement.threshold
        live = None if camera is None else camera.latest
        result = None if live is None or (camera is not None and camera.verdict is Verdict.ERROR) else live.result
        views.live.controls.show_state(
            frozen=camera is not None and camera.frozen, recording=camera is not None and camera.recording
        )
        if camera is not None:
            camera.tile.show_state(frozen=camera.frozen, recording=camera.recording)
        if result is None or live is None or camera is None:
            verdict = Verdict.UNKNOWN if camera is None else camera.verdict
            views.inspection.show_score(None, verdict, threshold)
            if verdict is Verdict.ERROR:
                # The words of the camera's tile: those of an unreadable file would not fit a camera.
                views.inspection.badge.setText(QCoreApplication.translate("LiveTile", "NO PICTURE"))
            views.inspection.show_histogram(None, None)
            views.inspection.show_regions(None)
            views.inspection.show_finding()
            views.inspection.breakdown.show_shares("", ())
            views.subspaces.show_values(None)
            return
        reason = _other_reason(camera, judgement)
        views.inspection.show_score(result.score, camera.verdict, threshold, reason)
        views.inspection.show_histogram(result.histogram, result.score)
        called = self._session.adjustments.called
        height, width = result.anomaly_map.shape
        found = () if live.view is None else live.view.regions
        # A person says it of a folder; only a recipe says it of whatever a camera sees.
        millimetres = 0.0 if self._session.recipe is None else self._session.adjustments.part_width
        views.inspection.show_scale(millimetres / width)
        views.inspection.show_regions(found, (width, height))
        names = [called(row.name) for row in result.subspaces]
        views.inspection.show_finding(finding_words(found, (width, height)), likeness_words(found, names))
        views.inspection.breakdown.show_shares(
            QCoreApplication.translate("PresentationController", "Score from"),
            [
                Share(called(row.name), row.colour, share)
                for row, share in zip(result.subspaces, score_shares(result), strict=True)
            ],
        )
        views.subspaces.show_values(result.subspaces)
        views.status.show_time(result.milliseconds)

    def _show_region(self, region: ExplainedRegion) -> None:
        camera = self._live.selected
        if self._seen and camera is not None:
            camera.tile.canvas.zoom_to(QRectF(region.x, region.y, region.width, region.height))


def _other_reason(camera: LiveCamera, judgement: Judgement) -> str:
    """What decided, in words, where it was not the score of this frame alone."""
    scores = camera.judged_scores
    reason = None if scores is None else judgement.reason(scores)
    if reason is not None and reason.subspace is not None:
        return QCoreApplication.translate("LivePanels", "a subspace's own threshold")
    if reason is not None and reason.channel:
        return f"{channel_name(reason.channel)} ≥ {threshold_words(reason.limit)}"
    if scores is not None and len(camera.scores) > 1:
        relation = " ".join(compared_words(scores.score, judgement.threshold))
        return QCoreApplication.translate("LivePanels", "median {relation}").format(relation=relation)
    return ""
