"""Stored records as Arrow: the fields of a kind as columns, a batch at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from npscore.errors import InputError, MissingExtraError
from npscore.intake.hygiene import excluded, reason_against
from npscore.models import Exclusion, Record, Response
from npscore.models.places import as_text
from npscore.ports import Store

if TYPE_CHECKING:
    import pyarrow

    Batches: TypeAlias = pyarrow.RecordBatchReader

BATCH = 10_000
LEFT_OUT = "left_out"

Cell = Callable[[Any], Any]

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
    attributes = (attributes,) if isinstance(attributes, str) else attributes
    columns = _columns(kind, _excluded(store, kind, as_of))
    if taken := sorted({*attributes} & {*columns}):
        raise InputError(f"the attribute {taken[0]!r} has the name of a column; leave it in the column 'attributes'.")
    columns |= {name: _attribute(name) for name in attributes}
    schema = arrow.schema([(name, arrow.string() if name in attributes else _type(arrow, name)) for name in columns])
    found = store.find(kind, as_of=as_of)
    return arrow.RecordBatchReader.from_batches(schema, _batches(arrow, schema, columns, found))


def _arrow() -> Any:
    try:
        import pyarrow
    except ImportError:
        raise MissingExtraError("pyarrow", "arrow") from None
    return pyarrow


def _excluded(store: Store, kind: type[Record], as_of: datetime | None) -> frozenset[str]:
    return excluded(store.find(Exclusion, as_of=as_of)) if kind is Response else frozenset()


def _columns(kind: type[Record], gone: frozenset[str]) -> dict[str, Cell]:
    """What reads each column: the fields of a kind, an amount of money as two."""
    columns: dict[str, Cell] = {}
    for name in kind.model_fields:
        if name in _MONEY:
            columns |= {f"{name}_amount": _amount(name), f"{name}_currency": _currency(name)}
        else:
            columns[name] = _nested(name) if name in _NESTED else attrgetter(name)
    return columns | ({LEFT_OUT: _left_out(gone)} if kind is Response else {})


def _amount(name: str) -> Cell:
    return lambda record: None if (money := getattr(record, name)) is None else str(money.amount)


def _currency(name: str) -> Cell:
    return lambda record: None if (money := getattr(record, name)) is None else money.currency


def _attribute(name: str) -> Cell:
    return lambda record: as_text(getattr(record, "attributes", {}).get(name))


def _left_out(gone: frozenset[str]) -> Cell:
    return lambda answer: reason_against(answer, gone) if answer.metric == "nps" else answer.metric


def _nested(name: str) -> Cell:
    return lambda record: _json(getattr(record, name))


def _json(value: Any) -> str:
    plain = value if isinstance(value, dict) else [event.model_dump(mode="json") for event in value]
    return json.dumps(plain, ensure_ascii=False) if plain else "{}" if isinstance(value, dict) else "[]"


def _type(arrow: Any, name: str) -> Any:
    if name.endswith("_at") or name == "since":
        return arrow.timestamp("us", "UTC")
    if name in _WHOLE_NUMBERS:
        return arrow.int64()
    return arrow.bool_() if name in _TRUTHS else arrow.list_(arrow.string()) if name == "tags" else arrow.string()


def _batches(arrow: Any, schema: Any, columns: dict[str, Cell], found: Iterator[Record]) -> Iterator[Any]:
    while some := list(islice(found, BATCH)):
        arrays = [arrow.array(list(map(read, some)), schema.field(name).type) for name, read in columns.items()]
        yield arrow.RecordBatch.from_arrays(arrays, schema=schema)
