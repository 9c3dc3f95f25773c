"""How the cost of `breakdown` and `tally` grows with the rows: milliseconds, and nanoseconds a row.

    python tests/benchmarks/growth.py --rows 100000000 --folder parquet --repeats 3 --clock cpu --clean

From 100 000 rows to `--rows`, ten times more each. Frames are in memory up to ten
million rows, Parquet files and arrays of bytes go all the way.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import data
import duckdb
import polars as pl
import pyarrow as pa
import queries

import npscore

IN_MEMORY = 10_000_000


def main() -> None:
    arguments = data.parser(__doc__, rows=100_000_000)
    arguments.add_argument("--folder", type=Path, required=True, help="where the Parquet files are or will be")
    arguments.add_argument("--clean", action="store_true", help="delete the files afterwards that this run made")
    options = arguments.parse_args()
    sizes = [10**power for power in range(5, 12) if 10**power <= options.rows]
    old = set(options.folder.glob("*.parquet"))
    data.show(("rows", "what", "ms", "ns a row"), (cells for rows in sizes for cells in lines(rows, options)))
    for path in set(options.folder.glob("answers-*.parquet")) - old if options.clean else ():
        path.unlink()


def lines(rows: int, options: Any) -> Iterator[tuple[str, ...]]:
    contestants = {**of_tally(rows), **of_parquet(str(data.parquet(options.folder, rows)))}
    if rows <= IN_MEMORY:
        contestants |= of_frames(data.answers(rows))
    for what, times in data.race(contestants, options.repeats, options.clock).items():
        yield f"{rows:.0e}", what, data.milliseconds(times), f"{1e9 * statistics.median(times) / rows:.3g}"


def of_tally(rows: int) -> dict[str, Callable[[], Any]]:
    ratings = data.ratings_array(rows)
    return {"tally, array of bytes": lambda: npscore.tally(ratings)}


def of_parquet(path: str) -> dict[str, Callable[[], Any]]:
    return {
        "breakdown, DuckDB, Parquet": lambda: breakdown(duckdb.read_parquet(path)).to_arrow_table(),
        "breakdown, Polars, Parquet": lambda: breakdown(pl.scan_parquet(path)).collect(engine="streaming"),
    }


def of_frames(table: pa.Table) -> dict[str, Callable[[], Any]]:
    frame = pl.DataFrame(pl.from_arrow(table))
    connection = duckdb.connect()
    connection.register("arrow", table)
    connection.execute("create table answers as from arrow")
    return {
        "breakdown, DuckDB, in memory": lambda: breakdown(connection.table("answers")).to_arrow_table(),
        "breakdown, Polars, in memory": lambda: breakdown(frame),
    }


def breakdown(frame: Any) -> Any:
    return npscore.breakdown(frame, **queries.QUESTION)


if __name__ == "__main__":
    main()
