"""Columns of a frame as rules compare them: what they hold, and how a value is written in them.

Integers, decimals and times lie on steps: of one, of the last digit, of a second or a day. A bound is moved to the
nearest step within, and one beyond all that the column can hold is left out, so that no engine has to convert it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from functools import partial
from typing import Any

import attrs
import narwhals.stable.v2 as nw

from npscore.adapters.frames.asked import Frame
from npscore.segments.operands import Bounds, Kind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_UNITS = {"s": timedelta(seconds=1), "ms": timedelta(milliseconds=1), "us": _MICROSECOND, "ns": _MICROSECOND}
_LONGEST = 2**63
_DIGITS = Context(prec=200)


@attrs.frozen
class Grid:
    """The steps on which the values of a column lie.

    Args:
        steps: how many steps from 0 a value is, whole or not.
        value: the value at a step.
        literal: a value as the engine is handed it.
        least, most: the first and the last step, None where there is no end.
        is_cut: whether cells lie between the steps too, and stand for the step before.
        is_listed: whether engines find values in a list of them.
    """

    steps: Callable[[Any], Any]
    value: Callable[[int], Any]
    literal: Callable[[Any], Any] = attrs.field(default=lambda value: value)
    least: int | None = None
    most: int | None = None
    is_cut: bool = False
    is_listed: bool = True

    def at(self, step: int) -> Any:
        """What stands at a step, as the engine is handed it."""
        return self.literal(self.value(step))

    def equal(self, value: Any) -> Any:
        """A value as the column has it, None where it has not."""
        steps = self.steps(value)
        step = int(steps)
        is_there = step == steps and not _is_over(self.least, step) and not _is_over(step, self.most)
        return self.value(step) if is_there else None

    def ends(self, bounds: Bounds) -> tuple[int | None, int | None]:
        """The first and the last step of a range, None where the column has no other; (1, 0) where it is empty."""
        whole = bounds.mapped(self._stepped, self._stepped).for_integers
        low = None if whole.low is None else whole.low[0] + (not whole.low[1])
        high = None if whole.high is None else whole.high[0] - (not whole.high[1])
        if _is_over(low, high) or _is_over(low, self.most) or _is_over(self.least, high):
            return 1, 0
        return _unless(low, self.least), _unless(high, self.most, sign=-1)

    def _stepped(self, bound: tuple[Any, bool]) -> tuple[Any, bool]:
        return self.steps(bound[0]), bound[1]


def _is_over(low: int | None, high: int | None) -> bool:
    return low is not None and high is not None and low > high


def _unless(step: int | None, end: int | None, sign: int = 1) -> int | None:
    """A step, None where the column ends there or before."""
    return None if step is None or (end is not None and sign * step <= sign * end) else step


@attrs.frozen
class Cells:
    """A column as rules compare it.

    Args:
        values: the cells; categories as texts, floats of 64 bits.
        kind: of what they are, None where no rule compares them.
        is_float: whether a cell may be NaN, which is missing.
        grid: the steps of integers, decimals and times.
        is_void: whether no cell holds anything, so that any rule may speak of them.
        is_told: whether the engine must be told at once what a missing cell means; pandas joins no truths of unlike
            types where one is missing.
    """

    values: nw.Expr
    shown: str
    kind: Kind | None = None
    is_float: bool = False
    grid: Grid | None = None
    is_void: bool = False
    is_told: bool = False


def cells_of(column: str, data: Frame, schema: Mapping[str, nw.dtypes.DType]) -> Cells:
    """A column of a frame as rules compare it."""
    is_told = data.implementation.is_pandas_like() or data.implementation.is_dask()
    return attrs.evolve(_of_dtype(column, data, schema), is_told=is_told)


def _of_dtype(column: str, data: Frame, schema: Mapping[str, nw.dtypes.DType]) -> Cells:
    values, dtype = nw.col(column), _dtype(column, data, schema)
    shown = str(dtype)
    if dtype.is_integer():
        return Cells(values, shown, Kind.NUMBER, grid=_integers(dtype, data))
    if dtype.is_float():
        return Cells(values.cast(nw.Float64) if dtype != nw.Float64 else values, shown, Kind.NUMBER, is_float=True)
    if isinstance(dtype, nw.Decimal):
        is_text = data.implementation.is_dask()  # which makes texts of decimals that are compared with
        kind = None if is_text else Kind.NUMBER
        return Cells(values, f"{shown} in Dask" if is_text else shown, kind, grid=_decimals(dtype, data))
    if isinstance(dtype, nw.Datetime | nw.Date):
        return Cells(values, shown, Kind.TIME, grid=_times(dtype, data))
    if isinstance(dtype, nw.Categorical | nw.Enum):
        return Cells(values.cast(nw.String), shown, Kind.TEXT)
    kind = Kind.TRUTH if isinstance(dtype, nw.Boolean) else Kind.TEXT if isinstance(dtype, nw.String) else None
    return Cells(values, shown, kind, is_void=kind is not Kind.TRUTH and _is_void(column, data))


def _dtype(column: str, data: Frame, schema: Mapping[str, nw.dtypes.DType]) -> nw.dtypes.DType:
    """The type of a column; narwhals does not read the names of some zones of pandas."""
    dtype = schema[column]
    if isinstance(dtype, nw.Unknown) and (data.implementation.is_pandas_like() or data.implementation.is_dask()):
        native = data.to_native().dtypes[column]
        if getattr(native, "tz", None) is not None:
            return nw.Datetime(native.unit, str(native.tz))
    return dtype


def _is_void(column: str, data: Frame) -> bool:
    """Whether a column in memory is of no type, or of pandas' type for anything, because it holds nothing."""
    return isinstance(data, nw.DataFrame) and bool(data[column].is_null().all())


def _integers(dtype: nw.dtypes.DType, data: Frame) -> Grid:
    bits = int(type(dtype).__name__.removeprefix("U").removeprefix("Int"))
    signed = dtype.is_signed_integer()
    least, most = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    if most < _LONGEST:
        return Grid(_same, _same, least=least, most=most)
    return Grid(_same, _same, _typed(dtype, data), least=least, most=most, is_listed=False)


def _same(value: Any) -> Any:
    return value


def _typed(dtype: nw.dtypes.DType, data: Frame) -> Callable[[Any], Any]:
    """How numbers are handed over of which engines guess the type wrong; by way of text, which always fits."""
    engine = data.implementation
    return _same if engine.is_pandas_like() or engine.is_dask() else lambda value: nw.lit(str(value)).cast(dtype)


def _decimals(dtype: nw.Decimal, data: Frame) -> Grid:
    is_guessed, scale = data.implementation.is_ibis(), dtype.scale
    most = None if dtype.precision is None else 10**dtype.precision - 1
    return Grid(
        lambda value: Decimal(value).scaleb(scale, _DIGITS),
        lambda step: Decimal(step).scaleb(-scale, _DIGITS),
        _typed(dtype, data) if is_guessed else _same,
        least=None if most is None else -most,
        most=most,
        is_listed=not is_guessed,
    )


def _times(dtype: nw.dtypes.DType, data: Frame) -> Grid:
    unit = _UNITS[dtype.time_unit] if isinstance(dtype, nw.Datetime) else timedelta(days=1)
    grid = Grid(partial(_steps, unit), partial(_moment, unit, dtype), partial(_in_zone, dtype, data))
    if not isinstance(dtype, nw.Datetime) or dtype.time_unit != "ns":
        return grid
    return attrs.evolve(grid, least=-_LONGEST // 1000, most=(_LONGEST - 1) // 1000, is_cut=True, is_listed=False)


def _steps(unit: timedelta, moment: datetime) -> Fraction:
    return Fraction((moment - _EPOCH) // _MICROSECOND, unit // _MICROSECOND)


def _moment(unit: timedelta, dtype: nw.dtypes.DType, step: int) -> Any:
    """The time at a step, as the column has it: a day, a time in UTC or one that says no zone."""
    moment = _EPOCH + step * unit
    if not isinstance(dtype, nw.Datetime):
        return moment.date()
    return moment if dtype.time_zone else moment.replace(tzinfo=None)


def _in_zone(dtype: nw.dtypes.DType, data: Frame, moment: Any) -> Any:
    """A time as a literal; Polars and Arrow compare no times of unlike zones."""
    engine = data.implementation
    is_zoned = isinstance(dtype, nw.Datetime) and dtype.time_zone is not None
    return nw.lit(moment).cast(dtype) if is_zoned and (engine.is_polars() or engine.is_pyarrow()) else moment
