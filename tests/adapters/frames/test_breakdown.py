"""Every engine gives the answer of a plain loop, in its own kind of frame, and lazily where it is lazy."""

import copy
import warnings
from datetime import date, datetime
from decimal import Decimal

import dask
import duckdb
import narwhals
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget import examples
from engines import EAGER, ENGINES, LAZY, POINTS, TYPES, arrow, frame, naive, rows, same
from npscore import STANDARD, Convention, DataWarning, Scale, breakdown

GRIDS = ("day", "week", "month", "quarter", "half", "year")
FLOATS = {"rating": pa.float64()}
NAN, INF = float("nan"), float("inf")
COUNTED = Convention(unanswered="count in the base")


def engines(*names):
    """Parameters, those on Spark marked so."""
    return [pytest.param(name, marks=pytest.mark.spark) if name == "spark" else name for name in names]


ALL = engines(*ENGINES)


def quietly(*args, **options):
    """A breakdown of odd data, without the warning that says so."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return breakdown(*args, **options)


def answers():
    """Sixty answers around six turns of the year, with everything that real exports have."""
    days = [datetime(year, month, day, 23, 59, 59) for year in range(2020, 2026) for month, day in ((12, 27), (12, 29))]
    days += [datetime(year, 1, day) for year in range(2021, 2027) for day in (1, 3, 4, 5)]
    days += [datetime(2024, 2, 29, 12), datetime(2024, 6, 30), datetime(2024, 7, 1), None] * 6
    ratings = [None, *range(-1, 12)]
    return {
        "rating": [ratings[i * 5 % 14] for i in range(len(days))],
        "answered_at": days,
        "region": [("north", "south", None, "é")[i * i % 4] for i in range(len(days))],
        "number": [(1, 2, None)[i % 3] for i in range(len(days))],
    }


whole = st.one_of(st.none(), st.integers(-1, 11))
broken = st.one_of(whole, st.sampled_from([NAN, 9.5, INF, -INF, 6.999, 1e300]))
times = st.one_of(st.none(), st.datetimes(datetime(2019, 12, 1), datetime(2026, 2, 1)))


@st.composite
def columns(draw, most=40):
    ratings = draw(st.sampled_from([whole, broken]))
    row = st.tuples(ratings, times, st.sampled_from(["a", "b", None, ""]), st.sampled_from([1, 20, None]))
    table = draw(st.lists(row, max_size=most))
    turned = list(zip(*table, strict=True)) or [()] * 4
    data = dict(zip(("rating", "answered_at", "region", "number"), map(list, turned), strict=True))
    return data, (FLOATS if ratings is broken else {})


tasks = st.tuples(
    columns(),
    st.sampled_from([(), ("region",), ("number", "region")]),
    st.sampled_from([None, *GRIDS]),
    st.sampled_from([Convention(), COUNTED, Convention(level=0.8)]),
)


def agrees(engine, task):
    (data, types), by, every, convention = task
    result = quietly(frame(engine, data, types), by=by, every=every, convention=convention)
    counted = convention.unanswered != "leave out"
    expected = naive(data, by, every, count_in_base=counted, level=convention.level)
    same(rows(result), expected, [*by, "period"] if every else by, ordered=engine in EAGER)


@pytest.mark.parametrize("engine", [*EAGER, "polars-lazy"])
@given(tasks)
@examples(40)
def test_an_engine_in_memory_agrees_with_a_loop(engine, task):
    agrees(engine, task)


@pytest.mark.parametrize("engine", engines("duckdb", "ibis", "dask", "spark"))
@given(tasks)
@examples(6)
def test_an_engine_elsewhere_agrees_with_a_loop(engine, task):
    agrees(engine, task)


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize("every", [None, *GRIDS])
def test_every_grid_agrees_with_a_loop(engine, every):
    keys = ["region", "period"] if every else ["region"]
    result = quietly(frame(engine, answers()), by="region", every=every)
    same(rows(result), naive(answers(), ["region"], every), keys, ordered=engine in EAGER)


@pytest.mark.parametrize("engine", ALL)
def test_unanswered_who_count_are_in_the_base_and_not_in_n(engine):
    data = {"rating": [9, 9, 0, None, None, 11], "region": ["a"] * 6}
    (row,) = rows(quietly(frame(engine, data), by="region", convention=COUNTED))
    same([row], naive(data, ["region"], count_in_base=True), ["region"])
    assert (row["n"], row["unanswered"], row["invalid"], row["nps"]) == (3, 2, 1, 20.0)


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize("convention", [Convention(), COUNTED], ids=["left out", "counted"])
def test_a_group_in_which_nobody_answered_has_no_score(engine, convention):
    data = {"rating": [None, 11, 9], "region": ["silent", "silent", "loud"]}
    silent = next(
        row
        for row in rows(quietly(frame(engine, data), by="region", convention=convention))
        if row["region"] == "silent"
    )
    assert [silent[name] for name in ("n", "unanswered", "invalid", *POINTS)] == [0, 1, 1, None, None, None]


@pytest.mark.parametrize("engine", ALL)
def test_a_missing_key_is_a_group_of_its_own_and_comes_last(engine):
    data = {"rating": [9, 0, 9, 8], "region": [None, "b", "a", None]}
    found = rows(breakdown(frame(engine, data), by="region"))
    same(found, naive(data, ["region"]), ["region"], ordered=engine in EAGER)
    if engine in EAGER:
        assert [row["region"] for row in found] == ["a", "b", None]


@pytest.mark.parametrize("engine", ALL)
def test_an_empty_frame_has_no_groups_but_one_row_without_keys(engine):
    empty = frame(engine, {"rating": [], "region": [], "answered_at": []})
    assert rows(breakdown(empty, by="region")) == []
    assert rows(breakdown(empty, by="region", every="week")) == []
    assert rows(breakdown(empty)) == naive({"rating": []})


@pytest.mark.parametrize("engine", ALL)
def test_without_keys_there_is_one_row(engine):
    same(rows(quietly(frame(engine, answers()))), naive(answers()), [])


@pytest.mark.parametrize("engine", ALL)
def test_other_scales_are_counted_by_their_own_cut_offs(engine):
    five = {1: "detractors", 2: "detractors", 3: "detractors", 4: "passives", 5: "promoters"}
    data = {"rating": [0, 1, 2, 3, 3, 4, 5, 5, 5, 6, None], "region": ["a"] * 11}
    result = quietly(frame(engine, data), by="region", convention=Convention(scale=Scale(1, 5, 4, 5)))
    same(rows(result), naive(data, ["region"], categories=five), ["region"])


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize("kind", [pa.uint8(), pa.int8()], ids=str)
@pytest.mark.parametrize("scale", [STANDARD, Scale(-5, 5, 1, 3), Scale(0, 1000, 500, 900)], ids=str)
def test_small_integers_are_held_against_any_scale(engine, kind, scale):
    data = {"rating": [0, 1, 2, 3, 9, 10, 11, 100, None]}
    order = ["detractors"] * (scale.passive_from - scale.low) + ["passives"] * (
        scale.promoter_from - scale.passive_from
    )
    order += ["promoters"] * (scale.high + 1 - scale.promoter_from)
    categories = dict(zip(range(scale.low, scale.high + 1), order, strict=True))
    result = quietly(frame(engine, data, {"rating": kind}), convention=Convention(scale=scale))
    same(rows(result), naive(data, categories=categories), [])


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize("kind", [pa.float32(), pa.float64()], ids=str)
def test_floats_count_when_whole_and_are_invalid_otherwise(engine, kind):
    data = {"rating": [9.0, 0.0, 8.0, 9.5, 6.5, -0.5, 10.25, INF, -INF, NAN, None, 1e30]}
    same(rows(quietly(frame(engine, data, {"rating": kind}))), naive(data), [])


@pytest.mark.parametrize(
    "engine", engines("pandas-arrow", "polars", "pyarrow", "polars-lazy", "duckdb", "ibis", "spark")
)
def test_decimals_count_when_whole_and_are_invalid_otherwise(engine):
    data = {"rating": [Decimal("9.00"), Decimal("8.5"), Decimal("0.00"), Decimal("10.01"), None]}
    same(rows(quietly(frame(engine, data, {"rating": pa.decimal128(5, 2)}))), naive(data), [])


@pytest.mark.parametrize(
    "engine", engines("pandas-arrow", "polars", "pyarrow", "polars-lazy", "duckdb", "ibis", "spark")
)
@pytest.mark.parametrize("every", GRIDS)
def test_dates_are_times_too(engine, every):
    data = {"rating": [9, 0, 9], "answered_at": [date(2025, 12, 31), date(2026, 1, 1), None]}
    result = breakdown(frame(engine, data, {"answered_at": pa.date32()}), every=every)
    same(rows(result), naive(data, every=every), ["period"])


@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "spark"])
@pytest.mark.parametrize("unit", ["s", "ms", "ns"])
def test_times_of_every_resolution_fall_in_the_same_periods(engine, unit):
    data = {"rating": [9, 0], "answered_at": [datetime(2026, 1, 31, 23, 59, 59), datetime(2026, 2, 1)]}
    result = breakdown(frame(engine, data, {"answered_at": pa.timestamp(unit)}), every="month")
    same(rows(result), naive(data, every="month"), ["period"])


@pytest.mark.parametrize("engine", EAGER)
def test_a_column_of_ratings_without_one_rating_is_unanswered(engine):
    if engine == "polars":
        empty = pl.DataFrame({"rating": [None, None]})
    else:
        empty = ENGINES[engine](pa.table({"rating": pa.nulls(2)}))
    same(rows(breakdown(empty)), naive({"rating": [None, None]}), [])


@pytest.mark.parametrize("engine", EAGER)
def test_a_column_of_text_without_one_text_is_unanswered(engine):
    data = {"rating": [None, None, None]}
    same(rows(breakdown(frame(engine, data, {"rating": pa.string()}))), naive(data), [])


@pytest.mark.parametrize("engine", ALL)
def test_the_result_is_the_same_kind_of_frame_with_the_columns_in_order(engine):
    given_frame = frame(engine, answers())
    result = quietly(given_frame, by=["region", "number"], every="month")
    assert type(result) is type(given_frame)
    names = list(narwhals.from_native(result).collect_schema())
    assert names == [
        "region",
        "number",
        "period",
        "n",
        "detractors",
        "passives",
        "promoters",
        "unanswered",
        "invalid",
        *POINTS,
    ]


@pytest.mark.parametrize("engine", ALL)
def test_the_frame_that_was_given_is_unchanged(engine):
    given_frame = frame(engine, answers())
    before = narwhals.from_native(given_frame)
    columns_before = dict(before.collect_schema())
    twin = copy.deepcopy(given_frame) if engine.startswith("pandas") else None
    quietly(given_frame, by="region", every="week", where={"number": [1, 2]})
    assert dict(narwhals.from_native(given_frame).collect_schema()) == columns_before
    if twin is not None:
        assert given_frame.equals(twin)
    if engine in ("polars", "pyarrow"):
        assert given_frame.equals(frame(engine, answers()))


def test_a_pandas_index_is_neither_used_nor_kept():
    table = frame("pandas", answers())
    odd = table.set_index([[0] * len(table)])
    result = quietly(odd, by="region", every="week")
    assert list(result.index) == list(range(len(result)))
    same(rows(result), naive(answers(), ["region"], "week"), ["region", "period"], ordered=True)


def test_a_category_without_rows_makes_no_group():
    table = frame("pandas", {"rating": [9, 0], "region": ["a", "b"]})
    table["region"] = table["region"].astype("category").cat.add_categories("nobody")
    assert [row["region"] for row in rows(breakdown(table, by="region"))] == ["a", "b"]


def test_rating_and_time_may_be_keys_themselves():
    data = {"rating": [9, 9, 0], "answered_at": [datetime(2026, 1, 1), datetime(2026, 1, 2), datetime(2026, 1, 2)]}
    assert [row["n"] for row in rows(breakdown(frame("polars", data), by="rating"))] == [1, 2]
    assert [row["n"] for row in rows(breakdown(frame("polars", data), by="answered_at", every="year"))] == [1, 2]


def boom(*args, **options):
    raise AssertionError("something was collected")


BUILT = {"by": "region", "every": "week", "where": {"number": [1, 2]}, "convention": COUNTED}


def test_a_lazy_polars_frame_is_not_collected(monkeypatch):
    lazy = frame("polars-lazy", answers())
    for name in ("collect", "fetch", "collect_async", "collect_batches"):
        monkeypatch.setattr(pl.LazyFrame, name, boom, raising=False)
    assert isinstance(breakdown(lazy, **BUILT), pl.LazyFrame)


def test_a_dask_frame_is_not_computed():
    lazy = frame("dask", answers())
    with dask.config.set(scheduler=boom):
        breakdown(lazy, **BUILT)


def test_a_duckdb_relation_is_not_run():
    seen = []
    connection = duckdb.connect()
    connection.create_function(
        "seen", lambda number: seen.append(number) or number, ["BIGINT"], "BIGINT", side_effects=True
    )
    connection.register("answers", arrow(answers()))
    relation = connection.sql("SELECT * REPLACE (seen(rating) AS rating) FROM answers")
    result = breakdown(relation, **BUILT)
    assert not seen
    result.fetchall()
    assert seen


def test_an_ibis_table_is_not_executed(monkeypatch):
    table = frame("ibis", answers())
    backend = type(table.get_backend())
    for name in ("execute", "to_pyarrow", "to_pyarrow_batches", "to_pandas", "to_polars", "raw_sql"):
        monkeypatch.setattr(backend, name, boom)
    breakdown(table, **BUILT)


@pytest.mark.spark
def test_a_spark_frame_is_not_collected(monkeypatch):
    lazy = frame("spark", answers())
    for name in ("collect", "toPandas", "toArrow", "count", "head", "take", "first", "isEmpty"):
        monkeypatch.setattr(type(lazy), name, boom)
    breakdown(lazy, **BUILT)


def test_the_names_of_the_engines_are_all_tested():
    assert set(EAGER) | set(LAZY) == set(ENGINES)
    assert {"rating", "answered_at", "region", "number"} <= set(TYPES)
