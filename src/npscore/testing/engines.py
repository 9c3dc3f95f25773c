"""The suite of laws for engines that run rules. Subclass it, give it your engine, and run pytest.

    class TestMine(EngineConformance):
        @pytest.fixture
        def select(self):
            def select(rule, table, now):
                frame = my_frame({column.name: column.cells for column in table.columns})
                return my_engine(frame, rule, now=now)  # True or False for each row
            return select

The numbers are those of ``docs/reference/contracts/rules.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from npscore.errors import InputError, InvalidRuleError
from npscore.segments.fields import Field, field
from npscore.segments.leaves import Eq, In, Missing
from npscore.segments.rules import DEEPEST, EVERYBODY, NOBODY, And, Not, Or, Rule
from npscore.testing.rules import BERLIN, KOLKATA, Column, Make, Table, questions

Select = Callable[[Rule, Table, datetime | None], Iterable[bool]]

DAY = datetime(2026, 3, 1, tzinfo=UTC)
HOUR, GRAIN = timedelta(hours=1), timedelta(microseconds=1)
x = field("x")

ONE_OF_EACH: Mapping[Make, Any] = {
    "truth": True,
    "integer": 5,
    "float": 5.0,
    "decimal": Decimal(5),
    "text": "5",
    "time": DAY,
}
LOOKALIKES = (
    "EMEA",
    "emea",
    "EMEA ",
    " EMEA",
    "\u00e9",
    "e\u0301",
    "\u00df",
    "ss",
    "",
    " ",
    "5",
    "\U0001f600",
    "\ufb01",
    "fi",
)
IN_ORDER = ("", " ", "A", "Z", "a", "a ", "aa", "z", "\u00e4", "\uffee", "\U0001f600")
WILDCARDS = ("100%", "1000", "a_c", "abc", "a\\c", "\\", "[a]", "a", "*", "?", "^a", "a$", ".")
HOSTILE = (
    "'; DROP TABLE rows; --", "' OR '1'='1", '"', "`", "\\'", "\\", ":name", ":x", "%s", "%(x)s", "?", "{x}", "{0}",
    "$1", "${x}", "/*", "--", "\n", "\t", "x", "it''s",
)  # fmt: skip
HOSTILE_NAMES = (
    "'; DROP TABLE rows; --",
    'x"; --',
    "`x`",
    "a:b",
    ":x",
    "%s",
    "%(x)s",
    "{x}",
    "a?",
    "[x]",
    "a\\b",
    "$1",
    "1",
)


def _held(select: Select, rule: Rule, column: Column, now: datetime | None = None) -> list[Any]:
    """The cells of which a rule holds."""
    table = Table([column])
    return [cell for cell, holds in zip(column.cells, _answers(select, rule, table, now), strict=True) if holds]


def _answers(select: Select, rule: Rule, table: Table, now: datetime | None = None) -> list[bool]:
    answers = list(select(rule, table, now))
    assert all(answer in (True, False) for answer in answers), "a rule is true or false of a row, nothing between"
    return [bool(answer) for answer in answers]


def _rules_about(field: Field, value: Any) -> list[Rule]:
    """Each node that compares a column with a value."""
    rules: list[Rule] = [field == value, field.is_in(value)]
    if isinstance(value, bool):
        return rules
    rules += [field >= value, field > value, field <= value, field < value, field.between(value, value)]
    if isinstance(value, str):
        rules += [field.contains(value), field.starts_with(value), field.contains(""), field.starts_with("")]
    return [*rules, field.age(at_least=-HOUR), field.age(at_most=HOUR)] if isinstance(value, datetime) else rules


class EngineConformance:
    """The laws of engines that run rules.

    Attributes:
        infinities: False for an engine whose floats know no infinity.
        max_examples: how many rules R01 tries.
    """

    infinities = True
    max_examples = 100

    @pytest.fixture
    def select(self) -> Select:
        """A function that runs a rule on a table as of now, and says for each row whether it holds; yours."""
        raise NotImplementedError("give the suite a fixture select that returns a function (rule, table, now)")

    def test_r01_any_rule_holds_of_the_rows_of_which_it_is_true(self, select: Select) -> None:
        @settings(max_examples=self.max_examples, deadline=None, suppress_health_check=list(HealthCheck))
        @given(questions(infinities=self.infinities))
        def law(question: tuple[Rule, Table, datetime]) -> None:
            rule, table, now = question
            assert _answers(select, rule, table, now) == [rule.matches(row, now=now) for row in table.rows]

        law()

    def test_r02_a_missing_value_matches_nothing_but_missing(self, select: Select) -> None:
        for make, value in ONE_OF_EACH.items():
            column = Column("x", make, [None, value, None])
            assert _answers(select, x.is_missing(), Table([column])) == [True, False, True]
            for rule in _rules_about(x, value):
                answers = _answers(select, rule, Table([column]), DAY)
                assert (answers[0], answers[2]) == (False, False)
                assert _answers(select, ~rule, Table([column]), DAY) == [not answer for answer in answers]
                assert _held(select, rule, Column("x", make, [None, None]), DAY) == []

    def test_r03_nan_is_missing(self, select: Select) -> None:
        column = Column("x", "float", [float("nan"), 5.0, None])
        assert _answers(select, x.is_missing(), Table([column])) == [True, False, True]
        for rule in (*_rules_about(x, 5), x > 0, x < 10, x.between(0, 10)):
            for asked in (rule, ~~rule, ~(~rule | NOBODY)):
                assert set(_held(select, asked, column)) <= {5.0}
        assert _answers(select, ~(x > 0), Table([column])) == [True, False, True]
        if self.infinities:
            infinite = Column("x", "float", [float("inf"), float("-inf"), 5.0])
            assert _answers(select, x > 10**20, Table([infinite])) == [True, False, False]
            assert _answers(select, x <= 5, Table([infinite])) == [False, True, True]
            assert _answers(select, x.is_missing(), Table([infinite])) == [False] * 3

    def test_r04_not_means_exactly_the_other_rows(self, select: Select) -> None:
        table = Table([Column("x", "integer", [1, 2, None, None]), Column("y", "text", ["a", None, "a", None])])
        one, a = x == 1, field("y") == "a"
        assert _answers(select, ~one, table) == [False, True, True, True]
        assert _answers(select, ~(one & a), table) == [False, True, True, True]
        assert _answers(select, ~(one | a), table) == [False, True, False, True]
        assert _answers(select, ~(~one & ~a), table) == [True, False, True, False]
        assert _answers(select, (one & ~a) | (~one & a), table) == [False, False, True, False]

    def test_r05_of_no_rules_and_no_values_every_row_or_none_is_meant(self, select: Select) -> None:
        column = Column("x", "text", ["a", None])
        for rule, holds in (
            (EVERYBODY, True),
            (NOBODY, False),
            (x.is_in(), False),
            (~NOBODY, True),
            (~x.is_in(), True),
        ):
            assert _answers(select, rule, Table([column])) == [holds, holds]
            assert _answers(select, rule | (x == "a"), Table([column])) == [True, holds]
            assert _answers(select, rule & (x == "a"), Table([column])) == [holds, False]
            assert _answers(select, rule, Table([Column("x", "text", [])])) == []

    def test_r06_unlike_kinds_are_refused(self, select: Select) -> None:
        for make, own in ONE_OF_EACH.items():
            column = Column("x", make, [own, None])
            for other, value in (*ONE_OF_EACH.items(), ("integer", 1), ("text", "true"), ("text", "2026-03-01")):
                for rule in _rules_about(x, value):
                    if column.kind is not Column("y", other, []).kind:
                        with pytest.raises(InvalidRuleError, match="'x'"):
                            _answers(select, Not(rule), Table([column]), DAY)

    def test_r07_a_column_that_is_not_there_is_refused(self, select: Select) -> None:
        table = Table([Column("customer.region", "text", ["EMEA"]), Column("rating", "integer", [9])])
        for rule in (field("customer.regoin") == "EMEA", field("customer.regoin").is_missing()):
            for asked in (rule, ~rule, (field("rating") == 9) | rule):
                with pytest.raises(InvalidRuleError, match=r"customer\.region"):
                    _answers(select, asked, table)

    def test_r08_whole_numbers_are_equal_in_every_make_and_exact(self, select: Select) -> None:
        makes: tuple[tuple[Make, Callable[[int], Any]], ...] = (
            ("integer", int),
            ("float", float),
            ("decimal", Decimal),
        )
        for make, as_made in makes:
            column = Column("x", make, [as_made(number) for number in (4, 5, 6)])
            for five in (5, 5.0, Decimal("5.00")):
                assert _held(select, x == five, column) == _held(select, x.is_in(five, 7), column) == [5]
                assert (_held(select, x >= five, column), _held(select, x < five, column)) == ([5, 6], [4])
            assert (_held(select, x == 5.5, column), _held(select, x.between(4.5, 5.5), column)) == ([], [5])
            assert (_held(select, x >= -(10**25), column), _held(select, x < 10**25, column)) == ([4, 5, 6], [4, 5, 6])
            assert _held(select, x.is_in(10**25, 2**63) | (x > 2**64) | (x <= -(2**64)), column) == []
        big = 2**53
        column = Column("x", "integer", [big - 1, big, big + 1, big + 2])
        assert _held(select, x == big + 1, column) == _held(select, x.is_in(big + 1), column) == [big + 1]
        assert _held(select, x > big, column) == [big + 1, big + 2]

    def test_r09_fractions_are_the_numbers_as_which_they_are_written(self, select: Select) -> None:
        numbers = (0.1, 0.3, 1.1, 2.675, -0.1)
        floats = Column("x", "float", numbers)
        decimals = Column("x", "decimal", [Decimal(str(number)) for number in numbers])
        for written in map(str, numbers):
            for bound in (float(written), Decimal(written), Decimal(written + "0")):
                for column in (floats, decimals):
                    exactly = [cell for cell in column.cells if str(cell) == written]
                    assert (
                        _held(select, x == bound, column) == _held(select, x.between(bound, bound), column) == exactly
                    )
                    assert _held(select, x.is_in(bound), column) == exactly
                    assert _held(select, (x > bound) | (x < bound), column) == [
                        c for c in column.cells if c not in exactly
                    ]
        beside = Column("x", "float", [0.3, 0.1 + 0.2])
        assert _held(select, x == 0.3, beside) == _held(select, x <= Decimal("0.30000000000000003"), beside) == [0.3]
        for zero in (0, 0.0, -0.0, Decimal(0)):
            assert len(_held(select, x == zero, Column("x", "float", [0.0, -0.0]))) == 2

    def test_r10_texts_are_equal_letter_by_letter(self, select: Select) -> None:
        column = Column("x", "text", [*LOOKALIKES, None])
        for text in LOOKALIKES:
            assert _held(select, x == text, column) == [text]
            assert _held(select, x.is_in(text, "other"), column) == [text]
            assert len(_held(select, x != text, column)) == len(LOOKALIKES)
        assert _held(select, x.is_missing(), column) == [None]

    def test_r11_texts_come_in_the_order_of_code_points(self, select: Select) -> None:
        column = Column("x", "text", IN_ORDER)
        for place, text in enumerate(IN_ORDER):
            assert _held(select, x < text, column) == list(IN_ORDER[:place])
            assert _held(select, x >= text, column) == list(IN_ORDER[place:])
            assert _held(select, x.between(text, "a "), column) == list(IN_ORDER[place:6])

    def test_r12_texts_are_sought_letter_by_letter(self, select: Select) -> None:
        for cells in (LOOKALIKES, WILDCARDS, HOSTILE):
            column = Column("x", "text", [*cells, None])
            for part in (*cells, "E", "%", "_", "0%", "b", ""):
                assert _held(select, x.contains(part), column) == [cell for cell in cells if part in cell]
                assert _held(select, x.starts_with(part), column) == [cell for cell in cells if cell.startswith(part)]

    def test_r13_times_are_instants_in_any_zone(self, select: Select) -> None:
        column = Column("x", "time", [DAY - GRAIN, DAY, DAY.astimezone(KOLKATA) + GRAIN, None])
        for same in (DAY, DAY.astimezone(KOLKATA), DAY.astimezone(BERLIN), DAY.replace(tzinfo=None), date(2026, 3, 1)):
            assert _held(select, x == same, column) == _held(select, x.is_in(same), column) == [DAY]
            assert _held(select, x >= same, column) == [DAY, DAY + GRAIN]
            assert (_held(select, x > same, column), _held(select, x < same, column)) == ([DAY + GRAIN], [DAY - GRAIN])
        early, late = (datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=fold) for fold in (0, 1))
        twice = Table([Column("x", "time", [early, late])])
        for at, holds in ((0, [True, False]), (1, [False, True])):
            assert _answers(select, x == datetime(2026, 10, 25, at, 30, tzinfo=UTC), twice) == holds
        assert _answers(select, x > early, twice) == [False, True]
        for far in (datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)):
            assert len(_held(select, (x > far) | (x < far), column)) == 3

    def test_r14_ages_count_from_now_with_both_ends_within(self, select: Select) -> None:
        now = datetime(2026, 10, 25, 12, tzinfo=BERLIN)  # on a day of 25 hours
        ages = (-HOUR - GRAIN, -HOUR, timedelta(0), GRAIN, 24 * HOUR, 24 * HOUR + GRAIN, 25 * HOUR)
        for zone in (UTC, BERLIN, KOLKATA):
            cells = [(now.astimezone(UTC) - age).astimezone(zone) for age in ages]
            for asked in (now, now.astimezone(UTC)):
                for youngest, oldest in ((0, 24), (-1, 0), (24, 25), (-1, 25), (24, 24), (1, 0)):
                    rule = x.age(at_least=youngest * HOUR, at_most=oldest * HOUR)
                    within = [youngest * HOUR <= age <= oldest * HOUR for age in ages]
                    assert _answers(select, rule, Table([Column("x", "time", [*cells, None])]), asked) == [
                        *within,
                        False,
                    ]
            older = _answers(select, x.older_than(days=1), Table([Column("x", "time", cells)]), now)
            assert older == [age >= 24 * HOUR for age in ages]

    def test_r15_an_age_without_now_is_refused(self, select: Select) -> None:
        for cells in ([DAY, None], []):
            for rule in (x.within(days=9), x.is_missing() | ~x.older_than(days=9)):
                with pytest.raises(InvalidRuleError, match="now"):
                    list(select(rule, Table([Column("x", "time", cells)]), None))
                with pytest.raises(InputError, match="now"):
                    list(select(rule, Table([Column("x", "time", cells)]), DAY.replace(tzinfo=None)))

    def test_r16_deep_and_wide_rules_run(self, select: Select) -> None:
        column = Column("x", "integer", [1, 999, 1_999, 5_000, None])
        assert _held(select, Or(*(x == number for number in range(1_000))), column) == [1, 999]
        assert _held(select, Not(And(*(x != number for number in range(1_000)))), column) == [1, 999]
        assert _held(select, x.is_in(range(2_000)), column) == [1, 999, 1_999]
        texts = Column("x", "text", ["1", "1999", "5000", None])
        assert _held(select, x.is_in(map(str, range(2_000))), texts) == ["1", "1999"]
        for join in (And, Or, lambda *rules: Not(rules[0])):
            rule: Rule = Eq("x", 999)
            while rule.depth < DEEPEST:
                rule = join(rule, rule) if rule.depth < 8 else join(rule)
            assert _held(select, rule, column) == [cell for cell in column.cells if rule.matches({"x": cell})]

    def test_r17_hostile_values_are_only_values(self, select: Select) -> None:
        column = Column("x", "text", [*HOSTILE, None])
        for text in HOSTILE:
            assert _held(select, x == text, column) == _held(select, x.is_in(text), column) == [text]
            assert _held(select, x >= text, column) == [cell for cell in HOSTILE if cell >= text]
        assert _held(select, x.is_in(HOSTILE), column) == list(HOSTILE)

    def test_r18_hostile_names_are_names_or_refused(self, select: Select) -> None:
        for name in HOSTILE_NAMES:
            table = Table([Column(name, "text", ["a", name, None])])
            for rule, holds in ((Eq(name, name), [1]), (Missing(name), [2]), (In(name, ["a", "x"]), [0])):
                try:
                    answers = _answers(select, rule, table)
                except InvalidRuleError:
                    continue
                assert [place for place, answer in enumerate(answers) if answer] == holds
