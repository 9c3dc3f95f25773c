"""Clocks: within which time something is promised, counted as it passes or in business hours, with pauses."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, Literal

import attrs

from npscore.errors import InputError, short
from npscore.hours import BusinessHours
from npscore.periods import check_instant

_LENGTH = re.compile(r"([0-9]{1,7}) (business )?(minute|hour|day|week)s?")
_UNITS = {
    "week": timedelta(weeks=1),
    "day": timedelta(days=1),
    "hour": timedelta(hours=1),
    "minute": timedelta(minutes=1),
}

Pause = tuple[datetime, datetime | None]
"""From when until when a clock stands still; without an end, until somebody does something."""

Reading = Literal["met", "met late", "running", "missed", "paused"]
"""How a clock stands."""


def _length(value: Any) -> timedelta:
    if not isinstance(value, timedelta) or value < timedelta(0) or value > timedelta(days=3650):
        raise InputError(f"a clock runs for a timedelta of at least 0 and at most ten years, not {short(value)}.")
    if value % _UNITS["minute"]:
        raise InputError(f"a clock runs for whole minutes, not for {value}.")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise InputError(f"whether only business hours count is True or False, not {short(value)}.")
    return value


@lru_cache(maxsize=1024)
def _parsed(text: str) -> tuple[timedelta, bool]:
    match = _LENGTH.fullmatch(text.strip().lower())
    if match is None:
        raise InputError(
            f"{short(text)} is no length of time; write it as in '24 hours', '5 days' or '24 business hours'."
        )
    if match[2] and match[3] in ("day", "week"):
        raise InputError(f"{short(text)} says nothing of how long a {match[3]} is; write business hours.")
    return int(match[1]) * _UNITS[match[3]], match[2] is not None


@attrs.frozen(slots=False)
class Clock:
    """A length of time that is promised.

    Args:
        length: a `timedelta` of whole minutes.
        business: whether only business hours count.

    Raises:
        InputError: for a length below 0 or above ten years, and parts of a
            minute, which no log could keep.

    Example:
        >>> str(Clock.parse("24 business hours"))
        '24 business hours'
    """

    length: timedelta = attrs.field(converter=_length)
    business: bool = attrs.field(default=False, converter=_truth)

    @classmethod
    def parse(cls, text: str) -> Clock:
        """Read a length as in ``24 hours``, ``90 minutes``, ``5 days``, ``2 weeks`` or ``24 business hours``.

        Raises:
            InputError: for another form, and more than ten years.
        """
        if not isinstance(text, str):
            raise InputError(f"a length of time is read from a text, not from {short(text)}.")
        length, business = _parsed(text)
        return cls(length, business=business)

    def __str__(self) -> str:
        return self.text

    @cached_property
    def text(self) -> str:
        """The clock as `parse` reads it."""
        units = ["hour", "minute"] if self.business else list(_UNITS)
        unit = next((name for name in units if self.length and not self.length % _UNITS[name]), "minute")
        number = self.length // _UNITS[unit]
        return f"{number} {'business ' if self.business else ''}{unit}{'' if number == 1 else 's'}"

    def due(self, start: datetime, hours: BusinessHours | None) -> datetime:
        """When the time has passed that began at a moment.

        Raises:
            InputError: for a moment without a zone, business hours where there
                are none, and a deadline more than ten years of business hours
                ahead or past the end of the calendar.
        """
        return self._end(start, self.length, hours)

    def passed(self, since: datetime, until: datetime, hours: BusinessHours | None) -> timedelta:
        """How much time has passed between two moments; none where the first is the later one.

        Raises:
            InputError: for moments without a zone, and business hours where
                there are none.
        """
        check_instant("since", since)
        check_instant("until", until)
        if until <= since:
            return timedelta(0)
        return _hours(hours).worked(since, until) if self.business else until - since

    def _end(self, start: datetime, length: timedelta, hours: BusinessHours | None) -> datetime:
        """When a length of time has passed, counted as this clock counts."""
        check_instant("start", start)
        try:
            return _hours(hours).due(start, length) if self.business else start + length
        except OverflowError:
            raise InputError(f"{length} after {start} lies past the end of the calendar.") from None


def _hours(hours: BusinessHours | None) -> BusinessHours:
    if hours is None:
        raise InputError("a clock of business hours needs business hours; give the policy some.")
    return hours_given(hours)


def hours_given(hours: object) -> BusinessHours:
    """Business hours that were handed over.

    Raises:
        InputError: for anything else, with how they are made.
    """
    if not isinstance(hours, BusinessHours):
        raise InputError(f"hours are made by BusinessHours.parse('mon-fri 09:00-17:00'), and {short(hours)} is none.")
    return hours


def check_clock(clock: object) -> None:
    """Refuse what is no clock.

    Raises:
        InputError: with how one is made.
    """
    if not isinstance(clock, Clock):
        raise InputError(f"a clock is made by Clock.parse('24 business hours'), and {short(clock)} is none.")


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
        """The last moment in time; None while the clock stands still with no end in sight.

        Raises:
            InputError: as `reached` has it.
        """
        return self.reached(self.clock)

    def reached(self, clock: Clock) -> datetime | None:
        """When another length of time has passed since the beginning, pauses apart.

        Raises:
            InputError: for what is no clock, business hours where there are
                none, and a deadline past the end of the calendar.
        """
        check_clock(clock)
        left, start = clock.length, self.since
        for begin, end in self.pauses:
            passed = clock.passed(start, begin, self.hours)
            if passed >= left:
                break
            if end is None:
                return None
            left, start = left - passed, max(start, end)
        return clock._end(start, left, self.hours)

    def reading(self, now: datetime) -> Reading:
        """How the clock stands: met, met late, running, missed or paused.

        Raises:
            InputError: for a moment without a zone, and as `reached` has it.
        """
        check_instant("now", now)
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
    """Business hours as `hours_text` wrote them.

    Raises:
        InputError: for what it could not have written.
    """
    spans, _, zone = week.rpartition(" ")
    return BusinessHours.parse(spans, zone=zone, closed=map(_day, closed.split()))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{short(text)} is no closed day; write days as in 2026-12-25.") from None
