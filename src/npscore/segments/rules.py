"""Rules as data: small trees over the names of columns, with one meaning in every engine.

A rule is true or false of a row, nothing between. A missing value (None, NaN, NA) matches `Missing` and nothing else.
Values of unlike kinds never match: the text "5" is not the number 5. Texts are compared by code point, case and all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

import attrs

from npscore.errors import InvalidRuleError, short
from npscore.periods import check_instant

if TYPE_CHECKING:
    from npscore.segments.plain import Test

DEEPEST = 50
"""How many levels a rule may have."""

MOST_PARTS = 10_000
"""How many nodes and values a rule may have."""


class Rule:
    """What is true or false of a row. Join rules with ``&`` and ``|``, turn one round with ``~``.

    Example:
        >>> rule = field("customer.region").is_in("EMEA") & (field("category") == "detractor")
        >>> rule.matches({"customer.region": "EMEA", "category": "detractor"})
        True
        >>> print(rule)
        customer.region in ("EMEA") and category = "detractor"
        >>> Rule.parse(str(rule)) == Rule.from_json(rule.to_json()) == rule
        True
    """

    @property
    def parts(self) -> tuple[Rule, ...]:
        """The rules of which this one is made."""
        return ()

    @cached_property
    def depth(self) -> int:
        """How many levels there are."""
        return 1 + max((part.depth for part in self.parts), default=0)

    @cached_property
    def size(self) -> int:
        """How many nodes and values there are."""
        return 1 + sum(part.size for part in self.parts)

    def leaves(self) -> Iterator[Leaf]:
        """The rules about single columns."""
        for part in self.parts:
            yield from part.leaves()

    @property
    def is_called(self) -> bool:
        """Whether Python reads what `repr` writes of it as one thing beside an operator."""
        return True

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns of which the rule speaks, in its order, each once."""
        return tuple(dict.fromkeys(leaf.column for leaf in self.leaves()))

    @cached_property
    def asked(self) -> frozenset[str]:
        """The columns of which the rule speaks, without order."""
        return frozenset(self.columns)

    @cached_property
    def needs_now(self) -> bool:
        """Whether the rule speaks of ages, so that somebody must say when now is."""
        return any(part.needs_now for part in self.parts)

    @cached_property
    def test(self) -> Test:
        """The rule as a function of a row and of now, made once; see `npscore.segments.plain`."""
        from npscore.segments.plain import compiled

        return compiled(self)

    def matches(self, row: Mapping[str, Any], *, now: datetime | None = None) -> bool:
        """Whether a row is meant.

        Args:
            row: cells by the names of columns; it may have others too.
            now: an aware time, needed where the rule speaks of ages.

        Raises:
            InvalidRuleError: for a column that the row does not have, with the
                nearest name, and for an age without now.

        Example:
            >>> field("customer.region").is_missing().matches({"customer.region": None})
            True
        """
        if now is not None or self.needs_now:
            self.check_now(now)
        check_cells(self.asked, row)
        return self.test(row, now)

    def check_now(self, now: datetime | None) -> None:
        """Refuse an age without now, and a now without a zone.

        Raises:
            InvalidRuleError: when the rule needs it and it is not given.
            InputError: when it is no aware datetime.
        """
        if now is not None:
            check_instant("now", now)
        elif self.needs_now:
            raise without_now()

    def check(self, columns: Collection[str]) -> None:
        """Refuse a rule that speaks of columns that there are not.

        Raises:
            InvalidRuleError: naming the column, and the nearest that there is.
        """
        if not isinstance(columns, Collection):
            raise InvalidRuleError(f"columns are a collection of names, not {short(columns)}.")
        check_columns(self.columns, columns)

    @classmethod
    def parse(cls, text: str) -> Rule:
        """Read the text form; its grammar is in the reference.

        Raises:
            InvalidRuleError: saying where the text cannot be read.
        """
        from npscore.segments.reading import read

        return read(text)

    @classmethod
    def from_json(cls, data: Any) -> Rule:
        """Read the JSON form, already decoded; see `to_json`.

        Raises:
            InvalidRuleError: saying which part is no rule.
        """
        from npscore.segments.json_form import decoded

        return decoded(data)

    def to_json(self) -> dict[str, Any]:
        """The rule as values that JSON has, for files and rule builders."""
        from npscore.segments.json_form import encoded

        return encoded(self)

    @classmethod
    def from_jsonlogic(cls, data: Any) -> Rule:
        """Read JsonLogic, as rule builders export it, already decoded.

        Raises:
            InvalidRuleError: for operations that rules do not have.
        """
        from npscore.segments.jsonlogic import decoded

        return decoded(data)

    def to_jsonlogic(self) -> Any:
        """The rule as JsonLogic.

        Raises:
            InvalidRuleError: for ages and times, which JsonLogic does not have.
        """
        from npscore.segments.jsonlogic import encoded

        return encoded(self)

    def __and__(self, other: Rule) -> And:
        return And(*_flat(And, self), *_flat(And, other))

    def __or__(self, other: Rule) -> Or:
        return Or(*_flat(Or, self), *_flat(Or, other))

    def __invert__(self) -> Rule:
        return Not(self)

    def __getstate__(self) -> dict[str, Any]:
        """Without what was worked out, which has functions that no other process can be sent."""
        return {name: value for name, value in self.__dict__.items() if name != "test"}

    def __bool__(self) -> NoReturn:
        raise InvalidRuleError("a rule is neither true nor false without a row; join rules with &, | and ~.")

    def __str__(self) -> str:
        from npscore.segments.words import worded

        return worded(self)


def without_now() -> InvalidRuleError:
    """The error for a rule that speaks of ages where nobody said when now is."""
    return InvalidRuleError("the rule speaks of ages; say from when they count with now=.")


def unknown_column(column: str, columns: Iterable[str]) -> InvalidRuleError:
    """The error for a column that is not there, with the nearest that is."""
    there = [str(name) for name in columns]
    close = get_close_matches(column, there, n=1)
    shown = ", ".join(map(repr, there[:8])) + (", …" if len(there) > 8 else "")
    hint = f"did you mean {close[0]!r}?" if close else f"there are {shown or 'none'}."
    return InvalidRuleError(f"the rule speaks of a column {column!r} that is not there; {hint}", column)


def _flat(kind: type[And | Or], rule: Any) -> tuple[Rule, ...]:
    """The parts of a rule that is joined in the same way, else the rule."""
    check_rule(rule)
    return rule.parts if isinstance(rule, kind) else (rule,)


def check_rule(rule: object) -> None:
    """Refuse what is no rule."""
    if not isinstance(rule, Rule):
        raise InvalidRuleError(
            f"{short(rule)} is no rule; comparisons of field() are, and each needs brackets beside & and |."
        )


def check_columns(asked: Iterable[str], columns: Collection[str]) -> None:
    """Refuse columns that there are not, also those that no row would ever come to.

    Raises:
        InvalidRuleError: naming the first, and the nearest that there is.
    """
    for column in asked:
        if column not in columns:
            raise unknown_column(column, columns)


def check_cells(asked: frozenset[str], row: Any) -> None:
    """Refuse what is no row, and a row without one of the columns.

    Raises:
        InvalidRuleError: naming the first column, and the nearest that there is.
    """
    if type(row) is dict and row.keys() >= asked:
        return
    check_row(row)
    check_columns(sorted(asked), row)


def check_row(row: object) -> None:
    """Refuse what has no columns."""
    if not hasattr(row, "keys"):
        raise InvalidRuleError(f"a row is a mapping of columns to values, not {short(row)}.")


def check_size(rule: Rule) -> None:
    """Refuse a rule of too many parts."""
    if rule.size > MOST_PARTS:
        raise InvalidRuleError(f"a rule has at most {MOST_PARTS:,} parts and values, not {rule.size:,}.")


class Leaf(Rule):
    """A rule about a single column."""

    column: str

    def leaves(self) -> Iterator[Leaf]:
        """Itself."""
        yield self


class _Joined(Rule):
    """Rules joined; all of them count."""

    rules: tuple[Rule, ...]

    @property
    def parts(self) -> tuple[Rule, ...]:
        """The rules that are joined."""
        return self.rules

    def __attrs_post_init__(self) -> None:
        for rule in self.rules:
            check_rule(rule)
        if self.depth > DEEPEST:
            raise InvalidRuleError(f"a rule has at most {DEEPEST} levels; this one has more.")
        check_size(self)

    @property
    def is_called(self) -> bool:
        """Whether it is written as a call: of fewer than two rules, or of some that an operator would melt into it."""
        return len(self.rules) < 2 or any(isinstance(rule, type(self)) for rule in self.rules)

    def _joined(self, sign: str) -> str:
        if self.is_called:
            return f"{type(self).__name__}({', '.join(map(repr, self.rules))})"
        return f" {sign} ".join(repr(rule) if rule.is_called else f"({rule!r})" for rule in self.rules)


@attrs.frozen(repr=False, slots=False, init=False)
class And(_Joined):
    """All of the rules hold; of none, every row is meant."""

    rules: tuple[Rule, ...]

    def __init__(self, *rules: Rule) -> None:
        self.__attrs_init__(rules)

    def __repr__(self) -> str:
        return self._joined("&")


@attrs.frozen(repr=False, slots=False, init=False)
class Or(_Joined):
    """Any of the rules holds; of none, no row is meant."""

    rules: tuple[Rule, ...]

    def __init__(self, *rules: Rule) -> None:
        self.__attrs_init__(rules)

    def __repr__(self) -> str:
        return self._joined("|")


@attrs.frozen(repr=False, slots=False, init=False)
class Not(_Joined):
    """The rule does not hold, as where its column is missing."""

    rules: tuple[Rule, ...]

    def __init__(self, rule: Rule) -> None:
        self.__attrs_init__((rule,))

    def __repr__(self) -> str:
        (rule,) = self.rules
        return f"~{rule!r}" if rule.is_called else f"~({rule!r})"


EVERYBODY = And()
"""The rule that every row fulfils."""

NOBODY = Or()
"""The rule that no row fulfils."""
