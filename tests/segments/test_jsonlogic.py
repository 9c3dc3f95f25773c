"""JsonLogic: what rule builders export, what they read, and a small evaluator that agrees."""

import json
import math
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn import NOW, json_values, rules
from npscore import InvalidRuleError, Rule, field
from npscore.segments import EVERYBODY, NOBODY, And, Contains, Eq, In, Missing, Not, Or, Range, StartsWith

VAR = {"var": "x"}
X = field("x")


def logic(data, row):
    """JsonLogic of values of one type, by its documentation."""
    if not isinstance(data, dict):
        return data
    ((op, given),) = data.items()
    if op == "var":
        return row[given]
    if op in ("and", "or"):
        return {"and": all, "or": any}[op](logic(part, row) for part in given)
    values = [logic(part, row) for part in (given if isinstance(given, list) else [given])]
    pairs = list(pairwise(values))
    return {
        "==": lambda: same(*values),
        "===": lambda: same(*values),
        "!=": lambda: not same(*values),
        "!==": lambda: not same(*values),
        "!": lambda: not values[0],
        "!!": lambda: bool(values[0]),
        "<": lambda: all(one < other for one, other in pairs),
        "<=": lambda: all(one <= other for one, other in pairs),
        ">": lambda: values[0] > values[1],
        ">=": lambda: values[0] >= values[1],
        "in": lambda: found(*values),
        "startsWith": lambda: values[0].startswith(values[1]),
    }[op]()


def same(one, other):
    return type(one) is type(other) and one == other


def found(sought, place):
    return sought in place if isinstance(place, str) else any(same(sought, one) for one in place)


numbers, names = st.integers(-3, 3), st.sampled_from(["", "a", "ab", "b"])


@st.composite
def documents(draw, depth=3):
    """JsonLogic about a number x and a text y."""
    kind = draw(st.integers(0, 8 if depth else 5))
    column, value = draw(st.sampled_from([({"var": "x"}, numbers), ({"var": "y"}, names)]))
    sides = [column, draw(value)]
    if draw(st.booleans()):
        sides.reverse()
    if kind <= 2:
        return {draw(st.sampled_from(["==", "===", "!=", "!==", "<", "<=", ">", ">="])): sides}
    if kind == 3:
        return {draw(st.sampled_from(["<", "<="])): [draw(value), column, draw(value)]}
    if kind == 4:
        return {"in": [column, draw(st.lists(value, max_size=3))]}
    if kind == 5:
        return draw(st.sampled_from([{"in": [draw(names), {"var": "y"}]}, {"startsWith": [{"var": "y"}, draw(names)]}]))
    inner = documents(depth=depth - 1)
    if kind == 6:
        return {draw(st.sampled_from(["!", "!!"])): draw(inner.map(lambda one: [one]) | inner)}
    return {draw(st.sampled_from(["and", "or"])): draw(st.lists(inner, min_size=1, max_size=3))}


@given(documents(), numbers, names)
def test_a_rule_of_jsonlogic_means_what_jsonlogic_means(document, x, y):
    row = {"x": x, "y": y}
    rule = Rule.from_jsonlogic(json.loads(json.dumps(document)))
    assert rule.matches(row) is bool(logic(document, row))
    assert bool(logic(rule.to_jsonlogic(), row)) is rule.matches(row)


@given(rules(odd=True, aged=False), st.fixed_dictionaries({"x": numbers | names | st.none(), "y": names}))
def test_what_both_have_is_read_back_with_its_meaning(rule, row):
    try:
        document = json.loads(json.dumps(rule.to_jsonlogic()))
    except InvalidRuleError as error:
        assert "JsonLogic has" in str(error)
        return
    read = Rule.from_jsonlogic(document)
    filled = row | {name: row["x"] for name in rule.columns if name not in row}
    assert read.matches(filled) is rule.matches(filled)
    assert Rule.from_jsonlogic(read.to_jsonlogic()) == read


@given(json_values | st.dictionaries(st.sampled_from(["==", "<=", "in", "!", "var"]), json_values, max_size=2))
def test_any_document_is_a_rule_or_an_error_of_ours(document):
    try:
        Rule.from_jsonlogic(document)
    except InvalidRuleError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 300


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        ({"==": [VAR, 5]}, X == 5), ({"===": [VAR, "a"]}, X == "a"), ({"==": [5, VAR]}, X == 5),
        ({"!=": [VAR, 5]}, X != 5),
        ({"!==": [VAR, 5]}, X != 5), ({"==": [VAR, None]}, Missing("x")), ({"===": [None, VAR]}, Missing("x")),
        ({"!=": [VAR, None]}, Not(Missing("x"))), ({"!=": [None, VAR]}, Not(Missing("x"))),
        ({"==": [VAR, True]}, Eq("x", True)),
        ({"<": [VAR, 5]}, X < 5), ({"<": [5, VAR]}, X > 5), ({">=": [VAR, 5]}, X >= 5), ({">=": [5, VAR]}, X <= 5),
        ({"<=": [1, VAR, 5]}, X.between(1, 5)), ({"<": [1, VAR, 5]}, Range("x", above=1, below=5)),
        ({"!": {"<=": [1, VAR, 5]}}, Not(X.between(1, 5))),
        ({"and": [{">=": [VAR, 1]}, {"<=": [VAR, 5]}]}, And(X >= 1, X <= 5)),
        ({"in": [VAR, ["a", "b"]]}, X.is_in("a", "b")), ({"!": {"in": [VAR, ["a"]]}}, Not(In("x", ["a"]))),
        ({"in": [VAR, ["a", None]]}, Or(In("x", ["a"]), Missing("x"))), ({"in": ["a", VAR]}, Contains("x", "a")),
        ({"!": [{"in": ["a", VAR]}]}, Not(Contains("x", "a"))), ({"startsWith": [VAR, "a"]}, StartsWith("x", "a")),
        ({"==": [{"var": ["x"]}, 5]}, X == 5), ({"!!": [{"==": [VAR, 5]}]}, X == 5),
        ({"or": [{"==": [VAR, 5]}]}, Or(X == 5)),
        ({"and": {"==": [VAR, 5]}}, And(X == 5)), (True, EVERYBODY), (False, NOBODY), ({"and": []}, EVERYBODY),
        ({"or": []}, NOBODY),
        ({"and": [{"==": [VAR, 5]}, {"or": [{"!": {"==": [VAR, "a"]}}]}]}, And(X == 5, Or(X != "a"))),
    ],
    ids=str,
)  # fmt: skip
def test_what_rule_builders_export_is_read(document, rule):
    assert Rule.from_jsonlogic(document) == rule


@pytest.mark.parametrize(
    ("rule", "document"),
    [
        (X == 5, {"==": [VAR, 5]}), (X != 5, {"!=": [VAR, 5]}), (X == 0.5, {"==": [VAR, 0.5]}),
        (Missing("x"), {"==": [VAR, None]}),
        (X.is_present(), {"!=": [VAR, None]}), (X.is_in("a"), {"in": [VAR, ["a"]]}),
        (X.between(1, 5), {"<=": [1, VAR, 5]}),
        (Range("x", above=1, below=5), {"<": [1, VAR, 5]}),
        (Range("x", above=1, at_most=5), {"and": [{">": [VAR, 1]}, {"<=": [VAR, 5]}]}),
        (X.contains("a"), {"in": ["a", VAR]}), (X.starts_with("a"), {"startsWith": [VAR, "a"]}), (EVERYBODY, True),
        (NOBODY, False),
        (~X.contains("a"), {"!": [{"in": ["a", VAR]}]}),
        ((X > 1) | (X == 0), {"or": [{">": [VAR, 1]}, {"==": [VAR, 0]}]}),
    ],
    ids=str,
)  # fmt: skip
def test_what_rules_are_written_as(rule, document):
    assert rule.to_jsonlogic() == document


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (None, "None is no rule of JsonLogic that says yes or no"), (5, "5 is no rule"), ({}, "{} is no rule"),
        ([], "[] is no rule"),
        ({"==": [1], "!=": [2]}, "a dict is no rule"), ({"var": "x"}, "rules have no operation 'var'"),
        ({"endsWith": [VAR, "a"]}, "rules have no operation 'endsWith'; they have !=, !=="),
        ({"a" * 999: 1}, "rules have no operation"),
        ({"!": VAR}, "a column is no rule; compare it with null or false"), ({"!!": [VAR]}, "a column is no rule"),
        ({"!": []}, "turns one rule round"), ({"==": [VAR]}, "'==' compares one column with one value"),
        ({"==": [VAR, VAR]}, "compares one column with one value"),
        ({"==": [1, 2]}, "compares one column with one value"),
        ({"<=": [VAR, None]}, "null is neither more nor less"),
        ({"<=": [None, VAR, 5]}, "null is neither more nor less"),
        ({"<=": [1, VAR, None]}, "null is neither more nor less"),
        ({"<=": [VAR, 1, 5]}, "has the column in the middle"),
        ({">=": [5, VAR, 1]}, "compares one column with one value"),
        ({"<=": [1, VAR, {"var": "y"}]}, "is no truth value"),
        ({"in": [VAR, "abc"]}, "'in' seeks a column in a list, or a text in a column"),
        ({"in": [5, VAR]}, "a text is sought"),
        ({"in": [None, VAR]}, "a text is sought"), ({"startsWith": ["a", VAR]}, "'startsWith' has the column first"),
        ({"==": [{"var": ["x", 5]}, 5]}, "a var is a text, without a default"),
        ({"==": [{"var": 1}, 5]}, "names no column"),
        ({"==": [{"var": ""}, 5]}, "'' is no name of a column"), ({"==": [VAR, {"+": [1, 2]}]}, "is no truth value"),
        ({"==": [VAR, math.inf]}, "not a number that every column can hold"), ({"and": [VAR]}, "no operation 'var'"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)  # fmt: skip
def test_what_rules_do_not_have_is_said_plainly(document, message):
    with pytest.raises(InvalidRuleError, match=re.escape(message)) as caught:
        Rule.from_jsonlogic(document)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (X.within(days=9), "JsonLogic has no ages, so it cannot say: x within 9 days"),
        (X.older_than(days=9) & (X == 5), "JsonLogic has no ages"),
        (X >= NOW, "JsonLogic has no times"),
        (Rule.parse("x = 0.1234567890123456789"), "none is written as 0.1234567890123456789"),
    ],
)
def test_what_jsonlogic_cannot_say_is_refused(rule, message):
    with pytest.raises(InvalidRuleError, match=message):
        rule.to_jsonlogic()


def test_too_many_levels_are_refused():
    document = {"==": [VAR, 5]}
    for _ in range(100):
        document = {"!": document}
    with pytest.raises(InvalidRuleError, match="at most 50 levels"):
        Rule.from_jsonlogic(document)
