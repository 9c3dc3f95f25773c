"""Posteriors: what a Dirichlet prior and a tally say about the true score.

No random numbers. The distribution function is one integral: over the share
of the rarest category, a beta variable, of the distribution of how the others
divide, another one. Double-exponential nodes take the integrand's ends, where
it may rise without bound, in their stride.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import attrs

from npscore.errors import InputError
from npscore.scoring.extras import optional
from npscore.scoring.intervals.formulas import as_given, check_level
from npscore.scoring.tallies import Tallies, Tally, numbers_of

JEFFREYS = (0.5, 0.5, 0.5)
"""The prior of detractors, passives, promoters that Jeffreys' rule gives."""

_TINY = 1e-17  # the mass outside the range of integration, on either side
_BLOCK = 1 << 10


@attrs.frozen
class Posterior:
    """The posterior distribution of a score.

    Attributes:
        mean, sd: its mean and standard deviation, in points.
        lower, upper: equal-tailed limits, in points.
        level: the probability between them, a fraction.
        prior: the prior counts of detractors, passives, promoters.
        alpha: the counts of the posterior Dirichlet distribution.

    Made from `Tallies`, the points and `alpha` are arrays.
    """

    mean: float
    sd: float
    lower: float
    upper: float
    level: float
    prior: tuple[float, float, float]
    alpha: tuple[float, float, float]

    def above(self, x: float) -> float:
        """The probability that the true score is above `x` points, a fraction.

        Example:
            >>> round(posterior(Tally(20, 20, 60)).above(30), 4)
            0.8802
        """
        np = optional("numpy")
        if not np.all(np.isfinite(x)):
            raise InputError(f"x={x!r} is not a number of points.")
        chance = 1 - _cdf(np.clip(np.asarray(x, dtype=float) / 100, -1, 1), *self.alpha)
        return float(chance[0]) if np.ndim(x) == np.ndim(self.mean) == 0 else chance


def posterior(tally: Tally | Tallies, *, prior: Sequence[float] = JEFFREYS, level: float = 0.95) -> Posterior:
    """The posterior distribution of the score under a Dirichlet prior.

    Args:
        tally: the counts; `Tallies` give arrays.
        prior: prior counts of detractors, passives and promoters, above 0; .5
            each is Jeffreys' rule, 1 each is uniform.
        level: the probability between the limits, a fraction.

    Returns:
        A `Posterior` in points. Mean and standard deviation are closed forms,
        limits and probabilities are integrals exact to about 1e-10.

    Raises:
        EmptyTallyError: when nobody answered.
        InputError: for a level outside (0, 1) or a prior that is not three
            numbers above 0.
        MissingExtraError: without the extra ``stats``.

    References:
        Gelman et al. (2013). Bayesian Data Analysis, 3rd edition, section 3.4.

    Example:
        >>> belief = posterior(Tally(20, 20, 60))
        >>> round(belief.mean, 2), round(belief.lower, 1), round(belief.upper, 1)
        (39.41, 23.3, 54.3)
    """
    check_level(level)
    alpha = _alpha(tally, prior)
    center, spread = _moments(*alpha)
    lower, upper = (_quantile(p, *alpha) for p in ((1 - level) / 2, (1 + level) / 2))
    points = (as_given(100 * value, tally) for value in (center, spread, _single(lower, tally), _single(upper, tally)))
    mean, sd, low, high = points
    a, b, c = map(float, prior)
    return Posterior(mean=mean, sd=sd, lower=low, upper=high, level=float(level), prior=(a, b, c), alpha=alpha)


def probability_greater(a: Tally | Tallies, b: Tally | Tallies, *, prior: Sequence[float] = JEFFREYS) -> float:
    """The posterior probability that the true score of `a` is above that of `b`.

    The posteriors are independent, each under the same prior.

    Args:
        a: the counts of one group.
        b: the counts of another, of different people.
        prior: prior counts of detractors, passives and promoters, above 0.

    Returns:
        A fraction.

    Raises:
        EmptyTallyError: when nobody answered in one of them.
        InputError: for a prior that is not three numbers above 0, or `Tallies`.
        PoolingError: for tallies on unlike scales.
        MissingExtraError: without the extra ``stats``.

    References:
        The integral over u of F_b(Q_a(u)), F the distribution and Q the
        quantile function, taken over the narrower posterior.

    Example:
        >>> round(probability_greater(Tally(20, 20, 60), Tally(30, 20, 50)), 4)
        0.9534
    """
    if not isinstance(a, Tally) or not isinstance(b, Tally):
        raise InputError("probability_greater takes one Tally and another; for Tallies compare has p-values.")
    a._check_scale(b)
    first, second = _alpha(a, prior), _alpha(b, prior)
    if _moments(*first)[1] > _moments(*second)[1]:
        return 1 - _chance_above(second, first)
    return _chance_above(first, second)


def _chance_above(narrow: tuple[Any, Any, Any], wide: tuple[Any, Any, Any]) -> float:
    np = optional("numpy")
    steps, weights = _nodes(-2.8, 2.8, 61)
    values = _quantile(steps, *narrow)
    return float(np.clip(np.sum(weights * _cdf(values, *wide)), 0, 1))


def _alpha(tally: Tally | Tallies, prior: Sequence[float]) -> tuple[Any, Any, Any]:
    if len(prior) != 3 or not all(0 < count < math.inf for count in prior):
        raise InputError(f"prior={prior!r} must be three numbers above 0: detractors, passives, promoters.")
    detractors, n, promoters = numbers_of(tally)
    a, b, c = map(float, prior)
    return detractors + a, n - detractors - promoters + b, promoters + c


def _moments(detractors: Any, passives: Any, promoters: Any) -> tuple[Any, Any]:
    """Mean and standard deviation of the difference of two shares of a Dirichlet variable."""
    total = detractors + passives + promoters
    mean = (promoters - detractors) / total
    return mean, (((promoters + detractors) / total - mean * mean) / (total + 1)) ** 0.5


def _single(values: Any, tally: Tally | Tallies) -> Any:
    return values if isinstance(tally, Tallies) else values[0]


def _quantile(p: Any, *alpha: Any) -> Any:
    """Where the distribution function is `p`, on the -1 to +1 scale."""
    np = optional("numpy")
    find_root = optional("scipy.optimize.elementwise").find_root
    columns = [np.ravel(column) for column in np.broadcast_arrays(p, *map(np.asarray, alpha))]

    def gap(x: Any, p: Any, *alpha: Any) -> Any:
        return _cdf(x, *alpha) - p

    parts = [
        find_root(gap, (-1.0, 1.0), args=tuple(column[start : start + _BLOCK] for column in columns)).x
        for start in range(0, columns[0].size, _BLOCK)
    ]
    return np.concatenate(parts) if parts else columns[0]


def _cdf(x: Any, detractors: Any, passives: Any, promoters: Any) -> Any:
    """P(score <= x), elementwise; mirrored so that promoters are not rarer than detractors."""
    np = optional("numpy")
    x, *alpha = (np.ravel(v) for v in np.broadcast_arrays(*map(np.asarray, (x, detractors, passives, promoters))))
    mirror = alpha[0] > alpha[2]
    few, many = np.where(mirror, alpha[2], alpha[0]), np.where(mirror, alpha[0], alpha[2])
    below = _mirrored_cdf(np.where(mirror, -x, x), few, alpha[1], many)
    return np.clip(np.where(mirror, 1 - below, below), 0, 1)


def _mirrored_cdf(x: Any, detractors: Any, passives: Any, promoters: Any) -> Any:
    """Integrate over w, the share of the rarer of detractors and passives.

    Given w, promoters have the share r of the rest, a beta variable, and the
    score is at most x where r is at most a bound. The bound leaves [0, 1] at
    `begin` and `end`; beyond `end` all of the mass lies below x, or
    none.
    """
    np, special = optional("numpy"), optional("scipy.special")
    by_passives = passives < detractors
    rare, other = np.where(by_passives, passives, detractors), np.where(by_passives, detractors, passives)
    rest = other + promoters
    end = np.where(by_passives, 1 - np.abs(x), (1 - x) / 2)
    beyond = np.where(by_passives & (x < 0), 0.0, special.betaincc(rare, rest, end))
    begin = np.where(by_passives, 0.0, np.maximum(-x, 0))
    low = np.maximum(begin, special.betaincinv(rare, rest, _TINY))
    high = np.minimum(end, 1 - special.betaincinv(rest, rare, _TINY))
    steps, weights = _nodes(-6.0, 3.2, 331)
    width = np.maximum(high - low, 0)[:, None]
    w = low[:, None] + width * steps
    slope = np.where(by_passives[:, None], (x[:, None] + 1 - w) / 2, x[:, None] + w)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = special.betainc(promoters[:, None], other[:, None], np.clip(slope / (1 - w), 0, 1))
    density = optional("scipy.stats").beta.pdf(w, rare[:, None], rest[:, None])
    share, density = (np.where(width > 0, values, 0.0) for values in (share, density))
    before = special.betainc(rare, rest, w[:, 0]) - special.betainc(rare, rest, begin)
    return (density * share) @ weights * width[:, 0] + before * share[:, 0] + beyond


@lru_cache(maxsize=4)
def _nodes(start: float, stop: float, count: int) -> tuple[Any, Any]:
    """Nodes in (0, 1) and weights of the double-exponential rule (Takahasi & Mori 1974).

    The nodes reach much nearer to 0, where a density may have no bound, than
    to 1, which floats could not tell apart.
    """
    np = optional("numpy")
    t = np.linspace(start, stop, count)
    steps = 1 / (1 + np.exp(-np.pi * np.sinh(t)))
    weights = np.pi * np.cosh(t) * steps * (1 - steps)
    weights[0] /= 2
    return steps, weights / weights.sum()
