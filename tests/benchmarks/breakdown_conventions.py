"""`breakdown` under conventions that weigh rows against each other, against the best query written by hand.

    python tests/benchmarks/breakdown_conventions.py --rows 1000000

Both must give the same scores, or the script stops. By hand nobody looks for ties without ids, missing customers,
weights that are none, or ratings that are off the scale.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import data
import duckdb
import numpy as np
import polars as pl
import pyarrow as pa

import npscore
from npscore import Convention, Rolling

LATEST = Convention(unit="customer", repeats="latest")
ROLLING = Convention(window=Rolling(90))
ACCOUNTS = Convention(unit="account", rollup="mean_of_scores", weight="revenue")
NPS = "100.0 * (count(*) FILTER (rating >= 9) - count(*) FILTER (rating <= 6)) / count(*) AS nps"


def main() -> None:
    options = data.parser(__doc__, rows=1_000_000).parse_args()
    frame = people(options.rows)
    connection = duckdb.connect()
    connection.register("handed", frame.to_arrow())
    connection.execute("CREATE TABLE answers AS SELECT * FROM handed")
    table = connection.table("answers")
    header = ("question", "engine", "by hand, ms", "npscore, ms", "ratio")
    data.show(header, (measure(*case, options) for case in cases(frame, table, connection)))


def people(rows: int) -> pl.DataFrame:
    """Answers of 0.4 customers and 0.02 accounts a row, over three years."""
    random = np.random.default_rng(2)
    made = pl.DataFrame(pl.from_arrow(data.answers(rows)))
    accounts = random.integers(0, max(2, rows // 50), rows)
    return made.with_columns(
        pl.col("segment").cast(pl.String),
        pl.Series("customer_id", random.integers(0, max(2, rows * 2 // 5), rows)),
        pl.Series("account_id", accounts),
        pl.Series("revenue", accounts % 97 + 1.0),
        pl.Series("response_id", np.arange(rows)),
    )


def cases(frame: pl.DataFrame, table: Any, connection: Any) -> list[tuple[str, str, Callable[[], Any], Any]]:
    """Each question on each engine: by hand, and by breakdown."""
    sql = {name: (lambda query=query: read(connection.sql(query))) for name, query in QUERIES.items()}
    ours = {
        "latest, by month": {"convention": LATEST, "every": "month"},
        "90 days, by month": {"convention": ROLLING, "every": "month"},
        "accounts, weighted": {"convention": ACCOUNTS},
    }
    made: list[tuple[str, str, Callable[[], Any], Any]] = []
    for name, options in ours.items():
        native = lambda name=name: POLARS[name](frame)  # noqa: E731
        made.append((name, "Polars", native, lambda options=options: npscore.breakdown(frame, by="segment", **options)))
        made.append(
            (name, "DuckDB", sql[name], lambda options=options: read(npscore.breakdown(table, by="segment", **options)))
        )
    return made


def read(relation: Any) -> pl.DataFrame:
    """What DuckDB answers, as a Polars frame."""
    return pl.DataFrame(pl.from_arrow(pa.table(relation)))


def _nps() -> pl.Expr:
    promoters, detractors = pl.col("rating") >= 9, pl.col("rating") <= 6
    return (100.0 * (promoters.sum().cast(pl.Int64) - detractors.sum().cast(pl.Int64)) / pl.len()).alias("nps")


def _latest(frame: pl.DataFrame) -> pl.DataFrame:
    month = pl.col("answered_at").dt.truncate("1mo").dt.date().alias("period")
    ordered = frame.lazy().with_columns(month).sort("answered_at", "response_id")
    last = ordered.group_by("segment", "period", "customer_id").agg(pl.col("rating").last())
    return last.group_by("segment", "period").agg(_nps()).collect()


def _rolling(frame: pl.DataFrame) -> pl.DataFrame:
    daily = frame.lazy().group_by("segment", pl.col("answered_at").dt.date().alias("day")).agg(
        (pl.col("rating") >= 9).sum().cast(pl.Int64).alias("up"),
        (pl.col("rating") <= 6).sum().cast(pl.Int64).alias("down"),
        pl.len().cast(pl.Int64).alias("n"),
    )  # fmt: skip
    periods = daily.select(pl.col("day").dt.truncate("1mo").alias("period")).unique()
    fed = daily.join(periods, how="cross").filter(
        pl.col("day").is_between(pl.col("period").dt.month_end().dt.offset_by("-89d"), pl.col("period").dt.month_end())
    )
    nps = 100.0 * (pl.col("up").sum() - pl.col("down").sum()) / pl.col("n").sum()
    return fed.group_by("segment", "period").agg(nps.alias("nps")).collect()


def _accounts(frame: pl.DataFrame) -> pl.DataFrame:
    each = frame.lazy().group_by("segment", "account_id").agg(_nps(), pl.col("revenue").first())
    mean = (pl.col("nps") * pl.col("revenue")).sum() / pl.col("revenue").sum()
    return each.group_by("segment").agg(mean.alias("nps")).collect()


POLARS = {"latest, by month": _latest, "90 days, by month": _rolling, "accounts, weighted": _accounts}
QUERIES = {
    "latest, by month": f"""
        SELECT segment, period, {NPS} FROM (
            SELECT segment, date_trunc('month', answered_at)::DATE AS period, customer_id,
                   arg_max(rating, (answered_at, response_id)) AS rating
            FROM answers GROUP BY ALL) GROUP BY ALL""",
    "90 days, by month": """
        WITH daily AS (
            SELECT segment, answered_at::DATE AS day, count(*) AS n,
                   count(*) FILTER (rating >= 9) AS up, count(*) FILTER (rating <= 6) AS down
            FROM answers GROUP BY ALL),
        periods AS (SELECT DISTINCT date_trunc('month', day)::DATE AS period FROM daily)
        SELECT segment, period, 100.0 * (sum(up) - sum(down)) / sum(n) AS nps
        FROM daily JOIN periods ON day <= last_day(period) AND day > last_day(period) - 90 GROUP BY ALL""",
    "accounts, weighted": f"""
        SELECT segment, sum(nps * revenue) / sum(revenue) AS nps FROM (
            SELECT segment, account_id, any_value(revenue) AS revenue, {NPS} FROM answers GROUP BY segment, account_id)
        GROUP BY ALL""",
}


def measure(
    question: str, engine: str, hand: Callable[[], Any], ours: Callable[[], Any], options: Any
) -> tuple[str, ...]:
    """One line: both in turn, after seeing that they agree."""
    check_same(hand(), ours())
    times = data.race({"hand": hand, "ours": ours}, options.repeats, options.clock)
    ratio = f"{data.ratio(times, 'ours', 'hand'):.1f}"
    return question, engine, data.milliseconds(times["hand"]), data.milliseconds(times["ours"]), ratio


def check_same(theirs: pl.DataFrame, ours: pl.DataFrame) -> None:
    """Stop unless two results have the same keys and, to nine digits, the same scores."""
    keys = [name for name in ("segment", "period") if name in ours.columns]
    left, right = (made.select(*keys, "nps").sort(keys) for made in (theirs, ours))
    if left.height < 2 or not left.select(keys).equals(right.select(keys)):
        raise SystemExit("the keys differ")
    if not ((left["nps"] - right["nps"]).abs() < 1e-9).all():
        raise SystemExit("the scores differ")


if __name__ == "__main__":
    main()
