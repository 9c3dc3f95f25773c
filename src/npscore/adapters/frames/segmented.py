"""Segments on any engine: columns that name them, and groups made of them in one pass over the rows.

While rows are grouped a segment is its place in the segmentation. Where segments overlap, a row carries the set of
those that it is in, a bit each; the rows, or the few groups of them, are spread over the segments afterwards.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import narwhals.stable.v2 as nw

from npscore.adapters.frames.asked import Asked, Frame, check_new, opened
from npscore.adapters.frames.counting import ROWS, counted, total_by
from npscore.adapters.frames.rules import Condition, condition_of, everywhere, halved, joined, turned
from npscore.adapters.frames.sums import counted_standing
from npscore.adapters.frames.windows import KIND, integers, ones
from npscore.errors import InputError, InvalidRuleError, short
from npscore.scoring.groups import COUNTS
from npscore.segments.segmentation import Segmentation

if TYPE_CHECKING:
    FrameT = TypeVar("FrameT")

_BITS = "__npscore_bits"
_PLACE = "value"  # the column of `integers`
_WORD = 62  # how many bits of an integer are used


def assign(frame: FrameT, segmentation: Segmentation, *, now: datetime | None = None) -> FrameT:
    """The frame with the segment of each row beside it.

    Args:
        frame: any dataframe that `breakdown` takes. It is not changed.
        segmentation: the segments, of which the first that matches has a row:
            a column with the segmentation's name holds their names. Where they
            overlap, each segment has a column of true and false, as has the
            rest, named as in ``"segment.large"``.
        now: an aware time, needed where a rule speaks of ages.

    Returns:
        The same kind of frame; lazy in, lazy out, nothing collected.

    Raises:
        InvalidRuleError: for what is no segmentation, and rules that the frame
            cannot answer, as in `rule_expression`.
        InputError: for what is no dataframe, and a column of that name that
            is already there.

    Example:
        >>> import polars as pl
        >>> from npscore import Segmentation
        >>> accounts = pl.DataFrame({"account.revenue": [250_000, 900, None]})
        >>> sizes = Segmentation({"large": "account.revenue >= 100000", "small": "account.revenue < 100000"})
        >>> assign(accounts, sizes)["segment"].to_list()
        ['large', 'small', 'rest']
    """
    check_segmentation(segmentation)
    data = opened(frame)
    try:
        native: FrameT = _assigned(data, segmentation, now).to_native()
    except nw.exceptions.NarwhalsError as error:
        raise InputError(f"the dataframe does not allow it: {error}") from error
    return native


def check_segmentation(segmentation: object) -> None:
    """Refuse what is no segmentation."""
    if not isinstance(segmentation, Segmentation):
        raise InvalidRuleError(f"{short(segmentation)} is no Segmentation; make one of names and rules.")


def _assigned(data: Any, segmentation: Segmentation, now: datetime | None) -> Any:
    conditions = _conditions(data, segmentation, now)
    if not segmentation.overlapping:
        check_new(data, [segmentation.name])
        return data.with_columns(_first(conditions, segmentation.names).alias(segmentation.name))
    names = [f"{segmentation.name}.{name}" for name in segmentation.names]
    check_new(data, names)
    in_none = joined(map(turned, conditions), of_all=True)
    flags = (
        everywhere(condition, data).alias(name) for condition, name in zip([*conditions, in_none], names, strict=True)
    )
    return data.with_columns(*flags)


def _conditions(data: Frame, segmentation: Segmentation, now: datetime | None) -> list[Condition]:
    return [condition_of(segment.rule, data, now) for segment in segmentation.segments]


def _first(conditions: Sequence[Condition], values: Sequence[Any]) -> nw.Expr:
    """The value of the first condition that holds, and where none does the last of the values."""
    chain: Any = nw
    for condition, value in zip(conditions, values, strict=False):
        if condition is True:
            return _ended(chain, value)
        if not isinstance(condition, bool):
            chain = chain.when(condition.fill_null(value=False)).then(nw.lit(value))
    return _ended(chain, values[-1])


def _ended(chain: Any, value: Any) -> nw.Expr:
    ended: nw.Expr = nw.lit(value) if chain is nw else chain.otherwise(nw.lit(value))
    return ended


def with_segments(rows: Any, asked: Asked, data: Frame) -> Any:
    """Rows with the place of their segment under the segmentation's name, or the set of those that they are in.

    Args:
        rows: the rows that are kept.
        asked: the question.
        data: the frame as it was handed over, whose types decide how rules are said.
    """
    for number, segmentation in enumerate(asked.segmentations):
        conditions = _conditions(data, segmentation, asked.now)
        if segmentation.overlapping:
            rows = rows.with_columns(*_sets(conditions, number))
        else:
            place = _first(conditions, range(len(conditions) + 1)).cast(nw.Int64)
            rows = rows.with_columns(place.alias(segmentation.name))
    return rows


def _sets(conditions: Sequence[Condition], number: int) -> list[nw.Expr]:
    """The segments of a row as bits of integers, so many to an integer."""
    words = range(0, max(1, len(conditions)), _WORD)
    return [
        _set(conditions[start : start + _WORD]).alias(name)
        for name, start in zip(_words(number, len(conditions)), words, strict=True)
    ]


def _set(conditions: Sequence[Condition]) -> nw.Expr:
    bits: list[Any] = [nw.lit(0)]
    for bit, condition in enumerate(conditions):
        if not isinstance(condition, bool):
            bits.append(ones(condition) * 2**bit)
        elif condition:
            bits.append(nw.lit(2**bit))
    made: nw.Expr = halved(bits, operator.add).cast(nw.Int64)
    return made


def _words(number: int, segments: int) -> list[str]:
    return [f"{_BITS}{number}_{word}" for word in range((max(1, segments) - 1) // _WORD + 1)]


def counted_by_segment(rows: Any, asked: Asked) -> Any:
    """The counts of each group where segments overlap, each row counted in every segment that it is in."""
    if asked.by_rows:  # rows are weighed against those of their own segment
        return counted_standing(_spread(rows, rows, asked), asked)
    sets = {segmentation.name: _words(number, len(segmentation.segments)) for number, segmentation in _several(asked)}
    keys = [key for name in asked.keys for key in sets.get(name, [name])]
    groups = _spread(counted(rows, attrs.evolve(asked, keys=keys)), rows, asked)
    return total_by(groups, asked.result_keys, {name: nw.col(name).sum() for name in (*COUNTS[1:], ROWS)})


def _several(asked: Asked) -> list[tuple[int, Segmentation]]:
    """The segmentations whose segments overlap, with their numbers."""
    return [(number, made) for number, made in enumerate(asked.segmentations) if made.overlapping]


def _spread(sets: Any, rows: Any, asked: Asked) -> Any:
    """Each row once for each of its segments, with the place of the segment under the segmentation's name."""
    for number, segmentation in _several(asked):
        size = len(segmentation.segments)
        places = integers(rows.with_columns(nw.lit(0).cast(nw.Int64).alias(KIND)), size)
        words = _words(number, size)
        is_in = halved(
            [(nw.col(_PLACE) == place) & _has(words, place, size) for place in range(size + 1)], operator.or_
        )
        sets = sets.join(places, how="cross").filter(is_in).rename({_PLACE: segmentation.name}).drop(*words)
    return sets


def _has(words: Sequence[str], place: int, size: int) -> nw.Expr:
    """Whether a set has a segment; the rest has the rows that are in no other."""
    if place == size:
        empty: nw.Expr = halved([nw.col(word) == 0 for word in words], operator.and_)
        return empty
    halves = nw.col(words[place // _WORD]) // 2 ** (place % _WORD)
    is_odd: nw.Expr = halves // 2 * 2 != halves  # not every engine has a remainder
    return is_odd


def with_names(made: Any, asked: Asked) -> Any:
    """The names of segments in place of their places."""
    for segmentation in asked.segmentations:
        named = _name_at(nw.col(segmentation.name), segmentation.names, 0)
        made = made.with_columns(named.alias(segmentation.name))
    return made


def _name_at(place: nw.Expr, names: Sequence[str], first: int) -> nw.Expr:
    """The name at a place, found by halves."""
    if len(names) == 1:
        return nw.lit(names[0])
    middle = len(names) // 2
    left, right = _name_at(place, names[:middle], first), _name_at(place, names[middle:], first + middle)
    found: nw.Expr = nw.when(place < first + middle).then(left).otherwise(right)
    return found
