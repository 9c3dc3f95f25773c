"""What typical answers tell of the rules of a policy: which are reached, and whom they leave out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from npscore.loop.policies import PolicyRule
from npscore.loop.typical import Typical
from npscore.segments.leaves import Eq
from npscore.segments.rules import Rule

_OPEN = Eq("case.open", True)


@attrs.frozen
class Reach:
    """Which rules mean typical answers, and which get them.

    Attributes:
        matched: rules that mean some answer, by number.
        standard: those that are the first for an answer on the scale 0-10, or
            one without a rating.
        first: those that are the first for some answer.
        taken: which rules come first where a rule means an answer.
        leaves_detractors: whether some detractor on that scale has no rule.
    """

    matched: frozenset[int]
    standard: frozenset[int]
    first: frozenset[int]
    taken: Mapping[int, frozenset[int]]
    leaves_detractors: bool

    @classmethod
    def of(cls, rules: Sequence[PolicyRule]) -> Reach | None:
        """What typical answers reach; None where they are too many."""
        typical = Typical.of([rule.when for rule in rules])
        if not typical.are_few:
            return None
        seen: dict[tuple[int, ...], bool] = {}
        leaves = False
        for answer in typical:
            mine = tuple(number for number, test in enumerate(typical.tests) if test(answer.holds))
            is_standard = answer.scaled != "another"
            seen[mine] = seen.get(mine, False) or is_standard
            leaves = leaves or (not mine and is_standard and answer.is_detractor)
        return cls._seen(seen, leaves)

    @classmethod
    def _seen(cls, seen: Mapping[tuple[int, ...], bool], leaves: bool) -> Reach:
        matched = frozenset(number for mine in seen for number in mine)
        return cls(
            matched=matched,
            standard=frozenset(mine[0] for mine, is_standard in seen.items() if mine and is_standard),
            first=frozenset(mine[0] for mine in seen if mine),
            taken={one: frozenset(mine[0] for mine in seen if one in mine) for one in matched},
            leaves_detractors=leaves,
        )


def holds_only_while_open(when: Rule) -> bool:
    """Whether a rule means answers of customers with an open case, and no others."""
    if _OPEN.column not in when.columns:
        return False
    typical = Typical.of([when], [_OPEN])
    meant = (answer for answer in typical if typical.tests[0](answer.holds)) if typical.are_few else ()
    found = {bool(answer.holds & typical.bits[_OPEN]) for answer in meant}
    return found == {True}
