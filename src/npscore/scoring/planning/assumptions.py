"""What a plan assumes, read and checked: variances, populations, quantiles, fractions."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any, Literal, get_args

from npscore.errors import InputError, short
from npscore.scoring.choices import check_alternative, check_choice
from npscore.scoring.given import as_number, finite, positive, values_of
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
    return positive("variance", v)


def variance_of(shares: Shares) -> float:
    """The variance of one answer's code: p + d - (p - d)^2."""
    values = values_of("shares", shares)
    if len(values) != 3:
        raise InputError(
            f"shares={short(shares)} are not the fractions of detractors, passives, promoters: they sum to 1."
        )
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
        raise InputError(f"{name}={short(value)} must be one number for both groups, or two.")
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
    if population is not None and not ((as_whole(population) or 0) >= 1 and finite("population", population)):
        raise InputError(f"population={short(population)} is not a whole number of people; None is no limit.")
    positive("design_effect", design_effect)
    if not 0 < (as_number(response_rate) or 0) <= 1:
        raise InputError(f"response_rate={short(response_rate)} is not a fraction above 0; 25 % is response_rate=0.25.")


def check_answers(n: float, population: int | None) -> None:
    """Refuse a number of answers that is not above 0 or more than there are people."""
    positive("the number of answers", n)
    if population is not None and n > population:
        raise InputError(f"it takes {n:,} answers, more than the {population:,} people that there are.")


def _check_fraction(name: str, value: Any) -> None:
    if not 0 < (as_number(value) or 0) < 1:
        raise InputError(f"{name}={short(value)} is not a fraction between 0 and 1; 5 % is 0.05.")
