"""An interval that may be looked at after every answer: the confidence sequence of a score."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import attrs

from npscore.errors import EmptyTallyError, InputError, short
from npscore.scoring.extras import optional
from npscore.scoring.given import as_number, values_of
from npscore.scoring.intervals import check_level
from npscore.scoring.scales import Category

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]

_CODES = {Category.DETRACTOR.value: -1, Category.PASSIVE.value: 0, Category.PROMOTER.value: 1}
_CELLS = 1 << 19  # of one block of steps x grid points


@attrs.frozen(kw_only=True, eq=False)
class ConfidenceSequence:
    """Limits after every answer that hold all together, with probability `level`.

    Attributes:
        lower, upper: limits in points after each answer; lists, or arrays
            where an array went in.
        estimate: the score in points after each answer.
        n: how many answers.
        level: the probability, a fraction, that the true score is inside at
            every step.
        emptied: index from 0 of the answer at which no constant score was
            left, so that the score must have changed; the limits stay at
            their last values from there. None, as a rule.
    """

    lower: Any
    upper: Any
    estimate: Any
    n: int
    level: float
    emptied: int | None


def confidence_sequence(codes: Any, *, level: float = 0.95, resolution: float = 0.01) -> ConfidenceSequence:
    """Limits of a score that may be looked at after every answer.

    A 95 % interval is made to be looked at once. Looked at again and again,
    it leaves out an unchanged true score at some look far more often than in
    5 % of cases. These limits hold at all looks together, so one may stop, or
    act, whenever one likes; the price is a wider interval, about twice as wide
    at moderate n.

    It is the hedged betting sequence on (code + 1) / 2: for each possible
    score, two gamblers bet that the truth is higher, and lower; a score is
    dropped for good when one has multiplied the stake by 2 / (1 - level). Bets
    are the predictable plug-in ones, truncated at a half. Limits are found on
    a grid and rounded outwards, so they never claim too much.

    It takes answers in order, as independent draws of one unchanging score:
    it tells whether the score is above a line, not whether it drifts.

    Args:
        codes: -1, 0, 1 for detractor, passive, promoter, or categories, in the
            order of the answers.
        level: the probability, a fraction.
        resolution: step of the grid in points.

    Returns:
        A `ConfidenceSequence`, limits in points.

    Raises:
        EmptyTallyError: without codes.
        InputError: for what is no code, such as a rating from 0 to 10; a
            level outside (0, 1); or a resolution not above 0 and at most 10.
        MissingExtraError: without NumPy.

    References:
        Waudby-Smith, I. and Ramdas, A. (2024). Estimating means of bounded
        random variables by betting. Journal of the Royal Statistical Society
        B 86, 1-27. arXiv 2010.09686.

    Example:
        >>> watched = confidence_sequence([1, 1, 0, 1, -1] * 40)
        >>> watched.n, watched.estimate[-1]
        (200, 40.0)
        >>> watched.lower[-1] < 40 < watched.upper[-1]
        True
    """
    optional("numpy")
    check_level(level)
    if not 0 < (as_number(resolution) or 0) <= 10:
        raise InputError(f"resolution={short(resolution)} is a number of points above 0 and at most 10.")
    x = (_codes(codes) + 1) / 2
    lower, upper, emptied = _hedged(x, 1 - float(level), math.ceil(200 / resolution))
    columns = 200 * lower - 100, 200 * upper - 100, 200 * _running_mean(x) - 100
    out = columns if hasattr(codes, "__array__") else tuple(column.tolist() for column in columns)
    return ConfidenceSequence(
        lower=out[0], upper=out[1], estimate=out[2], n=len(x), level=float(level), emptied=emptied
    )


def _codes(codes: Any) -> Array:
    import numpy as np

    given = values_of("codes", codes)
    if not given:
        raise EmptyTallyError("there are no answers to watch.")
    read = [_CODES.get(code) if isinstance(code, str) else _whole(code) for code in given]
    if None in read:
        wrong = given[read.index(None)]
        raise InputError(
            f"{short(wrong)} is not a code: -1, 0, 1, or a category; make ratings into categories by classify."
        )
    return np.array(read, dtype=float)


def _whole(code: Any) -> int | None:
    number = as_number(code)
    return int(number) if number in (-1.0, 0.0, 1.0) else None


def _running_mean(x: Array) -> Array:
    import numpy as np

    return np.cumsum(x) / np.arange(1, len(x) + 1)


def _bets(x: Array, alpha: float) -> Array:
    """The predictable plug-in bets: the bet on an answer knows only those before it."""
    import numpy as np

    t = np.arange(1, len(x) + 1)
    mean = (0.5 + np.cumsum(x)) / (t + 1)
    variance = (0.25 + np.cumsum((x - mean) ** 2)) / (t + 1)
    known = np.concatenate([[0.25], variance[:-1]])
    bets: Array = np.sqrt(2 * math.log(2 / alpha) / (known * t * np.log1p(t)))
    return bets


def _hedged(x: Array, alpha: float, cells: int) -> tuple[Array, Array, int | None]:
    """Limits on [0, 1] after every answer; only means that are still possible are followed."""
    import numpy as np

    grid = np.arange(cells + 1) / cells
    bets, bar = _bets(x, alpha), math.log(2 / alpha)
    lower, upper = np.zeros(len(x)), np.ones(len(x))
    first, last = 0, cells  # the possible means: grid points first..last, and what lies up to the next ones
    above, below = np.zeros(cells + 1), np.zeros(cells + 1)  # log capital against means that are too low, too high
    start = 0
    while start < len(x) and first <= last:
        block = slice(start, start + max(1, _CELLS // (last - first + 1)))
        m = grid[first : last + 1]
        up = above[first : last + 1] + _log_capital(x[block], bets[block], m)
        down = below[first : last + 1] + _log_capital(1 - x[block], bets[block], 1 - m)
        low = first + _dropped(up >= bar)
        high = last - _dropped(down[:, ::-1] >= bar)
        empty = low > high + 1
        kept = int(empty.argmax()) if empty.any() else len(low)
        lower[start : start + kept] = grid[np.maximum(low[:kept] - 1, 0)]
        upper[start : start + kept] = grid[np.minimum(high[:kept] + 1, cells)]
        start += kept
        if empty.any():
            break
        above[first : last + 1], below[first : last + 1] = up[-1], down[-1]
        first, last = int(low[-1]), int(high[-1])
    if 0 < start < len(x):
        lower[start:], upper[start:] = lower[start - 1], upper[start - 1]
    return lower, upper, start if start < len(x) and first <= last else None


def _log_capital(x: Array, bets: Array, m: Array) -> Array:
    """Logarithm of what a gambler has who bets that the mean is above m, after each answer."""
    import numpy as np

    with np.errstate(divide="ignore"):
        bet = np.minimum(bets[:, None], 0.5 / m)
    result: Array = np.cumsum(np.log1p(bet * (x[:, None] - m)), axis=0)
    return result


def _dropped(rejected: Any) -> Any:
    """How many means from the end are dropped after each answer, for good."""
    import numpy as np

    count = np.where(rejected.all(axis=1), rejected.shape[1], (~rejected).argmax(axis=1))
    return np.maximum.accumulate(count)
