"""Opens the settings dialog and applies what is changed in it."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.models.controller import ModelsController
from app.parts.state import ENGINE_NAMES
from app.result.inspection import InspectionController
from app.settings.dialog import ChoiceField, NumberField, Section, SettingsDialog, Value
from app.settings.preferences import PreferencesController
from app.settings.store import SettingsStore
from app.settings.table import DEVICES, PRECISIONS, WHOLE_RANGES
from app.shell.main_window import MainWindow
from app.work.engine import ModelOptions

_OF_THE_MODEL = ("device", "precision", "image_side", "threads", "engine")


def model_options(store: SettingsStore) -> ModelOptions:
    """How models are loaded at present."""
    values = store.values
    return ModelOptions(values.device, values.precision, values.image_side or None, values.threads, values.engine)


class SettingsFormController(QObject):
    """Between the settings' table, the dialog, and what the settings are about."""

    def __init__(
        self,
        store: SettingsStore,
        window: MainWindow,
        preferences: PreferencesController,
        inspection: InspectionController,
        models: ModelsController,
    ) -> None:
        super().__init__(window)
        self._store, self._window, self._preferences = store, window, preferences
        self._inspection, self._models = inspection, models
        inspection.take_cache_size(store.values.cache_mebibytes * 2**20)
        window.settings_requested.connect(self.open)

    def open(self) -> None:
        """Show the dialog."""
        sections = self._sections()
        names = [field.name for section in sections for field in section.fields]
        values: dict[str, Value] = {name: getattr(self._store.values, name) for name in names}
        dialog = SettingsDialog(sections, values, self._window)
        dialog.changed.connect(self.apply)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def apply(self, name: str, value: Value) -> None:
        """Take a value and act on it at once."""
        if name == "theme":
            self._preferences.choose_theme(str(value))
            return
        if name == "language":
            self._preferences.choose_language(str(value))
            return
        setattr(self._store.values, name, value)
        if name in _OF_THE_MODEL:
            self._models.reload_soon()
        elif name == "cache_mebibytes":
            self._inspection.take_cache_size(int(value) * 2**20)

    def _sections(self) -> tuple[Section, ...]:
        automatic = self.tr("Automatic")
        devices = {"auto": automatic, "cpu": "CPU", "cuda": "CUDA", "mps": "Apple Metal"}
        precisions = {"auto": automatic, "fp32": "fp32", "bf16": "bf16", "fp16": "fp16"}
        as_system = self.tr("As the system")
        themes = (("system", as_system), ("light", self.tr("Light")), ("dark", self.tr("Dark")))
        languages = (("system", as_system), ("en", "English"), ("zh_CN", "简体中文"))
        return (
            Section(
                self.tr("Window"),
                (
                    ChoiceField("theme", self.tr("Theme"), themes),
                    ChoiceField("language", self.tr("Language"), languages, self.tr("Changes at the next start.")),
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
                ),
            ),
        )
