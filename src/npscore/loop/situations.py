"""What is known when an answer is decided on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from operator import attrgetter
from typing import Any

import attrs

from npscore.errors import InputError, short
from npscore.loop.actions import owed
from npscore.loop.cases import Case, by_opening
from npscore.loop.logs import in_order, is_case
from npscore.loop.policies import Policy
from npscore.models import FollowUp, Response
from npscore.models.erasure import is_erased
from npscore.segments.fields import LOWER

CASE_COLUMNS = ("case.open", "case.state", "case.owner", "case.priority", "case.opened_at", "case.count")
"""The columns that rules of policies read beside those of rows: of the latest case of the customer."""


def _answer(value: Any) -> Response:
    if not isinstance(value, Response):
        raise InputError(f"a decision is about a Response, not about {short(value)}.")
    return value


def _row(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InputError(f"a row is a mapping of columns to values, not {short(value)}.")
    return value


def _follow_ups(value: Any) -> tuple[FollowUp, ...]:
    made = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else (value,)
    for one in made:
        if not isinstance(one, FollowUp):
            raise InputError(f"what was done is told by follow-ups, and {short(one)} is none.")
    return made


def _given(value: Any) -> Mapping[str, int]:
    if not isinstance(value, Mapping) or not all(
        isinstance(name, str) and type(number) is int for name, number in value.items()
    ):
        raise InputError(f"cases given today are a mapping of owners to whole numbers, not {short(value)}.")
    return value


def _reason(value: Any) -> str | None:
    if value is not None and (not isinstance(value, str) or not value.isprintable()):
        raise InputError(f"why an answer does not count is a printable text, not {short(value)}.")
    return value


@attrs.frozen(kw_only=True)
class Situation:
    """What is known when an answer is decided on.

    Args:
        answer: the `Response`.
        row: what rules read: columns as `answer_rows` makes them, and those
            of `case_columns`.
        follow_ups: all steps of all logs about the customer, and of the
            decision on the answer, if there are any.
        given_today: how many cases were given today, by owner; needed where a
            policy has a cap.
        not_counted: why the answer is no answer, as in ``"trial"``; such an
            answer gets a decision and nothing else.

    Raises:
        InputError: for a part of another kind.
    """

    answer: Response = attrs.field(converter=_answer)
    row: Mapping[str, Any] = attrs.field(converter=_row)
    follow_ups: tuple[FollowUp, ...] = attrs.field(default=(), converter=_follow_ups)
    given_today: Mapping[str, int] = attrs.field(factory=dict, converter=_given)
    not_counted: str | None = attrs.field(default=None, converter=_reason)


def asked_columns(policies: Iterable[Policy]) -> list[str]:
    """The columns that rows are asked for, so that policies can read them: all they speak of but those of cases."""
    columns = dict.fromkeys(column for policy in policies for column in policy.columns)
    plain = (column.removesuffix(LOWER) for column in columns)
    return [column for column in dict.fromkeys([*columns, *plain]) if column not in CASE_COLUMNS]


def logs_by_id(follow_ups: Iterable[FollowUp]) -> dict[str, tuple[FollowUp, ...]]:
    """The logs that follow-ups make, each in order, by id; what is left of erased people is none."""
    logs: dict[str, list[FollowUp]] = {}
    for step in follow_ups:
        logs.setdefault(step.log, []).append(step)
    return {
        name: tuple(sorted(steps, key=attrgetter("sequence"))) for name, steps in logs.items() if not is_erased(name)
    }


def case_in(log: Sequence[FollowUp]) -> Case | None:
    """The case that a log is that of, None of a decision.

    Raises:
        InputError: for a log that nobody can read: a step is missing, no case
            could have it, or what it asks for cannot be told.
    """
    owed(log)
    steps = in_order(log)
    return None if steps[0].step == "decided" else Case.of(steps)


def cases_among(logs: Mapping[str, Sequence[FollowUp]]) -> dict[str, Case]:
    """The cases among some logs, by id, but for logs that no case could have: sweeps and reports name those."""
    found = {}
    for name, log in logs.items():
        if log and is_case(log):
            with suppress(InputError):
                found[name] = Case.of(log)
    return found


def case_columns(cases: Iterable[Case]) -> dict[str, Any]:
    """What rules read of the cases of a customer: the latest one, and how many there were.

    Example:
        >>> case_columns([])["case.open"], case_columns([])["case.count"]
        (False, 0)
    """
    known = sorted(cases, key=by_opening)
    columns: dict[str, Any] = dict.fromkeys(CASE_COLUMNS)
    columns |= {"case.open": any(case.is_open for case in known), "case.count": len(known)}
    if known:
        latest = known[-1]
        columns |= {
            "case.state": latest.state,
            "case.owner": latest.owner,
            "case.priority": latest.priority,
            "case.opened_at": latest.opened_at,
        }
    return columns
