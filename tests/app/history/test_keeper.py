"""What the window keeps of inspected parts, without a window."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from feature_desk import Desk
from window_fakes import ENDS_SECONDS

from app.batch.rescoring import RescoringController
from app.editing.adjustments import Compared, Mix
from app.gallery.model import PartSummary, PatchPlace
from app.history.controller import HistoryController
from app.history.work import Keeper, KeptPart, KnownScore, RunWords
from app.parts.state import ModelFacts, Part, Verdict
from app.settings.store import SettingsStore
from app.shell.owners import Owners
from tokenclip_core.output.store.database import Store
from tokenclip_core.output.store.history import History
from tokenclip_core.output.store.summaries import RunSummary

SETTINGS = {"model": "compact", "muted": [1]}
RUN = RunWords("parts", "compact", 0.5, SETTINGS, ("crack", "stain"))

PLACE = PatchPlace("", (0, 0), (1, 1))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOKENCLIP_DATA_DIR", str(tmp_path / "data"))
    folder = tmp_path / "parts"
    folder.mkdir()
    for name in ("1.png", "2.png", "3.png"):
        (folder / name).write_bytes(name.encode())
    return folder


def part(folder: Path, name: str, score: float) -> KeptPart:
    verdict = "defect" if score >= 0.5 else "good"
    return KeptPart(str(folder / name), score, verdict, (score, 0.25), channels=(("self", score),))


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
    expected = {
        name: KnownScore(score, (score, 0.25), (("self", score),)) for name, score in (("1.png", 0.75), ("3.png", 0.5))
    }
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


def test_levels_of_channels_that_are_not_known_are_not_taken_for_low_ones(desk: Desk) -> None:
    owners, limits = desk.owners, (("self", 0.5),)
    rescoring = RescoringController(owners, desk.views)
    desk.open(Part("/1.png"), Part("/2.png"), Part("/3.png"))
    parts = owners.session.parts
    owners.store.take_known(owners.store.mix, {"/1.png": (0.25, (), None), "/2.png": (0.25, (), (("self", 0.75),))})
    judged = [part.verdict(owners.session.judgement) for part in parts]
    assert judged == [Verdict.GOOD, Verdict.GOOD, Verdict.UNKNOWN]
    owners.judging.set_measured(0.5, limits)
    rescoring.follow_judgement()
    judged = [part.verdict(owners.session.judgement) for part in parts]
    assert judged == [Verdict.UNKNOWN, Verdict.DEFECT, Verdict.UNKNOWN]
    assert [part.outdated for part in parts] == [True, False, False]
    assert desk.views.message.text.startswith("Of 1 parts, inspected earlier, only the score is known")
    owners.judging.reset()
    assert parts[0].verdict(owners.session.judgement) is Verdict.GOOD


@contextmanager
def kept_run(owners: Owners, controller: HistoryController) -> Iterator[tuple[History, RunSummary]]:
    """End all work, and give the history in the store with its only run."""
    owners.work.stop()
    assert owners.work.join(ENDS_SECONDS)
    controller.finish()
    with closing(Store.open()) as store:
        found = History(store)
        (run,) = found.runs()
        yield found, run


def test_the_history_says_what_channel_decided(desk: Desk, folder: Path) -> None:
    owners = desk.owners
    controller = HistoryController(owners, SettingsStore(), desk.reviews)
    owners.models.facts = ModelFacts("first", "cpu", "fp32", key="first")
    owners.judging.set_measured(0.5, (("self", 0.5),))
    place = str(folder / "1.png")
    controller.take_summaries(Mix(), [PartSummary(0, place, 0.25, (), (), PLACE, (), channels=(("self", 0.75),))])
    with kept_run(owners, controller) as (found, run):
        (kept,) = found.results(run.uid)
        assert (kept.verdict, kept.reason, kept.channel_levels) == ("defect", "channel:self", (("self", 0.75),))
        assert found.judge_again(run.uid, 0.9).defect.tolist() == [True]


@pytest.mark.parametrize("changed", ["nothing", "folder", "model"])
def test_what_is_held_back_is_kept_with_its_own_folder_and_model(desk: Desk, folder: Path, changed: str) -> None:
    owners = desk.owners
    controller = HistoryController(owners, SettingsStore(), desk.reviews)
    owners.models.facts = ModelFacts("first", "cpu", "fp32", key="first")
    owners.store.place, owners.session.provisional = "place A", True
    controller.take_summaries(Mix(), [PartSummary(0, str(folder / "1.png"), 0.75, (0.75,), (), PLACE, ())])
    if changed == "folder":
        owners.store.place = "place B"
    elif changed == "model":
        owners.models.facts = ModelFacts("second", "cpu", "fp32", key="second")
    owners.session.provisional = False
    owners.judging.set_threshold(0.25)
    controller.take_summaries(Mix(), [PartSummary(0, str(folder / "2.png"), 0.5, (0.5,), (), PLACE, ())])
    with kept_run(owners, controller) as (found, run):
        kept = [Path(result.path).name for result in found.results(run.uid)]
    assert kept == (["1.png", "2.png"] if changed == "nothing" else ["2.png"])
    assert run.threshold == 0.25


def test_what_was_compared_with_other_parts_than_now_is_not_kept(desk: Desk, folder: Path) -> None:
    owners = desk.owners
    controller = HistoryController(owners, SettingsStore(), desk.reviews)
    owners.models.facts = ModelFacts("first", "cpu", "fp32", key="first")
    before = owners.store.mix
    owners.store.compare_with(Compared(1, "a pool"))
    for name, mix in (("1.png", before), ("2.png", owners.store.mix)):
        controller.take_summaries(mix, [PartSummary(0, str(folder / name), 0.75, (0.75,), (), PLACE, ())])
    with kept_run(owners, controller) as (found, run):
        assert [Path(result.path).name for result in found.results(run.uid)] == ["2.png"]
        assert run.settings["pool"] == "a pool"
