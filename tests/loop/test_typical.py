"""Typical answers: what is true of them is true of every answer."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npscore import Rule, classify, field
from npscore.loop.gating import gates_reviews
from npscore.loop.policies import Deed, PolicyRule
from npscore.loop.reach import Reach
from npscore.loop.typical import MOST, Typical
from npscore.segments.leaves import Contains, StartsWith
from npscore.segments.rules import EVERYBODY, NOBODY

NOW = datetime(2026, 1, 1, tzinfo=UTC)
STANDARD = [(rating, classify(rating).value) for rating in range(11)]
OTHERS = [(rating, name) for rating in range(-2, 14) for name in ("detractor", "passive", "promoter", None)]
RATINGS = [(None, None), *STANDARD, *OTHERS]
NUMBERS = [None, True, "a", *(Decimal(number) / 2 for number in range(-3, 12))]
TEXTS = [None, False, 3, *map("".join, (t for size in range(4) for t in product("abc\x01", repeat=size)))]
DAYS = [None, 5, *(NOW - timedelta(days=day) / 2 for day in range(-5, 12))]

rating = st.integers(-1, 11)
small = st.integers(0, 4)
word = st.sampled_from(["a", "b", "ab", "ba"])
LEAVES = {
    "rating": st.one_of(
        st.builds(field("rating").between, rating, rating),
        st.builds(field("response.rating").is_in, st.lists(rating, max_size=3)),
        rating.map(field("rating").__gt__),
    ),
    "category": st.one_of(
        st.sampled_from(["detractor", "passive", "promoter", "Promoter"]).map(field("category").__eq__),
        st.sampled_from([field("category").is_missing(), field("category.lower") == "promoter"]),
    ),
    "x": st.one_of(
        st.builds(field("x").between, small, small),
        small.map(field("x").__eq__),
        small.map(field("x").__lt__),
        st.sampled_from([field("x").is_missing(), field("x") == True, field("x") == "a"]),  # noqa: E712
    ),
    "word": st.one_of(
        st.builds(field("word").between, word, word),
        st.lists(word, max_size=2).map(field("word").is_in),
        st.just(field("word").is_missing()),
    ),
    "search": st.one_of(
        st.sampled_from([StartsWith("search", "a")]),
        st.lists(word, max_size=2).map(field("search").is_in),
    ),
    "day": st.builds(
        lambda low, high: field("day").age(at_least=timedelta(days=low), at_most=timedelta(days=high)),
        st.integers(-2, 3),
        st.integers(-2, 5),
    ),
    "sought": st.one_of(word.map(field("sought").contains), word.map(field("sought").starts_with)),
}
CELLS = {"x": NUMBERS, "word": TEXTS, "search": TEXTS, "day": DAYS, "sought": TEXTS}


def rules_on(*names):
    leaves = st.one_of(*(LEAVES[name] for name in names))
    return st.recursive(
        leaves,
        lambda parts: (
            st.builds(Rule.__and__, parts, parts) | st.builds(Rule.__or__, parts, parts) | parts.map(Rule.__invert__)
        ),
        max_leaves=4,
    )


def rows_on(name):
    for (number, category), cell in product(RATINGS, CELLS[name]):
        row = {"rating": number, "response.rating": number, "category": category, "category.lower": category}
        yield row | {name: cell}


def firsts(rules, rows):
    """The rules that mean some row, and those that are the first to, by looking at each."""
    matched, first = set(), set()
    for row in rows:
        mine = [place for place, rule in enumerate(rules) if rule.test(row, NOW)]
        matched.update(mine)
        first.update(mine[:1])
    return matched, first


def thanks(rules):
    return [PolicyRule(f"rule {place}", rule, Deed(do="thank")) for place, rule in enumerate(rules)]


@pytest.mark.parametrize("name", ["x", "word", "search", "day"])
def test_a_rule_is_reached_where_some_row_reaches_it_and_nowhere_else(name):
    @settings(max_examples=25, deadline=None)
    @given(st.lists(rules_on("rating", "category", name), min_size=1, max_size=3))
    def law(rules):
        reach = Reach.of(thanks(rules))
        assert (reach.matched, reach.first) == firsts(rules, rows_on(name))

    law()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("not (x > 1 and x < 2)", "x between 1 and 2"),
        ('not (x > "a" and x < "b")', 'x between "a" and "b"'),
        ("x < 1 or x > 1", "x = 1"),
        ("x >= 1", "x < 1"),
        ("x <= 1", "x > 1"),
        ("x within 90 days", "x is present"),
        ("x at least 1 days ago", "x within 1 days"),
        ("x <= 2026-01-01 or x >= 2026-01-02", "x between 2026-01-01 and 2026-01-02"),
        ('x starts with "b"', 'x > "a"'),
        ("x = true or x is missing", "x = false"),
    ],
)
def test_between_and_beside_what_is_named_there_is_something(before, after):
    rules = list(map(Rule.parse, (before, after)))
    assert Reach.of(thanks(rules)).first == {0, 1}


@settings(max_examples=30, deadline=None)
@given(st.lists(rules_on("category", "sought"), min_size=1, max_size=3))
def test_where_values_are_not_found_no_rule_that_is_reached_is_called_unreachable(rules):
    reach = Reach.of(thanks(rules))
    matched, first = firsts(rules, rows_on("sought"))
    assert reach.matched >= matched
    assert reach.first >= first


def gated_by_hand(rules, asking, name):
    """Whether reviews are asked of some ratings and not of others, everything else being alike."""
    for cell in CELLS[name]:
        asked = set()
        for number, category in STANDARD:
            row = {"rating": number, "response.rating": number, "category": category, "category.lower": category}
            first = next((place for place, rule in enumerate(rules) if rule.test(row | {name: cell}, NOW)), None)
            asked.add(first in asking)
        if len(asked) > 1:
            return "yes"
    return "no"


@pytest.mark.parametrize("name", ["x", "word", "day"])
def test_reviews_are_gated_where_some_ratings_are_asked_and_others_are_not(name):
    @settings(max_examples=25, deadline=None)
    @given(st.lists(rules_on("rating", "category", name), min_size=1, max_size=3), st.sets(st.integers(0, 2)))
    def law(rules, asking):
        review = Deed(do="ask for review", consent="customer.agreed")
        made = [
            PolicyRule(str(place), rule, review if place in asking else Deed(do="thank"))
            for place, rule in enumerate(rules)
        ]
        assert gates_reviews(made) == gated_by_hand(rules, asking, name)

    law()


@pytest.mark.parametrize(
    "leaves",
    [
        [Contains("t", "a"), Contains("t", "b"), field("t") == "ab"],
        [Contains("t", "a"), field("t") > "m"],
        [field("t") > NOW, field("t").within(days=4)],
    ],
)
def test_leaves_whose_values_are_not_found_may_all_hold_or_not(leaves):
    typical = Typical.of([*leaves, field("t").is_missing()])
    (filled,) = typical.others
    assert len(filled) == 2 ** len(leaves) + 1


def test_a_count_is_a_whole_number_from_nothing_on():
    for text in ("history.responses < 0", "history.invitations > 1 and history.invitations < 2"):
        assert not Reach.of(thanks([Rule.parse(text)])).matched
    assert Reach.of(thanks([Rule.parse("history.responses.90d = 0")])).matched


def test_everybody_and_nobody_are_rules_too():
    reach = Reach.of(thanks([NOBODY, EVERYBODY]))
    assert reach.matched == reach.first == {1}


def test_too_many_typical_answers_are_not_looked_at():
    many = [field(f"customer.c{place}") == 1 for place in range(17)]
    assert not Typical.of(many).are_few
    assert Reach.of(thanks(many)) is None
    assert not Typical.of([Contains("t", str(number)) for number in range(40)]).are_few
    assert MOST == 50_000
