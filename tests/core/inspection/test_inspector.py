from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
import pytest
import torch
from programs import said_by_python

import tokenclip_core
from tokenclip_core.errors import DeviceError, ImageError, ModelError, SettingsError
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.inspection.result import InspectionResult
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.model.devices import choose_device, choose_precision
from tokenclip_core.scoring.settings import ScoringSettings
from tokenclip_core.scoring.token_scores import score_tokens, token_similarities
from tokenclip_core.subspaces.textual import single
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary

Image = npt.NDArray[np.uint8]


def part(seed: int, height: int = 70, width: int = 90) -> Image:
    """A smooth random part with a dark mark on it."""
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width]
    base = 128 + 60 * np.sin(rows / generator.uniform(5, 20)) * np.cos(columns / generator.uniform(5, 20))
    image = np.repeat(base[..., None], 3, axis=2) + generator.normal(0, 10, (height, width, 3))
    image[height // 3 : height // 2, width // 4 : width // 2] *= 0.3
    return np.asarray(image.clip(0, 255), dtype=np.uint8)


def assert_same(one: InspectionResult, other: InspectionResult, tolerance: float) -> None:
    assert one.score == pytest.approx(other.score, abs=tolerance)
    for name in ("anomaly_map", "token_map", "assignment", "similarities", "layer_similarities", "subspace_maps"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=tolerance, err_msg=name)
    np.testing.assert_allclose(one.transport_plan, other.transport_plan, atol=tolerance)


def test_the_result_is_what_the_contract_says(tiny_inspector: Inspector) -> None:
    result = tiny_inspector.inspect(part(0))
    gh, gw = result.token_map.shape
    assert (gh, gw) == (7, 9)
    assert isinstance(result.score, float)
    assert 0 <= result.score <= 1
    assert result.anomaly_map.shape == (70, 90)
    assert result.assignment.shape == (gh, gw, 4)
    assert result.transport_plan.shape == (gh * gw, 4)
    assert result.similarities.shape == (gh, gw, 4, 2)
    assert result.layer_similarities.shape == (4, gh, gw, 4, 2)
    for name in ("anomaly_map", "token_map", "assignment", "transport_plan", "similarities", "layer_similarities"):
        assert getattr(result, name).dtype == np.float32, name
    for values in (result.anomaly_map, result.token_map):
        assert values.min() >= 0
        assert values.max() <= 1
    np.testing.assert_allclose(result.transport_plan.sum(0), 0.25, atol=1e-4)
    np.testing.assert_allclose(result.assignment.sum(-1), 1, atol=1e-6)
    assert (result.assignment > 0).sum(-1).max() <= 2
    np.testing.assert_allclose(result.layer_similarities.mean(0), result.similarities, atol=1e-6)
    assert [subspace.name for subspace in result.subspaces] == ["crack", "stain", "hole", "dent"]
    assert result.subspaces[1].colour == (0x11, 0x22, 0x33)
    assert sum(subspace.mass for subspace in result.subspaces) == pytest.approx(1, abs=1e-6)
    assert sum(subspace.contribution for subspace in result.subspaces) == pytest.approx(result.score, abs=1e-5)
    assert result.layers == (1, 2, 3, 4)
    assert result.regions(0.0)[0].area_px == 70 * 90


def test_it_equals_the_steps_done_by_hand(tiny_inspector: Inspector, tiny_backbone: Backbone) -> None:
    image = part(1, 64, 64)
    pixels = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (tiny_backbone.mean, tiny_backbone.std))
    with torch.no_grad():
        tokens = tiny_backbone.encode_image((pixels - mean) / std)
    embeddings = torch.from_numpy(tiny_inspector.subspaces.embeddings)
    (expected,) = score_tokens(
        token_similarities(torch.stack(tokens.patch_features, 1), embeddings),
        token_similarities(tokens.global_feature, embeddings),
        embeddings,
        (8, 8),
        (64, 64),
        tiny_inspector.settings,
    )
    result = tiny_inspector.inspect(image)
    # A model without constants is judged by the hotter one of its hottest patch and TokenCLIP's own image score.
    assert result.score == pytest.approx(max(expected.score, float(expected.token_map.max())), abs=1e-6)
    np.testing.assert_allclose(result.anomaly_map, expected.working_map, atol=1e-6)


def test_a_batch_of_mixed_sizes_equals_single_calls_in_order(tiny_inspector: Inspector) -> None:
    shapes = [(70, 90), (64, 64), (70, 90), (300, 40), (64, 65), (7, 9), (1, 1), (70, 90)]
    images = [part(seed, *shape) for seed, shape in enumerate(shapes)]
    together = tiny_inspector.inspect_batch(images)
    assert [result.anomaly_map.shape for result in together] == shapes
    for image, result in zip(images, together, strict=True):
        assert_same(result, tiny_inspector.inspect(image), 1e-5)
    assert tiny_inspector.inspect_batch([]) == []


def test_more_images_than_one_forward_pass_takes(tiny_inspector: Inspector) -> None:
    images = [part(seed, 16, 16) for seed in range(19)]
    results = tiny_inspector.inspect_batch(images)
    assert_same(results[18], tiny_inspector.inspect(images[18]), 1e-5)


def test_the_same_image_twice_gives_the_same_bytes(tiny_inspector: Inspector) -> None:
    first, second = (tiny_inspector.inspect(part(3)) for _ in range(2))
    assert first.score == second.score
    for name in ("anomaly_map", "token_map", "assignment", "transport_plan", "similarities", "subspace_maps"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes(), name


def test_encode_and_score_apart_equal_inspect(tiny_inspector: Inspector) -> None:
    images = [part(4), part(5, 64, 64)]
    for image, encoded in zip(images, tiny_inspector.encode(images), strict=True):
        assert_same(tiny_inspector.score(encoded), tiny_inspector.inspect(image), 1e-5)
        assert encoded.nbytes > encoded.similarities.nbytes
        assert encoded.patch_features is not None
        softer = tiny_inspector.score(encoded, tiny_inspector.settings.replace(top_k=4, epsilon=0.1))
        assert (softer.assignment > 0).all()
        solo = tiny_inspector.score(encoded, tiny_inspector.settings.replace(muted=frozenset({0, 2, 3})))
        assert (solo.assignment[..., 1] == 1).all()
        assert [subspace.muted for subspace in solo.subspaces] == [True, False, True, True]


def test_other_subspaces_score_parts_that_were_encoded_before(
    tiny_inspector: Inspector, tiny_backbone: Backbone, tiny_vocabulary: DescriptorVocabulary
) -> None:
    (encoded,) = tiny_inspector.encode([part(6)])
    baseline = tiny_inspector.with_subspaces(single(tiny_backbone, tiny_vocabulary))
    result = baseline.score(encoded)
    assert_same(result, baseline.inspect(part(6)), 1e-5)
    assert result.assignment.shape[-1] == 1


def test_what_is_tolerated_leaves_map_and_score(tiny_inspector: Inspector) -> None:
    image = np.random.default_rng(4).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    (encoded,) = tiny_inspector.encode([image])
    plain = tiny_inspector.score(encoded)
    leading = plain.subspace_maps.argmax(axis=-1)
    which = int(np.bincount(leading.reshape(-1)).argmax())
    middle = float(np.median(plain.token_map[leading == which]))

    def tolerating(*limits: tuple[int, float]) -> InspectionResult:
        return tiny_inspector.score(encoded, tiny_inspector.settings.replace(tolerated=limits))

    some = tolerating((which, middle))
    out = (leading == which) & (plain.token_map < middle)
    assert 0 < out.sum() < (leading == which).sum()
    assert some.ignored is not None
    assert (some.ignored == out).all()
    assert (some.token_map[out] == 0).all()
    # What is hotter, or comes from others, stays; so does what the patches chose.
    assert np.array_equal(some.token_map[~out], plain.token_map[~out])
    assert np.array_equal(some.transport_plan, plain.transport_plan)
    assert np.array_equal(some.assignment, plain.assignment)
    # Up to 1, nothing of the subspace counts; of all of them, nothing at all.
    alone = tolerating((which, 1.0))
    assert alone.score <= plain.score
    assert (alone.token_map[leading == which] == 0).all()
    all_of_them = tolerating(*((k, 1.0) for k in range(4)))
    assert all_of_them.score == 0
    assert all_of_them.regions(0.01) == ()
    with pytest.raises(SettingsError, match="subspace 9 does not exist"):
        tolerating((9, 0.5))


def test_ignored_areas(tiny_inspector: Inspector) -> None:
    image = part(7, 64, 64)
    area = np.zeros((64, 64), np.uint8)
    area[:, :36] = 255  # four columns of patches, and half of the fifth
    on_grid = np.zeros((8, 8), bool)
    on_grid[:, :4] = True
    result = tiny_inspector.inspect(image, ignored=area)
    assert_same(result, tiny_inspector.inspect(image, ignored=on_grid), 0)
    assert result.ignored is not None
    assert (result.ignored == on_grid).all()
    assert not result.anomaly_map[:, :32].any()
    assert result.anomaly_map[:, 32:].all()
    assert not result.transport_plan.reshape(8, 8, -1)[on_grid].any()
    nothing = tiny_inspector.inspect(image, ignored=np.zeros((64, 64), bool))
    assert nothing.ignored is None
    assert_same(nothing, tiny_inspector.inspect(image), 0)
    everything = tiny_inspector.inspect(image, ignored=np.ones((64, 64), bool))
    assert everything.score == 0
    with pytest.raises(SettingsError, match="ignored"):
        tiny_inspector.inspect(image, ignored=np.zeros((3, 3), bool))


def test_blank_parts_stay_finite(tiny_inspector: Inspector) -> None:
    for value in (0, 128, 255):
        result = tiny_inspector.inspect(np.full((64, 64, 3), value, np.uint8))
        assert np.isfinite(result.anomaly_map).all()
        np.testing.assert_allclose(result.transport_plan.sum(0), 0.25, atol=1e-4)


def test_what_is_not_an_image_is_refused(tiny_inspector: Inspector) -> None:
    with pytest.raises(ImageError, match="uint8"):
        tiny_inspector.inspect_batch([part(0), np.zeros((8, 8, 3), np.float32)])


def test_the_description_repeats_a_run(tiny_inspector: Inspector, tiny_backbone: Backbone) -> None:
    description = json.loads(json.dumps(tiny_inspector.description()))
    assert description["model"] == "tiny"
    assert description["device"] == "cpu"
    assert description["precision"] == "fp32"
    assert description["image_size"] == 64
    assert len(description["model_sha256"]) == 64
    assert ScoringSettings.from_mapping(description["scoring"]) == tiny_inspector.settings


def test_impossible_inspectors_are_refused(tiny_inspector: Inspector, tiny_backbone: Backbone) -> None:
    subspaces = tiny_inspector.subspaces
    with pytest.raises(SettingsError, match="image_size"):
        Inspector(tiny_backbone, subspaces, image_size=4)
    wider = type(subspaces)(torch.ones(4, 2, 33), subspaces.subspaces, "learned")
    with pytest.raises(SettingsError, match="wide"):
        Inspector(tiny_backbone, wider)
    with pytest.raises(ModelError, match="no model"):
        Inspector.from_pretrained("does-not-exist")


def test_devices_and_precisions() -> None:
    assert choose_device("cpu") == torch.device("cpu")
    assert choose_device("auto").type in ("cpu", "cuda", "mps")
    assert choose_precision("auto", torch.device("cpu")) == "fp32"
    assert choose_precision("auto", torch.device("cuda")) == "fp16"
    assert choose_precision("bf16", torch.device("cpu")) == "bf16"
    for name in ("toaster", "meta"):
        with pytest.raises(DeviceError, match=name):
            choose_device(name)
    with pytest.raises(DeviceError, match="fp8"):
        choose_precision("fp8", torch.device("cpu"))
    if not torch.cuda.is_available():
        with pytest.raises(DeviceError, match="cuda"):
            choose_device("cuda")


def test_importing_the_package_loads_no_torch() -> None:
    program = (
        "import sys, tokenclip_core; assert 'torch' not in sys.modules and 'cv2' not in sys.modules; "
        "from tokenclip_core import load_image; assert 'torch' not in sys.modules; print(dir(tokenclip_core))"
    )
    assert "Inspector" in said_by_python(program)
    assert tokenclip_core.Inspector is Inspector
    with pytest.raises(AttributeError, match="nothing"):
        _ = tokenclip_core.nothing
