"""What was asked of a frame, checked before any engine is set to work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import attrs
import narwhals as base_nw
import narwhals.stable.v2 as nw

from npscore.adapters.frames import dates
from npscore.errors import InputError, short
from npscore.periods import Grid, check_grid, check_instant
from npscore.scoring.conventions import Convention
from npscore.scoring.conventions.windows import BackFromLatest, Calendar, Last, Rolling
from npscore.scoring.groups import COUNTS, check_keys
from npscore.scoring.intervals import RAW, ROCKS
from npscore.scoring.rows.answers import AXES
from npscore.scoring.scales import Scale
from npscore.segments.rules import Rule
from npscore.segments.segmentation import Segmentation

Frame = nw.DataFrame[Any] | nw.LazyFrame[Any]
Where = Mapping[str, Any] | Rule | base_nw.Expr | None  # of plain narwhals or of a stable one

PSEUDO_COUNTS = {"adjusted_wald": ROCKS, "wald": RAW}
"""The methods that every engine has: what each adds to the counts."""

ALL = "__npscore_all"
"""A column of one value: the key of what has no keys."""

_INTERNAL = "__npscore_"


@attrs.frozen(kw_only=True)
class Asked:
    """The question that a breakdown answers."""

    rating: str
    keys: list[str]
    segmentations: tuple[Segmentation, ...]
    now: datetime | None
    every: Grid | None
    at: str
    customer: str
    account: str
    role: str
    id: str
    until: date | None
    convention: Convention
    scale: Scale

    @property
    def time(self) -> str:
        """The column of times on the convention's date axis."""
        return AXES[self.convention.date_axis] if self.at == AXES["answered"] else self.at

    @property
    def grid(self) -> list[str]:
        """The keys of the groups, of which windows need at least one."""
        return self.keys or [ALL]

    @property
    def grid_of_periods(self) -> Grid | None:
        """The calendar periods that matter: those reported, or that of a calendar window."""
        window = self.convention.window
        return self.every or (window.every if isinstance(window, Calendar) else None)

    @property
    def result_keys(self) -> list[str]:
        """The columns that name the groups in the result."""
        return [*self.keys, "period"] if self.every else self.keys

    @property
    def result_counts(self) -> list[str]:
        """The columns of counts in the result."""
        chosen = self.convention
        thinned = chosen.repeats != "all" or chosen.window is not None or chosen.rollup != "pool"
        units = ["units"] if chosen.unit != "response" else []
        return [*COUNTS, *(["superseded"] if thinned else []), *units]

    @property
    def result_columns(self) -> list[str]:
        """The columns of the result, in order."""
        return [*self.result_keys, *self.result_counts, "nps", "lower", "upper"]

    @property
    def by_rows(self) -> bool:
        """Whether rows must be weighed against each other before they are counted."""
        return bool(self.convention.columns)

    @property
    def by_days(self) -> bool:
        """Whether rows matter by their day alone."""
        chosen = self.convention
        return chosen.columns == {"time"} and isinstance(chosen.window, Calendar | Rolling)

    @property
    def needed(self) -> dict[str, str]:
        """The column for each thing that the convention asks of a row."""
        columns = {"customer": self.customer, "account": self.account, "role": self.role, "time": self.time}
        columns["weight"] = self.convention.weight or ""
        wanted = self.convention.columns | ({"time"} if self.every else set())
        return {name: column for name, column in columns.items() if name in wanted}

    @property
    def key_columns(self) -> list[str]:
        """The keys that are columns of the frame."""
        made = {segmentation.name for segmentation in self.segmentations}
        return [key for key in self.keys if not isinstance(key, str) or key not in made]

    @property
    def overlaps(self) -> bool:
        """Whether a row may be in several segments."""
        return any(segmentation.overlapping for segmentation in self.segmentations)

    @property
    def names(self) -> list[str]:
        """The columns that name groups and units, where a NaN says that there is no name."""
        return [*self.key_columns, *(self.needed[unit] for unit in ("customer", "account") if unit in self.needed)]

    def check(self, data: Frame) -> None:
        """Refuse what the frame, or its engine, cannot answer.

        Raises:
            InputError: naming the column or the choice.
        """
        schema = data.collect_schema()
        self._check_choices(data)
        for name in (self.id, self.at):
            check_name(name)
        check_columns(schema, [*self.key_columns, self.rating, *self.needed.values()])
        check_new(data, [segmentation.name for segmentation in self.segmentations])
        check_keys(self.keys, self.every, self.result_counts)
        check_rating(data, schema, self.rating)
        if "time" in self.needed:
            dates.check_times(schema[self.time], self.time)
        if "weight" in self.needed and not schema[self.needed["weight"]].is_numeric():
            raise InputError(
                f"the weights in {self.needed['weight']!r} are {schema[self.needed['weight']]}, not numbers."
            )

    def _check_choices(self, data: Frame) -> None:
        if self.now is not None:
            check_instant("now", self.now)
        if self.every is not None:
            check_grid(self.every)
        window = self.convention.window
        if isinstance(window, Calendar) and self.every not in (None, window.every):
            raise InputError(f"every={self.every!r} and the convention's window, {window}, name unlike periods.")
        if self.until is not None and window is None:
            raise InputError("until anchors a window, and this convention has none; give it Rolling(90) or the like.")
        if isinstance(window, Last | BackFromLatest):
            _check_ordering(data, window)
        if self.convention.by_tally and isinstance(data, nw.LazyFrame):
            _check_method(self.convention.method)


def _check_method(method: str) -> None:
    if method not in PSEUDO_COUNTS:
        raise InputError(
            f"lazy frames offer the methods {' and '.join(PSEUDO_COUNTS)}, not {method!r}; "
            "collect the frame first, or count with breakdown and pass the columns to interval as Tallies."
        )


def _check_ordering(data: Frame, window: object) -> None:
    if data.implementation.is_pyarrow() or data.implementation.is_dask():
        engine = "PyArrow" if data.implementation.is_pyarrow() else "Dask"
        raise InputError(
            f"{window}: that needs rows put in order, which {engine} cannot do within groups; hand the same data over "
            "as Polars, pandas or DuckDB (polars.from_arrow, duckdb.from_arrow, dask's compute)."
        )


def opened(frame: Any) -> Frame:
    """A dataframe of any library as narwhals has it.

    Raises:
        InputError: for what is none.
    """
    try:
        made: Frame = nw.from_native(frame)
    except TypeError:
        raise InputError(
            f"a {type(frame).__name__} is not a dataframe that npscore knows; "
            "give a pandas, Polars, PyArrow, DuckDB, Dask, Ibis or PySpark frame, or ratings to score()."
        ) from None
    return made


def check_columns(schema: Mapping[str, Any], names: Iterable[str]) -> None:
    """Refuse names of columns that are not there, with the nearest that is.

    Raises:
        InputError: naming the column.
    """
    from difflib import get_close_matches

    for name in names:
        check_name(name)
        if name not in schema:
            close = get_close_matches(str(name), map(str, schema), n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(map(repr, schema))}."
            raise InputError(f"there is no column {name!r}; {hint}")


def check_new(data: Frame, names: Iterable[str]) -> None:
    """Refuse to make columns that are already there.

    Raises:
        InputError: naming the column.
    """
    there = data.collect_schema()
    for name in names:
        check_name(name)
        if name in there:
            raise InputError(f"there is a column {name!r} already; give the segmentation another name=.")


def check_name(name: object) -> None:
    """Refuse what is no name of a column, and names that are ours.

    Raises:
        InputError: naming it.
    """
    if not isinstance(name, str) or name.startswith(_INTERNAL):
        raise InputError(
            f"{short(name)} cannot be the name of a column here; names are texts and not ours; rename it first."
        )


def check_rating(data: Frame, schema: Mapping[str, Any], rating: str) -> None:
    """Refuse ratings that are no numbers.

    Raises:
        InputError: naming the column.
    """
    dtype = schema[rating]
    if dtype.is_numeric() or (isinstance(data, nw.DataFrame) and bool(data[rating].is_null().all())):
        return
    raise InputError(
        f"the ratings in {rating!r} are {dtype}, not numbers, and are never converted silently; "
        "convert them to integers first, as with pandas.to_numeric or a cast."
    )
