"""Odd columns and odd calls that a first reader tried."""

from datetime import date, datetime

import pandas as pd
import polars as pl
import pytest

from npscore import Convention, InputError, breakdown


@pytest.mark.parametrize("zone", ["America/New_York", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "Europe/Paris"])
def test_pandas_times_in_any_zone_are_converted(zone: str) -> None:
    moments = pd.to_datetime(["2024-01-01 02:00", "2024-01-01 12:00"]).tz_localize("UTC").tz_convert(zone)
    frame = pd.DataFrame({"rating": [9, 3], "answered_at": moments})
    assert breakdown(frame, every="day")["n"].tolist() == [2]
    there = breakdown(frame, every="day", convention=Convention(zone="America/New_York"))
    assert [str(day.date()) for day in there["period"]] == ["2023-12-31", "2024-01-01"]


@pytest.mark.parametrize("every", ["day", "week", "month", "quarter", "half", "year"])
def test_times_before_the_year_1000_say_none(every: str) -> None:
    frame = pl.DataFrame({"rating": [9, 3, 8], "answered_at": [datetime(1, 1, 1), datetime(999, 7, 1), None]})
    result = breakdown(frame, every=every)  # type: ignore[arg-type]
    assert result.select("period", "n").rows() == [(None, 3)]


def test_the_first_and_the_last_day_that_count_are_kept() -> None:
    frame = pl.DataFrame({"rating": [9, 3], "answered_at": [datetime(1000, 1, 1), datetime(9999, 12, 31)]})
    assert breakdown(frame, every="year")["period"].to_list() == [date(1000, 1, 1), date(9999, 1, 1)]


def test_any_collection_of_values_means_any_of_them() -> None:
    frame = pd.DataFrame({"rating": [9, 3, 8, 10], "team": ["a", "b", "c", "a"]})
    for teams in (
        ["a", "b"],
        ("a", "b"),
        {"a", "b"},
        pd.Series(["a", "b"]),
        pd.Index(["a", "b"]),
        {"a": 1, "b": 2}.keys(),
    ):
        assert breakdown(frame, where={"team": teams})["n"].tolist() == [3]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"by": 1}, "names are texts"),
        ({"rating": 0}, "names are texts"),
        ({"by": ["team", "team"]}, "named twice"),
        ({"where": 5}, "not int"),
        ({"convention": "default"}, "not 'default'"),
        ({"by": "__npscore_day"}, "rename it first"),
    ],
)
def test_a_wrong_call_is_one_sentence(options: dict[str, object], words: str) -> None:
    frame = pl.DataFrame({"rating": [9], "team": ["a"]})
    with pytest.raises(InputError, match=words):
        breakdown(frame, **options)  # type: ignore[arg-type]


def test_what_narwhals_refuses_is_an_input_error() -> None:
    twice = pd.DataFrame([[9, 1, 2]], columns=["rating", "a", "a"])
    with pytest.raises(InputError, match="the dataframe does not allow it"):
        breakdown(twice)
