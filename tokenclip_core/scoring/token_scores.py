"""From similarities of tokens and texts to the anomaly map, the image score, and each subspace's part in both.

Everything here works on cosines alone: how long a blend of text embeddings is follows from their own cosines, so the
wide token features are needed only once. The formulas are those of TokenCLIP (arXiv 2510.21171) on AnomalyCLIP's scores
(arXiv 2310.18961): token i is compared with t_s(i) = normalise(sum_k W[i, k] t_s^k), and A[i] is the softmax over the
two states at temperature 0.07.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
import torch.nn.functional as functional
from torch import Tensor

from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.rarity import rarity_factor
from tokenclip_core.scoring.anomaly_map import MapOperator, Peak, map_operator
from tokenclip_core.scoring.assignment import assign, softmax_plan, transport_plan, uniform_plan
from tokenclip_core.scoring.settings import ScoringSettings

NORMAL, ANOMALOUS = 0, 1
_SHORTEST = 1e-6  # of a blend of unit vectors: two opposite texts must not divide by zero


@dataclass(frozen=True)
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
        working_map: (h, w) float32 in [0, 1], smoothed, at the working size.
        layer_maps: (L, gh, gw) float32 in [0, 1], of each tapped layer alone; ``token_map`` is their mean.
    """

    score: float
    components: dict[str, float]
    contributions: Tensor
    token_map: Tensor
    subspace_maps: Tensor
    assignment: Tensor
    plan: Tensor
    working_map: Tensor
    layer_maps: Tensor = field(default_factory=lambda: torch.zeros(0, 0, 0))


def token_similarities(features: Tensor, embeddings: Tensor) -> Tensor:
    """Cosines of visual features to every subspace and state.

    Args:
        features: (..., D) float, of any length.
        embeddings: (K, 2, D) float32, unit length.

    Returns:
        (..., K, 2) float32 in [-1, 1].
    """
    unit = functional.normalize(features.float(), dim=-1)
    cosines = unit @ embeddings.flatten(0, 1).T
    return cosines.clamp(-1, 1).view(*features.shape[:-1], *embeddings.shape[:2])


def text_gram(embeddings: Tensor) -> Tensor:
    """(2, 2, K, K) products <t_s^k, t_r^j> of (K, 2, D) embeddings, at [s, r, k, j]."""
    return torch.einsum("ksd,jrd->srkj", embeddings, embeddings)


def subspace_costs(similarities: Tensor, gram: Tensor, anchor: str = "mean") -> Tensor:
    """Cost of bringing each token to each subspace: 1 - cosine to the subspace's anchor.

    Args:
        similarities: (..., N, K, 2) cosines.
        gram: (2, 2, K, K) from `text_gram`.
        anchor: ``mean`` for normalise(t_0^k + t_1^k), ``max`` for the nearer of the two states.

    Returns:
        (..., N, K), in [0, 2].
    """
    if anchor == "max":
        return 1 - similarities.amax(dim=-1)
    lengths = torch.sqrt(gram.sum(dim=(0, 1)).diagonal().clamp_min(_SHORTEST**2))
    return 1 - (similarities.sum(dim=-1) / lengths).clamp(-1, 1)


def blended_probability(similarities: Tensor, weights: Tensor, gram: Tensor, temperature: float) -> Tensor:
    """Anomaly probability of tokens against their own blend of the subspaces.

    Args:
        similarities: (..., N, K, 2) cosines.
        weights: (..., N, K), broadcastable; rows sum to 1.
        gram: (2, 2, K, K) from `text_gram`.
        temperature: of the softmax over the states.

    Returns:
        (..., N) in [0, 1]; 0.5 for rows without weight.
    """
    cosines = []
    for state in (NORMAL, ANOMALOUS):
        squared = ((weights @ gram[state, state]) * weights).sum(dim=-1)
        blended = (weights * similarities[..., state]).sum(dim=-1)
        cosines.append(blended / squared.clamp_min(_SHORTEST**2).sqrt())
    return torch.sigmoid((cosines[ANOMALOUS] - cosines[NORMAL]) / temperature)


def own_probabilities(similarities: Tensor, temperature: float) -> Tensor:
    """(..., K) anomaly probability that each subspace alone would give, from (..., K, 2) cosines."""
    return torch.sigmoid((similarities[..., ANOMALOUS] - similarities[..., NORMAL]) / temperature)


@torch.no_grad()
def score_tokens(
    similarities: Tensor,
    global_similarities: Tensor,
    embeddings: Tensor,
    grid: tuple[int, int],
    working_size: tuple[int, int],
    settings: ScoringSettings,
    ignored: Tensor | None = None,
    rarities: Tensor | None = None,
) -> list[TokenScores]:
    """Score a batch of images of one grid; all images and layers are one transport call.

    Args:
        similarities: (B, L, N, K, 2) cosines of the tokens, one slice per tapped layer.
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
        One TokenScores per image, on the CPU.

    Raises:
        SettingsError: shapes that don't fit, or a muted subspace that does not exist, or all muted, or rarities that
            are needed and not given.
    """
    images, layers, tokens, subspaces = similarities.shape[:4]
    if grid[0] * grid[1] != tokens:
        raise SettingsError(f"a grid of {grid[0]} x {grid[1]} does not have {tokens} tokens.")
    audible = _audible(settings, subspaces, similarities.device)
    gram = text_gram(embeddings)
    repeated = None if ignored is None else ignored.repeat_interleave(layers, dim=0)
    costs = subspace_costs(similarities, gram, settings.anchor).flatten(0, 1)
    plans = _plan(costs, settings, repeated).view(images, layers, tokens, subspaces)
    weights = _weights(plans, settings, audible)
    own = own_probabilities(similarities, settings.temperature)
    layer_probabilities = blended_probability(similarities, weights, gram, settings.temperature)
    if settings.rarity_scale > 0 and rarities is None:
        raise SettingsError("rarity_scale needs the patches' rarities; encode the part again.")
    evidence = weights * own
    shares = evidence / evidence.sum(dim=-1, keepdim=True).clamp_min(torch.finfo(evidence.dtype).tiny)
    layer_parts = layer_probabilities.unsqueeze(-1) * shares
    probabilities, parts = layer_probabilities.mean(dim=1), layer_parts.mean(dim=1)
    if rarities is not None and settings.rarity_scale > 0:
        # Rarity says where a defect is, not whether there is one: the score's components don't know it.
        rare = rarity_factor(rarities, settings.rarity_scale)
        layer_maps = layer_probabilities * rare
        mapped = layer_maps.mean(dim=1)
        mapped_parts = (layer_parts * rare.unsqueeze(-1)).mean(dim=1)
    else:
        layer_maps, mapped, mapped_parts = layer_probabilities, probabilities, parts
    mean_plans = plans.mean(dim=1)
    assignments = _weights(mean_plans, settings, audible)
    if ignored is not None:
        probabilities, mapped = probabilities * ~ignored, mapped * ~ignored
        layer_maps = layer_maps * (~ignored).unsqueeze(1)
        parts, mapped_parts = (each * (~ignored).unsqueeze(-1) for each in (parts, mapped_parts))
    operator = map_operator(grid, working_size, settings.sigma, similarities.device)
    results = []
    for index in range(images):
        left_out = None if ignored is None or not bool(ignored[index].any()) else ignored[index]
        fusion = _Fusion(operator, settings, audible, gram, left_out)
        fusion.add_peak(probabilities[index], parts[index])
        fusion.add_agnostic(similarities[index], own[index])
        fusion.add_global(global_similarities[index])
        score, components, contributions = fusion.result()
        working_map, _ = operator.enlarge_kept(
            mapped[index].view(grid), None if left_out is None else left_out.view(grid)
        )
        results.append(
            TokenScores(
                score=score,
                components=components,
                contributions=contributions.cpu(),
                token_map=mapped[index].view(grid).cpu(),
                subspace_maps=mapped_parts[index].view(*grid, subspaces).cpu(),
                assignment=assignments[index].view(*grid, subspaces).cpu(),
                plan=mean_plans[index].cpu(),
                working_map=working_map.clamp(0, 1).cpu(),
                layer_maps=layer_maps[index].view(layers, *grid).cpu(),
            )
        )
    return results


def _audible(settings: ScoringSettings, subspaces: int, device: torch.device) -> Tensor:
    """(K,) float32, 1 for subspaces that are not muted."""
    unknown = sorted(index for index in settings.muted if not 0 <= index < subspaces)
    if unknown:
        raise SettingsError(f"muted subspaces {unknown} don't exist; there are {subspaces}, counted from 0.")
    if len(settings.muted) == subspaces:
        raise SettingsError("all subspaces are muted; leave at least one in the mix.")
    audible = torch.ones(subspaces, device=device)
    audible[sorted(settings.muted)] = 0
    return audible


def _plan(costs: Tensor, settings: ScoringSettings, ignored: Tensor | None) -> Tensor:
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


def _weights(plans: Tensor, settings: ScoringSettings, audible: Tensor) -> Tensor:
    """Mute, mask and renormalise (..., N, K) plans."""
    kept = plans
    if settings.muted:
        kept = plans * audible
        # A token may have given all it had to muted subspaces: it has no preference among the others.
        starved = (kept.sum(dim=-1, keepdim=True) <= 0) & (plans.sum(dim=-1, keepdim=True) > 0)
        kept = torch.where(starved, audible, kept)
    return assign(kept, plans.shape[-1] if settings.assignment == "uniform" else settings.top_k)


class _Fusion:
    """Collects the components of one image's score, with each subspace's contribution to them."""

    def __init__(
        self, operator: MapOperator, settings: ScoringSettings, audible: Tensor, gram: Tensor, ignored: Tensor | None
    ) -> None:
        self._operator = operator
        self._settings = settings
        self._audible = audible
        self._mean_pair = audible / audible.sum()
        self._gram = gram
        self._ignored = None if ignored is None else ignored.view(operator.grid)
        self._kept = 1.0 if ignored is None else (~ignored).to(gram.dtype)
        weights = settings.weights
        if ignored is not None and weights.pop("global", 0) > 0:
            total = sum(weights.values())
            weights = {name: weight / total for name, weight in weights.items()} if weights else {"peak": 1.0}
        self._shares = weights
        self._components: dict[str, float] = {}
        self._contributions = torch.zeros_like(audible)

    def add_peak(self, probabilities: Tensor, parts: Tensor) -> None:
        """The peak of the tokens' own (N,) probabilities, with each subspace's (N, K) parts of them."""
        if "peak" in self._shares:
            enlarged, coverage = self._enlarged(probabilities)
            peak = self._operator.peak(enlarged, self._settings.peak_fraction, coverage)
            self._add("peak", peak.value, peak.weights @ parts)

    def add_agnostic(self, similarities: Tensor, own: Tensor) -> None:
        """The two maps that know no transport, from (L, N, K, 2) cosines and (L, N, K) own probabilities."""
        if "mean_pair" in self._shares:
            probabilities = blended_probability(
                similarities, self._mean_pair, self._gram, self._settings.temperature
            ).mean(dim=0)
            self._add_peak_of("mean_pair", probabilities, own.mean(dim=0) * self._mean_pair)
        if "agreement" in self._shares:
            evidence = own.mean(dim=0) * self._mean_pair
            self._add_peak_of("agreement", evidence.sum(dim=-1), evidence)

    def add_global(self, similarities: Tensor) -> None:
        """The global token against the mean pair, from (K, 2) cosines."""
        if "global" in self._shares:
            temperature = self._settings.temperature
            probability = blended_probability(similarities, self._mean_pair, self._gram, temperature)
            evidence = own_probabilities(similarities, temperature) * self._audible
            self._add("global", float(probability), evidence)

    def result(self) -> tuple[float, dict[str, float], Tensor]:
        """Score, components and (K,) contributions."""
        score = sum(self._shares[name] * value for name, value in self._components.items())
        return min(max(score, 0.0), 1.0), self._components, self._contributions

    def _enlarged(self, values: Tensor) -> tuple[Tensor, Tensor | None]:
        return self._operator.enlarge_kept(values.reshape(self._operator.grid), self._ignored)

    def _add_peak_of(self, name: str, probabilities: Tensor, evidence: Tensor) -> None:
        enlarged, coverage = self._enlarged(probabilities)
        peak: Peak = self._operator.peak(enlarged, self._settings.peak_fraction, coverage)
        self._add(name, peak.value, (peak.weights * self._kept) @ evidence)

    def _add(self, name: str, value: float, evidence: Tensor) -> None:
        """Fuse a component; its value is shared among the subspaces in proportion to their (K,) evidence."""
        self._components[name] = value
        total = evidence.sum()
        shares = evidence / total if float(total) > 0 else self._mean_pair
        self._contributions = self._contributions + self._shares[name] * value * shares
