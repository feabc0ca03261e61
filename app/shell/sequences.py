"""What the features do, one after the other, when an owner's state changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject

from app.areas.controller import AreasController
from app.batch.controller import BatchController
from app.batch.rescoring import RescoringController
from app.canvas.own_map import OwnMapController
from app.compare.controller import CompareController
from app.compare.second_model import SecondModelState
from app.editing.adjustments import Adjustments, Mix
from app.gallery.controller import GalleryController
from app.gallery.model import PartSummary
from app.gallery.remembered import RememberedController
from app.history.controller import HistoryController
from app.live.view import LiveView
from app.manage.workspaces import WorkspacesController
from app.measuring.drift import DriftController
from app.models.controller import ModelsController
from app.models.conversion import ConversionController
from app.models.managing import ManagingController
from app.models.state import ModelFailure
from app.outputs.state import Outputs
from app.parts.controller import LibraryController
from app.parts.state import ModelFacts, PartResult
from app.parts.watching import WatchingController
from app.recipes.controller import RecipesController
from app.report.controller import ReportController
from app.result.folder_threshold import FolderThresholdController
from app.result.presentation import PresentationController
from app.review.controller import ReviewController
from app.review.state import Reviews
from app.settings.preferences import PreferencesController
from app.shell.owners import Owners
from app.shell.stage import Stage
from app.subspaces.controller import SubspacesController
from app.training.controller import TrainingController


@dataclass(frozen=True)
class Features:
    """Those that follow more than one owner, or an owner that others follow too."""

    library: LibraryController
    presentation: PresentationController
    folder_threshold: FolderThresholdController
    subspaces: SubspacesController
    models: ModelsController
    conversion: ConversionController
    batch: BatchController
    rescoring: RescoringController
    gallery: GalleryController
    remembered: RememberedController
    review: ReviewController
    report: ReportController
    own_map: OwnMapController
    compare: CompareController
    areas: AreasController
    preferences: PreferencesController
    recipes: RecipesController
    watching: WatchingController
    history: HistoryController
    drift: DriftController
    live: LiveView
    outputs: Outputs
    workspaces: WorkspacesController
    model_page: ManagingController
    training: TrainingController


class Sequences(QObject):
    """For every change of an owner one method, which says who does what, and in which order.

    Owners come first, since features ask them. Of the features the shown part comes first, so that a person sees it
    before lists and runs over the folder are brought up to date.
    """

    def __init__(
        self,
        owners: Owners,
        reviews: Reviews,
        second: SecondModelState,
        stage: Stage,
        features: Features,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._owners, self._second, self._features = owners, second, features
        models, shown, store, judging = owners.models, owners.shown, owners.store, owners.judging
        models.loading.connect(self._on_loading)
        models.loaded.connect(self._on_loaded)
        models.ready.connect(self._on_ready)
        models.recoloured = self._on_recoloured
        models.failed.connect(self._on_failed)
        models.listed.connect(self._on_listed)
        shown.changed.connect(self._on_part_shown)
        shown.picture_ready.connect(self._on_picture)
        shown.result_ready.connect(self._on_result)
        shown.threshold_ready.connect(self._on_regions)
        store.part_updated.connect(self._on_part_updated)
        store.part_inspected.connect(self._on_part_inspected)
        store.summarised.connect(self._on_summarised)
        store.order_outdated.connect(self._on_order_outdated)
        store.grown.connect(self._on_grown)
        store.mix_taken.connect(self._on_mix)
        store.judgement_taken.connect(self._on_judgement)
        store.forgotten.connect(self._on_forgotten)
        judging.adjusted.connect(self._on_adjusted)
        judging.begun.connect(self._on_judging_begun)
        reviews.changed.connect(self._on_reviews)
        stage.changed.connect(self._on_stage)
        # What is remembered of the judgement was taken before anything followed it.
        self._on_adjusted(judging.now)

    def _on_loading(self, name: str) -> None:
        owners, features = self._owners, self._features
        owners.shown.stop_inspecting()
        self._second.suspend()
        features.presentation.show_notice()
        features.models.show_loading(name)
        features.conversion.follow_loading()
        features.batch.end()
        features.rescoring.stop()
        features.remembered.stop()
        features.gallery.clear()
        features.report.cancel()
        features.own_map.choose(None)
        features.recipes.follow_loading()
        features.live.live.open_gates()

    def _on_loaded(self, facts: ModelFacts) -> None:
        owners, features = self._owners, self._features
        # What belonged to the subspaces before is gone when the features hear of the new ones.
        owners.judging.take_model(facts)
        self._second.resume()
        features.subspaces.take_model(facts)
        features.models.show_facts()
        features.batch.refill()
        features.gallery.take_model()

    def _on_ready(self) -> None:
        features = self._features
        self._owners.shown.show_again()
        features.presentation.show_notice()
        features.history.look_up_soon()
        # The panels were just cleared for the stills.
        features.live.live.take_model()
        features.conversion.follow_model()

    def _on_recoloured(self, facts: ModelFacts) -> None:
        # Parts are drawn anew; they are neither inspected nor compared again.
        features = self._features
        features.subspaces.take_model(facts)
        features.gallery.take_model()
        self._owners.shown.show_again()
        features.presentation.show_notice()
        features.live.live.take_model()

    def _on_failed(self, failure: ModelFailure) -> None:
        features = self._features
        self._second.resume()
        features.presentation.show_notice()
        features.models.show_failure(failure)
        features.batch.end()
        features.recipes.follow_failure()

    def _on_listed(self) -> None:
        self._features.models.show_list()
        self._features.model_page.show_list()
        self._features.training.show_models()
        self._features.compare.show_models()

    def _on_part_shown(self) -> None:
        features = self._features
        self._second.ask_soon()
        features.presentation.show_part()
        features.review.show()
        features.areas.show_part()
        features.compare.take_part()
        features.watching.watch()
        features.history.ask_for_opinions()

    def _on_picture(self) -> None:
        features = self._features
        features.presentation.show_picture()
        features.gallery.pin_wanted()
        features.own_map.ask()
        features.compare.refresh()

    def _on_result(self) -> None:
        features = self._features
        features.presentation.show_result()
        features.models.show_time()
        features.gallery.pin_wanted()
        # After the whole map is on the canvas, in whose place it comes.
        features.own_map.ask()
        features.compare.refresh()

    def _on_regions(self) -> None:
        self._features.presentation.show_regions()
        self._features.compare.refresh()

    def _on_part_updated(self, number: int) -> None:
        self._features.presentation.update_row(number)
        self._features.batch.take_part(number)
        self._features.library.wait_for(number)
        self._features.outputs.take_failure(self._owners.session.parts[number])

    def _on_part_inspected(self, number: int, result: PartResult) -> None:
        self._features.gallery.take_part(number, result)
        self._features.history.take_part(number, result)
        self._features.outputs.take_part(self._owners.session.parts[number].path, result)
        self._features.drift.take_part(self._owners.session.parts[number].path, result)

    def _on_summarised(self, mix: Mix, summaries: Sequence[PartSummary]) -> None:
        self._features.gallery.take_summaries(mix, summaries)
        self._features.history.take_summaries(mix, summaries)
        self._features.drift.take_summaries(mix, summaries)

    def _on_order_outdated(self) -> None:
        self._features.presentation.rearrange()
        self._features.folder_threshold.gather_soon()
        self._features.gallery.regroup_soon()

    def _on_grown(self) -> None:
        self._features.folder_threshold.gather_soon()
        self._features.batch.take_new_parts()
        self._features.history.look_up_soon()

    def _on_mix(self) -> None:
        owners, features = self._owners, self._features
        owners.shown.take_mix()
        self._second.ask_soon()
        features.folder_threshold.gather_soon()
        features.batch.take_mix()
        features.rescoring.take_mix(features.batch.phase)
        features.gallery.take_mix()
        features.compare.fetch()
        features.history.look_up_soon()
        features.live.live.inspect_frozen_again()

    def _on_judgement(self) -> None:
        self._owners.shown.ask_for_regions()
        self._features.folder_threshold.gather_soon()
        self._features.remembered.look()
        self._features.rescoring.follow_judgement()

    def _on_forgotten(self, path: str) -> None:
        owners, features = self._owners, self._features
        owners.models.forget(path)
        self._second.forget(path)
        features.library.forget(path)
        features.gallery.forget(path)
        features.outputs.forget(path)

    def _on_adjusted(self, adjustments: Adjustments) -> None:
        features = self._features
        features.presentation.show_adjustments(adjustments)
        features.folder_threshold.take_adjustments()
        features.subspaces.show_adjustments(adjustments)
        features.batch.judge_again()
        features.gallery.take_adjustments()
        features.areas.show_areas(adjustments)
        features.preferences.take_adjustments(adjustments)
        features.recipes.show()
        features.live.live.judge_again()

    def _on_judging_begun(self, facts: ModelFacts) -> None:
        features = self._features
        features.presentation.judge_list()
        # The preferences remember of each model how it judged last; a recipe goes over that.
        features.preferences.restore_judgement(facts)
        features.recipes.follow_model()

    def _on_reviews(self) -> None:
        self._features.review.follow_reviews()
        self._features.areas.show_part()
        self._features.folder_threshold.gather_soon()

    def _on_stage(self) -> None:
        features = self._features
        features.batch.proceed()
        features.compare.follow_stage()
        features.live.follow_stage()
        features.workspaces.follow_stage()
