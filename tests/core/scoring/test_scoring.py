from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tokenclip_core.errors import SettingsError
from tokenclip_core.scoring.settings import ScoringSettings
from tokenclip_core.scoring.token_scores import TokenScores, score_tokens, subspace_costs, text_gram, token_similarities

GRID = (6, 5)
SIZE = (48, 40)
ALL_COMPONENTS = {"peak_weight": 0.4, "mean_pair_weight": 0.2, "agreement_weight": 0.1, "global_weight": 0.3}

Matrix = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Problem:
    """Unit tokens (B, L, N, D), global tokens (B, D) and texts (K, 2, D)."""

    tokens: Tensor
    global_tokens: Tensor
    texts: Tensor

    def score(
        self, given: ScoringSettings, ignored: Tensor | None = None, rarities: Tensor | None = None
    ) -> list[TokenScores]:
        """The scores in numpy, and a look whether torch gives the same."""
        in_torch = _score(self.tokens, self.global_tokens, self.texts, given, ignored, rarities)
        arrays = (self.tokens, self.global_tokens, self.texts, ignored, rarities)
        tokens, global_tokens, texts, area, rare = (None if array is None else array.numpy() for array in arrays)
        in_numpy = _score(tokens, global_tokens, texts, given, area, rare)
        for one, other in zip(in_numpy, in_torch, strict=True):
            assert one.score == pytest.approx(other.score, abs=1e-5)
            assert one.components == pytest.approx(other.components, abs=1e-5)
            for name in ("token_map", "subspace_maps", "plan", "working_map", "layer_maps", "contributions"):
                np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-5, err_msg=name)
        return in_numpy


def _score(
    tokens: Any, global_tokens: Any, texts: Any, given: ScoringSettings, ignored: Any, rarities: Any
) -> list[TokenScores]:
    similarities, global_similarities = (token_similarities(each, texts) for each in (tokens, global_tokens))
    return score_tokens(similarities, global_similarities, texts, GRID, SIZE, given, ignored, rarities)


def problem(seed: int = 0, images: int = 1, layers: int = 2, subspaces: int = 4, width: int = 16) -> Problem:
    generator = torch.Generator().manual_seed(seed)
    common = torch.randn(width, generator=generator)

    def unit(*shape: int) -> Tensor:
        return torch.nn.functional.normalize(common + torch.randn(*shape, width, generator=generator), dim=-1)

    return Problem(unit(images, layers, GRID[0] * GRID[1]), unit(images), unit(subspaces, 2))


def unit(vectors: Matrix) -> Matrix:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def two_state_softmax(tokens: Matrix, normal: Matrix, anomalous: Matrix) -> Matrix:
    logits = np.stack([(tokens * normal).sum(-1), (tokens * anomalous).sum(-1)], -1) / 0.07
    exponents = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(exponents[..., 1] / exponents.sum(-1))


def sinkhorn(cost: Matrix, epsilon: float) -> Matrix:
    kernel = np.exp(-(cost - cost.min()) / epsilon)
    right = np.ones(cost.shape[1])
    for _ in range(20000):
        left = (1 / cost.shape[0]) / (kernel @ right)
        right = (1 / cost.shape[1]) / (kernel.T @ left)
    return np.asarray(left[:, None] * kernel * right)


def top_k(plan: Matrix, k: int) -> Matrix:
    weights = np.zeros_like(plan)
    for row, source in zip(weights, plan, strict=True):
        kept = np.argsort(-source, kind="stable")[:k]
        row[kept] = source[kept] / source[kept].sum()
    return weights


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("anchor", ["mean", "max"])
def test_equals_the_method_written_out_in_float64(seed: int, anchor: str) -> None:
    given_problem = problem(seed)
    chosen = ScoringSettings(epsilon=0.05, top_k=2, anchor=anchor, sigma=0.0, **ALL_COMPONENTS)
    (scores,) = given_problem.score(chosen)
    tokens, texts = given_problem.tokens[0].double().numpy(), given_problem.texts.double().numpy()
    plans, maps = [], []
    for layer in tokens:
        if anchor == "mean":
            cost = 1 - layer @ unit(texts[:, 0] + texts[:, 1]).T
        else:
            cost = 1 - np.maximum(layer @ texts[:, 0].T, layer @ texts[:, 1].T)
        plan = sinkhorn(cost, 0.05)
        weights = top_k(plan, 2)
        maps.append(two_state_softmax(layer, unit(weights @ texts[:, 0]), unit(weights @ texts[:, 1])))
        plans.append(plan)
    token_map = np.mean(maps, axis=0)
    np.testing.assert_allclose(scores.plan, np.mean(plans, axis=0), atol=1e-7)
    np.testing.assert_allclose(scores.token_map.ravel(), token_map, atol=1e-5)
    np.testing.assert_allclose(scores.assignment.reshape(-1, 4), top_k(np.mean(plans, axis=0), 2), atol=1e-5)
    pair = unit(texts.mean(axis=0))
    agnostic = two_state_softmax(tokens, pair[0], pair[1]).mean(axis=0)
    agreement = np.mean([two_state_softmax(tokens, text[0], text[1]) for text in texts], axis=(0, 1))
    expected = {
        "peak": enlarged_peak(token_map),
        "mean_pair": enlarged_peak(agnostic),
        "agreement": enlarged_peak(agreement),
        "global": float(two_state_softmax(given_problem.global_tokens[0].double().numpy(), pair[0], pair[1])),
    }
    assert scores.components == pytest.approx(expected, abs=1e-5)
    assert scores.score == pytest.approx(
        sum(ALL_COMPONENTS[f"{name}_weight"] * value for name, value in expected.items()), abs=1e-5
    )


def enlarged_peak(token_map: Matrix) -> float:
    grid = torch.from_numpy(token_map).view(1, 1, *GRID)
    enlarged = torch.nn.functional.interpolate(grid, size=SIZE, mode="bilinear", align_corners=False)
    return float(torch.topk(enlarged.flatten(), math.ceil(0.001 * SIZE[0] * SIZE[1])).values.mean())


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    subspaces=st.integers(1, 6),
    kept=st.integers(1, 7),
    assignment=st.sampled_from(["transport", "softmax", "uniform"]),
    marginal=st.sampled_from(["balanced", "unbalanced"]),
)
def test_what_always_holds(seed: int, subspaces: int, kept: int, assignment: str, marginal: str) -> None:
    chosen = ScoringSettings(top_k=kept, assignment=assignment, column_marginal=marginal, **ALL_COMPONENTS)
    for scores in problem(seed, images=2, subspaces=subspaces).score(chosen):
        assert 0 <= scores.score <= 1
        assert all(0 <= value <= 1 for value in scores.components.values())
        for values in (scores.token_map, scores.working_map, scores.subspace_maps, scores.assignment):
            assert bool(((values >= 0) & (values <= 1 + 1e-6)).all())
        np.testing.assert_allclose(scores.assignment.sum(-1), 1, atol=1e-6)
        np.testing.assert_allclose(scores.subspace_maps.sum(-1), scores.token_map, atol=1e-6, rtol=1e-5)
        assert float(scores.contributions.sum()) == pytest.approx(scores.score, abs=1e-5)
        assert bool((scores.contributions >= -1e-7).all())
        if assignment != "uniform":
            assert int((scores.assignment > 0).sum(-1).max()) <= kept
        if assignment == "transport" and marginal == "balanced":
            np.testing.assert_allclose(scores.plan.sum(0), 1 / subspaces, atol=1e-5, rtol=0)


def test_a_batch_equals_single_calls() -> None:
    together = problem(3, images=5)
    chosen = ScoringSettings(**ALL_COMPONENTS)
    alone = [
        dataclasses.replace(
            together, tokens=together.tokens[index : index + 1], global_tokens=together.global_tokens[index : index + 1]
        ).score(chosen)[0]
        for index in range(5)
    ]
    for one, other in zip(together.score(chosen), alone, strict=True):
        assert one.score == pytest.approx(other.score, abs=1e-6)
        np.testing.assert_allclose(one.working_map, other.working_map, atol=1e-6, rtol=0)
        np.testing.assert_allclose(one.assignment, other.assignment, atol=1e-5, rtol=0)


def test_uniform_assignment_is_the_token_agnostic_map() -> None:
    given_problem = problem(1)
    weights = {"peak_weight": 0.5, "mean_pair_weight": 0.5, "global_weight": 0.0}
    (scores,) = given_problem.score(ScoringSettings(assignment="uniform", top_k=1, **weights))
    assert scores.components["peak"] == pytest.approx(scores.components["mean_pair"], abs=1e-6)
    np.testing.assert_allclose(scores.assignment, np.full((*GRID, 4), 0.25))


def test_one_subspace_is_its_own_blend() -> None:
    given_problem = problem(1, subspaces=1)
    (scores,) = given_problem.score(ScoringSettings(**ALL_COMPONENTS))
    values = {round(scores.components[name], 5) for name in ("peak", "mean_pair", "agreement")}
    assert len(values) == 1


def test_muting_nothing_changes_nothing_and_muting_renormalises() -> None:
    given_problem = problem(2)
    chosen = ScoringSettings(epsilon=0.05, top_k=4, **ALL_COMPONENTS)
    (full,) = given_problem.score(chosen)
    (same,) = given_problem.score(chosen.replace(muted=frozenset()))
    assert np.array_equal(full.working_map, same.working_map)
    (less,) = given_problem.score(chosen.replace(muted=frozenset({1, 3})))
    expected = full.assignment[..., [0, 2]]
    np.testing.assert_allclose(less.assignment[..., [0, 2]], expected / expected.sum(-1, keepdims=True), rtol=1e-5)
    assert not bool(less.assignment[..., [1, 3]].any())
    assert not bool(less.contributions[[1, 3]].any())
    assert float(less.contributions.sum()) == pytest.approx(less.score, abs=1e-5)
    assert np.array_equal(less.plan, full.plan)


def test_soloing_one_subspace_is_inspecting_with_it_alone() -> None:
    given_problem = problem(4)
    (solo,) = given_problem.score(ScoringSettings(muted=frozenset({0, 1, 3}), **ALL_COMPONENTS))
    (alone,) = dataclasses.replace(given_problem, texts=given_problem.texts[2:3]).score(
        ScoringSettings(**ALL_COMPONENTS)
    )
    np.testing.assert_allclose(solo.token_map, alone.token_map, rtol=1e-5)
    assert solo.components == pytest.approx(alone.components, abs=1e-6)


def test_ignored_patches_leave_plan_map_and_score() -> None:
    given_problem = problem(5)
    ignored = torch.zeros(GRID, dtype=torch.bool)
    ignored[:3] = True
    chosen = ScoringSettings(epsilon=0.05, **ALL_COMPONENTS)
    (scores,) = given_problem.score(chosen, ignored.view(1, -1))
    changed = given_problem.tokens.clone()
    changed[:, :, ignored.flatten()] = torch.nn.functional.normalize(torch.randn(16), dim=0)
    (other,) = dataclasses.replace(given_problem, tokens=changed).score(chosen, ignored.view(1, -1))
    assert scores.score == other.score
    assert np.array_equal(scores.working_map, other.working_map)
    assert np.array_equal(scores.contributions, other.contributions)
    assert not bool(scores.token_map[ignored].any())
    assert not bool(scores.assignment[ignored].any())
    assert not bool(scores.working_map[: SIZE[0] // 2].any())
    np.testing.assert_allclose(scores.plan.sum(0), 0.25, atol=1e-5, rtol=0)
    assert set(scores.components) == {"peak", "mean_pair", "agreement"}
    assert float(scores.contributions.sum()) == pytest.approx(scores.score, abs=1e-5)


def test_only_the_global_token_and_something_ignored_falls_back_to_the_peak() -> None:
    ignored = torch.zeros(1, GRID[0] * GRID[1], dtype=torch.bool)
    ignored[0, 3] = True
    (scores,) = problem(6).score(ScoringSettings(peak_weight=0.0, global_weight=1.0), ignored)
    assert set(scores.components) == {"peak"}
    ignored[:] = True
    (empty,) = problem(6).score(ScoringSettings(), ignored)
    assert empty.score == 0
    assert not bool(empty.working_map.any())


def test_all_equal_tokens_and_opposite_texts_stay_finite() -> None:
    text = torch.nn.functional.normalize(torch.randn(1, 16), dim=-1)
    texts = torch.stack([torch.cat([text, -text]), torch.cat([-text, text])])
    tokens = text.expand(1, 2, 30, 16)
    degenerate = Problem(tokens, text, texts)
    (scores,) = degenerate.score(ScoringSettings(**ALL_COMPONENTS))
    assert math.isfinite(scores.score)
    assert bool(np.isfinite(scores.working_map).all())
    assert bool((scores.plan == np.float32(1 / 60)).all())


def test_costs_of_the_mean_anchor() -> None:
    given_problem = problem(7)
    similarities = token_similarities(given_problem.tokens, given_problem.texts)
    anchors = torch.nn.functional.normalize(given_problem.texts.sum(1), dim=-1)
    expected = 1 - given_problem.tokens @ anchors.T
    torch.testing.assert_close(
        subspace_costs(similarities, text_gram(given_problem.texts)), expected, atol=1e-6, rtol=0
    )


@pytest.mark.parametrize("muted", [{4}, {-1}, {0, 1, 2, 3}])
def test_impossible_muting_is_refused(muted: set[int]) -> None:
    with pytest.raises(SettingsError, match="muted"):
        problem(0).score(ScoringSettings(muted=frozenset(muted)))


@pytest.mark.parametrize(
    "values",
    [
        {"epsilon": 0.0},
        {"epsilon": float("nan")},
        {"epsilon": float("inf")},
        {"top_k": 0},
        {"temperature": -1.0},
        {"sigma": -1.0},
        {"peak_fraction": 0.0},
        {"peak_fraction": 1.5},
        {"peak_weight": -0.1},
        {"peak_weight": 0.0, "global_weight": 0.0},
        {"assignment": "other"},
        {"anchor": "other"},
        {"unknown": 1},
        {"top_k": 1.5},
        {"top_k": True},
        {"epsilon": "0.1"},
        {"muted": 3},
        {"muted": ["a"]},
        {"layers": 3},
        {"layers": ["a"]},
        {"tolerated": 3},
        {"tolerated": [[1]]},
        {"tolerated": [["a", 0.5]]},
        {"tolerated": [[1, True]]},
        {"tolerated": [[1, 1.5]]},
        {"tolerated": [[-1, 0.5]]},
    ],
)
def test_impossible_settings_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        ScoringSettings.from_mapping(values)


def test_settings_survive_a_round_trip() -> None:
    chosen = ScoringSettings(
        epsilon=0.01,
        top_k=3,
        assignment="softmax",
        muted=frozenset({2, 0}),
        global_weight=0.0,
        layers=(2, 4),
        tolerated=((1, 0.75),),
    )
    assert "tolerated" not in ScoringSettings().to_mapping()
    assert ScoringSettings.from_mapping(chosen.to_mapping()) == chosen
    assert ScoringSettings.from_mapping({"epsilon": 1}).epsilon == 1.0
    assert chosen.weights == {"peak": 1.0}
    with pytest.raises(SettingsError, match="unknown"):
        chosen.replace(epsilom=0.1)


def test_rarity_scales_the_map_and_each_subspaces_part_of_it() -> None:
    one = problem(3)
    rarities = torch.rand(1, 2, GRID[0] * GRID[1], generator=torch.Generator().manual_seed(4))
    whole = ScoringSettings(layers=(), **{**ALL_COMPONENTS, "peak_weight": 1.0, "global_weight": 0.0})
    (plain,) = one.score(whole)
    (scaled,) = one.score(whole.replace(rarity_scale=0.5), rarities=rarities)
    assert np.all(scaled.token_map < plain.token_map)
    np.testing.assert_allclose(scaled.subspace_maps.sum(-1), scaled.token_map, rtol=1e-5)
    # It says where, not whether: the score stays.
    assert scaled.score == plain.score
    np.testing.assert_allclose(scaled.contributions, plain.contributions, rtol=1e-5)
    # Texts decide what a patch is compared with, rarity does not.
    np.testing.assert_allclose(scaled.plan, plain.plan, rtol=1e-5)
    np.testing.assert_allclose(scaled.assignment, plain.assignment, rtol=1e-5)
    alike = torch.full_like(rarities, 0.3)
    (evenly,) = one.score(whole.replace(rarity_scale=0.5), rarities=alike)
    np.testing.assert_allclose(evenly.token_map, plain.token_map * (1 - math.exp(-0.6)), rtol=1e-5)


def test_rarity_that_is_asked_for_and_not_given_is_refused() -> None:
    with pytest.raises(SettingsError, match="rarit"):
        problem().score(ScoringSettings(rarity_scale=0.1))
