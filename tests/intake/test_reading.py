"""The traps of real exports, one by one, and what the caller may say."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from npscore import (
    AmbiguousDateError,
    Customer,
    InputError,
    Intake,
    MemoryStore,
    Response,
    Scale,
    Shape,
    read_responses,
    stream_responses,
)
from npscore.intake import Row

KNOWN = datetime(2026, 11, 22, tzinfo=UTC)
EIGHT = datetime(2026, 1, 5, 8, tzinfo=UTC)
AT = "2026-01-05T08:00:00Z"


def read(rows: Any, **options: Any) -> Intake:
    return read_responses(rows, known_at=KNOWN, **options)


def ratings(cells: list[object], **options: Any) -> list[object]:
    """The rating of each cell, or the reason why there is none."""
    intake = read([{"id": place, "nps": cell, "date": AT} for place, cell in enumerate(cells)], **options)
    found: dict[int, object] = {int(response.id): response.rating for response in intake.responses}
    return [
        found[n] if n in found else next(bad.reason for bad in intake.rejected if bad.row == n + 1)
        for n in range(len(cells))
    ]


WHOLE = "not a whole number"
OFF = "not on the scale 0-10"


def test_numbers_as_text_are_read_strictly() -> None:
    cells = [9, "9", " 07 ", "10.0", "9,0", 9.0, "0", "", "n/a", None]
    assert ratings(cells) == [9, 9, 7, 10, 9, 9, 0, None, None, None]
    odd = ["9.5", "7,5", "7/10", "ten", "9 - Likely", "\uff19", True, ["9"], float("inf")]
    assert ratings(odd) == [WHOLE] * len(odd)
    assert ratings([9, {"a": 9}]) == [9, "neither text nor a number"]
    assert ratings(["11", -1, "=9", float("nan")]) == [OFF, OFF, "a spreadsheet formula", None]


def test_lenient_reads_what_is_plainly_meant_and_notes_it() -> None:
    cells: list[object] = [
        "7/10",
        "9 - Likely",
        "score 8",
        "ten",
        "\uff19",
        "9 out of 10",
        "7/5",
        "9.5",
        "promoter",
        "12/10",
    ]
    assert ratings(cells, lenient=True) == [7, 9, 8, 10, 9, 9, WHOLE, WHOLE, WHOLE, OFF]
    assert ratings(["4/5", "4/10"], lenient=True, scale="1-5:4:5") == [4, WHOLE]
    (note,) = (
        note for note in read([{"id": 1, "nps": "ten", "date": AT}], lenient=True).notes if note.about == "lenient"
    )
    assert note.examples == ((1, "'ten' as 10"),)


def test_words_mean_what_the_caller_says() -> None:
    words = {"Extremely likely": 5, "Likely": 4}
    intake = read(
        [
            {"id": n, "rating": word, "date": AT}
            for n, word in enumerate(["likely", " Extremely likely", "Don't know", ""])
        ],
        words=words,
        scale="1-5:4:5",
    )
    assert [response.rating for response in intake.responses] == [4, 5, None, None]
    assert "nobody explained were taken for no answer: 1 row (row 3" in str(intake)


@pytest.mark.parametrize(
    ("raw", "zone"),
    [
        (1767600000, None), ("1767600000", None), (1767600000.0, None), ("1767600000000", None), (AT, None),
        ("2026-01-05T09:00:00+01:00", None), ("2026-01-05 01:00:00 -0700", None), ("2026-01-05 08:00:00 UTC", None),
        ("2026-01-05 09:00", "Europe/Paris"), ("46027.375", "Europe/Paris"), (EIGHT, None),
        (datetime(2026, 1, 5, 9), "Europe/Paris"), ("05-Jan-2026", "Etc/GMT+8"), (date(2026, 1, 5), "Etc/GMT+8"),
    ],
)  # fmt: skip
def test_times_of_every_kind_become_instants(raw: object, zone: str | None) -> None:
    assert read([{"id": 1, "nps": 9, "date": raw}], zone=zone).responses[0].answered_at == EIGHT


def test_a_time_without_a_zone_is_a_question() -> None:
    with pytest.raises(InputError, match=r"without a zone, as '2026-01-05 08:00'.*--zone"):
        read([{"id": 1, "nps": 9, "date": "2026-01-05 08:00"}])


def test_a_column_proves_the_order_of_day_and_month_or_asks() -> None:
    open_ = [{"id": n, "nps": 9, "date": text} for n, text in enumerate(["05/01/2026", "06/02/2026"])]
    with pytest.raises(AmbiguousDateError, match="05/01/2026"):
        read(open_, zone="UTC")
    assert read(open_, zone="UTC", day_first=True).responses[0].answered_at == datetime(2026, 1, 5, tzinfo=UTC)
    assert read(open_, zone="UTC", day_first=False).responses[0].answered_at == datetime(2026, 5, 1, tzinfo=UTC)
    proven = read([*open_, {"id": 9, "nps": 9, "date": "31/01/2026"}], zone="UTC")
    assert proven.responses[0].answered_at == datetime(2026, 1, 5, tzinfo=UTC)
    assert "answered_at was read day first: '31/01/2026' fits only that." in str(proven)
    with pytest.raises(InputError, match="conflict"):
        read([{"id": 9, "nps": 9, "date": text} for text in ("31/01/2026", "01/31/2026")], zone="UTC")


def test_the_last_row_may_prove_the_order_of_the_first_where_rows_can_be_read_twice() -> None:
    rows = [{"id": n, "nps": 9, "date": "05/01/2026"} for n in range(30)] + [{"id": 30, "nps": 9, "date": "31/01/2026"}]
    parts = list(stream_responses(rows, size=10, known_at=KNOWN, zone="UTC"))
    assert {response.answered_at.day for part in parts[:3] for response in part.responses} == {5}
    with pytest.raises(AmbiguousDateError):
        list(stream_responses(iter(rows), size=10, known_at=KNOWN, zone="UTC"))


def test_a_stream_whose_later_rows_contradict_the_order_is_refused() -> None:
    rows = iter([{"id": n, "nps": 9, "date": text} for n, text in enumerate(["31/01/2026", "01/31/2026"])])
    with pytest.raises(InputError, match="conflict"):
        list(stream_responses(rows, size=1, known_at=KNOWN, zone="UTC"))


def test_answers_without_a_time_get_one_or_are_a_question() -> None:
    with pytest.raises(InputError, match="--answered-at"):
        read([{"id": 1, "nps": 9}])
    assert read([{"id": 1, "nps": 9}], answered_at=EIGHT).responses[0].answered_at == EIGHT
    intake = read(
        [{"id": 1, "nps": 9, "date": AT}, {"id": 2, "nps": 9, "date": ""}, {"id": 3, "nps": 9, "date": "soon"}]
    )
    assert [(bad.row, bad.field) for bad in intake.rejected] == [(2, "answered_at"), (3, "answered_at")]
    assert read([{"id": 1, "nps": 9, "date": ""}], answered_at="2026-01-05", zone="UTC").kept == 1


def test_the_same_answer_twice_counts_once_and_both_rows_are_kept() -> None:
    row = {"id": 1, "nps": 9, "date": AT}
    intake = read([row, dict(row)])
    assert (intake.kept, len(intake.responses)) == (2, 1)
    assert "say again what another row said, and count once: 1 row (row 2: 1)" in str(intake)


def test_two_answers_under_one_id_need_a_time_of_change() -> None:
    rows = [{"id": 1, "nps": 9, "date": AT, "comment": text} for text in ("", "fast")]
    intake = read(rows)
    assert [(bad.row, bad.field) for bad in intake.rejected] == [(2, "id")]
    assert "revised_at does not say which is newer" in intake.rejected[0].reason
    MemoryStore().put(*intake.records)
    dated = [{**row, "updated_at": f"2026-01-0{day}T00:00:00Z"} for row, day in zip(rows, (7, 6), strict=True)]
    assert read(dated).standing[0].comment is None


def test_conflicts_are_seen_across_the_parts_of_a_stream() -> None:
    rows = [{"id": 1, "nps": rating, "date": AT} for rating in (9, 3, 9)]
    parts = list(stream_responses(rows, size=1, known_at=KNOWN))
    assert [(part.kept, len(part.records)) for part in parts] == [(1, 1), (0, 0), (1, 0)]


def test_a_row_without_an_id_gets_its_hash_and_its_occurrence() -> None:
    row = {"nps": "9", "date": AT, "team": ""}
    first, second, other = read([row, {"date": AT, "nps": " 9"}, {**row, "team": "a"}]).responses
    assert first.id[:-1] == second.id[:-1]
    assert (first.id[-2:], second.id[-2:], other.id[-2:]) == ("-1", "-2", "-1")
    assert first.id[:-2] != other.id[:-2]
    assert [part.responses[0].id for part in stream_responses([row, row], size=1, known_at=KNOWN)] == [
        first.id,
        second.id,
    ]


def test_several_scales_and_metrics_in_one_file_stay_apart() -> None:
    rows = [
        {"id": 1, "score": 9, "scale": "0-10", "metric": "NPS", "date": AT},
        {"id": 2, "score": 9, "scale": "1-10", "metric": "nps", "date": AT},
        {"id": 3, "score": 2, "scale": "0-2", "metric": "CSAT", "date": AT},
        {"id": 4, "score": 7, "metric": "ces", "date": AT},
        {"id": 5, "score": 9, "scale": "1-5:4:5", "metric": "nps", "date": AT},
        {"id": 6, "score": 4, "scale": "of five", "metric": "star", "date": AT},
        {"id": 7, "score": 4, "scale": 5, "metric": "star", "date": AT},
        {"id": 8, "score": 4, "metric": "mood", "date": AT},
    ]
    intake = read(rows)
    assert [(r.metric, r.scale) for r in intake.responses] == [
        ("nps", "0-10"), ("nps", "1-10"), ("csat", "0-2"), ("ces", "1-7"),
    ]  # fmt: skip
    assert [(bad.row, bad.field) for bad in intake.rejected] == [
        (5, "rating"),
        (6, "scale"),
        (7, "scale"),
        (8, "metric"),
    ]


def test_the_caller_says_the_scale_of_each_metric() -> None:
    rows = [{"id": n, "score": n, "metric": metric, "date": AT} for n, metric in ((1, "nps"), (5, "csat"))]
    intake = read(rows, scale={"nps": Scale(1, 5, 4, 5), "csat": "1-5"})
    assert [response.scale for response in intake.responses] == ["1-5:4:5", "1-5"]
    assert read([rows[1]], constants={"metric": "csat"}, scale="0-7").responses[0].scale == "0-7"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": "0-2"}, "no standard cut-offs"),
        ({"scale": {"csat": "five"}}, "not a scale"),
        ({"scale": {"mood": "1-5"}}, "no metric"),
        ({"zone": "Europe/Pari"}, "not a time zone"),
        ({"fields": {"ratng": "nps"}}, "did you mean 'rating'"),
        ({"fields": {"rating": "npss"}}, "did you mean 'nps'"),
        ({"fields": {"colour": "nps"}}, "there are account"),
        ({"constants": {"id": "1"}}, "cannot be the same for all rows"),
        ({"constants": {"surve": "x"}}, "did you mean 'survey'"),
        ({"shape": "generik"}, "did you mean 'generic'"),
        ({"known_at": datetime(2026, 1, 1)}, "known_at is a time with a zone"),
        ({"known_at": "soon"}, "known_at is a time as in"),
        ({"known_at": 5}, "known_at is a time"),
        ({"answered_at": "2026-01-01"}, "answered_at is a time with a zone"),
    ],
)
def test_what_the_caller_cannot_mean_is_refused_before_the_first_row(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_responses([{"id": 1, "nps": 9, "date": AT}], **{"known_at": KNOWN, **options})


@pytest.mark.parametrize("rows", ["id,nps\n1,9\n", b"{}", 7, None])
def test_what_holds_no_rows_is_refused(rows: Any) -> None:
    with pytest.raises(InputError, match="rows are mappings"):
        read(rows)


def test_no_rows_are_an_intake_of_nothing() -> None:
    assert read([]).rows == read({"results": []}).rows == 0
    assert [part.rows for part in stream_responses([], known_at=KNOWN, shape="hubspot")] == [0]
    with pytest.raises(InputError, match="size=0"):
        stream_responses([], size=0, known_at=KNOWN)


def test_rows_that_could_not_be_read_settle_nothing() -> None:
    rows = [Row(1, None, fault="not JSON"), Row(2, [9]), Row(3, {"id": 1, "nps": 9, "date": AT})]
    parts = list(stream_responses(iter(rows), size=1, known_at=KNOWN))
    assert [(part.shape, part.kept) for part in parts] == [("", 0), ("", 0), ("generic", 1)]


def test_columns_that_nobody_can_guess_are_a_question() -> None:
    with pytest.raises(InputError, match=r"rating.*--rating.*'a', 'b'"):
        read([{"a": 1, "b": 2}])


def test_fields_map_columns_and_turn_guesses_off() -> None:
    row = {
        "id": 1,
        "nps": 9,
        "Q7": 3,
        "date": AT,
        "name": "Store 12",
        "Region": " EMEA ",
        "ARR": 5,
        "why": "fast",
        "speed": 4,
    }
    fields = {
        "rating": "Q7", "customer.name": (), "customer.id": ("crm", "Q7"), "customer.region": "Region",
        "account.arr": "ARR", "account.id": "name", "drivers.speed": "speed",
    }  # fmt: skip
    intake = read([row], fields=fields)
    response = intake.responses[0]
    assert (response.rating, response.customer_id, response.account_id) == (3, "3", "Store 12")
    assert response.attributes == {"region": "EMEA", "arr": 5, "nps": 9}
    assert response.drivers == {"speed": 4}
    customer, account = (record for record in intake.records if not isinstance(record, Response))
    assert (customer.attributes, account.attributes) == ({"region": "EMEA"}, {"arr": 5})


def test_constants_say_what_no_row_does() -> None:
    constants = {"survey": "exit", "survey_kind": "employee", "account_id": "A", "channel": "kiosk", "test": True}
    response = read([{"id": 1, "nps": 9, "date": AT}], constants=constants).responses[0]
    assert (response.survey, response.survey_kind, response.account_id) == ("exit", "employee", "A")
    assert (response.channel, response.test) == ("kiosk", True)


def test_ids_may_be_told_apart_by_a_prefix() -> None:
    assert read([{"id": 1, "nps": 9, "date": AT}], prefix="wootric:").responses[0].id == "wootric:1"


def test_who_has_no_id_is_known_by_the_address() -> None:
    rows = [
        {"id": 1, "nps": 9, "date": AT, "email": "Ann@Example.org"},
        {"id": 2, "nps": 9, "date": AT, "email": "", "phone": "+49 30 123"},
        {"id": 3, "nps": 9, "date": AT, "email": "-", "phone": ""},
    ]
    intake = read(rows)
    assert [response.customer_id for response in intake.responses] == ["ann@example.org", "+49 30 123", None]
    assert [r.email or r.phone for r in intake.records if isinstance(r, Customer)] == ["Ann@Example.org", "+49 30 123"]
    assert not any(note.about == "formula" for note in intake.notes)


def test_of_a_customer_in_many_rows_the_latest_stands() -> None:
    rows = [
        {"id": day, "nps": 9, "date": f"2026-01-0{day}T00:00:00Z", "customer_id": 7, "Region": region}
        for day, region in ((2, "b"), (3, "c"), (1, "a"))
    ]
    intake = read(rows, fields={"customer.region": "Region"})
    (customer,) = (record for record in intake.records if isinstance(record, Customer))
    assert customer.attributes == {"region": "c"}
    assert [response.attributes["region"] for response in intake.responses] == ["b", "c", "a"]


@pytest.mark.parametrize("mark", ["yes", "maybe"])
def test_test_rows_are_kept_with_a_flag_and_odd_flags_rejected(mark: str) -> None:
    intake = read([{"id": 1, "nps": 9, "date": AT, "test": mark, "completed": "0"}])
    if mark == "maybe":
        assert intake.rejected[0].field == "test"
    else:
        assert (intake.responses[0].test, intake.responses[0].completed) == (True, False)


def test_rows_that_hold_no_answer_are_rejected_with_the_reason() -> None:
    rows = [
        {"id": "1", "nps": "9", "date": AT},
        {"id": "Total", "nps": "9", "date": ""},
        {"id": "", "nps": "", "date": " "},
        {"id": "2", "nps": "9", "date": AT, None: ["x"]},
        ["3", "9"],
        {"id": "4", "nps": "9", "date": AT, None: [""]},
    ]
    intake = read(rows)
    assert [(bad.row, bad.reason) for bad in intake.rejected] == [
        (2, "a row of totals, not an answer"),
        (3, "an empty row"),
        (4, "more cells than the header has names"),
        (5, "not an object with names"),
    ]


def test_a_fault_of_any_record_rejects_its_row_only() -> None:
    rows = [
        {"id": "1", "nps": "9", "date": AT, "comment": "a\0b"},
        {"id": "2", "nps": "9", "date": AT, "email": "a@example.org", "name": "x" * 2_000},
        {"id": "x" * 300, "nps": "9", "date": AT},
        {"id": "4", "nps": "9", "date": AT, "comment": "fine", "plan": "a\0b", "x" * 2_000: "y", "big": 10**30},
    ]
    intake = read(rows)
    assert [(bad.row, bad.field) for bad in intake.rejected] == [(1, "comment"), (2, "customer.name"), (3, "id")]
    assert [response.id for response in intake.responses] == ["4"]
    assert "that a record cannot keep were left out: 3 rows" in str(intake)


def test_answers_of_the_future_are_noted() -> None:
    assert "dated after" in str(read([{"id": 1, "nps": 9, "date": "2027-01-01T00:00:00Z"}]))


def test_importing_twice_changes_nothing() -> None:
    rows = [{"nps": n % 11, "date": AT, "email": f"{n % 3}@example.org", "company": "Acme"} for n in range(40)]
    store = MemoryStore()
    assert store.put(*read(rows).records) == 40 + 3 + 1
    later = read_responses(rows, known_at="2026-12-01T00:00:00Z")
    assert store.put(*later.records) == 0


def test_streams_add_up_to_the_whole() -> None:
    rows = [{"id": n, "nps": str(n % 13), "date": AT, "email": f"{n % 7}@example.org"} for n in range(95)]
    whole, parts = read(rows), list(stream_responses(rows, size=10, known_at=KNOWN))
    merged = Intake.merge(parts)
    assert len(parts) == 10
    assert (merged.rows, merged.kept, merged.rejected, merged.notes) == (
        whole.rows,
        whole.kept,
        whole.rejected,
        whole.notes,
    )
    assert set(merged.records) == set(whole.records)


def test_a_shape_of_ones_own_is_data() -> None:
    shape = Shape(name="ours", marks=(("Q7",),), fields={"id": "no", "rating": "Q7", "answered_at": "when"}, zone="UTC")
    response = read([{"no": 1, "Q7": 9, "when": "2026-01-05 08:00", "other": "x"}], shape=shape).responses[0]
    assert (response.rating, response.answered_at, response.attributes) == (9, EIGHT, {})
    with pytest.raises(InputError, match="no field"):
        Shape(name="ours", fields={"score": "Q7"})


def test_a_batch_of_a_million_cells_is_cut_not_kept() -> None:
    intake = read([{"id": 1, "nps": "9" * 10**6, "date": AT}, {"id": 2, "nps": "9", "date": "1" * 10**6}])
    assert [len(str(bad.raw)) for bad in intake.rejected] == [1_000, 1_000]


def test_a_customer_of_whom_two_rows_of_one_time_say_different_things_is_noted():
    rows = [
        {"id": "1", "nps": 9, "customer_id": "c", "customer.email": "ann@example.org"},
        {"id": "2", "nps": 8, "customer_id": "c", "customer.email": "bob@example.org"},
    ]
    made = read_responses(rows, known_at="2026-01-02T00:00:00Z", answered_at="2026-01-01T00:00:00Z")
    assert [note.times for note in made.notes if note.about == "contradiction"] == [1]


@pytest.mark.parametrize("word", ["Total", "Gesamt", "Average"])
def test_a_total_is_no_answer_however_narrow_the_table(word):
    rows = [{"id": "1", "nps": 9}, {"id": word, "nps": 9}]
    made = read_responses(rows, known_at="2026-01-02T00:00:00Z", answered_at="2026-01-01T00:00:00Z")
    assert (made.kept, [one.reason for one in made.rejected]) == (1, ["a row of totals, not an answer"])


def test_never_is_no_time_of_an_answer():
    rows = [{"id": "1", "nps": 9, "answered_at": "9999-12-31T23:59:59Z"}]
    made = read_responses(rows, known_at="2026-01-02T00:00:00Z")
    assert "between the years 2 and 9998" in made.rejected[0].reason


def test_what_is_told_of_a_customer_without_an_id_is_noted() -> None:
    rows = [
        {"id": 1, "nps": 9, "customer_id": "c1", "Plan": "gold", "name": "Ann", "owner": "Kim"},
        {"id": 2, "nps": 9, "customer_id": "", "Plan": "gold", "name": "", "owner": ""},
        {"id": 3, "nps": 9, "customer_id": None, "Plan": "", "name": "Eve", "owner": "Kim"},
    ]
    intake = read(rows, answered_at=AT, fields={"customer.plan": "Plan", "account.owner": "owner"})
    assert intake.responses[1].attributes == {"plan": "gold"}
    notes = [note for note in intake.notes if note.about == "nobody"]
    assert [(note.text.split()[3], "left out" in note.text, note.examples) for note in notes] == [
        ("account", True, ((1, "account.owner"), (3, "account.owner"))),
        ("customer", False, ((2, "customer.plan"),)),
        ("customer", True, ((3, "customer.name"),)),
    ]


def test_hours_that_clocks_show_twice_or_leap_over_are_noted() -> None:
    cells = ["2026-10-25 02:30", "2026-10-25 03:30", "2026-03-29 02:30", "2026-10-25 02:30", "2026-10-25T02:30+01:00"]
    rows = [{"id": n, "nps": 9, "date": cell} for n, cell in enumerate(cells)]
    intake = read(rows, zone="Europe/Paris")
    assert [f"{response.answered_at:%H:%M}" for response in intake.responses] == [
        "00:30", "02:30", "01:30", "00:30", "01:30",
    ]  # fmt: skip
    twice, never = (note for note in intake.notes if note.about == "time")
    assert "answered_at has times that clocks in Europe/Paris show twice" in twice.text
    assert twice.examples == ((1, "2026-10-25 02:30"), (4, "2026-10-25 02:30"))
    assert "leap over" in never.text
    assert never.examples == ((3, "2026-03-29 02:30"),)
    assert not [note for note in read(rows, zone="UTC").notes if note.about == "time"]
