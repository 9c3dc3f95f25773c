"""The score test of one Net Promoter Score, and the interval that inverts it.

The counts of promoters and detractors among n answers are what Tango (1998)
calls the discordant pairs, so the methods for paired proportions carry over.
Everything here is on the -1 to +1 scale and works on numbers and on arrays.

References:
    Tango, T. (1998). Equivalence test and confidence interval for the
    difference in proportions for the paired-sample design. Statistics in
    Medicine 17, 891-908.
"""

from __future__ import annotations

from typing import Any

from npscore.scoring.extras import optional

_NEWTON, _HALVINGS = 20, 60  # halving alone would do; Newton's steps are few
_CLOSE = 2.3e-16
_BLOCK = 1 << 13  # groups solved together, few enough for the processor's cache


def null_variance(delta: Any, detractors: Any, n: Any, promoters: Any) -> tuple[Any, Any]:
    """The variance of one answer's code, most likely if the true score were `delta`, and its derivative.

    With q the share of the rarer of promoters and detractors (the constrained
    maximum likelihood estimate, the positive root of a quadratic) it is
    2 q + |delta| (1 - |delta|). The root is taken in the form that never
    subtracts nearly equal numbers.
    """
    np = optional("numpy")
    t = np.abs(delta)
    rarer = np.where(delta < 0, promoters, detractors)
    extremes = detractors + promoters
    steep = 2 * (n + rarer) - extremes
    b, c = steep * t - extremes, rarer * t * (1 - t)
    root = np.sqrt(b * b + 8 * n * c)
    reach = np.abs(b) + root
    with np.errstate(invalid="ignore", divide="ignore"):
        q = np.where(b <= 0, reach / (4 * n), 2 * c / reach)
        slope = 2 * (rarer * (1 - 2 * t) - steep * q) / root + 1 - 2 * t
    return 2 * q + t * (1 - t), np.where(delta < 0, -slope, slope)


def score_statistic(delta: Any, detractors: Any, n: Any, promoters: Any) -> tuple[Any, Any]:
    """The score statistic at `delta`, and the standard error it divides by.

    At the ends of the range the standard error is 0: the statistic is then 0
    if all answers agree with `delta`, and infinite otherwise.
    """
    np = optional("numpy")
    gap = (promoters - detractors) / n - delta
    error = np.sqrt(null_variance(delta, detractors, n, promoters)[0] / n)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(gap == 0, 0.0, gap / error), error


def score_limits(detractors: Any, n: Any, promoters: Any, z: Any) -> tuple[Any, Any]:
    """Lower and upper limit: all `delta` whose score statistic is within z, exact to the last bits.

    The statistic falls in `delta`, so there is one root on either side of the
    score. Newton's steps find it, halving where they would leave the bracket.
    """
    np = optional("numpy")
    counts = np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in (detractors, n, promoters, z)))
    few, size, many, reach = map(np.ravel, counts)
    limits = np.empty((2, few.size))
    for start in range(0, few.size, _BLOCK):
        part = slice(start, start + _BLOCK)
        limits[0, part] = _lower(few[part], size[part], many[part], reach[part])
        limits[1, part] = -_lower(many[part], size[part], few[part], reach[part])
    lower, upper = limits.reshape(2, *counts[0].shape)
    return lower, upper


def _lower(detractors: Any, n: Any, promoters: Any, z: Any) -> Any:
    """The root of (value - x)^2 - z^2 variance(x) / n below the raw value."""
    np = optional("numpy")
    high, reach = (promoters - detractors) / n, z * z / n
    value, low = high, np.maximum(-1.0, high - np.sqrt(reach))
    x = low
    for turn in range(_NEWTON + _HALVINGS):
        variance, slope = null_variance(x, detractors, n, promoters)
        gap = (value - x) ** 2 - reach * variance
        low, high = np.where(gap >= 0, x, low), np.where(gap >= 0, high, x)
        with np.errstate(invalid="ignore", divide="ignore"):
            step = x + gap / (2 * (value - x) + reach * slope)
        open_still = (np.abs(gap) > 0) & ~(np.abs(step - x) <= _CLOSE)
        if not open_still.any():
            break
        inside = (step >= low) & (step < high) & (turn < _NEWTON)
        x = np.where(open_still, np.where(inside, step, (low + high) / 2), x)
    return x


def mover_limits(first: tuple[Any, Any, Any], second: tuple[Any, Any, Any], z: Any) -> tuple[Any, Any]:
    """Limits of a difference, from the distances of two scores to their score limits squared and added.

    References:
        Newcombe, R. G. (1998). Improved confidence intervals for the difference
        between binomial proportions based on paired data. Statistics in
        Medicine 17, 2635-2650.
    """
    np = optional("numpy")
    values = [(promoters - detractors) / n for detractors, n, promoters in (first, second)]
    (low_a, high_a), (low_b, high_b) = score_limits(*first, z), score_limits(*second, z)
    gap = values[0] - values[1]
    lower = gap - np.hypot(values[0] - low_a, high_b - values[1])
    return lower, gap + np.hypot(high_a - values[0], values[1] - low_b)


def mover_statistic(first: tuple[Any, Any, Any], second: tuple[Any, Any, Any]) -> Any:
    """The z at which the limits of `mover_limits` reach 0, with the sign of the difference.

    It lies between the z at which one and the other distance make half of the
    squared difference.
    """
    np = optional("numpy")
    columns = np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in (*first, *second)))
    d, n, p, e, m, q = map(np.ravel, columns)
    turned = (p - d) / n < (q - e) / m  # mirrored, so that the first score is the higher one
    d, p, e, q = (np.where(turned, *pair) for pair in ((p, d), (d, p), (q, e), (e, q)))
    high, low = (p - d) / n, (q - e) / m
    share = (high - low) * 0.5**0.5
    one = score_statistic(high - share, d, n, p)[0]
    other = -score_statistic(low + share, e, m, q)[0]
    near, far = np.minimum(one, other), np.maximum(one, other)
    for _ in range(_HALVINGS):
        z = (near + far) / 2
        reach = np.hypot(high - _lower(d, n, p, z), low + _lower(q, m, e, z))
        near, far = np.where(reach < high - low, z, near), np.where(reach < high - low, far, z)
    return (np.where(turned, -1, 1) * (near + far) / 2).reshape(columns[0].shape)
