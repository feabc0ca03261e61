"""What consensus costs in a large folder: time and memory of 10,000 parts, with made-up tokens.

    python tests/benchmarks/consensus_cost.py [--parts 10000] [--tokens 256] [--width 384] [--timed 50] [--encode MS]

No model runs: tokens are by chance, so only the cost means something. The pool is gathered from the parts in the order
of their hashes, as the program does; then some parts are compared with it. `--encode` is how long inspection of a part
takes otherwise (see encode.py), to tell the share. Processor time is that of all cores together.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import sys
import time

import numpy as np

from tokenclip_core.arrays import FloatArray, unit
from tokenclip_core.evidence.consensus import PoolGathering, PoolPart, mean_token, seeded_order
from tokenclip_core.evidence.self_similarity import self_distances


def tokens_of(number: int, count: int, width: int) -> FloatArray:
    """(count, width) unit tokens of one part: a common surface and a little of its own."""
    common = np.random.default_rng(0).standard_normal((count, width), dtype=np.float32)
    own = np.random.default_rng(number + 1).standard_normal((count, width), dtype=np.float32)
    made: FloatArray = unit(common + 0.5 * own)
    return made


def peak_mebibytes() -> float:
    """Of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", type=int, default=10_000)
    parser.add_argument("--tokens", type=int, default=256)
    parser.add_argument("--width", type=int, default=384)
    parser.add_argument("--timed", type=int, default=50)
    parser.add_argument("--encode", type=float, default=None)
    options = parser.parse_args()
    hashes = {hashlib.sha256(str(number).encode()).hexdigest(): number for number in range(options.parts)}
    before, started = peak_mebibytes(), time.perf_counter()
    gathering = PoolGathering(0.5)
    walked = 0
    for sha256 in seeded_order(hashes):
        tokens = tokens_of(hashes[sha256], options.tokens, options.width)
        gathering.add(PoolPart(sha256, tokens, mean_token(tokens)))
        walked += 1
        if gathering.is_full:
            break
    (pool,) = gathering.pools()
    print(
        f"{options.parts} parts: {walked} looked at in {time.perf_counter() - started:.2f} s, {len(pool.parts)} pooled"
    )
    print(f"the pool takes {pool.nbytes / 2**20:.1f} MiB; the process grew by {peak_mebibytes() - before:.1f} MiB")
    spent = []
    for number in range(options.timed):
        tokens = tokens_of(10**6 + number, options.tokens, options.width)
        own = self_distances(tokens)
        started, busy = time.perf_counter(), time.process_time()
        pool.distances(tokens, own, str(number), mean_token(tokens))
        spent.append((time.perf_counter() - started, time.process_time() - busy))
    each, processor = (1000 * float(value) for value in np.median(spent, axis=0))
    share = "" if options.encode is None else f", {each / options.encode:.0%} of {options.encode:g} ms"
    print(f"comparing a part takes {each:.1f} ms in the median{share}, {processor:.1f} ms of the processor")
    print(f"the process peaks at {peak_mebibytes():.0f} MiB")


if __name__ == "__main__":
    main()
