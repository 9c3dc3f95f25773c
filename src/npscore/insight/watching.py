"""Watching a score over time: control limits that vary with n, EWMA and CUSUM.

Plain Python: a chart has tens or hundreds of waves, and needs no extra.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import attrs

from npscore.errors import DataWarning, EmptyTallyError, InputError
from npscore.scoring.given import finite, points, positive, values_of
from npscore.scoring.tallies import Tally

_EXPECTED_RANGE = 2 / math.sqrt(math.pi)  # of two standard normal values: the d2 of two


@attrs.frozen(kw_only=True)
class _Watch:
    """What every way to watch a score has."""

    center: float
    sigma: float
    outside: list[int]


@attrs.frozen(kw_only=True)
class ControlChart(_Watch):
    """Waves against limits that vary with their n.

    Attributes:
        center: the centre line in points.
        sigma: standard deviation of one answer, in points.
        outside: indices from 0 of the waves beyond their limits.
        values: the scores in points.
        n: answers a wave.
        lower, upper: limits of each wave in points, not clipped.
        dispersion: how much more waves differ from one to the next than
            sampling explains, as a ratio of standard deviations (1: not at
            all more); None with fewer than two waves.
    """

    values: list[float]
    n: list[float]
    lower: list[float]
    upper: list[float]
    dispersion: float | None


@attrs.frozen(kw_only=True)
class Ewma(_Watch):
    """An exponentially weighted moving average against its limits.

    Attributes:
        center: the centre line in points.
        sigma: standard deviation of one answer, in points.
        outside: indices from 0 of the waves where the average is beyond its
            limits.
        values: the moving average in points.
        lower, upper: its limits in points, not clipped.
        weight, width: as given.
    """

    values: list[float]
    lower: list[float]
    upper: list[float]
    weight: float
    width: float


@attrs.frozen(kw_only=True)
class Cusum(_Watch):
    """Two cumulated sums, in standard errors, against a threshold.

    Attributes:
        center: the centre line in points.
        sigma: standard deviation of one answer, in points.
        outside: indices from 0 of the waves where a sum is above the
            threshold.
        high, low: the sums that grow when scores run above, below the centre.
        onset: index from 0 of the wave with which the run to the first alarm
            began; None without an alarm.
        allowance, threshold: as given.
    """

    high: list[float]
    low: list[float]
    onset: int | None
    allowance: float
    threshold: float


@attrs.frozen
class _Waves:
    values: list[float]
    n: list[float]
    center: float
    sigma: float

    def standard_errors(self) -> list[float]:
        return [self.sigma / math.sqrt(n) for n in self.n]


def control_chart(
    waves: Any, n: Any = None, *, center: float | None = None, sigma: float | None = None, sigmas: float = 3
) -> ControlChart:
    """Hold every wave against center ± sigmas x sigma / √n.

    The centre is the pooled score, sigma the root of the pooled variance of
    one answer (divisor n), both in points. Freeze them: make one chart of the
    baseline waves, and give its `center` and `sigma` to the chart of later
    ones; limits that are made anew with every wave hide a slow drift.

    With n in the thousands sampling error is tiny, and ordinary differences
    between waves raise an alarm each time. `dispersion` (Laney's ratio) shows
    it; ``sigma=chart.sigma * chart.dispersion`` takes it into the limits.

    Args:
        waves: tallies, or scores in points; of a mapping, its values.
        n: answers a wave when scores are given, one number or one each;
            without it every score is taken for one observation.
        center: centre line in points; None pools the waves.
        sigma: standard deviation of one answer, in points as the scores are:
            some 60 to 90 for most mixes, and 100 times the root of a
            `variance`, which is of the codes -1, 0 and +1. None takes it from
            the tallies. Scores do not tell it: for them it is estimated from
            the moving range of √n (score - center). Above 100 it is no
            standard deviation of answers alone, but may have a `dispersion`
            in it.
        sigmas: how many standard errors the limits are away.

    Returns:
        A `ControlChart`.

    Raises:
        EmptyTallyError: without waves, or for a wave without answers.
        InputError: for scores or a center off the range, sizes that are no
            numbers, or a sigma that is 0 because nothing differs.
        PoolingError: for tallies on unlike scales.

    Warns:
        DataWarning: for a sigma of at most 1 with tallies or sizes, which looks
            as if it were of the codes and not of points.

    References:
        Montgomery, D. C., Introduction to Statistical Quality Control, charts
        for attributes with variable sample size; Laney, D. B. (2002), Quality
        Engineering 14, 531-537.

    Example:
        >>> baseline = control_chart([Tally(20, 30, 50), Tally(25, 25, 50), Tally(18, 34, 48)])
        >>> baseline.center, baseline.outside
        (28.333333333333332, [])
        >>> control_chart([Tally(60, 80, 60)], center=baseline.center, sigma=baseline.sigma).outside
        [0]
    """
    reach = positive("sigmas", sigmas)
    read = _read(waves, n, center, sigma)
    limits = _limits(read, read.values, [reach * error for error in read.standard_errors()])
    return ControlChart(n=read.n, dispersion=_dispersion(read), **limits)


def ewma(
    waves: Any,
    n: Any = None,
    *,
    center: float | None = None,
    sigma: float | None = None,
    weight: float = 0.2,
    width: float = 2.86,
) -> Ewma:
    """Smooth the waves, so that a small lasting change shows sooner than in a control chart.

    z_t = weight x score_t + (1 - weight) x z_(t-1), beginning at the centre.
    Its variance is added up in the same way, so the limits are exact for every
    n; with equal n they are center ± width x sigma / √n x
    √(weight / (2 - weight) (1 - (1 - weight)^(2t))).

    Args:
        waves: as in `control_chart`.
        n: as in `control_chart`.
        center: as in `control_chart`; freeze it on a baseline.
        sigma: as in `control_chart`; freeze it on a baseline.
        weight: of the newest wave, above 0 and at most 1; the lambda of the
            books.
        width: of the limits in standard errors of the average; the L of the
            books. 0.2 with 2.86, and 0.1 with 2.70, raise a false alarm every
            370 waves on average.

    Returns:
        An `Ewma`.

    Raises:
        EmptyTallyError, InputError, PoolingError: as `control_chart`.

    References:
        Roberts, S. W. (1959), Technometrics 1, 239-250; Montgomery, chapter on
        EWMA charts.

    Example:
        >>> slipping = [30, 28, 25, 27, 22, 24, 21, 20]
        >>> control_chart(slipping, 300, center=30, sigma=75).outside
        []
        >>> ewma(slipping, 300, center=30, sigma=75).outside
        [6, 7]
    """
    if not 0 < positive("weight", weight) <= 1:
        raise InputError(f"weight={weight!r} is above 0 and at most 1; 0.2 is usual.")
    reach = positive("width", width)
    read = _read(waves, n, center, sigma)
    level, variance = read.center, 0.0
    values, spreads = [], []
    for score, error in zip(read.values, read.standard_errors(), strict=True):
        level = weight * score + (1 - weight) * level
        variance = (weight * error) ** 2 + (1 - weight) ** 2 * variance
        values.append(level)
        spreads.append(reach * math.sqrt(variance))
    return Ewma(weight=weight, width=reach, **_limits(read, values, spreads))


def cusum(
    waves: Any,
    n: Any = None,
    *,
    center: float | None = None,
    sigma: float | None = None,
    allowance: float = 0.5,
    threshold: float = 5.0,
) -> Cusum:
    """Add up what the waves are above or below the centre, to find a lasting shift and when it began.

    With the distance of a wave in its own standard errors, z_t = (score_t -
    center) / (sigma / √n_t): high_t = max(0, high_(t-1) + z_t - allowance),
    and low_t = max(0, low_(t-1) - z_t - allowance).

    Args:
        waves: as in `control_chart`.
        n: as in `control_chart`.
        center: as in `control_chart`; freeze it on a baseline.
        sigma: as in `control_chart`; freeze it on a baseline.
        allowance: in standard errors, half the shift worth finding; the k of
            the books.
        threshold: in standard errors; the h of the books. With allowance 0.5,
            5 raises a false alarm every 465 waves on average, 4 every 168.

    Returns:
        A `Cusum`.

    Raises:
        EmptyTallyError, InputError, PoolingError: as `control_chart`.

    References:
        Page, E. S. (1954), Biometrika 41, 100-115; Montgomery, chapter on
        tabular CUSUM.

    Example:
        >>> slipping = [30, 31, 29, 22, 24, 21, 20, 22, 21]
        >>> found = cusum(slipping, 150, center=30, sigma=75)
        >>> found.outside, found.onset
        ([8], 3)
    """
    if not finite("allowance", allowance) >= 0:
        raise InputError(f"allowance={allowance!r} is a number from 0 up, in standard errors; 0.5 is usual.")
    limit = positive("threshold", threshold)
    read = _read(waves, n, center, sigma)
    steps = [(score - read.center) / error for score, error in zip(read.values, read.standard_errors(), strict=True)]
    high, low = _sums(steps, allowance), _sums([-step for step in steps], allowance)
    outside = [i for i, pair in enumerate(zip(high, low, strict=True)) if max(pair) > limit]
    return Cusum(
        center=read.center,
        sigma=read.sigma,
        high=high,
        low=low,
        outside=outside,
        onset=_onset(high if high[outside[0]] > limit else low, outside[0]) if outside else None,
        allowance=allowance,
        threshold=limit,
    )


def _sums(steps: Iterable[float], allowance: float) -> list[float]:
    sums, total = [], 0.0
    for step in steps:
        total = max(0.0, total + step - allowance)
        sums.append(total)
    return sums


def _onset(sums: list[float], alarm: int) -> int:
    return max((i + 1 for i in range(alarm) if sums[i] == 0), default=0)


def _limits(read: _Waves, values: list[float], spreads: list[float]) -> dict[str, Any]:
    """Values against limits that lie a spread to either side of the centre."""
    lower, upper = [read.center - spread for spread in spreads], [read.center + spread for spread in spreads]
    triples = enumerate(zip(lower, values, upper, strict=True))
    outside = [i for i, (low, value, high) in triples if not low <= value <= high]
    shared = {"center": read.center, "sigma": read.sigma, "outside": outside}
    return {**shared, "values": values, "lower": lower, "upper": upper}


def _read(waves: Any, n: Any, center: float | None, sigma: float | None) -> _Waves:
    given = list(waves.values()) if isinstance(waves, Mapping) else values_of("waves", waves)
    if not given:
        raise EmptyTallyError("there are no waves to watch.")
    if all(isinstance(wave, Tally) for wave in given):
        if n is not None:
            raise InputError("tallies bring their own n; give n with scores only.")
        _warn_of_codes(sigma)
        return _read_tallies(given, center, sigma)
    if n is not None:
        _warn_of_codes(sigma)
    values = [points("each score", value) for value in given]
    sizes = _sizes(n, len(values))
    middle = _mean(values, sizes) if center is None else points("center", center)
    if sigma is None:
        sigma = _moving_range(values, sizes, middle)
    return _Waves(values, sizes, middle, _spread(sigma))


def _warn_of_codes(sigma: Any) -> None:
    if sigma is not None and 0 < finite("sigma", sigma) <= 1:
        warnings.warn(
            f"sigma={sigma:g} is taken in points; the root of a variance, which is of the codes -1, 0 and +1, "
            "has to be multiplied by 100.",
            DataWarning,
            stacklevel=4,
        )


def _read_tallies(tallies: list[Tally], center: float | None, sigma: float | None) -> _Waves:
    for i, one in enumerate(tallies):
        if one.n == 0:
            raise EmptyTallyError(f"wave {i} has no answers, so it has no score; leave it out.")
    pooled = sum(tallies[1:], tallies[0])
    net, spread = pooled.promoters - pooled.detractors, pooled.promoters + pooled.detractors
    if sigma is None:
        sigma = 100 * math.sqrt((pooled.n * spread - net * net) / pooled.n**2)
    return _Waves(
        [100 * (one.promoters - one.detractors) / one.n for one in tallies],
        [one.n for one in tallies],
        100 * net / pooled.n if center is None else points("center", center),
        _spread(sigma),
    )


def _sizes(n: Any, count: int) -> list[float]:
    if isinstance(n, Mapping):
        n = list(n.values())
    sizes = values_of("n", n) if isinstance(n, Iterable) else [1 if n is None else n] * count
    if len(sizes) != count:
        raise InputError(f"there are {count} scores and {len(sizes)} sizes; give one n, or one for each.")
    return [positive("n", size) for size in sizes]


def _mean(values: list[float], sizes: list[float]) -> float:
    return math.fsum(value * size for value, size in zip(values, sizes, strict=True)) / math.fsum(sizes)


def _moving_range(values: list[float], sizes: list[float], center: float) -> float:
    """Standard deviation of one answer, from the differences of neighbours."""
    if len(values) < 2:
        raise InputError("one score does not tell its spread; give sigma, or tallies.")
    steps = [math.sqrt(size) * (value - center) for value, size in zip(values, sizes, strict=True)]
    return math.fsum(abs(b - a) for a, b in pairwise(steps)) / (len(steps) - 1) / _EXPECTED_RANGE


def _dispersion(read: _Waves) -> float | None:
    if len(read.values) < 2:
        return None
    return _moving_range(read.values, read.n, read.center) / read.sigma


def _spread(sigma: Any) -> float:
    number = finite("sigma", sigma)
    if not number > 0:
        raise InputError("sigma is 0 or below; where all answers are alike, give a sigma above 0.")
    return number
