"""Steps of the walk about what a verdict stands on: a recipe, a measured threshold, the history."""

from __future__ import annotations

from walk_program import Walk, WalkError

from tokenclip_core.data.procedural import write_dataset
from tokenclip_core.recipes.recipe import Recipe

LABELLED = 16


def recipe(walk: Walk) -> None:
    """Saved under a typed name; then the threshold is moved, and the recipe opened again from the recent ones."""
    file = walk.own / "line 1.recipe.json"
    walk.keys("alt+f", "e")
    walk.until("its place is asked for", lambda facts: facts["dialog"] == "QFileDialog")
    walk.answer_place(file)
    saved = walk.until("the recipe is in force", lambda facts: facts["recipe"] == "line 1" and facts["settled"])
    walk.picture("recipe")
    if Recipe.load(file).judgement.threshold != saved["threshold"]:
        raise WalkError("the recipe has another threshold than the window")
    # Without a window manager, nobody gives the keyboard back to the window when a dialog is closed.
    walk.click("window", 0.85, 0.07)
    walk.keys("ctrl+Up")
    walk.until("something is judged otherwise", lambda facts: facts["recipe"] not in ("", "line 1"))
    walk.click("recipes")
    walk.until("the recipes are listed", lambda facts: facts["popup"])
    walk.picture("recipes")
    walk.keys("Up", "Return")
    walk.until(
        "the recipe is opened again",
        lambda facts: facts["recipe"] == "line 1" and facts["threshold"] == saved["threshold"] and facts["settled"],
    )
    walk.picture("recipe_again")


def measure(walk: Walk) -> None:
    """The dialog stays beside the window, is asked by the keyboard, and goes away again."""
    walk.click("window", 0.85, 0.07)
    walk.keys("alt+e")
    walk.until("the menu is open", lambda facts: facts["popup"])
    walk.keys("m")
    walk.wait_for(lambda: "measure" in walk.ask()["places"], "the dialog is open")
    walk.picture("measure")
    if walk.ask()["facts"]["dialog"] != "NoneType":
        raise WalkError("the dialog keeps the window from being used")
    walk.click("measure", 0.5, 0.98)
    walk.keys("Escape")
    walk.wait_for(lambda: "measure" not in walk.ask()["places"], "the dialog is closed")


def history(walk: Walk) -> None:
    """The history by its key: the runs of this walk are there."""
    walk.click("window", 0.85, 0.07)
    walk.keys("ctrl+h")
    walk.until(
        "the history is seen", lambda facts: facts["managed"] == "history" and facts["runs"] and facts["results"]
    )
    walk.picture("history")
    walk.keys("ctrl+1")
    walk.until("the parts are seen", lambda facts: not facts["managed"])


def evaluation(walk: Walk) -> None:
    """A folder with labels is measured: table and curves, and the worst case, which a click opens."""
    folder = walk.own / "labelled"
    made = sum(1 for _ in write_dataset(folder, count=LABELLED, families=["wood", "cast metal"], size=160))
    walk.click("window", 0.85, 0.07)
    walk.keys("ctrl+3")
    section = walk.until("a section is seen", lambda facts: facts["managed"] != "")["managed"]
    while section != "evaluate":
        # The history, which is below, may have been seen last.
        walk.keys("Up" if section == "history" else "Down")
        section = walk.until("another is seen", lambda facts, seen=section: facts["managed"] != seen)["managed"]
    walk.click("evaluation folder")
    walk.until("the folder is asked for", lambda facts: facts["dialog"] == "QFileDialog")
    walk.keys("ctrl+a")
    walk.write(str(folder))
    walk.keys("Return")
    walk.until("the folder is chosen", lambda facts: facts["dialog"] == "NoneType")
    walk.click("evaluation begin")
    facts = walk.until("it is measured", lambda facts: facts["cases"] > 0 and facts["settled"])
    # A line of each family for each kind of defect and for all, and one of the mean.
    if facts["figures"] < 3 or facts["cases"] > made:
        raise WalkError(f"{facts['figures']} lines and {facts['cases']} cases of {made} parts")
    walk.place("evaluation curves")
    walk.picture("evaluation")
    before = facts["name"]
    walk.click("evaluation cases", 0.3, 0.2)
    walk.until(
        "the case is opened",
        lambda facts: not facts["managed"] and facts["name"] != before and facts["score"] is not None,
    )
    walk.picture("evaluation_case")


RECIPES = (recipe, measure, history)
"""In this order; none leaves the parts or the threshold otherwise than it found them."""
