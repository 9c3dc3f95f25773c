"""Planning: how many answers a question needs, and what so many answers can say.

Standard library only. Margins are half widths: a score of 30 with a margin of
5 is an interval from 25 to 35. Variances are those of one answer's code on the
-1 / 0 / +1 scale; an NPS has at most 1 (half promoters, half detractors), a
change of the same person's code up to 4.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypedDict

import attrs

from npscore.errors import InputError
from npscore.scoring.choices import Alternative
from npscore.scoring.given import positive
from npscore.scoring.intervals import ROCKS, z_two_sided
from npscore.scoring.planning.assumptions import (
    PlanningMethod,
    Populations,
    Shares,
    check_answers,
    check_design,
    variance_or_worst,
    z_of_level,
)

WIDEST = 100.0
"""The margin, in points, of an interval of all scores there are."""

_ROUNDING = 1e-12


class _Limits(TypedDict):
    level: float
    method: PlanningMethod
    population: int | None
    design_effect: float


@attrs.frozen(kw_only=True)
class SampleSize:
    """How many answers are needed, and everything that was assumed.

    Attributes:
        n: answers needed, per group where there are two.
        n_b: answers needed in the second group, None where there is one.
        invited: people to invite for `n` answers at `response_rate`.
        invited_b: the same for the second group.
        margin: the half width asked for, in points, None for a difference.
        difference: the difference to be seen, in points, None for a margin.
        variance: of one answer's code, of the first group.
        variance_b: of the second group.
        power: the chance to see the difference, a fraction, None for a margin.
        level: 1 - alpha, a fraction.
        z: the normal quantile of the level.
        z_power: the normal quantile of the power.
        method: the interval or test that was planned for.
        alternative: the sides of the test.
        population: people in each group's population, None for no limit.
        design_effect: how many answers count as one.
        response_rate: the fraction of invitations that are answered.
    """

    n: int
    n_b: int | None = None
    invited: int
    invited_b: int | None = None
    margin: float | None = None
    difference: float | None = None
    variance: float
    variance_b: float | None = None
    power: float | None = None
    level: float
    z: float
    z_power: float | None = None
    method: str
    alternative: Alternative = "two-sided"
    population: Populations | None = None
    design_effect: float
    response_rate: float

    def __str__(self) -> str:
        answers = f"{self.n:,} answers" if self.n_b is None else f"{self.n:,} and {self.n_b:,} answers"
        invited = f"{self.invited:,}" if self.invited_b is None else f"{self.invited:,} and {self.invited_b:,}"
        return f"{answers}, {invited} invited at a response rate of {100 * self.response_rate:.3g} %"


def sample_size(
    margin: float,
    *,
    variance: float | None = None,
    shares: Shares | None = None,
    level: float = 0.95,
    method: PlanningMethod = "wald",
    population: int | None = None,
    design_effect: float = 1.0,
    response_rate: float = 1.0,
) -> SampleSize:
    """How many answers give an interval with this margin.

    With v the variance and z the normal quantile, k = z^2 v / margin^2 (less 3,
    the pseudo-counts, for the adjusted Wald interval), times the design effect,
    then k / (1 + k / N) in a population of N; rounded up.

    Args:
        margin: the half width of the interval, in points, at most 100.
        variance: of one answer's code; the default is the worst case, 1.
        shares: detractors, passives, promoters as fractions, in place of a variance.
        level: the confidence level, a fraction.
        method: the interval that will be taken, ``"wald"`` or ``"adjusted_wald"``.
        population: how many people there are to ask, None for no limit.
        design_effect: how many answers count as one, for weights and clusters.
        response_rate: the fraction of invitations that are answered.

    Returns:
        A `SampleSize` with `n`, `invited` and what was assumed.

    Raises:
        InputError: for a margin that is not above 0 or is above 100, a variance
            that is not above 0, shares that
            do not sum to 1, or a fraction outside its range.

    References:
        Cochran, W. G. (1977). Sampling Techniques, 3rd ed., 4.6 and 4.7.

    Example:
        >>> plan = sample_size(5, shares=(0.2, 0.3, 0.5), response_rate=0.25)
        >>> plan.n, plan.invited, round(plan.variance, 2)
        (938, 3752, 0.61)
    """
    limits: _Limits = {"level": level, "method": method, "population": population, "design_effect": design_effect}
    v, z = variance_or_worst(variance, shares), z_of_level(level, method)
    check_design(population, design_effect, response_rate)
    if positive("margin", margin) > WIDEST:
        raise InputError(f"a margin of {margin:g} points reaches beyond all scores; it is half a width, at most 100.")
    k = (100 * z / margin) * (100 * z / margin) * v - _added(method)
    rough = limited(max(k, 0) * design_effect, population)
    n = _smallest(rough, lambda n: _half_width(n, v, **limits) <= margin)
    asked = invited(n, response_rate)
    return SampleSize(n=n, invited=asked, margin=float(margin), variance=v, z=z, response_rate=response_rate, **limits)


def margin(
    n: float,
    *,
    variance: float | None = None,
    shares: Shares | None = None,
    level: float = 0.95,
    method: PlanningMethod = "wald",
    population: int | None = None,
    design_effect: float = 1.0,
) -> float:
    """The margin, in points, that so many answers give: the half width of the interval.

    The inverse of `sample_size`: 100 z sqrt(v / k), where k is n over the design
    effect and over 1 - n/N, and 3 more for the adjusted Wald interval.

    Args:
        n: answers.
        variance: of one answer's code; the default is the worst case, 1.
        shares: detractors, passives, promoters as fractions, in place of a variance.
        level: the confidence level, a fraction.
        method: the interval, ``"wald"`` or ``"adjusted_wald"``.
        population: how many people there are, None for no limit.
        design_effect: how many answers count as one.

    Raises:
        InputError: as `sample_size`, and when n is more than the population.

    References:
        Cochran, W. G. (1977). Sampling Techniques, 3rd ed., 4.6 and 4.7.

    Example:
        >>> round(margin(938, shares=(0.2, 0.3, 0.5)), 3)
        4.998
        >>> margin(400, population=400)
        0.0
    """
    z_of_level(level, method)
    check_design(population, design_effect)
    check_answers(n, population)
    v = variance_or_worst(variance, shares)
    return _half_width(n, v, level=level, method=method, population=population, design_effect=design_effect)


def _half_width(
    n: float, v: float, *, level: float, method: PlanningMethod, population: int | None, design_effect: float
) -> float:
    """The margin of checked arguments; a whole population has none."""
    if n == population:
        return 0.0
    equivalent = n / design_effect * (population / (population - n) if population else 1)
    return 100 * z_two_sided(level) * math.sqrt(v / (equivalent + _added(method)))


def limited(n: float, population: int | None) -> float:
    """The finite population correction of a sample size, survey form: n / (1 + n / N)."""
    return n if population is None else n / (1 + n / population)


def _added(method: str) -> float:
    return sum(ROCKS) if method == "adjusted_wald" else 0.0


def rounded_up(x: float) -> int:
    """Rounded up, taking what rounding made of a whole number for that whole number; at least 1."""
    if not x < 1e300:
        raise InputError("no number of answers is enough for this; ask for a larger margin or difference.")
    return max(1, math.ceil(x * (1 - _ROUNDING)) if x * _ROUNDING < 1 else math.ceil(x))


def _smallest(x: float, enough: Callable[[int], bool]) -> int:
    """The smallest whole number that is enough, where x is the answer before rounding up."""
    n = rounded_up(x)
    return n if enough(n) else n + 1


def invited(n: int, response_rate: float) -> int:
    """How many to invite, so that n answer."""
    return rounded_up(n / response_rate)
