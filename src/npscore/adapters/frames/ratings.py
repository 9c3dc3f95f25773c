"""Ratings as columns: which are whole, which category they have, and what looks odd about them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import narwhals.stable.v2 as nw

from npscore.adapters.frames.asked import Asked
from npscore.errors import DataWarning
from npscore.scoring.groups import COUNTS
from npscore.scoring.scales import STANDARD, Scale, likely_scale, scale_hint

_FOUND = "__npscore_found"


def whole_rating(rating: nw.Expr, dtype: nw.dtypes.DType, scale: Scale) -> tuple[nw.Expr, nw.Expr]:
    """The rating, null where it is no whole number near the scale, and whether there is none at all."""
    if dtype.is_integer():
        return rating, rating.is_null()
    rating = rating.cast(nw.Float64)
    if not dtype.is_numeric():  # a column without a single value
        return rating, rating.is_null()
    near = nw.when(rating.is_between(scale.low, scale.high)).then(rating)  # Ibis floors into an integer, not NaN
    return nw.when(near == near.floor()).then(rating), rating.is_null() | rating.is_nan()


def categories(rating: nw.Expr, scale: Scale) -> dict[str, nw.Expr]:
    """One condition per count. NaN is no number: between() finds it nowhere, unlike >=."""
    return {
        "detractors": rating.is_between(scale.low, scale.passive_from - 1),
        "passives": rating.is_between(scale.passive_from, scale.promoter_from - 1),
        "promoters": rating.is_between(scale.promoter_from, scale.high),
    }


def warn_of_odd_ratings(data: Any, task: Asked, result: nw.DataFrame[Any]) -> None:
    """Judge by the counts; the ratings are looked at again only where these are odd."""
    totals = {name: int(result[name].sum()) for name in COUNTS}
    if totals["invalid"]:
        _warn_of_invalid(data, task, totals)
    if totals["n"] and task.scale == STANDARD:
        _warn_of_scale(data, task.rating, totals)


def _warn_of_invalid(data: Any, task: Asked, totals: Mapping[str, int]) -> None:
    rating, missing = whole_rating(nw.col(task.rating), data.collect_schema()[task.rating], task.scale)
    odd = (rating.is_null() | ~rating.is_between(task.scale.low, task.scale.high)) & ~missing
    bad = data.select(nw.col(task.rating)).filter(odd).head(1).collect()
    rows = totals["n"] + totals["unanswered"] + totals["invalid"]
    warnings.warn(
        f"{totals['invalid']} of {rows} ratings in {task.rating!r} are not on the scale {task.scale}, "
        f"for example {bad[task.rating].to_list()[0]!r}; they are counted in the column 'invalid' and not scored.",
        DataWarning,
        stacklevel=5,
    )


def _warn_of_scale(data: Any, rating: str, totals: Mapping[str, int]) -> None:
    n, most = totals["n"], totals["detractors"]
    zeros = _count_between(data, rating, 0, 0)
    if likely_scale(n=n, zeros=zeros, ones=most, up_to_five=most) is None:
        return  # not even if every detractor gave a 1
    ones, up_to_five = _count_between(data, rating, 1, 1), _count_between(data, rating, 0, 5)
    likely = likely_scale(n=n, zeros=zeros, ones=ones, up_to_five=up_to_five)
    if likely:
        warnings.warn(scale_hint(likely, n), DataWarning, stacklevel=5)


def _count_between(data: Any, rating: str, low: int, high: int) -> int:
    return len(data.select(nw.col(rating).is_between(low, high).alias(_FOUND)).filter(nw.col(_FOUND)).collect())
