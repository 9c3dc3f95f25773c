"""Hiding small cells, and so much else that no total tells what they were."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import attrs

from npscore.errors import InputError, short

Key = tuple[Hashable, ...]
Total = tuple[tuple[str, Hashable], ...]
"""The values of some keys, of which a total is shown; empty for the grand total."""


@attrs.frozen
class Hidden:
    """What must not be shown.

    Attributes:
        cells: their keys.
        totals: which totals; those that are small themselves, or would tell a
            cell that nothing else can hide.
    """

    cells: frozenset[Key]
    totals: frozenset[Total]


def hidden_cells(
    sizes: Mapping[Key, int], by: Sequence[str], *, minimum: int, totals: Iterable[Sequence[str]] = ((),)
) -> Hidden:
    """The cells to hide so that the totals and the shown cells never tell a small one.

    Cells under the minimum are hidden first. Then, as long as some total less
    the shown cells would tell a hidden cell, or be under the minimum itself,
    the smallest cell that it covers is hidden too; where there is none, the
    total. A reader who knows all that is shown, which cells are empty, and
    that no size is negative, can then work out the size of no other hidden
    cell.

    Args:
        sizes: how many answers each cell has.
        by: the names of the parts of a key.
        minimum: the least size that may be shown.
        totals: the totals that the reader knows, each by the keys that it
            keeps; ``((), ("region",))`` are the grand total and that of each
            region.

    Raises:
        InputError: for a minimum below 1, sizes that are no counts, and a total
            by what is no key.

    Example:
        >>> sizes = {("north",): 2, ("south",): 40, ("west",): 9}
        >>> sorted(hidden_cells(sizes, ["region"], minimum=5).cells)
        [('north',), ('west',)]
    """
    _check(sizes, minimum)
    lines = _lines(sizes, _names("by", by), _totals(totals))
    hidden, gone = {key for key, size in sizes.items() if size < minimum}, set()
    while (told := _told(hidden, lines, sizes, minimum)) is not None:
        covered = (key for line in told for key in lines[line] - hidden if sizes[key])
        more = min(covered, key=lambda key: (sizes[key], repr(key)), default=None)
        if more is None:
            smallest = min(told, key=lambda line: (len(lines[line]), repr(line)))
            gone.add(smallest)
            del lines[smallest]
        else:
            hidden.add(more)
    return Hidden(frozenset(hidden), frozenset(gone))


def suppress(
    rows: Iterable[Mapping[str, Any]],
    *,
    by: Sequence[str],
    minimum: int,
    size: str = "n",
    totals: Iterable[Sequence[str]] = ((),),
) -> list[dict[str, Any]]:
    """Rows of a breakdown with None in place of all that would tell of too few people.

    Args:
        rows: mappings with the keys, a size and any other columns, such as
            those of `breakdown` as dictionaries.
        by: the columns that make the key of a row.
        minimum: the least size that may be shown.
        size: the column of sizes.
        totals: the totals that the reader also knows; see `hidden_cells`.

    Returns:
        The rows in order, with a column ``hidden``; hidden rows keep only
        their keys.

    Raises:
        InputError: for a row without these columns, two rows of one key, and a
            grand total that must not be shown either.

    Example:
        >>> rows = [{"team": "a", "n": 40}, {"team": "b", "n": 9}, {"team": "c", "n": 2}]
        >>> [(row["team"], row["n"], row["hidden"]) for row in suppress(rows, by=["team"], minimum=5)]
        [('a', 40, False), ('b', None, True), ('c', None, True)]
    """
    given, by = _rows(rows), _names("by", by)
    sizes: dict[Key, int] = {}
    for number, row in enumerate(given):
        if lacking := [name for name in (*by, *_names("size", [size])) if name not in row]:
            raise InputError(f"row {number} has no {lacking[0]!r}; it has {', '.join(map(repr, row))}.")
        if (key := tuple(row[name] for name in by)) in sizes:
            raise InputError(f"two rows have the key {short(key)}; name all keys in by.")
        sizes[key] = row[size]
    found = hidden_cells(sizes, by, minimum=minimum, totals=totals)
    if () in found.totals:
        raise InputError(f"there are fewer than {minimum} in all, so nothing of it may be shown, the total neither.")
    return [_shown(row, by, tuple(row[name] for name in by) in found.cells) for row in given]


def _rows(rows: Any) -> list[dict[str, Any]]:
    if isinstance(rows, Mapping) or not isinstance(rows, Iterable):
        raise InputError(f"rows are mappings of columns to values, not {short(rows)}.")
    made = []
    for row in rows:
        if not isinstance(row, Mapping):
            raise InputError(f"rows are mappings of columns to values, and {short(row)} is none.")
        made.append(dict(row))
    return made


def _names(what: str, names: Any) -> list[str]:
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise InputError(f"{what} is a list of the names of columns, not {short(names)}.")
    made = list(names)
    for name in made:
        if not isinstance(name, str):
            raise InputError(f"{what} is the name of a column, or a list of them, and {short(name)} is none.")
    return made


def _totals(totals: Any) -> list[tuple[str, ...]]:
    if isinstance(totals, str) or not isinstance(totals, Iterable):
        raise InputError(f"totals are lists of keys, as in [(), ('region',)], not {short(totals)}.")
    return [tuple(_names("a total", keys)) for keys in totals]


def _shown(row: dict[str, Any], by: Sequence[str], is_hidden: bool) -> dict[str, Any]:
    kept = {name: value if name in by or not is_hidden else None for name, value in row.items()}
    return {**kept, "hidden": is_hidden}


def _check(sizes: Mapping[Key, int], minimum: object) -> None:
    if isinstance(minimum, bool) or not isinstance(minimum, int) or minimum < 1:
        raise InputError(f"the minimum is a whole number of at least 1, not {short(minimum)}.")
    for key, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, int) or size < 0:
            raise InputError(f"the size of {short(key)} is {short(size)}, which is no count.")


def _lines(sizes: Mapping[Key, int], by: list[str], totals: list[tuple[str, ...]]) -> dict[Total, set[Key]]:
    """The cells that each total covers."""
    lines: dict[Total, set[Key]] = {}
    for names in totals:
        if odd := next((name for name in names if name not in by), None):
            raise InputError(f"there is no key {odd!r} to have a total by; the keys are {', '.join(by)}.")
        places = [by.index(name) for name in names]
        for key in sizes:
            line = tuple((by[place], key[place]) for place in places)
            lines.setdefault(line, set()).add(key)
    return lines


def _told(
    hidden: set[Key], lines: Mapping[Total, set[Key]], sizes: Mapping[Key, int], minimum: int
) -> list[Total] | None:
    """Totals that tell too much: the first that leaves too few, or all of a cell that they tell together."""
    people = {key for key in hidden if sizes[key]}  # where nobody is, there is nobody to protect
    for line, cells in lines.items():
        if 0 < sum(sizes[key] for key in cells & people) < minimum:
            return [line]
    told = next(_determined([cells & people for cells in lines.values()]), None)
    return None if told is None else [line for line, cells in lines.items() if told in cells]


def _determined(sums: Iterable[set[Key]]) -> Iterator[Key]:
    """The cells that follow from sums over sets of cells, by elimination."""
    reduced: dict[Key, dict[Key, Fraction]] = {}
    for cells in sums:
        row = dict.fromkeys(cells, Fraction(1))
        for pivot, other in reduced.items():
            _subtract(row, other, row.get(pivot, Fraction(0)))
        if row:
            pivot, lead = next(iter(row.items()))
            row = {key: value / lead for key, value in row.items()}
            for other in reduced.values():
                _subtract(other, row, other.get(pivot, Fraction(0)))
            reduced[pivot] = row
    yield from (pivot for pivot, row in reduced.items() if len(row) == 1)


def _subtract(row: dict[Key, Fraction], other: Mapping[Key, Fraction], times: Fraction) -> None:
    """Take a multiple of another row away, leaving out what comes to nothing."""
    if not times:
        return
    for key, value in other.items():
        row[key] = row.get(key, Fraction(0)) - times * value
        if not row[key]:
            del row[key]
