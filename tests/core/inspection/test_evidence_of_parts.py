"""Evidence and the verdict's rule with the bundled model: whole parts, folders, ignored areas."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tokenclip_core import Inspector, load_image
from tokenclip_core.data.procedural.kinds import generate_of_kind
from tokenclip_core.evidence.channels import EvidenceKind
from tokenclip_core.evidence.consensus import FEWEST_ALIKE
from tokenclip_core.inspection.encoded_part import EncodedPart
from tokenclip_core.inspection.encoding import RgbImage
from tokenclip_core.judgement.judgement import Judgement

KINDS: tuple[EvidenceKind, ...] = ("text", "self", "consensus", "reference", "fused")
FAMILY, KIND = "cast metal", 4321


@pytest.fixture(scope="module")
def bundled() -> Inspector:
    return Inspector.from_pretrained("compact")


def images_of(count: int, *, defective: Sequence[int] = (), family: str = FAMILY, kind: int = KIND) -> list[RgbImage]:
    return [
        generate_of_kind(kind, number, 192, family=family, defective=number in defective).image
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def parts(bundled: Inspector) -> list[EncodedPart]:
    return bundled.encode(images_of(14, defective=(12, 13)))


@pytest.fixture(scope="module")
def comparing(bundled: Inspector, parts: list[EncodedPart]) -> Inspector:
    inspector = bundled.with_references(parts[:3])
    return inspector.with_evidence(pools=inspector.pools_of(parts))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", [5, 12])
def test_an_ignored_area_without_anomaly_changes_no_score(
    kind: EvidenceKind, number: int, comparing: Inspector, parts: list[EncodedPart]
) -> None:
    inspector = comparing.with_evidence(kind)
    whole = inspector.score(parts[number])
    assert set(whole.channels) == ({"text", "self", "consensus", "reference"} if kind == "fused" else {kind})
    # The coldest quarter of the patches, wherever they lie.
    ignored = whole.token_map <= np.quantile(whole.token_map, 0.25)
    partly = inspector.score(parts[number], ignored=ignored)
    assert partly.ignored is not None
    assert partly.score == whole.score
    np.testing.assert_array_equal(partly.token_map[~ignored], whole.token_map[~ignored])
    assert not partly.token_map[ignored].any()


def test_an_ignored_defect_has_no_say(comparing: Inspector, parts: list[EncodedPart]) -> None:
    whole = comparing.score(parts[12])
    assert whole.curve is not None
    hot = whole.curve.reaching(whole.token_map, 0.2 * whole.score)
    assert hot.any()
    partly = comparing.score(parts[12], ignored=hot)
    assert partly.score < 0.5 * whole.score


def test_an_ignored_defect_does_not_heat_the_rest(bundled: Inspector, project_root: Path) -> None:
    # By the text alone, so that nothing but the whole part's own score could lift a patch that is left.
    inspector = bundled.with_evidence("text")
    sample = project_root / "resources" / "samples" / "01_striated_ceramic_chip.jpg"
    (part,) = inspector.encode([load_image(sample)])
    whole = inspector.score(part)
    (text,) = inspector.text_scores([part])
    assert whole.score >= 0.5 < text.score
    assert whole.curve is not None
    hot = whole.curve.reaching(whole.token_map, 0.5)
    rest = inspector.score(part, ignored=hot).token_map[~hot]
    assert (rest < whole.token_map[~hot]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_is_defective_if_and_only_if_it_has_a_region(
    kind: EvidenceKind, comparing: Inspector, parts: list[EncodedPart]
) -> None:
    inspector = comparing.with_evidence(kind)
    for part in parts:
        result = inspector.score(part)
        for threshold in (0.0, 0.1, 0.5, 0.9, result.score, float(np.nextafter(result.score, 2)), 1.0):
            judgement = Judgement(min(threshold, 1.0))
            regions, area = result.judged_regions(judgement)
            is_defect = judgement.verdict(result.part_scores) == "defect"
            assert is_defect == bool(regions) == bool(area.any())
            reason = judgement.reason(result.part_scores)
            assert (reason is not None) == is_defect
            assert reason is None or reason.kind in ("region", "whole")


def test_shares_and_contributions_add_up(comparing: Inspector, parts: list[EncodedPart]) -> None:
    for part in parts:
        result = comparing.score(part)
        assert sum(result.shares.values()) == pytest.approx(1)
        contributions = sum(subspace.contribution for subspace in result.subspaces)
        assert contributions == pytest.approx(result.score * result.shares["text"], abs=1e-6)


def test_muting_a_subspace_rescores_the_fused_map_at_once(comparing: Inspector, parts: list[EncodedPart]) -> None:
    settings = comparing.settings.replace(muted=frozenset({0, 1, 2, 3}))
    before, after = comparing.score(parts[12]), comparing.score(parts[12], settings)
    assert not np.array_equal(before.token_map, after.token_map)
    np.testing.assert_array_equal(before.channels["consensus"], after.channels["consensus"])


def test_mixed_samples_and_copies_leave_consensus_silent(bundled: Inspector, project_root: Path) -> None:
    samples = [load_image(file) for file in sorted((project_root / "resources" / "samples").glob("*.jpg"))]
    assert len(samples) > FEWEST_ALIKE + 1
    for result in bundled.inspect_batch(samples):
        assert set(result.channels) == {"text", "self"}
    copies = bundled.inspect_batch([samples[0]] * 60)
    assert {frozenset(result.channels) for result in copies} == {frozenset({"text", "self"})}
    assert copies[0].score == pytest.approx(bundled.inspect(samples[0]).score, abs=1e-5)


def test_a_batch_of_one_kind_is_compared_with_itself(bundled: Inspector) -> None:
    images = images_of(14, defective=(12, 13))
    together = bundled.inspect_batch(images)
    assert all("consensus" in result.channels for result in together)
    alone = bundled.inspect(images[0])
    assert "consensus" not in alone.channels
    assert "consensus" not in bundled.inspect_batch(images, consensus=False)[0].channels
    good = max(result.score for result in together[:12])
    assert max(result.score for result in together[12:]) > good


@pytest.mark.slow
def test_good_folders_stay_dark(bundled: Inspector) -> None:
    verdicts = []
    for family, kind in (("wood", 811), ("woven fabric", 812), ("plastic", 813)):
        for count in (5, 20):
            results = bundled.inspect_batch(images_of(count, family=family, kind=kind))
            verdicts += [Judgement().verdict(result.part_scores) for result in results]
    assert verdicts.count("defect") <= 0.03 * len(verdicts)


def test_good_parts_are_compared_with_the_others_alone(bundled: Inspector, parts: list[EncodedPart]) -> None:
    inspector = bundled.with_references(parts[:4], ["a", "b", "c", "d"]).with_evidence("reference")
    assert inspector.evidence.shelf is not None
    assert inspector.evidence.shelf.names == ("a", "b", "c", "d")
    distance = inspector.evidence.shelf.distances(parts[0].evidence_tokens, parts[0].sha256)
    assert distance is not None
    assert distance.min() > 0
    assert bundled.evidence.shelf is None, "the inspector that it was made from has none"
