"""Names of regions are learned from made-up defects, and measured."""

import numpy as np
import pytest

from tokenclip_core.data.procedural.generator import DEFECTS, generate
from tokenclip_core.errors import SettingsError
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.judgement.findings import Region
from tokenclip_core.measuring.naming import (
    FAMILIES_OF,
    DefectTokens,
    defect_tokens,
    fitted_naming,
    made_defects,
    named,
)
from tokenclip_core.subspaces.naming import LIKELY
from tokenclip_core.subspaces.vocabulary import default_vocabulary

NAMES = ("scratch", "hole", "stain")


def texts() -> np.ndarray:
    values = np.zeros((3, 2, 6), np.float32)
    values[:, 0, 3], values[range(3), 1, range(3)] = 1, 1
    return values


def defects(count: int, noise: float, seed: int = 0) -> list[DefectTokens]:
    """Whose tokens say what they are in their first values."""
    random = np.random.default_rng(seed)
    found = []
    for number in range(count):
        tokens = random.normal(0, noise, 8)
        tokens[number % 3] += 1
        found.append(DefectTokens(tokens.astype(np.float32), NAMES[number % 3], f"surface {number % 7}"))
    return found


def test_every_made_defect_has_a_family_in_the_shipped_vocabulary() -> None:
    shipped = {family.name for family in default_vocabulary().families}
    assert set(DEFECTS) <= set(FAMILIES_OF)
    assert {family for families in FAMILIES_OF.values() for family in families} <= shipped


def test_likelihoods_are_as_often_right_as_they_say() -> None:
    naming = fitted_naming(defects(600, 0.6), NAMES, texts())
    table = named(naming, defects(600, 0.6, seed=1), NAMES, texts())
    first = table.likelihoods.argmax(axis=1)
    right = np.mean([NAMES[k] == defect for k, defect in zip(first, table.defects, strict=True)])
    assert right > 0.6
    assert table.likelihoods.max(axis=1).mean() == pytest.approx(right, abs=0.06)
    assert "| hole | 200 |" in table.text()


def test_what_can_not_be_told_apart_is_not_named() -> None:
    naming = fitted_naming(defects(300, 30.0), NAMES, texts())
    assert named(naming, defects(300, 30.0, seed=1), NAMES, texts()).likelihoods.max() < 0.75


def test_a_defects_tokens_are_those_of_the_patches_that_it_covers() -> None:
    tokens = np.arange(12, dtype=np.float32).reshape(4, 3)
    mask = np.zeros((20, 20), np.uint8)
    mask[2:6, 12:16] = 255
    found = defect_tokens(tokens, (2, 2), mask, "hole", "steel")
    assert found.tokens == pytest.approx([*tokens[1], *(tokens[1] - tokens.mean(axis=0))])


def test_the_shipped_map_names_made_up_holes(bundled_model: str) -> None:
    inspector = Inspector.from_pretrained(bundled_model)
    names = [subspace.name for subspace in inspector.subspaces.subspaces]
    assert inspector.naming is not None
    found = list(made_defects(inspector, ("leather",), ("hole",), 4))
    table = named(inspector.naming, found, names, inspector.subspaces.embeddings)
    assert [names[k] for k in table.likelihoods.argmax(axis=1)].count("hole") >= len(found) / 2
    part = generate(0, 256, families=("leather",), defects=("hole",), defect_probability=1.0)
    result = inspector.inspect(part.image)
    assert result.likeness is not None
    assert result.likeness.shape == (*result.token_map.shape, len(names))
    rows, columns = np.nonzero(part.mask)
    box = Region(int(columns.min()), int(rows.min()), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1, 1, 1.0)
    like = result.looks_like(box)
    assert like is None or LIKELY <= like[1] <= 1
    others = inspector.settings.replace(muted=frozenset(range(1, len(names))))
    muted = inspector.score(*inspector.encode([part.image]), settings=others)
    assert muted.looks_like(box) == (0, 1.0)


def test_too_few_surfaces_and_families_that_are_not_there_are_refused() -> None:
    with pytest.raises(SettingsError, match="surfaces are too few"):
        fitted_naming([DefectTokens(np.ones(4, np.float32), "hole", "steel")], NAMES, texts())
    others = [DefectTokens(one.tokens, "wear", one.surface) for one in defects(14, 1.0)]
    with pytest.raises(SettingsError, match="no family for wear"):
        fitted_naming(others, NAMES, texts())
