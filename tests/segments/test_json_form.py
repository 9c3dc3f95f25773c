"""The JSON form: read back to what was written, described by its schema, and faulty documents said plainly."""

import json
import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawn import json_values, rules
from npscore import InvalidRuleError, Rule
from npscore.segments import EVERYBODY, Eq
from npscore.segments.json_form import schema

SCHEMA = schema()
TYPES = {"array": list, "boolean": bool, "number": int | float, "object": dict, "string": str}
SAID = {
    "$schema", "title", "$defs", "$ref", "oneOf", "const", "type", "format", "minLength", "pattern", "items",
    "properties",
    "required", "additionalProperties", "minProperties", "maxProperties",
}  # fmt: skip


def fits(value, wanted=SCHEMA):
    """Whether a value is what a JSON Schema describes, of which these few words are used."""
    assert wanted.keys() <= SAID
    if "$ref" in wanted:
        return fits(value, SCHEMA["$defs"][wanted["$ref"].removeprefix("#/$defs/")])
    if "oneOf" in wanted:
        return sum(fits(value, one) for one in wanted["oneOf"]) == 1
    if "const" in wanted:
        return value == wanted["const"]
    types = [wanted["type"]] if isinstance(wanted["type"], str) else wanted["type"]
    if not any(is_a(value, name) for name in types):
        return False
    if isinstance(value, str):
        return len(value) >= wanted.get("minLength", 0) and bool(re.search(wanted.get("pattern", ""), value))
    if isinstance(value, list):
        return all(fits(one, wanted["items"]) for one in value)
    return not isinstance(value, dict) or has_properties(value, wanted)


def is_a(value, name):
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def has_properties(value, wanted):
    return (
        wanted["additionalProperties"] is False
        and value.keys() <= wanted["properties"].keys()
        and set(wanted.get("required", [])) <= value.keys()
        and wanted.get("minProperties", 0) <= len(value) <= wanted.get("maxProperties", 99)
        and all(fits(one, wanted["properties"][name]) for name, one in value.items())
    )


KEYS = ["op", "column", "value", "values", "rules", "rule", "text", "at_least", "above", "at_most", "below", "days"]
OPS = ["and", "or", "not", "eq", "in", "range", "contains", "starts_with", "missing", "age"]


@st.composite
def nearly_rules(draw):
    """Documents that have something of a rule."""
    inner = json_values | st.sampled_from([{"decimal": "0.1"}, {"time": "2026-10-01"}, {"days": 9}, "x", 5])
    inner |= st.just({"op": "missing", "column": "x"}) | st.just([{"op": "missing", "column": "x"}])
    made = draw(st.dictionaries(st.sampled_from(KEYS), inner, max_size=4))
    return made | {"op": draw(st.sampled_from(OPS))}


@given(rules(odd=True))
def test_a_rule_is_read_back_from_json_text(rule):
    text = json.dumps(rule.to_json())
    assert Rule.from_json(json.loads(text)) == rule


@settings(max_examples=30)
@given(rules(odd=True, size=4))
def test_what_is_written_fits_the_schema(rule):
    assert fits(rule.to_json())


def test_the_schema_is_json():
    assert json.loads(json.dumps(schema())) == schema()


@given(json_values | nearly_rules())
def test_any_document_is_a_rule_or_an_error_of_ours(document):
    try:
        rule = Rule.from_json(document)
    except InvalidRuleError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 400
    else:
        assert Rule.from_json(rule.to_json()) == rule


@given(nearly_rules())
def test_what_does_not_fit_the_schema_is_no_rule(document):
    if not fits(document):
        with pytest.raises(InvalidRuleError):
            Rule.from_json(document)


def test_the_form_of_each_rule():
    rule = Rule.parse(
        'a = 0.1 and b in (1, "c", true) and 1 <= d < 5 and e >= 2026-10-01 and f contains "g" and h starts with "i" '
        "and not (j is missing or k within 36 hours) and everything"
    )
    assert rule.to_json() == {
        "op": "and",
        "rules": [
            {"op": "eq", "column": "a", "value": {"decimal": "0.1"}},
            {"op": "in", "column": "b", "values": [1, "c", True]},
            {"op": "range", "column": "d", "at_least": 1, "below": 5},
            {"op": "range", "column": "e", "at_least": {"time": "2026-10-01T00:00:00Z"}},
            {"op": "contains", "column": "f", "text": "g"},
            {"op": "starts_with", "column": "h", "text": "i"},
            {
                "op": "not",
                "rule": {
                    "op": "or",
                    "rules": [
                        {"op": "missing", "column": "j"},
                        {"op": "age", "column": "k", "at_least": {"days": 0}, "at_most": {"hours": 36}},
                    ],
                },
            },
            {"op": "and", "rules": []},
        ],
    }


def test_numbers_may_stand_for_themselves():
    assert Rule.from_json({"op": "eq", "column": "a", "value": 0.1}) == Eq("a", Decimal("0.1"))
    assert Rule.from_json({"op": "and", "rules": ()}) == EVERYBODY


DEEP = {"op": "missing", "column": "a"}
for _ in range(60):
    DEEP = {"op": "not", "rule": DEEP}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (None, "None is no rule; its op is one of age, and, contains"),
        ([], "[] is no rule"),
        ({}, "{} is no rule"),
        ({"op": "regex"}, "{'op': 'regex'} is no rule"),
        ({"op": ["eq"]}, "is no rule"),
        ({"op": "eq", "column": "a"}, "lacks 'value', which op 'eq' needs"),
        ({"op": "eq", "column": "a", "value": 1, "values": []}, "has 'values', which op 'eq' does not have"),
        ({"op": "missing", "column": 5}, "the name of a column is a text, not 5"),
        ({"op": "missing", "column": " "}, "' ' is no name of a column"),
        ({"op": "eq", "column": "a", "value": None}, "null is no value; op 'missing' asks"),
        ({"op": "eq", "column": "a", "value": [1]}, "[1] is no truth value, number, text or time"),
        ({"op": "eq", "column": "a", "value": float("nan")}, "nothing is equal to a missing value"),
        ({"op": "eq", "column": "a", "value": {"decimal": "x"}}, "{'decimal': 'x'} is no value"),
        ({"op": "eq", "column": "a", "value": {"decimal": 5}}, "{'decimal': 5} is no value"),
        ({"op": "eq", "column": "a", "value": {"decimal": "1e" + "9" * 30}}, "is no value"),
        ({"op": "eq", "column": "a", "value": {"time": "soon"}}, "{'time': 'soon'} is no value"),
        ({"op": "eq", "column": "a", "value": {"time": "2026-10-01", "zone": "UTC"}}, "is no value"),
        ({"op": "in", "column": "a", "values": "abc"}, "the values of 'in' are a list, not 'abc'"),
        ({"op": "in", "column": "a", "values": [1, None]}, "null is no value"),
        ({"op": "and", "rules": {}}, "the rules of 'and' are a list, not {}"),
        ({"op": "or", "rules": [{"op": "eq"}]}, "lacks 'column'"),
        ({"op": "range", "column": "a"}, "a range needs a bound"),
        ({"op": "range", "column": "a", "at_least": None, "at_most": 5}, "null is no value"),
        ({"op": "contains", "column": "a", "text": 5}, "a text is sought in a column, not 5"),
        ({"op": "age", "column": "a"}, "an age needs a bound"),
        ({"op": "age", "column": "a", "at_least": 5}, "5 is no period"),
        ({"op": "age", "column": "a", "at_least": {"days": "5"}}, "{'days': '5'} is no period"),
        ({"op": "age", "column": "a", "at_least": {"years": 5}}, "is no period"),
        ({"op": "age", "column": "a", "at_least": {"days": 1, "hours": 1}}, "is no period"),
        ({"op": "age", "column": "a", "at_least": {"days": True}}, "is no period"),
        ({"op": "age", "column": "a", "at_least": {"days": 1e300}}, "is no period"),
        ({"op": "age", "column": "a", "at_least": {"days": 10**6}}, "at most 365,250 days"),
        (DEEP, "at most 50 levels"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_faulty_document_is_said_plainly(document, message):
    with pytest.raises(InvalidRuleError, match=re.escape(message)):
        Rule.from_json(document)


def test_a_document_of_many_levels_is_an_error_of_ours():
    document = []
    for _ in range(100_000):
        document = [document]
    for faulty in (document, {"op": "not", "rule": document}, {"op": "eq", "column": "a", "value": document}):
        with pytest.raises(InvalidRuleError):
            Rule.from_json(faulty)
