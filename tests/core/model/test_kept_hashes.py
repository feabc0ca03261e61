"""Lists of hashes beside models."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from tokenclip_core.commands.cli import main
from tokenclip_core.errors import ModelError
from tokenclip_core.model.folders import WEIGHTS_FILES, model_in
from tokenclip_core.model.kept_hashes import HASHES_FILE, differences, keep_hashes, read_hashes, renew_hashes

RENEW = """python -c 'from tokenclip_core.model.kept_hashes import *; keep_hashes(Path({!r}))'"""


@pytest.mark.parametrize("name", ["compact", "dinov2-small"])
def test_bundled_models_are_as_their_lists_say(project_root: Path, name: str) -> None:
    folder = project_root / "resources" / "models" / name
    found = list(differences(folder, read_hashes(folder)))
    assert found == [], "what was changed on purpose is listed by: " + RENEW.format(str(folder))


def test_a_list_is_what_other_programs_write(tiny_model: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_model, tmp_path / "tiny"))
    renew_hashes(folder)
    assert not (folder / HASHES_FILE).exists()
    keep_hashes(folder)
    lines = (folder / HASHES_FILE).read_text("utf-8").splitlines()
    for line in lines:
        sha256, name = line.split("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256
    (folder / HASHES_FILE).write_text("".join(f"{line.replace('  ', ' *')}\n" for line in lines))
    assert list(differences(folder, read_hashes(folder))) == []


def test_changes_are_found_and_named(tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(shutil.copytree(tiny_model, tmp_path / "tiny"))
    (folder / "settings.json").write_text("{}")
    assert main(["models", "verify", str(folder)]) == 0
    assert "no kept hashes" in capsys.readouterr().out
    keep_hashes(folder)
    assert main(["models", "verify", str(folder)]) == 0
    assert "files as kept in SHA256SUMS" in capsys.readouterr().out
    (folder / "mine.toml").write_text("a vocabulary of one's own")
    assert main(["models", "verify", str(folder)]) == 0
    (folder / "settings.json").write_text("[]")
    assert main(["models", "verify", str(folder)]) == 1
    assert "settings.json has changed" in capsys.readouterr().err
    (folder / "settings.json").unlink()
    assert list(differences(folder, read_hashes(folder))) == ["settings.json is missing"]
    (folder / "added.json").write_text("{}")
    assert list(differences(folder, read_hashes(folder))) == [
        "settings.json is missing",
        "added.json is not in the list",
    ]
    renew_hashes(folder)
    assert list(differences(folder, read_hashes(folder))) == []


@pytest.mark.parametrize("text", ["abc", "0" * 64 + "  ../x\n", "0" * 63 + "  x\n", "\udcff", "x" * (1 << 19)])
def test_lists_that_are_none_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / HASHES_FILE).write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(ModelError, match=HASHES_FILE):
        read_hashes(tmp_path)


def test_open_clips_own_weights_are_taken_before_other_layouts(tmp_path: Path) -> None:
    (tmp_path / "open_clip_config.json").write_text("{}")
    for number, name in enumerate(reversed(WEIGHTS_FILES), 1):
        (tmp_path / name).write_bytes(bytes(number * 2_000_000))
        model = model_in(tmp_path, "x", "x")
        assert model is not None
        assert model.megabytes == number * 2
    assert WEIGHTS_FILES[-1] == "model.safetensors"
