"""The models in the window: listed, measured, downloaded, added and removed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from feature_desk import Desk
from made_models import make_model
from PySide6.QtCore import QTimerEvent
from pytestqt.qtbot import QtBot
from safetensors.numpy import save_file
from window_fakes import ENDS_SECONDS, WAIT, FakeInspector, Start
from window_steps import shown

from app.models import speed as speed_module
from app.models.inventory import State, inventory, removed, space
from app.models.managing import ManagingController
from app.models.page import ModelsPage
from app.models.speed import LOOKS, Speed, SpeedRun, keep_speed, read_speeds
from app.models.transfer import Got
from app.parts.state import ModelChoice
from app.shell.assembly import Assembly
from app.work.jobs import Cancellation
from tokenclip_core.errors import ModelError
from tokenclip_core.model import catalog
from tokenclip_core.model import folders as model_folders
from tokenclip_core.model.catalog import KnownBackbone
from tokenclip_core.model.downloads import installing
from tokenclip_core.model.downloads.progress import DownloadProgress, Listener
from tokenclip_core.model.folders import CHECKPOINT_FORMAT, ModelFolder, available_models


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's models are kept in a folder of the test."""
    folder = tmp_path / "own" / "models"
    folder.mkdir(parents=True)
    for module in (catalog, model_folders):
        monkeypatch.setattr(module, "models_folder", lambda: folder)
    monkeypatch.setattr("app.models.managing.models_folder", lambda: folder)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return folder


def learn(file: Path, backbone: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file({"a": np.zeros(2, np.float32)}, file, {"format": CHECKPOINT_FORMAT, "backbone_name": backbone})
    return file


def opened(assembly: Assembly, qtbot: QtBot) -> ModelsPage:
    shown(assembly, qtbot)
    assembly.actions.run("models")
    page = assembly.model_page.page
    assert page is not None
    qtbot.waitUntil(lambda: bool(page._rows), timeout=WAIT)
    return page


def rows(page: ModelsPage) -> dict[str, tuple[str, ...]]:
    model = page.table.model()
    table = [[str(model.index(row, column).data()) for column in range(6)] for row in range(model.rowCount())]
    return {row[0]: tuple(row[1:]) for row in table}


def test_what_is_here_and_what_could_be(own: Path) -> None:
    make_model(own / "ViT-B-16")
    (own / "ViT-L-14.partial").mkdir()
    (own / "ViT-L-14.partial" / "model.safetensors.part").write_bytes(bytes(1000))
    learned = learn(own.parent / "checkpoints" / "metal.safetensors", "compact")
    found = {row.name: row for row in inventory(available_models())}
    assert found["compact"].state is State.BUNDLED
    assert found["compact"].licence == "Apache-2.0"
    assert found["compact · parts"].state is State.BUNDLED
    assert found["compact · metal"].choice.checkpoint == str(learned)
    assert found["compact · metal"].can_be_removed
    assert found["ViT-B-16"].state is State.INSTALLED
    assert space(found.values()) == 2
    assert (found["ViT-L-14"].state, found["ViT-L-14"].held) == (State.PARTLY, 1000)
    assert found["ViT-B-16-SigLIP"].can_be_got
    # What is removed is gone, and says how much it was.
    assert removed(found["ViT-L-14"]) == 1000
    assert removed(found["compact · metal"]) > 0
    assert removed(found["ViT-B-16"]) > 2_000_000
    assert not (own / "ViT-B-16").exists()
    with pytest.raises(ModelError, match="could not be removed"):
        removed(found["compact · metal"])


def test_the_page_lists_models_and_uses_what_one_has_learned(
    start: Start, qtbot: QtBot, parts: Path, own: Path
) -> None:
    learn(own.parent / "checkpoints" / "metal.safetensors", "compact")
    assembly = start(parts)
    page = opened(assembly, qtbot)
    listed = rows(page)
    assert listed["compact  ✓"][:2] == ("Bundled", "Apache-2.0")
    assert listed["compact  ✓"][4] == "Quick on any processor; finds defects by words"
    assert listed["ViT-L-14"][:3] == ("Not here", "MIT", "1,710 MB")
    assert page.space == ""  # none of them is the user's own
    page.choose("ViT-L-14")
    assert not page.use.isEnabled()
    assert page.download.iconText() == "Download (1,710 MB)"
    page.choose("compact · metal")
    page.use.trigger()
    qtbot.waitUntil(lambda: "compact · metal  ✓" in rows(page), timeout=WAIT)
    assert assembly.models.in_use.label == "compact · metal"
    # The tool bar's list has it too.
    texts = [entry.text() for entry in assembly.views.model_menu.entries if entry.isChecked()]
    assert texts == ["compact · metal"]
    # What inspects is not removed.
    page.remove.trigger()
    assert "use another one first" in page.said


def test_a_speed_is_measured_and_remembered(start: Start, qtbot: QtBot, parts: Path, tmp_path: Path) -> None:
    assembly = start(parts)
    page = opened(assembly, qtbot)
    page.choose("compact")
    assembly.model_page._load = lambda *_given: FakeInspector()
    page.measure.trigger()
    qtbot.waitUntil(lambda: "for one part" in page.said, timeout=WAIT)
    qtbot.waitUntil(lambda: "cpu · fp32" in rows(page)["compact  ✓"][3], timeout=WAIT)
    file = tmp_path / "data" / "speeds.json"
    qtbot.waitUntil(lambda: "compact" in read_speeds(file), timeout=WAIT)
    assert read_speeds(file)["compact"].words in page.said


def measured(run: SpeedRun) -> Speed:
    while (speed := run.work(Cancellation())) is None:
        pass
    return speed


def test_a_speed_makes_way_between_its_looks() -> None:
    inspector, loads, waits = FakeInspector(), list[int](), [True]

    def load(_choice: object, _shared: object, between: Callable[[], object]) -> FakeInspector:
        loads.append(1)
        between()
        return inspector

    run = SpeedRun(ModelChoice("m", "m"), load, lambda: waits[0])
    looks = []
    for _ in range(3):
        assert run.work(Cancellation()) is None
        looks.append(inspector.encoded)
    assert (len(loads), looks) == (3, [0, 0, 0])
    waits[0] = False
    run = SpeedRun(ModelChoice("m", "m"), lambda *_given: inspector, lambda: True)
    for _ in range(3):
        assert run.work(Cancellation()) is None
        looks.append(inspector.encoded)
    assert looks[3:] == [1, 2, 3], "a slice is one look while somebody waits"
    measured(run)
    assert inspector.encoded == LOOKS + 1


def test_what_is_measured_is_read_and_written_by_other_threads(
    desk: Desk, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[str] = []

    def noted(what: Callable[..., object]) -> Callable[..., object]:
        def work(*given: object) -> object:
            threads.append(threading.current_thread().name)
            return what(*given)

        return work

    for name in ("read_small_json", "write_atomically"):
        monkeypatch.setattr(speed_module, name, noted(getattr(speed_module, name)))
    models = desk.owners.models
    controller = ManagingController(
        desk.owners.work, desk.views, desk.sections, models, lambda *_given: FakeInspector()
    )
    models.listed.connect(controller.show_list)
    assert threads == []
    desk.views.manage.enter()
    page = controller.page
    assert page is not None
    qtbot.waitUntil(lambda: bool(page._rows), timeout=WAIT)
    page.choose("compact")
    page.measure.trigger()
    qtbot.waitUntil((tmp_path / "data" / "speeds.json").exists, timeout=WAIT)
    qtbot.waitUntil(lambda: any("cpu · fp32" in row for row in page._texts._rows[0]), timeout=WAIT)
    assert set(threads) == {"display", "models"}


def test_the_speed_is_the_middle_of_several_looks() -> None:
    looks = [(0.0, 9.0), (0.0, 0.010), (1.0, 1.030), *((number, number + 0.02) for number in range(2, 7))]
    times = (moment for look in looks for moment in look)
    inspector = FakeInspector()
    speed = measured(SpeedRun(ModelChoice("m", "m"), lambda *_given: inspector, lambda: False, lambda: next(times)))
    assert speed.milliseconds == pytest.approx(20)
    assert inspector.encoded == LOOKS + 1


def test_damaged_speeds_are_measured_again(tmp_path: Path) -> None:
    file = tmp_path / "speeds.json"
    for text in ("", "[1]", "{", json.dumps({"compact": {"milliseconds": "fast"}}), json.dumps({"compact": 3})):
        file.write_text(text)
        assert read_speeds(file) == {}
    keep_speed(file, "compact", Speed(12.3, "cpu", "fp32", "torch"))
    keep_speed(file, "other", Speed(1.5, "cuda", "fp16", "torch"))
    assert read_speeds(file)["compact"] == Speed(12.3, "cpu", "fp32", "torch")
    assert read_speeds(file)["other"].device == "cuda"


class Server:
    """Gets models as told: three steps, and between them it waits."""

    def __init__(self, own: Path) -> None:
        self._own = own
        self.go_on, self.asked = threading.Event(), [("", "")]

    def fetch(self, known: KnownBackbone, mirror: str, listener: Listener, stopped: threading.Event) -> Got:
        self.asked.append((known.name, mirror))
        partial = self._own / f"{known.name}.partial"
        partial.mkdir(exist_ok=True)
        (partial / "model.safetensors.part").write_bytes(bytes(5000))
        listener(DownloadProgress(300_000_000, 600_000_000, 10e6))
        while not self.go_on.wait(0.01):
            if stopped.is_set():
                raise ModelError("the download was stopped; run it again to go on")
        partial.rename(self._own / known.name)
        make_files(self._own / known.name)
        return Got.MIRROR


def make_files(folder: Path) -> None:
    (folder / model_folders.CONFIG_FILE).write_text("{}")
    (folder / model_folders.OWN_WEIGHTS_FILE).write_bytes(bytes(2_000_000))


def test_a_download_is_paused_gone_on_with_and_given_up(start: Start, qtbot: QtBot, parts: Path, own: Path) -> None:
    make_model(own / "mine")
    server = Server(own)
    assembly = start(parts)
    assembly.model_page.fetch = server.fetch
    assembly.model_page.confirm = lambda _question: True
    page = opened(assembly, qtbot)
    page.mirror.setText("https://mirror.example")
    page.choose("ViT-B-16")
    page.download.trigger()
    said = "ViT-B-16: 300 of 600 MB · 10.0 MB/s · 30 s left"
    qtbot.waitUntil(lambda: page.progress == said, timeout=WAIT)
    # What is done meanwhile waits for no download, and what is said of it stays.
    page.choose("mine")
    page.remove.trigger()
    qtbot.waitUntil(lambda: page.said == "2.0 MB are free now", timeout=WAIT)
    assembly.model_page.timerEvent(QTimerEvent(0))
    assert (page.said, page.progress) == ("2.0 MB are free now", said)
    page.choose("ViT-B-16")
    assert server.asked[-1] == ("ViT-B-16", "https://mirror.example")
    assert not page.download.isEnabled()
    page.pause.trigger()
    qtbot.waitUntil(lambda: "paused; what came is kept" in page.said, timeout=WAIT)
    qtbot.waitUntil(lambda: rows(page)["ViT-B-16"][0].endswith("% here"), timeout=WAIT)
    assert page.download.iconText() == "Go on downloading (600 MB)"
    page.download.trigger()
    qtbot.waitUntil(lambda: page.progress == said, timeout=WAIT)
    assert not page.remove.isEnabled(), "what is on its way is given up, not removed"
    page.cancel.trigger()
    qtbot.waitUntil(lambda: rows(page)["ViT-B-16"][0] == "Not here", timeout=WAIT)
    qtbot.waitUntil(lambda: not (own / "ViT-B-16.partial").exists(), timeout=WAIT)
    server.go_on.set()
    page.choose("ViT-B-16")
    page.download.trigger()
    qtbot.waitUntil(lambda: "only the mirror says" in page.said, timeout=WAIT)
    qtbot.waitUntil(lambda: rows(page)["ViT-B-16"][0] == "Installed", timeout=WAIT)
    assert page.space == f"Your own models take 2 MB in {own}"


def test_a_download_that_fails_is_said_where_it_was_asked_for(start: Start, qtbot: QtBot, parts: Path) -> None:
    def fetch(*_given: object) -> Got:
        raise ModelError("the mirror can't be reached (no such host)")

    assembly = start(parts)
    assembly.model_page.fetch = fetch
    page = opened(assembly, qtbot)
    page.choose("ViT-B-16")
    page.download.trigger()
    qtbot.waitUntil(lambda: page.said == "ViT-B-16: the mirror can't be reached (no such host)", timeout=WAIT)
    assert page.download.isEnabled()


def test_closing_ends_a_download_and_keeps_what_came(start: Start, qtbot: QtBot, parts: Path, own: Path) -> None:
    server = Server(own)
    assembly = start(parts)
    assembly.model_page.fetch = server.fetch
    page = opened(assembly, qtbot)
    page.choose("ViT-B-16")
    page.download.trigger()
    qtbot.waitUntil(lambda: "300 of 600" in page.progress, timeout=WAIT)
    assembly.window.close()
    assert assembly.shut_down(ENDS_SECONDS)
    assert installing.partly_here("ViT-B-16") == 5000


def test_a_removed_model_says_the_space_and_a_dropped_folder_is_added(
    start: Start, qtbot: QtBot, parts: Path, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_model(own / "mine")
    assembly = start(parts)
    page = opened(assembly, qtbot)
    questions: list[str] = []
    assembly.model_page.confirm = lambda question: bool(questions.append(question))
    page.choose("mine")
    page.remove.trigger()
    assert questions == ["Remove mine from this computer? 2 MB become free."]
    assert (own / "mine").exists()
    assembly.model_page.confirm = lambda _question: True
    page.remove.trigger()
    qtbot.waitUntil(lambda: page.said == "2.0 MB are free now", timeout=WAIT)
    qtbot.waitUntil(lambda: "mine" not in rows(page), timeout=WAIT)
    # Dropped where models are looked after, a folder is added, not only used.
    added: list[Path] = []

    def import_model(folder: Path) -> tuple[str, Path]:
        added.append(folder)
        return folder.name, make_model(own / folder.name)

    monkeypatch.setattr(installing, "import_model", import_model)
    given = make_model(tmp_path / "given")
    assembly.take([given])
    qtbot.waitUntil(lambda: added == [given], timeout=WAIT)
    qtbot.waitUntil(lambda: rows(page).get("given", ("",))[0] == "Installed", timeout=WAIT)
    assert assembly.models.in_use.label == "compact"


def test_checkpoints_of_another_backbone_are_not_offered(own: Path) -> None:
    learn(own.parent / "checkpoints" / "metal.safetensors", "ViT-B-16")
    (own.parent / "checkpoints" / "broken.safetensors").write_bytes(b"no")
    found = {model.name: model for model in available_models()}
    assert found["compact"] == ModelFolder("compact", "compact", found["compact"].megabytes, ("parts",))
