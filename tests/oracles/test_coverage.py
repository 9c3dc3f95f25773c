"""Exact coverage of the intervals, by enumeration and not by formula.

Every outcome of the trinomial is weighed with its exact probability at each point of a grid of step .02 in which no
category is rarer than .06 (903 points) or some category is at .02 or .04 (273 points). The expected figures are facts
copied from an enumeration made apart from this library: mean coverage, minimum coverage and mean width in points, for
adjusted Wald with the constants (.75, 1.5, .75), score and Jeffreys. Here the probabilities come from
`scipy.stats.multinomial.pmf` (scipy 1.17.1) and the limits from `interval`.
"""

import itertools
from functools import cache

import numpy as np
import pytest

from npscore import Tallies, Tally, interval

stats = pytest.importorskip("scipy.stats")

MAIN = {
    (0.95, 5): (0.954, 0.886, 97.7),
    (0.95, 10): (0.952, 0.925, 77.5),
    (0.95, 20): (0.950, 0.935, 58.8),
    (0.95, 30): (0.950, 0.940, 49.2),
    (0.90, 10): (0.906, 0.866, 65.1),
    (0.90, 20): (0.903, 0.880, 49.3),
    (0.99, 10): (0.988, 0.974, 101.0),
    (0.99, 20): (0.988, 0.981, 77.1),
}
EDGE = {(0.95, 10): (0.949, 0.893, 69.8), (0.95, 20): (0.952, 0.926, 51.0)}
WALD = {(0.95, 10): (0.887, 0.717, 82.3), (0.95, 20): (0.921, 0.812, 61.5)}

METHODS = {
    ("score", 0.95, 10, True): (0.962, 0.939, 82.4),
    ("score", 0.95, 20, True): (0.953, 0.941, 60.9),
    ("score", 0.95, 50, True): (0.950, 0.941, 39.6),
    ("score", 0.90, 10, True): (0.910, 0.864, 69.9),
    ("score", 0.99, 10, True): (0.994, 0.979, 104.3),
    ("score", 0.95, 10, False): (0.969, 0.926, 74.4),
    ("score", 0.95, 20, False): (0.963, 0.940, 52.3),
    ("jeffreys", 0.95, 10, True): (0.950, 0.926, 78.8),
    ("jeffreys", 0.95, 20, True): (0.948, 0.930, 59.3),
    ("jeffreys", 0.99, 10, True): (0.991, 0.982, 101.8),
    ("jeffreys", 0.95, 10, False): (0.955, 0.911, 68.9),
}


def points(main: bool) -> np.ndarray:
    """The grid in fiftieths: (detractors, passives, promoters)."""
    grid = [(d, 50 - d - p, p) for d, p in itertools.product(range(1, 50), repeat=2) if d + p < 50]
    return np.array([point for point in grid if (min(point) >= 3) == main]) / 50


@cache
def outcomes(n: int) -> list[tuple[int, int, int]]:
    return [(d, n - d - p, p) for d in range(n + 1) for p in range(n + 1 - d)]


@cache
def probabilities(n: int, main: bool) -> np.ndarray:
    """One row per point, one column per outcome."""
    return stats.multinomial.pmf(np.array(outcomes(n))[None], n, points(main)[:, None, :])


def coverage(n: int, level: float, main: bool, pseudo_counts) -> tuple[float, float, float]:
    made = [interval(Tally(*outcome), level=level, pseudo_counts=pseudo_counts) for outcome in outcomes(n)]
    return covered_by(n, main, *(np.array([getattr(one, end) for one in made]) for end in ("lower", "upper")))


def covered_by(n: int, main: bool, lower: np.ndarray, upper: np.ndarray) -> tuple[float, float, float]:
    grid = points(main)
    true = 100 * (grid[:, 2] - grid[:, 0])[:, None]
    covered = (lower - 1e-9 <= true) & (true <= upper + 1e-9)
    chance = probabilities(n, main)
    hit = (chance * covered).sum(axis=1)
    return hit.mean(), hit.min(), (chance * (upper - lower)).sum(axis=1).mean()


def test_the_grid_is_the_one_that_was_used():
    assert (len(points(main=True)), len(points(main=False))) == (903, 273)
    assert probabilities(10, True).sum(axis=1) == pytest.approx(np.ones(903))


@pytest.mark.parametrize(("level", "n"), MAIN)
def test_coverage_in_the_main_region(level, n):
    mean, least, width = coverage(n, level, True, (0.75, 1.5, 0.75))
    assert (round(mean, 3), round(least, 3), round(width, 1)) == MAIN[level, n]


@pytest.mark.parametrize(("level", "n"), EDGE)
def test_coverage_near_the_edges(level, n):
    mean, least, width = coverage(n, level, False, (0.75, 1.5, 0.75))
    assert (round(mean, 3), round(least, 3), round(width, 1)) == EDGE[level, n]


@pytest.mark.parametrize(("level", "n"), WALD)
def test_without_pseudo_counts_coverage_is_as_poor_as_known(level, n):
    mean, least, width = coverage(n, level, True, (0, 0, 0))
    assert (round(mean, 3), round(least, 3), round(width, 1)) == WALD[level, n]


@pytest.mark.parametrize(("method", "level", "n", "main"), METHODS)
def test_coverage_of_the_other_methods(method, level, n, main):
    made = interval(Tallies(*zip(*outcomes(n), strict=True)), method=method, level=level)
    mean, least, width = covered_by(n, main, made.lower, made.upper)
    assert (round(mean, 3), round(least, 3), round(width, 1)) == METHODS[method, level, n, main]
