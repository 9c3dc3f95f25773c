"""Tables, and rules about them, to try engines with.

Cells are as hostile as tables allow: texts that look alike, numbers beside the ones that floats have, instants in hours
that clocks show twice. What rules compare with is drawn beside the cells, so that they match often enough.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

import attrs
from hypothesis import strategies as st

from npscore.errors import InvalidRuleError
from npscore.segments.leaves import Age, Contains, Eq, In, Missing, Range, StartsWith
from npscore.segments.operands import LONGEST_AGE, Kind, operand
from npscore.segments.rules import And, Not, Or, Rule
from npscore.testing.strategies import texts

Make = Literal["truth", "integer", "float", "decimal", "text", "time"]
"""What the cells of a column are made of: bool, int, float, Decimal, str, aware datetime."""

KINDS: Mapping[Make, Kind] = {
    "truth": Kind.TRUTH,
    "integer": Kind.NUMBER,
    "float": Kind.NUMBER,
    "decimal": Kind.NUMBER,
    "text": Kind.TEXT,
    "time": Kind.TIME,
}
"""The kind that rules see in each make."""

NAMES = ("rating", "customer.region", "two words", 'a "quoted" name', "semi;colon", "it's", "Größe", "%s", ":p", "{x}")
"""Names of columns that databases and dataframes can have."""

BERLIN, KOLKATA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
"""An instant in an hour that clocks show twice."""


def _all(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(values)


@attrs.frozen
class Column:
    """A column of cells of one make.

    Attributes:
        name: any of which rules can speak.
        make: what the cells are made of, also where all are missing.
        cells: the values from the first row to the last, None where missing;
            floats may be NaN.

    Example:
        >>> Column("rating", "integer", [9, None]).kind
        <Kind.NUMBER: 'number'>
    """

    name: str
    make: Make
    cells: tuple[Any, ...] = attrs.field(converter=_all)

    @property
    def kind(self) -> Kind:
        """The kind that rules see."""
        return KINDS[self.make]


@attrs.frozen
class Table:
    """Columns of one length, for an engine to run a rule on.

    Example:
        >>> Table([Column("rating", "integer", [9, None]), Column("region", "text", ["EMEA", ""])]).rows
        [{'rating': 9, 'region': 'EMEA'}, {'rating': None, 'region': ''}]
    """

    columns: tuple[Column, ...] = attrs.field(converter=_all)

    @property
    def kinds(self) -> dict[str, Kind]:
        """The kind of each column by its name."""
        return {column.name: column.kind for column in self.columns}

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows as rules read them."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, cells, strict=True)) for cells in zip(*self._cells, strict=True)]

    @property
    def _cells(self) -> list[tuple[Any, ...]]:
        return [column.cells for column in self.columns]


_INTEGERS = (0, 1, -1, 5, 9, 10, 2**53 - 1, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63))
_FLOATS = (0.0, -0.0, 0.1, 0.3, 0.1 + 0.2, 1.1, 5.0, 9.5, -0.1, 1e-7, 1e22, 2.0**53, 2.0**53 + 2, 1e300)
_INFINITE = (float("inf"), float("-inf"))
_DECIMALS = tuple(map(Decimal, ("0", "0.1", "0.3", "1.10", "1.1", "5", "5.00", "-0.1", "9.5", "99999999.9999")))
_TEXTS = (
    "", "EMEA", "emea", "EMEA ", " EMEA", "5", "true", "null", "NaN", "Zu\u0308rich", "Z\u00fcrich", "\u00df", "ss",
    "\uffee", "\U0001f600", "100%", "1000", "a_c", "abc", "a\\c", "[a]", "*", "it's", 'say "a"', "a\nb", "\u0131", "I",
)  # fmt: skip
_TIMES = (
    NOW,
    NOW.replace(fold=1),
    datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
    datetime(2026, 3, 1, tzinfo=UTC),
    datetime(2026, 3, 1, 0, 0, 0, 1, tzinfo=UTC),
    datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2026, 3, 1, 5, 30, tzinfo=KOLKATA),
)


def _times() -> st.SearchStrategy[datetime]:
    zones = st.sampled_from([UTC, BERLIN, KOLKATA])
    some = st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1), timezones=zones)  # noqa: DTZ001
    return st.sampled_from(_TIMES) | some.map(_that_is)


def _that_is(moment: datetime) -> datetime:
    """The time itself, or where clocks skipped it the one that they showed."""
    return moment.astimezone(UTC).astimezone(moment.tzinfo)


def _floats(infinities: bool) -> st.SearchStrategy[float]:
    known = [*_FLOATS, float("nan"), *(_INFINITE if infinities else ())]
    return st.sampled_from(known) | st.floats(allow_infinity=infinities, allow_subnormal=False)


def _cells(make: Make, infinities: bool) -> st.SearchStrategy[Any]:
    strategies: dict[Make, st.SearchStrategy[Any]] = {
        "truth": st.booleans(),
        "integer": st.sampled_from(_INTEGERS) | st.integers(-(2**63), 2**63 - 1),
        "float": _floats(infinities),
        "decimal": st.sampled_from(_DECIMALS) | st.decimals(-(10**8), 10**8, places=4),
        "text": st.sampled_from(_TEXTS) | texts(max_size=8),
        "time": _times(),
    }
    return strategies[make]


@st.composite
def tables(draw: st.DrawFn, *, infinities: bool = True) -> Table:
    """Tables of up to five columns and eight rows.

    Args:
        draw: given by Hypothesis.
        infinities: whether columns of floats may hold them.
    """
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    rows = draw(st.integers(0, 8))
    return Table(draw(_columns(name, rows, infinities)) for name in names)


@st.composite
def _columns(draw: st.DrawFn, name: str, rows: int, infinities: bool) -> Column:
    make: Make = draw(st.sampled_from(list(KINDS)))
    cells = st.none() if draw(st.integers(0, 9)) == 0 else st.none() | _cells(make, infinities)
    return Column(name, make, draw(st.lists(cells, min_size=rows, max_size=rows)))


def rules(table: Table, *, now: datetime | None = None) -> st.SearchStrategy[Rule]:
    """Rules of every node about the columns of a table.

    Args:
        table: with at least one column.
        now: from when ages count; None for rules without ages.
    """
    leaves = st.sampled_from(table.columns).flatmap(lambda column: _leaves(column, now))
    return st.recursive(leaves, _joined, max_leaves=8)


def _joined(parts: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    several = st.lists(parts, max_size=3)
    return several.map(lambda rules: And(*rules)) | several.map(lambda rules: Or(*rules)) | parts.map(Not)


def _leaves(column: Column, now: datetime | None) -> st.SearchStrategy[Rule]:
    name, values = column.name, _operands(column)
    made: list[st.SearchStrategy[Rule]] = [
        st.just(Missing(name)),
        values.map(lambda value: Eq(name, value)),
        st.lists(values, max_size=4).map(lambda chosen: In(name, chosen)),
    ]
    if column.kind is not Kind.TRUTH:
        made.append(_ranges(name, values))
    if column.kind is Kind.TEXT:
        made += [st.builds(node, st.just(name), _parts(column)) for node in (Contains, StartsWith)]
    if column.kind is Kind.TIME and now is not None:
        made.append(_ages(column, now))
    return st.one_of(made)


_LOW, _HIGH = ("at_least", "above"), ("at_most", "below")


def _ranges(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Rule]:
    low, high = (st.tuples(st.sampled_from(names), values).map(lambda bound: [bound]) for names in (_LOW, _HIGH))
    both = st.tuples(low, high).map(lambda bounds: [*bounds[0], *bounds[1]])
    return st.one_of(low, high, both).map(lambda bounds: Range(name, **dict(bounds)))


def _operands(column: Column) -> st.SearchStrategy[Any]:
    """What a column may be compared with, beside its cells."""
    beside, known = _BESIDE[column.kind]
    near = [value for cell in column.cells if cell is not None for value in beside(cell) if _is_operand(value)]
    return st.sampled_from([*near, *near, *known])


def _is_operand(value: Any) -> bool:
    try:
        operand(value)
    except InvalidRuleError:
        return False
    return True


def _beside_truth(_cell: bool) -> Sequence[Any]:
    return True, False


def _beside_number(cell: Any) -> Sequence[Any]:
    if cell != cell or abs(cell) > 10**27:
        return ()
    exact = Decimal(repr(cell)) if isinstance(cell, float) else Decimal(cell)
    grain = Decimal("1E-18") * max(1, abs(int(exact)))
    return cell, float(cell), exact, exact + 1, exact - 1, exact + grain, exact - grain, int(exact)


def _beside_text(cell: str) -> Sequence[Any]:
    forms = [unicodedata.normalize(form, cell) for form in ("NFC", "NFD")]
    return cell, cell, cell.upper(), cell.lower(), cell + " ", cell.rstrip(), cell + "a", cell[:-1], *forms


def _beside_time(cell: datetime) -> Sequence[Any]:
    moment, grain = cell.astimezone(UTC), timedelta(microseconds=1)
    return cell, moment, moment + grain, moment - grain, moment.replace(tzinfo=None), moment.date()


_EXTREMES = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)
_BESIDE: dict[Kind, tuple[Callable[[Any], Sequence[Any]], Sequence[Any]]] = {
    Kind.TRUTH: (_beside_truth, (True, False)),
    Kind.NUMBER: (_beside_number, (*_INTEGERS[:8], *_FLOATS[:10], *_DECIMALS, 10**25, -(10**25), Decimal("1E-25"))),
    Kind.TEXT: (_beside_text, _TEXTS),
    Kind.TIME: (_beside_time, (*_TIMES, *_EXTREMES)),
}


def _parts(column: Column) -> st.SearchStrategy[str]:
    cells = [cell for cell in column.cells if cell]
    pieces = [cell[start:end] for cell in cells for start, end in ((0, 1), (0, 2), (1, 3), (0, None), (-1, None))]
    turned = [piece.swapcase() for piece in pieces]
    return st.sampled_from([*pieces, *pieces, *turned, "", "%", "_", "\\", "*", "e", "EM", "\u0308"])


def _ages(column: Column, now: datetime) -> st.SearchStrategy[Rule]:
    own = [now.astimezone(UTC) - cell.astimezone(UTC) for cell in column.cells if cell is not None]
    grains = timedelta(0), timedelta(microseconds=1), timedelta(hours=1)
    near = [age + grain * sign for age in own for grain in grains for sign in (1, -1)]
    lengths = st.sampled_from([*(age for age in near if abs(age) <= LONGEST_AGE), timedelta(0), timedelta(days=90)])
    bounds = st.fixed_dictionaries({}, optional={"at_least": lengths, "at_most": lengths}).filter(bool)
    return bounds.map(lambda chosen: Age(column.name, **chosen))


@st.composite
def questions(draw: st.DrawFn, *, infinities: bool = True) -> tuple[Rule, Table, datetime]:
    """A rule, a table and a now, which suit each other.

    Args:
        draw: given by Hypothesis.
        infinities: whether columns of floats may hold them.
    """
    table, now = draw(tables(infinities=infinities)), draw(_times())
    return draw(rules(table, now=now)), table, now
