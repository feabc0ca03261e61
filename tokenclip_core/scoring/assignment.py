"""Which subspaces explain which visual token: entropic optimal transport, and the sparse assignment made from it.

TokenCLIP (Zhou et al., arXiv 2510.21171) transports all visual tokens of an image to the textual subspaces under the
cross-modal cost, and masks the plan to the top-k subspaces of each token. The plan is that of Sinkhorn's iteration
(Cuturi 2013), written in the K dual variables of the subspaces: every token's row is exact at any time. Tensors take
POT's batched solver for it (Flamary et al. 2021); numpy arrays a loop of their own, since importing POT imports torch,
which looking at parts does without.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import array_api_compat

from tokenclip_core.arrays import at_least, at_most, contiguous, detached, namespace, softmax
from tokenclip_core.errors import ModelError, SettingsError

if TYPE_CHECKING:
    from tokenclip_core.arrays import Array

ColumnMarginal = Literal["balanced", "unbalanced"]

MAX_ITERATIONS = 200
TOLERANCE = 1e-5
# Iterations between two checks of whether the unbalanced plan has converged.
_CHECK_INTERVAL = 10
_NEWTON_STEPS = 12
# After this many Sinkhorn iterations Newton's method converges for most problems, at a fraction of the price.
_FIRST_ITERATIONS = 11
# Where that fails, plans at these multiples of epsilon are solved in turn, each from the one before.
_EPSILON_LADDERS = ((1.0,), (16.0, 8.0, 4.0, 2.0, 1.0))
# Newton's method stops at this share of the tolerance, which one step from Sinkhorn's result reaches.
_POLISH = 1e-3


def transport_plan(
    cost: Array,
    epsilon: float,
    max_iterations: int = MAX_ITERATIONS,
    tolerance: float = TOLERANCE,
    ignored: Array | None = None,
    *,
    column_marginal: ColumnMarginal = "balanced",
    column_relaxation: float = 0.1,
) -> Array:
    """Entropic transport plan from tokens to subspaces; no gradient flows through it.

    Rows sum to 1/N and, when balanced, columns to 1/K, each to ``tolerance`` of its value. After a few iterations of
    Sinkhorn, Newton's method on the K dual variables goes on; where it does not converge from there, plans at larger
    epsilons lead to it, and at the last up to ``max_iterations`` of Sinkhorn. So a plan does not depend on the other
    problems of its batch. What is still missing after that is moved onto the marginals by
    Altschuler, Weed and Rigollet's rounding (2017, algorithm 2).

    With ``column_marginal="unbalanced"`` the columns may leave 1/K at the price of ``column_relaxation`` times the
    Kullback-Leibler divergence (Chizat et al. 2018): 0 is a softmax of each token alone, a large value the balanced
    plan. A cost that says nothing about the subspaces (equal within every token) gives exactly the uniform plan.

    Args:
        cost: (B, N, K) float, one problem per image and tapped layer; numpy or torch.
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
    xp = namespace(cost)
    wide = _centred(detached(cost))
    # Subspaces first: the long sums then run over contiguous memory. In float64, because small epsilons would be
    # lost in rounding.
    centred = contiguous(xp.matrix_transpose(xp.astype(wide, xp.float64)))
    token_mass, kept = _token_mass(xp, centred, ignored)
    if column_marginal == "balanced":
        plan = _balanced(xp, centred, epsilon, token_mass, max_iterations, tolerance)
        plan = _on_marginals(xp, plan, token_mass, tolerance)
    elif column_marginal == "unbalanced":
        if not (column_relaxation >= 0 and math.isfinite(column_relaxation)):
            raise SettingsError(f"column_relaxation is {column_relaxation}; it must be 0 or more.")
        damping = column_relaxation / (column_relaxation + epsilon)
        scaled = centred / -epsilon
        potentials = _sinkhorn(xp, scaled, token_mass, damping, max_iterations, tolerance)
        plan = _plan_of(scaled, potentials, token_mass)
    else:
        raise SettingsError(f"column_marginal is {column_marginal!r}; use 'balanced' or 'unbalanced'.")
    plan = xp.astype(plan, wide.dtype)
    indifferent = xp.max(centred * xp.astype(token_mass > 0, xp.float64)[:, None, :], axis=(1, 2)) == 0
    if bool(xp.any(indifferent)):
        uniform = (xp.astype(token_mass, wide.dtype) / centred.shape[1])[:, None, :]
        plan = xp.where(indifferent[:, None, None], uniform, plan)
    if ignored is not None:
        plan = plan * xp.astype(kept, wide.dtype)[:, None, :]
    tokens_first: Array = xp.matrix_transpose(plan)
    return contiguous(tokens_first)


def softmax_plan(cost: Array, epsilon: float, ignored: Array | None = None) -> Array:
    """The plan that transport is compared with: each token's own softmax of -cost / epsilon, whatever columns receive.

    Args and returns as `transport_plan`: rows sum to 1/N, columns to whatever they get.
    """
    _check_problem(cost, epsilon, ignored)
    xp = namespace(cost)
    centred = _centred(detached(cost))
    token_mass, kept = _token_mass(xp, xp.matrix_transpose(centred), ignored)
    found: Array = softmax(centred / -epsilon, axis=-1) * (token_mass * kept)[..., None]
    return found


def uniform_plan(cost: Array, ignored: Array | None = None) -> Array:
    """The plan without any preference: 1 / (N K) everywhere, 0 for ignored tokens; shapes as `transport_plan`."""
    _check_problem(cost, 1.0, ignored)
    xp = namespace(cost)
    centred = _centred(detached(cost))
    token_mass, kept = _token_mass(xp, xp.matrix_transpose(centred), ignored)
    found: Array = xp.zeros_like(centred) + (token_mass * kept / cost.shape[-1])[..., None]
    return found


def assign(plan: Array, top_k: int) -> Array:
    """Keep each token's ``top_k`` heaviest subspaces and renormalise (TokenCLIP's sparse mask).

    Ties go to the subspace that comes first, so that equal inputs have equal outputs.

    Args:
        plan: (..., N, K) float, not negative; numpy or torch.
        top_k: subspaces kept per token, >= 1; K or more keeps all.

    Returns:
        (..., N, K): rows sum to 1 with at most ``top_k`` non-zero; rows without mass stay 0.

    Raises:
        SettingsError: ``top_k`` below 1.
    """
    if top_k < 1:
        raise SettingsError(f"top_k is {top_k}; at least one subspace per token must remain.")
    xp = namespace(plan)
    kept = plan
    if top_k < plan.shape[-1]:
        order = xp.argsort(plan, axis=-1, descending=True, stable=True)
        ranks = xp.argsort(order, axis=-1)
        kept = xp.where(ranks < top_k, plan, xp.zeros_like(plan))
    mass = xp.sum(kept, axis=-1, keepdims=True)
    found: Array = kept / at_least(mass, float(xp.finfo(plan.dtype).smallest_normal))
    return found


def row_entropy(plan: Array) -> Array:
    """Mean entropy in nats of the tokens' shares before the mask: 0 is decided, log K is undecided.

    Args:
        plan: (..., N, K) float; rows without mass don't count.

    Returns:
        (...), float.
    """
    xp = namespace(plan)
    tiny = float(xp.finfo(plan.dtype).smallest_normal)
    mass = xp.sum(plan, axis=-1, keepdims=True)
    shares = plan / at_least(mass, tiny)
    entropy = -xp.sum(shares * xp.log(at_least(shares, tiny)), axis=-1)
    counted = xp.astype(mass[..., 0] > 0, plan.dtype)
    found: Array = xp.sum(entropy * counted, axis=-1) / at_least(xp.sum(counted, axis=-1), 1)
    return found


def _check_problem(cost: Array, epsilon: float, ignored: Array | None) -> None:
    xp = namespace(cost)
    if cost.ndim != 3 or 0 in cost.shape:
        raise SettingsError(
            f"cost has shape {tuple(cost.shape)}; expected (images, tokens, subspaces), none of them 0."
        )
    if ignored is not None and (tuple(ignored.shape) != tuple(cost.shape[:2]) or ignored.dtype != xp.bool):
        raise SettingsError(
            f"ignored has shape {tuple(ignored.shape)} and type {ignored.dtype}; expected {tuple(cost.shape[:2])} bool."
        )
    if not (epsilon > 0 and math.isfinite(epsilon)):
        raise SettingsError(f"epsilon is {epsilon}; it must be greater than 0.")
    if not bool(xp.all(xp.isfinite(cost))):
        raise ModelError("the model gave values that are not finite for this image; try precision fp32.")


def _centred(cost: Any) -> Any:
    """Subtract each token's smallest cost: the plan stays the same, small epsilons keep their precision."""
    xp = namespace(cost)
    wide = cost if cost.dtype == xp.float64 else xp.astype(cost, xp.float32)
    return wide - xp.min(wide, axis=-1, keepdims=True)


def _token_mass(xp: Any, problem: Any, ignored: Any | None) -> tuple[Any, Any]:
    """(B, N) mass of each token and (B, N) 1 for kept tokens; problem is (B, K, N)."""
    kept = xp.ones_like(problem[:, 0, :])
    if ignored is None:
        return kept / problem.shape[2], kept
    kept = xp.astype(~ignored, problem.dtype)
    remaining = xp.sum(kept, axis=1, keepdims=True)
    # A problem without tokens is solved as if it had all of them and zeroed afterwards: logarithms stay finite.
    mass = xp.where(remaining > 0, kept / at_least(remaining, 1), xp.full_like(kept, 1 / problem.shape[2]))
    return mass, kept


def _plan_of(scaled: Any, potentials: Any, token_mass: Any) -> Any:
    """(B, K, N) plans of (B, K) log potentials: every token's mass in shares of -cost / epsilon + potential."""
    return softmax(scaled + potentials[:, :, None], axis=1) * token_mass[:, None, :]


def _sinkhorn(xp: Any, scaled: Any, token_mass: Any, damping: float, iterations: int, tolerance: float) -> Any:
    """(B, K) log potentials of the subspaces after Sinkhorn on (B, K, N) = -cost / epsilon, token rows exact.

    ``damping`` is 1 for balanced columns, else relaxation / (relaxation + epsilon); it stops where nothing changes by
    more than the tolerance.
    """
    if damping == 1.0 and array_api_compat.is_torch_array(scaled):
        return _sinkhorn_of_pot(scaled, token_mass, iterations, tolerance)
    subspaces = scaled.shape[1]
    potentials = xp.zeros_like(scaled[:, :, 0])
    tiny = float(xp.finfo(scaled.dtype).smallest_normal)
    for iteration in range(iterations):
        columns = xp.sum(_plan_of(scaled, potentials, token_mass), axis=2)
        # A column that no token reaches yet is brought nearer by as much as the number format allows.
        updated = damping * (potentials - xp.log(at_least(columns, tiny) * subspaces))
        change, potentials = xp.abs(updated - potentials), updated
        if iteration % _CHECK_INTERVAL == 0 and float(xp.max(change)) < tolerance:
            break
    return potentials


def _sinkhorn_of_pot(scaled: Any, token_mass: Any, iterations: int, tolerance: float) -> Any:
    """The balanced problem of `_sinkhorn` for tensors."""
    import ot

    solve_batch: Callable[..., Any] = ot.solve_batch  # POT is untyped
    subspaces = scaled.shape[1]
    solution = solve_batch(
        -scaled,
        reg=1.0,
        a=token_mass.new_full(scaled.shape[:2], 1 / subspaces),
        b=token_mass / token_mass.sum(dim=1, keepdim=True),
        max_iter=iterations,
        tol=tolerance / subspaces,
        method="log_sinkhorn",
        grad="detach",
    )
    return solution.potentials[0]


def _balanced(xp: Any, centred: Any, epsilon: float, token_mass: Any, max_iterations: int, tolerance: float) -> Any:
    """(B, K, N) balanced plans: Newton's method from where a little Sinkhorn leads, by larger epsilons if it must."""
    few = min(_FIRST_ITERATIONS, max_iterations)
    finest = tolerance * _POLISH
    for coarser in _EPSILON_LADDERS:
        first = epsilon * coarser[0]
        potentials = _sinkhorn(xp, centred / -first, token_mass, 1.0, few, tolerance)
        for times, before in zip(coarser, (coarser[0], *coarser), strict=False):
            # The dual variables in units of the cost hardly change with epsilon.
            start = potentials * (before / times)
            plan, potentials, converged = _newton(xp, centred / -(epsilon * times), start, token_mass, finest)
        if converged:
            return plan
    start = _sinkhorn(xp, centred / -epsilon, token_mass, 1.0, max_iterations, tolerance)
    return _newton(xp, centred / -epsilon, start, token_mass, finest)[0]


def _newton(xp: Any, scaled: Any, start: Any, token_mass: Any, tolerance: float) -> tuple[Any, Any, bool]:
    """Finish (B, K, N) = -cost / epsilon problems from the (B, K) log potentials at which Sinkhorn stopped.

    Returns the plans, their potentials, and whether all plans are within the tolerance.

    With exact token rows the dual is smooth and concave in K variables only; its Hessian is the covariance of the
    tokens' shares. Levenberg-Marquardt damping keeps every step one that improves the columns.
    """
    mass = token_mass / xp.sum(token_mass, axis=1, keepdims=True)  # sums to exactly 1, as the columns do
    subspaces = scaled.shape[1]
    identity = xp.eye(subspaces, dtype=scaled.dtype, device=scaled.device)
    potentials = start
    damping = xp.full_like(scaled[:, :1, :1], 1e-12)
    plan = _plan_of(scaled, potentials, mass)
    converged = False
    for step_number in range(_NEWTON_STEPS + 1):
        columns = xp.sum(plan, axis=2)
        missing = 1 / subspaces - columns
        error = xp.max(xp.abs(missing), axis=1)
        converged = float(xp.max(error)) * subspaces <= tolerance
        if converged or step_number == _NEWTON_STEPS:
            break
        shares = plan / at_least(mass, float(xp.finfo(mass.dtype).smallest_normal))[:, None, :]
        hessian = columns[:, :, None] * identity - plan @ xp.matrix_transpose(shares)
        # A common shift of all potentials changes nothing; the constant added here takes it out of the equations.
        system = hessian + damping * identity + 1 / subspaces
        step = xp.linalg.solve(system, missing[:, :, None])[:, :, 0]
        tried = _plan_of(scaled, potentials + step, mass)
        better = xp.max(xp.abs(1 / subspaces - xp.sum(tried, axis=2)), axis=1) < error
        potentials = xp.where(better[:, None], potentials + step, potentials)
        plan = xp.where(better[:, None, None], tried, plan)
        eased, raised = damping / 10, at_least(damping * 10, 1e-8)
        damping = at_least(xp.where(better[:, None, None], eased, raised), 1e-12)
    return plan, potentials, converged


def _on_marginals(xp: Any, plan: Any, token_mass: Any, tolerance: float) -> Any:
    """Round (B, K, N) plans that stopped early onto their marginals; converged ones are returned as they are."""
    subspaces = plan.shape[1]
    early = xp.max(xp.abs(xp.sum(plan, axis=2) * subspaces - 1), axis=1) > tolerance
    if not bool(xp.any(early)):
        return plan
    tiny = float(xp.finfo(plan.dtype).smallest_normal)
    rounded = plan * at_most(1 / subspaces / at_least(xp.sum(plan, axis=2), tiny), 1)[:, :, None]
    rounded = rounded * at_most(token_mass / at_least(xp.sum(rounded, axis=1), tiny), 1)[:, None, :]
    missing_subspace = at_least(1 / subspaces - xp.sum(rounded, axis=2), 0)
    missing_token = at_least(token_mass - xp.sum(rounded, axis=1), 0)
    missing = at_least(xp.sum(missing_token, axis=1, keepdims=True), tiny)
    rounded = rounded + missing_subspace[:, :, None] * (missing_token / missing)[:, None, :]
    return xp.where(early[:, None, None], rounded, plan)
