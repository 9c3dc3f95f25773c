"""Weighted scores: answers that stand for unequal numbers of people.

The score is the weighted mean of the codes -1, 0, +1. How sure it is depends
on how the answers were chosen: on weights, clusters, strata and the size of
the population. NumPy and SciPy come with the extra ``stats``.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any, Literal, get_args

import attrs

from npscore.errors import DataWarning, InputError
from npscore.scoring.choices import check_choice
from npscore.scoring.intervals import ROCKS, Interval, adjusted_wald, check_level, clip, z_two_sided
from npscore.scoring.intervals.student import t_exact, warn_if_agreed
from npscore.scoring.scales import STANDARD, Scale
from npscore.scoring.weighting.calibration import Calibration
from npscore.scoring.weighting.designs import Design, Population
from npscore.scoring.weighting.samples import Sample, drawn

WeightedMethod = Literal["linearised", "adjusted_wald", "jackknife"]
Reference = Literal["t", "z"]


@attrs.frozen(kw_only=True)
class WeightedScore:
    """A weighted Net Promoter Score.

    Attributes:
        value: points from -100 to 100, unrounded.
        shares: weighted fractions of detractors, passives and promoters.
        n: answers with weight above 0.
        unanswered: rows without a rating.
        effective_n: Kish's effective n, of the weights alone.
        design_effect: n / effective_n, of the weights alone.
        total_design_effect: the squared standard error over that of a simple
            random sample of n, so with clusters, strata and calibration too;
            None where it cannot be told (all alike, or one answer).
        clusters: how many clusters have weight, None where none were given.
        standard_error: in points, with the finite population correction.
        standard_error_without_fpc: in points, without it.
        fpc: the factor between the two, survey form; 1 without a population.
        df: degrees of freedom: clusters (or answers) with weight less strata;
            None for the adjusted Wald method, which uses the normal.
        interval: the `Interval`.
        method: how the standard error was made.
        scale: on which the answers were given.
    """

    value: float
    shares: tuple[float, float, float]
    n: int
    unanswered: int
    effective_n: float
    design_effect: float
    total_design_effect: float | None
    clusters: int | None
    standard_error: float
    standard_error_without_fpc: float
    fpc: float
    df: int | None
    interval: Interval
    method: WeightedMethod
    scale: Scale

    def __str__(self) -> str:
        return f"weighted NPS {self.value:+.1f} ({self.interval}), n = {self.n}, effective {self.effective_n:.1f}"


def weighted(
    ratings: Any,
    weights: Any = None,
    *,
    clusters: Any = None,
    strata: Any = None,
    population: Population | None = None,
    calibration: Calibration | None = None,
    method: WeightedMethod = "linearised",
    reference: Reference = "t",
    level: float = 0.95,
    scale: Scale = STANDARD,
) -> WeightedScore:
    """The weighted Net Promoter Score with a standard error that knows the design.

    The score is sum w y / sum w over the codes y. The methods differ in the
    standard error: ``"linearised"`` is Taylor linearisation between clusters
    within strata, sqrt(G/(G-1) sum u_g^2) with u = w (y - mean) / sum w summed
    over each of G clusters (or answers); ``"jackknife"`` leaves out one cluster
    at a time; ``"adjusted_wald"`` takes the adjusted Wald interval of the
    weighted shares at Kish's effective n, and is the best of the three for
    plain weights and few answers, but knows neither clusters nor strata.

    Rows without a rating (None, NaN, NA) are dropped as if they had not been
    drawn, and counted in `unanswered`. With a calibration, whose totals were
    met by all rows, they stay in the design and only leave the estimate. A
    weight of 0 takes a row out of the estimate, `n` and `df` and leaves it in
    the design.

    Args:
        ratings: a collection, array or series of ratings.
        weights: one a row; default all alike. Their scale does not matter.
        clusters: a label a row for answers that belong together, such as the
            account; nested in strata.
        strata: a label a row for the parts that were sampled apart.
        population: how many answers (or clusters, where they are given) there
            are to draw from: one number, or one for each stratum.
        calibration: what `poststratify` or `rake` made; brings the weights.
        method: ``"linearised"``, ``"adjusted_wald"`` or ``"jackknife"``.
        reference: ``"t"`` with G - 1 (less strata) degrees of freedom, or ``"z"``.
        level: the confidence level, a fraction.
        scale: the scale on which the answers were given.

    Raises:
        EmptyTallyError: when nobody with weight answered.
        OutOfScaleError: when a rating is not on the scale.
        InputError: for weights that are negative or not finite, a stratum with
            a single cluster, labels that are missing, or a method that cannot
            know the design.
        MissingExtraError: without NumPy and SciPy.

    Warns:
        DataWarning: when the effective n is under a third of n, when there are
            fewer than 10 clusters, and when all answers or clusters agree, so
            that the interval has no width.

    References:
        Binder, D. A. (1983). On the variances of asymptotically normal
        estimators from complex surveys. International Statistical Review
        51(3), 279-292. Kish, L. (1965). Survey Sampling, 11.7. Lumley, T.
        (2010). Complex Surveys, 2.3, 7.2 and appendix C (R package survey).

    Example:
        >>> made = weighted([9, 10, 3, 8, 9], [1, 2, 1, 1, 1])
        >>> made.value, made.n, made.effective_n
        (50.0, 5, 4.5)
        >>> round(made.standard_error, 2), made.df
        (37.27, 4)
    """
    check_choices(method, reference, level)
    rows = {"clusters": clusters, "strata": strata, "population": population, "calibration": calibration}
    sample = drawn(ratings, weights, scale, **rows)
    made = _score(sample, scale, method, reference, level)
    warn_of_weights(made.n, made.effective_n)
    warn_of_clusters(made.clusters)
    if method != "adjusted_wald" and _tells_by_spread(sample, made.shares):
        warn_if_agreed(made.standard_error_without_fpc, depth=3)
    return made


def _tells_by_spread(sample: Sample, shares: tuple[float, float, float]) -> bool:
    """Whether an error of 0 says only that units agree: not of a whole population, nor where margins explain all."""
    return bool((sample.design.sampled < 1).any()) and (sample.calibration is None or max(shares) == 1)


def warn_of_weights(n: int, effective: float) -> None:
    """Warn when a few answers own the score."""
    if effective < n / 3:
        text = f"{n:,} answers are worth {effective:,.1f} after weighting, under a third; trim the largest weights."
        warnings.warn(text, DataWarning, stacklevel=3)


def warn_of_clusters(clusters: int | None) -> None:
    """Warn when the standard error rests on a few clusters."""
    if clusters is not None and clusters < 10:
        counted = "is 1 cluster" if clusters == 1 else f"are {clusters} clusters"
        text = f"there {counted}; under 10 the standard error is itself hardly known."
        warnings.warn(text, DataWarning, stacklevel=3)


def reach(level: float, reference: Reference, df: int) -> float:
    """How many standard errors an interval reaches to either side."""
    return z_two_sided(level) if reference == "z" else float(t_exact(level, df))


def check_df(made: Design) -> int:
    """The degrees of freedom; refuse a design that has none."""
    made.check_spread()
    if made.df < 1:
        raise InputError("fewer than two answers or clusters have weight, so there is no spread to measure.")
    return made.df


def check_choices(method: str, reference: str, level: float) -> None:
    """Refuse a method, reference or level that is not known."""
    check_level(level)
    check_choice("method", method, get_args(WeightedMethod))
    check_choice("reference", reference, get_args(Reference))


def _score(sample: Sample, scale: Scale, method: WeightedMethod, reference: Reference, level: float) -> WeightedScore:
    made, shares = sample.design, sample.shares
    n, effective = sample.size()
    error, without = (100 * math.sqrt(variance) for variance in _METHODS[method](sample))
    if method == "adjusted_wald":
        df, limits = None, _adjusted_limits(shares, effective, float(made.sampled[0]), level)
    else:
        df = check_df(made)
        used, steps = df if reference == "t" else None, reach(level, reference, df)
        limits = symmetric(sample.value, error, steps, level=level, method=method, df=used)
    return WeightedScore(
        value=sample.value, shares=shares, n=n, unanswered=sample.unanswered, effective_n=effective,
        design_effect=n / effective, total_design_effect=_total(method, n / effective, without, n, spread_of(shares)),
        clusters=made.clusters, standard_error=error,
        standard_error_without_fpc=without, fpc=_factor(made, error, without), df=df, interval=limits, method=method,
        scale=scale,
    )  # fmt: skip


def _linearised(sample: Sample) -> tuple[float, float]:
    return sample.variance(sample.influence()[1])


def _jackknife(sample: Sample) -> tuple[float, float]:
    """Leave out one unit at a time and let the others of its stratum stand for it."""
    if sample.calibration is not None:
        raise InputError("the jackknife would have to calibrate anew for each unit; use method='linearised'.")
    made = sample.design
    check_df(made)
    left = made.left_out(sample.weights)
    if left.min() <= 1e-12 * sample.weights.sum():
        raise InputError("a single answer or cluster has all the weight, so nothing is left when it is left out.")
    means = made.left_out(sample.weights * sample.answers) / left
    deviations = means - means.mean()
    parts = (made.sizes - 1) / made.sizes * made.within_strata(deviations * deviations)
    return float((parts * (1 - made.sampled)).sum()), float(parts.sum())


def _kish(sample: Sample) -> tuple[float, float]:
    made = sample.design
    if made.units_given or len(made.sizes) > 1:
        raise InputError("adjusted_wald knows neither clusters nor strata; use method='linearised' or 'jackknife'.")
    variance = spread_of(sample.shares) / sample.size()[1]
    return variance * (1 - float(made.sampled[0])), variance


_METHODS: dict[str, Callable[[Sample], tuple[float, float]]] = {
    "linearised": _linearised,
    "jackknife": _jackknife,
    "adjusted_wald": _kish,
}


def spread_of(shares: tuple[float, float, float]) -> float:
    """The variance of one answer's code."""
    detractors, _, promoters = shares
    return max(0.0, promoters + detractors - (promoters - detractors) ** 2)


def symmetric(value: float, error: float, reach: float, *, level: float, method: str, df: float | None) -> Interval:
    """The interval `reach` standard errors to either side, clipped to the range."""
    lower, upper = value - reach * error, value + reach * error
    return Interval(
        lower=clip(lower), upper=clip(upper), level=float(level), method=method, center=value,
        standard_error=error, df=df, raw_lower=lower, raw_upper=upper,
    )  # fmt: skip


def _adjusted_limits(shares: tuple[float, float, float], effective: float, sampled: float, level: float) -> Interval:
    """The adjusted Wald interval at Kish's n; the pseudo-counts fade as the sample becomes the population."""
    detractors, _, promoters = (share * effective for share in shares)
    a, b, c = (count * (1 - sampled) for count in ROCKS)
    center, error = adjusted_wald(detractors, effective, promoters, (a, b, c))
    return symmetric(
        center, error * math.sqrt(1 - sampled), z_two_sided(level), level=level, method="adjusted_wald", df=None
    )


def _total(method: str, design_effect: float, error: float, n: int, spread: float) -> float | None:
    if method == "adjusted_wald":
        return design_effect
    return (error / 100) ** 2 * (n - 1) / spread if spread > 0 and n > 1 else None


def _factor(made: Design, error: float, without: float) -> float:
    if len(made.sampled) == 1:
        return math.sqrt(1 - float(made.sampled[0]))
    return error / without if without else 1.0
