"""Wrong counts that an engine gives without a word, each kept out by a test of its own."""

import warnings
from datetime import datetime

import dask.dataframe
import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from engines import EAGER, ENGINES, collected, frame, naive, rows, same, spark
from npscore import DataWarning, breakdown

NAN = float("nan")


ALL = [pytest.param(name, marks=pytest.mark.spark) if name == "spark" else name for name in ENGINES]


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
def test_counts_are_whole_numbers_and_missing_keys_are_none(engine):
    data = {"rating": [9, 0], "number": [None, 3]}
    found = collected(breakdown(frame(engine, data), by="number"))
    for name in ("n", "detractors", "passives", "promoters", "unanswered", "invalid"):
        assert found.schema[name].is_integer(), (name, found.schema[name])
    for name in ("nps", "lower", "upper"):
        assert found.schema[name].is_float(), (name, found.schema[name])
    assert sorted(str(row["number"]) for row in rows(found.to_native())) == ["3", "None"]


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
