"""What holds for all weights: their scale, their order and equal ones never matter; margins are hit."""

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st

from npscore import (
    InputError,
    compare,
    effective_n,
    poststratify,
    rake,
    score,
    tally,
    trim,
    weighted,
    weighted_difference,
)

np = pytest.importorskip("numpy")
pytest.importorskip("scipy")

pytestmark = pytest.mark.filterwarnings("ignore::npscore.DataWarning")

answers = st.tuples(
    st.one_of(st.none(), st.integers(0, 10)), st.floats(0.01, 100), st.sampled_from("abcdef"), st.sampled_from("xy")
)
samples = st.lists(answers, min_size=2, max_size=40).filter(lambda rows: sum(row[0] is not None for row in rows) >= 2)
methods = st.sampled_from(["linearised", "jackknife", "adjusted_wald"])
NAMES = ("value", "standard_error", "effective_n", "design_effect", "n", "df")


def columns(rows):
    return [list(column) for column in zip(*rows, strict=True)]


def same(a, b, names=NAMES):
    for name in names:
        one, other = getattr(a, name), getattr(b, name)
        assert one == other or math.isclose(one, other, rel_tol=1e-7, abs_tol=1e-6), name
    assert a.interval.lower == pytest.approx(b.interval.lower, rel=1e-6, abs=1e-5)
    assert a.interval.upper == pytest.approx(b.interval.upper, rel=1e-6, abs=1e-5)


@given(samples, methods)
def test_weights_of_one_change_nothing(rows, method):
    ratings, *_ = columns(rows)
    made, plain = weighted(ratings, [1] * len(rows), method=method), score(ratings)
    assert made == weighted(ratings, method=method)
    assert made.value == plain.value
    assert made.shares == plain.tally.shares
    assert (made.n, made.effective_n, made.design_effect) == (plain.n, plain.n, 1)
    divisor = math.sqrt(1 if method == "adjusted_wald" else plain.n / (plain.n - 1))
    assert made.standard_error == pytest.approx(plain.standard_error * divisor, rel=1e-9, abs=1e-9)


@given(samples, st.floats(1e-6, 1e6), methods)
def test_the_scale_of_weights_changes_nothing(rows, factor, method):
    ratings, weights, *_ = columns(rows)
    same(weighted(ratings, weights, method=method), weighted(ratings, [factor * w for w in weights], method=method))


@given(samples, st.randoms(), methods)
def test_the_order_of_rows_changes_nothing(rows, random, method):
    shuffled = random.sample(rows, len(rows))
    same(*(weighted(ratings, weights, method=method) for ratings, weights, *_ in (columns(rows), columns(shuffled))))


@given(samples, st.booleans())
def test_duplicating_rows_with_half_weights_leaves_the_clustered_error(rows, stratified):
    ratings, weights, clusters, strata = columns(rows)
    present = [row for row in rows if row[0] is not None]
    assume(all(len({row[2] for row in present if row[3] == name}) != 1 for name in "xy"))
    strata = strata if stratified else None
    assume(stratified or len({row[2] for row in present}) > 1)
    once = weighted(ratings, weights, clusters=clusters, strata=strata)
    twice = weighted(ratings * 2, [w / 2 for w in weights] * 2, clusters=clusters * 2, strata=strata and strata * 2)
    same(once, twice, ("value", "standard_error", "df"))


@given(samples)
def test_a_cluster_for_each_row_is_no_cluster(rows):
    ratings, weights, *_ = columns(rows)
    for method in ("linearised", "jackknife"):
        same(
            weighted(ratings, weights, method=method),
            weighted(ratings, weights, clusters=range(len(rows)), method=method),
        )


@given(samples, methods)
def test_swapping_promoters_and_detractors_mirrors_everything(rows, method):
    ratings, weights, *_ = columns(rows)
    mirror = {rating: {-1: 10, 0: 8, 1: 0}[(rating >= 9) - (rating <= 6)] for rating in range(11)}
    made = weighted(ratings, weights, method=method)
    back = weighted([None if rating is None else mirror[rating] for rating in ratings], weights, method=method)
    assert back.value == pytest.approx(-made.value, abs=1e-9)
    assert back.standard_error == pytest.approx(made.standard_error, abs=1e-6)
    assert back.interval.lower == pytest.approx(-made.interval.upper, abs=1e-5)


@given(samples, methods, st.integers(40, 10**6))
def test_a_population_only_narrows(rows, method, people):
    ratings, weights, *_ = columns(rows)
    free, bound = (
        weighted(ratings, weights, method=method),
        weighted(ratings, weights, method=method, population=people),
    )
    assert bound.value == free.value
    assert bound.standard_error <= free.standard_error == bound.standard_error_without_fpc


@given(samples)
def test_kish_lies_between_one_and_n(rows):
    made = effective_n([row[1] for row in rows])
    assert 1 - 1e-9 <= made.n <= len(rows) + 1e-9
    assert made.n * made.design_effect == pytest.approx(len(rows))


@given(samples)
def test_a_difference_is_antisymmetric_and_that_of_the_scores(rows):
    ratings, weights, _, groups = columns([row for row in rows if row[0] is not None])
    assume(set(groups) == {"x", "y"})
    try:
        one = weighted_difference(ratings, weights, groups, a="x", b="y")
    except InputError:  # all agree in either group
        reject()
    back = weighted_difference(ratings, weights, groups, a="y", b="x")
    assert (back.difference, back.standard_error) == (-one.difference, pytest.approx(one.standard_error))
    assert (back.lower, back.upper, back.p_value) == pytest.approx((-one.upper, -one.lower, one.p_value))
    for name, value in (("x", one.value_a), ("y", one.value_b)):
        inside = [row for row, group in zip(zip(ratings, weights, strict=True), groups, strict=True) if group == name]
        adjusted = weighted(*columns(inside), method="adjusted_wald")
        assert adjusted.value == pytest.approx(value, abs=1e-9)


@given(samples, st.data())
def test_raked_margins_hit_their_targets(rows, data):
    _, base, first, second = columns(rows)
    wanted = [data.draw(st.floats(0.2, 5)) for _ in rows]
    totals = {
        name: {label: sum(w for w, one in zip(wanted, labels, strict=True) if one == label) for label in set(labels)}
        for name, labels in (("first", first), ("second", second))
    }
    made = rake({"first": first, "second": second}, totals, base=base)
    for name, labels in (("first", first), ("second", second)):
        for label, total in totals[name].items():
            hit = sum(weight for weight, one in zip(made.weights, labels, strict=True) if one == label)
            assert hit == pytest.approx(total, rel=1e-6)
    assert sum(made.weights) == pytest.approx(sum(wanted))
    assert made.error < 1e-6


@given(samples, st.floats(0.1, 1e4), st.floats(0.1, 1e4))
def test_poststratified_groups_get_their_totals(rows, x, y):
    groups = [row[3] for row in rows]
    population = {name: total for name, total in (("x", x), ("y", y)) if name in groups}
    made = poststratify(groups, population, base=[row[1] for row in rows])
    for name, total in population.items():
        hit = sum(w for w, group in zip(made.weights, groups, strict=True) if group == name)
        assert hit == pytest.approx(total)
    assert made.error < 1e-9


@given(samples)
def test_a_calibration_to_what_the_sample_has_changes_no_value(rows):
    ratings, weights, groups, _ = columns(rows)
    population = {g: sum(w for w, one in zip(weights, groups, strict=True) if one == g) for g in set(groups)}
    made = weighted(ratings, calibration=poststratify(groups, population, base=weights))
    plain = weighted(ratings, weights)
    assert made.value == pytest.approx(plain.value, abs=1e-9)
    assert made.effective_n == pytest.approx(plain.effective_n)


@given(samples, st.floats(0.01, 10), st.floats(10, 100))
def test_trimmed_weights_keep_within_the_limits_and_their_order(rows, low, high):
    weights = [row[1] for row in rows]
    made = trim(weights, low=low, high=high)
    assert all(low <= weight <= high for weight in made)
    assert trim(made, low=low, high=high) == made
    for (a, b), (c, d) in zip(pairwise(weights), pairwise(made), strict=True):
        assert (a <= b) <= (c <= d)


TESTED = ("difference", "adjusted_difference", "standard_error", "lower", "upper", "statistic", "df", "p_value")


def figures(made):
    return [getattr(made, name) for name in TESTED if getattr(made, name) is not None]


@given(samples, samples, methods, st.sampled_from(["t", "z"]), st.sampled_from(["two-sided", "greater", "less"]))
def test_changing_sides_turns_a_difference_round(first, second, method, reference, side):
    a, b = (
        weighted(ratings, weights, method=method, reference=reference)
        for ratings, weights, *_ in (columns(first), columns(second))
    )
    assume(a.standard_error or b.standard_error or a.value == b.value)
    turned = {"two-sided": "two-sided", "greater": "less", "less": "greater"}[side]
    one, other = compare(a, b, alternative=side), compare(b, a, alternative=turned)
    assert (one.difference, one.lower, one.upper) == (-other.difference, -other.upper, -other.lower)
    assert (one.statistic, one.adjusted_difference) == (-other.statistic, -other.adjusted_difference)
    assert one.p_value == pytest.approx(other.p_value, rel=1e-9)
    assert (one.standard_error, one.df) == (other.standard_error, pytest.approx(other.df) if other.df else other.df)
    assert (one.n_a, one.n_b) == (other.n_b, other.n_a)


@given(samples, samples, st.floats(0.01, 100))
def test_equal_weights_compare_as_counts_do(first, second, weight):
    (one, *_), (other, *_) = columns(first), columns(second)
    for made, plain in (("linearised", "welch"), ("adjusted_wald", "adjusted_wald")):
        a, b = (weighted(ratings, [weight] * len(ratings), method=made) for ratings in (one, other))
        try:
            expected = compare(tally(one), tally(other), method=plain)
        except InputError:  # no spread on either side
            assume(False)
        assert figures(compare(a, b)) == pytest.approx(figures(expected), rel=1e-6, abs=1e-6)


@given(samples, samples, methods)
def test_degrees_of_freedom_lie_between_the_fewer_and_the_sum(first, second, method):
    a, b = (weighted(ratings, weights, method=method) for ratings, weights, *_ in (columns(first), columns(second)))
    assume(a.standard_error or b.standard_error or a.value == b.value)
    df = compare(a, b).df
    assert (df is None) == (method == "adjusted_wald")
    assert df is None or min(a.df, b.df) * (1 - 1e-9) <= df <= (a.df + b.df) * (1 + 1e-9)
