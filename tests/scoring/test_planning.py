"""Planning: how many answers, what they can say, what was assumed, and what is refused."""

import math

import pytest

from npscore import (
    InputError,
    margin,
    minimum_detectable_change,
    power,
    sample_size,
    sample_size_benchmark,
    sample_size_difference,
)

Z95, Z80 = 1.959963984540054, 0.8416212335729143


def test_a_margin_is_a_half_width_and_the_worst_case_is_assumed():
    plan = sample_size(5)
    assert plan.n == math.ceil(Z95**2 / 0.05**2) == 1537
    assert (plan.variance, plan.level, plan.margin, plan.method) == (1.0, 0.95, 5, "wald")
    assert plan.z == pytest.approx(Z95)
    assert (plan.n_b, plan.power, plan.invited) == (None, None, 1537)


def test_shares_stand_for_their_variance():
    assert sample_size(5, shares=(0.2, 0.3, 0.5)) == sample_size(5, variance=0.61)
    assert sample_size(5, shares=(1 / 3, 1 / 3, 1 / 3)).variance == pytest.approx(2 / 3)


def test_the_adjusted_interval_needs_three_answers_less():
    wald, adjusted = sample_size(10, variance=0.6), sample_size(10, variance=0.6, method="adjusted_wald")
    assert wald.n - adjusted.n == 3
    assert margin(40, variance=0.6, method="adjusted_wald") == margin(43, variance=0.6)


def test_a_wide_margin_still_needs_one_answer():
    assert sample_size(90, variance=0.1, method="adjusted_wald").n == 1


def test_the_design_effect_comes_before_the_population():
    k = Z95**2 * 0.6 / 0.05**2 * 1.5
    assert sample_size(5, variance=0.6, design_effect=1.5, population=2000).n == math.ceil(k / (1 + k / 2000))


def test_a_whole_population_has_no_margin():
    assert margin(250, population=250) == 0.0
    assert sample_size(0.001, population=250).n == 250


@pytest.mark.parametrize("method", ["wald", "adjusted_wald"])
def test_a_plan_gives_back_the_sample_that_has_its_margin(method):
    for n in (5, 30, 384, 9999):
        assert sample_size(margin(n, variance=0.7, method=method), variance=0.7, method=method).n == n


def test_invitations_are_rounded_up_and_whole_numbers_stay():
    assert sample_size(5, response_rate=0.3).invited == math.ceil(1537 / 0.3) == 5124
    assert sample_size(90, variance=0.1, response_rate=0.1).invited == 10
    plan = sample_size_difference(10, variances=0.6, ratio=2, response_rate=0.25)
    assert (plan.invited, plan.invited_b) == (4 * plan.n, 4 * plan.n_b)


def test_groups_of_unequal_size():
    plan = sample_size_difference(8, variances=(0.5, 0.8), ratio=2)
    n = (0.5 + 0.8 / 2) * (Z95 + Z80) ** 2 / 0.08**2
    assert (plan.n, plan.n_b) == (math.ceil(n), 2 * math.ceil(n))
    assert (plan.variance, plan.variance_b, plan.power) == (0.5, 0.8, 0.8)
    assert plan.z_power == pytest.approx(Z80)


def test_a_group_in_a_small_population_needs_fewer():
    free, bound = (sample_size_difference(8, variances=0.6, population=people).n for people in (None, 900))
    assert bound == math.ceil(free / (1 + free / 900))
    assert power(8, bound, bound, variances=0.6, population=900) >= 0.8


def test_a_pair_of_populations_is_one_for_each_group():
    plan = sample_size_difference(8, variances=0.6, population=(900, 10**9))
    assert power(8, plan.n, plan.n_b, variances=0.6, population=(900, 10**9)) >= 0.8
    assert plan.n < sample_size_difference(8, variances=0.6).n


def test_a_benchmark_needs_half_of_a_comparison():
    one, two = sample_size_benchmark(10, variance=0.6), sample_size_difference(10, variances=0.6)
    assert one.n == math.ceil(two.n / 2) == 471
    assert power(10, one.n, None, variances=0.6) == pytest.approx(0.8, abs=1e-3)


def test_the_sign_of_a_difference_does_not_matter():
    assert power(-10, 200, 300) == power(10, 200, 300)
    assert sample_size_difference(-10) == sample_size_difference(10)
    assert sample_size_difference(10, alternative="less").n == sample_size_difference(10, alternative="greater").n


def test_no_difference_is_found_as_often_as_the_test_errs():
    assert power(0, 100, 100, alpha=0.05) == pytest.approx(0.05)
    assert power(0, 50, 50, population=50, alpha=0.05) == 0.05
    assert power(1, 50, 50, population=50) == 1.0


def test_the_detectable_change_is_detected_with_its_power():
    change = minimum_detectable_change(150, 220, variances=(0.5, 0.7), power=0.9)
    assert power(change, 150, 220, variances=(0.5, 0.7)) == pytest.approx(0.9, abs=1e-6)


def test_variances_above_one_are_planned_for():
    """The change of the same person's code reaches 4."""
    assert sample_size_benchmark(5, variance=4).n == math.ceil(4 * (Z95 + Z80) ** 2 / 0.05**2)


def test_a_plan_reads_as_a_sentence():
    assert str(sample_size(5, response_rate=0.2)) == "1,537 answers, 7,685 invited at a response rate of 20 %"
    assert str(sample_size_difference(10)).startswith("1,570 and 1,570 answers, 1,570 and 1,570 invited")


@pytest.mark.parametrize("bad", [0, -1, math.nan, math.inf, None, "5", True])
def test_margins_differences_and_variances_are_finite_and_above_zero(bad):
    for call in (
        lambda: sample_size(bad),
        lambda: sample_size_difference(bad) if bad != -1 else sample_size(bad),
        lambda: sample_size_benchmark(bad) if bad != -1 else sample_size(bad),
        lambda: sample_size(5, variance=bad if bad is not None else 0),
        lambda: power(5, 10, 10, variances=(1, bad if bad is not None else 0)),
        lambda: sample_size(5, design_effect=bad),
        lambda: margin(bad),
        lambda: power(5, bad, 10),
        lambda: sample_size_difference(5, ratio=bad),
    ):
        with pytest.raises(InputError):
            call()


@pytest.mark.parametrize("bad", [0, 1, 1.5, -0.1, math.nan, "0.9", None])
def test_levels_powers_and_alphas_are_fractions(bad):
    for call in (
        lambda: sample_size(5, level=bad),
        lambda: margin(5, level=bad),
        lambda: sample_size_difference(5, power=bad),
        lambda: power(5, 10, 10, alpha=bad),
        lambda: minimum_detectable_change(10, 10, alpha=bad),
    ):
        with pytest.raises(InputError, match="fraction"):
            call()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: sample_size(5, variance=0.5, shares=(0.2, 0.3, 0.5)), "twice"),
        (lambda: sample_size(5, shares=(0.2, 0.3, 0.6)), "sum to 1"),
        (lambda: sample_size(5, shares=(0, 0, 1)), "above 0"),
        (lambda: sample_size(5, shares=(0.5, 0.5)), "sum to 1"),
        (lambda: sample_size(5, method="score"), "method='score'"),
        (lambda: sample_size(5, response_rate=0), "response_rate"),
        (lambda: sample_size(5, response_rate=25), "response_rate=0.25"),
        (lambda: sample_size(5, population=0), "population=0"),
        (lambda: sample_size(5, population=10.5), "population=10.5"),
        (lambda: margin(300, population=250), "more than the 250"),
        (lambda: sample_size_difference(5, alternative="both"), "alternative='both'"),
        (lambda: sample_size_difference(5, variances=(1, 1, 1)), "one number for both groups, or two"),
        (lambda: sample_size_difference(5, population=(100, 10**9), ratio=1), "more than the 100"),
        (lambda: sample_size_difference(5, power=0.01), "not above alpha"),
        (lambda: power(5, 100, None, variances=(1, 1)), "n_b=None"),
        (lambda: sample_size(1e-200), "larger margin"),
        (lambda: sample_size_benchmark(1e-200), "above 0"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_a_reason(call, says):
    with pytest.raises(InputError, match=says):
        call()
