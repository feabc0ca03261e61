"""What subspaces have become: closed forms, made-up plans, and the picture of their patches."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as functional
from PIL import Image

from tokenclip_core.commands.studies.specialisation import main
from tokenclip_core.data.layouts import Sample
from tokenclip_core.data.procedural import write_dataset
from tokenclip_core.errors import DataLayoutError
from tokenclip_core.images.reading import load_image
from tokenclip_core.measuring.measured_set import MeasuredPart, ScoredPart
from tokenclip_core.measuring.specialisation import (
    SpecialisationReport,
    family_cosines,
    mean_pairwise_cosine,
)
from tokenclip_core.measuring.specialisation_sheet import Pick, crop, save_sheet
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.scoring.token_scores import TokenScores
from tokenclip_core.subspaces.textual import Subspace, TextualSubspaces, from_descriptors
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary
from tokenclip_core.training.training_data import PartFile

GRID = (6, 6)
TOKENS = GRID[0] * GRID[1]
SUBSPACES = TextualSubspaces(
    functional.one_hot(torch.arange(4), 32).view(2, 2, 32).float(),
    (Subspace("first", (0, 120, 180)), Subspace("second", (240, 225, 45))),
    "learned",
)


def scored(plan: torch.Tensor, mask: np.ndarray | None, features: torch.Tensor | None = None) -> ScoredPart:
    file = PartFile(Path("part.png"), "", (48, 48), (48, 48), GRID)
    part = MeasuredPart(file, Sample(file.image, None, int(mask is not None), "c", "k"), mask)
    empty = np.zeros(0, np.float32)
    scores = TokenScores(0.5, {}, empty, empty, empty, empty, plan.numpy(), lambda: empty)
    return ScoredPart(part, np.ones((1, TOKENS, 32), np.float32) if features is None else features.numpy(), scores)


@pytest.mark.parametrize(("turn", "expected"), [(0.0, 1.0), (math.pi / 2, 0.0), (math.pi, -1.0)])
def test_cosines_are_those_of_the_angle(turn: float, expected: float) -> None:
    normal = torch.tensor([0.0, 0.0, 1.0])
    anomalous = torch.tensor([[1.0, 0.0, 0.0], [math.cos(turn), math.sin(turn), 0.0]])
    embeddings = torch.stack([torch.stack([normal, one]) for one in anomalous]).numpy()
    # The mean over both states, of which the normal ones are equal.
    assert mean_pairwise_cosine(embeddings, "states") == pytest.approx((expected + 1) / 2, abs=1e-6)
    assert mean_pairwise_cosine(embeddings, "directions") == pytest.approx((expected + 1) / 2, abs=1e-6)
    assert mean_pairwise_cosine(embeddings[:1], "states") == 0.0


def test_a_plan_that_tells_defects_apart(tiny_backbone: Backbone, tiny_vocabulary: DescriptorVocabulary) -> None:
    mask = np.zeros((48, 48), bool)
    mask[:8, :16] = True
    apart = torch.zeros(TOKENS, 2)
    apart[:, 0] = 1 / TOKENS
    apart[:2] = torch.tensor([0.0, 1 / TOKENS])
    report = SpecialisationReport(SUBSPACES)
    report.add(scored(apart, mask))
    found = report.result(tiny_backbone, tiny_vocabulary)
    assert (found.differing, found.differing_by_chance) == (1.0, 0.0)
    assert found.entropy == 0.0
    assert [one.background for one in found.subspaces] == [1.0, 0.0]
    assert [one.defect for one in found.subspaces] == [0.0, 1.0]
    # Parts without a mask say nothing about defects.
    report.add(scored(torch.full((TOKENS, 2), 0.5 / TOKENS), None))
    found = report.result(tiny_backbone, tiny_vocabulary)
    assert found.entropy == pytest.approx(math.log(2) / 2, abs=1e-6)
    assert found.entropy_limit == pytest.approx(math.log(2))
    assert (found.differing, found.parts) == (1.0, 2)
    assert "100 % of the tokens (by chance 0 %)" in found.text()


def test_without_masks_nothing_is_said_of_defects(
    tiny_backbone: Backbone, tiny_vocabulary: DescriptorVocabulary
) -> None:
    with pytest.raises(DataLayoutError, match="no part"):
        SpecialisationReport(SUBSPACES).result(tiny_backbone, tiny_vocabulary)
    report = SpecialisationReport(SUBSPACES)
    report.add(scored(torch.full((TOKENS, 2), 0.5 / TOKENS), None))
    found = report.result(tiny_backbone, tiny_vocabulary)
    assert found.differing is None
    assert "– of the tokens" in found.text()


def test_picks_are_the_tokens_nearest_to_their_subspace() -> None:
    plan = torch.zeros(TOKENS, 2)
    plan[:18, 0], plan[18:, 1] = 1 / TOKENS, 1 / TOKENS
    features = torch.full((1, TOKENS, 32), 0.01)
    features[0, 7, 0] = 1.0
    features[0, 30, 3] = 1.0
    features[0, 31, 0] = 2.0
    report = SpecialisationReport(SUBSPACES, picks=2)
    for _ in range(3):
        report.add(scored(plan, None, features))
    first, second = report.picks()
    assert [len(first), len(second)] == [2, 2]
    assert {pick.position for pick in first} == {(1, 1)}
    assert {pick.position for pick in second} == {(5, 0)}


def test_the_nearest_family_of_a_family_is_itself(
    tiny_backbone: Backbone, tiny_vocabulary: DescriptorVocabulary
) -> None:
    families = from_descriptors(tiny_backbone, tiny_vocabulary)
    for family, cosines in zip(
        tiny_vocabulary.families, family_cosines(families.embeddings, tiny_backbone, tiny_vocabulary), strict=True
    ):
        assert max(cosines, key=lambda name: cosines[name]) == family.name
        assert cosines[family.name] == pytest.approx(1.0, abs=1e-5)


def test_a_crop_shows_the_patch_and_its_surroundings(tmp_path: Path) -> None:
    pixels = np.zeros((80, 80, 3), np.uint8)
    pixels[8:16, 72:80] = (10, 250, 10)
    Image.fromarray(pixels).save(tmp_path / "part.png")
    shown = crop(Pick(tmp_path / "part.png", (1, 9), (10, 10), 0.1, defective=True))
    middle = shown.shape[0] // 2
    assert tuple(shown[middle, middle]) == (10, 250, 10)
    # To the right of it is no part any more, to the left there is.
    assert tuple(shown[middle, -10]) == (128, 128, 128)
    assert tuple(shown[middle, 10]) == (0, 0, 0)
    assert tuple(shown[0, 0]) == (200, 0, 40)
    assert tuple(crop(Pick(tmp_path / "part.png", (5, 5), (10, 10), 0.1, defective=False))[0, 0]) != (200, 0, 40)
    save_sheet(tmp_path / "sheet.png", [[], []], SUBSPACES.subspaces)
    assert load_image(tmp_path / "sheet.png").shape[0] > 2 * shown.shape[0]


def test_from_the_command_line(tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    list(write_dataset(tmp_path / "data", count=6, size=96, seed=3, families=["wood"], defects=["dead area"]))
    words: list[object] = ["--data", tmp_path / "data", "--model", tiny_model, "--device", "cpu"]
    words += ["--cache", tmp_path / "tokens", "--out", tmp_path / "r", "--image-size", "96", "--picks", "3"]
    assert main(list(map(str, words))) == 0
    printed = capsys.readouterr().out
    report = json.loads((tmp_path / "r" / "specialisation.json").read_text("utf-8"))
    assert f"of at most {report['entropy_limit']:.2f} nats" in printed
    assert len(report["subspaces"]) == printed.count("\n|") - 2
    assert all(1 >= one["background"] >= 0 for one in report["subspaces"])
    assert report["differing"] is not None
    sheet = load_image(tmp_path / "r" / "specialisation.png")
    assert sheet.std() > 10
    assert main(["--data", str(tmp_path), "--model", str(tiny_model), "--out", str(tmp_path)]) == 1
    assert "layout" in capsys.readouterr().err
