"""The window with everything wired to it, apart from the process it runs in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QObject, Qt, QTimer, QTranslator, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QFileDialog

from app.areas.controller import AreasController
from app.batch.controller import BatchController
from app.batch.model import BatchPhase
from app.batch.rescoring import RescoringController
from app.canvas.controller import CanvasController
from app.canvas.copying import CopyingController
from app.canvas.display import Display
from app.canvas.own_map import OwnMapController
from app.compare.controller import CompareController
from app.compare.second_model import SecondModelState
from app.compare.work import SecondModel
from app.dropping.controller import DroppingController
from app.dropping.kinds import Kind
from app.editing.judging import Judging
from app.editing.part_size import PartSizeController
from app.editing.undo import History
from app.evidence.controller import EvidenceController
from app.gallery.controller import GalleryController
from app.gallery.remembered import RememberedController
from app.history.browsing import BrowsingController
from app.history.controller import HistoryController
from app.live.view import LiveView
from app.manage.sections import Sections
from app.manage.workspaces import WorkspacesController
from app.measuring.controller import MeasuringController
from app.measuring.drift import DriftController
from app.measuring.evaluating import EvaluatingController
from app.models.controller import ModelsController
from app.models.conversion import ConversionController
from app.models.managing import ManagingController
from app.models.state import ModelState
from app.outputs.controller import OutputsController
from app.outputs.state import Outputs
from app.parts.controller import LibraryController
from app.parts.shown import ShownPart
from app.parts.state import ModelChoice, Session
from app.parts.store import PartStore
from app.parts.watching import WatchingController
from app.process.heavy_imports import link_libraries
from app.recipes.controller import RecipesController
from app.recipes.work import recipe_inspector
from app.report.controller import ReportController
from app.result.folder_threshold import FolderThresholdController
from app.result.presentation import PresentationController
from app.review.controller import ReviewController
from app.review.state import Reviews
from app.settings.controller import SettingsFormController, model_options
from app.settings.language import language_name, spoken_language, take_font
from app.settings.preferences import PreferencesController, remembered_look
from app.settings.store import SettingsStore
from app.shell.actions import Action, Actions, When
from app.shell.continuing import Continuation
from app.shell.main_window import MainWindow
from app.shell.owners import Owners
from app.shell.sequences import Features, Sequences
from app.shell.stage import Place, Stage
from app.shell.theme import Theme
from app.shell.views import Views
from app.subspaces.colours import colours_of, dress
from app.subspaces.controller import SubspacesController
from app.tracing.trace import milestone
from app.training.controller import TrainingController
from app.vocabulary.controller import VocabularyController
from app.work.engine import InspectorFactory, imports_of, load_inspector
from app.work.inspector_like import InspectorLike
from app.work.jobs import JobCancelledError
from app.work.work import Work
from tokenclip_core.images.folders import IMAGE_SUFFIXES
from tokenclip_core.recipes.recipe import Recipe
from tokenclip_core.resources import resource_path
from tokenclip_core.sources.catalogue import VIDEO_SUFFIXES

FIRST_LOOK_SECONDS = 0.6
"""The model's libraries are imported when the first part is on screen, or after this long: an import takes the
interpreter lock from the GUI thread again and again, and never as noticeably as while the window lays itself out."""

_PAINT_MILLISECONDS = 60


def translate(application: QApplication, language: str) -> None:
    """Take a language (`app.settings.table.LANGUAGES`) for all texts; English needs no file."""
    for before in application.findChildren(QTranslator):
        application.removeTranslator(before)
        before.deleteLater()
    name = language_name(language)
    take_font(name)
    translator = QTranslator(application)
    if not name.startswith("en") and translator.load(str(resource_path("translations", f"{name}.qm"))):
        application.installTranslator(translator)
    own = QTranslator(application)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if own.load(f"qtbase_{name}", folder):
        application.installTranslator(own)


class Assembly(QObject):
    """Owners, views, the features between them, and the window around it all.

    Attributes:
        session, work, store, models, shown, display, stage, actions, history, judging, second, reviews, theme: owners.
        views, window, menus: what is seen.
        library, evidence, gallery, compare, batch, report, preferences, own_map, live, model_choice: features.
        left: to the next window, where this one was closed to make room for one in another language; else None.

    Signals:
        unexpected: (message, details) an error that nobody handled, from any thread.
    """

    unexpected = Signal(str, str)

    def __init__(
        self,
        application: QApplication,
        settings: SettingsStore,
        *,
        model_name: str,
        factory: InspectorFactory | None = None,
        second_factory: InspectorFactory | None = None,
        link: Callable[[], None] | None = None,
    ) -> None:
        super().__init__()
        self._settings = settings
        self._link = self._link_for_model if link is None else link
        self._paths: list[Path] = []
        self._first_recipe: Path | None = None
        self._known_recipes: dict[str, Recipe] = {}
        self._closed = self._again = False
        self._opened: tuple[Path, ...] = ()
        self._shown_first = settings.values.shown_part
        self._going_on: Continuation | None = None
        self.left: Continuation | None = None
        self._spoken = spoken_language(settings.values.language)
        self._first_look = threading.Event()
        self.session = Session()
        self.theme = Theme(application, settings.values.theme)
        self.work = Work(self)
        self.store = PartStore(self.session, self)
        self.models = ModelState(
            self.work, self.store, model_name, self._after_first_look(factory or self._load), parent=self
        )
        self.shown = ShownPart(self.session, self.work, self.store, self.models, self)
        self.display = Display(remembered_look(settings), self)
        self.stage = Stage(self)
        self.actions = Actions(self.stage, self)
        self.history = History(self.actions, self.stage, self)
        self.judging = Judging(self.session, self.store, self.history, self.actions, self)
        self.reviews = Reviews(self.work, self.history, parent=self)
        self.outputs = Outputs(self.session, self.work, self.store, self.models, settings, self)
        self.second = SecondModelState(
            self.session,
            self.work,
            SecondModel(self.models.engine, self.store.images, second_factory or self._load),
            lambda facts: self.preferences.judged(facts),
            self,
        )
        self.views = Views(self.display)
        self.window = MainWindow(self.views, self.stage)
        self._add_features()
        self._declare()
        self.menus = self.window.lay_out(self.actions, self)
        self._connect()
        self.window.apply_theme()
        self._show_recent()
        if not self.preferences.restore_layout(self.window):
            self.window.take_first_size()

    def start(
        self, paths: Sequence[Path], *, demo: bool = False, camera: str | None = None, recipe: Path | None = None
    ) -> None:
        """Show the window; parts and model follow as soon as it is painted."""
        self._paths = [resource_path("samples")] if demo else list(paths)
        self._again = not self._paths and camera is None and recipe is None
        if self._again:
            self._paths = [Path(place) for place in self._settings.values.opened]
        self._first_recipe = recipe
        if self._paths:
            self.views.empty.show_searching(", ".join(str(path) for path in self._paths))
        if camera is not None:
            self.live.start_with(camera)
        self.window.show()

    def go_on(self, left: Continuation) -> None:
        """Show the window where one in another language was."""
        self._going_on, self._shown_first = left, left.part
        self._paths, self._again = list(left.paths), True
        if self._paths:
            self.views.empty.show_searching(", ".join(str(path) for path in self._paths))
        self.window.show()

    def _speak(self) -> None:
        """Make room for a window in the chosen language, if it is another one and nothing would be lost."""
        if spoken_language(self._settings.values.language) == self._spoken:
            return
        if self._is_at_work or self._would_be_lost:
            words = self.tr("The language changes at the next start, so that nothing here is lost")
            self.views.status.show_activity(words)
            return
        part = self.session.current_part
        self.left = Continuation(
            self._opened or tuple(self._paths),
            "" if part is None else part.path,
            self.models.in_use,
            managing=self.stage.place is Place.MANAGE,
        )
        self.window.close()

    @property
    def _is_at_work(self) -> bool:
        """Whether something goes on that another window would not go on with."""
        inspects = self.batch.phase not in {BatchPhase.NONE, BatchPhase.STOPPED, BatchPhase.DONE}
        looks = self.stage.live or bool(self.live.recording.recorded)
        asked = self.report.is_writing or self.training.is_learning or self.model_page.is_getting
        return inspects or looks or asked or self.evaluating.is_evaluating

    @property
    def _would_be_lost(self) -> bool:
        """Whether parts are judged, or something was made, as no setting says it."""
        now = self.judging.now
        judged = self.session.recipe is not None or self.session.calibration is not None or bool(now.evidence)
        heard = bool(now.muted or now.soloed or now.tolerated or self.evidence.has_good_parts)
        return judged or heard or self.vocabulary.was_shown or self.training.has_learned

    def open(self, paths: Sequence[Path]) -> None:
        """Open images and folders."""
        self.library.open(paths)

    def _open_again(self, places: Sequence[Path], recipe: Path | None, threshold: float | None) -> None:
        """Open the parts of an earlier run, and judge them as it did."""
        if recipe is not None:
            self.recipes.open(recipe)
        elif threshold is not None:
            self.judging.set_threshold(threshold)
        if places:
            self.open(places)

    def take(self, paths: Sequence[Path]) -> None:
        """Take files and folders that were dropped: parts, recipes, models, whatever they are."""
        self.dropping.take(paths)

    def shut_down(self, seconds: float) -> bool:
        """Stop all threads, waiting at most `seconds` for them; whether all of them ended."""
        self.close()
        deadline = time.monotonic() + seconds
        ended = [self.work.join(seconds)]
        ended += [thread.join(deadline - time.monotonic()) for thread in self.live.threads]
        # After its thread, so that none of the thread's older writes comes last.
        self.reviews.finish()
        self.kept.finish()
        self.report.finish()
        return all(ended)

    def _add_features(self) -> None:
        views, actions, stage, settings = self.views, self.actions, self.stage, self._settings
        models, shown, judging = self.models, self.shown, self.judging
        owners = Owners(self.session, self.work, self.store, models, shown, judging)
        self.library = LibraryController(owners, views, actions, stage)
        sections = Sections(views.manage, actions, stage)
        workspaces = WorkspacesController(self.session, shown, views, actions, stage)
        CanvasController(views, actions, stage, self.display)
        presentation = PresentationController(owners, views, stage)
        folder_threshold = FolderThresholdController(owners, views, actions, self.reviews)
        subspaces = SubspacesController(views, judging, actions, models, settings)
        PartSizeController(views, judging, actions)
        self.model_choice = ModelsController(views, actions, models, shown)
        self.model_page = ManagingController(self.work, views, sections, models, self._load)
        self.vocabulary = VocabularyController(views, sections, models)
        self.training = TrainingController(owners, views, sections, self.reviews, settings)
        self.batch = BatchController(owners, views, actions, stage, self.outputs)
        self.sending = OutputsController(self.outputs, settings, views, actions)
        self.rescoring = RescoringController(owners, views)
        self.evidence = EvidenceController(owners, views, actions)
        self.measuring = MeasuringController(owners, views, actions, self.reviews)
        self.evaluating = EvaluatingController(owners, views, sections, self.library.open)
        self.drift = DriftController(owners, views)
        self.gallery = GalleryController(owners, views, actions)
        self.remembered = RememberedController(owners, views, lambda: self.gallery.known)
        self.gallery.opened = self.remembered.look
        self.reviewing = ReviewController(self.session, settings, views, actions, self.reviews)
        self.report = ReportController(owners, settings, views, actions, self.reviews)
        self.own_map = OwnMapController(owners, views, self.display)
        self.compare = CompareController(owners, views, actions, stage, self.display, self.second)
        self.areas = AreasController(owners, settings, views, actions, self.reviews)
        self.copying = CopyingController(self.session, views, actions, stage, shown)
        self.preferences = PreferencesController(owners, settings, views, self.display)
        self.recipes = RecipesController(owners, views, actions, settings, self._known_recipes)
        self.recipes.left.connect(self.areas.take_kept)
        self.watching = WatchingController(self.session, views, shown)
        self.kept = HistoryController(owners, settings, self.reviews, self)
        self.browsing = BrowsingController(settings, views, sections, self.work, self._open_again)
        self.settings = SettingsFormController(
            settings, views, actions, self.theme, self.store, models, self.library.take_bits, self._speak
        )
        self.live = LiveView(owners, views, actions, stage, settings, self.outputs, self.evidence.give)
        self.dropping = DroppingController(
            views,
            self.work,
            {
                Kind.PARTS: self.library.open,
                Kind.VIDEO: self.live.add_videos,
                Kind.RECIPE: lambda paths: self.recipes.open(paths[0]),
                Kind.CALIBRATION: lambda paths: self.measuring.open(paths[0]),
                Kind.CHECKPOINT: lambda paths: self.model_choice.take_checkpoint(paths[0]),
                Kind.VOCABULARY: lambda paths: self.model_choice.take_vocabulary(paths[0]),
                Kind.MODEL: lambda paths: self._take_model(paths[0]),
            },
        )
        Sequences(
            owners,
            self.reviews,
            self.second,
            stage,
            Features(
                library=self.library,
                presentation=presentation,
                folder_threshold=folder_threshold,
                subspaces=subspaces,
                models=self.model_choice,
                conversion=ConversionController(self.work, models, views),
                batch=self.batch,
                rescoring=self.rescoring,
                gallery=self.gallery,
                remembered=self.remembered,
                review=self.reviewing,
                report=self.report,
                own_map=self.own_map,
                compare=self.compare,
                areas=self.areas,
                preferences=self.preferences,
                recipes=self.recipes,
                watching=self.watching,
                history=self.kept,
                drift=self.drift,
                live=self.live,
                outputs=self.outputs,
                workspaces=workspaces,
                model_page=self.model_page,
                training=self.training,
            ),
            self,
        )

    def _declare(self) -> None:
        self.actions.declare(
            Action(
                "open-image",
                self.tr("Open &image…"),
                self._choose_images,
                keys=(QKeySequence.StandardKey.Open,),
                icon="open-image",
            ),
            Action(
                "open-folder", self.tr("Open &folder…"), self._choose_folder, keys=("Ctrl+Shift+O",), icon="open-folder"
            ),
            Action(
                "samples",
                self.tr("Show the &samples"),
                lambda: self.open([resource_path("samples")]),
                icon="samples",
                short=self.tr("Samples"),
            ),
            Action(
                "details",
                self.tr("How it was &found"),
                self.window.toggle_details,
                keys=("D",),
                icon="chevron",
                tip=self.tr("Show the subspaces and the patches that the verdict comes from, or fold them away"),
                when=When.PARTS,
            ),
            Action("quit", self.tr("&Quit"), self.window.close, keys=("Ctrl+Q",)),
            Action("manual", self.tr("&Manual"), self._show_manual, keys=("Shift+F1",)),
            Action("shortcuts", self.tr("Keyboard &shortcuts"), self._show_shortcuts, keys=("F1",), icon="help"),
        )

    def _connect(self) -> None:
        self.work.prepared.connect(self._on_prepared)
        self.work.failed.connect(self._on_unexpected)
        self.shown.picture_ready.connect(self._end_first_look)
        self.store.opened.connect(self._on_opened)
        self.theme.changed.connect(self._take_theme)
        self.unexpected.connect(self._on_unexpected, Qt.ConnectionType.QueuedConnection)

    def _take_model(self, folder: Path) -> None:
        """Add a model where models are looked after; elsewhere inspect with it."""
        if self.model_page.seen:
            self.model_page.add(folder)
        else:
            self.model_choice.take_folder(folder)

    def _show_recent(self) -> None:
        self.views.empty.show_recent(())  # before the menu takes its actions away
        self.menus.show_recent(self.preferences.recent)
        self.views.empty.show_recent(self.menus.recent.actions())

    def _link_for_model(self) -> None:
        link_libraries(imports_of(self.models.key, model_options(self._settings)))

    def _take_theme(self) -> None:
        self.actions.apply_theme()
        self.window.apply_theme()

    def _load(self, choice: ModelChoice, shared: InspectorLike | None, between: Callable[[], object]) -> InspectorLike:
        def look_up() -> None:
            self._stop_if_closed()
            between()

        options, recipe = model_options(self._settings), self._known_recipes.get(choice.key)
        if recipe is not None:
            return recipe_inspector(recipe, options, look_up)
        inspector = load_inspector(choice, shared, options, look_up)
        dress(inspector, colours_of(self._settings.values.subspace_colours))
        return inspector

    def _stop_if_closed(self) -> None:
        if self._closed:
            raise JobCancelledError

    def _after_first_look(self, factory: InspectorFactory) -> InspectorFactory:
        def unhurried(
            choice: ModelChoice, shared: InspectorLike | None, between: Callable[[], object]
        ) -> InspectorLike:
            self._first_look.wait(FIRST_LOOK_SECONDS)
            self._stop_if_closed()
            return factory(choice, shared, between)

        return unhurried

    def _end_first_look(self) -> None:
        if not self._first_look.is_set():
            QTimer.singleShot(_PAINT_MILLISECONDS, self, self._first_look.set)

    def begin(self) -> None:
        """The window is on the screen: load the libraries and the model, then open what was asked for."""
        milestone("window_shown")
        self.work.prepare(self._link)
        left = self._going_on
        if self._first_recipe is not None:
            self.recipes.open(self._first_recipe)
        elif left is not None:
            self.models.take(left.model)
        else:
            self.models.reload()
        if left is not None and left.managing:
            self.stage.show(Place.MANAGE)

    def _on_prepared(self) -> None:
        self.outputs.begin()
        self._open_first()
        # Not earlier: the start of the model hides what was said before.
        self._say_what_was_set_aside()

    def _open_first(self) -> None:
        was_quicker = bool(self.session.parts) or self.store.is_listing
        if not self._paths or was_quicker or self.stage.apart:
            # Nothing is to be seen first: there is nothing, or a person went elsewhere meanwhile.
            self._first_look.set()
        if not self._paths or was_quicker:
            return
        if self._again:
            self.library.open_again(self._paths, self._shown_first)
        else:
            self.library.open(self._paths, by_itself=self.stage.apart)

    def _on_opened(self, paths: list[Path], by_itself: bool) -> None:
        self._opened = tuple(paths)
        self.batch.end()
        self.rescoring.stop()
        self.remembered.stop()
        self.history.forget()
        self.areas.open_folder(paths)
        self.gallery.clear()
        self.compare.forget()
        if not (by_itself and self.stage.apart):
            self.stage.show(Place.EMPTY)
            self.stage.call("")
        if paths != [resource_path("samples")]:
            self.preferences.remember_opened(paths)
            self._show_recent()

    def _choose_images(self) -> None:
        images, videos = (
            " ".join(f"*{suffix}" for suffix in sorted(some)) for some in (IMAGE_SUFFIXES, VIDEO_SUFFIXES)
        )
        filters = (
            self.tr("Images and videos ({patterns})").format(patterns=f"{images} {videos}"),
            self.tr("Images ({patterns})").format(patterns=images),
            self.tr("Videos ({patterns})").format(patterns=videos),
            self.tr("All files (*)"),
        )
        chosen, _ = QFileDialog.getOpenFileNames(
            self.window, self.tr("Open images or videos"), self.preferences.last_folder, ";;".join(filters)
        )
        if chosen:
            self.dropping.take([Path(path) for path in chosen])

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(
            self.window, self.tr("Open a folder of parts"), self.preferences.last_folder
        )
        if chosen:
            self.open([Path(chosen)])

    def _show_shortcuts(self) -> None:
        from app.shell.shortcuts_dialog import ShortcutsDialog

        dialog = ShortcutsDialog(self.menus.shortcut_groups, self.window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _show_manual(self) -> None:
        """Open the manual in a window of its own, beside which one goes on working."""
        from app.shell.manual_dialog import ManualDialog

        dialog = ManualDialog(resource_path("manual"), self.window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()

    def _on_unexpected(self, message: str, details: str) -> None:
        text = self.tr("Something went wrong: {message}").format(message=message)
        self.views.message.say(text, details=details)

    def _say_what_was_set_aside(self) -> None:
        if self._settings.set_aside:
            files = ", ".join(str(file) for file in self._settings.set_aside)
            self.views.message.say(self.tr("Damaged settings begin anew; they are kept in {files}").format(files=files))
            self._settings.set_aside.clear()

    def close(self) -> None:
        """Save what is remembered, and let everything end; returns at once."""
        if self._closed:
            return
        self._closed = True
        self._first_look.set()
        self.live.close()
        self.outputs.close()
        self.watching.stop()
        self.model_page.stop()
        self.library.stop()
        self.batch.end()
        self.rescoring.stop()
        self.remembered.stop()
        self.measuring.stop()
        self.evaluating.stop()
        self.preferences.save(self.window)
        self.work.stop()
