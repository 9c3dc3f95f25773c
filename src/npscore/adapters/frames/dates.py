"""Dates as integers, in arithmetic that every engine has.

Days are counted from 1 January 1970, and the periods of a grid from an origin
of their own, so that the next period is the next integer.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import narwhals.stable.v2 as nw

from npscore.errors import InputError
from npscore.periods import MONTHS_OF, Grid

DAY = "__npscore_day"
_EPOCH = date(1970, 1, 1)
_UTC_NAMES = {"UTC", "Etc/UTC", "Etc/UCT", "Zulu", "Etc/Zulu", "GMT", "Etc/GMT", "Z", "+00:00"}
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30)  # of the months that can go before
_SHORTEST = {"day": 1, "week": 7, "month": 28, "quarter": 90, "half": 181, "year": 365}


def check_times(dtype: nw.dtypes.DType, at: str) -> None:
    """Refuse times that are none.

    Raises:
        InputError: naming the column.
    """
    if not isinstance(dtype, nw.Datetime | nw.Date | nw.Unknown):
        raise InputError(
            f"the times in {at!r} are {dtype}, not dates or datetimes; parse them first, "
            "as with pandas.to_datetime or a cast."
        )


def local(data: Any, at: str, dtype: nw.dtypes.DType, zone: str) -> nw.Expr:
    """The times in the convention's zone: naive ones are there already.

    Raises:
        InputError: when the engine cannot convert them.
    """
    time, said = nw.col(at), getattr(dtype, "time_zone", None)
    if isinstance(dtype, nw.Unknown):  # so narwhals sees America/New_York in pandas; the instant is known all the same
        said, time = "unknown", time.cast(nw.Datetime("us", "UTC"))
    own = _own_zone(data, said)
    if own is None or own == zone or {own, zone} <= _UTC_NAMES:
        return time
    converted = time.dt.convert_time_zone(zone)
    if own == said and _is_possible(data, converted):
        return converted
    raise InputError(
        f"{at!r} is in the zone {own}, the convention says {zone}, and this engine cannot convert: convert the "
        f"column, or set the zone of the connection or session to {zone} (DuckDB: SET TimeZone = '{zone}'; "
        f"Spark: spark.sql.session.timeZone), or give the convention zone={own!r}."
    )


def _is_possible(data: Any, converted: nw.Expr) -> bool:
    try:
        data.select(converted)
    except (NotImplementedError, TypeError):
        return False
    return True


def _own_zone(data: Any, said: str | None) -> str | None:
    """The zone in which the engine reads times: of Ibis narwhals always says UTC, of Spark what held at first."""
    engine, frame = data.implementation, data.to_native()
    if said is None:
        return None
    if engine.is_ibis() and frame.get_backend().name == "duckdb":  # to other databases Ibis connects in UTC
        return str(frame.get_backend().con.sql("SELECT current_setting('TimeZone')").fetchall()[0][0])
    if engine.is_pyspark() or engine.is_pyspark_connect():
        return str(frame.sparkSession.conf.get("spark.sql.session.timeZone"))
    return said


def period_key(time: nw.Expr, every: Grid) -> nw.Expr:
    """An integer per period: 20261122 for days and weeks, 202611 for months and longer.

    Multiplied year first, because a month is an 8-bit integer in some engines.
    """
    year, month = time.dt.year(), time.dt.month()
    if every in ("day", "week"):
        return (year * 100 + month) * 100 + time.dt.day()
    if every == "year":
        return year * 100 + 1
    months = MONTHS_OF[every]
    return year * 100 + (month if months == 1 else (month - 1) // months * months + 1)


def days(time: nw.Expr) -> nw.Expr:
    """The number of each time's day; times before the year 1000, which say "none", have none."""
    year, ordinal = _whole(time.dt.year()), _whole(time.dt.ordinal_day())
    number: nw.Expr = nw.when(year >= 1000).then(_before_year(year) + ordinal)
    return number


def _before_year(year: Any) -> Any:
    """The number of the last day of the year before."""
    past = year - 1
    return 365 * year + past // 4 - past // 100 + past // 400 - 719_528


def _whole(part: nw.Expr) -> nw.Expr:
    """A part of a date, wide enough to be reckoned with; 0 where there is no date."""
    return part.fill_null(0).cast(nw.Int64)


def microseconds(data: Any, at: str, dtype: nw.dtypes.DType) -> nw.Expr:
    """The microseconds from 1970 to each time, those without a zone being in UTC.

    Raises:
        InputError: when the engine cannot convert them.
    """
    time = local(data, at, dtype, "UTC")
    time = time.cast(nw.Datetime("us")) if isinstance(dtype, nw.Date) else time
    engine = data.implementation
    if engine.is_polars() or engine.is_pandas_like() or engine.is_pyarrow() or engine.is_dask():
        count: nw.Expr = time.dt.timestamp("us")
        return count
    parts = (time.dt.hour(), time.dt.minute(), time.dt.second())
    whole: Any = _before_year(time.dt.year().cast(nw.Int64)) + time.dt.ordinal_day().cast(nw.Int64)
    for part, most in zip(parts, (24, 60, 60), strict=True):
        whole = whole * most + part.cast(nw.Int64)
    made: nw.Expr = whole * 1_000_000 + time.dt.microsecond().cast(nw.Int64)
    return made


def number_of(day: date) -> int:
    """The number of one day."""
    return (day - _EPOCH).days


def period_of(time: nw.Expr, every: Grid) -> nw.Expr:
    """The number of each time's period."""
    if every in ("day", "week"):
        return days(time) if every == "day" else (days(time) + 3) // 7  # 1970 began on a Thursday
    year, month = _whole(time.dt.year()), _whole(time.dt.month())
    number: nw.Expr = nw.when(year >= 1000).then((year * 12 + month - 1) // MONTHS_OF[every])
    return number


def period_number(day: date, every: Grid) -> int:
    """The number of the period in which one day falls."""
    if every in ("day", "week"):
        return number_of(day) if every == "day" else (number_of(day) + 3) // 7
    return (day.year * 12 + day.month - 1) // MONTHS_OF[every]


def last_of(period: nw.Expr, every: Grid) -> nw.Expr:
    """The number of the last day of a period."""
    if every in ("day", "week"):
        return period if every == "day" else period * 7 + 3
    year = (period + 1) * MONTHS_OF[every] // 12  # of the month that follows
    month = (period + 1) * MONTHS_OF[every] - 12 * year  # 0 in January
    leap = _divides(4, year) & (~_divides(100, year) | _divides(400, year))
    leap_day = nw.when((month > 1) & leap).then(nw.lit(1)).otherwise(nw.lit(0))
    number: nw.Expr = _before_year(year) + leap_day
    for first, length in enumerate(_LENGTHS, start=1):
        number = number + nw.when(month >= first).then(nw.lit(length)).otherwise(nw.lit(0))
    return number


def _divides(number: int, year: nw.Expr) -> nw.Expr:
    divides: nw.Expr = year // number * number == year  # not every engine has a remainder
    return divides


def reach(days_back: int, every: Grid) -> int:
    """How many later periods a day can feed when each looks so many days back from its end."""
    return (days_back - 1) // _SHORTEST[every]


def with_first_days(data: Any, period: str, every: Grid) -> Any:
    """The first day of each numbered period as a date in the column ``period``."""
    number = nw.col(period)
    if every in ("day", "week"):
        return as_dates(_after_epoch(data, number if every == "day" else number * 7 - 3))
    months = number * MONTHS_OF[every]
    year = months // 12
    return as_dates(with_midnights(data.with_columns((year * 10_000 + (months - 12 * year + 1) * 100 + 1).alias(DAY))))


def _after_epoch(data: Any, number: nw.Expr) -> Any:
    """Days since 1970 as dates: eras of 400 years that begin in March, then the year, the month and the day in them."""
    names = [f"{DAY}_{part}" for part in ("since", "in_era", "year", "in_year", "month")]
    since, in_era, year, in_year, month = map(nw.col, names)
    steps = (
        number + 719_468,
        since - since // 146_097 * 146_097,
        (in_era - in_era // 1460 + in_era // 36_524 - in_era // 146_096) // 365,
        in_era - 365 * year - year // 4 + year // 100,
        (5 * in_year + 2) // 153,  # 0 in March
    )
    for name, value in zip(names, steps, strict=True):  # a layer each, for engines that would copy every part
        data = data.with_columns(value.alias(name))
    calendar_year = year + since // 146_097 * 400 + month // 10
    calendar_month = month + 3 - 12 * (month // 10)
    day = in_year - (153 * month + 2) // 5 + 1
    return with_midnights(data.with_columns(((calendar_year * 100 + calendar_month) * 100 + day).alias(DAY)))


def monday(day: nw.Expr) -> nw.Expr:
    """The Monday of a week: a constant offset per weekday, Sunday being 0 or 7 according to the engine."""
    offsets: Any = nw.when(day.dt.weekday() == 1).then(day)
    for weekday in range(2, 7):
        offsets = offsets.when(day.dt.weekday() == weekday).then(day - timedelta(days=weekday - 1))
    first: nw.Expr = offsets.otherwise(day - timedelta(days=6))
    return first


def with_midnights(data: Any) -> Any:
    """Turn numbers such as 20261122 into datetimes; a missing day stays missing."""
    missing = nw.col(DAY).is_null() | ~nw.col(DAY).is_between(10_000_101, 99_991_231)  # 0001-01-01 says "none"
    text = nw.when(missing).then(nw.lit(19_700_101)).otherwise(nw.col(DAY)).cast(nw.Int64).cast(nw.String)
    dated = data.with_columns(text.str.to_datetime(format="%Y%m%d").alias("period"))
    return dated.with_columns(nw.when(~missing).then(nw.col("period")).alias("period"))


def as_dates(data: Any) -> Any:
    """Datetimes at midnight become dates where the engine has a column type for dates."""
    try:
        dated = data.with_columns(nw.col("period").dt.date())
    except NotImplementedError:
        return data
    return dated if dated.collect_schema()["period"] == nw.Date else data
