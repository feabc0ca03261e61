"""Settings are written when they change, and two windows do not take back what the other one changed."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, Start
from window_steps import shown

from app.settings.merging import merged
from app.settings.store import SettingsStore


def test_a_change_is_on_disk_before_the_window_closes(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    assembly.judging.set_threshold(0.31)
    assembly.settings.apply("cache_mebibytes", 128)

    def written() -> bool:
        values = SettingsStore().values
        return (values.threshold, values.cache_mebibytes) == (0.31, 128)

    qtbot.waitUntil(written, timeout=WAIT)


def test_windows_keep_what_each_other_changed(tmp_path: Path) -> None:
    SettingsStore(tmp_path).save()
    one, other = SettingsStore(tmp_path), SettingsStore(tmp_path)
    one.values.threshold = 0.2
    one.values.judgements = {"a": {"top_k": 1}}
    one.values.remember("/one")
    other.values.theme = "dark"
    other.values.judgements = {"b": {"top_k": 2}}
    other.values.remember("/other")
    one.save()
    other.save()
    one.values.opacity = 0.25
    one.save()
    values = SettingsStore(tmp_path).values
    assert (values.threshold, values.theme, values.opacity) == (0.2, "dark", 0.25)
    assert values.judgements == {"a": {"top_k": 1}, "b": {"top_k": 2}}
    assert sorted(values.recent) == ["/one", "/other"]


def test_an_older_snapshot_does_not_come_last(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path)
    store.values.threshold = 0.2
    older = store.snapshot()
    store.values.threshold = 0.3
    store.save()
    store.write(older)
    assert SettingsStore(tmp_path).values.threshold == 0.3


def test_windows_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    SettingsStore(tmp_path).save()
    stores = [SettingsStore(tmp_path) for _ in range(8)]

    def write(number: int) -> None:
        stores[number].values.subspace_names = {f"name {number}": str(number)}
        stores[number].save()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(len(stores))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(SettingsStore(tmp_path).values.subspace_names) == len(stores)


def test_what_a_newer_version_wrote_is_kept(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path)
    store.save()
    values = json.loads(store.file.read_text("utf-8"))
    store.file.write_text(json.dumps(values | {"of_tomorrow": [1]}), "utf-8")
    store.values.theme = "dark"
    store.save()
    written = json.loads(store.file.read_text("utf-8"))
    assert (written["of_tomorrow"], written["theme"]) == ([1], "dark")


def test_a_folder_that_takes_nothing_is_said_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    store = SettingsStore(tmp_path / "file" / "deeper")
    store.values.theme = "dark"
    store.save()
    assert "could not be saved" in caplog.text


VALUES = st.dictionaries(
    st.sampled_from("abc"), st.one_of(st.integers(0, 3), st.dictionaries(st.sampled_from("xyz"), st.integers(0, 3)))
)


@given(VALUES, VALUES)
def test_alone_it_is_written_as_it_is(before: dict[str, object], mine: dict[str, object]) -> None:
    everything = dict.fromkeys("abc", 0)
    assert merged(everything | before, everything | mine, everything | before) == everything | mine
