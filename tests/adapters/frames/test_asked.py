"""What a breakdown refuses, what it warns of, and which rows it keeps."""

import warnings
from datetime import datetime
from decimal import Decimal

import narwhals
import narwhals.stable.v2
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from engines import EAGER, ENGINES, LAZY, frame, naive, rows, same
from npscore import ONE_TO_TEN, Convention, DataWarning, InputError, Scale, breakdown


def engines(names):
    return [pytest.param(name, marks=pytest.mark.spark) if name == "spark" else name for name in names]


ALL = engines(ENGINES)
SMALL = {"rating": [9, 0, 8], "region": ["a", "b", None], "answered_at": [datetime(2026, 1, 1)] * 3}


@pytest.mark.parametrize("engine", ALL)
def test_text_of_digits_is_refused_with_a_way_out(engine):
    with pytest.raises(InputError, match="never converted silently; convert them to integers first"):
        breakdown(frame(engine, {"rating": ["9", "10"]}, {"rating": pa.string()}))


@pytest.mark.parametrize("engine", engines(("pandas", "pandas-nullable", "polars", "pyarrow", "duckdb")))
def test_booleans_are_no_ratings(engine):
    with pytest.raises(InputError, match="not numbers"):
        breakdown(frame(engine, {"rating": [True, False]}, {"rating": pa.bool_()}))


def test_objects_of_pandas_are_refused_even_when_they_are_numbers():
    for values in ([9, "x"], [Decimal(9), Decimal(8)], [9, pd.NA]):
        with pytest.raises(InputError, match="not numbers"):
            breakdown(pd.DataFrame({"rating": pd.Series(values, dtype=object)}))


@pytest.mark.parametrize("engine", ALL)
def test_times_are_no_ratings(engine):
    with pytest.raises(InputError, match="not numbers"):
        breakdown(frame(engine, SMALL), rating="answered_at")


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize(
    "options",
    [{"rating": "ratng"}, {"by": "regoin"}, {"every": "week", "at": "answered_On"}, {"where": {"reigon": "a"}}],
    ids=["rating", "by", "at", "where"],
)
def test_an_unknown_column_is_told_the_close_one(engine, options):
    with pytest.raises(InputError, match=r"there is no column .*; did you mean '(rating|region|answered_at)'\?"):
        breakdown(frame(engine, SMALL), **options)


def test_an_unknown_column_unlike_all_is_told_which_there_are():
    with pytest.raises(InputError, match="there are 'rating', 'region', 'answered_at'"):
        breakdown(frame("polars", SMALL), rating="xyz")
    with pytest.raises(InputError, match="there are 0, 1"):
        breakdown(pd.DataFrame([[9, 8]]))


def test_a_time_column_is_needed_only_with_a_grid():
    bare = pl.DataFrame({"rating": [9]})
    assert len(breakdown(bare)) == 1
    with pytest.raises(InputError, match="no column 'answered_at'"):
        breakdown(bare, every="week")


@pytest.mark.parametrize("engine", ALL)
def test_times_that_are_no_times_are_refused_with_a_way_out(engine):
    with pytest.raises(InputError, match="parse them first"):
        breakdown(frame(engine, SMALL), every="week", at="region")
    with pytest.raises(InputError, match="parse them first"):
        breakdown(frame(engine, SMALL), every="week", at="rating")


@pytest.mark.parametrize("every", ["weekly", "1w", "fortnight", ""])
def test_an_unknown_grid_is_told_which_there_are(every):
    with pytest.raises(InputError, match="day, week, month, quarter, half, year"):
        breakdown(frame("polars", SMALL), every=every)


RESULTS = ["n", "detractors", "passives", "promoters", "unanswered", "invalid", "nps", "lower", "upper"]


@pytest.mark.parametrize("name", [*RESULTS, "__npscore_rows", "__npscore_day", "__npscore_base"])
def test_a_key_named_like_a_result_is_refused(name):
    table = pl.DataFrame({"rating": [9], name: ["a"]})
    with pytest.raises(InputError, match="rename it first"):
        breakdown(table, by=name)


def test_a_key_named_period_is_refused_only_with_a_grid():
    table = frame("polars", SMALL).rename({"region": "period"})
    with pytest.raises(InputError, match="rename it first"):
        breakdown(table, by="period", every="week")
    assert len(breakdown(table, by="period")) == 3


@pytest.mark.parametrize("engine", ALL)
def test_a_column_named_like_a_result_that_is_no_key_does_no_harm(engine):
    data = {"rating": [9, 0], "region": ["a", "b"], "n": [5, 6], "nps": [7, 8], "invalid": [1, 1]}
    kinds = {"n": pa.int64(), "nps": pa.int64(), "invalid": pa.int64()}
    same(rows(breakdown(frame(engine, data, kinds), by="region")), naive(data, ["region"]), ["region"])


def test_a_rating_column_may_have_any_name():
    table = frame("polars", SMALL).rename({"rating": "promoters"})
    assert rows(breakdown(table, rating="promoters"))[0]["n"] == 3


def test_a_key_named_twice_is_refused():
    with pytest.raises(InputError, match="named twice"):
        breakdown(frame("polars", SMALL), by=["region", "region"])


@pytest.mark.parametrize(
    "odd", [[9, 10], {"rating": [9]}, pd.Series([9]), pl.Series([9]), None, 9, "answers.csv"], ids=str
)
def test_what_is_no_dataframe_is_refused(odd):
    with pytest.raises(InputError, match="is not a dataframe"):
        breakdown(odd)


WHERE = [
    ({"region": "a"}, lambda row: row["region"] == "a"),
    ({"region": ["a", "b"]}, lambda row: row["region"] in ("a", "b")),
    ({"region": ("a",)}, lambda row: row["region"] == "a"),
    ({"region": {"b"}}, lambda row: row["region"] == "b"),
    ({"region": None}, lambda row: row["region"] is None),
    ({"region": ["a", None]}, lambda row: row["region"] in ("a", None)),
    ({"region": [None]}, lambda row: row["region"] is None),
    ({"region": []}, lambda row: False),
    ({"region": "nowhere"}, lambda row: False),
    ({"number": 2}, lambda row: row["number"] == 2),
    ({"number": 2, "region": ["a", "b"]}, lambda row: row["number"] == 2 and row["region"] in ("a", "b")),
    ({}, lambda row: True),
    (None, lambda row: True),
]
CHOSEN = {
    "rating": [9, 0, 8, None, 10, 3],
    "region": ["a", "b", None, "a", "c", "a"],
    "number": [1, 2, 2, None, 2, 2],
}


def kept(test):
    everything = [dict(zip(CHOSEN, values, strict=True)) for values in zip(*CHOSEN.values(), strict=True)]
    chosen = [row for row in everything if test(row)]
    return {name: [row[name] for row in chosen] for name in CHOSEN}


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize(("where", "test"), WHERE, ids=[str(where) for where, _ in WHERE])
def test_a_mapping_keeps_the_rows_it_names(engine, where, test):
    result = breakdown(frame(engine, CHOSEN), by="region", where=where)
    same(rows(result), naive(kept(test), ["region"]), ["region"])


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize("library", [narwhals, narwhals.stable.v2], ids=["narwhals", "stable"])
def test_an_expression_keeps_the_rows_it_holds_for(engine, library):
    wanted = (library.col("number") == 2) & (library.col("rating") >= 3)
    result = breakdown(frame(engine, CHOSEN), by="region", where=wanted)
    expected = kept(lambda row: row["number"] == 2 and row["rating"] is not None and row["rating"] >= 3)
    same(rows(result), naive(expected, ["region"]), ["region"])


@pytest.mark.parametrize("engine", engines(EAGER))
@pytest.mark.parametrize(
    ("values", "kind", "words"),
    [
        ([9, 11, 10, 12], pa.int64(), "2 of 4 ratings in 'rating' are not on the scale 0-10, for example 11;"),
        ([9, -1], pa.int8(), "1 of 2 ratings in 'rating' are not on the scale 0-10, for example -1;"),
        (
            [9.0, 9.5, float("nan")],
            pa.float64(),
            "1 of 3 ratings in 'rating' are not on the scale 0-10, for example 9.5;",
        ),
    ],
    ids=["large", "small", "fraction"],
)
def test_ratings_off_the_scale_are_warned_of_with_count_and_example(engine, values, kind, words):
    with pytest.warns(DataWarning) as caught:
        breakdown(frame(engine, {"rating": values}, {"rating": kind}))
    (warning,) = caught
    assert str(warning.message).startswith(words)
    assert warning.filename == __file__, "the warning points at the caller"


@pytest.mark.parametrize("engine", engines(EAGER))
def test_rows_left_out_by_where_are_not_warned_of(engine):
    breakdown(frame(engine, {"rating": [9, 11], "region": ["a", "b"]}), where={"region": "a"})


@pytest.mark.parametrize("engine", engines(EAGER))
def test_missing_ratings_are_not_warned_of(engine):
    breakdown(frame(engine, {"rating": [9.0, None, float("nan")]}, {"rating": pa.float64()}))


@pytest.mark.parametrize("engine", engines(LAZY))
def test_a_lazy_frame_is_never_warned_of_and_the_columns_tell(engine):
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataWarning)
        result = breakdown(frame(engine, {"rating": [11, 12, None, 9] * 100, "region": ["a"] * 400}), by="region")
    (row,) = rows(result)
    assert (row["invalid"], row["unanswered"], row["n"]) == (200, 100, 100)


ONE_TO_TEN_ANSWERS = [1, 1, 1, *range(2, 11)] * 40
FIVE_POINT = [1, 2, 3, 4, 5] * 30
HEALTHY = [*range(11), 9, 10, 10, 8] * 40


@pytest.mark.parametrize("engine", engines(EAGER))
@pytest.mark.parametrize("kind", [pa.int64(), pa.uint8(), pa.float64()], ids=str)
@pytest.mark.parametrize(
    ("values", "likely"),
    [
        (ONE_TO_TEN_ANSWERS, "look like a 1-10 scale"),
        (FIVE_POINT, "look like a 1-5 scale"),
        ([*FIVE_POINT, *[9] * 7, None], "look like a 1-5 scale"),
        ([0, *FIVE_POINT], "look like a 0-5 scale"),
    ],
    ids=["1-10", "1-5", "mostly 1-5", "0-5"],
)
def test_ratings_of_another_scale_are_warned_of(engine, kind, values, likely):
    with pytest.warns(DataWarning, match=likely) as caught:
        breakdown(frame(engine, {"rating": values}, {"rating": kind}))
    (warning,) = caught
    assert warning.filename == __file__
    assert f"among {sum(value is not None for value in values)} answers" in str(warning.message)


@pytest.mark.parametrize("engine", engines(EAGER))
@pytest.mark.parametrize(
    "values",
    [
        HEALTHY,
        [*ONE_TO_TEN_ANSWERS, 0],
        ONE_TO_TEN_ANSWERS[:299],
        FIVE_POINT[:99],
        [*FIVE_POINT, *[9] * 8],
        [9, 10] * 500,
    ],
    ids=["healthy", "one zero", "few", "few of five", "some above five", "only happy"],
)
def test_ratings_that_may_well_be_0_to_10_are_not_warned_of(engine, values):
    breakdown(frame(engine, {"rating": values}))


@pytest.mark.parametrize("engine", engines(EAGER))
def test_no_other_scale_is_supposed_where_one_was_named(engine):
    breakdown(frame(engine, {"rating": ONE_TO_TEN_ANSWERS}), convention=Convention(scale=ONE_TO_TEN))
    breakdown(frame(engine, {"rating": FIVE_POINT}), convention=Convention(scale=Scale(1, 5, 4, 5)))
