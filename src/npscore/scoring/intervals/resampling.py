"""The bootstrap of one tally: its answers, drawn again with replacement."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

from npscore.errors import InputError, short
from npscore.scoring.extras import optional
from npscore.scoring.scales import as_whole
from npscore.scoring.tallies import Tally

SEED, DRAWS = 0, 9999
_LARGEST = 2**63 - 1
_MOST = 10**8


def bootstrap_limits(
    tally: Tally, *, level: float, seed: int = SEED, draws: int = DRAWS, bca: bool = False
) -> tuple[float, float, float]:
    """Lower limit, upper limit and standard error in points.

    A limit is the order statistic number (draws + 1) x probability, between
    two of them interpolated (type 6), so that 9999 draws hit 2.5 % exactly.
    """
    np = optional("numpy")
    scores = np.sort(_drawn(np, tally, seed, draws))
    tails = ((1 - level) / 2, (1 + level) / 2)
    if bca:
        tails = _corrected(np, tally, scores, tails)
    lower, upper = np.quantile(scores, tails, method="weibull")
    return float(lower), float(upper), float(scores.std(ddof=1))


def _drawn(np: Any, tally: Tally, seed: int, draws: int) -> Any:
    """Scores of multinomial draws, which are what drawing single answers gives."""
    if not 2 <= (as_whole(draws) or 0) <= _MOST:
        raise InputError(f"draws={short(draws)} is not a whole number from 2 to {_MOST:,}; 9999 is usual.")
    whole = as_whole(seed)
    if whole is None or whole < 0:
        raise InputError(f"seed={short(seed)} is not a whole number from 0 up; nothing is drawn by chance alone.")
    if tally.n > _LARGEST:
        raise InputError(f"the bootstrap cannot draw {tally.n} answers at a time; use another method.")
    counts = np.random.default_rng(whole).multinomial(tally.n, tally.shares, size=int(draws))
    return 100.0 * (counts[:, 2] - counts[:, 0]) / tally.n


def _corrected(np: Any, tally: Tally, scores: Any, tails: tuple[float, float]) -> tuple[float, float]:
    """The probabilities of the BCa limits: bias from the draws, acceleration from the jackknife."""
    value = 100.0 * (tally.promoters - tally.detractors) / tally.n
    below = (np.mean(scores < value) + np.mean(scores <= value)) / 2
    if not 0 < below < 1 or tally.n in (tally.detractors, tally.passives, tally.promoters):
        raise InputError("the BCa interval is undefined when all answers agree; use adjusted_wald or score.")
    normal = NormalDist()
    bias, push = normal.inv_cdf(float(below)), _acceleration(tally)

    def moved(tail: float) -> float:
        z = bias + normal.inv_cdf(tail)
        return normal.cdf(bias + z / (1 - push * z))

    return moved(tails[0]), moved(tails[1])


def _acceleration(tally: Tally) -> float:
    """The sum of cubes of the codes around their mean over 6 times the sum of squares to 3/2."""
    mean = (tally.promoters - tally.detractors) / tally.n
    around = ((tally.detractors, -1 - mean), (tally.passives, -mean), (tally.promoters, 1 - mean))
    squares = sum(count * gap**2 for count, gap in around)
    return float(sum(count * gap**3 for count, gap in around) / (6 * squares**1.5))
