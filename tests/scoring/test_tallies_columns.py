"""Tallies: many groups as columns, and what they refuse."""

import pytest

from npscore import ONE_TO_TEN, InputError, PoolingError, Tallies, Tally

np = pytest.importorskip("numpy")


def test_columns_of_tallies_and_back():
    groups = Tallies.of([Tally(1, 2, 3, unanswered=9), Tally(4, 5, 6)])
    assert (groups.detractors.tolist(), groups.passives.tolist(), groups.promoters.tolist()) == ([1, 4], [2, 5], [3, 6])
    assert (groups.n.tolist(), len(groups)) == ([6, 15], 2)
    assert len(Tallies.of([])) == 0
    assert Tallies.of([Tally(1, scale=ONE_TO_TEN)]).scale == ONE_TO_TEN


def test_small_integers_are_added_without_wrapping():
    column = np.array([200], dtype="u1")
    assert Tallies(column, column, column).n.tolist() == [600]


def test_what_was_handed_over_can_change_and_the_tallies_do_not():
    column = np.array([1, 2])
    groups = Tallies(column, column, column)
    column[0] = 50
    assert groups.n.tolist() == [3, 6]
    with pytest.raises(ValueError, match="read-only"):
        groups.promoters[0] = 9


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        (([1.0], [1], [1]), "whole numbers"),
        (([True], [1], [1]), "whole numbers"),
        ((["1"], [1], [1]), "whole numbers"),
        (([None], [1], [1]), "whole numbers"),
        (([-1], [1], [1]), "below zero"),
        (([1, 2], [1], [1]), "equally long"),
        (([[1]], [[1]], [[1]]), "list, array or series|whole numbers"),
        ((1, 1, 1), "list, array or series|whole numbers"),
    ],
)
def test_columns_are_equally_long_and_of_counts(columns, why):
    with pytest.raises(InputError, match=why):
        Tallies(*columns)


def test_unlike_scales_make_no_columns():
    with pytest.raises(PoolingError):
        Tallies.of([Tally(1), Tally(1, scale=ONE_TO_TEN)])
    with pytest.raises(InputError, match="made of Tally"):
        Tallies.of([(1, 2, 3)])
    with pytest.raises(InputError, match="Scale"):
        Tallies([1], [1], [1], scale="0-10")
