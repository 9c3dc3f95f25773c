"""Every way of counting agrees with a count value by value that is written here."""

import array
import json
import pickle
from collections import deque
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget import examples
from npscore import (
    ONE_TO_TEN,
    STANDARD,
    EmptyTallyError,
    InputError,
    OutOfScaleError,
    PoolingError,
    Scale,
    Tally,
    tally,
)

SCALES = [
    STANDARD,
    ONE_TO_TEN,
    Scale(1, 5, 4, 5),
    Scale(-5, 5, 1, 3),
    Scale(0, 1000, 500, 900),
    Scale(250, 256, 252, 255),
]
WIDE = Scale(-(10**30), 10**30, 7, 9)
BLOCK, CHUNK = 1 << 18, 1 << 16


def naive(values, scale=STANDARD):
    """Detractors, passives, promoters, unanswered, invalid, one value after the other."""
    counts = dict.fromkeys(("detractors", "passives", "promoters", "unanswered", "invalid"), 0)
    for value in values:
        if value is None or value is pd.NA or value != value:
            counts["unanswered"] += 1
        elif isinstance(value, bool | np.bool_ | str) or value not in range(scale.low, scale.high + 1):
            counts["invalid"] += 1
        elif value in range(scale.low, scale.passive_from):
            counts["detractors"] += 1
        else:
            counts["passives" if value in range(scale.passive_from, scale.promoter_from) else "promoters"] += 1
    return Tally(**counts, scale=scale)


whole = st.integers(-3, 14)
anything = st.one_of(
    whole,
    st.none(),
    st.just(float("nan")),
    st.floats(width=16),
    st.sampled_from(
        [True, False, "9", "", 9.5, 8.0, 10**400, -(10**400), float("inf"), pd.NA, Decimal(9), Fraction(1, 3)]
    ),
)
scales = st.sampled_from(SCALES)
NUMBERS = st.lists(st.one_of(whole, st.none()), max_size=50)


@given(st.lists(whole), scales)
def test_a_list_of_integers_is_counted_fast_and_right(values, scale):
    assert tally(values, scale, invalid="count") == naive(values, scale)


@given(st.lists(st.one_of(st.none(), st.integers(-(10**20), 10**20), st.integers(-1, 260))), scales)
def test_integers_that_fit_no_byte_are_counted_right(values, scale):
    assert tally(values, scale, invalid="count") == naive(values, scale)


@given(st.lists(anything), scales)
def test_a_mixed_list_is_counted_right(values, scale):
    assert tally(values, scale, invalid="count") == naive(values, scale)


@given(st.lists(anything), scales)
def test_rows_in_are_rows_counted(values, scale):
    assert tally(values, scale, invalid="count").rows == len(values)


@pytest.mark.parametrize("make", [tuple, iter, deque, lambda v: (x for x in v), lambda v: dict.fromkeys(v).keys()])
def test_any_collection_will_do(make):
    assert tally(make([10, 9, 8, 6, 0, None])) == Tally(2, 1, 2, unanswered=1)


def test_bytes_like_collections_of_numbers_will_do():
    assert (
        tally(bytearray([9, 10]))
        == tally(memoryview(b"\x09\x0a"))
        == tally(array.array("b", [9, 10]))
        == Tally(0, 0, 2)
    )


def test_nothing_is_an_empty_tally():
    assert tally([]) == tally(iter(())) == tally(np.array([])) == tally(pa.array([], pa.int8())) == Tally()


@pytest.mark.parametrize("length", [CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 3])
@pytest.mark.parametrize("make", [list, iter, tuple], ids=["list", "iterator", "tuple"])
def test_a_collection_longer_than_one_chunk_is_counted_whole(length, make):
    values = [(None, *range(-1, 12))[i * i % 14] for i in range(length)]
    assert tally(make(values), invalid="count") == naive(values)


@pytest.mark.parametrize("length", [BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 3])
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "float32", "float64"])
def test_an_array_longer_than_one_block_is_counted_whole(length, dtype):
    values = (np.arange(length) ** 2 % 13).astype(dtype)
    once = np.bincount(values.astype(int), minlength=13)
    expected = Tally(int(once[:7].sum()), int(once[7:9].sum()), int(once[9:11].sum()), invalid=int(once[11:].sum()))
    assert tally(values, invalid="count") == expected
    if dtype.startswith("float"):
        values[[0, -1]] = np.nan, 0.5
        assert tally(values, invalid="count").unanswered == 1
        assert tally(values, invalid="count").rows == length


def test_an_odd_value_in_the_last_chunk_is_found():
    late = [9] * (CHUNK + 5) + [11]
    with pytest.raises(OutOfScaleError, match=r"^11 "):
        tally(late)
    with pytest.raises(OutOfScaleError, match=r"^11"):
        tally(np.array([9] * (BLOCK + 5) + [11]))
    with pytest.raises(OutOfScaleError, match=r"^11"):
        tally(np.array([9] * (BLOCK + 5) + [11], dtype="float32"))


INTEGERS = [np.dtype(code).name for code in "bhilqBHILQ"]


@pytest.mark.parametrize("dtype", [*INTEGERS, ">i4", "<u2"])
@given(st.data(), scales)
@examples(25)
def test_every_integer_array_is_counted_right(dtype, data, scale):
    limits = np.iinfo(dtype)
    inside = st.integers(max(limits.min, -8), min(limits.max, 1010))
    values = data.draw(st.lists(st.one_of(inside, st.integers(int(limits.min), int(limits.max))), max_size=40))
    made = np.array(values, dtype=dtype)
    assert tally(made, scale, invalid="count") == naive(values, scale)
    assert tally(made[::-2], scale, invalid="count") == naive(values[::-2], scale)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "longdouble"])
@given(st.data(), scales)
@examples(40)
def test_every_float_array_is_counted_right(dtype, data, scale):
    numbers = st.one_of(whole.map(float), st.floats(width=16), st.just(float("nan")), st.just(float("inf")))
    made = np.array(data.draw(st.lists(numbers, max_size=40)), dtype=dtype)
    assert tally(made, scale, invalid="count") == naive(made.astype("float64").tolist(), scale)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int64", "float16", "float32", "float64"])
def test_a_scale_wider_than_the_type_is_counted_right(dtype):
    values = np.array([0, 6, 7, 8, 9, 100], dtype=dtype)
    wide = Scale(-1000, 60_000, 7, 9)
    assert tally(values, wide) == Tally(2, 2, 2, scale=wide)
    if not dtype.startswith("float"):
        assert tally(values, WIDE) == Tally(2, 2, 2, scale=WIDE)


@given(st.lists(st.tuples(st.one_of(whole.map(float), st.floats(width=16)), st.booleans()), max_size=40), scales)
def test_masked_values_are_unanswered_whatever_is_under_the_mask(pairs, scale):
    numbers, masks = [number for number, _ in pairs], [mask for _, mask in pairs]
    seen = [None if mask else number for number, mask in pairs]
    masked = np.ma.masked_array(numbers, mask=masks, dtype="float64")
    assert tally(masked, scale, invalid="count") == naive(seen, scale)
    assert tally(np.ma.masked_array(numbers, masks, dtype=object), scale, invalid="count") == naive(seen, scale)


def test_a_masked_odd_value_raises_nothing():
    assert tally(np.ma.masked_array([9, 11, 3], mask=[False, True, False])) == Tally(1, 0, 1, unanswered=1)
    with pytest.raises(OutOfScaleError):
        tally(np.ma.masked_array([9, 11, 3], mask=[True, False, False]))


@given(st.lists(anything, max_size=30), scales)
def test_object_arrays_and_object_series_are_counted_value_by_value(values, scale):
    made = np.empty(len(values), dtype=object)
    made[:] = values
    expected = naive(values, scale)
    assert tally(made, scale, invalid="count") == expected
    assert tally(pd.Series(values, dtype=object), scale, invalid="count") == expected


COLUMNS = {
    "pandas numpy": lambda values: pd.Series(values, dtype="float64"),
    "pandas nullable": lambda values: pd.Series(values, dtype="Int64"),
    "pandas nullable small": lambda values: pd.array(values, dtype="Int8"),
    "pandas nullable float": lambda values: pd.Series(values, dtype="Float64"),
    "pandas arrow": lambda values: pd.Series(values, dtype="int64[pyarrow]"),
    "pandas category": lambda values: pd.Series(values, dtype="category"),
    "pandas index": lambda values: pd.Index(values, dtype="Int64"),
    "polars": lambda values: pl.Series(values, dtype=pl.Int64),
    "polars small": lambda values: pl.Series(values, dtype=pl.Int8),
    "polars float": lambda values: pl.Series(values, dtype=pl.Float32),
    "polars decimal": lambda values: pl.Series(values, dtype=pl.Int64).cast(pl.Decimal(9, 2)),
    "arrow": lambda values: pa.array(values, pa.int64()),
    "arrow small": lambda values: pa.array(values, pa.int8()),
    "arrow float": lambda values: pa.array(values, pa.float32()),
    "arrow decimal": lambda values: pa.array(values, pa.decimal128(9, 2)),
    "arrow dictionary": lambda values: pa.array(values, pa.int64()).dictionary_encode(),
    "arrow slice": lambda values: pa.array([99, *values, 99], pa.int64())[1:-1],
    "arrow chunks": lambda values: pa.chunked_array([values[:3], [], values[3:]], pa.int64()),
    "arrow chunks small": lambda values: pa.chunked_array([values[:5], values[5:]], pa.int16()),
    "polars chunks": lambda values: pl.concat(
        [pl.Series(values[:3], dtype=pl.Int64), pl.Series(values[3:], dtype=pl.Int64)]
    ),
}


@pytest.mark.parametrize("kind", COLUMNS)
@given(NUMBERS, scales)
@examples(25)
def test_every_kind_of_column_is_counted_right(kind, values, scale):
    assert tally(COLUMNS[kind](values), scale, invalid="count") == naive(values, scale)


@pytest.mark.parametrize("kind", COLUMNS)
def test_every_kind_of_column_raises_at_the_value_off_the_scale(kind):
    column = COLUMNS[kind]([10, None, 9, 11, 3])
    with pytest.raises(OutOfScaleError) as caught:
        tally(column)
    assert caught.value.rating == 11


@pytest.mark.parametrize(
    "column",
    [
        pa.array([10.0, float("nan"), None, 9.5], from_pandas=False),
        pl.Series([10.0, float("nan"), None, 9.5]),
        pd.Series([10.0, float("nan"), None, 9.5]),
        pd.Series(pa.array([10.0, float("nan"), None, 9.5], from_pandas=False), dtype="double[pyarrow]"),
        pd.Series([10, float("nan"), pd.NA, 9.5], dtype=object),
    ],
    ids=["arrow", "polars", "pandas", "pandas arrow", "pandas object"],
)
def test_nan_and_null_are_unanswered_and_fractions_invalid(column):
    assert tally(column, invalid="count") == Tally(promoters=1, unanswered=2, invalid=1)


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["9", "10", None]),
        pl.Series(["9", "10", None]),
        pa.array(["9", "10", None]),
        np.array(["9", "10", None], dtype=object),
        ["9", "10", None],
    ],
    ids=["pandas", "polars", "arrow", "numpy", "list"],
)
def test_numeric_text_is_invalid_and_never_converted(column):
    assert tally(column, invalid="count") == Tally(unanswered=1, invalid=2)
    with pytest.raises(OutOfScaleError, match="never converted"):
        tally(column)


@pytest.mark.parametrize("column", [np.array([True]), pl.Series([True]), pa.array([True]), pd.Series([True]), [True]])
def test_booleans_are_no_ratings(column):
    assert tally(column, invalid="count") == Tally(invalid=1)


@pytest.mark.parametrize("unit", ["ns", "us", "D"])
@pytest.mark.parametrize("kind", ["datetime64", "timedelta64"])
def test_times_are_no_ratings_not_even_small_ones(kind, unit):
    with pytest.raises(InputError):
        tally(np.array([5, 9], dtype=f"{kind}[{unit}]"), invalid="count")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (np.ones((3, 2)), "2 dimensions"),
        (np.array(9), "0 dimensions"),
        (pd.DataFrame({"a": [9]}), "breakdown"),
        (pl.DataFrame({"a": [9]}), "breakdown"),
        (pa.table({"a": [9]}), "breakdown"),
        (pl.LazyFrame({"a": [9]}), "breakdown"),
        ("9", "not one str"),
        ("910", "not one str"),
        (b"910", "not one bytes"),
        ({"rating": 9}, "not one dict"),
        (9, "classify"),
        (None, "not one NoneType"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value[:6],
)
def test_what_is_not_one_column_of_numbers_is_refused(table, words):
    with pytest.raises(InputError, match=words):
        tally(table)


@pytest.mark.parametrize("odd", ["ignore", "", None, True])
def test_an_unknown_treatment_of_invalid_values_is_refused(odd):
    with pytest.raises(InputError, match="raise, count"):
        tally([9], invalid=odd)


def test_a_scale_given_as_text_is_refused_with_a_hint():
    with pytest.raises(InputError, match=r"Scale\.parse"):
        tally([9], "0-10")
    with pytest.raises(InputError, match=r"Scale\.parse"):
        Tally(scale="0-10")


@given(st.lists(anything, max_size=20))
def test_raising_names_the_first_value_off_the_scale(values):
    odd = [value for value in values if naive([value]).invalid]
    if not odd:
        assert tally(values) == naive(values)
        return
    with pytest.raises(OutOfScaleError) as caught:
        tally(values)
    assert caught.value.rating is odd[0] or caught.value.rating == odd[0]


@pytest.mark.parametrize(
    "odd", [1.0, 0.5, True, False, "1", None, Decimal(1), np.float64(1), np.bool_(True), float("nan")]
)
@pytest.mark.parametrize("place", ["detractors", "passives", "promoters", "unanswered", "invalid"])
def test_a_tally_never_holds_anything_but_integers(place, odd):
    with pytest.raises(InputError, match="whole numbers"):
        Tally(**{place: odd})


def test_numpy_integers_become_python_integers():
    assert type(Tally(np.uint8(250)).detractors) is int
    assert (Tally(np.uint8(250)) + Tally(np.uint8(250))).detractors == 500


@pytest.mark.parametrize("place", range(5))
def test_no_tally_counts_below_zero(place):
    counts = [0] * 5
    counts[place] = -1
    with pytest.raises(InputError, match="below zero"):
        Tally(*counts)


def test_taking_away_more_than_there_is_is_refused():
    assert Tally(3, 2, 1) - Tally(1, 2, 1) == Tally(2, 0, 0)
    with pytest.raises(InputError, match="below zero"):
        Tally(3, 2, 1) - Tally(0, 0, 2)


def test_unlike_scales_are_never_pooled():
    ten = Tally(1, 1, 1, scale=ONE_TO_TEN)
    for operation in (lambda: Tally(1) + ten, lambda: ten - Tally(1), lambda: sum([Tally(1), ten])):
        with pytest.raises(PoolingError, match="1-10"):
            operation()


def test_a_tally_adds_to_nothing_but_tallies():
    for other in (1, 1.0, "a", None, (1, 2, 3)):
        with pytest.raises(TypeError):
            Tally(1) + other
        with pytest.raises(TypeError):
            Tally(1) - other
    with pytest.raises(TypeError):
        1 + Tally(1)


def test_a_tally_cannot_be_changed_and_can_be_a_key():
    with pytest.raises(AttributeError):
        Tally(1).detractors = 2
    assert len({Tally(1, 2, 3), Tally(1, 2, 3), Tally(1, 2, 3, scale=ONE_TO_TEN)}) == 2


def test_n_counts_answers_and_rows_count_everything():
    counts = Tally(1, 2, 3, unanswered=4, invalid=5)
    assert (counts.n, counts.rows, counts.shares) == (6, 15, (1 / 6, 2 / 6, 3 / 6))


def test_there_are_no_shares_of_no_answers():
    with pytest.raises(EmptyTallyError):
        _ = Tally(unanswered=3, invalid=2).shares


counts = st.integers(0, 10**12)
tallies = st.builds(Tally, counts, counts, counts, counts, counts, scale=scales)


@given(tallies)
def test_a_tally_survives_json_and_pickle(one):
    assert Tally.from_dict(json.loads(json.dumps(one.to_dict()))) == one
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301  # our own bytes


def test_a_tally_is_read_from_few_counts_and_refuses_unknown_ones():
    assert Tally.from_dict({"promoters": 3}) == Tally(promoters=3)
    with pytest.raises(InputError, match="'neutrals'"):
        Tally.from_dict({"promoters": 3, "neutrals": 1})
    with pytest.raises(InputError, match="whole numbers"):
        Tally.from_dict({"promoters": 3.0})
    with pytest.raises(InputError, match="not a scale"):
        Tally.from_dict({"scale": "ten points"})
