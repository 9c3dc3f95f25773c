"""Pairs: the same people asked twice, as a table of before and after."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

import attrs

from npscore.errors import EmptyTallyError, InputError, short
from npscore.scoring.choices import check_choice
from npscore.scoring.comparing.differences import Difference, around, fields_of
from npscore.scoring.extras import optional
from npscore.scoring.given import is_frame
from npscore.scoring.intervals import check_level
from npscore.scoring.scales import STANDARD, Category, Scale, classify, is_missing

PairedMethod = Literal["t", "wald", "score"]
HomogeneityMethod = Literal["stuart_maxwell", "bhapkar"]
Table = tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]

_ORDER = list(Category)
_PROMOTER = 2
_ZIP = "of two columns make pairs with zip(before, after)"


@attrs.frozen
class Transitions:
    """Who moved where between two waves. Rows are before, columns after.

    Attributes:
        counts: the table, ``counts[before][after]``.
    """

    counts: Table

    @property
    def n(self) -> int:
        """How many answered both times."""
        return sum(map(sum, self.counts))

    @property
    def row_shares(self) -> list[list[float]]:
        """Where each category went: fractions of each row, NaN in a row of nobody."""
        return [[count / sum(row) if any(row) else math.nan for count in row] for row in self.counts]

    @property
    def retained(self) -> int:
        """Promoters who stayed promoters."""
        return self.counts[_PROMOTER][_PROMOTER]

    @property
    def gained(self) -> int:
        """Promoters who were none before."""
        return self.counts[0][_PROMOTER] + self.counts[1][_PROMOTER]

    @property
    def lost(self) -> int:
        """Promoters who are none any more."""
        return self.counts[_PROMOTER][0] + self.counts[_PROMOTER][1]

    @property
    def net(self) -> float:
        """100 x (moved to a higher category - moved to a lower one) / n, each person counted once."""
        up = self.counts[0][1] + self.counts[0][2] + self.counts[1][2]
        down = self.counts[1][0] + self.counts[2][0] + self.counts[2][1]
        return 100 * (up - down) / self.n


@attrs.frozen
class Homogeneity:
    """A test of whether the mix of categories is the same before and after.

    Attributes:
        statistic: chi-square.
        df: degrees of freedom; under 2 where a category does not enter.
        p_value: of no change in any share.
        method: ``"stuart_maxwell"`` or ``"bhapkar"``.
    """

    statistic: float
    df: int
    p_value: float
    method: str


@attrs.frozen(kw_only=True)
class PairedComparison(Difference):
    """The change of a score among people asked twice, and its test.

    Attributes:
        before, after: the two scores in points.
        difference: after - before, in points; all else that a `Difference`
            has, with a two-sided p-value. No paired method adds anything, so
            `adjusted_difference` is the same, and `df` is n - 1 with t.
        n: pairs that were compared.
        dropped: pairs left out because one answer is missing.
        transitions: who moved where, `Transitions`.
    """

    before: float
    after: float
    n: int
    dropped: int
    transitions: Transitions

    def homogeneity(self, method: HomogeneityMethod = "stuart_maxwell") -> Homogeneity:
        """Whether the whole mix changed, not only the score.

        Args:
            method: ``"stuart_maxwell"`` (variance if nothing changed) or
                ``"bhapkar"`` (variance as it is, never the smaller statistic).

        Raises:
            InputError: for an unknown method.
            MissingExtraError: without the extra ``stats``.

        References:
            Stuart (1955). Biometrika 42, 412-416; Maxwell (1970). British
            Journal of Psychiatry 116, 651-655; Bhapkar (1966). JASA 61,
            228-235.

        Example:
            >>> made = compare_paired([[20, 10, 5], [3, 30, 15], [0, 2, 40]]).homogeneity()
            >>> round(made.statistic, 3), made.df, round(made.p_value, 5)
            (18.437, 2, 0.0001)
        """
        check_choice("method", method, get_args(HomogeneityMethod))
        statistic, df = _stuart_maxwell(self.transitions.counts)
        if method == "bhapkar":
            left = 1 - statistic / self.n
            statistic = statistic / left if left > 1e-12 else math.inf
        p_value = float(optional("scipy.special").chdtrc(df, statistic)) if df else 1.0
        return Homogeneity(statistic=statistic, df=df, p_value=p_value, method=method)


def compare_paired(
    pairs: Any, *, method: PairedMethod = "t", level: float = 0.95, scale: Scale = STANDARD
) -> PairedComparison:
    """Whether the score of the same people changed between two waves.

    Each person's change is coded -2 to 2, the number of categories moved, and
    its mean in points is the difference of the two scores. Taking the waves as
    independent would waste what the pairs know.

    Args:
        pairs: a 3 x 3 table of counts, rows before and columns after, in the
            order detractor, passive, promoter; or pairs (before, after) of
            ratings or categories, one a person; of two columns make them with
            ``zip(before, after)``: two lists of two answers are two people.
            Pairs with a missing answer are dropped and counted.
        method: ``"t"``, the paired t test; ``"wald"``, z with divisor n;
            ``"score"``, z with the variance that holds if nothing changed,
            sum of squared changes / n, for test and limits alike.
        level: the confidence level of the limits, a fraction.
        scale: the scale of ratings.

    Returns:
        A `PairedComparison` in points.

    Raises:
        EmptyTallyError: when nobody answered twice.
        InputError: for a table that is not 3 x 3 whole counts, pairs that are
            none, an unknown method, one pair alone with t, or a change that is
            the same for all (t and Wald have no standard error then).
        OutOfScaleError: for a rating off the scale.
        MissingExtraError: for ``"t"`` without the extra ``stats``.

    References:
        The paired t test on codes; Stuart-Maxwell and Bhapkar in
        `PairedComparison.homogeneity`.

    Example:
        >>> made = compare_paired([[20, 10, 5], [3, 30, 15], [0, 2, 40]])
        >>> made.before, made.after, made.difference
        (5.6, 29.6, 24.0)
        >>> made.transitions.retained, made.transitions.gained, made.transitions.lost
        (40, 20, 2)
        >>> compare_paired([(10, 9), (6, 8), (3, 9), (None, 10)]).dropped
        1
    """
    check_choice("method", method, get_args(PairedMethod))
    check_level(level)
    table, dropped = _table(pairs, scale)
    moved = Transitions(table)
    if moved.n == 0:
        raise EmptyTallyError("nobody answered both times, so there is no change to test.")
    error, df = _error(table, moved.n, method)
    difference = 100 * _change(table, 1) / moved.n
    parts = around(difference, error, level, df)
    columns = [sum(column) for column in zip(*table, strict=True)]
    return PairedComparison(
        **fields_of(parts, raw=difference, method=method, level=level),
        before=100 * (sum(table[2]) - sum(table[0])) / moved.n,
        after=100 * (columns[2] - columns[0]) / moved.n,
        n=moved.n,
        dropped=dropped,
        transitions=moved,
    )


def _change(table: Table, power: int) -> int:
    """The sum of the changes, or of their squares, over all pairs."""
    return sum(table[i][j] * (j - i) ** power for i in range(3) for j in range(3))


def _error(table: Table, n: int, method: str) -> tuple[float, int | None]:
    """The standard error of the mean change in points, and the degrees of freedom."""
    total, squares = _change(table, 1), _change(table, 2)
    if method == "score":
        return 100 * math.sqrt(squares) / n, None
    spread = (n * squares - total * total) / n
    if method == "wald":
        return 100 * math.sqrt(spread) / n, None
    if n == 1:
        raise InputError("one pair has no spread to take t from; collect more, or use method='score'.")
    return 100 * math.sqrt(spread / (n * (n - 1))), n - 1


def _stuart_maxwell(table: Table) -> tuple[float, int]:
    """The chi-square of the differences of margins, by a generalised inverse: empty categories drop out."""
    np = optional("numpy")
    counts = np.array(table, dtype=float)
    gap = counts.sum(axis=1) - counts.sum(axis=0)
    spread = -(counts + counts.T)
    np.fill_diagonal(spread, 0)
    np.fill_diagonal(spread, -spread.sum(axis=1))
    return float(gap @ np.linalg.pinv(spread, hermitian=True) @ gap), int(np.linalg.matrix_rank(spread, hermitian=True))


def _table(pairs: Any, scale: Scale) -> tuple[Table, int]:
    """A table as it is, or the pairs counted into one, and how many pairs were dropped."""
    if isinstance(pairs, str | bytes | Mapping) or is_frame(pairs) or not isinstance(pairs, Iterable):
        raise InputError(f"pairs are a 3 x 3 table or pairs of answers, not one {type(pairs).__name__}; {_ZIP}.")
    rows = [_row(row) for row in pairs]
    if len(rows) == 3 and all(len(row) == 3 for row in rows):
        return _counts(rows), 0
    if any(len(row) != 2 for row in rows):
        raise InputError(f"pairs are a 3 x 3 table of counts or rows of two answers, before and after; {_ZIP}.")
    whole = [row for row in rows if not (is_missing(row[0]) or is_missing(row[1]))]
    table = [[0, 0, 0], [0, 0, 0], [0, 0, 0]]
    for before, after in whole:
        table[_place(before, scale)][_place(after, scale)] += 1
    return _counts(table), len(rows) - len(whole)


def _row(row: Any) -> list[Any]:
    if isinstance(row, str | bytes | Mapping) or not isinstance(row, Iterable):
        raise InputError(f"{short(row)} is no pair of answers and no row of a table.")
    if hasattr(row, "to_list") or hasattr(row, "to_pylist"):
        raise InputError(f"a {type(row).__name__} is a column, and pairs are rows; {_ZIP}.")
    return list(row)


def _counts(rows: list[list[Any]]) -> Table:
    from npscore.scoring.tallies import Tally

    def checked(row: list[Any]) -> tuple[int, int, int]:
        counts = Tally(*row)
        return counts.detractors, counts.passives, counts.promoters

    before_detractors, before_passives, before_promoters = map(checked, rows)
    return before_detractors, before_passives, before_promoters


def _place(answer: Any, scale: Scale) -> int:
    return _ORDER.index(Category(answer) if isinstance(answer, str) and answer in _ORDER else classify(answer, scale))
