"""The sums of each group over the answers that stand, and over the units they belong to."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw

from npscore.adapters.frames import dates
from npscore.adapters.frames.asked import Asked, Frame
from npscore.adapters.frames.standing import (
    ACCOUNT,
    RATING,
    ROWS,
    STANDS,
    UNIT_COLUMNS,
    UNWEIGHTED,
    WEIGHT,
    read,
    standing,
)
from npscore.adapters.frames.windows import (
    ANSWERED,
    INVALID,
    KIND,
    NUMBER,
    POINT,
    TIED,
    UNANSWERED,
    groups,
    in_window,
    ones,
)
from npscore.scoring.rows.rollups import SLACK

NET, SIZE = "__npscore_net", "__npscore_size"
SUMS = (NET, SIZE, "__npscore_net_net", "__npscore_net_size", "__npscore_size_size")
"""Sums over units of their net, their size, and the squares and products of these."""

UNITS = "__npscore_units"
"""How many units there are; the column ``units`` where the result has one, for else a key may be called so."""

_COUNTS = ("detractors", "passives", "promoters", "unanswered", "invalid")
_WHOLE = (*_COUNTS, ROWS, TIED, UNWEIGHTED)
_CODES, _MEMBERS, _RATINGS, _RATED, _LEAST = (f"__npscore_{name}" for name in ("y", "m", "r", "k", "least"))


def counted_standing(data: Frame, asked: Asked) -> Any:
    """The counts of each group under a convention that weighs rows against each other.

    Beside the counts: `TIED` and `UNWEIGHTED`, how many rows could not be
    decided, and for a mean of units its `SUMS`.
    """
    if asked.by_days:
        return _by_days(data, asked)
    people = _coded(standing(data, asked), asked)
    if asked.convention.by_tally:
        made = _summed(people.with_columns(nw.col(_MEMBERS).alias(UNITS)), asked, ())
    else:
        made = _summed(_squared(_by_unit(people, asked), asked), asked, SUMS)
    return _with_names(made, asked)


def _by_days(data: Frame, asked: Asked) -> Any:
    """Rows that stand for themselves are counted by day first: of days there are few, and windows hold whole ones."""
    days = list(dict.fromkeys([*groups(asked), NUMBER, *([POINT] if asked.grid_of_periods else [])]))
    rows = read(data, asked)
    people = _coded(rows, asked).with_columns(nw.col(_MEMBERS).alias(UNITS))
    whole = (*_WHOLE, UNITS)
    counted = people.group_by(*days).agg(*(nw.col(name).sum() for name in whole))
    counted = counted.with_columns(*(nw.col(name).cast(nw.Int64) for name in whole))
    return _with_names(_summed(in_window(counted, asked, None, rows=rows), asked, ()), asked)


def _with_names(made: Any, asked: Asked) -> Any:
    """The counts that only some results have, under their names."""
    standing_rows = sum((nw.col(name) for name in _COUNTS[1:]), start=nw.col(_COUNTS[0]))
    named = {"superseded": nw.col(ROWS) - standing_rows, "units": nw.col(UNITS)}
    wanted = [named[name].alias(name) for name in asked.result_counts if name in named]
    return made.with_columns(*wanted) if wanted else made


def _coded(people: Any, asked: Asked) -> Any:
    """A flag a count, and what each answer adds to a mean."""
    stands, kind = nw.col(STANDS) == 1, nw.col(KIND)
    passive_from, promoter_from = (_reaches(nw.col(RATING), 1, cut, asked) for cut in asked.scale.cuts)
    base = (kind == ANSWERED) | (kind == UNANSWERED) if asked.convention.counts_unanswered else kind == ANSWERED
    people = people.with_columns(
        ones(stands & (kind == ANSWERED) & ~passive_from).alias("detractors"),
        ones(stands & passive_from & ~promoter_from).alias("passives"),
        ones(stands & promoter_from).alias("promoters"),
        ones(stands & (kind == UNANSWERED)).alias("unanswered"),
        ones(stands & (kind == INVALID)).alias("invalid"),
        ones(stands & base).alias(_MEMBERS),
    )
    return people.with_columns((nw.col("promoters") - nw.col("detractors")).alias(_CODES))


def _reaches(total: nw.Expr, count: Any, cut: int, asked: Asked) -> nw.Expr:
    """Whether the mean rating total / count reaches a cut-off, under the convention's rounding."""
    up = SLACK + (0.5 if asked.convention.rounding == "half up" else 0)
    reached: nw.Expr = total + up * count >= cut * count
    return reached


def _by_unit(people: Any, asked: Asked) -> Any:
    """One row a unit: its counts, and the sums of which a roll-up is made."""
    in_base, weight = nw.col(_MEMBERS) == 1, nw.col(WEIGHT)
    people = people.with_columns(
        (weight * nw.col(_CODES)).alias(NET),
        (weight * nw.col(_MEMBERS)).alias(SIZE),
        ones(in_base & (nw.col(KIND) == ANSWERED)).alias(_RATED),
        nw.when(in_base).then(nw.col(RATING)).alias(_RATINGS),
        nw.when(in_base).then(weight).alias(WEIGHT),
    ).with_columns(nw.col(WEIGHT).alias(_LEAST))
    if asked.convention.clusters is None:
        return people
    unit = UNIT_COLUMNS[asked.convention.clusters]
    return _grouped(people, [*groups(asked), unit], unit)


def _grouped(people: Any, keys: list[str], unit: str) -> Any:
    whole = [*_WHOLE, _MEMBERS, _CODES, _RATED]
    broken = [NET, SIZE, _RATINGS]
    columns = [*keys, *whole, *broken, WEIGHT, _LEAST]
    known = (
        people.filter(~nw.col(unit).is_null())
        .group_by(*keys)
        .agg(*(nw.col(name).sum() for name in [*whole, *broken]), nw.col(WEIGHT).max(), nw.col(_LEAST).min())
    )
    alone = people.filter(nw.col(unit).is_null())
    typed = [nw.col(name).cast(nw.Int64) for name in whole] + [
        nw.col(name).cast(nw.Float64) for name in [*broken, WEIGHT, _LEAST]
    ]
    units = nw.concat([part.select(*columns).with_columns(*typed) for part in (known, alone)], how="vertical")
    if unit == ACCOUNT:
        units = units.with_columns((nw.col(UNWEIGHTED) + ones(nw.col(_LEAST) < nw.col(WEIGHT))).alias(UNWEIGHTED))
    return units


def _squared(units: Any, asked: Asked) -> Any:
    """The net and size of each unit under its roll-up, their squares and products, and whether it counts."""
    if asked.convention.rollup != "pool":
        has_any = nw.col(_MEMBERS) > 0
        share = nw.when(has_any).then(nw.col(_MEMBERS).cast(nw.Float64)) ** -1.0
        score = nw.col(_CODES) * share if asked.convention.rollup == "mean_of_scores" else _code(asked)
        units = units.with_columns(
            nw.when(has_any).then(nw.col(WEIGHT) * score).otherwise(nw.lit(0.0)).alias(NET),
            nw.when(has_any).then(nw.col(WEIGHT)).otherwise(nw.lit(0.0)).alias(SIZE),
        )
    net, size = nw.col(NET), nw.col(SIZE)
    squares = zip(SUMS[2:], (net * net, net * size, size * size), strict=True)
    return units.with_columns(*(square.alias(name) for name, square in squares), ones(size > 0).alias(UNITS))


def _code(asked: Asked) -> nw.Expr:
    """-1, 0 or 1 of an account's mean rating; 0 where nobody of it answered."""
    total, count = nw.col(_RATINGS), nw.col(_RATED)
    passive, promoter = (ones(_reaches(total, count, cut, asked)) for cut in asked.scale.cuts)
    code: nw.Expr = nw.when(count > 0).then(passive + promoter - 1).otherwise(nw.lit(0))
    return code


def _summed(units: Any, asked: Asked, means: tuple[str, ...]) -> Any:
    """Totals per group, with dates for numbers; one row of them where there are no keys."""
    keys = [*asked.keys, *([POINT] if asked.every else [])]
    whole = (*_WHOLE, UNITS)
    totals = [nw.col(name).sum() for name in (*whole, *means)]
    made = units.group_by(*keys).agg(*totals) if keys else units.select(*totals)
    made = made.with_columns(
        *(nw.col(name).fill_null(0).cast(nw.Int64) for name in whole),
        *(nw.col(name).fill_null(0.0).cast(nw.Float64) for name in means),
    )
    if asked.every is None:
        return made
    return dates.with_first_days(made, POINT, asked.every)
