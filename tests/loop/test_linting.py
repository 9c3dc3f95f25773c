"""The linter: each finding where it belongs, and none where nothing is wrong."""

from datetime import UTC, date, datetime

import attrs
import pytest

from linted import ALL, CASE, CONSENT, DETRACTOR, PROMOTER, THANK, policy, refused, unwise
from npscore import InputError
from npscore.errors import InvalidPolicyError
from npscore.loop.linting import Finding, check_policy, lint
from npscore.loop.policies import ASKS, Deed, Escalation, OpenCase, Owners, Policy


def test_a_sound_policy_has_no_finding():
    assert lint(policy((DETRACTOR, CASE), (ALL, THANK))) == ()
    check_policy(policy((DETRACTOR, CASE), (ALL, THANK)))


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
    ({"owners": Owners(by=["interaction.agent"], never=["interaction.agent"])}, "people who are not rated"),
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
    ("made", "words"),
    [
        (policy((f"{DETRACTOR} and account.revenue > 5", CASE), (PROMOTER, THANK)), "some detractors"),
        (policy((PROMOTER, THANK)), "some detractors"),
        (policy((DETRACTOR, OpenCase(resolve_within="5 days")), (ALL, THANK),
                escalations=[Escalation(name="late", clock="resolve", after="7 days")]), "nobody can be late"),
        (policy((DETRACTOR, CASE), (ALL, THANK), escalations=[]), "no escalation"),
        (policy((DETRACTOR, CASE), (ALL, THANK), owners=Owners(by=["interaction.agent"], fallback="ann")), "never"),
        (policy((DETRACTOR, OpenCase(contact_within="1 day")), (ALL, THANK), owners=Owners(by=["account.owner"]),
                escalations=[Escalation(name="late", after="2 days", to="mo")]), "where account.owner is missing"),
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
    assert check_policy(made) == lint(made)


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
    assert str(Finding(None, "unwise", "a.", policy="care")) == "unwise: policy 'care': a."


def test_several_policies_are_looked_at_in_their_order():
    first, second = policy((ALL, Deed(do="ask for referral")), name="a"), policy(("ratng > 8", THANK), name="b")
    made = lint([first, second])
    assert [(one.severity, one.policy, one.rule) for one in made] == [
        ("refused", "a", "rule 1"), ("refused", "b", "rule 1"), ("unwise", "b", None),
    ]  # fmt: skip
    assert [attrs.evolve(one, policy=None) for one in made if one.policy == "b"] == list(lint(second))
    with pytest.raises(InvalidPolicyError, match=r"policy 'a': rule 'rule 1' would .* policy 'b': rule") as caught:
        check_policy(iter([first, second]))
    assert (caught.value.policy, len(caught.value.faults)) == ("a", 2)
    with pytest.raises(InvalidPolicyError, match=r"^policy 'b': rule"):
        check_policy([policy((ALL, THANK), name="a"), second])


def test_one_policy_in_a_list_is_one_policy():
    made = policy((ALL, Deed(do="ask for referral")))
    assert lint([made]) == lint(made) != ()


def test_two_policies_of_one_name_are_refused():
    with pytest.raises(InputError, match="two policies are called 'care'"):
        lint([policy((ALL, THANK)), policy((ALL, THANK))])


@pytest.mark.parametrize("value", ["2026-11-22", 5, float("nan"), [], datetime(2026, 11, 22)])
def test_as_of_is_a_day_or_an_aware_time(value):
    for function in (lint, check_policy):
        with pytest.raises(InputError):
            function(policy((ALL, THANK)), as_of=value)


@pytest.mark.parametrize("value", [None, date.min, date.max, datetime.min.replace(tzinfo=UTC), date(2026, 11, 22)])
def test_any_day_will_do(value):
    assert lint(policy((ALL, THANK)), as_of=value) == ()
