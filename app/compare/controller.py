"""Compares, side by side: two layers of the shown part, it and another part, or what two models say of it."""

from __future__ import annotations

from enum import Enum
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from app.canvas import compose
from app.canvas.display import Display
from app.compare.pane import ComparePane
from app.compare.second_model import SecondModelState
from app.compare.view import LEFT, RIGHT
from app.models.controller import no_model_folder
from app.parts.state import Layer, ModelChoice, Part, PartResult, Picture, ThresholdView
from app.shell.actions import Action, Actions, When
from app.shell.owners import Owners
from app.shell.stage import Stage
from app.shell.views import Views
from app.widgets.qimage import argb_image, lines
from app.work.jobs import Cancellation, Outcome
from tokenclip_core.judgement.judgement import Judgement

_Lane = Enum("_Lane", "REGIONS")


class CompareController(QObject):
    """Fills the panes: the shown part on the left; on the right it again, the other part, or it by another model."""

    def __init__(
        self, owners: Owners, views: Views, actions: Actions, stage: Stage, display: Display, second: SecondModelState
    ) -> None:
        super().__init__(views)
        session, work, store = owners.session, owners.work, owners.store
        models, shown = owners.models, owners.shown
        self._session, self._views, self._stage, self._display = session, views, stage, display
        self._work, self._store, self._models = work, store, models
        self._shown, self._second = shown, second
        self._view = views.compare
        self._on = False
        self._other: int | None = None
        self._last: tuple[str, int] | None = None
        self._before: tuple[str, int] | None = None
        self._layers = [Layer.ORIGINAL, Layer.HEATMAP]
        self._layer_before = Layer.HEATMAP
        self._regions_request = 0
        self._regions_of: tuple[PartResult, Judgement] | None = None
        self._outlined: list[ThresholdView | None] = [None, None]
        self._pictures: list[Picture | None] = [None, None]
        self._results: list[PartResult | None] = [None, None]
        self._declare(actions)
        view = self._view
        view.model_menu.offer(actions["compare-checkpoint"], actions["compare-folder"])
        view.model_menu.list.aboutToShow.connect(models.look_for_models)
        view.model_menu.chosen.connect(self.compare_models)
        view.layer_chosen.connect(self._take_layer)
        view.active_changed.connect(self._on_active)
        view.part_wanted.connect(self.compare_with)
        second.failed.connect(self._on_failure)
        display.changed.connect(self._on_display)
        shown.fetched.connect(self._on_fetched)
        second.changed.connect(self.refresh)
        for side, pane in enumerate(view.panes):
            pane.canvas.follow(display, own_layer=True)
            pane.canvas.cursor_moved.connect(partial(self._read, side))
            pane.canvas.zoom_changed.connect(self._show_zoom)

    def _declare(self, actions: Actions) -> None:
        actions.declare(
            Action("compare-layers", self.tr("&Compare two layers"), self.compare_layers, keys=("C",)),
            Action(
                "compare-previous",
                self.tr("Compare with the &previous part"),
                self.compare_with_previous,
                keys=("Shift+C",),
            ),
            Action("compare-models", self.tr("Compare two &models"), self.choose_model, keys=("M",)),
            Action("compare-checkpoint", self.tr("Open a &checkpoint…"), self._ask_for_checkpoint),
            Action("compare-folder", self.tr("Open a model &folder…"), self._ask_for_folder),
            Action(
                "end-comparison",
                self.tr("End the comparison"),
                self.leave,
                icon="close",
                tip=self.tr("End the comparison (Esc)"),
            ),
            when=When.PARTS,
        )

    @property
    def is_on(self) -> bool:
        """Whether two things are compared now."""
        return self._on

    def compare_layers(self) -> None:
        """Show the part twice, with another layer each; ends a comparison that is on."""
        if self._on:
            self.leave()
            return
        shown = self._views.canvas.layer
        self._enter(None, [Layer.ORIGINAL, Layer.HEATMAP if shown is Layer.ORIGINAL else shown])

    def compare_with_previous(self) -> None:
        """Show the part beside the one that was shown before it."""
        if self._before is None:
            self._views.status.show_activity(self.tr("No other part was shown before this one"))
        else:
            self.compare_with(self._before[1])

    def compare_with(self, number: int) -> None:
        """Show the part beside another one of the list."""
        shown = self._views.canvas.layer
        self._enter(number, [shown, shown])

    def compare_models(self, choice: ModelChoice) -> None:
        """Show the part by the model in use beside the same part by another one, or what it has learned."""
        own = self._models.in_use
        same = (choice.key, choice.checkpoint) == (own.key, own.checkpoint)
        layer = self._layers[RIGHT] if self._on else self._views.canvas.layer
        layer = Layer.HEATMAP if layer is Layer.ORIGINAL else layer
        self._enter(None, [layer, layer], None if same else choice)

    def choose_model(self) -> None:
        """Offer the models to compare with; without a comparison, one of two layers begins."""
        if not self._on:
            self.compare_layers()
        if self._on:
            self._view.model_menu.open()

    def take_folder(self, folder: Path) -> None:
        """Compare with the model of a folder."""
        choice = self._models.choice_of_folder(folder)
        if choice is None:
            self._views.message.say(no_model_folder(folder))
        else:
            self.compare_models(choice)

    def take_checkpoint(self, file: Path) -> None:
        """Compare with what a model has learned."""
        choice = self._models.choice_of_checkpoint(file)
        if choice is None:
            text = self.tr("{file} is no checkpoint: choose one that `tokenclip train` wrote.").format(file=str(file))
            self._views.message.say(text)
        else:
            self.compare_models(choice)

    def leave(self) -> None:
        """Show one part again."""
        if not self._on:
            return
        self._on = False
        self._other = None
        self._second.leave()
        self.show_models()
        self._pictures, self._results = [None, None], [None, None]
        for pane in self._view.panes:
            pane.canvas.clear()
        self._stage.compare(False)
        self._views.canvas.setFocus()
        self._display.take(layer=self._layer_before)
        self._views.layer_bar.show_zoom(self._views.canvas.zoom * self._views.canvas.devicePixelRatioF())

    def forget(self) -> None:
        """End the comparison, because other parts are open."""
        self.leave()
        self._last = self._before = None

    def _enter(self, other: int | None, layers: list[Layer], choice: ModelChoice | None = None) -> None:
        if self._session.current is None:
            return
        if not self._on:
            self._layer_before = self._display.look.layer
        self._on, self._other, self._layers = True, other, layers
        if choice is None:
            self._second.leave()
        else:
            self._second.choose(choice)
        self._pictures, self._results = [None, None], [None, None]
        self._outlined, self._regions_of = [None, None], None
        self._stage.compare(True)
        self._view.halve()
        for side, pane in enumerate(self._view.panes):
            pane.canvas.clear()
            pane.show_layer(layers[side])
        self._view.activate(RIGHT)
        self._view.panes[RIGHT].canvas.setFocus()
        self.fetch()
        self.refresh()
        self._view.fit()

    def take_part(self) -> None:
        """Follow the shown part to another one."""
        part, number = self._session.current_part, self._session.current
        if part is None or number is None:
            return
        if self._last is not None and self._last[0] != part.path:
            self._before = self._last
        self._last = (part.path, number)
        self.refresh()

    def fetch(self) -> None:
        """Ask for the part on the right, with the present mix."""
        if self._on and self._other is not None:
            self._results[RIGHT] = None
            self._shown.fetch(self._other)

    def _on_fetched(self, number: int) -> None:
        if self._on and number == self._other:
            self.refresh()

    def _part_of(self, side: int) -> Part | None:
        if side == RIGHT and self._other is not None:
            return self._session.parts[self._other] if self._other < len(self._session.parts) else None
        return self._session.current_part

    def refresh(self) -> None:
        """Show what is known of both parts."""
        if not self._on:
            return
        self.show_models()
        before, place = list(self._pictures), self._view.place
        for side, pane in enumerate(self._view.panes):
            part = self._part_of(side)
            if part is None:
                continue
            pane.show_name(part.name, part.path)
            if side == RIGHT and self._second.choice is not None:
                self._show_second(pane, part, self._second.choice)
                continue
            pane.show_verdict(part.verdict(self._session.judgement), part.score)
            foreign = side == RIGHT and self._other is not None
            picture, result = (
                (self._store.picture(part.path), self._store.result(part.path))
                if foreign
                else (self._shown.picture, self._shown.result)
            )
            self._lay(side, pane, picture, result)
            timed = result if self._second.choice is not None else None
            pane.show_model(self._models.in_use.label, None if timed is None else timed.milliseconds)
            if part.error is not None:
                self._show_broken(pane, part)
            else:
                pane.show_notice(self.tr("Inspecting…") if picture is None or result is None else "")
        if any(old is not new for old, new in zip(before, self._pictures, strict=True)):
            # Both at once: else one pane would take over from the other what belongs to the part before.
            self._view.take_place(place)
        view = self._shown.threshold_view
        alike = self._other is None and self._second.choice is None
        if view is not None:
            self._outline(LEFT, view)
            if alike:
                self._outline(RIGHT, view)
        if not alike:
            self._ask_for_regions()
        # The canvas that is not seen has a zoom of its own, and says so whenever it gets another part.
        self._show_zoom(self._view.panes[self._view.active].canvas.zoom * self._view.devicePixelRatioF())

    def _show_second(self, pane: ComparePane, part: Part, choice: ModelChoice) -> None:
        """Show the second model's result, or the reason why there is none yet."""
        second, picture = self._second, self._shown.picture
        result, trouble = second.result(part), second.trouble(part)
        self._lay(RIGHT, pane, picture, result)
        pane.show_model(choice.label, None if result is None else result.milliseconds)
        judged = Part(part.path, error=part.error)
        if result is not None and second.adjustments is not None:
            judged.take_score(result.scores.score, result.scores.peaks, result.channels)
        pane.show_verdict(judged.verdict(self._judgement()), judged.score)
        if part.error is not None:
            self._show_broken(pane, part)
        elif second.failure:
            heading = self.tr("{name} could not be loaded").format(name=choice.label)
            pane.show_trouble(heading, second.failure)
        elif trouble:
            pane.show_trouble(self.tr("{name} can't inspect this part").format(name=choice.label), trouble)
        elif second.facts is None:
            pane.show_notice(self.tr("Loading {name}…").format(name=choice.label))
        else:
            pane.show_notice(self.tr("Inspecting…") if picture is None or result is None else "")

    def _show_broken(self, pane: ComparePane, part: Part) -> None:
        reason = (part.error or "").removeprefix(f"{part.path}: ")
        pane.show_trouble(self.tr("This part can't be inspected"), f"{part.name}: {reason}")

    def show_models(self) -> None:
        """List the models that can be compared with."""
        current = self._second.choice
        own = self._models.in_use
        self._view.show_models(self._models.choices, own if current is None else current)

    def _ask_for_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self._view.window(), self.tr("Open a model folder"))
        if chosen:
            self.take_folder(Path(chosen))

    def _ask_for_checkpoint(self) -> None:
        title, files = self.tr("Open a checkpoint"), self.tr("Checkpoints ({pattern})").format(pattern="*.safetensors")
        chosen, _ = QFileDialog.getOpenFileName(self._view.window(), title, "", files)
        if chosen:
            self.take_checkpoint(Path(chosen))

    def _on_failure(self, message: str, details: str) -> None:
        text = self.tr("Something went wrong with the model on the right: {message}").format(message=message)
        self._views.message.say(text, details=details)

    def _lay(self, side: int, pane: ComparePane, picture: Picture | None, result: PartResult | None) -> None:
        canvas = pane.canvas
        if picture is not self._pictures[side]:
            self._pictures[side], self._results[side] = picture, None
            if picture is None:
                canvas.clear()
            else:
                levels = [argb_image(level) for level in picture.levels]
                canvas.show_picture(levels, picture.width, picture.height)
        if result is not self._results[side] and picture is not None:
            self._results[side], self._outlined[side] = result, None
            self._regions_of = None if side == RIGHT else self._regions_of
            if result is None:
                canvas.clear_overlays()
            else:
                canvas.show_overlays(argb_image(result.heatmap), argb_image(result.subspace_layer), result.grid)

    def _ask_for_regions(self) -> None:
        """The outline of the part on the right; that of the other is known."""
        result, judgement = self._results[RIGHT], self._judgement()
        asked = self._regions_of
        if result is None or (asked is not None and asked[0] is result and asked[1] == judgement):
            return
        self._regions_of = result, judgement

        def view(_cancellation: Cancellation) -> ThresholdView:
            return compose.threshold_view(result.find_regions(judgement), judgement.threshold)

        self._regions_request = self._work.display.submit(view, lane=_Lane.REGIONS, then=self._on_regions)

    def _judgement(self) -> Judgement:
        """The judgement of the right pane, in which the second model's subspaces have their own thresholds."""
        second = self._second.judgement
        return self._session.judgement if second is None else second

    def _on_regions(self, outcome: Outcome) -> None:
        if self._on and outcome.request == self._regions_request and isinstance(outcome.value, ThresholdView):
            self._outline(RIGHT, outcome.value)

    def _outline(self, side: int, view: ThresholdView) -> None:
        known = self._pictures[side] is not None and self._results[side] is not None
        if known and view is not self._outlined[side]:
            self._outlined[side] = view
            self._view.panes[side].canvas.show_outline(lines(view.outline))

    def _take_layer(self, side: int, layer: Layer) -> None:
        self._layers[side] = layer
        self._view.panes[side].show_layer(layer)
        self._display.take(layer=layer)

    def _on_active(self, side: int) -> None:
        if self._on:
            self._display.take(layer=self._layers[side])

    def _show_zoom(self, zoom: float) -> None:
        if self._on:
            self._views.layer_bar.show_zoom(zoom)

    def _on_display(self) -> None:
        """The keys of the layers belong to the active pane."""
        side, layer = self._view.active, self._display.look.layer
        if self._on and layer is not self._layers[side]:
            self._layers[side] = layer
            self._view.panes[side].show_layer(layer)

    def follow_stage(self) -> None:
        """A camera's pictures need the one thread of the models, and nobody sees the comparison then."""
        if self._stage.live and self._second.choice is not None:
            self.leave()

    def _read(self, side: int, x: int, y: int) -> None:
        """The value under the cursor."""
        result = self._results[side]
        value = None
        if result is not None and 0 <= y < result.anomaly_map.shape[0] and 0 <= x < result.anomaly_map.shape[1]:
            value = float(result.anomaly_map[y, x])
        self._views.footer.show_reading(x, y, value)
