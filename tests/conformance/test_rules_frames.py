"""Dataframe engines keep the laws of engines that run rules; Dask, which compares no decimals, is tried elsewhere."""

from datetime import UTC

import narwhals
import pandas as pd
import pyarrow as pa
import pytest

from engines import ENGINES
from npscore import rule_expression
from npscore.testing.engines import EngineConformance

ORDER = "order of rows"
TYPES = {
    "truth": pa.bool_(),
    "integer": pa.int64(),
    "float": pa.float64(),
    "decimal": pa.decimal128(38, 10),
    "text": pa.string(),
    "time": pa.timestamp("us", "UTC"),
}


def arrow(table):
    """A table of the suite, and the place of each row."""
    columns = {
        column.name: pa.array(map(cell, column.cells), TYPES[column.make], from_pandas=False)
        for column in table.columns
    }
    return pa.table({**columns, ORDER: pa.array(range(len(table.rows)), pa.int64())})


def cell(value):
    return value.astimezone(UTC) if hasattr(value, "astimezone") else value


def selected(rule, frame, now):
    opened = narwhals.from_native(frame)
    made = opened.select(ORDER, holds=rule_expression(rule, frame, now=now))
    made = made.collect() if isinstance(made, narwhals.LazyFrame) else made
    return [holds for _, holds in sorted(zip(made[ORDER].to_list(), made["holds"].to_list(), strict=True))]


class OfEngine(EngineConformance):
    engine = ""

    @pytest.fixture
    def select(self):
        return lambda rule, table, now: selected(rule, ENGINES[self.engine](arrow(table)), now)


def in_pandas(table):
    """Types of NumPy where these have gaps, and of pandas or Arrow where they have not."""
    of_arrow = pd.ArrowDtype(TYPES["decimal"])
    types = {pa.bool_(): pd.BooleanDtype(), pa.int64(): pd.Int64Dtype(), TYPES["decimal"]: of_arrow}
    return table.to_pandas(types_mapper=types.get)


class TestPandas(OfEngine):
    max_examples = 30

    @pytest.fixture
    def select(self):
        return lambda rule, table, now: selected(rule, in_pandas(arrow(table)), now)


class TestPolars(OfEngine):
    engine = "polars"


class TestPolarsLazy(OfEngine):
    engine = "polars-lazy"
    max_examples = 40


class TestPyArrow(OfEngine):
    engine = "pyarrow"


class TestPandasArrow(OfEngine):
    engine = "pandas-arrow"
    max_examples = 40


@pytest.mark.engines
class TestDuckDB(OfEngine):
    engine = "duckdb"
    max_examples = 15


@pytest.mark.engines
class TestIbis(OfEngine):
    engine = "ibis"
    max_examples = 10
