"""The settings of the window: one declared table, checked when it is read."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from app.editing.adjustments import DEFAULT_THRESHOLD
from app.parts.state import Layer, SortBy
from tokenclip_core.output.layers import OPACITY

THEMES = ("system", "light", "dark")
LANGUAGES = ("system", "en", "zh_CN")
DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "fp32", "bf16", "fp16")
ENGINES = ("auto", "torch", "openvino", "onnxruntime")
BITS = ("auto", *(str(bits) for bits in range(8, 17)))
HISTORY = ("on", "off")
SENDING = ("on", "off")
MOST_RECENT = 8

WHOLE_RANGES = {"image_side": (0, 2048), "threads": (0, 64), "cache_mebibytes": (64, 8192), "history_days": (0, 3650)}
"""Lowest and highest value of whole numbers; 0 leaves the choice to the model or the machine."""


@dataclass
class Settings:
    """What is remembered between starts.

    Attributes:
        theme: one of `THEMES`.
        device: one of `DEVICES`, where the model computes.
        precision: one of `PRECISIONS`, of the model.
        image_side: in pixels that a square part gets; 0 for the model's own.
        engine: one of `ENGINES`, what runs the model.
        threads: that the model computes with; 0 for as many as there are cores.
        bits: one of `BITS`, how many of 16-bit pictures are used; "auto" for as many as a folder's need.
        cache_mebibytes: of results that are kept.
        language: one of `LANGUAGES`.
        threshold: in [0, 1].
        minimum_area: of a region, in pixels.
        layer: a `Layer`.
        opacity: of the overlay, in [0, 1].
        regions: whether regions are outlined.
        grid: whether the patch grid is drawn.
        sort_by: a `SortBy`, order of the parts list.
        last_folder: where the dialogs open.
        opened: what was open last, to be opened again at the next start.
        shown_part: path of the part that was shown then.
        recent: files and folders opened last, the latest first.
        recent_recipes: recipes opened or saved last, the latest first.
        regions_of_interest: areas by folder, under the name that the files have, as `Areas.from_mapping` reads them.
        live: cameras and options of the live view, as `LiveMemory.from_mapping` reads them.
        subspace_names: names given to subspaces, by their names in the model.
        subspace_colours: #rrggbb that a person gave subspaces, by their names.
        keep_history: one of `HISTORY`, whether results and decisions are kept in the store.
        history_store: the store, as `tokenclip_core.output.store.database.store_url` reads it, without a password.
        history_days: runs that began more days ago are deleted, decisions stay; 0 for never.
        part_widths: what the width of a part's picture shows, in millimetres, by folder as the regions of interest.
        send_results: one of `SENDING`, whether results go to the outputs.
        outputs: as `tokenclip_core.publish.addresses.output_of` reads them, without passwords.
        reviewer: who decides about parts; "" for the account's name.
        judgements: scoring and own thresholds, by `ModelFacts.key`, as `app.settings.judgement` reads them.
    """

    theme: str = "system"
    language: str = "system"
    threshold: float = DEFAULT_THRESHOLD
    minimum_area: int = 1
    layer: str = Layer.HEATMAP.value
    opacity: float = OPACITY
    regions: bool = True
    grid: bool = False
    sort_by: str = SortBy.NAME.value
    device: str = "auto"
    precision: str = "auto"
    image_side: int = 0
    threads: int = 0
    bits: str = "auto"
    engine: str = "auto"
    cache_mebibytes: int = 256
    keep_history: str = "on"
    history_store: str = "default"
    history_days: int = 0
    send_results: str = "off"
    reviewer: str = ""
    last_folder: str = ""
    shown_part: str = ""
    outputs: list[str] = dataclasses.field(default_factory=list)
    opened: list[str] = dataclasses.field(default_factory=list)
    recent: list[str] = dataclasses.field(default_factory=list)
    recent_recipes: list[str] = dataclasses.field(default_factory=list)
    subspace_names: dict[str, str] = dataclasses.field(default_factory=dict)
    subspace_colours: dict[str, str] = dataclasses.field(default_factory=dict)
    regions_of_interest: dict[str, Any] = dataclasses.field(default_factory=dict)
    part_widths: dict[str, Any] = dataclasses.field(default_factory=dict)
    live: dict[str, Any] = dataclasses.field(default_factory=dict)
    judgements: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def used_bits(self) -> int | None:
        """Bits that are used of 16-bit pictures; None for as many as a folder's need."""
        return int(self.bits) if self.bits.isdecimal() else None

    @override
    def __setattr__(self, name: str, value: Any) -> None:
        before = self.__dict__.get(name)
        super().__setattr__(name, value)
        if before != value:
            self.__dict__.get("_watcher", _nobody)()

    def watch(self, watcher: Callable[[], object]) -> None:
        """Have something called whenever a value changes; dictionaries are replaced, never changed in place."""
        self.__dict__["_watcher"] = watcher

    def to_mapping(self) -> dict[str, Any]:
        """Plain values for JSON, copied."""
        return dataclasses.asdict(self)

    @classmethod
    def from_mapping(cls, values: dict[str, Any]) -> Settings:
        """Read plain values; what is unknown, of a wrong type or out of range falls back to its default."""
        settings = cls()
        for field in dataclasses.fields(cls):
            value = values.get(field.name)
            default = getattr(settings, field.name)
            if type(value) is int and abs(value) > _LARGEST:
                continue
            if isinstance(default, float) and type(value) is int:
                value = float(value)
            if type(value) is type(default) and _in_range(field.name, value):
                setattr(settings, field.name, value)
        for name in ("recent", "recent_recipes", "opened", "outputs"):
            places = [entry for entry in getattr(settings, name) if isinstance(entry, str)]
            setattr(settings, name, places[:MOST_RECENT])
        settings.subspace_names = {
            name: own for name, own in settings.subspace_names.items() if isinstance(name, str) and isinstance(own, str)
        }
        return settings

    def remember(self, place: str) -> None:
        """Put a file or folder on top of the recent ones."""
        self.recent = _on_top(place, self.recent)

    def remember_recipe(self, place: str) -> None:
        """Put a recipe on top of the recent ones."""
        self.recent_recipes = _on_top(place, self.recent_recipes)


def _nobody() -> None:
    """Watches while no one does."""


def _on_top(place: str, places: list[str]) -> list[str]:
    return [place, *(entry for entry in places if entry != place)][:MOST_RECENT]


# Qt's whole numbers go no further.
_LARGEST = 2**31 - 1

_CHOICES: dict[str, tuple[str, ...]] = {
    "theme": THEMES,
    "language": LANGUAGES,
    "device": DEVICES,
    "precision": PRECISIONS,
    "engine": ENGINES,
    "bits": BITS,
    "keep_history": HISTORY,
    "send_results": SENDING,
    "layer": tuple(layer.value for layer in Layer),
    "sort_by": tuple(order.value for order in SortBy),
}


def _in_range(name: str, value: Any) -> bool:
    if name in _CHOICES:
        return value in _CHOICES[name]
    if name in WHOLE_RANGES:
        lowest, highest = WHOLE_RANGES[name]
        return bool(lowest <= value <= highest)
    return not isinstance(value, float) or 0 <= value <= 1
