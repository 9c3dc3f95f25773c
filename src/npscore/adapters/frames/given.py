"""Frames of facts as they were handed over: checked, under the names of the columns that rules read, with keys alike.

Times are counted in microseconds since 1970, in UTC, so that every engine compares them, whatever their types.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs
import narwhals.stable.v2 as nw

from npscore.adapters.frames import dates
from npscore.adapters.frames.asked import Frame, check_columns
from npscore.errors import InputError

ROW = "__npscore_row"
"""The column that tells each answer from the others: its place where rows are in memory, else its id."""

NEEDED = {
    "response": ("id", "rating", "answered_at", "customer_id"),
    "customer": ("id",),
    "account": ("id",),
    "interaction": ("id", "customer_id", "happened_at"),
    "invitation": ("id", "customer_id", "invited_at"),
}
"""The columns that a frame of each kind must have."""

_TIMES = {"answered_at", "happened_at", "invited_at", "interaction_at", "revised_at", "known_at"}
_REFERS = {
    "customer": ("customer_id",),
    "account": ("account_id",),
    "interaction": ("interaction_id",),
    "invitation": ("invitation_id",),
}
_MICROSECONDS = 1_000_000
_EARLIEST = -(2**61)


@attrs.frozen(kw_only=True)
class Given:
    """A frame of facts of one kind.

    Args:
        kind: as in ``"customer"``.
        data: the frame.
        schema: what its columns hold.
        void: the columns that are known to hold nothing.
        keys: the type of the ids of each kind, the same in all frames of a call.
    """

    kind: str
    data: Frame
    schema: Mapping[str, nw.dtypes.DType]
    void: frozenset[str] = frozenset()
    keys: Mapping[str, nw.dtypes.DType] = attrs.field(factory=dict)

    @classmethod
    def of(cls, kind: str, data: Frame) -> Given:
        """A frame, refused where it cannot be one of this kind.

        Raises:
            InputError: naming the column.
        """
        data = _with_id(data) if kind == "response" else data
        schema = data.collect_schema()
        check_columns(schema, [*NEEDED[kind], *schema])
        void = frozenset(name for name in schema if _is_void(data, name))
        made = cls(kind=kind, data=data, schema=schema, void=void)
        for name in sorted(_TIMES & {*schema} - void):
            dates.check_times(schema[name], name)
        made._check_joinable()
        if kind in ("customer", "account") and "learned_later" in schema:
            raise InputError(f"the {kind}s have a column 'learned_later', which rows work out; rename it.")
        return made

    def _check_joinable(self) -> None:
        nested = [name for name, dtype in self.schema.items() if dtype.is_nested()]
        if nested and self.data.implementation.is_pyarrow():
            raise InputError(f"PyArrow cannot join the lists or mappings in {nested[0]!r}; leave the column out.")

    @property
    def is_lazy(self) -> bool:
        """Whether nobody has seen the rows yet."""
        return isinstance(self.data, nw.LazyFrame)

    @property
    def names(self) -> dict[str, str]:
        """The columns that rules read by the columns there are."""
        return {name: f"{self.kind}.{name}" for name in self.schema}

    @property
    def columns(self) -> list[nw.Expr]:
        """The columns under the names by which rules read them."""
        return [self._column(name).alias(named) for name, named in self.names.items()]

    def _column(self, name: str) -> nw.Expr:
        if name not in self.void or not isinstance(self.schema[name], nw.Unknown):
            return nw.col(name)
        return nw.col(name).cast(nw.Datetime("us") if name in _TIMES else nw.String)  # Arrow joins no column of nulls

    def key(self, name: str, kind: str) -> nw.Expr:
        """A column of ids, of the one type that ids of this kind have; missing where there is no such column."""
        dtype = self.keys[kind]
        if name not in self.schema or name in self.void:
            return self._nothing(dtype)
        held, column = self.schema[name], nw.col(name)
        column = nw.when(~column.is_nan()).then(column) if held.is_float() else column
        if held == dtype:
            return column
        cast: nw.Expr = nw.when(~column.is_null()).then(column.cast(dtype))
        return cast if dtype == nw.String or dtype.is_float() else column.cast(dtype)

    def moment(self, name: str) -> nw.Expr:
        """A column of times in microseconds; missing where there is no such column.

        Raises:
            InputError: when the engine cannot convert them to UTC.
        """
        if name not in self.schema or name in self.void:
            return self._nothing(nw.Int64())
        return dates.microseconds(self.data, name, self.schema[name])

    def _nothing(self, dtype: nw.dtypes.DType) -> nw.Expr:
        """A missing value; pandas has none among integers."""
        engine = self.data.implementation
        floats = dtype.is_integer() and (engine.is_pandas_like() or engine.is_dask())
        return nothing(nw.Float64() if floats else dtype)

    @property
    def has_versions(self) -> bool:
        """Whether a column tells when a version was known or revised."""
        return bool({"revised_at", "known_at"} & {*self.schema})

    @property
    def known(self) -> nw.Expr:
        """When each version was known."""
        return self.moment("known_at").fill_null(_EARLIEST).cast(nw.Int64)

    @property
    def revised(self) -> nw.Expr:
        """When the source revised each version, before all times where it did not tell."""
        return self.moment("revised_at").fill_null(_EARLIEST).cast(nw.Int64)

    @property
    def held(self) -> nw.Expr:
        """Since when each version holds: since it was revised, else since it was known."""
        revised = self.moment("revised_at")
        since: nw.Expr = nw.when(~revised.is_null()).then(revised).otherwise(self.known)
        return since.cast(nw.Int64)


def nothing(dtype: nw.dtypes.DType) -> nw.Expr:
    """A missing value, of a type, in every row."""
    missing: nw.Expr = nw.lit(None, dtype)
    return missing


def _with_id(data: Frame) -> Frame:
    """Answers with their ids in the column ``id``, which `breakdown` calls ``response_id``."""
    columns = data.collect_schema().names()
    if "response_id" not in columns:
        return data
    if "id" in columns:
        raise InputError("the responses have both columns 'id' and 'response_id', and one is enough; drop the other.")
    return data.rename({"response_id": "id"})


def _is_void(data: Frame, name: str) -> bool:
    return isinstance(data, nw.DataFrame) and bool(data[name].is_null().all())


def with_keys_alike(given: Mapping[str, Given]) -> dict[str, Given]:
    """All frames of a call, agreeing on the types of ids.

    Raises:
        InputError: where ids are texts in one frame and numbers in another.
    """
    keys = {kind: _key_type(kind, given.values()) for kind in _REFERS}
    return {kind: attrs.evolve(one, keys=keys) for kind, one in given.items()}


def _key_type(kind: str, given: Iterable[Given]) -> nw.dtypes.DType:
    held: dict[str, nw.dtypes.DType] = {}
    for one in given:
        for name in ("id",) if one.kind == kind else _REFERS[kind]:
            if name in one.schema and name not in one.void:
                held[one.names[name]] = one.schema[name]
    texts = {column for column, dtype in held.items() if not dtype.is_numeric()}
    if texts and texts != {*held}:
        numbers = min({*held} - texts)
        text = min(texts)
        raise InputError(
            f"the ids in {numbers!r} are {held[numbers]} and those in {text!r} {held[text]}, which never meet; "
            "cast one to the other."
        )
    if texts or not held:
        return nw.String()
    return nw.Int64() if all(dtype.is_integer() for dtype in held.values()) else nw.Float64()
