"""`decompose` and `standardise` of many segments against the same arithmetic on NumPy arrays.

    python tests/benchmarks/decompose.py --rows 1000000

The arrays need no mapping to be read, no segments to be matched by name and no
checks, so a ratio of 1 is out of reach: this shows what the mappings cost. The
aim is a million segments in under a second.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import data
import numpy as np

import npscore


def main() -> None:
    options = data.parser(__doc__, rows=1_000_000).parse_args()
    counts = np.random.default_rng(1).integers(1, 60, (2, options.rows, 3))
    periods = [[npscore.Tally(*row) for row in period] for period in counts.tolist()]
    tallies = [dict(enumerate(period)) for period in periods]
    pairs = [{name: pair(one) for name, one in groups.items()} for groups in tallies]
    backwards = dict(enumerate([pair(one) for one in periods[1]][::-1]))
    other_order = {options.rows - 1 - name: value for name, value in backwards.items()}
    contestants = {
        "NumPy on arrays": lambda: by_hand(counts),
        "decompose, (size, score)": lambda: npscore.decompose(*pairs),
        "decompose, in another order": lambda: npscore.decompose(pairs[0], other_order),
        "decompose, tallies": lambda: npscore.decompose(*tallies),
        "and its intervals": lambda: with_intervals(npscore.decompose(*tallies)),
        "standardise, (size, score)": lambda: npscore.standardise(*pairs),
    }
    agree(by_hand(counts), npscore.decompose(*tallies))
    times = data.race(contestants, options.repeats)
    rows = [
        (name, data.milliseconds(times[name]), f"{data.ratio(times, name, 'NumPy on arrays'):.1f}") for name in times
    ]
    data.show((f"{options.rows} segments, measured {time.strftime('%Y-%m-%d')}", "ms", "ratio"), rows)
    spent = processor(lambda: npscore.decompose(*tallies), options.repeats)
    print(f"processor time of one call on tallies: {spent:.2f} s")


def processor(call: Callable[[], object], repeats: int) -> float:
    """Seconds of processor, which a busy machine stretches less than the clock on the wall."""
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        spent.append(time.process_time() - start)
    return min(spent)


def pair(one: npscore.Tally) -> tuple[int, float]:
    return one.n, 100 * (one.promoters - one.detractors) / max(one.n, 1)


def by_hand(counts: np.ndarray) -> tuple[float, float]:
    size = counts.sum(axis=2)
    share = size / size.sum(axis=1, keepdims=True)
    net = 100 * (counts[:, :, 2] - counts[:, :, 0])
    overall = net.sum(axis=1) / size.sum(axis=1)
    score = np.where(size > 0, net / np.maximum(size, 1), overall[:, None])
    mix = (share[1] - share[0]) * ((score[0] + score[1]) / 2 - overall.mean())
    rate = (score[1] - score[0]) * (share[0] + share[1]) / 2
    return float(mix.sum()), float(rate.sum())


def with_intervals(moved: npscore.Decomposition) -> tuple[object, object]:
    return moved.mix_interval, moved.rate_interval


def agree(expected: tuple[float, float], moved: npscore.Decomposition) -> None:
    if not np.allclose(expected, (moved.mix, moved.rate), atol=1e-9):
        raise SystemExit(f"{expected} is not {moved}")


if __name__ == "__main__":
    main()
