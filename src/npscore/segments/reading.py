"""The reader of the text form: a tokenizer and one function a line of the grammar, nothing evaluated.

The grammar stands in the reference, under the text form of rules.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

import attrs

from npscore.errors import InvalidRuleError, short
from npscore.segments.leaves import Age, Contains, Eq, In, Missing, Range, StartsWith
from npscore.segments.operands import Operand
from npscore.segments.rules import DEEPEST, And, Not, Or, Rule
from npscore.segments.words import KEYWORDS, NAME, UNITS

LONGEST = 1_000_000
"""How many characters a rule may have."""

_LONGEST_COUNT = 40
"""How many digits, before or behind the point, the number of a period may have."""

_TOKEN = re.compile(
    rf"""
    (?P<time>\d{{4}}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?(?![\w.]))
  | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.]))
  | (?P<text>"(?:[^"\\]|\\.)*")
  | (?P<quoted>`(?:[^`\\]|\\.)*`)
  | (?P<name>{NAME})
  | (?P<sign><=|>=|!=|==|[=<>(),])
    """,
    re.VERBOSE,
)
_BLANK = re.compile(r"\s*")
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
_BOUNDS = {">=": "at_least", ">": "above", "<=": "at_most", "<": "below"}
_VALUES = frozenset({"time", "number", "text"})


@attrs.frozen
class _Token:
    kind: str
    text: str
    start: int


def read(text: object) -> Rule:
    """The rule that a text says.

    Raises:
        InvalidRuleError: saying where and what was expected.
    """
    if not isinstance(text, str):
        raise InvalidRuleError(f"a rule is read from a text, not from {short(text)}.")
    if len(text) > LONGEST:
        raise InvalidRuleError(f"a rule in words has at most {LONGEST:,} characters, not {len(text):,}.")
    reader = _Reader(text, list(_tokens(text)))
    rule = reader.either()
    if reader.peek.kind != "end":
        reader.refuse("and, or, or the end")
    return rule


def _tokens(text: str) -> Iterator[_Token]:
    place = _end_of(_BLANK.match(text))
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise _unread(text, place, "a column, a value or a sign")
        yield _Token(found.lastgroup or "", found.group(), place)
        place = _end_of(_BLANK.match(text, found.end()))
    yield _Token("end", "", place)


def _end_of(match: re.Match[str] | None) -> int:
    return match.end() if match else 0


def _unread(text: str, place: int, expected: str) -> InvalidRuleError:
    found = short(text[place : place + 20]) if text[place:].strip() else "the end"
    hint = next((hint for start, hint in _HINTS.items() if text.startswith(start, place)), "")
    if expected == _COLUMN and text[place:]:
        hint = "; a column whose name is a word of the grammar stands in backticks"
    return InvalidRuleError(
        f"the rule cannot be read at character {place + 1}: expected {expected}, found {found}{hint}."
    )


_COLUMN = "the name of a column"
_HINTS = {
    "'": "; texts stand in double quotes",
    "&": "; write and",
    "|": "; write or",
    ">": "; at least is >=, not equal is !=",
    **dict.fromkeys(("AND", "OR", "NOT", "IN"), "; keywords are in small letters"),
    **dict.fromkeys(("null", "NULL", "None"), "; ask with is missing"),
    **dict.fromkeys(("like", "LIKE"), "; there are contains and starts with"),
}
"""What people often mean who write so."""


@attrs.define
class _Reader:
    """The tokens of one rule, read from the left."""

    text: str
    tokens: list[_Token]
    place: int = 0
    levels: int = 0

    @property
    def peek(self) -> _Token:
        return self.tokens[self.place]

    def take(self) -> _Token:
        self.place += 1
        return self.tokens[self.place - 1]

    def refuse(self, expected: str) -> NoReturn:
        raise _unread(self.text, self.peek.start, expected)

    def meets(self, *words: str) -> bool:
        """Whether these words or signs come next; if so they are taken."""
        coming = self.tokens[self.place : self.place + len(words)]
        if tuple(token.text for token in coming if token.kind in ("name", "sign")) != words:
            return False
        self.place += len(words)
        return True

    def need(self, word: str) -> None:
        if not self.meets(word):
            self.refuse(repr(word))

    def either(self) -> Rule:
        return self._joined("or", Or, self.both)

    def both(self) -> Rule:
        return self._joined("and", And, self.turned)

    def _joined(self, word: str, kind: type[And | Or], part: Callable[[], Rule]) -> Rule:
        parts = [part()]
        while self.meets(word):
            parts.append(part())
        return kind(*parts) if len(parts) > 1 else parts[0]

    def turned(self) -> Rule:
        turns = 0
        while self.meets("not"):
            turns += 1
        rule = self.single()
        for _ in range(turns):
            rule = Not(rule)
        return rule

    def single(self) -> Rule:
        if self.meets("everything") or self.meets("nothing"):
            return And() if self.tokens[self.place - 1].text == "everything" else Or()
        for words, kind in ((("all", "of"), And), (("any", "of"), Or)):
            if self.meets(*words):
                return kind(self.bracketed())
        if self.peek.text == "(" and self.peek.kind == "sign":
            return self.bracketed()
        return self.mirrored() if self._is_value() else self.comparison()

    def bracketed(self) -> Rule:
        self.need("(")
        self.levels += 1
        if self.levels > DEEPEST:
            raise InvalidRuleError(f"a rule has at most {DEEPEST} levels; this one has more brackets than that.")
        rule = self.either()
        self.levels -= 1
        self.need(")")
        return rule

    def mirrored(self) -> Rule:
        """A value before the column, and perhaps one behind it: ``1 <= x < 5``."""
        value = self.value()
        sign = _MIRRORED.get(self.peek.text.replace("==", "=")) or self.refuse("one of < <= = >= >")
        self.take()
        column = self.column()
        if sign == "=":
            return Eq(column, value)
        bounds = {_BOUNDS[sign]: value}
        if self.peek.text in _BOUNDS:
            other = _BOUNDS[self.take().text]
            if other in bounds or {other, *bounds} in ({"at_least", "above"}, {"at_most", "below"}):
                self.refuse("a bound on the other side")
            bounds[other] = self.value()
        return Range(column, **bounds)

    def sign(self) -> str:
        return self.take().text.replace("==", "=") if self.peek.kind == "sign" else self.refuse("one of < <= = >= >")

    def comparison(self) -> Rule:
        column = self.column()
        if self.peek.kind == "sign":
            return self._compared(column)
        if self.meets("is"):
            return self._presence(column)
        for words, kind in ((("contains",), Contains), (("starts", "with"), StartsWith)):
            if self.meets(*words):
                return kind(column, self.value())
        if self.meets("not", "in"):
            return Not(In(column, self.values()))
        return In(column, self.values()) if self.meets("in") else self._aged(column)

    def _compared(self, column: str) -> Rule:
        sign = self.sign()
        if sign == "!=":
            return Not(Eq(column, self.value()))
        if sign == "=":
            return Eq(column, self.value())
        if sign not in _BOUNDS:
            self.place -= 1
            self.refuse("one of < <= = != >= >")
        return Range(column, **{_BOUNDS[sign]: self.value()})

    def _presence(self, column: str) -> Rule:
        if self.meets("missing"):
            return Missing(column)
        if not (self.meets("present") or self.meets("not", "missing")):
            self.refuse("missing or present")
        return Not(Missing(column))

    def _aged(self, column: str) -> Rule:
        if self.meets("within", "the", "next"):
            return Age(column, at_least=-self.span(), at_most=timedelta(0))
        if self.meets("within"):
            return Age(column, at_least=timedelta(0), at_most=self.span())
        for words, bound in ((("at", "least"), "at_least"), (("at", "most"), "at_most")):
            if self.meets(*words):
                return self._ago(column, {bound: self.period()})
        if not self.meets("between"):
            self.refuse("a comparison, as in = 5, in (...), is missing, contains, starts with or within 90 days")
        return self._between(column)

    def _between(self, column: str) -> Rule:
        number = self.peek
        if number.kind == "number" and self.tokens[self.place + 1].text in UNITS:
            youngest = self.period()
            self.need("and")
            return self._ago(column, {"at_least": youngest, "at_most": self.period()})
        low = self.value()
        self.need("and")
        return Range(column, at_least=low, at_most=self.value())

    def _ago(self, column: str, bounds: dict[str, timedelta]) -> Rule:
        self.need("ago")
        return Age(column, **bounds)

    def column(self) -> str:
        if self.peek.kind == "quoted":
            inner = self.take().text[1:-1].replace('"', '\\"')
            return self._decoded(f'"{inner}"')
        if self.peek.kind != "name" or self.peek.text in KEYWORDS:
            self.refuse(_COLUMN)
        return self.take().text

    def _is_value(self) -> bool:
        return self.peek.kind in _VALUES

    def values(self) -> list[Operand]:
        self.need("(")
        found: list[Operand] = []
        while not self.meets(")"):
            if found:
                self.need(",")
            found.append(self.value())
        return found

    def value(self) -> Any:
        if self.meets("true") or self.meets("false"):
            return self.tokens[self.place - 1].text == "true"
        if not self._is_value():
            self.refuse("a value: a number, a text in double quotes, a time, true or false")
        token = self.take()
        if token.kind == "text":
            return self._decoded(token.text)
        return self._counted(token) if token.kind == "number" else self._moment(token)

    def _counted(self, token: _Token) -> Decimal:
        try:
            return Decimal(token.text)
        except InvalidOperation:
            raise InvalidRuleError(f"{short(token.text)} is not a number that every column can hold.") from None

    def _decoded(self, text: str) -> str:
        try:
            decoded: str = json.loads(text)
        except ValueError:
            self.place -= 1
            self.refuse("a text written as in JSON")
        return decoded

    def _moment(self, token: _Token) -> datetime:
        try:
            return datetime.fromisoformat(token.text)
        except ValueError:
            self.place -= 1
            self.refuse("a time as in 2026-10-01T00:00:00Z")

    def span(self) -> timedelta:
        """A period that is not negative."""
        place = self.place
        period = self.period()
        if period < timedelta(0):
            self.place = place
            self.refuse("a period that is not negative")
        return period

    def period(self) -> timedelta:
        number, unit = self.peek, self.tokens[min(self.place + 1, len(self.tokens) - 1)]
        if number.kind != "number" or unit.text not in UNITS:
            self.refuse("a period, as in 90 days")
        self.place += 2
        many = self._counted(number)
        if len(number.text) > _LONGEST_COUNT or abs(many.adjusted()) > _LONGEST_COUNT:
            raise InvalidRuleError(f"{short(number.text)} {unit.text} is no period that can be counted.")
        try:
            count, parts = many.as_integer_ratio()
            return UNITS[unit.text] * count / parts
        except OverflowError:
            raise InvalidRuleError(f"{number.text} {unit.text} is too long a period.") from None
