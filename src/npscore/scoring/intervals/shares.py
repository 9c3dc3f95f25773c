"""A score and its spread from the shares that others published."""

from __future__ import annotations

import math

import attrs

from npscore.errors import InputError
from npscore.scoring.given import finite, positive


@attrs.frozen
class Moments:
    """A score and its spread, from shares alone.

    Attributes:
        value: the score in points.
        variance: of one answer's code on the -1 / 0 / +1 scale, divisor n.
        standard_error: of the score in points; None where n is not given.
    """

    value: float
    variance: float
    standard_error: float | None


def moments(detractors: float, passives: float, promoters: float, n: float | None = None) -> Moments:
    """The score, variance and standard error that shares imply, for figures that others published.

    Args:
        detractors: their share; the three are fractions that sum to 1.
        passives: their share.
        promoters: their share.
        n: how many answered; without it there is no standard error.

    Raises:
        InputError: for shares below 0 or not summing to 1 within 1e-6, or an n
            that is not above 0.

    References:
        The variance is s - d^2 with s = promoters + detractors and
        d = promoters - detractors: the multinomial one, with the covariance.

    Example:
        >>> made = moments(0.2, 0.2, 0.6, n=100)
        >>> round(made.value, 6), round(made.variance, 6), round(made.standard_error, 6)
        (40.0, 0.64, 8.0)
    """
    detractors, passives, promoters = shares = (
        finite("the share of detractors", detractors),
        finite("the share of passives", passives),
        finite("the share of promoters", promoters),
    )
    if not all(0 <= share <= 1 for share in shares) or abs(math.fsum(shares) - 1) > 1e-6:
        raise InputError(f"shares are fractions that sum to 1, not {shares}; divide counts by their sum first.")
    net = promoters - detractors
    variance = max(promoters + detractors - net * net, 0.0)
    error = None if n is None else 100 * math.sqrt(variance / positive("n", n))
    return Moments(value=100.0 * net, variance=variance, standard_error=error)
