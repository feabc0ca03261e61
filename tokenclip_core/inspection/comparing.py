"""What parts are compared with, made from encoded parts: consensus pools, a shelf of good parts, and their scale."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.consensus import ConsensusPool, PoolGathering, PoolPart, mean_token, seeded_order
from tokenclip_core.evidence.evidence import Evidence
from tokenclip_core.evidence.reference import GoodPart, ReferenceShelf
from tokenclip_core.evidence.typical import TypicalPart
from tokenclip_core.inspection.encoded_part import EncodedPart
from tokenclip_core.scoring.token_scores import TokenScores

MOST_SCALING_PARTS = 64
"""Good parts that the scale is made from at most; more change little."""


def gathered_pools(parts: Sequence[EncodedPart], evidence: Evidence, seed: int = 0) -> tuple[ConsensusPool, ...]:
    """The pools of some parts, whatever their order; empty where the model has no constants.

    Args:
        parts: with their tokens.
        evidence: whose scale says what looks alike.
        seed: of the choice.
    """
    if evidence.scale is None:
        return ()
    by_hash = {part.sha256: part for part in parts}
    gathering = PoolGathering(evidence.scale.alike_cosine)
    for sha256 in seeded_order(by_hash, seed):
        gathering.add(pool_part(by_hash[sha256]))
    return gathering.pools()


def pool_part(part: EncodedPart) -> PoolPart:
    """A part as a pool keeps it.

    Raises:
        SettingsError: it was encoded without its tokens.
    """
    if part.evidence_tokens is None:
        raise SettingsError("this part was encoded without the tokens that others are compared by; encode it again.")
    return PoolPart(part.sha256, part.evidence_tokens, mean_token(part.evidence_tokens), part.grid)


def with_good_parts(evidence: Evidence, named: Iterable[tuple[str, EncodedPart]]) -> Evidence:
    """The evidence with a shelf of good parts.

    Args:
        evidence: of which all else stays.
        named: the good parts, with their tokens, by name.

    Raises:
        SettingsError: none, or parts without tokens, or more than one model's.
    """
    parts = (
        GoodPart(name, part.sha256, pool_part(part).tokens, part.global_feature, part.grid) for name, part in named
    )
    return replace(evidence, shelf=ReferenceShelf.of(parts, reach=evidence.reach))


def scaled_by_good_parts(evidence: Evidence, good: Sequence[EncodedPart], texts: Sequence[TokenScores]) -> Evidence:
    """The evidence on the scale that good parts give, each compared with the others and not with itself.

    Args:
        evidence: with the shelf that they are on.
        good: some of them.
        texts: what TokenCLIP says of each.
    """
    if evidence.scale is None:
        return evidence
    return replace(evidence, scale=evidence.scale.from_good_parts(typical_parts(evidence, good, texts)))


def with_typical(
    pool: ConsensusPool, evidence: Evidence, parts: Sequence[EncodedPart], texts: Sequence[TokenScores]
) -> ConsensusPool:
    """The pool that knows what is typical of its parts.

    Args:
        pool: to which all of the parts belong.
        evidence: its scale, and the shelf that they are compared with too.
        parts: encoded.
        texts: what TokenCLIP says of each.
    """
    if evidence.scale is None:
        return pool
    known = typical_parts(replace(evidence, pools=(pool,)), parts, texts)
    return replace(pool, typical=evidence.scale.of_pool(known))


def typical_parts(evidence: Evidence, parts: Sequence[EncodedPart], texts: Sequence[TokenScores]) -> list[TypicalPart]:
    """What every channel says of some parts, see `typical`."""
    every = replace(evidence, kind="fused")
    return [
        TypicalPart(every.raw(part, text.token_map.reshape(-1), text.score), part.grid)
        for part, text in zip(parts, texts, strict=True)
    ]
