"""Known backbones, where their weights lie, and what their folders say; without torch.

A model folder holds ``open_clip_config.json``, one safetensors file, and optionally ``model.json`` with this program's
defaults for it (see ModelDefaults) and the expected ``weights_sha256``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from tokenclip_core.errors import ModelError, SettingsError
from tokenclip_core.evidence.fusion import EvidenceScale
from tokenclip_core.model.fingerprint import file_sha256
from tokenclip_core.model.folders import CONFIG_FILE as CONFIG_FILE
from tokenclip_core.model.folders import OWN_WEIGHTS_FILE as OWN_WEIGHTS_FILE
from tokenclip_core.model.folders import WEIGHTS_FILES as WEIGHTS_FILES
from tokenclip_core.model.folders import models_folder as models_folder
from tokenclip_core.model.kept_hashes import HASHES_FILE, read_hashes
from tokenclip_core.resources import resource_path
from tokenclip_core.scoring.settings import ScoringSettings
from tokenclip_core.small_files import TooLargeError, read_small_json

DEFAULTS_FILE = "model.json"
MAX_JSON_BYTES = 1 << 20
# The largest number that a model's description may hold; far above every real one.
_LARGEST = 1 << 20
# Weights up to this size are hashed at every start; larger ones when they are downloaded or verified.
HASHED_AT_LOAD_BYTES = 1 << 28


@dataclass(frozen=True)
class KnownBackbone:
    """A backbone this program knows by name.

    Attributes:
        name: open_clip's name of the architecture; the folder's name too.
        pretrained: open_clip's tag of the weights; empty for the bundled model.
        source: repository of the weights on huggingface.co; empty for the bundled model.
        licence: of the weights.
        megabytes: approximate size of the weights in float32.
        remark: what it's good for, in one line.
        pinned: SHA-256 of files by name, where its makers state them in public; `stated_in` says where.
        stated_in: address of that statement; empty without one.
    """

    name: str
    pretrained: str
    source: str
    licence: str
    megabytes: int
    remark: str
    pinned: Mapping[str, str] = field(default_factory=dict)
    stated_in: str = ""

    @property
    def bundled(self) -> bool:
        """Whether it comes with this program."""
        return not self.source


# Pinned is what was found stated for exactly the file that is fetched. Elsewhere makers state hashes of other formats
# only, such as in the addresses of OpenAI's own files; the hub states one for each file, which is kept at the first
# download.
KNOWN_BACKBONES: tuple[KnownBackbone, ...] = (
    KnownBackbone("compact", "", "", "Apache-2.0", 30, "Bundled, quick on a CPU, works offline."),
    KnownBackbone(
        "dinov2-small", "", "", "Apache-2.0, MIT", 45, "Bundled, compares parts with each other best, works offline."
    ),
    KnownBackbone(
        "ViT-L-14-336-quickgelu",
        "openai",
        "timm/vit_large_patch14_clip_336.openai",
        "MIT",
        1710,
        "The backbone of the published results.",
    ),
    KnownBackbone(
        "ViT-B-16-quickgelu", "openai", "timm/vit_base_patch16_clip_224.openai", "MIT", 600, "A quick middle way."
    ),
    KnownBackbone(
        "ViT-L-14", "laion2b_s32b_b82k", "laion/CLIP-ViT-L-14-laion2B-s32B-b82K", "MIT", 1710, "Trained on open data."
    ),
    KnownBackbone(
        "ViT-B-16",
        "datacomp_xl_s13b_b90k",
        "laion/CLIP-ViT-B-16-DataComp.XL-s13B-b90K",
        "MIT",
        600,
        "Trained on open data.",
    ),
    KnownBackbone(
        "ViT-B-16-SigLIP",
        "webli",
        "timm/ViT-B-16-SigLIP",
        "Apache-2.0",
        810,
        "Sigmoid loss.",
        {"open_clip_model.safetensors": "81942ea8c09b9e41963357cca5d2682118bf7eb7491c2ae51a28bc4f4f95b194"},
        "https://huggingface.co/timm/ViT-B-16-SigLIP/blob/main/open_clip_model.safetensors",
    ),
    KnownBackbone(
        "ViT-B-16-SigLIP2-256",
        "webli",
        "timm/ViT-B-16-SigLIP2-256",
        "Apache-2.0",
        1500,
        "Multilingual, dense features.",
    ),
    KnownBackbone(
        "ViT-L-16-SigLIP2-384",
        "webli",
        "timm/ViT-L-16-SigLIP2-384",
        "Apache-2.0",
        3530,
        "Multilingual, dense features.",
    ),
)


@dataclass(frozen=True)
class ModelDefaults:
    """This program's defaults for a model, from its model.json.

    Attributes:
        image_size: input side in pixels, or None for the method's.
        layers: 1-based taps, or None for the method's.
        first_vv_block: 0-based, or None for the method's.
        position_interpolation: how positions are resized to other grids.
        scoring: settings of the score.
        checkpoint: file in the folder with learned subspaces to start with, or None.
        descriptors: file in the folder with a vocabulary to start with, or None.
        weights_sha256: expected hash of the weights, or None.
        evidence_layers: 1-based blocks whose tokens are compared, or None for the method's.
        evidence: constants of the evidence, or None where the model has none.
    """

    image_size: int | None = None
    layers: tuple[int, ...] | None = None
    first_vv_block: int | None = None
    position_interpolation: Literal["bicubic", "bilinear"] = "bicubic"
    scoring: ScoringSettings = field(default_factory=ScoringSettings)
    checkpoint: Path | None = None
    descriptors: Path | None = None
    weights_sha256: str | None = None
    evidence_layers: tuple[int, ...] | None = None
    evidence: EvidenceScale | None = None


def find_checkpoint(checkpoint: str | os.PathLike[str], folder: Path) -> Path:
    """A checkpoint's file: the path itself, or, for a bare name that is no file, the one in the model's folder.

    `tokenclip_core.subspaces.checkpoint.load_checkpoint` tells whether there is such a file.
    """
    path = Path(checkpoint)
    bundled = folder / f"{path.name}.safetensors"
    return bundled if len(path.parts) == 1 and not path.exists() and bundled.is_file() else path


def find_model(name: str | os.PathLike[str]) -> Path:
    """Folder of a model: a path, a bundled one, or an installed one.

    Raises:
        ModelError: unknown, or known but not installed; the message says which command gets it.
    """
    given = Path(name)
    if given.is_dir():
        return given
    text = os.fspath(name)
    installed = models_folder() / text
    if given.name == text:
        for folder in (resource_path("models", text), installed):
            if (folder / CONFIG_FILE).is_file():
                return folder
    known = next((backbone for backbone in KNOWN_BACKBONES if backbone.name == text), None)
    if known is None:
        names = ", ".join(backbone.name for backbone in KNOWN_BACKBONES)
        raise ModelError(f"there is no model {text!r}. Give the path of a model folder, or one of: {names}.")
    if known.bundled:
        raise ModelError(f"the bundled model {text!r} is missing; install tokenclip-inspector again.")
    raise ModelError(
        f"the model {text!r} is not installed ({known.megabytes} MB, licence {known.licence}). "
        f"`tokenclip models download {text}` gets it, or put its {CONFIG_FILE} and {OWN_WEIGHTS_FILE} into {installed}."
    )


def check_weights(weights: Path, expected: str | None) -> str:
    """The hash of a weights file, compared with the expected one, or with the one that its folder keeps.

    Large files whose hash is stated were checked when they arrived; they are hashed again only if they are younger than
    their folder's list of hashes. Small ones are hashed at every start.

    Raises:
        ModelError: they differ.
    """
    kept = read_hashes(weights.parent).get(weights.name)
    expected = kept if expected is None else expected
    large = weights.stat().st_size > HASHED_AT_LOAD_BYTES
    if expected is not None and large and not (kept is not None and _younger_than_its_hash(weights)):
        return expected
    found = file_sha256(weights)
    if expected is not None and found != expected:
        raise ModelError(
            f"{weights}: damaged or altered (sha256 {found[:12]}…, expected {expected[:12]}…); install the model again."
        )
    return found


def _younger_than_its_hash(weights: Path) -> bool:
    return weights.stat().st_mtime_ns > (weights.parent / HASHES_FILE).stat().st_mtime_ns


def read_defaults(folder: Path) -> ModelDefaults:
    """Read a folder's model.json; without one, the method's defaults.

    Raises:
        ModelError: it is there, but can't be understood.
    """
    file = folder / DEFAULTS_FILE
    if not file.is_file():
        return ModelDefaults()
    values = read_json(file)
    try:
        return ModelDefaults(
            image_size=_integer(values, "image_size"),
            layers=_layers(values, "layers"),
            first_vv_block=_integer(values, "first_vv_block"),
            position_interpolation=_interpolation(values.get("position_interpolation", "bicubic")),
            scoring=ScoringSettings.from_mapping(values.get("scoring", {})),
            checkpoint=_beside(folder, values.get("checkpoint")),
            descriptors=_beside(folder, values.get("descriptors")),
            weights_sha256=_sha256(values.get("weights_sha256")),
            evidence_layers=_layers(values, "evidence_layers"),
            evidence=EvidenceScale.from_mapping(values["evidence"]) if "evidence" in values else None,
        )
    except (ValueError, TypeError, AttributeError, OverflowError, SettingsError) as error:
        raise ModelError(f"{file}: {error}; correct it, or install the model again.") from error


def _integer(values: Mapping[str, Any], name: str) -> int | None:
    value = values.get(name)
    if value is not None and (type(value) is not int or not 0 <= value <= _LARGEST):
        raise ValueError(f"{name} is {value!r:.60}, not a whole number up to {_LARGEST}")
    return value


def _layers(values: Mapping[str, Any], name: str) -> tuple[int, ...] | None:
    value = values.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not value or not all(type(layer) is int for layer in value):
        raise ValueError(f"{name} is {value!r:.60}, not a list of block numbers")
    return tuple(value)


def _interpolation(value: Any) -> Literal["bicubic", "bilinear"]:
    if value not in ("bicubic", "bilinear"):
        raise ValueError(f"position_interpolation is {value!r}, not bicubic or bilinear")
    return cast("Literal['bicubic', 'bilinear']", value)


def _sha256(value: Any) -> str | None:
    if value is not None and (not isinstance(value, str) or len(value) != 64):
        raise ValueError(f"weights_sha256 is {value!r:.80}, not 64 hexadecimal digits")
    return None if value is None else value.lower()


def _beside(folder: Path, value: Any) -> Path | None:
    if value is None:
        return None
    if not isinstance(value, str) or Path(value).name != value or value in ("", ".", ".."):
        raise ValueError(f"{value!r} is not the name of a file in this folder")
    return folder / value


def weights_file(folder: Path) -> Path:
    """The weights in a model folder.

    Raises:
        ModelError: there are none.
    """
    for name in WEIGHTS_FILES:
        if (folder / name).is_file():
            return folder / name
    raise ModelError(
        f"{folder}: no weights; put {OWN_WEIGHTS_FILE} there. Other formats can execute code and are never loaded."
    )


def read_json(file: Path) -> dict[str, Any]:
    """The object in a small JSON file of a model folder.

    Raises:
        ModelError: it can't be read, or is none.
    """
    try:
        values = read_small_json(file, MAX_JSON_BYTES)
    except TooLargeError:
        values = None
    except (OSError, ValueError) as error:
        raise ModelError(f"{file}: can't be read ({error}); install the model again.") from error
    if not isinstance(values, dict):
        raise ModelError(f"{file}: not a JSON object of at most {MAX_JSON_BYTES} bytes; install the model again.")
    return values
