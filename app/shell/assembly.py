"""The window with everything wired to it, apart from the process it runs in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QObject, Qt, QTimer, QTranslator, Signal
from PySide6.QtGui import QFontDatabase, QFontInfo
from PySide6.QtWidgets import QApplication, QFileDialog

from app.areas.controller import RegionController
from app.batch.controller import BatchController
from app.canvas.copying import CopyingController
from app.canvas.own_map import OwnMapController
from app.compare.controller import CompareController
from app.compare.second_model import SecondModelController
from app.compare.work import SecondFactory, SecondModel
from app.editing.controller import EditingController
from app.editing.undo import HistoryController
from app.gallery.controller import GalleryController
from app.live.view import LiveView
from app.models.controller import ModelsController
from app.parts.controller import LibraryController
from app.parts.state import ModelChoice, Session
from app.parts.watching import WatchingController
from app.process.heavy_imports import link_libraries
from app.recipes.controller import RecipesController
from app.recipes.work import recipe_inspector
from app.report.controller import ReportController
from app.result.inspection import InspectionController
from app.result.presentation import PresentationController
from app.review.controller import ReviewController
from app.settings.controller import SettingsFormController, model_options
from app.settings.preferences import PreferencesController
from app.settings.store import SettingsStore
from app.shell.main_window import MainWindow
from app.shell.theme import Theme
from app.tracing.trace import milestone
from app.work.engine import InspectorFactory, bundled_inspector, imports_of, second_inspector
from app.work.inspector_like import InspectorLike
from app.work.jobs import JobCancelledError
from tokenclip_core.recipes.recipe import Recipe
from tokenclip_core.resources import resource_path

FIRST_LOOK_SECONDS = 0.6
"""The model's libraries are imported when the first part is on screen, or after this long: an import takes the
interpreter lock from the GUI thread again and again, and never as noticeably as while the window lays itself out."""

CHINESE_FONTS = (
    "Microsoft YaHei UI",
    "PingFang SC",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
)
"""Taken where the system's own font has no Chinese, the first that is there."""

_PAINT_MILLISECONDS = 60


def translate(application: QApplication, language: str) -> None:
    """Take a language (`app.settings.table.LANGUAGES`) for all texts; English needs no file."""
    name = QLocale.system().name() if language == "system" else language
    if name.startswith("zh"):
        _take_chinese_font(application)
    translator = QTranslator(application)
    if not name.startswith("en") and translator.load(str(resource_path("translations", f"{name}.qm"))):
        application.installTranslator(translator)
    own = QTranslator(application)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if own.load(f"qtbase_{name}", folder):
        application.installTranslator(own)


def _take_chinese_font(application: QApplication) -> None:
    """Chinese in a font of its own: signs that a Latin one borrows are higher than its fields, and of any weight."""
    chinese = QFontDatabase.WritingSystem.SimplifiedChinese
    font = application.font()
    if chinese in QFontDatabase.writingSystems(QFontInfo(font).family()):
        return
    known = set(QFontDatabase.families(chinese))
    family = next((name for name in CHINESE_FONTS if name in known), None)
    if family is not None:
        font.setFamily(family)
        application.setFont(font)


class Assembly(QObject):
    """Window, controllers, session and settings.

    Attributes:
        window: what is seen.
        session: what is open.
        inspection, library, gallery, compare, copying, history, editing, reviews, own_map: controllers.
        batch, report, models, recipes, second, preferences, settings, presentation: further controllers.
        regions, watching: more of them.

    Signals:
        unexpected: (message, details) an error that nobody handled, from any thread.
    """

    unexpected = Signal(str, str)

    def __init__(
        self,
        application: QApplication,
        store: SettingsStore,
        *,
        model_name: str,
        factory: InspectorFactory | None = None,
        second_factory: SecondFactory | None = None,
        link: Callable[[], None] | None = None,
    ) -> None:
        super().__init__()
        self._model_name = model_name
        self._link = self._link_for_model if link is None else link
        self._paths: list[Path] = []
        self._first_recipe: Path | None = None
        self._closed = False
        self._first_look = threading.Event()
        self._store = store
        self.session = Session()
        self._known_recipes: dict[str, Recipe] = {}
        self.theme = Theme(application, store.values.theme)
        self.window = MainWindow()
        self.inspection = InspectionController(self.session, self, self._after_first_look(factory or self._load))
        self.library = LibraryController(self.session, self.window.parts)
        self.history = HistoryController(self.window)
        self.editing = EditingController(self.session, self.window, self.inspection, self.history)
        self.presentation = PresentationController(self.session, self.window, self.inspection, self.editing)
        self.batch = BatchController(self.session, self.window, self.inspection, self.library)
        self.gallery = GalleryController(self.session, self.window, self.inspection)
        self.reviews = ReviewController(self.session, self.window, self.inspection, self.history)
        self.report = ReportController(self.session, self.window, self.inspection, self.library, self.reviews)
        self.own_map = OwnMapController(self.session, self.window, self.inspection)
        self.models = ModelsController(self.window, self.inspection, model_name)
        self.second = SecondModelController(
            self.session,
            self.inspection,
            SecondModel(self.inspection.engine, self.inspection.images, second_factory or self._load_second),
            lambda facts: self.preferences.judged(facts),
            self.window,
        )
        self.compare = CompareController(self.session, self.window, self.inspection, self.models, self.second)
        self.regions = RegionController(store, self.window, self.inspection, self.editing, self.session)
        self.copying = CopyingController(self.session, self.window, self.inspection, self.gallery, self.compare)
        self.preferences = PreferencesController(
            store, self.session, self.window, self.theme, self.editing, self.inspection
        )
        self.recipes = RecipesController(
            self.session,
            self.window,
            self.inspection,
            self.editing,
            self.models,
            self.regions,
            store,
            self._known_recipes,
        )
        self.watching = WatchingController(self.session, self.window, self.inspection, self._inspect_again)
        self.settings = SettingsFormController(store, self.window, self.preferences, self.inspection, self.models)
        self.live = LiveView(self.session, self.window, self.inspection, self.editing, store)
        self._threads = (*self.inspection.threads, *self.library.threads, *self.gallery.threads, *self.reviews.threads)
        self._connect()

    def start(
        self, paths: Sequence[Path], *, demo: bool = False, camera: str | None = None, recipe: Path | None = None
    ) -> None:
        """Show the window; parts and model follow as soon as it is painted."""
        self._paths = [resource_path("samples")] if demo else list(paths)
        self._first_recipe = recipe
        if self._paths:
            self.window.empty.show_searching(", ".join(str(path) for path in self._paths))
        if camera is not None:
            self.live.start_with(camera)
        # Not at once: the start of the model hides what was said before.
        self.inspection.prepared.connect(self._say_what_was_set_aside)
        self.window.show()

    def open(self, paths: Sequence[Path]) -> None:
        """Open images and folders."""
        self.library.open(paths)

    def shut_down(self, seconds: float) -> bool:
        """Stop all threads, waiting at most `seconds` for them; whether all of them ended."""
        self._close()
        deadline = time.monotonic() + seconds
        threads = (*self._threads, *self.live.threads)
        ended = [thread.join(deadline - time.monotonic()) for thread in threads]
        # After its thread, so that none of the thread's older writes comes last.
        self.reviews.finish()
        self.report.finish()
        return all(ended)

    def _connect(self) -> None:
        window = self.window
        window.first_painted.connect(self._begin)
        self.inspection.prepared.connect(self._open_first)
        self.inspection.picture_ready.connect(self._end_first_look)
        window.closing.connect(self._close)
        window.open_images_requested.connect(self._choose_images)
        window.open_folder_requested.connect(self._choose_folder)
        window.samples_requested.connect(lambda: self.open([resource_path("samples")]))
        window.paths_requested.connect(self.open)
        window.step_requested.connect(self.library.step)
        window.defect_requested.connect(self.library.step_to_defect)
        window.inspect_again_requested.connect(self._inspect_again)
        self.library.part_chosen.connect(self.inspection.show)
        self.gallery.part_chosen.connect(self.inspection.show)
        self.presentation.threshold_changed.connect(self.gallery.set_threshold)
        self.presentation.threshold_changed.connect(self.batch.judge_again)
        self.batch.summarised.connect(self.gallery.take_summaries)
        self.library.opened.connect(self._on_opened)
        self.library.searching.connect(window.empty.show_searching)
        self.library.nothing_found.connect(window.empty.show_nothing_found)
        self.library.announced.connect(window.status.show_activity)
        self.unexpected.connect(self._on_unexpected, Qt.ConnectionType.QueuedConnection)

    def _link_for_model(self) -> None:
        link_libraries(imports_of(self._model_name, model_options(self._store)))

    def _load(self, name: str) -> InspectorLike:
        options, recipe = model_options(self._store), self._known_recipes.get(name)
        if recipe is not None:
            return recipe_inspector(recipe, options, self._stop_if_closed)
        return bundled_inspector(name, options, self._stop_if_closed)

    def _load_second(
        self, choice: ModelChoice, shared: InspectorLike | None, between: Callable[[], object]
    ) -> InspectorLike:
        return second_inspector(choice, shared, model_options(self._store), between)

    def _stop_if_closed(self) -> None:
        if self._closed:
            raise JobCancelledError

    def _after_first_look(self, factory: InspectorFactory) -> InspectorFactory:
        def unhurried(name: str) -> InspectorLike:
            self._first_look.wait(FIRST_LOOK_SECONDS)
            self._stop_if_closed()
            return factory(name)

        return unhurried

    def _end_first_look(self) -> None:
        if not self._first_look.is_set():
            QTimer.singleShot(_PAINT_MILLISECONDS, self, self._first_look.set)

    def _begin(self) -> None:
        milestone("window_shown")
        self.inspection.prepare(self._link)
        if self._first_recipe is None:
            self.inspection.load_model(self._model_name)
        else:
            self.recipes.open(self._first_recipe)

    def _open_first(self) -> None:
        if self._paths and not self.session.parts:
            self.open(self._paths)
        else:
            self._first_look.set()

    def _on_opened(self, paths: list[Path]) -> None:
        self.inspection.parts_replaced()
        self.batch.end()
        self.history.forget()
        self.regions.open_folder(paths)
        self.gallery.clear()
        self.compare.forget()
        self.window.show_empty()
        self.window.show_part_name("")
        if paths != [resource_path("samples")]:
            self.preferences.remember_opened(paths)

    def _inspect_again(self) -> None:
        part = self.session.current_part
        if part is not None:
            self.library.reload_thumbnail(part.path)
            self.inspection.inspect_again()

    def _choose_images(self) -> None:
        patterns = "*.png *.jpg *.jpeg *.bmp *.tif *.tiff *.webp *.gif"
        chosen, _ = QFileDialog.getOpenFileNames(
            self.window,
            self.tr("Open images"),
            self.preferences.last_folder,
            self.tr("Images ({patterns})").format(patterns=patterns) + ";;" + self.tr("All files (*)"),
        )
        if chosen:
            self.open([Path(path) for path in chosen])

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(
            self.window, self.tr("Open a folder of parts"), self.preferences.last_folder
        )
        if chosen:
            self.open([Path(chosen)])

    def _on_unexpected(self, message: str, details: str) -> None:
        text = self.tr("Something went wrong: {message}").format(message=message)
        self.window.message.say(text, details=details)

    def _say_what_was_set_aside(self) -> None:
        if self._store.set_aside:
            files = ", ".join(str(file) for file in self._store.set_aside)
            self.window.message.say(
                self.tr("Damaged settings begin anew; they are kept in {files}").format(files=files)
            )
            self._store.set_aside.clear()

    def _close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._first_look.set()
        self.live.close()
        self.watching.stop()
        self.batch.end()
        self.preferences.save()
        for thread in self._threads:
            thread.stop()
