"""Review gating: asking some ratings only is found in whatever words it comes, and asking everybody is left alone."""

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linted import ALL, CASE, CONSENT, DETRACTOR, PASSIVE, PROMOTER, REVIEW, THANK, policy, refused, rules, unwise
from loops import NOW, known, said
from npscore import Policy, decide
from npscore.errors import InvalidPolicyError
from npscore.loop.gating import gates_reviews, gating_among
from npscore.loop.linting import check_policy, lint
from npscore.loop.policies import Deed
from npscore.loop.ready import ready_policy

YEAR = timedelta(days=365)


def review(to=None, **more):
    return Deed(do="ask for review", to=to, consent=CONSENT, **more)


def notify(to):
    return Deed(do="notify", to=to)


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


@pytest.mark.parametrize(
    "pairs",
    [
        [(PROMOTER, review("google")), (ALL, review("inner form"))],
        [("rating >= 9", review()), (ALL, review("inner form"))],
        [("history.rating >= 9", review("trustpilot")), (ALL, review("g2"))],
    ],
)
def test_ratings_that_are_sent_to_unlike_places_are_refused(pairs):
    ((rule, message),) = refused(policy(*pairs))
    assert rule == "rule 1"
    assert "the rating decides where" in message
    assert "same place" in message


@pytest.mark.parametrize(
    "pairs",
    [
        [(PROMOTER, review("google")), (ALL, review("google"))],
        [('customer.region = "EMEA"', review("trustpilot")), (ALL, review("g2"))],
        [('customer.region = "EMEA"', review("trustpilot")), (DETRACTOR, review("g2")), (ALL, review("g2"))],
    ],
)
def test_places_that_do_not_differ_by_rating_pass(pairs):
    assert lint(policy(*pairs)) == ()


@pytest.mark.parametrize(
    "deed",
    [
        notify("Trustpilot"),
        notify("google reviews"),
        notify("https://www.g2.com/products/x"),
        Deed(do="thank", to="review page"),
        Deed(do="ask for referral", to="Capterra", consent=CONSENT),
    ],
    ids=str,
)
def test_promoters_only_at_a_place_named_like_reviews_are_refused(deed):
    made = policy((PROMOTER, deed), (ALL, Deed(do="nothing", reason="no fans")))
    ((rule, message),) = refused(made)
    assert rule == "rule 1"
    assert f"would {deed.do} of only some of those who gave a rating to {deed.to!r}" in message
    assert "review gating" in message
    assert lint(policy((ALL, deed))) == ()


@pytest.mark.parametrize("to", ["google chat", "review board", "the account team", "previews", "Google Sheets"])
def test_promoters_only_at_a_place_inside_pass(to):
    assert lint(policy((PROMOTER, notify(to)), (ALL, THANK))) == ()


def test_a_notice_of_detractors_is_no_question_for_reviews():
    assert lint(policy((DETRACTOR, notify("trustpilot")), (ALL, THANK))) == ()
    assert refused(policy((f"{DETRACTOR} or {PASSIVE}", notify("trustpilot")), (ALL, THANK)))


def test_a_cooldown_that_amounts_to_never_for_some_ratings_is_refused():
    made = [(PROMOTER, review(cooldown=YEAR)), (ALL, review(cooldown=10 * YEAR))]
    ((rule, message),) = refused(policy(*made))
    assert rule == "rule 1"
    assert "after 3650 days" in message
    assert refused(policy((PROMOTER, review()), (ALL, review(cooldown=3 * YEAR))))


@pytest.mark.parametrize(
    "pairs",
    [
        [(PROMOTER, review(cooldown=YEAR / 2)), (ALL, review(cooldown=YEAR))],
        [(PROMOTER, review(cooldown=2 * YEAR)), (ALL, review(cooldown=3 * YEAR))],
        [(PROMOTER, review(cooldown=4 * YEAR)), (ALL, review(cooldown=5 * YEAR))],
        [('customer.region = "EMEA"', review(cooldown=YEAR)), (ALL, review(cooldown=10 * YEAR))],
        [(ALL, review(cooldown=10 * YEAR))],
    ],
)
def test_other_cooldowns_pass(pairs):
    assert lint(policy(*pairs)) == ()


@pytest.mark.parametrize(
    "column",
    ["customer.is_happy", "customer.isSatisfied", "account.csat", "account.promoter", "health.score", "health.band",
     "customer.healthBand", "case.open"],
)  # fmt: skip
def test_a_column_named_like_a_rating_is_told(column):
    (message,) = [one for one in unwise(policy((f"{column} = true", REVIEW), (ALL, THANK))) if "like a rating" in one]
    assert repr(column) in message
    (message,) = unwise(policy((ALL, Deed(do="ask for review", consent=column))))
    assert repr(column) in message


@pytest.mark.parametrize(
    "pairs",
    [
        [("account.credit_score > 5", REVIEW), (ALL, THANK)],
        [('customer.region = "happy"', REVIEW), (ALL, THANK)],
        [("customer.is_happy = true", REVIEW), (ALL, REVIEW)],  # it decides nothing
        [("customer.is_happy = true", Deed(do="ask for referral", consent=CONSENT)), (ALL, THANK)],
        [(ALL, REVIEW), ("customer.is_happy = true", THANK)],
    ],
)
def test_a_column_that_decides_on_no_review_or_is_no_rating_is_not(pairs):
    assert not [one for one in unwise(policy(*pairs)) if "like a rating" in one]


CARE = policy((DETRACTOR, CASE), (ALL, THANK), name="care")
REVIEWS = policy((ALL, REVIEW), name="reviews")


@pytest.mark.parametrize("other", [CARE, *map(ready_policy, ("b2b saas", "retailer", "helpdesk"))])
def test_cases_of_another_policy_that_keep_reviews_from_detractors_are_refused(other):
    assert not refused(other)
    assert not refused(REVIEWS)
    for both in ([other, REVIEWS], [REVIEWS, other]):
        (finding,) = [one for one in lint(both) if one.severity == "refused"]
        assert (finding.policy, finding.rule) == ("reviews", "rule 1")
        assert f"a case under {other.name!r}" in finding.message
        assert "another survey" in finding.message
    with pytest.raises(InvalidPolicyError, match=r"policy 'reviews'.* in effect it is review gating"):
        check_policy([other, REVIEWS])


def test_only_policies_whose_cases_matter_are_named():
    vips = policy(("customer.vip = true", CASE), (ALL, THANK), name="vips")
    for together in ([CARE, vips, REVIEWS], [vips, CARE, REVIEWS], [REVIEWS, vips, CARE]):
        ((_, message),) = refused(*together)
        assert "under 'care';" in message


@pytest.mark.parametrize(
    "other",
    [
        policy(('response.survey = "support" and category = "detractor"', CASE), (ALL, THANK), name="support"),
        policy(("customer.vip = true", CASE), (ALL, THANK), name="vips"),  # whatever they gave
        policy((DETRACTOR, THANK), (ALL, THANK), name="thanks"),
    ],
)
def test_policies_that_take_nothing_from_some_ratings_pass(other):
    asks = policy(('response.survey = "shop"', REVIEW), (ALL, THANK), name="reviews")
    assert lint([other, asks]) == ()


def test_a_referral_may_be_kept_from_detractors_by_their_case():
    assert lint([CARE, policy((ALL, Deed(do="ask for referral", consent=CONSENT)), name="referrals")]) == ()


def test_a_policy_that_treats_ratings_unlike_by_itself_is_not_blamed_for_cases_that_keep_nothing_back():
    study = Deed(do="ask for case study", to="Trustpilot", consent=CONSENT)
    studies = policy((DETRACTOR, study), (ALL, THANK), name="studies")
    nobody = policy(('account.tier = "never"', CASE), (ALL, THANK), name="nobody")
    fans = policy((PROMOTER, CASE), (ALL, THANK), name="fans")
    for together in ([studies], [nobody, studies], [fans, studies], [CARE, studies]):
        assert not refused(*together)
    worst = policy(("rating <= 2", CASE), (ALL, THANK), name="worst")
    ((_, message),) = refused(worst, studies)
    assert "a case under 'worst'" in message


def test_a_policy_that_gates_alone_is_told_once():
    ((rule, message),) = refused(CARE, policy((PROMOTER, REVIEW), (ALL, THANK), name="fans"))
    assert rule == "rule 1"
    assert "asks only some" in message


def test_where_too_many_columns_decide_on_cases_it_is_told():
    columns = " or ".join(f"customer.c{number} = 1" for number in range(16))
    other = policy((f"({columns}) and {DETRACTOR}", CASE), (ALL, THANK), name="care")
    assert not refused(other, REVIEWS)
    assert any("cases of other policies" in message for message in unwise(other, REVIEWS))


WHENS = st.sampled_from(
    [ALL, DETRACTOR, PROMOTER, "rating >= 9", "rating <= 6", "rating is present", 'customer.region = "EMEA"',
     'customer.region = "EMEA" and rating < 9', 'response.survey = "x"', 'response.survey = "x" and rating > 8'],
)  # fmt: skip
DEEDS = st.sampled_from([REVIEW, review("google"), THANK, review(cooldown=10 * YEAR), CASE, [CASE, THANK]])
PAIRS = st.lists(st.tuples(WHENS, DEEDS), min_size=1, max_size=3)


def treated(policies, rating, region, survey):
    """Which questions for reviews a decision leads to, and when they may come again."""
    answer = said(rating=rating, survey=survey)
    row = {"customer.region": region, "response.survey": survey, CONSENT: True}
    made = decide(policies, known(answer, row=row), NOW)
    asked = [record.policy for record in made.records if "ask for review" in str(record.details.get("do"))]
    rated = {one.name: one for one in policies}
    names = {record.policy: record.details["rule"] for record in made.records if record.step == "decided"}
    deeds = [rule.deeds[0] for name in asked for rule in rated[name].rules if rule.name == names[name]]
    return frozenset((deed.to, deed.cooldown) for deed in deeds)


def is_gated_by_hand(policies):
    for region, survey in product((None, "EMEA", "APAC"), (None, "x", "y")):
        if len({treated(policies, rating, region, survey) for rating in range(11)}) > 1:
            return True
    return False


@settings(max_examples=60, deadline=None)
@given(PAIRS)
def test_one_policy_gates_as_its_decisions_do(pairs):
    made = Policy(name="a", rules=rules(*pairs))
    assert (gates_reviews(made.rules) != "no") == is_gated_by_hand([made])


@settings(max_examples=60, deadline=None)
@given(PAIRS, PAIRS)
def test_policies_gate_together_as_their_decisions_do(first, second):
    both = [Policy(name=name, rules=rules(*pairs)) for name, pairs in (("a", first), ("b", second))]
    alone = any(gates_reviews(one.rules) != "no" for one in both)
    assert alone or bool(list(gating_among(both))) == is_gated_by_hand(both)
