"""Which parts pass a choice of decisions; quick for 100,000 of them. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.parts.state import Part, Verdict
from app.review.model import NO_REVIEW, Decision, Review, review_key
from tokenclip_core.judgement.judgement import Judgement


@dataclass(frozen=True)
class DecisionFilter:
    """Parts about which people said something.

    Attributes:
        decisions: which ones pass.
        differing: only where the program says otherwise.
    """

    decisions: frozenset[Decision] = frozenset(Decision)
    differing: bool = False

    def passing(
        self, parts: Sequence[Part], numbers: Sequence[int], judgement: Judgement, reviews: Mapping[str, Review]
    ) -> list[int]:
        """Those of the `numbers` (indices of parts) that pass, in their order."""
        kept = []
        for number in numbers:
            decision = reviews.get(review_key(parts[number].path), NO_REVIEW).decision
            if decision in self.decisions and (not self.differing or _differs(parts[number], judgement, decision)):
                kept.append(number)
        return kept


ANY_DECISION = DecisionFilter()


def _differs(part: Part, judgement: Judgement, decision: Decision) -> bool:
    called = {Decision.ACCEPTED: Verdict.DEFECT, Decision.REJECTED: Verdict.GOOD}.get(decision)
    return called is not None and part.verdict(judgement) is called
