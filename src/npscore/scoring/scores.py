"""Scores: a tally under a convention becomes a number with an interval."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

import attrs

from npscore.errors import EmptyTallyError, InputError
from npscore.scoring.conventions import DEFAULT, Convention, check_convention
from npscore.scoring.intervals import Interval, interval
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
        units: how many units (responses) were scored.
        tally: the counts.
        variance: of one answer's code on the -1 / 0 / +1 scale, divisor `base`.
        standard_error: of the score, in points: 100 x root of variance / base.
        interval: the `Interval` that the convention asks for.
        convention: the declared choices behind the number.
    """

    value: float
    n: int
    base: int
    units: int
    tally: Tally
    variance: float
    standard_error: float
    interval: Interval
    convention: Convention

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
        return f"NPS {signed(self.value)} ({self.interval}), n = {self.n}{self._left_over()}"

    def __repr__(self) -> str:
        return f"<Score {self.value:+.1f}: {self}; {self.convention.name} [{self.convention.fingerprint}]>"

    def _left_over(self) -> str:
        parts = ((self.tally.unanswered, "unanswered"), (self.tally.invalid, "invalid"))
        return "".join(f", {count} {word}" for count, word in parts if count)

    def _repr_html_(self) -> str:
        from html import escape

        colours = {colour: getattr(self.tally, name) for name, colour in COLOURS.items()}
        bar = "".join(
            f'<span style="display:inline-block;height:100%;width:{100 * count / self.n:.2f}%;'
            f'background:{colour}"></span>'
            for colour, count in colours.items()
        )
        counts = (
            f"{self.tally.detractors} detractors, {self.tally.passives} passives, "
            f"{self.tally.promoters} promoters{self._left_over()}"
        )
        return (
            '<div style="font-family:sans-serif;max-width:36em">'
            f'<div><b style="font-size:1.6em">{signed(self.value)}</b> NPS, {self.interval}, n = {self.n}</div>'
            f'<div style="height:12px;margin:3px 0;line-height:0;font-size:0;white-space:nowrap" '
            f'role="img" aria-label="{counts}">{bar}</div>'
            f'<div style="font-size:.85em">{counts}</div>'
            f'<div style="font-size:.75em;color:#666">{escape(str(self.convention))}</div></div>'
        )


def score(ratings: Any, *, convention: Convention = DEFAULT) -> Score:
    """The Net Promoter Score of ratings, of rows or of a tally.

    Computed from the integer counts with one division at the end:
    100 (promoters - detractors) / base.

    Args:
        ratings: a collection, array or series of ratings; or rows, that is,
            mappings or objects with a ``rating``; or a `Tally`.
        convention: the declared choices; see `Convention`.

    Raises:
        EmptyTallyError: when nobody answered. A score of nothing is never 0.
        InputError: when a row has no rating.
        OutOfScaleError: when a rating is not on the scale; to count such rows
            instead, pass ``tally(ratings, invalid="count")``.
        PoolingError: when the convention names another scale than the tally's.

    Example:
        >>> september = score([10, 9, 8, 6, 0, None])
        >>> september.value, september.n
        (0.0, 5)
        >>> print(september)
        NPS 0 (95 % interval -57.5 to +57.5), n = 5, 1 unanswered
        >>> score([{"rating": 9, "team": "a"}, {"rating": 3, "team": "b"}]).value
        0.0
    """
    check_convention(convention)
    if isinstance(ratings, Tally):
        convention.scale_for(ratings.scale)
        counts = ratings
    else:
        counts = tally(_ratings_of(ratings), convention.scale_for())
    return _score_tally(counts, convention)


def _ratings_of(answers: Any) -> Any:
    """The ratings of rows; what is no rows passes untouched."""
    if hasattr(answers, "__array__") or isinstance(answers, str | bytes | Mapping) or not isinstance(answers, Iterable):
        return answers
    rest = iter(answers)
    try:
        first = next(rest)
    except StopIteration:
        return ()
    whole = chain((first,), rest) if rest is answers else answers
    if isinstance(first, Mapping) or hasattr(first, "rating"):
        return (_rating_of(row, number) for number, row in enumerate(whole))
    return whole


def _rating_of(row: Any, number: int) -> Any:
    try:
        return row["rating"] if isinstance(row, Mapping) else row.rating
    except (KeyError, AttributeError):
        raise InputError(f"row {number} has no 'rating': {row!r}; None says that there was no answer.") from None


def _score_tally(counts: Tally, convention: Convention) -> Score:
    if counts.n == 0:
        raise EmptyTallyError(
            f"nobody answered, so there is no score: {counts.unanswered} unanswered, {counts.invalid} invalid."
        )
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
