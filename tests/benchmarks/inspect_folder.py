"""The ``inspect`` command over 200 images against the model alone on the same images, in turn.

    python tests/benchmarks/inspect_folder.py [--count 200] [--model compact] [--runs 5]

The images are procedural parts of 480 x 640 pixels as PNG, so that reading and writing cost what they do in practice.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import itertools
import tempfile
from pathlib import Path

import torch
from measure import interleaved

from tokenclip_core.commands import cli
from tokenclip_core.data.procedural import write_dataset
from tokenclip_core.images.reading import load_image
from tokenclip_core.inspection.inspector import Inspector

BATCH_SIZE = 8


def main() -> None:
    """Print times, rates and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--model", default="compact")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        parts = Path(folder, "parts")
        files = list(write_dataset(parts, count=options.count, size=(480, 640)))
        images = [load_image(file) for file in files]
        inspector = Inspector.from_pretrained(options.model)
        numbers = itertools.count()

        def model_only() -> None:
            for start in range(0, len(images), BATCH_SIZE):
                inspector.inspect_batch(images[start : start + BATCH_SIZE])

        def command() -> None:
            results = Path(folder, f"results{next(numbers)}")
            arguments = ["inspect", *map(str, files), "--model", options.model, "--out", str(results)]
            with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
                code = cli.main([*arguments, "--batch-size", str(BATCH_SIZE)])
            if code != 0:
                raise RuntimeError(f"inspect ended with {code}")

        def loading() -> None:
            Inspector.from_pretrained(options.model)

        times = interleaved({"model only": model_only, "inspect": command, "loading the model": loading}, options.runs)
    alone, whole, load = times.values()
    print(*times.values(), sep="\n")
    rate = options.count / alone.median
    print(f"{options.count} images, {torch.get_num_threads()} threads: model alone {rate:.1f}/s")
    print(f"throughput of inspect / model alone                 {alone.median / whole.median:.3f}")
    print(f"the same without loading the model                  {alone.median / (whole.median - load.median):.3f}")


if __name__ == "__main__":
    main()
