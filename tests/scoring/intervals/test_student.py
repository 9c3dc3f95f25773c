"""Student's t without SciPy is Student's t with it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from npscore.scoring.intervals.student import t_exact, t_expansion, t_interval, t_two_sided

LEVELS = (0.5, 0.8, 0.9, 0.95, 0.975, 0.99, 0.999, 0.9999)


@pytest.mark.parametrize("level", LEVELS)
def test_hills_t_is_within_a_ten_thousandth_for_every_df_to_five_hundred(level):
    df = np.arange(1, 501)
    ours = np.array([t_two_sided(level, int(each)) for each in df])
    assert np.max(np.abs(ours / stats.t.ppf(0.5 + level / 2, df) - 1)) < 1e-5


@given(st.floats(0.5, 0.999999), st.integers(3, 10**6))
def test_hills_t_is_close_at_any_level(level, df):
    assert math.isclose(t_two_sided(level, df), stats.t.ppf(0.5 + level / 2, df), rel_tol=1e-4)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("df", [1, 2])
def test_one_and_two_degrees_of_freedom_are_exact(level, df):
    assert t_two_sided(level, df) == pytest.approx(stats.t.ppf(0.5 + level / 2, df), rel=1e-11)


def test_closed_forms_of_one_and_two_degrees_of_freedom():
    """Tangent for one; for two, t is such that level = t / sqrt(2 + t^2)."""
    assert t_two_sided(0.5, 1) == pytest.approx(1.0, rel=1e-15)
    for level in LEVELS:
        t = t_two_sided(level, 2)
        assert t / math.sqrt(2 + t * t) == pytest.approx(level, rel=1e-13)


@pytest.mark.parametrize("level", [*LEVELS, 0.999999])
def test_the_series_is_close_from_thirty_degrees_of_freedom_on(level):
    df = np.concatenate([np.arange(30, 501), [10**4, 10**7]])
    series = sum(part / df**power for power, part in enumerate(t_expansion(level)))
    assert np.max(np.abs(series / stats.t.ppf(0.5 + level / 2, df) - 1)) < 4e-5


@pytest.mark.parametrize("level", LEVELS)
def test_t_falls_towards_the_normal_quantile(level):
    falling = [t_two_sided(level, df) for df in (1, 2, 3, 4, 5, 10, 30, 100, 10**6)]
    assert falling == sorted(falling, reverse=True)
    assert falling[-1] == pytest.approx(t_expansion(level)[0], rel=1e-5)


def test_scipys_quantile_takes_arrays():
    assert t_exact(0.95, np.array([1, 10])) == pytest.approx(stats.t.ppf(0.975, [1, 10]))


def test_the_interval_reaches_t_errors_to_either_side_and_is_clipped():
    made = t_interval(80.0, 15.0, df=4, level=0.9)
    reach = stats.t.ppf(0.95, 4) * 15.0
    assert (made.raw_lower, made.raw_upper) == pytest.approx((80 - reach, 80 + reach), rel=1e-5)
    assert (made.lower, made.upper) == (made.raw_lower, 100.0)
    assert (made.center, made.standard_error, made.df, made.level, made.method) == (80.0, 15.0, 4, 0.9, "linearised")


def test_without_an_error_there_are_no_limits_and_it_says_why():
    made = t_interval(50.0, None, df=0, level=0.95)
    assert [made.lower, made.upper, made.standard_error, made.df, made.raw_lower, made.raw_upper] == [None] * 6
    assert made.center == 50.0
    assert str(made) == "no 95 % interval: fewer than two units"
    assert 50.0 not in made
