"""What a region looks most like."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from tokenclip_core.errors import ModelError
from tokenclip_core.subspaces.naming import (
    FORMAT,
    LIKELY,
    NAMING_FILE,
    Naming,
    directions,
    most_like,
    read_naming,
    write_naming,
)

WIDTH, SPACE = 5, 4


def naming(sharpness: float = 8.0) -> Naming:
    random = np.random.default_rng(3)
    weights = random.normal(size=(2 * WIDTH, SPACE)).astype(np.float32)
    return Naming(weights, random.normal(size=SPACE).astype(np.float32), sharpness)


def texts(count: int) -> np.ndarray:
    values = np.random.default_rng(5).normal(size=(count, 2, SPACE)).astype(np.float32)
    return values / np.linalg.norm(values, axis=2, keepdims=True)


def test_a_regions_logits_are_the_means_of_its_patches_and_depend_on_the_rest_of_the_part_by_its_mean() -> None:
    tokens = np.random.default_rng(6).normal(size=(12, WIDTH)).astype(np.float32)
    map_, embeddings = naming(), texts(3)
    families = map_.to(embeddings)
    assert families is not None
    logits = families.logits(tokens)
    assert logits is not None
    region = [2, 3, 7]
    own = tokens[region].mean(axis=0)
    expected = np.concatenate([own, own - tokens.mean(axis=0)]) @ map_.weights + map_.bias
    assert logits[region].mean(axis=0) == pytest.approx(8.0 * expected @ directions(embeddings).T, rel=1e-4, abs=1e-4)


def test_what_is_not_known_has_no_name() -> None:
    sure, unsure = np.asarray([[4.0, 0.0, 0.0]] * 2), np.asarray([[0.3, 0.0, 0.0]])
    none = np.zeros(3, np.bool_)
    found = most_like(sure, none)
    assert found is not None
    assert found[0] == 0
    assert LIKELY < found[1] < 1
    assert most_like(unsure, none) is None
    # A family that is out of the question leaves the others.
    assert most_like(sure, np.asarray([True, False, True])) == (1, 1.0)
    assert most_like(sure, np.ones(3, np.bool_)) is None


def test_one_family_and_tokens_or_texts_of_another_model_are_not_named() -> None:
    assert naming().to(texts(1)) is None
    assert naming().to(np.ones((3, 2, SPACE + 1), np.float32)) is None
    families = naming().to(texts(3))
    assert families is not None
    assert families.logits(np.ones((4, WIDTH + 1), np.float32)) is None


def test_a_map_is_read_back_for_the_weights_that_it_was_made_for(tmp_path: Path) -> None:
    assert read_naming(tmp_path, "abc") is None
    write_naming(tmp_path, naming(), "abc")
    read = read_naming(tmp_path, "abc")
    assert read is not None
    assert read.weights == pytest.approx(naming().weights, abs=2e-3)
    assert (read.bias.shape, read.sharpness) == ((SPACE,), 8.0)
    assert read_naming(tmp_path, "of other weights") is None


@pytest.mark.parametrize(
    "tensors",
    [
        {},
        {"weights": np.full((4, 3), np.nan, np.float32), "bias": np.zeros(3), "sharpness": np.ones(1)},
        {"weights": np.zeros((3, 3)), "bias": np.zeros(3), "sharpness": np.ones(1)},
        {"weights": np.zeros((4, 3)), "bias": np.zeros(2), "sharpness": np.ones(1)},
        {"weights": np.zeros((4, 3)), "bias": np.zeros(3), "sharpness": np.zeros(1)},
    ],
)
def test_a_damaged_map_is_refused(tmp_path: Path, tensors: dict[str, np.ndarray]) -> None:
    metadata = {"format": FORMAT, "weights_sha256": "abc"}
    save_file(
        {name: np.asarray(value, np.float32) for name, value in tensors.items()}, tmp_path / NAMING_FILE, metadata
    )
    with pytest.raises(ModelError, match="damaged"):
        read_naming(tmp_path, "abc")
    (tmp_path / NAMING_FILE).write_bytes(b"no tensors")
    with pytest.raises(ModelError, match="damaged"):
        read_naming(tmp_path, "abc")
