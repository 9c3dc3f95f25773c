"""Segments, which are named rules, and segmentations, which are segments in order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

import attrs

from npscore.errors import InvalidRuleError, short
from npscore.periods import check_instant
from npscore.segments.rules import Rule, check_cells, check_rule, without_now

REST = "rest"
"""The name of what is left over, where nobody gives it another."""


def _rule(rule: Any) -> Rule:
    made = Rule.parse(rule) if isinstance(rule, str) else rule
    check_rule(made)
    checked: Rule = made
    return checked


def _name(name: Any) -> str:
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise InvalidRuleError(f"segments and segmentations have a printable text as a name, not {short(name)}.")
    return name


@attrs.frozen
class Segment:
    """A rule with a name.

    Args:
        name: what people call those who are meant.
        rule: a `Rule`, or its text form.

    Raises:
        InvalidRuleError: for a name that is no text, and what is no rule.

    Example:
        >>> unhappy = Segment("unhappy in EMEA", 'customer.region = "EMEA" and category = "detractor"')
        >>> unhappy.matches({"customer.region": "EMEA", "category": "passive"})
        False
    """

    name: str = attrs.field(converter=_name)
    rule: Rule = attrs.field(converter=_rule)

    def matches(self, row: Mapping[str, Any], *, now: datetime | None = None) -> bool:
        """Whether a row is in the segment; see `Rule.matches`."""
        return self.rule.matches(row, now=now)

    def __str__(self) -> str:
        return f"{self.name}: {self.rule}"


def _segments(segments: Any) -> tuple[Segment, ...]:
    if isinstance(segments, Mapping):
        return tuple(Segment(name, rule) for name, rule in segments.items())
    if isinstance(segments, Segment) or not isinstance(segments, Iterable):
        raise InvalidRuleError(f"a segmentation is made of Segments, or of names and rules, not of {short(segments)}.")
    made = tuple(segments)
    for segment in made:
        if not isinstance(segment, Segment):
            raise InvalidRuleError(f"{short(segment)} is no Segment.")
    return made


def _truth(_segmentation: Any, attribute: attrs.Attribute[bool], value: object) -> None:
    if not isinstance(value, bool):
        raise InvalidRuleError(f"{attribute.name} is True or False, not {short(value)}.")


@attrs.frozen
class Segmentation:
    """Segments in order, and a name for who is in none of them.

    Args:
        segments: the segments, or a mapping of names to rules.
        name: of the segmentation; the column of a breakdown by it.
        overlapping: False lets the first segment that matches have a row, so
            that every row is in one; True lets a row be in several, so that
            the segments sum to more than the whole.
        rest: the name of what is left over.

    Raises:
        InvalidRuleError: for a name that is given twice, and what is no rule.

    Example:
        >>> tiers = Segmentation({"large": "account.revenue >= 100000", "small": "account.revenue < 100000"})
        >>> tiers.of({"account.revenue": 250_000}), tiers.of({"account.revenue": None})
        (('large',), ('rest',))
    """

    segments: tuple[Segment, ...] = attrs.field(converter=_segments)
    name: str = attrs.field(default="segment", converter=_name, kw_only=True)
    overlapping: bool = attrs.field(default=False, kw_only=True, validator=_truth)
    rest: str = attrs.field(default=REST, converter=_name, kw_only=True)

    def __attrs_post_init__(self) -> None:
        for name in self.names:
            if self.names.count(name) > 1:
                raise InvalidRuleError(f"two segments are called {name!r}; name one of them, or the rest, otherwise.")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the segments in order, that of the rest last."""
        return (*(segment.name for segment in self.segments), self.rest)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns of which the rules speak, each once."""
        return tuple(dict.fromkeys(column for segment in self.segments for column in segment.rule.columns))

    @cached_property
    def asked(self) -> frozenset[str]:
        """The columns of which the rules speak, without order."""
        return frozenset(self.columns)

    @cached_property
    def needs_now(self) -> bool:
        """Whether a rule speaks of ages, so that somebody must say when now is."""
        return any(segment.rule.needs_now for segment in self.segments)

    def check(self, columns: Collection[str], *, now: datetime | None = None) -> None:
        """Refuse rules that speak of columns that there are not, or of ages without now.

        Raises:
            InvalidRuleError: naming the column, and the nearest that there is.
        """
        for segment in self.segments:
            segment.rule.check(columns)
            segment.rule.check_now(now)

    def of(self, row: Mapping[str, Any], *, now: datetime | None = None) -> tuple[str, ...]:
        """The names of the segments of a row: one, or where they overlap all that match.

        Raises:
            InvalidRuleError: for a column that the row does not have, and an
                age without now.
        """
        if now is not None:
            check_instant("now", now)
        elif self.needs_now:
            raise without_now()
        check_cells(self.asked, row)
        if not self.overlapping:
            tests = ((segment.name, segment.rule.test) for segment in self.segments)
            return (next((name for name, test in tests if test(row, now)), self.rest),)
        return tuple(s.name for s in self.segments if s.rule.test(row, now)) or (self.rest,)
