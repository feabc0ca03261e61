"""The bundled model: an ordinary open_clip model, unaltered, small, and able to see what it was never shown."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import open_clip
import pytest
import torch
from torch.nn import BatchNorm2d, Conv2d, Sequential, functional

from tokenclip_core import Inspector, load_image
from tokenclip_core.data.procedural import HELD_OUT_DEFECTS, HELD_OUT_FAMILIES, generate
from tokenclip_core.errors import ModelError
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.measuring.metrics import image_metrics, pixel_metrics
from tokenclip_core.model import compact as compact_module
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.model.batch_norms import fold_batch_norms
from tokenclip_core.model.catalog import CONFIG_FILE, DEFAULTS_FILE, OWN_WEIGHTS_FILE
from tokenclip_core.model.fingerprint import file_sha256
from tokenclip_core.resources import resource_path

FOLDER = resource_path("models", "compact")
WEIGHTS = FOLDER / OWN_WEIGHTS_FILE


@pytest.fixture(scope="module")
def inspector() -> Inspector:
    return Inspector.from_pretrained("compact", device="cpu")


def test_the_bundle_is_small_and_its_hash_is_stated() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) <= 40e6
    stated = json.loads((FOLDER / DEFAULTS_FILE).read_text("utf-8"))["weights_sha256"]
    assert stated == file_sha256(WEIGHTS)
    assert (FOLDER / "MODEL_CARD.md").read_text("utf-8").count(stated) == 1


def test_altered_weights_are_refused(tmp_path: Path) -> None:
    for name in (CONFIG_FILE, DEFAULTS_FILE, WEIGHTS.name):
        shutil.copy(FOLDER / name, tmp_path / name)
    with (tmp_path / WEIGHTS.name).open("r+b") as stream:
        stream.seek(-1, 2)
        last = stream.read(1)[0]
        stream.seek(-1, 2)
        stream.write(bytes([last ^ 1]))
    with pytest.raises(ModelError, match=r"damaged or altered.*sha256"):
        Inspector.from_pretrained(tmp_path)


def test_its_batch_normalisation_is_folded_away_on_loading(inspector: Inspector) -> None:
    kept = open_clip.create_model(f"local-dir:{FOLDER}").eval()
    assert sum(isinstance(layer, BatchNorm2d) for layer in kept.modules()) > 40
    assert not any(isinstance(layer, BatchNorm2d) for layer in inspector.backbone.model.modules())
    plain = Backbone.from_open_clip(kept, inspector.backbone.tokenizer, layers=(4,), first_vv_block=2)
    pixels = torch.rand(2, 3, 128, 160) * 2 - 1
    with torch.inference_mode():
        ours, theirs = inspector.backbone.encode_image(pixels), plain.encode_image(pixels)
    torch.testing.assert_close(ours.patch_features[0], theirs.patch_features[0], rtol=1e-3, atol=1e-4)


def test_batch_normalisation_in_training_is_not_folded() -> None:
    layers = Sequential(Conv2d(3, 4, 3), BatchNorm2d(4))
    with pytest.raises(ValueError, match="evaluation mode"):
        fold_batch_norms(layers)
    assert fold_batch_norms(layers.eval()) == 1


def test_open_clip_loads_it_like_any_other_model(inspector: Inspector) -> None:
    config = json.loads((FOLDER / CONFIG_FILE).read_text("utf-8"))
    assert config["model_cfg"]["vision_cfg"]["timm_model_name"] == compact_module.tokenclip_compact.__name__
    model = open_clip.create_model(f"local-dir:{FOLDER}").eval()
    texts = open_clip.get_tokenizer(f"local-dir:{FOLDER}")(["a scratch on wood", "a flawless part"])
    pixels = torch.rand(1, 3, 256, 320) * 2 - 1
    with torch.inference_mode():
        torch.testing.assert_close(
            inspector.backbone.encode_image(pixels).global_feature, model.encode_image(pixels), rtol=1e-4, atol=1e-5
        )
        torch.testing.assert_close(inspector.backbone.encode_text(texts), model.encode_text(texts))


def test_words_for_good_and_bad_are_told_apart(inspector: Inspector) -> None:
    backbone = inspector.backbone
    good = ["a flawless part", "an intact surface", "an undamaged object", "a part without a scratch"]
    bad = ["a scratched part", "a broken edge", "a rusty surface", "a hole in the fabric"]
    with torch.inference_mode():
        features = functional.normalize(backbone.encode_text(backbone.tokenizer(good + bad)), dim=-1)
    alike = features @ features.T
    within = (alike[:4, :4].mean() + alike[4:, 4:].mean()) / 2
    assert within - alike[:4, 4:].mean() > 0.1  # a text tower that says the same of all texts gives 0


def test_it_finds_defects_of_kinds_and_on_surfaces_it_never_saw(inspector: Inspector) -> None:
    parts = [
        generate(
            7_000_000 + seed, 256, families=HELD_OUT_FAMILIES, defects=HELD_OUT_DEFECTS, defect_probability=seed % 2
        )
        for seed in range(24)
    ]
    results = inspector.inspect_batch([part.image for part in parts])
    labels = [bool(part.defects) for part in parts]
    pixels = pixel_metrics([part.mask for part in parts], [result.anomaly_map for result in results])
    images = image_metrics(labels, [result.score for result in results])
    assert pixels["pixel_auroc"] is not None
    assert images["image_auroc"] is not None
    assert pixels["pixel_auroc"] > 0.85
    assert images["image_auroc"] > 0.7


@pytest.mark.slow
@pytest.mark.parametrize("name", ["compact", "dinov2-small"])
def test_every_sample_gets_the_right_verdict_at_the_default_threshold(name: str) -> None:
    judging = Inspector.from_pretrained(name, device="cpu")
    threshold = Judgement().threshold
    files = sorted(resource_path("samples").glob("*.jpg"))
    images = [load_image(file) for file in files]
    # Alone, and as a folder whose parts are compared with each other.
    for results in ([judging.inspect(image) for image in images], judging.inspect_batch(images)):
        scores = {file.stem: result.score for file, result in zip(files, results, strict=True)}
        assert {name: score for name, score in scores.items() if (score >= threshold) == name.endswith("good")} == {}
    assert len(files) == 17


def test_the_learned_subspaces_that_came_with_it_fit() -> None:
    learned = Inspector.from_pretrained("compact", device="cpu", checkpoint="parts")
    assert learned.subspaces.origin == "learned"
    assert "scratch" in [subspace.name for subspace in learned.subspaces.subspaces]
    part = generate(7_000_001, 256, families=HELD_OUT_FAMILIES, defects=["cut"], defect_probability=1)
    scores = learned.inspect(part.image).anomaly_map
    assert scores[part.mask > 0].mean() > 2 * scores[part.mask == 0].mean()
