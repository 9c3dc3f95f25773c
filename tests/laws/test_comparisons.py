"""What holds for comparisons of every kind."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from npscore import (
    Tallies,
    Tally,
    adjust,
    against,
    compare,
    compare_many,
    compare_paired,
    interval,
    pairwise,
    score,
    trend,
)

np = pytest.importorskip("numpy")
pytest.importorskip("statsmodels")

few, many = st.integers(0, 12), st.integers(1, 10**5)
tallies = st.one_of(st.builds(Tally, few, few, few), st.builds(Tally, many, many, many)).filter(lambda one: one.n)
spread = st.builds(Tally, many, many, many)
methods = st.sampled_from(["adjusted_wald", "mover", "wald", "welch"])
levels = st.floats(0.3, 0.999)
tables = st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=3, max_size=3)
p_values = st.lists(st.floats(0, 1), max_size=12)

pytestmark = pytest.mark.filterwarnings("ignore:the plain Wald:npscore.errors.DataWarning")


def mirrored(one):
    return Tally(one.promoters, one.passives, one.detractors)


def close(a, b):
    return a == pytest.approx(b, rel=1e-7, abs=1e-7)


@given(spread, spread, methods, levels)
@settings(max_examples=60)
def test_turning_groups_round_turns_the_difference_round(a, b, method, level):
    there, back = compare(a, b, method=method, level=level), compare(b, a, method=method, level=level)
    assert close((there.difference, there.statistic), (-back.difference, -back.statistic))
    assert close((there.lower, there.upper), (-back.upper, -back.lower))
    assert close(there.p_value, back.p_value)
    assert close(compare(a, b, method=method, alternative="greater").p_value, 1 - _less(a, b, method))


def _less(a, b, method):
    return compare(a, b, method=method, alternative="less").p_value


@given(spread, spread, methods)
@settings(max_examples=40)
def test_mirroring_both_groups_mirrors_the_difference(a, b, method):
    made, back = compare(a, b, method=method), compare(mirrored(a), mirrored(b), method=method)
    assert close((back.lower, back.upper, back.p_value), (-made.upper, -made.lower, made.p_value))


@given(tallies, tallies, st.sampled_from(["adjusted_wald", "mover"]), levels)
@settings(max_examples=60)
def test_the_interval_leaves_out_nothing_where_the_test_rejects(a, b, method, level):
    made = compare(a, b, method=method, level=level)
    assume(abs(made.p_value - (1 - level)) > 1e-6)
    assert (made.lower > 0 or made.upper < 0) == (made.p_value < 1 - level)


@given(tallies, st.floats(-100, 100), levels)
def test_the_score_test_and_the_score_interval_are_dual(one, benchmark, level):
    made = against(one, benchmark, level=level)
    assume(abs(made.p_value - (1 - level)) > 1e-6)
    limits = interval(one, method="score", level=level)
    assert (benchmark in limits) == (made.p_value > 1 - level)
    assert close((made.lower + benchmark, made.upper + benchmark), (limits.lower, limits.upper))


@given(tallies, st.floats(-100, 100))
def test_a_score_against_a_benchmark_mirrors(one, benchmark):
    made, back = against(one, benchmark), against(mirrored(one), -benchmark)
    assert close((back.statistic, back.p_value), (-made.statistic, made.p_value))


@given(tallies, tallies, levels, levels, st.sampled_from(["adjusted_wald", "mover"]))
@settings(max_examples=40)
def test_limits_are_nested_in_the_level(a, b, one, other, method):
    inner, outer = (compare(a, b, method=method, level=level) for level in sorted((one, other)))
    assert outer.lower <= inner.lower + 1e-9
    assert inner.upper <= outer.upper + 1e-9


@given(tables.filter(lambda table: sum(map(sum, table)) > 0))
def test_paired_and_unpaired_agree_on_the_margins(table):
    made = compare_paired(table, method="score")
    before, after = Tally(*map(sum, table)), Tally(*map(sum, zip(*table, strict=True)))
    assert close((made.before, made.after), (score(before).value, score(after).value))
    assert close(made.difference, compare(after, before).difference)


@given(tables.filter(lambda table: sum(map(sum, table)) > 0))
def test_turning_time_round_turns_the_change_round(table):
    there = compare_paired(table, method="score")
    back = compare_paired([list(column) for column in zip(*table, strict=True)], method="score")
    assert close((there.difference, there.statistic), (-back.difference, -back.statistic))
    assert (there.transitions.gained, there.transitions.net) == (back.transitions.lost, -back.transitions.net)
    assert close(there.homogeneity().statistic, back.homogeneity().statistic)
    assert there.homogeneity("bhapkar").statistic >= there.homogeneity().statistic - 1e-9


@given(p_values)
def test_adjusted_p_values_stand_in_order(values):
    made = {name: np.array(adjust(values, name)) for name in ("bonferroni", "holm", "hochberg", "bh", "by")}
    raw = np.array(values, dtype=float)
    for adjusted in made.values():
        assert (adjusted >= raw - 1e-15).all()
        assert (adjusted <= 1).all()
        assert (np.diff(adjusted[np.argsort(raw, kind="stable")]) >= -1e-15).all()
    for lower, higher in (("bh", "hochberg"), ("hochberg", "holm"), ("holm", "bonferroni"), ("bh", "by")):
        assert (made[lower] <= made[higher] + 1e-15).all()


@given(st.lists(spread, min_size=2, max_size=5), st.randoms())
def test_the_order_of_groups_never_matters(groups, random):
    named = dict(enumerate(groups))
    shuffled = dict(random.sample(list(named.items()), len(named)))
    for method in ("adjusted_wald", "welch"):
        assert close(compare_many(named, method=method).statistic, compare_many(shuffled, method=method).statistic)
    assert sorted(row.p_adjusted for row in pairwise(named)) == pytest.approx(
        sorted(row.p_adjusted for row in pairwise(shuffled))
    )


@given(st.lists(tallies, min_size=3, max_size=6), st.floats(-50, 50), st.floats(0.1, 10))
def test_a_slope_is_per_unit_of_time(waves, shift, unit):
    times = list(range(len(waves)))
    made, moved = trend(waves, times), trend(waves, [shift + unit * time for time in times])
    assert close((moved.slope * unit, moved.statistic), (made.slope, made.statistic))
    assert moved.residual_q == pytest.approx(made.residual_q, rel=1e-6, abs=1e-6)


@given(st.lists(st.tuples(st.builds(Tally, few, few, few), st.builds(Tally, few, few, few)), min_size=1, max_size=6))
@settings(max_examples=30)
def test_columns_give_what_single_tallies_give(groups):
    a, b = (Tallies.of(side) for side in zip(*groups, strict=True))
    for method in ("adjusted_wald", "mover"):
        made = compare(a, b, method=method)
        for i, (first, second) in enumerate(groups):
            if first.n and second.n:
                one = compare(first, second, method=method)
                assert close((made.lower[i], made.p_value[i]), (one.lower, one.p_value))
            else:
                assert np.isnan(made.lower[i])
