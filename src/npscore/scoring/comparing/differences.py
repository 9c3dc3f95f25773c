"""What every comparison of two scores shares: its attributes, its limits, its test."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import attrs

from npscore.errors import InputError, PoolingError
from npscore.scoring.choices import Alternative, check_alternative
from npscore.scoring.extras import optional
from npscore.scoring.intervals import check_level, clip, within, z_two_sided
from npscore.scoring.intervals.student import t_exact

WIDEST = 200.0
"""A difference of two scores lies between -200 and 200 points."""


@attrs.frozen(kw_only=True)
class Difference:
    """The difference of two scores and its test: what all comparisons have.

    Attributes:
        difference: of the raw scores, in points from -200 to 200.
        adjusted_difference: the difference that the method tests, in points:
            of the adjusted counts for adjusted Wald, else the raw one.
        standard_error: of that difference in points, as the method takes it.
        lower, upper: two-sided limits of the difference at `level`, in points,
            clipped to [-200, 200], of a score and a benchmark to what the
            benchmark leaves of it; also when the alternative is one-sided.
        statistic: z, or t where `df` is given.
        df: degrees of freedom of t, None for z.
        p_value: not adjusted for other tests.
        method: how it was made.
        level: the confidence level as a fraction.
    """

    difference: float
    adjusted_difference: float
    standard_error: float
    lower: float
    upper: float
    statistic: float
    df: float | None
    p_value: float
    method: str
    level: float

    def __str__(self) -> str:
        if not isinstance(self.lower, float):
            return f"{len(self.lower)} differences ({self._how})"
        chance = "p < 0.001" if self.p_value < 0.001 else f"p = {self.p_value:.3f}"
        return (
            f"difference {self.difference:+.1f} ({100 * self.level:.6g} % interval {self.lower:+.1f} to "
            f"{self.upper:+.1f}), {chance} ({self._how})"
        )

    @property
    def _how(self) -> str:
        return self.method


@attrs.frozen(kw_only=True)
class Comparison(Difference):
    """The difference of two scores, or of a score and a benchmark, and its test.

    Made from `Tallies`, the numbers are arrays, NaN where there is no test.

    Attributes:
        difference: the first raw score minus the second, in points; all else
            that a `Difference` has.
        alternative: of the p-value: ``"two-sided"``, or the first is
            ``"greater"`` or ``"less"``.
        n_a, n_b: how many answered on either side; `n_b` is None for a
            benchmark.
    """

    alternative: Alternative
    n_a: int
    n_b: int | None

    @property
    def _how(self) -> str:
        return f"{self.method}, {self.alternative}"


@attrs.frozen
class Parts:
    """What a method finds: the difference it tests, its error, its limits and its statistic."""

    difference: Any
    error: Any
    lower: Any
    upper: Any
    statistic: Any
    df: Any = None


def around(difference: Any, error: Any, level: float, df: Any = None) -> Parts:
    """A symmetric interval and the test that goes with it: z, or t with degrees of freedom.

    Raises:
        InputError: for one difference that has no standard error.
    """
    return reaching(difference, error, level, df, ratio(difference, error))


def reaching(difference: Any, error: Any, level: float, df: Any, statistic: Any) -> Parts:
    """A symmetric interval beside a statistic."""
    reach = error * (z_two_sided(level) if df is None else t_exact(level, df))
    return Parts(difference, error, difference - reach, difference + reach, statistic, df)


def possible(parts: Parts, benchmark: Any) -> Parts:
    """The limits of score - benchmark, clipped to where the score itself can be."""
    lower, upper = (within(limit, -100 - benchmark, 100 - benchmark) for limit in (parts.lower, parts.upper))
    return attrs.evolve(parts, lower=lower, upper=upper)


def plain_number(value: Any) -> int | float:
    """A whole number as it is, any other as a float."""
    return value if type(value) is int else float(value)


def fields_of(
    parts: Parts,
    *,
    raw: Any,
    method: str,
    level: float,
    alternative: Alternative = "two-sided",
    plain: Callable[[Any], Any] = plain_number,
) -> dict[str, Any]:
    """The attributes of a `Difference`, in which `plain` makes numbers of what a method found."""
    statistic, df = plain(parts.statistic), None if parts.df is None else plain(parts.df)
    return {
        "difference": plain(raw),
        "adjusted_difference": plain(parts.difference),
        "standard_error": plain(parts.error),
        "lower": clip(plain(parts.lower), WIDEST),
        "upper": clip(plain(parts.upper), WIDEST),
        "statistic": statistic,
        "df": df,
        "p_value": plain(p_value_of(statistic, alternative, df)),
        "method": method,
        "level": float(level),
    }


def ratio(difference: Any, error: Any) -> Any:
    """The difference in standard errors; 0 for no difference, and nothing where only the error is 0.

    Raises:
        InputError: for one difference that has no standard error.
    """
    if hasattr(difference, "shape") or hasattr(error, "shape"):
        np = optional("numpy")
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(error > 0, difference / error, np.where(difference == 0, 0.0 * error, np.nan))
    if error == 0 and difference != 0:
        raise InputError(
            "where all agree, or all change alike, this method has no standard error to divide by; "
            "use adjusted_wald on the counts, or score where there is no adjusted_wald."
        )
    return difference / error if error else 0.0


def normal_below(z: float) -> float:
    """The standard normal probability below z, to the last digits also far out."""
    return math.erfc(-z / math.sqrt(2)) / 2


def p_value_of(statistic: Any, alternative: Alternative, df: Any = None) -> Any:
    """The probability beyond a z or t, for numbers by the standard library where that can be."""
    beyond = {"two-sided": -abs(statistic), "greater": -statistic, "less": statistic}[alternative]
    sides = 2 if alternative == "two-sided" else 1
    if df is not None:
        return sides * optional("scipy.special").stdtr(df, beyond)
    if hasattr(beyond, "shape"):
        return sides * optional("scipy.special").ndtr(beyond)
    return sides * normal_below(beyond)


def check_options(level: float, alternative: str) -> None:
    """Refuse a level that is no fraction and what is no side of a test."""
    check_level(level)
    check_alternative(alternative)


def check_scales(a: Any, b: Any) -> None:
    """Refuse scores on unlike scales."""
    if a.scale != b.scale:
        raise PoolingError(
            f"scores on the scale {a.scale} and on {b.scale} answer different questions; they cannot be compared."
        )
