"""Rows for rules on Polars, against a query by hand: customers as of the answer, and the answers of the last 365 days.

    python tests/benchmarks/rows.py --rows 1000000 --repeats 3 --clock cpu

Both must give the same numbers, or the script stops. The query by hand trusts
that ids and times are whole and that no customer is missing.
"""

from __future__ import annotations

from typing import Any

import data
import numpy as np
import polars as pl

import npscore

DAY = 86_400_000_000
WINDOW = "history.responses.365d"


def main() -> None:
    arguments = data.parser(__doc__, rows=1_000_000)
    arguments.add_argument("--customers", type=lambda text: int(float(text)), default=200_000)
    options = arguments.parse_args()
    answers, customers = frames(options.rows, options.customers)
    contestants: dict[str, Any] = {
        "by hand": lambda: by_hand(answers, customers),
        "npscore": lambda: npscore.answer_frame(answers, customers=customers, asked=[WINDOW]),
    }
    check_same(contestants["by hand"](), contestants["npscore"]())
    times = data.race(contestants, options.repeats, options.clock)
    hand, ours = (data.milliseconds(times[name]) for name in contestants)
    ratio = f"{data.ratio(times, 'npscore', 'by hand'):.2f}"
    data.show(("by hand, ms", "npscore, ms", "ratio"), [(hand, ours, ratio)])


def frames(rows: int, people: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Answers over three years, and two versions of each customer."""
    random = np.random.default_rng(1)
    names = np.array([f"customer-{number:07d}" for number in range(people)])
    times = random.integers(data.START, data.START + data.THREE_YEARS, rows)
    answers = pl.DataFrame(
        {
            "id": [f"response-{number:08d}" for number in range(rows)],
            "customer_id": names[random.integers(0, people, rows)],
            "rating": data.ratings_array(rows, random),
            "answered_at": times.view("M8[us]"),
        }
    )
    known = np.concatenate([np.full(people, data.START), data.START + random.integers(DAY, data.THREE_YEARS, people)])
    regions = np.array(["EMEA", "APAC", "AMER"])[random.integers(0, 3, 2 * people)]
    ids = np.concatenate([names, names])
    return answers, pl.DataFrame({"id": ids, "region": regions, "known_at": known.view("M8[us]")})


def by_hand(answers: pl.DataFrame, customers: pl.DataFrame) -> pl.DataFrame:
    """An as-of join, and a rolling count."""
    ordered = answers.lazy().sort("answered_at")
    versions = customers.lazy().sort("known_at").select("known_at", customer_id="id", region="region")
    held = ordered.join_asof(versions, left_on="answered_at", right_on="known_at", by="customer_id")
    counted = held.sort("customer_id", "answered_at").with_columns(
        pl.len().rolling("answered_at", period="365d").over("customer_id").alias(WINDOW)
    )
    return counted.collect()


def check_same(theirs: pl.DataFrame, ours: pl.DataFrame) -> None:
    """Stop unless regions and counts agree for every answer."""
    left = theirs.sort("id").select("region", pl.col(WINDOW).cast(pl.Int64))
    right = ours.sort("response.id").select(pl.col("customer.region").alias("region"), WINDOW)
    if not left.equals(right) or left.height < 2:
        raise SystemExit("the rows differ")


if __name__ == "__main__":
    main()
