"""What all tests share: a small model with random weights, parts to inspect, and where real data may lie."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent

# A shared machine may be slow at any moment; how long an example takes says nothing about the program.
settings.register_profile("searching", deadline=None)
# Every run tries the same examples, so that it fails where the program has changed, and not by chance; other examples
# are searched for by `pytest --hypothesis-profile=searching`.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--shared-data",
        type=Path,
        default=os.environ.get("TOKENCLIP_SHARED_DATA"),
        help="folder with real data sets (also TOKENCLIP_SHARED_DATA); tests that need it are skipped without",
    )


@pytest.fixture(scope="session")
def shared_data(request: pytest.FixtureRequest) -> Path:
    folder = request.config.getoption("--shared-data")
    if folder is None:
        pytest.skip("real data sets are not at hand: give --shared-data FOLDER")
    return Path(folder)


@pytest.fixture(scope="session")
def project_root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def bundled_model(project_root: Path) -> str:
    if not (project_root / "resources" / "models" / "compact" / "model.safetensors").is_file():
        pytest.skip("the bundled model has no weights in this checkout")
    return "compact"


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder with a very small CLIP whose weights are random: quick, and as real as any to the program."""
    import torch
    from open_clip.model import CLIP
    from safetensors.torch import save_file

    architecture = {
        "embed_dim": 32,
        "vision_cfg": {"image_size": 64, "layers": 4, "width": 64, "head_width": 32, "patch_size": 16},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
    }
    folder = tmp_path_factory.mktemp("models") / "tiny"
    folder.mkdir()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        weights = CLIP(**architecture).state_dict()
    save_file({name: tensor.contiguous() for name, tensor in weights.items()}, folder / "model.safetensors")
    preprocessing = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}
    config = {"model_cfg": architecture, "preprocess_cfg": preprocessing}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    return folder


@pytest.fixture
def make_parts(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes small textured parts of unlike sizes into a folder and returns it."""

    def make(*names: str, folder: str = "parts") -> Path:
        root = tmp_path / folder
        for number, name in enumerate(names):
            rng = np.random.default_rng(number)
            height, width = 40 + 8 * (number % 3), 60 + 6 * (number % 2)
            image = rng.normal(120, 12, (height, width, 3))
            image[10:20, 20:30] += 60 * (number % 2)
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.clip(image, 0, 255).astype(np.uint8)).save(root / name)
        return root

    return make


@pytest.fixture
def own_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for the user's models, in place of the real one."""
    from tokenclip_core.model import catalog

    folder = tmp_path / "own models"
    monkeypatch.setattr(catalog, "models_folder", lambda: folder)
    return folder
