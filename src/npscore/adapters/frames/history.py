"""What happened to the customer before each answer, as columns beside it, on any engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw

from npscore.adapters.frames.given import Given
from npscore.adapters.frames.running import COUNTED, GROUP, PLACE, counts_before, running, single
from npscore.adapters.frames.versions import AT, joined, standing

CUSTOMER = "__npscore_customer"
TIE = "__npscore_tie"
"""The column of ids as texts, which order the answers of one moment."""

_BEFORE = "__npscore_before"
_UNTIL = "__npscore_until"
_SINCE = "__npscore_since"
_DAY = 86_400_000_000

_LATEST = {"interaction": "history.interaction_at", "invitation": "history.invited_at"}

Windows = Mapping[str, int]
"""Days by the column of the count."""


def with_answers(rows: Any, windows: Mapping[str, Windows]) -> Any:
    """How many answers a customer gave before each one, the last of them, and how many there were in some days.

    Args:
        rows: with ``history.rating``, ``history.category`` and
            ``history.answered_at`` of themselves, `COUNTED` where they have a
            part in the history of others.
        windows: the counts to make, of all answers under ``responses``, and
            under ``promoters`` and the like of those of a category.
    """
    told = ("history.rating", "history.category", "history.answered_at")
    points = rows
    rows = running(rows, CUSTOMER, [AT, TIE], _UNTIL)
    events = rows.filter(nw.col(COUNTED) == 1)
    last = events.select(nw.col(CUSTOMER).alias(GROUP), nw.col(_UNTIL).alias(PLACE), *told)
    rows = rows.with_columns(where_known(nw.col(_UNTIL) - nw.col(COUNTED)).alias("history.responses"))
    rows = rows.drop(_UNTIL, *told).with_columns(nw.col("history.responses").fill_null(0).cast(nw.Int64).alias(_BEFORE))
    rows = joined(rows, single(last, GROUP, PLACE), {CUSTOMER: GROUP, _BEFORE: PLACE}).drop(_BEFORE)
    for what, wanted in windows.items():
        counted = events if what == "responses" else events.filter(nw.col("history.category") == what.removesuffix("s"))
        places = counted.select(nw.col(CUSTOMER).alias(GROUP), nw.col(AT).alias(PLACE))
        rows = _with_counts(rows, points, places, [], wanted)
    return rows


def touches(given: Given, at: str, **more: nw.Expr) -> Any:
    """Interactions or invitations, as they stand, with whose they are and when they were."""
    return standing(given, **{CUSTOMER: given.key("customer_id", "customer"), AT: given.moment(at)}, **more)


def with_touches(rows: Any, points: Any, facts: Any, at: str, windows: Windows) -> Any:
    """How many interactions or invitations there were until each answer, the time of the last, and those in some days.

    Args:
        rows: the answers.
        points: the same, as `counts_before` takes them.
        facts: what `touches` made.
        at: the column of their time.
        windows: the counts to make.
    """
    kind = at.partition(".")[0]
    latest = _LATEST[kind]
    events = facts.filter(~nw.col(CUSTOMER).is_null() & ~nw.col(AT).is_null())
    events = events.select(
        nw.col(CUSTOMER).alias(GROUP),
        nw.col(AT).cast(nw.Int64).alias(PLACE),
        nw.col(at).alias(latest),
        nw.lit(1).cast(nw.Int64).alias(COUNTED),
    )
    rows = _with_counts(rows, points, events.select(GROUP, PLACE), [f"history.{kind}s"], windows)
    numbered = running(events, GROUP, [PLACE], _BEFORE).select(GROUP, _BEFORE, latest)
    return joined(rows, single(numbered, GROUP, _BEFORE), {CUSTOMER: GROUP, _UNTIL: _BEFORE}).drop(_UNTIL)


def _with_counts(rows: Any, points: Any, events: Any, whole: Sequence[str], windows: Windows) -> Any:
    """Counts until each answer, of all events under one name and of those in some days under others."""
    if not whole and not windows:
        return rows
    since = {f"{_SINCE}{number}": days for number, days in enumerate(windows.values())}
    moments = {_UNTIL: nw.col(AT) + 1, **{name: nw.col(AT) + 1 - days * _DAY for name, days in since.items()}}
    rows = counts_before(rows, points, CUSTOMER, moments, events)
    counts = {name: nw.col(_UNTIL) for name in whole}
    counts |= {name: nw.col(_UNTIL) - nw.col(earlier) for name, earlier in zip(windows, since, strict=True)}
    rows = rows.with_columns(*(where_known(count).alias(name) for name, count in counts.items()))
    return rows.drop(*since, *([] if whole else [_UNTIL]))


def where_known(count: nw.Expr) -> nw.Expr:
    """A count, missing where nobody knows when the answer was given."""
    known: nw.Expr = nw.when(~nw.col(AT).is_null()).then(count)
    return known
