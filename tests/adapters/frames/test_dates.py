"""Days and periods: the same on every engine, and time zones above all."""

from datetime import UTC, date, datetime, timedelta

import duckdb
import ibis
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from engines import EAGER, ENGINES, frame, naive, rows, same, spark, spark_in
from npscore import DEFAULT, Convention, InputError, breakdown

ALL = [pytest.param(name, marks=pytest.mark.spark) if name == "spark" else name for name in ENGINES]


UTC_MOMENTS = pa.timestamp("us", tz="UTC")


PARIS = Convention(zone="Europe/Paris")


@pytest.mark.parametrize("engine", ALL)
def test_a_week_begins_on_monday_whatever_the_engine_calls_sunday(engine):
    """Each day from Christmas to Epiphany of seven turns of the year; among them years of 53 weeks."""
    days = [datetime(year, 12, 25) + timedelta(days=i, hours=23) for year in range(2019, 2026) for i in range(14)]
    data = {"rating": [9] * len(days), "answered_at": days}
    found = rows(breakdown(frame(engine, data), every="week"))
    same(found, naive(data, every="week"), ["period"], ordered=engine in EAGER)
    assert {row["period"].weekday() for row in found} == {0}


@pytest.mark.parametrize("engine", ALL)
def test_a_sunday_ends_its_week(engine):
    data = {"rating": [9, 9], "answered_at": [datetime(2026, 1, 4, 23, 59), datetime(2026, 1, 5)]}
    periods = {row["period"] for row in rows(breakdown(frame(engine, data), every="week"))}
    assert periods == {date(2025, 12, 29), date(2026, 1, 5)}


@pytest.mark.parametrize("engine", ALL)
def test_the_month_is_no_eight_bit_number(engine):
    data = {"rating": [9, 9], "answered_at": [datetime(2026, 12, 31), datetime(1999, 1, 1)]}
    for every in ("day", "week", "month", "quarter", "half", "year"):
        same(rows(breakdown(frame(engine, data), every=every)), naive(data, every=every), ["period"])


def moments(*naive_utc):
    return pa.table({"rating": [9] * len(naive_utc), "answered_at": pa.array(naive_utc, UTC_MOMENTS)})


BORDER = moments(datetime(2026, 1, 31, 22, 30), datetime(2026, 1, 31, 23, 30), datetime(2026, 2, 1, 0, 30), None)


IN_UTC = {date(2026, 1, 1): 2, date(2026, 2, 1): 1, None: 1}


IN_PARIS = {date(2026, 1, 1): 1, date(2026, 2, 1): 2, None: 1}


def months(table, convention=DEFAULT, every="month"):
    return {row["period"]: row["n"] for row in rows(breakdown(table, every=every, convention=convention))}


CONVERTING = ("pandas", "pandas-arrow", "polars", "pyarrow", "polars-lazy", "dask")


@pytest.mark.parametrize("engine", CONVERTING)
def test_times_with_a_zone_are_converted(engine):
    assert months(ENGINES[engine](BORDER)) == IN_UTC
    assert months(ENGINES[engine](BORDER), PARIS) == IN_PARIS


@pytest.mark.parametrize("engine", CONVERTING)
def test_times_of_another_zone_are_the_same_moments(engine):
    tokyo = BORDER.set_column(1, "answered_at", BORDER["answered_at"].cast(pa.timestamp("us", tz="Asia/Tokyo")))
    assert months(ENGINES[engine](tokyo)) == IN_UTC
    assert months(ENGINES[engine](tokyo), PARIS) == IN_PARIS


@pytest.mark.parametrize("engine", CONVERTING)
def test_summer_time_moves_the_border_of_a_day(engine):
    around = moments(datetime(2026, 3, 28, 23, 30), datetime(2026, 3, 29, 22, 30), datetime(2026, 10, 25, 22, 30))
    found = months(ENGINES[engine](around), PARIS, "day")
    assert found == {date(2026, 3, 29): 1, date(2026, 3, 30): 1, date(2026, 10, 25): 1}


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris", "Pacific/Auckland"])
def test_times_without_a_zone_are_taken_as_they_are(engine, zone):
    data = {"rating": [9, 9], "answered_at": [datetime(2026, 1, 31, 23, 59), datetime(2026, 2, 1)]}
    found = rows(breakdown(frame(engine, data), every="month", convention=Convention(zone=zone)))
    same(found, naive(data, every="month"), ["period"])


@pytest.mark.parametrize("name", ["Etc/UTC", "GMT"])
def test_the_names_of_utc_are_one_zone(name):
    renamed = BORDER.set_column(1, "answered_at", BORDER["answered_at"].cast(pa.timestamp("us", tz=name)))
    assert months(renamed) == IN_UTC


def test_a_fixed_offset_is_converted():
    offset = BORDER.set_column(1, "answered_at", BORDER["answered_at"].cast(pa.timestamp("us", tz="+01:00")))
    assert months(offset) == IN_UTC
    assert months(offset.to_pandas(), PARIS) == IN_PARIS


def on_duckdb(zone):
    connection = duckdb.connect()
    connection.execute(f"SET TimeZone = '{zone}'")
    connection.register("border", BORDER)
    return connection.table("border")


@pytest.mark.parametrize(("zone", "wanted"), [("UTC", "Europe/Paris"), ("Europe/Paris", "UTC"), ("Asia/Tokyo", "UTC")])
def test_duckdb_with_a_connection_in_another_zone_is_told_what_to_set(zone, wanted):
    with pytest.raises(InputError) as caught:
        breakdown(on_duckdb(zone), every="month", convention=Convention(zone=wanted))
    assert f"SET TimeZone = '{wanted}'" in str(caught.value)
    assert f"is in the zone {zone}, the convention says {wanted}" in str(caught.value)


def test_duckdb_with_its_connection_in_the_zone_gives_the_right_months():
    assert months(on_duckdb("UTC")) == IN_UTC
    assert months(on_duckdb("Etc/UTC")) == IN_UTC
    assert months(on_duckdb("Europe/Paris"), PARIS) == IN_PARIS


def on_ibis(zone):
    backend = ibis.duckdb.connect()
    backend.con.execute(f"SET TimeZone = '{zone}'")
    backend.con.register("border", BORDER)
    return backend.table("border")


def test_ibis_cannot_convert_and_says_so():
    assert months(on_ibis("UTC")) == IN_UTC
    with pytest.raises(InputError, match="is in the zone UTC, the convention says Europe/Paris"):
        months(on_ibis("UTC"), PARIS)


def test_ibis_with_a_connection_in_another_zone_is_told_what_to_set():
    with pytest.raises(InputError, match="is in the zone Europe/Paris, the convention says UTC") as caught:
        months(on_ibis("Europe/Paris"))
    assert "SET TimeZone = 'UTC'" in str(caught.value)


def test_ibis_with_its_connection_in_the_zone_gives_the_right_months():
    assert months(on_ibis("Europe/Paris"), PARIS) == IN_PARIS


def on_spark(session):
    values = [(row["rating"], row["answered_at"]) for row in BORDER.to_pylist()]
    return session.createDataFrame(values, "rating int, answered_at timestamp")


@pytest.mark.spark
def test_spark_with_a_session_in_another_zone_is_told_what_to_set():
    assert months(on_spark(spark())) == IN_UTC
    with pytest.raises(InputError, match=r"spark\.sql\.session\.timeZone"):
        months(on_spark(spark()), PARIS)


def test_ibis_whose_connection_changes_its_zone_is_asked_again():
    table = on_ibis("UTC")
    assert months(table) == IN_UTC
    table.get_backend().con.execute("SET TimeZone = 'Europe/Paris'")
    assert months(table, PARIS) == IN_PARIS
    with pytest.raises(InputError, match="to UTC"):
        months(table)


@pytest.mark.spark
def test_spark_whose_session_changes_its_zone_is_asked_again():
    session = spark_in("UTC")
    table = on_spark(session)
    assert months(table) == IN_UTC
    session.conf.set("spark.sql.session.timeZone", "Europe/Paris")
    assert months(table, PARIS) == IN_PARIS
    with pytest.raises(InputError, match="is in the zone Europe/Paris, the convention says UTC"):
        months(table)


@pytest.mark.spark
def test_spark_with_its_session_in_the_zone_gives_the_right_months():
    table = on_spark(spark_in("Europe/Paris"))
    assert months(table, PARIS) == IN_PARIS
    with pytest.raises(InputError, match="to UTC"):
        months(table)


def test_moments_of_a_zone_in_an_object_column_are_refused_and_not_guessed():
    mixed = pd.DataFrame({"rating": [9], "answered_at": pd.Series([datetime(2026, 1, 1, tzinfo=UTC)], dtype=object)})
    with pytest.raises(InputError, match="to_datetime"):
        breakdown(mixed, every="month")


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
