"""Answers under the names that rules read: what is missing filled, categories, keys, short names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import narwhals.stable.v2 as nw

from npscore.adapters.frames.asked import check_rating
from npscore.adapters.frames.given import ROW, Given, nothing
from npscore.adapters.frames.history import CUSTOMER, TIE
from npscore.adapters.frames.ratings import categories, whole_rating
from npscore.adapters.frames.running import COUNTED
from npscore.adapters.frames.versions import AT
from npscore.errors import InputError
from npscore.scoring.scales import Scale
from npscore.segments.rows import SHORT

ACCOUNT, INTERACTION, INVITATION = (f"__npscore_{kind}" for kind in ("account", "interaction", "invitation"))
THEIRS, ASKED_ABOUT = "__npscore_theirs", "__npscore_asked_about"
_WHOLE = "__npscore_whole"
_TRUTHS = {"completed": True, "test": False}
_TIMES = {"invited_at": ("invitation", "invited_at"), "interaction_at": ("interaction", "happened_at")}


def read_answers(given: Given, scale: Scale) -> Any:
    """The answers with what the next steps need of them: keys, moments, what they tell later answers.

    Raises:
        InputError: for ratings that are no numbers, and on rows in memory for
            an id that is missing or comes twice.
    """
    check_rating(given.data, given.schema, "rating")
    keys = {
        CUSTOMER: given.key("customer_id", "customer"),
        ACCOUNT: given.key("account_id", "account"),
        INTERACTION: given.key("interaction_id", "interaction"),
        INVITATION: given.key("invitation_id", "invitation"),
        TIE: nw.col("id").cast(nw.String),
        AT: given.moment("answered_at"),
        ROW: nw.col("id").cast(nw.String) if given.is_lazy else nw.col(ROW),
    }
    data = given.data if given.is_lazy else _numbered(given)
    read = data.lazy().select(*given.columns, *(value.alias(name) for name, value in keys.items()))
    return _rated(read.with_columns(*_filled(given)), given, scale)


def _numbered(given: Given) -> Any:
    data: Any = given.data
    missing, twice = int(data["id"].is_null().sum()), int(data["id"].is_duplicated().sum())
    if missing:
        raise InputError(
            f"{missing:,} responses have no id, by which an answer is told from others; give each its own."
        )
    if twice:
        raise InputError(f"{twice:,} responses share their id with another one; keep one version of each answer.")
    return data.with_row_index(ROW)


def _filled(given: Given) -> Iterator[nw.Expr]:
    """The columns that rows have although no frame need have them."""
    metric = nw.col("response.metric").fill_null("nps") if "metric" in given.schema else nw.lit("nps")
    yield metric.alias("response.metric")
    for name, value in _TRUTHS.items():
        yield _truth(given, name, value=value).alias(f"response.{name}")
    yield from (
        nothing(nw.String()).alias(f"response.{name}") for name in ("account_id", "role") if name not in given.schema
    )
    yield from (nothing(nw.Datetime("us")).alias(f"response.{name}") for name in _TIMES if name not in given.schema)


def _truth(given: Given, name: str, *, value: bool) -> nw.Expr:
    if name not in given.schema or name in given.void:
        return nw.lit(value)
    dtype = given.schema[name]
    if not isinstance(dtype, nw.Boolean | nw.Object):
        raise InputError(f"the column {name!r} holds {dtype}, not true and false; cast it.")
    filled: nw.Expr = nw.col(f"response.{name}").fill_null(value)
    return filled if isinstance(dtype, nw.Boolean) else filled.cast(nw.Boolean)


def _rated(rows: Any, given: Given, scale: Scale) -> Any:
    """The category of each answer, whether it has a part in the history of others, and what it tells them."""
    rating, missing = whole_rating(nw.col("response.rating"), given.schema["rating"], scale)
    is_nps, known = nw.col("response.metric") == "nps", ~nw.col(CUSTOMER).is_null() & ~nw.col(AT).is_null()
    counts = is_nps & nw.col("response.completed") & ~nw.col("response.test") & ~missing & known
    rows = rows.with_columns(rating.alias(_WHOLE))
    category: Any = nw
    for name, found in categories(nw.col(_WHOLE), scale).items():
        category = category.when(is_nps & found).then(nw.lit(name.removesuffix("s")))
    counted = nw.when(counts).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64)
    rows = rows.with_columns(category.alias("category"), counted.alias(COUNTED)).drop(_WHOLE)
    told = {"rating": "response.rating", "category": "category", "answered_at": "response.answered_at"}
    return rows.with_columns(*(nw.col(column).alias(f"history.{name}") for name, column in told.items()))


def with_first(rows: Any, ours: str, other: str) -> Any:
    """The first column, or the other where that is missing, which is dropped."""
    first = nw.when(~nw.col(ours).is_null()).then(nw.col(ours)).otherwise(nw.col(other))
    return rows.with_columns(first.alias(ours)).drop(other)


def with_times(rows: Any, given: Mapping[str, Given]) -> Any:
    """When the customer was invited and the interaction was: as the answer tells, else as these facts do.

    Raises:
        InputError: where one has a zone and the other none.
    """
    for name, (kind, at) in _TIMES.items():
        if kind in given:
            ours, theirs = nw.col(f"response.{name}"), nw.col(f"{kind}.{at}")
            if name in given["response"].schema and name not in given["response"].void:
                theirs = _like(given["response"].schema[name], given[kind].schema[at], f"response.{name}", theirs)
                theirs = nw.when(~ours.is_null()).then(ours).otherwise(theirs)
            rows = rows.with_columns(theirs.alias(f"response.{name}"))
    return rows


def _like(dtype: nw.dtypes.DType, other: nw.dtypes.DType, name: str, column: nw.Expr) -> nw.Expr:
    if dtype == other:
        return column
    if getattr(dtype, "time_zone", dtype) is None is not getattr(other, "time_zone", None):
        raise InputError(f"{name!r} is {dtype} and the facts that fill it are {other}; give both a zone, or neither.")
    return column.cast(dtype)


def with_short_names(rows: Any) -> Any:
    """The short names of columns, by which scores and breakdowns ask for them."""
    named = {**SHORT, "account_id": ACCOUNT}
    return rows.with_columns(*(nw.col(column).alias(name) for name, column in named.items()))
