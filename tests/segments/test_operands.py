"""What columns are compared with: exact numbers, texts that any engine can be handed, instants in UTC."""

import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, localcontext
from enum import Enum, IntEnum, StrEnum
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn import BERLIN
from npscore import InvalidRuleError
from npscore.segments.operands import Bounds, Kind, as_float, as_integer, kind_of, operand, written

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


class Old(str, Enum):  # noqa: UP042
    GOLD = "gold"


class New(StrEnum):
    GOLD = "gold"


class Size(IntEnum):
    BIG = 5


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_kept_as_it_is_written(number):
    assert float(written(number)) == number
    assert repr(float(written(number))) == repr(number)
    assert as_float(written(number)) == number


@given(st.integers(-(10**28) + 1, 10**28 - 1) | st.decimals(-(10**9), 10**9, places=9))
def test_numbers_are_kept_exactly(number):
    kept = operand(number)
    assert Fraction(kept) == Fraction(number)
    assert isinstance(kept, int) is (Fraction(number).denominator == 1)
    assert as_integer(kept) == (kept if isinstance(kept, int) else None)
    with localcontext(prec=3):
        assert operand(number) == kept


@given(
    st.decimals(-9, 9, places=17) | st.floats(-9, 9).map(written),
    st.floats(-9, 9),
    st.booleans(),
)
def test_bounds_among_floats_are_those_of_the_written_numbers(bound, value, inclusive):
    bounds = Bounds((bound, inclusive), (bound, inclusive)).for_floats
    low, at_least = bounds.low
    high, at_most = bounds.high
    for number in (value, low, high, math.nextafter(low, 99), math.nextafter(low, -99)):
        exact = written(number)
        assert (number >= low if at_least else number > low) is (exact >= bound if inclusive else exact > bound)
        assert (number <= high if at_most else number < high) is (exact <= bound if inclusive else exact < bound)


@given(st.decimals(-9, 9, places=3), st.integers(-12, 12), st.booleans())
def test_bounds_among_whole_numbers_are_those_of_the_number(bound, number, inclusive):
    bounds = Bounds((bound, inclusive), (bound, inclusive)).for_integers
    low, at_least = bounds.low
    high, at_most = bounds.high
    assert (number >= low if at_least else number > low) is (number >= bound if inclusive else number > bound)
    assert (number <= high if at_most else number < high) is (number <= bound if inclusive else number < bound)


@pytest.mark.parametrize(
    ("given", "kept", "kind"),
    [
        (True, True, Kind.TRUTH), (np.True_, True, Kind.TRUTH), (5, 5, Kind.NUMBER), (5.0, 5, Kind.NUMBER),
        (Decimal("5.00"), 5, Kind.NUMBER), (Decimal("0.10"), Decimal("0.1"), Kind.NUMBER), (-0.0, 0, Kind.NUMBER),
        (np.int64(5), 5, Kind.NUMBER), (np.float64(0.1), Decimal("0.1"), Kind.NUMBER), (Size.BIG, 5, Kind.NUMBER),
        (1e20, 10**20, Kind.NUMBER), ("", "", Kind.TEXT), (np.str_("a"), "a", Kind.TEXT), (Old.GOLD, "gold", Kind.TEXT),
        (New.GOLD, "gold", Kind.TEXT), (NOON, NOON, Kind.TIME), (NOON.replace(tzinfo=None), NOON, Kind.TIME),
        (NOON.astimezone(BERLIN), NOON, Kind.TIME), (date(2026, 10, 1), NOON - timedelta(hours=12), Kind.TIME),
        (pd.Timestamp(NOON), NOON, Kind.TIME), (np.datetime64("2026-10-01T12:00", "ns"), NOON, Kind.TIME),
    ],
    ids=repr,
)  # fmt: skip
def test_values_are_kept_in_one_spelling(given, kept, kind):
    made = operand(given)
    assert made == kept
    assert type(made) is type(kept)
    assert kind_of(made) is kind
    if kind is Kind.TIME:
        assert made.tzinfo is UTC


@pytest.mark.parametrize("value", [None, math.nan, Decimal("NaN"), pd.NA, pd.NaT, np.float32("nan")], ids=repr)
def test_nothing_is_compared_with_what_is_missing(value):
    with pytest.raises(InvalidRuleError, match="nothing is equal to a missing value"):
        operand(value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (math.inf, "not a number that every column can hold"), (10**28, "not a number that every column can hold"),
        (10**5000, "not a number that every column can hold"), (1e-300, "not a number that every column can hold"),
        (Decimal("1e999999"), "not a number that every column can hold"), (Decimal("sNaN"), "not a number"),
        (Decimal("1." + "0" * 28 + "1"), "more than 28 digits"), (Decimal("1." + "1" * 99), "more than 28 digits"),
        ("a" * 10_001, "longer than 10,000 characters"), ("a\0", "holds NUL"), ("\ud800", "half of a surrogate pair"),
        (date(1, 12, 31), "not between the years 2 and 9998"), (date.max, "not between the years 2 and 9998"),
        (b"gold", "is no truth value, number, text or time"), ([1], "is no truth value"), (1j, "is no truth value"),
        (np.array([1, 2]), "is no truth value"), (timedelta(1), "is no truth value"), (object, "is no truth value"),
    ],
    ids=lambda value: repr(value)[:20] if not isinstance(value, int) else "int",
)  # fmt: skip
def test_what_no_column_can_hold_is_refused(value, message):
    with pytest.raises(InvalidRuleError, match=message) as caught:
        operand(value)
    assert len(str(caught.value)) < 200


def test_the_ends_are_within():
    assert operand(10**28 - 1) == 10**28 - 1
    assert operand("a" * 10_000) == "a" * 10_000
    assert operand(datetime(2, 1, 1, tzinfo=timezone(timedelta(hours=14)))).year == 1
    assert operand(1.2345678901234567) == Decimal("1.2345678901234567")
