"""Loads a backbone from a local model folder, as an ordinary open_clip model; never from a network."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from open_clip.factory import load_checkpoint as load_weights
from open_clip.model import CLIP, CustomTextCLIP, set_model_preprocess_cfg
from open_clip.tokenizer import HFTokenizer, SimpleTokenizer
from open_clip.transform import PreprocessCfg, merge_preprocess_dict

import tokenclip_core.model.compact
import tokenclip_core.model.dinov2_small
from tokenclip_core.errors import ModelError
from tokenclip_core.model.backbone import Backbone, Tokenizer
from tokenclip_core.model.batch_norms import fold_batch_norms
from tokenclip_core.model.catalog import (
    CONFIG_FILE,
    ModelDefaults,
    check_weights,
    find_model,
    read_defaults,
    read_json,
    weights_file,
)
from tokenclip_core.model.fingerprint import remember_fingerprint
from tokenclip_core.model.safetensors_header import read_header
from tokenclip_core.model.tokenizer_files import allowed_folder

_TOKENIZER_OPTIONS: dict[str, tuple[Any, ...]] = {
    "clean": ("canonicalize", "lower", "whitespace"),
    "strip_sep_token": (True, False),
    "reduction_mask": ("", "simple", "random", "shuffle", "syntax"),
}
# Positions may grow with the side of the input; nothing else of a network does.
_GROWTH, _SMALL = 2, 1 << 22
_LARGEST_NUMBER, _MOST_LAYERS, _DEEPEST = 1 << 20, 256, 16

# Importing them registered the bundled architectures with timm.
COMPACT_ARCHITECTURE = tokenclip_core.model.compact.tokenclip_compact.__name__


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A backbone with what its folder says about it.

    Attributes:
        backbone: ready to encode.
        name: of the model, the folder's where it's no known one.
        folder: it was loaded from.
        weights_sha256: of its weights file, as stated or computed.
        defaults: from its model.json.
    """

    backbone: Backbone
    name: str
    folder: Path
    weights_sha256: str
    defaults: ModelDefaults


def load_backbone(
    name: str | os.PathLike[str], device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32
) -> Backbone:
    """Load a backbone by name or folder; see `load_model`."""
    return load_model(name, device, dtype).backbone


def load_model(
    name: str | os.PathLike[str],
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
    *,
    folded: bool = True,
) -> LoadedModel:
    """Load a backbone and its defaults by name or folder.

    Args:
        name: a known name or the path of a model folder.
        device: a torch device.
        dtype: compute type of the image tower.
        folded: write batch normalisation into convolutions, which is quicker; False keeps the weights as they lie in
            the file.

    Raises:
        ModelError: not found, damaged, altered weights, or of an unsupported kind.
    """
    folder = find_model(name)
    defaults = read_defaults(folder)
    weights = weights_file(folder)
    sha256 = check_weights(weights, defaults.weights_sha256)
    config = read_json(folder / CONFIG_FILE)
    try:
        _check_size(config, weights)
        model = _build(config)
        load_weights(model, str(weights), strict=True, weights_only=True)
        if folded:
            fold_batch_norms(model.visual.eval())
        tokenizer = _tokenizer(config["model_cfg"]["text_cfg"], folder)
        backbone = Backbone.from_open_clip(
            model,
            tokenizer,
            defaults.position_interpolation,
            name=folder.resolve().name,
            device=device,
            dtype=dtype,
            layers=defaults.layers,
            first_vv_block=defaults.first_vv_block,
            evidence_layers=defaults.evidence_layers,
        )
    except Exception as error:  # open_clip raises errors of all kinds on wrong settings of a folder.
        reason = " ".join(str(error).split())[:300]
        raise ModelError(
            f"{folder}: the model can't be built ({reason}); its {CONFIG_FILE} and its weights must be open_clip's and "
            "belong together."
        ) from error
    remember_fingerprint(backbone, sha256)
    return LoadedModel(backbone, backbone.name, folder, sha256, defaults)


def _build(config: Mapping[str, Any]) -> CLIP | CustomTextCLIP:
    """open_clip's model from a config file, with no look at any network."""
    settings = dict(config["model_cfg"])
    vision, text = settings["vision_cfg"], settings["text_cfg"]
    timm_name = vision.get("timm_model_name") or ""
    # timm and transformers would fetch such towers from a hub.
    if ":" in timm_name or vision.get("timm_model_pretrained") or text.get("hf_model_name"):
        raise ValueError("its towers come from a hub; only towers that open_clip or timm define are supported")
    if "multimodal_cfg" in settings:
        raise ValueError("CoCa models are not supported")
    kind = CustomTextCLIP if settings.pop("custom_text", False) else CLIP
    model: CLIP | CustomTextCLIP = kind(**settings)
    preprocess = merge_preprocess_dict(PreprocessCfg(), config.get("preprocess_cfg", {}))
    set_model_preprocess_cfg(model, preprocess)
    return model


def _tokenizer(text: Mapping[str, Any], folder: Path) -> Tokenizer:
    """The tokenizer a text tower was trained with; its files, if it needs any, lie in the model folder."""
    options = _tokenizer_options(text.get("tokenizer_kwargs") or {})
    length = int(text.get("context_length", 77))
    if text.get("hf_tokenizer_name"):
        mode = text.get("tokenizer_mode")
        # Only what lies in the folder, and nothing in it that is a program.
        safe: dict[str, Any] = {"trust_remote_code": False, "local_files_only": True}
        with allowed_folder(folder) as place:
            made = HFTokenizer(str(place), context_length=length, tokenizer_mode=mode, **options, **safe)
        return cast("Tokenizer", made)
    return cast("Tokenizer", SimpleTokenizer(context_length=length, **options))


def _tokenizer_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """What a model folder may say to a tokenizer; all else could name files, addresses or programs.

    Raises:
        ValueError: another setting, or another value.
    """
    for name, value in given.items():
        allowed = _TOKENIZER_OPTIONS.get(name)
        if allowed is None or value not in allowed:
            raise ValueError(f"the tokenizer's setting {name!r:.40} is {value!r:.40}, which is not allowed")
    return dict(given)


def _check_size(config: Mapping[str, Any], weights: Path) -> None:
    """Refuse a config whose network is larger than its weights, before any memory is taken for it.

    Raises:
        ValueError: it is; or a number in the config is beyond any real model's.
    """
    _check_numbers(config)
    held = sum(math.prod(entry.shape) for entry in read_header(weights, sys.maxsize).tensors.values())
    with torch.device("meta"):
        model = _build(config)
    wanted = sum(parameter.numel() for parameter in model.parameters())
    if wanted > _GROWTH * held + _SMALL:
        raise ValueError(f"it describes a network of {wanted} parameters, but its weights hold {held}")


def _check_numbers(value: Any, depth: int = 0) -> None:
    if depth > _DEEPEST:
        raise ValueError("it is nested too deeply")
    if isinstance(value, Mapping):
        for name, inner in value.items():
            most = _MOST_LAYERS if name in ("layers", "depth") else _LARGEST_NUMBER
            if isinstance(inner, int | float) and not abs(inner) <= most:
                raise ValueError(f"its {name!r:.40} is {inner!r:.40}; at most {most} is possible")
            _check_numbers(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, int | float) and not abs(inner) <= _LARGEST_NUMBER:
                raise ValueError(f"it holds the number {inner!r:.40}; at most {_LARGEST_NUMBER} is possible")
            _check_numbers(inner, depth + 1)
