"""Steps of the walk that need a window manager: what gets the keyboard, where windows come, the whole screen."""

from __future__ import annotations

from collections.abc import Callable

from walk_program import Walk, WalkError

NAME = "TokenCLIP Inspector"
VERDICT = f"Verdict — {NAME}"


def _window(walk: Walk) -> tuple[int, int, int, int]:
    """Where the main window is."""
    return next(place for name, place in walk.windows().items() if name.endswith(f"– {NAME}"))


def keyboard(walk: Walk) -> None:
    """A dialog gets the keyboard at once, lies over the window and on the screen, and gives the keyboard back."""
    walk.keys("ctrl+1")
    walk.until("parts are shown", lambda facts: not facts["managed"] and facts["settled"])
    walk.click("part")
    screen = [int(side) for side in walk.setting.size.split("x")]
    for key, dialog in (("ctrl+comma", "SettingsDialog"), ("F1", "ShortcutsDialog"), ("ctrl+e", "ReportDialog")):
        before = set(walk.windows())
        walk.keys(key)
        walk.until("the dialog is open", lambda facts, wanted=dialog: facts["dialog"] == wanted)
        walk.wait_for(lambda before=before: bool(set(walk.windows()) - before), "the window manager has the dialog")
        (title,) = set(walk.windows()) - before
        left, top, width, height = walk.windows()[title]
        if left < 0 or top < 0 or left + width > screen[0] or top + height > screen[1]:
            raise WalkError(f"{title} is {width} x {height} at {left}, {top} of a screen of {screen}")
        walk.picture(f"managed_{dialog}")
        walk.keys("Escape")
        walk.until("the dialog is closed", lambda facts: facts["dialog"] == "NoneType")
    # Nobody clicked: the window itself has the keyboard again.
    for key, layer in (("1", "original"), ("2", "heatmap")):
        walk.keys(key)
        walk.until(f"the layer is {layer}", lambda facts, wanted=layer: facts["layer"] == wanted)


def sizes(walk: Walk) -> None:
    """Made smaller and dragged elsewhere, the window comes back as it was when it fills the screen again."""
    filled = _window(walk)
    walk.asked_of_manager("-r", NAME, "-b", "remove,maximized_vert,maximized_horz")
    walk.wait_for(lambda: _window(walk)[2:] != filled[2:], "it is smaller")
    walk.asked_of_manager("-r", NAME, "-e", "0,40,60,1030,620")
    walk.wait_for(lambda: _window(walk)[2:] == (1030, 620), "it has the size that was asked for")
    walk.until("it is laid out", lambda facts: facts["settled"])
    walk.picture("managed_small")
    walk.asked_of_manager("-r", NAME, "-b", "add,maximized_vert,maximized_horz")
    walk.wait_for(lambda: _window(walk)[2:] == filled[2:], "it fills the screen again")


def whole_screen(walk: Walk) -> None:
    """The verdict takes the whole screen and the keyboard; a key gives both back."""
    width, height = (int(side) for side in walk.setting.size.split("x"))
    walk.keys("ctrl+2")
    walk.until("the live view is shown", lambda facts: facts["focus"] is not None)
    walk.wait_for(lambda: "show-demonstration" in walk.ask()["places"], "a demonstration is offered")
    walk.click("show-demonstration")
    walk.until("frames are inspected", lambda facts: bool(facts["live"]) and facts["live"][0]["inspected"] > 0)
    walk.keys("F11")
    walk.wait_for(lambda: walk.windows().get(VERDICT) == (0, 0, width, height), "the verdict has the whole screen")
    walk.picture("managed_whole_screen")
    walk.keys("Escape")
    walk.wait_for(lambda: VERDICT not in walk.windows(), "the verdict is away")
    walk.keys("ctrl+1")
    walk.until("the window has the keyboard", lambda facts: facts["name"] is not None and facts["settled"])
    walk.picture("managed_after_whole_screen")


MANAGED: tuple[Callable[[Walk], None], ...] = (keyboard, sizes, whole_screen)
"""In their order."""
