"""Clocks: within which time something is promised, counted as it passes or in business hours, with pauses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

import attrs

from npscore.errors import InputError, short
from npscore.hours import BusinessHours

_LENGTH = re.compile(r"(\d{1,7}) (business )?(minute|hour|day|week)s?")
_UNITS = {
    "week": timedelta(weeks=1),
    "day": timedelta(days=1),
    "hour": timedelta(hours=1),
    "minute": timedelta(minutes=1),
}

Pause = tuple[datetime, datetime | None]
"""From when until when a clock stands still; without an end, until somebody does something."""

Reading = Literal["met", "met late", "running", "missed", "paused"]


def _length(value: Any) -> timedelta:
    if not isinstance(value, timedelta) or value < timedelta(0) or value > timedelta(days=3650):
        raise InputError(f"a clock runs for a timedelta of at least 0 and at most ten years, not {short(value)}.")
    return value


@attrs.frozen
class Clock:
    """A length of time that is promised.

    Args:
        length: a `timedelta`.
        business: whether only business hours count.

    Raises:
        InputError: for a length below 0 or above ten years.

    Example:
        >>> str(Clock.parse("24 business hours"))
        '24 business hours'
    """

    length: timedelta = attrs.field(converter=_length)
    business: bool = False

    @classmethod
    def parse(cls, text: str) -> Clock:
        """Read a length as in ``24 hours``, ``90 minutes``, ``5 days``, ``2 weeks`` or ``24 business hours``.

        Raises:
            InputError: for another form.
        """
        match = _LENGTH.fullmatch(text.strip().lower()) if isinstance(text, str) else None
        if match is None:
            raise InputError(
                f"{short(text)} is no length of time; write it as in '24 hours', '5 days' or '24 business hours'."
            )
        if match[2] and match[3] in ("day", "week"):
            raise InputError(f"{short(text)} says nothing of how long a {match[3]} is; write business hours.")
        return cls(int(match[1]) * _UNITS[match[3]], business=match[2] is not None)

    def __str__(self) -> str:
        units = ["hour", "minute"] if self.business else list(_UNITS)
        unit = next((name for name in units if self.length and not self.length % _UNITS[name]), "minute")
        number = self.length // _UNITS[unit]
        return f"{number} {'business ' if self.business else ''}{unit}{'' if number == 1 else 's'}"

    def due(self, start: datetime, hours: BusinessHours | None) -> datetime:
        """When the time has passed that began at a moment.

        Raises:
            InputError: for business hours where there are none, and a deadline
                more than ten years ahead.
        """
        return _hours(hours).due(start, self.length) if self.business else start + self.length

    def passed(self, since: datetime, until: datetime, hours: BusinessHours | None) -> timedelta:
        """How much time has passed between two moments; none where the first is the later one."""
        if until <= since:
            return timedelta(0)
        return _hours(hours).worked(since, until) if self.business else until - since


def _hours(hours: BusinessHours | None) -> BusinessHours:
    if hours is None:
        raise InputError("a clock of business hours needs business hours; give the policy some.")
    return hours


@attrs.frozen(kw_only=True)
class Deadline:
    """One clock of one case: when it began, when it stands still, when it was met.

    Attributes:
        clock: what is promised.
        hours: in which business is done.
        since: when the clock began.
        pauses: when it stands still, in order.
        met_at: when what is promised was done; None as long as it is not.
    """

    clock: Clock
    hours: BusinessHours | None
    since: datetime
    pauses: tuple[Pause, ...] = ()
    met_at: datetime | None = None

    @property
    def due_at(self) -> datetime | None:
        """The last moment in time; None while the clock stands still with no end in sight."""
        return self.reached(self.clock)

    def reached(self, clock: Clock) -> datetime | None:
        """When another length of time has passed since the beginning, pauses apart."""
        left, start = clock, self.since
        for begin, end in self.pauses:
            passed = left.passed(start, begin, self.hours)
            if passed >= left.length:
                break
            if end is None:
                return None
            left, start = attrs.evolve(left, length=left.length - passed), max(start, end)
        return left.due(start, self.hours)

    def reading(self, now: datetime) -> Reading:
        """How the clock stands: met, met late, running, missed or paused."""
        due = self.due_at
        if self.met_at is not None:
            return "met late" if due is not None and self.met_at > due else "met"
        if due is not None and now > due:
            return "missed"
        return "paused" if any(begin <= now and (end is None or now < end) for begin, end in self.pauses) else "running"


def hours_text(hours: BusinessHours, since: date) -> tuple[str, str]:
    """Business hours as a log keeps them: the week, and the closed days of the year and a bit from a day on."""
    until = since + timedelta(days=400)
    closed = sorted(day for day in hours.closed if since - timedelta(days=1) <= day <= until)
    return str(hours), " ".join(map(str, closed))


@lru_cache(maxsize=256)
def hours_of(week: str, closed: str) -> BusinessHours:
    """Business hours as `hours_text` wrote them."""
    spans, _, zone = week.rpartition(" ")
    return BusinessHours.parse(spans, zone=zone, closed=map(date.fromisoformat, closed.split()))


def pauses_of(moments: Sequence[Pause], until: datetime | None) -> tuple[Pause, ...]:
    """Pauses that were announced, each cut where something was done; see `Deadline.pauses`."""
    return tuple((begin, end if until is None else min(end or until, until)) for begin, end in moments)
