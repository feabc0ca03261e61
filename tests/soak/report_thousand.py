"""A report of 1,000 parts: how large it is, whether a browser shows it whole, and how many pages of paper it has.

    python tests/soak/report_thousand.py [--count 1000] [--pictured 1000] [--size 512] [--browser chromium] [--keep DIR]

Makes parts, writes a run of made-up results beside them (half of them defective, with regions where the masks are, so
that no model runs), and has `tokenclip report` make a page and a PDF of it. The browser, without a screen, shows the
whole page in strips; none may be blank, nor any sheet of the PDF. Returns 1 where something is, or where a report takes
more than 30 MB. Takes some minutes; needs Chromium, and pdftoppm (poppler-utils).
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES = 30_000_000
STRIP, WIDTH = 4000, 1280
PATIENCE_SECONDS = 1800
DOTS_PER_INCH = 36
LEAST_INK = 0.002
"""Share of the pixels of a strip or sheet that must differ from its ground."""


def command(*words: str) -> None:
    """Run the program's command line; what it says goes where this program's output goes."""
    subprocess.run([sys.executable, str(ROOT / "main.py"), *words], check=True, cwd=ROOT, timeout=PATIENCE_SECONDS)


def write_run(parts: Path, folder: Path) -> int:
    """Rows of made-up results of all parts, as `inspect --out` leaves them; how many."""
    sys.path.insert(0, str(ROOT))
    from tokenclip_core.judgement.regions import find_regions
    from tokenclip_core.output.results_file import ResultsWriter, RunRecord
    from tokenclip_core.output.rows import ResultRow, SubspaceRow

    random = np.random.default_rng(0)
    files = sorted(file for file in parts.rglob("*.png") if "ground_truth" not in file.parts)
    with ResultsWriter(folder, RunRecord({"threshold": 0.5}, {})) as writer:
        for place, file in enumerate(files):
            height, width = np.asarray(Image.open(file)).shape[:2]
            # A few blots stand in for what a model would outline.
            blots = np.zeros((height, width), np.float32)
            for _ in range(1 + place % 4 if place % 2 else 0):
                top, left = random.integers(0, height - 40), random.integers(0, width - 40)
                blots[top : top + random.integers(8, 40), left : left + random.integers(8, 40)] = random.uniform(0.5, 1)
            writer.write(
                ResultRow(
                    path=str(file),
                    width=width,
                    height=height,
                    score=float(max(blots.max(), random.uniform(0.05, 0.49))),
                    threshold=0.5,
                    verdict="defect" if place % 2 else "good",
                    reason="region" if place % 2 else None,
                    regions=find_regions(blots, 0.5),
                    subspaces=tuple(SubspaceRow(name, 0.25, float(random.random())) for name in ("hole", "stain")),
                    model="compact",
                    milliseconds=5.0,
                )
            )
        writer.close(finished=True)
    return len(files)


def ink(pixels: npt.NDArray[np.uint8]) -> float:
    """Share of the pixels that clearly differ from the most frequent one."""
    grey = pixels.reshape(-1, pixels.shape[-1])[:, :3].astype(np.int16).mean(axis=1)
    ground = np.bincount(grey.astype(np.int64)).argmax()
    return float(np.mean(np.abs(grey - ground) > 24))


def browse(browser: str, page: Path, work: Path) -> tuple[int, list[str]]:
    """How many pixels high a browser lays the page out, and what is wrong with what it shows."""
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={work / 'own'}"]
    height, wrong = page_height(browser, options, page, work), []
    for top in range(0, height, STRIP):
        # The page in a frame of its own, moved up: a browser draws only so many pixels at once.
        frame, picture = work / "frame.html", work / f"strip_{top:06d}.png"
        shown = min(STRIP, height - top)
        frame.write_text(
            f'<body style="margin:0;overflow:hidden;height:{shown}px"><iframe src="{page.as_uri()}" style="border:0;'
            f'position:absolute;top:{-top}px;width:{WIDTH}px;height:{height}px"></iframe>',
            "utf-8",
        )
        taken = [*options, f"--window-size={WIDTH},{shown}", f"--screenshot={picture}", frame.as_uri()]
        subprocess.run([browser, *taken], check=True, capture_output=True, timeout=PATIENCE_SECONDS)
        share = ink(np.asarray(Image.open(picture).convert("RGB")))
        if share < LEAST_INK:
            wrong.append(f"the browser shows nothing from {top} to {top + shown} px ({share:.2%} of it is drawn)")
    return height, wrong


def page_height(browser: str, options: list[str], page: Path, work: Path) -> int:
    """The page's height in CSS pixels, as the browser lays it out."""
    probe = work / "probe.html"
    script = "<script>addEventListener('load',()=>document.title=document.documentElement.scrollHeight)</script>"
    # The page's own rules let no script run; the copy is only measured.
    probe.write_bytes(page.read_bytes().replace(b"Content-Security-Policy", b"x-none") + script.encode())
    words = [browser, *options, f"--window-size={WIDTH},1000", "--dump-dom", probe.as_uri()]
    shown = subprocess.run(words, check=True, capture_output=True, timeout=PATIENCE_SECONDS).stdout.decode()
    title = shown[shown.index("<title>") + len("<title>") : shown.index("</title>")]
    return int(title)


def sheets(file: Path, work: Path) -> tuple[int, list[str]]:
    """How many sheets a PDF has, which are kept as pictures, and which of them are blank."""
    drawn = work / file.stem
    shutil.rmtree(drawn, ignore_errors=True)
    drawn.mkdir()
    words = ["pdftoppm", "-png", "-r", str(DOTS_PER_INCH), str(file), str(drawn / "sheet")]
    subprocess.run(words, check=True, timeout=PATIENCE_SECONDS)
    pictures = sorted(drawn.iterdir())
    blank = [picture.stem for picture in pictures if ink(np.asarray(Image.open(picture).convert("RGB"))) < LEAST_INK]
    return len(pictures), [f"{name} of {file.name} is blank" for name in blank]


def main() -> int:
    """Print what is found; 1 where something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--pictured", type=int, default=1000)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--browser", default="chromium")
    parser.add_argument("--keep", type=Path, help="parts, reports and pictures stay here")
    options = parser.parse_args()
    browser = shutil.which(options.browser)
    if browser is None:
        raise SystemExit(f"there is no {options.browser}")
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as own:
        work = own if options.keep is None else options.keep
        place = Path(work).absolute()
        if not (place / "parts").exists():
            command("samples", str(place / "parts"), "--count", str(options.count), "--size", str(options.size))
        shutil.rmtree(place / "run", ignore_errors=True)
        parts = write_run(place / "parts", place / "run")
        page, paper, printed = (place / name for name in ("report.html", "report.pdf", "printed.pdf"))
        for file in (page, paper):
            command("report", str(place / "run"), "--to", str(file), "--pictured", str(options.pictured))
            nbytes = file.stat().st_size
            print(f"{parts} parts, {options.pictured} pictured: {file.name} takes {nbytes / 1e6:.1f} MB", flush=True)
            wrong += [f"{file.name} takes more than {MOST_BYTES / 1e6:.0f} MB"] if nbytes > MOST_BYTES else []
        height, blank = browse(browser, page, place)
        print(f"the browser lays the page out {height:,} px high in {-(-height // STRIP)} strips", flush=True)
        printing = ["--headless", "--no-sandbox", "--disable-gpu", f"--print-to-pdf={printed}", page.as_uri()]
        subprocess.run([browser, *printing], check=True, capture_output=True, timeout=PATIENCE_SECONDS)
        for file in (paper, printed):
            count, found = sheets(file, place)
            wrong += found
            print(f"{file.name}: {count} sheets, {file.stat().st_size / 1e6:.1f} MB", flush=True)
        wrong += blank
    print("\n".join(wrong) or "nothing is blank, and nothing too large")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
