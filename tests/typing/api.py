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

nps.Convention(unanswered="maybe")  # type: ignore[arg-type]
nps.breakdown(pl.DataFrame(), every="fortnight")  # type: ignore[arg-type]
nps.tally([9], invalid="drop")  # type: ignore[arg-type]
