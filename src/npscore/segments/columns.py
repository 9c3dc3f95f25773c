"""Columns that hold values of one kind, against which a rule is checked before an engine is set to work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from npscore.errors import InvalidRuleError
from npscore.segments.leaves import Age, Contains, Eq, In, Range, StartsWith
from npscore.segments.operands import Kind, kind_of
from npscore.segments.rules import Leaf, Rule

_HELD = {Kind.TRUTH: "true and false", Kind.NUMBER: "numbers", Kind.TEXT: "texts", Kind.TIME: "times"}


def check_kinds(rule: Rule, kinds: Mapping[str, Kind | None]) -> None:
    """Refuse a rule that speaks of a column that is not there, or compares one with values of another kind.

    Where every cell is of one kind, such a comparison would match nobody, which is never what was meant.

    Args:
        rule: the rule.
        kinds: what each column holds, None where that is not known.

    Raises:
        InvalidRuleError: naming the column.
    """
    rule.check(kinds)
    for leaf in rule.leaves():
        held = kinds[leaf.column]
        for wanted, shown in wanted_of(leaf):
            if held is not None and held is not wanted:
                raise InvalidRuleError(
                    f"the column {leaf.column!r} holds {_HELD[held]}, and the rule compares it with {shown}; "
                    "convert the column, or write the value as the column has it.",
                    leaf.column,
                )


def wanted_of(leaf: Leaf) -> Iterator[tuple[Kind, str]]:
    """The kinds that a rule about one column compares it with, each with an example."""
    if isinstance(leaf, Eq):
        yield kind_of(leaf.value), repr(leaf.value)
    elif isinstance(leaf, In):
        yield from ((kind_of(value), repr(value)) for value in leaf.values)
    elif isinstance(leaf, Range):
        yield from ((kind_of(bound), repr(bound)) for bound in leaf.bounds.values())
    elif isinstance(leaf, Contains | StartsWith):
        yield Kind.TEXT, repr(leaf.text)
    elif isinstance(leaf, Age):
        yield Kind.TIME, "an age"
