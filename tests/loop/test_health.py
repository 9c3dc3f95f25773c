"""Loop health counts promises that are decided, keeps the others apart, and says how sure it is."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logs import START, case, hour, opened
from npscore import InputError
from npscore.loop.cases import PRIORITIES, Case
from npscore.loop.health import BANDS, loop_health
from npscore.loop.transitions import ALWAYS, STATES, TRANSITIONS
from npscore.scoring.intervals.proportions import share

PROMISED = {"contact_within": "24 hours", "resolve_within": "72 hours"}
NOW = hour(100)
SAYS = {"resolved": ["price", "price.too high", "service"], "assigned": ["ann", "bo"]}


@st.composite
def walks(draw):
    """A case that took any way through the table, some with promises."""
    promised = draw(st.sampled_from([{}, PROMISED, {"contact_within": "1 hour"}]))
    owner = {"owner": "ann"} if draw(st.booleans()) else {}
    moment = draw(st.integers(-2000, 60))
    priority = draw(st.sampled_from(PRIORITIES))
    made = Case.of(
        [opened(f"case-{draw(st.integers(0, 10**9))}", at=hour(moment), priority=priority, **promised, **owner)]
    )
    for _ in range(draw(st.integers(0, 7))):
        step = draw(st.sampled_from([*TRANSITIONS[made.state], *ALWAYS]))
        moment = min(100, moment + draw(st.integers(0, 40)))
        name = {"resolved": "root_cause", "assigned": "owner"}.get(step)
        details = {name: draw(st.sampled_from(SAYS[step]))} if name else {}
        made = Case.of([*made.steps, made.next(step, hour(moment), details=details)])
    return made


@settings(max_examples=60, deadline=None)
@given(st.lists(walks(), max_size=12))
def test_every_case_is_counted_once_everywhere(cases):
    health = loop_health(cases, NOW)
    assert health.n == len(cases) == sum(health.states.values()) == sum(owner.n for owner in health.owners)
    assert tuple(health.states) == STATES
    for kept in (health.contact, health.resolution):
        assert kept.met + kept.late + kept.missed + kept.running + kept.paused + kept.without == len(cases)
        assert (kept.share.count, kept.share.n) == (kept.met, kept.met + kept.late + kept.missed)
    waiting = [one for one in cases if one.is_open]
    assert sum(band.n for band in health.ages) == len(waiting) == sum(owner.open for owner in health.owners)
    for priority in PRIORITIES:
        assert sum(band.priorities[priority] for band in health.ages) == sum(c.priority == priority for c in waiting)
    assert sum(owner.contact.met for owner in health.owners) == health.contact.met
    assert sum(owner.resolution.missed for owner in health.owners) == health.resolution.missed
    assert 0 <= health.unassigned <= len(waiting)
    assert 0 <= health.escalated <= len(waiting)


@settings(max_examples=60, deadline=None)
@given(st.lists(walks(), min_size=1, max_size=12))
def test_root_causes_add_up_to_all_of_them(cases):
    rows = loop_health(cases, NOW).causes
    assert Counter({row.code: row.n for row in rows}) == Counter(c.root_cause for c in cases if c.root_cause)
    assert [row.n for row in rows] == sorted((row.n for row in rows), reverse=True)
    if rows:
        assert rows[-1].cumulative == pytest.approx(1)
        assert sum(row.share for row in rows) == pytest.approx(1)


@settings(max_examples=40, deadline=None)
@given(st.lists(walks(), max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_cases_does_not_matter(cases, chance):
    shuffled = list(cases)
    chance.shuffle(shuffled)
    assert loop_health(shuffled, NOW) == loop_health(cases, NOW)


def test_no_cases_have_no_shares():
    health = loop_health([], NOW)
    for one in (health.contact.share, health.resolution.share, health.reopened):
        assert (one.n, one.value, one.lower, one.upper) == (0, None, None, None)
    assert (health.to_contact.median, health.to_resolution.median) == (None, None)
    assert (health.causes, health.owners) == ((), ())
    assert "0 cases" in str(health)


def test_promises_by_hand():
    cases = [
        case(("contacted", 24), ("resolved", 72), log="in time", **PROMISED),
        case(("contacted", 25), ("resolved", 73), log="late", **PROMISED),
        case(log="missed", **PROMISED),
        case(log="young", at=hour(90), **PROMISED),
        case(("snoozed", 5), log="asleep", **PROMISED),
        case(log="free"),
    ]
    health = loop_health(cases, NOW)
    for kept in (health.contact, health.resolution):
        assert (kept.met, kept.late, kept.missed) == (1, 1, 1)
        assert (kept.running, kept.paused, kept.without) == (1, 1, 1)
        assert kept.share == share(1, 3)


def test_a_case_resolved_without_a_contact_broke_its_promise_when_the_time_is_up():
    quiet = case(("resolved", 2), ("closed", 3), **PROMISED)
    assert loop_health([quiet], hour(10)).contact.running == 1
    assert loop_health([quiet], NOW).contact.missed == 1


def test_times_are_those_of_the_cases_in_which_it_was_done():
    cases = [
        case(("contacted", 2), ("resolved", 10), log="a"),
        case(("contacted", 4), ("resolved", 30), ("reopened", 40), ("resolved", 90), log="b"),
        case(log="c"),
    ]
    health = loop_health(cases, NOW)
    assert (health.to_contact.n, health.to_contact.median) == (2, timedelta(hours=3))
    assert (health.to_resolution.n, health.to_resolution.median) == (2, timedelta(hours=20))
    assert (health.reopened.count, health.reopened.n, health.reopened.value) == (1, 2, 0.5)


@pytest.mark.parametrize(
    ("hours", "band"), [(0, 0), (23.9, 0), (24, 1), (71.9, 1), (72, 2), (168, 3), (719.9, 3), (720, 4), (99_999, 4)]
)
def test_a_band_begins_with_its_first_moment(hours, band):
    ages = loop_health([case(priority="high")], hour(hours)).ages
    assert [one.n for one in ages] == [int(place == band) for place in range(len(BANDS))]
    assert ages[band].priorities == {"low": 0, "normal": 0, "high": 1, "urgent": 0}


def test_closed_cases_have_no_age():
    done = case(("resolved", 1))
    assert sum(band.n for band in loop_health([done], NOW).ages) == 0


def test_who_has_nothing_to_do_with_it_and_who_was_warned():
    cases = [
        case(log="nobody"),
        case(("resolved", 1), log="nobody, done"),
        case(("escalated", 5), owner="ann", log="warned"),
        case(("escalated", 5), ("resolved", 6), ("reopened", 7), owner="ann", log="warned before"),
    ]
    health = loop_health(cases, NOW)
    assert (health.unassigned, health.escalated) == (1, 1)
    assert [(owner.owner, owner.n, owner.open) for owner in health.owners] == [("ann", 2, 2), (None, 2, 1)]


def test_pareto_rows_by_hand():
    codes = ["price", "service", "price", "product", "price", "product"]
    cases = [case(("resolved", 1, {"root_cause": code}), log=str(n)) for n, code in enumerate(codes)]
    rows = loop_health(cases, NOW).causes
    assert [(row.code, row.n) for row in rows] == [("price", 3), ("product", 2), ("service", 1)]
    assert [round(row.cumulative, 4) for row in rows] == [0.5, 0.8333, 1.0]


@pytest.mark.parametrize("cases", [None, 5, "cases", [None], [opened()], {"a": 1}, [float("nan")]])
def test_what_are_no_cases_is_refused(cases):
    with pytest.raises(InputError, match="cases_of"):
        loop_health(cases, NOW)


@pytest.mark.parametrize("now", [None, "now", 5, datetime(2026, 1, 1)])
def test_a_moment_has_a_zone(now):
    with pytest.raises(InputError, match="zone"):
        loop_health([], now)


@pytest.mark.parametrize("level", [None, 95, 0, "x"])
def test_a_level_is_a_fraction(level):
    with pytest.raises(InputError, match="fraction"):
        loop_health([], START, level=level)
