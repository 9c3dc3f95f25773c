"""Student's t in closed form, for numbers and for the columns of any dataframe.

Exact for 1 and 2 degrees of freedom, Hill's algorithm beyond: no table, no
SciPy, and nothing that an SQL engine cannot do. Where SciPy is needed anyway,
`t_exact` takes its quantile.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from npscore.scoring.extras import optional
from npscore.scoring.intervals.formulas import clip, z_two_sided
from npscore.scoring.intervals.methods import Interval

Choose = Callable[[Any, Any, Any], Any]


def _choose(condition: bool, then: Any, otherwise: Any) -> Any:
    return then if condition else otherwise


def t_two_sided(level: float, df: Any, *, choose: Choose = _choose, exp: Callable[[Any], Any] = math.exp) -> Any:
    """The quantile of Student's t that leaves (1 - level) / 2 in each tail.

    Relative error under 1e-4 from 3 degrees of freedom on, at levels to 0.9999.

    Args:
        level: the confidence level, a fraction.
        df: degrees of freedom, at least 1: a number, or a column of them.
        choose: what picks between two values by a condition; for columns, the
            engine's ``when``.
        exp: the exponential function, for columns the engine's.

    References:
        Hill, G. W. (1970). Algorithm 396: Student's t-quantiles. Communications
        of the ACM 13(10), 619-620.

    Example:
        >>> [round(t_two_sided(0.95, df), 4) for df in (1, 2, 3, 10, 1000)]
        [12.7062, 4.3027, 3.1824, 2.2281, 1.9623]
    """
    tails = 1 - level
    one = math.tan(math.pi * level / 2)
    two = math.sqrt(2 / (tails * (2 - tails)) - 2)
    return choose(df == 1, one, choose(df == 2, two, _hill(tails, df, choose, exp)))


def t_exact(level: float, df: Any) -> Any:
    """The same quantile to the last digits, by SciPy: for numbers and arrays.

    Raises:
        MissingExtraError: without the extra ``stats``.

    Example:
        >>> round(float(t_exact(0.95, 10)), 4)
        2.2281
    """
    return -optional("scipy.special").stdtrit(df, (1 - level) / 2)


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


def _hill(tails: float, df: Any, choose: Choose, exp: Callable[[Any], Any]) -> Any:
    """Two expansions, in the names of the source: about the normal quantile, and for the far tail."""
    a = (df - 0.5) ** -1.0
    b = 48 * a**-2.0
    c = ((20700 * a * b**-1.0 - 98) * a - 16) * a + 96.36
    d = ((94.5 * (b + c) ** -1.0 - 3) * b**-1.0 + 1) * (a * (math.pi / 2)) ** 0.5 * df
    y = (d * tails) ** (2 * df**-1.0)
    head = ((df + 6) * (df * y) ** -1.0 - 0.089 * d - 0.822) * (df + 2) * 3
    far = ((head**-1.0 + 0.5 * (df + 4) ** -1.0) * y - 1) * (df + 1) * (df + 2) ** -1.0 + y**-1.0

    x = -z_two_sided(1 - tails)
    c = choose(df < 5, c + 0.3 * (df - 4.5) * (x + 0.6), c)
    c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c
    square = x * x
    near = (((((0.4 * square + 6.3) * square + 36) * square + 94.5) * c**-1.0 - square - 3) * b**-1.0 + 1) * x
    near = a * near * near
    near = choose(near > 0.002, exp(near) - 1, 0.5 * near * near + near)
    return (df * choose(y > 0.05 + a, near, far)) ** 0.5
