"""Which answers stand: those of the window, and of each customer the one that the convention takes."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from datetime import date, timedelta
from typing import Any

import attrs

from npscore.errors import InputError
from npscore.periods import first_day
from npscore.scoring.conventions import Convention
from npscore.scoring.conventions.windows import BackFromLatest, Calendar, Last, Rolling
from npscore.scoring.rows.answers import Answer


def in_window(answers: list[Answer], convention: Convention, until: date | None = None) -> list[Answer]:
    """The answers that the convention's window holds.

    Args:
        answers: with a day wherever it is known; those without are in no window.
        convention: the declared choices.
        until: the anchor; None takes the latest day there is.
    """
    window = convention.window
    dated = [answer for answer in answers if answer.day is not None]
    if window is None or not dated:
        return answers if window is None else []
    anchor = until or max(_day(answer) for answer in dated)
    if isinstance(window, Calendar):
        first = first_day(anchor, window.every)
        return [answer for answer in dated if first_day(_day(answer), window.every) == first]
    dated = [answer for answer in dated if _day(answer) <= anchor]
    if isinstance(window, Rolling):
        return _back_from(anchor, window.days, dated)
    return _last(dated, window) if isinstance(window, Last) else _back_from_latest(dated, convention, window)


def _day(answer: Answer) -> date:
    return answer.day or date.min


def _back_from(anchor: date, days: int, answers: list[Answer]) -> list[Answer]:
    first = anchor - timedelta(days=min(days, anchor.toordinal()) - 1)
    return [answer for answer in answers if first <= _day(answer) <= anchor]


def _back_from_latest(answers: list[Answer], convention: Convention, window: BackFromLatest) -> list[Answer]:
    kept: list[Answer] = []
    for own in by_unit(answers, _unit(convention)):
        given = [answer for answer in own if answer.rating is not None]
        kept += _back_from(max(map(_day, given or own)), window.days, own)
    return kept


def _unit(convention: Convention) -> Callable[[Answer], Hashable]:
    if convention.unit == "response":
        return lambda answer: "all"
    return (lambda answer: answer.customer) if convention.unit == "customer" else (lambda answer: answer.account)


def _last(answers: list[Answer], window: Last) -> list[Answer]:
    newest = sorted((answer for answer in answers if answer.rating is not None), key=_moment, reverse=True)
    if len(newest) <= window.k:
        return answers
    edge = _moment(newest[window.k - 1])
    sure = [answer for answer in newest if _moment(answer) > edge]
    tied = _by_id([answer for answer in newest if _moment(answer) == edge])
    count = window.k - len(sure)
    if len(tied) > count and tied[count - 1].id == tied[count].id:
        raise _undecided(tied)
    since = (answer for answer in answers if answer.rating is None and _moment(answer) >= edge)
    return [*sure, *tied[:count], *since]


def _moment(answer: Answer) -> Any:
    return answer.moment


def by_unit(answers: Iterable[Answer], unit: Callable[[Answer], Hashable]) -> list[list[Answer]]:
    """Answers of one unit each; those without a unit stand alone."""
    units: dict[Hashable, list[Answer]] = defaultdict(list)
    alone = []
    for answer in answers:
        key = unit(answer)
        if key is None:
            alone.append([answer])
        else:
            units[key].append(answer)
    return [*units.values(), *alone]


def one_each(answers: list[Answer], convention: Convention) -> list[Answer]:
    """One answer a customer (within the account, where accounts are counted), as `repeats` says.

    Whoever answered at all stands with an answer, the others with one row that
    says so.
    """
    if convention.repeats == "all":
        return answers
    own = by_unit(answers, lambda answer: None if answer.customer is None else (answer.account, answer.customer))
    return [_standing(rows, convention.repeats) for rows in own]


def _standing(rows: list[Answer], repeats: str) -> Answer:
    best = [row for row in rows if row.rating is not None] or rows
    if repeats in ("latest", "first"):
        best = _at_the_end(best, latest=repeats == "latest")
    if len(best) == 1:
        return best[0]
    _same_weight(best)
    merged = min(best, key=lambda row: row.rank)
    return attrs.evolve(merged, rating=_merged([row.rating for row in best if row.rating is not None], repeats))


def _merged(ratings: list[float], repeats: str) -> float | None:
    if not ratings:
        return None
    return min(ratings) if repeats == "worst" else math.fsum(ratings) / len(ratings)


def _at_the_end(rows: list[Answer], *, latest: bool) -> list[Answer]:
    """The latest or first row; several only where they are alike in that nobody answered."""
    dated = [row for row in rows if row.moment is not None] or rows
    edge = (max if latest else min)(row.moment for row in dated) if dated[0].moment else None  # type: ignore[type-var]
    tied = _by_id([row for row in dated if row.moment == edge])
    top = [row for row in tied if row.id == tied[0].id]
    if len(top) > 1 and top[0].rating is not None:
        raise _undecided(top)
    return top


def _by_id(tied: list[Answer]) -> list[Answer]:
    """Answers of one moment, the largest id first; a missing one gives way."""
    try:
        return sorted(tied, key=lambda row: (row.id is not None, row.id), reverse=True)
    except TypeError:
        raise _undecided(tied) from None


def _undecided(tied: list[Answer]) -> InputError:
    who = "" if tied[0].customer is None else f" of customer {tied[0].customer!r}"
    return InputError(
        f"{len(tied)} answers{who} have the same time, {tied[0].moment}, and only a different 'response_id' of each, "
        "all numbers or all texts, would say which is the later one."
    )


def _same_weight(rows: list[Answer]) -> None:
    if len({row.weight for row in rows}) > 1:
        raise InputError(
            f"the answers of customer {rows[0].customer!r} are merged into one and have unlike weights: "
            f"{', '.join(str(row.weight) for row in rows[:5])}; give one weight a customer."
        )
