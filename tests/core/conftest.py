"""A tiny CLIP with random weights: everything but its knowledge is like a real one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import open_clip
import pytest
import torch
from open_clip.model import CLIP
from open_clip.tokenizer import SimpleTokenizer
from PIL import Image
from tiny_model import TINY_CONFIG

from tokenclip_core.data.procedural import write_dataset
from tokenclip_core.data.procedural.kinds import generate_of_kind
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.scoring.settings import ScoringSettings
from tokenclip_core.subspaces.textual import from_descriptors
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary

TINY_VOCABULARY = """
templates = ["{}", "a photo of {}"]
normal_words = ["a flawless object", "an intact part"]
anomalous_words = ["a damaged object"]
[[family]]
name = "crack"
anomalous = ["a crack", "a fracture"]
[[family]]
name = "stain"
colour = "#112233"
anomalous = ["a stain"]
normal = ["a clean surface"]
[[family]]
name = "hole"
anomalous = ["a hole"]
[[family]]
name = "dent"
anomalous = ["a dent"]
"""


def make_tiny_clip(seed: int = 0) -> CLIP:
    """A 4-block CLIP: patches of 8 pixels, native side 32, D = 32."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = open_clip.CLIP(**TINY_CONFIG)
        # open_clip begins with attention so faint that all tokens are alike; real ones are not.
        with torch.no_grad():
            for parameter in model.visual.transformer.parameters():
                parameter.mul_(3.0)
    return model


@pytest.fixture(scope="session", autouse=True)
def few_threads() -> None:
    """On problems this small, threads only wait for each other."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def write_parts(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write made-up parts of one family with one kind of defect; gives their folder."""

    def write(family: str, defect: str, *, count: int, size: int | tuple[int, int], seed: int = 3) -> Path:
        root = tmp_path_factory.mktemp("made") / "parts"
        list(write_dataset(root, count=count, size=size, seed=seed, families=[family], defects=[defect]))
        return root

    return write


@pytest.fixture(scope="session")
def make_clip() -> Callable[[int], CLIP]:
    """Return a function that makes a tiny CLIP from a seed."""
    return make_tiny_clip


@pytest.fixture(scope="session")
def tiny_clip() -> CLIP:
    """A CLIP with random weights; frozen by whoever taps it."""
    return make_tiny_clip()


@pytest.fixture(scope="session")
def tiny_backbone(tiny_clip: CLIP) -> Backbone:
    """The tiny CLIP as a backbone."""
    return Backbone.from_open_clip(tiny_clip, SimpleTokenizer(), name="tiny")


@pytest.fixture(scope="session")
def tiny_vocabulary() -> DescriptorVocabulary:
    """Four families, two templates."""
    return DescriptorVocabulary.from_text(TINY_VOCABULARY)


@pytest.fixture(scope="session")
def tiny_inspector(tiny_backbone: Backbone, tiny_vocabulary: DescriptorVocabulary) -> Inspector:
    """An inspector on 64 x 64 inputs (8 x 8 patches) with four descriptor subspaces."""
    subspaces = from_descriptors(tiny_backbone, tiny_vocabulary)
    settings = ScoringSettings(epsilon=0.01, sigma=8.0)
    return Inspector(tiny_backbone, subspaces, settings, image_size=64, vocabulary=tiny_vocabulary)


@pytest.fixture(scope="session")
def alike_parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of made-up parts of one kind: `good00.png` to `good11.png`, and two defective ones."""
    folder = tmp_path_factory.mktemp("alike") / "parts"
    folder.mkdir()
    for number in range(14):
        part = generate_of_kind(4321, number, 192, family="cast metal", defective=number >= 12)
        Image.fromarray(part.image).save(folder / f"{'good' if number < 12 else 'bad'}{number:02}.png")
    return folder
