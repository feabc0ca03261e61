"""The token cache: what is whole is kept, what is not is made again, and the bound holds."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as functional
from safetensors.torch import save_file

from tokenclip_core.errors import SettingsError
from tokenclip_core.training.token_cache import PartTokens, TokenCache, token_key

SHAPE = (2, 6, 8)


def tokens(seed: int = 0) -> PartTokens:
    generator = torch.Generator().manual_seed(seed)
    features = functional.normalize(torch.randn(*SHAPE, generator=generator), dim=-1)
    return PartTokens(features, functional.normalize(torch.randn(SHAPE[2], generator=generator), dim=-1))


def key(number: int) -> str:
    return token_key("recipe", str(number))


def entry(folder: Path) -> Path:
    (file,) = folder.glob("*.safetensors")
    return file


def test_what_is_put_comes_back_in_half_precision(tmp_path: Path) -> None:
    assert TokenCache(tmp_path).put(key(0), tokens())
    found = TokenCache(tmp_path).get(key(0), SHAPE)
    assert found is not None
    assert found.features.dtype == torch.float16
    assert torch.equal(found.features, tokens().features.half())
    assert torch.equal(found.global_feature, tokens().global_feature.half())
    assert not list(tmp_path.glob("*.partial"))


def test_keys_tell_recipe_and_content_apart() -> None:
    assert len({token_key("a", "b"), token_key("b", "a"), token_key("a", "c"), token_key("a", "b")}) == 3


@pytest.mark.parametrize("damage", ["cut", "zeros", "other key", "not finite", "empty", "text", "other shape"])
def test_damaged_entries_count_as_missing_and_are_removed(tmp_path: Path, damage: str) -> None:
    cache = TokenCache(tmp_path)
    cache.put(key(0), tokens())
    file = entry(tmp_path)
    whole = file.read_bytes()
    if damage == "cut":
        file.write_bytes(whole[:-1])
    elif damage == "zeros":
        file.write_bytes(whole[:-64] + bytes(64))
    elif damage == "empty":
        file.write_bytes(b"")
    elif damage == "text":
        file.write_text("no tensors here")
    else:
        half = tokens().half()
        features = half.features.clone()
        if damage == "not finite":
            features[0, 0, 0] = torch.nan
        if damage == "other shape":
            features = features[:1].clone()
        name = key(1) if damage == "other key" else key(0)
        tensors = {"features": features, "global_feature": half.global_feature}
        save_file(tensors, file, metadata={"format": "tokenclip-tokens", "key": name})
    assert cache.get(key(0), SHAPE) is None
    assert not file.exists()
    assert cache.put(key(0), tokens())
    assert cache.get(key(0), SHAPE) is not None


def test_entries_out_of_use_make_room_oldest_first(tmp_path: Path) -> None:
    probe = TokenCache(tmp_path / "probe")
    probe.put(key(0), tokens())
    size = probe.nbytes
    cache = TokenCache(tmp_path / "cache", 3 * size + 1200)
    for number in range(3):
        assert cache.put(key(number), tokens(number))
    cache.touch(key(0))
    assert cache.put(key(3), tokens(3), in_use={key(2)})
    assert cache.get(key(1), SHAPE) is None
    assert all(cache.get(key(number), SHAPE) is not None for number in (0, 2, 3))
    assert sum(file.stat().st_size for file in (tmp_path / "cache").iterdir()) <= cache.max_bytes
    assert not cache.put(key(4), tokens(4), in_use={key(0), key(2), key(3)})
    assert all(cache.get(key(number), SHAPE) is not None for number in (0, 2, 3))


def test_what_a_kill_left_half_written_is_cleared_away_later(tmp_path: Path) -> None:
    left = tmp_path / ".abc.partial"
    left.write_bytes(b"half")
    now = left.stat().st_mtime
    TokenCache(tmp_path, clock=lambda: now + 60)
    assert left.exists()
    cache = TokenCache(tmp_path, clock=lambda: now + 7200)
    assert not left.exists()
    assert cache.nbytes == 0


def test_an_entry_removed_by_another_process_is_only_missing(tmp_path: Path) -> None:
    cache = TokenCache(tmp_path)
    cache.put(key(0), tokens())
    entry(tmp_path).unlink()
    assert cache.get(key(0), SHAPE) is None
    assert cache.nbytes == 0


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="another folder"):
        TokenCache(tmp_path / "file")
