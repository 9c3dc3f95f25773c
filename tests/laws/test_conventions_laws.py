"""What holds under every convention: the same as by hand, and the same however the question is put."""

import math
from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from budget import examples
from by_hand import REPEATS, ROLLUPS, UndecidedError, answers, by_hand, conventions
from npscore import (
    Convention,
    DataWarning,
    EmptyTallyError,
    InputError,
    Last,
    Rolling,
    Scale,
    score,
    weighted,
)

pytestmark = pytest.mark.filterwarnings("ignore:all units agree:npscore.DataWarning")

FIVE = Scale(1, 5, 4, 5)
untils = st.one_of(st.none(), st.dates(date(2025, 12, 25), date(2026, 6, 1)))


def scored(rows, convention, until=None):
    """The score, None where there is none, or the error's name where rows do not decide it."""
    try:
        return score(rows, convention=convention, until=until)
    except EmptyTallyError:
        return None
    except InputError:
        return "undecided"


def close(one, other, rel=1e-9):
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=rel, abs_tol=1e-9)


def agrees(rows, convention, until):
    made = scored(rows, convention, until)
    try:
        expected = by_hand(rows, convention, until)
    except UndecidedError:
        event("undecided")
        assert made == "undecided"
        return
    if expected is None:
        event("nothing to score")
        assert made is None
        return
    assert made not in (None, "undecided")
    event(f"{convention.unit} scored")
    found = (made.n, made.base, made.units, made.unanswered, made.superseded)
    assert found == (expected.n, expected.base, expected.units, expected.unanswered, expected.superseded)
    assert close(made.value, float(expected.value))
    assert close(made.variance, float(expected.variance))
    assert close(made.standard_error, expected.standard_error)
    for limit, other in ((made.interval.lower, expected.lower), (made.interval.upper, expected.upper)):
        assert (limit is None) == (other is None)
        assert limit is None or abs(limit - other) <= 1e-4 * abs(other - float(expected.value)) + 1e-9
    if convention.rollup == "pool" and convention.weight is None:
        assert (made.tally.detractors, made.tally.passives, made.tally.promoters) == expected.counts
        assert made.tally.unanswered == made.unanswered
    else:
        assert made.tally is None


@given(st.data())
@examples(600)
def test_a_score_is_what_it_is_by_hand(data):
    convention = data.draw(conventions())
    until = data.draw(untils) if convention.window else None
    agrees(data.draw(answers()), convention, until)


@given(answers(scale=FIVE), conventions(scale=FIVE))
@examples(100)
def test_a_score_on_another_scale_is_what_it_is_by_hand(rows, convention):
    agrees(rows, convention, None)


@given(answers(most=20, decided=True), conventions(units=("account",), repeats="mean"))
@examples(300)
def test_means_of_means_are_cut_as_fractions_would_be(rows, convention):
    """25/3 and 26/3 have a mean of 8.5, which the sum of two floats may miss."""
    agrees(rows, convention, None)


@given(answers(), conventions(), st.randoms())
def test_the_order_of_rows_does_not_matter(rows, convention, chance):
    shuffled = chance.sample(rows, len(rows))
    one, other = scored(rows, convention), scored(shuffled, convention)
    if one in (None, "undecided"):
        assert other == one
        return
    counts = attrs.asdict(one, filter=lambda field, _: field.name in ("n", "base", "units", "unanswered", "superseded"))
    assert counts.items() <= attrs.asdict(other).items()
    assert close(one.value, other.value)
    assert close(one.standard_error, other.standard_error, rel=1e-6) or one.standard_error < 1e-6


def each_customer_once(rows):
    seen = set()
    for row in rows:
        name = row["customer_id"]
        if name is None or name not in seen:
            seen.add(name)
            yield row


@given(answers(decided=True), conventions(units=("customer", "account"), repeats="all"))
def test_where_each_customer_answered_once_all_repeats_are_one(rows, convention):
    once = list(each_customer_once(rows))
    made = {repeats: scored(once, attrs.evolve(convention, repeats=repeats)) for repeats in REPEATS}
    assert len({"none" if one in (None, "undecided") else (one.value, one.n) for one in made.values()}) == 1


@given(answers(decided=True), conventions(weight="revenue"), st.sampled_from([2.0, 0.5, 1000.0, 3.7]))
def test_weights_are_only_known_up_to_a_factor(rows, convention, factor):
    one = scored(rows, convention)
    other = scored([{**row, "revenue": row["revenue"] * factor} for row in rows], convention)
    if one in (None, "undecided") or other in (None, "undecided"):
        assert one == other
        return
    assert close(one.value, other.value)
    assert close(one.standard_error, other.standard_error, rel=1e-6) or one.standard_error < 1e-6
    assert one.units == other.units


@given(answers(decided=True), conventions(weight=None))
def test_weights_that_are_all_one_leave_the_value_as_it_was(rows, convention):
    one = scored(rows, convention)
    other = scored([{**row, "ones": 1} for row in rows], attrs.evolve(convention, weight="ones"))
    assert (one is None) == (other is None)
    assert one is None or (close(one.value, other.value) and (one.n, one.base) == (other.n, other.base))


@given(answers(), st.sampled_from(["leave out", "count in the base"]))
def test_pooled_accounts_and_customers_keep_tally_and_value(rows, unanswered):
    plain = scored(rows, Convention(unanswered=unanswered))
    for unit in ("account", "customer"):
        pooled = scored(rows, Convention(unit=unit, unanswered=unanswered))
        assert (plain is None) == (pooled is None)
        assert plain is None or (close(plain.value, pooled.value) and plain.tally == pooled.tally)


@given(answers(decided=True), conventions(units=("response", "customer", "account"), date_axis="answered", window=None))
def test_a_window_that_holds_everything_is_no_window(rows, convention):
    dated = [row for row in rows if row["answered_at"] and row["answered_at"].year > 1000]
    free = scored(dated, convention)
    held = scored(dated, attrs.evolve(convention, window=Rolling(10**6)))
    if free in (None, "undecided"):
        assert held == free
        return
    assert (free.value, free.interval, free.superseded) == (held.value, held.interval, held.superseded)


@given(answers(), st.sampled_from(["all", "mean", "worst", "latest"]), st.sampled_from(ROLLUPS))
def test_no_row_is_lost(rows, repeats, rollup):
    roles = ("boss",) if rollup == "senior_role" else ()
    made = scored(rows, Convention(unit="account", repeats=repeats, rollup=rollup, roles=roles))
    assume(made not in (None, "undecided"))
    assert made.n + made.unanswered + made.superseded == len(rows)


@given(answers(decided=True), st.integers(1, 12))
def test_the_last_so_many_answers_are_no_more_than_that(rows, k):
    dated = [row for row in rows if row["answered_at"] and row["answered_at"].year > 1000]
    made = scored(dated, Convention(window=Last(k)))
    assert made is None or made.n == min(k, sum(row["rating"] is not None for row in dated))


@pytest.mark.filterwarnings("ignore::npscore.DataWarning")
@given(answers(most=30, decided=True), st.booleans(), st.sampled_from([0.8, 0.95, 0.99]))
@examples(200)
def test_the_clustered_standard_error_is_that_of_weighted(rows, with_weights, level):
    """A second derivation in the library, with NumPy and SciPy, of the same linearised error."""
    rows = [row for row in rows if row["rating"] is not None and row["account_id"] is not None]
    convention = Convention(unit="account", weight="revenue" if with_weights else None, level=level)
    made = scored(rows, convention)
    assume(made)
    rows = [row for row in rows if row["revenue"] > 0] if with_weights else rows
    assume(made.units > 1)
    weights = [row["revenue"] for row in rows] if with_weights else None
    other = weighted(
        [row["rating"] for row in rows], weights, clusters=[row["account_id"] for row in rows], level=level
    )
    assert close(made.value, other.value)
    assert close(made.standard_error, other.standard_error, rel=1e-7) or made.standard_error < 1e-6
    assert made.interval.df == other.df
    for ours, theirs in ((made.interval.lower, other.interval.lower), (made.interval.upper, other.interval.upper)):
        assert abs(ours - theirs) <= 1e-4 * abs(theirs - other.value) + 1e-6


def test_the_clustered_standard_error_of_a_small_case_is_exact():
    """Two accounts: 9, 9, 3 and 0, by hand: value 0, totals 1/4 and -1/4, error 100 sqrt(2 x 2/16)."""
    rows = [{"rating": rating, "account_id": account} for rating, account in ((9, "a"), (9, "a"), (3, "a"), (0, "b"))]
    made = score(rows, convention=Convention(unit="account"))
    assert made.value == 0.0
    assert made.standard_error == pytest.approx(50.0, rel=1e-15)
    with pytest.warns(DataWarning, match="clusters"):
        other = weighted([9, 9, 3, 0], clusters=list("aaab"))
    assert made.standard_error == pytest.approx(other.standard_error, rel=1e-12)


@given(st.lists(st.integers(0, 10), min_size=1, max_size=12), st.integers(1, 400))
def test_rolling_days_are_counted_with_both_ends(ratings, days):
    first = datetime(2026, 1, 1, 23, 59, tzinfo=UTC)
    rows = [{"rating": rating, "answered_at": first + timedelta(days=day)} for day, rating in enumerate(ratings)]
    made = score(rows, convention=Convention(window=Rolling(days)))
    assert made.n == min(days, len(ratings))
