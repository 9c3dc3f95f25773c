"""Means of two groups, compared as if both had the same make-up: the arithmetic behind `recovery`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import attrs

from npscore.scoring.intervals.student import t_two_sided

Cells = Mapping[int, Sequence[float]]
"""Values of one group by cell."""

_NOTHING = 1e-12


@attrs.frozen(kw_only=True)
class Compared:
    """What the treated have beyond comparable others; everything is None where no cell has both.

    Attributes:
        naive: the mean of the treated.
        naive_lower, naive_upper: the limits of its t interval.
        expected: the mean of the others, with the make-up of the treated.
        effect: naive - expected.
        standard_error: of the effect; None where no cell tells how values scatter.
        df: degrees of freedom of the effect.
        lower, upper: the limits of the effect.
    """

    naive: float | None = None
    naive_lower: float | None = None
    naive_upper: float | None = None
    expected: float | None = None
    effect: float | None = None
    standard_error: float | None = None
    df: float | None = None
    lower: float | None = None
    upper: float | None = None


def standardised(treated: Cells, others: Cells, level: float) -> Compared:
    """Direct standardisation over cells, weighted by the treated.

    With t_r treated in cell r of t in all, w_r = t_r / t and means T_r and
    C_r of the treated and the others: effect = sum of w_r (T_r - C_r), with
    the variance sum of w_r^2 (s^2_Tr / t_r + s^2_Cr / c_r). A cell with one
    value has no variance of its own and takes the pooled one of its group.
    The interval is Student's with Welch and Satterthwaite's degrees of
    freedom, rounded down: the variances are estimated from few values each,
    and need not be alike.

    Args:
        treated: values by cell; only cells that the others have too.
        others: values by cell; all cells of the treated.
        level: the confidence level, a fraction.

    References:
        Direct standardisation: Armitage, P., Berry, G. and Matthews, J. N. S.
        (2002). Statistical Methods in Medical Research, 4th ed., chapter 19.
        Satterthwaite, F. E. (1946). An approximate distribution of estimates
        of variance components. Biometrics Bulletin 2, 110-114.
    """
    values = [value for cell in treated.values() for value in cell]
    if not values:
        return Compared()
    weights = {cell: len(inside) / len(values) for cell, inside in treated.items()}
    naive = math.fsum(values) / len(values)
    expected = math.fsum(weight * _mean(others[cell]) for cell, weight in weights.items())
    parts = [*_parts(treated, weights), *_parts(others, weights)]
    error, df = _error(parts)
    own = math.sqrt(_squares(values) / (len(values) - 1) / len(values)) if len(values) > 1 else None
    naive_lower, naive_upper = _limits(naive, own, len(values) - 1, level)
    lower, upper = _limits(naive - expected, error, df, level)
    return Compared(
        naive=naive,
        naive_lower=naive_lower,
        naive_upper=naive_upper,
        expected=expected,
        effect=naive - expected,
        standard_error=error,
        df=df,
        lower=lower,
        upper=upper,
    )


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _squares(values: Sequence[float]) -> float:
    """The sum of squared distances from the mean."""
    mean = _mean(values)
    return math.fsum((value - mean) ** 2 for value in values)


def _parts(group: Cells, weights: Mapping[int, float]) -> Iterator[tuple[float, int]]:
    """Variances that add up to that of a weighted mean, each with its degrees of freedom; 0 of them for unknown."""
    several = {cell: values for cell, values in group.items() if cell in weights and len(values) > 1}
    for cell, values in several.items():
        yield weights[cell] ** 2 * _squares(values) / (len(values) - 1) / len(values), len(values) - 1
    single = [weight**2 for cell, weight in weights.items() if cell not in several]
    if single:
        df = sum(len(values) - 1 for values in several.values())
        pooled = math.fsum(map(_squares, several.values())) / df if df else 0.0
        yield math.fsum(single) * pooled, df


def _error(parts: Sequence[tuple[float, int]]) -> tuple[float | None, float | None]:
    """The standard error and Satterthwaite's degrees of freedom; None where a variance is unknown."""
    if any(not df for _, df in parts):
        return None, None
    variance = math.fsum(part for part, _ in parts)
    if variance < _NOTHING:
        return 0.0, None
    return math.sqrt(variance), variance**2 / math.fsum(part**2 / df for part, df in parts)


def _limits(value: float, error: float | None, df: float | None, level: float) -> tuple[float | None, float | None]:
    """Limits of a t interval; none where nothing scatters, for then nothing tells how sure the value is."""
    if not error or not df:
        return None, None
    reach = t_two_sided(level, max(1, int(df + 1e-9))) * error
    return value - reach, value + reach
