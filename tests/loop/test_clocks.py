"""Clocks are right to the minute: against somebody who counts each by hand, over changes of the clock and years."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npscore import InputError
from npscore.hours import BusinessHours
from npscore.loop.clocks import Clock, Deadline, hours_of, hours_text

PARIS = "Europe/Paris"
NEW_YORK = "America/New_York"
MINUTE = timedelta(minutes=1)
CLOSED = [date(2026, 12, 25), date(2027, 1, 1)]
OFFICE = BusinessHours.parse("mon-fri 09:00-17:00", zone=PARIS, closed=CLOSED)
EAST = BusinessHours.parse("mon-thu 08:30-12:00, mon-thu 13:00-17:30, sat 10:00-14:00", zone=NEW_YORK, closed=CLOSED)
NIGHT = BusinessHours.parse("mon-sun 01:00-04:00", zone=PARIS)
NIGHT_EAST = BusinessHours.parse("mon-sun 00:00-03:00", zone=NEW_YORK)
TIGHT = (
    datetime(2026, 3, 26),
    datetime(2026, 10, 23),
    datetime(2026, 12, 23),
    datetime(2026, 3, 6),
    datetime(2026, 10, 30),
)

starts = st.builds(
    lambda day, minutes: day.replace(tzinfo=UTC) + minutes * MINUTE, st.sampled_from(TIGHT), st.integers(0, 4 * 1440)
)
lengths = st.integers(0, 16 * 60).map(lambda minutes: minutes * MINUTE)


def is_there(hours, moment):
    """Read off the wall, minute by minute, by the text of the hours."""
    wall = moment.astimezone(ZoneInfo(hours.zone))
    minute = 60 * wall.hour + wall.minute
    return wall.date() not in hours.closed and any(begin <= minute < end for begin, end in hours.days[wall.weekday()])


def by_hand(clock, hours, since, pauses):
    """When so many minutes have been counted; None where a pause without an end comes first."""
    left, moment = clock.length, since
    while left:
        now = moment
        if any(begin <= now and end is None for begin, end in pauses):
            return None
        paused = any(begin <= now < end for begin, end in pauses if end is not None)
        if not paused and (not clock.business or is_there(hours, now)):
            left -= MINUTE
        moment += MINUTE
    return moment


@st.composite
def deadlines(draw):
    hours = draw(st.sampled_from([OFFICE, EAST, NIGHT, NIGHT_EAST]))
    since = draw(starts)
    minutes = st.integers(-300, 3 * 1440)
    spans = draw(st.lists(st.tuples(minutes, st.integers(0, 1000)), max_size=3).map(sorted))
    pauses = [(since + begin * MINUTE, since + (begin + length) * MINUTE) for begin, length in spans]
    if draw(st.booleans()) and draw(st.booleans()):
        pauses.append((since + draw(st.integers(3 * 1440, 4 * 1440)) * MINUTE, None))
    clock = Clock(draw(lengths), business=draw(st.booleans()))
    return Deadline(clock=clock, hours=hours, since=since, pauses=tuple(pauses))


@settings(max_examples=80, deadline=None)
@given(deadlines())
def test_a_deadline_is_due_when_the_minutes_are_counted_by_hand(deadline):
    counted = by_hand(deadline.clock, deadline.hours, deadline.since, deadline.pauses)
    assert deadline.due_at == counted


@settings(max_examples=60, deadline=None)
@given(deadlines(), st.integers(0, 8 * 1440))
def test_a_reading_is_missed_only_after_the_deadline(deadline, minutes):
    now = deadline.since + minutes * MINUTE
    due = deadline.due_at
    reading = deadline.reading(now)
    if due is not None and now > due:
        assert reading == "missed"
    else:
        is_paused = any(begin <= now and (end is None or now < end) for begin, end in deadline.pauses)
        assert reading == ("paused" if is_paused else "running")


@settings(max_examples=60, deadline=None)
@given(deadlines())
def test_a_pause_never_brings_a_deadline_forward(deadline):
    bare = Deadline(clock=deadline.clock, hours=deadline.hours, since=deadline.since)
    assert deadline.due_at is None or deadline.due_at >= bare.due_at


@pytest.mark.parametrize(
    ("zone", "opened", "due"),
    [
        (PARIS, (2026, 11, 20), (2026, 11, 25, 17)),
        (PARIS, (2026, 3, 27), (2026, 4, 1, 17)),  # clocks go forward on Sunday
        (PARIS, (2026, 10, 23), (2026, 10, 28, 17)),  # and back
        (NEW_YORK, (2026, 3, 6), (2026, 3, 11, 17)),
        (NEW_YORK, (2026, 10, 30), (2026, 11, 4, 17)),
        (PARIS, (2026, 12, 25), (2026, 12, 30, 17)),  # Christmas is a Friday
    ],
)
def test_a_case_of_friday_half_past_five_is_due_on_wednesday_evening(zone, opened, due):
    hours = BusinessHours.parse("mon-fri 09:00-17:00", zone=zone, closed=CLOSED)
    moment = datetime(*opened, 17, 30, tzinfo=ZoneInfo(zone))
    assert Clock.parse("24 business hours").due(moment, hours) == datetime(*due, tzinfo=ZoneInfo(zone))


def test_over_the_end_of_the_year_holidays_put_a_deadline_off():
    hours = BusinessHours.parse("mon-fri 09:00-17:00", zone=PARIS, closed=CLOSED)
    moment = datetime(2026, 12, 31, 12, tzinfo=ZoneInfo(PARIS))  # a Thursday; five hours are left of it
    assert Clock.parse("8 business hours").due(moment, hours) == datetime(2027, 1, 4, 12, tzinfo=ZoneInfo(PARIS))


def test_a_plain_day_has_24_hours_on_the_day_of_23_too():
    saturday = datetime(2026, 3, 28, 12, tzinfo=ZoneInfo(PARIS))
    due = Clock.parse("1 day").due(saturday.astimezone(UTC), None)
    assert due.astimezone(ZoneInfo(PARIS)) == datetime(2026, 3, 29, 13, tzinfo=ZoneInfo(PARIS))


@given(st.integers(0, 3650 * 1440), st.booleans())
def test_a_clock_is_read_back_from_its_text(minutes, business):
    clock = Clock(minutes * MINUTE, business=business)
    assert Clock.parse(str(clock)) == clock


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("60 minutes", "1 hour"),
        ("14 days", "2 weeks"),
        ("48 business hours", "48 business hours"),
        (" 1 Day ", "1 day"),
    ],
)
def test_a_clock_is_written_in_its_largest_unit(text, again):
    assert str(Clock.parse(text)) == again


@pytest.mark.parametrize(
    "text",
    [
        "",
        "24",
        "hours",
        "-1 hours",
        "1.5 hours",
        "2 business days",
        "1 business week",
        "9999999 weeks",
        None,
        5,
        b"1 day",
    ],
)
def test_what_is_no_length_is_refused(text):
    with pytest.raises(InputError):
        Clock.parse(text)


@pytest.mark.parametrize("length", [None, "1 day", 5, -MINUTE, timedelta(seconds=90), timedelta(days=3651)])
def test_what_no_log_could_keep_is_no_clock(length):
    with pytest.raises(InputError):
        Clock(length)


def test_business_is_a_truth_value():
    with pytest.raises(InputError, match="True or False"):
        Clock(MINUTE, business="yes")


def test_business_hours_are_needed_where_they_are_counted():
    with pytest.raises(InputError, match="needs business hours"):
        Clock.parse("1 business hour").due(datetime(2026, 1, 1, tzinfo=UTC), None)


@pytest.mark.parametrize("moment", [None, "now", 5, datetime(2026, 1, 1), date(2026, 1, 1)])
def test_moments_without_a_zone_are_refused(moment):
    clock, now = Clock.parse("1 hour"), datetime(2026, 1, 1, tzinfo=UTC)
    for call in (
        lambda: clock.due(moment, None),
        lambda: clock.passed(moment, now, None),
        lambda: clock.passed(now, moment, None),
        lambda: Deadline(clock=clock, hours=None, since=now).reading(moment),
    ):
        with pytest.raises(InputError):
            call()


@pytest.mark.parametrize("text", ["3650 days", "87600 business hours"])
def test_a_deadline_past_the_end_of_the_calendar_is_an_error_of_ours(text):
    with pytest.raises(InputError):
        Clock.parse(text).due(datetime(9998, 12, 30, tzinfo=UTC), OFFICE)


def test_business_hours_are_read_back_from_a_log():
    week, closed = hours_text(OFFICE, date(2026, 11, 20))
    assert hours_of(week, closed) == OFFICE


@pytest.mark.parametrize(("week", "closed"), [("", ""), ("rubbish", ""), ("mon-fri 09:00-17:00 Mars/City", "")])
def test_hours_that_nobody_wrote_are_refused(week, closed):
    with pytest.raises(InputError):
        hours_of(week, closed)


def test_a_closed_day_that_is_none_is_refused():
    with pytest.raises(InputError, match="no closed day"):
        hours_of("mon-fri 09:00-17:00 UTC", "2026-12-25 christmas")


@pytest.mark.parametrize("wrong", ["x", 5, [], float("nan"), object()])
def test_hours_and_clocks_that_are_none_are_refused(wrong):
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(InputError, match="hours are made by"):
        Clock.parse("1 business hour").due(now, wrong)
    with pytest.raises(InputError, match="hours are made by"):
        Clock.parse("1 business hour").passed(now, now + MINUTE, wrong)
    with pytest.raises(InputError, match="a clock is made by"):
        Deadline(clock=Clock(MINUTE), hours=None, since=now).reached(wrong)
