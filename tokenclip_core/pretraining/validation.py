"""What pretraining is judged by: procedural families it never sees, and a real development set where one is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tokenclip_core.data.procedural import HELD_OUT_DEFECTS, HELD_OUT_FAMILIES, generate
from tokenclip_core.errors import ImageError
from tokenclip_core.inspection.preprocessing import target_size
from tokenclip_core.measuring.metrics import image_metrics
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.pretraining.losses import state_logit, unit

VALIDATION_SEED = 900_000_000_000
VALIDATION_SIDE = 160
PEAK_SHARE = 0.01  # of the tokens, whose mean is the image score

# A fixed small vocabulary, so that scores of different runs can be compared.
ANOMALOUS_TEXTS = (
    "damaged object",
    "a defect",
    "a scratch",
    "a crack",
    "a hole",
    "a stain",
    "a broken part",
    "worn surface",
)
NORMAL_TEXTS = ("flawless object", "good part", "intact surface", "a part without defects", "a perfect surface")


@dataclass(frozen=True)
class ValidationSet:
    """Images with masks, each of its own size.

    Attributes:
        pixels: n of (3, h, w) float32, normalised.
        masks: n of (gh, gw) bool, patches of which more than a quarter is defective.
        kinds: (n,) of str, ``good`` or the kind of defect.
    """

    pixels: list[Tensor]
    masks: list[NDArray[np.bool_]]
    kinds: NDArray[np.str_]


def _to_tensor(image: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(image).permute(2, 0, 1).float() / 127.5 - 1


def _patch_mask(mask: NDArray[Any], patch: int) -> NDArray[np.bool_]:
    height, width = mask.shape
    cells = mask.reshape(height // patch, patch, width // patch, patch) > 0
    return np.asarray(cells.mean((1, 3)) > 0.25)


def procedural_set(count: int, patch: int) -> ValidationSet:
    """Parts of held-out families with held-out defects (the same every time)."""
    parts = [
        generate(
            VALIDATION_SEED + index,
            VALIDATION_SIDE,
            families=HELD_OUT_FAMILIES,
            defects=HELD_OUT_DEFECTS,
            defect_probability=0.5,
        )
        for index in range(count)
    ]
    kinds = np.array([part.defects[0] if part.defects else "good" for part in parts])
    return ValidationSet(
        [_to_tensor(part.image) for part in parts], [_patch_mask(part.mask, patch) for part in parts], kinds
    )


def folder_set(root: Path, side: int, patch: int, per_kind: int) -> ValidationSet:
    """Part of the test images of one category in the ``mvtec`` layout, each resized as inspection does.

    Args:
        root: the category's folder, with ``test`` and ``ground_truth``.
        side: in pixels, of a square image; others keep their aspect at that area.
        patch: side of a patch in pixels.
        per_kind: images of each kind at most, evenly spread over the sorted names.

    Raises:
        ImageError: a file is no image that can be read.
    """
    pixels, masks, kinds = [], [], []
    for folder in sorted((root / "test").iterdir()):
        files = sorted(folder.iterdir())
        for index in np.unique(np.linspace(0, len(files) - 1, min(per_kind, len(files))).round().astype(int)):
            image = cv2.cvtColor(_read(files[index], cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
            height, width = target_size(image.shape[0], image.shape[1], side, (patch, patch))
            pixels.append(
                _to_tensor(np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8))
            )
            truth = root / "ground_truth" / folder.name / f"{files[index].stem}_mask.png"
            mask = _read(truth, cv2.IMREAD_GRAYSCALE) if truth.exists() else np.zeros(image.shape[:2], np.uint8)
            masks.append(_patch_mask(cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA) > 64, patch))
            kinds.append(folder.name)
    return ValidationSet(pixels, masks, np.array(kinds))


def _read(path: Path, mode: int) -> NDArray[np.uint8]:
    pixels = cv2.imread(str(path), mode)
    if pixels is None:
        raise ImageError(f"{path} can't be read as an image; replace it or take it out of the folder.")
    return np.asarray(pixels, np.uint8)


def area(labels: NDArray[Any], scores: NDArray[Any]) -> float:
    """AUROC, or NaN where one class is missing."""
    found = image_metrics(labels, scores)["image_auroc"]
    return float("nan") if found is None else found


def _joined(arrays: Sequence[NDArray[Any]], chosen: NDArray[np.int64]) -> NDArray[Any]:
    return np.concatenate([arrays[index].ravel() for index in chosen])


@torch.inference_mode()
def validate(backbone: Backbone, data: ValidationSet) -> dict[str, float]:
    """Pixel and image AUROC against all good parts, per kind of defect and their mean, in [0, 1].

    The map is the state of each token against one mean pair; the image score is the mean of its top tokens.
    """
    groups = [backbone.encode_text(backbone.tokenizer(list(group))) for group in (NORMAL_TEXTS, ANOMALOUS_TEXTS)]
    pair = unit(torch.stack([unit(features).mean(0) for features in groups]))
    maps, peaks, images = [], [], []
    for picture in data.pixels:
        tokens = backbone.encode_image(picture[None])
        scores = state_logit(unit(tokens.patch_features[-1][0]), pair).sigmoid()
        peaks.append(float(scores.topk(max(1, round(PEAK_SHARE * len(scores)))).values.mean()))
        images.append(float(state_logit(unit(tokens.global_feature), pair).sigmoid()))
        maps.append(scores.numpy())
    peak, whole = np.array(peaks), np.array(images)
    good = data.kinds == "good"
    figures: dict[str, float] = {}
    for kind in sorted(set(data.kinds) - {"good"}):
        chosen = good | (data.kinds == kind)
        labels = (data.kinds[chosen] == kind).astype(int)
        shown = np.flatnonzero(chosen)
        figures[f"{kind}/pixel"] = area(_joined(data.masks, shown), _joined(maps, shown))
        figures[f"{kind}/image"] = area(labels, peak[chosen])
        figures[f"{kind}/global"] = area(labels, whole[chosen])
    for figure in ("pixel", "image", "global"):
        values = [value for name, value in figures.items() if name.endswith(f"/{figure}")]
        figures[f"mean/{figure}"] = float(np.mean(values))
    every = np.arange(len(maps))
    figures["good/mean"] = float(_joined(maps, np.flatnonzero(good)).mean())
    figures["defect/mean"] = float(_joined(maps, every)[_joined(data.masks, every)].mean())
    return figures
