"""What a breakdown refuses, and which rows it keeps."""

from datetime import datetime
from decimal import Decimal

import narwhals
import narwhals.stable.v2
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from engines import ENGINES, frame, naive, rows, same
from npscore import Convention, InputError, Rolling, breakdown


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


NAN = float("nan")


@pytest.mark.parametrize("engine", ALL)
def test_what_is_asked_for_as_missing_is_nan_too(engine):
    data = {"rating": [9, 9, 0, 10], "size": [NAN, None, 1.5, 2.5]}
    table = frame(engine, data, {"size": pa.float64()})
    for wanted, n in ((None, 2), ([None, 1.5], 3), (1.5, 1), ([2.5], 1)):
        (row,) = rows(breakdown(table, where={"size": wanted}))
        assert row["n"] == n


def test_any_collection_of_values_means_any_of_them() -> None:
    frame = pd.DataFrame({"rating": [9, 3, 8, 10], "team": ["a", "b", "c", "a"]})
    for teams in (
        ["a", "b"],
        ("a", "b"),
        {"a", "b"},
        pd.Series(["a", "b"]),
        pd.Index(["a", "b"]),
        {"a": 1, "b": 2}.keys(),
    ):
        assert breakdown(frame, where={"team": teams})["n"].tolist() == [3]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"by": 1}, "names are texts"),
        ({"rating": 0}, "names are texts"),
        ({"by": ["team", "team"]}, "named twice"),
        ({"where": 5}, "not a builtins.int"),
        ({"convention": "default"}, "not 'default'"),
        ({"by": "__npscore_day"}, "rename it first"),
    ],
)
def test_a_wrong_call_is_one_sentence(options: dict[str, object], words: str) -> None:
    frame = pl.DataFrame({"rating": [9], "team": ["a"]})
    with pytest.raises(InputError, match=words):
        breakdown(frame, **options)  # type: ignore[arg-type]


def test_what_narwhals_refuses_is_an_input_error() -> None:
    twice = pd.DataFrame([[9, 1, 2]], columns=["rating", "a", "a"])
    with pytest.raises(InputError, match="the dataframe does not allow it"):
        breakdown(twice)


@pytest.mark.parametrize("until", ["2026-01-05", "", 0])
def test_a_window_ends_with_a_day_and_no_text(until):
    with pytest.raises(InputError, match="a day is a date or a datetime"):
        breakdown(pl.DataFrame({"rating": [9]}), convention=Convention(window=Rolling(30)), until=until)


def test_an_expression_of_the_frame_s_own_library_is_pointed_to_narwhals():
    with pytest.raises(InputError, match=r"nw\.col\('team'\) == 'a' after import narwhals as nw, not a polars\.Expr"):
        breakdown(pl.DataFrame({"rating": [9]}), where=pl.col("rating") > 5)
