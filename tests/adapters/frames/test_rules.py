"""A rule means the same rows in every engine as it does to the plain one."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

import dask.dataframe
import narwhals
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget import examples
from engines import EAGER, ENGINES
from npscore import InputError, InvalidRuleError, field, rule_expression
from npscore.segments import EVERYBODY, NOBODY, Age, And, Contains, Eq, In, Missing, Not, Or, Range, StartsWith

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAN, INF, US = float("nan"), float("inf"), timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1)
NOON = datetime(2026, 1, 1, 12)


def utc(times):
    return [time and time.replace(tzinfo=UTC) for time in times]


TIMES = [NOON, NOON + US, NOON - US, NOON + 500 * US, datetime(1960, 2, 29), datetime(2026, 1, 1), EPOCH - US, None]
WHOLE = [datetime(2026, 1, 1, 12), datetime(1960, 2, 29), datetime(2026, 1, 1), None] * 2
CELLS = {
    "int8": (pa.int8(), [0, 1, -128, 127, 5, 6, None, -1]),
    "int64": (pa.int64(), [0, 1, -(2**63), 2**63 - 1, 2**53 + 1, 6, -1, 10]),
    "gaps": (pa.int64(), [0, 1, None, 9, 2**40, 6, None, 10]),
    "uint64": (pa.uint64(), [0, 1, 2**64 - 1, 2**63, 2**53 + 1, 6, 5, 10]),
    "float": (pa.float64(), [0.1, -0.0, NAN, INF, -INF, 6.0, None, 0.30000000000000004]),
    "float32": (pa.float32(), [0.5, -0.0, NAN, INF, -INF, 6.0, None, 0.10000000149011612]),
    "decimal": (pa.decimal128(5, 2), [Decimal(d) if d else None for d in
                                      ("0.10", "0.00", "-999.99", "999.99", "6.00", "5.99", None, "6.01")]),
    "wide": (pa.decimal128(38, 10), [Decimal(d) if d else None for d in
                                     ("0.1", "0", "-1e27", "1e27", "6", "5.9999999999", None, "0.3")]),
    "text": (pa.string(), ["", "a", "A", "é", "e\u0301", "a.%_", None, "\U0001f600 6"]),
    "category": (pa.dictionary(pa.int32(), pa.string()), ["a", "A", None, "b", "a", "é", "", "a"]),
    "truth": (pa.bool_(), [True, False, None, True, False, None, True, False]),
    "flag": (pa.bool_(), [True, False, True, True, False, False, True, False]),
    "day": (pa.date32(), [date(2026, 1, 1), date(1960, 2, 29), None,
                           date(2026, 1, 2), date(1969, 12, 31), *[None] * 3]),
    "second": (pa.timestamp("s"), WHOLE),
    "milli": (pa.timestamp("ms"), WHOLE),
    "micro": (pa.timestamp("us"), TIMES),
    "nano": (pa.timestamp("ns"), TIMES),
    "utc": (pa.timestamp("us", "UTC"), utc(TIMES)),
    "paris": (pa.timestamp("us", "Europe/Paris"), utc(TIMES)),
    "york": (pa.timestamp("ms", "America/New_York"), utc(WHOLE)),
    "zoned_nano": (pa.timestamp("ns", "Europe/Paris"), utc(TIMES)),
}  # fmt: skip
LACKING = {
    "pandas": {"decimal", "wide", "day", "truth"},  # object columns there, which are refused
    "pandas-nullable": {"decimal", "wide", "day", "truth"},
    "dask": {"decimal", "wide", "day", "truth"},
    "duckdb": {"zoned_nano"},  # a type of its own there, which narwhals does not know
    "ibis": {"zoned_nano"},
    "spark": {"uint64", "truth", "flag", "category", "wide", "second", "milli", "nano", "utc", "paris", "york",
              "zoned_nano"},  # which the way to Spark does not carry
}  # fmt: skip

NUMBERS = [0, 1, -1, 5, 6, 5.5, 0.1, 0.30000000000000004, 127, 128, -129, 300, 2**53 + 1, 2**63, 2**64, -(2**63),
           Decimal("0.3"), Decimal("5.991"), Decimal("999.99"), 10**4, 10**27, Decimal("1e-20"), 0.5]  # fmt: skip
TEXTS = ["", "a", "A", "é", "e\u0301", ".", "%", "_", "6", "\U0001f600", "b", "zz"]
MOMENTS = [*utc(time for time in TIMES if time), datetime(5000, 1, 1, tzinfo=UTC), datetime(3, 1, 1, tzinfo=UTC),
           datetime(2026, 1, 1, 12, 0, 0, 400, tzinfo=UTC), datetime(2262, 4, 11, 23, 47, 16, 854775, tzinfo=UTC),
           datetime(1677, 9, 21, 0, 12, 43, 145224, tzinfo=UTC), date(2026, 1, 2), EPOCH - 2 * US]  # fmt: skip
AGES = [timedelta(0), timedelta(days=325), timedelta(days=325) - US, timedelta(days=-1), timedelta(days=365_250)]


def values_of(column):
    kind = CELLS[column][0]
    if pa.types.is_boolean(kind):
        return st.booleans()
    if pa.types.is_string(kind) or pa.types.is_dictionary(kind):
        return st.sampled_from(TEXTS)
    return st.sampled_from(MOMENTS if pa.types.is_temporal(kind) else NUMBERS)


@st.composite
def leaves(draw, names):
    column = draw(st.sampled_from(names))
    values, kind = values_of(column), CELLS[column][0]
    made = [st.just(Missing(column)), st.builds(Eq, st.just(column), values)]
    made.append(st.builds(In, st.just(column), st.lists(values, max_size=4)))
    if not pa.types.is_boolean(kind):
        low, high = draw(st.sampled_from(["at_least", "above"])), draw(st.sampled_from(["at_most", "below"]))
        made += [st.builds(Range, st.just(column), **{bound: values}) for bound in (low, high)]
        made.append(st.builds(Range, st.just(column), **{low: values, high: values}))
    if pa.types.is_string(kind) or pa.types.is_dictionary(kind):
        made += [st.builds(leaf, st.just(column), values) for leaf in (Contains, StartsWith)]
    if pa.types.is_temporal(kind):
        ages = st.sampled_from(AGES)
        made += [st.builds(Age, st.just(column), **{bound: ages}) for bound in ("at_least", "at_most")]
    return draw(st.one_of(made))


def rules(names):
    def joined(parts):
        several = st.lists(parts, max_size=3)
        return st.one_of(parts.map(Not), several.map(lambda p: And(*p)), several.map(lambda p: Or(*p)))

    return st.recursive(leaves(names), joined, max_leaves=6)


def names_of(engine):
    return sorted(set(CELLS) - LACKING.get(engine, set()))


def table_of(names):
    """Every cell beside every other one's neighbour, in twenty-four rows."""
    size = 24
    table = {"number": pa.array(range(size))}
    for turn, name in enumerate(names):
        kind, cells = CELLS[name]
        table[name] = pa.array([cells[(i + i // 8 * turn) % 8] for i in range(size)], kind, from_pandas=False)
    return pa.table(table)


@lru_cache
def table_and_frame(engine):
    table = table_of(names_of(engine))
    return table.to_pylist(), ENGINES[engine](table)


def found(frame, wanted, now=NOW):
    """For each rule the rows that the engine finds, in one query."""
    opened = narwhals.from_native(frame)
    made = opened.select(
        "number", *(rule_expression(rule, frame, now=now).alias(f"r{i}") for i, rule in enumerate(wanted))
    )
    made = made.collect() if isinstance(made, narwhals.LazyFrame) else made
    found = []
    for i in range(len(wanted)):
        flags = made[f"r{i}"].to_list()
        assert not any(flag is None or flag != flag for flag in flags), f"{wanted[i]} is missing somewhere"
        found.append(sorted(number for number, flag in zip(made["number"].to_list(), flags, strict=True) if flag))
    return found


def agree(rows, frame, wanted):
    for rule, numbers in zip(wanted, found(frame, wanted), strict=True):
        assert numbers == [row["number"] for row in rows if rule.matches(row, now=NOW)], str(rule)


def drawn(engine, data):
    rows, frame = table_and_frame(engine)
    agree(rows, frame, data.draw(st.lists(rules(names_of(engine)), min_size=5, max_size=20)))


@pytest.mark.parametrize("engine", [*EAGER, "polars-lazy"])
@given(st.data())
@examples(30)
def test_a_rule_means_the_same_rows_in_memory(engine, data):
    drawn(engine, data)


@pytest.mark.parametrize("engine", ["duckdb", "ibis", "dask", pytest.param("spark", marks=pytest.mark.spark)])
@given(st.data())
@examples(4)
def test_a_rule_means_the_same_rows_elsewhere(engine, data):
    drawn(engine, data)


@pytest.mark.parametrize("engine", ["pandas", "pandas-nullable", "pandas-arrow", "polars", "pyarrow", "duckdb", "dask"])
def test_what_is_the_same_of_every_row_is_as_long_as_the_frame(engine):
    rows, frame = table_and_frame(engine)
    same = [EVERYBODY, NOBODY, ~NOBODY, field("int8").is_in(), field("int8") == 0.5, field("int8") < 10**20]
    agree(rows, frame, [*same, Or(*same), And(*same), Not(And(EVERYBODY, Not(NOBODY)))])


@pytest.mark.parametrize("engine", ["pandas", "polars", "pyarrow", "duckdb", "ibis", "dask"])
def test_wide_and_deep_rules_run(engine):
    rows, frame = table_and_frame(engine)
    wide = [Or(*(field("int64") == number for number in range(1000))), field("text").is_in(map(str, range(2000)))]
    deep = field("int8") == 5
    while deep.depth < 50:
        deep = And(~deep if deep.depth < 49 else deep)
    agree(rows, frame, [*wide, field("int64").is_in(range(2000)), deep])


def test_texts_in_columns_of_objects_are_texts():
    table = pd.DataFrame({"number": [0, 1, 2], "x": pd.Series(["a", None, "ab"], dtype=object)})
    x = field("x")
    wanted = [x == "a", ~x.contains("b"), x.starts_with("a"), x.is_missing(), ~(x >= "ab"), x.is_in("a", "b")]
    agree([{"number": i, "x": text} for i, text in enumerate(["a", None, "ab"])], table, wanted)


def test_columns_of_unlike_pandas_types_are_joined():
    rows = [{"number": 0, "a": 1, "b": 2.0, "c": "x"}, {"number": 1, "a": None, "b": None, "c": None}]
    table = pd.DataFrame(rows)
    table["a"] = table["a"].astype("Int64")
    table["c"] = table["c"].astype(pd.ArrowDtype(pa.string()))
    a, b, c = field("a") == 1, field("b") >= 2, field("c").contains("x")
    wanted = [a & b, a | b, a & c, b | c, ~a & ~c, ~(b & c), a | ~b | c, ~(a | b | c), a & b & ~c]
    agree([{"number": 0, "a": 1, "b": 2.0, "c": "x"}, {"number": 1, "a": None, "b": None, "c": None}], table, wanted)


@pytest.mark.parametrize("name", ["paris", "york", "utc", "zoned_nano"])
def test_dask_knows_zones(name):
    table = table_of([name])
    frame = dask.dataframe.from_pandas(table.to_pandas(), npartitions=2)
    agree(
        table.to_pylist(), frame, [field(name) == MOMENTS[0], field(name) > MOMENTS[0], ~field(name).within(days=400)]
    )


@pytest.mark.parametrize("engine", ["pandas", "polars", "pyarrow"])
def test_a_column_in_memory_that_holds_nothing_may_be_spoken_of(engine):
    table = pa.table({"number": [0, 1], "x": pa.nulls(2)})
    x = field("x")
    wanted = [x == 5, x >= "a", ~(x == "a"), x.is_missing(), x.contains("a"), x.is_in(1, 2), x.within(days=9)]
    agree(table.to_pylist(), ENGINES[engine](table), wanted)


REFUSED = {
    "list": pl.Series([[1], [2]]),
    "object": pl.Series([object(), object()], dtype=pl.Object),
    "duration": pl.Series([timedelta(1), None]),
    "bytes": pl.Series([b"a", None]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_rule_compares_can_only_be_missing(name):
    table = pl.DataFrame({"number": [0, 1], name: REFUSED[name]})
    assert found(table, [Missing(name), ~Missing(name)]) is not None
    for rule in (field(name) == 1, ~(field(name) >= "a"), field(name).within(days=9), field(name).contains("a")):
        with pytest.raises(InvalidRuleError, match=f"'{name}'"):
            rule_expression(rule, table, now=NOW)


def test_a_rule_that_the_frame_cannot_answer_is_refused():
    table = pl.DataFrame({"rating": [9], "region": ["a"]})
    with pytest.raises(InvalidRuleError, match="did you mean 'region'"):
        rule_expression(field("regin") == "a", table)
    with pytest.raises(InvalidRuleError, match="holds numbers"):
        rule_expression(field("rating") == "9", table)
    with pytest.raises(InvalidRuleError, match="is no rule"):
        rule_expression("rating = 9", table)
    with pytest.raises(InputError, match="not a dataframe"):
        rule_expression(EVERYBODY, [{"rating": 9}])
    with pytest.raises(InvalidRuleError, match="now"):
        rule_expression(field("rating").within(days=9), table)


def test_decimals_in_dask_are_refused():
    decimals = pd.DataFrame({"x": pd.array([Decimal(5), None], dtype=pd.ArrowDtype(pa.decimal128(5, 2)))})
    with pytest.raises(InvalidRuleError, match="in Dask"):
        rule_expression(field("x") >= 5, dask.dataframe.from_pandas(decimals, npartitions=1))
