"""The root behind the score interval: its derivative, its exactness, and columns with odd neighbours."""

import pytest

from npscore.scoring.intervals.tango import null_variance, score_limits, score_statistic

np = pytest.importorskip("numpy")

OUTCOMES = np.array([(d, 30 - d - p, p) for d in range(31) for p in range(31 - d)], dtype=float)


def test_the_derivative_is_the_slope_of_the_variance():
    """Newton's steps lean on it; with a wrong one halving would still find the root, slowly."""
    delta, step = np.linspace(-0.95, 0.95, 39), 1e-6
    for counts in ((3, 20, 7), (0, 9, 4), (5, 5, 0), (2, 1000, 990)):
        above, below = (null_variance(delta + sign * step, *counts)[0] for sign in (1, -1))
        smooth = np.abs(above - 2 * null_variance(delta, *counts)[0] + below) < 1e-9  # not where q begins to be 0
        assert smooth.sum() >= 37
        slope = null_variance(delta, *counts)[1]
        assert ((above - below) / (2 * step))[smooth] == pytest.approx(slope[smooth], abs=1e-7)


@pytest.mark.parametrize("z", [0.05, 1.0, 1.959963984540054, 4.0, 40.0])
def test_the_statistic_at_a_limit_is_z(z):
    detractors, _, promoters = OUTCOMES.T
    lower, upper = score_limits(detractors, 30.0, promoters, z)
    inside = lower > -1
    at_lower = score_statistic(lower, detractors, 30.0, promoters)[0]
    assert at_lower[inside] == pytest.approx(np.full(inside.sum(), z), rel=1e-9)
    assert (detractors[~inside] == 30).all()
    assert upper == pytest.approx(-score_limits(promoters, 30.0, detractors, z)[0], abs=1e-15)


def test_the_variance_is_that_of_the_most_likely_shares():
    """q by searching the likelihood of (q, 1 - 2q - delta, q + delta) on a fine grid."""
    for delta, (d, n, p) in ((0.3, (4, 20, 9)), (-0.2, (4, 20, 9)), (0.5, (0, 10, 10)), (-0.4, (0, 10, 3))):
        q = np.linspace(max(0, -delta), (1 - delta) / 2, 200_001)[1:-1]
        likelihood = d * np.log(q) + (n - d - p) * np.log(1 - 2 * q - delta) + p * np.log(q + delta)
        best = q[likelihood.argmax()]
        assert float(null_variance(delta, d, n, p)[0]) == pytest.approx(2 * best + delta - delta**2, abs=2e-5)


def test_groups_solved_together_do_not_touch_each_other():
    detractors, _, promoters = np.tile(OUTCOMES, (20, 1)).T
    together = score_limits(detractors, 30.0, promoters, 1.96)
    apart = score_limits(OUTCOMES[:, 0], 30.0, OUTCOMES[:, 2], 1.96)
    for many, few in zip(together, apart, strict=True):
        assert many.reshape(20, -1) == pytest.approx(np.tile(few, (20, 1)), abs=1e-14)
