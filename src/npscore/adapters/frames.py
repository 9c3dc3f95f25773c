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
import narwhals.stable.v2 as nw

from npscore.errors import DataWarning, InputError
from npscore.periods import MONTHS_OF, Grid, check_grid
from npscore.scoring.conventions import DEFAULT, Convention
from npscore.scoring.intervals import RAW, ROCKS, adjusted_wald, z_two_sided
from npscore.scoring.scales import STANDARD, Scale, likely_scale, scale_hint

if TYPE_CHECKING:
    Frame = nw.DataFrame[Any] | nw.LazyFrame[Any]
    FrameT = TypeVar("FrameT")

Where = Mapping[str, Any] | nw.Expr | None

COUNTS = ("n", "detractors", "passives", "promoters", "unanswered", "invalid")
RESULTS = (*COUNTS, "nps", "lower", "upper")

_DAY = "__npscore_day"
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
            ``"month"``, ``"quarter"``, ``"half"`` or ``"year"`` of `at`.
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
    data = _open(frame)
    keys = [by] if isinstance(by, str) else list(by)
    task = _Breakdown(rating=rating, keys=keys, every=every, at=at, convention=convention, scale=convention.scale_for())
    task.check(data)
    kept = _keep(data.lazy(), where)  # engines that can make one pass of all that follows
    result = task.result(kept)
    if isinstance(data, nw.DataFrame):
        result = _sorted(result.collect(), task.result_keys)
        _warn_of_odd_ratings(kept, task, result)
    native: FrameT = result.to_native()
    return native


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
        _check_keys(self.keys, self.every)
        _check_rating(data, schema, self.rating)
        if self.every is not None:
            _check_times(schema[self.at], self.at)

    def result(self, data: Frame) -> Any:
        """Flags, sums per group, then everything else on the few rows that are left."""
        schema = data.collect_schema()
        flags = _flags(nw.col(self.rating), schema[self.rating], self.scale)
        used = [nw.col(key) for key in self.keys]
        period: list[nw.Expr] = []
        if self.every is not None:
            time = _local(data, self.at, schema[self.at], self.convention.zone)
            period = [_period_key(time, self.every).alias(_DAY)]
        ones = (flag.cast(nw.Int8).alias(name) for name, flag in flags.items())  # a byte a row, summed wide
        flagged = data.select(*used, *period, *ones)
        totals = {**{name: nw.col(name).sum() for name in flags}, _ROWS: nw.len()}
        counted = _total_by(flagged, [*self.keys, *([_DAY] if self.every else [])], totals)
        if self.every is not None:
            counted = self._with_period(counted, list(totals))
        return self._finish(counted)

    def _with_period(self, counted: Any, sums: list[str]) -> Any:
        number = nw.col(_DAY) if self.every in ("day", "week") else nw.col(_DAY) * 100 + 1
        dated = _with_midnights(counted.with_columns(number.alias(_DAY)))
        if self.every == "week":  # grouped by day until here, where the rows are few
            totals = {name: nw.col(name).sum() for name in sums}
            dated = _total_by(dated.with_columns(_monday(nw.col("period"))), self.result_keys, totals)
        return _as_dates(dated)

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
        return nw.from_native(frame)
    except TypeError:
        raise InputError(
            f"a {type(frame).__name__} is not a dataframe that npscore knows; "
            "give a pandas, Polars, PyArrow, DuckDB, Dask, Ibis or PySpark frame, or ratings to score()."
        ) from None


def _check_columns(schema: Mapping[str, Any], names: Iterable[str]) -> None:
    from difflib import get_close_matches

    for name in names:
        if name not in schema:
            close = get_close_matches(str(name), map(str, schema), n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(map(repr, schema))}."
            raise InputError(f"there is no column {name!r}; {hint}")


def _check_keys(keys: list[str], every: str | None) -> None:
    taken = {*RESULTS, *(["period"] if every else [])}
    for key in keys:
        if key in taken or key.startswith(_INTERNAL):
            raise InputError(f"the key {key!r} has the name of a result column; rename it first.")
    if len(set(keys)) < len(keys):
        raise InputError(f"a key is named twice: {', '.join(keys)}.")


def _check_rating(data: Frame, schema: Mapping[str, Any], rating: str) -> None:
    dtype = schema[rating]
    if dtype.is_numeric() or (isinstance(data, nw.DataFrame) and bool(data[rating].is_null().all())):
        return
    raise InputError(
        f"the ratings in {rating!r} are {dtype}, not numbers, and text is never converted silently; "
        "convert them to integers first, as with pandas.to_numeric or a cast."
    )


def _check_times(dtype: nw.dtypes.DType, at: str) -> None:
    if not isinstance(dtype, nw.Datetime | nw.Date):
        raise InputError(
            f"the times in {at!r} are {dtype}, not dates or datetimes; parse them first, "
            "as with pandas.to_datetime or a cast."
        )


def _keep(data: Any, where: Where) -> Frame:
    if isinstance(where, Mapping):
        _check_columns(data.collect_schema(), where)
        for column, value in where.items():
            data = data.filter(_equal(nw.col(column), value))
    elif where is not None:
        data = data.filter(where)
    kept: Frame = data
    return kept


def _equal(column: nw.Expr, value: Any) -> nw.Expr:
    if value is None:
        return column.is_null()
    if isinstance(value, list | tuple | set | frozenset):
        return _any_of(column, list(value))
    return column == value


def _any_of(column: nw.Expr, values: list[Any]) -> nw.Expr:
    """Missing is asked for apart: engines disagree on whether a list with None finds it."""
    present = [value for value in values if value is not None]
    missing = column.is_null()
    if not present:  # some engines cannot look into an empty list
        return missing if values else missing & ~missing
    return column.is_in(present) | missing if len(present) < len(values) else column.is_in(present)


def _flags(rating: nw.Expr, dtype: nw.dtypes.DType, scale: Scale) -> dict[str, nw.Expr]:
    """One condition per count. NaN is no number: between() finds it nowhere, unlike >=."""
    if not dtype.is_numeric():  # a column without a single value
        rating = rating.cast(nw.Float64)
    elif not dtype.is_integer():
        rating = rating.cast(nw.Float64)
        return _whole_flags(rating, scale)
    return {**_category_flags(rating, scale), "unanswered": rating.is_null()}


def _whole_flags(rating: nw.Expr, scale: Scale) -> dict[str, nw.Expr]:
    near = nw.when(rating.is_between(scale.low, scale.high)).then(rating)  # Ibis floors into an integer, not NaN
    whole = near == near.floor()
    flags = {name: flag & whole for name, flag in _category_flags(rating, scale).items()}
    return {**flags, "unanswered": rating.is_null() | rating.is_nan()}


def _category_flags(rating: nw.Expr, scale: Scale) -> dict[str, nw.Expr]:
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
    time = nw.col(at)
    own = dtype.time_zone if isinstance(dtype, nw.Datetime) else None
    if own is None or own == zone or {own, zone} <= _UTC_NAMES:
        return time
    converted = time.dt.convert_time_zone(zone)
    try:
        data.select(converted)
    except NotImplementedError:
        raise InputError(
            f"{at!r} is in the zone {own}, the convention says {zone}, and this engine cannot convert: "
            f"set the zone of its connection or session to {zone} (DuckDB: SET TimeZone = '{zone}'; "
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
    missing = nw.col(_DAY).is_null()
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
    flags = _flags(nw.col(task.rating), data.collect_schema()[task.rating], task.scale)
    valid = flags["detractors"] | flags["passives"] | flags["promoters"]
    bad = data.select(nw.col(task.rating)).filter(~(valid | flags["unanswered"])).head(1).collect()
    rows = totals["n"] + totals["unanswered"] + totals["invalid"]
    warnings.warn(
        f"{totals['invalid']} of {rows} ratings in {task.rating!r} are not on the scale {task.scale}, "
        f"for example {bad[task.rating].to_list()[0]!r}; they are counted in the column 'invalid' and not scored.",
        DataWarning,
        stacklevel=4,
    )


def _warn_of_scale(data: Any, rating: str, totals: Mapping[str, int]) -> None:
    n, most = totals["n"], totals["detractors"]
    zeros = _count_between(data, rating, 0, 0)
    if likely_scale(n=n, zeros=zeros, ones=most, up_to_five=most) is None:
        return  # not even if every detractor gave a 1
    ones, up_to_five = _count_between(data, rating, 1, 1), _count_between(data, rating, 0, 5)
    likely = likely_scale(n=n, zeros=zeros, ones=ones, up_to_five=up_to_five)
    if likely:
        warnings.warn(scale_hint(likely, n), DataWarning, stacklevel=4)


def _count_between(data: Any, rating: str, low: int, high: int) -> int:
    return len(data.select(nw.col(rating).is_between(low, high).alias(_ROWS)).filter(nw.col(_ROWS)).collect())
