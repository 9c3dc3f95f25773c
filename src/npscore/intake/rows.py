"""Rows as they come: numbered, opened out of their envelopes, and how a value is found in one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

Values = Mapping[str, Any]

_DEEPEST = 8
_TOTALS = frozenset(
    {"total", "totals", "grand total", "sum", "average", "mean", "gesamt", "summe", "mittelwert", "durchschnitt"}
    | {"insgesamt", "moyenne", "somme"}
)


@attrs.frozen
class Row:
    """A row with its number, for sources that number rows themselves, as files number lines.

    Attributes:
        number: counted from 1, or the line in the file.
        values: a mapping of columns to cells, or an object of JSON.
        fault: why the source could not read it, half a sentence.

    Example:
        >>> from npscore.intake import Row
        >>> Row(7, {}, fault="2 cells where the header has 3").number
        7
    """

    number: int
    values: Any
    fault: str | None = None


def is_total(cells: Sequence[Any]) -> bool:
    """Whether a row adds up others: it begins with "Total", or such a word, and says one thing more.

    Example:
        >>> is_total(["Total", "", "400"]), is_total(["r1", "Total", "9"])
        (True, False)
    """
    first = cells[0] if cells else None
    if not isinstance(first, str) or first.strip().lower() not in _TOTALS:
        return False
    said = sum(1 for cell in cells if cell is not None and not (isinstance(cell, str) and not cell.strip()))
    return said == 2


def numbered(rows: Iterable[Any]) -> Iterator[Row]:
    """Each row with a number: its own, or its place counted from 1."""
    for number, row in enumerate(rows, start=1):
        yield row if isinstance(row, Row) else Row(number, row)


def found(values: Values, path: str) -> Any:
    """What stands at a path such as ``person.email``; None where nothing does. A key may hold dots itself.

    Example:
        >>> found({"person": {"email": "a@example.org"}}, "person.email")
        'a@example.org'
    """
    if path in values:
        return values[path]
    head, dot, rest = path.partition(".")
    inner = values.get(head) if dot else None
    return found(inner, rest) if isinstance(inner, dict) else None


def flattened(values: Values) -> dict[str, Any]:
    """Nested objects as columns with dots in their names; lists stay as they are.

    Example:
        >>> flattened({"customer": {"id": 7}, "score": 9})
        {'customer.id': 7, 'score': 9}
    """
    flat: dict[str, Any] = {}
    _flatten(values, "", flat, 0)
    return flat


def _flatten(values: Values, before: str, flat: dict[str, Any], depth: int) -> None:
    for key, value in values.items():
        if key is None:  # DictReader's name for cells without one
            continue
        name = before + (key if isinstance(key, str) else str(key)).strip()
        if isinstance(value, dict) and depth < _DEEPEST:
            _flatten(value, f"{name}.", flat, depth + 1)
        else:
            flat.setdefault(name, value)


def named(pairs: Any, name: str = "name", value: str = "value") -> dict[str, Any]:
    """A list of objects with a name and a value each, as one mapping.

    Example:
        >>> named([{"name": "plan", "value": "Pro"}, "?"])
        {'plan': 'Pro'}
    """
    return {str(pair[name]): pair.get(value) for pair in objects(pairs) if is_scalar(pair.get(name))}


def objects(values: Any) -> Iterator[Values]:
    """The objects in a list; nothing of what is no list."""
    return (value for value in values if isinstance(value, dict)) if isinstance(values, list) else iter(())


def is_scalar(value: Any) -> bool:
    """Whether a value is a text or a number that can name something."""
    return isinstance(value, str | int | float) and not isinstance(value, bool) and value != ""
