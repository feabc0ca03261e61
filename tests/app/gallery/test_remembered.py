"""The gallery fills from what an earlier run inspected: a few parts, those that have most to show."""

from __future__ import annotations

from pathlib import Path

from batch_fakes import COUNT, done, folder, inspect_all, inspector, opened, scored
from feature_desk import Desk
from pytestqt.qtbot import QtBot
from window_fakes import ENDS_SECONDS, WAIT, FakeInspector, Start

from app.gallery.remembered import OF_EACH_SUBSPACE, RememberedController, most_to_show
from app.parts.state import Part
from app.work.order_of_work import LAST

__all__ = ["folder", "inspector"]


def test_those_that_have_most_to_show_are_chosen() -> None:
    parts = [Part(f"{number}.png", 0.5, None, (number / 100, 1 - number / 100)) for number in range(20)]
    parts[19].peaks = ()  # nothing is known of it
    chosen = most_to_show(parts, {"18.png", "0.png"})
    assert chosen == [17, 16, 15, 14, 1, 2, 3, 4]
    assert len(chosen) == 2 * OF_EACH_SUBSPACE
    assert most_to_show([Part("a.png")], set()) == []
    assert most_to_show([], set()) == []


def test_the_gallery_fills_from_an_earlier_run(start: Start, qtbot: QtBot, folder: Path) -> None:
    first = opened(start, qtbot, folder)
    inspect_all(first, qtbot)
    done(first, qtbot)
    assert first.shut_down(ENDS_SECONDS)
    quick = FakeInspector()
    second = start(folder, factory=lambda _name: quick)
    qtbot.waitUntil(lambda: scored(second) == COUNT, timeout=WAIT)
    if second.views.gallery.isVisible():
        second.actions.run("close-gallery")
    second.actions.run("gallery")
    # The shown part and its neighbours, and those that are looked at again.
    qtbot.waitUntil(lambda: second.gallery.parts_gathered > 3 + OF_EACH_SUBSPACE, timeout=WAIT)
    assert second.gallery.parts_gathered < COUNT


def test_what_was_chosen_of_another_list_is_left_alone(desk: Desk, qtbot: QtBot) -> None:
    owners = desk.owners
    remembered = RememberedController(owners, desk.views, lambda: ())
    desk.views.gallery.show()
    owners.models.reload()
    qtbot.waitUntil(lambda: owners.models.facts is not None, timeout=WAIT)
    desk.open(*(Part(f"{number}.png", 0.5, None, (0.5,)) for number in range(5)))
    remembered.look()
    # The same folder again, of which nothing is listed yet.
    desk.open()
    reached: list[object] = []
    owners.work.display.submit(lambda _cancellation: None, lane="after it", priority=LAST, then=reached.append)
    with qtbot.captureExceptions() as raised:
        qtbot.waitUntil(lambda: bool(reached), timeout=WAIT)
    assert raised == []
    assert not remembered._run.goes_on
