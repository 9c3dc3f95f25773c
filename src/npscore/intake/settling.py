"""Before the first row is read: which shape the rows have, and which column is which field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Any

import attrs

from npscore.errors import InputError, short
from npscore.intake.guessing import plain
from npscore.intake.noticing import Noticed
from npscore.intake.options import Reading
from npscore.intake.rows import Values, flattened, found, is_total
from npscore.intake.shapes import Fields, Paths, Shape, checked_field, recognise
from npscore.intake.values import Fault
from npscore.intake.vendors import GENERIC, SHAPES

_LOOKED_AT = 1_000
_SURE = frozenset({"customer_id", "customerid", "customer.id"})
_GUESS = (
    "the id of the customer was guessed to stand in {}; fields={{'customer.id': ...}} (--map customer_id=COLUMN at the "
    "shell) names another column, or none."
)
_GUESSED = {"rating": "--rating", "answered_at": "--at"}


@attrs.frozen
class Settled:
    """A shape whose fields are settled.

    Attributes:
        shape: how the rows look.
        fields: where each field stands.
        leftover: the columns that become attributes.
    """

    shape: Shape
    fields: Fields
    leftover: tuple[str, ...]


def shape_named(name: str | Shape, sample: Sequence[Values]) -> Shape:
    """The shape of a name, of the beginning of a name, or of the rows themselves.

    Raises:
        InputError: for a name that is not known, and for rows that fit several shapes.
    """
    if isinstance(name, Shape):
        return name
    if not isinstance(name, str):
        raise InputError(f"the shape is a name or a Shape, not {short(name)}.")
    family = shapes_named(name)
    if name in SHAPES:
        return SHAPES[name]
    shape = recognise(sample, family)
    if shape is None and name != "auto":
        raise InputError(f"the rows look like none of {', '.join(shape.name for shape in family)}; name the shape.")
    return shape or GENERIC


def shapes_named(name: str) -> list[Shape]:
    """The shapes that a name, or the beginning of one, may mean.

    Raises:
        InputError: for a name that is not known.

    Example:
        >>> [shape.name for shape in shapes_named("wootric")]
        ['wootric-webhook', 'wootric-api']
    """
    if found := [shape for key, shape in SHAPES.items() if name in ("auto", key) or key.startswith(f"{name}-")]:
        return found
    close = get_close_matches(name, SHAPES, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are auto, {', '.join(sorted(SHAPES))}."
    raise InputError(f"{name!r} is not the shape of a tool; {hint}")


def settle(
    shape: Shape | str,
    rows: Sequence[Values],
    fields: Mapping[str, str | Iterable[str]],
    reading: Reading,
    noticed: Noticed,
) -> Settled:
    """The shape and the fields of some first rows.

    Raises:
        InputError: when rating or time stand nowhere, or a column that the caller named is not there.
    """
    shape = shape_named(shape, rows[:_LOOKED_AT])
    given = {
        checked_field(name): (paths,) if isinstance(paths, str) else tuple(paths) for name, paths in fields.items()
    }
    prepared = [shape.prepare(flattened(values) if shape.table else values) for values in islice(rows, _LOOKED_AT)]
    columns = tuple(dict.fromkeys(key for values in prepared for key in values))
    for paths in given.values():
        _check(paths, columns, prepared)
    known = _in_table(shape, columns) if shape.table else shape.fields
    settled = {**known, **given}
    _require(settled, shape, columns, reading)
    _say(shape, settled, given, noticed)
    if "customer.id" not in given:
        _say_guess(shape, settled.get("customer.id", ()), prepared, noticed)
    used = {path for paths in settled.values() for path in paths}
    leftover = tuple(column for column in columns if column not in used and column not in shape.ignored)
    if shape.table and (dropped := [column for column in columns if column in shape.ignored - used]):
        noticed.say("columns", f"the columns {', '.join(map(repr, dropped))} were left out.")
    return Settled(shape, settled, leftover if shape.table else ())


def _in_table(shape: Shape, columns: Sequence[str]) -> Fields:
    """The shape's fields by the names that the columns of this table have; a column serves one field."""
    names = {plain(column): column for column in reversed(columns)}
    known = {
        field: tuple(dict.fromkeys(names[plain(path)] for path in paths if plain(path) in names))
        for field, paths in shape.fields.items()
    }
    guessed = shape.guess(columns)
    return {**guessed, **{field: paths for field, paths in known.items() if paths}}


def _check(paths: Paths, columns: Sequence[str], prepared: Sequence[Values]) -> None:
    if (
        not prepared
        or not paths
        or any(path in columns or any(found(row, path) is not None for row in prepared) for path in paths)
    ):
        return
    close = get_close_matches(paths[0], columns, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(map(repr, columns[:50]))}."
    raise InputError(f"the rows have no column {paths[0]!r}; {hint}")


def _require(settled: Fields, shape: Shape, columns: Sequence[str], reading: Reading) -> None:
    """Refuse rows of which no column can be the rating or the time."""
    there = ", ".join(map(repr, columns[:50])) or "no columns"
    if not settled.get("rating"):
        raise InputError(
            f"no column looks like the rating; name it with fields={{'rating': ...}} (--rating at the shell): {there}."
        )
    if not settled.get("answered_at") and reading.answered_at is None:
        raise InputError(
            "no column looks like the time of the answer; name it with fields={'answered_at': ...} (--at at the "
            f"shell), or give one time for all with answered_at= (--answered-at): {there}."
        )


def _say(shape: Shape, settled: Fields, given: Fields, noticed: Noticed) -> None:
    if not shape.table:
        return
    taken = [f"{paths[0]!r} for {field}" for field, paths in settled.items() if field not in given and paths]
    if taken:
        noticed.say("columns", f"columns were taken by their names: {', '.join(taken)}.")


def _say_guess(shape: Shape, paths: Paths, prepared: Sequence[Values], noticed: Noticed) -> None:
    """Note where the customer's id is only guessed to stand."""
    told = set(map(plain, shape.fields.get("customer.id", ())))
    sure = (told - set(map(plain, shape.guesses))) | _SURE
    unsure = [
        path for path in paths if plain(path) not in sure and any(found(row, path) is not None for row in prepared)
    ]
    if unsure:
        noticed.say("customer", _GUESS.format(" or ".join(map(repr, unsure))))


def table_row(values: Values, fields: Fields) -> Values:
    """A row of a table, flat.

    Args:
        values: the row.
        fields: where each field stands; an object in such a place says nothing.

    Raises:
        Fault: for a row that holds no answer.
    """
    cells = list(values.values())
    if is_total(cells):
        raise Fault("", "a row of totals, not an answer")
    extra = values.get(None)  # type: ignore[call-overload]  # what DictReader calls too many cells
    if isinstance(extra, list) and _is_any(extra):
        raise Fault("", "more cells than the header has names", extra)
    if not _is_any(cells):
        raise Fault("", "an empty row")
    if nested := {name for name, value in values.items() if isinstance(value, dict)}:
        for field, paths in fields.items():
            for path in nested.intersection(paths):
                raise Fault(field, "neither text nor a number", values[path])
    return flattened(values)


def _is_any(cells: Sequence[Any]) -> bool:
    """Whether some cell says something."""
    return any(cell not in (None, "", []) and not (isinstance(cell, str) and cell.isspace()) for cell in cells)
