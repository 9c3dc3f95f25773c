"""Hygiene: what is odd is found and told, and nothing is deleted."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npscore import InputError, PoolingError, Response
from npscore.intake.hygiene import Hygiene, check_alike, counting, exclude, flags, without_each
from npscore.testing import strategies as make

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def answer(name="r1", *, after=3600, **fields):
    defaults = {"rating": 9, "invited_at": NOON, "answered_at": NOON + timedelta(seconds=after), "known_at": NOON}
    return Response(**{"id": name, **defaults, **fields})


def found(*responses, **choices):
    return [(flag.response_id, flag.reason) for flag in flags(responses, Hygiene(**choices))]


@pytest.mark.parametrize(
    ("fields", "reasons"),
    [
        ({}, []),
        ({"after": 3}, ["link scanner"]),
        ({"after": 10}, ["link scanner"]),
        ({"after": 11}, []),
        ({"after": -3}, []),
        ({"after": 3, "comment": "quick but human"}, []),
        ({"after": 3, "invited_at": None}, []),
        ({"attributes": {"honeypot": "x"}}, ["link scanner"]),
        ({"attributes": {"honeypot": ""}}, []),
        ({"after": 31 * 86_400}, ["late answer"]),
        ({"after": 30 * 86_400}, []),
        ({"test": True}, ["test"]),
        ({"attributes": {"email": "Ann@Ours.example"}}, ["internal"]),
        ({"attributes": {"email": "ann@ours.example.org"}}, []),
        ({"attributes": {"duration_seconds": 1.5}}, ["speeder"]),
        ({"attributes": {"duration_seconds": "1.5"}}, []),
        ({"attributes": {"duration_seconds": True}}, []),
        ({"drivers": {str(n): 4 for n in range(5)}}, ["straight-lining"]),
        ({"drivers": {str(n): 4 for n in range(4)}}, []),
        ({"drivers": {**{str(n): 4 for n in range(5)}, "x": 5}}, []),
        ({"rating": 2, "comment": "Great, perfect!"}, ["contradiction"]),
        ({"rating": 10, "comment": "worst ever"}, ["contradiction"]),
        ({"rating": 10, "comment": "the worst part is great"}, []),
        ({"rating": 8, "comment": "terrible"}, []),
        ({"rating": 5, "scale": "1-5:4:5", "comment": "terrible"}, ["contradiction"]),
        ({"rating": 7, "scale": "1-7", "comment": "terrible"}, []),  # nobody says where its promoters begin
        ({"rating": 99, "comment": "terrible"}, []),
    ],
)
def test_each_rule_finds_its_own_and_stops_at_its_edge(fields, reasons):
    assert [reason for _, reason in found(answer(**fields), internal_domains=("ours.example",))] == reasons


def test_a_machine_that_follows_every_link_is_found_by_its_several_scores():
    clicks = [answer(f"r{rating}", rating=rating, after=100 + rating, invitation_id="i1") for rating in range(3)]
    human = answer("late", rating=9, after=9000, invitation_id="i1")
    assert found(*clicks, human) == [("r0", "several scores"), ("r1", "several scores"), ("r2", "several scores")]


def test_a_double_submission_is_the_later_one_and_a_change_of_mind_the_earlier():
    first, again, changed = (
        answer(name, rating=rating, after=after, customer_id="c1")
        for name, rating, after in (("a", 9, 100), ("b", 9, 200), ("c", 3, 300))
    )
    assert found(changed, first, again) == [("b", "duplicate"), ("b", "changed answer")]
    elsewhere = answer("d", customer_id="c1", survey="other", after=150)
    assert found(first, elsewhere) == []
    assert found(first, answer("e", customer_id="c1", after=100 + 86_401)) == []


def test_a_rule_can_be_switched_off():
    odd = answer(after=3, attributes={"honeypot": "x"})
    assert found(odd, scanner_within=None, honeypot=None) == []
    with pytest.raises(InputError, match="negative"):
        Hygiene(late_after=timedelta(days=-1))


@settings(max_examples=150, deadline=None)
@given(st.lists(make.responses(), max_size=12, unique_by=lambda response: response.id), st.randoms())
def test_findings_do_not_depend_on_order_and_name_only_what_was_given(responses, chance):
    findings = flags(responses)
    shuffled = list(responses)
    chance.shuffle(shuffled)
    key = lambda flag: (flag.response_id, flag.reason)  # noqa: E731
    assert sorted(flags(shuffled), key=key) == sorted(findings, key=key)
    assert {flag.response_id for flag in findings} <= {response.id for response in responses}
    assert len({key(flag) for flag in findings}) == len(findings)


def test_an_exclusion_is_a_decision_that_can_be_lifted():
    odd, fine = answer("odd", after=3), answer("fine")
    decisions = exclude(flags([odd, fine]), ["link scanner"], actor="Ann", now=NOON)
    assert [(one.response_id, one.reason, one.actor) for one in decisions] == [("odd", "link scanner", "Ann")]
    assert decisions == exclude(flags([odd, fine]), ["link scanner"], actor="Ann", now=NOON)
    assert counting([odd, fine], decisions) == [fine]
    lifted = decisions[0].model_copy(update={"id": "lift", "lifts": decisions[0].id})
    assert counting([odd, fine], [*decisions, lifted]) == [odd, fine]
    assert exclude(flags([odd]), ["duplicate"], actor="Ann", now=NOON) == []
    with pytest.raises(InputError, match="no class"):
        exclude(flags([odd]), ["bots"], actor="Ann", now=NOON)


def test_trials_and_broken_off_answers_do_not_count():
    assert counting([answer("a", test=True), answer("b", completed=False), answer("c")], []) == [answer("c")]


def test_five_percent_of_scanner_clicks_are_found_and_the_true_score_restored():
    chance = random.Random(2026)  # noqa: S311 (no secret)
    true = [10] * 1045 + [8] * 627 + [2] * 418  # +30
    people = [answer(f"p{n}", rating=rating, after=chance.randrange(60, 10**6)) for n, rating in enumerate(true)]
    clicks = [answer(f"m{n}", rating=n % 11, after=chance.randrange(1, 9)) for n in range(110)]
    everyone = people + clicks
    chance.shuffle(everyone)
    scores = without_each(everyone, flags(everyone))
    assert scores["everything"].value == pytest.approx(26.2, abs=0.05)
    assert scores["link scanner"].value == scores["nothing flagged"].value == 30.0


def test_answers_to_unlike_questions_are_not_pooled():
    with pytest.raises(PoolingError, match="csat"):
        check_alike([answer(), answer("b", metric="csat")])
    with pytest.raises(PoolingError, match="relationship and transactional"):
        without_each([answer(), answer("b", survey_kind="transactional")], [])
