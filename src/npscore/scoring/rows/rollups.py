"""Roll-ups: standing answers become the members of a weighted mean, and its standard error.

The members are answers where they are pooled, and accounts otherwise. How far
the mean can be off depends on how the totals of independent units vary: that
is Taylor linearisation of a ratio, with t on one degree of freedom less than
there are units.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from operator import attrgetter

import attrs

from npscore.errors import InputError
from npscore.scoring.conventions import Convention
from npscore.scoring.rows.answers import Answer
from npscore.scoring.rows.standing import by_unit
from npscore.scoring.scales import Scale

SLACK = 1e-9  # of a mean of means, whose last digits are by chance


@attrs.frozen
class Member:
    """What one answer or account adds to the mean.

    Attributes:
        unit: the number of the independent unit it belongs to.
        weight: at least 0.
        code: from -1 to 1.
    """

    unit: int
    weight: float
    code: float


@attrs.frozen
class Mean:
    """A weighted mean of codes.

    Attributes:
        value: from -1 to 1.
        variance: of one member's code, weighted, with divisor the sum of weights.
        standard_error: of the value, linearised; None with fewer than two units.
        units: how many units have weight.
    """

    value: float
    variance: float
    standard_error: float | None
    units: int


def slot_of_mean(total: float, count: int, scale: Scale, rounding: str) -> int:
    """The category (0, 1, 2) of a mean rating, total / count."""
    up = SLACK + (0.5 if rounding == "half up" else 0)
    return sum(total + up * count >= cut * count for cut in scale.cuts)


def members(answers: Iterable[Answer], convention: Convention, scale: Scale) -> list[Member]:
    """What each answer, or account, adds to the score under a convention.

    Raises:
        InputError: when the answers of an account have unlike weights.
    """
    units = _units(answers, convention)
    if convention.unit == "account":
        for own in units:
            _check_weights(own)
    if convention.rollup == "pool":
        pooled = ((number, own) for number, rows in enumerate(units) for own in rows)
        return [Member(number, own.weight, _code(own, convention, scale)) for number, own in pooled]
    return [Member(number, own[0].weight, _account_code(own, convention, scale)) for number, own in enumerate(units)]


def _units(answers: Iterable[Answer], convention: Convention) -> list[list[Answer]]:
    counted = [row for row in answers if row.rating is not None or convention.counts_unanswered]
    if convention.clusters is None:
        return [[answer] for answer in counted]
    return by_unit(counted, attrgetter(convention.clusters))


def _check_weights(own: list[Answer]) -> None:
    weights = sorted({row.weight for row in own})
    if len(weights) > 1:
        raise InputError(
            f"the account {own[0].account!r} has the weights {weights[0]:g} and {weights[1]:g}; "
            "an account has one weight."
        )


def _code(answer: Answer, convention: Convention, scale: Scale) -> int:
    """-1, 0 or 1; who did not answer acts as a passive."""
    return 0 if answer.rating is None else slot_of_mean(answer.rating, 1, scale, convention.rounding) - 1


def _account_code(own: list[Answer], convention: Convention, scale: Scale) -> float:
    if convention.rollup == "mean_of_scores":
        return sum(_code(answer, convention, scale) for answer in own) / len(own)
    ratings = [answer.rating for answer in own if answer.rating is not None]
    return slot_of_mean(math.fsum(ratings), len(ratings), scale, convention.rounding) - 1 if ratings else 0


def most_senior(answers: list[Answer]) -> list[Answer]:
    """The answers of each account's most senior respondents; an account without an answer keeps its rows."""
    kept: list[Answer] = []
    for own in by_unit(answers, lambda answer: answer.account):
        given = [answer for answer in own if answer.rating is not None]
        top = min((answer.rank for answer in given), default=0)
        kept += [answer for answer in given if answer.rank == top] or own
    return kept


def mean(parts: list[Member]) -> Mean | None:
    """The weighted mean of members, None where nothing has weight."""
    total = math.fsum(part.weight for part in parts)
    if total == 0:
        return None
    value = math.fsum(part.weight * part.code for part in parts) / total
    spread = math.fsum(part.weight * (part.code - value) ** 2 for part in parts) / total
    units: dict[int, float] = defaultdict(float)
    for part in parts:
        if part.weight > 0:
            units[part.unit] += part.weight * (part.code - value)
    return Mean(value, spread, _standard_error(list(units.values()), total), len(units))


def _standard_error(totals: list[float], weight: float) -> float | None:
    count = len(totals)
    if count < 2:
        return None
    return math.sqrt(count / (count - 1) * math.fsum(total * total for total in totals)) / weight
