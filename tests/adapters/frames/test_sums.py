"""Units and weights: the worked cases of the field, and sums over units on every engine."""

import warnings
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from engines import EAGER, ENGINES, LAZY, frame, rows
from grouped import expected, held, parameters
from npscore import Calendar, Convention, InputError, Rolling, breakdown, score

ALL = parameters()
ACCOUNTS = {
    "rating": [9, 9, 10, 9, 9, 8, 5, 7, 9],
    "account_id": [*"AAAAAA", "B", "C", "C"],
    "revenue": [100.0] * 6 + [500.0] + [200.0] * 2,
}
MEANS = Convention(unit="account", rollup="mean_of_scores")
WEIGHTED_MEANS = Convention(unit="account", rollup="mean_of_scores", weight="revenue")


def as_rows(columns):
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


@pytest.mark.parametrize("engine", parameters(tuple(ENGINES)))
@pytest.mark.parametrize(
    ("convention", "nps"),
    [
        (Convention(), 500 / 9),
        (Convention(unit="account"), 500 / 9),
        (MEANS, 100 / 9),
        (Convention(unit="account", rollup="classify_mean"), 0.0),
        (WEIGHTED_MEANS, -950 / 24),
    ],
    ids=["answers", "pooled accounts", "mean of scores", "classified means", "weighted by revenue"],
)
def test_nine_answers_of_three_accounts_have_four_scores(engine, convention, nps):
    """+55.6, +11.1, 0.0 or -39.6: the same answers, the question of whom a number counts."""
    made = score(as_rows(ACCOUNTS), convention=convention)
    (row,) = rows(breakdown(frame(engine, ACCOUNTS), convention=convention))
    assert made.value == pytest.approx(nps, abs=1e-12)
    assert row["nps"] == pytest.approx(nps, abs=1e-12)
    assert (row["n"], row.get("units", 9)) == (9, made.units)
    held([row], {(): made}, [])


@pytest.mark.parametrize("engine", ALL)
def test_the_base_of_sixty_twenty_twenty_and_twenty_five_who_did_not_answer(engine):
    ratings = [10] * 60 + [8] * 20 + [0] * 20 + [None] * 25
    columns = {"rating": ratings, "customer_id": [str(number) for number in range(125)]}
    for unanswered, nps in (("leave out", 40.0), ("count in the base", 32.0)):
        for unit in ("response", "customer"):
            convention = Convention(unanswered=unanswered, unit=unit)
            (row,) = rows(breakdown(frame(engine, columns), convention=convention))
            assert row["nps"] == pytest.approx(nps, abs=1e-12)
            assert score(as_rows(columns), convention=convention).value == pytest.approx(nps, abs=1e-12)
            assert (row["n"], row["unanswered"]) == (100, 25)


GREENBOOK = {"rating": [10, 2, 7, 8, 6], "spend": [2000.0, 8000.0, 2000.0, 2000.0, 8000.0]}


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize("kind", [pa.float64(), pa.int64(), pa.int32(), pa.uint8(), pa.float32()], ids=str)
def test_weights_of_any_number_type_make_the_score_that_was_published(engine, kind):
    """-20 as every answer counts, -64 weighted by spend; single bytes hold the weights in thousands."""
    table = GREENBOOK if kind != pa.uint8() else {**GREENBOOK, "spend": [value / 1000 for value in GREENBOOK["spend"]]}
    table = {**table, "spend": [int(value) if pa.types.is_integer(kind) else value for value in table["spend"]]}
    for convention, nps in ((Convention(), -20.0), (Convention(weight="spend"), -1400 / 22)):
        (row,) = rows(breakdown(frame(engine, table, {"spend": kind}), convention=convention))
        assert row["nps"] == pytest.approx(nps, abs=1e-12)
        held([row], {(): score(as_rows(table), convention=convention)}, [])


@pytest.mark.parametrize(
    "engine", parameters(("pandas-arrow", "polars", "pyarrow", "polars-lazy", "duckdb", "ibis", "spark"))
)
def test_weights_of_money_are_exact_decimals(engine):
    money = {**ACCOUNTS, "revenue": [Decimal(str(value)) for value in ACCOUNTS["revenue"]]}
    table = frame(engine, money, {"revenue": pa.decimal128(5, 2)})
    (row,) = rows(breakdown(table, convention=WEIGHTED_MEANS))
    assert row["nps"] == pytest.approx(-950 / 24, abs=1e-12)
    assert score(as_rows(money), convention=WEIGHTED_MEANS).value == pytest.approx(-950 / 24, abs=1e-12)


@pytest.mark.parametrize("engine", ALL)
def test_a_mean_of_eight_and_a_half_is_passive_unless_it_is_rounded(engine):
    columns = {"rating": [8, 9], "customer_id": ["a", "a"], "account_id": ["A", "A"]}
    customer = {"unit": "customer", "repeats": "mean"}
    account = {"unit": "account", "rollup": "classify_mean"}
    for unit in (customer, account):
        for rounding, nps in (("cut", 0.0), ("half up", 100.0)):
            convention = Convention(**unit, rounding=rounding)
            (row,) = rows(breakdown(frame(engine, columns), convention=convention))
            assert row["nps"] == nps == score(as_rows(columns), convention=convention).value


@pytest.mark.parametrize("engine", ALL)
def test_a_mean_of_means_of_eight_and_a_half_is_rounded_up_whatever_the_last_digits(engine):
    """10, 49/6 and 22/3 have a mean of 8.5; added as floats in this order they fall short of it."""
    ratings = [10, 8, 8, 8, 8, 8, 9, 7, 7, 8]
    columns = {"rating": ratings, "customer_id": [*"a", *"bbbbbb", *"ccc"], "account_id": ["A"] * 10}
    choices = {"unit": "account", "repeats": "mean", "rollup": "classify_mean"}
    for rounding, nps in (("cut", 0.0), ("half up", 100.0)):
        (row,) = rows(breakdown(frame(engine, columns), convention=Convention(**choices, rounding=rounding)))
        assert row["nps"] == nps


FIRST = datetime(2026, 1, 1)
MANY = {
    "rating": [None, 9, 3, 8, 10, 99, 0, 7, 10, 6, None, 9] * 3,
    "region": ["n", "s", None, "n"] * 9,
    "account_id": ["A", "B", None, "C", "A", "B"] * 6,
    "customer_id": ["a", "b", "c", None] * 9,
    "role": ["boss", None, "user"] * 12,
    "response_id": [f"r{number:02d}" for number in range(36)],
    "answered_at": [FIRST + timedelta(days=3 * number) for number in range(35)] + [None],
    "revenue": [1.5, 2.0, 3.0, 0.0, 1.5, 2.0] * 6,
}
EVERY_KIND = [
    Convention(unit="customer"),
    Convention(unit="customer", repeats="mean"),
    Convention(unit="account", repeats="latest", rollup="senior_role", roles=("boss", "user")),
    Convention(unit="account", rollup="classify_mean", window=Rolling(60), unanswered="count in the base"),
    Convention(weight="revenue", window=Calendar("month")),
]


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize("convention", EVERY_KIND, ids=lambda convention: convention.fingerprint)
def test_no_row_is_lost(engine, convention):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = rows(breakdown(frame(engine, MANY), by="region", convention=convention))
        whole = rows(breakdown(frame(engine, {**MANY, "rating": [8] * 36}), by="region", convention=convention))
    sums = {row["region"]: sum(row.get(name, 0) for name in ACCOUNTED) for row in found}
    if convention.window is None:
        assert sums == dict.fromkeys(["n", "s", None], 9) | {"n": 18}
    assert sums == {row["region"]: sum(row.get(name, 0) for name in ACCOUNTED) for row in whole}
    for row in found:
        assert row["n"] == row["detractors"] + row["passives"] + row["promoters"]


ACCOUNTED = ("n", "unanswered", "invalid", "superseded")


@pytest.mark.parametrize("engine", ["pandas", "polars", "pyarrow", "polars-lazy", "duckdb"])
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("rollup", ["pool", "mean_of_scores", "classify_mean"])
def test_accounts_are_summed_as_score_sums_them(engine, seed, rollup):
    chance = np.random.default_rng(seed)
    account = chance.integers(0, 40, 300)
    columns = {
        "rating": [None if rating > 10 else int(rating) for rating in chance.integers(0, 12, 300)],
        "account_id": [None if name > 35 else f"a{name}" for name in account],
        "revenue": [float(1 + name % 7) for name in account],
        "region": [("n", "s", None)[index] for index in chance.integers(0, 3, 300)],
    }
    for weight in (None, "revenue"):
        for unanswered in ("leave out", "count in the base"):
            convention = Convention(unit="account", rollup=rollup, weight=weight, unanswered=unanswered, level=0.9)
            found = rows(breakdown(frame(engine, columns), by="region", convention=convention))
            held(found, expected(as_rows(columns), ["region"], convention), ["region"])


@pytest.mark.parametrize("engine", ["pandas", "polars", "pyarrow"])
def test_more_units_than_fifteen_bits_count_keep_their_own_rows(engine):
    """A window function on Arrow tables loses the order of rows beyond 32,768 units."""
    size = 40_000
    name = np.random.default_rng(5).permutation(size)
    table = pa.table(
        {
            "rating": np.concatenate([name % 11, (name + 5) % 11]),
            "customer_id": np.concatenate([name, name]),
            "account_id": np.concatenate([name, name]),
            "answered_at": pa.array([FIRST] * size + [FIRST + timedelta(days=1)] * size, pa.timestamp("us")),
        }
    )
    codes = np.array([-100] * 7 + [0] * 2 + [100] * 2)
    first, second = codes[name % 11], codes[(name + 5) % 11]
    latest = Convention(unit="customer", repeats="latest")
    (row,) = rows(breakdown(ENGINES[engine](table), convention=latest))
    assert (row["n"], row["superseded"], row["units"]) == (size, size, size)
    assert row["nps"] == pytest.approx(second.mean(), abs=1e-9)
    (row,) = rows(breakdown(ENGINES[engine](table), convention=Convention(unit="customer", repeats="first")))
    assert row["nps"] == pytest.approx(first.mean(), abs=1e-9)
    (row,) = rows(breakdown(ENGINES[engine](table), convention=MEANS))
    assert row["nps"] == pytest.approx(((first + second) / 2).mean(), abs=1e-9)
    assert row["upper"] - row["nps"] == pytest.approx(1.96 * ((first + second) / 2).std() / size**0.5, rel=1e-3)


WRONG = {
    "negative": [1.0, -1.0, 1.0, 1.0],
    "missing": [1.0, None, 1.0, 1.0],
    "not a number": [1.0, float("nan"), 1.0, 1.0],
    "infinite": [1.0, float("inf"), 1.0, 1.0],
}
WEIGHED = {"rating": [9, 3, 10, 8], "region": ["x", "x", "y", "y"], "account_id": ["A", "A", "B", "B"]}


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize("weights", WRONG.values(), ids=WRONG)
def test_weights_that_are_none_are_refused_or_leave_their_group_without_a_score(engine, weights):
    data = frame(engine, {**WEIGHED, "revenue": weights})
    if engine in LAZY:
        found = rows(breakdown(data, by="region", convention=Convention(weight="revenue")))
        assert {row["region"]: row["nps"] for row in found} == {"x": None, "y": 50.0}
        assert {row["n"] for row in found} == {2}
        return
    with pytest.raises(InputError, match="1 weights in 'revenue' are missing, negative or not finite"):
        breakdown(data, by="region", convention=Convention(weight="revenue"))


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize("rollup", ["pool", "mean_of_scores"])
def test_an_account_with_two_weights_is_refused_or_without_a_score(engine, rollup):
    data = frame(engine, {**WEIGHED, "revenue": [1.0, 2.0, 3.0, 3.0]})
    convention = Convention(unit="account", rollup=rollup, weight="revenue")
    if engine in LAZY:
        found = rows(breakdown(data, by="region", convention=convention))
        assert {row["region"]: row["nps"] for row in found} == {"x": None, "y": 50.0}
        return
    with pytest.raises(InputError, match="differ within one account"):
        breakdown(data, by="region", convention=convention)


@pytest.mark.parametrize("engine", parameters(EAGER))
def test_a_merged_customer_has_one_weight(engine):
    columns = {"rating": [9, 3], "customer_id": ["a", "a"], "revenue": [1.0, 2.0]}
    merged = Convention(unit="customer", repeats="mean", weight="revenue")
    with pytest.raises(InputError, match="merged customer"):
        breakdown(frame(engine, columns), convention=merged)
    with pytest.raises(InputError, match="give one weight a customer"):
        score(as_rows(columns), convention=merged)


@pytest.mark.parametrize("engine", EAGER)
def test_only_the_weight_of_the_answer_that_stands_matters(engine):
    columns = {
        "rating": [9, 3, None],
        "customer_id": ["a", "a", "a"],
        "revenue": [1.0, 2.0, 3.0],
        "answered_at": [FIRST, FIRST + timedelta(days=1), FIRST + timedelta(days=2)],
    }
    convention = Convention(unit="customer", repeats="latest", weight="revenue")
    (row,) = rows(breakdown(frame(engine, columns), convention=convention))
    assert row["nps"] == -100.0 == score(as_rows(columns), convention=convention).value


@pytest.mark.parametrize("engine", ALL)
def test_where_nothing_has_weight_there_is_no_score(engine):
    columns = {**WEIGHED, "revenue": [0.0, 0.0, 1.0, 0.0]}
    found = rows(breakdown(frame(engine, columns), by="region", convention=Convention(weight="revenue")))
    assert {row["region"]: (row["n"], row["nps"], row["lower"]) for row in found} == {
        "x": (2, None, None),
        "y": (2, 100.0, None),
    }


def test_weights_that_are_text_are_refused():
    table = pl.DataFrame({**WEIGHED, "revenue": ["1", "2", "3", "4"]})
    with pytest.raises(InputError, match="the weights in 'revenue' are String, not numbers"):
        breakdown(table, convention=Convention(weight="revenue"))
    with pytest.raises(InputError, match="no column 'revenu'; did you mean 'revenue'"):
        breakdown(table, convention=Convention(weight="revenu"))
