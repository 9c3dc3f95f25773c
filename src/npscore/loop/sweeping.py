"""What time alone does to a case: it is given to who was waited for, escalated, closed, and asked about again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Any

import attrs

from npscore.loop.cases import PRIORITIES, Case, until
from npscore.loop.clocks import Clock, Deadline
from npscore.loop.policies import Escalation, Policy
from npscore.loop.routing import rated_over
from npscore.models import FollowUp
from npscore.models.actions import Step
from npscore.periods import check_instant

Due = tuple[Step, dict[str, Any]]


def due_steps(policy: Policy, case: Case, now: datetime, given_today: Mapping[str, int]) -> list[FollowUp]:
    """The steps that a policy takes with a case because time has passed.

    Args:
        policy: under which the case was opened.
        case: as it stands.
        now: an aware time, that of the steps.
        given_today: how many cases were given today, by owner.

    Returns:
        The steps in order, each with the next place in the log. Taken again
        after they were logged there are no more.

    Raises:
        InputError: for a moment without a zone, business hours where there are
            none, and a step that says what cannot be read.
    """
    check_instant("now", now)
    made: list[FollowUp] = []
    while (step := next(_due(policy, case, now, given_today), None)) is not None:
        made.append(case.next(step[0], now, actor=policy.name, details=step[1]))
        case = Case.of((*case.steps, made[-1]))
    return made


def due_moments(policy: Policy, case: Case) -> list[datetime]:
    """When time alone will do something to a case as it stands, if nobody does anything before.

    Raises:
        InputError: for business hours where there are none, and a step that
            says what cannot be read.
    """
    return sorted(moment for moment, _ in chain(_ahead(policy, case), _endings(policy, case)))


def _due(policy: Policy, case: Case, now: datetime, given_today: Mapping[str, int]) -> Iterator[Due]:
    """What is due, the first thing first."""
    name, cap = waits_for(case), policy.owners.per_day
    if name is not None and (cap is None or given_today.get(name, 0) < cap):
        yield "assigned", {"owner": name}
    for moment, escalation in _ahead(policy, case):
        if now >= moment:
            yield "escalated", _escalated(escalation, case)
    for moment, step in _endings(policy, case):
        if now >= moment:
            yield step, {}


def first_served(case: Case) -> tuple[object, ...]:
    """What orders cases that wait for the same person: the most urgent first, then that which is due first."""
    due = None if case.contact is None else case.contact.due_at
    return -PRIORITIES.index(case.priority), due is None, due or case.opened_at, case.opened_at, case.id


def waits_for(case: Case) -> str | None:
    """Who gets a case as soon as they have not had enough that day."""
    name = case.steps[0].details.get("waits_for")
    return str(name) if name is not None and case.owner is None and case.is_open else None


def _ahead(policy: Policy, case: Case) -> Iterator[tuple[datetime, Escalation]]:
    """The escalations that a case has before it, and when: each once until it begins anew, or is snoozed again."""
    if not case.is_open:
        return
    for escalation in policy.escalations:
        since = case.steps[_begin(case, escalation) :]
        is_done = any(s.step == "escalated" and s.details.get("escalation") == escalation.name for s in since)
        is_meant = not escalation.only or case.priority in escalation.only
        is_waited_for = escalation.clock != "snooze" or case.state == "snoozed"
        if is_done or not is_meant or not is_waited_for or not _says_anything(escalation, case):
            continue
        deadline = _deadline(policy, case, escalation)
        if deadline.met_at is None and (moment := deadline.reached(escalation.after)) is not None:
            yield moment, escalation


def _says_anything(escalation: Escalation, case: Case) -> bool:
    """Whether anybody can be told, or the case gets another priority; a reminder waits until somebody has the case."""
    return bool(_escalated(escalation, case).keys() & {"to", "priority"})


def _begin(case: Case, escalation: Escalation) -> int:
    """The place of the step since which an escalation may happen once."""
    if escalation.clock == "snooze":
        return max((step.sequence for step in case.steps if step.step == "snoozed"), default=0)
    return max(case.turns, default=0)


def _deadline(policy: Policy, case: Case, escalation: Escalation) -> Deadline:
    hours = case.hours or policy.hours
    if escalation.clock == "snooze":
        snoozed = case.steps[_begin(case, escalation)]
        return Deadline(clock=escalation.after, hours=hours, since=until(snoozed) or snoozed.done_at)
    made = (case.to_contact if escalation.clock == "contact" else case.to_resolution)(escalation.after)
    return attrs.evolve(made, hours=hours)


def _escalated(escalation: Escalation, case: Case) -> dict[str, Any]:
    owner = None if escalation.owner in rated_over(case) else escalation.owner
    told = escalation.to or owner or case.owner
    details = {
        "escalation": escalation.name,
        "to": told,
        "do": "remind" if told == case.owner else "escalate",
        "owner": owner,
        "priority": escalation.priority,
    }
    return {name: value for name, value in details.items() if value is not None}


def _endings(policy: Policy, case: Case) -> Iterator[tuple[datetime, Step]]:
    """When a resolved case is closed, and a closed one asked about again."""
    last = max((step for step in case.steps if step.step in ("resolved", "closed")), key=_place, default=None)
    if case.state == "resolved" and policy.close_after is not None and last is not None:
        yield policy.close_after.due(last.done_at, case.hours or policy.hours), "closed"
    again = case.steps[0].details.get("resurvey_after")
    is_asked = any(step.step == "re-surveyed" for step in case.steps)
    if case.state == "closed" and again is not None and last is not None and not is_asked:
        yield Clock.parse(str(again)).due(last.done_at, case.hours), "re-surveyed"


def _place(step: FollowUp) -> int:
    return step.sequence
