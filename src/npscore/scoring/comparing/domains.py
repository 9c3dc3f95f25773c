"""Two groups of one weighted sample, compared with what they share taken into account."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, get_args

import attrs

from npscore.errors import EmptyTallyError, InputError, MissingExtraError
from npscore.scoring.scales import STANDARD, Scale
from npscore.scoring.weighting.calibration import Calibration
from npscore.scoring.weighting.columns import plain_list
from npscore.scoring.weighting.designs import Population
from npscore.scoring.weighting.samples import Sample, drawn
from npscore.scoring.weighting.weights import (
    Reference,
    check_choices,
    check_df,
    reach,
    symmetric,
    warn_of_clusters,
    warn_of_weights,
)

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

Alternative = Literal["two-sided", "greater", "less"]


@attrs.frozen(kw_only=True)
class WeightedDifference:
    """The difference of the weighted scores of two groups of one sample.

    Attributes:
        difference: a - b, in points from -200 to 200.
        adjusted_difference: the same; nothing is added to weighted answers.
        standard_error: in points.
        lower: limit in points, clipped to -200.
        upper: limit in points, clipped to 200.
        statistic: difference / standard_error.
        df: degrees of freedom of the whole sample; None with the normal.
        p_value: of the hypothesis that the scores are equal.
        value_a: the score of a, in points.
        value_b: the score of b, in points.
        n_a: answers with weight in a.
        n_b: answers with weight in b.
        method: ``"linearised"``.
        alternative: the sides of the test.
        level: the confidence level, a fraction.
    """

    difference: float
    adjusted_difference: float
    standard_error: float
    lower: float
    upper: float
    statistic: float
    df: int | None
    p_value: float
    value_a: float
    value_b: float
    n_a: int
    n_b: int
    method: str
    alternative: Alternative
    level: float


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
    if alternative not in get_args(Alternative):
        raise InputError(f"alternative={alternative!r} is not known; it is 'two-sided', 'greater' or 'less'.")
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
    used = df if reference == "t" else None
    limits = symmetric(
        difference, error, reach(level, reference, df), level=level, method="linearised", df=used, bound=200.0
    )
    statistic = _ratio(difference, error)
    return WeightedDifference(
        difference=difference, adjusted_difference=difference, standard_error=error, lower=limits.lower,
        upper=limits.upper, statistic=statistic, df=used, p_value=_p_value(statistic, used, alternative),
        value_a=100 * mean_a, value_b=100 * mean_b, n_a=sizes[0][0],
        n_b=sizes[1][0], method="linearised", alternative=alternative, level=float(level),
    )  # fmt: skip


def _members(sample: Sample, groups: Any, a: Any, b: Any) -> tuple[Array, Array]:
    """Which rows of the sample are in a and which in b."""
    import numpy as np

    if a == b:
        raise InputError(f"a and b are both {a!r}; a difference needs two groups.")
    if isinstance(groups, str) or not hasattr(groups, "__iter__"):
        raise InputError(f"groups are a collection with one label a row, not {groups!r}.")
    labels = plain_list(groups)
    if len(labels) != len(sample.kept):
        raise InputError(f"there are {len(labels):,} groups for {len(sample.kept):,} ratings; one a row is needed.")
    first, second = (np.array([label == name for label in labels], dtype=bool)[sample.kept] for name in (a, b))
    for name, members in ((a, first), (b, second)):
        if not sample.weights[members].any():
            raise EmptyTallyError(f"nobody with weight answered in group {name!r}, so it has no score.")
    return first, second


def _ratio(difference: float, error: float) -> float:
    if error:
        return difference / error
    return math.copysign(math.inf, difference) if difference else 0.0


def _p_value(statistic: float, df: int | None, alternative: str) -> float:
    if alternative == "two-sided":
        return min(1.0, 2 * _below(-abs(statistic), df))
    return _below(-statistic if alternative == "greater" else statistic, df)


def _below(x: float, df: int | None) -> float:
    """The probability below x of Student's t, or of the normal without degrees of freedom."""
    if df is None:
        return math.erfc(-x / math.sqrt(2)) / 2
    try:
        from scipy.special import stdtr  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        raise MissingExtraError("scipy", "stats") from None
    return float(stdtr(df, x))
