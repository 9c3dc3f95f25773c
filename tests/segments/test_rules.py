"""How rules are made, joined, shown and kept within limits."""

import copy
import datetime
import pickle
from datetime import UTC, timedelta
from decimal import Decimal
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn import COLUMNS, NOW, cells, rules
from npscore import InputError, InvalidRuleError, Rule, field, segments
from npscore.segments import EVERYBODY, NOBODY, Age, And, Contains, Eq, In, Missing, Not, Or, Range, StartsWith
from npscore.segments.columns import check_kinds
from npscore.segments.operands import Kind
from npscore.segments.rules import DEEPEST, MOST_PARTS

X, Y = field("x"), field("y")
NAMES = {**{name: getattr(segments, name) for name in segments.__all__}, "datetime": datetime, "Decimal": Decimal}


@given(rules(odd=True))
def test_what_repr_writes_is_an_equal_rule(rule):
    made = eval(repr(rule), NAMES)  # noqa: S307
    assert made == rule
    assert hash(made) == hash(rule)


@given(rules(), st.fixed_dictionaries(dict.fromkeys(COLUMNS, cells)))
def test_operators_are_the_logic_of_their_parts(rule, row):
    one, other = rule.matches(row, now=NOW), (X == 5).matches(row)
    assert (rule & (X == 5)).matches(row, now=NOW) is (one and other)
    assert (rule | (X == 5)).matches(row, now=NOW) is (one or other)
    assert (~rule).matches(row, now=NOW) is not one


@given(rules())
def test_a_rule_that_was_used_can_be_copied_and_sent_elsewhere(rule):
    rule.matches({"x": 1, "y": "gold"}, now=NOW)
    for made in (pickle.loads(pickle.dumps(rule)), copy.deepcopy(rule), copy.copy(rule)):  # noqa: S301
        assert made == rule
        assert made.matches({"x": 1, "y": "gold"}, now=NOW) is rule.matches({"x": 1, "y": "gold"}, now=NOW)


@given(rules(odd=True))
def test_columns_are_named_in_order_and_once(rule):
    assert list(rule.columns) == list(dict.fromkeys(leaf.column for leaf in rule.leaves()))
    assert rule.needs_now is any(isinstance(leaf, Age) for leaf in rule.leaves())


def test_comparisons_of_a_field_are_rules():
    year = timedelta(days=365)
    assert (X == 5) == Eq("x", 5)
    assert (X != 5) == Not(Eq("x", 5))
    assert (X >= 5) == Range("x", at_least=5)
    assert (X > 5) == (X > 5) == Range("x", above=5)
    assert (X <= 5) == Range("x", at_most=5)
    assert (X < 5) == Range("x", below=5)
    assert X.between(1, 5) == Range("x", at_least=1, at_most=5)
    assert X.is_in(1, 2) == X.is_in([1, 2]) == X.is_in(iter((1, 2))) == In("x", [1, 2])
    assert X.is_in("EMEA") == In("x", ["EMEA"])
    assert X.is_in() == X.is_in([]) == In("x", [])
    assert X.contains("a") == Contains("x", "a")
    assert X.starts_with("a") == StartsWith("x", "a")
    assert X.is_missing() == Missing("x")
    assert X.is_present() == Not(Missing("x"))
    assert X.within(days=365) == Age("x", at_least=timedelta(0), at_most=year)
    assert X.within_next(days=365) == Age("x", at_least=-year, at_most=timedelta(0))
    assert X.older_than(weeks=1) == Age("x", at_least=timedelta(7))
    assert X.lower.column == "x.lower"


def test_rules_joined_alike_melt_into_one():
    one, two, three = X == 1, X == 2, X == 3
    assert one & two & three == one & (two & three) == And(one, two, three)
    assert one | two | three == one | (two | three) == Or(one, two, three)
    assert one & (two | three) == And(one, Or(two, three))
    assert EVERYBODY & one == And(one)
    assert NOBODY | one == Or(one)


def test_true_is_not_1():
    assert Eq("x", True) != Eq("x", 1)
    assert In("x", [1]) != In("x", [True])
    assert In("x", [1, True, 0, False]).values == (1, True, 0, False)
    assert len({Eq("x", True), Eq("x", 1), Eq("x", Decimal("1.0"))}) == 2


def test_in_keeps_its_order_and_drops_doubles():
    assert In("x", ["b", "a", 5, 5.0, "b", Decimal("5.0"), "a", "5"]).values == ("b", "a", 5, "5")


@pytest.mark.parametrize(
    "made",
    [
        lambda: (X == 1) and (Y == 2), lambda: (X == 1) or (Y == 2), lambda: not (X > 1), lambda: 1 < X < 5,
        lambda: bool(EVERYBODY), lambda: [1] if X == 1 else [],
    ],
)  # fmt: skip
def test_a_rule_has_no_truth_of_its_own(made):
    with pytest.raises(InvalidRuleError, match=r"join rules with &, \| and ~"):
        made()


@pytest.mark.parametrize("made", [lambda: (X == 1) & True, lambda: (X == 1) | "y", lambda: Not(X), lambda: And([])])
def test_what_is_no_rule_is_not_joined(made):
    with pytest.raises(InvalidRuleError, match="is no rule; comparisons of field"):
        made()


def deep(levels):
    return reduce(lambda rule, _: Not(rule), range(levels - 1), X == 1)


def test_a_rule_has_50_levels_and_not_51():
    rule = deep(DEEPEST)
    assert DEEPEST == rule.depth == 50
    assert Rule.parse(str(rule)) == Rule.from_json(rule.to_json()) == Rule.from_jsonlogic(rule.to_jsonlogic()) == rule
    assert rule.matches({"x": 2}) is True
    for made in (lambda: ~rule, lambda: And(rule), lambda: rule | (X == 1), lambda: And(X == 1, rule)):
        with pytest.raises(InvalidRuleError, match="at most 50 levels"):
            made()


def test_a_rule_has_10_000_parts_and_not_more():
    assert In("x", range(MOST_PARTS - 1)).size == MOST_PARTS == 10_000
    assert And(In("x", range(MOST_PARTS - 2))).size == MOST_PARTS
    for made in (lambda: In("x", range(MOST_PARTS)), lambda: And(In("x", range(MOST_PARTS - 1)))):
        with pytest.raises(InvalidRuleError, match="at most 10,000 parts and values, not 10,001"):
            made()


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: Range("x"), "a range needs a bound"),
        (lambda: Range("x", at_least=1, above=2), "at_least or above, not both"),
        (lambda: Range("x", at_most=1, below=2), "at_most or below, not both"),
        (lambda: X == Y, "so no column is compared with it"),
        (lambda: X < Y, "so no column is compared with it"),
        (lambda: X > True, "true and false have no order"),
        (lambda: X.between(1, "5"), "both bounds of a range are of one kind"),
        (lambda: Age("x"), "an age needs a bound"),
        (lambda: X.age(at_least=5), "an age is a timedelta"),
        (lambda: X.age(at_most=timedelta(365_251)), "at most 365,250 days"),
        (X.within, "a period is said as in days=90"),
        (lambda: X.within(days=-1), "is not negative"),
        (lambda: X.within(years=1), "a period is said as in days=90"),
        (lambda: X.within(days=float("nan")), "a period is said as in days=90"),
        (lambda: X.within_next(days=10**20), "a period is said as in days=90"),
        (lambda: In("x", 5), "not in 5"),
        (lambda: In("x", "gold"), "not in 'gold'"),
        (lambda: X.contains(5), "a text is sought in a column, not 5"),
        (lambda: field("") == 1, "'' is no name of a column"),
        (lambda: field(" \n") == 1, "is no name of a column"),
        (lambda: field("a" * 1_001) == 1, "is no name of a column"),
        (lambda: field(None) == 1, "the name of a column is a text, not None"),
        (lambda: field("a\0") == 1, "NUL"),
    ],
)
def test_what_no_column_can_answer_is_refused_when_it_is_written(made, message):
    with pytest.raises(InvalidRuleError, match=message):
        made()


def test_a_check_names_the_column_and_the_nearest():
    rule = (field("customer.region") == "EMEA") & (field("rateing") >= 9)
    rule.check({"customer.region", "rateing"})
    with pytest.raises(InvalidRuleError, match="'rateing' that is not there; did you mean 'rating'") as caught:
        rule.check(["customer.region", "rating"])
    assert caught.value.column == "rateing"
    with pytest.raises(InvalidRuleError, match="there are 'c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', …"):
        Eq("zzz", 1).check([f"c{n}" for n in range(9)])


@pytest.mark.parametrize(
    ("rule", "held", "message"),
    [
        (X == 5, Kind.TEXT, "holds texts, and the rule compares it with 5"),
        (X.is_in(1, "b"), Kind.NUMBER, "holds numbers, and the rule compares it with 'b'"),
        (X >= "a", Kind.TIME, "holds times"),
        (X.contains("a"), Kind.NUMBER, "holds numbers"),
        (X.within(days=9), Kind.TEXT, "compares it with an age"),
        (Eq("x", True), Kind.NUMBER, "compares it with True"),
    ],
)
def test_columns_of_one_kind_are_compared_with_that_kind(rule, held, message):
    with pytest.raises(InvalidRuleError, match=message):
        check_kinds(rule, {"x": held})
    check_kinds(rule, {"x": None})
    check_kinds(X.is_missing(), {"x": held})


def test_now_is_checked_before_the_rule_is_asked():
    with pytest.raises(InputError, match="now must be a datetime with a zone"):
        (X == 1).check_now("today")
    (X == 1).check_now(None)
    (X == 1).check_now(datetime.datetime(2026, 1, 1, tzinfo=UTC))
