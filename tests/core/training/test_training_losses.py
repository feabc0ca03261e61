"""Losses against closed forms, and against a token-by-token account of the whole."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as functional
from hypothesis import given
from hypothesis import strategies as st

from tokenclip_core.errors import SettingsError
from tokenclip_core.scoring.assignment import assign, transport_plan
from tokenclip_core.scoring.settings import ScoringSettings
from tokenclip_core.subspaces.prompts import orthogonality_loss
from tokenclip_core.training.losses import (
    LossValues,
    dice_loss,
    focal_loss,
    token_assignment,
    visual_losses,
)

LAYERS, GRID, WIDTH, SUBSPACES = 2, (3, 4), 16, 3


def unit(*shape: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return functional.normalize(torch.randn(*shape, generator=generator), dim=-1)


@given(st.floats(0.01, 0.99), st.booleans(), st.floats(0, 4))
def test_focal_loss_is_its_formula(probability: float, anomalous: bool, gamma: float) -> None:
    right = probability if anomalous else 1 - probability
    found = focal_loss(torch.full((2, 3, 3), probability), torch.full((2, 3, 3), float(anomalous)), gamma)
    assert float(found) == pytest.approx(-((1 - right) ** gamma) * math.log(right), rel=1e-4, abs=1e-6)


def test_focal_loss_without_focus_is_cross_entropy_of_shares() -> None:
    probability, share = torch.rand(2, 5, 5), torch.rand(2, 5, 5)
    expected = functional.binary_cross_entropy(probability, share)
    assert float(focal_loss(probability, share, 0)) == pytest.approx(float(expected), rel=1e-4)


def test_focal_loss_stays_finite_where_all_is_wrong() -> None:
    probability = torch.tensor([[[0.0, 1.0]]], requires_grad=True)
    loss = focal_loss(probability, torch.tensor([[[1.0, 0.0]]]))
    loss.backward()
    assert math.isfinite(float(loss.detach()))
    assert torch.isfinite(probability.grad).all()


def test_dice_loss_is_its_formula() -> None:
    mask = torch.tensor([[1.0, 1.0], [0.0, 0.0]])
    half = torch.full((2, 2), 0.5)
    # Overlap 1, sums 2 and 2: 1 - (2 + 1) / (4 + 1).
    assert float(dice_loss(half[None], mask[None])) == pytest.approx(0.4)
    assert float(dice_loss(mask[None], mask[None])) == pytest.approx(0)
    assert float(dice_loss(1 - mask[None], mask[None])) == pytest.approx(1 - 1 / 5)
    # Without a defect, only what is claimed counts; maps are averaged, not pooled.
    empty = torch.zeros(2, 2)
    assert float(dice_loss(torch.stack([half, empty]), torch.zeros(2, 2, 2))) == pytest.approx((1 - 1 / 3) / 2)


def test_orthogonality_of_known_angles() -> None:
    angles = torch.tensor([0.0, math.pi / 3])
    vectors = torch.stack([angles.cos(), angles.sin()], dim=-1)
    embeddings = torch.stack([vectors, vectors], dim=1)
    assert float(orthogonality_loss(embeddings)) == pytest.approx(0.25)


def test_visual_losses_are_the_sum_of_their_parts() -> None:
    embeddings = unit(SUBSPACES, 2, WIDTH, seed=0)
    features, global_features = unit(2, LAYERS, 12, WIDTH, seed=1), unit(2, WIDTH, seed=2)
    targets = (torch.rand(2, *GRID, generator=torch.Generator().manual_seed(3)) > 0.6).float()
    labels = torch.tensor([0.0, 1.0])
    scoring = ScoringSettings(epsilon=0.05, top_k=2)
    losses = visual_losses(embeddings, features, global_features, labels, targets, GRID, scoring)

    anchors = functional.normalize(embeddings.sum(dim=1), dim=-1)
    maps = torch.zeros(2, LAYERS, 12)
    for part in range(2):
        for layer in range(LAYERS):
            tokens = features[part, layer]
            weights = assign(transport_plan((1 - tokens @ anchors.T)[None], 0.05), 2)[0]
            for index, token in enumerate(tokens):
                texts = functional.normalize((weights[index][:, None, None] * embeddings).sum(dim=0), dim=-1)
                maps[part, layer, index] = torch.softmax(texts @ token / 0.07, dim=0)[1]
    shaped = maps.view(2, LAYERS, *GRID)
    mean_pair = functional.normalize(embeddings.mean(dim=0), dim=-1)
    logits = global_features @ mean_pair.T / 0.07
    assert float(losses.image) == pytest.approx(float(functional.cross_entropy(logits, labels.long())), rel=1e-4)
    for name, function, of, wanted in (
        ("focal", focal_loss, shaped, targets),
        ("dice_anomalous", dice_loss, shaped, targets),
        ("dice_normal", dice_loss, 1 - shaped, 1 - targets),
    ):
        expected = sum(float(function(of[:, layer], wanted)) for layer in range(LAYERS))
        assert float(getattr(losses, name)) == pytest.approx(expected, rel=1e-3), name
    values = losses.values(4.0)
    assert values.total == pytest.approx(values.image + 4 * (values.focal + values.dice_anomalous + values.dice_normal))


def test_gradient_flows_through_the_cosines_but_not_through_the_plan() -> None:
    embeddings = unit(SUBSPACES, 2, WIDTH, seed=0).requires_grad_()
    costs = 1 - unit(1, 12, WIDTH, seed=1) @ embeddings.sum(dim=1).T
    assert not token_assignment(costs, ScoringSettings()).requires_grad
    losses = visual_losses(
        embeddings,
        unit(1, 1, 12, WIDTH, seed=1),
        unit(1, WIDTH, seed=2),
        torch.ones(1),
        torch.ones(1, 6, 8),
        GRID,
        ScoringSettings(),
    )
    losses.focal.backward()
    assert embeddings.grad is not None
    assert (embeddings.grad.abs().sum(dim=-1) > 0).all()


@pytest.mark.parametrize("assignment", ["transport", "softmax", "uniform"])
def test_every_assignment_gives_each_token_weights(assignment: str) -> None:
    costs = 1 - unit(2, 12, WIDTH, seed=1) @ unit(SUBSPACES, WIDTH, seed=0).T
    weights = token_assignment(costs, ScoringSettings.from_mapping({"assignment": assignment, "top_k": 2}))
    assert weights.sum(dim=-1) == pytest.approx(torch.ones(2, 12), abs=1e-5)
    assert int((weights > 0).sum(dim=-1).max()) == (SUBSPACES if assignment == "uniform" else 2)


def test_a_wrong_grid_is_refused() -> None:
    with pytest.raises(SettingsError, match="3 x 3"):
        visual_losses(
            unit(2, 2, WIDTH, seed=0),
            unit(1, 1, 12, WIDTH, seed=1),
            unit(1, WIDTH, seed=2),
            torch.ones(1),
            torch.ones(1, 3, 3),
            (3, 3),
            ScoringSettings(),
        )


def test_loss_values_add_up() -> None:
    values = LossValues(total=1.0, image=2.0)
    assert values.plus(LossValues(total=4.0), 0.5).times(2) == LossValues(total=6.0, image=4.0)
