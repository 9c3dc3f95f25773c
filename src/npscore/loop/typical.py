"""Typical answers: one for each way in which the rules of a policy can tell answers apart.

Rules see of an answer only which of their leaves hold. So for each column a few values will do: those that the leaves
name, values between and beside these, and none. Ratings and categories go together. All combinations are all there is
to see, and what is true of them is true of every answer. Where the values of a column cannot be found, each of its
leaves may hold or not, which is more than can happen, and never less.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from functools import reduce
from itertools import count, pairwise, product
from math import ceil, floor, prod
from operator import or_
from typing import Any, Literal

import attrs

from npscore.models import Response
from npscore.scoring.scales import STANDARD, Category, classify
from npscore.segments.fields import LOWER
from npscore.segments.leaves import Age, Contains, Eq, In, Missing, Range, StartsWith
from npscore.segments.operands import Kind, kind_of
from npscore.segments.rows import OF_ANSWERS, windows_of
from npscore.segments.rules import And, Leaf, Or, Rule

MOST = 50_000
"""How many typical answers are looked at."""

Scaled = Literal["0-10", "no rating", "another"]
"""Whether a rating and its category go together on the standard scale."""

_NOW = datetime(2026, 1, 1, tzinfo=UTC)  # ages only ever count from some now
_MOMENT = timedelta(microseconds=1)
_MOST_FREE = 16
_LARGEST = 10**9  # of ratings, as records keep them
_CATEGORIES = (*(category.value for category in Category), None)


@attrs.frozen
class Choice:
    """One way to fill some columns.

    Attributes:
        holds: the leaves that hold, as bits.
        scaled: how rating and category go together.
        is_detractor: whether the category is detractor.
    """

    holds: int
    scaled: Scaled = "no rating"
    is_detractor: bool = False


Choices = tuple[Choice, ...]
Test = Callable[[int], bool]
"""Whether a rule holds where these leaves do."""


@attrs.frozen
class Typical:
    """All typical answers, some columns apart from others.

    Attributes:
        tests: of the rules, in order.
        answers: what columns of the rating and its category can be.
        past: what those of the answer before can be.
        counted: what each count of promoters, passives or detractors can be.
        others: what each other column can be.
        bits: of the leaves.
        is_free: whether some column alone can be too many things.
    """

    tests: tuple[Test, ...]
    answers: Choices
    past: Choices
    counted: tuple[Choices, ...]
    others: tuple[Choices, ...]
    bits: Mapping[Leaf, int]
    is_free: bool

    @classmethod
    def of(cls, rules: Iterable[Rule], more: Iterable[Leaf] = (), like_ratings: Container[str] = ()) -> Typical:
        """The typical answers to some rules.

        Args:
            rules: in order.
            more: leaves that matter although no rule has them.
            like_ratings: other columns that are taken for counts of ratings.
        """
        asked = tuple(rules)
        leaves = dict.fromkeys([leaf for rule in asked for leaf in rule.leaves()] + list(more))
        bits = {leaf: 1 << place for place, leaf in enumerate(leaves)}
        mine: dict[str, dict[str, dict[Leaf, int]]] = {"": {}, "history.": {}, "counted": {}, "others": {}}
        for leaf, bit in bits.items():
            part = "counted" if leaf.column in like_ratings else _part_of(leaf.column)
            mine[part].setdefault(leaf.column, {})[leaf] = bit
        apart = [leaves for part in ("counted", "others") for leaves in mine[part].values()]
        return cls(
            tests=tuple(_told(rule, bits) for rule in asked),
            answers=_answers(mine[""]),
            past=_answers(mine["history."]) if mine["history."] else (Choice(0, "0-10"),),
            counted=tuple(_fillings(column, leaves) for column, leaves in mine["counted"].items()),
            others=tuple(_fillings(column, leaves) for column, leaves in mine["others"].items()),
            bits=bits,
            is_free=any(_is_vague(leaves) and len(leaves) > _MOST_FREE for leaves in apart),
        )

    @property
    def are_few(self) -> bool:
        """Whether they are few enough to look at all of them."""
        sizes = map(len, (self.answers, self.past, *self.counted, *self.others))
        return not self.is_free and prod(sizes) <= MOST

    def __iter__(self) -> Iterator[Choice]:
        """Each of them, with all the leaves that hold."""
        for beside in product(self.past, *self.counted, *self.others):
            holds = _together(beside)
            for answer in self.answers:
                yield attrs.evolve(answer, holds=answer.holds | holds)

    def alike(self) -> Iterator[list[int]]:
        """The leaves that hold for answers that differ in ratings only, of now and before, and in counts of them."""
        now = [one for one in self.answers if one.scaled == "0-10"]
        for scaled in ("0-10", "no rating"):
            past = [one for one in self.past if one.scaled == scaled]
            telling = [_together(some) for some in product(now, past, *self.counted)]
            for beside in product(*self.others):
                holds = _together(beside)
                yield [holds | one for one in telling]


def tells_of_ratings(column: str) -> bool:
    """Whether a column tells how somebody rated, now or before."""
    return _part_of(column) != "others"


def _part_of(column: str) -> str:
    plain = column.removesuffix(LOWER)
    if plain in _RATED:
        return ""
    if plain.removeprefix("history.") in _RATED:
        return "history."
    counted = windows_of([plain]).get(plain, ("",))[0]
    return "counted" if counted in OF_ANSWERS[1:] else "others"


_RATED = ("category", "rating", "response.rating")


def _together(some: Iterable[Choice]) -> int:
    return reduce(or_, (one.holds for one in some), 0)


def _told(rule: Rule, bits: Mapping[Leaf, int]) -> Test:
    """A rule as a function of the leaves that hold."""
    if isinstance(rule, Leaf):
        bit = bits[rule]
        return lambda holds: bool(holds & bit)
    tests = [_told(part, bits) for part in rule.parts]
    if isinstance(rule, And):
        return lambda holds: all(test(holds) for test in tests)
    if isinstance(rule, Or):
        return lambda holds: any(test(holds) for test in tests)
    return lambda holds: not tests[0](holds)


def _answers(columns: Mapping[str, Mapping[Leaf, int]]) -> Choices:
    """Ratings with their categories: those of the standard scale, none, and what other scales may have."""
    made = []
    for scaled, rating, category in _pairs(columns):
        cells = {"category": category, "rating": rating, "category" + LOWER: category}  # numbers have no lower case
        holds = sum(_holding(column, mine, cells.get(_last_of(column))) for column, mine in columns.items())
        made.append(Choice(holds, scaled, is_detractor=category == Category.DETRACTOR))
    return tuple(dict.fromkeys(made))


def _last_of(column: str) -> str:
    """The name of a column without its kind."""
    return column.removeprefix("history.").removeprefix("response.")


def _pairs(columns: Mapping[str, Iterable[Leaf]]) -> Iterator[tuple[Scaled, int | None, str | None]]:
    """Ratings with categories."""
    yield "no rating", None, None
    ratings = range(STANDARD.low, STANDARD.high + 1)
    yield from (("0-10", rating, classify(rating).value) for rating in ratings)
    values = _values(leaf for leaves in columns.values() for leaf in leaves)
    named = {one for value in values if kind_of(value) is Kind.NUMBER for one in _whole_beside(value)}
    others = {one for one in named if abs(one) <= _LARGEST} | {*ratings, STANDARD.high + 1}
    if columns:
        yield from (("another", *pair) for pair in product(others, _CATEGORIES))


def _holding(column: str, leaves: Mapping[Leaf, int], cell: Any) -> int:
    """The leaves that hold of a cell."""
    return sum(bit for leaf, bit in leaves.items() if leaf.matches({column: cell}, now=_NOW))


def _fillings(column: str, leaves: Mapping[Leaf, int]) -> Choices:
    """What a column can be, of values that all leaves see alike one."""
    if _is_vague(leaves):  # and perhaps missing, which is more than can happen
        return _free(leaves) if len(leaves) <= _MOST_FREE else ()
    cells = _counts(leaves) if _is_count(column) else [True, False] if column in _TRUTHS else _cells(leaves)
    if column in _ALWAYS:
        cells = [cell for cell in cells if cell is not None]
    return tuple(dict.fromkeys(Choice(_holding(column, leaves, cell)) for cell in cells))


_ALWAYS = {
    *(f"response.{name}" for name, field in Response.model_fields.items() if field.default is not None),
    *("response_id", "answered_at"),
} - {"response.tags"}
"""Columns in which every answer has something."""

_TRUTHS = {f"response.{name}" for name, field in Response.model_fields.items() if field.annotation is bool}
"""Columns in which every answer has true or false."""


def _is_count(column: str) -> bool:
    return column in ("history.responses", "history.interactions", "history.invitations") or bool(windows_of([column]))


def _is_vague(leaves: Iterable[Leaf]) -> bool:
    """Whether no values are sought that make the leaves hold together or apart."""
    made = list(leaves)
    searches = [leaf for leaf in made if isinstance(leaf, Contains | StartsWith)]
    kinds = {kind_of(bound) for leaf in made if isinstance(leaf, Range) for bound in leaf.bounds.values()}
    has_times = any(kind_of(value) is Kind.TIME for value in _values(made))
    has_ages = any(isinstance(leaf, Age) for leaf in made)
    return len(searches) > 1 or bool(searches and Kind.TEXT in kinds) or (has_ages and has_times)


def _free(leaves: Mapping[Leaf, int]) -> Choices:
    """Each leaf may hold or not; none does where the column is missing but that which asks for it."""
    missing = sum(bit for leaf, bit in leaves.items() if isinstance(leaf, Missing))
    others = [bit for leaf, bit in leaves.items() if not isinstance(leaf, Missing)]
    made = [Choice(sum(some)) for some in product(*((0, bit) for bit in others))]
    return tuple(dict.fromkeys([*made, Choice(missing)]))


def _values(leaves: Iterable[Leaf]) -> list[Any]:
    """What columns are compared with."""
    made: list[Any] = []
    for leaf in leaves:
        if isinstance(leaf, Eq):
            made.append(leaf.value)
        elif isinstance(leaf, In):
            made.extend(leaf.values)
        elif isinstance(leaf, Range):
            made.extend(leaf.bounds.values())
    return made


def _cells(leaves: Mapping[Leaf, int]) -> list[Any]:
    """Nothing, and of each kind the values that leaves name, with those between and beside them."""
    by_kind: dict[Kind, list[Any]] = {kind: [] for kind in Kind}
    for value in _values(leaves):
        by_kind[kind_of(value)].append(value)
    sought = next((leaf.text for leaf in leaves if isinstance(leaf, Contains | StartsWith)), None)
    ages = [leaf for leaf in leaves if isinstance(leaf, Age)]
    moments = [_NOW - age for leaf in ages for age in (leaf.at_least, leaf.at_most) if age is not None]
    return [
        None,
        True,
        False,
        *_numbers(sorted(set(by_kind[Kind.NUMBER]))),
        *_texts(set(by_kind[Kind.TEXT]), sought),
        *(
            moment + beside
            for moment in [*by_kind[Kind.TIME], *moments, _NOW]
            for beside in (-_MOMENT, _NO_TIME, _MOMENT)
        ),
    ]


_NO_TIME = timedelta(0)


def _numbers(named: Sequence[int | Decimal]) -> list[int | Decimal]:
    if not named:
        return [0]
    with localcontext(prec=100):
        between = [(Decimal(low) + Decimal(high)) / 2 for low, high in pairwise(named)]
        return [*named, *between, named[0] - 1, named[-1] + 1]


def _counts(leaves: Mapping[Leaf, int]) -> list[int]:
    numbers = [value for value in _values(leaves) if kind_of(value) is Kind.NUMBER]
    return sorted({0, *(one for value in numbers for one in _whole_beside(value) if one >= 0)})


def _whole_beside(number: int | Decimal) -> tuple[int, ...]:
    return floor(number) - 1, floor(number), ceil(number), ceil(number) + 1


def _texts(named: set[str], sought: str | None) -> list[str]:
    """The texts that are named, the next one after each, and others with and without the one that is sought."""
    made = ["", *named, *(text + "\x01" for text in named)]
    if sought is not None:
        other = "b" if sought.startswith("a") else "a"
        made.append(next(text for number in count() if (text := sought + "\x01" * number) not in named))
        made.append(next(text for number in count(1) if (text := other * number) not in named))
    return made
