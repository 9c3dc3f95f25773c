"""What conditions are made of: parts joined in pairs, and words of which each database has its own.

They are worded when SQLAlchemy compiles them for a database, so that nobody has to say beforehand which one it is.
"""

from __future__ import annotations

import re
from heapq import heapify, heappop, heappush
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Float, TypeEngine

from npscore.errors import InvalidRuleError

_PLACES = {"sqlite": 0, "postgresql": 1, "mysql": 2, "mariadb": 2, "default": 1}
_FILLING = "0001-01-01 00:00:00.000000"


class Condition(FunctionElement[bool]):
    """True or false, never NULL.

    Attributes:
        depth: how much of the parser's stack it takes, of which SQLite has a hundred places.
    """

    name = "rule"
    depth = 4
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        """Itself: it brings its own brackets, and must not be compared with 1 where truths are numbers."""
        return self


class _Joined(Condition):
    """Conditions that are joined."""

    inherit_cache = True

    def __init__(self, *parts: ColumnElement[bool]) -> None:
        super().__init__(*parts)
        self.depths = [getattr(part, "depth", 1) for part in parts]
        self.depth, _ = _paired(self.depths, [""] * len(parts), "")


class AllOf(_Joined):
    """Conditions that all hold."""

    inherit_cache = True


class AnyOf(_Joined):
    """Conditions of which one holds."""

    inherit_cache = True


class NotThat(_Joined):
    """A condition that does not hold; of a single column, because the rest is turned round part by part."""

    inherit_cache = True


class Always(Condition):
    """What holds of every row."""

    inherit_cache = True


class Worded(Condition):
    """A condition as SQLite, PostgreSQL and MariaDB say it, in this order."""

    inherit_cache = True

    def __init__(self, *parts: ColumnElement[bool]) -> None:
        super().__init__(*parts)
        self.depth = 1 + max(getattr(part, "depth", 1) for part in parts)


class Letters(FunctionElement[str]):
    """A text that is compared by code point, blanks at its end included."""

    name = "letters"
    type = Text()
    inherit_cache = True


class AsRead(FunctionElement[float]):
    """A column of floats as its readers get it: a short float is widened as it is written."""

    name = "as_read"
    type = Float()
    inherit_cache = True


class FilledUp(FunctionElement[str]):
    """A time that SQLite keeps as text, whole to the microsecond."""

    name = "filled_up"
    type = Text()
    inherit_cache = True


def _parts(element: FunctionElement[Any], compiler: Any, options: dict[str, Any]) -> list[str]:
    """The words of what an element is made of."""
    _tell(element, options)
    return [compiler.process(part, **options) for part in element.clauses]


def _tell(element: FunctionElement[Any], options: dict[str, Any]) -> None:
    """Tell the compiler, where it asks, what a selected element is; of its parts it must not hear."""
    told = options.pop("add_to_result_map", None)
    if told is not None:
        told(element.name, element.name, (element,), element.type)


def _paired(depths: list[int], parts: list[str], word: str) -> tuple[int, str]:
    """Parts joined in pairs, the shallow ones first and the deep ones on the left, where the parser keeps least."""
    heap = [(depth, place, part) for place, (depth, part) in enumerate(zip(depths, parts, strict=True))]
    heapify(heap)
    while len(heap) > 1:
        (right, _, last), (left, place, first) = heappop(heap), heappop(heap)
        heappush(heap, (max(left + 1, right + 3), place, f"({first} {word} {last})"))
    return heap[0][0], heap[0][2]


@compiles(AllOf)
def _(element: AllOf, compiler: Any, **options: Any) -> str:
    return _paired(element.depths, _parts(element, compiler, options), "AND")[1]


@compiles(AnyOf)
def _(element: AnyOf, compiler: Any, **options: Any) -> str:
    return _paired(element.depths, _parts(element, compiler, options), "OR")[1]


@compiles(NotThat)
def _(element: NotThat, compiler: Any, **options: Any) -> str:
    (part,) = _parts(element, compiler, options)
    return f"(NOT ({part}))"


@compiles(Always)
def _(element: Always, compiler: Any, **options: Any) -> str:
    _parts(element, compiler, options)
    return "(1 = 1)"


@compiles(Worded)
def _(element: Worded, compiler: Any, **options: Any) -> str:
    _tell(element, options)
    parts = list(element.clauses)
    return f"({compiler.process(parts[_place(compiler.dialect.name)], **options)})"


def _place(database: str) -> int:
    if database not in _PLACES:
        raise InvalidRuleError(f"rules run on SQLite, PostgreSQL and MariaDB, not on {database}.")
    return _PLACES[database]


@compiles(Letters)
def _(element: Letters, compiler: Any, **options: Any) -> str:
    (column,) = _parts(element, compiler, options)
    words = (
        "{} COLLATE BINARY",
        '(CAST({} AS TEXT) COLLATE "C")',
        "(CONVERT({} USING utf8mb4) COLLATE utf8mb4_nopad_bin)",
    )
    return words[_place(compiler.dialect.name)].format(column)


@compiles(AsRead)
def _(element: AsRead, compiler: Any, **options: Any) -> str:
    (column,) = _parts(element, compiler, options)
    (of,) = element.clauses
    words = "{}", "CAST(CAST({} AS TEXT) AS DOUBLE PRECISION)", "(CONCAT({}, '') + 0e0)"
    return words[_place(compiler.dialect.name)].format(column) if _is_short(of.type, compiler.dialect) else column


def _is_short(kind: TypeEngine[Any], dialect: Any) -> bool:
    """Whether a type of floats has four bytes in a database."""
    said = dialect.type_compiler_instance.process(kind)
    bits = re.match(r"FLOAT\((\d+)\)", said)
    if bits:
        return int(bits[1]) < 25
    return bool(re.match({1: "REAL", 2: "FLOAT"}.get(_place(dialect.name), "$."), said))


@compiles(FilledUp)
def _(element: FilledUp, compiler: Any, **options: Any) -> str:
    (column,) = _parts(element, compiler, options)
    return f"(replace({column}, 'T', ' ') || substr('{_FILLING}', length({column}) + 1))"


def all_of(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """All of the conditions; of none, always."""
    return AllOf(*conditions) if conditions else Always()


def any_of(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Any of the conditions; of none, never."""
    return AnyOf(*conditions) if conditions else NotThat(Always())
