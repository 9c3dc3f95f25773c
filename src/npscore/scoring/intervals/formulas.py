"""The formulas and checks that every interval shares."""

from __future__ import annotations

import math
from functools import lru_cache
from numbers import Real
from typing import Any

from npscore.errors import InputError, short
from npscore.scoring.tallies import Tallies, Tally

PseudoCounts = tuple[float, float, float]

ROCKS: PseudoCounts = (0.75, 1.5, 0.75)
"""Pseudo-counts of detractors, passives, promoters: set "3, T" of Rocks (2016)."""

RAW: PseudoCounts = (0.0, 0.0, 0.0)
"""No pseudo-counts: the plain Wald formulas."""


def adjusted_wald(detractors: Any, n: Any, promoters: Any, pseudo_counts: PseudoCounts) -> tuple[Any, Any]:
    """Centre and standard error, in points, of the adjusted Wald interval.

    The one home of the formula. It uses sums, products and powers alone, which
    numbers, arrays and the expressions of every dataframe engine share.

    With N = n + a + b + c, S = detractors + promoters + a + c and
    D = promoters - detractors + c - a: centre D/N, variance of one answer
    S/N - (D/N)^2, standard error the root of that over N. The variance is
    written (N S - D^2) / N^2, which rounding cannot make negative.
    """
    a, b, c = pseudo_counts
    size = n + (a + b + c)
    net = promoters - detractors + (c - a)
    spread = size * (promoters + detractors + (a + c)) - net * net
    return 100 * net * size**-1.0, 100 * spread**0.5 * size**-1.5


@lru_cache(maxsize=64)
def z_two_sided(level: float) -> float:
    """The normal quantile that leaves (1 - level) / 2 in each tail."""
    from statistics import NormalDist

    return -NormalDist().inv_cdf((1 - level) / 2)


def check_level(level: float) -> None:
    """Refuse a level that is not a fraction between 0 and 1."""
    if isinstance(level, bool) or not isinstance(level, Real) or not 0 < level < 1:
        raise InputError(f"level={short(level)} is not a fraction between 0 and 1; 95 % is level=0.95.")


def check_pseudo_counts(pseudo_counts: PseudoCounts) -> None:
    """Refuse what is not three numbers of at least 0."""
    usable = isinstance(pseudo_counts, tuple | list) and len(pseudo_counts) == 3
    if not usable or not all(isinstance(count, Real) and 0 <= count < math.inf for count in pseudo_counts):
        raise InputError(
            f"pseudo_counts={short(pseudo_counts)} must be three numbers from 0 up: detractors, passives, promoters."
        )


def clip(points: Any, bound: float = 100.0) -> Any:
    """Points within [-bound, bound], a number or an array."""
    return within(points, -bound, bound)


def within(points: Any, low: Any, high: Any) -> Any:
    """Points within [low, high], a number or an array."""
    if hasattr(points, "clip"):
        return points.clip(low, high)
    return max(low, min(high, points))


def as_given(values: Any, *tallies: Tally | Tallies) -> Any:
    """An array for `Tallies`, a plain float for one `Tally`."""
    return values if any(isinstance(tally, Tallies) for tally in tallies) else float(values)
