"""What is known when an answer is decided on: parts of another kind are refused, cases are columns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs import case
from loops import said
from npscore import InputError, Situation
from npscore.loop.situations import CASE_COLUMNS, case_columns, cases_among, logs_by_id

OPEN, DONE = case(log="case-1", owner="ann", priority="high"), case(("resolved", 1), ("closed", 2), log="case-2")


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        *[("answer", wrong) for wrong in (None, "r1", 5, {})],
        *[("row", wrong) for wrong in (None, "row", 5, [])],
        *[("follow_ups", wrong) for wrong in (None, "log", 5, [5], [None], {"a": 1})],
        *[("given_today", wrong) for wrong in (None, "ann", 5, [], {"ann": "1"}, {"ann": None}, {5: 1}, {"ann": 1.5})],
        *[("not_counted", wrong) for wrong in (5, [], "a\0b", "a\nb")],
    ],
)
def test_what_is_of_another_kind_is_refused(part, wrong):
    with pytest.raises(InputError):
        Situation(**{"answer": said(), "row": {}, part: wrong})


@given(st.permutations([*OPEN.steps, *DONE.steps]))
def test_logs_come_in_order_whatever_the_order_of_steps(steps):
    logs = logs_by_id(steps)
    assert logs == {"case-1": OPEN.steps, "case-2": DONE.steps}
    assert cases_among(logs) == {"case-1": OPEN, "case-2": DONE}


def test_what_is_left_of_erased_people_is_no_log():
    assert logs_by_id([OPEN.steps[0].model_copy(update={"log": "erased-1", "sequence": 7})]) == {}


def test_a_log_with_a_gap_is_a_log_of_no_case():
    gap = [DONE.steps[0], *DONE.steps[2:], *OPEN.steps]
    assert len(gap) > len(OPEN.steps) + 1
    assert cases_among(logs_by_id(gap)) == {"case-1": OPEN}


def test_columns_are_those_of_the_latest_case_and_open_where_any_is():
    later = case(("resolved", 1), log="case-0", at=OPEN.opened_at.replace(day=9), owner="bo")
    for cases in ([OPEN, later], [later, OPEN], iter([OPEN, later])):
        columns = case_columns(cases)
        assert tuple(columns) == CASE_COLUMNS
        assert tuple(columns.values()) == (True, "resolved", "bo", "normal", later.opened_at, 2)
    assert case_columns([]) == dict.fromkeys(CASE_COLUMNS) | {"case.open": False, "case.count": 0}
