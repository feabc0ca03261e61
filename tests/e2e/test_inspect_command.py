"""`inspect` from words to files: rows, pictures, exit codes, and what is left when it is stopped."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tokenclip_core.commands.cli import main
from tokenclip_core.images.reading import load_image

NAMES = [f"{number}.png" for number in range(6)]


def rows_in(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "results.jsonl").read_text("utf-8")
    assert text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def inspect(tiny_model: Path) -> Callable[..., int]:
    def run(*words: str | Path) -> int:
        return main(["inspect", *map(str, words), "--model", str(tiny_model)])

    return run


def test_a_folder_becomes_rows_in_order(
    inspect: Callable[..., int], make_parts: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = make_parts("10.png", "2.jpg", "b/деталь.png", "a/零件.bmp")
    assert inspect(parts, "--out", tmp_path / "r", "--threshold", "0.5") == 0
    rows = rows_in(tmp_path / "r")
    expected = [parts / name for name in ("2.jpg", "10.png", "a/零件.bmp", "b/деталь.png")]
    assert [row["path"] for row in rows] == [str(path) for path in expected]
    for row, path in zip(rows, expected, strict=True):
        image = load_image(path)
        assert (row["height"], row["width"]) == image.shape[:2]
        assert 0 <= row["score"] <= 1
        assert row["verdict"] == ("defect" if row["score"] >= 0.5 else "good")
        assert row["model"] == "tiny"
        assert row["error"] is None
        assert row["milliseconds"] > 0
        assert sum(subspace["mass"] for subspace in row["subspaces"]) == pytest.approx(1, abs=1e-5)
        for region in row["regions"]:
            assert region["x"] + region["width"] <= row["width"]
            assert region["y"] + region["height"] <= row["height"]
            assert region["peak"] >= 0.5
    with (tmp_path / "r" / "results.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert [line["path"] for line in csv.DictReader(stream)] == [row["path"] for row in rows]
    record = json.loads((tmp_path / "r" / "run.json").read_text("utf-8"))
    assert record["finished"] is True
    assert len(record["settings"]["model_sha256"]) == 64
    assert capsys.readouterr().out == ""


def test_every_kind_of_bad_file_is_a_row(
    inspect: Callable[..., int], make_parts: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = make_parts("1.png", "9.png")
    whole = (parts / "1.png").read_bytes()
    (parts / "2.png").touch()
    (parts / "3.png").write_bytes(whole[: len(whole) // 2])
    (parts / "4.png").write_text("no image")
    (parts / "5.png").write_bytes(whole[:16] + (60_000).to_bytes(4, "big") * 2 + whole[24:])
    assert inspect(parts, parts / "missing.png", "--out", tmp_path / "r") == 3
    rows = rows_in(tmp_path / "r")
    names = [Path(row["path"]).name for row in rows]
    assert names == ["1.png", "2.png", "3.png", "4.png", "5.png", "9.png", "missing.png"]
    assert [row["error"] is None for row in rows] == [True, False, False, False, False, True, False]
    bad = [row for row in rows if row["error"] is not None]
    assert all(row["score"] is None and row["verdict"] is None and row["regions"] == [] for row in bad)
    assert "Traceback" not in capsys.readouterr().err


def test_batches_do_not_change_results(
    inspect: Callable[..., int], make_parts: Callable[..., Path], tmp_path: Path
) -> None:
    parts = make_parts(*NAMES)
    scores = []
    for size in ("1", "4", "8"):
        assert inspect(parts, "--out", tmp_path / size, "--batch-size", size) == 0
        scores.append([row["score"] for row in rows_in(tmp_path / size)])
    np.testing.assert_allclose(scores[1:], [scores[0]] * 2, atol=1e-5)


def test_pictures_are_of_the_images_own_size(
    inspect: Callable[..., int], make_parts: Callable[..., Path], tmp_path: Path
) -> None:
    parts = make_parts("1.png", "sub/1.png")
    assert inspect(parts, "--out", tmp_path / "r", "--save", "overlays,maps,subspaces") == 0
    for name in ("1.png", "sub/1.png"):
        shape = load_image(parts / name).shape[:2]
        for kind in ("overlays", "maps", "subspaces"):
            assert load_image(tmp_path / "r" / kind / name).shape[:2] == shape
        with Image.open(tmp_path / "r" / "maps" / name) as image:
            assert np.asarray(image).dtype == np.uint16


def test_regions_for_annotation_tools_are_those_of_the_rows(
    inspect: Callable[..., int], make_parts: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts, out = make_parts("1.png", "sub/1.png", "2.png"), tmp_path / "r"
    words = [parts, "--out", out, "--threshold", "0", "--save", "coco,labelme"]
    assert inspect(*words) == 0
    rows = rows_in(out)
    whole = json.loads((out / "coco.json").read_text("utf-8"))
    assert [image["file_name"] for image in whole["images"]] == [row["path"] for row in rows]
    for image, row in zip(whole["images"], rows, strict=True):
        boxes = [one["bbox"] for one in whole["annotations"] if one["image_id"] == image["id"]]
        assert boxes == [[box[name] for name in ("x", "y", "width", "height")] for box in row["regions"]]
        place = out / "labelme" / Path(row["path"]).relative_to(parts).with_suffix(".json")
        content = json.loads(place.read_text("utf-8"))
        assert (place.parent / content["imagePath"]).resolve() == Path(row["path"]).resolve()
        assert len(content["shapes"]) == len(row["regions"]) > 0
    # Gone on with, the file of all parts is of all parts too.
    lines = (out / "results.jsonl").read_text("utf-8").splitlines(keepends=True)
    (out / "results.jsonl").write_text(lines[0], "utf-8")
    (out / "coco.json").unlink()
    assert inspect(*words, "--resume") == 0
    again = json.loads((out / "coco.json").read_text("utf-8"))
    assert again["images"] == whole["images"]
    assert len(again["annotations"]) == len(whole["annotations"])
    # What it lacks is said.
    (out / "coco" / "2.json").unlink()
    capsys.readouterr()
    assert inspect(*words, "--resume") == 3
    assert "coco.json lacks 1 parts" in capsys.readouterr().err
    assert inspect(parts, "--out", tmp_path / "none", "--save", "coco") == 2
    assert "need regions" in capsys.readouterr().err


def test_json_lines_and_plain_lines(
    inspect: Callable[..., int], make_parts: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    parts = make_parts("1.png", "2.png")
    assert inspect(parts, "--json") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["path"] for line in lines] == [str(parts / "1.png"), str(parts / "2.png")]
    assert inspect(parts, "--threshold", "0") == 0
    plain = capsys.readouterr().out.splitlines()
    assert all("defect" in line and line.endswith(".png") for line in plain)


def test_nothing_is_written_beside_the_images(inspect: Callable[..., int], make_parts: Callable[..., Path]) -> None:
    parts = make_parts("1.png")
    assert inspect(parts) == 0
    assert [path.name for path in parts.iterdir()] == ["1.png"]


def test_an_empty_folder_and_an_unknown_model(
    inspect: Callable[..., int], make_parts: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "none").mkdir()
    assert inspect(tmp_path / "none") == 1
    assert "there are no images" in capsys.readouterr().err
    assert main(["inspect", str(make_parts("1.png")), "--model", "nonesuch"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_resume_keeps_what_is_there_and_inspects_what_changed(
    inspect: Callable[..., int], make_parts: Callable[..., Path], tmp_path: Path
) -> None:
    parts, results = make_parts(*NAMES), tmp_path / "r"
    assert inspect(parts, "--out", results) == 0
    before = rows_in(results)
    # Marked, so that a kept row can be told from a new one; one file gets another size, one row is lost.
    marked = [row | {"milliseconds": -1.0} for row in before if Path(row["path"]).name != "4.png"]
    (results / "results.jsonl").write_text("".join(json.dumps(row) + "\n" for row in marked), "utf-8")
    Image.new("RGB", (50, 70)).save(parts / "2.png")
    assert inspect(parts, "--out", results, "--resume") == 0
    after = rows_in(results)
    assert [row["path"] for row in after] == [row["path"] for row in before]
    assert [Path(row["path"]).name for row in after if row["milliseconds"] != -1] == ["2.png", "4.png"]


def test_resume_under_other_settings_is_refused(
    inspect: Callable[..., int], make_parts: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = make_parts("1.png")
    assert inspect(parts, "--out", tmp_path / "r") == 0
    capsys.readouterr()
    assert inspect(parts, "--out", tmp_path / "r", "--resume", "--image-size", "64") == 1
    assert "image_size: 96 then, 64 now" in capsys.readouterr().err


def test_calibration_gives_the_threshold(
    inspect: Callable[..., int], make_parts: Callable[..., Path], tiny_model: Path, tmp_path: Path
) -> None:
    parts, file = make_parts(*NAMES), tmp_path / "line.json"
    words = ["calibrate", str(parts), "--model", str(tiny_model), "--false-reject-rate", "0.5", "--out", str(file)]
    assert main(words) == 0
    assert inspect(parts, "--out", tmp_path / "r", "--calibration", file) == 0
    rows = rows_in(tmp_path / "r")
    calibration = json.loads(file.read_text("utf-8"))
    # Parts that tie with the last one that must pass do so as well.
    assert sum(row["verdict"] == "defect" for row in rows) == calibration["good_rejected"] <= 3
    assert calibration["good_rejected"] > 0
    assert {row["threshold"] for row in rows} == {calibration["threshold"]}
    assert inspect(parts, "--calibration", file, "--image-size", "64") == 1


# --- the real program, stopped -----------------------------------------------------------------------------------

COUNT = 24
STOPPED_AT = 5
# Sends the process a real signal right after a certain row. From outside, a busy machine could let the program finish
# before the signal comes; from inside, it always comes in time.
STOPPED_PROGRAM = """
import os, sys
import main
from tokenclip_core.output.results_file import ResultsWriter

number, at = int(sys.argv[1]), int(sys.argv[2])
write, written = ResultsWriter.write, []

def write_and_stop(writer, row):
    write(writer, row)
    written.append(row)
    if len(written) == at:
        os.kill(os.getpid(), number)

ResultsWriter.write = write_and_stop
sys.exit(main.main(sys.argv[3:]))
"""


@pytest.fixture
def many_parts(make_parts: Callable[..., Path]) -> Path:
    return make_parts(*(f"{number}.png" for number in range(COUNT)))


StopWith = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def stop_with(project_root: Path, tiny_model: Path) -> StopWith:
    def run(number: int, *words: str | Path) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-c", STOPPED_PROGRAM, int(number), STOPPED_AT, "inspect", *words]
        return subprocess.run(
            [str(word) for word in (*line, "--model", tiny_model, "--batch-size", 2)],
            cwd=project_root,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    return run


@pytest.mark.skipif(sys.platform == "win32", reason="Windows delivers Ctrl-C to consoles, not to processes")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_whole_rows_and_says_how_to_resume(
    number: int, stop_with: StopWith, inspect: Callable[..., int], many_parts: Path, tmp_path: Path
) -> None:
    results = tmp_path / "results with space"
    done = stop_with(number, many_parts, "--out", results)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    advice = done.stderr.splitlines()[-1]
    assert advice.endswith("--resume")
    assert f"'{results}'" in advice
    rows = rows_in(results)
    # The batch in which the signal came is finished: two images at a time.
    assert len(rows) == STOPPED_AT + 1
    assert json.loads((results / "run.json").read_text("utf-8"))["finished"] is False
    assert inspect(many_parts, "--out", results) == 1, "an unfinished run must not be overwritten"
    assert inspect(many_parts, "--out", results, "--resume") == 0
    after = rows_in(results)
    assert [Path(row["path"]).stem for row in after] == [str(number) for number in range(COUNT)]
    assert after[: len(rows)] == rows


def test_a_killed_process_leaves_rows_to_resume_from(
    stop_with: StopWith, inspect: Callable[..., int], many_parts: Path, tmp_path: Path
) -> None:
    results = tmp_path / "r"
    # On Windows, os.kill with SIGTERM ends the process at once, as SIGKILL does elsewhere.
    done = stop_with(getattr(signal, "SIGKILL", signal.SIGTERM), many_parts, "--out", results, "--save", "maps")
    assert done.returncode != 0
    before = rows_in(results)
    assert len(before) == STOPPED_AT
    with (results / "results.jsonl").open("a", encoding="utf-8") as stream:
        stream.write('{"path": "half a li')
    assert inspect(many_parts, "--out", results, "--save", "maps", "--resume") == 0
    rows = rows_in(results)
    assert rows[:STOPPED_AT] == before
    assert [Path(row["path"]).stem for row in rows] == [str(number) for number in range(COUNT)]
    assert {path.stem for path in (results / "maps").iterdir()} == {str(number) for number in range(COUNT)}
    assert not list(results.rglob("*.partial"))


def test_the_real_data_is_inspected_whole(shared_data: Path, bundled_model: str, tmp_path: Path) -> None:
    folder = shared_data / "magnetic_tile" / "tile" / "test"
    assert main(["inspect", str(folder), "--model", bundled_model, "--out", str(tmp_path / "r")]) == 0
    assert len(rows_in(tmp_path / "r")) == len(list(folder.rglob("*.jpg")))
