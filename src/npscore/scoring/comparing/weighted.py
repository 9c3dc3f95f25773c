"""Weighted scores compared: two groups of one sample with what they share, or two samples drawn apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import attrs

from npscore.errors import EmptyTallyError, InputError
from npscore.scoring.choices import Alternative, check_alternative
from npscore.scoring.comparing.differences import Comparison, Parts, around, check_scales, fields_of, possible, reaching
from npscore.scoring.given import check_label, values_of
from npscore.scoring.intervals import ROCKS, PseudoCounts
from npscore.scoring.scales import STANDARD, Scale
from npscore.scoring.scores import Score
from npscore.scoring.tallies import numbers_of
from npscore.scoring.weighting.calibration import Calibration
from npscore.scoring.weighting.designs import Population
from npscore.scoring.weighting.samples import Sample, drawn
from npscore.scoring.weighting.weights import (
    Reference,
    WeightedScore,
    check_choices,
    check_df,
    warn_of_clusters,
    warn_of_weights,
)

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]


@attrs.frozen(kw_only=True)
class WeightedDifference(Comparison):
    """The difference of the weighted scores of two groups of one sample.

    Attributes:
        difference: a - b, in points; all else that a `Comparison` has. Nothing
            is added to weighted answers, so `adjusted_difference` is the same;
            `df` is that of the whole sample, and `n_a` and `n_b` count answers
            with weight.
        value_a, value_b: the two scores, in points.
    """

    value_a: float
    value_b: float


def weighted_difference(
    ratings: Any,
    weights: Any,
    groups: Any,
    *,
    a: Any,
    b: Any,
    clusters: Any = None,
    strata: Any = None,
    population: Population | None = None,
    calibration: Calibration | None = None,
    reference: Reference = "t",
    alternative: Alternative = "two-sided",
    level: float = 0.95,
    scale: Scale = STANDARD,
) -> WeightedDifference:
    """The difference of the weighted scores of two groups of one sample.

    The groups may share clusters, such as two roles within the same accounts;
    what they share cancels or adds up, and the linearised standard error knows
    it. Rows of other groups stay in the design. Two samples drawn apart are
    compared with `compare`.

    Args:
        ratings: a collection, array or series of ratings.
        weights: one a row, or None.
        groups: a label a row.
        a: the label of the first group.
        b: the label of the second; the difference is a - b.
        clusters: as in `weighted`.
        strata: as in `weighted`.
        population: as in `weighted`.
        calibration: as in `weighted`.
        reference: ``"t"`` or ``"z"``.
        alternative: ``"two-sided"``, ``"greater"`` or ``"less"``.
        level: the confidence level, a fraction.
        scale: the scale on which the answers were given.

    Raises:
        EmptyTallyError: when nobody with weight answered in a or in b.
        OutOfScaleError: when a rating is not on the scale.
        InputError: as `weighted`, and when a and b are the same.
        MissingExtraError: without NumPy and SciPy.

    Warns:
        DataWarning: as `weighted`, with the effective n of each group.

    References:
        Lumley, T. (2010). Complex Surveys, 2.3 and 5.1 (R package survey).

    Example:
        >>> ratings, roles = [9, 10, 3, 8, 9, 2], ["user", "buyer"] * 3
        >>> made = weighted_difference(ratings, [1, 2, 1, 1, 1, 1], roles, a="buyer", b="user")
        >>> made.difference, round(made.standard_error, 1), made.df
        (-8.333333333333332, 80.4, 5)
    """
    check_choices("linearised", reference, level)
    check_alternative(alternative)
    rows = {"clusters": clusters, "strata": strata, "population": population, "calibration": calibration}
    sample = drawn(ratings, weights, scale, **rows)
    first, second = _members(sample, groups, a, b)
    (mean_a, influence_a), (mean_b, influence_b) = sample.influence(first), sample.influence(second)
    sizes = [sample.size(members) for members in (first, second)]
    for n, effective in sizes:
        warn_of_weights(n, effective)
    warn_of_clusters(sample.design.clusters)
    df = check_df(sample.design)
    difference = 100 * (mean_a - mean_b)
    error = 100 * math.sqrt(sample.variance(influence_a - influence_b)[0])
    everyone = bool((sample.design.sampled == 1).all())
    parts = _parts(difference, error, level, df if reference == "t" else None, everyone=everyone)
    return WeightedDifference(
        **fields_of(parts, raw=difference, method="linearised", level=level, alternative=alternative),
        alternative=alternative, n_a=sizes[0][0], n_b=sizes[1][0], value_a=100 * mean_a, value_b=100 * mean_b,
    )  # fmt: skip


def _members(sample: Sample, groups: Any, a: Any, b: Any) -> tuple[Array, Array]:
    """Which rows of the sample are in a and which in b."""
    import numpy as np

    for name, label in (("a", a), ("b", b)):
        check_label(name, label)
    if a == b:
        raise InputError(f"a and b are both {a!r}; a difference needs two groups.")
    labels = values_of("groups", groups)
    if len(labels) != len(sample.kept):
        raise InputError(f"there are {len(labels):,} groups for {len(sample.kept):,} ratings; one a row is needed.")
    first, second = (np.array([label == name for label in labels], dtype=bool)[sample.kept] for name in (a, b))
    for name, members in ((a, first), (b, second)):
        if not sample.weights[members].any():
            raise EmptyTallyError(f"nobody with weight answered in group {name!r}, so it has no score.")
    return first, second


def compare_weighted(
    a: Any, b: Any, *, method: str, level: float, alternative: Alternative, pseudo_counts: PseudoCounts
) -> Comparison:
    """The difference of two weighted scores of samples drawn apart, as `compare` gives it."""
    for side in (a, b):
        _check_weighted(side)
    check_scales(a, b)
    _check_methods(a, b, method, pseudo_counts)
    one, other = a.interval, b.interval
    error = math.hypot(one.standard_error, other.standard_error)
    df = _satterthwaite((one.standard_error, one.df), (other.standard_error, other.df))
    everyone = all(_is_of_everyone(side) for side in (a, b))
    parts = _parts(one.center - other.center, error, level, df, everyone=everyone)
    fields = fields_of(parts, raw=a.value - b.value, method=a.method, level=level, alternative=alternative)
    return Comparison(**fields, alternative=alternative, n_a=a.n, n_b=b.n)


def weighted_against(score: Any, benchmark: Any, *, method: str, level: float, alternative: Alternative) -> Comparison:
    """A score with a standard error of its own held against a benchmark, as `against` gives it."""
    if hasattr(benchmark, "shape"):
        raise InputError("an array of benchmarks goes with Tallies; hold one score against one benchmark.")
    if method not in ("score", score.method):
        raise InputError(f"this score brings its own method, {score.method}, and standard error; leave out method.")
    made = score.interval
    _check_error(made.standard_error)
    everyone = _is_of_everyone(score)
    tested = _parts(made.center - benchmark, made.standard_error, level, made.df, everyone=everyone)
    parts = possible(tested, benchmark)
    fields = fields_of(parts, raw=score.value - benchmark, method=score.method, level=level, alternative=alternative)
    return Comparison(**fields, alternative=alternative, n_a=score.n, n_b=None)


def _satterthwaite(*sides: tuple[float, float | None]) -> float | None:
    """Degrees of freedom of the root of summed squares; None where every error that counts is taken as known."""
    total = sum(error**2 for error, _ in sides)
    known = [df for _, df in sides if df is not None]
    if total == 0:
        return sum(known) if len(known) == len(sides) else None
    spread = sum((error**2 / total) ** 2 / df for error, df in sides if df is not None)
    return 1 / spread if spread else None


def _parts(difference: float, error: float, level: float, df: float | None, *, everyone: bool) -> Parts:
    """The test of a difference, which is certain where everyone of the population answered."""
    if error == 0 and difference != 0 and everyone:
        return reaching(difference, error, level, df, math.copysign(math.inf, difference))
    return around(difference, error, level, df)


def _is_of_everyone(score: WeightedScore | Score) -> bool:
    """Whether the whole population answered, so that nothing is by chance."""
    return isinstance(score, WeightedScore) and score.fpc == 0


def _check_weighted(side: Any) -> None:
    if isinstance(side, WeightedScore | Score):
        _check_error(side.interval.standard_error)
        return
    numbers_of(side)
    raise InputError(
        "a score of weights or units is compared with another one, not with counts; make both with weighted(...), "
        "whose weights may be left out, or both with score(...)."
    )


def _check_error(error: float | None) -> None:
    if error is None:
        raise InputError("a score of fewer than two units has no standard error, and cannot be compared.")


def _check_methods(
    a: WeightedScore | Score, b: WeightedScore | Score, method: str, pseudo_counts: PseudoCounts
) -> None:
    if a.method != b.method:
        raise InputError(f"one score was made by {a.method} and the other by {b.method}; make both by one method.")
    if method not in ("adjusted_wald", a.method) or tuple(pseudo_counts) != ROCKS:
        raise InputError(
            f"these weighted scores bring their own method, {a.method}, and standard errors; "
            "leave out method and pseudo_counts."
        )
