from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npscore import intake
from npscore.errors import AmbiguousDateError, InputError


@given(
    st.lists(
        st.one_of(
            st.datetimes(timezones=st.sampled_from([None, UTC, timezone(timedelta(hours=-5.5))])).map(str),
            st.sampled_from(
                ["2026-11-22", "2026-W47-1", "1-2-2026", "01-2-2026", "20261122", "20261122110", "2026-11-22 10:30 UTC"]
            ),
            st.text(alphabet="0123-T:./W ", max_size=20),
        ),
        max_size=3,
    )
)
def test_many_times_in_iso_8601_are_what_each_of_them_is(texts: list[str]) -> None:
    found = intake.read_iso(texts)
    assert found is None or found == [intake.read_time(text) for text in texts]
    assert found is not None or not texts or any(text[4:5] != "-" or not _is_iso(text) for text in texts)


def _is_iso(text: str) -> bool:
    try:
        return datetime.fromisoformat(text) is not None
    except ValueError:
        return False


def test_texts_among_which_one_is_no_iso_8601_are_left_to_be_read_one_by_one() -> None:
    assert intake.read_iso(["2026-11-22", ""]) is None
    assert intake.read_iso(["2026-11-22", None]) is None
    assert intake.read_iso([date(2026, 11, 22)]) is None


@pytest.mark.parametrize(
    ("cell", "time"),
    [
        ("2026-11-22", datetime(2026, 11, 22)),
        ("20261122", datetime(2026, 11, 22)),
        ("2026-11-22 10:30:00", datetime(2026, 11, 22, 10, 30)),
        ("2026-11-22T10:30:00Z", datetime(2026, 11, 22, 10, 30, tzinfo=UTC)),
        ("2024-10-05 02:41:38 UTC", datetime(2024, 10, 5, 2, 41, 38, tzinfo=UTC)),
        ("27-Apr-2026", datetime(2026, 4, 27)),
        ("September 05, 2026", datetime(2026, 9, 5)),
        ("5 September 2026", datetime(2026, 9, 5)),
        ("46126", datetime(2026, 4, 14)),
        ("46126.5", datetime(2026, 4, 14, 12)),
        ("1714521600", datetime(2024, 5, 1, tzinfo=UTC)),
        ("1714521600123", datetime(2024, 5, 1, tzinfo=UTC)),
        ("23/07/2026", datetime(2026, 7, 23)),
        ("07/23/2026 14:05", datetime(2026, 7, 23, 14, 5)),
        ("05.05.2026", datetime(2026, 5, 5)),
        ("2026/01/05", datetime(2026, 1, 5)),
        ("2026-01-05 10:00:00 PM", datetime(2026, 1, 5, 22)),
        ("07/23/2026 3:00 PM", datetime(2026, 7, 23, 15)),
    ],
)
def test_times_that_can_be_read_in_one_way_are_read(cell: str, time: datetime) -> None:
    assert intake.read_time(cell) == time


@pytest.mark.parametrize("cell", ["", " ", "-", "NA", None])
def test_a_blank_is_no_time(cell: object) -> None:
    assert intake.read_time(cell) is None


@pytest.mark.parametrize("value", [date(2026, 1, 1), datetime(2026, 1, 1, 5)])
def test_times_of_typed_files_pass_untouched(value: date) -> None:
    assert intake.read_time(value) is value


@pytest.mark.parametrize(
    "cell",
    ["yesterday", "2026-13-01", "31/02/2026", "99999999999", "9", "2026", "07/23/26", "32/13/2026", "a" * 10_000],
)
def test_what_is_no_time_is_refused(cell: str) -> None:
    with pytest.raises(InputError, match="not a time"):
        intake.read_time(cell)


def test_a_date_of_two_readings_is_a_question() -> None:
    with pytest.raises(AmbiguousDateError, match="day or with the month") as caught:
        intake.read_time("05/07/2026")
    assert caught.value.text == "05/07/2026"
    assert intake.read_time("05/07/2026", "day first") == datetime(2026, 7, 5)
    assert intake.read_time("05/07/2026", "month first") == datetime(2026, 5, 7)


def test_a_column_proves_its_order_or_stays_open_or_conflicts() -> None:
    assert intake.date_order(["05/07/2026", "x", None, "23/07/2026"]) == "day first"
    assert intake.date_order(["05/07/2026", "07/23/2026"]) == "month first"
    assert intake.date_order(["05/07/2026", "2026-07-23"]) is None
    with pytest.raises(InputError, match="conflict"):
        intake.date_order(["23/07/2026", "07/23/2026"])


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        intake.read_time(text)
    except InputError as error:
        assert str(error)


@given(st.dates(min_value=date(1955, 1, 1), max_value=date(2118, 1, 1)))
def test_every_way_of_writing_a_day_gives_the_same_day(day: date) -> None:
    serial = str((day - date(1899, 12, 30)).days)
    midnight = datetime(day.year, day.month, day.day)
    assert intake.read_time(serial) == intake.read_time(day.isoformat()) == midnight
    assert (
        intake.read_time(f"{day:%d/%m/%Y}", "day first")
        == intake.read_time(f"{day:%m/%d/%Y}", "month first")
        == midnight
    )
    assert midnight - datetime(1899, 12, 30) == timedelta(days=int(serial))
