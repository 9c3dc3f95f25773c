"""`tally` of arrays and lists against the least work that could be done.

    python tests/benchmarks/tally_arrays.py --rows 100000000

An array of bytes against reading it once, `array.view("u8").sum()` (aim: at most
4 times that, without temporaries of full size); a list of a million integers
against `Counter` with the same checks written by hand (aim: at most 1); a list
of a hundred ratings through `score`, in microseconds.
"""

from __future__ import annotations

import resource
import timeit
from collections import Counter
from typing import Any

import data
import numpy as np

import npscore

MILLION = 1_000_000
PARTS = [range(7), range(7, 9), range(9, 11)]


def main() -> None:
    options = data.parser(__doc__, rows=100_000_000).parse_args()
    ratings = data.ratings_array(options.rows // 8 * 8)
    measure_array(ratings, options)
    measure_list(ratings[:MILLION].tolist(), options)
    measure_hundred(ratings[:100].tolist())


def measure_array(ratings: np.ndarray, options: Any) -> None:
    grown = memory_growth(ratings)
    contestants = {"read": lambda: ratings.view("u8").sum(), "npscore": lambda: npscore.tally(ratings)}
    compare(f"array of {len(ratings):.3g} bytes", "read", data.race(contestants, options.repeats, options.clock))
    print(f"peak memory grew by {grown:.1f} MiB, the array has {ratings.nbytes / 2**20:.1f} MiB\n")


def memory_growth(ratings: np.ndarray) -> float:
    """How much the peak of the process rises in MiB, imports done before."""
    npscore.tally(ratings[:100])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    npscore.tally(ratings)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def measure_list(ratings: list[int], options: Any) -> None:
    if counted(ratings) != [getattr(npscore.tally(ratings), name) for name in ("detractors", "passives", "promoters")]:
        raise SystemExit("the counts differ")
    contestants = {"Counter and checks": lambda: counted(ratings), "npscore": lambda: npscore.tally(ratings)}
    compare("list of a million", "Counter and checks", data.race(contestants, options.repeats, options.clock))
    print()


def counted(ratings: list[int]) -> list[int]:
    """Count first, check the few kinds of values after: the fastest honest way with `Counter`.

    The types are checked apart, because True and 1.0 count as 1.
    """
    if set(map(type, ratings)) != {int}:
        raise TypeError("not an integer")
    counts = Counter(ratings)
    if not all(0 <= rating <= 10 for rating in counts):
        raise ValueError("off the scale")
    return [sum(counts[rating] for rating in part) for part in PARTS]


def measure_hundred(ratings: list[int]) -> None:
    best = min(timeit.repeat(lambda: npscore.score(ratings), number=2000, repeat=7)) / 2000
    print(f"score of a list of a hundred: {best * 1e6:.1f} microseconds")


def compare(what: str, theirs: str, times: dict[str, list[float]]) -> None:
    line = (what, data.milliseconds(times[theirs]), data.milliseconds(times["npscore"]))
    header = ("what", f"{theirs}, ms", "npscore, ms", "ratio")
    data.show(header, [(*line, f"{data.ratio(times, 'npscore', theirs):.2f}")])


if __name__ == "__main__":
    main()
