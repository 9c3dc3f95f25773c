"""Groups as columns: mappings of segments to tallies or (size, score) pairs, read into arrays."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

import attrs

from npscore.errors import InputError, PoolingError, short
from npscore.scoring.given import as_number, beyond
from npscore.scoring.scales import Scale
from npscore.scoring.tallies import Tally

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]


@attrs.frozen(eq=False)
class Column:
    """One period of groups as arrays.

    Attributes:
        size: answers a segment, 0 where it is absent.
        score: in points, NaN where it is absent.
        variance: of one answer in points squared (divisor n), None where the
            groups are not all tallies.
        scales: those of the tallies.
    """

    size: Array
    score: Array
    variance: Array | None
    scales: frozenset[Scale] = frozenset()


def one_scale(*columns: Column) -> None:
    """Refuse columns whose tallies were given on unlike scales."""
    check_scales(frozenset[Scale]().union(*(column.scales for column in columns)))


def check_scales(scales: frozenset[Scale]) -> None:
    """Refuse more than one scale."""
    if len(scales) > 1:
        listed = ", ".join(sorted(map(str, scales)))
        raise PoolingError(f"the groups were answered on the scales {listed}; their scores do not compare.")


def read_groups(groups: Mapping[Any, Any], which: str) -> Column:
    """Read ``{segment: Tally | (size, score)}`` into arrays.

    Raises:
        InputError: for what is neither a tally nor a pair, a size that is
            negative or not finite, or a score that is not a finite number.
    """
    values, kinds = _values(groups, which)
    if all(issubclass(kind, Tally) for kind in kinds):
        return _from_tallies(values)
    plain = kinds == {tuple} and set(map(len, values)) == {2}
    column = _from_pairs(values if plain else [_pair(name, value) for name, value in groups.items()])
    _check(groups, column)
    tallies = [] if plain else [value for value in values if isinstance(value, Tally)]
    return attrs.evolve(column, scales=scales_of(tallies))


def read_sizes(mix: Mapping[Any, Any]) -> Column:
    """Read ``{segment: size}``, or groups, of which the sizes are taken.

    Raises:
        InputError: for a size that is negative or not a finite number.
    """
    values, kinds = _values(mix, "mix")
    if any(issubclass(kind, Tally | list | tuple) for kind in kinds):
        return read_groups(mix, "mix")
    size = _numbers(values)
    column = Column(size, 0 * size, None)
    _check(mix, column)
    return column


def aligned(
    first: Mapping[Any, Any], second: Mapping[Any, Any], one: Column, two: Column
) -> tuple[tuple[Hashable, ...], tuple[Column, Column]]:
    """Put two columns on the segments of both, in the order of the first, then what is new in the second."""
    names = tuple(first)
    if names == tuple(second):
        return names, (one, two)
    index: dict[Hashable, int] = dict(zip(names, range(len(names)), strict=True))
    new = [name for name in second if name not in index]
    index.update(zip(new, range(len(names), len(names) + len(new)), strict=True))
    return tuple(index), (_placed(one, first, index), _placed(two, second, index))


def _values(groups: Mapping[Any, Any], which: str) -> tuple[list[Any], set[type]]:
    if not isinstance(groups, Mapping):
        raise InputError(f"{which} is a mapping from segments, not {type(groups).__name__}.")
    values = list(groups.values())
    return values, set(map(type, values))


def scales_of(tallies: list[Tally]) -> frozenset[Scale]:
    """The scales of tallies; mostly it is one object, which to count is faster than to hash a million."""
    scales = [one.scale for one in tallies]
    return frozenset(scales[:1] if scales and scales.count(scales[0]) == len(scales) else scales)


def counts_of(tallies: list[Tally]) -> tuple[Array, Array, Array]:
    """Detractors, passives and promoters of tallies as arrays of floats."""
    # comprehensions, because Python reads a named attribute faster than `attrgetter` does
    return (
        _wholes([one.detractors for one in tallies]),
        _wholes([one.passives for one in tallies]),
        _wholes([one.promoters for one in tallies]),
    )


def _from_tallies(values: list[Tally]) -> Column:
    detractors, passives, promoters = counts_of(values)
    size, net = detractors + passives + promoters, promoters - detractors
    mean = _safely(net, size)
    spread = _safely(promoters + detractors, size) - mean**2
    return Column(size, 100 * mean, 1e4 * spread.clip(0), scales_of(values))


def _floats(values: list[Any]) -> Array:
    import numpy as np

    return np.fromiter(values, dtype=float, count=len(values))


def _wholes(values: list[int]) -> Array:
    """Floats by way of machine integers, which are read faster, where the counts fit them."""
    import numpy as np

    try:
        return np.fromiter(values, dtype=np.int64, count=len(values)).astype(float)
    except OverflowError:
        return _floats(values)


def _safely(above: Array, below: Array) -> Array:
    import numpy as np

    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)


def _pair(name: Hashable, value: Any) -> tuple[Any, Any]:
    if isinstance(value, Tally):
        return value.n, 100 * (value.promoters - value.detractors) / value.n if value.n else None
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise InputError(f"the segment {name!r} is a Tally or a pair (size, score), not {short(value)}.")
    return value[0], value[1]


def _from_pairs(pairs: list[Any]) -> Column:
    import numpy as np

    flat = _numbers(list(chain.from_iterable(pairs)))
    size, score = flat[::2].copy(), flat[1::2].copy()
    score[size == 0] = np.nan
    return Column(size, score, None)


def _numbers(cells: list[Any]) -> Array:
    import numpy as np

    if not set(map(type, cells)) <= {int, float, np.float64, np.int64}:
        cells = [np.nan if cell is None else _number(cell) for cell in cells]
    return _floats(cells)


def _number(value: Any) -> float:
    number = as_number(value)
    if number is None:
        raise InputError(f"sizes and scores are numbers, not {short(value)}.")
    return number


def _check(groups: Mapping[Any, Any], column: Column) -> None:
    import numpy as np

    wrong = ~(np.isfinite(column.size) & (column.size >= 0))
    if wrong.any():
        raise InputError(f"the size of {_nth(groups, wrong)!r} is not a number from 0 up.")
    lost = (column.size > 0) & ~np.isfinite(column.score)
    if lost.any():
        raise InputError(f"the score of {_nth(groups, lost)!r} is not a number; leave out a segment without answers.")
    off = (column.size > 0) & beyond(column.score)
    if off.any():
        score = column.score[int(off.argmax())]
        raise InputError(f"the score of {_nth(groups, off)!r} is {score:g}; scores are points from -100 to 100.")


def _nth(groups: Mapping[Any, Any], flags: Any) -> Hashable:
    name: Hashable = list(groups)[int(flags.argmax())]
    return name


def _placed(column: Column, groups: Mapping[Any, Any], index: dict[Hashable, int]) -> Column:
    import numpy as np

    places = np.fromiter(map(index.__getitem__, groups), dtype=np.intp, count=len(groups))

    def spread(values: Array, default: float) -> Array:
        full = np.full(len(index), default)
        full[places] = values
        return full

    variance = None if column.variance is None else spread(column.variance, np.nan)
    return Column(spread(column.size, 0.0), spread(column.score, np.nan), variance)
