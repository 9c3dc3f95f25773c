"""Mix and rate of every segment, and how sure they are: the arithmetic behind `change`.

An effect is a function of the shares and scores of two periods. Its slopes in
them give its standard error by the delta method: the respondents of a period
are one multinomial sample over segments and categories.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from npscore.errors import EmptyTallyError
from npscore.insight.groups import Column

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]


@attrs.frozen(eq=False)
class Side:
    """One period on the segments of both; `score` is the overall one where a segment is absent."""

    n: float
    share: Array
    score: Array
    present: Any
    variance: Array  # of one answer within the segment, points squared, 0 where absent
    overall: float
    counted: bool  # whether the variances are known, which takes tallies


@attrs.frozen(eq=False)
class Slope:
    """How an effect of each segment moves with its share, its score and the overall score of one period."""

    share: Array
    score: Array
    overall: Array


@attrs.frozen(eq=False)
class Effect:
    """One effect of every segment, and its slopes in both periods."""

    value: Array
    before: Slope
    after: Slope

    def total_error(self, before: Side, after: Side) -> float:
        """Standard error of the sum over segments, in points."""
        return float((_total_variance(before, self.before) + _total_variance(after, self.after)) ** 0.5)

    def errors(self, before: Side, after: Side) -> Array:
        """Standard errors of the segments one by one, in points."""
        sum_: Array = _variances(before, self.before) + _variances(after, self.after)
        return sum_.clip(0) ** 0.5


def side_of(column: Column, which: str) -> Side:
    """Turn sizes into shares, and give absent segments the overall score."""
    n = total_of(column.size, which)
    share = column.size / n
    present = column.size > 0
    overall = float((share * _where(present, column.score, 0.0)).sum())
    score = _where(present, column.score, overall)
    variance = 0 * share if column.variance is None else _where(present, column.variance, 0.0)
    return Side(n, share, score, present, variance, overall, column.variance is not None)


def total_of(size: Array, which: str) -> float:
    """The sum of sizes; nothing at all is refused."""
    total = float(size.sum())
    if not total > 0:
        raise EmptyTallyError(f"there are no answers in {which}, so it has no score.")
    return total


def _where(condition: Any, yes: Array, no: Array | float) -> Array:
    import numpy as np

    return np.where(condition, yes, no)


def twofold(a: Side, b: Side, centred: bool) -> tuple[Effect, Effect, Effect]:
    """Mix and rate with averaged weights, and an interaction of nothing."""
    grown, moved = b.share - a.share, b.score - a.score
    height = (a.score + b.score - (a.overall + b.overall) * centred) / 2
    weight = (a.share + b.share) / 2
    none = 0 * grown
    mix = Effect(
        grown * height,
        Slope(-height, grown / 2, -grown / 2 * centred),
        Slope(height, grown / 2, -grown / 2 * centred),
    )
    rate = Effect(moved * weight, Slope(moved / 2, -weight, none), Slope(moved / 2, weight, none))
    return mix, rate, Effect(none, Slope(none, none, none), Slope(none, none, none))


def threefold(a: Side, b: Side, centred: bool) -> tuple[Effect, Effect, Effect]:
    """Mix at the old scores, rate at the old shares, and their interaction."""
    grown, moved = b.share - a.share, b.score - a.score
    height = a.score - a.overall * centred
    none = 0 * grown
    mix = Effect(grown * height, Slope(-height, grown, -grown * centred), Slope(height, none, none))
    rate = Effect(moved * a.share, Slope(moved, -a.share, none), Slope(none, a.share, none))
    both = Effect(grown * moved, Slope(-moved, -grown, none), Slope(moved, grown, none))
    return mix, rate, both


def _total_variance(side: Side, slope: Slope) -> Any:
    """Delta method for the sum over segments: between segments, and within them.

    One respondent of segment i with code y moves the sum by
    ``b_i - mean(b) + c_i (y - r_i)``; absent segments follow the overall score.
    """
    w = side.share
    followers = slope.score.sum(where=~side.present) + slope.overall.sum()
    between = slope.share + followers * (side.score - side.overall)
    within = _ratio(slope.score, w) + followers
    spread = between - (w * between).sum()
    return (w * (spread**2 + within**2 * side.variance)).sum() / side.n


def _variances(side: Side, slope: Slope) -> Array:
    """Delta method for each segment: its own share and score, and the overall score."""
    w, v = side.share, side.variance
    overall = (w * (v + (side.score - side.overall) ** 2)).sum()
    own = slope.share**2 * w * (1 - w) + _ratio(slope.score**2 * v, w)
    cross = 2 * slope.overall * (slope.share * w * (side.score - side.overall) + slope.score * v)
    here = own + cross + slope.overall**2 * overall
    absent = (slope.score + slope.overall) ** 2 * overall
    return _where(side.present, here, absent) / side.n


def _ratio(above: Array, below: Array) -> Array:
    import numpy as np

    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def whole(a: Side, b: Side) -> Effect:
    """The difference itself as an effect: shares at their scores, scores at their shares."""
    none = 0 * a.share
    value = b.share * b.score - a.share * a.score
    return Effect(value, Slope(-a.score, -a.share, none), Slope(b.score, b.share, none))
