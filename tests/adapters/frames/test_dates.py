"""Wrong answers that an engine gives without a word, each kept out by a test of its own, and time zones above all."""

import warnings
from datetime import UTC, date, datetime, timedelta

import dask.dataframe
import duckdb
import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from engines import EAGER, ENGINES, collected, frame, naive, rows, same, spark, spark_in
from npscore import DEFAULT, Convention, DataWarning, InputError, breakdown

NAN = float("nan")
ALL = [pytest.param(name, marks=pytest.mark.spark) if name == "spark" else name for name in ENGINES]
UTC_MOMENTS = pa.timestamp("us", tz="UTC")
PARIS = Convention(zone="Europe/Paris")


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize("kind", [pa.uint8(), pa.int64()], ids=str)
def test_more_detractors_than_promoters_do_not_wrap_around(engine, kind):
    data = {"rating": [10, 0, 1, 2], "region": ["a"] * 4}
    (row,) = rows(breakdown(frame(engine, data, {"rating": kind}), by="region"))
    assert (row["promoters"], row["detractors"], row["nps"]) == (1, 3, -50.0)
    (row,) = rows(breakdown(frame(engine, data, {"rating": kind})))
    assert row["nps"] == -50.0


@pytest.mark.parametrize("engine", ALL)
def test_a_group_of_more_rows_than_a_small_integer_holds_is_counted_whole(engine):
    """Conditions may be single bytes; their sums may not."""
    table = pa.table({"rating": pa.array([9, 0, 11, None] * 35_000, pa.uint8()), "region": ["a"] * 140_000})
    if engine == "spark":
        result = breakdown(spark().range(140_000).selectExpr("'a' AS region", SPARK_RATING), by="region")
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            result = breakdown(ENGINES[engine](table), by="region")
    (row,) = rows(result)
    counts = [row[name] for name in ("n", "detractors", "passives", "promoters", "unanswered", "invalid")]
    assert counts == [70_000, 35_000, 0, 35_000, 35_000, 35_000]
    assert row["nps"] == 0


SPARK_RATING = "CASE id % 4 WHEN 0 THEN 9 WHEN 1 THEN 0 WHEN 2 THEN 11 END AS rating"


@pytest.mark.parametrize("engine", ALL)
def test_nan_is_not_a_promoter(engine):
    data = {"rating": [NAN, NAN, 9.0, None], "region": ["a"] * 4}
    (row,) = rows(breakdown(frame(engine, data, {"rating": pa.float64()}), by="region"))
    assert (row["n"], row["promoters"], row["unanswered"], row["invalid"]) == (1, 1, 3, 0)


@pytest.mark.parametrize("engine", ALL)
def test_no_answer_is_counted_that_was_not_given(engine):
    data = {"rating": [NAN, None], "region": ["a"] * 2}
    (row,) = rows(breakdown(frame(engine, data, {"rating": pa.float64()}), by="region"))
    assert (row["n"], row["unanswered"], row["nps"]) == (0, 2, None)


@pytest.mark.parametrize("engine", ALL)
def test_nan_and_nothing_are_one_missing_key(engine):
    data = {"rating": [9, 9, 0, 10], "size": [NAN, None, 1.5, NAN], "region": ["a"] * 4}
    table = frame(engine, data, {"size": pa.float64()})
    found = {row["size"]: (row["n"], row["nps"]) for row in rows(breakdown(table, by=["size", "region"]))}
    assert found == {None: (3, 100.0), 1.5: (1, -100.0)}
    assert len(rows(breakdown(table, by="size"))) == 2


@pytest.mark.parametrize("engine", ALL)
def test_what_is_asked_for_as_missing_is_nan_too(engine):
    data = {"rating": [9, 9, 0, 10], "size": [NAN, None, 1.5, 2.5]}
    table = frame(engine, data, {"size": pa.float64()})
    for wanted, n in ((None, 2), ([None, 1.5], 3), (1.5, 1), ([2.5], 1)):
        (row,) = rows(breakdown(table, where={"size": wanted}))
        assert row["n"] == n


@pytest.mark.parametrize("engine", EAGER)
@pytest.mark.parametrize("every", [None, "week"])
def test_more_groups_than_fifteen_bits_count_keep_their_own_rows(engine, every):
    """A window function on Arrow tables lost the order of its rows beyond 32,768 of them."""
    size = 40_000
    number = np.random.default_rng(5).permutation(size)
    first = datetime(2026, 1, 5)  # a Monday
    table = pa.table(
        {"number": number, "rating": number % 11, "answered_at": pa.array([first] * size, pa.timestamp("us"))}
    )
    found = collected(breakdown(ENGINES[engine](table), by="number", every=every)).sort("number")
    expected = np.array([-100] * 7 + [0] * 2 + [100] * 2)[np.arange(size) % 11]
    assert found["number"].to_list() == list(range(size))
    assert [int(points) for points in found["nps"].to_list()] == expected.tolist()
    assert {int(n) for n in found["n"].to_list()} == {1}


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


@pytest.mark.parametrize("engine", ALL)
def test_counts_are_whole_numbers_and_missing_keys_are_none(engine):
    data = {"rating": [9, 0], "number": [None, 3]}
    found = collected(breakdown(frame(engine, data), by="number"))
    for name in ("n", "detractors", "passives", "promoters", "unanswered", "invalid"):
        assert found.schema[name].is_integer(), (name, found.schema[name])
    for name in ("nps", "lower", "upper"):
        assert found.schema[name].is_float(), (name, found.schema[name])
    assert sorted(str(row["number"]) for row in rows(found.to_native())) == ["3", "None"]


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


def test_dask_partitions_do_not_matter():
    data = {"rating": [9, 0, None, 7, 10] * 20, "region": ["a", "b", None, "a", "c"] * 20}
    table = frame("pandas", data)
    for partitions in (1, 3, 7):
        result = breakdown(dask.dataframe.from_pandas(table, npartitions=partitions), by="region")
        same(rows(result), naive(data, ["region"]), ["region"])


def test_polars_and_arrow_chunks_do_not_matter():
    data = {"rating": [9, 0, None, 7, 10], "region": ["a", "b", None, "a", "c"]}
    three = {name: values * 3 for name, values in data.items()}
    one = frame("polars", data)
    same(rows(breakdown(pl.concat([one, one, one], rechunk=False), by="region")), naive(three, ["region"]), ["region"])
    table = frame("pyarrow", data)
    same(rows(breakdown(pa.concat_tables([table] * 3), by="region")), naive(three, ["region"]), ["region"])
