"""Margins: how many answers, what they can say, and what was assumed."""

import math

import pytest

from npscore import (
    InputError,
    margin,
    sample_size,
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


def test_a_plan_reads_as_a_sentence():
    assert str(sample_size(5, response_rate=0.2)) == "1,537 answers, 7,685 invited at a response rate of 20 %"
    assert str(sample_size_difference(10)).startswith("1,570 and 1,570 answers, 1,570 and 1,570 invited")


def test_no_margin_is_wider_than_all_scores():
    assert sample_size(100).n == 4
    with pytest.raises(InputError, match="a margin of 250 points reaches beyond all scores"):
        sample_size(250)
