"""Shrinkage: worked by hand, forms in and out, unanimous segments, and what is refused."""

import math
import sys

import numpy as np
import pytest

from npscore import EmptyTallyError, InputError, MissingExtraError, PoolingError, Scale, Tally, interval, score, shrink

TEAMS = {"a": Tally(20, 30, 150), "b": Tally(70, 60, 70), "c": Tally(0, 0, 3), "d": Tally(3, 9, 8)}


def test_two_segments_worked_by_hand():
    drawn = shrink([10, 30], [50, 50])
    assert drawn.q == pytest.approx(2 * 10**2 / 50)
    assert drawn.tau2 == pytest.approx((4 - 1) / (2 / 50 - 2 / 50**2 / (2 / 50)))
    assert drawn.tau2 == pytest.approx(150)
    assert (drawn.mu, drawn.se_mu) == pytest.approx((20, 10))
    assert drawn.values == pytest.approx([20 - 10 * 0.75, 20 + 10 * 0.75])
    assert drawn.standard_errors == pytest.approx([math.sqrt(0.75 * 50 + 0.25**2 * 100)] * 2)
    assert drawn.i2 == pytest.approx(75)


def test_segments_that_differ_no_more_than_chance_all_become_the_mean():
    drawn = shrink({"a": 20.0, "b": 21.0, "c": 19.0}, {"c": 40.0, "b": 10.0, "a": 20.0})
    assert (drawn.tau2, drawn.i2) == (0, 0)
    assert drawn.values == pytest.approx(dict.fromkeys("abc", drawn.mu))
    assert drawn.standard_errors == pytest.approx(dict.fromkeys("abc", drawn.se_mu))
    assert drawn.mu == pytest.approx((20 / 20 + 21 / 10 + 19 / 40) / (1 / 20 + 1 / 10 + 1 / 40))


def test_tallies_bring_raw_scores_and_adjusted_variances():
    scores = [score(one).value for one in TEAMS.values()]
    spreads = [interval(one).standard_error ** 2 for one in TEAMS.values()]
    named, plain = shrink(TEAMS), shrink(scores, spreads)
    assert named.tau2 == pytest.approx(plain.tau2)
    assert named.mu == pytest.approx(plain.mu)
    assert list(named.values) == list(TEAMS)
    assert list(named.values.values()) == pytest.approx(plain.values)
    assert shrink(list(TEAMS.values())).values == pytest.approx(plain.values)
    assert shrink(TEAMS, pseudo_counts=(1, 1, 1)).tau2 != named.tau2


def test_a_unanimous_segment_does_not_take_all_the_weight():
    drawn = shrink({"all": Tally(0, 0, 4), "b": Tally(70, 60, 70), "c": Tally(60, 70, 70), "d": Tally(66, 60, 74)})
    assert drawn.mu < 20
    assert drawn.values["all"] < 50
    assert all(shrink({name: Tally(0, 0, n) for name, n in (("a", 1), ("b", 50))}).values.values())


def test_the_less_is_known_the_more_is_drawn():
    drawn = shrink([50, 50, -50, 0], [10, 1000, 10, 10])
    assert drawn.mu < drawn.values[1] < drawn.values[0] < 50
    assert drawn.standard_errors[1] > drawn.standard_errors[0]


@pytest.mark.parametrize("method", ["DL", "PM", "REML"])
def test_one_segment_is_itself_and_equals_have_no_spread(method):
    one = shrink({"a": 12.0}, {"a": 9.0}, method=method)
    assert (one.mu, one.se_mu, one.tau2, one.q, one.i2) == pytest.approx((12, 3, 0, 0, 0))
    assert one.values == {"a": 12.0}
    same = shrink([5, 5, 5], [1, 2, 3], method=method)
    assert same.tau2 == 0
    assert same.values == pytest.approx([5, 5, 5])
    assert same.method == method


def test_methods_agree_when_all_are_equally_known():
    """With equal variances all three are the variance of the estimates less that of chance."""
    y = [10, 30, 55, -5]
    for method in ("DL", "PM", "REML"):
        assert shrink(y, [40] * 4, method=method).tau2 == pytest.approx(np.var(y, ddof=1) - 40)


def test_the_form_that_goes_in_comes_out():
    assert isinstance(shrink([1, 2], [3, 4]).values, list)
    assert isinstance(shrink((1, 2), (3, 4)).values, list)
    assert isinstance(shrink(np.array([1, 2]), np.array([3, 4])).values, np.ndarray)
    made = shrink({"a": np.float64(1), "b": 2}, {"a": 3, "b": 4})
    assert type(made.values["a"]) is float
    assert {type(part) for part in (made.mu, made.se_mu, made.tau2, made.q, made.i2)} == {float}


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (([1, 2],), "need their variances"),
        (([1, 2], [1]), "2 estimates and 1 variances"),
        (([1, 2], [1, 0]), "variance of 1 is not above 0"),
        (([1, 2], [1, -1]), "variance of 1 is not above 0"),
        (([1, math.nan], [1, 1]), "finite"),
        (([1, 2], [1, math.inf]), "finite"),
        (([1, "2"], [1, 1]), "estimates.1. .* not '2'"),
        (([1, None], [1, 1]), "not None"),
        ((None, [1]), "list, array or series"),
        (([1], None), "need their variances"),
        (([1], 4), "list, array or series"),
        (({"a": 1}, [1]), "one form"),
        (([1], {"a": 1}), "one form"),
        (({"a": 1}, {"b": 1}), "unlike segments"),
        (({"a": Tally(1)}, {"a": 1}), "all tallies"),
        (({"a": Tally(1), "b": 3.0},), "all tallies"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, match):
    with pytest.raises(InputError, match=match):
        shrink(*arguments)


def test_other_faults_have_a_sentence():
    with pytest.raises(InputError, match="DL, PM, REML"):
        shrink([1, 2], [1, 1], method="EB")
    with pytest.raises(EmptyTallyError, match="no segments"):
        shrink({})
    with pytest.raises(EmptyTallyError, match="'b' has no answers"):
        shrink({"a": Tally(1, 2, 3), "b": Tally(unanswered=2)})
    with pytest.raises(PoolingError):
        shrink([Tally(1), Tally(1, scale=Scale(1, 10, 7, 9))])
    with pytest.raises(InputError, match="three numbers"):
        shrink(TEAMS, pseudo_counts=(1, 2))
    with pytest.raises(InputError, match="variance of 'c' is not above 0"):
        shrink(TEAMS, pseudo_counts=(0, 0, 0))


def test_without_numpy_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(MissingExtraError, match=r"npscore\[stats\]"):
        shrink([1, 2], [1, 1])
