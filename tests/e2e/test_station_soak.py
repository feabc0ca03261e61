"""A few seconds of the soak of a station: broker stopped, a camera cut, the station killed; each part one result."""

from __future__ import annotations

import signal
from pathlib import Path

import mosquitto_server
import pytest
from soak.station import Soak, new_recipe, run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="programs are ended otherwise here"),
    pytest.mark.skipif(bool(mosquitto_server.why_not()), reason=mosquitto_server.why_not()),
]


def test_each_part_has_one_result_whatever_happens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    soak = Soak(tmp_path, new_recipe(tmp_path), 0.5, away=(0.5, 1), belts=2)
    right = run(soak, 4, kills=1, cuts=1, stops=1)
    said = capsys.readouterr().out
    assert right, said
    assert soak.accepted
    assert "NOT EACH" not in said
