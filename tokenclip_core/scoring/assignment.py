"""Which subspaces explain which visual token: entropic optimal transport, and the sparse assignment made from it.

TokenCLIP (Zhou et al., arXiv 2510.21171) transports all visual tokens of an image to the textual subspaces under the
cross-modal cost, and masks the plan to the top-k subspaces of each token. The balanced plan is POT's batched Sinkhorn
in the log domain (Cuturi 2013; Flamary et al. 2021).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import ot
import torch
from torch import Tensor

from tokenclip_core.errors import ModelError, SettingsError

ColumnMarginal = Literal["balanced", "unbalanced"]

MAX_ITERATIONS = 200
TOLERANCE = 1e-5
# POT is untyped; its result has a `plan`.
_solve_batch: Callable[..., Any] = ot.solve_batch
# How often the unbalanced iteration looks at its own progress; POT's balanced one uses the same interval.
_CHECK_INTERVAL = 10
_NEWTON_STEPS = 12
# So many Sinkhorn iterations bring most problems to where Newton's method converges, at a fraction of the price.
_FIRST_ITERATIONS = 11
# Else plans at larger epsilons lead there: these multiples of it in turn.
_EPSILON_LADDERS = ((1.0,), (16.0, 8.0, 4.0, 2.0, 1.0))
# Newton's share of the tolerance: from where Sinkhorn stops, one step gets there.
_POLISH = 1e-3


@torch.no_grad()
def transport_plan(
    cost: Tensor,
    epsilon: float,
    max_iterations: int = MAX_ITERATIONS,
    tolerance: float = TOLERANCE,
    ignored: Tensor | None = None,
    *,
    column_marginal: ColumnMarginal = "balanced",
    column_relaxation: float = 0.1,
) -> Tensor:
    """Entropic transport plan from tokens to subspaces; no gradient flows through it.

    Rows sum to 1/N and, when balanced, columns to 1/K, each to ``tolerance`` of its value. After a few iterations of
    POT's Sinkhorn, Newton's method on the K dual variables goes on; where it does not converge from there, plans at
    larger epsilons lead to it, and at the last up to ``max_iterations`` of Sinkhorn. So a plan does not depend on the
    other problems of its batch, with which Sinkhorn stops. What even that leaves is moved onto the marginals by
    Altschuler, Weed and Rigollet's rounding (2017, algorithm 2).

    With ``column_marginal="unbalanced"`` the columns may leave 1/K at the price of ``column_relaxation`` times the
    Kullback-Leibler divergence (Chizat et al. 2018): 0 is a softmax of each token alone, a large value the balanced
    plan. A cost that says nothing about the subspaces (equal within every token) gives exactly the uniform plan.

    Args:
        cost: (B, N, K) float, one problem per image and tapped layer.
        epsilon: entropic regularisation in units of the cost, > 0.
        max_iterations: upper limit of Sinkhorn iterations.
        tolerance: relative residual of the marginals at which to stop.
        ignored: (B, N) bool, True for tokens that leave the problem; their rows are 0, the others sum to 1 / remaining.
        column_marginal: whether every subspace must receive the same mass.
        column_relaxation: weight of the column marginal when unbalanced, >= 0, in units of the cost.

    Returns:
        (B, N, K), float64 for a float64 cost, else float32.

    Raises:
        SettingsError: wrong shapes or parameters out of range.
        ModelError: the cost is not finite.
    """
    _check_problem(cost, epsilon, ignored)
    if max_iterations < 1 or not tolerance > 0:
        raise SettingsError(f"{max_iterations} iterations and tolerance {tolerance} can't work; both must be positive.")
    # Subspaces first: the long sums then run over contiguous memory, and the last update fits every token's row
    # exactly.
    centred = _centred(cost).transpose(1, 2).contiguous()
    token_mass, kept = _token_mass(centred, ignored)
    subspaces = centred.shape[1]
    if column_marginal == "balanced":
        subspace_mass = centred.new_full((centred.shape[0], subspaces), 1 / subspaces)
        plan = _balanced(centred, epsilon, subspace_mass, token_mass, max_iterations, tolerance)
        plan = _on_marginals(plan, subspace_mass, token_mass, tolerance)
    elif column_marginal == "unbalanced":
        if not (column_relaxation >= 0 and math.isfinite(column_relaxation)):
            raise SettingsError(f"column_relaxation is {column_relaxation}; it must be 0 or more.")
        damping = column_relaxation / (column_relaxation + epsilon)
        plan = _unbalanced(centred / -epsilon, token_mass, damping, max_iterations, tolerance)
    else:
        raise SettingsError(f"column_marginal is {column_marginal!r}; use 'balanced' or 'unbalanced'.")
    indifferent = (centred * (token_mass > 0).unsqueeze(1)).amax(dim=(1, 2)) == 0
    uniform = (token_mass / subspaces).unsqueeze(1)
    plan = torch.where(indifferent[:, None, None], uniform, plan)
    if ignored is not None:
        plan = plan * kept.unsqueeze(1)
    return plan.transpose(1, 2).contiguous()


@torch.no_grad()
def softmax_plan(cost: Tensor, epsilon: float, ignored: Tensor | None = None) -> Tensor:
    """What transport is compared with: each token's own softmax of -cost / epsilon, with no say for the columns.

    Args and returns as `transport_plan`: rows sum to 1/N, columns to whatever they get.
    """
    _check_problem(cost, epsilon, ignored)
    centred = _centred(cost)
    token_mass, kept = _token_mass(centred.transpose(1, 2), ignored)
    return torch.softmax(centred / -epsilon, dim=-1) * (token_mass * kept).unsqueeze(-1)


@torch.no_grad()
def uniform_plan(cost: Tensor, ignored: Tensor | None = None) -> Tensor:
    """The plan that prefers nothing: 1 / (N K) everywhere, 0 for ignored tokens; shapes as `transport_plan`."""
    _check_problem(cost, 1.0, ignored)
    token_mass, kept = _token_mass(cost.transpose(1, 2), ignored)
    return (token_mass * kept / cost.shape[-1]).unsqueeze(-1).expand(cost.shape).contiguous()


def assign(plan: Tensor, top_k: int) -> Tensor:
    """Keep each token's ``top_k`` heaviest subspaces and renormalise (TokenCLIP's sparse mask).

    Ties go to the subspace that comes first, so that equal inputs have equal outputs.

    Args:
        plan: (..., N, K) float, not negative.
        top_k: subspaces kept per token, >= 1; K or more keeps all.

    Returns:
        (..., N, K): rows sum to 1 with at most ``top_k`` non-zero; rows without mass stay 0.

    Raises:
        SettingsError: ``top_k`` below 1.
    """
    if top_k < 1:
        raise SettingsError(f"top_k is {top_k}; at least one subspace per token must remain.")
    kept = plan
    if top_k < plan.shape[-1]:
        order = torch.sort(plan, dim=-1, descending=True, stable=True).indices[..., :top_k]
        kept = torch.zeros_like(plan).scatter(-1, order, plan.gather(-1, order))
    mass = kept.sum(dim=-1, keepdim=True)
    return torch.where(mass > 0, kept / mass.clamp_min(torch.finfo(plan.dtype).tiny), torch.zeros_like(kept))


def row_entropy(plan: Tensor) -> Tensor:
    """Mean entropy in nats of the tokens' shares before the mask: 0 is decided, log K is undecided.

    Args:
        plan: (..., N, K) float; rows without mass don't count.

    Returns:
        (...), float.
    """
    mass = plan.sum(dim=-1, keepdim=True)
    shares = plan / mass.clamp_min(torch.finfo(plan.dtype).tiny)
    entropy: Tensor = torch.special.entr(shares).sum(dim=-1)
    counted = (mass.squeeze(-1) > 0).to(plan.dtype)
    return (entropy * counted).sum(dim=-1) / counted.sum(dim=-1).clamp_min(1)


def _check_problem(cost: Tensor, epsilon: float, ignored: Tensor | None) -> None:
    if cost.ndim != 3 or 0 in cost.shape:
        raise SettingsError(
            f"cost has shape {tuple(cost.shape)}; expected (images, tokens, subspaces), none of them 0."
        )
    if ignored is not None and (ignored.shape != cost.shape[:2] or ignored.dtype != torch.bool):
        raise SettingsError(
            f"ignored has shape {tuple(ignored.shape)} and type {ignored.dtype}; expected {tuple(cost.shape[:2])} bool."
        )
    if not (epsilon > 0 and math.isfinite(epsilon)):
        raise SettingsError(f"epsilon is {epsilon}; it must be greater than 0.")
    if not bool(torch.isfinite(cost).all()):
        raise ModelError("the model gave values that are not finite for this image; try precision fp32.")


def _centred(cost: Tensor) -> Tensor:
    """Subtract each token's smallest cost: the plan stays the same, small epsilons keep their precision."""
    wide = cost if cost.dtype == torch.float64 else cost.float()
    return wide - wide.amin(dim=-1, keepdim=True)


def _token_mass(problem: Tensor, ignored: Tensor | None) -> tuple[Tensor, Tensor]:
    """(B, N) mass of each token and (B, N) 1 for kept tokens; problem is (B, K, N)."""
    dtype = problem.dtype if problem.dtype == torch.float64 else torch.float32
    kept = torch.ones(problem.shape[0], problem.shape[2], dtype=dtype, device=problem.device)
    if ignored is None:
        return kept / problem.shape[2], kept
    kept = (~ignored).to(dtype)
    remaining = kept.sum(dim=1, keepdim=True)
    # A problem without tokens is solved as if it had all of them and zeroed afterwards: logarithms stay finite.
    mass = torch.where(remaining > 0, kept / remaining.clamp_min(1), torch.full_like(kept, 1 / problem.shape[2]))
    return mass, kept


def _residual(plan: Tensor) -> Tensor:
    """(B,) largest deviation of a (B, K, N) plan's subspace columns from 1/K, in units of 1/K."""
    subspaces = plan.shape[1]
    return (plan.sum(dim=2) * subspaces - 1).abs().amax(dim=1)


def _balanced(
    centred: Tensor, epsilon: float, subspace_mass: Tensor, token_mass: Tensor, max_iterations: int, tolerance: float
) -> Tensor:
    """(B, K, N) balanced plans: Newton's method from where a little Sinkhorn leads, by larger epsilons if it must."""
    few = min(_FIRST_ITERATIONS, max_iterations)
    finest = tolerance * _POLISH
    for coarser in _EPSILON_LADDERS:
        first = epsilon * coarser[0]
        potentials = _sinkhorn(centred, first, subspace_mass, token_mass, few, tolerance)
        for times, before in zip(coarser, (coarser[0], *coarser), strict=False):
            # The dual variables in units of the cost hardly change with epsilon.
            start = potentials * (before / times)
            plan, potentials, converged = _newton(centred / -(epsilon * times), start, token_mass, finest)
        if converged:
            return plan
    start = _sinkhorn(centred, epsilon, subspace_mass, token_mass, max_iterations, tolerance)
    return _newton(centred / -epsilon, start, token_mass, finest)[0]


def _sinkhorn(
    centred: Tensor, epsilon: float, subspace_mass: Tensor, token_mass: Tensor, iterations: int, tolerance: float
) -> Tensor:
    """(B, K) log potentials of the subspaces after some iterations."""
    solution = _solve_batch(
        centred,
        reg=epsilon,
        a=subspace_mass,
        b=token_mass,
        max_iter=iterations,
        tol=tolerance / centred.shape[1],
        method="log_sinkhorn",
        grad="detach",
    )
    potentials: Tensor = solution.potentials[0]
    return potentials


def _newton(scaled: Tensor, start: Tensor, token_mass: Tensor, tolerance: float) -> tuple[Tensor, Tensor, bool]:
    """Finish (B, K, N) = -cost / epsilon problems from the (B, K) log potentials at which Sinkhorn stopped.

    Returns the plans, their potentials, and whether all plans are within the tolerance.

    With exact token rows the dual is smooth and concave in K variables only; its Hessian is the covariance of the
    tokens' shares. Levenberg-Marquardt damping keeps every step one that improves the columns.
    """
    scaled, mass = scaled.double(), token_mass.double().unsqueeze(1)
    mass = mass / mass.sum(dim=2, keepdim=True)  # 1 to the last digit, or the columns could not be met
    subspaces = scaled.shape[1]
    identity = torch.eye(subspaces, dtype=scaled.dtype, device=scaled.device)
    potentials = start.double()
    damping = torch.full((len(scaled), 1, 1), 1e-12, dtype=scaled.dtype, device=scaled.device)
    shares = torch.softmax(scaled + potentials.unsqueeze(2), dim=1)
    converged = False
    for step_number in range(_NEWTON_STEPS + 1):
        plan = shares * mass
        missing = 1 / subspaces - plan.sum(dim=2)
        error = missing.abs().amax(dim=1)
        converged = float(error.max()) * subspaces <= tolerance
        if converged or step_number == _NEWTON_STEPS:
            break
        hessian = torch.diag_embed(plan.sum(dim=2)) - plan @ shares.transpose(1, 2)
        # A common shift of all potentials changes nothing; the constant added here takes it out of the equations.
        system = hessian + damping * identity + 1 / subspaces
        step = torch.linalg.solve_ex(system, missing.unsqueeze(2)).result.squeeze(2)
        tried = torch.softmax(scaled + (potentials + step).unsqueeze(2), dim=1)
        better = (1 / subspaces - (tried * mass).sum(dim=2)).abs().amax(dim=1) < error
        potentials = torch.where(better[:, None], potentials + step, potentials)
        shares = torch.where(better[:, None, None], tried, shares)
        damping = torch.where(better[:, None, None], damping / 10, (damping * 10).clamp_min(1e-8)).clamp_min(1e-12)
    return (shares * mass).to(token_mass.dtype), potentials, converged


def _on_marginals(plan: Tensor, subspace_mass: Tensor, token_mass: Tensor, tolerance: float) -> Tensor:
    """Round (B, K, N) plans that stopped early onto their marginals; converged ones are returned as they are."""
    early = _residual(plan) > tolerance
    if not bool(early.any()):
        return plan
    tiny = torch.finfo(plan.dtype).tiny
    rounded = plan * (subspace_mass / plan.sum(dim=2).clamp_min(tiny)).clamp_max(1).unsqueeze(2)
    rounded = rounded * (token_mass / rounded.sum(dim=1).clamp_min(tiny)).clamp_max(1).unsqueeze(1)
    missing_subspace = (subspace_mass - rounded.sum(dim=2)).clamp_min(0)
    missing_token = (token_mass - rounded.sum(dim=1)).clamp_min(0)
    missing = missing_token.sum(dim=1).clamp_min(tiny)
    rounded = rounded + missing_subspace.unsqueeze(2) * (missing_token / missing.unsqueeze(1)).unsqueeze(1)
    return torch.where(early[:, None, None], rounded, plan)


def _unbalanced(scaled: Tensor, token_mass: Tensor, damping: float, max_iterations: int, tolerance: float) -> Tensor:
    """Sinkhorn with exact token rows and relaxed subspace columns on (B, K, N) = -cost / epsilon.

    POT has no batched solver for it. ``damping`` is relaxation / (relaxation + epsilon).
    """
    log_tokens = token_mass.log().unsqueeze(1)
    scaled = scaled - math.log(scaled.shape[1])
    of_subspace = scaled.new_zeros(scaled.shape[:2])
    of_token = -torch.logsumexp(scaled, dim=1)
    for iteration in range(max_iterations):
        updated = -damping * (
            torch.logsumexp(scaled + (of_token.unsqueeze(1) + log_tokens), dim=2) + math.log(scaled.shape[1])
        )
        change = updated - of_subspace
        of_subspace = updated
        of_token = -torch.logsumexp(scaled + of_subspace.unsqueeze(2), dim=1)
        if iteration % _CHECK_INTERVAL == 0 and float(change.abs().max()) < tolerance:
            break
    return torch.exp(scaled + of_subspace.unsqueeze(2) + of_token.unsqueeze(1) + log_tokens)
