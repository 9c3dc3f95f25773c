"""Segments and segmentations: every row is in one, or in all that match, or in the rest."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn import COLUMNS, NOW, cells, rules
from npscore import InputError, InvalidRuleError, Segment, Segmentation, field
from npscore.segments import EVERYBODY, NOBODY

X = field("x")
made_rules = st.lists(rules(), max_size=4)
rows = st.fixed_dictionaries(dict.fromkeys(COLUMNS, cells))


@given(made_rules, rows)
def test_a_row_is_in_the_first_segment_that_matches_or_in_the_rest(rules, row):
    made = Segmentation({str(number): rule for number, rule in enumerate(rules)})
    matching = [str(number) for number, rule in enumerate(rules) if rule.matches(row, now=NOW)]
    assert made.of(row, now=NOW) == tuple([*matching, "rest"][:1])


@given(made_rules, rows)
def test_where_segments_overlap_a_row_is_in_all_that_match(rules, row):
    made = Segmentation({str(number): rule for number, rule in enumerate(rules)}, overlapping=True, rest="none")
    matching = tuple(str(number) for number, rule in enumerate(rules) if rule.matches(row, now=NOW))
    assert made.of(row, now=NOW) == (matching or ("none",))


@given(made_rules)
def test_columns_and_the_need_of_now_are_those_of_the_rules(rules):
    made = Segmentation([Segment(str(number), rule) for number, rule in enumerate(rules)])
    assert set(made.columns) == {column for rule in rules for column in rule.columns}
    assert made.needs_now is any(rule.needs_now for rule in rules)
    assert made.names == (*map(str, range(len(rules))), "rest")


def test_a_segment_is_a_name_and_a_rule_or_its_text():
    assert Segment("big", "x >= 5") == Segment("big", X >= 5)
    assert str(Segment("big", X >= 5)) == "big: x >= 5"
    assert Segment("recent", "x within 9 days").matches({"x": NOW}, now=NOW)
    assert Segmentation({"big": "x >= 5"}) == Segmentation([Segment("big", X >= 5)])
    assert Segmentation({}).of({}) == ("rest",)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: Segment("", X > 5), "have a printable text as a name, not ''"),
        (lambda: Segment(5, X > 5), "have a printable text as a name, not 5"),
        (lambda: Segment("a", None), "None is no rule"),
        (lambda: Segment("a", "x >"), "cannot be read at character 4"),
        (lambda: Segmentation([Segment("a", X > 5), Segment("a", X < 5)]), "two segments are called 'a'"),
        (lambda: Segmentation({"rest": X > 5}), "two segments are called 'rest'; name one of them, or the rest"),
        (lambda: Segmentation(Segment("a", X > 5)), "a segmentation is made of Segments"),
        (lambda: Segmentation(["x > 5"]), "'x > 5' is no Segment"),
        (lambda: Segmentation(5), "not of 5"),
        (lambda: Segmentation({}, name=" "), "have a printable text as a name"),
        (lambda: Segmentation({}, rest=None), "have a printable text as a name"),
    ],
)
def test_what_is_no_segmentation_is_refused(made, message):
    with pytest.raises(InvalidRuleError, match=message):
        made()


def test_a_check_finds_a_missing_column_before_any_row_is_read():
    made = Segmentation({"all": EVERYBODY, "big": "x >= 5 or y within 9 days", "none": NOBODY})
    made.check(["x", "y"], now=NOW)
    with pytest.raises(InvalidRuleError, match="'y' that is not there"):
        made.check(["x"], now=NOW)
    with pytest.raises(InvalidRuleError, match="say from when they count with now="):
        made.check(["x", "y"])


def test_ages_need_a_now_with_a_zone():
    made = Segmentation({"recent": "x within 9 days"})
    with pytest.raises(InvalidRuleError, match="say from when they count with now="):
        made.of({"x": NOW})
    with pytest.raises(InputError, match="a datetime with a zone"):
        made.of({"x": NOW}, now=datetime(2026, 1, 1))
    assert made.of({"x": NOW}, now=datetime(2026, 11, 1, tzinfo=UTC)) == ("recent",)
