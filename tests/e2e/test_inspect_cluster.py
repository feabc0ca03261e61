"""`inspect --ray`: workers of Ray on this machine give the rows of plain `inspect`, also when one of them is killed."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("ray", reason='pip install "tokenclip-inspector[cluster]"')

from tokenclip_core.cluster import archive
from tokenclip_core.commands import cli
from tokenclip_core.output.results_file import read_rows
from tokenclip_core.output.rows import ResultRow

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="workers are found by /proc"),
    # Of Ray's own files and sockets, which it leaves to the end of the process.
    pytest.mark.filterwarnings("ignore"),
]


def workers() -> Iterator[int]:
    """Processes of Ray that inspect, and were begun by this one: others on this machine are not ours to end."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if words.startswith(b"ray::") and b"ArchiveWorker" in words and os.getpid() in ancestors(int(folder.name)):
            yield int(folder.name)


def ancestors(number: int) -> Iterator[int]:
    """The process that began this one, the one that began that, and so on."""
    while number > 1:
        try:
            # A name may hold anything; state and parent stand behind its last bracket.
            number = int(Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            return
        yield number


def rows(out: Path) -> list[ResultRow]:
    return list(read_rows(out / "results.jsonl"))


def test_a_cluster_gives_the_rows_of_plain_inspect_also_after_a_kill(
    tiny_model: Path, make_parts: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "SHARD", 4)
    parts = make_parts(*(f"{number:02}.png" for number in range(40)))
    (parts / "13.png").write_bytes(b"no picture")
    how = ["--model", str(tiny_model), "--threshold", "0.5", "--batch-size", "4"]
    assert cli.main(["inspect", str(parts), *how, "--out", str(tmp_path / "plain")]) == 3
    # As object stores are read.
    line = ["inspect", f"file://{parts}", *how]
    ended = threading.Event()
    killed: list[int] = []

    def kill_one() -> None:
        while not ended.wait(0.02) and not killed:
            for number in workers():
                if any((tmp_path / "ray" / "parts").glob("*.parquet")):
                    os.kill(number, signal.SIGKILL)
                    killed.append(number)
                    return

    killer = threading.Thread(target=kill_one)
    killer.start()
    try:
        assert cli.main([*line, "--out", str(tmp_path / "ray"), "--ray", "--workers", "2"]) == 3
    finally:
        ended.set()
        killer.join()
    assert killed, "a worker was killed in the middle"
    plain, found = rows(tmp_path / "plain"), rows(tmp_path / "ray")
    assert [row.path for row in found] == [f"file://{row.path}" for row in plain]
    assert [row.error for row in found] == [row.error and f"file://{row.error}" for row in plain]
    assert [row.verdict for row in found] == [row.verdict for row in plain]
    for one, other in zip(found, plain, strict=True):
        assert one.score == pytest.approx(other.score, abs=1e-6)
        assert [region.area_px for region in one.regions] == [region.area_px for region in other.regions]
    before = {file.name: file.stat().st_mtime_ns for file in (tmp_path / "ray" / "parts").iterdir()}
    assert len(before) == 10
    # A run that is gone on with inspects only the shard that is missing.
    (tmp_path / "ray" / "parts" / min(before)).unlink()
    lines = (tmp_path / "ray" / "results.jsonl").read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "ray" / "results.jsonl").write_text("".join(lines[:5]), "utf-8")
    assert cli.main([*line, "--out", str(tmp_path / "ray"), "--ray", "--workers", "1", "--resume"]) == 3
    after = {file.name: file.stat().st_mtime_ns for file in (tmp_path / "ray" / "parts").iterdir()}
    assert {name for name in after if after[name] != before[name]} == {min(before)}
    assert [row.score for row in rows(tmp_path / "ray")] == pytest.approx([row.score for row in found], abs=1e-6)


def test_wrong_usage_is_said(
    make_parts: Callable[..., Path], tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = make_parts("1.png")
    assert cli.main(["inspect", "demo", "--model", str(tiny_model), "--ray", "--out", str(tmp_path / "o")]) == 1
    assert "inspect it without --ray" in capsys.readouterr().err
    assert cli.main(["inspect", str(parts), "--ray"]) == 2
    assert cli.main(["inspect", str(parts), "--workers", "2"]) == 2
    assert cli.main(["inspect", str(parts), "--ray", "--out", str(tmp_path / "o"), "--save", "maps"]) == 2
