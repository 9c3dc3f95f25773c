"""Counting every answer alike: flags, sums per group, dates on the few rows that are left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals.stable.v2 as nw

from npscore.adapters.frames import dates
from npscore.adapters.frames.asked import Asked, Frame
from npscore.adapters.frames.ratings import categories, whole_rating

RATING = "__npscore_rating"
ROWS = "__npscore_rows"


def counted(data: Frame, asked: Asked) -> Any:
    """The counts of each group under a convention that takes every answer of the period."""
    schema = data.collect_schema()
    rating, missing = whole_rating(nw.col(asked.rating), schema[asked.rating], asked.scale)
    period: list[nw.Expr] = []
    if asked.every is not None:
        time = dates.local(data, asked.time, schema[asked.time], asked.convention.zone)
        period = [dates.period_key(time, asked.every).alias(dates.DAY)]
    flags = {**categories(nw.col(RATING), asked.scale), "unanswered": nw.col("unanswered")}
    ones = (flag.cast(nw.Int8).alias(name) for name, flag in flags.items())  # a byte a row, summed wide
    whole = data.select(*map(nw.col, asked.keys), *period, rating.alias(RATING), missing.alias("unanswered"))
    keys = [*asked.keys, *([dates.DAY] if asked.every else [])]
    totals = {**{name: nw.col(name).sum() for name in flags}, ROWS: nw.len()}
    made = total_by(whole.select(*keys, *ones), keys, totals)
    if asked.every is not None:
        made = _with_period(made, asked, list(totals))
    answered = nw.col("detractors") + nw.col("passives") + nw.col("promoters")
    return made.with_columns((nw.col(ROWS) - answered - nw.col("unanswered")).alias("invalid"))


def _with_period(made: Any, asked: Asked, sums: list[str]) -> Any:
    """Keys become dates. The rows are few now, and are grouped once more, for weeks and for missing days."""
    number = nw.col(dates.DAY) if asked.every in ("day", "week") else nw.col(dates.DAY) * 100 + 1
    dated = dates.with_midnights(made.with_columns(number.alias(dates.DAY)))
    if asked.every == "week":
        dated = dated.with_columns(dates.monday(nw.col("period")))
    return dates.as_dates(total_by(dated, asked.result_keys, {name: nw.col(name).sum() for name in sums}))


def total_by(data: Any, keys: list[str], totals: Mapping[str, nw.Expr]) -> Any:
    """Whole-number totals per group, or one row of them without keys."""
    named = [total.alias(name) for name, total in totals.items()]
    made = data.group_by(*keys).agg(*named) if keys else data.select(*named)
    return made.with_columns(*(nw.col(name).cast(nw.Int64) for name in totals))  # DuckDB sums to HUGEINT
