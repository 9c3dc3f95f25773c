"""Student's t in closed form: no SciPy, and nothing that an SQL engine cannot do.

Where SciPy is needed anyway, `t_exact` takes its quantile.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

from npscore.errors import DataWarning
from npscore.scoring.extras import optional
from npscore.scoring.intervals.formulas import clip, z_two_sided
from npscore.scoring.intervals.methods import Interval

_NOTHING = 1e-9  # points


def t_two_sided(level: float, df: int) -> float:
    """The quantile of Student's t that leaves (1 - level) / 2 in each tail.

    Exact for 1 and 2 degrees of freedom, Hill's algorithm beyond: relative
    error under 1e-5 at levels from 0.5 to 0.999999.

    Args:
        level: the confidence level, a fraction.
        df: degrees of freedom, at least 1.

    References:
        Hill, G. W. (1970). Algorithm 396: Student's t-quantiles. Communications
        of the ACM 13(10), 619-620.

    Example:
        >>> [round(t_two_sided(0.95, df), 4) for df in (1, 2, 3, 10, 1000)]
        [12.7062, 4.3027, 3.1824, 2.2281, 1.9623]
    """
    tails = 1 - level
    if df == 1:
        return math.tan(math.pi * level / 2)
    return math.sqrt(2 / (tails * (2 - tails)) - 2) if df == 2 else _hill(tails, df)


def _hill(tails: float, df: int) -> float:
    """Two expansions, in the names of the source: about the normal quantile, and for the far tail."""
    a = 1 / (df - 0.5)
    b = 48 / (a * a)
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * math.sqrt(a * math.pi / 2) * df
    y = (d * tails) ** (2 / df)
    if y <= 0.05 + a:
        head = ((df + 6) / (df * y) - 0.089 * d - 0.822) * (df + 2) * 3
        return math.sqrt(df * (((1 / head + 0.5 / (df + 4)) * y - 1) * (df + 1) / (df + 2) + 1 / y))
    x = -z_two_sided(1 - tails)
    if df < 5:
        c += 0.3 * (df - 4.5) * (x + 0.6)
    c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c
    square = x * x
    near = (((((0.4 * square + 6.3) * square + 36) * square + 94.5) / c - square - 3) / b + 1) * x
    return math.sqrt(df * math.expm1(a * near * near))


def t_expansion(level: float) -> tuple[float, ...]:
    """The coefficients of t in powers of 1/df, from the zeroth: all that a dataframe needs beyond a few df.

    Relative error under 4e-5 from 30 degrees of freedom on, at levels to 0.999999.

    Args:
        level: the confidence level, a fraction.

    References:
        Abramowitz, M. and Stegun, I. A. (1964). Handbook of Mathematical
        Functions, 26.7.5.

    Example:
        >>> round(sum(part / 40**power for power, part in enumerate(t_expansion(0.95))), 4)
        2.0211
    """
    z = z_two_sided(level)
    return (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )


def t_exact(level: float, df: Any) -> Any:
    """The same quantile to the last digits, by SciPy: for numbers and arrays.

    Raises:
        MissingExtraError: without the extra ``stats``.

    Example:
        >>> round(float(t_exact(0.95, 10)), 4)
        2.2281
    """
    return -optional("scipy.special").stdtrit(df, (1 - level) / 2)


def warn_if_agreed(error: float | None, *, depth: int) -> None:
    """Warn where units do not differ, so that their spread tells nothing of the error.

    Args:
        error: the standard error in points, None where there is none.
        depth: how many calls up the caller stands.

    Warns:
        DataWarning: for an error of 0.
    """
    if error is not None and error < _NOTHING:
        warnings.warn(
            "all units agree, so the linearised interval has no width and does not tell how sure the score is; "
            "more units would.",
            DataWarning,
            stacklevel=depth,
        )


def t_interval(value: float, error: float | None, *, df: int, level: float) -> Interval:
    """The linearised interval of a mean of units: t standard errors to either side, None where there is no error.

    Args:
        value: in points.
        error: the standard error in points, None with fewer than two units.
        df: units less one.
        level: the confidence level, a fraction.
    """
    if error is None:
        return Interval(None, None, level, "linearised", value, None, None, None, None)
    reach = t_two_sided(level, df) * error
    lower, upper = value - reach, value + reach
    return Interval(clip(lower), clip(upper), level, "linearised", value, error, df, lower, upper)
