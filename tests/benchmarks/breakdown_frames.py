"""`breakdown` by segment and month against the best query written by hand, in memory.

    python tests/benchmarks/breakdown_frames.py --rows 10000000
    python tests/benchmarks/breakdown_frames.py --rows 10000000 --nulls --clock cpu

Both must give the same numbers, or the script stops. With `--nulls` the query by
hand trusts that every rating is whole, and npscore looks. The aim is a ratio of at
most 1.25.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import data
import duckdb
import polars as pl
import pyarrow as pa
import queries

import npscore


def main() -> None:
    arguments = data.parser(__doc__, rows=10_000_000)
    arguments.add_argument("--nulls", action="store_true", help="ratings are floats, one in ten missing")
    arguments.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    options = arguments.parse_args()
    table = data.answers(options.rows, nulls=options.nulls)
    header = ("engine", "by hand, ms", "npscore, ms", "ratio")
    data.show(header, (line for name in options.engines for line in measure(ENGINES[name](table), options)))


def measure(contestants: data.Contestants, options: Any) -> Iterator[tuple[str, ...]]:
    """One line for each way to write it by hand; the last contestant is npscore."""
    *hands, ours = contestants
    for hand in hands:
        check_same(contestants[hand](), contestants[ours]())
    times = data.race(contestants, options.repeats, options.clock)
    for hand in hands:
        ratio = f"{data.ratio(times, ours, hand):.2f}"
        yield hand, data.milliseconds(times[hand]), data.milliseconds(times[ours]), ratio


def check_same(theirs: Any, ours: Any) -> None:
    """Stop unless two results agree: keys and counts exactly, points to nine digits."""
    left, right = (plain(result).sort("segment", "period") for result in (theirs, ours))
    if left.height < 2 or not left.columns == right.columns == queries.COLUMNS:
        raise SystemExit(f"columns differ: {left.columns}, {right.columns}")
    for name in queries.COLUMNS:
        close = (left[name] - right[name]).abs() < 1e-9 if left[name].dtype.is_numeric() else left[name] == right[name]
        if not close.all():
            raise SystemExit(f"the column {name} differs")


def plain(result: Any) -> pl.DataFrame:
    """Any result as a Polars frame of text, dates, whole numbers and floats."""
    made = result if isinstance(result, pl.DataFrame) else pl.DataFrame(pl.from_arrow(pa.table(result)))
    whole = made.select(pl.col(*queries.COLUMNS[2:8]).cast(pl.Int64))
    return made.with_columns(pl.col("segment").cast(pl.String), pl.col("period").cast(pl.Date), *whole)


def pandas_contestants(table: pa.Table) -> data.Contestants:
    frame = table.to_pandas()
    return {
        "pandas": lambda: queries.by_pandas(frame),
        "pandas, keys packed into one": lambda: queries.by_pandas_packed(frame),
        "npscore": lambda: npscore.breakdown(frame, **queries.QUESTION),
    }


def polars_contestants(table: pa.Table) -> data.Contestants:
    frame = pl.DataFrame(pl.from_arrow(table))
    return {
        "Polars, one lazy query": lambda: queries.by_polars(frame.lazy()).collect(),
        "npscore": lambda: npscore.breakdown(frame, **queries.QUESTION),
    }


def pyarrow_contestants(table: pa.Table) -> data.Contestants:
    return {
        "PyArrow": lambda: queries.by_pyarrow(table),
        "npscore": lambda: npscore.breakdown(table, **queries.QUESTION),
    }


def duckdb_contestants(table: pa.Table) -> data.Contestants:
    """A table of DuckDB's own, text and all, rather than a view of Arrow."""
    connection = duckdb.connect()
    connection.register("arrow", table)
    connection.execute("create table answers as from arrow")
    answers = connection.table("answers")
    return {
        "DuckDB": lambda: queries.by_duckdb(answers).to_arrow_table(),
        "npscore": lambda: npscore.breakdown(answers, **queries.QUESTION).to_arrow_table(),
    }


ENGINES: dict[str, Callable[[pa.Table], data.Contestants]] = {
    "pandas": pandas_contestants,
    "polars": polars_contestants,
    "pyarrow": pyarrow_contestants,
    "duckdb": duckdb_contestants,
}

if __name__ == "__main__":
    main()
