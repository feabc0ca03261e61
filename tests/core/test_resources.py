from __future__ import annotations

from pathlib import Path

import pytest

from tokenclip_core import resources
from tokenclip_core.errors import ModelError


def test_the_clone_has_its_resources_beside_the_packages(project_root: Path) -> None:
    assert resources.resource_path("descriptors", "default.toml") == project_root / "resources/descriptors/default.toml"


def test_a_wheel_has_them_inside_and_strangers_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, beside = tmp_path / "tokenclip_core" / "_resources", tmp_path / "resources"
    monkeypatch.setattr(resources, "_CANDIDATES", (inside, beside))
    beside.mkdir()
    with pytest.raises(ModelError, match="install"):
        resources.resources_folder()
    (inside / "descriptors").mkdir(parents=True)
    assert resources.resources_folder() == inside
