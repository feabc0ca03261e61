"""The ablation table: which rows share what, that a stopped run ends like a whole one, and what the table says."""

from __future__ import annotations

import csv
import json
import math
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from tokenclip_core.commands import cli
from tokenclip_core.commands.comparing import Comparison, Trial
from tokenclip_core.commands.evaluate import _Measurement
from tokenclip_core.commands.progress import Progress
from tokenclip_core.commands.studies.ablations import _base, _parser, main
from tokenclip_core.data.layouts import load_layout
from tokenclip_core.data.procedural import write_dataset
from tokenclip_core.errors import SettingsError
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.measuring.ablation_rows import INSPECTION_GROUPS, AblationRow, ablation_rows
from tokenclip_core.measuring.ablation_run import AblationEvent, AblationRun, Measurement, RowDone, Stopped
from tokenclip_core.measuring.ablation_table import AblationTable, Spread
from tokenclip_core.measuring.measured_set import MeasuredSet, thinned
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.model.loading import load_model
from tokenclip_core.scoring.settings import ScoringSettings
from tokenclip_core.subspaces.textual import from_descriptors
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary
from tokenclip_core.training.events import BatchDone
from tokenclip_core.training.token_cache import TokenCache
from tokenclip_core.training.token_source import TokenSource
from tokenclip_core.training.training_settings import TrainingSettings

BASE = TrainingSettings(
    subspaces=3, epochs=2, batch_size=2, validation_share=0.0, enlargement=2, scoring=ScoringSettings(epsilon=0.05)
)
SIZE = 32


@pytest.fixture(scope="module")
def parts(write_parts: Callable[..., Path]) -> Path:
    return write_parts("painted surface", "dead area", count=7, size=48)


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("ablation") / "others"
    list(write_dataset(root, count=9, size=(40, 56), seed=5, families=["wood"], defects=["hole", "stain"]))
    return root


@pytest.fixture
def make_run(
    tiny_backbone: Backbone, tiny_vocabulary: DescriptorVocabulary, parts: Path, others: Path, tmp_path: Path
) -> Callable[..., AblationRun]:
    def make(name: str = "table", rows: list[AblationRow] | None = None, seeds: int = 2) -> AblationRun:
        return AblationRun(
            tiny_backbone,
            tiny_vocabulary,
            rows or ablation_rows(BASE, (2, 4), groups=("baselines", "top-k", "taps")),
            load_layout(parts),
            [MeasuredSet("parts", load_layout(parts)), MeasuredSet("others", load_layout(others))],
            tmp_path / name,
            seeds=range(seeds),
            image_size=SIZE,
            cache=TokenCache(tmp_path / "tokens"),
        )

    return make


def named(rows: list[AblationRow], group: str) -> dict[str, AblationRow]:
    return {row.name: row for row in rows if row.group == group}


def test_rows_train_only_what_no_other_row_has_trained() -> None:
    rows = ablation_rows(BASE, (2, 4))
    default = named(rows, "baselines")["default"]
    for group in INSPECTION_GROUPS:
        found = named(rows, group)
        assert {row.training_key for row in found.values()} == {default.training_key}
        assert len({row.key for row in found.values()}) >= len(found) - 1
        assert default.key in {row.key for row in found.values()}
    for group in ("subspaces", "assignment", "orthogonality", "initialisation", "taps"):
        found = named(rows, group)
        assert len({row.training_key for row in found.values()}) == len(found)
        assert default.key in {row.key for row in found.values()}
        assert {row.trained for row in found.values()} == {"as the default", "with its own choice"}
    assert set(named(rows, "subspaces")) == {f"K = {number}" for number in (3, 4, 6, 8, 12)}
    assert set(named(rows, "top-k")) == {"top 1", "top 2", "all 3"}
    assert named(rows, "taps")["last"].layers == (4,)
    single = named(rows, "baselines")["single (K = 1)"]
    assert single.training is not None
    assert single.training.subspaces == 1


def test_inspection_rows_can_be_trained_with_their_choice() -> None:
    found = named(ablation_rows(BASE, (4,), groups=["epsilon"], retrain=["epsilon"]), "epsilon")
    assert len({row.training_key for row in found.values()}) == len(found)
    assert {row.group for row in ablation_rows(BASE, (4,), groups=["epsilon"])} == {"epsilon"}


def test_one_tap_is_nothing_to_compare_and_says_so(make_run: Callable[..., AblationRun]) -> None:
    rows = ablation_rows(BASE, (4,), groups=["taps"])
    assert all("one tap, after block 4" in row.skipped for row in rows)
    run = make_run(rows=rows)
    assert [event.row for event in run.run() if isinstance(event, RowDone)] == rows
    table = AblationTable(run.rows, ["parts", "others"], run.measurements)
    assert table.markdown().count("skipped: the model has one tap") == len(rows)


def test_a_set_is_encoded_once_and_agrees_with_inspection(
    tiny_backbone: Backbone, tiny_vocabulary: DescriptorVocabulary, others: Path, tmp_path: Path
) -> None:
    scoring = ScoringSettings(epsilon=0.01, sigma=8.0)
    source = TokenSource(tiny_backbone, (2, 4), 1, TokenCache(tmp_path))
    samples = load_layout(others)
    one = MeasuredSet("others", samples)
    assert list(one.prepare(source, tiny_backbone, SIZE))[-1] == (len(samples), len(samples))
    subspaces = from_descriptors(tiny_backbone, tiny_vocabulary)
    embeddings = torch.from_numpy(subspaces.embeddings)
    found = one.measure(source, embeddings, scoring)
    again = one.measure(source, embeddings, scoring.replace(top_k=1))
    assert source.encoded == len(samples)
    assert again != found
    inspector = Inspector(
        tiny_backbone, subspaces, scoring, image_size=SIZE, layers=(2, 4), first_vv_block=1, vocabulary=tiny_vocabulary
    )
    arguments = Namespace(batch_size=4, bits=None, shots=None, reference=None, evidence=None, tile=None, fixtured=None)
    comparison = Comparison([inspector], arguments, [Trial(0)])
    measurement = _Measurement(comparison, arguments, Progress(len(samples)), None)
    ((line,), *_) = measurement.evaluate("wood", samples)
    assert found == pytest.approx(line.metrics, abs=2e-3)


@pytest.mark.slow
def test_the_whole_table(
    make_run: Callable[..., AblationRun], tiny_backbone: Backbone, parts: Path, others: Path, monkeypatch: Any
) -> None:
    encoded = []
    encode = Backbone.encode_image

    def counted(self: Backbone, pixels: torch.Tensor, *options: Any) -> Any:
        encoded.append(len(pixels))
        return encode(self, pixels, *options)

    monkeypatch.setattr(Backbone, "encode_image", counted)
    run = make_run()
    events = list(run.run())
    # Training parts and both sets, once each, though three kinds of prompts and two choices of taps were trained.
    assert sum(encoded) == len(load_layout(parts)) + len(load_layout(others))
    done = [event for event in events if isinstance(event, RowDone)]
    assert [event.row for event in done] == list(run.rows)
    table = AblationTable(run.rows, ["parts", "others"], run.measurements)
    spread = {row.row.name: row.spread("mean", "pixel_auroc") for row in table.rows}
    assert spread["descriptors, not trained"].count == 1
    assert spread["default"].count == spread["last"].count == 2
    assert spread["default"] == spread["top 2"] == spread["all 2"]
    checkpoints = {run.checkpoint(row, 0) for row in run.rows if row.training is not None}
    assert len(checkpoints) == 3
    assert all(file.is_file() for file in checkpoints)


@pytest.mark.slow
@pytest.mark.parametrize("batches", [1, 6, 9])
def test_a_stopped_run_ends_like_a_whole_one(make_run: Callable[..., AblationRun], batches: int) -> None:
    rows = ablation_rows(BASE, (2, 4), groups=("baselines",))
    whole = make_run("whole", rows, seeds=1)
    list(whole.run())
    cut = make_run("cut", rows, seeds=1)
    seen: list[AblationEvent] = []
    seen.extend(event for event in cut.run(stop=lambda: sum(isinstance(event, BatchDone) for event in seen) >= batches))
    assert isinstance(seen[-1], Stopped)
    # What a kill leaves of the last line.
    file = cut._out / "measurements.jsonl"
    with file.open("a", encoding="utf-8") as stream:
        stream.write('{"key": "half')
    with pytest.raises(SettingsError, match="add --resume"):
        list(make_run("cut", rows, seeds=1).run())
    resumed = make_run("cut", rows, seeds=1)
    list(resumed.run(resume=True))
    found = {key: value.metrics for key, value in resumed.measurements.items()}
    assert found == {key: value.metrics for key, value in whole.measurements.items()}
    assert len(file.read_text("utf-8").splitlines()) == len(found)


def test_measurements_of_other_data_are_not_mixed(make_run: Callable[..., AblationRun], others: Path) -> None:
    rows = ablation_rows(BASE, (2, 4), groups=("baselines",))[:1]
    list(make_run(rows=rows, seeds=1).run())
    changed = make_run(rows=rows, seeds=1)
    changed.sets[1]._samples = changed.sets[1]._samples[:-1]
    with pytest.raises(SettingsError, match="another set others"):
        list(changed.run(resume=True))


def measured(row: AblationRow, seed: int, **metrics: float | None) -> tuple[tuple[str, int, str], Measurement]:
    return (row.key, seed, "a"), Measurement(row.key, seed, "a", metrics, 0.0)


def test_means_deviations_and_claims(tmp_path: Path) -> None:
    rows = ablation_rows(BASE, (4,), groups=("baselines", "assignment"))
    default, single = named(rows, "baselines")["default"], named(rows, "baselines")["single (K = 1)"]
    softmax = named(rows, "assignment")["softmax"]
    figures = dict(
        [
            *(measured(default, seed, image_auroc=0.80, pixel_auroc=0.90 + 0.01 * seed) for seed in range(3)),
            *(
                measured(single, seed, image_auroc=0.79 + 0.01 * seed, pixel_auroc=0.88 + 0.01 * seed)
                for seed in range(3)
            ),
            *(measured(softmax, seed, image_auroc=0.80, pixel_auroc=0.95) for seed in range(3)),
        ]
    )
    table = AblationTable(rows, ["a"], figures)
    spread = next(row for row in table.rows if row.row is default).spread("a", "pixel_auroc")
    assert spread == Spread(pytest.approx(0.91), pytest.approx(0.01), 3)
    assert "91.0 ± 1.0" in table.markdown()
    # Seed by seed the difference is the same, though both rows vary.
    claims = table.claims()
    assert "a single one: image AUROC +0.0 points ± 1.0" not in claims
    assert "pixel AUROC +2.0 ± 0.0 points (confirmed here, 3 seeds)" in claims
    assert "image AUROC +0.0 ± 1.0 points (no difference, 3 seeds)" in claims
    assert "pixel AUROC -4.0 ± 1.0 points (the contrary here, 3 seeds)" in claims
    assert "better than the default: assignment: softmax (+2.00 points)" in claims
    table.write(tmp_path, "# Heading\n")
    with (tmp_path / "ablations.csv").open(encoding="utf-8", newline="") as stream:
        records = list(csv.DictReader(stream))
    (record,) = [one for one in records if (one["row"], one["set"]) == ("default", "a")]
    assert math.isclose(float(record["pixel_auroc_deviation"]), 0.01)
    assert record["aupro"] == ""
    details = json.loads((tmp_path / "ablations.json").read_text("utf-8"))
    assert details["rows"][0]["figures"] == {}
    assert (tmp_path / "ablations.md").read_text("utf-8").startswith("# Heading\n\n| group |")


def test_thinned_sets_keep_every_kind(others: Path) -> None:
    samples = load_layout(others)
    few = thinned(samples, 1)
    assert [(sample.category, sample.kind) for sample in few] == list(
        dict.fromkeys((sample.category, sample.kind) for sample in samples)
    )
    assert thinned(samples, None) == samples
    assert thinned(samples, 1000) == samples


def test_from_the_command_line(
    parts: Path, others: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--data", parts, "--test", f"there={others}", "--test", parts, "--model", tiny_model, "--image-size", "32"]
    options = [*words, "--out", tmp_path / "o", "--epochs", "1", "--heads", "2", "--seeds", "1", "--device", "cpu"]
    options += ["--group", "baselines", "--scoring", "epsilon=0.05", "--validation", "0", "--limit", "3"]
    assert main(list(map(str, options))) == 0
    output = capsys.readouterr()
    assert "| baselines | default | " in output.out
    assert "there: image AUROC" in output.out
    assert "row 3 of 3, baselines: default: trained" in output.err
    assert {file.name for file in (tmp_path / "o").glob("ablations.*")} == {
        "ablations.md",
        "ablations.csv",
        "ablations.json",
    }
    assert main(list(map(str, options))) == 1
    assert "add --resume" in capsys.readouterr().err
    assert main([*map(str, options), "--resume"]) == 0
    assert main([*map(str, options), "--scoring", "epsilon=much"]) == 1
    assert main([*map(str, options), "--test", str(parts)]) == 1
    assert "same name" in capsys.readouterr().err
    # What was trained for the table can be inspected with.
    (checkpoint, *_) = sorted((tmp_path / "o" / "checkpoints").glob("*seed111.safetensors"))
    model = ["--model", str(tiny_model), "--checkpoint", str(checkpoint), "--device", "cpu"]
    assert cli.main(["inspect", str(others), *model, "--out", str(tmp_path / "r")]) == 0


def test_the_defaults_are_those_of_training(tiny_model: Path) -> None:
    options = _parser().parse_args(["--data", "d", "--test", "t", "--out", "o"])
    model = load_model(str(tiny_model), "cpu", torch.float32)
    assert _base(options, model) == replace(TrainingSettings(), scoring=model.defaults.scoring)
