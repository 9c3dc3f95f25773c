"""Every kind of dataframe from one dict of columns, and a naive breakdown to hold them against.

`ENGINES` maps a name to a function that makes a frame; `rows` reads any result
back into plain Python; `naive` is the breakdown as a loop over dicts, sharing no
code with the library but the table of cut-offs that a test passes in.
"""

from __future__ import annotations

import atexit
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from statistics import NormalDist
from typing import Any
from unittest import mock

import dask.dataframe
import duckdb
import ibis
import pandas as pd
import polars as pl
import pyarrow as pa

Columns = Mapping[str, Sequence[Any]]
Row = dict[str, Any]

TYPES: dict[str, pa.DataType] = {
    "rating": pa.int64(),
    "answered_at": pa.timestamp("us"),
    "region": pa.string(),
    "team": pa.string(),
    "number": pa.int64(),
    "customer_id": pa.string(),
    "account_id": pa.string(),
    "role": pa.string(),
    "response_id": pa.string(),
    "revenue": pa.float64(),
    "invited_at": pa.timestamp("us"),
    "interaction_at": pa.timestamp("us"),
}
"""The type of each column by name; a column of floats is made by passing `types`."""


def arrow(columns: Columns, types: Mapping[str, pa.DataType] | None = None) -> pa.Table:
    """The table all frames begin as: explicit types, so that a column of nulls has one as well."""
    known = {**TYPES, **(types or {})}
    return pa.table({name: pa.array(values, known[name], from_pandas=False) for name, values in columns.items()})


def _pandas_nullable(table: pa.Table) -> pd.DataFrame:
    nullable = {
        pa.int64(): pd.Int64Dtype(),
        pa.float64(): pd.Float64Dtype(),
        pa.uint8(): pd.UInt8Dtype(),
        pa.int8(): pd.Int8Dtype(),
        pa.float32(): pd.Float32Dtype(),
        pa.string(): pd.StringDtype(),
    }
    return table.to_pandas(types_mapper=nullable.get)


@lru_cache(maxsize=1)
def duckdb_connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection


@lru_cache(maxsize=1)
def ibis_connection() -> Any:
    return ibis.duckdb.connect()


_serial = iter(range(10**9))


def _duckdb(table: pa.Table) -> duckdb.DuckDBPyRelation:
    name = f"t{next(_serial)}"
    duckdb_connection().register(name, table)
    return duckdb_connection().table(name)


def _ibis(table: pa.Table) -> Any:
    name = f"t{next(_serial)}"
    ibis_connection().con.register(name, table)
    return ibis_connection().table(name)


@lru_cache(maxsize=1)
def spark() -> Any:
    """One session for the whole run: of an in-process server, or of real Spark where NPSCORE_TEST_SPARK is "local"."""
    from pyspark.sql import SparkSession

    if os.environ.get("NPSCORE_TEST_SPARK") == "local":
        local = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        local = local.config("spark.sql.shuffle.partitions", "2").config("spark.sql.session.timeZone", "UTC")
        return local.getOrCreate()
    # The client takes a main module without a file, which a worker of pytest-xdist has, for a run of its own doctests.
    with mock.patch.object(sys.modules["__main__"], "__file__", "worker", create=True):
        session = SparkSession.builder.remote(_spark_server()).create()
    atexit.register(session.stop)
    return session


def spark_in(zone: str) -> Any:
    """Another session, in a zone from its beginning."""
    first = spark()
    other = (
        first.newSession() if hasattr(first, "_jsparkSession") else type(first).builder.remote(_spark_server()).create()
    )
    other.conf.set("spark.sql.session.timeZone", zone)
    return other


@lru_cache(maxsize=1)
def _spark_server() -> str:
    os.environ.setdefault("RUST_LOG", "error")
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer()
    server.start(background=True)
    atexit.register(server.stop)
    return f"sc://127.0.0.1:{server.listening_address[1]}"


_SPARK_TYPES = {
    pa.int64(): "long",
    pa.int32(): "int",
    pa.uint8(): "short",
    pa.int8(): "byte",
    pa.float64(): "double",
    pa.float32(): "float",
    pa.string(): "string",
    pa.date32(): "date",
    pa.timestamp("us"): "timestamp_ntz",
    pa.decimal128(5, 2): "decimal(5,2)",
}


def _spark(table: pa.Table) -> Any:
    schema = ", ".join(f"{field.name} {_SPARK_TYPES[field.type]}" for field in table.schema)
    values = [tuple(row.values()) for row in table.to_pylist()]
    return spark().createDataFrame(values, schema)


ENGINES: dict[str, Callable[[pa.Table], Any]] = {
    "pandas": lambda table: table.to_pandas(),
    "pandas-nullable": _pandas_nullable,
    "pandas-arrow": lambda table: table.to_pandas(types_mapper=pd.ArrowDtype),
    "polars": pl.from_arrow,
    "pyarrow": lambda table: table,
    "polars-lazy": lambda table: pl.from_arrow(table).lazy(),
    "duckdb": _duckdb,
    "dask": lambda table: dask.dataframe.from_pandas(table.to_pandas(), npartitions=2),
    "ibis": _ibis,
    "spark": _spark,
}
EAGER = ("pandas", "pandas-nullable", "pandas-arrow", "polars", "pyarrow")
LAZY = tuple(name for name in ENGINES if name not in EAGER)


def frame(engine: str, columns: Columns, types: Mapping[str, pa.DataType] | None = None) -> Any:
    """A frame of the kind that `engine` names."""
    return ENGINES[engine](arrow(columns, types))


COUNTS = ("n", "detractors", "passives", "promoters", "unanswered", "invalid")
POINTS = ("nps", "lower", "upper")


def collected(result: Any) -> Any:
    """The result as a narwhals dataframe, whatever it was."""
    import narwhals as nw

    opened = nw.from_native(result)
    return opened.collect() if isinstance(opened, nw.LazyFrame) else opened


def rows(result: Any) -> list[Row]:
    """The rows in their own order: None for every kind of missing, dates for periods, ints for counts."""
    return [{name: _plain(name, value) for name, value in row.items()} for row in collected(result).rows(named=True)]


def _plain(name: str, value: Any) -> Any:
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if name == "period":
        moment = value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
        if isinstance(moment, datetime):
            assert (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0)
            return moment.date()
        return moment
    if name in COUNTS:
        assert int(value) == value, f"{name} is {value!r}"
        return int(value)
    return float(value) if name in POINTS else _key(value)


def _key(value: Any) -> Any:
    """A key as Python would have it; a whole-number column with a gap is a float one in pandas."""
    if isinstance(value, str | date):
        return value
    return int(value) if float(value).is_integer() else float(value)


def by_key(found: Sequence[Row], keys: Sequence[str]) -> dict[tuple[Any, ...], Row]:
    """Rows by their keys, once each."""
    table = {tuple(row[key] for key in keys): row for row in found}
    assert len(table) == len(found), "a group comes twice"
    return table


CATEGORY_OF = {**dict.fromkeys(range(7), "detractors"), 7: "passives", 8: "passives", 9: "promoters", 10: "promoters"}
"""The 0-10 scale, written out."""


def naive(
    columns: Columns,
    by: Sequence[str] = (),
    every: str | None = None,
    *,
    count_in_base: bool = False,
    level: float = 0.95,
    categories: Mapping[Any, str] | None = None,
) -> list[Row]:
    """The breakdown as a loop, sorted by keys with the missing last."""
    records = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    groups: dict[tuple[Any, ...], Row] = {} if by or every else {(): dict.fromkeys(COUNTS, 0)}
    for record in records:
        key = tuple(record[name] for name in by)
        if every:
            key = (*key, _period(record["answered_at"], every))
        counts = groups.setdefault(key, dict.fromkeys(COUNTS, 0))
        kind = _kind(record["rating"], CATEGORY_OF if categories is None else categories)
        counts[kind] += 1
        counts["n"] += kind in ("detractors", "passives", "promoters")
    names = [*by, "period"] if every else list(by)
    ordered = sorted(groups, key=lambda key: [(part is None, str(part).zfill(20)) for part in key])
    return [{**dict(zip(names, key, strict=True)), **_scored(groups[key], count_in_base, level)} for key in ordered]


def _kind(rating: Any, categories: Mapping[Any, str]) -> str:
    if rating is None or rating != rating:
        return "unanswered"
    return categories.get(rating, "invalid")


def _scored(counts: Row, count_in_base: bool, level: float) -> Row:
    if counts["n"] == 0:
        return {**counts, **dict.fromkeys(POINTS)}
    base = counts["n"] + (counts["unanswered"] if count_in_base else 0)
    net = counts["promoters"] - counts["detractors"]
    codes = [(-1, counts["detractors"] + 0.75), (0, base - net - 2 * counts["detractors"] + 1.5)]
    codes.append((1, counts["promoters"] + 0.75))
    size = math.fsum(weight for _, weight in codes)
    center = math.fsum(code * weight for code, weight in codes) / size
    variance = math.fsum(weight * (code - center) ** 2 for code, weight in codes) / size
    reach = NormalDist().inv_cdf(0.5 + level / 2) * math.sqrt(variance / size)
    lower, upper = max(-100.0, 100 * (center - reach)), min(100.0, 100 * (center + reach))
    return {**counts, "nps": 100 * net / base, "lower": lower, "upper": upper}


def _period(moment: datetime | date | None, every: str) -> date | None:
    """The first day of a period, by the calendar's own rules and not by integer keys."""
    if moment is None:
        return None
    day = date(moment.year, moment.month, moment.day)
    if every == "week":
        year, week, _ = day.isocalendar()
        return date.fromisocalendar(year, week, 1)
    starts = {"day": None, "month": range(1, 13), "quarter": (1, 4, 7, 10), "half": (1, 7), "year": (1,)}[every]
    return day if starts is None else max(date(day.year, start, 1) for start in starts if start <= day.month)


def same(found: Sequence[Row], expected: Sequence[Row], keys: Sequence[str], *, ordered: bool = False) -> None:
    """Assert that two breakdowns agree: keys and counts exactly, points to twelve digits."""
    if ordered:
        assert [[row[key] for key in keys] for row in found] == [[row[key] for key in keys] for row in expected]
    ours, theirs = by_key(found, keys), by_key(expected, keys)
    assert ours.keys() == theirs.keys()
    for key, row in theirs.items():
        assert list(ours[key]) == list(row), "columns, in this order"
        for name, value in row.items():
            got = ours[key][name]
            if name in POINTS and value is not None and got is not None:
                assert math.isclose(got, value, rel_tol=1e-12, abs_tol=1e-9), (key, name, got, value)
            else:
                assert got == value, (key, name, got, value)
