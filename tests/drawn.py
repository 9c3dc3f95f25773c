"""Rules and cells for Hypothesis to draw, of few values, so that they meet."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from npscore.segments import Age, And, Contains, Eq, In, Missing, Not, Or, Range, Rule, StartsWith
from npscore.segments.words import KEYWORDS

NOW = datetime(2026, 10, 26, 1, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
COLUMNS = ("x", "y")


class Tier(StrEnum):
    GOLD = "gold"


NUMBERS = [0, 1, -1, 5, 7, 10**20, 2**53 + 1, Decimal("0.1"), Decimal("-2.5"), Decimal("0.30000000000000004")]
TEXTS = ["", "gold", "Gold", "go", "5", "true", "é", "e\u0301", "\U0001f600", "\uffff", " gold "]
TIMES = [
    NOW,
    NOW - timedelta(days=1),
    NOW + timedelta(hours=1),
    datetime(2026, 10, 25, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2, 1, 1, tzinfo=UTC),
]
AGES = [timedelta(days) for days in (0, 1, -1, 30)] + [timedelta(hours=1), timedelta(hours=25), timedelta(0, 0, 1)]

MISSING: list[Any] = [None, math.nan, Decimal("NaN"), Decimal("sNaN"), pd.NA, pd.NaT, np.float64("nan")]
MISSING += [np.float32("nan"), np.datetime64("NaT"), np.datetime64("NaT", "ns")]
CELLS: list[Any] = [
    *MISSING,
    *[True, False, np.True_, np.False_],
    *NUMBERS,
    *[0.1, -0.0, 1.0, 1e20, -2.5, 0.1 + 0.2, float(2**53), math.inf, -math.inf],
    *[np.int64(5), np.uint8(7), np.float64(0.1), np.float32(-2.5), Decimal("1.0"), Decimal("1E+20"), 10**400],
    *TEXTS,
    *[np.str_("gold"), Tier.GOLD],
    *TIMES,
    *[date(2026, 10, 25), datetime(2026, 10, 25), datetime(2026, 10, 25, 0, 30)],
    *[datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=fold) for fold in (0, 1)],
    *[pd.Timestamp("2026-10-25"), pd.Timestamp(NOW), pd.Timestamp("2026-10-25T02:30:00+01:00")],
    *[np.datetime64("2026-10-25"), np.datetime64("2026-10-25T01:30:00", "ns")],
    datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=5))),
    *[b"gold", [], {}, ("gold",), 1j, timedelta(1), np.timedelta64(5, "ns"), np.array([1, 5]), object()],
]  # fmt: skip

columns = st.sampled_from(COLUMNS)
letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
odd_columns = (
    columns
    | st.sampled_from(sorted(KEYWORDS))
    | st.sampled_from(["customer.region", "a.", "1st", "Kundé", "`", "\\", '\\"', '"', "a\n", "a\x85", "a\u2028"])
    | st.text(letters, min_size=1, max_size=20).filter(str.strip)
)  # fmt: skip
numbers = st.sampled_from(NUMBERS) | st.integers(-(10**27), 10**27) | st.decimals(-9999, 9999, places=3)
texts = st.sampled_from(TEXTS) | st.text(letters, max_size=20)
times = st.sampled_from(TIMES) | st.datetimes(datetime(2, 1, 2), datetime(9998, 12, 30), timezones=st.just(UTC))
ages = st.sampled_from(AGES) | st.timedeltas(timedelta(-9999), timedelta(9999))
operands = st.booleans() | numbers | texts | times
few_operands = st.booleans() | st.sampled_from([*NUMBERS, *TEXTS, *TIMES])
cells = st.sampled_from(CELLS)


@st.composite
def _ranges(draw: st.DrawFn, column: st.SearchStrategy[str], kinds: tuple[st.SearchStrategy[Any], ...]) -> Rule:
    kind = draw(st.sampled_from(kinds))
    low, high = draw(st.sampled_from(["at_least", "above"])), draw(st.sampled_from(["at_most", "below"]))
    wanted = draw(st.sampled_from([(low,), (high,), (low, high)]))
    return Range(draw(column), **{name: draw(kind) for name in wanted})


@st.composite
def _aged(draw: st.DrawFn, column: st.SearchStrategy[str], kind: st.SearchStrategy[timedelta]) -> Rule:
    wanted = draw(st.sampled_from([("at_least",), ("at_most",), ("at_least", "at_most")]))
    return Age(draw(column), **{name: draw(kind) for name in wanted})


def leaves(*, odd: bool = False, aged: bool = True) -> st.SearchStrategy[Rule]:
    """Rules about one column; odd ones have any name and value."""
    column, value = (odd_columns, operands) if odd else (columns, few_operands)
    text = texts if odd else st.sampled_from(TEXTS)
    kinds = (numbers, texts, times) if odd else tuple(map(st.sampled_from, (NUMBERS, TEXTS, TIMES)))
    return st.one_of(
        st.builds(Eq, column, value),
        st.builds(In, column, st.lists(value, max_size=4)),
        _ranges(column, kinds),
        st.builds(Contains, column, text),
        st.builds(StartsWith, column, text),
        st.builds(Missing, column),
        *([_aged(column, ages if odd else st.sampled_from(AGES))] if aged else []),
    )


def rules(*, odd: bool = False, aged: bool = True, size: int = 8) -> st.SearchStrategy[Rule]:
    """Trees of them."""
    return st.recursive(
        leaves(odd=odd, aged=aged),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda parts: And(*parts)),
            st.lists(inner, max_size=3).map(lambda parts: Or(*parts)),
            inner.map(Not),
        ),
        max_leaves=size,
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
"""What `json.loads` may give, NaN and all."""
