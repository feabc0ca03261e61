"""The steps of the walk in their order; each looks whether it did what it should, and keeps its picture."""

from __future__ import annotations

import csv
import signal
from collections.abc import Callable

from walk_drops import DROPS
from walk_program import Walk, WalkError
from walk_recipes import RECIPES, evaluation

PARTS = 20
SOLOED = 1
SECTIONS = 5
"""Which subspace is heard alone."""

MOST_PICTURED = 200
"""Parts with pictures in a report, unless more are asked for."""


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


def inspect_all(walk: Walk) -> None:
    """The whole folder: paused by a click, gone on with, and to its end; the part on the screen stays."""
    # While it is paused, what comes next is still inspected ahead.
    current = walk.until("what comes next is known", lambda facts: facts["settled"])["current"]
    walk.keys("shift+F5")
    walk.until("the folder is being inspected", lambda facts: facts["batch"] == "running")
    walk.click("pause")
    paused = walk.until("it is paused", lambda facts: facts["batch"] == "paused" and facts["settled"])
    if not 0 < paused["inspected"] < paused["parts"]:
        raise WalkError(f"{paused['inspected']} of {paused['parts']} parts are inspected while it is paused")
    walk.picture("inspect_all_paused")
    walk.click("pause")
    facts = walk.until("all is inspected", lambda facts: facts["batch"] == "done" and facts["settled"])
    if facts["inspected"] != facts["parts"] or facts["current"] != current:
        raise WalkError(f"after all parts: {facts}")
    walk.picture("inspected_all")


def next_defect(walk: Walk) -> None:
    """The next part that is a defect; where none comes any more, the one before."""
    before = walk.ask()["facts"]["current"]
    walk.keys("n")
    facts = walk.until("it is known", lambda facts: facts["current"] != before or facts["activity"])
    if facts["current"] == before:
        walk.keys("p")
    facts = walk.until("a defect is shown", lambda facts: facts["current"] != before and facts["score"] is not None)
    if facts["score"] < facts["threshold"]:
        raise WalkError(f"{facts['name']} is no defect: {facts['score']} < {facts['threshold']}")


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
    wanted, tab = f"solo {SOLOED}", "tab subspaces"
    before = walk.ask()["facts"]["score"]
    if not {wanted, tab} & set(walk.ask()["places"]):
        # Folded away at the first start.
        walk.keys("d")
        walk.wait_for(lambda: bool({wanted, tab} & set(walk.ask()["places"])), "the subspaces are unfolded")
    if tab in walk.ask()["places"]:
        walk.click(tab)
    walk.click(wanted)
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
    walk.keys("i")
    walk.wait_for(lambda: "areas" in walk.ask()["places"], "the tools are shown")
    walk.drag("part", (0.1, 0.12), (0.5, 0.6))
    # Where the defect lies beside the area, the score stays.
    walk.until(
        "an area is drawn", lambda facts: facts["areas"] == 1 and facts["settled"] and facts["score"] is not None
    )
    walk.picture("ignore_area")
    walk.keys("i")
    walk.wait_for(lambda: "areas" not in walk.ask()["places"], "the tools are put away")


def undo(walk: Walk) -> None:
    """Take the area away again."""
    walk.keys("ctrl+z")
    walk.until("the area is gone", lambda facts: facts["areas"] == 0 and facts["score"] is not None)
    walk.picture("undone")


def evidence(walk: Walk) -> None:
    """The words alone decide, then all evidence together."""
    # The model's own kind is told by no name.
    for key, kind, name in (("alt+1", "text", "text"), ("alt+5", "", "fused")):
        walk.keys(key)
        walk.until(
            f"{name} decides",
            lambda facts, wanted=kind: facts["evidence"] == wanted and facts["score"] is not None,
        )
        walk.picture(f"evidence_{name}")


def contact_sheet(walk: Walk) -> None:
    """All parts as pictures, and back to the one that is shown."""
    before = walk.ask()["facts"]["current"]
    walk.keys("s")
    walk.until("all parts are seen", lambda facts: facts["sheet"])
    walk.picture("contact_sheet")
    walk.keys("s")
    facts = walk.until("one part is seen", lambda facts: not facts["sheet"])
    if facts["current"] != before:
        raise WalkError(f"part {facts['current']} is shown, not {before}")


def manage(walk: Walk) -> None:
    """Every section of what is looked after, down the list by the keyboard, and back to the parts."""
    walk.keys("ctrl+3")
    seen: list[str] = []
    while True:
        section = walk.until("a section is seen", lambda facts: facts["managed"] not in ("", *seen[-1:]))["managed"]
        if section in seen:
            raise WalkError(f"{section} is seen again")
        seen.append(section)
        walk.picture(f"manage_{section}")
        if len(seen) == SECTIONS:
            break
        walk.keys("Down")
    walk.keys("ctrl+1")
    walk.until("the parts are seen", lambda facts: not facts["managed"])


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


def report(walk: Walk) -> None:
    """The report by its key, its place typed into the dialog: the files hold what the window knows."""
    target = walk.own / "line 1.html"
    walk.keys("ctrl+e")
    walk.until("the report is asked for", lambda facts: facts["dialog"] == "ReportDialog")
    walk.picture("report")
    walk.keys("Return")
    walk.until("its place is asked for", lambda facts: facts["dialog"] == "QFileDialog")
    walk.picture("report_place")
    walk.answer_place(target)
    facts = walk.until("the report is saved", lambda facts: facts["report"] == str(target) and facts["settled"])
    walk.place("report open")
    walk.picture("report_saved")
    with (walk.own / "results.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    if len(rows) != facts["parts"] or not all(row["score"] for row in rows):
        raise WalkError(f"the table has {len(rows)} rows of {facts['parts']} parts, or no score in some")
    page = target.read_text(encoding="utf-8")
    pictured, named = page.count("<article>"), sum(row["path"].rsplit("/", 1)[-1] in page for row in rows)
    if pictured != min(facts["parts"], MOST_PICTURED) or named < pictured:
        raise WalkError(f"the report has {pictured} parts with pictures, {named} with names, of {facts['parts']}")
    if left := sorted(file.name for file in walk.own.glob("*.partial")):
        raise WalkError(f"unfinished files are left: {left}")
    walk.click("report close")
    walk.wait_for(lambda: "report close" not in walk.ask()["places"], "no more is said of the report")


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
    walk.click("window", 0.85, 0.07)
    walk.keys("F1")
    walk.until("the keys are listed", lambda facts: facts["dialog"] == "ShortcutsDialog")
    walk.picture("shortcuts")
    walk.keys("Escape")
    walk.until("the list of keys is closed", lambda facts: facts["dialog"] == "NoneType")


STEPS: tuple[Callable[[Walk], None], ...] = (
    samples,
    open_folder,
    step_through,
    inspect_all,
    next_defect,
    look_at_layers,
    drag_threshold,
    solo,
    pin_patch,
    gallery,
    ignore_area,
    undo,
    evidence,
    contact_sheet,
    manage,
    compare,
    compare_models,
    report,
    *RECIPES,
    settings,
    shortcuts,
    *DROPS,
    evaluation,
)
"""The walk; steps of further parts of the window are put in here."""


def end(walk: Walk) -> None:
    """End the program, which says goodbye in its trace."""
    walk.ask()
    walk.process.send_signal(signal.SIGTERM)
    code = walk.process.wait(30)
    last = walk.milestones()[-1]
    if code != 0 or last["name"] != "closed":
        raise WalkError(f"the program ended with {code}, and said last: {last['name']}")
    if last["foreign_collections"]:
        raise WalkError(f"garbage was collected {last['foreign_collections']} times outside the window's thread")
