from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import ot
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tokenclip_core.errors import ModelError, SettingsError
from tokenclip_core.scoring.assignment import (
    TOLERANCE,
    assign,
    row_entropy,
    softmax_plan,
    transport_plan,
    uniform_plan,
)


def random_cost(seed: int, images: int, tokens: int, subspaces: int, dtype: torch.dtype = torch.float32) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(images, tokens, subspaces, generator=generator, dtype=torch.float64).to(dtype)


problems = st.tuples(st.integers(0, 2**31), st.integers(1, 3), st.integers(1, 60), st.integers(1, 9))


@settings(max_examples=60, deadline=None)
@given(problem=problems, epsilon=st.sampled_from([0.001, 0.01, 0.05, 0.3, 2.0]))
def test_marginals_hold_whatever_the_cost(problem: tuple[int, int, int, int], epsilon: float) -> None:
    cost = random_cost(*problem)
    _, _, tokens, subspaces = problem
    plan = transport_plan(cost, epsilon)
    assert plan.shape == cost.shape
    assert plan.dtype == torch.float32
    assert bool((plan >= 0).all())
    torch.testing.assert_close(plan.sum(1), torch.full((problem[1], subspaces), 1 / subspaces), atol=2e-6, rtol=5e-5)
    torch.testing.assert_close(plan.sum(2), torch.full((problem[1], tokens), 1 / tokens), atol=2e-6, rtol=5e-5)


@pytest.mark.parametrize("epsilon", [0.02, 0.1, 1.0])
@pytest.mark.parametrize("seed", range(4))
def test_equals_pot_sinkhorn_on_random_costs(seed: int, epsilon: float) -> None:
    cost = random_cost(seed, 3, 40, 6)
    plan = transport_plan(cost, epsilon)
    rows, columns = np.full(40, 1 / 40), np.full(6, 1 / 6)
    for index in range(3):
        expected = ot.sinkhorn(
            rows, columns, cost[index].double().numpy(), epsilon, method="sinkhorn_log", numItermax=5000, stopThr=1e-12
        )
        np.testing.assert_allclose(plan[index].numpy(), expected, atol=1e-5)
        # The shares that the method uses agree as well.
        np.testing.assert_allclose(40 * plan[index].numpy(), 40 * expected, atol=1e-5)


def test_equals_own_float64_sinkhorn() -> None:
    cost = random_cost(5, 1, 30, 5, torch.float64)
    kernel = np.exp(-cost[0].numpy() / 0.05)
    left, right = np.ones(30), np.ones(5)
    for _ in range(5000):
        left = (1 / 30) / (kernel @ right)
        right = (1 / 5) / (kernel.T @ left)
    expected = left[:, None] * kernel * right[None]
    plan = transport_plan(cost, 0.05, tolerance=1e-12, max_iterations=5000)
    assert plan.dtype == torch.float64
    np.testing.assert_allclose(plan[0].numpy(), expected, rtol=1e-8)


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0, 2.0])
@pytest.mark.parametrize("shape", [(2, 7, 3), (1, 1369, 12), (1, 1, 1)])
def test_a_constant_cost_gives_exactly_the_uniform_plan(value: float, shape: tuple[int, int, int]) -> None:
    plan = transport_plan(torch.full(shape, value), 0.02)
    expected = (torch.tensor(1.0) / shape[1]) / shape[2]
    assert bool((plan == expected).all())


def test_a_cost_without_preference_gives_exactly_the_uniform_plan() -> None:
    cost = torch.rand(2, 9, 1).expand(2, 9, 4)
    plan = transport_plan(cost, 0.02)
    assert bool((plan == plan[0, 0, 0]).all())


def test_one_problem_does_not_change_another() -> None:
    costs = random_cost(1, 6, 50, 5)
    together = transport_plan(costs, 0.02)
    alone = torch.cat([transport_plan(cost[None], 0.02) for cost in costs])
    torch.testing.assert_close(together * 50, alone * 50, atol=2e-6, rtol=0)


def test_equal_inputs_give_equal_bytes() -> None:
    costs = random_cost(2, 2, 64, 6)
    assert transport_plan(costs, 0.02).numpy().tobytes() == transport_plan(costs.clone(), 0.02).numpy().tobytes()


def test_a_tiny_epsilon_stays_finite_and_on_the_marginals() -> None:
    cost = random_cost(3, 2, 100, 8) + 1.0
    plan = transport_plan(cost, 1e-5)
    assert bool(torch.isfinite(plan).all())
    assert float((plan.sum(1) - 1 / 8).abs().max()) < 1e-6
    assert float((plan.sum(2) - 1 / 100).abs().max()) < 1e-6


@pytest.mark.parametrize(("seed", "epsilon"), [(3, 5e-4), (2, 5e-4), (5, 5e-4), (0, 1e-3), (1, 0.02)])
def test_small_epsilons_are_solved_and_not_only_rounded(seed: int, epsilon: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    liked = 0.1 * torch.randn(1, 1, 8, generator=generator)
    cost = (liked + 0.05 * torch.randn(1, 300, 8, generator=generator)).double()
    plan = transport_plan(cost, epsilon)[0]
    # The one plan that is optimal is exp(u_i + v_k - cost / epsilon) everywhere.
    exponent = plan.log() + cost[0] / epsilon
    compared = 0
    for one, other in itertools.combinations(range(8), 2):
        both = (plan[:, one] > 1e-15) & (plan[:, other] > 1e-15)
        if int(both.sum()) > 1:
            compared += 1
            assert float((exponent[both, one] - exponent[both, other]).std()) < 1e-4
    assert compared >= 7


def test_stopping_early_still_fits_both_marginals() -> None:
    plan = transport_plan(random_cost(4, 2, 100, 8), 0.005, max_iterations=1)
    assert float((plan.sum(1) - 1 / 8).abs().max()) < 1e-6
    assert float((plan.sum(2) - 1 / 100).abs().max()) < 1e-6


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31), tokens=st.integers(2, 40), subspaces=st.integers(1, 6))
def test_ignored_patches_leave_the_problem(seed: int, tokens: int, subspaces: int) -> None:
    cost = random_cost(seed, 2, tokens, subspaces)
    ignored = torch.rand(2, tokens, generator=torch.Generator().manual_seed(seed)) < 0.4
    ignored[:, 0] = False
    plan = transport_plan(cost, 0.1, ignored=ignored)
    for index in range(2):
        kept = ~ignored[index]
        alone = transport_plan(cost[index : index + 1, kept], 0.1)
        assert bool((plan[index, ignored[index]] == 0).all())
        torch.testing.assert_close(plan[index, kept], alone[0], atol=1e-6, rtol=1e-4)


def test_an_image_of_which_all_is_ignored_has_an_empty_plan() -> None:
    cost = random_cost(0, 2, 6, 3)
    ignored = torch.zeros(2, 6, dtype=torch.bool)
    ignored[0] = True
    plan = transport_plan(cost, 0.1, ignored=ignored)
    assert bool((plan[0] == 0).all())
    assert float(plan[1].sum()) == pytest.approx(1, abs=1e-5)
    for other in (softmax_plan(cost, 0.1, ignored), uniform_plan(cost, ignored)):
        assert bool((other[0] == 0).all())
        assert float(other[1].sum()) == pytest.approx(1, abs=1e-5)


def test_unbalanced_equals_pot() -> None:
    cost = random_cost(7, 2, 30, 5, torch.float64)
    plan = transport_plan(
        cost, 0.05, column_marginal="unbalanced", column_relaxation=0.02, tolerance=1e-12, max_iterations=5000
    )
    for index in range(2):
        expected = ot.unbalanced.sinkhorn_unbalanced(
            np.full(30, 1 / 30),
            np.full(5, 1 / 5),
            cost[index].numpy(),
            reg=0.05,
            reg_m=(math.inf, 0.02),
            reg_type="kl",
            numItermax=5000,
            stopThr=1e-13,
        )
        np.testing.assert_allclose(plan[index].numpy(), expected, atol=1e-9)


def test_unbalanced_goes_from_softmax_to_balanced() -> None:
    cost = random_cost(8, 1, 80, 5)
    free = transport_plan(cost, 0.05, column_marginal="unbalanced", column_relaxation=0.0)
    tied = transport_plan(cost, 0.05, column_marginal="unbalanced", column_relaxation=1e4)
    torch.testing.assert_close(free, softmax_plan(cost, 0.05), atol=1e-7, rtol=1e-5)
    torch.testing.assert_close(tied, transport_plan(cost, 0.05), atol=1e-6, rtol=1e-3)
    torch.testing.assert_close(tied.sum(2), torch.full((1, 80), 1 / 80), atol=1e-8, rtol=1e-5)


def test_softmax_and_uniform_plans() -> None:
    cost = random_cost(9, 2, 20, 4)
    expected = torch.softmax(-cost / 0.1, dim=-1) / 20
    torch.testing.assert_close(softmax_plan(cost, 0.1), expected)
    torch.testing.assert_close(uniform_plan(cost), torch.full((2, 20, 4), 1 / 80))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**31), tokens=st.integers(1, 30), subspaces=st.integers(1, 8), top_k=st.integers(1, 10))
def test_assign_keeps_the_heaviest_and_renormalises(seed: int, tokens: int, subspaces: int, top_k: int) -> None:
    plan = random_cost(seed, 2, tokens, subspaces).clamp_min(1e-3) / tokens
    weights = assign(plan, top_k)
    assert int((weights > 0).sum(-1).max()) <= top_k
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, tokens))
    for row, weight in zip(plan.flatten(0, 1).tolist(), weights.flatten(0, 1).tolist(), strict=True):
        kept = sorted(range(subspaces), key=lambda index: (-row[index], index))[:top_k]
        total = sum(row[index] for index in kept)
        expected = [row[index] / total if index in kept else 0.0 for index in range(subspaces)]
        assert weight == pytest.approx(expected, abs=1e-6)


def test_assign_settles_ties_by_order_and_leaves_empty_rows_empty() -> None:
    plan = torch.tensor([[0.1, 0.2, 0.2, 0.2], [0.0, 0.0, 0.0, 0.0]])
    assert assign(plan, 2).tolist() == [[0, 0.5, 0.5, 0], [0, 0, 0, 0]]


def test_row_entropy_is_zero_when_decided_and_log_k_when_not() -> None:
    decided = torch.eye(4).unsqueeze(0) / 4
    assert float(row_entropy(decided)) == 0
    assert float(row_entropy(torch.full((3, 5), 1 / 15))) == pytest.approx(math.log(5), abs=1e-6)
    with_empty = torch.cat([torch.full((3, 5), 1 / 15), torch.zeros(3, 5)])
    assert float(row_entropy(with_empty)) == pytest.approx(math.log(5), abs=1e-6)


def test_no_gradient_through_the_plan() -> None:
    cost = random_cost(0, 1, 6, 3).requires_grad_()
    assert not transport_plan(cost, 0.1).requires_grad


@pytest.mark.parametrize(
    ("cost", "options"),
    [
        (torch.rand(4, 3), {}),
        (torch.rand(1, 0, 3), {}),
        (torch.rand(1, 4, 3), {"epsilon": 0.0}),
        (torch.rand(1, 4, 3), {"epsilon": math.nan}),
        (torch.rand(1, 4, 3), {"ignored": torch.zeros(1, 3, dtype=torch.bool)}),
        (torch.rand(1, 4, 3), {"ignored": torch.zeros(1, 4)}),
        (torch.rand(1, 4, 3), {"max_iterations": 0}),
        (torch.rand(1, 4, 3), {"column_marginal": "other"}),
        (torch.rand(1, 4, 3), {"column_marginal": "unbalanced", "column_relaxation": -1.0}),
    ],
)
def test_impossible_problems_are_refused(cost: Tensor, options: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        transport_plan(cost, **{"epsilon": 0.1, **options})


def test_values_that_are_not_finite_are_refused() -> None:
    cost = torch.rand(1, 4, 3)
    cost[0, 1, 1] = math.nan
    with pytest.raises(ModelError, match="fp32"):
        transport_plan(cost, 0.1)
    with pytest.raises(SettingsError, match="top_k"):
        assign(torch.rand(1, 4, 3), 0)


@settings(max_examples=60, deadline=None)
@given(
    problem=problems,
    epsilon=st.sampled_from([0.005, 0.05, 0.3]),
    marginal=st.sampled_from(["balanced", "unbalanced"]),
    ignores=st.booleans(),
    top_k=st.integers(1, 4),
)
def test_numpy_and_torch_give_the_same(
    problem: tuple[int, int, int, int], epsilon: float, marginal: Any, ignores: bool, top_k: int
) -> None:
    cost = random_cost(*problem)
    ignored = torch.rand(cost.shape[:2], generator=torch.Generator().manual_seed(problem[0])) < 0.4 if ignores else None
    area = None if ignored is None else ignored.numpy()
    for in_torch, in_numpy in (
        (
            transport_plan(cost, epsilon, ignored=ignored, column_marginal=marginal),
            transport_plan(cost.numpy(), epsilon, ignored=area, column_marginal=marginal),
        ),
        (softmax_plan(cost, epsilon, ignored), softmax_plan(cost.numpy(), epsilon, area)),
        (uniform_plan(cost, ignored), uniform_plan(cost.numpy(), area)),
    ):
        assert isinstance(in_numpy, np.ndarray)
        assert in_numpy.dtype == np.float32
        # Both stop within the tolerance, not at the very same place.
        np.testing.assert_allclose(in_numpy, in_torch.numpy(), atol=TOLERANCE)
        np.testing.assert_allclose(assign(in_numpy, top_k), assign(torch.from_numpy(in_numpy), top_k), atol=1e-6)
        assert row_entropy(in_numpy) == pytest.approx(row_entropy(in_torch).numpy(), abs=1e-4)
