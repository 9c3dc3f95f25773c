"""Running counts: how many events of the same customer came before, on any engine.

By windows where the engine has them, rows put in order once; by joining each customer's rows with each other where it
has none (Arrow, Dask), which is quadratic for a customer and for nobody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals.stable.v2 as nw

from npscore.adapters.frames.given import ROW

COUNTED = "__npscore_counted"
"""1 where a row is an event that is counted, 0 where it only counts those before it."""

GROUP = "__npscore_group"
PLACE = "__npscore_place"
_COUNT = "__npscore_count"
_NUMBER = "__npscore_number_of"
_OTHER = "__npscore_other_"


def has_windows(data: Any) -> bool:
    """Whether the engine puts rows in order within groups."""
    return not (data.implementation.is_pyarrow() or data.implementation.is_dask())


def running(rows: Any, group: str, order: list[str], name: str) -> Any:
    """Put beside each row how many counted rows of its group come up to it and with it."""
    if not has_windows(rows):
        return _running_by_join(rows, group, order, name)
    count = nw.col(COUNTED).cum_sum().over(group, order_by=order)
    return rows.with_columns(count.cast(nw.Int64).alias(name))


def _running_by_join(rows: Any, group: str, order: list[str], name: str) -> Any:
    others = {column: f"{_OTHER}{column}" for column in order}
    present = rows.filter(~nw.col(group).is_null())
    counted = present.filter(nw.col(COUNTED) == 1).select(
        group, *(nw.col(one).alias(two) for one, two in others.items())
    )
    pairs = (
        present.select(group, *order).unique(subset=[group, *order], keep="any").join(counted, on=group, how="inner")
    )
    found = pairs.filter(_up_to(others)).group_by(group, *order).agg(nw.len().alias(name))
    joined = rows.drop(name, strict=False).join(found, on=[group, *order], how="left")
    return joined.with_columns(nw.col(name).fill_null(0).cast(nw.Int64))


def _up_to(others: Mapping[str, str]) -> nw.Expr:
    """Whether a place comes before another one, or is it: by the first column, then by the next."""
    *firsts, (own, other) = others.items()
    before = nw.col(other) <= nw.col(own)
    for column, theirs in reversed(firsts):
        before = (nw.col(theirs) < nw.col(column)) | ((nw.col(theirs) == nw.col(column)) & before)
    return before


def single(numbered: Any, group: str, number: str) -> Any:
    """One row for each running count: windows tell all rows apart, joins none of one place."""
    return numbered if has_windows(numbered) else numbered.unique(subset=[group, number], keep="any")


def counts_before(rows: Any, points: Any, group: str, moments: Mapping[str, nw.Expr], events: Any) -> Any:
    """Put beside each row how many events of its group came before some moments.

    Args:
        rows: with `ROW`.
        points: the same rows with as little before them as can be, for
            databases read them anew for each count.
        group: their column of groups, null where a row has none.
        moments: whole numbers, by the names that the counts get; 0 where a
            row has no group or no moment.
        events: with `GROUP`, never null, and `PLACE`, the whole number of
            their moment.
    """
    count = _counts_by_window if has_windows(rows) else _counts_by_join
    found = count(points.filter(~nw.col(group).is_null()), group, moments, events)
    joined = rows.join(found, on=ROW, how="left")
    return joined.with_columns(*(nw.col(name).fill_null(0).cast(nw.Int64) for name in moments))


def _asked(rows: Any, group: str, moment: nw.Expr) -> Any:
    asked = rows.select(nw.col(ROW), nw.col(group).alias(GROUP), moment.alias(PLACE))
    asked = asked.filter(~nw.col(PLACE).is_null() & ~nw.col(ROW).is_null())
    return asked.with_columns(nw.col(PLACE).cast(nw.Int64))


def _counts_by_window(rows: Any, group: str, moments: Mapping[str, nw.Expr], events: Any) -> Any:
    """Moments and events in one line, at the same place the moment first: an event is counted by what follows it."""
    text = rows.collect_schema()[ROW] == nw.String
    line = [_point(events.with_columns(nw.lit("" if text else 0).alias(ROW)), 1, -1)]
    line += [_point(_asked(rows, group, moment), 0, number) for number, moment in enumerate(moments.values())]
    counted = running(nw.concat(line, how="vertical"), GROUP, [PLACE], _COUNT).filter(nw.col(COUNTED) == 0)
    which = {name: nw.col(_NUMBER) == number for number, name in enumerate(moments)}
    counted = counted.with_columns(*(nw.when(here).then(nw.col(_COUNT)).alias(name) for name, here in which.items()))
    return counted.group_by(ROW).agg(*(nw.col(name).max() for name in moments))


def _point(points: Any, counted: int, number: int) -> Any:
    row = nw.col(ROW) if points.collect_schema()[ROW] == nw.String else nw.col(ROW).cast(nw.Int64)
    return points.select(
        row.alias(ROW),
        nw.col(GROUP),
        (nw.col(PLACE) * 2 + counted).alias(PLACE),
        nw.lit(counted).cast(nw.Int64).alias(COUNTED),
        nw.lit(number).cast(nw.Int64).alias(_NUMBER),
    )


def _counts_by_join(rows: Any, group: str, moments: Mapping[str, nw.Expr], events: Any) -> Any:
    found = rows.select(ROW)
    others = events.select(nw.col(GROUP), nw.col(PLACE).alias(_OTHER))
    for name, moment in moments.items():
        pairs = _asked(rows, group, moment).join(others, on=GROUP, how="inner").filter(nw.col(_OTHER) < nw.col(PLACE))
        found = found.join(pairs.group_by(ROW).agg(nw.len().alias(name)), on=ROW, how="left")
    return found
