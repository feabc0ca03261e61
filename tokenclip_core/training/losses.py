"""Losses of prompt training: what AnomalyCLIP minimises (arXiv 2310.18961), on TokenCLIP's assigned tokens.

Tokens are scored by the very functions that inspection uses, so that training improves what is inspected with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Self

import torch
import torch.nn.functional as functional
from torch import Tensor

from tokenclip_core.errors import SettingsError
from tokenclip_core.scoring.assignment import assign, softmax_plan, transport_plan, uniform_plan
from tokenclip_core.scoring.settings import ScoringSettings
from tokenclip_core.scoring.token_scores import blended_probability, subspace_costs, text_gram, token_similarities

# Lin et al., "Focal Loss for Dense Object Detection" (ICCV 2017): the exponent AnomalyCLIP keeps.
FOCAL_GAMMA = 2.0
# Added to both sides of Dice's quotient, so that it is defined for a part without a defect.
DICE_SMOOTHING = 1.0
_SMALLEST_PROBABILITY = 1e-6


@dataclass(frozen=True)
class LossValues:
    """Loss values as plain numbers.

    Attributes:
        total: what is minimised: image + lambda * (focal + dice_anomalous + dice_normal) + mu * orthogonality.
        image: cross entropy of the global token.
        focal: focal loss of the maps, summed over the tapped layers.
        dice_anomalous: Dice loss of the anomalous state, summed over the tapped layers.
        dice_normal: Dice loss of the normal state, summed over the tapped layers.
        orthogonality: of the subspaces.
    """

    total: float = 0.0
    image: float = 0.0
    focal: float = 0.0
    dice_anomalous: float = 0.0
    dice_normal: float = 0.0
    orthogonality: float = 0.0

    def plus(self, other: Self, share: float = 1.0) -> Self:
        """These values and ``share`` times the others."""
        mine, theirs = asdict(self), asdict(other)
        return type(self)(**{name: value + share * theirs[name] for name, value in mine.items()})

    def times(self, factor: float) -> Self:
        """All values times a factor."""
        return type(self)(**{field.name: factor * float(getattr(self, field.name)) for field in fields(self)})


@dataclass(frozen=True)
class VisualLosses:
    """Losses of some parts against the text embeddings, scalars with gradients; means over the parts.

    Attributes:
        image: see LossValues.
        focal: see LossValues.
        dice_anomalous: see LossValues.
        dice_normal: see LossValues.
    """

    image: Tensor
    focal: Tensor
    dice_anomalous: Tensor
    dice_normal: Tensor

    def weighted(self, pixel_weight: float) -> Tensor:
        """``image + pixel_weight * (focal + dice_anomalous + dice_normal)``."""
        return self.image + pixel_weight * (self.focal + self.dice_anomalous + self.dice_normal)

    def values(self, pixel_weight: float) -> LossValues:
        """As plain numbers, without orthogonality."""
        return LossValues(
            total=float(self.weighted(pixel_weight).detach()),
            image=float(self.image.detach()),
            focal=float(self.focal.detach()),
            dice_anomalous=float(self.dice_anomalous.detach()),
            dice_normal=float(self.dice_normal.detach()),
        )


def focal_loss(probability: Tensor, target: Tensor, gamma: float = FOCAL_GAMMA) -> Tensor:
    """Focal loss: cross entropy in which tokens that are already right count little; gamma = 0 is plain cross entropy.

    ``-mean(y (1 - p)^gamma log p + (1 - y) p^gamma log(1 - p))``; y may be a share, such as the defective share of an
    area.

    Args:
        probability: float in [0, 1], of the anomalous state.
        target: of the same shape, in [0, 1].
        gamma: >= 0.

    Returns:
        Scalar >= 0.
    """
    anomalous = probability.clamp(_SMALLEST_PROBABILITY, 1 - _SMALLEST_PROBABILITY)
    normal = 1 - anomalous
    missed = target * normal.pow(gamma) * anomalous.log()
    alarmed = (1 - target) * anomalous.pow(gamma) * normal.log()
    return -(missed + alarmed).mean()


def dice_loss(probability: Tensor, target: Tensor) -> Tensor:
    """Dice loss of each map, then their mean: ``1 - (2 sum(p y) + 1) / (sum(p) + sum(y) + 1)``.

    Args:
        probability: (..., h, w) float in [0, 1].
        target: of the same shape, in [0, 1].

    Returns:
        Scalar in [0, 1).
    """
    overlap = (probability * target).sum(dim=(-2, -1))
    total = probability.sum(dim=(-2, -1)) + target.sum(dim=(-2, -1))
    return (1 - (2 * overlap + DICE_SMOOTHING) / (total + DICE_SMOOTHING)).mean()


@torch.no_grad()
def token_assignment(costs: Tensor, scoring: ScoringSettings) -> Tensor:
    """Which subspaces each token is aligned with, as inspection assigns them; no gradient flows through it.

    Args:
        costs: (P, N, K), one problem per part and layer.
        scoring: assignment, epsilon, top-k and marginals.

    Returns:
        (P, N, K) float32, rows sum to 1.
    """
    # The plan is finished in float64, which Apple's Metal does not have.
    problem = costs.detach().cpu() if costs.device.type == "mps" else costs.detach()
    if scoring.assignment == "uniform":
        weights = assign(uniform_plan(problem), problem.shape[-1])
    elif scoring.assignment == "softmax":
        weights = assign(softmax_plan(problem, scoring.epsilon), scoring.top_k)
    else:
        plan = transport_plan(
            problem,
            scoring.epsilon,
            column_marginal=scoring.column_marginal,
            column_relaxation=scoring.column_relaxation,
        )
        weights = assign(plan, scoring.top_k)
    return weights.to(costs)


def visual_losses(
    embeddings: Tensor,
    features: Tensor,
    global_features: Tensor,
    labels: Tensor,
    targets: Tensor,
    grid: Sequence[int],
    scoring: ScoringSettings,
) -> VisualLosses:
    """Losses of some parts of one grid.

    Args:
        embeddings: (K, 2, D) unit text embeddings.
        features: (B, L, N, D) visual tokens of the tapped layers.
        global_features: (B, D).
        labels: (B,) float, 0 good, 1 defective.
        targets: (B, h, w) float, defective share of each area; maps are enlarged to (h, w) bilinearly.
        grid: (gh, gw), gh * gw = N.
        scoring: temperature and assignment.

    Returns:
        VisualLosses, means over the parts; those of the maps are summed over the layers (AnomalyCLIP).

    Raises:
        SettingsError: a grid that doesn't fit.
    """
    parts, layers, tokens = features.shape[:3]
    if grid[0] * grid[1] != tokens:
        raise SettingsError(f"a grid of {grid[0]} x {grid[1]} does not have {tokens} tokens.")
    similarities = token_similarities(features, embeddings)
    gram = text_gram(embeddings)
    with torch.no_grad():
        costs = subspace_costs(similarities, gram, scoring.anchor).flatten(0, 1)
        weights = token_assignment(costs, scoring).view(parts, layers, tokens, -1)
    probabilities = blended_probability(similarities, weights, gram, scoring.temperature)
    maps = functional.interpolate(
        probabilities.view(parts, layers, grid[0], grid[1]),
        size=list(targets.shape[1:]),
        mode="bilinear",
        align_corners=False,
    )
    wanted = targets.unsqueeze(1).expand_as(maps)
    mean_pair = torch.full_like(gram[0, 0, 0], 1 / embeddings.shape[0])
    global_similarities = token_similarities(global_features, embeddings)
    defective = blended_probability(global_similarities, mean_pair, gram, scoring.temperature)
    return VisualLosses(
        image=functional.binary_cross_entropy(defective, labels),
        focal=layers * focal_loss(maps, wanted),
        dice_anomalous=layers * dice_loss(maps, wanted),
        dice_normal=layers * dice_loss(1 - maps, 1 - wanted),
    )
