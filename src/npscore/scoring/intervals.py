"""Intervals: how sure a score is. One function a method, one table of methods.

Sampling error only. No interval here knows of people who did not answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from numbers import Real
from typing import Any, Literal

import attrs

from npscore.errors import EmptyTallyError, InputError
from npscore.scoring.tallies import Tally

Method = Literal["adjusted_wald"]
PseudoCounts = tuple[float, float, float]

ROCKS: PseudoCounts = (0.75, 1.5, 0.75)
"""Pseudo-counts of detractors, passives, promoters: set "3, T" of Rocks (2016)."""


@attrs.frozen
class Interval:
    """A confidence interval of a score.

    Attributes:
        lower, upper: limits in points, clipped to [-100, 100].
        level: the confidence level as a fraction.
        method: how it was made.
        center: the centre in points, as the method adjusts it.
        standard_error: in points, as the method adjusts it.
        df: degrees of freedom, None where the normal distribution is used.
        raw_lower, raw_upper: the limits before clipping.
    """

    lower: float
    upper: float
    level: float
    method: str
    center: float
    standard_error: float
    df: float | None
    raw_lower: float
    raw_upper: float

    def __contains__(self, points: float) -> bool:
        return self.lower <= points <= self.upper

    def __str__(self) -> str:
        return f"{100 * self.level:.6g} % interval {self.lower:+.1f} to {self.upper:+.1f}"


def interval(
    tally: Tally,
    *,
    method: Method = "adjusted_wald",
    level: float = 0.95,
    pseudo_counts: PseudoCounts = ROCKS,
) -> Interval:
    """The confidence interval of the score of a tally.

    The default is the adjusted Wald interval: add .75 detractors, 1.5 passives
    and .75 promoters, then take the ordinary interval. Its mean coverage is
    .95 from n = 5 on, and unlike the plain Wald interval it does not shrink to
    nothing when everybody agrees.

    Args:
        tally: the counts.
        method: ``"adjusted_wald"``.
        level: the confidence level, a fraction between 0 and 1.
        pseudo_counts: what is added to detractors, passives and promoters.

    Returns:
        An `Interval` in points.

    Raises:
        EmptyTallyError: when nobody answered.
        InputError: for a level outside (0, 1), an unknown method, or
            pseudo-counts that are negative.

    References:
        Rocks, B. (2016). Interval estimation for the "Net Promoter Score".
        The American Statistician 70(4), 365-372.

    Example:
        >>> ten_of_ten = interval(Tally(promoters=10))
        >>> round(ten_of_ten.lower, 1), ten_of_ten.upper
        (47.5, 100.0)
    """
    check_level(level)
    check_method(method)
    if not isinstance(tally, Tally):
        raise InputError(f"an interval is made of a Tally, not of {type(tally).__name__}; count the ratings first.")
    if tally.n == 0:
        raise EmptyTallyError(f"there is no interval of no answers: {tally}.")
    return _METHODS[method](tally, float(level), pseudo_counts)


def _adjusted_wald(tally: Tally, level: float, pseudo_counts: PseudoCounts) -> Interval:
    _check_pseudo_counts(pseudo_counts)
    center, error = adjusted_wald(tally.detractors, tally.n, tally.promoters, pseudo_counts)
    reach = z_two_sided(level) * error
    return Interval(
        lower=_clip(center - reach),
        upper=_clip(center + reach),
        level=level,
        method="adjusted_wald",
        center=center,
        standard_error=error,
        df=None,
        raw_lower=center - reach,
        raw_upper=center + reach,
    )


_METHODS: dict[str, Callable[[Tally, float, PseudoCounts], Interval]] = {"adjusted_wald": _adjusted_wald}


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
        raise InputError(f"level={level!r} is not a fraction between 0 and 1; 95 % is level=0.95.")


def check_method(method: str) -> None:
    """Refuse a method that is not known."""
    if not isinstance(method, str) or method not in _METHODS:
        raise InputError(f"method={method!r} is not known; it is one of {', '.join(_METHODS)}.")


def _check_pseudo_counts(pseudo_counts: PseudoCounts) -> None:
    usable = isinstance(pseudo_counts, tuple | list) and len(pseudo_counts) == 3
    if not usable or not all(isinstance(count, Real) and 0 <= count < math.inf for count in pseudo_counts):
        raise InputError(
            f"pseudo_counts={pseudo_counts!r} must be three numbers, none below 0: detractors, passives, promoters."
        )


def _clip(points: float) -> float:
    return max(-100.0, min(100.0, points))
