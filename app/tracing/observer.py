"""Answers a scripted walk that asks where things are and what is shown; only where a trace is asked for.

The walk writes a number into the file that `question_file` names; one line ``asked`` of the trace is the answer. So a
walk finds a button wherever a theme, a language or a size puts it, and learns whether a click did what it should.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtWidgets import QApplication, QTabBar, QToolButton, QWidget

from app.live.camera import LiveCamera
from app.shell.assembly import Assembly
from app.shell.stage import Place
from app.tracing.trace import TRACE_VARIABLE, milestone
from app.tracing.watchdog import EventLoopWatchdog
from app.widgets.action_button import ActionButton

LOOK_MILLISECONDS = 50


def question_file() -> Path:
    """Where a question is put, beside the trace."""
    return Path(os.environ[TRACE_VARIABLE] + ".ask")


class Observer(QObject):
    """Looks for questions and answers them; what an answer takes does not count for the watchdog."""

    def __init__(self, assembly: Assembly, watchdog: EventLoopWatchdog) -> None:
        super().__init__(assembly)
        self._assembly, self._watchdog = assembly, watchdog
        self._question = question_file()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def stop(self) -> None:
        """Answer no more."""
        self._timer.stop()

    def _look(self) -> None:
        try:
            number = int(self._question.read_text(encoding="utf-8"))
            self._question.unlink()
        except (OSError, ValueError):
            return
        watchdog = self._watchdog
        watchdog.beat()
        milestone(
            "asked",
            question=number,
            places=self._places(),
            facts=self._facts(),
            block=watchdog.longest_block,
            work=watchdog.longest_work,
            culprits=sorted(watchdog.culprits, reverse=True)[:20],
        )
        watchdog.reset()

    def _places(self) -> dict[str, list[int]]:
        """Left, top, width and height on the screen, in its pixels, of what is visible."""
        window, views = self._assembly.window, self._assembly.views
        widgets: dict[str, QWidget] = {
            "window": window,
            "canvas": views.canvas.viewport(),
            "parts": views.parts.view,
            "threshold": views.inspection.plot,
            "inspection": views.inspection,
            "subspaces": views.subspaces,
            "patch": views.patch,
            "gallery": views.gallery.view,
            "layers": views.layer_bar,
            "areas": views.areas_bar,
            "pause": views.status.batch.pause,
            "show-demonstration": views.live.first_demo,
            "report open": views.status.report.open,
            "report close": views.status.report.cancel,
            "recipes": views.recipe_menu,
        }
        dialogs = {"shelf": self._assembly.evidence.dialog, "measure": self._assembly.measuring.dialog}
        widgets.update({name: dialog for name, dialog in dialogs.items() if dialog is not None})
        widgets.update(_evaluation(self._assembly))
        for chosen in views.evidence.findChildren(ActionButton):
            if chosen.defaultAction() is self._assembly.actions["good-parts"]:
                widgets["good-parts"] = chosen
        for index, button in enumerate(views.subspaces.solo_buttons):
            widgets[f"solo {index}"] = button
        places = {name: _on_screen(widget, widget.rect()) for name, widget in widgets.items() if widget.isVisible()}
        for bar in window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            docks = {dock.windowTitle(): dock.objectName() for dock in window.docks}
            for tab in range(bar.count() if bar.isVisible() else 0):
                places[f"tab {docks.get(bar.tabText(tab))}"] = _on_screen(bar, bar.tabRect(tab))
        if views.canvas.isVisible():
            places["part"] = _on_screen(views.canvas.viewport(), views.canvas.shown_area)
        return places

    def _facts(self) -> dict[str, Any]:
        """What a person sees, in plain words and numbers."""
        assembly, views = self._assembly, self._assembly.views
        session, shown = assembly.session, assembly.shown
        undo, evaluation = assembly.actions["undo"], assembly.evaluating.page
        part, runs = session.current_part, assembly.browsing.page
        focus, popup = QApplication.focusWidget(), QApplication.activePopupWidget()
        return {
            "parts": len(session.parts),
            "current": session.current,
            "name": None if part is None else part.name,
            "score": None if shown.result is None else shown.result.score,
            "settled": assembly.work.idle,
            "layer": views.canvas.layer.value,
            "grid": assembly.display.look.grid,
            "threshold": session.threshold,
            "recipe": views.recipe_menu.said,
            "figures": 0 if evaluation is None else evaluation.lines_view.model().rowCount(),
            "cases": 0 if evaluation is None else evaluation.cases_view.model().rowCount(),
            "runs": 0 if runs is None else runs.runs_view.model().rowCount(),
            "results": 0 if runs is None else runs.results_view.model().rowCount(),
            "soloed": sorted(session.adjustments.soloed),
            "areas": len(session.adjustments.areas.areas),
            "pinned": views.canvas.pinned,
            "tiles": len(views.gallery.tiles),
            "evidence": session.adjustments.evidence,
            "good": len(assembly.evidence.shelf.paths),
            "sheet": assembly.stage.sheet,
            "managed": views.manage.section if assembly.stage.place is Place.MANAGE else "",
            "compared": [pane.title for pane in views.compare.panes] if assembly.compare.is_on else [],
            "batch": assembly.batch.phase.value,
            "inspected": sum(known.score is not None for known in session.parts),
            "report": "" if assembly.report.saved is None else str(assembly.report.saved),
            "activity": views.status.activity,
            "second": _second(assembly),
            "undo": undo.text() if undo.isEnabled() else "",
            "verdict": views.inspection.badge.text(),
            "dialog": type(QApplication.activeModalWidget()).__name__,
            "popup": popup is not None,
            "focus": type(focus).__name__,
            "live": [_camera_facts(camera) for camera in assembly.live.live.cameras.values()],
        }


def _evaluation(assembly: Assembly) -> dict[str, QWidget]:
    """The page of evaluations, as far as a walk uses it."""
    page = assembly.evaluating.page
    if page is None:
        return {}
    found = {"evaluation cases": page.cases_view.viewport(), "evaluation curves": page.curves}
    names = {page.choose_action: "evaluation folder", page.evaluate_action: "evaluation begin"}
    for button in page.findChildren(ActionButton):
        name = names.get(button.defaultAction())
        if name is not None:
            found[name] = button
    return found


def _second(assembly: Assembly) -> str:
    """The model on the right, once its pane shows what it says."""
    second, pane = assembly.second, assembly.views.compare.panes[1]
    return "" if second.choice is None or second.facts is None or pane.notice else second.choice.label


def _camera_facts(camera: LiveCamera) -> dict[str, Any]:
    error = None if camera.capture is None else camera.capture.report.error
    return {
        "name": camera.name,
        "inspected": camera.inspected.total,
        "verdict": camera.verdict.value,
        "fault": None if error is None else error.fault.value,
    }


def _on_screen(widget: QWidget, area: QRect) -> list[int]:
    ratio = widget.devicePixelRatioF()
    origin = widget.mapToGlobal(QPoint(0, 0)) + area.topLeft()
    shown = widget.visibleRegion().boundingRect() if isinstance(widget, QToolButton) else area
    width, height = shown.width(), shown.height()
    return [round(ratio * side) for side in (origin.x(), origin.y(), width, height)]
