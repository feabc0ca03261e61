"""Makes the manual's pictures from the real program, in both of its languages.

    python tests/e2e/manual_pictures.py [--language en] [--only live]

Each picture is `resources/manual/NAME.webp`, or `NAME.zh_CN.webp` in Chinese. Needs Xvfb, xdotool, and pdftoppm
(poppler) for the report.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from live_walk import faults, grid
from PIL import Image
from walk_program import ROOT, Setting, Walk, WalkError, compile_program, virtual_screen
from walk_steps import end, open_folder, samples

from tokenclip_core.data.procedural import write_dataset

MANUAL = ROOT / "resources" / "manual"
LANGUAGES = ("en", "zh_CN")
PARTS = 90
"""More than are inspected ahead, so that a run over all of them is seen on its way."""

_QUALITY = 72
_SIDE = 320
_DOTS_PER_INCH = 100


def keep(picture: Path, name: str, language: str) -> None:
    """Put a picture into the manual."""
    place = MANUAL / (f"{name}.webp" if language == "en" else f"{name}.{language}.webp")
    with Image.open(picture) as image:
        image.convert("RGB").save(place, quality=_QUALITY, method=6)
    print(f"{place.name}: {place.stat().st_size / 1000:.0f} kB", flush=True)


class Stills:
    """The pictures of parts: one program, from one to the next."""

    def __init__(self, walk: Walk) -> None:
        self._walk, self._kept = walk, walk.setting.language

    def shot(self, name: str) -> None:
        """What is on the screen, once it rests."""
        walk = self._walk
        walk.number = 0
        walk.picture(name)
        keep(walk.pictures / f"01_{name}.png", name, self._kept)

    def take(self) -> None:
        """All of them."""
        walk = self._walk
        samples(walk)
        walk.keys("d")
        walk.wait_for(lambda: "patch" in walk.ask()["places"], "how it was found is unfolded")
        self.shot("window")
        walk.keys("3")
        walk.until("subspaces are seen", lambda facts: facts["layer"] == "subspaces")
        self.shot("subspaces")
        walk.keys("2", "d")
        self._area()
        self._compared()
        open_folder(walk)
        self._run()
        walk.keys("ctrl+g")
        walk.until("the gallery has tiles", lambda facts: facts["tiles"] > 0 and facts["settled"])
        self.shot("gallery")

    def _area(self) -> None:
        walk = self._walk
        walk.keys("i")
        walk.wait_for(lambda: "areas" in walk.ask()["places"], "the tools are shown")
        walk.drag("part", (0.45, 0.12), (0.9, 0.5))
        walk.until("an area is drawn", lambda facts: facts["areas"] == 1 and facts["settled"])
        self.shot("areas")
        walk.keys("i", "ctrl+z")
        walk.until("it is gone", lambda facts: facts["areas"] == 0 and facts["score"] is not None)

    def _compared(self) -> None:
        walk = self._walk
        walk.keys("Down")
        walk.until("another part is seen", lambda facts: facts["current"] == 1 and facts["score"] is not None)
        walk.keys("shift+c")
        walk.until("two are seen", lambda facts: len(set(facts["compared"])) == 2 and facts["settled"])
        self.shot("compare")
        walk.keys("Escape", "Up")
        walk.until("one part is seen", lambda facts: not facts["compared"] and facts["current"] == 0)
        walk.keys("m")
        walk.until("the models are listed", lambda facts: facts["popup"])
        walk.keys("Down", "Return")
        walk.until("two models are compared", lambda facts: facts["second"] and facts["settled"])
        self.shot("compare_models")
        walk.keys("Escape")
        walk.until("one part is seen", lambda facts: not facts["compared"])

    def _run(self) -> None:
        walk = self._walk
        walk.until("what comes next is known", lambda facts: facts["settled"])
        walk.keys("shift+F5")
        walk.until("the folder is being inspected", lambda facts: facts["batch"] == "running")
        walk.click("pause")
        walk.until("it is paused", lambda facts: facts["batch"] == "paused" and facts["settled"])
        self.shot("inspect_all")
        walk.click("pause")
        walk.until("all is inspected", lambda facts: facts["batch"] == "done" and facts["settled"])


def stills(language: str, folder: Path) -> None:
    """The pictures of parts."""
    parts = folder / "parts"
    if not parts.exists():
        for _ in write_dataset(parts, count=PARTS, seed=3, size=_SIDE):
            pass
    setting = Setting(language=language)
    with virtual_screen(setting.size) as screen, tempfile.TemporaryDirectory() as own:
        walk = Walk(setting, screen, parts, folder, Path(own))
        try:
            Stills(walk).take()
            end(walk)
        finally:
            if walk.process.poll() is None:
                walk.process.kill()
                walk.process.wait(10)


def live(language: str, folder: Path) -> None:
    """The pictures of cameras."""
    setting = Setting(language=language)
    grid(setting, folder, folder)
    keep(folder / "grid.png", "live", language)
    faults(setting, folder, folder)
    keep(folder / "faults.png", "live_faults", language)


def report(language: str, folder: Path) -> None:
    """The first page of a report."""
    results, paper = folder / "results", folder / "report.pdf"
    orders: list[list[str]] = [["report", str(results), "--to", str(paper), "--language", language]]
    if not results.exists():
        parts = str(ROOT / "resources" / "samples")
        orders.insert(0, ["inspect", parts, "--threshold", "0.5", "--out", str(results), "--save", "overlays"])
    for words in orders:
        if subprocess.run([sys.executable, "main.py", *words], cwd=ROOT, stdout=subprocess.DEVNULL).returncode:
            raise WalkError(f"{' '.join(words)} did not end well")
    drawn = folder / "report"
    command = ["pdftoppm", "-png", "-singlefile", "-r", str(_DOTS_PER_INCH), str(paper), str(drawn)]
    subprocess.run(command, check=True)
    keep(drawn.with_suffix(".png"), "report", language)


KINDS: dict[str, Callable[[str, Path], None]] = {"stills": stills, "live": live, "report": report}


def main() -> None:
    """Make them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--language", choices=LANGUAGES, help="only this one")
    parser.add_argument("--only", choices=list(KINDS), help="only these pictures")
    options = parser.parse_args()
    compile_program()
    with tempfile.TemporaryDirectory() as folder:
        for language in (options.language,) if options.language else LANGUAGES:
            for name, make in KINDS.items():
                if options.only in (None, name):
                    make(language, Path(folder))


if __name__ == "__main__":
    main()
