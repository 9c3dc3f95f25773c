"""How often `compare` rejects equal scores at the nominal 5 %, by enumerating both trinomials.

    python tests/benchmarks/two_sample_size.py

Two groups have the same true score, with shares of detractors, passives and promoters in steps of .1, none under .1,
and either the same mix or another one. Every pair of outcomes is weighed with its exact probability; no random
numbers. A cell is mean size / largest size; it should be near .05 and not above it. "-" has too many pairs of outcomes
for a method that solves equations.
"""

from __future__ import annotations

import itertools
import warnings

import coverage
import data
import numpy as np

import npscore

SIZES = ((10, 10), (20, 20), (50, 50), (10, 40), (20, 100))
METHODS = ("adjusted_wald", "mover", "wald", "welch")
MANY = 100_000
LEVEL = 0.05


def main() -> None:
    options = data.parser(__doc__, rows=0).parse_args()
    del options
    warnings.simplefilter("ignore", npscore.DataWarning)
    same, other = mixes()
    print(f"{len(same)} true mixes shared by both groups, {len(other)} pairs of unlike mixes with the same score\n")
    lines = []
    for method in METHODS:
        rejected = [rejections(method, *sizes) for sizes in SIZES]
        for name, pairs in (("same mix", same), ("other mix", other)):
            cells = [size(table, sizes, pairs) for table, sizes in zip(rejected, SIZES, strict=True)]
            lines.append((method, name, *cells))
    data.show(("method", "true mixes", *(f"{a} and {b}" for a, b in SIZES)), lines)


def mixes() -> tuple[list[tuple[np.ndarray, np.ndarray]], list[tuple[np.ndarray, np.ndarray]]]:
    """Pairs of shares with the same score: the same shares, and unlike ones in both orders."""
    tenths = [(d, 10 - d - p, p) for d, p in itertools.product(range(1, 9), repeat=2) if d + p < 10]
    pairs = [(a, b) for a, b in itertools.product(tenths, repeat=2) if a[2] - a[0] == b[2] - b[0]]
    shares = [(a == b, np.array(a) / 10, np.array(b) / 10) for a, b in pairs]
    return [(a, b) for same, a, b in shares if same], [(a, b) for same, a, b in shares if not same]


def rejections(method: str, n_a: int, n_b: int) -> np.ndarray | None:
    """Whether the test rejects, a row an outcome of one group and a column one of the other."""
    a, b = coverage.outcomes(n_a), coverage.outcomes(n_b)
    if method == "mover" and len(a) * len(b) > MANY:
        return None
    left = npscore.Tallies(*np.repeat(a, len(b), axis=0).T)
    right = npscore.Tallies(*np.tile(b, (len(a), 1)).T)
    return (npscore.compare(left, right, method=method).p_value < LEVEL).reshape(len(a), len(b))


def size(table: np.ndarray | None, sizes: tuple[int, int], pairs: list[tuple[np.ndarray, np.ndarray]]) -> str:
    if table is None:
        return "-"
    a, b = (coverage.outcomes(n) for n in sizes)
    rejected = np.array(
        [coverage.probabilities(a, p[None])[0] @ table @ coverage.probabilities(b, q[None])[0] for p, q in pairs]
    )
    return f"{rejected.mean():.3f} / {rejected.max():.3f}"


if __name__ == "__main__":
    main()
