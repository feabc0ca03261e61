"""Steps of the walk in which files are dragged over from another program: onto the shelf of good parts, and to open."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from drag_source import SIDE
from PIL import Image
from walk_program import Walk

CORNER = 4
"""The other program's window lies so far from the screen's left and upper edge."""


@contextmanager
def dropped(walk: Walk, paths: Sequence[Path], target: str) -> Iterator[None]:
    """Drop files from another program's window on the middle of a named place; it is there until the block ends."""
    ratio = float(walk.setting.scale)
    corner = str(round(CORNER / ratio))
    said = walk.own / "said.txt"
    command = [sys.executable, str(Path(__file__).with_name("drag_source.py")), corner, corner, *map(str, paths)]
    with said.open("w", encoding="utf-8") as told:
        other = subprocess.Popen(command, env=walk.environment, stdout=told)
    try:
        walk.wait_for(lambda: "shown" in said.read_text("utf-8"), "there is something to drag")
        x, y = walk.place(target)
        middle = str(round(CORNER + SIDE * ratio / 2))
        walk.xdotool("mousemove", middle, middle, "mousedown", "1", "mousemove_relative", "6", "6")
        across = itertools.count()

        def welcome() -> bool:
            # Who is dragged over answers to movements alone.
            walk.xdotool("mousemove", str(x + next(across) % 3), str(y))
            return "welcome" in said.read_text("utf-8")

        walk.wait_for(welcome, f"{target} takes what is dragged")
        walk.xdotool("mouseup", "1")
        yield
    finally:
        other.kill()
        other.wait()


def good_parts(walk: Walk) -> None:
    """The shown part becomes a good part by its key, another one by a drop on the shelf; all of them are taken off."""
    # Without a window manager, nobody gives the keyboard back to the window when a dialog is closed.
    walk.click("window", 0.85, 0.07)
    walk.keys("ctrl+shift+g")
    walk.until("the shown part is a good part", lambda facts: facts["good"] == 1 and facts["settled"])
    walk.picture("good_part")
    walk.click("good-parts")
    walk.wait_for(lambda: "shelf" in walk.ask()["places"], "the shelf is open")
    walk.picture("shelf")
    with dropped(walk, [max(path for path in walk.folder.rglob("*") if path.is_file())], "shelf"):
        walk.until("the dropped part is a good part", lambda facts: facts["good"] == 2 and facts["settled"])
    walk.picture("shelf_of_two")
    # Without a window manager, a window gets the keyboard by a click.
    walk.click("shelf")
    walk.keys("ctrl+a", "Delete")
    walk.until("no part is a good part", lambda facts: facts["good"] == 0 and facts["settled"])
    walk.keys("Escape")
    walk.wait_for(lambda: "shelf" not in walk.ask()["places"], "the shelf is closed")
    walk.click("part")


def drop_parts(walk: Walk) -> None:
    """A folder that is dropped on the window is opened in place of the one before."""
    folder = walk.own / "dropped parts"
    folder.mkdir()
    for name, grey in (("one", 90), ("two", 120), ("three", 150)):
        Image.new("RGB", (96, 64), (grey, grey, grey)).save(folder / f"{name}.png")
    with dropped(walk, [folder], "canvas"):
        walk.until("three parts are open", lambda facts: facts["parts"] == 3 and facts["score"] is not None)
    walk.picture("dropped")


DROPS = (good_parts, drop_parts)
"""In this order, at the end of the walk: afterwards other parts are open."""
