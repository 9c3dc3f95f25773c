"""Scores by group on any dataframe, computed in the dataframe's own engine.

Three rules keep every engine giving the same answer: conditions become integer
columns first and only then are summed; periods are integers until the groups
are few; nothing is collected unless it was handed over collected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

import narwhals as base_nw
import narwhals.stable.v2 as nw

from npscore.adapters.frames.asked import Asked, Frame, Where, check_columns, opened
from npscore.adapters.frames.counting import counted
from npscore.adapters.frames.ratings import warn_of_odd_ratings
from npscore.adapters.frames.results import collected, finished, warn_of_thin_groups
from npscore.adapters.frames.sums import counted_standing
from npscore.errors import InputError
from npscore.periods import Grid, day_of
from npscore.scoring.conventions import DEFAULT, Convention, check_convention

if TYPE_CHECKING:
    FrameT = TypeVar("FrameT")


def breakdown(
    frame: FrameT,
    *,
    rating: str = "rating",
    by: str | Sequence[str] = (),
    every: Grid | None = None,
    at: str = "answered_at",
    where: Where = None,
    customer: str = "customer_id",
    account: str = "account_id",
    role: str = "role",
    id: str = "response_id",  # noqa: A002 (a promised name)
    until: date | None = None,
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
        at: the column of times, needed with `every` and where the convention
            has a window or takes the latest or first answer; left at its
            default it follows the convention's date axis (``"invited_at"``,
            ``"interaction_at"``). Times without a zone are in the convention's
            zone, others are converted to it.
        where: only these rows: ``{column: value}``, a list of values meaning
            any of them and None meaning missing, or a narwhals expression
            (``nw.col``, of any frame; not one of the frame's own library).
        customer: the column that names the customer; like the next three it
            must be there only if the convention needs it.
        account: the column that names the account.
        role: the column of roles.
        id: the column of response ids, which tells the later of two answers of
            one time; it may be missing.
        until: the day at which a window is anchored: a `Calendar` is the
            period that contains it, other windows end with it. Without
            `every`, None takes the latest day in the rows kept; with `every`
            each point is anchored at its period's end, and the last point is
            the period of `until`, or of the latest day.
        convention: the declared choices; see `Convention`.

    Returns:
        The same kind of frame; lazy in, lazy out, nothing collected. Columns:
        the keys; ``period``, its first day, with `every`; ``n`` and the counts
        ``detractors``, ``passives``, ``promoters``, ``unanswered``,
        ``invalid``, where rows = n + unanswered + invalid; ``superseded``,
        under a convention by which not every row stands, for the rows of the
        group's window that do not; ``units``, where customers or accounts are
        counted; ``nps``, ``lower`` and ``upper`` in points, null where nobody
        answered or all weights are 0, where `score` raises `EmptyTallyError`;
        limits null with fewer than two units. Eager results are sorted by
        their keys, missing keys last.

    Raises:
        InputError: for a column that is not there, ratings that are text, times
            that are not times, an `until` that is no date, an engine that cannot convert a time zone or put
            rows in order where the window needs it; on eager frames also for
            answers of one time and customer without ids, weights that are
            negative or missing, and an account with two weights (lazy results
            are null there); on lazy ones for an interval method other than
            adjusted Wald and Wald.

    Warns:
        DataWarning: on eager frames, when ratings are off the scale (with the
            count and an example), or look as if given on another scale; once
            for all groups, when the interval method covers less than it says,
            as in `interval`. On lazy frames the columns tell.

    Example:
        >>> import polars as pl
        >>> answers = pl.DataFrame({"team": ["a", "a", "b"], "rating": [10, 9, 3]})
        >>> breakdown(answers, by="team").select("team", "n", "nps").rows()
        [('a', 2, 100.0), ('b', 1, -100.0)]
    """
    check_convention(convention)
    asked = Asked(
        rating=rating,
        keys=list(by) if isinstance(by, Iterable) and not isinstance(by, str) else [by],
        every=every,
        at=at,
        customer=customer,
        account=account,
        role=role,
        id=id,
        until=None if until is None else day_of(until, convention.zone),
        convention=convention,
        scale=convention.scale_for(),
    )
    try:
        native: FrameT = _broken_down(opened(frame), asked, where).to_native()
    except nw.exceptions.NarwhalsError as error:
        raise InputError(f"the dataframe does not allow it: {error}") from error
    return native


def _broken_down(data: Any, asked: Asked, where: Where) -> Any:
    asked.check(data)
    lazy = data.lazy()  # engines that can make one pass of all that follows
    kept = _nan_is_missing(_keep(lazy, where), asked.names)
    count = counted_standing if asked.by_rows else counted
    result = finished(count(kept, asked), asked)
    if isinstance(data, nw.LazyFrame):
        return result.select(*asked.result_columns)
    made = collected(result, asked)
    warn_of_odd_ratings(kept, asked, made)
    warn_of_thin_groups(made, asked)
    return made


def _keep(data: Any, where: Where) -> Frame:
    if isinstance(where, Mapping):
        check_columns(data.collect_schema(), where)
        data = _nan_is_missing(data, where)
        for column, value in where.items():
            data = data.filter(_equal(nw.col(column), value))
    elif isinstance(where, base_nw.Expr):
        data = data.filter(where)
    elif where is not None:
        kind = f"{type(where).__module__.partition('.')[0]}.{type(where).__name__}"
        raise InputError(
            f"where is {{column: value}} or an expression of narwhals, as in nw.col('team') == 'a' after "
            f"import narwhals as nw, not a {kind}."
        )
    kept: Frame = data
    return kept


def _nan_is_missing(data: Any, columns: Iterable[str]) -> Any:
    """Columns of floats with nothing in place of NaN, which some engines tell apart."""
    schema = data.collect_schema()
    floats = [nw.col(column) for column in columns if schema[column].is_float()]
    return data.with_columns(*(nw.when(~column.is_nan()).then(column) for column in floats)) if floats else data


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
