"""A walk through the real program as a person takes it, on a virtual screen; keeps a picture of every step.

    python tests/e2e/walk.py FOLDER --pictures OUT [--size 1366x768] [--scale 1] [--theme light] [--language en]
    python tests/e2e/walk.py FOLDER --pictures OUT --all
    python tests/e2e/walk.py FOLDER --pictures OUT --manager openbox

FOLDER holds at least 70 parts (up to 64 are all inspected ahead), some of them defects. Needs Xvfb and xdotool. Prints
the longest block of the window's thread, and how long it computed at a time, which unlike the block does not grow on a
busy machine. With a window manager there are further steps: what gets the keyboard, where dialogs come, full screen.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from walk_manager import MANAGED
from walk_program import Setting, Walk, compile_program, virtual_screen
from walk_steps import STEPS, end

ALL = tuple(
    Setting(size, scale, theme, language)
    for size, scale in (("1366x768", "1"), ("2560x1440", "2"))
    for theme in ("light", "dark")
    for language in ("en", "zh_CN")
)


def walk(setting: Setting, folder: Path, pictures: Path, manager: str = "") -> Walk:
    """Take the walk in one setting, from the first step to a clean end."""
    target = pictures / setting.name
    target.mkdir(parents=True, exist_ok=True)
    with virtual_screen(setting.size, manager) as screen, tempfile.TemporaryDirectory() as own:
        taken = Walk(setting, screen, folder.absolute(), target, Path(own))
        try:
            for step in (*STEPS, *MANAGED) if manager else STEPS:
                with taken.timed(step.__name__):
                    step(taken)
            end(taken)
            return taken
        finally:
            if taken.process.poll() is None:
                taken.process.kill()
                taken.process.wait(10)


def main() -> None:
    """Walk and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument("--size", default="1366x768")
    parser.add_argument("--scale", default="1")
    parser.add_argument("--theme", choices=["light", "dark"], default="light")
    parser.add_argument("--language", choices=["en", "zh_CN"], default="en")
    parser.add_argument("--all", action="store_true", help="both sizes, both themes, both languages")
    parser.add_argument("--large", action="store_true", help="themes and languages at the larger size")
    parser.add_argument("--manager", default="", help="command of a window manager, such as openbox")
    parser.add_argument("-v", action="store_true", help="the longest of each step, and what ran then")
    options = parser.parse_args()
    compile_program()
    own = (Setting(options.size, options.scale, options.theme, options.language),)
    settings = ALL if options.all else ALL[len(ALL) // 2 :] if options.large else own
    for setting in settings:
        taken = walk(setting, options.folder, options.pictures, options.manager)
        block, work = 1000 * taken.block, 1000 * taken.work
        print(f"{setting.name:<34} longest block {block:4.0f} ms   work {work:4.0f} ms", flush=True)
        for name, (longest, computed) in taken.steps.items() if options.v else ():
            print(f"  {name:<16} {1000 * longest:4.0f} ms   work {1000 * computed:4.0f} ms", flush=True)
        for culprit in taken.culprits if options.v else []:
            print(culprit)


if __name__ == "__main__":
    main()
