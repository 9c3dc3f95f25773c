"""Rows of whole dataframes against the rows of single records, column by column, on every engine."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import narwhals as nw
import narwhals.stable.v2 as stable
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines import EAGER, ENGINES, collected
from grouped import marks, parameters
from npscore import (
    Account,
    Convention,
    Customer,
    InputError,
    Interaction,
    InvalidRuleError,
    Invitation,
    Response,
    Rule,
    Scale,
    answer_frame,
    answer_rows,
    rule_expression,
)

SUPPORTED = [pytest.param(name, marks=marks(name)) for name in ENGINES if name != "spark"]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
ASKED = [
    "history.responses.2d",
    "history.responses.365d",
    "history.promoters.2d",
    "history.detractors.365d",
    "history.interactions.2d",
    "history.invitations.3d",
    "customer.region.lower",
    "response.site.lower",
]
TIME = pa.timestamp("us", "UTC")
TYPES = {
    **dict.fromkeys(("answered_at", "happened_at", "invited_at", "interaction_at", "revised_at", "known_at"), TIME),
    **dict.fromkeys(("completed", "test"), pa.bool_()),
    "rating": pa.int64(),
    "revenue": pa.int64(),
}
COLUMNS: dict[type, tuple[str, ...]] = {
    Response: (
        "id", "rating", "answered_at", "customer_id", "account_id", "role", "interaction_id", "invitation_id",
        "invited_at", "interaction_at", "metric", "completed", "test", "site",
    ),
    Customer: ("id", "account_id", "region", "revised_at", "known_at"),
    Account: ("id", "tier", "revised_at", "known_at"),
    Interaction: ("id", "type", "customer_id", "happened_at", "revised_at", "known_at"),
    Invitation: ("id", "customer_id", "invited_at", "interaction_id", "survey", "revised_at", "known_at"),
}  # fmt: skip
NAMES = {Customer: "customers", Account: "accounts", Interaction: "interactions", Invitation: "invitations"}

moments = st.one_of(
    st.integers(0, 3).map(lambda days: NOW + timedelta(days=days)),
    st.builds(lambda days, ticks: NOW + timedelta(days=days) + ticks * TICK, st.integers(0, 3), st.integers(-1, 1)),
)
maybe_moments = st.none() | moments
texts = st.none() | st.sampled_from(["North", "south", ""])


def one_of(*names: str) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(names)


people, firms, buys, asks = one_of("a", "b", "c"), one_of("A", "B"), one_of("i1", "i2", "i3"), one_of("v1", "v2")
responses = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["r1", "r10", "r2", "R3", "r4", "é"]),
        "rating": st.none() | st.integers(-1, 11),
        "answered_at": moments,
        "customer_id": people,
        "account_id": firms,
        "role": one_of("boss"),
        "interaction_id": buys,
        "invitation_id": asks,
        "invited_at": maybe_moments,
        "interaction_at": maybe_moments,
        "metric": st.sampled_from(["nps", "nps", "csat"]),
        "completed": st.booleans() | st.just(True),
        "test": st.sampled_from([False, False, True]),
        "site": texts,
    }
)
times = {"revised_at": maybe_moments, "known_at": moments}
customers = st.fixed_dictionaries({"id": st.sampled_from("abd"), "account_id": firms, "region": texts, **times})
accounts = st.fixed_dictionaries({"id": st.sampled_from("AB"), "tier": texts, **times})
interactions = st.fixed_dictionaries(
    {"id": st.sampled_from(["i1", "i2", "i4"]), "type": st.just("buy"), "customer_id": people, "happened_at": moments}
    | times
)
invitations = st.fixed_dictionaries(
    {"id": st.sampled_from(["v1", "v3"]), "customer_id": people, "invited_at": moments, "interaction_id": buys}
    | {"survey": texts}
    | times
)


def held(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["id"], row["revised_at"] or row["known_at"], row["known_at"]


worlds = st.fixed_dictionaries(
    {
        Response: st.lists(responses, max_size=6, unique_by=lambda row: row["id"]),
        Customer: st.lists(customers, max_size=5, unique_by=held),
        Account: st.lists(accounts, max_size=4, unique_by=held),
        Interaction: st.lists(interactions, max_size=4, unique_by=held),
        Invitation: st.lists(invitations, max_size=3, unique_by=held),
    }
)
PLAIN = {"site", "region", "tier"}


def records(world: dict[type, list[dict[str, Any]]]) -> Iterator[Any]:
    for kind, rows in world.items():
        for row in rows:
            fields = {"known_at": NOW, **{name: value for name, value in row.items() if name not in PLAIN}}
            yield kind(**fields, attributes={name: value for name, value in row.items() if name in PLAIN})


def table(kind: type, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.table(
        {name: pa.array([row[name] for row in rows], TYPES.get(name, pa.string())) for name in COLUMNS[kind]}
    )


def frames(engine: str, world: dict[type, list[dict[str, Any]]]) -> tuple[Any, dict[str, Any]]:
    made = {kind: ENGINES[engine](table(kind, rows)) for kind, rows in world.items()}
    return made[Response], {name: made[kind] for kind, name in NAMES.items() if kind in made}


def plain(value: Any) -> Any:
    """A cell as Python has it: None for all that is missing, whole numbers whole, instants in UTC."""
    if value is None or value != value or type(value).__name__ in ("NAType", "NaTType"):
        return None
    if hasattr(value, "to_pydatetime"):
        value = value.to_pydatetime()
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    return value if isinstance(value, str) else int(value)


def read(made: Any) -> dict[str, dict[str, Any]]:
    rows = [{name: plain(value) for name, value in row.items()} for row in collected(made).rows(named=True)]
    found = {row["response.id"]: row for row in rows}
    assert len(found) == len(rows), "an answer comes twice"
    return found


def check(engine: str, world: dict[type, list[dict[str, Any]]], as_of: Any) -> None:
    first, others = frames(engine, world)
    found = read(answer_frame(first, **others, as_of=as_of, asked=ASKED))
    wanted = {row["response.id"]: row for row in answer_rows(records(world), as_of=as_of, asked=ASKED)}
    assert found.keys() == wanted.keys()
    for name, row in wanted.items():
        shared = found[name].keys() & row.keys()
        assert {column: found[name][column] for column in shared} == {column: plain(row[column]) for column in shared}
        assert found[name].keys() - row.keys() <= {f"{where}.lower" for where in PLAIN} | _attributes(found[name])


def _attributes(row: dict[str, Any]) -> set[str]:
    """Columns of attributes, which rows of records have only if a record does."""
    return {column for column in row if column.removesuffix(".lower").rpartition(".")[2] in PLAIN}


def at(days: float) -> datetime:
    return NOW + timedelta(days=days)


def answer(name: str, days: float, rating: int | None = 9, who: str | None = "a", **more: Any) -> dict[str, Any]:
    blank = dict.fromkeys(COLUMNS[Response])
    return blank | {
        "id": name, "rating": rating, "answered_at": at(days), "customer_id": who, "metric": "nps",
        "completed": True, "test": False, **more,
    }  # fmt: skip


def version(name: str, known: float, revised: float | None = None, **more: Any) -> dict[str, Any]:
    return {"id": name, "known_at": at(known), "revised_at": None if revised is None else at(revised), **more}


WORLD: dict[type, list[dict[str, Any]]] = {
    Response: [
        answer("r1", 1, 9, interaction_id="i1", site="Shop"),
        answer("r2", 3, 3, invitation_id="v1"),
        answer("r10", 3, 7, account_id="B", role="boss"),
        answer("r3", 3, None),
        answer("r4", 3.5, 11, completed=False),
        answer("r5", 3.5, 10, metric="csat"),
        answer("r6", 3.6, 0, test=True),
        answer("r7", 9, 8),
        answer("r8", 2, 5, who=None),
        answer("r9", 2, 5, who="nobody knows"),
        answer("r11", 0, 5, who="b", invited_at=at(-1), invitation_id="v1"),
    ],
    Customer: [
        version("a", 0.5, account_id="A", region="North"),
        version("a", 3, account_id="B", region="SOUTH"),
        version("a", 8, revised=2, account_id=None, region=None),
        version("b", 5, account_id="A", region=""),
        version("c", 5, account_id="A", region="x"),
    ],
    Account: [version("A", 2, tier="one"), version("B", 0, tier="two"), version("B", 4, tier="three")],
    Interaction: [
        version("i1", 0, type="buy", customer_id="a", happened_at=at(0)),
        version("i2", 0, type="call", customer_id="a", happened_at=at(3)),
        version("i3", 0, type="call", customer_id="a", happened_at=at(3)),
        version("i3", 1, type="visit", customer_id="a", happened_at=at(4)),
        version("i4", 1, type="visit", customer_id=None, happened_at=at(4)),
        version("i5", 1, type="visit", customer_id="a", happened_at=at(3) + TICK),
    ],
    Invitation: [version("v1", 0, customer_id="a", invited_at=at(2), interaction_id="i2", survey="s")],
}
"""Ties, versions revised before they were known, facts of nobody: what a handful of drawn records may miss."""


@pytest.mark.parametrize("as_of", ["answer", "now"])
@pytest.mark.parametrize("engine", SUPPORTED)
def test_a_frame_has_the_rows_of_its_records(engine: str, as_of: str) -> None:
    check(engine, WORLD, as_of)


@given(world=worlds, as_of=st.sampled_from(["answer", "now"]))
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.parametrize("engine", ["polars", "pyarrow", "pandas"])
def test_drawn_frames_have_the_rows_of_their_records(engine: str, world: Any, as_of: str) -> None:
    check(engine, world, as_of)


@given(world=worlds, as_of=st.sampled_from(["answer", "now"]))
@settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.parametrize("engine", ["duckdb"])
def test_frames_drawn_in_a_database_have_the_rows_of_their_records(engine: str, world: Any, as_of: str) -> None:
    check(engine, world, as_of)


RULE = Rule.parse(
    'category = "detractor" and history.responses >= 1 and not (customer.region.lower in ("north"))'
    ' or history.category = "promoter" and history.responses.2d >= 2 and account.tier = "two"'
)


@pytest.mark.parametrize("engine", parameters(("pandas", "polars", "pyarrow", "polars-lazy", "duckdb")))
def test_a_rule_means_the_same_people_in_a_frame_and_of_records(engine: str) -> None:
    first, others = frames(engine, {kind: WORLD[kind] for kind in (Response, Customer, Account)})
    found = read(answer_frame(first, **others, asked=RULE.columns))
    wanted = {row["response.id"] for row in answer_rows(records(WORLD), asked=RULE.columns) if RULE.matches(row)}
    assert {name for name, row in found.items() if RULE.matches(row)} == wanted == {"r2", "r10", "r6"}
    made = answer_frame(first, **others, asked=RULE.columns)
    inside = stable.from_native(made).filter(rule_expression(RULE, made)).to_native()
    assert set(read(inside)) == wanted


@pytest.mark.parametrize(
    "engine", [pytest.param(name, marks=marks(name)) for name in ("polars-lazy", "duckdb", "dask", "ibis")]
)
def test_lazy_stays_lazy(engine: str) -> None:
    first, others = frames(engine, {kind: WORLD[kind] for kind in (Response, Customer)})
    made = answer_frame(first, **others)
    assert type(made) is type(first)
    assert isinstance(nw.from_native(made), nw.LazyFrame)


def test_nothing_is_collected_of_a_lazy_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    first, others = frames("polars-lazy", WORLD)
    monkeypatch.setattr(pl.LazyFrame, "collect", None)
    answer_frame(first, **others, asked=ASKED)


@pytest.mark.parametrize("engine", parameters(EAGER))
def test_rows_in_memory_keep_the_order_of_the_answers(engine: str) -> None:
    first, others = frames(engine, WORLD)
    made = collected(answer_frame(first, **others, asked=ASKED))["response.id"].to_list()
    assert made == [row["id"] for row in WORLD[Response]]


@pytest.mark.parametrize("engine", parameters(EAGER))
def test_empty_frames_and_columns_of_nothing_have_all_columns(engine: str) -> None:
    first, others = frames(engine, {kind: [] for kind in WORLD})
    assert read(answer_frame(first, **others, asked=ASKED)) == {}
    bare = pa.table({"id": ["r1"], "rating": [9], "answered_at": [at(0)], "customer_id": pa.nulls(1), "x": pa.nulls(1)})
    known = pa.table({"id": ["c"], "region": pa.nulls(1), "account_id": pa.nulls(1), "known_at": pa.nulls(1, TIME)})
    row = read(answer_frame(ENGINES[engine](bare), customers=ENGINES[engine](known)))["r1"]
    assert (row["category"], row["history.responses"], row["customer.id"], row["role"]) == ("promoter", 0, None, None)


def small(**columns: Any) -> pl.DataFrame:
    return pl.DataFrame(
        {"id": ["r1", "r2"], "rating": [9, 3], "answered_at": [at(1), at(2)], "customer_id": "a", **columns}
    )


def test_naive_times_and_dates_are_in_utc_and_meet_aware_ones() -> None:
    naive = small(answered_at=[datetime(2026, 1, 2), datetime(2026, 1, 3)])
    days = small(answered_at=[date(2026, 1, 2), date(2026, 1, 3)])
    abroad = small().with_columns(pl.col("answered_at").dt.convert_time_zone("America/New_York"))
    nanoseconds = small().with_columns(pl.col("answered_at").dt.cast_time_unit("ns"))
    known = pl.DataFrame({"id": ["a", "a"], "site": ["old", "new"], "known_at": [at(0), at(2)]})
    for responses_ in (naive, days, abroad, nanoseconds):
        made = answer_frame(responses_, customers=known, asked=["history.responses.1d", "history.responses.2d"])
        columns = ("customer.site", "history.responses", "history.responses.1d", "history.responses.2d")
        assert made.select(columns).rows() == [("old", 0, 1, 1), ("new", 1, 1, 2)]


def test_the_scale_of_the_convention_makes_the_category() -> None:
    five = Convention(scale=Scale.parse("1-5:4:5"))
    made = answer_frame(small(rating=[5, 4]), convention=five)
    assert made["category"].to_list() == ["promoter", "passive"]
    assert made["history.category"].to_list() == [None, "promoter"]


def test_ratings_that_are_broken_have_no_category_and_nan_is_no_answer() -> None:
    made = answer_frame(small(rating=[float("nan"), 9.5]))
    assert made.select("category", "history.responses").rows() == [(None, 0), (None, 0)]


def test_an_answer_without_a_time_has_no_history_and_no_part_in_any() -> None:
    made = answer_frame(small(answered_at=[None, at(2)]), asked=["history.responses.9d"])
    assert made.select("history.responses", "history.responses.9d").rows() == [(None, None), (0, 1)]


def test_ids_are_numbers_too_and_gaps_among_them_are_missing() -> None:
    pandas = pytest.importorskip("pandas")
    first = pandas.DataFrame({"id": [1, 2], "rating": [9, 3], "answered_at": [at(1), at(2)], "customer_id": [7, None]})
    made = answer_frame(first, customers=pandas.DataFrame({"id": [7, 8], "region": ["n", "s"]}))
    assert [plain(value) for value in made["customer.region"]] == ["n", None]


def test_versions_need_no_times_where_there_is_one_an_id() -> None:
    made = answer_frame(small(), customers=pl.DataFrame({"id": ["a"], "region": ["n"]}))
    assert made.select("customer.region", "customer.learned_later").rows() == [("n", False)] * 2


def test_lazy_rows_with_one_id_are_each_there_once() -> None:
    twice = small(id=["r1", "r1"]).lazy()
    known = pl.LazyFrame({"id": ["a", "a"], "region": ["n", "n"]})
    made = answer_frame(twice, customers=known, asked=["history.responses.9d"]).collect()
    assert made["customer.region"].to_list() == ["n", "n"]


def test_a_column_that_there_is_not_is_refused_with_the_nearest() -> None:
    made = answer_frame(small())
    with pytest.raises(InvalidRuleError, match=r"history\.responses"):
        Rule.parse("history.respones > 1").check(made.columns)


A = pl.DataFrame({"id": ["a", "a"], "known_at": [at(0), at(0)]})
WRONG = {
    "an id that comes twice": (small(id=["r", "r"]), {}, "2 responses share their id"),
    "no id": (small(id=[None, "r"]), {}, "1 responses have no id"),
    "two columns of ids": (small(response_id=["a", "b"]), {}, "'id' and 'response_id'"),
    "no column of customers": (small().drop("customer_id"), {}, "there is no column 'customer_id'"),
    "a name that is ours": (small(__npscore_row=1), {}, "not ours"),
    "times that are texts": (small(answered_at=["x", "y"]), {}, "not dates or datetimes"),
    "ratings that are texts": (small(rating=["x", "y"]), {}, "not numbers"),
    "truth that is a number": (small(completed=[1, 0]), {}, "not true and false"),
    "versions that tie": (small(), {"customers": A}, "2 rows of the customers"),
    "versions without times": (small(), {"accounts": A.drop("known_at")}, "add known_at"),
    "numbers beside texts": (small(), {"customers": pl.DataFrame({"id": [1]})}, "never meet"),
    "a column of ours": (small(), {"customers": pl.DataFrame({"id": ["a"], "learned_later": [1]})}, "learned_later"),
    "another engine": (small(), {"customers": pa.table({"id": ["a"]})}, "one kind"),
    "lazy beside eager": (small(), {"customers": A.lazy()}, "one kind"),
    "one text of columns": (small(), {"asked": "history.responses.9d"}, "list of the names of columns"),
    "no dataframe": ([1, 2], {}, "not a dataframe"),
    "a zone beside none": (
        small(invited_at=[datetime(2026, 1, 1), None]),
        {"invitations": pl.DataFrame({"id": ["v"], "customer_id": ["a"], "invited_at": [at(0)]})},
        "give both a zone",
    ),
}


@pytest.mark.parametrize(("first", "others", "said"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_is_refused_in_one_sentence(first: Any, others: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        answer_frame(first, **others)
    assert "\n" not in str(caught.value)


def test_lists_are_refused_where_arrow_cannot_join_them() -> None:
    with pytest.raises(InputError, match="'tags'"):
        answer_frame(small(tags=[["a"], ["b"]]).to_arrow())
    assert answer_frame(small(tags=[["a"], ["b"]]))["response.tags"].to_list() == [["a"], ["b"]]
