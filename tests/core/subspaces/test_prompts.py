from __future__ import annotations

import pytest
import torch

from tokenclip_core.errors import ModelError, SettingsError
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.subspaces.prompts import PromptLearner, orthogonality_loss, prompt_token_ids


def test_every_head_base_and_deep_prompt_gets_a_gradient(tiny_backbone: Backbone) -> None:
    learner = PromptLearner(tiny_backbone, 3)
    embeddings = learner()
    assert embeddings.shape == (3, 2, 32)
    torch.testing.assert_close(embeddings.norm(dim=-1), torch.ones(3, 2))
    target = torch.randn(3, 2, 32, generator=torch.Generator().manual_seed(0))
    (embeddings * target).sum().backward()
    for parameter in (learner.base, learner.heads, learner.deep):
        assert parameter.grad is not None
    assert learner.heads.grad is not None
    assert learner.base.grad is not None
    assert learner.deep.grad is not None
    assert bool((learner.heads.grad.flatten(2).norm(dim=-1) > 0).all())
    assert bool((learner.base.grad.flatten(1).norm(dim=-1) > 0).all())
    assert bool((learner.deep.grad.flatten(1).norm(dim=-1) > 0).all())
    assert all(not parameter.requires_grad for parameter in tiny_backbone.model.parameters())


def test_a_head_moves_its_own_pair_only(tiny_backbone: Backbone) -> None:
    learner = PromptLearner(tiny_backbone, 3)
    with torch.no_grad():
        before = learner()
        learner.heads[1, 0] += torch.randn(12, 32, generator=torch.Generator().manual_seed(0))
        after = learner()
    changed = (before - after).abs().amax(dim=-1) > 1e-6
    assert changed.tolist() == [[False, False], [True, False], [False, False]]


def test_shapes_follow_the_text_tower(tiny_backbone: Backbone) -> None:
    learner = PromptLearner(tiny_backbone, 2)
    assert learner.base.shape == (2, 12, 32)
    assert learner.heads.shape == (2, 2, 12, 32)
    assert learner.deep.shape == (2, 4, 32)  # of three text blocks, the first reads the context
    assert learner.context().shape == (4, 12, 32)
    shallow = PromptLearner(tiny_backbone, 2, context_length=5, deep_depth=1)
    assert shallow.deep.shape == (0, 4, 32)
    assert shallow().shape == (2, 2, 32)
    assert PromptLearner(tiny_backbone, 1, deep_length=0)().shape == (1, 2, 32)


def test_the_seed_decides(tiny_backbone: Backbone) -> None:
    one, same, other = (PromptLearner(tiny_backbone, 2, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(one.heads, same.heads)
    assert not torch.equal(one.heads, other.heads)


def test_prompts_are_the_plain_text_path_of_their_own_embeddings(tiny_backbone: Backbone) -> None:
    """With the placeholder's own token embedding as context and no deep prompts, nothing is learned yet."""
    learner = PromptLearner(tiny_backbone, 1, deep_length=0, context_length=4)
    ids = learner.get_buffer("token_ids")
    with torch.no_grad():
        table = tiny_backbone.model.token_embedding.weight
        learner.base.copy_(table[ids[:, 1:5]])
        learner.heads.zero_()
        plain = tiny_backbone.encode_text(tiny_backbone.tokenizer(["X X X X object.", "X X X X damaged object."]))
        torch.testing.assert_close(learner()[0], torch.nn.functional.normalize(plain, dim=-1), atol=1e-5, rtol=0)


def test_token_ids_are_pairs_with_placeholders(tiny_backbone: Backbone) -> None:
    ids = prompt_token_ids(tiny_backbone.tokenizer, 3)
    assert ids.shape == (6, 77)
    assert len(set(ids[:, 1:13].flatten().tolist())) == 1
    assert torch.equal(ids[0], ids[2])
    assert not torch.equal(ids[0], ids[1])


def test_a_tokenizer_without_start_token_gets_one_more_placeholder() -> None:
    def words(texts: list[str]) -> torch.Tensor:
        ids = torch.zeros(len(texts), 30, dtype=torch.int64)
        for row, text in zip(ids, texts, strict=True):
            tokens = [100 + len(word) if word != "X" else 7 for word in text.split()]
            row[: len(tokens)] = torch.tensor(tokens)
        return ids

    ids = prompt_token_ids(words, 1, 3)
    assert ids[0, :4].tolist() == [7, 7, 7, 7]
    assert int(ids[0, 4]) != 7
    with pytest.raises(ModelError, match="placeholder"):
        prompt_token_ids(lambda texts: torch.arange(30).expand(len(texts), 30), 1, 3)


def test_learned_vectors_survive(tiny_backbone: Backbone) -> None:
    learner, other = PromptLearner(tiny_backbone, 2, seed=1), PromptLearner(tiny_backbone, 2, seed=2)
    other.load_tensors(learner.tensors())
    with torch.no_grad():
        assert torch.equal(learner(), other())
    with pytest.raises(SettingsError, match="heads"):
        PromptLearner(tiny_backbone, 3).load_tensors(learner.tensors())
    with pytest.raises(SettingsError, match="missing"):
        learner.load_tensors({})


@pytest.mark.parametrize("options", [{"subspaces": 0}, {"subspaces": 1, "context_length": 0}])
def test_impossible_sizes_are_refused(tiny_backbone: Backbone, options: dict[str, int]) -> None:
    with pytest.raises(SettingsError):
        PromptLearner(tiny_backbone, **options)


def test_orthogonality_loss_equals_its_definition() -> None:
    vectors = torch.nn.functional.normalize(torch.randn(4, 2, 9, dtype=torch.float64), dim=-1)
    for of in ("states", "directions"):
        total, pairs = 0.0, 0
        for first in range(4):
            for second in range(4):
                if first == second:
                    continue
                compared = (
                    [(vectors[first, s], vectors[second, s]) for s in (0, 1)]
                    if of == "states"
                    else [(vectors[first, 1] - vectors[first, 0], vectors[second, 1] - vectors[second, 0])]
                )
                for one, other in compared:
                    total += float(torch.cosine_similarity(one, other, dim=0)) ** 2
                    pairs += 1
        assert float(orthogonality_loss(vectors, of)) == pytest.approx(total / pairs)


def test_orthogonality_loss_at_its_ends() -> None:
    orthogonal = torch.eye(8).view(4, 2, 8)
    assert float(orthogonality_loss(orthogonal)) == 0
    assert float(orthogonality_loss(orthogonal, "directions")) == 0
    assert float(orthogonality_loss(orthogonal[:1].expand(3, 2, 8))) == pytest.approx(1)
    one = orthogonal[:1].clone().requires_grad_()
    loss = orthogonality_loss(one)
    loss.backward()
    assert float(loss.detach()) == 0
    with pytest.raises(SettingsError, match="other"):
        orthogonality_loss(orthogonal, "other")


def test_training_lowers_the_orthogonality_loss(tiny_backbone: Backbone) -> None:
    learner = PromptLearner(tiny_backbone, 3)
    optimizer = torch.optim.Adam(learner.parameters(), lr=1e-2)
    losses = []
    for _ in range(8):
        loss = orthogonality_loss(learner())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0]
