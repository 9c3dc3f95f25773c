"""Scores: a tally under a convention becomes a number with an interval."""

from __future__ import annotations

import math
from datetime import date
from typing import Any, NoReturn

import attrs

from npscore.errors import EmptyTallyError, InputError
from npscore.periods import day_of
from npscore.scoring.conventions import DEFAULT, Convention, check_convention
from npscore.scoring.intervals import Interval, interval
from npscore.scoring.intervals.student import t_interval, warn_if_agreed
from npscore.scoring.rows.answers import Answer, are_rows, field, own_scale, read_answers
from npscore.scoring.rows.rollups import Mean, mean, members, most_senior, slot_of_mean
from npscore.scoring.rows.standing import in_window, one_each
from npscore.scoring.scales import STANDARD, Scale
from npscore.scoring.tallies import Tally, tally

COLOURS = {"detractors": "#c0392b", "passives": "#95a5a6", "promoters": "#1e8449"}
"""The colour of each category in a bar."""


@attrs.frozen(kw_only=True, repr=False)
class Score:
    """A Net Promoter Score with what it was made of.

    Attributes:
        value: points from -100 to 100, unrounded.
        n: how many answered.
        base: how many the score was divided by: n, and the unanswered where
            the convention counts them.
        units: how many units (responses, customers or accounts) were scored.
        tally: the counts; None where the score is not made of whole counts,
            that is, under a weight or a roll-up of accounts.
        variance: of one answer's code on the -1 / 0 / +1 scale, divisor `base`;
            under a weight or roll-up, of one answer's or account's, weighted.
        standard_error: of the score, in points: 100 x root of variance / base;
            linearised between units where answers hang together or have
            weights, and then None with fewer than two units.
        interval: the `Interval` that the convention asks for.
        convention: the declared choices behind the number.
        unanswered: standing rows without an answer.
        superseded: rows of the window that do not stand, because another
            answer of their customer or account does.
        scale: on which the answers were given.
    """

    value: float
    n: int
    base: int
    units: int
    tally: Tally | Any  # Any: None only under weights and roll-ups, which the usual reader need not rule out
    variance: float
    standard_error: float | Any
    interval: Interval
    convention: Convention
    unanswered: int = 0
    superseded: int = 0
    scale: Scale = STANDARD

    @property
    def counts(self) -> Tally | None:
        """What was counted as answered, the unanswered among the passives where they count.

        None where answers hang together or have weights, so that counts do not
        tell how sure the score is.
        """
        return self.convention.base_of(self.tally) if self.convention.by_tally else None

    @property
    def method(self) -> str:
        """How the standard error of the interval was made."""
        return self.interval.method

    @property
    def display(self) -> int:
        """The whole number that people quote: rounded once, halves away from zero.

        Example:
            >>> score(Tally(3, 0, 5)).value, score(Tally(3, 0, 5)).display
            (25.0, 25)
            >>> score(Tally(1, 6, 1 + 1)).value, score(Tally(2, 6, 0)).display
            (11.11111111111111, -25)
        """
        return round_half_away(self.value)

    def __str__(self) -> str:
        return f"NPS {signed(self.value)} ({self.interval}), n = {self.n}{self._units()}{self._left_over()}"

    def __repr__(self) -> str:
        return f"<Score {self.value:+.1f}: {self}; {self.convention.name} [{self.convention.fingerprint}]>"

    def _units(self) -> str:
        unit = self.convention.unit
        return "" if unit == "response" else f", {self.units} {unit}{'s' if self.units != 1 else ''}"

    def _left_over(self) -> str:
        invalid = self.tally.invalid if self.tally else 0
        parts = ((self.unanswered, "unanswered"), (invalid, "invalid"), (self.superseded, "superseded"))
        return "".join(f", {count} {word}" for count, word in parts if count)

    def _repr_html_(self) -> str:
        from html import escape

        counts = escape(self._counts())
        return (
            '<div style="font-family:sans-serif;max-width:36em">'
            f'<div><b style="font-size:1.6em">{signed(self.value)}</b> NPS, {self.interval}, n = {self.n}</div>'
            f"{self._bar(counts)}"
            f'<div style="font-size:.85em">{counts}</div>'
            f'<div style="font-size:.75em;color:#666">{escape(str(self.convention))}</div></div>'
        )

    def _counts(self) -> str:
        if self.tally is None:
            return f"{self.n} answers{self._units()}{self._left_over()}"
        counts = (self.tally.detractors, self.tally.passives, self.tally.promoters)
        named = ", ".join(f"{count} {name}" for count, name in zip(counts, COLOURS, strict=True))
        return f"{named}{self._units()}{self._left_over()}"

    def _bar(self, label: str) -> str:
        if self.tally is None or not self.n:
            return ""
        parts = "".join(
            f'<span style="display:inline-block;height:100%;width:{100 * getattr(self.tally, name) / self.n:.2f}%;'
            f'background:{colour}"></span>'
            for name, colour in COLOURS.items()
        )
        return (
            f'<div style="height:12px;margin:3px 0;line-height:0;font-size:0;white-space:nowrap" '
            f'role="img" aria-label="{label}">{parts}</div>'
        )


def score(ratings: Any, *, convention: Convention = DEFAULT, until: date | None = None) -> Score:
    """The Net Promoter Score of ratings, of rows or of a tally, under a convention.

    Where whole answers count alike it is computed from integer counts with one
    division at the end: 100 (promoters - detractors) / base. Under a weight or
    a roll-up it is the weighted mean of the units' codes.

    Args:
        ratings: a collection, array or series of ratings; or rows, that is,
            mappings or objects with a ``rating``; or a `Tally`. Rows need the
            columns that the convention asks for: ``customer_id``,
            ``account_id``, ``role``, the column of the weight, and
            ``answered_at``, ``invited_at`` or ``interaction_at``;
            ``response_id`` decides between answers of the same time. Rows with
            a ``scale`` bring their own.
        convention: the declared choices; see `Convention`.
        until: the day at which the convention's window is anchored (of an
            aware datetime, its day in the convention's zone): a `Calendar` is
            the period that contains it, other windows end with it. None takes
            the latest day in the rows.

    Raises:
        EmptyTallyError: when nobody answered. A score of nothing is never 0.
        InputError: when a row has no rating or lacks what the convention
            needs, when two answers of one time have no ids to tell the later
            one, when an account has two weights, or for an `until` that is no
            date or has no window.
        OutOfScaleError: when a rating is not on the scale; to count such rows
            instead, pass ``tally(ratings, invalid="count")``.
        PoolingError: when the convention names another scale than the data's,
            or the rows were answered on more than one.

    Warns:
        DataWarning: as `interval`; and when all units agree, so that the
            linearised interval has no width.

    References:
        The standard error of units that hang together is the linearised one of
        Binder, D. A. (1983), International Statistical Review 51(3), 279-292;
        t has one degree of freedom less than there are units.

    Example:
        >>> september = score([10, 9, 8, 6, 0, None])
        >>> september.value, september.n
        (0.0, 5)
        >>> print(september)
        NPS 0 (95 % interval -57.5 to +57.5), n = 5, 1 unanswered
        >>> rows = [
        ...     {"rating": 9, "account_id": "a"},
        ...     {"rating": 10, "account_id": "a"},
        ...     {"rating": 3, "account_id": "b"},
        ... ]
        >>> round(score(rows).value, 1)
        33.3
        >>> by_account = Convention(unit="account", rollup="mean_of_scores")
        >>> score(rows, convention=by_account).value
        0.0
    """
    check_convention(convention)
    if until is not None and convention.window is None:
        raise InputError("until anchors a window, and this convention has none; give it Rolling(90) or the like.")
    if isinstance(ratings, Tally):
        _check_tally(ratings, convention)
        return _score_tally(ratings, convention)
    with_rows, answers = are_rows(ratings)
    if with_rows:
        return _score_rows(list(answers), convention, until)
    if convention.columns:
        _refuse("ratings do", convention)
    return _score_tally(tally(answers, convention.scale_for()), convention)


def _check_tally(counts: Tally, convention: Convention) -> None:
    convention.scale_for(counts.scale)
    if convention.columns:
        _refuse("a Tally does", convention)


def _refuse(what: str, convention: Convention) -> NoReturn:
    needed = ", ".join(sorted(convention.columns))
    raise InputError(f"{what} not tell the {needed} of each answer, which this convention needs; give rows.")


def _score_rows(rows: list[Any], convention: Convention, until: date | None) -> Score:
    scale = convention.scale_for(own_scale(rows))
    if not convention.columns:
        ratings = (field(row, "rating", number) for number, row in enumerate(rows))
        return _score_tally(tally(ratings, scale), convention)
    answers = read_answers(rows, convention, scale)
    window = in_window(answers, convention, None if until is None else day_of(until, convention.zone))
    standing = one_each(window, convention)
    if convention.rollup == "senior_role":
        standing = most_senior(standing)
    superseded = len(window) - len(standing)
    counts = _tally_standing(standing, convention, scale)
    if convention.by_tally:
        return attrs.evolve(_score_tally(counts, convention), superseded=superseded)
    return _score_mean(counts, mean(members(standing, convention, scale)), convention, superseded)


def _tally_standing(answers: list[Answer], convention: Convention, scale: Scale) -> Tally:
    counts = [0, 0, 0, 0]
    for answer in answers:
        counts[3 if answer.rating is None else slot_of_mean(answer.rating, 1, scale, convention.rounding)] += 1
    return Tally(*counts, scale=scale)


def _score_mean(counts: Tally, made: Mean | None, convention: Convention, superseded: int) -> Score:
    _check_answered(counts)
    if made is None:
        raise EmptyTallyError(f"no answer has weight, so there is no score: {counts.n} answers, all of weight 0.")
    whole = convention.weight is None and convention.rollup == "pool"
    base = convention.base_of(counts)
    value = 100 * (base.promoters - base.detractors) / base.n if whole else 100 * made.value
    error = None if made.standard_error is None else 100 * made.standard_error
    warn_if_agreed(error, depth=5)
    return Score(
        value=value,
        n=counts.n,
        base=base.n,
        units=made.units,
        tally=counts if whole else None,
        variance=made.variance,
        standard_error=error,
        interval=t_interval(value, error, df=made.units - 1, level=convention.level),
        convention=convention,
        unanswered=counts.unanswered,
        superseded=superseded,
        scale=counts.scale,
    )


def _check_answered(counts: Tally) -> None:
    if counts.n == 0:
        raise EmptyTallyError(
            f"nobody answered, so there is no score: {counts.unanswered} unanswered, {counts.invalid} invalid."
        )


def _score_tally(counts: Tally, convention: Convention) -> Score:
    _check_answered(counts)
    base = convention.base_of(counts)
    net, spread = base.promoters - base.detractors, base.promoters + base.detractors
    variance = (base.n * spread - net * net) / base.n**2
    return Score(
        value=100 * net / base.n,
        n=counts.n,
        base=base.n,
        units=base.n,
        tally=counts,
        variance=variance,
        standard_error=100 * math.sqrt(variance / base.n),
        interval=interval(base, method=convention.method, level=convention.level),
        convention=convention,
        unanswered=counts.unanswered,
        scale=counts.scale,
    )


def round_half_away(points: float) -> int:
    """Round to a whole number, halves away from zero, as people do on paper.

    Example:
        >>> [round_half_away(points) for points in (12.5, -12.5, 0.49999999999999994, -0.2)]
        [13, -13, 0, 0]
    """
    whole = math.floor(abs(points))
    whole += abs(points) - whole >= 0.5
    return whole if points > 0 else -whole


def signed(points: float) -> str:
    """Points as people quote them: whole, with a sign, halves away from zero.

    Example:
        >>> signed(12.5), signed(-12.5), signed(0.2)
        ('+13', '-13', '0')
    """
    whole = round_half_away(points)
    return f"{whole:+d}" if whole else "0"
