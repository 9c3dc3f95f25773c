"""Detection: how many answers show a difference, and which difference so many show."""

import math

import pytest

from npscore import (
    minimum_detectable_change,
    power,
    sample_size_benchmark,
    sample_size_difference,
)

Z95, Z80 = 1.959963984540054, 0.8416212335729143


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
