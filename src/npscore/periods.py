"""Calendar periods: the first day of the day, week, month, quarter, half or year.

Times without a zone are taken to be in the zone that the caller names; times
with one are converted to it. A week is the ISO week and begins on Monday.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, get_args

from npscore.errors import InputError, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

Grid = Literal["day", "week", "month", "quarter", "half", "year"]

MONTHS_OF = {"month": 1, "quarter": 3, "half": 6, "year": 12}
"""How many months a period has, for the grids that are made of months."""


def check_grid(every: str) -> None:
    """Refuse a grid that is not known.

    Raises:
        InputError: naming the grids there are.
    """
    if not isinstance(every, str) or every not in get_args(Grid):
        raise InputError(f"every={short(every)} is not a period; it is one of {', '.join(get_args(Grid))}.")


def first_day(day: date, every: Grid) -> date:
    """The first day of the period in which a day falls.

    Args:
        day: a date (of a datetime, its own date).
        every: the length of the period.

    Example:
        >>> first_day(date(2026, 11, 22), "quarter")
        datetime.date(2026, 10, 1)
        >>> first_day(date(2026, 1, 1), "week")  # the ISO week began in the old year
        datetime.date(2025, 12, 29)
    """
    if every == "day":
        return date(day.year, day.month, day.day)
    if every == "week":
        return date(day.year, day.month, day.day) - timedelta(days=day.weekday())
    months = MONTHS_OF[every]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def next_first_day(day: date, every: Grid) -> date:
    """The first day of the period after the one that begins with a day.

    Example:
        >>> next_first_day(date(2026, 10, 1), "quarter")
        datetime.date(2027, 1, 1)
    """
    days = {"day": 1, "week": 7}.get(every) or 31 * MONTHS_OF[every]
    return first_day(day + timedelta(days=days), every)


def beginnings(first: date, last: date, every: Grid, zone: str) -> Iterator[tuple[datetime, date]]:
    """From when on, in UTC and in order, days are of a period: of the period of `first` to that of `last`.

    A period begins at its first midnight. Where clocks are put back across
    midnight it begins twice, with some minutes of the day before between.

    Example:
        >>> spring = date(2026, 3, 1), date(2026, 4, 9)
        >>> [f"{moment:%d %H:%M}" for moment, _ in beginnings(*spring, "month", "Europe/Paris")]
        ['28 23:00', '31 22:00']
    """
    period = first_day(first, every)
    while period <= last:
        midnight = instant(period, zone)
        yield midnight, period
        again = instant(datetime.combine(period, time(fold=1)), zone)
        if again > midnight:
            yield clock_change(midnight, again, zone), first_day(period - timedelta(days=1), every)
            yield again, period
        try:
            period = next_first_day(period, every)
        except OverflowError:  # the calendar ends with the year 9999
            return


def clock_change(since: datetime, until: datetime, zone: str) -> datetime:
    """The moment, to the second, between two moments at which the clocks of a zone are put forward or back.

    Example:
        >>> spring = [instant(date(2026, 3, day), "Europe/Paris") for day in (29, 30)]
        >>> clock_change(*spring, "Europe/Paris")
        datetime.datetime(2026, 3, 29, 1, 0, tzinfo=datetime.timezone.utc)
    """
    info, seconds = zone_info(zone), round((until - since).total_seconds())
    before = since.astimezone(info).utcoffset()
    after = bisect_left(
        range(seconds), True, key=lambda s: (since + timedelta(seconds=s)).astimezone(info).utcoffset() != before
    )
    return since + timedelta(seconds=after)


def local_day(moment: datetime, zone: str) -> date:
    """The calendar day of a moment in a zone; a naive moment is in that zone already.

    Example:
        >>> from datetime import UTC
        >>> local_day(datetime(2026, 1, 1, 23, 30, tzinfo=UTC), "Europe/Paris")
        datetime.date(2026, 1, 2)
    """
    if moment.tzinfo is None:
        return moment.date()
    return moment.astimezone(zone_info(zone)).date()


def local_days(moments: Sequence[datetime], zone: str) -> list[date]:
    """The calendar days of many moments, each as `local_day` has it.

    Example:
        >>> local_days([datetime(2026, 1, 1, 23, 30), datetime(2026, 1, 2, tzinfo=UTC)], "UTC")
        [datetime.date(2026, 1, 1), datetime.date(2026, 1, 2)]
    """
    info = UTC if zone == "UTC" else zone_info(zone)
    return [(moment if moment.tzinfo in (None, info) else moment.astimezone(info)).date() for moment in moments]


def day_of(moment: date, zone: str) -> date:
    """The calendar day of a date, which is itself, or of a datetime, as `local_day` has it.

    Raises:
        InputError: for anything else.
    """
    if not isinstance(moment, date) or moment != moment:  # pandas' NaT is a date unlike itself
        raise InputError(f"a day is a date or a datetime, not {short(moment)}; parse text with date.fromisoformat.")
    return local_day(moment, zone) if isinstance(moment, datetime) else moment


def check_instant(name: str, moment: object) -> None:
    """Refuse what is no datetime with a zone.

    Raises:
        InputError: naming the option.
    """
    if not isinstance(moment, datetime) or moment != moment or moment.tzinfo is None:
        raise InputError(f"{name} must be a datetime with a zone, such as UTC, not {short(moment)}.")


def moment_in_utc(name: str, moment: object) -> datetime:
    """A datetime with a zone, in UTC, where records can have it.

    Raises:
        InputError: for what is none, and one before the year 2 or after 9998.
    """
    check_instant(name, moment)
    if not isinstance(moment, datetime) or not 2 <= moment.year <= 9998:
        raise InputError(f"{name} is between the years 2 and 9998, not {short(str(moment))}.")
    return moment.astimezone(UTC)


def instant(moment: date, zone: str) -> datetime:
    """A moment in UTC: without a zone it is in the one given, and a date is its midnight there.

    Example:
        >>> instant(date(2026, 1, 2), "Europe/Paris").isoformat()
        '2026-01-01T23:00:00+00:00'
    """
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    return (moment.replace(tzinfo=zone_info(zone)) if moment.tzinfo is None else moment).astimezone(UTC)


def check_zone(name: object) -> None:
    """Refuse what is no name of a time zone.

    Raises:
        InputError: with the name that is closest.
    """
    if not isinstance(name, str):
        raise InputError(f"a zone is a name such as UTC or Europe/Paris, not {short(name)}.")
    zone_info(name)


@lru_cache(maxsize=64)
def zone_info(name: str) -> ZoneInfo:
    """The time zone of a name, as in ``Europe/Paris``.

    Raises:
        InputError: when the time-zone database has no such name.
    """
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InputError(f"{name!r} is not a time zone; use a name such as UTC or Europe/Paris.{_hint(name)}") from None


def _hint(name: str) -> str:
    from difflib import get_close_matches
    from zoneinfo import available_timezones

    close = get_close_matches(name, available_timezones(), n=1)
    return f" Did you mean {close[0]}?" if close else ""
