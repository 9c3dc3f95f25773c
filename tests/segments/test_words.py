"""The text form: what is written is read back, and what cannot be read is said with its place."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drawn import letters, rules
from npscore import InvalidRuleError, Rule, field
from npscore.segments import EVERYBODY, NOBODY, Age, And, Contains, Eq, In, Missing, Not, Or, Range, StartsWith
from npscore.segments.words import KEYWORDS, column_of

A, B, C = Eq("a", 1), Eq("b", 2), Eq("c", 3)
DAY = timedelta(days=1)

SIGNS = ["=", "<", "<=", "!=", "(", ")", ","]
words = st.sampled_from([*sorted(KEYWORDS), *SIGNS, "x", "5", "-5", '"a"', "`b`", "1e9", "2026-10-01"])


@given(rules(odd=True))
@example(Eq("days", "days"))
@example(Range("x", above=5, below=1))
@example(Age("x", at_least=timedelta(0), at_most=-DAY))
@example(Not(Not(Missing("not"))))
@example(Eq('\\"`', '\\"`\u2028\x85\x7f'))
def test_what_is_written_is_read_back(rule):
    text = str(rule)
    assert Rule.parse(text) == rule
    assert len(text.splitlines()) == 1


@given(rules(odd=True), st.sampled_from([" ", "\n", "\t ", "\u00a0"]))
def test_blanks_between_words_mean_nothing(rule, blank):
    text = str(rule)
    if '"' not in text and "`" not in text:
        assert Rule.parse(blank + text.replace(" ", blank) + blank) == rule


@given(
    st.text(letters, max_size=40)
    | st.lists(words, max_size=12).map(" ".join)
    | st.text('x1"`\\(),<=! -.e', max_size=20)
)
def test_any_text_is_a_rule_or_an_error_of_ours(text):
    try:
        rule = Rule.parse(text)
    except InvalidRuleError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 300
    else:
        assert Rule.parse(str(rule)) == rule


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a = 1 and b = 2 or c = 3", Or(And(A, B), C)), ("a = 1 and (b = 2 or c = 3)", And(A, Or(B, C))),
        ("not a = 1 and b = 2", And(Not(A), B)), ("not (a = 1 and b = 2)", Not(And(A, B))),
        ("not not a = 1", Not(Not(A))),
        ("((a = 1))", A), ("all of (a = 1)", And(A)), ("any of (a = 1)", Or(A)), ("everything", EVERYBODY),
        ("nothing", NOBODY), ("a == 1", A), ("1 = a", A), ("1==a", A), ("a!=1", Not(A)), ('a = "1"', Eq("a", "1")),
        ("a = true", Eq("a", True)), ("a != false", Not(Eq("a", False))), ("a = -1.50", Eq("a", Decimal("-1.5"))),
        ("a = 1e3", Eq("a", 1000)), ("a in ()", In("a", [])), ('a in (1, "b", true)', In("a", [1, "b", True])),
        ("a not in (1)", Not(In("a", [1]))), ("1 <= a < 5", Range("a", at_least=1, below=5)),
        ("5 > a >= 1", Range("a", at_least=1, below=5)), ("5 >= a", Range("a", at_most=5)),
        ('a > "m"', Range("a", above="m")),
        ("a between 1 and 5", Range("a", at_least=1, at_most=5)), ("a is missing", Missing("a")),
        ("a is not missing", Not(Missing("a"))), ("a is present", Not(Missing("a"))),
        ('a contains "b"', Contains("a", "b")),
        ('a starts with "b"', StartsWith("a", "b")), ("a within 90 days", field("a").within(days=90)),
        ("a within the next 36 hours", field("a").within_next(hours=36)),
        ("a at least 1 days ago", Age("a", at_least=DAY)),
        ("a at most 0.5 days ago", Age("a", at_most=DAY / 2)), ("a at least -1 days ago", Age("a", at_least=-DAY)),
        ("a between 1 days and 48 hours ago", Age("a", at_least=DAY, at_most=2 * DAY)),
        ("a = 2026-10-01", Eq("a", datetime(2026, 10, 1, tzinfo=UTC))), ("`a b` = 1", Eq("a b", 1)), ("`a` = 1", A),
        ("a >= 2026-10-01T02:00:00+02:00", Range("a", at_least=datetime(2026, 10, 1, tzinfo=UTC))),
        ("`within` = 1", Eq("within", 1)), (r'a = "\u0062\n"', Eq("a", "b\n")), ("Within = 1", Eq("Within", 1)),
    ],
    ids=str,
)  # fmt: skip
def test_the_text_form_says(text, rule):
    assert Rule.parse(text) == rule


@pytest.mark.parametrize("name", [*sorted(KEYWORDS), "a b", "1a", "a.", ".a", "a-b", "", "`", "é.1"])
def test_names_that_would_be_read_as_something_else_stand_in_backticks(name):
    assert column_of(name).startswith("`") is (name != "é.1")


COMPARISON = "a comparison, as in = 5, in (...), is missing, contains, starts with or within 90 days"
VALUE = "a value: a number, a text in double quotes, a time, true or false"
SIGN = "a column, a value or a sign"


@pytest.mark.parametrize(
    ("text", "place", "expected", "found"),
    [
        ("", 1, "the name of a column", "the end"), ("  ", 3, "the name of a column", "the end"),
        ("a", 2, COMPARISON, "the end"), ("a b", 3, COMPARISON, "'b'"), ("a not 5", 3, COMPARISON, "'not 5'"),
        ("a =", 4, VALUE, "the end"), ("a = b", 5, VALUE, "'b'"), ("a = (1)", 5, VALUE, "'(1)'"),
        ("a = 1 b", 7, "and, or, or the end", "'b'"), ("a = 1)", 6, "and, or, or the end", "')'"),
        ("(a = 1", 7, "')'", "the end"), ("a = 1 and", 10, "the name of a column", "the end"),
        ("and = 1", 1, "the name of a column", "'and = 1'"), ("not", 4, "the name of a column", "the end"),
        ("a is 5", 6, "missing or present", "'5'"), ("a is not present", 6, "missing or present", "'not present'"),
        ("a in 5", 6, "'('", "'5'"), ("a in (1 2)", 9, "','", "'2)'"), ("a in (1,)", 9, VALUE, "')'"),
        ("a in (", 7, VALUE, "the end"), ("a ( 1", 3, "one of < <= = != >= >", "'( 1'"),
        ("1 != a", 3, "one of < <= = >= >", "'!= a'"), ("1 a", 3, "one of < <= = >= >", "'a'"),
        ("1 < 2", 5, "the name of a column", "'2'"), ("1 <= a >= 2", 11, "a bound on the other side", "'2'"),
        ("1 < a > 2", 9, "a bound on the other side", "'2'"), ("a within", 9, "a period, as in 90 days", "the end"),
        ("a within 5", 10, "a period, as in 90 days", "'5'"),
        ("a within 5 years", 10, "a period, as in 90 days", "'5 years'"),
        ("a within days", 10, "a period, as in 90 days", "'days'"), ("a at", 3, COMPARISON, "'at'"),
        ("a within -5 days", 10, "a period that is not negative", "'-5 days'"),
        ("a starts 5", 3, COMPARISON, "'starts 5'"),
        ("a within the next -5 days", 19, "a period that is not negative", "'-5 days'"),
        ("a at least 5 days", 18, "'ago'", "the end"), ("a between 1 days and 5", 22, "a period, as in 90 days", "'5'"),
        ("a between 1 days and", 21, "a period, as in 90 days", "the end"), ("a between 1 or 2", 13, "'and'", "'or 2'"),
        ("a = 2026-13-01", 5, "a time as in 2026-10-01T00:00:00Z", "'2026-13-01'"), ('a = "b', 5, SIGN, "'\"b'"),
        ("a = 'b'", 5, SIGN, '"\'b\'"'), ("`a = 1", 1, SIGN, "'`a = 1'"), ("a ? 1", 3, SIGN, "'? 1'"),
        ("a = 1.2.3", 5, SIGN, "'1.2.3'"),
        ("a.b. = 1", 4, SIGN, "'. = 1'"), ("a = 5kg", 5, SIGN, "'5kg'"),
        (r'a = "\x"', 5, "a text written as in JSON", r"""'"\\x"'"""),
        ("a = null", 5, VALUE, "'null'"), ("all (a = 1)", 1, "the name of a column", "'all (a = 1)'"),
        ("all of a = 1", 8, "'('", "'a = 1'"),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_read_is_said_with_its_place(text, place, expected, found):
    with pytest.raises(InvalidRuleError) as caught:
        Rule.parse(text)
    said, _, _ = str(caught.value).partition(";")
    assert said.rstrip(".") == f"the rule cannot be read at character {place}: expected {expected}, found {found}"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("x = 'y'", "double quotes"),
        ("at within 60 days", "backticks"),
        ("x = 1 AND y = 2", "small letters"),
        ("x <> 5", "!="),
        ("x = null", "is missing"),
        ("x = 1 && y = 2", "write and"),
        ('x like "a%"', "contains"),
    ],
)
def test_what_people_often_mean_is_hinted_at(text, hint):
    with pytest.raises(InvalidRuleError, match=hint):
        Rule.parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1e99", "not a number that every column can hold"),
        (f"a = 1e{'9' * 40}", "not a number that every column can hold"),
        ("a contains 5", "a text is sought in a column"), ("a > true", "true and false have no order"),
        ('1 < a < "b"', "both bounds of a range are of one kind"),
        ("a within 1e999999999 days", "no period that can be counted"),
        ("a within 1e-999999999 days", "no period that can be counted"),
        ("a within 99999999999 days", "too long a period"),
        ("a within 999999 days", "at most 365,250 days"),
        ("a within 0e999999999 days", "no period that can be counted"),
        (r'a = "\ud800"', "half of a surrogate pair"), ("`` = 1", "is no name of a column"), (r"`\u0000` = 1", "NUL"),
        ("a = 0001-01-01", "between the years 2 and 9998"),
        (f"a within 0.{'0' * 99}1 days", "no period that can be counted"),
    ],
)  # fmt: skip
def test_what_can_be_read_and_not_be_meant_is_refused(text, message):
    with pytest.raises(InvalidRuleError, match=message) as caught:
        Rule.parse(text)
    assert len(str(caught.value)) < 200


MILLION = 1_000_000


@pytest.mark.parametrize(
    "text",
    [
        "(" * MILLION, "not " * (MILLION // 4), "all of (" * (MILLION // 8), "a" * MILLION, "1" * MILLION,
        " " * MILLION,
        "a = 0." + "1" * (MILLION - 6), "a within " + "1" * (MILLION - 20) + " days", '"' + "\\" * (MILLION - 1),
        "a = 1 or " * (MILLION // 9), "a in (" + "1," * (MILLION // 2 - 3), "`" * MILLION, "a." * (MILLION // 2),
        "1 < " * (MILLION // 4), "-" * MILLION, '"\\u' * (MILLION // 4), "2026-10-01T" + "1" * (MILLION - 11),
        "a = \"" + "b" * (MILLION - 6) + "\"", "(" * 60 + "a = 1" + ")" * 60, "a" * (MILLION + 1),
    ],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_a_hostile_text_is_refused_with_one_sentence(text):
    with pytest.raises(InvalidRuleError) as caught:
        Rule.parse(text)
    assert len(str(caught.value)) < 200


def test_fifty_brackets_are_read_and_one_more_is_not():
    assert Rule.parse("(" * 50 + "a = 1" + ")" * 50) == A
    with pytest.raises(InvalidRuleError, match="at most 50 levels; this one has more brackets"):
        Rule.parse("(" * 51 + "a = 1" + ")" * 51)


@pytest.mark.parametrize("text", [None, 5, b"a = 1", ["a = 1"]])
def test_only_a_text_is_read(text):
    with pytest.raises(InvalidRuleError, match="a rule is read from a text"):
        Rule.parse(text)


def test_a_rule_reads_as_a_sentence():
    rule = (
        field("account.tier").is_in("enterprise", "large")
        & (field("category") != "promoter")
        & field("response.answered_at").within(days=90)
        & field("account.revenue").between(1000, Decimal("5000.50"))
        & ~field("response.comment").contains("refund")
    )
    assert str(rule) == (
        'account.tier in ("enterprise", "large") and category != "promoter" and response.answered_at within 90 days '
        'and 1000 <= account.revenue <= 5000.5 and not (response.comment contains "refund")'
    )
    assert re.fullmatch(r"[\x20-\x7e]+", str(rule))
