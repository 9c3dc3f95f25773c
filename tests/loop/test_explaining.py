"""A policy says of each answer which rule fired and why the others did not, as the rules themselves have it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loops import NOW
from npscore import InvalidRuleError, Rule, field
from npscore.loop import explaining
from npscore.loop.explaining import Telling, cells, shown

TEXTS = [
    'region = "EMEA"', 'region = "EMEA" and rating >= 9', 'not (rating = 3 and region is missing)',
    "rating <= 6 or region is not missing", "(rating >= 2 and rating <= 4) and (seats > 5 and region is missing)",
]  # fmt: skip
rows = st.fixed_dictionaries({
    "region": st.none() | st.sampled_from(["EMEA", "APAC", "\x1b[31m", "x" * 99]) | st.integers(),
    "rating": st.none() | st.integers(0, 10) | st.just(float("nan")) | st.just(Decimal("NaN")),
    "seats": st.none() | st.integers(0, 10) | st.booleans(),
})  # fmt: skip


@given(st.lists(st.sampled_from(TEXTS), max_size=4), rows)
def test_it_finds_the_first_rule_that_matches_with_a_line_for_each_looked_at(texts, row):
    rules = [(f"rule {place}", Rule.parse(text)) for place, text in enumerate(texts)]
    place, lines = Telling.of(rules).first(row, NOW)
    matching = [number for number, (_, rule) in enumerate(rules) if rule.matches(row, now=NOW)]
    assert place == (matching[0] if matching else None)
    looked_at = rules if place is None else rules[: place + 1]
    for line, (name, _) in zip(lines, looked_at, strict=False):
        assert line.startswith(f"{name}: {'fired' if name == f'rule {place}' else 'did not fire'}, for ")
    unread = [name for name, _ in rules[len(looked_at) :]]
    assert lines[len(looked_at) :] == ([f"Not looked at any more: {', '.join(unread)}."] if unread else [])
    assert all(line.isprintable() for line in lines)


def test_only_the_part_that_fails_is_told():
    _, lines = Telling.of([("a", Rule.parse('rating >= 9 and region = "EMEA"'))]).first(
        {"rating": 9, "region": "APAC"}, NOW
    )
    assert lines == ['a: did not fire, for region is "APAC"; it asks for region = "EMEA".']


def test_ages_count_from_now():
    telling = Telling.of([("old", field("since").older_than(days=9))])
    assert telling.first({"since": NOW - timedelta(days=10)}, NOW)[0] == 0
    assert telling.first({"since": NOW - timedelta(days=8)}, NOW)[0] is None


def test_a_rule_that_asks_for_nothing_fires():
    assert (
        Telling.of([("all", Rule.parse("region is missing or region is not missing"))]).first({"region": 1}, NOW)[0]
        == 0
    )
    assert cells({}, ()) == "it asks for nothing"


def test_reasons_that_are_remembered_are_not_mixed_up(monkeypatch):
    monkeypatch.setattr(explaining, "MOST_REMEMBERED", 2)
    telling = Telling.of([("a", Rule.parse('region = "EMEA"'))])
    for _ in range(2):
        for name in ("x", "y", "z", None):
            assert f"region is {shown(name)};" in telling.first({"region": name}, NOW)[1][0]


@pytest.mark.parametrize("row", [{}, {"b": 5}])
def test_a_row_without_the_column_is_refused(row):
    with pytest.raises(InvalidRuleError, match="'a'"):
        cells(row, ["a"])


@pytest.mark.parametrize("value", ["a\nb", "\x1b[0m", "\0", "x" * 500, object(), [1] * 500, b"x" * 500])
def test_cells_are_shown_on_one_short_line(value):
    assert shown(value).isprintable()
    assert len(shown(value)) <= 62
