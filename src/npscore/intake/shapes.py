"""A shape: how the answers of one tool look, and how its names map to ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import attrs

from npscore.errors import InputError
from npscore.intake.rows import Values, found

Paths = tuple[str, ...]
Fields = dict[str, Paths]

TIMES = frozenset({"answered_at", "revised_at", "invited_at", "interaction_at", "opened_at", "customer.since"})
TRUTHS = frozenset({"completed", "test", "excluded", "declined"})
GROUPS = frozenset({"attributes", "drivers"})
LINES = frozenset({
    "id", "customer.id", "account.id", "invitation_id", "interaction_id", "survey", "role", "channel", "locale",
    "customer.name", "customer.first_name", "customer.last_name", "customer.email", "customer.phone",
    "account.name", "account.owner", "account.parent_id",
})  # fmt: skip
OTHERS = frozenset({"rating", "scale", "metric", "survey_kind", "category", "comment", "tags"})
FIELDS = TIMES | TRUTHS | GROUPS | LINES | OTHERS
"""What a column can be mapped to, beside ``customer.NAME``, ``account.NAME``, ``attributes.NAME``, ``drivers.NAME``."""

_ALIASES = {"customer_id": "customer.id", "account_id": "account.id"}
_OPEN = ("customer.", "account.", "attributes.", "drivers.")


def _paths(value: str | Iterable[str]) -> Paths:
    return (value,) if isinstance(value, str) else tuple(value)


def checked_field(name: str) -> str:
    """The one spelling of a field.

    Raises:
        InputError: for a field that does not exist, with the nearest as a hint.

    Example:
        >>> checked_field("customer_id")
        'customer.id'
    """
    field = _ALIASES.get(name, name)
    if field == "account.revenue":
        raise InputError("revenue is an amount with a currency, which no column holds; name it account.annual_revenue.")
    if field in FIELDS or any(field.startswith(start) and field != start for start in _OPEN):
        return field
    close = get_close_matches(field, FIELDS, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(sorted(FIELDS))}."
    raise InputError(f"{name!r} is no field of an answer; {hint}")


def _checked_fields(fields: Mapping[str, str | Iterable[str]]) -> Fields:
    return {checked_field(name): _paths(value) for name, value in fields.items()}


def same(values: Values) -> Values:
    """The row as it is."""
    return values


def no_fault(values: Values) -> str | None:
    """No row is refused."""
    return None


def always(values: Values) -> bool:
    """Every row is an answer."""
    return True


def _marks(marks: Iterable[Iterable[str]]) -> tuple[Paths, ...]:
    return tuple(map(_paths, marks))


def nothing(columns: Sequence[str]) -> Fields:
    """No column is guessed."""
    return {}


@attrs.frozen(kw_only=True)
class Shape:
    """How the answers of one tool look, as data: what it is recognised by, and where each field stands.

    Make a shape of your own with `attrs.evolve` from one of `SHAPES`, or from
    the ground up, and hand it to `read_responses` in place of a name.

    Attributes:
        name: as in ``"delighted-webhook"``.
        marks: sets of paths; a row that has every path of one set is of this shape.
        fields: for each field of ours the paths at which it may stand, the first that says something counts.
            Fields are those of `Response`, ``customer.NAME``, ``account.NAME``, ``attributes.NAME``,
            ``drivers.NAME``, and ``category``, ``excluded``, ``opened_at``.
        constants: values of fields that no row says.
        scales: the scale of each metric where it is not 0-10 (nps), 1-5 (csat, star), 1-7 (ces).
        words: for a field, what its texts mean, in lower case.
        zone: of times without one, where the tool documents it.
        table: whether rows are flat, so that columns left over become attributes.
        ignored: columns of a table that are left out, as addresses of machines.
        guesses: paths that the tool leaves to its user, so that a customer's id there is a guess, which is noted.
        invites: whether each row is also an invitation.
        guess: fields found by looking at the columns of a table.
        prepare: makes a row of what came, where names alone do not suffice.
        refuse: why a row is no answer, None where it may be one.
        answered: whether a row is an answer rather than an invitation only.

    Raises:
        InputError: for a field that does not exist.

    Example:
        >>> shape = Shape(name="ours", fields={"rating": "Q7", "customer.id": "crm_no"}, constants={"survey": "exit"})
        >>> today = "2026-11-22T10:00:00Z"
        >>> intake = read_responses([{"Q7": 9, "crm_no": 12}], shape=shape, known_at=today, answered_at=today)
        >>> intake.responses[0].customer_id, intake.responses[0].survey
        ('12', 'exit')
    """

    name: str
    fields: Fields = attrs.field(converter=_checked_fields)
    marks: tuple[Paths, ...] = attrs.field(default=(), converter=_marks)
    constants: Mapping[str, Any] = attrs.field(factory=dict)
    scales: Mapping[str, str] = attrs.field(factory=dict)
    words: Mapping[str, Mapping[str, Any]] = attrs.field(factory=dict)
    zone: str | None = None
    table: bool = False
    ignored: frozenset[str] = frozenset()
    guesses: frozenset[str] = frozenset()
    invites: bool = False
    guess: Callable[[Sequence[str]], Fields] = nothing
    prepare: Callable[[Values], Values] = same
    refuse: Callable[[Values], str | None] = no_fault
    answered: Callable[[Values], bool] = always

    def fits(self, values: Values) -> bool:
        """Whether a row looks like this shape."""
        return any(all(_has(values, path) for path in paths) for paths in self.marks)


def _has(values: Values, path: str) -> bool:
    if path in values:
        return True
    head, dot, rest = path.partition(".")
    inner = values.get(head) if dot else None
    return isinstance(inner, dict) and _has(inner, rest)


def recognise(rows: Sequence[Values], shapes: Iterable[Shape]) -> Shape | None:
    """The one shape that the rows have, None where none of the shapes fits.

    Of two that fit, the one whose marks include the other's is meant.

    Raises:
        InputError: naming the candidates, when several fit.
    """
    fitting = [shape for shape in shapes if any(shape.fits(values) for values in rows)]
    best = [shape for shape in fitting if not any(_includes(other, shape) for other in fitting if other is not shape)]
    if len(best) > 1:
        names = " or ".join(shape.name for shape in best)
        raise InputError(f"the rows look like {names}; say which with shape= (--from at the shell).")
    return best[0] if best else None


def _includes(one: Shape, other: Shape) -> bool:
    """Whether every set of marks of one holds a set of the other, and more."""
    return all(any(set(paths) > set(fewer) for fewer in other.marks) for paths in one.marks)


def value_at(values: Values, paths: Paths) -> Any:
    """The first that says something among some paths; None where none does."""
    for path in paths:
        value = values[path] if path in values else found(values, path)
        if value is not None and not (isinstance(value, str) and (not value or value.isspace())):
            return value
    return None
