"""What a command does with sets and folders that hold more than good pictures: nothing is lost, nothing goes unsaid."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from tokenclip_core.commands.cli import main

VIDEOS = Path(__file__).parents[1] / "sources" / "videos"
Run = Callable[..., tuple[int, str, str]]


def part(*, defect: bool = False, side: int = 64) -> np.ndarray:
    picture = np.full((side, side, 3), 150, np.uint8) + np.arange(side, dtype=np.uint8)[None, :, None] // 4
    if defect:
        cv2.line(picture, (10, 10), (40, 30), (20, 20, 20), 4)
    return picture


def marked(side: int = 64) -> np.ndarray:
    return np.asarray(cv2.line(np.zeros((side, side), np.uint8), (10, 10), (40, 30), 255, 4), np.uint8)


def save(path: Path, array: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)


@pytest.fixture
def run(tiny_model: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(command: str, *words: object) -> tuple[int, str, str]:
        code = main([command, *map(str, words), "--model", str(tiny_model), "--image-size", "64"])
        output = capsys.readouterr()
        return code, output.out, output.err

    return call


@pytest.fixture
def data(tmp_path: Path) -> Path:
    root = tmp_path / "set"
    for category in ("a", "b"):
        for number in range(2):
            save(root / category / f"train/good/{number}.png", part())
            save(root / category / f"test/good/{number}.png", part())
            save(root / category / f"test/crack/{number}.png", part(defect=True))
            save(root / category / f"ground_truth/crack/{number}_mask.png", marked())
    return root


@pytest.mark.slow
def test_one_bad_mask_and_one_bad_part_cost_only_themselves(run: Run, data: Path, tmp_path: Path) -> None:
    save(data / "b/ground_truth/crack/0_mask.png", marked(32))
    (data / "a/test/crack/1.png").write_bytes(b"\x89PNG\r\n\x1a\nrubbish")
    (data / "a/ground_truth/crack/0_mask.png").write_bytes(b"no mask")
    code, out, err = run("evaluate", "--data", data, "--out", tmp_path / "report", "--json")
    assert code == 3
    report = json.loads((tmp_path / "report/evaluation.json").read_text())
    assert len(report["errors"]) == 3
    assert json.loads(out)["lines"] == report["lines"]
    line = next(one for one in report["lines"] if one["category"] == "b" and one["kind"] == "all")
    assert (line["good"], line["defective"]) == (2, 2)
    assert line["pixel_ap"] is not None
    assert "32 x 32 pixels, its image 64 x 64" in err
    words = ("--epochs", 1, "--heads", 2, "--batch-size", 2, "--validation", 0)
    code, _, err = run("train", "--data", data, *words, "--out", tmp_path / "l.safetensors", "--cache-size", 0)
    assert code == 3
    assert (tmp_path / "l.safetensors").is_file()
    assert err.count("tokenclip: ") == 3
    assert "4 good and 4 defective parts, 4 masks" in err


def test_masks_that_look_wrong_are_counted_in_the_report(run: Run, data: Path) -> None:
    save(data / "a/ground_truth/crack/0_mask.png", np.zeros((64, 64), np.uint8))
    save(data / "a/ground_truth/crack/1_mask.png", np.full((64, 64), 255, np.uint8))
    code, out, err = run("evaluate", "--data", data / "a", "--json")
    assert code == 0
    notes = "\n".join(json.loads(out)["notes"])
    for words in ("1 mask marks nothing", "1 mask marks the whole part"):
        assert words in notes
        assert words in err


def test_masks_are_no_parts_for_inspect_and_calibrate(run: Run, data: Path, tmp_path: Path) -> None:
    (data / "a/test/good/x.heic").touch()
    code, out, err = run("inspect", data / "a", "--json")
    assert code == 0
    assert len(out.splitlines()) == 6
    assert "2 masks left out" in err
    assert "1 .heic" in err
    code, out, err = run("calibrate", data / "a", "--out", tmp_path / "c.json")
    assert code == 0
    assert "good parts: 4" in out
    assert "2 in test/crack" in err.replace("\\", "/")


def test_only_formats_that_are_not_read_are_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "only").mkdir()
    (tmp_path / "only/a.heic").touch()
    code, _, err = run("inspect", tmp_path / "only")
    assert code == 1
    assert "1 .heic" in err


def test_rare_formats_are_inspected_and_counted(run: Run, tmp_path: Path) -> None:
    for name in ("a.png", "b.pgm", "c.jp2"):
        (tmp_path / "in").mkdir(exist_ok=True)
        Image.fromarray(part()[:, :, 0]).save(tmp_path / "in" / name)
    code, out, err = run("inspect", tmp_path / "in", "--json")
    assert (code, len(out.splitlines())) == (0, 3)
    assert "found 1 .jp2, 1 .pgm, 1 .png" in err


def test_every_page_and_the_frames_of_animations(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    tifffile.imwrite(
        tmp_path / "in/scan.tif", np.stack([part()[:, :, 0], part(defect=True)[:, :, 0]]), photometric="minisblack"
    )
    frames = [Image.fromarray(part()), Image.fromarray(part(defect=True))]
    frames[0].save(tmp_path / "in/moving.gif", save_all=True, append_images=frames[1:])
    code, out, err = run("inspect", tmp_path / "in", "--json", "--out", tmp_path / "out", "--save", "maps")
    assert code == 0
    paths = [Path(json.loads(line)["path"]).name for line in out.splitlines()]
    assert paths == ["moving.gif", "scan.tif#page=1", "scan.tif#page=2"]
    assert "moving.gif has 2 frames, of which the first is inspected" in err
    assert len(list((tmp_path / "out/maps").iterdir())) == 3


@pytest.mark.slow
def test_bits_are_one_for_a_folder_and_part_of_what_decides(run: Run, tmp_path: Path) -> None:
    scores: dict[str, list[float]] = {}
    for name, bits in (("eight", 8), ("twelve", 12)):
        for number in range(2):
            values = part(defect=bool(number))[:, :, 0]
            save(tmp_path / name / f"{number}.png", values if bits == 8 else values.astype(np.uint16) << 4)
        for words in ((), ("--bits", "12")):
            code, out, err = run("inspect", tmp_path / name, "--json", *words)
            assert code == 0
            scores[f"{name} {words}"] = [json.loads(line)["score"] for line in out.splitlines()]
            assert ("read as 12 bits" in err) == (name == "twelve" and not words)
    assert len({tuple(found) for found in scores.values()}) == 1
    code, _, err = run("inspect", tmp_path / "twelve", "--json", "--bits", "16")
    assert "use only 12 of 16 bits" in err
    code, out, _ = run("inspect", tmp_path / "twelve", "--json", "--bits", "10")
    assert code == 3
    assert "need more than 10 bits" in out
    calibration = tmp_path / "c.json"
    assert run("calibrate", tmp_path / "twelve", "--out", calibration)[0] == 0
    assert json.loads(calibration.read_text())["settings"]["bits"] == 12
    code, _, err = run("inspect", tmp_path / "twelve", "--calibration", calibration, "--bits", "14")
    assert code == 1
    assert "another bits" in err
    assert run("inspect", tmp_path / "twelve", "--calibration", calibration)[0] == 0
    assert run("inspect", tmp_path / "twelve", "--bits", "17")[0] == 2


def test_a_video_that_is_cut_off_ends_with_exit_code_3(run: Run, tmp_path: Path) -> None:
    data = (VIDEOS / "whole.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) // 2])
    code, _, err = run("inspect", tmp_path / "cut.mp4", "--out", tmp_path / "out")
    rows = [json.loads(line) for line in (tmp_path / "out/results.jsonl").read_text().splitlines()]
    assert code == 3
    assert "cut off after frame" in rows[-1]["error"]
    assert [row["error"] for row in rows[:-1]] == [None] * (len(rows) - 1)
    assert json.loads((tmp_path / "out/run.json").read_text())["finished"] is False
    assert "1 could not be inspected" in err


@pytest.mark.parametrize("name", ["a\x1b[2Jb.png", "a\nb.png", "a\u202egnp.b.png"])
def test_names_move_no_cursor(run: Run, tmp_path: Path, name: str) -> None:
    save(tmp_path / "in" / "1.png", part())
    try:
        (tmp_path / "in" / "1.png").rename(tmp_path / "in" / name)
    except OSError:
        pytest.skip("this file system takes no such name")
    _, out, err = run("inspect", tmp_path / "in")
    (tmp_path / "in" / name).write_bytes(b"rubbish")
    _, more, errors = run("inspect", tmp_path / "in")
    for text in (out, err, more, errors):
        assert not set("\x1b\u202e") & set(text)
    assert len(out.splitlines()) == 1
    assert "a\\" in out
    assert "a\\" in errors
