"""Windows and grids: each point is the score of the rows that feed it, on every engine."""

import warnings
from datetime import UTC, date, datetime, timedelta
from random import Random

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget import examples
from by_hand import GRIDS, NAIVE_TIMES, answers, conventions
from engines import EAGER, ENGINES, frame, rows
from grouped import QUICK, UNDECIDED, UNORDERED, expected, held, is_possible, marks, parameters, table
from npscore import BackFromLatest, Calendar, Convention, DataWarning, InputError, Last, Rolling, breakdown, score

ALL = parameters()


def rows_of_the_year(seed, size=60):
    """Rows over 200 days with everything that real exports lack, and none that ids would not decide."""
    chance = Random(seed)  # noqa: S311
    weights = {"A": 1.0, "B": 2.5, "C": 0.0, None: 3.0, "D": 4.0}
    made = []
    for number in range(size):
        account = chance.choice(list(weights))
        moment = datetime(2025, 12, 20) + timedelta(days=chance.randrange(200), hours=chance.randrange(24))
        made.append(
            {
                "team": chance.choice(["x", "y", None]),
                "rating": chance.choice([None, *range(11)]),
                "answered_at": chance.choice([None, *[moment] * 9]),
                "customer_id": chance.choice([None, *(f"{account}{one}" for one in range(4))]),
                "account_id": account,
                "role": chance.choice(["boss", "user", None, "other"]),
                "response_id": f"r{number:03d}",
                "revenue": weights[account],
            }
        )
    return made


ROWS = rows_of_the_year(1)
LATEST = {"unit": "customer", "repeats": "latest"}
MEANS = {"unit": "account", "rollup": "mean_of_scores"}
WINDOWS = [
    Convention(window=Calendar("quarter")),
    Convention(window=Rolling(45)),
    Convention(**LATEST, window=Rolling(100)),
    Convention(window=Last(7)),
    Convention(window=Last(200)),
    Convention(unit="customer", window=BackFromLatest(30)),
    Convention(unit="account", window=BackFromLatest(60)),
    Convention(window=BackFromLatest(20)),
    Convention(**MEANS, window=Last(20)),
]
POINTS = [
    Convention(**LATEST),
    Convention(**MEANS, weight="revenue"),
    Convention(window=Rolling(45)),
    Convention(**LATEST, window=Rolling(100)),
    Convention(window=Last(7)),
    Convention(unit="customer", window=BackFromLatest(30)),
    Convention(**LATEST, window=BackFromLatest(30)),
    Convention(**MEANS, window=Last(12)),
    Convention(window=BackFromLatest(20)),
]


def without_every():
    for engine in ENGINES:
        chosen = [convention for convention in WINDOWS if is_possible(engine, convention)]
        for convention in chosen if engine in QUICK else chosen[1::3]:
            yield pytest.param(engine, convention, marks=marks(engine))


def with_every():
    """Everything on Polars; elsewhere a choice, and on Dask and Spark what they do in seconds."""
    for engine in ENGINES:
        for number, convention in enumerate(POINTS):
            if not is_possible(engine, convention):
                continue
            if engine in ("dask", "spark"):
                grids = {1: ("month",), 2: ("quarter",)}.get(number, ())
            elif engine == "polars":
                grids = GRIDS
            else:
                grids = (GRIDS[number % len(GRIDS)],) if engine in QUICK or number % 3 == 2 else ()
            for every in grids:
                yield pytest.param(engine, convention, every, marks=marks(engine))


@pytest.mark.parametrize(("engine", "convention"), list(without_every()))
def test_without_a_grid_each_group_is_the_score_of_its_rows(engine, convention):
    found = rows(breakdown(ENGINES[engine](table(ROWS)), by="team", convention=convention))
    held(found, expected(ROWS, ["team"], convention), ["team"])


@pytest.mark.parametrize(("engine", "convention", "every"), list(with_every()))
def test_with_a_grid_each_point_is_the_score_of_the_rows_that_feed_it(engine, convention, every):
    found = rows(breakdown(ENGINES[engine](table(ROWS)), by="team", every=every, convention=convention))
    held(found, expected(ROWS, ["team"], convention, every), ["team", "period"])


@pytest.mark.parametrize("every", GRIDS)
@pytest.mark.parametrize("engine", QUICK)
def test_a_calendar_window_is_the_grid_itself(engine, every):
    convention = Convention(**LATEST, window=Calendar(every))
    found = rows(breakdown(ENGINES[engine](table(ROWS)), by="team", every=every, convention=convention))
    held(found, expected(ROWS, ["team"], convention, every), ["team", "period"])


def quietly(*args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return breakdown(*args, **options)


questions = st.tuples(
    answers(most=12, times=NAIVE_TIMES),
    conventions(zone="UTC"),
    st.sampled_from([None, None, "week", "month"]),
    st.one_of(st.none(), st.dates(date(2025, 12, 25), date(2026, 6, 1))),
)


@given(questions)
@examples(60)
def test_any_convention_on_any_rows_is_the_score_of_each_group_on_polars(question):
    agrees("polars", *question)


@pytest.mark.parametrize("engine", ["pandas", "pyarrow"])
@given(questions)
@examples(12)
def test_any_convention_on_any_rows_is_the_score_of_each_group(engine, question):
    agrees(engine, *question)


def agrees(engine, made, convention, every, until):
    if not is_possible(engine, convention):
        return
    if isinstance(convention.window, Calendar) and every not in (None, convention.window.every):
        every = convention.window.every
    until = until if convention.window else None
    groups = expected(made, ["role"], convention, every, until)
    options = {"by": "role", "every": every, "until": until, "convention": convention}
    if UNDECIDED in groups.values():
        with pytest.raises(InputError, match=r"only an id|weights in"):
            quietly(ENGINES[engine](table(made)), **options)
        return
    held(rows(quietly(ENGINES[engine](table(made)), **options)), groups, ["role", "period"] if every else ["role"])


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize("window", [Last(3), BackFromLatest(3)], ids=str)
def test_an_engine_without_an_order_refuses_what_needs_one_with_the_way_round(engine, window):
    data = ENGINES[engine](table(ROWS))
    if engine not in UNORDERED:
        breakdown(data, convention=Convention(window=window))
        return
    with pytest.raises(InputError, match=r"needs rows put in order.*as Polars, pandas or DuckDB"):
        breakdown(data, convention=Convention(window=window))


@pytest.mark.parametrize("engine", ["pandas", "polars", "pyarrow", "duckdb"])
@pytest.mark.parametrize("until", [date(2026, 3, 31), date(2026, 2, 14), date(2027, 1, 1), date(2020, 1, 1)], ids=str)
def test_a_window_ends_with_the_day_that_was_asked_for(engine, until):
    for convention in (Convention(window=Rolling(40)), Convention(window=Calendar("quarter"))):
        found = rows(breakdown(ENGINES[engine](table(ROWS)), by="team", until=until, convention=convention))
        held(found, expected(ROWS, ["team"], convention, until=until), ["team"])


@pytest.mark.parametrize("engine", ["pandas", "polars", "duckdb"])
@pytest.mark.parametrize("until", [date(2026, 2, 14), date(2026, 11, 1), datetime(2026, 9, 30, 23)], ids=str)
@pytest.mark.parametrize(
    "window", [Rolling(240), Last(5), BackFromLatest(10), Calendar("month")], ids=lambda window: type(window).__name__
)
def test_the_last_point_is_the_period_of_the_day_that_was_asked_for(engine, until, window):
    convention = Convention(window=window)
    found = rows(breakdown(ENGINES[engine](table(ROWS)), by="team", every="month", until=until, convention=convention))
    last_day = until.date() if isinstance(until, datetime) else until
    held(found, expected(ROWS, ["team"], convention, "month", last_day), ["team", "period"])
    if not isinstance(window, Calendar):
        assert max(row["period"] for row in found if row["period"]) == last_day.replace(day=1)


def test_until_may_be_a_moment_of_another_zone():
    convention = Convention(window=Rolling(1), zone="Asia/Tokyo")
    given_rows = [
        {"rating": 10, "answered_at": datetime(2026, 1, 2, 1)},
        {"rating": 0, "answered_at": datetime(2026, 1, 1, 23)},
    ]
    late = datetime(2026, 1, 1, 16, tzinfo=UTC)  # on the second of January in Tokyo
    assert score(given_rows, convention=convention, until=late).value == 100.0
    assert rows(breakdown(frame("polars", columns(given_rows)), until=late, convention=convention))[0]["nps"] == 100.0


def columns(made):
    return {name: [row[name] for row in made] for name in made[0]}


@pytest.mark.parametrize("engine", ALL)
def test_until_without_a_window_is_refused(engine):
    with pytest.raises(InputError, match="until anchors a window"):
        breakdown(ENGINES[engine](table(ROWS)), until=date(2026, 1, 1))
    with pytest.raises(InputError, match="until anchors a window"):
        breakdown(ENGINES[engine](table(ROWS)), every="month", until=date(2026, 1, 1))


def test_a_calendar_unlike_the_grid_is_refused():
    data = ENGINES["polars"](table(ROWS))
    with pytest.raises(InputError, match="name unlike periods"):
        breakdown(data, every="week", convention=Convention(window=Calendar("month")))
    assert len(breakdown(data, every="month", convention=Convention(window=Calendar("month"))))


DATES = ("pandas-arrow", "polars", "pyarrow", "polars-lazy", "duckdb", "ibis", "spark")


@pytest.mark.parametrize("engine", parameters(DATES))
@pytest.mark.parametrize("every", [None, "month"])
def test_dates_are_times_for_windows_too(engine, every):
    made = [
        {**row, "answered_at": row["answered_at"] and row["answered_at"].date(), "team": row["team"]}
        for row in ROWS[:30]
    ]
    days = table(made, {"answered_at": pa.date32()})
    for convention in (Convention(**LATEST), Convention(window=Rolling(31)), Convention(window=Last(4))):
        if is_possible(engine, convention) and not (every and engine == "spark"):
            found = rows(breakdown(ENGINES[engine](days), by="team", every=every, convention=convention))
            held(found, expected(made, ["team"], convention, every), ["team", "period"] if every else ["team"])


CONVERTING = ("pandas", "pandas-arrow", "polars", "pyarrow", "polars-lazy", "dask")


@pytest.mark.parametrize("engine", CONVERTING)
@pytest.mark.parametrize(("zone", "nps"), [("UTC", 100.0), ("Asia/Tokyo", 100 / 3), ("America/New_York", 0.0)])
def test_a_row_near_midnight_moves_with_the_zone_of_the_convention(engine, zone, nps):
    """16:00 UTC is the next day in Tokyo, 03:00 UTC the day before in New York."""
    moments = [datetime(2026, 3, 1, 16), datetime(2026, 3, 2, 3), datetime(2026, 3, 2, 14), datetime(2026, 3, 1, 4)]
    made = [{"rating": rating, "answered_at": moment} for rating, moment in zip((0, 10, 10, 8), moments, strict=True)]
    data = ENGINES[engine](table(made, {"answered_at": pa.timestamp("us", tz="UTC")}))
    convention = Convention(window=Rolling(1), zone=zone)
    aware = [{**row, "answered_at": row["answered_at"].replace(tzinfo=UTC)} for row in made]
    until = {"UTC": 2, "Asia/Tokyo": 2, "America/New_York": 1}[zone]
    (row,) = rows(breakdown(data, until=date(2026, 3, until), convention=convention))
    made_by_score = score(aware, convention=convention, until=date(2026, 3, until))
    assert (row["n"], row["nps"]) == (made_by_score.n, pytest.approx(made_by_score.value))
    assert row["nps"] == pytest.approx(nps)


@pytest.mark.parametrize("engine", ALL)
def test_rows_before_the_year_1000_are_in_no_window(engine):
    made = [
        {"rating": 10, "answered_at": datetime(2026, 1, 1), "team": "x"},
        {"rating": 0, "answered_at": datetime(1, 1, 1), "team": "x"},
        {"rating": 0, "answered_at": None, "team": "x"},
    ]
    if engine.startswith("pandas") or engine == "dask":
        made = [row for row in made if row["answered_at"] is None or row["answered_at"].year > 1]
    (row,) = rows(breakdown(ENGINES[engine](table(made)), convention=Convention(window=Rolling(10**6))))
    assert (row["n"], row["nps"]) == (1, 100.0)


def test_an_undated_row_is_a_point_of_its_own():
    made = [
        {"rating": 10, "answered_at": datetime(2026, 1, 1), "customer_id": "a"},
        {"rating": 0, "answered_at": None, "customer_id": "a"},
    ]
    found = rows(breakdown(ENGINES["polars"](table(made)), every="month", convention=Convention(**LATEST)))
    assert [(row["period"], row["nps"]) for row in found] == [(date(2026, 1, 1), 100.0), (None, -100.0)]
    assert [row["superseded"] for row in found] == [0, 0]


@pytest.mark.parametrize("engine", EAGER)
def test_points_are_in_order_with_the_undated_last(engine):
    found = rows(breakdown(ENGINES[engine](table(ROWS)), every="month", convention=Convention(window=Rolling(45))))
    periods = [row["period"] for row in found]
    assert periods[-1] is None
    assert periods[:-1] == sorted(periods[:-1])


def test_a_lazy_polars_frame_is_not_collected(monkeypatch):
    def boom(*args, **options):
        raise AssertionError("something was collected")

    lazy = pl.LazyFrame(table(ROWS))
    for name in ("collect", "fetch", "collect_async", "collect_batches"):
        monkeypatch.setattr(pl.LazyFrame, name, boom, raising=False)
    for convention in [*WINDOWS, *POINTS]:
        assert isinstance(breakdown(lazy, by="team", convention=convention), pl.LazyFrame)


@pytest.mark.parametrize("engine", ["pandas", "polars", "duckdb"])
def test_a_row_without_an_answer_at_the_time_of_the_earliest_of_the_last_is_among_them(engine):
    days = [datetime(2026, 1, day) for day in (1, 1, 2, 2, 3)]
    made = [{"rating": rating, "answered_at": day} for rating, day in zip([0, None, 10, None, 9], days, strict=True)]
    (row,) = rows(breakdown(ENGINES[engine](table(made)), convention=Convention(window=Last(2))))
    assert (row["nps"], row["n"], row["unanswered"]) == (100, 2, 1)


def test_a_time_that_is_centuries_off_loses_no_other():
    far = pl.DataFrame(
        {
            "response_id": ["far", "near"],
            "rating": [9, 2],
            "answered_at": [date(1400, 5, 1), date(2026, 11, 22)],
        }
    )
    for every, points in (("day", 228_848), ("month", 7_519), ("year", 627)):
        made = breakdown(far, every=every, convention=Convention(window=Last(1)))
        assert made.height == points
        assert made["nps"].to_list()[-2:] == [100.0, -100.0]
        assert (made["n"] == 1).all()
