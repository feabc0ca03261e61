"""Opens the settings dialog and applies what is changed in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from app.models.state import ModelState
from app.parts.state import ENGINE_NAMES
from app.parts.store import PartStore
from app.settings.store import SettingsStore
from app.settings.table import BITS, DEVICES, LANGUAGES, PRECISIONS, THEMES, WHOLE_RANGES
from app.shell.actions import Action, Actions
from app.shell.theme import Theme
from app.shell.views import Views
from app.work.engine import ModelOptions

if TYPE_CHECKING:
    from app.settings.dialog import Section, Value

_OF_THE_MODEL = ("device", "precision", "image_side", "threads", "engine")


def model_options(store: SettingsStore) -> ModelOptions:
    """How models are loaded, by the present settings."""
    values = store.values
    return ModelOptions(values.device, values.precision, values.image_side or None, values.threads, values.engine)


class SettingsFormController(QObject):
    """Between the settings' table, the dialog, and what the settings are about."""

    def __init__(
        self,
        store: SettingsStore,
        views: Views,
        actions: Actions,
        theme: Theme,
        parts: PartStore,
        models: ModelState,
        read_as: Callable[[int | None], None],
        speak: Callable[[], object],
    ) -> None:
        """Make it.

        Args:
            store: of the settings.
            views: in whose window the dialog opens.
            actions: where it declares what a person can do.
            theme: that is chosen.
            parts: whose cache is sized.
            models: that are loaded anew.
            read_as: takes how many bits of 16-bit pictures are used.
            speak: has the window in the chosen language, if it is another one.
        """
        super().__init__(views)
        self._speak, self._open = speak, False
        self._store, self._views, self._actions, self._theme = store, views, actions, theme
        self._parts, self._models, self._read_as = parts, models, read_as
        read_as(store.values.used_bits)
        parts.take_cache_size(store.values.cache_mebibytes * 2**20)
        actions.declare(
            Action("settings", self.tr("Se&ttings…"), self.open, keys=("Ctrl+,",)),
            Action(
                "toggle-theme",
                self.tr("&Dark or light"),
                lambda: self.choose_theme("light" if theme.dark else "dark"),
                keys=("Ctrl+D",),
            ),
            *(
                Action(f"theme-{choice}", words, partial(self.choose_theme, choice), checkable=True)
                for choice, words in self._themes()
            ),
            *(
                Action(f"language-{choice}", words, partial(self.choose_language, choice), checkable=True)
                for choice, words in self._languages()
            ),
        )
        self._show_choices()
        self._show_theme()
        theme.changed.connect(self._show_theme)

    def open(self) -> None:
        """Show the dialog."""
        from app.settings.dialog import SettingsDialog

        sections = self._sections()
        names = [field.name for section in sections for field in section.fields]
        values: dict[str, Value] = {name: getattr(self._store.values, name) for name in names}
        self._open = True
        dialog = SettingsDialog(sections, values, self._views.canvas.window(), self._on_closed)
        dialog.changed.connect(self.apply)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def apply(self, name: str, value: Value) -> None:
        """Take a value and act on it at once."""
        if name == "theme":
            self.choose_theme(str(value))
            return
        if name == "language":
            self.choose_language(str(value))
            return
        setattr(self._store.values, name, value)
        if name in _OF_THE_MODEL:
            self._models.reload_soon()
        elif name == "bits":
            self._read_as(self._store.values.used_bits)
        elif name == "cache_mebibytes":
            self._parts.take_cache_size(int(value) * 2**20)

    def choose_theme(self, choice: str) -> None:
        """Show a theme and remember it."""
        self._store.values.theme = choice
        self._theme.choose(choice)
        self._show_choices()

    def choose_language(self, language: str) -> None:
        """Have the window in another language: at once, or when the dialog is done with."""
        self._store.values.language = language
        self._show_choices()
        if not self._open:
            self._speak()

    def _on_closed(self) -> None:
        self._open = False
        self._speak()

    def _show_choices(self) -> None:
        for choice in THEMES:
            self._actions.check(f"theme-{choice}", choice == self._store.values.theme)
        for choice in LANGUAGES:
            self._actions.check(f"language-{choice}", choice == self._store.values.language)

    def _show_theme(self) -> None:
        self._actions.dress("toggle-theme", "sun" if self._theme.dark else "moon")

    def _themes(self) -> tuple[tuple[str, str], ...]:
        words = {"system": self.tr("As the system"), "light": self.tr("Light"), "dark": self.tr("Dark")}
        return tuple((choice, words[choice]) for choice in THEMES)

    def _languages(self) -> tuple[tuple[str, str], ...]:
        words = {"system": self.tr("As the system"), "en": "English", "zh_CN": "简体中文"}
        return tuple((choice, words[choice]) for choice in LANGUAGES)

    def _sections(self) -> tuple[Section, ...]:
        from app.settings.dialog import ChoiceField, NumberField, Section

        automatic = self.tr("Automatic")
        devices = {"auto": automatic, "cpu": "CPU", "cuda": "CUDA", "mps": "Apple Metal"}
        precisions = {"auto": automatic, "fp32": "fp32", "bf16": "bf16", "fp16": "fp16"}
        themes, languages = self._themes(), self._languages()
        return (
            Section(
                self.tr("Window"),
                (
                    ChoiceField("theme", self.tr("Theme"), themes),
                    ChoiceField("language", self.tr("Language"), languages),
                ),
            ),
            Section(
                self.tr("Model"),
                (
                    ChoiceField("device", self.tr("Device"), tuple((value, devices[value]) for value in DEVICES)),
                    ChoiceField(
                        "engine",
                        self.tr("Engine"),
                        (("auto", automatic), *ENGINE_NAMES.items()),
                        self.tr("Automatic takes the quickest one that gives the same tokens."),
                    ),
                    ChoiceField(
                        "precision", self.tr("Precision"), tuple((value, precisions[value]) for value in PRECISIONS)
                    ),
                    NumberField(
                        "image_side",
                        self.tr("Image side"),
                        *WHOLE_RANGES["image_side"],
                        step=16,
                        unit="px",
                        special=self.tr("The model's own"),
                        hint=self.tr("A larger side finds smaller defects and takes longer."),
                    ),
                    NumberField("threads", self.tr("Threads"), *WHOLE_RANGES["threads"], special=automatic),
                ),
            ),
            Section(
                self.tr("Pictures"),
                (
                    ChoiceField(
                        "bits",
                        self.tr("Bits of 16"),
                        (("auto", automatic), *((bits, bits) for bits in BITS[1:])),
                        self.tr("Of 16-bit pictures. Automatic: the fewest that hold all values of a folder."),
                    ),
                ),
            ),
            Section(
                self.tr("Memory"),
                (
                    NumberField(
                        "cache_mebibytes",
                        self.tr("Results kept"),
                        *WHOLE_RANGES["cache_mebibytes"],
                        step=64,
                        unit="MiB",
                        hint=self.tr("Parts whose results are kept are shown again at once."),
                    ),
                    ChoiceField(
                        "keep_history",
                        self.tr("History"),
                        (("on", self.tr("Kept")), ("off", self.tr("Not kept"))),
                        self.tr("Verdicts and decisions come back when a folder is opened again."),
                    ),
                    NumberField(
                        "history_days",
                        self.tr("Runs kept for"),
                        *WHOLE_RANGES["history_days"],
                        step=30,
                        unit=self.tr("days"),
                        special=self.tr("Ever"),
                        hint=self.tr("Older runs are deleted at the next start; decisions stay."),
                    ),
                ),
            ),
        )
