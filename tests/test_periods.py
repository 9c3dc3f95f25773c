"""Periods against the calendar of the standard library."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npscore import InputError
from npscore.periods import Grid, check_grid, first_day, local_day, local_days, zone_info

GRIDS = get_args(Grid)


@given(st.dates(), st.sampled_from(GRIDS))
def test_a_period_begins_on_or_before_its_days_and_its_first_day_is_its_own(day, every):
    first = first_day(day, every)
    assert first <= day
    assert first_day(first, every) == first


_MOMENTS = st.datetimes(
    datetime(1900, 1, 2),
    datetime(2100, 1, 1),
    timezones=st.sampled_from([None, UTC, timezone(timedelta(hours=14)), zone_info("Asia/Kolkata")]),
)


@given(st.lists(_MOMENTS, max_size=5), st.sampled_from(["UTC", "Etc/UTC", "Europe/Paris", "Pacific/Apia"]))
def test_the_days_of_many_moments_are_the_day_of_each(moments, zone):
    assert local_days(moments, zone) == [local_day(moment, zone) for moment in moments]


@given(st.dates(min_value=date(1, 1, 8)), st.sampled_from(GRIDS))
def test_the_day_before_a_period_belongs_to_another(day, every):
    first = first_day(day, every)
    if first > date.min:
        assert first_day(first - timedelta(days=1), every) < first


@given(st.dates())
def test_a_week_is_the_iso_week_also_across_the_year_end(day):
    year, week, _ = day.isocalendar()
    assert first_day(day, "week") == date.fromisocalendar(year, week, 1)


@given(st.dates())
def test_longer_periods_are_made_of_whole_shorter_ones(day):
    firsts = [first_day(day, every) for every in ("year", "half", "quarter", "month", "day")]
    assert firsts == sorted(firsts)
    assert firsts[0] == day.replace(month=1, day=1)
    assert firsts[3] == day.replace(day=1)


@pytest.mark.parametrize(
    ("every", "first"),
    [
        ("day", date(2026, 8, 31)),
        ("week", date(2026, 8, 31)),
        ("month", date(2026, 8, 1)),
        ("quarter", date(2026, 7, 1)),
        ("half", date(2026, 7, 1)),
        ("year", date(2026, 1, 1)),
    ],
)
def test_the_last_of_august_falls_in(every, first):
    assert first_day(date(2026, 8, 31), every) == first


def test_quarters_and_halves_begin_in_their_first_month():
    starts = [first_day(date(2026, month, 15), "quarter").month for month in range(1, 13)]
    assert starts == [1, 1, 1, 4, 4, 4, 7, 7, 7, 10, 10, 10]
    assert [first_day(date(2026, month, 15), "half").month for month in range(1, 13)] == [1] * 6 + [7] * 6


def test_a_datetime_gives_a_plain_date():
    for every in GRIDS:
        assert type(first_day(datetime(2026, 5, 6, 7, 8), every)) is date


@pytest.mark.parametrize("every", ["fortnight", "Month", "1mo", "", "months"])
def test_an_unknown_grid_is_told_which_there_are(every):
    with pytest.raises(InputError, match="day, week, month, quarter, half, year"):
        check_grid(every)


@given(st.datetimes(), st.sampled_from(["UTC", "Asia/Tokyo", "America/New_York"]))
def test_a_moment_without_a_zone_is_taken_as_it_is(moment, zone):
    assert local_day(moment, zone) == moment.date()


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        (datetime(2026, 1, 1, 23, 30, tzinfo=UTC), "Europe/Paris", date(2026, 1, 2)),
        (datetime(2026, 1, 1, 0, 30, tzinfo=UTC), "America/New_York", date(2025, 12, 31)),
        (datetime(2026, 7, 1, 22, 30, tzinfo=UTC), "Europe/Paris", date(2026, 7, 2)),  # summer time
        (datetime(2026, 1, 1, 22, 30, tzinfo=UTC), "Europe/Paris", date(2026, 1, 1)),
        (datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=9))), "UTC", date(2025, 12, 31)),
    ],
)
def test_a_moment_with_a_zone_is_converted(moment, zone, day):
    assert local_day(moment, zone) == day


@pytest.mark.parametrize("name", ["Europe/Pari", "", "../etc/passwd", "Mars/Base", "/absolute"])
def test_an_unknown_zone_is_refused(name):
    with pytest.raises(InputError, match="not a time zone"):
        zone_info(name)


def test_a_misspelt_zone_is_told_the_close_one():
    with pytest.raises(InputError, match="Did you mean Europe/Paris"):
        zone_info("Europe/Pariss")
