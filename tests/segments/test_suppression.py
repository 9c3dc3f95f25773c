"""No total, less the cells that are shown, tells a hidden one: every table is tried that a reader can think of."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npscore import InputError
from npscore.segments.suppression import hidden_cells, suppress

_lines = st.lists(st.integers(0, 7), min_size=1, max_size=4).map(lambda ns: {(n,): size for n, size in enumerate(ns)})


@st.composite
def _tables(draw):
    rows, columns = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    cells = [cell for cell in product(range(rows), range(columns)) if draw(st.booleans()) or cell == (0, 0)]
    return {cell: draw(st.integers(0, 4)) for cell in cells}


def _possible(sizes, by, found, totals):
    """Every table with the shown cells and totals of this one, and with somebody where somebody is: hidden sizes."""
    hidden = sorted(found.cells)
    sums = []
    for names in totals:
        places = [by.index(name) for name in names]
        for values in {tuple(key[place] for place in places) for key in sizes}:
            if tuple(zip(names, values, strict=True)) in found.totals:
                continue
            inside = [n for n, key in enumerate(hidden) if tuple(key[place] for place in places) == values]
            sums.append((inside, sum(sizes[hidden[n]] for n in inside)))
    ceilings = [min([total for inside, total in sums if n in inside], default=12) for n in range(len(hidden))]
    ranges = [range(1, ceiling + 1) if sizes[key] else range(1) for key, ceiling in zip(hidden, ceilings, strict=True)]
    for table in product(*ranges):
        if all(sum(table[n] for n in inside) == total for inside, total in sums):
            yield table


def _check(sizes, by, minimum, totals):
    found = hidden_cells(sizes, by, minimum=minimum, totals=totals)
    assert all(key in found.cells for key, size in sizes.items() if size < minimum)
    tables = list(_possible(sizes, by, found, totals))
    for number, key in enumerate(sorted(found.cells)):
        assert not sizes[key] or len({table[number] for table in tables}) > 1, f"{key} is told"
    return found


@settings(max_examples=300, deadline=None)
@given(_lines, st.integers(1, 6))
def test_the_grand_total_tells_no_hidden_cell(sizes, minimum):
    found = _check(sizes, ["a"], minimum, [()])
    if not any(size < minimum for size in sizes.values()):
        assert not found.cells
        assert not found.totals


@settings(max_examples=300, deadline=None)
@given(_tables(), st.integers(1, 4), st.sampled_from([[()], [(), ("a",)], [(), ("a",), ("b",)], [("a",), ("b",)]]))
def test_totals_of_rows_and_columns_together_tell_no_hidden_cell(sizes, minimum, totals):
    _check(sizes, ["a", "b"], minimum, totals)


def test_several_answers_of_one_are_told_by_their_sum_unless_somebody_else_is_hidden():
    sizes = {**{(name,): 1 for name in "abcde"}, ("z",): 50, ("y",): 60}
    assert hidden_cells(sizes, ["seg"], minimum=5).cells == {(name,) for name in "abcdez"}


def test_a_total_that_is_hidden_does_not_follow_from_the_others():
    sizes = {("a", "x"): 1, ("a", "y"): 1, ("b", "x"): 3, ("b", "y"): 3, ("c", "x"): 5, ("c", "y"): 5}
    found = _check(sizes, ["t", "u"], 3, [(), ("t",)])
    assert found.cells < set(sizes)


def test_totals_that_go_three_ways_are_refused():
    sizes = {("a", "b", "c"): 9}
    with pytest.raises(InputError, match="two ways"):
        hidden_cells(sizes, ["x", "y", "z"], minimum=2, totals=[("x",), ("y",), ("z",)])


def test_a_cell_that_stands_alone_takes_its_total_with_it():
    found = hidden_cells({("a", 1): 2, ("b", 1): 30, ("b", 2): 40}, ["x", "y"], minimum=5, totals=[(), ("x",)])
    assert (("x", "a"),) in found.totals


def test_what_is_large_enough_is_shown():
    rows = [{"team": name, "n": 10, "nps": 1.0} for name in "abc"]
    assert [row["hidden"] for row in suppress(rows, by=["team"], minimum=10)] == [False] * 3


def test_hidden_rows_keep_only_their_keys():
    rows = [{"team": "a", "n": 40, "nps": 1.0}, {"team": "b", "n": 1, "nps": 2.0}, {"team": "c", "n": 9, "nps": 3.0}]
    assert suppress(rows, by=["team"], minimum=5)[1] == {"team": "b", "n": None, "nps": None, "hidden": True}


def test_no_rows_are_no_rows():
    assert suppress([], by=["team"], minimum=5) == []


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"team": "a"}], "no 'n'"),
        ([{"n": 4}], "no 'team'"),
        ([{"team": "a", "n": 4}] * 2, "two rows"),
        ([{"team": "a", "n": None}], "no count"),
        ([{"team": "a", "n": 4}], "too few in all"),
    ],
)
def test_what_cannot_be_hidden_well_is_refused(rows, words):
    with pytest.raises(InputError, match=words):
        suppress(rows, by=["team"], minimum=5)


def test_a_minimum_and_the_totals_are_checked():
    with pytest.raises(InputError, match="minimum"):
        suppress([], by=["team"], minimum=0)
    with pytest.raises(InputError, match="no key"):
        hidden_cells({("a",): 9}, ["team"], minimum=2, totals=[("region",)])
