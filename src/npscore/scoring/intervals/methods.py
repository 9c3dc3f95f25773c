"""The methods: one function a method, one table of methods."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Literal, get_args

import attrs

from npscore.errors import DataWarning, InputError, short
from npscore.scoring.choices import check_choice
from npscore.scoring.intervals.formulas import (
    RAW,
    ROCKS,
    PseudoCounts,
    adjusted_wald,
    as_given,
    check_level,
    check_pseudo_counts,
    clip,
    z_two_sided,
)
from npscore.scoring.tallies import Tallies, Tally, no_tally, numbers_of

Method = Literal["adjusted_wald", "score", "wald", "jeffreys", "bootstrap"]
Kind = Literal["percentile", "bca"]
_ELSEWHERE = ("linearised", "clustered", "jackknife")
_REFUSED = {
    "two_binomials": "it takes promoters and detractors as independent, leaves out their covariance, and covers about "
    "89 % where it says 95 %, at any n",
    "wilson": "taken on promoters among those who are not passive it forgets that the number of passives is by chance, "
    "and covers as little as 85 % at n = 200 where it says 95 %",
}
ENOUGH = 50
"""Answers from which on an interval without pseudo-counts is fair in the middle of the range."""

THIN = {"wald": "the plain Wald interval", "bootstrap": "the bootstrap interval"}
"""The methods that cover less than they say with fewer answers, as a sentence begins with them."""


@attrs.frozen
class Interval:
    """A confidence interval of a score.

    Attributes:
        lower, upper: limits in points, clipped to [-100, 100].
        level: the confidence level as a fraction.
        method: how it was made.
        center: the centre in points, as the method adjusts it: the score of
            the adjusted counts (adjusted Wald), the raw score (Wald,
            bootstrap), the posterior mean (Jeffreys), the middle of the limits
            (score).
        standard_error: in points, as the method adjusts it: of the adjusted
            counts (adjusted Wald), with divisor n (Wald), the posterior
            standard deviation (Jeffreys), the standard deviation of the draws
            (bootstrap), half the width over the normal quantile (score).
        df: degrees of freedom, None where the normal distribution is used.
        raw_lower, raw_upper: the limits before clipping.

    Made from `Tallies`, all but `level`, `method` and `df` are arrays. Where
    fewer than two units were scored, nothing is known of their spread, and
    limits and standard error are None.
    """

    lower: float | Any  # Any: rarely None or an array, which the usual reader need not rule out
    upper: float | Any
    level: float
    method: str
    center: float | Any
    standard_error: float | Any
    df: float | None
    raw_lower: float | Any
    raw_upper: float | Any

    def __contains__(self, points: float) -> bool:
        return self.lower is not None and bool(self.lower <= points <= self.upper)

    def __str__(self) -> str:
        if self.lower is None:
            return f"no {100 * self.level:.6g} % interval: fewer than two units"
        if not isinstance(self.lower, float):
            return f"{len(self.lower)} {100 * self.level:.6g} % intervals ({self.method})"
        return f"{100 * self.level:.6g} % interval {self.lower:+.1f} to {self.upper:+.1f}"


def interval(
    tally: Tally | Tallies,
    *,
    method: Method = "adjusted_wald",
    level: float = 0.95,
    pseudo_counts: PseudoCounts = ROCKS,
    seed: int = 0,
    draws: int = 9999,
    kind: Kind = "percentile",
) -> Interval:
    """The confidence interval of the score of a tally.

    The default is the adjusted Wald interval: add .75 detractors, 1.5 passives
    and .75 promoters, then take the ordinary interval. Its mean coverage is
    .95 from n = 5 on, and unlike the plain Wald interval it does not shrink to
    nothing when everybody agrees.

    Args:
        tally: the counts; `Tallies` give an interval a group, as arrays, by
            every method but the bootstrap.
        method: ``"adjusted_wald"``; ``"score"`` inverts the score test, never
            leaves the range and has the best worst case from n = 10 on;
            ``"wald"`` is the plain one; ``"jeffreys"`` holds the middle of a
            Dirichlet posterior with prior .5 each; ``"bootstrap"`` draws.
            All but the Wald intervals need the extra ``stats``.
        level: the confidence level, a fraction between 0 and 1.
        pseudo_counts: what adjusted Wald adds to detractors, passives and
            promoters.
        seed: of the bootstrap, a whole number from 0 up; the same seed gives
            the same limits.
        draws: of the bootstrap, how many.
        kind: of the bootstrap, ``"percentile"`` or ``"bca"`` (bias-corrected,
            accelerated).

    Returns:
        An `Interval` in points.

    Raises:
        EmptyTallyError: when nobody answered.
        InputError: for a level outside (0, 1), an unknown or refused method,
            pseudo-counts that are negative or that the method does not use, a
            seed or number of draws that is none, a BCa bootstrap of answers
            that all agree, or a score, which brings its interval.
        MissingExtraError: when the method needs the extra ``stats``.

    Warns:
        DataWarning: for ``"wald"`` and ``"bootstrap"`` with n under 50 or a
            category without an answer: they cover far less than they say.

    References:
        Rocks, B. (2016). Interval estimation for the "Net Promoter Score".
        The American Statistician 70(4), 365-372. Tango, T. (1998). Statistics
        in Medicine 17, 891-908 (score). Efron, B. (1987). Better bootstrap
        confidence intervals. JASA 82, 171-185 (BCa).

    Example:
        >>> ten_of_ten = interval(Tally(promoters=10))
        >>> round(ten_of_ten.lower, 1), ten_of_ten.upper
        (47.5, 100.0)
        >>> exact = interval(Tally(promoters=10), method="score")
        >>> round(exact.lower, 1), exact.upper
        (44.5, 100.0)
    """
    check_level(level)
    check_method(method)
    check_pseudo_counts(pseudo_counts)
    _check_tally(tally)
    if method != "adjusted_wald" and tuple(pseudo_counts) != ROCKS:
        raise InputError(f"pseudo_counts belong to adjusted_wald; the method {method!r} adds nothing of the kind.")
    return _METHODS[method](tally, _Asked(float(level), pseudo_counts, seed, draws, kind))


def _check_tally(tally: object) -> None:
    kind = type(tally)
    if hasattr(kind, "interval"):
        way = "hand over its .counts" if hasattr(kind, "counts") else "make the score anew"
        raise InputError(f"a {kind.__name__} brings its interval, as .interval; for another method {way}.")
    if not isinstance(tally, Tally | Tallies):
        raise no_tally(tally)


@attrs.frozen
class _Asked:
    """The options of one call, as the methods take them."""

    level: float
    pseudo_counts: PseudoCounts
    seed: int
    draws: int
    kind: Kind


def _adjusted_wald(tally: Tally | Tallies, asked: _Asked) -> Interval:
    center, error = adjusted_wald(*numbers_of(tally), asked.pseudo_counts)
    return _around(center, error, asked.level, "adjusted_wald")


def _wald(tally: Tally | Tallies, asked: _Asked) -> Interval:
    center, error = adjusted_wald(*numbers_of(tally), RAW)
    warn_if_few(THIN["wald"], tally)
    return _around(center, error, asked.level, "wald")


def _around(center: Any, error: Any, level: float, method: str) -> Interval:
    reach = z_two_sided(level) * error
    return _between(center - reach, center + reach, center=center, error=error, level=level, method=method)


def _between(lower: Any, upper: Any, *, center: Any, error: Any, level: float, method: str) -> Interval:
    return Interval(
        lower=clip(lower),
        upper=clip(upper),
        level=level,
        method=method,
        center=center,
        standard_error=error,
        df=None,
        raw_lower=lower,
        raw_upper=upper,
    )


def _score(tally: Tally | Tallies, asked: _Asked) -> Interval:
    from npscore.scoring.intervals.tango import score_limits

    z = z_two_sided(asked.level)
    limits = score_limits(*numbers_of(tally), z)
    lower, upper = (100 * as_given(limit, tally) for limit in limits)
    center, error = (lower + upper) / 2, (upper - lower) / (2 * z)
    return _between(lower, upper, center=center, error=error, level=asked.level, method="score")


def _jeffreys(tally: Tally | Tallies, asked: _Asked) -> Interval:
    from npscore.scoring.intervals.posteriors import posterior

    made = posterior(tally, level=asked.level)
    return _between(made.lower, made.upper, center=made.mean, error=made.sd, level=asked.level, method="jeffreys")


def _bootstrap(tally: Tally | Tallies, asked: _Asked) -> Interval:
    from npscore.scoring.intervals.resampling import bootstrap_limits

    if isinstance(tally, Tallies):
        raise InputError("the bootstrap takes one Tally at a time; for many groups at once use another method.")
    check_choice("kind", asked.kind, get_args(Kind))
    detractors, n, promoters = numbers_of(tally)
    warn_if_few(THIN["bootstrap"], tally)
    lower, upper, error = bootstrap_limits(
        tally, level=asked.level, seed=asked.seed, draws=asked.draws, bca=asked.kind == "bca"
    )
    center = 100 * (promoters - detractors) / n
    return _between(lower, upper, center=center, error=error, level=asked.level, method="bootstrap")


_METHODS: dict[str, Callable[[Tally | Tallies, _Asked], Interval]] = {
    "adjusted_wald": _adjusted_wald,
    "score": _score,
    "wald": _wald,
    "jeffreys": _jeffreys,
    "bootstrap": _bootstrap,
}


def warn_if_few(what: str, *tallies: Tally | Tallies, depth: int = 4) -> None:
    """Warn where a method without pseudo-counts covers less than it says.

    Args:
        what: the method, as the sentence begins.
        *tallies: the counts.
        depth: how many calls up the caller stands.

    Warns:
        DataWarning: for n under 50 or a category without an answer.
    """
    if any(_few(tally) for tally in tallies):
        warn_of_few(what, depth=depth + 1)


def warn_of_few(what: str, *, depth: int) -> None:
    """Say that a method covers less than it says, to the caller so many calls up."""
    warnings.warn(
        f"{what} covers less than it says with n under {ENOUGH} or a category without an answer; "
        "adjusted_wald does not.",
        DataWarning,
        stacklevel=depth,
    )


def _few(tally: Tally | Tallies) -> bool:
    if isinstance(tally, Tally):
        return tally.n < ENOUGH or 0 in (tally.detractors, tally.passives, tally.promoters)
    thin = (tally.n < ENOUGH) | (tally.detractors == 0) | (tally.passives == 0) | (tally.promoters == 0)
    return bool((thin & (tally.n > 0)).any())


def check_method(method: str) -> None:
    """Refuse a method that is not known, or known to be wrong."""
    if isinstance(method, str) and method in _METHODS:
        return
    reason = next((why for name, why in _REFUSED.items() if isinstance(method, str) and name in method.lower()), "")
    known = f"it is one of {', '.join(_METHODS)}"
    if isinstance(method, str) and method in _ELSEWHERE:
        raise InputError(
            f"method={method!r} is no interval of counts: weighted(...) takes it, and so does a score with a weight or "
            "of accounts by itself; leave out the method."
        )
    if reason:
        raise InputError(f"method={method!r} is refused: {reason}; {known}.")
    raise InputError(f"method={short(method)} is not known; {known} ({' and '.join(_REFUSED)} are refused as wrong).")
