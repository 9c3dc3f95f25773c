"""Hiding small cells, and so much else that no total tells what they were.

Cells and totals are the edges of a network in which what flows in flows out: from the grand total through the totals
of one way of summing to a cell, and from it through those of the other way back. A hidden size can be another one if
its edge lies on a circle of edges that may change: totals that are not shown, cells that are hidden, and these
downwards only while somebody is left in them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import attrs

from npscore.errors import InputError, short

Key = tuple[Hashable, ...]
Total = tuple[tuple[str, Hashable], ...]
"""The values of some keys, of which a total is shown; empty for the grand total."""

_Node = tuple[int, Total]


@attrs.frozen
class Hidden:
    """What must not be shown.

    Attributes:
        cells: their keys.
        totals: which of the totals.
    """

    cells: frozenset[Key]
    totals: frozenset[Total]


def hidden_cells(
    sizes: Mapping[Key, int], by: Sequence[str], *, minimum: int, totals: Iterable[Sequence[str]] = ((),)
) -> Hidden:
    """The cells and totals to hide so that nothing that is shown tells a small one.

    Cells under the minimum are hidden first. Then, as long as the totals less
    the shown cells tell a hidden cell, or leave fewer than the minimum, the
    smallest other cell is hidden too; where that does not help, a total. A
    reader who knows all that is shown, which cells are empty, and that in the
    others there is somebody, can then work out the size of none of these.

    Args:
        sizes: how many answers each cell has.
        by: the names of the parts of a key.
        minimum: the least size that may be shown.
        totals: the totals that the reader knows, each by the keys that it
            keeps; ``((), ("region",), ("year",))`` are the grand total, and
            those of each region and of each year. They go at most two ways,
            each of totals that lie in each other.

    Raises:
        InputError: for a minimum below 1, sizes that are no counts, a total by
            what is no key, and totals that go more than two ways.

    Example:
        >>> sizes = {("north",): 2, ("south",): 40, ("west",): 9}
        >>> sorted(hidden_cells(sizes, ["region"], minimum=5).cells)
        [('north',), ('west',)]
    """
    _check(sizes, minimum)
    table = _Table.of(sizes, _names("by", by), _totals(totals), minimum)
    while (told := next(table.told(), None)) is not None:
        table.hide_more(told)
    return Hidden(frozenset(table.hidden), frozenset(table.gone))


def suppress(
    rows: Iterable[Mapping[str, Any]], *, by: Sequence[str], minimum: int, size: str = "n"
) -> list[dict[str, Any]]:
    """Rows of a breakdown with None in place of all that would tell of too few people, the grand total being known.

    Where more totals than the grand one are shown, `hidden_cells` says which
    of them must not be.

    Args:
        rows: mappings with the keys, a size and any other columns, such as
            those of `breakdown` as dictionaries. No answer is in two of them.
        by: the columns that make the key of a row.
        minimum: the least size that may be shown.
        size: the column of sizes.

    Returns:
        The rows in order, with a column ``hidden``; hidden rows keep only
        their keys.

    Raises:
        InputError: for a row without these columns, two rows of one key, and
            when not even the grand total may be shown.

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
    found = hidden_cells(sizes, by, minimum=minimum)
    if () in found.totals:
        raise InputError("there are too few in all to show anything, the total neither: it would tell the rest.")
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


@attrs.define
class _Table:
    """Cells and the totals that are known of them.

    Attributes:
        sizes: of the cells.
        by: the names of the parts of a key.
        ways: one or two ways of summing, each by the keys that it keeps from the grand total on.
        shown: the totals that are shown, each with the cells that it covers.
        hidden, gone: cells and totals that are not shown any more.
    """

    sizes: Mapping[Key, int]
    by: list[str]
    ways: list[list[tuple[str, ...]]]
    minimum: int
    shown: dict[Total, set[Key]]
    hidden: set[Key]
    gone: set[Total] = attrs.Factory(set)

    @classmethod
    def of(cls, sizes: Mapping[Key, int], by: list[str], totals: list[tuple[str, ...]], minimum: int) -> _Table:
        """The table with all cells under the minimum hidden."""
        kept = [_ordered(names, by) for names in totals]
        hidden = {key for key, size in sizes.items() if size < minimum}
        table = cls(sizes, by, _ways(kept), minimum, {}, hidden)
        for names in kept:
            for key in sizes:
                table.shown.setdefault(table._total(names, key), set()).add(key)
        return table

    def _total(self, names: Sequence[str], key: Key) -> Total:
        return tuple((name, key[self.by.index(name)]) for name in names)

    def told(self) -> Iterator[Any]:
        """Totals that leave too few hidden, then hidden cells that have one possible size."""
        for total, cells in self.shown.items():
            if 0 < sum(self.sizes[key] for key in cells & self.hidden) < self.minimum:
                yield total
        alike: dict[tuple[_Node, _Node, bool], Key] = {}
        for key in self._people():
            alike.setdefault((*self._ends(key), self.sizes[key] > 1), key)
        changes = self._changes()
        for (first, last, is_more), key in alike.items():
            up = _reaches(changes, last, first, besides=(last, first) if is_more else None)
            if not up and not (is_more and _reaches(changes, first, last, besides=(first, last))):
                yield key

    def _people(self) -> Iterator[Key]:
        """Hidden cells with somebody in them; where nobody is, there is nobody to protect."""
        return (key for key in self.hidden if self.sizes[key])

    def _ends(self, key: Key) -> tuple[_Node, _Node]:
        """Between which nodes of the network a cell lies."""
        first, last = ((way, self._total(self.ways[way][-1], key)) for way in (0, 1))
        return first, last

    def _changes(self) -> dict[_Node, dict[_Node, int]]:
        """How many edges may change from one node to another."""
        changes: dict[_Node, dict[_Node, int]] = {}

        def add(start: _Node, end: _Node) -> None:
            onward = changes.setdefault(start, {})
            onward[end] = onward.get(end, 0) + 1

        for key in self._people():
            first, last = self._ends(key)
            add(first, last)
            if self.sizes[key] > 1:
                add(last, first)
        for start, end in self._unknown():
            add(start, end)
            add(end, start)
        return changes

    def _unknown(self) -> set[tuple[_Node, _Node]]:
        """The totals that the reader does not know, as edges."""
        edges: set[tuple[_Node, _Node]] = set() if () in self.shown else {((0, ()), (1, ()))}
        for way, steps in enumerate(self.ways):
            for above, below in pairwise(steps):
                for key in self.sizes:
                    if (total := self._total(below, key)) not in self.shown:
                        edges.add(((way, self._total(above, key)), (way, total)))
        return edges

    def hide_more(self, told: Any) -> None:
        """Hide what keeps a total, or a cell, from being told: the smallest cell that it covers, or else a total."""
        covering = [told] if told in self.shown else [total for total, cells in self.shown.items() if told in cells]
        covering.sort(key=lambda total: (len(self.shown[total]), repr(total)))
        others = ([key for key in self.shown[total] - self.hidden if self.sizes[key]] for total in covering)
        smallest = next(filter(None, others), None)
        if smallest is None:
            self._forget(covering[0])
            return
        more = min(smallest, key=lambda key: (self.sizes[key], repr(key)))
        self.hidden.add(more)
        for total in [total for total in self.gone if told in self.sizes and self._covers(total, told)]:
            self._forget(self._like(total, more))

    def _covers(self, total: Total, key: Key) -> bool:
        return self._like(total, key) == total

    def _like(self, total: Total, key: Key) -> Total:
        """The total of a cell that keeps the same keys as another one."""
        return self._total([name for name, _ in total], key)

    def _forget(self, total: Total) -> None:
        if self.shown.pop(total, None) is not None:
            self.gone.add(total)


def _reaches(
    changes: Mapping[_Node, Mapping[_Node, int]], start: _Node, goal: _Node, besides: tuple[_Node, _Node] | None
) -> bool:
    """Whether edges lead from one node to another, one edge of its own aside."""
    seen, waiting = {start}, deque([start])
    while waiting:
        node = waiting.popleft()
        for onward, edges in changes.get(node, {}).items():
            if onward not in seen and edges > (besides == (node, onward)):
                if onward == goal:
                    return True
                seen.add(onward)
                waiting.append(onward)
    return False


def _ordered(names: tuple[str, ...], by: list[str]) -> tuple[str, ...]:
    if odd := next((name for name in names if name not in by), None):
        raise InputError(f"there is no key {odd!r} to have a total by; the keys are {', '.join(by)}.")
    return tuple(name for name in by if name in names)


def _ways(totals: Iterable[tuple[str, ...]]) -> list[list[tuple[str, ...]]]:
    """Totals in two ways from the grand total on, each total lying in the one before it."""
    ways: list[list[tuple[str, ...]]] = [[()], [()]]
    for names in sorted(set(totals) - {()}, key=len):
        way = next((way for way in ways if set(way[-1]) < set(names)), None)
        if way is None:
            raise InputError("these totals go more than two ways; say which of them are shown beside each other.")
        way.append(names)
    return ways
