"""League tables that are honest about ranks: an interval and a range of ranks for each segment."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from statistics import NormalDist
from typing import Any

import attrs

from npscore.errors import EmptyTallyError, InputError
from npscore.insight.groups import check_scales, counts_of, scales_of
from npscore.scoring.extras import optional
from npscore.scoring.given import finite
from npscore.scoring.intervals import ROCKS, PseudoCounts, adjusted_wald, check_level, check_pseudo_counts, interval
from npscore.scoring.tallies import Tally


@attrs.frozen(kw_only=True)
class Standing:
    """One row of a league table.

    Attributes:
        name: the segment.
        score: in points.
        n: how many answered.
        lower, upper: limits of its own interval in points.
        best, worst: the ranks from 1 that it may hold.
        few: whether n is below 30, too few to say much.
    """

    name: Hashable
    score: float
    n: int
    lower: float
    upper: float
    best: int
    worst: int
    few: bool


@attrs.frozen(kw_only=True)
class League:
    """A league table with ranges instead of ranks; prints as a table.

    Attributes:
        rows: the segments in order of their ranges, then of their lower limits.
        suppressed: names of segments with fewer answers than the minimum.
        level: the confidence level, a fraction.
    """

    rows: tuple[Standing, ...]
    suppressed: tuple[Hashable, ...]
    level: float

    def __str__(self) -> str:
        head = ("segment", "n", "NPS", f"{100 * self.level:.6g} % interval", "rank")
        cells = [head, *map(_cells, self.rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]
        if self.suppressed:
            lines.append(f"not shown, too few answers: {', '.join(map(str, self.suppressed))}")
        return "\n".join(lines)


def _cells(row: Standing) -> tuple[str, str, str, str, str]:
    rank = f"{row.best}" if row.best == row.worst else f"{row.best} to {row.worst}"
    n = f"{row.n}{' (few)' if row.few else ''}"
    return str(row.name), n, f"{row.score:+.1f}", f"{row.lower:+.1f} to {row.upper:+.1f}", rank


def league(
    groups: Mapping[Any, Tally], *, level: float = 0.95, minimum: int = 5, pseudo_counts: PseudoCounts = ROCKS
) -> League:
    """A table of segments with an interval and a range of ranks for each, never a bare rank.

    All pairs are compared by the adjusted Wald interval of their difference,
    at a level raised for the number of pairs (Bonferroni). A segment's best
    rank is 1 + those surely above it; its worst is the number of segments
    less those surely below it. With probability `level` at least, the ranges
    of all segments hold their true ranks together. Overlapping intervals are
    no such comparison: segments can overlap and differ surely.

    Args:
        groups: ``{segment: Tally}``.
        level: the confidence level, a fraction: of each interval alone, and of
            all rank ranges together.
        minimum: segments with fewer answers are not shown nor ranked, so that
            no single person can be made out.
        pseudo_counts: what is added to detractors, passives and promoters of
            each segment.

    Returns:
        A `League`: limits in points, ranks from 1 for the highest score.

    Raises:
        EmptyTallyError: when no segment has enough answers.
        InputError: for groups that are no tallies, or a level outside (0, 1).
        PoolingError: for tallies on unlike scales.
        MissingExtraError: without NumPy.

    References:
        Mogstad, M., Romano, J., Shaikh, A. and Wilhelm, D. (2024). Inference
        for ranks with applications to mobility across neighbourhoods and
        academic achievement across countries. Review of Economic Studies 91,
        476-518.

    Example:
        >>> print(league({"a": Tally(20, 30, 150), "b": Tally(70, 60, 70), "c": Tally(1, 2, 9), "d": Tally(0, 0, 3)}))
        segment  n         NPS    95 % interval   rank
        a        200       +65.0  +55.0 to +73.1  1 to 2
        c        12 (few)  +66.7  +18.2 to +88.5  1 to 2
        b        200       +0.0   -11.5 to +11.5  3
        not shown, too few answers: d
    """
    optional("numpy")
    check_level(level)
    check_pseudo_counts(pseudo_counts)
    least = max(finite("minimum", minimum), 1)
    if not isinstance(groups, Mapping) or not all(isinstance(one, Tally) for one in groups.values()):
        raise InputError("a league table is made of a mapping from segments to tallies.")
    shown = {name: one for name, one in groups.items() if one.n >= least}
    if not shown:
        raise EmptyTallyError(f"no segment has {least:g} answers, so there is nothing to show.")
    check_scales(scales_of(list(shown.values())))
    rows = [
        _standing(name, one, ranks, level, pseudo_counts)
        for (name, one), ranks in zip(shown.items(), _rank_ranges(shown, level, pseudo_counts), strict=True)
    ]
    rows.sort(key=lambda row: (row.best + row.worst, -row.lower))
    hidden = tuple(name for name in groups if name not in shown)
    return League(rows=tuple(rows), suppressed=hidden, level=float(level))


def _standing(
    name: Hashable, one: Tally, ranks: tuple[int, int], level: float, pseudo_counts: PseudoCounts
) -> Standing:
    own = interval(one, level=level, pseudo_counts=pseudo_counts)
    points = 100 * (one.promoters - one.detractors) / one.n
    best, worst = ranks
    return Standing(
        name=name, score=points, n=one.n, lower=own.lower, upper=own.upper, best=best, worst=worst, few=one.n < 30
    )


def _rank_ranges(shown: Mapping[Any, Tally], level: float, pseudo_counts: PseudoCounts) -> list[tuple[int, int]]:
    detractors, passives, promoters = counts_of(list(shown.values()))
    center, error = adjusted_wald(detractors, detractors + passives + promoters, promoters, pseudo_counts)
    count = len(center)
    pairs = max(1, count * (count - 1) // 2)
    z = -NormalDist().inv_cdf((1 - level) / pairs / 2)
    ranges = []
    for own, spread in zip(center, error, strict=True):
        reach = z * (error**2 + spread**2) ** 0.5
        ranges.append((1 + int((center - own > reach).sum()), count - int((own - center > reach).sum())))
    return ranges
