"""Losses of one pretraining step: type, state, and transported state per token; state and caption per image."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from tokenclip_core.scoring.assignment import assign, transport_plan
from tokenclip_core.scoring.settings import TEMPERATURE

ANOMALOUS_TOKEN_WEIGHT = 4.0  # defective patches are some 5 % of all
PEAK_SHARE = 0.01  # of the tokens, whose mean logit is that of the image
TRAINING_ITERATIONS = 15  # of Sinkhorn: the plan need not be exact to teach
TRAINING_EPSILON = 0.05


@dataclass(frozen=True)
class TextFeatures:
    """Unit text features of one step.

    Attributes:
        pairs: (K, 2, D) float32, normal and anomalous mean of every defect's phrases.
        captions: (B, D) float32.
    """

    pairs: Tensor
    captions: Tensor


@dataclass(frozen=True)
class StepLosses:
    """Mean losses of a step, scalars; ``total`` is their weighted sum.

    Attributes:
        kind: cross entropy of every token over normal and the defect types.
        single: state of every token against the mean pair (binary cross entropy + Dice).
        transported: state of every token against its transported mixture of pairs.
        peak: state of the image from its most anomalous tokens, as inspection takes it.
        image: state of the image from the global feature.
        caption: contrastive loss of global features and captions.
    """

    kind: Tensor
    single: Tensor
    transported: Tensor
    peak: Tensor
    image: Tensor
    caption: Tensor

    @property
    def total(self) -> Tensor:
        """The weighted sum that is minimised."""
        return self.kind + self.single + self.transported + 0.5 * (self.peak + self.image) + 0.2 * self.caption


def unit(features: Tensor) -> Tensor:
    """Scale the last dimension to unit length."""
    return functional.normalize(features, dim=-1)


def state_loss(logit: Tensor, share: Tensor) -> Tensor:
    """Binary cross entropy, defective patches weighted, plus Dice over the batch.

    Args:
        logit: (B, N) of the anomalous state.
        share: (B, N) in [0, 1], defective share of each patch.
    """
    weight = 1 + (ANOMALOUS_TOKEN_WEIGHT - 1) * share
    entropy = functional.binary_cross_entropy_with_logits(logit, share, weight=weight)
    probability = logit.sigmoid()
    overlap = 2 * (probability * share).sum() + 1
    dice = 1 - overlap / (probability.sum() + share.sum() + 1)
    return entropy + dice


def state_logit(tokens: Tensor, pairs: Tensor) -> Tensor:
    """Logit of the anomalous state: cos(v, t_1) - cos(v, t_0) over the temperature; pairs broadcast to (..., 2, D)."""
    similarity = (tokens.unsqueeze(-2) * pairs).sum(-1)
    return (similarity[..., 1] - similarity[..., 0]) / TEMPERATURE


def step_losses(
    tokens: Tensor, global_feature: Tensor, shares: Tensor, text: TextFeatures, logit_scale: Tensor, subset: Tensor
) -> StepLosses:
    """All losses of one step.

    Args:
        tokens: (B, N, D) unit dense tokens.
        global_feature: (B, D) unit global features.
        shares: (B, N, 1 + K) share of each patch that is normal or shows each defect.
        text: of this step.
        logit_scale: scalar, CLIP's learned inverse temperature.
        subset: (k,) int64, the subspaces that this step transports to: any vocabulary must work, not only the whole.
    """
    anomalous_share = 1 - shares[..., 0]
    normal = unit(text.pairs[:, 0].mean(0))
    classes = torch.cat([normal[None], text.pairs[:, 1]])
    logits = tokens @ classes.T / TEMPERATURE
    weight = 1 + (ANOMALOUS_TOKEN_WEIGHT - 1) * anomalous_share
    kind = (
        functional.cross_entropy(logits.flatten(0, 1), shares.flatten(0, 1), reduction="none") * weight.flatten()
    ).mean()

    pairs = text.pairs[subset]
    mean_pair = unit(pairs.mean(0))
    single_logit = state_logit(tokens, mean_pair)
    single = state_loss(single_logit, anomalous_share)

    with torch.no_grad():
        cost = 1 - tokens @ unit(pairs.sum(1)).T
        weights = assign(transport_plan(cost, TRAINING_EPSILON, max_iterations=TRAINING_ITERATIONS), 2)
    mixed = unit(torch.einsum("bnk,ksd->bnsd", weights, pairs))
    transported = state_loss(state_logit(tokens, mixed), anomalous_share)

    defective = (anomalous_share.amax(1) > 0.25).float()
    top = single_logit.topk(max(1, round(PEAK_SHARE * single_logit.shape[1])), dim=1).values.mean(1)
    peak = functional.binary_cross_entropy_with_logits(top, defective)
    image = functional.binary_cross_entropy_with_logits(state_logit(global_feature, mean_pair), defective)

    similarity = logit_scale.exp().clamp(max=50) * global_feature @ text.captions.T
    target = torch.arange(len(similarity), device=similarity.device)
    caption = 0.5 * (
        functional.cross_entropy(similarity, target, label_smoothing=0.1)
        + functional.cross_entropy(similarity.T, target, label_smoothing=0.1)
    )
    return StepLosses(kind, single, transported, peak, image, caption)
