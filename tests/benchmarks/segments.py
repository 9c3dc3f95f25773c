"""Twenty segments against the chain of conditions that somebody would write by hand, and rules against a lambda.

    python tests/benchmarks/segments.py --rows 10000000 --clock cpu
    python tests/benchmarks/segments.py --rows 10000000

Both must say the same of every row, or the script stops. The aim is a ratio of at most 1.2 for frames, and of 3 for
the plain engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import data
import numpy as np
import polars as pl

import npscore
from npscore import field

NOW = datetime(2027, 1, 1, tzinfo=UTC)
REGIONS = ("EMEA", "APAC", "AMER", "LATAM", "ANZ")
PLANS = ("free", "team", "business", "enterprise")


def main() -> None:
    options = data.parser(__doc__, rows=10_000_000).parse_args()
    frame = answers(options.rows)
    data.show(("what", "by hand, ms", "npscore, ms", "ratio"), lines(frame, options))


def lines(frame: pl.DataFrame, options: Any) -> Iterator[tuple[str, ...]]:
    """One line for each pair of contestants."""
    segmentation = npscore.Segmentation({f"{region}, {plan}": rule(region, plan) for region, plan in pairs()})
    yield measure("assign 20 segments", assigned(frame, segmentation), options)
    yield measure("breakdown by 20 segments", broken_down(frame, segmentation), options)
    rows = frame.head(100_000).to_dicts()
    for name, contestants in matched(rows).items():
        yield measure(name, contestants, options)


def measure(name: str, contestants: data.Contestants, options: Any) -> tuple[str, ...]:
    hand, ours = contestants
    if contestants[hand]() != contestants[ours]():
        raise SystemExit(f"{name}: the results differ")
    times = data.race(contestants, options.repeats, options.clock)
    middle = f"{data.ratio(times, ours, hand):.2f}"
    return name, data.milliseconds(times[hand]), data.milliseconds(times[ours]), middle


def pairs() -> list[tuple[str, str]]:
    return [(region, plan) for region in REGIONS for plan in PLANS]


def rule(region: str, plan: str) -> npscore.Rule:
    """One segment of the twenty: conditions on texts, numbers and times, one of them negated."""
    recent = field("answered_at") >= NOW - timedelta(days=2 * 365)
    large = field("revenue") >= 100 * (1 + PLANS.index(plan))
    return (field("region") == region) & (field("plan") == plan) & recent & (large | ~(field("seats") < 10))


def by_hand(region: str, plan: str) -> pl.Expr:
    """The same segment as a Polars expression."""
    recent = pl.col("answered_at") >= (NOW - timedelta(days=2 * 365)).replace(tzinfo=None)
    large = pl.col("revenue") >= 100 * (1 + PLANS.index(plan))
    small = pl.col("seats") >= 10
    return (pl.col("region") == region) & (pl.col("plan") == plan) & recent & (large | small)


def answers(rows: int) -> pl.DataFrame:
    random = np.random.default_rng(1)
    times = random.integers(data.START, data.START + data.THREE_YEARS, rows).view("M8[us]")
    return pl.DataFrame(
        {
            "rating": data.ratings_array(rows, random),
            "region": pl.Series(REGIONS).gather(random.integers(0, len(REGIONS), rows)),
            "plan": pl.Series(PLANS).gather(random.integers(0, len(PLANS), rows)),
            "revenue": random.random(rows) * 1_000,
            "seats": random.integers(0, 100, rows),
            "answered_at": times,
        }
    )


def chain() -> pl.Expr:
    made: Any = pl
    for region, plan in pairs():
        made = made.when(by_hand(region, plan)).then(pl.lit(f"{region}, {plan}"))
    expression: pl.Expr = made.otherwise(pl.lit("rest"))
    return expression.alias("segment")


class Same:
    """A result that compares equal where its frame does."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame

    def __ne__(self, other: object) -> bool:
        return not (isinstance(other, Same) and self.frame.equals(other.frame))


def assigned(frame: pl.DataFrame, segmentation: npscore.Segmentation) -> data.Contestants:
    return {
        "by hand": lambda: Same(frame.with_columns(chain())),
        "npscore": lambda: Same(npscore.assign(frame, segmentation)),
    }


def broken_down(frame: pl.DataFrame, segmentation: npscore.Segmentation) -> data.Contestants:
    """Scores by segment; the query by hand counts the three categories and leaves all else out."""
    rating = pl.col("rating")
    counts = (
        (rating <= 6).sum().cast(pl.Int64).alias("detractors"),
        rating.is_between(7, 8).sum().cast(pl.Int64).alias("passives"),
        (rating >= 9).sum().cast(pl.Int64).alias("promoters"),
    )
    names = ["segment", "detractors", "passives", "promoters"]
    return {
        "by hand": lambda: Same(
            frame.lazy().with_columns(chain()).group_by("segment").agg(counts).collect().sort(names)
        ),
        "npscore": lambda: Same(npscore.breakdown(frame, by=segmentation).select(names).sort(names)),
    }


def matched(rows: list[dict[str, Any]]) -> dict[str, data.Contestants]:
    """A rule of five conditions over a hundred thousand rows, through its function and through `matches`."""
    since = NOW - timedelta(days=2 * 365)
    rows = [{**row, "answered_at": row["answered_at"].replace(tzinfo=UTC)} for row in rows]
    wanted = (
        (field("region").is_in("EMEA", "APAC", "AMER"))
        & (field("plan") != "free")
        & (field("answered_at") >= since)
        & ((field("revenue") >= 300) | (field("seats") < 10))
    )
    regions = {"EMEA", "APAC", "AMER"}
    written = lambda row: (  # noqa: E731
        row["region"] in regions
        and row["plan"] != "free"
        and row["answered_at"] >= since
        and (row["revenue"] >= 300 or row["seats"] < 10)
    )
    test, matches = wanted.test, wanted.matches
    hand = lambda: [written(row) for row in rows]  # noqa: E731
    return {
        "100,000 rows, rule.test": {"by hand": hand, "npscore": lambda: [test(row, None) for row in rows]},
        "100,000 rows, rule.matches": {"by hand": hand, "npscore": lambda: [matches(row) for row in rows]},
    }


if __name__ == "__main__":
    main()
