"""From similarities of tokens and texts to the anomaly map, the image score, and each subspace's part in both.

Everything here works on cosines alone: how long a blend of text embeddings is follows from their own cosines, so the
wide token features are needed only once. The formulas are those of TokenCLIP (arXiv 2510.21171) on AnomalyCLIP's scores
(arXiv 2310.18961): token i is compared with t_s(i) = normalise(sum_k W[i, k] t_s^k), and A[i] is the softmax over the
two states at temperature 0.07.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tokenclip_core.arrays import FloatArray, at_least, at_most, detached, like, namespace, sigmoid, to_numpy, unit
from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.rarity import rarity_factor
from tokenclip_core.scoring.anomaly_map import MapOperator, Peak, map_operator
from tokenclip_core.scoring.assignment import assign, softmax_plan, transport_plan, uniform_plan
from tokenclip_core.scoring.settings import ScoringSettings

if TYPE_CHECKING:
    from tokenclip_core.arrays import Array

NORMAL, ANOMALOUS = 0, 1
_SHORTEST = 1e-6  # least length of a blend of unit vectors: that of two opposite texts is 0


@dataclass(frozen=True, eq=False)
class TokenScores:
    """What scoring says about one image, in the units of tokens.

    Attributes:
        score: image score in [0, 1].
        components: the named parts that were fused into it, each in [0, 1].
        contributions: (K,) float32, how much of the score each subspace brought; they sum to ``score``.
        token_map: (gh, gw) float32 in [0, 1].
        subspace_maps: (gh, gw, K) float32, each subspace's part of ``token_map``; they sum to it.
        assignment: (gh, gw, K) float32, from the mean plan over the tapped layers; rows sum to 1 (0 where ignored).
        plan: (N, K) float32, the mean plan over the tapped layers before the mask and before muting.
        enlarge: computes ``working_map``, which few callers need.
        layer_maps: (L, gh, gw) float32 in [0, 1], of each tapped layer alone; ``token_map`` is their mean.
    """

    score: float
    components: dict[str, float]
    contributions: FloatArray
    token_map: FloatArray
    subspace_maps: FloatArray
    assignment: FloatArray
    plan: FloatArray
    enlarge: Callable[[], FloatArray]
    layer_maps: FloatArray = field(default_factory=lambda: np.zeros((0, 0, 0), np.float32))

    @cached_property
    def working_map(self) -> FloatArray:
        """(h, w) float32 in [0, 1], ``token_map`` smoothed, at the working size."""
        return self.enlarge()


def token_similarities(features: Array, embeddings: Array) -> Array:
    """Cosines of visual features to every subspace and state.

    Args:
        features: (..., D) float, of any length; numpy or torch.
        embeddings: (K, 2, D) float32, unit length.

    Returns:
        (..., K, 2) float32 in [-1, 1].
    """
    xp = namespace(features)
    subspaces, states, width = embeddings.shape
    cosines = unit(xp.astype(features, xp.float32)) @ xp.reshape(embeddings, (subspaces * states, width)).T
    found: Array = xp.reshape(at_most(at_least(cosines, -1), 1), (*features.shape[:-1], subspaces, states))
    return found


def text_gram(embeddings: Array) -> Array:
    """(2, 2, K, K) products <t_s^k, t_r^j> of (K, 2, D) embeddings, at [s, r, k, j]."""
    xp = namespace(embeddings)
    states = xp.permute_dims(embeddings, (1, 0, 2))
    found: Array = states[:, None] @ xp.matrix_transpose(states)[None]
    return found


def subspace_costs(similarities: Array, gram: Array, anchor: str = "mean") -> Array:
    """Cost of bringing each token to each subspace: 1 - cosine to the subspace's anchor.

    Args:
        similarities: (..., N, K, 2) cosines.
        gram: (2, 2, K, K) from `text_gram`.
        anchor: ``mean`` for normalise(t_0^k + t_1^k), ``max`` for the nearer of the two states.

    Returns:
        (..., N, K), in [0, 2].
    """
    xp = namespace(similarities)
    if anchor == "max":
        nearest: Array = 1 - xp.max(similarities, axis=-1)
        return nearest
    squared = xp.linalg.diagonal(xp.sum(gram, axis=(0, 1)))
    lengths = xp.sqrt(at_least(squared, _SHORTEST**2))
    costs: Array = 1 - at_most(at_least(xp.sum(similarities, axis=-1) / lengths, -1), 1)
    return costs


def blended_probability(similarities: Array, weights: Array, gram: Array, temperature: float) -> Array:
    """Anomaly probability of tokens against their own blend of the subspaces.

    Args:
        similarities: (..., N, K, 2) cosines.
        weights: (..., N, K), broadcastable; rows sum to 1.
        gram: (2, 2, K, K) from `text_gram`.
        temperature: of the softmax over the states.

    Returns:
        (..., N) in [0, 1]; 0.5 for rows without weight.
    """
    xp = namespace(similarities)
    cosines = []
    for state in (NORMAL, ANOMALOUS):
        squared = xp.sum((weights @ gram[state, state]) * weights, axis=-1)
        blended = xp.sum(weights * similarities[..., state], axis=-1)
        cosines.append(blended / xp.sqrt(at_least(squared, _SHORTEST**2)))
    difference: Array = (cosines[ANOMALOUS] - cosines[NORMAL]) / temperature
    return sigmoid(difference)


def own_probabilities(similarities: Array, temperature: float) -> Array:
    """Anomaly probability that each subspace alone would give.

    Args:
        similarities: (..., K, 2) cosines to (normal, anomalous).
        temperature: of the softmax over the two states, above 0.

    Returns:
        (..., K) in [0, 1].
    """
    return sigmoid((similarities[..., ANOMALOUS] - similarities[..., NORMAL]) / temperature)


@dataclass(frozen=True)
class _Maps:
    """What the tokens of a batch say, before and after their rarity; arrays of the inputs' kind.

    Attributes:
        probabilities: (B, N), the mean over the layers, which the score is made of.
        parts: (B, N, K) each subspace's part of them.
        mapped: (B, N) what the map shows.
        mapped_parts: (B, N, K) each subspace's part of it.
        layer_maps: (B, L, N) of each layer alone.
        own: (B, L, N, K) what each subspace alone would say.
        plans: (B, N, K) the mean plan over the layers.
        assignments: (B, N, K) made of it.
    """

    probabilities: Any
    parts: Any
    mapped: Any
    mapped_parts: Any
    layer_maps: Any
    own: Any
    plans: Any
    assignments: Any


def score_tokens(
    similarities: Array,
    global_similarities: Array,
    embeddings: Array,
    grid: tuple[int, int],
    working_size: tuple[int, int],
    settings: ScoringSettings,
    ignored: Array | None = None,
    rarities: Array | None = None,
) -> list[TokenScores]:
    """Score a batch of images of one grid; all images and layers are one transport call.

    Args:
        similarities: (B, L, N, K, 2) cosines of the tokens, one slice per tapped layer; numpy or torch, as all others.
        global_similarities: (B, K, 2) cosines of the global tokens.
        embeddings: (K, 2, D) the subspaces' unit embeddings.
        grid: (gh, gw) with gh * gw = N.
        working_size: (h, w) in pixels of the smoothed map, usually the backbone's input.
        settings: every choice; see ScoringSettings.
        ignored: (B, N) bool, True for patches that leave the transport problem, the map (0 there) and the score. The
            global token has seen them, so it leaves the fusion of such an image too (the map's peak takes its place
            where nothing else counts).
        rarities: (B, L, N) float32 from `patch_rarities`; needed if the settings have a ``rarity_scale``.

    Returns:
        One TokenScores per image, in numpy; no gradient flows through it.

    Raises:
        SettingsError: shapes that don't fit, or a muted subspace that does not exist, or all muted, or rarities that
            are needed and not given.
    """
    images, layers, tokens, subspaces = similarities.shape[:4]
    if grid[0] * grid[1] != tokens:
        raise SettingsError(f"a grid of {grid[0]} x {grid[1]} does not have {tokens} tokens.")
    if settings.rarity_scale > 0 and rarities is None:
        raise SettingsError("rarity_scale needs the patches' rarities; encode the part again.")
    similarities, global_similarities = detached(similarities), detached(global_similarities)
    gram = text_gram(detached(embeddings))
    audible = _audible(settings, subspaces, gram)
    maps = _maps(similarities, gram, audible, settings, ignored, rarities)
    operator = map_operator(grid, working_size, settings.sigma, similarities)
    results = []
    for index in range(images):
        left_out = None if ignored is None or not bool(ignored[index].any()) else ignored[index].reshape(grid)
        fusion = _Fusion(operator, settings, audible, gram, left_out)
        fusion.add_peak(maps.probabilities[index], maps.parts[index])
        fusion.add_agnostic(similarities[index], maps.own[index])
        fusion.add_global(global_similarities[index])
        score, components, contributions = fusion.result()
        token_map = maps.mapped[index].reshape(grid)
        results.append(
            TokenScores(
                score=score,
                components=components,
                contributions=to_numpy(contributions),
                token_map=to_numpy(token_map),
                subspace_maps=to_numpy(maps.mapped_parts[index].reshape((*grid, subspaces))),
                assignment=to_numpy(maps.assignments[index].reshape((*grid, subspaces))),
                plan=to_numpy(maps.plans[index]),
                enlarge=partial(_enlarged, operator, token_map, left_out),
                layer_maps=to_numpy(maps.layer_maps[index].reshape((layers, *grid))),
            )
        )
    return results


def _enlarged(operator: MapOperator, token_map: Any, ignored: Any | None) -> FloatArray:
    values: FloatArray = to_numpy(operator.enlarge_kept(token_map, ignored)[0]).clip(0, 1)
    return values


def _maps(
    similarities: Any, gram: Any, audible: Any, settings: ScoringSettings, ignored: Any | None, rarities: Any | None
) -> _Maps:
    """Transport, blend and weigh the tokens of a batch; arguments as `score_tokens`."""
    xp = namespace(similarities)
    images, layers, tokens, subspaces = similarities.shape[:4]
    left_out = None
    if ignored is not None:
        left_out = xp.reshape(xp.broadcast_to(ignored[:, None, :], (images, layers, tokens)), (-1, tokens))
    costs = xp.reshape(subspace_costs(similarities, gram, settings.anchor), (-1, tokens, subspaces))
    plans = xp.reshape(_plan(costs, settings, left_out), (images, layers, tokens, subspaces))
    weights = _weights(plans, settings, audible)
    own = own_probabilities(similarities, settings.temperature)
    layer_maps = blended_probability(similarities, weights, gram, settings.temperature)
    evidence = weights * own
    tiny = float(xp.finfo(evidence.dtype).smallest_normal)
    shares = evidence / at_least(xp.sum(evidence, axis=-1, keepdims=True), tiny)
    kept = None if ignored is None else xp.astype(~ignored, layer_maps.dtype)[:, None, :]
    if kept is not None:
        layer_maps = layer_maps * kept
    layer_parts = layer_maps[..., None] * shares
    probabilities, parts = _mean_of_layers(layer_maps), _mean_of_layers(layer_parts)
    mapped, mapped_parts = probabilities, parts
    if rarities is not None and settings.rarity_scale > 0:
        # Rarity tells where a defect is, not whether there is one: the score's components are made without it.
        rare = rarity_factor(rarities, settings.rarity_scale)
        layer_maps = layer_maps * rare
        mapped, mapped_parts = _mean_of_layers(layer_maps), _mean_of_layers(layer_parts * rare[..., None])
    mean_plans = _mean_of_layers(plans)
    # One layer's own assignment is that of the mean plan.
    assignments = weights[:, 0] if layers == 1 else _weights(mean_plans, settings, audible)
    return _Maps(probabilities, parts, mapped, mapped_parts, layer_maps, own, mean_plans, assignments)


def _mean_of_layers(values: Any) -> Any:
    """The mean over axis 1; of a single layer its own values."""
    return values[:, 0] if values.shape[1] == 1 else namespace(values).mean(values, axis=1)


def _audible(settings: ScoringSettings, subspaces: int, example: Any) -> Any:
    """(K,) float32, 1 for subspaces that are not muted."""
    unknown = sorted(index for index in settings.muted if not 0 <= index < subspaces)
    if unknown:
        raise SettingsError(f"muted subspaces {unknown} don't exist; there are {subspaces}, counted from 0.")
    if len(settings.muted) == subspaces:
        raise SettingsError("all subspaces are muted; leave at least one in the mix.")
    audible = np.ones(subspaces, np.float32)
    audible[sorted(settings.muted)] = 0
    return like(audible, example)


def _plan(costs: Any, settings: ScoringSettings, ignored: Any | None) -> Any:
    if settings.assignment == "softmax":
        return softmax_plan(costs, settings.epsilon, ignored)
    if settings.assignment == "uniform":
        return uniform_plan(costs, ignored)
    return transport_plan(
        costs,
        settings.epsilon,
        ignored=ignored,
        column_marginal=settings.column_marginal,
        column_relaxation=settings.column_relaxation,
    )


def _weights(plans: Any, settings: ScoringSettings, audible: Any) -> Any:
    """Mute, mask and renormalise (..., N, K) plans."""
    kept = plans
    if settings.muted:
        xp = namespace(plans)
        kept = plans * audible
        # A token that muted subspaces had taken whole has no preference among the others: they share it evenly.
        starved = (xp.sum(kept, axis=-1, keepdims=True) <= 0) & (xp.sum(plans, axis=-1, keepdims=True) > 0)
        kept = xp.where(starved, audible, kept)
    return assign(kept, plans.shape[-1] if settings.assignment == "uniform" else settings.top_k)


class _Fusion:
    """Collects the components of one image's score, with each subspace's contribution to them."""

    def __init__(
        self, operator: MapOperator, settings: ScoringSettings, audible: Any, gram: Any, ignored: Any | None
    ) -> None:
        xp = namespace(gram)
        self._operator = operator
        self._settings = settings
        self._audible = audible
        self._mean_pair = audible / xp.sum(audible)
        self._gram = gram
        self._ignored = ignored
        self._kept = 1.0 if ignored is None else xp.astype(~ignored, gram.dtype).reshape(-1)
        weights = settings.weights
        if ignored is not None and weights.pop("global", 0) > 0:
            total = sum(weights.values())
            weights = {name: weight / total for name, weight in weights.items()} if weights else {"peak": 1.0}
        self._shares = weights
        self._components: dict[str, float] = {}
        self._contributions = xp.zeros_like(audible)

    def add_peak(self, probabilities: Any, parts: Any) -> None:
        """The peak of the tokens' own (N,) probabilities, with each subspace's (N, K) parts of them."""
        if "peak" in self._shares:
            self._add_peak_of("peak", probabilities, parts)

    def add_agnostic(self, similarities: Any, own: Any) -> None:
        """The two maps that are made without transport, from (L, N, K, 2) cosines and (L, N, K) own probabilities."""
        xp = namespace(similarities)
        if "mean_pair" in self._shares:
            probabilities = blended_probability(similarities, self._mean_pair, self._gram, self._settings.temperature)
            self._add_peak_of("mean_pair", xp.mean(probabilities, axis=0), xp.mean(own, axis=0) * self._mean_pair)
        if "agreement" in self._shares:
            evidence = xp.mean(own, axis=0) * self._mean_pair
            self._add_peak_of("agreement", xp.sum(evidence, axis=-1), evidence)

    def add_global(self, similarities: Any) -> None:
        """The global token against the mean pair, from (K, 2) cosines."""
        if "global" in self._shares:
            temperature = self._settings.temperature
            probability = blended_probability(similarities, self._mean_pair, self._gram, temperature)
            evidence = own_probabilities(similarities, temperature) * self._audible
            self._add("global", float(probability), evidence)

    def result(self) -> tuple[float, dict[str, float], Any]:
        """Score, components and (K,) contributions."""
        score = sum(self._shares[name] * value for name, value in self._components.items())
        return min(max(score, 0.0), 1.0), self._components, self._contributions

    def _add_peak_of(self, name: str, probabilities: Any, evidence: Any) -> None:
        enlarged, coverage = self._operator.enlarge_kept(probabilities.reshape(self._operator.grid), self._ignored)
        peak: Peak = self._operator.peak(enlarged, self._settings.peak_fraction, coverage)
        self._add(name, peak.value, (peak.weights * self._kept) @ evidence)

    def _add(self, name: str, value: float, evidence: Any) -> None:
        """Fuse a component; its value is shared among the subspaces in proportion to their (K,) evidence."""
        self._components[name] = value
        total = float(evidence.sum())
        shares = evidence / total if total > 0 else self._mean_pair
        self._contributions = self._contributions + self._shares[name] * value * shares
