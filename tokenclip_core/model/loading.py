"""Loads a backbone from a local model folder, as an ordinary open_clip model; never from a network."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from open_clip.factory import load_checkpoint as load_weights
from open_clip.model import CLIP, CustomTextCLIP, set_model_preprocess_cfg
from open_clip.tokenizer import HFTokenizer, SimpleTokenizer
from open_clip.transform import PreprocessCfg, merge_preprocess_dict
from safetensors import SafetensorError

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
    except (
        SafetensorError,
        RuntimeError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        ImportError,
        OSError,
    ) as error:
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
    options = dict(text.get("tokenizer_kwargs") or {})
    length = int(text.get("context_length", 77))
    if text.get("hf_tokenizer_name"):
        mode = text.get("tokenizer_mode")
        return cast("Tokenizer", HFTokenizer(str(folder), context_length=length, tokenizer_mode=mode, **options))
    return cast("Tokenizer", SimpleTokenizer(context_length=length, **options))
