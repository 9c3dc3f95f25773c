import json
from datetime import date

import attrs
import pytest

from npscore import DEFAULT, InputError, Tally
from npscore.report import Report, Rows, render
from npscore.scoring.groups import group_rows


def _report(**changes: object) -> Report:
    tallies = {("EU", date(2026, 4, 1)): Tally(1, 2, 3, unanswered=4), (None, None): Tally(unanswered=1)}
    total = sum(tallies.values(), Tally())
    report = Report(
        keys=["region", "period"],
        every="quarter",
        groups=group_rows(tallies, ["region", "period"]),
        total=group_rows({(): total}, [])[0],
        convention=DEFAULT,
        rows=Rows(read=12, scored=6, unanswered=5, invalid=0, left_out=0, reported=1),
        reported=[{"file": "a.csv", "line": 7, "reason": "2 cells where the header has 3"}],
        invalid=[],
        notes=["something is odd."],
    )
    return attrs.evolve(report, **changes)


@pytest.mark.parametrize("form", ["table", "markdown", "html"])
def test_the_convention_the_rows_and_the_oddities_stand_under_every_table(form: str) -> None:
    text = " ".join(render(_report(), form).split()).replace("&#x27;", "'")  # type: ignore[arg-type]
    assert DEFAULT.fingerprint in text
    assert "12 rows read = 6 scored + 5 unanswered + 0 invalid + 1 reported" in text
    assert "a.csv line 7: 2 cells where the header has 3" in text
    assert "something is odd" in text
    assert "sampling error only" in text
    assert "2026 Q2" in text
    assert "(none)" in text


@pytest.mark.parametrize(
    ("every", "label"),
    [
        ("day", "2026-04-01"), ("week", "2026-W14"), ("month", "2026-04"),
        ("quarter", "2026 Q2"), ("half", "2026 H1"), ("year", "2026"),
    ],
)  # fmt: skip
def test_periods_are_named_as_people_name_them(every: str, label: str) -> None:
    assert label in render(_report(every=every), "table").split("EU")[1].split("\n")[0]


def test_a_group_without_answers_has_no_number_in_any_form() -> None:
    assert json.loads(render(_report(), "json"))["groups"][1]["nps"] is None
    assert render(_report(), "csv").splitlines()[-1] == ",,0,0,0,0,1,0,,,"


def test_the_csv_form_has_the_groups_at_full_precision() -> None:
    line = render(_report(), "csv").splitlines()[1]
    assert line.startswith("EU,2026-04-01,6,1,2,3,4,0,33.333333333333336,")


def test_long_lists_are_cut_for_people_but_not_for_programs() -> None:
    bad = [{"file": "a.csv", "line": line, "reason": "odd"} for line in range(40)]
    report = _report(reported=bad, rows=Rows(read=51, scored=6, unanswered=5, invalid=0, left_out=0, reported=40))
    assert "and 35 more" in render(report, "table")
    assert len(json.loads(render(report, "json"))["rows_reported"]) == 40


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(InputError, match="no format 'pdf'"):
        render(_report(), "pdf")  # type: ignore[arg-type]


def test_the_html_page_needs_nothing_from_outside() -> None:
    page = render(_report(), "html")
    assert "<script" not in page
    assert "http" not in page
    assert 'aria-label="1 detractors, 2 passives, 3 promoters"' in page
