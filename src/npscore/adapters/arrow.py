"""Stored records as Arrow: the fields of a kind as columns, a batch at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from npscore.errors import InputError, MissingExtraError
from npscore.intake.hygiene import excluded, reason_against
from npscore.models import Exclusion, Money, Record, Response
from npscore.models.places import as_text
from npscore.ports import Store

if TYPE_CHECKING:
    import pyarrow

    Batches: TypeAlias = pyarrow.RecordBatchReader

BATCH = 10_000
LEFT_OUT = "left_out"

_WHOLE_NUMBERS = ("rating", "sequence")
_TRUTHS = ("completed", "test")
_MONEY = ("revenue", "value")
_NESTED = ("attributes", "details", "drivers", "events")


def batches_of(
    store: Store, kind: type[Record], *, as_of: datetime | None = None, attributes: Sequence[str] = ()
) -> Batches:
    """The standing records of a kind as Arrow batches, made as they are read.

    Args:
        store: that keeps them.
        kind: the class of the records.
        as_of: only what was known by then.
        attributes: which of them are to be columns of their own, as texts.

    Returns:
        A reader that Polars, pandas, DuckDB and PyArrow take. Times are
        timestamps in UTC, amounts of money texts beside their currency,
        whatever is nested JSON. Responses have a column ``left_out`` more, the
        reason for which one does not count, null where it does.

    Raises:
        InputError: for an attribute with the name of another column.
        MissingExtraError: without PyArrow.

    Example:
        >>> from datetime import UTC
        >>> from npscore import MemoryStore
        >>> store, today = MemoryStore(), datetime(2026, 11, 22, tzinfo=UTC)
        >>> store.put(Response(id="r1", rating=9, answered_at=today, known_at=today, attributes={"plan": "pro"}))
        1
        >>> batches_of(store, Response, attributes=["plan"]).read_all().select(["id", "rating", "plan"]).to_pylist()
        [{'id': 'r1', 'rating': 9, 'plan': 'pro'}]
    """
    arrow = _arrow()
    columns = list(_columns(kind))
    if taken := sorted({*attributes} & {*columns}):
        raise InputError(f"the attribute {taken[0]!r} has the name of a column; leave it in the column 'attributes'.")
    schema = arrow.schema(
        [(name, _type(arrow, name)) for name in columns] + [(name, arrow.string()) for name in attributes]
    )
    return arrow.RecordBatchReader.from_batches(schema, _batches(arrow, schema, _rows(store, kind, as_of, attributes)))


def _arrow() -> Any:
    try:
        import pyarrow
    except ImportError:
        raise MissingExtraError("pyarrow", "arrow") from None
    return pyarrow


def _columns(kind: type[Record]) -> Iterator[str]:
    """The fields of a kind; an amount of money is two columns."""
    for name in kind.model_fields:
        yield from (f"{name}_amount", f"{name}_currency") if name in _MONEY else (name,)
    if kind is Response:
        yield LEFT_OUT


def _type(arrow: Any, name: str) -> Any:
    if name.endswith("_at") or name == "since":
        return arrow.timestamp("us", "UTC")
    if name in _WHOLE_NUMBERS:
        return arrow.int64()
    return arrow.bool_() if name in _TRUTHS else arrow.list_(arrow.string()) if name == "tags" else arrow.string()


def _batches(arrow: Any, schema: Any, rows: Iterator[dict[str, Any]]) -> Iterator[Any]:
    while some := list(islice(rows, BATCH)):
        columns = [arrow.array([row.get(field.name) for row in some], field.type) for field in schema]
        yield arrow.RecordBatch.from_arrays(columns, schema=schema)


def _rows(
    store: Store, kind: type[Record], as_of: datetime | None, attributes: Sequence[str]
) -> Iterator[dict[str, Any]]:
    gone = excluded(store.find(Exclusion, as_of=as_of)) if kind is Response else frozenset()
    for record in store.find(kind, as_of=as_of):
        row = _row(record)
        if isinstance(record, Response):
            row[LEFT_OUT] = reason_against(record, gone) if record.metric == "nps" else record.metric
        known = getattr(record, "attributes", {})
        yield row | {name: as_text(known.get(name)) for name in attributes}


def _row(record: Record) -> dict[str, Any]:
    row = {name: getattr(record, name) for name in type(record).model_fields}
    for name in row.keys() & {*_NESTED}:
        row[name] = json.dumps(record.model_dump(mode="json", include={name})[name], ensure_ascii=False)
    for name in row.keys() & {*_MONEY}:
        money: Money | None = row.pop(name)
        row[f"{name}_amount"] = None if money is None else str(money.amount)
        row[f"{name}_currency"] = None if money is None else money.currency
    return row
