"""The breakdown by segment and month as somebody who knows the engine would write it by hand."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

Z = 1.959963984540054
QUESTION: dict[str, Any] = {"rating": "rating", "by": "segment", "every": "month", "at": "answered_at"}
COUNTS = ["detractors", "passives", "promoters", "unanswered"]
COLUMNS = ["segment", "period", "n", *COUNTS, "invalid", "nps", "lower", "upper"]


def by_pandas(frame: pd.DataFrame) -> pd.DataFrame:
    times = frame["answered_at"].dt
    flags = {"segment": frame["segment"], "month": times.year * 100 + times.month, **_pandas_flags(frame["rating"])}
    keys = ["segment", "month"]
    counted = pd.DataFrame(flags).groupby(keys, observed=True, sort=False, dropna=False).sum().reset_index()
    counted["period"] = pd.to_datetime(counted.pop("month") * 100 + 1, format="%Y%m%d").dt.date
    return _scored_by_columns(counted)


def by_pandas_packed(frame: pd.DataFrame) -> pd.DataFrame:
    """Faster than two keys: category code and month in one integer, which only works for categories."""
    times, segments = frame["answered_at"].dt, frame["segment"].cat
    packed = segments.codes.astype("int32") * 1_000_000 + (times.year * 100 + times.month)
    flags = {"packed": packed, **_pandas_flags(frame["rating"])}
    counted = pd.DataFrame(flags).groupby("packed", sort=False).sum().reset_index()
    code, month = np.divmod(counted.pop("packed"), 1_000_000)
    counted["segment"] = segments.categories[code]
    counted["period"] = pd.to_datetime(month * 100 + 1, format="%Y%m%d").dt.date
    return _scored_by_columns(counted)


def _pandas_flags(rating: pd.Series[Any]) -> dict[str, pd.Series[Any]]:
    return {
        "detractors": rating.between(0, 6),
        "passives": rating.between(7, 8),
        "promoters": rating.between(9, 10),
        "unanswered": rating.isna(),
        "rows": pd.Series(True, index=rating.index),
    }


def _scored_by_columns(counted: pd.DataFrame) -> pd.DataFrame:
    n = counted["n"] = counted["detractors"] + counted["passives"] + counted["promoters"]
    counted["invalid"] = counted["rows"] - n - counted["unanswered"]
    net, size = counted["promoters"] - counted["detractors"], n + 3
    spread = size * (counted["promoters"] + counted["detractors"] + 1.5) - net**2
    reach = Z * 100 * spread**0.5 / size**1.5
    counted["nps"] = 100 * net / n.where(n > 0)
    counted["lower"] = (100 * net / size - reach).clip(-100, 100).where(n > 0)
    counted["upper"] = (100 * net / size + reach).clip(-100, 100).where(n > 0)
    return counted[COLUMNS]


def by_pyarrow(table: pa.Table) -> pa.Table:
    """Bytes are summed faster than bits; the few groups go through pandas."""
    rating, times = table["rating"], table["answered_at"]
    flags = {
        "segment": table["segment"],
        "month": pc.add(pc.multiply(pc.year(times), 100), pc.month(times)),
        "detractors": pc.less_equal(rating, 6).cast("uint8"),
        "passives": pc.and_(pc.greater_equal(rating, 7), pc.less_equal(rating, 8)).cast("uint8"),
        "promoters": pc.and_(pc.greater_equal(rating, 9), pc.less_equal(rating, 10)).cast("uint8"),
        "unanswered": pc.is_null(rating).cast("uint8"),
    }
    sums = [(name, "sum") for name in COUNTS]
    counted = pa.table(flags).group_by(["segment", "month"]).aggregate([*sums, ([], "count_all")]).to_pandas()
    counted = counted.rename(columns={**{f"{name}_sum": name for name in COUNTS}, "count_all": "rows"})
    counted = counted.astype(dict.fromkeys([*COUNTS, "rows"], "int64"))
    counted["period"] = pd.to_datetime(counted.pop("month") * 100 + 1, format="%Y%m%d").dt.date
    return pa.Table.from_pandas(_scored_by_columns(counted), preserve_index=False)


def by_polars(frame: pl.LazyFrame) -> pl.LazyFrame:
    rating, n, net, size = pl.col("rating"), pl.col("n"), pl.col("net"), pl.col("n") + 3
    counts = {
        "detractors": rating.is_between(0, 6).sum(),
        "passives": rating.is_between(7, 8).sum(),
        "promoters": rating.is_between(9, 10).sum(),
        "unanswered": rating.null_count(),
        "rows": pl.len(),
    }
    whole = {name: count.cast(pl.Int64) for name, count in counts.items()}
    month = pl.col("answered_at").dt.truncate("1mo").alias("period")
    spread = size * (pl.col("promoters") + pl.col("detractors") + 1.5) - net**2
    reach = Z * 100 * spread.sqrt() / size**1.5
    return (
        frame.group_by("segment", month)
        .agg(**whole)
        .with_columns(pl.col("period").dt.date(), n=pl.sum_horizontal("detractors", "passives", "promoters"))
        .with_columns(net=pl.col("promoters") - pl.col("detractors"), invalid=pl.col("rows") - n - pl.col("unanswered"))
        .with_columns(
            nps=pl.when(n > 0).then(100 * net / n),
            lower=pl.when(n > 0).then((100 * net / size - reach).clip(-100, 100)),
            upper=pl.when(n > 0).then((100 * net / size + reach).clip(-100, 100)),
        )
        .select(COLUMNS)
    )


SQL = f"""
with counted as (
    select segment, year(answered_at) * 100 + month(answered_at) as month,
        count_if(rating between 0 and 6) as detractors,
        count_if(rating between 7 and 8) as passives,
        count_if(rating between 9 and 10) as promoters,
        count_if(rating is null) as unanswered,
        count(*) as rows
    from answers group by all
), steps as (
    select *, detractors + passives + promoters as n, promoters - detractors as net, n + 3 as size,
        {Z} * 100 * sqrt(size * (promoters + detractors + 1.5) - net * net) / size ** 1.5 as reach,
        nullif(n, 0) as base
    from counted
)
select segment, make_date(month // 100, month % 100, 1) as period, n, detractors, passives, promoters, unanswered,
    rows - n - unanswered as invalid, 100 * net / base as nps,
    case when n > 0 then greatest(-100, least(100, 100 * net / size - reach)) end as lower,
    case when n > 0 then greatest(-100, least(100, 100 * net / size + reach)) end as upper
from steps
"""


def by_duckdb(answers: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    return answers.query("answers", SQL)
