"""Scales and categories: what was asked, and where an answer falls."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from numbers import Real
from operator import index
from typing import Any

import attrs

from npscore.errors import InputError, OutOfScaleError, short


class Category(StrEnum):
    """The three categories, in the order used everywhere.

    Example:
        >>> [str(category) for category in Category]
        ['detractor', 'passive', 'promoter']
    """

    DETRACTOR = "detractor"
    PASSIVE = "passive"
    PROMOTER = "promoter"


_TEXT = re.compile(r"(-?\d+)-(-?\d+)(?::(-?\d+):(-?\d+))?")
_STANDARD_CUTS = {(0, 10): (7, 9), (1, 10): (7, 9)}


def as_whole(value: object) -> int | None:
    """The integer that a number is, or None for anything else."""
    if type(value) is int:
        return value
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        return None
    try:
        whole = int(value)  # type: ignore[arg-type]  # a Real may lack __int__ only in theory
    except (ValueError, OverflowError):  # NaN, infinity
        return None
    return whole if value == whole else None


def is_missing(value: object) -> bool:
    """Whether a value stands for "no answer": None, NaN, NaT or NA."""
    if value is None:
        return True
    try:
        return bool(value != value)
    except (TypeError, ValueError, ArithmeticError):  # NA is neither true nor false, an array has no one truth
        return type(value).__name__ == "NAType"


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise InputError(f"a scale is made of whole numbers, not of {short(value)}.")
    return index(value)


@attrs.frozen
class Scale:
    """The range that was asked and where the categories cut.

    Ratings from `low` to just under `passive_from` are detractors, from there
    to just under `promoter_from` passives, and from there to `high` promoters.

    Args:
        low: the lowest rating that can be given.
        high: the highest rating that can be given.
        passive_from: the lowest rating that is passive.
        promoter_from: the lowest rating that makes a promoter.

    Raises:
        InputError: when a category would be empty or a number is not whole.

    Example:
        >>> five_points = Scale(1, 5, passive_from=4, promoter_from=5)
        >>> classify(4, five_points)
        <Category.PASSIVE: 'passive'>
        >>> str(five_points), str(STANDARD)
        ('1-5:4:5', '0-10')
    """

    low: int = attrs.field(converter=_whole)
    high: int = attrs.field(converter=_whole)
    passive_from: int = attrs.field(converter=_whole)
    promoter_from: int = attrs.field(converter=_whole)

    def __attrs_post_init__(self) -> None:
        if not self.low < self.passive_from < self.promoter_from <= self.high:
            raise InputError(
                f"no scale has the cut-offs {self.low}-{self.high}:{self.passive_from}:{self.promoter_from}: "
                "each category needs a rating of its own, low < passive_from < promoter_from <= high."
            )

    @classmethod
    def parse(cls, text: str) -> Scale:
        """Read the text form ``low-high[:passive_from:promoter_from]``.

        The cut-offs may be left out for 0-10 and 1-10 only: other lengths
        have no standard ones.

        Raises:
            InputError: when the text has another form or the cut-offs are needed.

        Example:
            >>> Scale.parse("1-10") == ONE_TO_TEN
            True
        """
        match = _TEXT.fullmatch(str(text).strip())
        if match is None:
            raise InputError(
                f"{short(text)} is not a scale; write it as 0-10 or 1-5:4:5 (low-high:passive_from:promoter_from)."
            )
        low, high = int(match[1]), int(match[2])
        if match[3] is not None:
            return cls(low, high, int(match[3]), int(match[4]))
        if (low, high) not in _STANDARD_CUTS:
            raise InputError(
                f"the scale {low}-{high} has no standard cut-offs; say where passives and promoters begin, "
                f"as in {low}-{high}:{high - 1}:{high}."
            )
        return cls(low, high, *_STANDARD_CUTS[low, high])

    @property
    def cuts(self) -> tuple[int, int]:
        """The lowest passive and the lowest promoter rating."""
        return self.passive_from, self.promoter_from

    def __str__(self) -> str:
        ends = f"{self.low}-{self.high}"
        if _STANDARD_CUTS.get((self.low, self.high)) == self.cuts:
            return ends
        return f"{ends}:{self.passive_from}:{self.promoter_from}"


STANDARD = Scale(0, 10, 7, 9)
"""0-10, as the question is asked: detractors 0-6, passives 7-8, promoters 9-10."""

ONE_TO_TEN = Scale(1, 10, 7, 9)
"""1-10, as some tools ask it: detractors 1-6. Never pooled with 0-10."""


def classify(rating: object, scale: Scale = STANDARD) -> Category:
    """The category of one rating.

    Args:
        rating: a whole number on the scale; ``9.0`` and NumPy integers are
            whole, ``True``, ``9.5``, ``"9"``, ``None`` and NaN are not ratings.
        scale: the scale on which it was asked.

    Raises:
        OutOfScaleError: for anything that is not on the scale.

    Example:
        >>> classify(9)
        <Category.PROMOTER: 'promoter'>
        >>> classify(11)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        npscore.errors.OutOfScaleError: 11 is not a rating on the scale 0-10: ...
    """
    check_scale(scale)
    whole = as_whole(rating)
    if whole is None or not scale.low <= whole <= scale.high:
        raise off_scale(rating, scale)
    if whole >= scale.promoter_from:
        return Category.PROMOTER
    return Category.PASSIVE if whole >= scale.passive_from else Category.DETRACTOR


def check_scale(scale: object) -> None:
    """Refuse what is no `Scale`."""
    if not isinstance(scale, Scale):
        raise InputError(f"the scale is a Scale, not {short(scale)}; read text with Scale.parse.")


def off_scale(value: object, scale: Scale) -> OutOfScaleError:
    """The error for a value that is not on the scale, with the reason."""
    if isinstance(value, str):
        return OutOfScaleError(value, scale, "it is text, and text is never converted silently")
    if is_missing(value):
        return OutOfScaleError(value, scale, "a missing value has no category; in a collection it counts as unanswered")
    return OutOfScaleError(value, scale)


@lru_cache(maxsize=64)
def category_table(scale: Scale) -> bytes | None:
    """For each byte value its category (0, 1, 2) or 3 off the scale; None when ratings do not fit a byte."""
    if scale.low < 0 or scale.high > 255:
        return None
    table = bytearray([3]) * 256
    for rating in range(scale.low, scale.high + 1):
        table[rating] = (rating >= scale.passive_from) + (rating >= scale.promoter_from)
    return bytes(table)


def likely_scale(*, n: int, zeros: int, ones: int, up_to_five: int) -> str | None:
    """The scale that ratings declared as 0-10 were probably given on, if another.

    Two faults are common in real exports: a 1-10 question (no 0 among several
    hundred answers although people did give 1s) and a five-point question (95 %
    and more of a hundred or more answers at or below 5).

    Args:
        n: answers on the scale.
        zeros: how many of them are 0.
        ones: how many are 1.
        up_to_five: how many are 5 or less.

    Returns:
        ``"1-5"``, ``"0-5"``, ``"1-10"`` or None when nothing is odd.

    Example:
        >>> likely_scale(n=900, zeros=0, ones=12, up_to_five=100)
        '1-10'
    """
    if n >= 100 and up_to_five >= 0.95 * n:
        return "0-5" if zeros else "1-5"
    if n >= 300 and zeros == 0 and ones >= 3:
        return "1-10"
    return None


def scale_hint(likely: str, n: int) -> str:
    """The sentence that names a likely scale to people."""
    odd = "no 0 occurs" if likely == "1-10" else "at least 95 % are 5 or less"
    return f"the ratings are scored as 0-10, but among {n:,} answers {odd}: they look like a {likely} scale."
