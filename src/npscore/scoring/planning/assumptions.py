"""What a plan assumes, read and checked: variances, populations, quantiles, fractions."""

from __future__ import annotations

import math
from numbers import Real
from statistics import NormalDist
from typing import Any, Literal, get_args

from npscore.errors import InputError
from npscore.scoring.choices import check_alternative, check_choice
from npscore.scoring.intervals import check_level, moments, z_two_sided
from npscore.scoring.scales import as_whole

PlanningMethod = Literal["wald", "adjusted_wald"]
Shares = tuple[float, float, float]
Variances = float | tuple[float, float]
Populations = int | tuple[int, int]

WORST = 1.0
"""The largest variance of one answer's code: half promoters, half detractors."""


def variance_or_worst(variance: float | None, shares: Shares | None = None) -> float:
    """The variance that was given, or that of the shares, or the worst case."""
    if variance is not None and shares is not None:
        raise InputError("variance and shares say the same thing twice; give one of them.")
    v = variance_of(shares) if shares is not None else WORST if variance is None else variance
    check_positive("variance", v)
    return float(v)


def variance_of(shares: Shares) -> float:
    """The variance of one answer's code: p + d - (p - d)^2."""
    values = tuple(shares)
    if len(values) != 3:
        raise InputError(f"shares={shares!r} are not the fractions of detractors, passives, promoters: they sum to 1.")
    return float(moments(*values).variance)


def both_variances(variances: Variances | None) -> tuple[float, float]:
    """One variance per group."""
    first, second = _two("variances", variances)
    return variance_or_worst(first), variance_or_worst(second)


def both_populations(population: Populations | None) -> tuple[int | None, int | None]:
    """One population per group."""
    first, second = _two("population", population)
    return first, second


def is_pair(value: Any) -> bool:
    """Whether there is one value for each of two groups."""
    return hasattr(value, "__len__") and not isinstance(value, str)


def _two(name: str, value: Any) -> tuple[Any, Any]:
    given = tuple(value) if is_pair(value) else (value, value)
    if len(given) != 2:
        raise InputError(f"{name}={value!r} must be one number for both groups, or two.")
    return given[0], given[1]


def z_of_level(level: float, method: str) -> float:
    """The normal quantile of a level, for a method that planning knows."""
    check_level(level)
    check_choice("method", method, get_args(PlanningMethod))
    return z_two_sided(level)


def z_of_alpha(alpha: float, alternative: str) -> float:
    """The normal quantile beyond which a test rejects."""
    check_alternative(alternative)
    _check_fraction("alpha", alpha)
    return -NormalDist().inv_cdf(alpha / 2 if alternative == "two-sided" else alpha)


def z_of_power(power: float, alpha: float) -> float:
    """The normal quantile of a power that is more than chance."""
    _check_fraction("power", power)
    if power <= alpha:
        raise InputError(f"power={power!r} is not above alpha={alpha!r}: chance alone does as well.")
    return NormalDist().inv_cdf(power)


def check_design(population: int | None, design_effect: float, response_rate: float = 1.0) -> None:
    """Refuse a population, design effect or response rate that cannot be."""
    if population is not None and (as_whole(population) or 0) < 1:
        raise InputError(f"population={population!r} is not a whole number of people; None is no limit.")
    check_positive("design_effect", design_effect)
    if not _is_number(response_rate) or not 0 < response_rate <= 1:
        raise InputError(f"response_rate={response_rate!r} is not a fraction above 0; 25 % is response_rate=0.25.")


def check_answers(n: float, population: int | None) -> None:
    """Refuse a number of answers that is not above 0 or more than there are people."""
    check_positive("the number of answers", n)
    if population is not None and n > population:
        raise InputError(f"{n:,} answers are more than the {population:,} people of the population.")


def check_positive(name: str, value: Any) -> None:
    """Refuse what is not a finite number above 0."""
    check_finite(name, value)
    if value <= 0:
        raise InputError(f"{name} must be above 0, and {value!r} is not.")


def check_finite(name: str, value: Any) -> None:
    """Refuse what is not a finite number."""
    if not _is_number(value) or not math.isfinite(value):
        raise InputError(f"{name} must be a finite number, and {value!r} is not.")


def _check_fraction(name: str, value: Any) -> None:
    if not _is_number(value) or not 0 < value < 1:
        raise InputError(f"{name}={value!r} is not a fraction between 0 and 1; 5 % is 0.05.")


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
