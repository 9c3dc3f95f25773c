"""Which rows stand: one answer a customer, ties, roles, and names of every kind, on every engine."""

from datetime import datetime, timedelta

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from engines import EAGER, ENGINES, LAZY, frame, rows
from grouped import UNORDERED, expected, held, parameters, table
from npscore import Convention, InputError, Last, breakdown, score

ALL = parameters()
NOON = datetime(2026, 1, 1, 12)
LATEST = Convention(unit="customer", repeats="latest")
SEVERAL = {
    "rating": [None, 3, 10, 9, None, None, 8, 6],
    "customer_id": ["a", "a", "a", "b", "b", "c", None, None],
    "answered_at": [NOON + timedelta(days=day) for day in (9, 1, 2, 3, 4, 5, 6, 7)],
    "role": ["user", "boss", "user", None, "boss", "user", "boss", None],
    "account_id": ["A", "A", "A", "A", "B", "B", None, "C"],
    "response_id": list("hgfedcba"),
}


def as_rows(columns):
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize(
    ("repeats", "nps", "n"),
    [("latest", 25.0, 4), ("first", -25.0, 4), ("mean", -25.0, 4), ("worst", -25.0, 4)],
)
def test_of_each_customer_the_answer_that_was_asked_for_stands(engine, repeats, nps, n):
    """Customer a answered 3, then 10, and then not: who answered at all stands with an answer."""
    convention = Convention(unit="customer", repeats=repeats)
    (row,) = rows(breakdown(frame(engine, SEVERAL), convention=convention))
    made = score(as_rows(SEVERAL), convention=convention)
    assert (row["n"], row["nps"]) == (n, nps) == (made.n, made.value)
    assert (row["unanswered"], row["superseded"], row["units"]) == (made.unanswered, made.superseded, made.units)
    assert row["n"] + row["unanswered"] + row["superseded"] == 8


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize("repeats", ["all", "latest", "mean"])
def test_the_most_senior_who_answered_speak_for_their_account(engine, repeats):
    convention = Convention(unit="account", rollup="senior_role", roles=("boss", "user"), repeats=repeats)
    found = rows(breakdown(frame(engine, SEVERAL), convention=convention))
    held(found, expected(as_rows(SEVERAL), [], convention), [])


TIED = {
    "rating": [9, 3, 10],
    "customer_id": ["a", "a", "b"],
    "answered_at": [NOON] * 3,
    "response_id": ["r1", "r2", "r3"],
    "region": ["x", "x", "y"],
}


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize("repeats", ["latest", "first"])
def test_of_answers_of_one_time_the_larger_id_stands(engine, repeats):
    (row,) = rows(breakdown(frame(engine, TIED), convention=Convention(unit="customer", repeats=repeats)))
    assert (row["n"], row["nps"], row["superseded"]) == (2, 0.0, 1)


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize("kind", [pa.int64(), pa.int32()], ids=str)
def test_ids_may_be_numbers_which_are_not_ordered_as_text(engine, kind):
    ids = {**TIED, "response_id": [10, 9, 1]}
    (row,) = rows(breakdown(frame(engine, ids, {"response_id": kind}), convention=LATEST))
    assert row["nps"] == 100.0


@pytest.mark.parametrize("engine", ALL)
def test_ids_that_floats_cannot_tell_apart_are_told_apart(engine):
    """pandas makes floats of integers with gaps; 2**53 and the next are then one."""
    columns = {
        "rating": [9, 3, 0, None],
        "customer_id": ["a"] * 4,
        "answered_at": [NOON, NOON, NOON - timedelta(days=1), NOON],
        "response_id": [2**53, 2**53 + 1, 5, 7],
    }
    (row,) = rows(breakdown(frame(engine, columns, {"response_id": pa.int64()}), convention=LATEST))
    assert (row["n"], row["nps"], row["superseded"]) == (1, -100.0, 3)


@pytest.mark.parametrize("engine", ALL)
def test_a_missing_id_gives_way(engine):
    some = {**TIED, "response_id": [None, "r2", None]}
    (row,) = rows(breakdown(frame(engine, some), convention=LATEST))
    assert row["nps"] == 0.0 == score(as_rows(some), convention=LATEST).value
    if engine not in UNORDERED:
        last = Convention(window=Last(1))
        (row,) = rows(breakdown(frame(engine, some), convention=last))
        assert row["nps"] == -100.0 == score(as_rows(some), convention=last).value


UNTOLD = [
    {name: values for name, values in TIED.items() if name != "response_id"},
    {**TIED, "response_id": [None, None, "r3"]},
    {**TIED, "response_id": ["r1", "r1", "r3"]},
]


@pytest.mark.parametrize("engine", parameters(EAGER))
@pytest.mark.parametrize("columns", UNTOLD, ids=["no column", "missing", "alike"])
@pytest.mark.parametrize("convention", [LATEST, Convention(window=Last(1))], ids=["latest", "last"])
def test_answers_that_only_an_id_would_tell_apart_are_refused(engine, columns, convention):
    if columns is UNTOLD[1] and convention.window:
        columns = {**columns, "response_id": [None] * 3}
    if columns is UNTOLD[2] and convention.window:
        columns = {**columns, "response_id": ["r1", "r3", "r3"]}
    if engine in UNORDERED and convention.window:
        pytest.skip("refused for the lack of an order")
    with pytest.raises(InputError, match="in the column 'response_id', would say"):
        breakdown(frame(engine, columns), by="region" if not convention.window else (), convention=convention)
    with pytest.raises(InputError, match="would say which is the later one"):
        score(as_rows({"response_id": [None] * 3, **columns}), convention=convention)


@pytest.mark.parametrize("engine", parameters(LAZY))
@pytest.mark.parametrize("columns", UNTOLD, ids=["no column", "missing", "alike"])
def test_on_lazy_frames_the_group_of_a_tie_has_no_score_and_the_others_have(engine, columns):
    found = rows(breakdown(frame(engine, columns), by="region", convention=LATEST))
    assert {row["region"]: (row["nps"], row["lower"] is None) for row in found} == {
        "x": (None, True),
        "y": (100.0, False),
    }


@pytest.mark.parametrize("engine", parameters(EAGER))
def test_ties_that_decide_nothing_need_no_id(engine):
    """Nobody answered, no customer is named, or no answer needs to give way."""
    columns = {
        "rating": [None, None, 9, 3, 10],
        "customer_id": ["a", "a", None, None, "b"],
        "answered_at": [NOON] * 5,
    }
    (row,) = rows(breakdown(frame(engine, columns), convention=LATEST))
    assert (row["n"], row["unanswered"], row["superseded"]) == (3, 1, 1)
    if engine not in UNORDERED:
        (row,) = rows(breakdown(frame(engine, columns), convention=Convention(window=Last(3))))
        assert (row["n"], row["unanswered"]) == (3, 2)


@pytest.mark.parametrize("engine", ALL)
def test_whole_number_names_of_customers_and_accounts(engine):
    columns = {
        "rating": [9, 3, 10, 8, 0],
        "customer_id": [1, 1, 20, None, None],
        "account_id": [7, 7, 7, 8, None],
        "answered_at": [NOON + timedelta(days=day) for day in range(5)],
    }
    types = {"customer_id": pa.int64(), "account_id": pa.int64()}
    for convention in (LATEST, Convention(unit="account", repeats="mean", rollup="mean_of_scores")):
        found = rows(breakdown(frame(engine, columns, types), convention=convention))
        held(found, expected(as_rows(columns), [], convention), [])


@pytest.mark.parametrize(
    "make", [lambda table: table.to_pandas(), pl.from_arrow, lambda table: table], ids=["pandas", "polars", "pyarrow"]
)
def test_categorical_names_and_keys(make):
    columns = {**SEVERAL, "region": ["n", "s", None, "n", "s", "n", "n", "s"]}
    plain = frame("pyarrow", columns)
    coded = pa.table(
        {
            name: plain[name].dictionary_encode()
            if name in ("customer_id", "account_id", "region", "role")
            else plain[name]
            for name in plain.column_names
        }
    )
    conventions = (
        LATEST,
        Convention(unit="account", rollup="classify_mean"),
        Convention(unit="account", rollup="senior_role", roles=("boss",)),
    )
    for convention in conventions:
        found = rows(breakdown(make(coded), by="region", convention=convention))
        held(found, expected(as_rows(columns), ["region"], convention), ["region"])


@pytest.mark.parametrize("engine", ALL)
def test_a_customer_is_another_one_in_another_account(engine):
    columns = {"rating": [9, 3], "customer_id": ["a", "a"], "account_id": ["A", "B"], "answered_at": [NOON, NOON]}
    (row,) = rows(breakdown(frame(engine, columns), convention=Convention(unit="account", repeats="latest")))
    assert (row["n"], row["units"], row["superseded"]) == (2, 2, 0)


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize("repeats", ["latest", "mean", "worst"])
def test_an_answer_on_the_scale_comes_before_one_off_it_and_none(engine, repeats):
    import warnings

    columns = {
        "rating": [9, 99, None, 77, None],
        "customer_id": ["a", "a", "a", "b", "b"],
        "answered_at": [NOON + timedelta(days=day) for day in range(5)],
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (row,) = rows(breakdown(frame(engine, columns), convention=Convention(unit="customer", repeats=repeats)))
    assert [row[name] for name in ("n", "unanswered", "invalid", "superseded", "nps")] == [1, 0, 1, 3, 100.0]


@pytest.mark.parametrize("engine", parameters([name for name in ENGINES if name != "dask"]))
def test_columns_of_ratings_without_one_rating(engine):
    columns = {**SEVERAL, "rating": [None] * 8}
    for convention in (LATEST, Convention(unit="account", rollup="mean_of_scores")):
        (row,) = rows(breakdown(frame(engine, columns), convention=convention))
        assert (row["n"], row["nps"], row["lower"]) == (0, None, None)
        assert row["unanswered"] + row["superseded"] == 8


@pytest.mark.parametrize("engine", EAGER)
def test_a_column_of_nothing_at_all(engine):
    empty = table(as_rows({**SEVERAL, "rating": [None] * 8}))
    empty = empty.set_column(0, "rating", pa.nulls(8))
    (row,) = rows(breakdown(ENGINES[engine](empty), convention=LATEST))
    assert (row["n"], row["unanswered"], row["superseded"], row["nps"]) == (0, 5, 3, None)


NOBODY = {name: [] for name in (*SEVERAL, "region")}


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize(
    "convention",
    [LATEST, Convention(unit="account", rollup="senior_role", roles=("boss",)), Convention(unit="customer")],
    ids=["latest", "senior", "clustered"],
)
def test_an_empty_frame_has_no_groups_but_one_row_without_keys(engine, convention):
    empty = frame(engine, NOBODY)
    assert rows(breakdown(empty, by="region", convention=convention)) == []
    assert rows(breakdown(empty, by="region", every="month", convention=convention)) == []
    (row,) = rows(breakdown(empty, convention=convention))
    assert {name: value for name, value in row.items() if value is not None} == dict.fromkeys(list(row)[:-3], 0)


def test_columns_of_other_names():
    odd = pl.DataFrame(SEVERAL).rename(
        {"customer_id": "who", "account_id": "firm", "role": "job", "response_id": "no", "answered_at": "when"}
    )
    convention = Convention(unit="account", repeats="latest", rollup="senior_role", roles=("boss",))
    made = breakdown(odd, customer="who", account="firm", role="job", id="no", at="when", convention=convention)
    assert made.rows() == breakdown(pl.DataFrame(SEVERAL), convention=convention).rows()
    with pytest.raises(InputError, match="no column 'customer_id'"):
        breakdown(odd, convention=LATEST)


def test_the_time_column_follows_the_date_axis():
    columns = {**TIED, "invited_at": [NOON + timedelta(days=1), NOON, NOON]}
    convention = Convention(unit="customer", repeats="latest", date_axis="invited")
    assert breakdown(pl.DataFrame(columns), convention=convention)["nps"].to_list() == [100.0]
    with pytest.raises(InputError, match="no column 'interaction_at'"):
        breakdown(
            pl.DataFrame(columns), convention=Convention(unit="customer", repeats="first", date_axis="interaction")
        )


@pytest.mark.parametrize("engine", EAGER)
def test_the_frame_that_was_given_is_unchanged(engine):
    given = frame(engine, SEVERAL)
    for convention in (LATEST, Convention(unit="account", rollup="mean_of_scores")):
        breakdown(given, by="role", every="month", convention=convention)
    again = frame(engine, SEVERAL)
    assert given.equals(again)
    if isinstance(given, pd.DataFrame):
        assert list(given.columns) == list(SEVERAL)
        assert given.dtypes.equals(again.dtypes)
