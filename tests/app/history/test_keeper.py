"""What the window keeps of inspected parts, without a window."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from app.history.work import Keeper, KeptPart, KnownScore, RunWords
from tokenclip_core.output.store.database import Store
from tokenclip_core.output.store.history import History

SETTINGS = {"model": "compact", "muted": [1]}
RUN = RunWords("parts", "compact", 0.5, SETTINGS, ("crack", "stain"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOKENCLIP_DATA_DIR", str(tmp_path / "data"))
    folder = tmp_path / "parts"
    folder.mkdir()
    for name in ("1.png", "2.png", "3.png"):
        (folder / name).write_bytes(name.encode())
    return folder


def part(folder: Path, name: str, score: float) -> KeptPart:
    return KeptPart(str(folder / name), score, "defect" if score >= 0.5 else "good", (score, 0.25))


def paths(folder: Path) -> list[str]:
    return [str(file) for file in folder.iterdir()]


def test_scores_come_back_for_files_that_are_as_they_were(folder: Path) -> None:
    with closing(Keeper("default")) as keeper:
        assert keeper.keep(RUN, [part(folder, "1.png", 0.75), part(folder, "2.png", 0.125)]) == ""
        assert keeper.keep(RUN, [part(folder, "1.png", 0.75), part(folder, "3.png", 0.5)]) == ""
    (folder / "2.png").write_bytes(b"another part under the same name")
    with closing(Keeper("default")) as keeper:
        known = keeper.known(paths(folder), SETTINGS)
        assert keeper.known(paths(folder), SETTINGS | {"muted": []}) == {}
        assert keeper.known([str(folder.parent / "elsewhere" / "1.png")], SETTINGS) == {}
    expected = {"1.png": KnownScore(0.75, (0.75, 0.25)), "3.png": KnownScore(0.5, (0.5, 0.25))}
    assert known == {str(folder / name): score for name, score in expected.items()}
    with closing(Store.open()) as store:
        (run,) = History(store).runs()
    assert (run.good, run.defect, run.kind, run.finished) == (1, 2, "window", True)


def test_decisions_are_kept_with_who_and_when(folder: Path) -> None:
    with closing(Keeper("default")) as keeper:
        assert keeper.decide("a", str(folder / "1.png"), "Ada", "rejected", "a crack") == ""
        assert keeper.decide("b", str(folder / "1.png"), "Bo", "accepted", "") == ""
    with closing(Store.open()) as store:
        said = History(store).decisions(str(folder / "1.png"))
    words = [(one.who, one.decision, one.note) for one in said]
    assert words == [("Ada", "rejected", "a crack"), ("Bo", "accepted", "")]
    assert said[0].moment <= said[1].moment


def test_a_store_that_cannot_be_opened_is_said_and_costs_nothing(folder: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    with closing(Keeper(str(blocked / "history.sqlite"))) as keeper:
        keeper.keep(RUN, [part(folder, "1.png", 0.75)])
        assert keeper.known(paths(folder), SETTINGS) == {}
        assert "blocked" in keeper.problem
        blocked.unlink()
    with closing(Keeper(str(blocked / "history.sqlite"))) as keeper:
        assert len(keeper.known(paths(folder), SETTINGS)) == 1
