"""Business hours: deadlines are right to the minute, over nights, week ends, holidays and changes of the clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npscore import InputError
from npscore.hours import BusinessHours, public_holidays

PARIS = "Europe/Paris"
OFFICE = BusinessHours.parse("mon-fri 09:00-17:00", zone=PARIS)
ALWAYS = BusinessHours.parse("mon-sun 00:00-24:00", zone=PARIS)

_moments = st.datetimes(datetime(2025, 12, 20), datetime(2027, 1, 10), timezones=st.just(UTC))
_work = st.integers(0, 6 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
_hours = st.sampled_from(
    [
        OFFICE,
        ALWAYS,
        BusinessHours.parse("mon-thu 08:30-12:00, mon-thu 13:00-18:15, sat 22:00-24:00, sun 00:00-04:00", zone=PARIS),
        BusinessHours.parse("mon-sun 01:30-02:30", zone=PARIS),  # in the hour that is leapt over and repeated
        BusinessHours.parse("mon-sun 02:15-04:00", zone=PARIS),
        BusinessHours.parse("mon-fri 09:00-17:00", zone="America/St_Johns", closed=[date(2026, 12, 25)]),
        BusinessHours.parse(
            "mon-fri 09:00-17:00", zone="Asia/Kathmandu", closed=[date(2026, 3, n) for n in range(1, 9)]
        ),
    ]
)


def paris(*parts):
    return datetime(*parts, tzinfo=ZoneInfo(PARIS))


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        (paris(2026, 11, 20, 17, 30), 24, paris(2026, 11, 25, 17, 0)),  # Friday after hours: Monday to Wednesday
        (paris(2026, 11, 20, 16, 30), 1, paris(2026, 11, 23, 9, 30)),
        (paris(2026, 3, 27, 16, 0), 2, paris(2026, 3, 30, 10, 0)),  # over the night of summer time
        (paris(2026, 10, 23, 16, 0), 2, paris(2026, 10, 26, 10, 0)),  # and of winter time
        (paris(2026, 12, 31, 16, 0), 2, paris(2027, 1, 1, 10, 0)),
        (paris(2026, 11, 21, 12, 0), 8, paris(2026, 11, 23, 17, 0)),  # done as the day ends, not as the next begins
        (paris(2026, 11, 21, 12, 0), 0, paris(2026, 11, 21, 12, 0)),
    ],
)
def test_deadlines_are_right_to_the_minute(start, hours, due):
    assert OFFICE.due(start, timedelta(hours=hours)) == due


def test_holidays_put_a_deadline_off():
    closed = BusinessHours.parse("mon-fri 09:00-17:00", zone=PARIS, closed=public_holidays("FR", [2026, 2027]))
    assert closed.due(paris(2026, 12, 31, 16, 0), timedelta(hours=2)) == paris(2027, 1, 4, 10, 0)


def test_a_day_of_25_hours_has_25_hours_of_business():
    assert ALWAYS.worked(paris(2026, 10, 25), paris(2026, 10, 26)) == timedelta(hours=25)
    assert ALWAYS.worked(paris(2026, 3, 29), paris(2026, 3, 30)) == timedelta(hours=23)


@pytest.mark.parametrize(
    "text", ["01:00-02:30", "02:30-05:00", "02:10-02:50", "01:30-03:00", "02:00-03:00", "00:00-24:00"]
)
@pytest.mark.parametrize(("zone", "day"), [(PARIS, date(2026, 3, 29)), ("Australia/Lord_Howe", date(2026, 10, 4))])
def test_where_clocks_leap_forward_somebody_is_there_when_the_wall_says_so(text, zone, day):
    """Lord Howe leaps from 2:00 over half an hour, Paris over a whole one."""
    hours, info = BusinessHours.parse(f"mon-sun {text}", zone=zone), ZoneInfo(zone)
    begin = datetime(day.year, day.month, day.day, tzinfo=info).astimezone(UTC)
    for minute in (begin + timedelta(minutes=n) for n in range(20 * 60)):
        assert hours.is_open(minute) == (text[:5] <= f"{minute.astimezone(info):%H:%M}" < text[6:])


@pytest.mark.parametrize(("text", "minutes"), [("01:00-02:30", 150), ("02:30-05:00", 210), ("02:00-03:00", 120)])
def test_an_hour_that_comes_twice_is_in_a_stretch_that_goes_over_it(text, minutes):
    hours = BusinessHours.parse(f"mon-sun {text}", zone=PARIS)
    assert hours.worked(paris(2026, 10, 25), paris(2026, 10, 26)) == timedelta(minutes=minutes)


@settings(max_examples=200, deadline=None)
@given(_hours, _moments, _work)
def test_the_deadline_is_the_first_moment_at_which_the_work_is_done(hours, start, work):
    due = hours.due(start, work)
    assert hours.worked(start, due) == work
    if work:
        assert hours.worked(start, due - timedelta(microseconds=1)) < work


@settings(max_examples=100, deadline=None)
@given(_hours, st.lists(_moments, min_size=3, max_size=3).map(sorted))
def test_time_of_business_adds_up(hours, moments):
    first, second, third = moments
    assert hours.worked(first, second) + hours.worked(second, third) == hours.worked(first, third)


@settings(max_examples=50, deadline=None)
@given(_hours, _moments)
def test_time_passes_when_somebody_is_there(hours, moment):
    """Held against a clock that is looked at every minute of a day."""
    minutes = [moment.replace(second=0, microsecond=0) + timedelta(minutes=n) for n in range(1441)]
    there = sum(hours.is_open(minute) for minute in minutes[:-1])
    assert hours.worked(minutes[0], minutes[-1]) == timedelta(minutes=there)


@given(_hours)
def test_what_is_written_is_read_back(hours):
    text, zone = str(hours).rsplit(" ", 1)
    assert BusinessHours.parse(text, zone=zone, closed=hours.closed) == hours


@pytest.mark.parametrize(
    "text",
    ["", "mon", "mon 9-17", "mun 09:00-17:00", "fri-mon 09:00-17:00", "mon 17:00-09:00", "mon 09:00-24:30",
     "mon 09:60-10:00", "mon 09:00-12:00, mon 11:00-13:00", "mon 09:00-09:00"],
)  # fmt: skip
def test_what_is_no_hours_is_refused(text):
    with pytest.raises(InputError):
        BusinessHours.parse(text)


def test_what_is_no_time_is_refused():
    for wrong in (
        lambda: OFFICE.due(datetime(2026, 1, 1), timedelta(1)),
        lambda: OFFICE.due(paris(2026, 1, 1), timedelta(-1)),
        lambda: OFFICE.due(paris(2026, 1, 1), 24),
        lambda: OFFICE.due(paris(2026, 1, 1), timedelta(days=9_999)),
        lambda: OFFICE.worked(paris(2026, 1, 2), paris(2026, 1, 1)),
        lambda: OFFICE.is_open("now"),
        lambda: BusinessHours([[]] * 7),
        lambda: BusinessHours([[(0, 60)]] * 6),
        lambda: BusinessHours.parse("mon 09:00-10:00", zone="Paris"),
        lambda: BusinessHours.parse("mon 09:00-10:00", closed=["2026-01-01"]),
        lambda: BusinessHours.parse("mon 09:00-10:00", closed="2026-01-01"),
        lambda: BusinessHours.parse(None),
        lambda: public_holidays("XX", [2026]),
        lambda: public_holidays("DE", [2026], subdivision="ZZ"),
    ):
        with pytest.raises(InputError):
            wrong()
