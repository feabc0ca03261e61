"""The order of the list: what is quick for many parts says the same as what is plain for one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.parts.order import VERDICT_ORDER, arranged, rows_of, verdict_places
from app.parts.state import Part, SortBy, Verdict

SCORES = st.one_of(st.none(), st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]))


@st.composite
def parts(draw: st.DrawFn) -> Part:
    score = draw(SCORES)
    error = draw(st.sampled_from([None, "broken"])) if score is None else None
    return Part("part.png", score, error, alarm=score is not None and draw(st.booleans()))


@given(st.lists(parts(), max_size=20), st.sampled_from([0.25, 0.5, 0.6]))
def test_verdicts_are_those_of_each_part(several: list[Part], threshold: float) -> None:
    places = verdict_places(several, threshold)
    assert [VERDICT_ORDER[place] for place in places] == [part.verdict(threshold) for part in several]


@given(
    st.lists(parts(), max_size=20), st.sets(st.sampled_from(list(Verdict))), st.sampled_from(list(SortBy)), st.data()
)
def test_the_order_is_that_of_plain_sorting(
    several: list[Part], verdicts: set[Verdict], sort_by: SortBy, data: st.DataObject
) -> None:
    numbers = sorted(data.draw(st.sets(st.sampled_from(range(len(several)))))) if several else []
    expected = [number for number in numbers if several[number].verdict(0.5) in verdicts]
    if sort_by is SortBy.SCORE:
        expected.sort(key=lambda number: -(-1.0 if several[number].score is None else several[number].score))
    elif sort_by is SortBy.VERDICT:
        expected.sort(key=lambda number: VERDICT_ORDER.index(several[number].verdict(0.5)))
    order = arranged(several, numbers, verdicts, sort_by, 0.5)
    assert order == expected
    rows = rows_of(order, len(several))
    assert [order[row] for row in rows if row >= 0] == sorted(order)
    assert sum(row < 0 for row in rows) == len(several) - len(order)
