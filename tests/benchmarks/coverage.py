"""Exact coverage of an interval, by enumerating the trinomial: the table that docs/explanation/intervals.md shows.

    python tests/benchmarks/coverage.py
    python tests/benchmarks/coverage.py --method score --level 0.9

Every outcome (detractors, passives, promoters) of n answers is weighed with its exact probability at each point of a
grid of true shares with step .02. "main" has every share at .06 or more (903 points), "edge" some share at .02 or .04
(273 points). No random numbers. A cell is mean coverage / least coverage / mean width in points.
"""

from __future__ import annotations

import itertools
import warnings

import data
import numpy as np
from scipy.special import gammaln

import npscore

SIZES = (5, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200)
BLOCK = 100  # points of the grid at a time


def main() -> None:
    parser = data.parser(__doc__, rows=0)
    parser.add_argument("--method", default="adjusted_wald")
    parser.add_argument("--level", type=float, default=0.95)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    options = parser.parse_args()
    warnings.simplefilter("ignore", npscore.DataWarning)
    regions = {"main": grid(main=True), "edge": grid(main=False)}
    lines = (
        (n, *(cell(n, points, options.method, options.level) for points in regions.values())) for n in options.sizes
    )
    data.show(("n", *regions), lines)


def grid(*, main: bool) -> np.ndarray:
    """Shares of detractors, passives and promoters in steps of .02."""
    points = [(d, 50 - d - p, p) for d, p in itertools.product(range(1, 50), repeat=2) if d + p < 50]
    return np.array([point for point in points if (min(point) >= 3) == main]) / 50


def outcomes(n: int) -> np.ndarray:
    """Every way in which n answers can fall, a row each."""
    return np.array([(d, n - d - p, p) for d in range(n + 1) for p in range(n + 1 - d)])


def probabilities(counts: np.ndarray, points: np.ndarray) -> np.ndarray:
    """One row a point, one column an outcome."""
    ways = gammaln(counts[0].sum() + 1) - gammaln(counts + 1).sum(axis=1)
    return np.exp(ways + np.log(points) @ counts.T)


def coverage(n: int, points: np.ndarray, method: str, level: float) -> tuple[float, float, float]:
    """Mean coverage, least coverage and mean width over the points."""
    counts = outcomes(n)
    made = npscore.interval(npscore.Tallies(*counts.T), method=method, level=level)
    width = made.upper - made.lower
    covered, widths = [], []
    for start in range(0, len(points), BLOCK):
        part = points[start : start + BLOCK]
        true = 100 * (part[:, 2] - part[:, 0])[:, None]
        chance = probabilities(counts, part)
        covered.append((chance * ((made.lower - 1e-9 <= true) & (true <= made.upper + 1e-9))).sum(axis=1))
        widths.append(chance @ width)
    hit = np.concatenate(covered)
    return float(hit.mean()), float(hit.min()), float(np.concatenate(widths).mean())


def cell(n: int, points: np.ndarray, method: str, level: float) -> str:
    mean, least, width = coverage(n, points, method, level)
    return f"{mean:.3f} / {least:.3f} / {width:.1f}"


if __name__ == "__main__":
    main()
