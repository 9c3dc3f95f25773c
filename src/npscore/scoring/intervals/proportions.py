"""Shares of a count, with the interval that holds for few and for extreme ones too."""

from __future__ import annotations

import math

import attrs

from npscore.errors import InputError, short
from npscore.scoring.intervals.formulas import check_level, z_two_sided


@attrs.frozen
class Share:
    """So many of so many, and how sure that is.

    Attributes:
        count: how many did.
        n: of how many.
        value: the share as a fraction; None where n is 0.
        lower, upper: the limits of its interval, fractions; None where n is 0.
        level: the confidence level, a fraction.
    """

    count: int
    n: int
    value: float | None
    lower: float | None
    upper: float | None
    level: float

    def __str__(self) -> str:
        if self.value is None or self.lower is None or self.upper is None:
            return "none (n = 0)"
        return f"{self.value:.0%} ({self.lower:.0%} to {self.upper:.0%}, n = {self.n})"


def share(count: int, n: int, *, level: float = 0.95) -> Share:
    """The share of a count with Wilson's score interval.

    Args:
        count: how many did.
        n: of how many; of 0 there is no share.
        level: the confidence level, a fraction.

    Raises:
        InputError: for counts that are no whole numbers with
            0 <= count <= n, and a level that is none.

    References:
        Wilson, E. B. (1927). Probable inference, the law of succession, and
        statistical inference. JASA 22, 209-212.

    Example:
        >>> str(share(9, 12))
        '75% (47% to 91%, n = 12)'
    """
    check_level(level)
    for number in (count, n):
        if isinstance(number, bool) or not isinstance(number, int) or number > 2**53:
            raise InputError(f"a share is made of whole numbers that can be counted, not of {short(number)}.")
    if not 0 <= count <= n:
        raise InputError(f"{short(count)} of {short(n)} is no share.")
    if not n:
        return Share(0, 0, None, None, None, level)
    lower, upper = wilson(count / n, n, z_two_sided(level))
    return Share(count, n, count / n, lower if count else 0.0, upper if count < n else 1.0, level)


def wilson(value: float, n: float, z: float) -> tuple[float, float]:
    """The limits at which a share would lie just z standard errors away, those errors being its own."""
    centre = (value + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * math.sqrt(value * (1 - value) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return centre - reach, centre + reach
