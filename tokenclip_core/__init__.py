"""Zero-shot anomaly detection with CLIP and textual subspaces chosen by optimal transport.

    from tokenclip_core import Inspector, load_image
    result = Inspector.from_pretrained("compact").inspect(load_image("part.png"))

What is named here is public: it keeps its name wherever its module moves. Importing the package loads no torch; its
names are fetched when they are first used. Errors are `TokenClipError` and its subclasses.

- arrays: One way to compute with numpy and torch: what a verdict needs works on either, and imports torch for neither.
- errors: The errors that TokenCLIP Inspector raises on purpose.
- extras: Packages that only some need: imported when they are used, with a sentence where they are missing.
- files: Files that are whole or not there: written beside their place, and moved to it when all is in them.
- languages: What reports and comparisons of recipes say in the languages of the window.
- launch: The command `tokenclip` of an installed wheel.
- lru: A cache that is bounded: the least recently used values leave first.
- printable: Text from outside, such as names of files, made safe to show: nothing in it moves a cursor or breaks a
  line.
- rates: How often something happens, over the last seconds.
- resources: Where the bundled data is: beside the packages in a clone, inside the package in an installed wheel.
- small_files: Small files that others may have written: no pipe is waited for, and no more bytes are read than are
  allowed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokenclip_core.errors import (
        CheckpointError,
        DataLayoutError,
        DescriptorsError,
        DeviceError,
        ImageError,
        ModelError,
        SettingsError,
        TokenClipError,
    )
    from tokenclip_core.images.reading import load_image
    from tokenclip_core.inspection.folder import FolderPart
    from tokenclip_core.inspection.inspector import Inspector
    from tokenclip_core.inspection.result import InspectionResult
    from tokenclip_core.inspection.tiled_part import TiledResult
    from tokenclip_core.inspection.tiling import Tiling
    from tokenclip_core.judgement.areas import Area, Areas
    from tokenclip_core.judgement.areas import Areas as RegionOfInterest
    from tokenclip_core.judgement.calibration import Calibration, calibrate
    from tokenclip_core.judgement.findings import Region, SubspaceResult
    from tokenclip_core.judgement.judgement import Judgement, PartScores
    from tokenclip_core.measuring.metrics import image_metrics, pixel_metrics
    from tokenclip_core.model.backbone import Backbone, VisualTokens
    from tokenclip_core.recipes.recipe import Recipe
    from tokenclip_core.scoring.assignment import assign, transport_plan
    from tokenclip_core.scoring.settings import ScoringSettings
    from tokenclip_core.subspaces.textual import TextualSubspaces
    from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary

__all__ = [
    "Area",
    "Areas",
    "Backbone",
    "Calibration",
    "CheckpointError",
    "DataLayoutError",
    "DescriptorVocabulary",
    "DescriptorsError",
    "DeviceError",
    "FolderPart",
    "ImageError",
    "InspectionResult",
    "Inspector",
    "Judgement",
    "ModelError",
    "PartScores",
    "Recipe",
    "Region",
    "RegionOfInterest",
    "ScoringSettings",
    "SettingsError",
    "SubspaceResult",
    "TextualSubspaces",
    "TiledResult",
    "Tiling",
    "TokenClipError",
    "VisualTokens",
    "assign",
    "calibrate",
    "image_metrics",
    "load_image",
    "pixel_metrics",
    "transport_plan",
]

_MODULES = {
    "errors": (
        "CheckpointError",
        "DataLayoutError",
        "DescriptorsError",
        "DeviceError",
        "ImageError",
        "ModelError",
        "SettingsError",
        "TokenClipError",
    ),
    "images.reading": ("load_image",),
    "inspection.folder": ("FolderPart",),
    "inspection.inspector": ("Inspector",),
    "inspection.result": ("InspectionResult",),
    "inspection.tiled_part": ("TiledResult",),
    "inspection.tiling": ("Tiling",),
    "judgement.areas": ("Area", "Areas"),
    "judgement.calibration": ("Calibration", "calibrate"),
    "judgement.findings": ("Region", "SubspaceResult"),
    "judgement.judgement": ("Judgement", "PartScores"),
    "measuring.metrics": ("image_metrics", "pixel_metrics"),
    "model.backbone": ("Backbone", "VisualTokens"),
    "recipes.recipe": ("Recipe",),
    "scoring.assignment": ("assign", "transport_plan"),
    "scoring.settings": ("ScoringSettings",),
    "subspaces.textual": ("TextualSubspaces",),
    "subspaces.vocabulary": ("DescriptorVocabulary",),
}
_ORIGINS = {name: (module, name) for module, names in _MODULES.items() for name in names}
_ORIGINS["RegionOfInterest"] = ("judgement.areas", "Areas")  # the older name, kept


def __getattr__(name: str) -> Any:
    if name not in _ORIGINS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _ORIGINS[name]
    value = getattr(import_module(f"{__name__}.{module}"), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
