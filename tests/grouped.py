"""What a breakdown under a convention should give: loops over groups and periods, and `score` of the rows of each.

`score` itself is held against sums by hand elsewhere; here it is the oracle for dataframes.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import attrs
import pyarrow as pa
import pytest

from engines import ENGINES, Row, _period, arrow, by_key
from npscore import BackFromLatest, Calendar, Convention, DataWarning, EmptyTallyError, InputError, Last, Rolling, score

AXES = {"answered": "answered_at", "invited": "invited_at", "interaction": "interaction_at"}
UNDECIDED = "undecided"
UNORDERED = ("pyarrow", "dask")
"""The engines that cannot put rows in order within a group."""


QUICK = ("pandas", "polars", "pyarrow", "polars-lazy", "duckdb")
"""One engine of each family, for the ordinary run; the others are marked and run by the session ``engines``."""


def parameters(names: Sequence[str] | None = None) -> list[Any]:
    """Names of engines for parametrize, Spark and the slower ones marked so."""
    return [pytest.param(name, marks=marks(name, apart=names is None)) for name in names or ENGINES]


def marks(name: str, *, apart: bool = True) -> list[Any]:
    """The marks of tests on one engine."""
    spark = [pytest.mark.spark] if name == "spark" else []
    return [*spark, pytest.mark.engines] if apart and name not in QUICK else spark


def table(rows: Sequence[Row], types: Mapping[str, pa.DataType] | None = None) -> pa.Table:
    """Rows as the table that frames begin as."""
    return arrow({name: [row[name] for row in rows] for name in rows[0]}, types)


def is_possible(engine: str, convention: Convention) -> bool:
    """Whether an engine has what the convention's window needs."""
    return engine not in UNORDERED or not isinstance(convention.window, Last | BackFromLatest)


def expected(
    rows: Sequence[Row],
    by: Sequence[str],
    convention: Convention,
    every: str | None = None,
    until: date | None = None,
) -> dict[tuple[Any, ...], Any]:
    """For each key its `Score`, None where there is none, or `UNDECIDED`."""
    time, windowless = AXES[convention.date_axis], attrs.evolve(convention, window=None)
    dated = [row for row in rows if row.get(time) is not None and row[time].year >= 1000]
    if convention.window is not None and every is None:
        until = until or max((_day(row[time]) for row in dated), default=None)
    groups = {}
    for key in {tuple(row[name] for name in by): None for row in rows}:
        own = [row for row in rows if tuple(row[name] for name in by) == key]
        if every is None:
            groups[key] = _scored(own, convention, until if convention.window else None)
            continue
        undated = [row for row in own if row not in dated]
        if undated:
            groups[(*key, None)] = _scored(undated, windowless, None)
        for period, last_day in _periods([_day(row[time]) for row in dated], every, until):
            mine = [row for row in own if row in dated]
            fed = _fed([(row, _day(row[time])) for row in mine], period, last_day, convention.window, every)
            if fed:
                free = convention.window is None or isinstance(convention.window, Calendar)
                groups[(*key, period)] = _scored(fed, *((windowless, None) if free else (convention, last_day)))
    return groups


def _day(moment: date) -> date:
    return date(moment.year, moment.month, moment.day)


def _periods(days: list[date], every: str, until: date | None) -> Iterator[tuple[date, date]]:
    """The first and the last day of each period there is to report."""
    if not days:
        return
    first, end = _period(min(days), every), until or max(days)
    while first <= end:
        following = first
        while _period(following, every) == first:
            following += timedelta(days=1)
        yield first, following - timedelta(days=1)
        first = following


def _fed(dated: list[tuple[Row, date]], period: date, last_day: date, window: Any, every: str) -> list[Row]:
    """The rows that feed a point: those of the period, or those up to its end that a window may hold."""
    if window is None or isinstance(window, Calendar):
        return [row for row, day in dated if _period(day, every) == period]
    days = window.days if isinstance(window, Rolling) else 10**6
    return [row for row, day in dated if 0 <= (last_day - day).days < days]


def _scored(rows: list[Row], convention: Convention, until: date | None) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)  # of units that all agree
            return score(rows, convention=convention, until=until)
    except EmptyTallyError:
        return None
    except InputError:
        return UNDECIDED


def held(found: Sequence[Row], groups: Mapping[tuple[Any, ...], Any], keys: Sequence[str]) -> None:
    """Assert that a breakdown says what the scores of its groups say."""
    ours = by_key(found, keys)
    scored = {key for key, made in groups.items() if made is not None}
    assert scored <= ours.keys() <= groups.keys(), ours.keys() ^ groups.keys()
    for key, row in ours.items():
        made = groups[key]
        if made in (None, UNDECIDED):
            assert [row[name] for name in ("nps", "lower", "upper")] == [None] * 3, (key, row)
            continue
        counts = {"n": made.n, "unanswered": made.unanswered, "superseded": made.superseded, "units": made.units}
        assert {name: int(row[name]) for name in counts if name in row} == {
            name: count for name, count in counts.items() if name in row
        }, key
        assert math.isclose(row["nps"], made.value, rel_tol=1e-9, abs_tol=1e-9), (key, row["nps"], made.value)
        for name in ("lower", "upper"):
            limit = getattr(made.interval, name)
            assert (row[name] is None) == (limit is None), (key, row, made)
            assert limit is None or math.isclose(row[name], limit, rel_tol=1e-6, abs_tol=1e-4), (key, row, made)
