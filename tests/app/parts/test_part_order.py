"""The order of the list: what is quick for many parts says the same as what is plain for one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.parts.order import VERDICT_ORDER, arranged, rows_of, verdict_places
from app.parts.state import Part, SortBy, Verdict
from tokenclip_core.judgement.judgement import Judgement

HALF = Judgement(own_thresholds=((0, 0.5),))
SCORES = st.one_of(st.none(), st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]))


@st.composite
def parts(draw: st.DrawFn) -> Part:
    score = draw(SCORES)
    error = draw(st.sampled_from([None, "broken"])) if score is None else None
    peaks = () if score is None else draw(st.sampled_from([(), (0.3,), (0.9, 0.3), (0.3, 0.9)]))
    return Part("part.png", score, error, peaks)


JUDGEMENTS = st.builds(
    Judgement,
    st.sampled_from([0.25, 0.5, 0.6]),
    st.sampled_from([(), ((0, 0.5),), ((1, 0.0),), ((0, 0.9), (1, 0.9)), ((7, 0.1),)]),
    muted=st.sampled_from([frozenset(), frozenset({0}), frozenset({1})]),
)


@given(st.lists(parts(), max_size=20), JUDGEMENTS)
def test_verdicts_are_those_of_each_part(several: list[Part], judgement: Judgement) -> None:
    places = verdict_places(several, judgement)
    assert [VERDICT_ORDER[place] for place in places] == [part.verdict(judgement) for part in several]


@given(
    st.lists(parts(), max_size=20), st.sets(st.sampled_from(list(Verdict))), st.sampled_from(list(SortBy)), st.data()
)
def test_the_order_is_that_of_plain_sorting(
    several: list[Part], verdicts: set[Verdict], sort_by: SortBy, data: st.DataObject
) -> None:
    numbers = sorted(data.draw(st.sets(st.sampled_from(range(len(several)))))) if several else []
    expected = [number for number in numbers if several[number].verdict(HALF) in verdicts]
    if sort_by is SortBy.SCORE:
        expected.sort(key=lambda number: -(-1.0 if several[number].score is None else several[number].score))
    elif sort_by is SortBy.VERDICT:
        expected.sort(key=lambda number: VERDICT_ORDER.index(several[number].verdict(HALF)))
    order = arranged(several, numbers, verdicts, sort_by, HALF)
    assert order == expected
    rows = rows_of(order, len(several))
    assert [order[row] for row in rows if row >= 0] == sorted(order)
    assert sum(row < 0 for row in rows) == len(several) - len(order)
