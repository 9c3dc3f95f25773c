"""What holds for all shrinkage: towards the mean and never past it, whatever the order, the shift and the unit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npscore import Tally, league, score, shrink

small = st.integers(0, 200)
tallies = st.builds(Tally, small, small, small).filter(lambda one: one.n)
groups = st.dictionaries(st.sampled_from("abcdefgh"), tallies, min_size=1)
estimates = st.dictionaries(
    st.sampled_from("abcdefgh"), st.tuples(st.floats(-100, 100), st.floats(0.1, 1000)), min_size=1
)
methods = st.sampled_from(["DL", "PM", "REML"])


@given(groups, methods)
def test_every_value_lies_between_the_mean_and_its_score(teams, method):
    drawn = shrink(teams, method=method)
    for name, one in teams.items():
        low, high = sorted((drawn.mu, score(one).value))
        assert low - 1e-9 <= drawn.values[name] <= high + 1e-9
    assert drawn.tau2 >= 0
    assert 0 <= drawn.i2 <= 100
    assert all(error > 0 for error in drawn.standard_errors.values())


@given(estimates, methods, st.randoms())
def test_the_order_of_segments_never_matters(segments, method, random):
    names = random.sample(list(segments), len(segments))
    one = shrink({k: y for k, (y, _) in segments.items()}, {k: v for k, (_, v) in segments.items()}, method=method)
    two = shrink({k: segments[k][0] for k in names}, {k: segments[k][1] for k in names}, method=method)
    assert one.values == pytest.approx(two.values, rel=1e-6, abs=1e-6)


@given(estimates, methods, st.floats(-50, 50), st.floats(0.1, 10))
def test_shifting_and_scaling_the_points_shifts_and_scales_the_values(segments, method, shift, factor):
    y, v = [y for y, _ in segments.values()], [v for _, v in segments.values()]
    one = shrink(y, v, method=method)
    two = shrink([factor * one + shift for one in y], [factor**2 * one for one in v], method=method)
    assert two.values == pytest.approx([factor * value + shift for value in one.values], rel=1e-5, abs=1e-5)
    assert two.tau2 == pytest.approx(factor**2 * one.tau2, rel=1e-5, abs=1e-5)


@given(groups)
def test_ranges_of_ranks_hold_one_another(teams):
    rows = league(teams, minimum=1).rows
    assert len(rows) == len(teams)
    assert all(1 <= row.best <= row.worst <= len(rows) for row in rows)
    assert sum(row.best for row in rows) <= len(rows) * (len(rows) + 1) / 2 <= sum(row.worst for row in rows)


@given(groups)
def test_a_higher_level_never_narrows_a_range(teams):
    low, high = ({row.name: row for row in league(teams, level=level, minimum=1).rows} for level in (0.5, 0.999))
    assert all(high[name].best <= low[name].best and high[name].worst >= low[name].worst for name in teams)
