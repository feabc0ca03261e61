"""Converts a model for this user once, so that it need not run in torch; kept in the cache folder.

    python -m tokenclip_core.conversion.convert NAME

is what `tokenclip models convert` does, and what the window starts behind everything else.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from filelock import FileLock

from tokenclip_core.arrays import unit
from tokenclip_core.errors import ModelError, TokenClipError
from tokenclip_core.files import write_atomically
from tokenclip_core.images.reading import find_images, load_image
from tokenclip_core.inspection.preprocessing import target_size, to_pixels
from tokenclip_core.model.catalog import ModelDefaults, find_model, read_defaults
from tokenclip_core.model.engines.choice import (
    EngineRequest,
    converting_versions,
    engine_class,
    find_network,
    network_folder,
    refusal_file,
)
from tokenclip_core.model.engines.network import TOLERANCE, Network, read_network
from tokenclip_core.process.child import import_path, python_module
from tokenclip_core.resources import resource_path

if TYPE_CHECKING:
    from tokenclip_core.model.backbone import Backbone

_PARTS = 3
_NICENESS = 10
_WAITING_SECONDS = 0.2


def convert(name: str | os.PathLike[str], *, again: bool = False) -> tuple[Network, float]:
    """Convert a model's image tower with its own taps, and see that OpenVINO gives torch's tokens for real parts.

    Args:
        name: a known name or the path of a model folder.
        again: convert it although there is a network.

    Returns:
        The network, and the largest difference of unit tokens (0 if there was one already).

    Raises:
        ModelError: the model can't be loaded or converted, or the converted one differs by more than `TOLERANCE`.
        DeviceError: OpenVINO is not installed.
        OSError: the cache folder can't be written.
    """
    folder = find_model(name)
    defaults = read_defaults(folder)
    if not again and (found := _found(folder, defaults)) is not None:
        return found, 0.0
    from tokenclip_core.model.engines.conversion import write_network
    from tokenclip_core.model.loading import load_model

    model = load_model(folder)
    target = network_folder(model.weights_sha256)
    partial = target.with_name(f"{target.name}.partial")
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_name(f"{target.name}.lock")):
        # Another process may have converted it while this one waited, and run it already.
        if not again and (found := _found(folder, defaults)) is not None:
            return found, 0.0
        try:
            # What a process that was ended has left goes too.
            shutil.rmtree(partial, ignore_errors=True)
            write_network(model.backbone, partial)
            difference = _difference_on_parts(read_network(partial, model.weights_sha256), folder, model.backbone)
            shutil.rmtree(target, ignore_errors=True)
            partial.replace(target)
        except ModelError as error:
            write_atomically(refusal_file(model.weights_sha256), f"{converting_versions()}\n{error}\n".encode())
            raise
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    refusal_file(model.weights_sha256).unlink(missing_ok=True)
    return read_network(target, model.weights_sha256), difference


def _found(folder: Path, defaults: ModelDefaults) -> Network | None:
    """The network that there is already."""
    with suppress(ModelError):
        return find_network(folder, defaults, EngineRequest())
    return None


def start(name: str) -> subprocess.Popen[bytes]:
    """Convert a model in a process of its own, with the lowest priority; it says on stderr why it can't."""
    arguments = [*python_module(__name__), "--quietly", name]
    quiet, environment = subprocess.DEVNULL, {**os.environ, **import_path()}
    return subprocess.Popen(arguments, stdin=quiet, stdout=quiet, stderr=subprocess.PIPE, env=environment)


def convert_behind(name: str, between: Callable[[], object]) -> None:
    """Convert a model in a process of its own, and wait for it.

    Args:
        name: a known name or the path of a model folder.
        between: called several times a second; what it raises ends the process.

    Raises:
        ModelError: it can't be converted; the message says why.
    """
    # Leaving the block closes the pipe and waits, also where the process ended just before it was given up.
    with start(name) as process:
        try:
            while True:
                try:
                    _, said = process.communicate(timeout=_WAITING_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    between()
        finally:
            process.kill()
    if process.returncode:
        lines = said.decode(errors="replace").strip().splitlines()
        raise ModelError(lines[-1] if lines else f"{name}: its conversion ended with {process.returncode}.")


def _difference_on_parts(network: Network, folder: Path, backbone: Backbone) -> float:
    """Largest difference from torch's unit tokens on some of the bundled samples.

    Raises:
        ModelError: it is more than `TOLERANCE`.
    """
    from tokenclip_core.model.engines.torch_engine import TorchEngine

    facts = network.facts
    engines = (engine_class("openvino")(network, folder, 0), TorchEngine(backbone))
    largest = 0.0
    for path in list(find_images([resource_path("samples")]))[:_PARTS]:
        image = load_image(path)
        size = target_size(image.shape[0], image.shape[1], facts.model.default_image_size, facts.model.patch_size)
        pixels = to_pixels(image, size, facts.model.mean, facts.model.std)[None]
        mine, theirs = (engine.encode(pixels, facts.layers, facts.first_vv_block) for engine in engines)
        for one, other in (
            (mine.global_feature, theirs.global_feature),
            (mine.patch_features, theirs.patch_features),
            (mine.evidence_features, theirs.evidence_features),
        ):
            if other is not None:
                largest = max(largest, float(np.abs(unit(one) - unit(other)).max()))
    if not largest <= TOLERANCE:
        raise ModelError(f"{folder}: OpenVINO differs from torch by {largest:.1e} for real parts; torch runs it.")
    return largest


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; 0 done, 1 failed."""
    parser = argparse.ArgumentParser(prog="python -m tokenclip_core.conversion.convert", description=__doc__)
    parser.add_argument("name", metavar="NAME", help="a name or a folder")
    parser.add_argument("--quietly", action="store_true", help="behind everything else")
    options = parser.parse_args(arguments)
    if options.quietly and hasattr(os, "nice"):
        os.nice(_NICENESS)
    try:
        network, difference = convert(options.name)
    except (TokenClipError, OSError) as error:
        sys.stderr.write(f"{error}\n" if options.quietly else f"convert: {error}\n")
        return 1
    sys.stdout.write(f"{network.folder}: largest difference from torch {difference:.1e}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
