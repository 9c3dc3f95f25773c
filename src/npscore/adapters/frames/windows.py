"""Windows on any engine: each row is given to the points it feeds."""

from __future__ import annotations

from datetime import date
from typing import Any

import narwhals.stable.v2 as nw

from npscore.adapters.frames import dates
from npscore.adapters.frames.asked import Asked
from npscore.adapters.frames.peaks import Peak, with_peaks
from npscore.periods import Grid
from npscore.scoring.conventions.windows import BackFromLatest, Calendar, Last, Rolling

POINT = "__npscore_point"
NUMBER = "__npscore_number"
KIND = "__npscore_kind"
TIME = "__npscore_time"
ID = "__npscore_id"
TIED = "__npscore_tied"
_ANCHOR = "__npscore_anchor"
_LAST = "__npscore_last"
_STEP = "__npscore_step"
_PEAK = "__npscore_peak"
_OWN = "__npscore_own"
_WITHIN = "__npscore_within"
_EARLIEST, _LATEST = date(1000, 1, 1), date(9999, 12, 31)

ANSWERED, INVALID, UNANSWERED = 2, 1, 0
"""The kinds of rows, the better the larger."""


def in_window(data: Any, asked: Asked, unit: str | None, *, rows: Any) -> Any:
    """The rows of the window, with `POINT` the period they feed where there is a grid.

    Args:
        data: rows with `NUMBER`, the number of their day, and `POINT`, that of
            their period, wherever these matter.
        asked: the question.
        unit: the column that names the unit, None for responses.
        rows: as they were read, of which one is soon had.
    """
    if asked.every is None:
        return data if asked.convention.window is None else _one_point(data, asked, unit)
    return _many_points(data, asked, asked.every, unit, rows)


def _one_point(data: Any, asked: Asked, unit: str | None) -> Any:
    window = asked.convention.window
    dated = _anchored(data.filter(~nw.col(NUMBER).is_null()), asked)
    if isinstance(window, Calendar):
        return dated.filter(nw.col(POINT) == nw.col(_ANCHOR))
    dated = dated.filter(nw.col(NUMBER) <= nw.col(_ANCHOR))
    if isinstance(window, Rolling):
        return dated.filter(nw.col(NUMBER) > nw.col(_ANCHOR) - window.days)
    return _latest(dated, asked, unit)


def _anchored(data: Any, asked: Asked) -> Any:
    """The anchor beside every row: the day, or the calendar period, that was asked for, or the latest there is."""
    window = asked.convention.window
    if asked.until is None:
        ours = POINT if isinstance(window, Calendar) else NUMBER
        return data.join(data.select(nw.col(ours).max().alias(_ANCHOR)), how="cross")
    anchor = dates.period_number(asked.until, window.every if isinstance(window, Calendar) else "day")
    return data.with_columns(nw.lit(anchor).cast(nw.Int64).alias(_ANCHOR))


def _many_points(data: Any, asked: Asked, every: Grid, unit: str | None, rows: Any) -> Any:
    window = asked.convention.window
    last = None if asked.until is None else dates.period_number(asked.until, every)
    if window is None or isinstance(window, Calendar):
        return data if last is None else data.filter(nw.col(POINT).is_null() | (nw.col(POINT) <= last))
    columns = data.collect_schema().names()
    if isinstance(window, Rolling):
        return _shifted(data, every, window, last, rows).select(*columns)
    undated, dated = data.filter(nw.col(POINT).is_null()), data.filter(~nw.col(POINT).is_null())
    fed = _latest(_to_all_later(dated, every, last, rows), asked, unit)
    return nw.concat([fed.select(*columns), undated], how="vertical")


def _with_last(points: Any, last: int | None, rows: Any) -> Any:
    """The last point beside every row: the period of the day that was asked for, or the latest there is."""
    if last is None:
        return points.join(rows.select(nw.col(POINT).max().alias(_LAST)), how="cross")
    return points.with_columns(nw.lit(last).cast(nw.Int64).alias(_LAST))


def _shifted(data: Any, every: Grid, window: Rolling, last: int | None, rows: Any) -> Any:
    """Each row at its own period and at the later ones whose days back from the end still hold it.

    Undated rows stay apart, once.
    """
    steps = integers(rows, dates.reach(window.days, every)).select(nw.col("value").alias(_STEP))
    shifted = _with_last(data.join(steps, how="cross"), last, rows)
    shifted = shifted.with_columns((nw.col(POINT) + nw.col(_STEP)).alias(POINT))
    first = dates.last_of(nw.col(POINT), every) - window.days + 1
    fed = (nw.col(POINT) <= nw.col(_LAST)) & (nw.col(NUMBER) >= first)
    return shifted.filter(fed | (nw.col(POINT).is_null() & (nw.col(_STEP) == 0)))


def _to_all_later(data: Any, every: Grid, last: int | None, rows: Any) -> Any:
    """Each row at its own period and at every later one."""
    first = data.select(nw.col(POINT).min().alias(_ANCHOR))
    points = _between(_with_last(first, last, rows), every, rows)
    return data.rename({POINT: _OWN}).join(points, how="cross").filter(nw.col(POINT) >= nw.col(_OWN))


def _between(ends: Any, every: Grid, rows: Any) -> Any:
    """The points from `_ANCHOR` to `_LAST`, by doubling, and never more of them than there are."""
    longest = dates.period_number(_LATEST, every) - dates.period_number(_EARLIEST, every)
    steps = integers(rows, 1)
    points = ends.with_columns(nw.col(_ANCHOR).alias(POINT))
    for bit in range(longest.bit_length()):
        further = nw.col(POINT) + nw.col("value") * 2**bit
        points = points.join(steps, how="cross").with_columns(further.alias(POINT)).drop("value")
        points = points.filter(nw.col(POINT) <= nw.col(_LAST))
    return points.select(POINT)


def integers(rows: Any, upto: int) -> Any:
    """A frame of the engine of some rows with the integers from 0 up to a bound in the column ``value``.

    No engine-independent call makes one, so it grows by doubling out of a
    single row.
    """
    single = rows.select((nw.col(KIND) * 0).alias("value")).head(1)
    grown = single
    for bit in range(upto.bit_length()):
        step = nw.concat([single, single.select(nw.col("value") + 2**bit)]).select(nw.col("value").alias(_STEP))
        grown = grown.join(step, how="cross").select((nw.col("value") + nw.col(_STEP)).alias("value"))
    return grown.filter(nw.col("value") <= upto)


def _latest(data: Any, asked: Asked, unit: str | None) -> Any:
    window = asked.convention.window
    if isinstance(window, BackFromLatest):
        return _back_from_latest(data, groups(asked), unit, window)
    return _last(data, groups(asked), window) if isinstance(window, Last) else data


def groups(asked: Asked) -> list[str]:
    """The columns that make the groups while periods are numbers."""
    return [*asked.grid, *([POINT] if asked.every else [])]


def _back_from_latest(data: Any, grid: list[str], unit: str | None, window: BackFromLatest) -> Any:
    """The rows of each unit within so many days of its latest answer, or of its latest row if it gave none."""
    given = nw.when(nw.col(KIND) == ANSWERED).then(nw.col(NUMBER))
    peaks = {_PEAK: Peak("max", _OWN), _LAST: Peak("max", NUMBER)}
    own = grid if unit is None else [*grid, unit]
    data = with_peaks(data.with_columns(given.alias(_OWN)), own, peaks)
    latest = nw.when(nw.col(_PEAK).is_null()).then(nw.col(_LAST)).otherwise(nw.col(_PEAK))
    recent = (nw.col(NUMBER) > latest - window.days) & (nw.col(NUMBER) <= latest)
    return data.filter(recent if unit is None else recent | nw.col(unit).is_null())  # no name: a unit of its own


def _last(data: Any, grid: list[str], window: Last) -> Any:
    """The last answers of each group, ties going to the larger id, and whatever else came since the first of them."""
    order = [TIME, *([ID] if ID in data.collect_schema() else [])]
    data = data.with_columns((nw.col(KIND) == ANSWERED).cast(nw.Int64).alias(_OWN))
    place = nw.col(_OWN).cum_sum(reverse=True).over(*grid, order_by=order).cast(nw.Int64)
    is_answer, is_within = nw.col(_OWN) == 1, nw.col(_STEP) <= window.k
    data = data.with_columns(place.alias(_STEP)).with_columns(ones(is_answer & is_within).alias(_WITHIN))
    data = _with_torn_ties(data, [*grid, *order, _OWN])
    data = data.with_columns(nw.when(nw.col(_WITHIN) == 1).then(nw.col(TIME)).alias(_ANCHOR))
    data = with_peaks(data, grid, {_PEAK: Peak("min", _ANCHOR), _LAST: Peak("sum", _OWN)})
    since = (nw.col(_LAST) <= window.k) | (nw.col(TIME) >= nw.col(_PEAK))
    return data.filter((nw.col(_WITHIN) == 1) | (~is_answer & since))


def _with_torn_ties(data: Any, same: list[str]) -> Any:
    """Mark the answers of one time, and without ids to tell them apart, of which only some stand."""
    data = with_peaks(data, same, {_PEAK: Peak("max", _WITHIN), _LAST: Peak("min", _WITHIN)})
    return data.with_columns(ones((nw.col(_OWN) == 1) & (nw.col(_PEAK) > nw.col(_LAST))).alias(TIED))


def ones(condition: nw.Expr) -> nw.Expr:
    """1 where a condition holds, 0 where it does not or cannot be told."""
    flag: nw.Expr = nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64)
    return flag
