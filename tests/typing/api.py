"""Checked by mypy, never run: the public signatures."""

from typing import Any, assert_type

import duckdb
import pandas as pd
import polars as pl

import npscore as nps

assert_type(nps.classify(9), nps.Category)
assert_type(nps.tally([9, None]), nps.Tally)
assert_type(sum([nps.Tally(), nps.Tally()], nps.Tally()), nps.Tally)
assert_type(nps.score([9]), nps.Score)
assert_type(nps.score(nps.Tally(1, 2, 3), convention=nps.Convention(level=0.9)).value, float)
assert_type(nps.interval(nps.Tally(1), method="adjusted_wald").lower, float | Any)
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
assert_type(nps.weighted([9, 3], [1, 2], clusters=["a", "b"]), nps.WeightedScore)
assert_type(nps.weighted([9, 3]).standard_error, float)
assert_type(nps.weighted_difference([9, 3], None, ["a", "b"], a="a", b="b").p_value, float)
assert_type(nps.rake({"a": [1]}, {"a": {1: 5}}), nps.Calibration)
assert_type(nps.effective_n([1, 2]).n, float)
assert_type(nps.fpc(3, 9), float)
assert_type(nps.sample_size(5, shares=(0.2, 0.3, 0.5)).n, int)
assert_type(nps.sample_size_difference(10, variances=(0.5, 0.6)), nps.SampleSize)
assert_type(nps.margin(400), float)
assert_type(nps.power(5, 400, None), float)
assert_type(nps.decompose({"a": nps.Tally(1)}, {"a": (1, 2.0)}).mix, float)
assert_type(nps.decompose({"a": nps.Tally(1)}, {"a": nps.Tally(1)}).segments["a"], nps.SegmentEffect)
assert_type(nps.standardise({"a": nps.Tally(1)}, {"a": 1}), float)
assert_type(nps.control_chart([nps.Tally(1, 2, 3)]).outside, list[int])
assert_type(nps.ewma([1, 2], 30, weight=0.1).values, list[float])
assert_type(nps.cusum([1, 2], 30).onset, int | None)
assert_type(nps.confidence_sequence([1, 0]).emptied, int | None)
assert_type(nps.shrink({"a": nps.Tally(1)}, method="PM").tau2, float)
assert_type(nps.league({"a": nps.Tally(9)}).rows, tuple[nps.Standing, ...])
assert_type(nps.read_responses([], known_at="2026-11-22T00:00:00Z").responses, tuple[nps.Response, ...])
assert_type(nps.Intake() + nps.Intake(), nps.Intake)
assert_type(
    next(nps.stream_responses({}, known_at="2026-11-22T00:00:00Z", shape=nps.Shape(name="", fields={}))), nps.Intake
)

nps.decompose({}, {}, form="four")  # type: ignore[arg-type]
nps.shrink([1], [2], method="EB")  # type: ignore[arg-type]
nps.Convention(unanswered="maybe")  # type: ignore[arg-type]
nps.breakdown(pl.DataFrame(), every="fortnight")  # type: ignore[arg-type]
nps.weighted([9], method="bootstrap")  # type: ignore[arg-type]
nps.sample_size(5, method="score")  # type: ignore[arg-type]
nps.interval(nps.Tally(1), method="wilson")  # type: ignore[arg-type]
nps.compare(nps.Tally(1), nps.Tally(1), alternative="two.sided")  # type: ignore[arg-type]
nps.tally([9], invalid="drop")  # type: ignore[arg-type]
