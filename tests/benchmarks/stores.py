"""Stores in databases against the best code by hand, in the same process and on the same tables.

    python tests/benchmarks/stores.py --rows 200000 --repeats 3 [--postgres URL]

- ``put``: JSON lines that are validated and put in batches, against `sqlite3.executemany`
  of the same columns, made beforehand, into the same table with its indexes; to PostgreSQL
  against a plain COPY of them.
- ``tally``: a breakdown by region of the customer and quarter of all that stands, against
  the SQL that says it.
- ``frame``: all answers as Arrow batches, as rows a second.

Turn about; the medians of the ratios: of processor time for SQLite, which works within the process, and of time on the
wall for PostgreSQL, which works elsewhere.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from npscore import Customer, Response, count_answers
from npscore.adapters.sql import SQLStore
from npscore.adapters.sql.rows import row_of
from npscore.adapters.sql.tables import TABLES, columns_of

DAY = datetime(2023, 1, 1, tzinfo=UTC)
COLUMNS = columns_of(Response)
TABLE = TABLES["response"].name
BATCH = 10_000
REGIONS = ("EMEA", "Americas", "Asia", "Oceania", "Africa")

BY_HAND = {
    "sqlite": """
        SELECT json_extract(c.body, '$.attributes.region') AS region,
               strftime('%Y', r.happened_at / 1000000, 'unixepoch') || ' ' ||
               (strftime('%m', r.happened_at / 1000000, 'unixepoch') + 2) / 3 AS quarter,
               sum(r.rating >= 9), sum(r.rating BETWEEN 7 AND 8), sum(r.rating <= 6), sum(r.rating IS NULL)
        FROM npscore_response r
        LEFT JOIN npscore_customer c ON c.id = r.customer_id AND NOT EXISTS (
            SELECT 1 FROM npscore_customer n
            WHERE n.id = c.id AND (n.revised_at, n.known_at) > (c.revised_at, c.known_at))
        WHERE r.metric = 'nps' AND r.test = 0 AND r.completed = 1
          AND NOT EXISTS (SELECT 1 FROM npscore_response n WHERE n.id = r.id
                          AND (n.revised_at, n.known_at) > (r.revised_at, r.known_at))
          AND NOT EXISTS (SELECT 1 FROM npscore_exclusion e WHERE e.response_id = r.id AND e.lifts IS NULL
                          AND NOT EXISTS (SELECT 1 FROM npscore_exclusion l WHERE l.lifts = e.id))
        GROUP BY region, quarter""",
    "postgresql": """
        SELECT c.body::json #>> '{attributes,region}' AS region,
               date_trunc('quarter', to_timestamp(r.happened_at / 1000000.0) AT TIME ZONE 'UTC') AS quarter,
               count(*) FILTER (WHERE r.rating >= 9), count(*) FILTER (WHERE r.rating BETWEEN 7 AND 8),
               count(*) FILTER (WHERE r.rating <= 6), count(*) FILTER (WHERE r.rating IS NULL)
        FROM npscore_response r
        LEFT JOIN npscore_customer c ON c.id = r.customer_id AND NOT EXISTS (
            SELECT 1 FROM npscore_customer n
            WHERE n.id = c.id AND (n.revised_at, n.known_at) > (c.revised_at, c.known_at))
        WHERE r.metric = 'nps' AND r.test = 0 AND r.completed = 1
          AND NOT EXISTS (SELECT 1 FROM npscore_response n WHERE n.id = r.id
                          AND (n.revised_at, n.known_at) > (r.revised_at, r.known_at))
          AND NOT EXISTS (SELECT 1 FROM npscore_exclusion e WHERE e.response_id = r.id AND e.lifts IS NULL
                          AND NOT EXISTS (SELECT 1 FROM npscore_exclusion l WHERE l.lifts = e.id))
        GROUP BY region, quarter""",
}


def answers(rows: int) -> Iterator[Response]:
    chance = random.Random(1)
    for number in range(rows):
        at = DAY + timedelta(seconds=chance.randrange(3 * 365 * 86_400))
        yield Response(
            id=f"r{number:09}",
            customer_id=f"c{chance.randrange(rows // 4)}",
            rating=chance.choice([None, *range(11)]),
            answered_at=at,
            known_at=at + timedelta(hours=1),
            survey="relationship",
            channel="email",
            comment="Dear, but good. Ordering again was easy, the delivery late." if number % 3 == 0 else None,
            attributes={"plan": chance.choice(["pro", "basic"])},
        )


def customers(count: int) -> Iterator[Customer]:
    chance = random.Random(2)
    for number in range(count):
        yield Customer(id=f"c{number}", known_at=DAY, attributes={"region": chance.choice(REGIONS)})


def seconds(work: Callable[[], object], kind: str) -> float:
    clock = time.process_time if kind == "sqlite" else time.perf_counter
    start = clock()
    work()
    return clock() - start


def emptied(store: SQLStore) -> None:
    with store._open().begin() as connection:
        connection.execute(TABLES["response"].delete())


def by_executemany(path: str, rows: list[tuple[object, ...]]) -> None:
    """In batches that are as durable as ours."""
    statement = f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        for start in range(0, len(rows), BATCH):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(statement, rows[start : start + BATCH])
            connection.execute("COMMIT")


def by_copy(store: SQLStore, rows: list[tuple[object, ...]]) -> None:
    with store._open().connect() as connection:
        for start in range(0, len(rows), BATCH):
            with (
                connection.connection.cursor() as cursor,
                cursor.copy(f"COPY {TABLE} ({', '.join(COLUMNS)}) FROM STDIN") as copy,
            ):
                for row in rows[start : start + BATCH]:
                    copy.write_row(row)
            connection.connection.commit()


def from_lines(store: SQLStore, lines: Path) -> None:
    with lines.open("rb") as file:
        store.put_all(map(Response.from_json, file))


def compare(
    name: str, ours: Callable[[], object], others: Callable[[], object], ready: Callable[[], object], repeats: int
) -> None:
    ratios, times = [], []
    for turn in range(repeats):
        taken = {}
        for which, work in (("ours", ours), ("others", others))[:: 1 if turn % 2 else -1]:
            ready()
            taken[which] = seconds(work, name.split(maxsplit=1)[0])
        ratios.append(taken["ours"] / taken["others"])
        times.append((taken["ours"], taken["others"]))
    ours_, others_ = (statistics.median(values) for values in zip(*times, strict=True))
    print(f"{name:28} npscore {ours_:7.2f} s  by hand {others_:7.2f} s  {statistics.median(ratios):5.2f} times that")


def measure(kind: str, url: str, rows: int, repeats: int, folder: Path) -> None:
    store = SQLStore(url)
    made = [row_of(answer) for answer in answers(rows)]
    lines = folder / "answers.jsonl"
    lines.write_text("".join(f"{answer.to_json()}\n" for answer in answers(rows)), encoding="utf-8")
    hand = (
        (lambda: by_copy(store, made)) if kind == "postgresql" else (lambda: by_executemany(store._database.name, made))
    )
    compare(f"{kind} put", lambda: from_lines(store, lines), hand, lambda: emptied(store), repeats)
    store.put_all(customers(rows // 4))
    with store._open().begin() as connection:
        connection.execute(text("ANALYZE"))

    def in_sql() -> None:
        with store._open().connect() as connection:
            connection.execute(text(BY_HAND[kind])).all()

    def pushed_down() -> None:
        count_answers(store, by=["customer.region"], every="quarter")

    compare(f"{kind} tally", pushed_down, in_sql, lambda: None, repeats)
    taken = seconds(lambda: [batch.num_rows for batch in store.frame(Response)], kind)
    print(f"{kind + ' frame':28} {rows / taken:,.0f} rows a second")
    store.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=lambda number: int(float(number)), default=200_000)
    arguments.add_argument("--repeats", type=int, default=3)
    arguments.add_argument("--postgres", help="the URL of an empty database, as in postgresql://user@host/database")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure("sqlite", f"sqlite:///{folder}/npscore.db", options.rows, options.repeats, Path(folder))
        if options.postgres:
            measure("postgresql", options.postgres, options.rows, options.repeats, Path(folder))


if __name__ == "__main__":
    main()
