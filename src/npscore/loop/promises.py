"""Promises tried on the calendar: clocks that can never be met, or not in their order, and holidays that run out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from npscore.errors import InputError
from npscore.hours import BusinessHours
from npscore.loop.clocks import Clock
from npscore.loop.findings import Finding, refused, unwise
from npscore.loop.policies import Escalation, OpenCase, Policy, PolicyRule

PROMISES = {"contact": "contact_within", "resolve": "resolve_within"}
"""What a rule promises, by the name of the clock."""

AHEAD = timedelta(days=400)
"""How far ahead promises are tried: a case keeps the closed days of a year and a bit."""

SOON = timedelta(days=90)
"""How far ahead closed days have to be known."""

SHUT = 31
"""More days than these without an opening are told."""

_MINUTE = timedelta(minutes=1)
_A_MONDAY = date(2026, 1, 5)
_FIRST, _LAST = date(1970, 1, 1), date(9000, 1, 1)


def openings(policy: Policy) -> list[tuple[PolicyRule, OpenCase]]:
    """The rules that open cases, with what they open."""
    return [(rule, rule.case) for rule in policy.rules if rule.case is not None]


def clock_faults(policy: Policy, as_of: date | None) -> Iterator[Finding]:
    """Clocks that nobody can keep, or that come in another order than they promise.

    Args:
        policy: of which.
        as_of: the day from which on they are tried; None takes the first
            closed day, or a week without any.
    """
    begin = _beginning(policy.hours, as_of)
    for rule, case in openings(policy):
        yield from _promised(rule.name, case, policy.hours)
        yield from _in_order(rule.name, case, policy.hours, begin)
        if (contact := case.contact_within) is not None and _takes(contact, policy.hours, begin) > policy.window:
            yield unwise(
                rule.name,
                f"promises contact_within {contact}, which ends after the window of the policy, so that the customer "
                "may get another case before anybody has to call; shorten it, or widen the window.",
            )
    for one in policy.escalations:
        yield from _escalating(one, policy)
    for name in ("close_after", "resurvey_after"):
        if fault := _never(getattr(policy, name), policy.hours):
            yield refused(None, f"{name} is {getattr(policy, name)}, {fault}")


def hours_faults(policy: Policy, as_of: date | None) -> Iterator[Finding]:
    """Closed days that leave no opening for long, or that end soon after a day."""
    hours = policy.hours
    if hours is None or not hours.closed or not any(clock.business for clock in _clocks(policy)):
        return
    first, last = max(_shut(hours).items(), key=lambda run: run[1] - run[0])
    if (days := (last - first).days + 1) > SHUT:
        yield unwise(
            None,
            f"the hours have no opening from {first} to {last}, {days} days on which clocks of business hours stand "
            "still; see whether too many days are closed.",
        )
    end = max(hours.closed)
    if as_of is not None and end - as_of < SOON:
        yield unwise(
            None,
            f"the last closed day of the hours is {end}; add the holidays that follow, or they count as working days.",
        )


def _clocks(policy: Policy) -> Iterator[Clock]:
    """All clocks of a policy."""
    promised = [getattr(case, name) for _, case in openings(policy) for name in PROMISES.values()]
    others = [policy.close_after, policy.resurvey_after, *(one.after for one in policy.escalations)]
    yield from (clock for clock in (*promised, *others) if clock is not None)


def _beginning(hours: BusinessHours | None, as_of: date | None) -> date:
    """The day from which on the calendar is tried, far from where it ends."""
    closed = () if hours is None else hours.closed
    first = min((day for day in closed if _FIRST <= day <= _LAST), default=_A_MONDAY) if as_of is None else as_of
    return min(max(first, _FIRST), _LAST)


def _promised(rule: str, case: OpenCase, hours: BusinessHours | None) -> Iterator[Finding]:
    """What a rule promises and nobody can keep."""
    for name in PROMISES.values():
        clock = getattr(case, name)
        if clock is not None and not clock.length:
            yield refused(rule, f"promises {name} {clock}, which nobody can keep.")
        elif fault := _never(clock, hours):
            yield refused(rule, f"promises {name} {clock}, {fault}")


def _never(clock: Clock | None, hours: BusinessHours | None) -> str | None:
    """Why a clock never comes to its end, None where it does."""
    if clock is None or not clock.business:
        return None
    if hours is None:
        return "and the policy has no business hours; give it some, or count hours as they pass."
    if any(_due(clock, start, hours) is None for start in _worst_moments(hours)):
        return "which take more than ten years of its business hours."
    return None


def _due(clock: Clock, start: datetime, hours: BusinessHours | None) -> datetime | None:
    """When a clock comes to its end; None where that lies more than ten years ahead, or where there are no hours."""
    try:
        return clock.due(start, hours)
    except InputError:
        return None


def _worst_moments(hours: BusinessHours) -> Iterator[datetime]:
    """The moments from which on clocks of business hours take longest: the last closings before closed days."""
    for day in _shut(hours) if hours.closed else (_A_MONDAY,):
        first = min(max(day, _FIRST), _LAST)
        ends = (end for back in range(7, 0, -1) for _, end in hours.spans(first - timedelta(days=back)))
        yield max(ends, default=_midnight(first))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _takes(clock: Clock, hours: BusinessHours | None, begin: date) -> timedelta:
    """How long a clock takes that begins with a day; nothing where it never ends, which is told elsewhere."""
    start = _midnight(begin)
    return (_due(clock, start, hours) or start) - start


def _in_order(rule: str, case: OpenCase, hours: BusinessHours | None, begin: date) -> Iterator[Finding]:
    """A resolution that is due before the first contact, always or at some moments."""
    contact, resolve = case.contact_within, case.resolve_within
    if contact is None or resolve is None:
        return
    always = _is_longer(contact, resolve)
    examples: dict[bool, datetime] = {}
    if not always and contact.business != resolve.business and hours is not None:
        if _never(contact, hours) or _never(resolve, hours):
            return
        examples = _tried(contact, resolve, hours, begin)
        always = False not in examples
    if always:
        yield refused(rule, "promises a resolution before the first contact; resolve_within is the longer one.")
    elif True in examples:
        yield unwise(
            rule,
            f"promises contact_within {contact} and resolve_within {resolve}: of a case of {_wall(examples[True])} the "
            f"resolution is due on {_wall(resolve.due(examples[True], hours))}, and the first contact only on "
            f"{_wall(contact.due(examples[True], hours))}; count both in business hours or neither.",
        )


def _wall(moment: datetime) -> str:
    return f"{moment:%a %Y-%m-%d %H:%M} UTC"


def _is_longer(one: Clock, other: Clock) -> bool:
    """Whether a clock always comes to its end after another; business hours are never shorter than hours."""
    return one.length > other.length and (one.business or not other.business)


def _tried(contact: Clock, resolve: Clock, hours: BusinessHours, begin: date) -> dict[bool, datetime]:
    """The first moments of a year and a bit at which the resolution is due before the contact, and is not."""
    found: dict[bool, datetime] = {}
    for start in _turning_points(hours, begin):
        first, last = _due(contact, start, hours), _due(resolve, start, hours)
        if first is not None and last is not None:
            found.setdefault(first > last, start)
        if len(found) == 2:
            break
    return found


def _turning_points(hours: BusinessHours, begin: date) -> Iterator[datetime]:
    """The moments at which time of business takes shortest and longest on the calendar.

    While somebody is there a deadline moves on with the beginning, or leaps
    ahead; while nobody is, it stands. So it is nearest at the beginning of an
    opening, and farthest at its end.
    """
    for day in range(AHEAD.days):
        for opening in hours.spans(begin + timedelta(days=day)):
            yield from opening


def _escalating(one: Escalation, policy: Policy) -> Iterator[Finding]:
    """An escalation that comes never, at once, far too early, or when the case should be over."""
    name = f"the escalation {one.name!r} comes"
    if not one.after.length:
        yield refused(None, f"{name} at once; open the case with that priority and owner.")
    elif fault := _never(one.after, policy.hours):
        yield refused(None, f"{name} after {one.after}, {fault}")
    elif one.after.length > policy.window:
        yield unwise(
            None,
            f"{name} after {one.after}, longer than the window of the policy, when the customer may have another case; "
            "let it come earlier.",
        )
    elif one.clock in PROMISES:
        yield from _out_of_time(one, name, policy)


def _out_of_time(one: Escalation, name: str, policy: Policy) -> Iterator[Finding]:
    meant = [(rule, case) for rule, case in openings(policy) if not one.only or case.priority in one.only]
    for rule, case in meant:
        promise = getattr(case, PROMISES[one.clock])
        if promise is not None and one.owner not in (None, case.owner) and _is_longer(_half(promise), one.after):
            yield unwise(
                None,
                f"{name} after {one.after} and takes the case from its owner, to whom rule {rule.name!r} gives "
                f"{promise}; let it come later, or only tell somebody.",
            )
            return
    resolutions = [case.resolve_within for _, case in meant if case.resolve_within is not None]
    if one.clock == "contact" and resolutions and all(_is_longer(one.after, clock) for clock in resolutions):
        yield unwise(
            None,
            f"{name} after {one.after} without a contact, when each case it is for should be resolved; let it come "
            "earlier.",
        )


def _half(clock: Clock) -> Clock:
    return Clock(clock.length // (2 * _MINUTE) * _MINUTE, business=clock.business)


def _shut(hours: BusinessHours) -> dict[date, date]:
    """The last closed day of each time without an opening, by the first."""
    closed = sorted(hours.closed)
    first, shut = closed[0], {closed[0]: closed[0]}
    for earlier, later in pairwise(closed):
        between = range(earlier.toordinal(), later.toordinal() - 1)[:7]
        first = later if any(hours.days[day % 7] for day in between) else first
        shut[first] = later
    return shut
