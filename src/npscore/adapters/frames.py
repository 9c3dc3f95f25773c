"""Scores by group on any dataframe, computed in the dataframe's own engine.

The one home of narwhals. Three rules keep every engine giving the same answer:
conditions become integer columns first and only then are summed; periods are
integer keys (``year * 100 + month``) until the groups are few; nothing is
collected unless it was handed over collected.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import narwhals as base_nw
import narwhals.stable.v2 as nw

from npscore.errors import DataWarning, InputError
from npscore.periods import MONTHS_OF, Grid, check_grid
from npscore.scoring.conventions import DEFAULT, Convention, check_convention
from npscore.scoring.groups import COUNTS, RESULTS, check_keys
from npscore.scoring.intervals import RAW, ROCKS, adjusted_wald, z_two_sided
from npscore.scoring.scales import STANDARD, Scale, likely_scale, scale_hint

if TYPE_CHECKING:
    Frame = nw.DataFrame[Any] | nw.LazyFrame[Any]
    FrameT = TypeVar("FrameT")

Where = Mapping[str, Any] | base_nw.Expr | None  # of plain narwhals or of a stable one

_DAY = "__npscore_day"
_RATING = "__npscore_rating"
_ROWS = "__npscore_rows"
_BASE = "__npscore_base"
_INTERNAL = "__npscore_"


def breakdown(
    frame: FrameT,
    *,
    rating: str = "rating",
    by: str | Sequence[str] = (),
    every: Grid | None = None,
    at: str = "answered_at",
    where: Where = None,
    convention: Convention = DEFAULT,
) -> FrameT:
    """Scores by group, in the engine of the dataframe that was handed over.

    Args:
        frame: a pandas, Polars (eager or lazy), PyArrow, DuckDB, Dask, Ibis or
            PySpark frame; whatever narwhals knows. It is not changed.
        rating: the column of ratings, numbers.
        by: the columns that make the groups; none gives one row. A missing key
            makes a group of its own.
        every: also group by the ``"day"``, ``"week"`` (ISO, from Monday),
            ``"month"``, ``"quarter"``, ``"half"`` or ``"year"`` of `at`. Times
            before the year 1000, which systems write for "none", are missing.
        at: the column of times, needed with `every`. Times without a zone are
            in the convention's zone, others are converted to it.
        where: only these rows: ``{column: value}``, a list of values meaning
            any of them and None meaning missing, or a narwhals expression.
        convention: the declared choices; see `Convention`.

    Returns:
        The same kind of frame; lazy in, lazy out, nothing collected. Columns:
        the keys; ``period``, its first day, with `every`; ``n`` and the counts
        ``detractors``, ``passives``, ``promoters``, ``unanswered``,
        ``invalid``, where rows = n + unanswered + invalid; ``nps``, ``lower``
        and ``upper`` in points, null where nobody answered. Eager results are
        sorted by their keys, missing keys last.

    Raises:
        InputError: for a column that is not there, ratings that are text, times
            that are not times, an engine that cannot convert a time zone, or a
            convention whose interval is neither adjusted Wald nor Wald.

    Warns:
        DataWarning: on eager frames, when ratings are off the scale (with the
            count and an example), or look as if given on another scale. On
            lazy frames the columns tell.

    Example:
        >>> import polars as pl
        >>> answers = pl.DataFrame({"team": ["a", "a", "b"], "rating": [10, 9, 3]})
        >>> breakdown(answers, by="team").select("team", "n", "nps").rows()
        [('a', 2, 100.0), ('b', 1, -100.0)]
    """
    check_convention(convention)
    keys = list(by) if isinstance(by, Iterable) and not isinstance(by, str) else [by]
    task = _Breakdown(rating=rating, keys=keys, every=every, at=at, convention=convention, scale=convention.scale_for())
    try:
        native: FrameT = _broken_down(_open(frame), task, where).to_native()
    except nw.exceptions.NarwhalsError as error:
        raise InputError(f"the dataframe does not allow it: {error}") from error
    return native


def _broken_down(data: Any, task: _Breakdown, where: Where) -> Any:
    task.check(data)
    kept = _keep(data.lazy(), where)  # engines that can make one pass of all that follows
    result = task.result(kept)
    if isinstance(data, nw.LazyFrame):
        return result
    counted = _sorted(result.collect(), task.result_keys)
    _warn_of_odd_ratings(kept, task, counted)
    return counted


_PSEUDO_COUNTS = {"adjusted_wald": ROCKS, "wald": RAW}


@attrs.frozen(kw_only=True)
class _Breakdown:
    """What was asked of one frame, and the expressions that answer it."""

    rating: str
    keys: list[str]
    every: Grid | None
    at: str
    convention: Convention
    scale: Scale

    @property
    def result_keys(self) -> list[str]:
        return [*self.keys, "period"] if self.every else self.keys

    def check(self, data: Frame) -> None:
        if self.convention.method not in _PSEUDO_COUNTS:
            raise InputError(
                f"frames offer the methods {' and '.join(_PSEUDO_COUNTS)}, not {self.convention.method!r}; "
                "for it count with breakdown, then pass the columns to interval as Tallies."
            )
        if self.every is not None:
            check_grid(self.every)
        schema = data.collect_schema()
        _check_columns(schema, [*self.keys, self.rating, *([self.at] if self.every else [])])
        check_keys(self.keys, self.every)
        _check_rating(data, schema, self.rating)
        if self.every is not None:
            _check_times(schema[self.at], self.at)

    def result(self, data: Frame) -> Any:
        """Flags, sums per group, then everything else on the few rows that are left."""
        schema = data.collect_schema()
        rating, missing = _whole_rating(nw.col(self.rating), schema[self.rating], self.scale)
        used = [nw.col(key) for key in self.keys]
        period: list[nw.Expr] = []
        if self.every is not None:
            time = _local(data, self.at, schema[self.at], self.convention.zone)
            period = [_period_key(time, self.every).alias(_DAY)]
        flags = {**_categories(nw.col(_RATING), self.scale), "unanswered": nw.col("unanswered")}
        ones = (flag.cast(nw.Int8).alias(name) for name, flag in flags.items())  # a byte a row, summed wide
        whole = data.select(*used, *period, rating.alias(_RATING), missing.alias("unanswered"))
        flagged = whole.select(*self.keys, *([_DAY] if self.every else []), *ones)
        totals = {**{name: nw.col(name).sum() for name in flags}, _ROWS: nw.len()}
        counted = _total_by(flagged, [*self.keys, *([_DAY] if self.every else [])], totals)
        if self.every is not None:
            counted = self._with_period(counted, list(totals))
        return self._finish(counted)

    def _with_period(self, counted: Any, sums: list[str]) -> Any:
        """Keys become dates. The rows are few now, and are grouped once more, for weeks and for missing days."""
        number = nw.col(_DAY) if self.every in ("day", "week") else nw.col(_DAY) * 100 + 1
        dated = _with_midnights(counted.with_columns(number.alias(_DAY)))
        if self.every == "week":
            dated = dated.with_columns(_monday(nw.col("period")))
        return _as_dates(_total_by(dated, self.result_keys, {name: nw.col(name).sum() for name in sums}))

    def _finish(self, counted: Any) -> Any:
        names = ("detractors", "passives", "promoters", "unanswered")
        detractors, passives, promoters, unanswered = (nw.col(name) for name in names)
        counted = counted.with_columns((detractors + passives + promoters).alias("n"))
        counted = counted.with_columns((nw.col(_ROWS) - nw.col("n") - unanswered).alias("invalid"))
        base = nw.col("n") + unanswered if self.convention.unanswered == "count in the base" else nw.col("n")
        counted = counted.with_columns(nw.when(nw.col("n") > 0).then(base).alias(_BASE))
        base = nw.col(_BASE)  # null where nobody answered, and so is all that follows
        center, error = adjusted_wald(detractors, base, promoters, _PSEUDO_COUNTS[self.convention.method])
        reach = z_two_sided(self.convention.level) * error
        scored = counted.with_columns(
            (100 * (promoters - detractors) / base).alias("nps"),
            (center - reach).clip(-100.0, 100.0).alias("lower"),
            (center + reach).clip(-100.0, 100.0).alias("upper"),
        )
        return scored.select(*self.result_keys, *RESULTS)


def _open(frame: Any) -> Frame:
    try:
        opened: Frame = nw.from_native(frame)
    except TypeError:
        raise InputError(
            f"a {type(frame).__name__} is not a dataframe that npscore knows; "
            "give a pandas, Polars, PyArrow, DuckDB, Dask, Ibis or PySpark frame, or ratings to score()."
        ) from None
    return opened


def _check_columns(schema: Mapping[str, Any], names: Iterable[str]) -> None:
    from difflib import get_close_matches

    for name in names:
        if not isinstance(name, str) or name.startswith(_INTERNAL):
            raise InputError(
                f"{name!r} cannot be the name of a column here; names are texts and not ours; rename it first."
            )
        if name not in schema:
            close = get_close_matches(str(name), map(str, schema), n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(map(repr, schema))}."
            raise InputError(f"there is no column {name!r}; {hint}")


def _check_rating(data: Frame, schema: Mapping[str, Any], rating: str) -> None:
    dtype = schema[rating]
    if dtype.is_numeric() or (isinstance(data, nw.DataFrame) and bool(data[rating].is_null().all())):
        return
    raise InputError(
        f"the ratings in {rating!r} are {dtype}, not numbers, and are never converted silently; "
        "convert them to integers first, as with pandas.to_numeric or a cast."
    )


def _check_times(dtype: nw.dtypes.DType, at: str) -> None:
    if not isinstance(dtype, nw.Datetime | nw.Date | nw.Unknown):
        raise InputError(
            f"the times in {at!r} are {dtype}, not dates or datetimes; parse them first, "
            "as with pandas.to_datetime or a cast."
        )


def _keep(data: Any, where: Where) -> Frame:
    if isinstance(where, Mapping):
        _check_columns(data.collect_schema(), where)
        for column, value in where.items():
            data = data.filter(_equal(nw.col(column), value))
    elif isinstance(where, base_nw.Expr):
        data = data.filter(where)
    elif where is not None:
        raise InputError(f"where is {{column: value}} or a narwhals expression, not {type(where).__name__}.")
    kept: Frame = data
    return kept


def _equal(column: nw.Expr, value: Any) -> nw.Expr:
    if value is None:
        return column.is_null()
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return _any_of(column, list(value))
    same: nw.Expr = column == value
    return same


def _any_of(column: nw.Expr, values: list[Any]) -> nw.Expr:
    """Missing is asked for apart: engines disagree on whether a list with None finds it."""
    present = [value for value in values if value is not None]
    missing = column.is_null()
    found: nw.Expr = column.is_in(present) if present else missing & ~missing  # some engines refuse an empty list
    also: nw.Expr = found | missing
    return also if len(present) < len(values) else found


def _whole_rating(rating: nw.Expr, dtype: nw.dtypes.DType, scale: Scale) -> tuple[nw.Expr, nw.Expr]:
    """The rating, null where it is no whole number near the scale, and whether there is none at all."""
    if dtype.is_integer():
        return rating, rating.is_null()
    rating = rating.cast(nw.Float64)
    if not dtype.is_numeric():  # a column without a single value
        return rating, rating.is_null()
    near = nw.when(rating.is_between(scale.low, scale.high)).then(rating)  # Ibis floors into an integer, not NaN
    return nw.when(near == near.floor()).then(rating), rating.is_null() | rating.is_nan()


def _categories(rating: nw.Expr, scale: Scale) -> dict[str, nw.Expr]:
    """One condition per count. NaN is no number: between() finds it nowhere, unlike >=."""
    return {
        "detractors": rating.is_between(scale.low, scale.passive_from - 1),
        "passives": rating.is_between(scale.passive_from, scale.promoter_from - 1),
        "promoters": rating.is_between(scale.promoter_from, scale.high),
    }


def _total_by(data: Any, keys: list[str], totals: Mapping[str, nw.Expr]) -> Any:
    named = [total.alias(name) for name, total in totals.items()]
    counted = data.group_by(*keys).agg(*named) if keys else data.select(*named)
    return counted.with_columns(*(nw.col(name).cast(nw.Int64) for name in totals))  # DuckDB sums to HUGEINT


def _local(data: Any, at: str, dtype: nw.dtypes.DType, zone: str) -> nw.Expr:
    """The times in the convention's zone: naive ones are there already."""
    time, own = nw.col(at), getattr(dtype, "time_zone", None)
    if isinstance(dtype, nw.Unknown):  # so narwhals sees America/New_York in pandas; the instant is known all the same
        own, time = "unknown", time.cast(nw.Datetime("us", "UTC"))
    if own is None or own == zone or {own, zone} <= _UTC_NAMES:
        return time
    converted = time.dt.convert_time_zone(zone)
    try:
        data.select(converted)
    except (NotImplementedError, TypeError):
        raise InputError(
            f"{at!r} is in the zone {own}, the convention says {zone}, and this engine cannot convert: convert the "
            f"column, or set the zone of the connection or session to {zone} (DuckDB: SET TimeZone = '{zone}'; "
            f"Spark: spark.sql.session.timeZone), or give the convention zone={own!r}."
        ) from None
    return converted


_UTC_NAMES = {"UTC", "Etc/UTC", "Etc/UCT", "Zulu", "Etc/Zulu", "GMT", "Etc/GMT", "Z", "+00:00"}


def _period_key(time: nw.Expr, every: Grid) -> nw.Expr:
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


def _monday(day: nw.Expr) -> nw.Expr:
    """The Monday of a week: a constant offset per weekday, Sunday being 0 or 7 according to the engine."""
    offsets: Any = nw.when(day.dt.weekday() == 1).then(day)
    for weekday in range(2, 7):
        offsets = offsets.when(day.dt.weekday() == weekday).then(day - timedelta(days=weekday - 1))
    monday: nw.Expr = offsets.otherwise(day - timedelta(days=6))
    return monday


def _with_midnights(data: Any) -> Any:
    """Turn numbers such as 20261122 into datetimes; a missing day stays missing."""
    missing = nw.col(_DAY).is_null() | ~nw.col(_DAY).is_between(10_000_101, 99_991_231)  # 0001-01-01 says "none"
    text = nw.when(missing).then(nw.lit(19_700_101)).otherwise(nw.col(_DAY)).cast(nw.Int64).cast(nw.String)
    dated = data.with_columns(text.str.to_datetime(format="%Y%m%d").alias("period"))
    return dated.with_columns(nw.when(~missing).then(nw.col("period")).alias("period"))


def _as_dates(data: Any) -> Any:
    """Datetimes at midnight become dates where the engine has a column type for dates."""
    try:
        dated = data.with_columns(nw.col("period").dt.date())
    except NotImplementedError:
        return data
    return dated if dated.collect_schema()["period"] == nw.Date else data


def _sorted(data: Any, keys: list[str]) -> Any:
    return nw.maybe_reset_index(data.sort(*keys, nulls_last=True)) if keys else data


def _warn_of_odd_ratings(data: Any, task: _Breakdown, result: nw.DataFrame[Any]) -> None:
    """Judge by the counts; the ratings are looked at again only where these are odd."""
    totals = {name: int(result[name].sum()) for name in COUNTS}
    if totals["invalid"]:
        _warn_of_invalid(data, task, totals)
    if totals["n"] and task.scale == STANDARD:
        _warn_of_scale(data, task.rating, totals)


def _warn_of_invalid(data: Any, task: _Breakdown, totals: Mapping[str, int]) -> None:
    rating, missing = _whole_rating(nw.col(task.rating), data.collect_schema()[task.rating], task.scale)
    odd = (rating.is_null() | ~rating.is_between(task.scale.low, task.scale.high)) & ~missing
    bad = data.select(nw.col(task.rating)).filter(odd).head(1).collect()
    rows = totals["n"] + totals["unanswered"] + totals["invalid"]
    warnings.warn(
        f"{totals['invalid']} of {rows} ratings in {task.rating!r} are not on the scale {task.scale}, "
        f"for example {bad[task.rating].to_list()[0]!r}; they are counted in the column 'invalid' and not scored.",
        DataWarning,
        stacklevel=5,
    )


def _warn_of_scale(data: Any, rating: str, totals: Mapping[str, int]) -> None:
    n, most = totals["n"], totals["detractors"]
    zeros = _count_between(data, rating, 0, 0)
    if likely_scale(n=n, zeros=zeros, ones=most, up_to_five=most) is None:
        return  # not even if every detractor gave a 1
    ones, up_to_five = _count_between(data, rating, 1, 1), _count_between(data, rating, 0, 5)
    likely = likely_scale(n=n, zeros=zeros, ones=ones, up_to_five=up_to_five)
    if likely:
        warnings.warn(scale_hint(likely, n), DataWarning, stacklevel=5)


def _count_between(data: Any, rating: str, low: int, high: int) -> int:
    return len(data.select(nw.col(rating).is_between(low, high).alias(_ROWS)).filter(nw.col(_ROWS)).collect())
