"""Planning for a difference: the answers that show it, the power they have, what they can show.

Standard library only. The tests are normal ones with the variances that are
given, as for large samples. Differences are in points, powers and alphas are
fractions.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TypedDict

from npscore.errors import InputError
from npscore.scoring.choices import Alternative
from npscore.scoring.given import finite, positive
from npscore.scoring.planning.assumptions import (
    Populations,
    Variances,
    both_populations,
    both_variances,
    check_answers,
    check_design,
    is_pair,
    variance_or_worst,
    z_of_alpha,
    z_of_power,
)
from npscore.scoring.planning.margins import SampleSize, invited, limited, rounded_up


def sample_size_difference(
    difference: float,
    *,
    variances: Variances | None = None,
    power: float = 0.8,
    alpha: float = 0.05,
    ratio: float = 1.0,
    alternative: Alternative = "two-sided",
    population: Populations | None = None,
    design_effect: float = 1.0,
    response_rate: float = 1.0,
) -> SampleSize:
    """How many answers per group show a difference of two scores.

    n = (v_a + v_b / ratio) (z_alpha + z_power)^2 / difference^2 answers in the
    first group and ratio times as many in the second, both rounded up. In
    limited populations, v_a / N_a + v_b / N_b is added to the squared standard
    error that the test may have.

    Args:
        difference: that is to be seen, in points; its sign does not matter.
        variances: of one answer's code, one for both groups or a pair; the
            default is the worst case, 1. For the same people twice, plan with
            `sample_size_benchmark` and the variance of the change.
        power: the chance to see it, a fraction.
        alpha: the size of the test, a fraction.
        ratio: answers in the second group for each in the first.
        alternative: ``"two-sided"``, or one-sided in the direction of the difference.
        population: people in each group, one number for both or a pair.
        design_effect: how many answers count as one.
        response_rate: the fraction of invitations that are answered.

    Returns:
        A `SampleSize` with `n`, `n_b`, `invited`, `invited_b` and what was assumed.

    Raises:
        InputError: for a difference, variance or ratio that is not above 0, a
            fraction outside (0, 1), or a group that is too small to answer.

    References:
        Chow, S.-C., Shao, J. and Wang, H. (2008). Sample Size Calculations in
        Clinical Research, 2nd ed., 3.2.1.

    Example:
        >>> plan = sample_size_difference(10, variances=0.6)
        >>> plan.n, plan.n_b, plan.power
        (942, 942, 0.8)
    """
    (v_a, v_b), (people_a, people_b) = both_variances(variances), both_populations(population)
    squared, assumed = _allowed(difference, power, alpha, alternative)
    positive("ratio", ratio)
    for people in (people_a, people_b):
        check_design(people, design_effect, response_rate)
    spared = v_a / (people_a or math.inf) + v_b / (people_b or math.inf)
    n = rounded_up(design_effect * (v_a + v_b / ratio) / (squared + design_effect * spared))
    n_b = rounded_up(ratio * n)
    check_answers(n, people_a)
    check_answers(n_b, people_b)
    return SampleSize(
        n=n, n_b=n_b, invited=invited(n, response_rate), invited_b=invited(n_b, response_rate), variance=v_a,
        variance_b=v_b, population=population, design_effect=design_effect, response_rate=response_rate, **assumed,
    )  # fmt: skip


def sample_size_benchmark(
    difference: float,
    *,
    variance: float | None = None,
    power: float = 0.8,
    alpha: float = 0.05,
    alternative: Alternative = "two-sided",
    population: int | None = None,
    design_effect: float = 1.0,
    response_rate: float = 1.0,
) -> SampleSize:
    """How many answers show that a score differs from a fixed benchmark.

    n = v (z_alpha + z_power)^2 / difference^2, times the design effect, then
    n / (1 + n / N) in a population of N; rounded up. With the variance of each
    person's change it plans a panel, whose benchmark is a change of 0.

    Args:
        difference: of the score from the benchmark, in points; its sign does not matter.
        variance: of one answer's code; the default is the worst case, 1.
        power: the chance to see it, a fraction.
        alpha: the size of the test, a fraction.
        alternative: ``"two-sided"``, or one-sided in the direction of the difference.
        population: how many people there are to ask, None for no limit.
        design_effect: how many answers count as one.
        response_rate: the fraction of invitations that are answered.

    Raises:
        InputError: as `sample_size_difference`.

    References:
        Chow, S.-C., Shao, J. and Wang, H. (2008). Sample Size Calculations in
        Clinical Research, 2nd ed., 3.1.1.

    Example:
        >>> sample_size_benchmark(10, variance=0.6).n
        471
    """
    v = variance_or_worst(variance)
    squared, assumed = _allowed(difference, power, alpha, alternative)
    check_design(population, design_effect, response_rate)
    n = rounded_up(limited(design_effect * v / squared, population))
    return SampleSize(
        n=n, invited=invited(n, response_rate), variance=v, population=population, design_effect=design_effect,
        response_rate=response_rate, **assumed,
    )  # fmt: skip


def power(
    difference: float,
    n_a: float,
    n_b: float | None,
    *,
    variances: Variances | None = None,
    alpha: float = 0.05,
    alternative: Alternative = "two-sided",
    population: Populations | None = None,
    design_effect: float = 1.0,
) -> float:
    """The chance, a fraction, that a test shows a true difference of two scores.

    Phi(abs(difference) / SE - z_alpha), and the small other tail of a two-sided test.

    Args:
        difference: the true difference, in points; its sign does not matter.
        n_a: answers in the first group.
        n_b: answers in the second group; None compares with a fixed benchmark.
        variances: of one answer's code, one for both groups or a pair; the
            default is the worst case, 1.
        alpha: the size of the test, a fraction.
        alternative: ``"two-sided"``, or one-sided in the direction of the difference.
        population: people in each group, one number for both or a pair.
        design_effect: how many answers count as one.

    Raises:
        InputError: for answers or variances that are not above 0, or an alpha
            outside (0, 1).

    References:
        Chow, S.-C., Shao, J. and Wang, H. (2008). Sample Size Calculations in
        Clinical Research, 2nd ed., 3.2.1.

    Example:
        >>> round(power(10, 942, 942, variances=0.6), 3)
        0.8
    """
    z = z_of_alpha(alpha, alternative)
    error = _error(n_a, n_b, variances, population, design_effect)
    finite("difference", difference)
    if error == 0:
        return 1.0 if difference else alpha
    shift = abs(difference) / error
    far_tail = NormalDist().cdf(-shift - z) if alternative == "two-sided" else 0.0
    return NormalDist().cdf(shift - z) + far_tail


def minimum_detectable_change(
    n_a: float,
    n_b: float | None,
    *,
    variances: Variances | None = None,
    power: float = 0.8,
    alpha: float = 0.05,
    alternative: Alternative = "two-sided",
    population: Populations | None = None,
    design_effect: float = 1.0,
) -> float:
    """The smallest difference, in points, that so many answers show with this power.

    (z_alpha + z_power) SE. What is smaller may be real and will mostly be missed.

    Args:
        n_a: answers in the first group.
        n_b: answers in the second group; None compares with a fixed benchmark.
        variances: of one answer's code, one for both groups or a pair; the
            default is the worst case, 1.
        power: the chance to see it, a fraction.
        alpha: the size of the test, a fraction.
        alternative: ``"two-sided"``, or one-sided in the direction of the difference.
        population: people in each group, one number for both or a pair.
        design_effect: how many answers count as one.

    Raises:
        InputError: as `power`, and for a power that is not above alpha.

    References:
        Bloom, H. S. (1995). Minimum detectable effects. Evaluation Review
        19(5), 547-556.

    Example:
        >>> round(minimum_detectable_change(400, 400, variances=0.6), 1)
        15.3
    """
    z, z_power = z_of_alpha(alpha, alternative), z_of_power(power, alpha)
    return (z + z_power) * _error(n_a, n_b, variances, population, design_effect)


def _error(
    n_a: float, n_b: float | None, variances: Variances | None, population: Populations | None, design_effect: float
) -> float:
    """The standard error, in points, of a difference, or of a score when there is no second group."""
    (v_a, v_b), (people_a, people_b) = both_variances(variances), both_populations(population)
    if n_b is None and (is_pair(variances) or is_pair(population)):
        raise InputError("n_b=None compares one group with a benchmark, and a pair was given; pass n_b or one number.")
    squared = _squared_error(n_a, v_a, people_a, design_effect)
    if n_b is not None:
        squared += _squared_error(n_b, v_b, people_b, design_effect)
    return 100 * math.sqrt(squared)


def _squared_error(n: float, v: float, population: int | None, design_effect: float) -> float:
    check_design(population, design_effect)
    check_answers(n, population)
    return design_effect * v / n * (1 - n / (population or math.inf))


class _Test(TypedDict):
    difference: float
    power: float
    level: float
    z: float
    z_power: float
    method: str
    alternative: Alternative


def _allowed(difference: float, power: float, alpha: float, alternative: Alternative) -> tuple[float, _Test]:
    """The squared standard error, on the code's scale, at which a test has this power; and the test."""
    z, z_power = z_of_alpha(alpha, alternative), z_of_power(power, alpha)
    finite("difference", difference)
    size = abs(float(difference))
    error = size / (100 * (z + z_power))
    positive("the size of the difference", error * error)
    return error * error, _Test(
        difference=size, power=power, level=1 - alpha, z=z, z_power=z_power, method="wald", alternative=alternative
    )
