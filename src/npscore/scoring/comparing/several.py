"""Several groups: one test of all, tests of all pairs, p-values adjusted, and the trend over waves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import combinations
from typing import Any, Literal, get_args

import attrs

from npscore.errors import InputError, PoolingError
from npscore.scoring.choices import check_choice
from npscore.scoring.comparing.comparisons import CompareMethod, compare, welch_parts
from npscore.scoring.comparing.differences import normal_below
from npscore.scoring.extras import optional
from npscore.scoring.given import as_number, finite_values, fraction, values_of
from npscore.scoring.intervals import RAW, ROCKS, PseudoCounts, adjusted_wald, check_pseudo_counts, warn_if_few
from npscore.scoring.tallies import Tally, numbers_of

ManyMethod = Literal["adjusted_wald", "wald", "welch"]
Adjustment = Literal["holm", "hochberg", "bonferroni", "bh", "by"]


@attrs.frozen(kw_only=True)
class ManyComparison:
    """One test of whether several groups have the same score.

    Attributes:
        statistic: chi-square, or F for Welch.
        df: degrees of freedom, groups - 1.
        df2: of the denominator of F; None for chi-square.
        p_value: of equal scores.
        pooled: the score that the groups would share, in points: the mean
            weighted by the inverse squared standard errors.
        pooled_standard_error: of it, in points.
        method: how it was made.
    """

    statistic: float
    df: int
    df2: float | None
    p_value: float
    pooled: float
    pooled_standard_error: float
    method: str


def compare_many(
    groups: Mapping[Any, Tally], *, method: ManyMethod = "adjusted_wald", pseudo_counts: PseudoCounts = ROCKS
) -> ManyComparison:
    """Whether several groups have the same score.

    The chi-square test of the three categories asks another question, whether
    the mix is the same, and rejects nearly always when only the mix differs.

    Args:
        groups: name -> tally, at least two.
        method: ``"adjusted_wald"``, the Wald chi-square on adjusted counts;
            ``"wald"``, the same on raw counts (at n = 15 a group it rejects
            11 % where it says 5 %); ``"welch"``, Welch's ANOVA of the codes.
        pseudo_counts: what adjusted Wald adds to detractors, passives and
            promoters of each group.

    Raises:
        EmptyTallyError: when nobody answered in one of them.
        PoolingError: for tallies on unlike scales.
        InputError: for fewer than two groups, an unknown method, or a group in
            which all agree, whose raw variance is 0.
        MissingExtraError: without the extra ``stats``.

    Warns:
        DataWarning: for ``"wald"`` with n under 50 or an empty category.

    References:
        Q = sum of w (d - pooled)^2 with w = 1 / SE^2; Welch (1951). On the
        comparison of several mean values. Biometrika 38, 330-336.

    Example:
        >>> made = compare_many({"a": Tally(20, 20, 60), "b": Tally(30, 25, 45), "c": Tally(9, 8, 33)})
        >>> round(made.statistic, 2), made.df, round(made.p_value, 3)
        (6.59, 2, 0.037)
    """
    check_choice("method", method, get_args(ManyMethod))
    check_pseudo_counts(pseudo_counts)
    tallies = _checked(groups)
    if method == "welch":
        return _welch(tallies)
    if method == "wald":
        warn_if_few("the plain Wald test", *tallies, depth=3)
    estimates = [_estimate(tally, RAW if method == "wald" else pseudo_counts) for tally in tallies]
    pooled, error, statistic = _pooled(estimates)
    df = len(tallies) - 1
    return ManyComparison(
        statistic=statistic,
        df=df,
        df2=None,
        p_value=_beyond_chi_square(statistic, df),
        pooled=pooled,
        pooled_standard_error=error,
        method=method,
    )


def _checked(groups: Mapping[Any, Tally]) -> list[Tally]:
    if not isinstance(groups, Mapping) or len(groups) < 2:
        raise InputError("a comparison of several groups takes a mapping of at least two names to tallies.")
    tallies = list(groups.values())
    for tally in tallies:
        numbers_of(tally)
        _check_one(tally)
    if len({tally.scale for tally in tallies}) > 1:
        raise PoolingError("scores on unlike scales answer different questions; compare the groups of one scale.")
    return tallies


def _check_one(tally: object) -> None:
    if not isinstance(tally, Tally):
        raise InputError("each group is one Tally; compare takes whole columns of Tallies.")


def _estimate(tally: Tally, pseudo_counts: PseudoCounts) -> tuple[float, float]:
    """A score and its weight, the inverse of its squared standard error."""
    center, error = adjusted_wald(*numbers_of(tally), pseudo_counts)
    if error == 0:
        raise InputError(f"all agree in {tally}, whose raw variance is 0; pseudo-counts would mend that.")
    return center, error**-2


def _pooled(estimates: list[tuple[float, float]]) -> tuple[float, float, float]:
    """Weighted mean, its standard error, and the weighted squares around it."""
    total = math.fsum(weight for _, weight in estimates)
    mean = math.fsum(weight * value for value, weight in estimates) / total
    return mean, total**-0.5, math.fsum(weight * (value - mean) ** 2 for value, weight in estimates)


def _beyond_chi_square(statistic: float, df: int) -> float:
    return float(optional("scipy.special").chdtrc(df, statistic)) if df else 1.0


def _welch(tallies: list[Tally]) -> ManyComparison:
    parts = [welch_parts(tally) for tally in tallies]
    if any(square == 0 for _, square in parts):
        raise InputError("all agree in one of the groups, whose variance is 0; use adjusted_wald.")
    anova = optional("statsmodels.stats.oneway").anova_generic
    means, squares = optional("numpy").array(parts).T
    sizes = optional("numpy").array([float(tally.n) for tally in tallies])
    made = anova(means, squares * sizes, sizes, use_var="unequal")
    pooled, error, _ = _pooled([(mean, 1 / square) for mean, square in parts])
    return ManyComparison(
        statistic=float(made.statistic),
        df=len(tallies) - 1,
        df2=float(made.df_denom),
        p_value=float(made.pvalue),
        pooled=pooled,
        pooled_standard_error=error,
        method="welch",
    )


@attrs.frozen(kw_only=True)
class Pair:
    """Two of several groups and the test between them.

    Attributes:
        a, b: the names.
        difference: score of a - score of b, in points.
        p_value: of this test alone.
        p_adjusted: with all pairs counted.
        method, adjust: how they were made.
    """

    a: Any
    b: Any
    difference: float
    p_value: float
    p_adjusted: float
    method: str
    adjust: str


def pairwise(
    groups: Mapping[Any, Tally],
    *,
    adjust: Adjustment = "holm",
    method: CompareMethod = "adjusted_wald",
    pseudo_counts: PseudoCounts = ROCKS,
) -> list[Pair]:
    """Every group against every other, with p-values that know how many there are.

    Args:
        groups: name -> tally, at least two.
        adjust: ``"holm"`` for a few planned comparisons, ``"bh"`` to screen
            many segments; see `adjust`.
        method: as in `compare`.
        pseudo_counts: as in `compare`.

    Returns:
        A row a pair, in the order of `itertools.combinations`.

    Raises:
        InputError, EmptyTallyError, PoolingError, MissingExtraError: as
            `compare_many`, `compare` and `adjust` do.

    References:
        Those of `compare` and `adjust`.

    Example:
        >>> groups = {"a": Tally(20, 20, 60), "b": Tally(30, 25, 45), "c": Tally(9, 8, 33)}
        >>> for row in pairwise(groups):
        ...     print(row.a, row.b, row.difference, round(row.p_value, 3), round(row.p_adjusted, 3))
        a b 25.0 0.035 0.073
        a c -8.0 0.629 0.629
        b c -33.0 0.024 0.073
    """
    _checked(groups)
    check_choice("adjust", adjust, get_args(Adjustment))
    pairs = list(combinations(groups, 2))
    made = [compare(groups[a], groups[b], method=method, pseudo_counts=pseudo_counts) for a, b in pairs]
    adjusted = _adjusted([one.p_value for one in made], adjust).tolist()
    return [
        Pair(a=a, b=b, difference=one.difference, p_value=one.p_value, p_adjusted=p, method=method, adjust=adjust)
        for (a, b), one, p in zip(pairs, made, adjusted, strict=True)
    ]


def adjust(p_values: Any, method: Adjustment = "holm") -> Any:
    """P-values of many tests, raised so that their number is taken into account.

    Hand over the p-values of all tests made, also of the dull ones.

    Args:
        p_values: a sequence or an array of fractions.
        method: ``"holm"``, ``"hochberg"`` and ``"bonferroni"`` hold the chance
            of any false alarm; ``"bh"`` (Benjamini-Hochberg) and ``"by"``
            (Benjamini-Yekutieli, under any dependence) the share of false
            ones among the alarms.

    Returns:
        Adjusted p-values in the order given, at most 1: a list, or an array
        for an array.

    Raises:
        InputError: for an unknown method or what is no p-value.
        MissingExtraError: without the extra ``stats``.

    References:
        Holm (1979). Scandinavian Journal of Statistics 6, 65-70; Hochberg
        (1988). Biometrika 75, 800-802; Benjamini & Hochberg (1995). JRSS B 57,
        289-300; Benjamini & Yekutieli (2001). Annals of Statistics 29,
        1165-1188.

    Example:
        >>> adjust([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
        >>> adjust([0.01, 0.04, 0.03], "bh")
        [0.03, 0.04, 0.04]
    """
    check_choice("method", method, get_args(Adjustment))
    made = _adjusted(p_values, method)
    return made if hasattr(p_values, "shape") else made.tolist()


def _adjusted(p_values: Any, method: Adjustment) -> Any:
    np = optional("numpy")
    p = np.array([fraction(f"p-value {place}", value) for place, value in enumerate(values_of("p-values", p_values))])
    order = np.argsort(p, kind="stable")
    down, up = np.arange(p.size, 0, -1), p.size / np.arange(1, p.size + 1)
    factors = {
        "holm": down,
        "hochberg": down,
        "bonferroni": np.full(p.size, p.size),
        "bh": up,
        "by": up * np.sum(1 / np.arange(1, p.size + 1)),
    }
    ranked = p[order] * factors[method]
    if method in ("holm", "bonferroni"):
        ranked = np.maximum.accumulate(ranked)
    else:
        ranked = np.minimum.accumulate(ranked[::-1])[::-1]
    adjusted = np.empty(p.size)
    adjusted[order] = np.minimum(ranked, 1)
    return adjusted


@attrs.frozen(kw_only=True)
class Trend:
    """A straight line through the scores of waves.

    Attributes:
        slope: points per unit of the times: per quarter where they count
            quarters, per day where they are dates.
        intercept: points at time 0; at the first date where times are dates.
        standard_error: of the slope, from the sampling errors of the waves.
        statistic: z of the slope.
        p_value: two-sided, of a slope of 0.
        residual_q: weighted squares around the line; larger than its degrees
            of freedom where waves differ by more than sampling and the line.
        residual_df: waves - 2; with three waves that is 1.
        residual_p: the chi-square probability beyond `residual_q`; 1 with two
            waves.
    """

    slope: float
    intercept: float
    standard_error: float
    statistic: float
    p_value: float
    residual_q: float
    residual_df: int
    residual_p: float


def trend(tallies: Sequence[Tally], times: Sequence[Any], *, pseudo_counts: PseudoCounts = ROCKS) -> Trend:
    """Whether the score rises or falls over waves of different people.

    Inverse-variance weighted regression of the adjusted scores on time, the
    variances taken as known. Seasons and changed wording are not noise, and no
    test here knows of them.

    Args:
        tallies: one a wave, at least two.
        times: their times: numbers, or dates or datetimes, which count in days
            from the earliest.
        pseudo_counts: added to detractors, passives and promoters of each
            wave; ``(0, 0, 0)`` is the raw form.

    Returns:
        A `Trend`.

    Raises:
        EmptyTallyError: when nobody answered in one of the waves.
        PoolingError: for waves on unlike scales.
        InputError: for fewer than two waves, unequal numbers of tallies and
            times, times that are all the same, or a raw wave in which all
            agree.
        MissingExtraError: without the extra ``stats``, for the residuals.

    References:
        Weighted least squares with known variances; the residual Q is
        Cochran's, of meta-regression.

    Example:
        >>> made = trend([Tally(30, 25, 45), Tally(25, 25, 50), Tally(20, 20, 60)], [1, 2, 3])
        >>> round(made.slope, 2), round(made.standard_error, 2), round(made.p_value, 3)
        (12.18, 5.75, 0.034)
    """
    check_pseudo_counts(pseudo_counts)
    waves = values_of("tallies", tallies)
    if len(waves) < 2:
        raise InputError(f"a trend takes at least two waves, and there {'is 1' if waves else 'are none'}.")
    _checked(dict(enumerate(waves)))
    moments = _numbers(times, len(waves))
    estimates = [_estimate(wave, pseudo_counts) for wave in waves]
    middle, _, spread = _pooled([(time, weight) for time, (_, weight) in zip(moments, estimates, strict=True)])
    if spread == 0:
        raise InputError("all waves have the same time, and a slope needs at least two times.")
    slope = math.fsum(w * (t - middle) * value for t, (value, w) in zip(moments, estimates, strict=True)) / spread
    line = [(value - slope * (t - middle), w) for t, (value, w) in zip(moments, estimates, strict=True)]
    height, _, q = _pooled(line)
    df = len(waves) - 2
    statistic = slope * math.sqrt(spread)
    return Trend(
        slope=slope,
        intercept=height - slope * middle,
        standard_error=spread**-0.5,
        statistic=statistic,
        p_value=2 * normal_below(-abs(statistic)),
        residual_q=q if df else 0.0,
        residual_df=df,
        residual_p=_beyond_chi_square(q, df),
    )


def _numbers(times: Sequence[Any], n: int) -> list[float]:
    values = values_of("times", times)
    if len(values) != n:
        raise InputError(f"{n} waves have {len(values)} times; each wave has one.")
    try:
        if values and isinstance(values[0], date | datetime):
            first = min(values)
            return [(value - first).total_seconds() / 86_400 for value in values]
    except (TypeError, ValueError):
        raise _mixed_times() from None
    if any(as_number(value) is None for value in values):
        raise _mixed_times()
    return finite_values("times", values)


def _mixed_times() -> InputError:
    return InputError("times are all numbers, all dates, or all datetimes with or all without a zone.")
