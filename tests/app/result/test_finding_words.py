"""What was found and where, in words."""

from app.parts.state import ExplainedRegion
from app.result.finding_words import finding_words, likeness_words

NAMES = ("scratch", "crack")


def region(looks_like: tuple[int, float] | None = None) -> ExplainedRegion:
    return ExplainedRegion(
        x=0, y=0, width=10, height=10, area_px=80, peak=0.9, shares=(0.9, 0.1), looks_like=looks_like
    )


def test_a_region_is_called_by_what_it_looks_most_like_and_never_by_the_words_that_made_it_hot() -> None:
    assert likeness_words([region((1, 0.816))], NAMES) == "looks most like crack (82 %)"
    assert likeness_words([region(), region((1, 0.9))], NAMES) == ""
    assert likeness_words([region((5, 0.9))], NAMES) == ""
    assert likeness_words([], NAMES) == ""


def test_regions_are_counted_and_the_worst_has_its_place() -> None:
    assert finding_words([region()], (90, 90)) == "1 region, upper left"
    assert finding_words([region()] * 1200, (10, 10)) == "1,200 regions, middle"
    assert finding_words([], (90, 90)) == ""
