"""Versions of customers and accounts, and the one that held when somebody answered, on any engine."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw

from npscore.adapters.frames.given import Given
from npscore.adapters.frames.peaks import Peak, with_peaks
from npscore.adapters.frames.running import COUNTED, GROUP, PLACE, counts_before, running, single
from npscore.errors import InputError
from npscore.segments.rows import AsOf

AT = "__npscore_at"
"""The column of the moments of answers, in microseconds."""

_KNOWN = "__npscore_known"
_NUMBER = "__npscore_version"
_TOTAL = "__npscore_versions"


def standing(given: Given, **more: nw.Expr) -> Any:
    """One row for each id: the version that stands, the largest by revised_at and known_at.

    Args:
        given: the facts; their id becomes `GROUP`.
        more: further columns to make of theirs.

    Raises:
        InputError: for rows in memory of which nobody can tell which stands.
    """
    rows = _read(given, given.revised, **more)
    if not given.is_lazy and _is_single(given):
        return rows.drop(PLACE, _KNOWN)
    _check_versions(given)
    if not given.has_versions:
        return rows.drop(PLACE, _KNOWN).unique(subset=[GROUP], keep="any")
    rows = with_peaks(_numbered(rows), [GROUP], {_TOTAL: Peak("max", _NUMBER)})
    rows = rows.filter(nw.col(_NUMBER) == nw.col(_TOTAL))
    return single(rows, GROUP, _NUMBER).drop(PLACE, _KNOWN, _NUMBER, _TOTAL)


def with_held(rows: Any, points: Any, key: str, given: Given, as_of: AsOf, **more: nw.Expr) -> Any:
    """Put a customer or an account beside each answer, as of its moment or as it stands.

    Args:
        rows: the answers.
        points: the same, as `counts_before` takes them.
        key: their column of ids.
        given: the customers or accounts.
        as_of: whether the answer or now.
        more: further columns to make of theirs.

    ``learned_later`` says whether the version was learned only after the
    answer; it is null where there is none.
    """
    later = f"{given.kind}.learned_later"
    if as_of == "now" or not given.has_versions:
        held = standing(given, **more).with_columns(nw.lit(value=False).alias(later))
        return joined(rows, held, {key: GROUP})
    versions = _read(given, given.held, **more)
    if not given.is_lazy and _is_single(given):
        made = joined(rows, versions, {key: GROUP})
    else:
        _check_versions(given)
        made = _joined_by_number(rows, points, key, _numbered(versions))
    told = ~nw.col(PLACE).is_null() & ~nw.col(AT).is_null()  # to pandas nothing is larger than nothing, and not untold
    return made.with_columns(nw.when(told).then(nw.col(PLACE) > nw.col(AT)).alias(later)).drop(PLACE, _KNOWN)


def _joined_by_number(rows: Any, points: Any, key: str, versions: Any) -> Any:
    """By the number of versions that held until the answer; by 1, the earliest, where none did."""
    counted = counts_before(rows, points, key, {_TOTAL: nw.col(AT) + 1}, versions.select(GROUP, PLACE))
    none = nw.col(_TOTAL) < 1
    counted = counted.with_columns(nw.when(none).then(nw.lit(1)).otherwise(nw.col(_TOTAL)).cast(nw.Int64).alias(_TOTAL))
    return joined(counted, single(versions, GROUP, _NUMBER), {key: GROUP, _TOTAL: _NUMBER}).drop(_TOTAL)


def joined(rows: Any, facts: Any, keys: dict[str, str]) -> Any:
    """Facts beside rows, by columns of both; a missing key meets none."""
    ours, theirs = list(keys), list(keys.values())
    named = [f"__npscore_key{number}" for number in range(len(keys))]
    facts = facts.filter(*(~nw.col(name).is_null() for name in theirs)).rename(dict(zip(theirs, named, strict=True)))
    rows = rows.with_columns(*(nw.col(name).alias(key) for name, key in zip(ours, named, strict=True)))
    return rows.join(facts, on=named, how="left").drop(*named)


def _read(given: Given, place: nw.Expr, **more: nw.Expr) -> Any:
    """The columns that rules read, the id as `GROUP` and what orders the versions."""
    ours = {GROUP: given.key("id", given.kind), PLACE: place, _KNOWN: given.known, **more}
    rows = given.data.lazy().select(*given.columns, *(value.alias(name) for name, value in ours.items()))
    return rows.filter(~nw.col(GROUP).is_null())


def _numbered(versions: Any) -> Any:
    counted = versions.with_columns(nw.lit(1).cast(nw.Int64).alias(COUNTED))
    return running(counted, GROUP, [PLACE, _KNOWN], _NUMBER).drop(COUNTED)


def _is_single(given: Given) -> bool:
    """Whether no two rows in memory have one id."""
    data: Any = given.data
    return not bool(data["id"].drop_nulls().is_duplicated().any())


def _check_versions(given: Given) -> None:
    if given.is_lazy:
        return
    own = given.key("id", given.kind)
    known = given.data.lazy().filter(~nw.col("id").is_null())
    rows = known.select(own.alias(GROUP), given.held.alias(PLACE), given.known.alias(_KNOWN))
    twice = rows.collect().is_duplicated()
    if bool(twice.any()):
        hint = (
            "drop one of them"
            if given.has_versions
            else "drop one of them, or add known_at, by which versions are told"
        )
        raise InputError(
            f"{int(twice.sum()):,} rows of the {given.kind}s have the id and the times of another one, "
            f"and only one can hold; {hint}."
        )
