"""Posteriors: what a Dirichlet prior and a tally say about the true score.

No random numbers. The distribution function is one integral: over the share
of the rarest category, a beta variable, of the distribution of how the others
divide, another one. Where few gave the rarest answer the integrand may rise
without bound at its ends, which double-exponential nodes take in their stride;
elsewhere it is smooth, and fewer Gauss-Legendre nodes do.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import attrs

from npscore.errors import InputError, short
from npscore.scoring.extras import optional
from npscore.scoring.given import finite, finite_values, positive, values_of
from npscore.scoring.intervals.formulas import as_given, check_level
from npscore.scoring.tallies import Tallies, Tally, numbers_of

JEFFREYS = (0.5, 0.5, 0.5)
"""The prior of detractors, passives, promoters that Jeffreys' rule gives."""

_TINY = 1e-17  # the mass outside the range of integration, on either side
_BLOCK = 1 << 10
_SMOOTH = 5.0  # counts from which on the integrand is smooth to its ends
_NEAR = 1e-9  # standard deviations of a step after which the next would change nothing
_CLOSE = 2e-16
_STEPS = 100  # a handful will do; halving alone takes some fifty


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
        line = np.array(finite_values("x", x) if hasattr(x, "__iter__") else finite("x", x))
        chance = 1 - _cdf(np.clip(line / 100, -1, 1), *self.alpha)
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
        limits and probabilities are integrals exact to about 1e-10 for up to
        a billion answers.

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
    given = _prior(prior)
    alpha = _alpha(tally, given)
    center, spread = _moments(*alpha)
    lower, upper = (_quantile(p, *alpha) for p in ((1 - level) / 2, (1 + level) / 2))
    points = (as_given(100 * value, tally) for value in (center, spread, _single(lower, tally), _single(upper, tally)))
    mean, sd, low, high = points
    return Posterior(mean=mean, sd=sd, lower=low, upper=high, level=float(level), prior=given, alpha=alpha)


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
    given = _prior(prior)
    first, second = _alpha(a, given), _alpha(b, given)
    if _moments(*first)[1] > _moments(*second)[1]:
        return 1 - _chance_above(second, first)
    return _chance_above(first, second)


def _chance_above(narrow: tuple[Any, Any, Any], wide: tuple[Any, Any, Any]) -> float:
    np = optional("numpy")
    steps, weights = _double_exponential(-2.8, 2.8, 61)
    values = _quantile(steps, *narrow)
    return float(np.clip(np.sum(weights * _cdf(values, *wide)), 0, 1))


def _prior(prior: Sequence[float]) -> tuple[float, float, float]:
    counts = [positive("each count of the prior", count) for count in values_of("prior counts", prior)]
    if len(counts) != 3:
        raise InputError(f"prior={short(prior)} must be three numbers above 0: detractors, passives, promoters.")
    return counts[0], counts[1], counts[2]


def _alpha(tally: Tally | Tallies, prior: tuple[float, float, float]) -> tuple[Any, Any, Any]:
    detractors, n, promoters = numbers_of(tally)
    a, b, c = prior
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
    columns = [np.ravel(column) for column in np.broadcast_arrays(p, *map(np.asarray, alpha))]
    blocks = (slice(start, start + _BLOCK) for start in range(0, columns[0].size, _BLOCK))
    parts = [_root(*(column[block] for column in columns)) for block in blocks]
    return np.concatenate(parts) if parts else columns[0]


def _root(p: Any, *alpha: Any) -> Any:
    """Secant steps on the normal scale, on which the distribution function is nearly a line.

    They begin at the beta variable with the same moments, and halve the
    bracket where they would leave it.
    """
    np, ndtri = optional("numpy"), optional("scipy.special").ndtri
    goal, sd = ndtri(p), _moments(*alpha)[1]
    x, slope = _start(p, *alpha)
    low, high, found = np.full(x.shape, -1.0), np.ones(x.shape), x.copy()
    todo = np.arange(x.size)
    before = gap_before = np.full(x.shape, np.nan)
    for _ in range(_STEPS):
        gap = ndtri(_cdf(x, *(column[todo] for column in alpha))) - goal[todo]
        low, high = np.where(gap < 0, x, low), np.where(gap < 0, high, x)
        with np.errstate(invalid="ignore", divide="ignore"):
            secant = (gap - gap_before) / (x - before)
            slope = np.where(np.isfinite(secant) & (secant > 0), secant, slope)
            step = x - gap / slope
        near = np.abs(step - x) <= _NEAR * sd[todo]
        step = np.where(near | ((step > low) & (step < high)), step, (low + high) / 2)
        found[todo] = step
        left = ~near & (high - low > _CLOSE)
        if not left.any():
            break
        todo, before, gap_before, x, slope, low, high = (
            column[left] for column in (todo, x, gap, step, slope, low, high)
        )
    return found


def _start(p: Any, *alpha: Any) -> tuple[Any, Any]:
    """Quantile of the beta variable with the same moments, and the slope there on the normal scale."""
    np, special = optional("numpy"), optional("scipy.special")
    mean, sd = _moments(*alpha)
    spread = (1 - mean * mean) / (sd * sd) - 1
    a, b = (1 + mean) / 2 * spread, (1 - mean) / 2 * spread
    share = np.clip(special.betaincinv(a, b, p), 1e-12, 1 - 1e-12)
    height = (a - 1) * np.log(share) + (b - 1) * np.log1p(-share) - special.betaln(a, b)
    return 2 * share - 1, np.exp(height + special.ndtri(p) ** 2 / 2) * (np.pi / 2) ** 0.5


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
    mass = np.diff(special.betainc(rare, rest, [begin, low, high]), axis=0)
    cases = _Cases(x, by_passives, rare, other, promoters, low, high)
    within = np.zeros((2, x.size))
    for chosen, nodes in ((rare < _SMOOTH, _double_exponential(-6.0, 3.2, 121)), (rare >= _SMOOTH, _legendre(64))):
        within[:, chosen] = cases.part(chosen).within(*nodes)
    return mass[0] * within[0] + np.maximum(mass[1], 0) * within[1] + beyond


@attrs.frozen(eq=False)
class _Cases:
    """What is integrated over w from low to high: one case a group."""

    x: Any
    by_passives: Any
    rare: Any
    other: Any
    promoters: Any
    low: Any
    high: Any

    def part(self, chosen: Any) -> _Cases:
        """Some of the cases, as columns."""
        return _Cases(*(column[chosen][:, None] for column in attrs.astuple(self, recurse=False)))

    def within(self, steps: Any, weights: Any) -> tuple[Any, Any]:
        """The chance that the score is at most x where w begins, and its mean over w."""
        np = optional("numpy")
        width = np.maximum(self.high - self.low, 0)
        w = self.low + width * steps
        bound = np.where(self.by_passives, (self.x + 1 - w) / 2, self.x + w)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = optional("scipy.special").betainc(self.promoters, self.other, np.clip(bound / (1 - w), 0, 1))
            density = np.exp(_log_density(w, self.rare, self.other + self.promoters)) * weights
        share, density = (np.where(width > 0, values, 0.0) for values in (share, density))
        total = density.sum(axis=1)
        return share[:, 0], (density * share).sum(axis=1) / np.where(total > 0, total, 1)


def _log_density(w: Any, a: Any, b: Any) -> Any:
    """Of a beta variable, relative to that at its mean; from differences, so that no large numbers cancel."""
    np = optional("numpy")
    mean = a / (a + b)
    gap = (w - mean) / mean
    below = np.where(gap > -0.5, np.log1p(gap), np.log(w / mean))
    return (a - 1) * below + (b - 1) * np.log1p((mean - w) / (1 - mean))


@lru_cache(maxsize=4)
def _double_exponential(start: float, stop: float, count: int) -> tuple[Any, Any]:
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


@lru_cache(maxsize=1)
def _legendre(count: int) -> tuple[Any, Any]:
    """Nodes in (0, 1) and weights of the Gauss-Legendre rule."""
    nodes, weights = optional("numpy.polynomial.legendre").leggauss(count)
    return (nodes + 1) / 2, weights / 2
