"""Comparisons: one score against another, or against a benchmark. One function a method."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, get_args

from npscore.errors import InputError
from npscore.scoring.choices import Alternative, check_choice
from npscore.scoring.comparing.differences import (
    Comparison,
    Parts,
    around,
    check_options,
    check_scales,
    fields_of,
    possible,
)
from npscore.scoring.extras import optional
from npscore.scoring.given import as_number, points, values_of
from npscore.scoring.intervals import (
    RAW,
    ROCKS,
    PseudoCounts,
    adjusted_wald,
    as_given,
    check_pseudo_counts,
    warn_if_few,
    z_two_sided,
)
from npscore.scoring.scores import Score
from npscore.scoring.tallies import Tallies, Tally, numbers_of

if TYPE_CHECKING:
    from npscore.scoring.weighting.weights import WeightedMethod, WeightedScore

CompareMethod = Literal["adjusted_wald", "mover", "wald", "welch"]
AgainstMethod = Literal["score", "adjusted_wald", "t"]
Counts = tuple[Any, Any, Any]


def compare(
    a: Tally | Tallies | Score | WeightedScore,
    b: Tally | Tallies | Score | WeightedScore,
    *,
    method: CompareMethod | WeightedMethod = "adjusted_wald",
    level: float = 0.95,
    alternative: Alternative = "two-sided",
    pseudo_counts: PseudoCounts = ROCKS,
) -> Comparison:
    """Whether the scores of two groups of different people differ.

    For the same people asked twice see `compare_paired`, for more than two
    groups `compare_many`, for two groups of one weighted sample
    `weighted_difference`.

    Two results of `weighted` are taken for samples drawn apart: the standard
    error is sqrt(SE_a^2 + SE_b^2), and the degrees of freedom of t are
    SE^4 / (SE_a^4 / df_a + SE_b^4 / df_b), in which the error of a
    score made with the normal as its reference counts as known; z where both
    were. With
    all weights 1 that is ``"welch"``, or ``"adjusted_wald"`` where both scores
    were made so. Samples that share people, accounts or strata of a small
    population are not apart.

    Args:
        a: the counts of one group, or what `weighted` or `score` made of it.
            A `Score` of units that stand alone is its counts; one of accounts,
            clustered customers or weights is compared by its linearised
            standard error, as a weighted score is.
        b: those of the other; the difference is a - b. With `Tallies` on
            either side the result has arrays.
        method: ``"adjusted_wald"`` adds the pseudo-counts to each group and
            takes z; ``"mover"`` squares and adds the distances to the score
            limits of both groups, and its p-value is that of the widest such
            interval without 0; ``"wald"`` is plain z; ``"welch"`` is t with
            divisor n - 1 and Welch's degrees of freedom. Two weighted scores
            are compared by the method that both were made with, and the
            default stands for it.
        level: the confidence level of the limits, a fraction.
        alternative: ``"two-sided"``, or a is ``"greater"`` or ``"less"``.
        pseudo_counts: what adjusted Wald adds to detractors, passives and
            promoters of each group.

    Returns:
        A `Comparison` in points.

    Raises:
        EmptyTallyError: when nobody answered in one of them.
        PoolingError: for scores on unlike scales.
        InputError: for an option that is not known, a method that has no
            standard error to divide by because all agree in both groups, a
            tally beside a weighted score, or weighted scores that were made
            by different methods.
        MissingExtraError: for ``"mover"``, ``"welch"`` or `Tallies` without
            the extra ``stats``.

    Warns:
        DataWarning: for ``"wald"`` with n under 50 or an empty category.

    References:
        Lewis & Sauro, measuringu.com/nps-significance-test (adjusted Wald);
        Newcombe (1998). Statistics in Medicine 17, 2635-2650 (mover);
        Welch (1947). Biometrika 34, 28-35; Satterthwaite (1946). Biometrics
        Bulletin 2, 110-114 (weighted scores).

    Example:
        >>> spring, summer = Tally(20, 20, 60), Tally(30, 25, 45)
        >>> made = compare(summer, spring)
        >>> made.difference, round(made.lower, 1), round(made.upper, 1), round(made.p_value, 3)
        (-25.0, -46.8, -1.7, 0.035)
    """
    check_options(level, alternative)
    check_pseudo_counts(pseudo_counts)
    a, b = _counts_of(a), _counts_of(b)
    if not (isinstance(a, Tally | Tallies) and isinstance(b, Tally | Tallies)):
        from npscore.scoring.comparing.weighted import compare_weighted

        return compare_weighted(a, b, method=method, level=level, alternative=alternative, pseudo_counts=pseudo_counts)
    check_choice("method", method, get_args(CompareMethod))
    if method != "adjusted_wald" and tuple(pseudo_counts) != ROCKS:
        raise InputError(f"pseudo_counts belong to adjusted_wald; the method {method!r} adds nothing of the kind.")
    first, second = numbers_of(a), numbers_of(b)
    _check_alike(a, b)
    if method == "wald":
        warn_if_few("the plain Wald test", a, b, depth=3)
    parts = _COMPARE[method](first, second, float(level), pseudo_counts)
    raw = _raw(first) - _raw(second)
    return _compared(parts, (a, b), raw=raw, method=method, level=level, alternative=alternative)


def _counts_of(side: Any) -> Any:
    """The counts of a `Score` that is made of counts alone; anything else as it is."""
    return (side.counts or side) if isinstance(side, Score) else side


def _of_adjusted(first: Counts, second: Counts, level: float, pseudo_counts: PseudoCounts) -> Parts:
    (center_a, error_a), (center_b, error_b) = (
        adjusted_wald(*side, pseudo_counts=pseudo_counts) for side in (first, second)
    )
    return around(center_a - center_b, (error_a**2 + error_b**2) ** 0.5, level)


def _of_raw(first: Counts, second: Counts, level: float, _pseudo_counts: PseudoCounts) -> Parts:
    return _of_adjusted(first, second, level, RAW)


def _welch(first: Counts, second: Counts, level: float, _pseudo_counts: PseudoCounts) -> Parts:
    squares = [_squared_error(side) for side in (first, second)]
    total = squares[0] + squares[1]
    parts = [square**2 / (side[1] - 1) for square, side in zip(squares, (first, second), strict=True)]
    alike = total == 0  # all agree in both groups: any df will do
    df = (total**2 + alike * (first[1] + second[1] - 2)) / (parts[0] + parts[1] + alike)
    return around(_raw(first) - _raw(second), total**0.5, level, df)


def _mover(first: Counts, second: Counts, level: float, _pseudo_counts: PseudoCounts) -> Parts:
    from npscore.scoring.intervals.tango import mover_limits, mover_statistic

    z = z_two_sided(level)
    lower, upper = (100 * limit for limit in mover_limits(first, second, z))
    statistic = mover_statistic(first, second)
    return Parts(_raw(first) - _raw(second), (upper - lower) / (2 * z), lower, upper, statistic)


_COMPARE: dict[str, Callable[[Counts, Counts, float, PseudoCounts], Parts]] = {
    "adjusted_wald": _of_adjusted,
    "mover": _mover,
    "wald": _of_raw,
    "welch": _welch,
}


def against(
    tally: Tally | Tallies | Score | WeightedScore,
    benchmark: float,
    *,
    method: AgainstMethod | WeightedMethod = "score",
    level: float = 0.95,
    alternative: Alternative = "two-sided",
) -> Comparison:
    """Whether a score differs from a fixed benchmark.

    Args:
        tally: the counts, or what `score` or `weighted` made of them; `Tallies`
            give arrays. A `Score` of units that stand alone is its counts; one
            of accounts, clustered customers or weights is held by its own
            standard error, with t where it has degrees of freedom.
        benchmark: points from -100 to 100, known without error; for a figure
            that was itself estimated use `compare`. An array goes with
            `Tallies`.
        method: ``"score"`` takes the standard error that holds if the
            benchmark is true; ``"adjusted_wald"`` is the published
            approximation; ``"t"`` is the t test of the codes. A score with a
            standard error of its own brings its method, and the default
            stands for it.
        level: the confidence level of the limits, a fraction.
        alternative: ``"two-sided"``, or the score is ``"greater"`` or
            ``"less"``.

    Returns:
        A `Comparison`; difference and limits are those of score - benchmark,
        clipped to where the score itself stays within [-100, 100]. The score
        interval leaves out 0 exactly when the two-sided score test rejects at
        1 - level.

    Raises:
        EmptyTallyError: when nobody answered.
        InputError: for a benchmark off the range, an option that is not known,
            ``"t"`` of answers that all agree, or a score of fewer than two
            units.
        MissingExtraError: for ``"score"``, ``"t"`` or `Tallies` without the
            extra ``stats``.

    References:
        Tango (1998). Statistics in Medicine 17, 891-908 (score);
        Lewis & Sauro, measuringu.com/nps-benchmark-test (adjusted Wald).

    Example:
        >>> made = against(Tally(20, 20, 60), 30)
        >>> made.difference, round(made.statistic, 3), round(made.p_value, 3)
        (10.0, 1.194, 0.232)
        >>> round(against(Tally(20, 20, 60), 30, alternative="greater").p_value, 3)
        0.116
    """
    check_options(level, alternative)
    side, benchmark = _counts_of(tally), _benchmark(benchmark)
    if hasattr(type(side), "interval"):
        from npscore.scoring.comparing.weighted import weighted_against

        return weighted_against(side, benchmark, method=method, level=level, alternative=alternative)
    check_choice("method", method, get_args(AgainstMethod))
    counts = numbers_of(side)
    _check_length(side, benchmark)
    parts = possible(_AGAINST[method](counts, benchmark, float(level)), benchmark)
    raw = _raw(counts) - benchmark
    return _compared(parts, (side, None), raw=raw, method=method, level=level, alternative=alternative)


def _by_score(counts: Counts, benchmark: Any, level: float) -> Parts:
    from npscore.scoring.intervals.tango import score_limits, score_statistic

    lower, upper = (100 * limit - benchmark for limit in score_limits(*counts, z=z_two_sided(level)))
    statistic, error = score_statistic(benchmark / 100, *counts)
    return Parts(_raw(counts) - benchmark, 100 * error, lower, upper, statistic)


def _by_adjusted(counts: Counts, benchmark: Any, level: float) -> Parts:
    center, error = adjusted_wald(*counts, pseudo_counts=ROCKS)
    return around(center - benchmark, error, level)


def _by_t(counts: Counts, benchmark: Any, level: float) -> Parts:
    return around(_raw(counts) - benchmark, _squared_error(counts) ** 0.5, level, counts[1] - 1)


_AGAINST: dict[str, Callable[[Counts, Any, float], Parts]] = {
    "score": _by_score,
    "adjusted_wald": _by_adjusted,
    "t": _by_t,
}


def _raw(counts: Counts) -> Any:
    detractors, n, promoters = counts
    return 100 * (promoters - detractors) / n


def _squared_error(counts: Counts) -> Any:
    """Of the score in points, with divisor n - 1; NaN for arrays where one answer has no spread."""
    detractors, n, promoters = counts
    if hasattr(n, "shape"):
        np = optional("numpy")
        n = np.where(n > 1, n, np.nan)
    elif n < 2:
        raise InputError("one answer has no spread to take t from; use adjusted_wald or score.")
    net = promoters - detractors
    return 100**2 * ((n * (promoters + detractors) - net * net) / n) / (n * (n - 1))


def welch_parts(tally: Tally) -> tuple[float, float]:
    """A score in points and its squared standard error with divisor n - 1."""
    counts = numbers_of(tally)
    return _raw(counts), _squared_error(counts)


def _compared(
    parts: Parts, sides: tuple[Any, Any], *, raw: Any, method: str, level: float, alternative: Alternative
) -> Comparison:
    def plain(value: Any) -> Any:
        return as_given(value, *(side for side in sides if side is not None))

    fields = fields_of(parts, raw=raw, method=method, level=level, alternative=alternative, plain=plain)
    return Comparison(**fields, alternative=alternative, n_a=sides[0].n, n_b=None if sides[1] is None else sides[1].n)


def _check_alike(a: Tally | Tallies, b: Tally | Tallies) -> None:
    check_scales(a, b)
    if isinstance(a, Tallies) and isinstance(b, Tallies) and len(a) != len(b):
        raise InputError(f"{len(a)} groups cannot be compared one by one with {len(b)}; hand over equally many.")


def _benchmark(benchmark: Any) -> Any:
    """A score in points, or an array of them."""
    if not hasattr(benchmark, "__array__") or as_number(benchmark) is not None:
        return points("the benchmark", benchmark)
    given = [points(f"benchmark {place}", value) for place, value in enumerate(values_of("benchmarks", benchmark))]
    return optional("numpy").array(given)


def _check_length(tally: Tally | Tallies, benchmark: Any) -> None:
    if hasattr(benchmark, "shape") and not (isinstance(tally, Tallies) and len(tally) == len(benchmark)):
        groups = len(tally) if isinstance(tally, Tallies) else 1
        raise InputError(f"there are {len(benchmark)} benchmarks for {groups} groups; give one, or one for each.")
