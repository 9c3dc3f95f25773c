"""A million intervals and tests of groups handed over as columns.

    python tests/benchmarks/vectorised.py --rows 1000000

Aims on two cores: a million adjusted Wald intervals in half a second, a million score intervals in ten seconds. The
plain ratio is to the least work there is, reading the counts once and dividing. Jeffreys integrates for every group, so
it is measured on a hundredth of them, and its ratio is to the score interval of as many.
"""

from __future__ import annotations

import statistics
import warnings

import data
import numpy as np

import npscore


def main() -> None:
    options = data.parser(__doc__, rows=1_000_000).parse_args()
    warnings.simplefilter("ignore", npscore.DataWarning)
    a, b = (groups(options.rows, seed) for seed in (1, 2))
    contestants = {
        "read and divide": lambda: 100 * (a.promoters - a.detractors) / a.n,
        "interval adjusted_wald": lambda: npscore.interval(a),
        "interval wald": lambda: npscore.interval(a, method="wald"),
        "interval score": lambda: npscore.interval(a, method="score"),
        "compare adjusted_wald": lambda: npscore.compare(a, b),
        "compare welch": lambda: npscore.compare(a, b, method="welch"),
        "against score": lambda: npscore.against(a, 30),
    }
    times = data.race(contestants, min(options.repeats, 3))
    lines = [
        (what, f"{statistics.median(taken):.3f}", f"{data.ratio(times, what, 'read and divide'):.0f}")
        for what, taken in times.items()
    ]
    data.show((f"{options.rows:.3g} groups", "seconds", "ratio"), lines)
    integrated(max(options.rows // 100, 1), min(options.repeats, 3))


def integrated(rows: int, repeats: int) -> None:
    few = groups(rows, 3)
    methods = ("score", "jeffreys")
    times = data.race({name: lambda name=name: npscore.interval(few, method=name) for name in methods}, repeats)
    seconds = statistics.median(times["jeffreys"])
    figures = f"{seconds:.3f}", f"{1e6 * seconds / rows:.0f}", f"{data.ratio(times, 'jeffreys', 'score'):.0f}"
    data.show((f"{rows:.3g} groups", "seconds", "microseconds a group", "ratio"), [("interval jeffreys", *figures)])


def groups(rows: int, seed: int) -> npscore.Tallies:
    """Groups of unlike sizes, from a handful to some hundreds of answers."""
    random = np.random.default_rng(seed)
    return npscore.Tallies(*random.integers(1, random.integers(5, 200, rows), (3, rows)))


if __name__ == "__main__":
    main()
