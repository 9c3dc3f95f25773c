"""Scales refuse bad cut-offs; classify refuses all that is not a whole number on the scale."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from npscore import ONE_TO_TEN, STANDARD, Category, InputError, OutOfScaleError, Scale, classify
from npscore.scoring.scales import as_whole, category_table, is_missing, likely_scale


@st.composite
def scales(draw: st.DrawFn, low: int = -400, high: int = 400) -> Scale:
    cuts = draw(st.lists(st.integers(low, high), min_size=3, max_size=3, unique=True).map(sorted))
    return Scale(*(cuts[0], draw(st.integers(cuts[2], high)), cuts[1], cuts[2]))


@pytest.mark.parametrize(
    ("low", "high", "passive_from", "promoter_from"),
    [
        (0, 10, 9, 7),  # the wrong way round
        (0, 10, 8, 8),  # no passives
        (0, 10, 0, 9),  # no detractors
        (0, 10, -1, 9),
        (0, 10, 7, 11),  # no promoters
        (10, 0, 7, 9),
        (5, 5, 5, 5),
    ],
)
def test_a_scale_with_an_empty_category_is_refused(low, high, passive_from, promoter_from):
    with pytest.raises(InputError, match="needs a rating of its own"):
        Scale(low, high, passive_from, promoter_from)


@pytest.mark.parametrize("odd", [7.0, 6.5, True, "7", None, Decimal(7)])
@pytest.mark.parametrize("place", range(4))
def test_a_scale_is_made_of_whole_numbers(odd, place):
    numbers = [0, 10, 7, 9]
    numbers[place] = odd
    with pytest.raises(InputError, match="whole numbers"):
        Scale(*numbers)


def test_the_smallest_scale_has_one_rating_per_category():
    assert [classify(rating, Scale(1, 3, 2, 3)) for rating in (1, 2, 3)] == list(Category)


@given(scales())
def test_a_scale_survives_its_text_form(scale):
    assert Scale.parse(str(scale)) == scale


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("0-10", STANDARD),
        ("1-10", ONE_TO_TEN),
        ("0-10:7:9", STANDARD),
        (" 1-5:4:5 ", Scale(1, 5, 4, 5)),
        ("-5-5:1:3", Scale(-5, 5, 1, 3)),
        ("-9--1:-4:-2", Scale(-9, -1, -4, -2)),
        ("0-10:6:9", Scale(0, 10, 6, 9)),
    ],
)
def test_a_scale_is_read_from_text(text, scale):
    assert Scale.parse(text) == scale


def test_only_the_standard_cut_offs_are_left_out_of_the_text():
    texts = [str(scale) for scale in (STANDARD, ONE_TO_TEN, Scale(0, 10, 6, 9), Scale(1, 10, 6, 9))]
    assert texts == ["0-10", "1-10", "0-10:6:9", "1-10:6:9"]


@pytest.mark.parametrize("text", ["", "10", "0..10", "0-10:7", "0-10:7:9:10", "a-b", "0-10-20", "0 - 10", "0-10:7.0:9"])
def test_text_of_another_form_is_no_scale(text):
    with pytest.raises(InputError, match="is not a scale"):
        Scale.parse(text)


@pytest.mark.parametrize("text", ["1-5", "0-5", "1-7", "0-100"])
def test_a_scale_without_standard_cut_offs_must_name_them(text):
    with pytest.raises(InputError, match="no standard cut-offs"):
        Scale.parse(text)


def test_the_standard_scale_has_eleven_points_and_a_six_is_a_detractor():
    names = [str(classify(rating)) for rating in range(11)]
    assert names == ["detractor"] * 7 + ["passive"] * 2 + ["promoter"] * 2


def test_on_one_to_ten_there_is_no_zero():
    assert classify(1, ONE_TO_TEN) is Category.DETRACTOR
    with pytest.raises(OutOfScaleError):
        classify(0, ONE_TO_TEN)


NOT_RATINGS = [
    True,
    False,
    9.5,
    "9",
    "9 - very likely",
    b"9",
    11,
    -1,
    100,
    float("nan"),
    float("inf"),
    float("-inf"),
    1e300,
    None,
    pd.NA,
    pd.NaT,
    Decimal("9.5"),
    Decimal("NaN"),
    Decimal("sNaN"),
    Decimal("Infinity"),
    Fraction(19, 2),
    np.bool_(True),
    np.float32(9.5),
    np.float64("nan"),
    np.int64(11),
    np.uint8(255),
    9 + 0j,
    [9],
    np.array([9]),
    np.array([9, 9]),
    object(),
]


@pytest.mark.parametrize("value", NOT_RATINGS, ids=lambda value: f"{type(value).__name__}-{value!s:.12}")
def test_what_is_not_on_the_scale_has_no_category(value):
    with pytest.raises(OutOfScaleError) as caught:
        classify(value)
    assert caught.value.rating is value
    assert caught.value.scale == STANDARD


@pytest.mark.parametrize(
    "nine",
    [
        9,
        9.0,
        Decimal(9),
        Decimal("9.00"),
        Fraction(9),
        *(np.dtype(code).type(9) for code in np.typecodes["AllInteger"]),
        *(np.dtype(code).type(9) for code in np.typecodes["Float"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_kind_of_whole_number_is_a_rating(nine):
    assert classify(nine) is Category.PROMOTER


@given(scales(), st.integers(-450, 450))
def test_every_rating_on_a_scale_falls_in_exactly_one_category(scale, rating):
    if rating < scale.low or rating > scale.high:
        with pytest.raises(OutOfScaleError):
            classify(rating, scale)
        return
    fits = {
        Category.DETRACTOR: rating < scale.passive_from,
        Category.PASSIVE: scale.passive_from <= rating < scale.promoter_from,
        Category.PROMOTER: rating >= scale.promoter_from,
    }
    assert [category for category, true in fits.items() if true] == [classify(rating, scale)]


@given(scales())
def test_the_byte_table_says_what_classify_says(scale):
    table = category_table(scale)
    if scale.low < 0 or scale.high > 255:
        assert table is None
        return
    order = list(Category)
    for value in range(256):
        on_scale = scale.low <= value <= scale.high
        assert table[value] == (order.index(classify(value, scale)) if on_scale else 3)


@given(st.one_of(st.integers(), st.floats(), st.decimals(), st.fractions(), st.booleans(), st.text(max_size=3)))
def test_a_whole_number_equals_what_it_was_made_of(value):
    whole = as_whole(value)
    if whole is not None:
        assert type(whole) is int
        assert whole == value
        assert not isinstance(value, bool)


@pytest.mark.parametrize("value", [None, float("nan"), np.float32("nan"), Decimal("NaN"), pd.NA, pd.NaT])
def test_every_kind_of_missing_value_is_missing(value):
    assert is_missing(value)


@pytest.mark.parametrize("value", [0, "", False, "NA", "nan", [], np.array([1, 2]), float("inf"), pd.Timestamp(0)])
def test_an_empty_or_odd_value_is_not_a_missing_one(value):
    assert not is_missing(value)


@pytest.mark.parametrize(
    ("counts", "likely"),
    [
        ({"n": 300, "zeros": 0, "ones": 3, "up_to_five": 20}, "1-10"),
        ({"n": 299, "zeros": 0, "ones": 3, "up_to_five": 20}, None),
        ({"n": 300, "zeros": 1, "ones": 3, "up_to_five": 20}, None),
        ({"n": 300, "zeros": 0, "ones": 2, "up_to_five": 20}, None),
        ({"n": 100, "zeros": 0, "ones": 9, "up_to_five": 95}, "1-5"),
        ({"n": 100, "zeros": 1, "ones": 9, "up_to_five": 95}, "0-5"),
        ({"n": 100, "zeros": 0, "ones": 9, "up_to_five": 94}, None),
        ({"n": 99, "zeros": 0, "ones": 9, "up_to_five": 99}, None),
        ({"n": 0, "zeros": 0, "ones": 0, "up_to_five": 0}, None),
    ],
)
def test_a_likely_scale_is_named_only_on_clear_evidence(counts, likely):
    assert likely_scale(**counts) == likely
