"""The same people twice: from tables and from pairs, with the transitions that move a score."""

import math

import pytest

from npscore import ONE_TO_TEN, Category, EmptyTallyError, InputError, OutOfScaleError, compare_paired

np = pytest.importorskip("numpy")
pytest.importorskip("scipy")

TABLE = [[20, 10, 5], [3, 30, 15], [0, 2, 40]]
PAIRS = [
    (before, after)
    for i, before in enumerate((3, 8, 10))
    for j, after in enumerate((0, 7, 9))
    for _ in range(TABLE[i][j])
]


def test_a_table_and_its_pairs_are_the_same():
    made = compare_paired(TABLE)
    assert compare_paired(PAIRS) == made
    assert compare_paired(np.array(TABLE)) == made
    assert compare_paired(np.array(PAIRS)) == made
    words = {3: "detractor", 8: Category.PASSIVE, 10: "promoter", 0: "detractor", 7: "passive", 9: Category.PROMOTER}
    assert compare_paired([(words[a], words[b]) for a, b in PAIRS]) == made
    assert (made.n, made.dropped, made.df, made.method) == (125, 0, 124, "t")


def test_who_moved_where():
    made = compare_paired(TABLE).transitions
    assert (made.retained, made.gained, made.lost) == (40, 20, 2)
    assert made.row_shares[0] == pytest.approx([20 / 35, 10 / 35, 5 / 35])
    assert made.net == pytest.approx(100 * (30 - 5) / 125)
    assert [sum(row) for row in made.row_shares] == pytest.approx([1, 1, 1])
    empty = compare_paired([[0, 0, 0], [1, 2, 3], [4, 5, 6]]).transitions.row_shares
    assert all(map(math.isnan, empty[0]))


def test_a_jump_of_two_categories_counts_once_in_net_and_twice_in_the_difference():
    made = compare_paired([[10, 0, 5], [0, 10, 0], [0, 0, 10]])
    assert made.transitions.net == pytest.approx(100 * 5 / 35)
    assert made.difference == pytest.approx(200 * 5 / 35)
    assert made.difference == pytest.approx(made.after - made.before)


def test_people_seen_once_are_dropped_and_counted():
    made = compare_paired([(10, 9), (6, 8), (3, 9), (None, 10), (9, math.nan), (10, 10)])
    assert (made.n, made.dropped) == (4, 2)


def test_the_scale_of_ratings():
    ratings = [(1, 9), (10, 10), (6, 7)]
    assert compare_paired(ratings, scale=ONE_TO_TEN).n == 3
    with pytest.raises(OutOfScaleError):
        compare_paired([(0, 9), (9, 9)], scale=ONE_TO_TEN)


def test_nobody_moving_is_no_evidence_of_change():
    for method in ("t", "wald", "score"):
        made = compare_paired([[5, 0, 0], [0, 5, 0], [0, 0, 5]], method=method)
        assert (made.difference, made.statistic, made.p_value, made.lower, made.upper) == (0, 0, 1, 0, 0)
        same = made.homogeneity()
        assert (same.statistic, same.df, same.p_value) == (0, 0, 1)


def test_everybody_moving_alike_has_only_the_score_test():
    table = [[0, 8, 0], [0, 0, 0], [0, 0, 0]]
    for method in ("t", "wald"):
        with pytest.raises(InputError, match="no standard error"):
            compare_paired(table, method=method)
    made = compare_paired(table, method="score")
    assert made.statistic == pytest.approx(math.sqrt(8))
    assert made.homogeneity().statistic == pytest.approx(8)
    assert made.homogeneity("bhapkar").statistic == math.inf
    assert made.homogeneity("bhapkar").p_value == 0


def test_a_category_that_does_not_enter_takes_its_degree_of_freedom_along():
    made = compare_paired([[10, 4, 0], [9, 20, 0], [0, 0, 0]]).homogeneity()
    assert made.df == 1
    assert made.statistic == pytest.approx((4 - 9) ** 2 / (4 + 9))  # McNemar


def test_one_pair_has_no_t_but_a_score_test():
    with pytest.raises(InputError, match="one pair"):
        compare_paired([(3, 9)])
    assert compare_paired([(3, 9)], method="score").difference == 200


@pytest.mark.parametrize(
    "pairs",
    [[], [[0, 0, 0]] * 3, [(None, 9)]],
)
def test_nobody_answering_twice_is_no_change(pairs):
    with pytest.raises(EmptyTallyError):
        compare_paired(pairs)


@pytest.mark.parametrize(
    "pairs",
    [
        3,
        "table",
        [1, 2, 3],
        [(1, 2, 3), (4, 5, 6)],
        [(1,)],
        ["ab", "cd"],
        [[1.5, 2, 3]] * 3,
        [[-1, 2, 3]] * 3,
        [(9, 9), (1, 2, 3)],
    ],
)
def test_what_is_no_table_and_no_pairs_is_refused(pairs):
    with pytest.raises(InputError):
        compare_paired(pairs)


def test_unknown_options_are_refused():
    with pytest.raises(InputError, match="one of t"):
        compare_paired(TABLE, method="welch")
    with pytest.raises(InputError, match="fraction"):
        compare_paired(TABLE, level=95)
    with pytest.raises(InputError, match="bhapkar"):
        compare_paired(TABLE).homogeneity("mcnemar")


@pytest.mark.parametrize("kind", ["DataFrame", "dict"])
def test_columns_in_one_frame_are_no_pairs(kind):
    import pandas as pd

    columns = {"before": [9, 3, 8], "after": [10, 9, 8], "other": [1, 2, 3]}
    with pytest.raises(InputError, match=rf"not one {kind}; of two columns make pairs with zip\(before, after\)"):
        compare_paired(pd.DataFrame(columns) if kind == "DataFrame" else columns)


@pytest.mark.parametrize("columns", [([9, 3, 8], [10, 9, 8]), ([9], [10])])
def test_two_lists_are_pointed_to_zip(columns):
    with pytest.raises(InputError, match="zip"):
        compare_paired(columns)


def test_two_series_of_two_answers_are_columns_and_two_lists_are_people():
    import pandas as pd
    import polars as pl

    for series in (pd.Series, pl.Series):
        with pytest.raises(InputError, match="a Series is a column, and pairs are rows"):
            compare_paired((series([9, 3]), series([10, 9])))
    assert compare_paired([[9, 3], [10, 9]], method="wald").transitions.counts == ((0, 0, 0), (0, 0, 0), (1, 0, 1))
