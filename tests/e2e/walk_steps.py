"""The steps of the walk in their order; each looks whether it did what it should, and keeps its picture."""

from __future__ import annotations

import signal
from collections.abc import Callable

from walk_program import Walk, WalkError

PARTS = 20
SOLOED = 1
"""Which subspace is heard alone."""


def samples(walk: Walk) -> None:
    """The first sample shows its heatmap without a click."""
    walk.wait_for(lambda: any(line["name"] == "window_shown" for line in walk.milestones()), "the window is shown")
    walk.fill_screen()
    walk.picture("start")
    walk.wait_for(lambda: any(line["name"] == "first_heatmap" for line in walk.milestones()), "a heatmap is shown")
    walk.until("the samples are inspected", lambda facts: facts["settled"] and facts["score"] is not None)
    # Without a window manager, a window gets the keyboard by a click.
    walk.click("part")
    walk.until("a patch is pinned", lambda facts: facts["pinned"] is not None)
    walk.picture("samples")


def open_folder(walk: Walk) -> None:
    """Open the folder among the recent places: File, recent, its first entry."""
    before = walk.ask()["facts"]["parts"]
    walk.keys("alt+f")
    walk.until("the menu is open", lambda facts: facts["popup"])
    walk.keys("r", "Return")
    walk.until(
        "the folder is open",
        lambda facts: facts["parts"] >= PARTS and facts["parts"] != before and facts["score"] is not None,
    )
    walk.picture("folder")


def step_through(walk: Walk) -> None:
    """Twenty parts with the arrow key; each is seen with its result."""
    first = walk.ask()["facts"]["current"]
    for step in range(1, PARTS + 1):
        walk.keys("Down")
        walk.until(
            f"part {step} is shown",
            lambda facts, wanted=first + step: facts["current"] == wanted and facts["score"] is not None,
        )
    walk.picture("after_20_parts")


def next_defect(walk: Walk) -> None:
    """The next part that is a defect."""
    before = walk.ask()["facts"]["current"]
    walk.keys("n")
    walk.until("a defect is shown", lambda facts: facts["current"] != before and facts["score"] is not None)


def look_at_layers(walk: Walk) -> None:
    """Each layer by its key, and the grid."""
    for key, layer in (("3", "subspaces"), ("1", "original"), ("2", "heatmap")):
        walk.keys(key)
        walk.until(f"the layer is {layer}", lambda facts, wanted=layer: facts["layer"] == wanted)
        walk.picture(layer)
    walk.keys("g")
    walk.until("the grid is shown", lambda facts: facts["grid"])
    walk.picture("grid")
    walk.keys("g")
    walk.until("the grid is gone", lambda facts: not facts["grid"])


def drag_threshold(walk: Walk) -> None:
    """Drag the line over the histogram."""
    walk.drag("threshold", (0.3, 0.5), (0.62, 0.5))
    facts = walk.until("the threshold is dragged", lambda facts: abs(facts["threshold"] - 0.62) < 0.05)
    if not facts["undo"]:
        raise WalkError("the threshold can't be undone")
    walk.picture("threshold_dragged")
    walk.keys("ctrl+z")
    walk.until("the threshold is back", lambda now: abs(now["threshold"] - facts["threshold"]) > 0.02)


def solo(walk: Walk) -> None:
    """Hear one subspace alone: another score, without a click on the part."""
    answer = walk.ask()
    before = answer["facts"]["score"]
    if "tab subspaces" in answer["places"]:
        walk.click("tab subspaces")
    walk.click(f"solo {SOLOED}")
    walk.until(
        "one subspace is heard alone",
        lambda facts: facts["soloed"] == [SOLOED] and facts["score"] not in (None, before),
    )
    walk.picture("solo")
    walk.keys("u")
    walk.until("all subspaces are heard", lambda facts: not facts["soloed"] and facts["score"] == before)


def pin_patch(walk: Walk) -> None:
    """A click on the canvas pins the patch below it, and the panel says what it chose."""
    before = walk.ask()["facts"]["pinned"]
    walk.click("part", 0.4, 0.45)
    walk.until("a patch is pinned", lambda facts: facts["pinned"] not in (None, before))
    walk.place("patch")
    walk.picture("patch")


def gallery(walk: Walk) -> None:
    """The patches that chose a subspace, then the patches like the pinned one."""
    if "gallery" not in walk.ask()["places"]:
        walk.keys("ctrl+g")
    walk.until("the gallery has tiles", lambda facts: facts["tiles"] > 0)
    walk.place("gallery")
    walk.picture("gallery")
    walk.keys("e")
    walk.until("patches like the pinned one are found", lambda facts: facts["tiles"] > 0 and facts["settled"])
    walk.picture("gallery_by_example")
    walk.keys("ctrl+g")
    walk.wait_for(lambda: "gallery" not in walk.ask()["places"], "the gallery is closed")


def ignore_area(walk: Walk) -> None:
    """Draw a rectangle that is not inspected."""
    before = walk.ask()["facts"]["score"]
    walk.keys("i")
    walk.wait_for(lambda: "areas" in walk.ask()["places"], "the tools are shown")
    walk.drag("part", (0.1, 0.12), (0.5, 0.6))
    walk.until("an area is drawn", lambda facts: facts["areas"] == 1 and facts["score"] not in (None, before))
    walk.picture("ignore_area")
    walk.keys("i")
    walk.wait_for(lambda: "areas" not in walk.ask()["places"], "the tools are put away")


def undo(walk: Walk) -> None:
    """Take the area away again."""
    walk.keys("ctrl+z")
    walk.until("the area is gone", lambda facts: facts["areas"] == 0 and facts["score"] is not None)
    walk.picture("undone")


def compare(walk: Walk) -> None:
    """The shown part beside the one before, and back."""
    walk.keys("shift+c")
    walk.until(
        "two parts are compared",
        lambda facts: len(set(facts["compared"])) == 2 and facts["settled"],
    )
    walk.picture("compare")
    walk.keys("Escape")
    walk.until("one part is shown", lambda facts: not facts["compared"])


def compare_models(walk: Walk) -> None:
    """The shown part by the model in use and by its checkpoint; then the next part by both, and back."""
    walk.keys("m")
    walk.until("the models are listed", lambda facts: facts["popup"])
    walk.picture("models")
    walk.keys("Down", "Return")
    walk.until("two models are compared", lambda facts: facts["second"] == "compact · parts" and facts["settled"])
    walk.picture("compare_models")
    before = walk.ask()["facts"]["current"]
    walk.keys("Right")
    walk.until(
        "the next part is inspected by both",
        lambda facts: facts["current"] == before + 1 and facts["second"] and facts["settled"],
    )
    walk.picture("compare_models_next")
    walk.keys("Escape")
    walk.until("one part is shown", lambda facts: not facts["compared"] and not facts["second"])


def settings(walk: Walk) -> None:
    """The settings dialog, and away again."""
    walk.keys("ctrl+comma")
    walk.until("the settings are open", lambda facts: facts["dialog"] == "SettingsDialog")
    walk.picture("settings")
    walk.keys("Escape")
    walk.until("the settings are closed", lambda facts: facts["dialog"] == "NoneType")


def shortcuts(walk: Walk) -> None:
    """The list of keys."""
    # Without a window manager, nobody gives the keyboard back to the window when a dialog is closed.
    walk.click("window", 0.7, 0.07)
    walk.keys("F1")
    walk.until("the keys are listed", lambda facts: facts["dialog"] == "ShortcutsDialog")
    walk.picture("shortcuts")
    walk.keys("Escape")
    walk.until("the list of keys is closed", lambda facts: facts["dialog"] == "NoneType")


STEPS: tuple[Callable[[Walk], None], ...] = (
    samples,
    open_folder,
    step_through,
    next_defect,
    look_at_layers,
    drag_threshold,
    solo,
    pin_patch,
    gallery,
    ignore_area,
    undo,
    compare,
    compare_models,
    settings,
    shortcuts,
)
"""The walk; steps of further parts of the window are put in here."""


def end(walk: Walk) -> None:
    """End the program, which says goodbye in its trace."""
    walk.ask()
    walk.process.send_signal(signal.SIGTERM)
    code = walk.process.wait(30)
    last = walk.milestones()[-1]["name"]
    if code != 0 or last != "closed":
        raise WalkError(f"the program ended with {code}, and said last: {last}")
