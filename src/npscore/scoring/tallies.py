"""Tallies: counts of detractors, passives and promoters, and how to make them.

A tally is the narrow waist of the library. Every engine only has to produce
tallies; every statistic is a pure function of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from operator import index
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

import attrs

from npscore.errors import EmptyTallyError, InputError, PoolingError, short
from npscore.scoring.choices import check_choice
from npscore.scoring.extras import optional
from npscore.scoring.given import values_of
from npscore.scoring.scales import STANDARD, Scale, as_whole, category_table, check_scale, is_missing, off_scale

if TYPE_CHECKING:
    import numpy as np

Invalid = Literal["raise", "count"]

_CHUNK, _BLOCK = 1 << 16, 1 << 18
_UNANSWERED, _INVALID = 3, 4
_MOST, _MOST_OF_COLUMN = 10**100, 10**18


def _count(value: Any) -> int:
    if isinstance(value, bool):
        raise InputError(f"a tally counts answers in whole numbers, not {short(value)}.")
    try:
        count = index(value)
    except TypeError:
        raise InputError(f"a tally counts answers in whole numbers, not {short(value)}.") from None
    if count > _MOST:
        raise InputError("a tally counts up to 1e100 answers, and not more.")
    return count


@attrs.frozen
class Tally:
    """Counts of detractors, passives and promoters; adds like a number.

    A tally carries its scale, because answers on unlike scales must not be
    pooled, and counts what could not be scored, so that rows in = rows out.

    Args:
        detractors, passives, promoters: answers per category.
        unanswered: rows without an answer.
        invalid: rows whose rating is not on the scale.
        scale: the scale on which the answers were given.

    Raises:
        InputError: for a count that is negative or not a whole number.

    Example:
        >>> january = Tally(2, 3, 5)
        >>> february = Tally(1, 4, 5, unanswered=2)
        >>> january + february
        Tally(detractors=3, passives=7, promoters=10, unanswered=2, invalid=0, scale='0-10')
        >>> (january + february).n
        20
    """

    detractors: int = attrs.field(default=0, converter=_count)
    passives: int = attrs.field(default=0, converter=_count)
    promoters: int = attrs.field(default=0, converter=_count)
    unanswered: int = attrs.field(default=0, converter=_count)
    invalid: int = attrs.field(default=0, converter=_count)
    scale: Scale = attrs.field(default=STANDARD, kw_only=True, repr=lambda scale: repr(str(scale)))

    def __attrs_post_init__(self) -> None:
        if min(self._counts()) < 0:
            raise InputError(f"no tally counts below zero: {self._counts()}.")
        check_scale(self.scale)

    def _counts(self) -> tuple[int, int, int, int, int]:
        return self.detractors, self.passives, self.promoters, self.unanswered, self.invalid

    @property
    def n(self) -> int:
        """How many answered: detractors, passives and promoters."""
        return self.detractors + self.passives + self.promoters

    @property
    def rows(self) -> int:
        """How many rows were counted in all, with unanswered and invalid ones."""
        return self.n + self.unanswered + self.invalid

    @property
    def shares(self) -> tuple[float, float, float]:
        """Fractions of detractors, passives and promoters among those who answered.

        Raises:
            EmptyTallyError: when nobody answered.
        """
        if self.n == 0:
            raise EmptyTallyError(f"there are no shares of no answers: {self}.")
        return self.detractors / self.n, self.passives / self.n, self.promoters / self.n

    def __add__(self, other: object) -> Tally:
        if not isinstance(other, Tally):
            return NotImplemented
        self._check_scale(other)
        return Tally(*map(sum, zip(self._counts(), other._counts(), strict=True)), scale=self.scale)

    def __radd__(self, other: object) -> Tally:
        return self if other == 0 else NotImplemented  # so that sum(tallies) works

    def __sub__(self, other: object) -> Tally:
        if not isinstance(other, Tally):
            return NotImplemented
        self._check_scale(other)
        return Tally(*(a - b for a, b in zip(self._counts(), other._counts(), strict=True)), scale=self.scale)

    def _check_scale(self, other: Tally) -> None:
        if self.scale != other.scale:
            raise PoolingError(
                f"answers on the scale {self.scale} and on {other.scale} were not given to the same question; "
                "score them apart."
            )

    def to_dict(self) -> dict[str, int | str]:
        """A mapping that survives JSON; `from_dict` reads it back.

        Example:
            >>> Tally(1, 2, 3).to_dict()["scale"]
            '0-10'
        """
        return {**attrs.asdict(self, recurse=False), "scale": str(self.scale)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote; missing counts are 0, a missing scale is 0-10.

        Raises:
            InputError: for an unknown key or a value that is no count.
        """
        if not isinstance(values, Mapping):
            raise InputError(f"a tally is read from a mapping, not from {short(values)}.")
        unknown = set(values) - {field.name for field in attrs.fields(cls)}
        if unknown:
            raise InputError(f"a tally has no {', '.join(sorted(map(repr, unknown)))}.")
        return cls(**{**values, "scale": Scale.parse(values.get("scale", "0-10"))})


def _whole_numbers(values: Any) -> list[int]:
    counts = values_of("the counts of tallies", values)
    return counts if set(map(type, counts)) <= {int} else list(map(_count, counts))


def _count_column(values: Any) -> Any:
    np = optional("numpy")
    array = np.asarray(values if hasattr(values, "__array__") else _whole_numbers(values))
    if array.ndim != 1:
        raise InputError(f"tallies hold one column a category, and this has {array.ndim} dimensions.")
    if array.dtype.kind not in "iu" and array.size:
        raise InputError(f"tallies count answers in whole numbers, not in {array.dtype}; convert the column first.")
    if array.size and (array.min() < 0 or array.max() > _MOST_OF_COLUMN):
        raise InputError(f"no tally counts below zero, or in columns above 1e18: {array.min()} to {array.max()}.")
    column = array.astype(np.int64)
    column.setflags(write=False)
    return column


@attrs.frozen(eq=False)
class Tallies:
    """The tallies of many groups as three columns, for statistics without a loop.

    Handed to `interval`, `compare` or `against` in place of a `Tally`, it gives
    the same result with arrays in the attributes, one element a group. Groups
    without an answer become NaN there.

    Args:
        detractors, passives, promoters: equally long columns of whole numbers.
        scale: the scale on which the answers were given.

    Raises:
        InputError: for counts that are negative or not whole numbers, or
            columns of unlike length.
        MissingExtraError: without NumPy.

    Example:
        >>> groups = Tallies([2, 1], [3, 4], [5, 5])
        >>> groups.n.tolist(), len(groups)
        ([10, 10], 2)
        >>> interval(groups).lower.round(1).tolist()
        [-19.1, -7.0]
    """

    detractors: Any = attrs.field(converter=_count_column)
    passives: Any = attrs.field(converter=_count_column)
    promoters: Any = attrs.field(converter=_count_column)
    scale: Scale = attrs.field(default=STANDARD, kw_only=True, repr=lambda scale: repr(str(scale)))

    def __attrs_post_init__(self) -> None:
        lengths = len(self.detractors), len(self.passives), len(self.promoters)
        if len(set(lengths)) > 1:
            raise InputError(f"the columns of tallies are equally long, not {lengths}.")
        check_scale(self.scale)

    @classmethod
    def of(cls, tallies: Iterable[Tally]) -> Self:
        """The columns of tallies; what is unanswered or invalid is left behind.

        Raises:
            PoolingError: when they are on unlike scales.

        Example:
            >>> Tallies.of([Tally(1, 2, 3), Tally(0, 0, 4)]).promoters.tolist()
            [3, 4]
        """
        rows = values_of("tallies", tallies)
        for row in rows:
            if not isinstance(row, Tally):
                raise InputError(f"tallies are made of Tally values, not of {short(row)}.")
            rows[0]._check_scale(row)
        columns = zip(*((row.detractors, row.passives, row.promoters) for row in rows), strict=True)
        return cls(*(columns if rows else ((), (), ())), scale=rows[0].scale if rows else STANDARD)

    @property
    def n(self) -> Any:
        """How many answered in each group."""
        return self.detractors + self.passives + self.promoters

    def __len__(self) -> int:
        return len(self.detractors)


def numbers_of(tally: Tally | Tallies) -> tuple[Any, Any, Any]:
    """Detractors, n and promoters: whole numbers, or arrays of floats with NaN where nobody answered.

    Raises:
        EmptyTallyError: for one tally without an answer.
        InputError: for anything that is no tally.
    """
    if isinstance(tally, Tallies):
        np = optional("numpy")
        n = np.where(tally.n > 0, tally.n, np.nan)
        return tally.detractors + 0.0 * n, n, tally.promoters + 0.0 * n
    if not isinstance(tally, Tally):
        raise no_tally(tally)
    if tally.n == 0:
        raise EmptyTallyError(f"there is no statistic of no answers: {tally}.")
    return tally.detractors, tally.n, tally.promoters


def no_tally(value: object) -> InputError:
    """The error for what is no tally, with the way to one."""
    way = "hand over its .counts" if hasattr(type(value), "counts") else "count ratings with tally(...) first"
    return InputError(f"this needs a Tally, not {type(value).__name__}; {way}.")


def tally(ratings: Any, scale: Scale = STANDARD, *, invalid: Invalid = "raise") -> Tally:
    """Count ratings into a `Tally`.

    Args:
        ratings: any iterable of ratings, or a NumPy array, an Arrow array, a
            pandas or Polars series. ``None``, NaN and NA are unanswered.
            Numeric text is invalid, never converted.
        scale: the scale on which they were given.
        invalid: what to do with a value that is not on the scale: ``"raise"``,
            or ``"count"`` it in `Tally.invalid`.

    Raises:
        OutOfScaleError: for a value off the scale, unless they are counted.
        InputError: for an array of more than one dimension, or for text.

    Example:
        >>> tally([10, 9, 8, 6, 0, None])
        Tally(detractors=2, passives=1, promoters=2, unanswered=1, invalid=0, scale='0-10')
    """
    check_choice("invalid", invalid, get_args(Invalid))
    check_scale(scale)
    if isinstance(ratings, str | bytes | Mapping):
        raise InputError(f"ratings are a collection of numbers, not one {type(ratings).__name__}.")
    array = _as_array(ratings)
    counts = _count_values(ratings, scale, invalid) if array is None else _count_array(array, scale, invalid)
    return Tally(*counts, scale=scale)


def _count_values(ratings: Any, scale: Scale, invalid: Invalid) -> list[int]:
    if hasattr(ratings, "to_pylist"):  # Arrow without NumPy
        ratings = ratings.to_pylist()
    if not isinstance(ratings, Iterable):
        raise InputError(
            f"ratings are a collection of numbers, not one {type(ratings).__name__}; "
            "for one rating use classify, for a lazy dataframe breakdown."
        )
    values = iter(ratings)
    if isinstance(ratings, list) and len(ratings) <= _CHUNK:
        return _count_chunk(ratings, scale, invalid)
    totals = [0, 0, 0, 0, 0]
    while chunk := list(islice(values, _CHUNK)):
        totals = list(map(sum, zip(totals, _count_chunk(chunk, scale, invalid), strict=True)))
    return totals


def _count_chunk(values: list[Any], scale: Scale, invalid: Invalid) -> list[int]:
    """Count the plain-integer case at the speed of ``bytes``, all else value by value."""
    types = set(map(type, values))
    table = category_table(scale)
    if table is None or not types <= {int, type(None)}:
        return _count_slowly(values, scale, invalid)
    answers = values if types == {int} else [value for value in values if value is not None]
    try:
        categories = bytes(answers).translate(table)
    except ValueError:
        return _count_slowly(values, scale, invalid)
    if 3 in categories and invalid == "raise":
        raise off_scale(answers[categories.index(3)], scale)
    detractors, passives, promoters, off = (categories.count(code) for code in range(4))
    return [detractors, passives, promoters, len(values) - len(answers), off]


def _count_slowly(values: Iterable[Any], scale: Scale, invalid: Invalid) -> list[int]:
    counts = [0, 0, 0, 0, 0]
    for value in values:
        slot = slot_of(value, scale)
        if slot == _INVALID and invalid == "raise":
            raise off_scale(value, scale)
        counts[slot] += 1
    return counts


def slot_of(value: object, scale: Scale) -> int:
    """Where a value is counted: 0, 1, 2 for the categories, 3 unanswered, 4 invalid."""
    whole = as_whole(value)
    if whole is None:
        return _UNANSWERED if is_missing(value) else _INVALID
    if not scale.low <= whole <= scale.high:
        return _INVALID
    return (whole >= scale.passive_from) + (whole >= scale.promoter_from)


def _as_array(ratings: Any) -> np.ndarray[Any, Any] | None:
    """The NumPy array behind arrays and series, None for plain collections."""
    if not hasattr(ratings, "__array__"):
        return None
    try:
        import numpy as np
    except ImportError:
        return None
    _check_one_column(len(getattr(ratings, "shape", (0,))))  # before a frame of several types is made one array
    array: np.ndarray[Any, Any] = np.ma.asarray(ratings) if np.ma.isMaskedArray(ratings) else np.asarray(ratings)
    _check_one_column(array.ndim)
    return array


def _check_one_column(dimensions: int) -> None:
    if dimensions != 1:
        raise InputError(
            f"ratings are one column, and this has {dimensions} dimensions; "
            "pass a single column, or a whole dataframe to breakdown."
        )


def _count_array(array: np.ndarray[Any, Any], scale: Scale, invalid: Invalid) -> list[int]:
    import numpy as np

    if array.dtype.kind in "mM":  # in nanoseconds they would read as numbers
        raise InputError("ratings are numbers, and these are times.")
    if array.dtype.kind not in "iuf":
        return _count_values(array.tolist(), scale, invalid)
    hidden = 0
    if isinstance(array, np.ma.MaskedArray):
        hidden = int(np.ma.getmaskarray(array).sum())
        array = array.compressed()
    counts = _count_numbers(array, scale)
    if counts[_INVALID] and invalid == "raise":
        raise off_scale(_first_invalid(array, scale), scale)
    counts[_UNANSWERED] += hidden
    return counts


def _count_numbers(array: np.ndarray[Any, Any], scale: Scale) -> list[int]:
    """Count by comparing block after block against a reused buffer: no full-size temporaries."""
    import numpy as np

    flags = np.empty(min(len(array), _BLOCK), dtype=bool)
    below = [0, 0, 0]
    too_low = missing = 0
    for start in range(0, len(array), _BLOCK):
        block = array[start : start + _BLOCK]
        flag = flags[: len(block)]
        if block.dtype.kind == "f":
            missing += int(np.count_nonzero(np.not_equal(block, block, out=flag)))
            block = _whole_only(block)
            flag = flags[: len(block)]
        if not (block.dtype.kind == "u" and scale.low <= 0):
            too_low += int(np.count_nonzero(np.less(block, scale.low, out=flag)))
        for i, cut in enumerate(scale.cuts):
            below[i] += int(np.count_nonzero(np.less(block, cut, out=flag)))
        if len(block) and block.max() > scale.high:  # rarely; to find the largest costs less than to compare all
            below[2] += int(np.count_nonzero(np.less_equal(block, scale.high, out=flag)))
        else:
            below[2] += len(block)
    n = below[2] - too_low
    invalid = len(array) - missing - n
    return [below[0] - too_low, below[1] - below[0], below[2] - below[1], missing, invalid]


def _whole_only(block: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The whole numbers of a float block; NaN goes too, and no comparison would have found it."""
    import numpy as np

    whole = np.floor(block) == block
    return block if whole.all() else block[whole]


def _first_invalid(array: np.ndarray[Any, Any], scale: Scale) -> object:
    for start in range(0, len(array), _BLOCK):
        for value in array[start : start + _BLOCK].tolist():
            if slot_of(value, scale) == _INVALID:
                return value
    raise AssertionError("no invalid value in an array that counted one")
