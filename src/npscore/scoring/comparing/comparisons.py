"""Comparisons: one score against another, or against a benchmark. One function a method."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, get_args

import attrs

from npscore.errors import InputError, PoolingError
from npscore.scoring.extras import optional
from npscore.scoring.intervals import (
    RAW,
    ROCKS,
    PseudoCounts,
    adjusted_wald,
    as_given,
    check_level,
    check_pseudo_counts,
    clip,
    warn_if_few,
    z_two_sided,
)
from npscore.scoring.tallies import Tallies, Tally, numbers_of

Alternative = Literal["two-sided", "greater", "less"]
CompareMethod = Literal["adjusted_wald", "mover", "wald", "welch"]
AgainstMethod = Literal["score", "adjusted_wald", "t"]
Counts = tuple[Any, Any, Any]

WIDEST = 200.0
"""A difference of two scores lies between -200 and 200 points."""


@attrs.frozen(kw_only=True)
class Comparison:
    """The difference of two scores, or of a score and a benchmark, and its test.

    Attributes:
        difference: the first raw score minus the second, in points.
        adjusted_difference: the difference that the method tests, in points:
            of the adjusted counts for adjusted Wald, else the raw one.
        standard_error: of that difference in points, as the method takes it.
        lower, upper: two-sided limits of the difference at `level`, in points,
            clipped to [-200, 200]; also when the alternative is one-sided.
        statistic: z, or t where `df` is given.
        df: degrees of freedom of t, None for z.
        p_value: for the `alternative`, not adjusted for other tests.
        method: how it was made.
        level: the confidence level as a fraction.
        alternative: ``"two-sided"``, or the first is ``"greater"`` or
            ``"less"``.
        n_a, n_b: how many answered on either side; `n_b` is None for a
            benchmark.

    Made from `Tallies`, the numbers are arrays, NaN where there is no test.
    """

    difference: float
    adjusted_difference: float
    standard_error: float
    lower: float
    upper: float
    statistic: float
    df: float | None
    p_value: float
    method: str
    level: float
    alternative: Alternative
    n_a: int
    n_b: int | None

    def __str__(self) -> str:
        if not isinstance(self.lower, float):
            return f"{len(self.lower)} differences ({self.method}, {self.alternative})"
        chance = "p < 0.001" if self.p_value < 0.001 else f"p = {self.p_value:.3f}"
        return (
            f"difference {self.difference:+.1f} ({100 * self.level:.6g} % interval {self.lower:+.1f} to "
            f"{self.upper:+.1f}), {chance} ({self.method}, {self.alternative})"
        )


def compare(
    a: Tally | Tallies,
    b: Tally | Tallies,
    *,
    method: CompareMethod = "adjusted_wald",
    level: float = 0.95,
    alternative: Alternative = "two-sided",
    pseudo_counts: PseudoCounts = ROCKS,
) -> Comparison:
    """Whether the scores of two groups of different people differ.

    For the same people asked twice see `compare_paired`, for more than two
    groups `compare_many`.

    Args:
        a: the counts of one group.
        b: the counts of the other; the difference is a - b. With `Tallies` on
            either side the result has arrays.
        method: ``"adjusted_wald"`` adds the pseudo-counts to each group and
            takes z; ``"mover"`` squares and adds the distances to the score
            limits of both groups, and its p-value is that of the widest such
            interval without 0; ``"wald"`` is plain z; ``"welch"`` is t with
            divisor n - 1 and Welch's degrees of freedom.
        level: the confidence level of the limits, a fraction.
        alternative: ``"two-sided"``, or a is ``"greater"`` or ``"less"``.
        pseudo_counts: what adjusted Wald adds to detractors, passives and
            promoters of each group.

    Returns:
        A `Comparison` in points.

    Raises:
        EmptyTallyError: when nobody answered in one of them.
        PoolingError: for tallies on unlike scales.
        InputError: for an option that is not known, or a method that has no
            standard error to divide by because all agree in both groups.
        MissingExtraError: for ``"mover"``, ``"welch"`` or `Tallies` without
            the extra ``stats``.

    Warns:
        DataWarning: for ``"wald"`` with n under 50 or an empty category.

    References:
        Lewis & Sauro, measuringu.com/nps-significance-test (adjusted Wald);
        Newcombe (1998). Statistics in Medicine 17, 2635-2650 (mover);
        Welch (1947). Biometrika 34, 28-35.

    Example:
        >>> spring, summer = Tally(20, 20, 60), Tally(30, 25, 45)
        >>> made = compare(summer, spring)
        >>> made.difference, round(made.lower, 1), round(made.upper, 1), round(made.p_value, 3)
        (-25.0, -46.8, -1.7, 0.035)
    """
    check_choice("method", method, get_args(CompareMethod))
    _check_options(level, alternative)
    check_pseudo_counts(pseudo_counts)
    if method != "adjusted_wald" and tuple(pseudo_counts) != ROCKS:
        raise InputError(f"pseudo_counts belong to adjusted_wald; the method {method!r} adds nothing of the kind.")
    first, second = numbers_of(a), numbers_of(b)
    _check_alike(a, b)
    if method == "wald":
        warn_if_few("the plain Wald test", a, b, depth=3)
    difference = _raw(first) - _raw(second)
    parts = _COMPARE[method](first, second, float(level), pseudo_counts)
    return _compared(difference, parts, (a, b), method=method, level=level, alternative=alternative)


@attrs.frozen
class _Parts:
    """What a method finds: the difference it tests, its error, its limits and its statistic."""

    difference: Any
    error: Any
    lower: Any
    upper: Any
    statistic: Any
    df: Any = None


def _around(difference: Any, error: Any, level: float, df: Any = None) -> _Parts:
    reach = error * (z_two_sided(level) if df is None else t_two_sided(level, df))
    return _Parts(difference, error, difference - reach, difference + reach, ratio(difference, error), df)


def _of_adjusted(first: Counts, second: Counts, level: float, pseudo_counts: PseudoCounts) -> _Parts:
    (center_a, error_a), (center_b, error_b) = (
        adjusted_wald(*side, pseudo_counts=pseudo_counts) for side in (first, second)
    )
    return _around(center_a - center_b, (error_a**2 + error_b**2) ** 0.5, level)


def _of_raw(first: Counts, second: Counts, level: float, _pseudo_counts: PseudoCounts) -> _Parts:
    return _of_adjusted(first, second, level, RAW)


def _welch(first: Counts, second: Counts, level: float, _pseudo_counts: PseudoCounts) -> _Parts:
    squares = [_squared_error(side) for side in (first, second)]
    total = squares[0] + squares[1]
    parts = [square**2 / (side[1] - 1) for square, side in zip(squares, (first, second), strict=True)]
    alike = total == 0  # all agree in both groups: any df will do
    df = (total**2 + alike * (first[1] + second[1] - 2)) / (parts[0] + parts[1] + alike)
    return _around(_raw(first) - _raw(second), total**0.5, level, df)


def _mover(first: Counts, second: Counts, level: float, _pseudo_counts: PseudoCounts) -> _Parts:
    from npscore.scoring.intervals.tango import mover_limits, mover_statistic

    z = z_two_sided(level)
    lower, upper = (100 * limit for limit in mover_limits(first, second, z))
    statistic = mover_statistic(first, second)
    return _Parts(_raw(first) - _raw(second), (upper - lower) / (2 * z), lower, upper, statistic)


_COMPARE: dict[str, Callable[[Counts, Counts, float, PseudoCounts], _Parts]] = {
    "adjusted_wald": _of_adjusted,
    "mover": _mover,
    "wald": _of_raw,
    "welch": _welch,
}


def against(
    tally: Tally | Tallies,
    benchmark: float,
    *,
    method: AgainstMethod = "score",
    level: float = 0.95,
    alternative: Alternative = "two-sided",
) -> Comparison:
    """Whether a score differs from a fixed benchmark.

    Args:
        tally: the counts; `Tallies` give arrays.
        benchmark: points from -100 to 100, known without error; for a figure
            that was itself estimated use `compare`. An array goes with
            `Tallies`.
        method: ``"score"`` takes the standard error that holds if the
            benchmark is true; ``"adjusted_wald"`` is the published
            approximation; ``"t"`` is the t test of the codes.
        level: the confidence level of the limits, a fraction.
        alternative: ``"two-sided"``, or the score is ``"greater"`` or
            ``"less"``.

    Returns:
        A `Comparison`; difference and limits are those of score - benchmark.
        The score interval leaves out 0 exactly when the two-sided score test
        rejects at 1 - level.

    Raises:
        EmptyTallyError: when nobody answered.
        InputError: for a benchmark off the range, an option that is not known,
            or ``"t"`` of answers that all agree.
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
    check_choice("method", method, get_args(AgainstMethod))
    _check_options(level, alternative)
    _check_benchmark(benchmark)
    counts = numbers_of(tally)
    parts = _AGAINST[method](counts, benchmark, float(level))
    difference = _raw(counts) - benchmark
    return _compared(difference, parts, (tally, None), method=method, level=level, alternative=alternative)


def _by_score(counts: Counts, benchmark: Any, level: float) -> _Parts:
    from npscore.scoring.intervals.tango import score_limits, score_statistic

    lower, upper = (100 * limit - benchmark for limit in score_limits(*counts, z=z_two_sided(level)))
    statistic, error = score_statistic(benchmark / 100, *counts)
    return _Parts(_raw(counts) - benchmark, 100 * error, lower, upper, statistic)


def _by_adjusted(counts: Counts, benchmark: Any, level: float) -> _Parts:
    center, error = adjusted_wald(*counts, pseudo_counts=ROCKS)
    return _around(center - benchmark, error, level)


def _by_t(counts: Counts, benchmark: Any, level: float) -> _Parts:
    return _around(_raw(counts) - benchmark, _squared_error(counts) ** 0.5, level, counts[1] - 1)


_AGAINST: dict[str, Callable[[Counts, Any, float], _Parts]] = {
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


def ratio(difference: Any, error: Any) -> Any:
    """The difference in standard errors; 0 for no difference, and nothing where only the error is 0.

    Raises:
        InputError: for one difference that has no standard error.
    """
    if hasattr(difference, "shape") or hasattr(error, "shape"):
        np = optional("numpy")
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(error > 0, difference / error, np.where(difference == 0, 0.0 * error, np.nan))
    if error == 0 and difference != 0:
        raise InputError(
            "everybody agrees within each group, so this test has no standard error to divide by; "
            "use adjusted_wald or score, which do."
        )
    return difference / error if error else 0.0


def t_two_sided(level: float, df: Any) -> Any:
    """The quantile of t that leaves (1 - level) / 2 in each tail."""
    return optional("scipy.special").stdtrit(df, (1 + level) / 2)


def normal_below(z: float) -> float:
    """The standard normal probability below z, to the last digits also far out."""
    return math.erfc(-z / math.sqrt(2)) / 2


def p_value_of(statistic: Any, alternative: Alternative, df: Any = None) -> Any:
    """The probability beyond a z or t, for numbers by the standard library where that can be."""
    beyond = {"two-sided": -abs(statistic), "greater": -statistic, "less": statistic}[alternative]
    sides = 2 if alternative == "two-sided" else 1
    if df is not None:
        return sides * optional("scipy.special").stdtr(df, beyond)
    if hasattr(beyond, "shape"):
        return sides * optional("scipy.special").ndtr(beyond)
    return sides * normal_below(beyond)


def _compared(
    difference: Any, parts: _Parts, sides: tuple[Any, Any], *, method: str, level: float, alternative: Alternative
) -> Comparison:
    many = [side for side in sides if side is not None]

    def plain(value: Any) -> Any:
        return as_given(value, *many)

    df = None if parts.df is None else plain(parts.df)
    statistic = plain(parts.statistic)
    return Comparison(
        difference=plain(difference),
        adjusted_difference=plain(parts.difference),
        standard_error=plain(parts.error),
        lower=clip(plain(parts.lower), WIDEST),
        upper=clip(plain(parts.upper), WIDEST),
        statistic=statistic,
        df=df,
        p_value=plain(p_value_of(statistic, alternative, df)),
        method=method,
        level=float(level),
        alternative=alternative,
        n_a=sides[0].n,
        n_b=None if sides[1] is None else sides[1].n,
    )


def check_choice(option: str, value: object, known: tuple[str, ...]) -> None:
    """Refuse an option that is not one of those known."""
    if value not in known:
        raise InputError(f"{option}={value!r} is not known; it is one of {', '.join(known)}.")


def _check_options(level: float, alternative: str) -> None:
    check_level(level)
    check_choice("alternative", alternative, get_args(Alternative))


def _check_alike(a: Tally | Tallies, b: Tally | Tallies) -> None:
    if a.scale != b.scale:
        raise PoolingError(
            f"scores on the scale {a.scale} and on {b.scale} answer different questions; they cannot be compared."
        )
    if isinstance(a, Tallies) and isinstance(b, Tallies) and len(a) != len(b):
        raise InputError(f"{len(a)} groups cannot be compared one by one with {len(b)}; hand over equally many.")


def _check_benchmark(benchmark: Any) -> None:
    if hasattr(benchmark, "shape"):
        inside = bool(((benchmark >= -100) & (benchmark <= 100)).all())
    else:
        inside = isinstance(benchmark, int | float) and not isinstance(benchmark, bool) and -100 <= benchmark <= 100
    if not inside:
        raise InputError(f"the benchmark {benchmark!r} is not a score: points from -100 to 100.")
