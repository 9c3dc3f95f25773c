"""Scores and limits of counts and of means, by every method, in the columns that were promised."""

import math

import pandas as pd
import polars as pl
import pytest

from engines import EAGER, LAZY, frame, rows
from grouped import parameters
from npscore import Convention, DataWarning, InputError, Rolling, Tally, breakdown, interval, score

COUNTS = ["n", "detractors", "passives", "promoters", "unanswered", "invalid"]
POINTS = ["nps", "lower", "upper"]
SMALL = {
    "rating": [9, 10, 3, 8, None, 7, 0, 10, 9, 9],
    "region": ["a"] * 5 + ["b"] * 3 + [None, "silent"],
    "customer_id": [*"abcdefghij"],
    "account_id": [*"AABBAACCAA"],
}
SMALL["rating"][-1] = None
ALL = parameters()


@pytest.mark.filterwarnings("ignore:the .* interval covers less than it says:npscore.DataWarning")
@pytest.mark.parametrize("engine", EAGER)
@pytest.mark.parametrize("method", ["score", "jeffreys", "bootstrap", "wald", "adjusted_wald"])
@pytest.mark.parametrize("unit", [{}, {"unit": "customer", "repeats": "worst"}], ids=["responses", "customers"])
def test_eager_frames_offer_every_method_of_interval(engine, method, unit):
    convention = Convention(method=method, level=0.9, **unit)
    for row in rows(breakdown(frame(engine, SMALL), by="region", convention=convention)):
        if row["n"] == 0:
            assert (row["nps"], row["lower"], row["upper"]) == (None, None, None)
            continue
        counts = Tally(*(int(row[name]) for name in ("detractors", "passives", "promoters")))
        made = interval(counts, method=method, level=0.9)
        assert (row["lower"], row["upper"]) == pytest.approx((made.lower, made.upper), abs=1e-9)


@pytest.mark.parametrize("engine", EAGER)
def test_other_methods_take_the_unanswered_into_the_base(engine):
    convention = Convention(method="score", unanswered="count in the base")
    found = {row["region"]: row for row in rows(breakdown(frame(engine, SMALL), by="region", convention=convention))}
    made = interval(Tally(1, 2, 2), method="score")
    assert (found["a"]["lower"], found["a"]["upper"]) == pytest.approx((made.lower, made.upper), abs=1e-9)


@pytest.mark.parametrize("engine", parameters(LAZY))
@pytest.mark.parametrize("method", ["score", "jeffreys", "bootstrap"])
def test_lazy_frames_refuse_methods_that_are_no_closed_forms(engine, method):
    with pytest.raises(InputError, match="lazy frames offer the methods adjusted_wald and wald"):
        breakdown(frame(engine, SMALL), by="region", convention=Convention(method=method))
    clustered = Convention(method=method, unit="account")
    assert len(rows(breakdown(frame(engine, SMALL), convention=clustered))) == 1, "its limits are of another kind"


@pytest.mark.parametrize("engine", EAGER)
def test_a_method_on_an_empty_frame(engine):
    empty = frame(engine, {name: [] for name in SMALL})
    assert rows(breakdown(empty, by="region", convention=Convention(method="score"))) == []
    (row,) = rows(breakdown(empty, convention=Convention(method="score")))
    assert (row["n"], row["nps"], row["lower"]) == (0, None, None)


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize(
    ("convention", "more"),
    [
        (Convention(), []),
        (Convention(weight="weight"), []),
        (Convention(unit="customer"), ["units"]),
        (Convention(unit="customer", repeats="mean"), ["superseded", "units"]),
        (Convention(unit="account", rollup="mean_of_scores"), ["superseded", "units"]),
    ],
    ids=["plain", "weighted", "customers", "merged", "accounts"],
)
def test_the_columns_are_those_that_were_promised_in_their_order(engine, convention, more):
    import narwhals
    import pyarrow as pa

    data = frame(engine, {**SMALL, "weight": [1.0] * 10}, {"weight": pa.float64()})
    made = narwhals.from_native(breakdown(data, by="region", convention=convention))
    assert type(made.to_native()) is type(data)
    schema = made.collect_schema()
    assert list(schema) == ["region", *COUNTS, *more, *POINTS]
    assert all(schema[name].is_integer() for name in [*COUNTS, *more])
    assert all(schema[name].is_float() for name in POINTS)


@pytest.mark.parametrize(
    ("convention", "taken"),
    [
        (Convention(), []),
        (Convention(unit="customer"), ["units"]),
        (Convention(window=Rolling(3)), ["superseded"]),
        (Convention(unit="customer", repeats="mean"), ["units", "superseded"]),
    ],
)
def test_a_key_named_like_a_column_is_refused_only_where_that_column_appears(convention, taken):
    table = pl.DataFrame(SMALL).with_columns(
        pl.lit("k").alias("units"),
        pl.lit("k").alias("superseded"),
        pl.lit(pd.Timestamp("2026-01-01")).alias("answered_at"),
    )
    for key in ("units", "superseded"):
        if key in taken:
            with pytest.raises(InputError, match=f"the key '{key}' has the name of a result column"):
                breakdown(table, by=key, convention=convention)
        else:
            assert breakdown(table, by=key, convention=convention)[key].to_list() == ["k"]


@pytest.mark.parametrize("engine", ALL)
def test_a_single_unit_has_a_score_and_no_limits(engine):
    columns = {"rating": [9, 9, 3], "account_id": ["A", "A", "A"]}
    (row,) = rows(breakdown(frame(engine, columns), convention=Convention(unit="account")))
    assert (row["units"], row["lower"], row["upper"]) == (1, None, None)
    assert row["nps"] == pytest.approx(100 / 3)


@pytest.mark.parametrize("engine", ["pandas", "polars", "pyarrow", "polars-lazy", "duckdb"])
@pytest.mark.parametrize("units", [2, 3, 4, 29, 30, 31, 32, 60, 400])
def test_limits_take_t_with_one_degree_of_freedom_less_than_there_are_units(engine, units):
    ratings = [(9, 3, 8)[number % 3] for number in range(units)]
    columns = {"rating": ratings, "customer_id": [f"c{number}" for number in range(units)]}
    convention = Convention(unit="customer", level=0.99)
    (row,) = rows(breakdown(frame(engine, columns), convention=convention))
    records = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    made = score(records, convention=convention).interval
    for name in ("lower", "upper"):
        assert math.isclose(row[name], getattr(made, name), rel_tol=1e-4, abs_tol=1e-6)


def _mixed(n):
    return {"rating": [0, 8, 10] * n, "team": ["a"] * 3 * n}


@pytest.mark.parametrize("engine", EAGER)
@pytest.mark.parametrize("method", ["wald", "bootstrap"])
def test_a_method_that_fails_on_few_answers_warns_once_for_all_groups(engine, method):
    few = {"rating": [0, 8, 10] * 4, "team": [*"abcdabcdabcd"]}
    with pytest.warns(DataWarning, match="covers less than it says") as caught:
        breakdown(frame(engine, few), by="team", convention=Convention(method=method))
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("engine", EAGER)
@pytest.mark.parametrize("method", ["wald", "bootstrap"])
def test_enough_answers_of_all_kinds_make_no_warning(engine, method):
    enough = frame(engine, _mixed(17))
    (row,) = rows(breakdown(enough, by="team", convention=Convention(method=method)))
    assert row["n"] == 51
    assert rows(breakdown(enough, by="team", where={"team": "none"}, convention=Convention(method=method))) == []


def test_unanswered_that_count_as_passives_fill_the_category():
    frame = pl.DataFrame({"rating": [0, None, 10] * 17})
    breakdown(frame, convention=Convention(method="wald", unanswered="count in the base"))
    with pytest.warns(DataWarning, match="the plain Wald interval covers less"):
        breakdown(frame, convention=Convention(method="wald"))


def test_a_clustered_interval_takes_no_method_that_could_fail_on_few():
    breakdown(pl.DataFrame(SMALL), convention=Convention(method="wald", unit="account"))


def test_where_all_weights_are_nought_a_group_has_no_score():
    frame = pl.DataFrame({"rating": [9, 3, 9], "team": ["a", "a", "b"], "weight": [0, 0, 1]})
    found = breakdown(frame, by="team", convention=Convention(weight="weight")).rows(named=True)
    assert [row["nps"] for row in found] == [None, 100]
    assert (found[0]["n"], found[0]["lower"]) == (2, None)
