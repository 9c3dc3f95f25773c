"""Which rows stand under a convention, on any engine, and the sums of each group that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals.stable.v2 as nw

from npscore.adapters.frames import dates
from npscore.adapters.frames.asked import ALL, Asked, Frame
from npscore.adapters.frames.peaks import Peak, with_peaks
from npscore.adapters.frames.ratings import whole_rating
from npscore.adapters.frames.windows import (
    ANSWERED,
    ID,
    INVALID,
    KIND,
    NUMBER,
    POINT,
    TIED,
    TIME,
    UNANSWERED,
    groups,
    in_window,
    ones,
)

RATING = "__npscore_rating"
CUSTOMER = "__npscore_customer"
ACCOUNT = "__npscore_account"
RANK = "__npscore_rank"
WEIGHT = "__npscore_weight"
UNWEIGHTED = "__npscore_unweighted"
ROWS = "__npscore_rows"
STANDS = "__npscore_stands"
_PEAK = "__npscore_peak"
_OWN = "__npscore_own"
_LEAST = "__npscore_least"
_ANY = "__npscore_any"
_LARGEST = 1e300  # of a weight: an infinite one is none

UNIT_COLUMNS = {"customer": CUSTOMER, "account": ACCOUNT}
"""Our column for each unit that a row can name."""


def standing(data: Frame, asked: Asked) -> Any:
    """One row for each answer that stands and for each that does not.

    `STANDS` says which; `ROWS` how many rows it was merged from.
    """
    given = read(data, asked)
    rows = in_window(given, asked, UNIT_COLUMNS.get(asked.convention.unit), rows=given)
    people = rows if asked.convention.repeats == "all" else _one_each(rows, asked)
    return _most_senior(people, asked) if asked.convention.rollup == "senior_role" else people


def read(data: Frame, asked: Asked) -> Any:
    """What the convention needs of each row, under our names."""
    schema = data.collect_schema()
    rating, missing = whole_rating(nw.col(asked.rating), schema[asked.rating], asked.scale)
    answered = rating.is_between(asked.scale.low, asked.scale.high)
    kind = nw.when(answered).then(nw.lit(ANSWERED)).when(missing).then(nw.lit(UNANSWERED)).otherwise(nw.lit(INVALID))
    named = [column.alias(name) for name, column in _named(data, schema, asked).items()]
    read = data.select(
        *map(nw.col, asked.keys),
        *named,
        nw.when(answered).then(rating.cast(nw.Float64)).alias(RATING),
        kind.cast(nw.Int64).alias(KIND),
    )
    read = read.with_columns(
        *(nw.lit(value).cast(nw.Int64).alias(name) for name, value in ((ALL, 0), (ROWS, 1), (STANDS, 1), (TIED, 0))),
    )
    if "time" in asked.needed:
        read = read.with_columns(nw.when(~nw.col(NUMBER).is_null()).then(nw.col(TIME)).alias(TIME))
    return _with_weights(read, asked)


def _named(data: Frame, schema: Mapping[str, Any], asked: Asked) -> dict[str, nw.Expr]:
    needed = asked.needed
    columns = {ours: nw.col(needed[unit]) for unit, ours in UNIT_COLUMNS.items() if unit in needed}
    if "weight" in needed:
        columns[WEIGHT] = nw.col(needed["weight"]).cast(nw.Float64)  # products of decimals run out of digits
    if "role" in needed:
        columns[RANK] = _rank(nw.col(needed["role"]), asked.convention.roles)
    if "time" in needed:
        time = dates.local(data, asked.time, schema[asked.time], asked.convention.zone)
        columns |= {TIME: time, NUMBER: dates.days(time)}
        if asked.id in schema:
            columns[ID] = nw.col(asked.id)
        if asked.grid_of_periods is not None:
            columns[POINT] = dates.period_of(time, asked.grid_of_periods)
    return columns


def _rank(role: nw.Expr, roles: tuple[str, ...]) -> nw.Expr:
    rank: Any = nw.when(role == roles[0]).then(nw.lit(0))
    for number, name in enumerate(roles[1:], start=1):
        rank = rank.when(role == name).then(nw.lit(number))
    ranked: nw.Expr = rank.otherwise(nw.lit(len(roles))).cast(nw.Int64)
    return ranked


def _with_weights(read: Any, asked: Asked) -> Any:
    if asked.convention.weight is None:
        return read.with_columns(nw.lit(1.0).alias(WEIGHT), nw.lit(0).cast(nw.Int64).alias(UNWEIGHTED))
    usable = nw.col(WEIGHT).is_between(0, _LARGEST)
    weight = nw.when(usable).then(nw.col(WEIGHT)).otherwise(nw.lit(0.0))
    return read.with_columns(weight.alias(WEIGHT), (1 - ones(usable)).alias(UNWEIGHTED))


def _one_each(rows: Any, asked: Asked) -> Any:
    """One row a customer, and each row without a customer as it is."""
    person = [*groups(asked), *([ACCOUNT] if asked.convention.unit == "account" else []), CUSTOMER]
    at_an_end = asked.convention.repeats in ("latest", "first")
    rows = _at_the_end(rows, person, asked) if at_an_end else _best(rows, person)
    columns = [*person, *([RANK] if "role" in asked.needed else []), RATING, KIND, WEIGHT, UNWEIGHTED, ROWS, TIED]
    alone = rows.filter(nw.col(CUSTOMER).is_null()).select(*columns)
    known = _merged(rows.filter(~nw.col(CUSTOMER).is_null()), person, asked).select(*columns)
    return nw.concat([known, alone], how="vertical").with_columns(nw.lit(1).cast(nw.Int64).alias(STANDS))


def _best(rows: Any, person: list[str]) -> Any:
    """Leave standing the answers of each customer, or all rows of one who never answered."""
    rows = with_peaks(rows, person, {_PEAK: Peak("max", KIND)})
    return rows.with_columns(ones(nw.col(KIND) == nw.col(_PEAK)).alias(STANDS))


def _at_the_end(rows: Any, person: list[str], asked: Asked) -> Any:
    """Leave standing each customer's latest or first answer, or row if there is none; of one time the largest id."""
    end: Any = "max" if asked.convention.repeats == "latest" else "min"
    given = nw.when(nw.col(KIND) == ANSWERED).then(nw.col(TIME))
    peaks = {_PEAK: Peak("max", KIND), _LEAST: Peak(end, _OWN), _ANY: Peak(end, TIME)}
    rows = with_peaks(rows.with_columns(given.alias(_OWN)), person, peaks)
    answers = nw.col(_PEAK) == ANSWERED
    end_of = nw.when(answers).then(nw.col(_LEAST)).otherwise(nw.col(_ANY))
    competes = (nw.col(KIND) == ANSWERED) | ~answers
    rows = rows.with_columns(end_of.alias(_LEAST))
    at_end = nw.col(_LEAST).is_null() | (nw.col(TIME) == nw.col(_LEAST))
    rows = rows.with_columns(ones(competes & at_end).alias(STANDS))
    return _largest_id(rows, person) if ID in rows.collect_schema() else rows


def _largest_id(rows: Any, person: list[str]) -> Any:
    """Of the rows left standing those with the largest id; a missing one gives way.

    Rows that do not stand are set apart and not blanked: pandas makes floats of
    integers with gaps, and these tell no two ids beyond 2**53 from each other.
    """
    rows = with_peaks(rows, [*person, STANDS], {_PEAK: Peak("max", ID)})
    at_peak = nw.col(_PEAK).is_null() | (nw.col(ID) == nw.col(_PEAK))
    return rows.with_columns(ones((nw.col(STANDS) == 1) & at_peak).alias(STANDS))


def _merged(rows: Any, person: list[str], asked: Asked) -> Any:
    """The standing rows of each customer as one: a mean or worst rating, and one weight."""
    stands = nw.col(STANDS) == 1
    mine = {name: nw.when(stands).then(nw.col(name)).alias(name) for name in (RATING, WEIGHT, UNWEIGHTED)}
    if "role" in asked.needed:
        mine[RANK] = nw.when(stands).then(nw.col(RANK)).alias(RANK)
    rows = rows.with_columns(*mine.values())
    rating = nw.col(RATING).min() if asked.convention.repeats == "worst" else nw.col(RATING).mean()
    merged = rows.group_by(*person).agg(
        rating.alias(RATING),
        *(nw.col(name).sum().alias(name) for name in (UNWEIGHTED, ROWS, TIED, STANDS)),
        *(nw.col(RANK).min().alias(name) for name in mine if name == RANK),
        nw.col(KIND).max().alias(KIND),
        nw.col(WEIGHT).max().alias(WEIGHT),
        nw.col(WEIGHT).min().alias(_LEAST),
    )
    unlike = ones(nw.col(_LEAST) < nw.col(WEIGHT))
    merged = merged.with_columns((nw.col(UNWEIGHTED) + unlike).alias(UNWEIGHTED))
    if asked.convention.repeats in ("latest", "first"):
        tied = nw.when((nw.col(STANDS) > 1) & (nw.col(KIND) == ANSWERED)).then(nw.col(STANDS)).otherwise(nw.lit(0))
        merged = merged.with_columns((nw.col(TIED) + tied).alias(TIED))
    whole = [UNWEIGHTED, ROWS, TIED, KIND, *([RANK] if RANK in mine else [])]
    return merged.with_columns(*(nw.col(name).cast(nw.Int64) for name in whole))


def _most_senior(people: Any, asked: Asked) -> Any:
    """Only the answers of each account's most senior respondents stand; who names no account stands alone."""
    rank = nw.when(nw.col(KIND) == ANSWERED).then(nw.col(RANK)).alias(_OWN)
    people = with_peaks(people.with_columns(rank), [*groups(asked), ACCOUNT], {_PEAK: Peak("min", _OWN)})
    free = nw.col(_PEAK).is_null() | nw.col(ACCOUNT).is_null()
    return people.with_columns(ones(free | (nw.col(_OWN) == nw.col(_PEAK))).alias(STANDS))
