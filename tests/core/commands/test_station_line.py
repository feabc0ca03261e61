"""`station`: what a recipe says is taken anew whenever its file changes, and lines of the input are all triggers."""

from __future__ import annotations

import os
import threading
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tokenclip_core.commands import station
from tokenclip_core.commands.options import measured_settings
from tokenclip_core.errors import SettingsError
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.judgement.calibration import calibration_at
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.station.line import Line

Follow = Callable[..., Line]


@pytest.fixture
def arguments(tiny_model: Path, tmp_path: Path) -> Namespace:
    parser = ArgumentParser()
    station.COMMAND.add_arguments(parser)
    words = ["--recipe", str(tmp_path / "line.recipe.json"), "--camera", "demo", "--model", str(tiny_model)]
    return Namespace(**vars(parser.parse_args(words)), words=words)


@pytest.fixture
def follow(tiny_model: Path, arguments: Namespace) -> Follow:
    """Write a recipe of an image size, calibrated with so many bits, and load it as a station does."""

    def load(image_size: int, bits: int | None = None) -> Line:
        inspector = Inspector.from_pretrained(tiny_model, image_size=image_size)
        recipe = inspector.recipe(Judgement(0.5), title="line")
        if bits is not None:
            made = Namespace(**{**vars(arguments), "bits": bits, "recipe_value": None})
            calibration = calibration_at(0.5, 0.1, [0.1, 0.2], measured_settings(inspector, made))
            recipe = replace(recipe, calibration=calibration)
        recipe.save(arguments.recipe)
        return station._line(arguments, "s", {"1": "demo"})

    return load


def test_a_changed_recipe_may_have_another_image_size(follow: Follow) -> None:
    assert [follow(size).recipe.image_size for size in (64, 96)] == [64, 96]


def test_a_recipe_is_followed_with_the_bits_that_it_was_calibrated_with(follow: Follow, arguments: Namespace) -> None:
    with pytest.raises(SettingsError, match="calibration was made with another bits"):
        follow(64, bits=12)
    arguments.bits = station._known_bits(arguments)
    assert arguments.bits == 12
    assert follow(64, bits=12).begins["settings"]["bits"] == 12
    with pytest.raises(SettingsError, match="another bits"):
        follow(64, bits=10)
    arguments.bits = 11
    assert station._known_bits(arguments) == 11


def test_the_last_line_needs_no_end() -> None:
    source, sink = os.pipe()

    def write() -> None:
        for piece in (b"A1\nA", b"2\n\n", b"x" * (1 << 17), b"\nA", b"3"):
            view = memoryview(piece)
            while view:
                view = view[os.write(sink, view) :]
        os.close(sink)

    writer = threading.Thread(target=write)
    writer.start()
    lines = [*station._lines(source)]
    writer.join()
    os.close(source)
    found = [line for line in lines if line and not line.startswith(b"x")]
    assert found == [b"A1", b"A2", b"A3"]
    assert b"".join(lines).count(b"x") == 1 << 17
