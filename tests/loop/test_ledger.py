"""What was done so far: logs by person and by answer, and how many cases each owner got on a day."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs import case, hour, opened
from loops import care, said
from npscore import BusinessHours, IdentityLink, InputError
from npscore.intake.identity import Identities
from npscore.loop.cases import Case, cases_of
from npscore.loop.ledger import Ledger, zone_of

ONE = case(("contacted", 1), log="case-1", owner="ann")
TWO = case(log="case-2", customer="c2", response="r2", owner="ann", at=hour(6.5))  # half past midnight in Tokyo
NOBODY = case(log="case-3", customer=None, response="r3", owner="bo")
ALL = [*ONE.steps, *TWO.steps, *NOBODY.steps]


@given(st.permutations(ALL), st.integers(0, len(ALL)))
def test_the_order_and_number_of_tellings_do_not_matter(steps, cut):
    ledger = Ledger(steps)
    ledger.add(steps[:cut])
    assert ledger.log("case-1") == ONE.steps
    assert ledger.cases_of(said("r1", customer="c1")) == [ONE]
    assert sorted(step.key for step in ledger.about(said("r1", customer="c1"))) == [step.key for step in ONE.steps]
    assert ledger.given(hour(0)) == {"ann": 2, "bo": 1}


def test_an_answer_of_nobody_has_the_logs_about_itself():
    assert Ledger(ALL).cases_of(said("r3", customer=None)) == [NOBODY]
    assert Ledger(ALL).about(said("other", customer=None)) == ()
    assert Ledger(ALL).log("case-9") == ()


def test_people_who_are_one_have_their_logs_together():
    link = IdentityLink(
        id="l", customer_id="c1", same_as="c2", rule="e-mail", decided_at=hour(0), actor="mo", known_at=hour(0)
    )
    ledger = Ledger(ALL, people=Identities([link]))
    for name in ("c1", "c2"):
        assert {found.id for found in ledger.cases_of(said(customer=name))} == {"case-1", "case-2"}


def test_days_begin_in_the_zone_and_a_case_counts_once_a_day_and_owner():
    moved = Case.of([*ONE.steps, ONE.next("assigned", hour(2), details={"owner": "ann"})])
    moved = Case.of([*moved.steps, moved.next("assigned", hour(3), details={"owner": "bo"})])
    assert Ledger([*moved.steps, *TWO.steps], zone="Asia/Tokyo").given(hour(0)) == {"ann": 1, "bo": 1}
    assert Ledger([*moved.steps, *TWO.steps], zone="Asia/Tokyo").given(hour(15)) == {"ann": 1}
    assert Ledger(moved.steps).given(hour(24)) == {}


def test_who_gets_a_case_by_an_escalation_got_one():
    made = Case.of([*TWO.steps, TWO.next("escalated", hour(30), details={"owner": "boss", "to": "boss"})])
    assert Ledger(made.steps).given(hour(30)) == {"boss": 1}


def test_what_is_left_of_erased_people_is_passed_over():
    gone = opened("erased-1", owner="ann")
    assert Ledger([gone]).given(hour(0)) == {}


def test_logs_that_no_case_can_have_are_told():
    with pytest.raises(InputError, match="no step 0"):
        Ledger(ONE.steps[1:]).log("case-1")
    wrong = ONE.steps[0].model_copy(update={"sequence": 1})
    assert Ledger([ONE.steps[0], wrong]).cases_of(said()) == []


def test_days_are_those_of_the_first_policy_that_has_hours():
    tokyo = care(hours=BusinessHours.parse("mon-fri 09:00-17:00", zone="Asia/Tokyo"))
    paris = care(hours=BusinessHours.parse("mon-fri 09:00-17:00", zone="Europe/Paris"))
    assert [zone_of(found) for found in ([], [care()], [care(), tokyo, paris])] == ["UTC", "UTC", "Asia/Tokyo"]


def test_all_cases_are_found_again():
    assert cases_of(ALL) == sorted([ONE, TWO, NOBODY], key=lambda one: (one.opened_at, one.id))
    assert TWO.opened_at - ONE.opened_at == timedelta(hours=6.5)
