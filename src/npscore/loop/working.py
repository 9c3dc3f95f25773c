"""Working time as one line, on which a queue is worked off without looking at a wall."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

import attrs

from npscore.errors import InputError
from npscore.hours import LONGEST, BusinessHours
from npscore.periods import local_day

TICK = timedelta(microseconds=1)


@attrs.frozen
class WorkingTime:
    """Working time from a beginning to an end, counted on one line, and the moments at which it passes.

    Attributes:
        begins, ends: of its spans, in order.
        passed: how much of it, in microseconds, as each span ends.
        zone: of the business hours.
        since, until: the beginning and the end.
    """

    begins: Sequence[datetime]
    ends: Sequence[datetime]
    passed: Sequence[int]
    zone: str
    since: datetime
    until: datetime

    @classmethod
    def of(cls, hours: BusinessHours, since: datetime, until: datetime) -> WorkingTime:
        """The spans between two moments.

        Raises:
            InputError: for more than ten years between them.
        """
        if until - since > LONGEST:
            raise InputError(f"staff is simulated over ten years at most, not from {since} to {until}.")
        begins, ends, passed, total = [], [], [], 0
        for day in days(since, until, hours.zone):
            for begin, end in hours.spans(day):
                if max(begin, since) < min(end, until):
                    begins.append(max(begin, since))
                    ends.append(min(end, until))
                    total += (ends[-1] - begins[-1]) // TICK
                    passed.append(total)
        return cls(begins, ends, passed, hours.zone, since, until)

    @property
    def length(self) -> int:
        """All working time there is."""
        return self.passed[-1] if self.passed else 0

    def at(self, moment: datetime) -> int:
        """How much working time has passed at a moment."""
        span = bisect_left(self.ends, moment)
        if span == len(self.ends):
            return self.length
        before = self.passed[span - 1] if span else 0
        return before + max((moment - self.begins[span]) // TICK, 0)

    def moment(self, passed: int) -> datetime | None:
        """The earliest moment at which so much working time, more than none, has passed; None past the end."""
        span = bisect_left(self.passed, passed)
        return None if span == len(self.passed) else self.ends[span] - (self.passed[span] - passed) * TICK


def days(since: datetime, until: datetime, zone: str) -> Iterator[date]:
    """The days on which two moments and all between them lie, in a zone."""
    first, last = local_day(since, zone), local_day(until, zone)
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
