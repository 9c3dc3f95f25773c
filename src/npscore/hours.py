"""Business hours: when somebody is there, and when so many hours of theirs will have passed.

Hours are those of the clock on the wall in one zone. What lies between two of them is counted as it passes, so that a
night in which clocks are put forward is an hour shorter, and a deadline is right to the minute on either side of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any

import attrs

from npscore.errors import InputError, MissingExtraError, short
from npscore.periods import check_instant, check_zone, clock_change, local_day, zone_info

Span = tuple[int, int]
"""From one minute of a day to another, 1440 being its end."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST = timedelta(days=3_660)
"""How far a deadline may lie ahead."""

_DAY = timedelta(days=1)
_DAY_MINUTES = 24 * 60
_PART = re.compile(r"([a-z]{3})(?:\s*-\s*([a-z]{3}))?\s+(\d\d?):(\d\d)\s*-\s*(\d\d?):(\d\d)")


def _spans(days: Any) -> tuple[tuple[Span, ...], ...]:
    if not isinstance(days, Iterable) or len(made := tuple(tuple(sorted(spans)) for spans in days)) != 7:
        raise InputError(
            "business hours are seven lists of spans, Monday first; parse('mon-fri 09:00-17:00') makes them."
        )
    for spans in made:
        for begin, end in spans:
            if not 0 <= begin < end <= _DAY_MINUTES:
                raise InputError(f"a span ends after it begins and on the same day, not from {begin} to {end} minutes.")
        if any(earlier[1] > later[0] for earlier, later in pairwise(spans)):
            raise InputError("two spans of one day overlap; write them as one.")
    if not any(made):
        raise InputError("business hours need at least one span, or no deadline would ever come.")
    return made


def _closed(days: Any) -> frozenset[date]:
    if isinstance(days, str) or not isinstance(days, Iterable):
        raise InputError(f"closed days are a collection of dates, not {short(days)}.")
    made = list(days)
    for day in made:
        if not isinstance(day, date) or isinstance(day, datetime):
            raise InputError(f"a closed day is a date, not {short(day)}.")
    return frozenset(made)


@attrs.frozen
class BusinessHours:
    """When somebody is there, week by week, and on which days nobody is.

    A span is one stretch: of an hour that clocks show twice, all that lies
    between its beginning and its end is in it. What clocks leap over is in
    none, and a span that would begin or end there does so at the leap.

    Args:
        days: the spans of each weekday in minutes of the day, Monday first.
        zone: in which these are read off the wall.
        closed: days without any, such as `public_holidays`.

    Raises:
        InputError: for spans that overlap or end before they begin, and a zone
            that there is not.

    Example:
        >>> office = BusinessHours.parse("mon-fri 09:00-17:00", zone="Europe/Paris")
        >>> friday = datetime(2026, 3, 27, 16, 30, tzinfo=UTC)  # 17:30 in Paris; clocks go forward on Sunday
        >>> office.due(friday, timedelta(hours=24)).isoformat()
        '2026-04-01T15:00:00+00:00'
    """

    days: tuple[tuple[Span, ...], ...] = attrs.field(converter=_spans)
    zone: str = attrs.field(default="UTC", kw_only=True)
    closed: frozenset[date] = attrs.field(default=frozenset(), converter=_closed, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_zone(self.zone)

    @classmethod
    def parse(cls, text: str, *, zone: str = "UTC", closed: Iterable[date] = ()) -> BusinessHours:
        """Read hours as in ``mon-fri 09:00-12:30, mon-thu 13:30-18:00, sat 10:00-14:00``.

        Raises:
            InputError: for another form, naming the part.

        Example:
            >>> str(BusinessHours.parse("sat 10:00-14:00, mon-fri 09:00-17:00"))
            'mon-fri 09:00-17:00, sat 10:00-14:00 UTC'
        """
        if not isinstance(text, str):
            raise InputError(f"hours are read from a text, not from {short(text)}.")
        days: list[list[Span]] = [[] for _ in WEEKDAYS]
        for part in text.lower().split(","):
            first, last, span = _read(part)
            for day in range(first, last + 1):
                days[day].append(span)
        return cls(days, zone=zone, closed=closed)

    def spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """From when until when somebody is there on a day, in UTC and in order."""
        if day not in self.closed:
            yield from _spans_on(day, self.days[day.weekday()], self.zone)

    def is_open(self, moment: datetime) -> bool:
        """Whether somebody is there at a moment; at the end of a span nobody is any more.

        Raises:
            InputError: for a moment without a zone.
        """
        check_instant("moment", moment)
        return any(begin <= moment < end for begin, end in self.spans(local_day(moment, self.zone)))

    def due(self, start: datetime, work: timedelta) -> datetime:
        """The earliest moment, in UTC, at which so much time of business has passed since another.

        Raises:
            InputError: for a start without a zone, work below 0, and a deadline
                that would lie more than ten years ahead.
        """
        check_instant("start", start)
        if not isinstance(work, timedelta) or work < timedelta(0):
            raise InputError(f"the work is a timedelta of at least 0, not {short(work)}.")
        left = work
        if not left:
            return start.astimezone(UTC)
        for begin, end in self._from(start, start + LONGEST):
            if end - begin >= left:
                return begin + left
            left -= end - begin
        raise InputError(f"{work} of business hours take more than ten years from {start}; are too many days closed?")

    def worked(self, since: datetime, until: datetime) -> timedelta:
        """How much time of business lies between two moments.

        Raises:
            InputError: for moments without a zone, or in the wrong order.
        """
        check_instant("since", since)
        check_instant("until", until)
        if until < since:
            raise InputError(f"until, {until}, lies before since, {since}.")
        return sum((end - begin for begin, end in self._from(since, until)), timedelta(0))

    def _from(self, start: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The spans between two moments, cut to what lies between them, in UTC."""
        day, last = local_day(start, self.zone), local_day(until, self.zone)
        start, until = start.astimezone(UTC), until.astimezone(UTC)
        while day <= last:
            for begin, end in () if day in self.closed else _spans_on(day, self.days[day.weekday()], self.zone):
                if begin < until and start < end:
                    yield max(begin, start), min(end, until)
            day += _DAY

    def __str__(self) -> str:
        return f"{', '.join(self._parts())} {self.zone}"

    def _parts(self) -> Iterator[str]:
        """Weekdays with the same span beside each other, written as one."""
        spans = sorted({span for day in self.days for span in day})
        runs = [(first, last, span) for span in spans for first, last in _runs([span in day for day in self.days])]
        for first, last, (begin, end) in sorted(runs):
            names = WEEKDAYS[first] if first == last else f"{WEEKDAYS[first]}-{WEEKDAYS[last]}"
            yield f"{names} {begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"


@lru_cache(maxsize=10_000)
def _spans_on(day: date, spans: tuple[Span, ...], zone: str) -> tuple[tuple[datetime, datetime], ...]:
    """Spans of a day in UTC; a span may fall into an hour that clocks leap over, and is none then."""
    moments = ((_moment(day, begin, zone, fold=0), _moment(day, end, zone, fold=1)) for begin, end in spans)
    return tuple((begin, end) for begin, end in moments if begin < end)


def _moment(day: date, minutes: int, zone: str, *, fold: int) -> datetime:
    """An instant by the clock on the wall; of an hour that comes twice, the first or the last."""
    wall, info = datetime.combine(day, time()) + timedelta(minutes=minutes), zone_info(zone)
    moment = wall.replace(tzinfo=info, fold=fold).astimezone(UTC)
    if moment.astimezone(info).replace(tzinfo=None) == wall:
        return moment
    after, before = (wall.replace(tzinfo=info, fold=leapt).astimezone(UTC) for leapt in (1, 0))
    return clock_change(after, before, zone)


def _runs(days: list[bool]) -> Iterator[tuple[int, int]]:
    """The stretches of days that are meant."""
    first = None
    for day, meant in enumerate([*days, False]):
        if meant and first is None:
            first = day
        elif not meant and first is not None:
            yield first, day - 1
            first = None


def _read(part: str) -> tuple[int, int, Span]:
    match = _PART.fullmatch(part.strip())
    names = [] if match is None else [match[1], match[2] or match[1]]
    if match is None or any(name not in WEEKDAYS for name in names):
        raise InputError(f"{short(part.strip())} is not hours; write them as in mon-fri 09:00-17:00, sat 10:00-14:00.")
    first, last = map(WEEKDAYS.index, names)
    if last < first:
        raise InputError(f"{short(part.strip())} goes over the end of the week; write its days in two parts.")
    hours = [int(match[group]) for group in (3, 5)]
    minutes = [int(match[group]) for group in (4, 6)]
    if max(minutes) > 59:
        raise InputError(f"{short(part.strip())} has a minute past 59.")
    begin, end = (60 * hour + minute for hour, minute in zip(hours, minutes, strict=True))
    return first, last, (begin, end)


def public_holidays(country: str, years: Iterable[int], *, subdivision: str | None = None) -> frozenset[date]:
    """The public holidays of a country.

    Args:
        country: its ISO 3166 code, as in ``"FR"``.
        years: which ones.
        subdivision: a state or region, by its ISO 3166-2 code without the
            country, as in ``"BY"``.

    Raises:
        InputError: for a country or subdivision that is not known.
        MissingExtraError: without the extra ``calendars``.

    Example:
        >>> date(2026, 7, 14) in public_holidays("FR", [2026])
        True
    """
    try:
        import holidays
    except ImportError:
        raise MissingExtraError("holidays", "calendars") from None
    try:
        if not isinstance(subdivision, str | None) or country not in holidays.list_supported_countries():
            raise NotImplementedError
        found = holidays.country_holidays(country, subdiv=subdivision, years=list(years))
    except (NotImplementedError, TypeError, ValueError, AttributeError):
        where = short(country) if subdivision is None else f"{short(country)}, {short(subdivision)}"
        raise InputError(f"no public holidays are known of {where}; give ISO codes, as in 'DE' and 'BY'.") from None
    return frozenset(found)
