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
assert_type(nps.interval(nps.Tallies([1], [1], [1]), method="score"), nps.Interval)
assert_type(nps.compare(nps.Tally(1), nps.Tally(1), method="mover").p_value, float)
assert_type(nps.against(nps.Tally(1), 30, alternative="greater"), nps.Comparison)
assert_type(nps.compare_paired([(9, 3)]).homogeneity("bhapkar").statistic, float)
assert_type(nps.compare_many({"a": nps.Tally(1), "b": nps.Tally(1)}).df, int)
assert_type(nps.pairwise({"a": nps.Tally(1), "b": nps.Tally(1)}, adjust="bh"), list[nps.Pair])
assert_type(nps.trend([nps.Tally(1), nps.Tally(1)], [1, 2]).slope, float)
assert_type(nps.posterior(nps.Tally(1)).above(30), float)
assert_type(nps.probability_greater(nps.Tally(1), nps.Tally(1)), float)
assert_type(nps.breakdown(pl.LazyFrame(), by="team", every="month"), pl.LazyFrame)
assert_type(nps.breakdown(pd.DataFrame(), where={"team": "a"}), pd.DataFrame)
assert_type(nps.breakdown(duckdb.connect().table("answers")), duckdb.DuckDBPyRelation)

nps.Convention(unanswered="maybe")  # type: ignore[arg-type]
nps.breakdown(pl.DataFrame(), every="fortnight")  # type: ignore[arg-type]
nps.interval(nps.Tally(1), method="wilson")  # type: ignore[arg-type]
nps.compare(nps.Tally(1), nps.Tally(1), alternative="two.sided")  # type: ignore[arg-type]
nps.tally([9], invalid="drop")  # type: ignore[arg-type]
