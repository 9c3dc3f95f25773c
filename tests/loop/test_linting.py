"""The linter: each finding where it belongs, and none where nothing is wrong."""

from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest

from npscore import BusinessHours, InputError, Rule
from npscore.errors import InvalidPolicyError
from npscore.loop.linting import Finding, check_policy, lint
from npscore.loop.policies import ASKS, Deed, Escalation, OpenCase, Owners, Policy, PolicyRule

OFFICE = BusinessHours.parse("mon-fri 09:00-17:00")
CONSENT = "customer.may_be_contacted"
REVIEW = Deed(do="ask for review", consent=CONSENT)
THANK = Deed(do="thank")
CASE = OpenCase(contact_within="24 hours", resolve_within="5 days")
DETRACTOR, PASSIVE, PROMOTER = (f'category = "{name}"' for name in ("detractor", "passive", "promoter"))
ALL = Rule.from_json({"op": "and", "rules": []})


def rules(*pairs):
    return [PolicyRule(f"rule {place}", when, then) for place, (when, then) in zip(count(1), pairs)]


def policy(*pairs, **more):
    """A policy without a fault of its own."""
    owners = more.pop("owners", Owners(fallback="ann"))
    late = more.pop("escalations", [Escalation(name="late", after="48 hours", to="ann")])
    has_case = any(rule.case for rule in rules(*pairs))
    return Policy(name="care", rules=rules(*pairs), owners=owners, escalations=late if has_case else [], **more)


def refused(made):
    return [(one.rule, one.message) for one in lint(made) if one.severity == "refused"]


def unwise(made):
    return [one.message for one in lint(made) if one.severity == "unwise"]


def test_a_sound_policy_has_no_finding():
    assert lint(policy((DETRACTOR, CASE), (ALL, THANK))) == ()
    check_policy(policy((DETRACTOR, CASE), (ALL, THANK)))


GATED = [
    [(PROMOTER, REVIEW), (ALL, THANK)],
    [("rating >= 9", REVIEW), (ALL, THANK)],
    [("response.rating = 10", REVIEW), (ALL, THANK)],
    [("rating >= 1", REVIEW), (ALL, THANK)],  # whoever gave a 0 is left out
    [('category.lower = "promoter"', REVIEW), (ALL, THANK)],
    [(f"not ({DETRACTOR})", REVIEW), (ALL, THANK)],
    [("rating is present and not (rating <= 6)", REVIEW), (ALL, THANK)],
    [(DETRACTOR, CASE), (ALL, REVIEW)],  # everybody else
    [(DETRACTOR, THANK), (PASSIVE, THANK), (ALL, REVIEW)],
    [('customer.region = "EMEA"', REVIEW), ("rating < 9", THANK), (ALL, REVIEW)],
    [('customer.region = "EMEA" and rating < 5', THANK), (ALL, REVIEW)],
    [('response.comment contains "bad" and rating < 5', THANK), (ALL, REVIEW)],
    [('history.category = "promoter"', REVIEW), (ALL, THANK)],
    [("history.rating >= 9", REVIEW), (ALL, THANK)],
    [("history.category is missing and rating >= 9", REVIEW), (ALL, THANK)],
    [("history.category is present and rating >= 9", REVIEW), (ALL, THANK)],
    [("history.detractors.365d > 0", THANK), (ALL, REVIEW)],
    [("history.promoters.1d > 0", REVIEW), (ALL, THANK)],
    [("account.renewal within the next 90 days and rating > 8", REVIEW), (ALL, THANK)],
]


@pytest.mark.parametrize("pairs", GATED, ids=lambda pairs: str(pairs[0][0]))
def test_reviews_asked_of_some_ratings_only_are_refused(pairs):
    (found, *_) = refused(policy(*pairs))
    assert "review gating" in found[1]
    with pytest.raises(InvalidPolicyError, match="review gating") as caught:
        check_policy(policy(*pairs))
    assert caught.value.policy == "care"


NOT_GATED = [
    [(ALL, REVIEW)],
    [("rating is present", REVIEW), (ALL, THANK)],
    [("rating between 0 and 10", REVIEW), (ALL, THANK)],
    [("category is present", REVIEW), (ALL, THANK)],
    [(DETRACTOR, REVIEW), (ALL, REVIEW)],
    [(DETRACTOR, REVIEW), (PASSIVE, REVIEW), (PROMOTER, REVIEW), (ALL, THANK)],
    [('customer.region = "EMEA"', REVIEW), (ALL, THANK)],
    [("history.responses = 0", REVIEW), (ALL, THANK)],
    [("history.category is missing", REVIEW), (ALL, THANK)],
    [('customer.region = "EMEA"', REVIEW), (DETRACTOR, CASE), (ALL, THANK)],
    [("rating >= 9 or rating < 9", REVIEW), (ALL, THANK)],
    [('rating >= 9 and category = "detractor"', REVIEW), (ALL, THANK)],  # nobody on this scale
]


@pytest.mark.parametrize("pairs", NOT_GATED, ids=lambda pairs: str(pairs[0][0]))
def test_reviews_asked_of_all_ratings_or_none_pass(pairs):
    assert not refused(policy(*pairs))


def test_consents_that_differ_between_ratings_gate_reviews():
    other = Deed(do="ask for review", consent="customer.agreed")
    assert "review gating" in refused(policy((PROMOTER, REVIEW), (ALL, other)))[0][1]


def test_where_too_many_columns_stand_beside_the_rating_reviews_are_refused():
    columns = " or ".join(f"customer.c{number} = 1" for number in range(16))
    (found,) = refused(policy((f"({columns}) and rating is present", REVIEW), (ALL, THANK)))
    assert "without reading ratings" in found[1]
    assert not refused(policy((columns, REVIEW), (ALL, THANK)))
    assert any("not checked" in message for message in unwise(policy((columns, REVIEW), (ALL, THANK))))


def test_what_comes_after_the_last_question_for_reviews_makes_no_difference():
    columns = " or ".join(f"customer.c{number} = 1" for number in range(16))
    asked = ('customer.region = "EMEA"', REVIEW)
    assert not refused(policy(asked, (f"({columns}) and rating > 8", THANK), (ALL, THANK)))


@pytest.mark.parametrize("do", ASKS)
def test_whoever_is_asked_has_agreed(do):
    (found,) = refused(policy((ALL, Deed(do=do))))
    assert "without consent" in found[1]
    assert not refused(policy((ALL, Deed(do=do, consent=CONSENT))))


@pytest.mark.parametrize("do", ASKS[:2])
def test_nobody_is_asked_while_a_case_is_open(do):
    ask = Deed(do=do, consent=CONSENT)
    assert "opens a case" in refused(policy((DETRACTOR, [CASE, ask]), (ALL, THANK)))[0][1]
    for when in ("case.open = true", 'case.open = true and customer.region = "EMEA"'):
        assert "while a case is open" in refused(policy((when, ask), (ALL, THANK)))[0][1]
    for when in ("case.open = false", "not case.open = true", f"case.open = true or {PROMOTER}"):
        assert not refused(policy((when, ask), (ALL, THANK)))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ALL, PROMOTER),
        (f"rating >= 9 or {PROMOTER}", PROMOTER),
        (f"rating <= 8 or {DETRACTOR}", "rating between 0 and 6"),
        ('customer.region in ("EMEA", "APAC")', 'customer.region = "EMEA"'),
        ("account.revenue > 10", "account.revenue between 10.5 and 12"),
        ('customer.name starts with "A"', 'customer.name = "Ann"'),
        ("account.renewal within 90 days", "account.renewal within 30 days"),
    ],
)
def test_a_rule_that_earlier_ones_leave_nothing_is_refused(before, after):
    rest = [] if before == ALL else [(ALL, THANK)]
    (found,) = refused(policy((before, THANK), (after, THANK), *rest))
    assert found[0] == "rule 2"
    assert "belongs to 'rule 1'" in found[1]
    assert not refused(policy((after, THANK), (before, THANK), *rest))


@pytest.mark.parametrize(
    "when",
    [
        'category = "detracter"',
        'category = "Promoter"',
        "rating > 8 and rating < 9",
        'rating = "9"',
        'customer.region = "EMEA" and customer.region = "APAC"',
        "account.revenue > 5 and account.revenue < 5",
        "customer.region is missing and customer.region is present",
    ],
)
def test_a_rule_that_means_nobody_is_refused(when):
    (found,) = refused(policy((when, THANK), (ALL, THANK)))
    assert found == ("rule 1", "rule 'rule 1' means no answer at all.")


@pytest.mark.parametrize(
    "when",
    [
        'rating = 5 and category = "promoter"',  # of five
        "rating = 50",
        'category = "detractor" and rating > 6',
        "rating is present and category is missing",
    ],
)
def test_a_rule_for_another_scale_is_allowed_and_told(when):
    made = policy((when, THANK), (ALL, THANK))
    assert not refused(made)
    assert unwise(made) == ["rule 'rule 1' means no answer on the scale 0-10."]


@pytest.mark.parametrize(
    ("column", "near"),
    [
        ("custmer.region", "did you mean 'customer.region'?"),
        ("ratng", "did you mean 'rating'?"),
        ("history.response", "did you mean 'history.responses'?"),
        ("zzz.zzz", "columns begin with"),
        ("customer", "did you mean"),
        ("accounts.owner.lower", "did you mean 'account.owner'?"),
    ],
)
def test_a_column_that_no_answer_has_is_refused_with_the_nearest(column, near):
    (found,) = refused(policy((f"{column} = 1", THANK), (ALL, THANK)))
    assert near in found[1]
    (found,) = refused(policy((DETRACTOR, CASE), (ALL, THANK), owners=Owners(by=[column], fallback="ann")))
    assert near in found[1]
    (found,) = refused(policy((ALL, Deed(do="ask for referral", consent=column))))
    assert near in found[1]


@pytest.mark.parametrize("column", ["customer.emial", "case.open", "customer.region.lower", "rating"])
def test_attributes_are_free(column):
    assert not refused(policy((f"{column} is present", THANK), (ALL, THANK)))


BOB = Owners(people=["bob"], fallback="bob")
OWNERLESS = [
    ({"owners": Owners(people=["bob"], fallback="ann")}, "the fallback is 'ann'"),
    ({"owners": BOB, "case": OpenCase(contact_within="1 day", owner="ann")}, "'ann'"),
    (
        {"owners": BOB, "escalations": [Escalation(name="late", after="2 days", to="bob", owner="ann")]},
        "gives the case to 'ann'",
    ),
    ({"owners": Owners()}, "nobody gets"),
    ({"owners": Owners(fallback="ann", per_day=0)}, "nobody ever gets"),
]


@pytest.mark.parametrize(
    "when",
    ["response.id is present", "response_id is present", "answered_at is present", 'response.metric is present',
     "response.test = true or response.test = false"],
)  # fmt: skip
def test_what_every_answer_has_leaves_nobody_out(when):
    assert lint(policy((DETRACTOR, CASE), (when, THANK))) == ()
    assert "belongs to 'rule 1'" in refused(policy((when, THANK), (DETRACTOR, THANK)))[0][1]


def test_lists_of_thousands_are_looked_at_too():
    names = ", ".join(f'"{number}"' for number in range(5_000))
    many = f'customer.name in ({names}) or customer.name starts with "5"'
    (found,) = refused(policy((many, THANK), ('customer.name in ("17", "5x")', THANK), (ALL, THANK)))
    assert found[0] == "rule 2"


def test_what_an_answer_may_lack_leaves_somebody_out():
    for when in ("response.comment is present", "response.tags is present", "customer.id is present"):
        assert unwise(policy((when, THANK)))


def test_windows_of_history_are_columns():
    assert not refused(policy(("history.promoters.90d > 1", THANK), (ALL, THANK)))


@pytest.mark.parametrize(("more", "words"), OWNERLESS)
def test_owners_that_there_are_not_are_refused(more, words):
    others = {name: part for name, part in more.items() if name != "case"}
    (found,) = refused(policy((DETRACTOR, more.get("case", CASE)), (ALL, THANK), **others))
    assert words in found[1]


def test_who_is_told_should_be_one_of_the_people():
    made = policy((DETRACTOR, CASE), (ALL, THANK), owners=Owners(people=["bob"], fallback="bob"))
    assert unwise(made) == ["the escalation 'late' tells 'ann', who is none of the people of the policy."]


@pytest.mark.parametrize(
    ("case", "hours", "words"),
    [
        (OpenCase(contact_within="8 business hours"), None, "no business hours"),
        (OpenCase(contact_within="0 hours"), None, "nobody can keep"),
        (OpenCase(contact_within="2 days", resolve_within="1 day"), None, "before the first contact"),
        (OpenCase(contact_within="16 business hours", resolve_within="8 business hours"), OFFICE, "before the first"),
        (OpenCase(contact_within="30 business hours", resolve_within="1 day"), OFFICE, "before the first contact"),
        (OpenCase(contact_within="40 business hours"), BusinessHours.parse("mon 09:00-09:01"), "ten years"),
    ],
)
def test_promises_that_nobody_can_keep_are_refused(case, hours, words):
    (found,) = refused(policy((DETRACTOR, case), (ALL, THANK), hours=hours))
    assert found[0] == "rule 1"
    assert words in found[1]


def test_promises_that_may_be_kept_pass():
    for contact, resolve in (("30 hours", "8 business hours"), ("8 hours", "8 hours"), ("8 business hours", "8 hours")):
        case = OpenCase(contact_within=contact, resolve_within=resolve)
        assert not refused(policy((DETRACTOR, case), (ALL, THANK), hours=OFFICE))


def test_hours_closed_for_longer_than_ten_years_are_refused():
    closed = {date(2031, 1, 1) + timedelta(days=day) for day in range(4_000)}
    hours = BusinessHours.parse("mon-fri 09:00-17:00", closed=closed)
    case = OpenCase(contact_within="8 business hours")
    assert "ten years" in refused(policy((DETRACTOR, case), (ALL, THANK), hours=hours))[0][1]


@pytest.mark.parametrize("name", ["close_after", "resurvey_after"])
def test_other_clocks_of_business_hours_need_them_too(name):
    ((rule, message),) = refused(policy((DETRACTOR, CASE), (ALL, THANK), **{name: "8 business hours"}))
    assert rule is None
    assert message.startswith(f"{name} is 8 business hours, and the policy has no business hours")


@pytest.mark.parametrize(
    ("after", "words"),
    [("8 business hours", "no business hours"), ("0 hours", "at once")],
)
def test_an_escalation_comes_some_time(after, words):
    late = [Escalation(name="late", after=after, to="ann")]
    (found,) = refused(policy((DETRACTOR, CASE), (ALL, THANK), escalations=late))
    assert words in found[1]


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (policy((f"{DETRACTOR} and account.revenue > 5", CASE), (PROMOTER, THANK)), "some detractors"),
        (policy((PROMOTER, THANK)), "some detractors"),
        (policy((DETRACTOR, OpenCase(resolve_within="5 days")), (ALL, THANK),
                escalations=[Escalation(name="late", clock="resolve", after="7 days")]), "nobody can be late"),
        (policy((DETRACTOR, CASE), (ALL, THANK), escalations=[]), "no escalation"),
        (policy((DETRACTOR, CASE), (ALL, THANK), owners=Owners(by=["interaction.agent"], fallback="ann")), "never"),
        (policy((DETRACTOR, CASE), (ALL, THANK),
                escalations=[Escalation(name="late", after="7 days", only=["urgent"])]), "which nothing gives a case"),
        (policy((DETRACTOR, OpenCase(contact_within="1 day")), (ALL, THANK),
                escalations=[Escalation(name="late", clock="resolve", after="7 days")]), "promises resolve_within"),
    ],
)  # fmt: skip
def test_what_would_be_wiser_otherwise_is_told_and_passes(made, words):
    (message,) = unwise(made)
    assert words in message
    assert not refused(made)
    check_policy(made)


def test_a_priority_that_an_earlier_escalation_gives_is_given():
    late = [
        Escalation(name="late", after="2 days", to="ann", priority="urgent"),
        Escalation(name="later", after="3 days", to="ann", only=["urgent"]),
    ]
    assert lint(policy((DETRACTOR, CASE), (ALL, THANK), escalations=late)) == ()


def test_all_that_is_refused_is_said_at_once():
    made = policy(("ratng > 8", Deed(do="ask for referral")), (ALL, THANK), owners=Owners(per_day=0))
    with pytest.raises(InvalidPolicyError) as caught:
        check_policy(made)
    assert len(caught.value.faults) == 3
    assert all(fault.endswith((".", "?")) for fault in caught.value.faults)


@pytest.mark.parametrize("value", [None, "care", 5, float("nan"), [], {}, datetime(2026, 1, 1, tzinfo=UTC), Policy])
def test_only_policies_are_looked_at(value):
    for function in (lint, check_policy):
        with pytest.raises(InputError, match=r"needs (policies|a policy)|is no Policy"):
            function(value)


def test_a_finding_reads_as_a_line():
    assert str(Finding(None, "unwise", "a.")) == "unwise: a."
