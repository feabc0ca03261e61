"""Downloads from a hub that breaks off, stalls, lies or asks for what is not its business."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hub_server import Hub, serving

from tokenclip_core.commands.cli import main
from tokenclip_core.commands.progress import transfer_line
from tokenclip_core.model import catalog
from tokenclip_core.model.catalog import KNOWN_BACKBONES, KnownBackbone
from tokenclip_core.model.downloads import installing
from tokenclip_core.model.downloads.installing import DownloadOptions, Proof, download_model, import_model, remove_model
from tokenclip_core.model.downloads.progress import DownloadProgress
from tokenclip_core.model.downloads.transfer import BLOCK_BYTES, DownloadCancelledError, DownloadError, Patience
from tokenclip_core.model.kept_hashes import HASHES_FILE, differences, read_hashes
from tokenclip_core.model.loading import load_model

KNOWN = KnownBackbone("tiny-clip", "x", "someone/tiny", "MIT", 1, "For tests.")
WEIGHTS = "model.safetensors"
QUICK = Patience(answer=60, silence=60, block=60, tries=2, pause=0)
HASTY = Patience(answer=0.3, silence=0.3, block=0.6, tries=2, pause=0)
SHORT = Patience(answer=60, silence=0.8, block=0.8, tries=1, pause=0)


@pytest.fixture
def hub(tiny_model: Path) -> Iterator[Hub]:
    files = {name: (tiny_model / name).read_bytes() for name in ("open_clip_config.json", WEIGHTS)}
    with serving(Hub(files)) as server:
        yield server


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub, "get_token", lambda: "hf_secret")
    return "hf_secret"


def options(hub: Hub, patience: Patience = QUICK, *, send_token: bool = False) -> DownloadOptions:
    return DownloadOptions(hub.address, send_token, patience)


def as_hub(monkeypatch: pytest.MonkeyPatch, hub: Hub) -> DownloadOptions:
    """Let the program take a server of the test for the hub itself."""
    from huggingface_hub import constants

    monkeypatch.setattr(installing, "HUB", hub.address)
    monkeypatch.setattr(constants, "ENDPOINT", hub.address)
    return DownloadOptions(patience=QUICK)


def test_a_model_arrives_whole_and_keeps_its_hashes(hub: Hub, own_models: Path) -> None:
    seen: list[DownloadProgress] = []
    installed = download_model(KNOWN, options(hub), seen.append)
    assert installed.folder == own_models / KNOWN.name
    assert installed.proof is Proof.MIRROR
    for name, content in hub.files.items():
        assert (installed.folder / name).read_bytes() == content
        assert read_hashes(installed.folder)[name] == hashlib.sha256(content).hexdigest()
    assert list(differences(installed.folder, read_hashes(installed.folder))) == []
    total = sum(map(len, hub.files.values()))
    assert [progress.done for progress in seen] == sorted(progress.done for progress in seen)
    assert (seen[-1].done, seen[-1].total) == (total, total)
    assert len(seen) > total // BLOCK_BYTES
    assert load_model(KNOWN.name if KNOWN in KNOWN_BACKBONES else installed.folder).name == KNOWN.name
    origin = json.loads((installed.folder / "origin.json").read_text("utf-8"))
    assert origin["source"] == KNOWN.source
    assert not (own_models / f"{KNOWN.name}.partial").exists()


def test_what_is_whole_is_not_got_again(hub: Hub, own_models: Path) -> None:
    download_model(KNOWN, options(hub))
    before = len(hub.bodies())
    assert download_model(KNOWN, options(hub)).already
    assert len(hub.bodies()) == before
    (own_models / KNOWN.name / WEIGHTS).write_bytes(b"damaged")
    added = own_models / KNOWN.name / "learned.toml"
    added.write_text("mine")
    assert not download_model(KNOWN, options(hub)).already
    assert (own_models / KNOWN.name / WEIGHTS).read_bytes() == hub.files[WEIGHTS]
    assert added.read_text() == "mine"


def test_broken_connections_are_gone_on_with(hub: Hub, own_models: Path) -> None:
    hub.cut_after = len(hub.files[WEIGHTS]) // 3
    seen: list[DownloadProgress] = []
    installed = download_model(KNOWN, options(hub), seen.append)
    assert (installed.folder / WEIGHTS).read_bytes() == hub.files[WEIGHTS]
    ranges = [asked for path, asked, _ in hub.bodies() if path.endswith(WEIGHTS)]
    assert ranges[0] == ""
    assert len(ranges) >= 3
    assert all(asked.startswith("bytes=") for asked in ranges[1:])
    assert seen[-1].done == seen[-1].total


def test_half_a_file_is_gone_on_with_by_the_next_run(hub: Hub, own_models: Path) -> None:
    stop = threading.Event()
    seen: list[DownloadProgress] = []

    def listener(progress: DownloadProgress) -> None:
        seen.append(progress)
        if progress.done > progress.total // 2:
            stop.set()

    with pytest.raises(DownloadCancelledError, match="run it again to go on"):
        download_model(KNOWN, options(hub), listener, stop)
    assert not (own_models / KNOWN.name).exists()
    left = installing.partly_here(KNOWN.name)
    assert left >= seen[-1].done
    hub.asked.clear()
    seen.clear()
    download_model(KNOWN, options(hub), seen.append)
    assert seen[1].done > seen[1].total // 2
    assert [asked != "" for path, asked, _ in hub.bodies() if path.endswith(WEIGHTS)] == [True]
    assert (own_models / KNOWN.name / WEIGHTS).read_bytes() == hub.files[WEIGHTS]


@pytest.mark.parametrize("lacking", ["ranges", "tags"])
def test_without_ranges_or_marks_it_begins_anew(hub: Hub, own_models: Path, lacking: str) -> None:
    setattr(hub, lacking, False)
    hub.cut_after, hub.cuts = len(hub.files[WEIGHTS]) // 2, 1
    seen: list[DownloadProgress] = []
    installed = download_model(KNOWN, options(hub), seen.append)
    assert (installed.folder / WEIGHTS).read_bytes() == hub.files[WEIGHTS]
    assert seen[-1].done == seen[-1].total
    ranges = [asked for path, asked, _ in hub.bodies() if path.endswith(WEIGHTS)]
    assert bool(ranges[1]) == (lacking == "ranges")


def test_a_file_that_changed_meanwhile_is_not_put_together_with_the_old_one(hub: Hub, own_models: Path) -> None:
    old = hub.files[WEIGHTS]
    hub.cut_after, hub.cuts = len(old) // 2, 3
    hub.hashes[WEIGHTS] = hashlib.sha256(old).hexdigest()

    def listener(progress: DownloadProgress) -> None:
        if progress.done > progress.total // 3:
            hub.files[WEIGHTS] = old[:-1] + bytes([old[-1] ^ 1])

    with pytest.raises(DownloadError, match="is not the file whose hash is stated"):
        download_model(KNOWN, options(hub), listener)
    assert not (own_models / KNOWN.name).exists()


@pytest.mark.parametrize("name", [WEIGHTS, "open_clip_config.json"])
def test_a_wrong_hash_is_not_installed(hub: Hub, own_models: Path, name: str) -> None:
    hub.hashes[name] = "ab" * (32 if name == WEIGHTS else 20)
    with pytest.raises(DownloadError, match=f"{name} from .* is not the file whose hash is stated"):
        download_model(KNOWN, options(hub))
    assert not (own_models / KNOWN.name).exists()


def test_a_truncated_file_ends_after_some_tries(hub: Hub, own_models: Path) -> None:
    hub.cut_after = 0
    with pytest.raises(DownloadError, match="run it again to go on"):
        download_model(KNOWN, options(hub))
    assert len(hub.bodies()) == QUICK.tries
    hub.cut_after = None
    hub.statuses = [200, 503, 429]
    with pytest.raises(DownloadError, match="error 429"):
        download_model(KNOWN, options(hub))
    hub.statuses = [200, 503]
    assert download_model(KNOWN, options(hub)).folder == own_models / KNOWN.name


@pytest.mark.parametrize("trouble", ["silent_after", "drip"])
def test_a_stall_ends(hub: Hub, own_models: Path, trouble: str) -> None:
    setattr(hub, trouble, BLOCK_BYTES + 10)
    with pytest.raises(DownloadError, match="has stalled"):
        download_model(KNOWN, options(hub, SHORT))
    part = next((own_models / f"{KNOWN.name}.partial").glob(f"{WEIGHTS}*.part"))
    assert part.stat().st_size == BLOCK_BYTES


def test_a_head_without_end_is_a_stall(hub: Hub, own_models: Path) -> None:
    hub.endless_head = True
    with pytest.raises(DownloadError, match="has stalled"):
        download_model(KNOWN, options(hub, HASTY))


def test_only_the_hub_gets_the_token(hub: Hub, own_models: Path, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Hub(hub.files)) as other:
        hub.elsewhere = other.address
        download_model(KNOWN, options(hub))
        assert {given for *_, given in (*hub.asked, *other.asked)} == {""}
        remove_model(KNOWN.name)
        hub.asked.clear()
        other.asked.clear()
        assert download_model(KNOWN, as_hub(monkeypatch, hub)).proof is Proof.HUB
        assert {given for *_, given in hub.asked} == {f"Bearer {token}"}
        assert len(other.asked) == len(hub.files)
        assert {given for *_, given in other.asked} == {""}


def test_a_mirror_gets_the_token_if_told(hub: Hub, own_models: Path, token: str) -> None:
    download_model(KNOWN, options(hub, send_token=True))
    assert {given for *_, given in hub.asked} == {f"Bearer {token}"}


def test_the_hub_named_by_the_environment_is_a_mirror(
    hub: Hub, own_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", hub.address)
    assert download_model(KNOWN, DownloadOptions(patience=QUICK)).proof is Proof.MIRROR
    assert {given for *_, given in hub.asked} == {""}
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(DownloadError, match="HF_HUB_OFFLINE"):
        download_model(KNOWN, DownloadOptions(patience=QUICK))


def test_a_password_of_a_mirror_goes_there_only_and_is_never_shown(hub: Hub, own_models: Path) -> None:
    with serving(Hub(hub.files)) as other:
        hub.elsewhere = other.address
        address = hub.address.replace("http://", "http://me:s3cret@")
        download_model(KNOWN, DownloadOptions(address, patience=QUICK))
        assert all(given.startswith("Basic ") for *_, given in hub.asked)
        assert {given for *_, given in other.asked} == {""}
    assert "s3cret" not in (own_models / KNOWN.name / "origin.json").read_text()
    for status in (401, 404, 500):
        hub.statuses = [status]
        with pytest.raises(DownloadError, match=str(status)) as caught:
            download_model(KNOWN, DownloadOptions(address, patience=QUICK))
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["htp://me:s3cret@host", "me:s3cret@host", "http://me:s3cret@", "file:///etc", "http://me:s3cret@h:x/"]
)
def test_mistyped_mirrors_are_refused_without_their_password(own_models: Path, address: str) -> None:
    with pytest.raises(DownloadError) as caught:
        download_model(KNOWN, DownloadOptions(address, patience=HASTY))
    assert "s3cret" not in str(caught.value)


def test_another_file_than_the_installed_one_is_refused(
    hub: Hub, own_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    download_model(KNOWN, as_hub(monkeypatch, hub))
    monkeypatch.setattr(installing, "HUB", "https://huggingface.co")
    (own_models / KNOWN.name / WEIGHTS).write_bytes(b"damaged")
    good = dict(hub.files)
    hub.files[WEIGHTS] = good[WEIGHTS][:-1] + bytes([good[WEIGHTS][-1] ^ 1])
    hub.asked.clear()
    with pytest.raises(DownloadError, match=f"another {WEIGHTS}.*than the one that was installed"):
        download_model(KNOWN, options(hub))
    assert hub.bodies() == []
    hub.files.update(good)
    hub.files["open_clip_config.json"] += b"\n"
    with pytest.raises(DownloadError, match=r"another open_clip_config\.json"):
        download_model(KNOWN, options(hub))
    hub.files.update(good)
    assert download_model(KNOWN, options(hub)).proof is Proof.KEPT


def test_a_pinned_hash_rules(hub: Hub, own_models: Path) -> None:
    names = {name: hashlib.sha256(content).hexdigest() for name, content in hub.files.items()}
    known = KnownBackbone("tiny-clip", "x", "someone/tiny", "MIT", 1, "", pinned=names, stated_in="https://a.example")
    hub.files[WEIGHTS] += b"x"
    with pytest.raises(DownloadError, match=r"than its makers state in https://a\.example"):
        download_model(known, options(hub))
    hub.files[WEIGHTS] = hub.files[WEIGHTS][:-1]
    assert download_model(known, options(hub)).proof is Proof.PINNED


def test_the_weights_that_open_clip_takes_are_got_alone(hub: Hub, own_models: Path) -> None:
    hub.files["open_clip_model.safetensors"] = hub.files[WEIGHTS]
    hub.files[WEIGHTS] = b"another program's layout"
    hub.files["tokenizer.json"] = b"{}"
    hub.files["modeling.py"] = b"raise SystemExit"
    hub.files["open_clip_pytorch_model.bin"] = b"a pickle"
    folder = download_model(KNOWN, options(hub)).folder
    assert sorted(path.name for path in folder.iterdir()) == [
        HASHES_FILE, "open_clip_config.json", "open_clip_model.safetensors", "origin.json", "tokenizer.json",
    ]  # fmt: skip
    load_model(folder)


def test_lists_that_make_no_sense_are_refused(hub: Hub, own_models: Path) -> None:
    hub.hashes["open_clip_config.json"] = "../../x"
    with pytest.raises(DownloadError, match=r"states no hash of open_clip_config\.json"):
        download_model(KNOWN, options(hub))
    hub.hashes.clear()
    del hub.files[WEIGHTS]
    with pytest.raises(DownloadError, match=r"no open_clip_config\.json with weights as safetensors"):
        download_model(KNOWN, options(hub))
    assert hub.bodies() == []


def test_two_downloads_of_one_model_do_not_mix(hub: Hub, own_models: Path) -> None:
    with (
        installing._own_partial(own_models / KNOWN.name),
        pytest.raises(DownloadError, match="is being downloaded already"),
    ):
        download_model(KNOWN, options(hub))


def test_an_altered_installed_model_is_not_loaded(tiny_model: Path, own_models: Path) -> None:
    name, folder = import_model(tiny_model, "mine")
    assert name == "mine"
    (folder / "model.json").unlink(missing_ok=True)
    load_model(folder)
    content = bytearray((folder / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (folder / WEIGHTS).write_bytes(content)
    with pytest.raises(installing.ModelError, match="damaged or altered"):
        load_model(folder)
    assert remove_model("mine") > len(content)


def test_the_command_shows_bytes_and_says_what_was_compared(
    hub: Hub, own_models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known = KnownBackbone("tiny-clip", "x", "someone/tiny", "MIT", 1, "For tests.")
    monkeypatch.setattr(catalog, "KNOWN_BACKBONES", (known,))
    words = ["models", "download", known.name, "--mirror", hub.address]
    hub.statuses = [404]
    assert main(words) == 1
    assert "error 404" in capsys.readouterr().err
    assert main(words) == 0
    assert "only the mirror says that it is the published one, which proves nothing" in capsys.readouterr().out
    assert main(words) == 0
    assert "installed already" in capsys.readouterr().out
    assert main(["models", "verify", known.name]) == 0
    assert main(["models", "remove", known.name]) == 0
    assert "MB are free" in capsys.readouterr().out
    monkeypatch.setattr(installing, "HUB", hub.address)
    assert main(words) == 0
    assert "the hash that the hub states, which is kept" in capsys.readouterr().out


def test_what_cannot_be_loaded_is_not_installed(hub: Hub, own_models: Path) -> None:
    hub.files["open_clip_config.json"] = b"{}"
    with pytest.raises(installing.ModelError, match="can't be built"):
        download_model(KNOWN, options(hub))
    assert not (own_models / KNOWN.name).exists()


def test_progress_in_words() -> None:
    assert transfer_line(DownloadProgress(412_000_000, 1_710_200_000, 11_200_000)) == (
        "412.0 of 1710.2 MB (24 %) · 11.2 MB/s · 1 min 56 s left"
    )
    assert transfer_line(DownloadProgress(0, 0, 0.0)) == "0.0 of 0.0 MB (0 %) · 0.0 MB/s · ? left"
