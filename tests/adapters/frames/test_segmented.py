"""Segments on every engine: each row where the plain engine has it, each group counted as a loop would."""

import warnings
from datetime import UTC, datetime, timedelta

import dask
import narwhals
import polars as pl
import pytest

from engines import EAGER, ENGINES, LAZY, frame, naive, rows, same
from npscore import (
    Convention,
    DataWarning,
    InputError,
    InvalidRuleError,
    Rolling,
    Segmentation,
    assign,
    breakdown,
    field,
)
from npscore.scoring.conventions import DEFAULT

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ALL = [pytest.param(name, marks=pytest.mark.spark) if name == "spark" else name for name in ENGINES]
RULES = {
    "large": field("revenue") >= 1000,
    "recent": field("answered_at").within(days=90),
    "north or unknown": (field("region") == "north") | field("region").is_missing(),
    "nobody": field("region").is_in(),
    "not small": ~(field("revenue") < 10),
}
TIERS = Segmentation(RULES, name="tier")
SETS = Segmentation(RULES, name="tier", overlapping=True, rest="none of them")


def answers():
    """Sixty answers of twelve customers over a year, some cells missing."""
    size = 60
    return {
        "rating": [(10, 9, 3, None, 8, 11, 0, 9, 7)[i % 9] for i in range(size)],
        "revenue": [(5.0, 1000.0, None, 999.9, 12.0)[i * i % 5] for i in range(size)],
        "region": [("north", "south", None)[i * 2 % 3] for i in range(size)],
        "answered_at": [None if i % 13 == 5 else datetime(2025, 12, 1) + timedelta(days=6 * i) for i in range(size)],
        "customer_id": [f"c{i * 5 % 12}" for i in range(size)],
        "response_id": [f"r{i:02d}" for i in range(size)],
    }


def records(data):
    return [dict(zip(data, values, strict=True)) for values in zip(*data.values(), strict=True)]


def spread(data, segmentation):
    """The columns with each row once for each of its segments: the oracle, by `Segmentation.of`."""
    found = [{**row, "tier": name} for row in records(data) for name in segmentation.of(row, now=NOW)]
    return {name: [row[name] for row in found] for name in [*data, "tier"]}


def quietly(*args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return breakdown(*args, now=NOW, **options)


def in_order(found, segmentation):
    places = [segmentation.names.index(row["tier"]) for row in found]
    return places == sorted(places)


@pytest.mark.parametrize("engine", ALL)
def test_each_row_gets_the_first_segment_that_matches(engine):
    data = answers()
    found = {row["response_id"]: row["tier"] for row in collect(assign(frame(engine, data), TIERS, now=NOW))}
    assert found == {row["response_id"]: TIERS.of(row, now=NOW)[0] for row in records(data)}


@pytest.mark.parametrize("engine", ALL)
def test_segments_that_overlap_have_a_column_each(engine):
    data = answers()
    for found in collect(assign(frame(engine, data), SETS, now=NOW)):
        (row,) = (row for row in records(data) if row["response_id"] == found["response_id"])
        flags = {name: found[f"tier.{name}"] for name in SETS.names}
        assert all(flag in (True, False) for flag in flags.values())
        assert tuple(name for name, flag in flags.items() if flag) == SETS.of(row, now=NOW)


def collect(result):
    opened = narwhals.from_native(result)
    opened = opened.collect() if isinstance(opened, narwhals.LazyFrame) else opened
    return list(opened.rows(named=True))


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize("segmentation", [TIERS, SETS], ids=["first", "overlapping"])
@pytest.mark.parametrize(("others", "every"), [([], None), (["region"], "quarter")], ids=["alone", "with others"])
def test_groups_by_segment_are_counted_as_by_a_loop(engine, segmentation, others, every):
    result = quietly(frame(engine, answers()), by=[segmentation, *others], every=every)
    keys = ["tier", *others]
    expected = naive(spread(answers(), segmentation), keys, every)
    same(rows(result), expected, [*keys, *(["period"] if every else [])])
    assert engine not in EAGER or in_order(rows(result), segmentation)


MEMORY = [*EAGER, "polars-lazy"]
SLOW = [pytest.param(name, marks=[pytest.mark.engines]) for name in ("duckdb", "dask", "ibis")]
CONVENTIONS = [
    Convention(unit="customer", repeats="latest"),
    Convention(unit="customer", repeats="mean"),
    Convention(window=Rolling(90)),
]


@pytest.mark.parametrize("engine", [*MEMORY, *SLOW])
@pytest.mark.parametrize("segmentation", [TIERS, SETS], ids=["first", "overlapping"])
@pytest.mark.parametrize("convention", CONVENTIONS, ids=["latest", "customers", "rolling"])
@pytest.mark.parametrize("every", [None, "half"])
def test_rows_are_weighed_against_those_of_their_own_segment(engine, segmentation, convention, every):
    options = {"convention": convention, "every": every, "until": datetime(2026, 12, 1, tzinfo=UTC).date()}
    options = options if convention.window else {**options, "until": None}
    found = rows(quietly(frame(engine, answers()), by=segmentation, **options))
    apart = rows(quietly(frame("polars", spread(answers(), segmentation), {"tier": pl_text()}), by="tier", **options))
    same(found, apart, ["tier", *(["period"] if every else [])])


def pl_text():
    import pyarrow as pa

    return pa.string()


@pytest.mark.parametrize("engine", ALL)
def test_a_rule_says_which_rows_count(engine):
    wanted = field("answered_at").within(days=200) & (field("region") != "south")
    kept = [row for row in records(answers()) if wanted.matches(row, now=NOW)]
    expected = naive({name: [row[name] for row in kept] for name in answers()}, ["region"])
    same(rows(quietly(frame(engine, answers()), by="region", where=wanted)), expected, ["region"])


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize("segmentation", [TIERS, SETS], ids=["first", "overlapping"])
def test_of_no_rows_there_are_no_groups(engine, segmentation):
    empty = frame(engine, {name: [] for name in answers()})
    assert rows(quietly(empty, by=segmentation)) == []
    assert rows(quietly(empty, by=[segmentation, "region"], every="month")) == []
    assert collect(assign(empty, segmentation, now=NOW)) == []


@pytest.mark.parametrize("overlapping", [False, True])
@pytest.mark.parametrize("engine", ["pandas", "polars", "pyarrow", "duckdb"])
def test_a_hundred_and_thirty_segments_are_told_apart(engine, overlapping):
    many = Segmentation({f"s{i}": field("number") == i // 2 for i in range(130)}, name="tier", overlapping=overlapping)
    data = {"rating": [9] * 70, "number": list(range(70))}
    same(rows(quietly(frame(engine, data), by=many)), naive(spread(data, many), ["tier"]), ["tier"])
    assert len(collect(assign(frame(engine, data), many))) == 70


def test_segments_without_rules_leave_everybody_to_the_rest():
    data = {"rating": [9, 3]}
    for overlapping in (False, True):
        none = Segmentation({}, overlapping=overlapping)
        assert breakdown(frame("polars", data), by=none).select("segment", "n").rows() == [("rest", 2)]


def test_two_segmentations_cross():
    regions = Segmentation({"north": field("region") == "north"}, name="zone", overlapping=True)
    made = quietly(frame("polars", answers()), by=[SETS, regions])
    both = [(tier, zone) for row in records(answers()) for tier in SETS.of(row, now=NOW) for zone in regions.of(row)]
    sizes = {(row["tier"], row["zone"]): row["n"] + row["unanswered"] + row["invalid"] for row in made.to_dicts()}
    assert sizes == {key: both.count(key) for key in set(both)}


def test_what_is_odd_is_warned_of_once_a_row_where_segments_overlap():
    data = {"rating": [9, 11, 8], "number": [1, 1, 1]}
    twice = Segmentation({"a": "number = 1", "b": "number >= 1"}, overlapping=True)
    with pytest.warns(DataWarning, match="1 of 3 ratings"):
        breakdown(frame("polars", data), by=twice)


def test_a_name_that_a_column_has_is_refused():
    table = pl.DataFrame({"tier": ["a"], "tier.large": [True], "revenue": [1.0], "rating": [9]})
    simple = Segmentation({"large": "revenue > 0"}, name="tier")
    several = Segmentation({"large": "revenue > 0"}, name="tier", overlapping=True)
    for refused in (
        lambda: assign(table, simple),
        lambda: assign(table, several),
        lambda: breakdown(table, by=simple),
        lambda: breakdown(table, by=[several, several]),
    ):
        with pytest.raises(InputError, match="tier"):
            refused()


def test_what_the_frame_cannot_answer_is_refused():
    table = pl.DataFrame({"revenue": [1.0], "rating": [9]})
    with pytest.raises(InvalidRuleError, match="revenue"):
        assign(table, Segmentation({"large": "revenu > 0"}))
    with pytest.raises(InvalidRuleError, match="now"):
        breakdown(frame("polars", answers()), by=TIERS)
    with pytest.raises(InvalidRuleError, match="Segmentation"):
        assign(table, "revenue > 0")
    with pytest.raises(InvalidRuleError, match="holds numbers"):
        breakdown(table, where=field("revenue") == "a")
    with pytest.raises(InputError, match="now"):
        breakdown(table, now=datetime(2026, 1, 1))


def boom(*args, **options):
    raise AssertionError("something was collected")


@pytest.mark.parametrize("segmentation", [TIERS, SETS], ids=["first", "overlapping"])
@pytest.mark.parametrize("convention", [DEFAULT, Convention(unit="customer", repeats="latest")], ids=["all", "latest"])
def test_lazy_frames_stay_lazy(monkeypatch, segmentation, convention):
    with dask.config.set(scheduler=boom):
        lazy = frame("dask", answers())
        breakdown(lazy, by=segmentation, now=NOW, convention=convention, where=field("revenue") > 1)
        assign(lazy, segmentation, now=NOW)
    lazy = frame("polars-lazy", answers())
    monkeypatch.setattr(pl.LazyFrame, "collect", boom)
    assert isinstance(breakdown(lazy, by=segmentation, now=NOW, convention=convention), pl.LazyFrame)
    assert isinstance(assign(lazy, segmentation, now=NOW), pl.LazyFrame)


def test_the_lazy_engines_are_the_ones_that_are_known():
    assert set(LAZY) == {"polars-lazy", "duckdb", "dask", "ibis", "spark"}
