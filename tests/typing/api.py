"""Checked by mypy, never run: the public signatures."""

from typing import assert_type

import duckdb
import pandas as pd
import polars as pl

import npscore as nps

assert_type(nps.classify(9), nps.Category)
assert_type(nps.tally([9, None]), nps.Tally)
assert_type(sum([nps.Tally(), nps.Tally()], nps.Tally()), nps.Tally)
assert_type(nps.score([9]), nps.Score)
assert_type(nps.score(nps.Tally(1, 2, 3), convention=nps.Convention(level=0.9)).value, float)
assert_type(nps.interval(nps.Tally(1), method="adjusted_wald").lower, float)
assert_type(nps.breakdown(pl.LazyFrame(), by="team", every="month"), pl.LazyFrame)
assert_type(nps.breakdown(pd.DataFrame(), where={"team": "a"}), pd.DataFrame)
assert_type(nps.breakdown(duckdb.connect().table("answers")), duckdb.DuckDBPyRelation)
assert_type(nps.decompose({"a": nps.Tally(1)}, {"a": (1, 2.0)}).mix, float)
assert_type(nps.decompose({"a": nps.Tally(1)}, {"a": nps.Tally(1)}).segments["a"], nps.SegmentEffect)
assert_type(nps.standardise({"a": nps.Tally(1)}, {"a": 1}), float)
assert_type(nps.control_chart([nps.Tally(1, 2, 3)]).outside, list[int])
assert_type(nps.ewma([1, 2], 30, weight=0.1).values, list[float])
assert_type(nps.cusum([1, 2], 30).onset, int | None)
assert_type(nps.confidence_sequence([1, 0]).emptied, int | None)
assert_type(nps.shrink({"a": nps.Tally(1)}, method="PM").tau2, float)
assert_type(nps.league({"a": nps.Tally(9)}).rows, tuple[nps.Standing, ...])

nps.decompose({}, {}, form="four")  # type: ignore[arg-type]
nps.shrink([1], [2], method="EB")  # type: ignore[arg-type]
nps.Convention(unanswered="maybe")  # type: ignore[arg-type]
nps.breakdown(pl.DataFrame(), every="fortnight")  # type: ignore[arg-type]
nps.tally([9], invalid="drop")  # type: ignore[arg-type]
