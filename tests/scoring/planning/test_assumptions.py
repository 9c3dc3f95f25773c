"""Assumptions of a plan: what is taken, and what is refused with a reason."""

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


def test_variances_above_one_are_planned_for():
    """The change of the same person's code reaches 4."""
    assert sample_size_benchmark(5, variance=4).n == math.ceil(4 * (Z95 + Z80) ** 2 / 0.05**2)


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
