"""Each ready-made convention does on a few rows what the page it cites says of its system."""

from datetime import datetime, timedelta

import pytest

from npscore import (
    ASKNICELY,
    CUSTOMERGAUGE_SUMMARY,
    CUSTOMERGAUGE_TREND,
    DIMBAL,
    GAINSIGHT,
    KNOWN_CONVENTIONS,
    NATERO,
    RETENTLY,
    Tally,
    score,
)

NOW = datetime(2026, 9, 30, 12)


def ago(days, rating, **more):
    return {"rating": rating, "answered_at": NOW - timedelta(days=days), **more}


def test_retently_counts_each_customers_last_answer():
    rows = [
        ago(9, 0, customer_id="a"),
        ago(1, 10, customer_id="a"),
        ago(400, 3, customer_id="b"),
        ago(2, 9, customer_id="c"),
    ]
    made = score(rows, convention=RETENTLY)
    assert (made.n, made.superseded, made.value) == (3, 1, pytest.approx(100 / 3))


def test_gainsight_counts_the_answers_of_the_current_half_year():
    rows = [ago(0, 10), ago(91, 10), ago(92, 0), ago(200, 0)]  # 91 days ago was the first of July
    assert (score(rows, convention=GAINSIGHT).n, score(rows, convention=GAINSIGHT).value) == (2, 100.0)


def test_natero_counts_the_90_days_up_to_the_latest_answer_of_each_account():
    rows = [
        ago(0, 10, account_id="A"),
        ago(89, 10, account_id="A"),
        ago(90, 0, account_id="A"),
        ago(500, 0, account_id="B"),
    ]
    made = score(rows, convention=NATERO)
    assert (made.n, made.units, made.value) == (3, 2, pytest.approx(100 / 3))


def test_customergauge_divides_by_all_responses_in_one_place_and_by_scores_in_another():
    counts = Tally(20, 20, 60, unanswered=25)
    assert score(counts, convention=CUSTOMERGAUGE_SUMMARY).value == 32.0
    assert score(counts, convention=CUSTOMERGAUGE_TREND).value == 40.0


def test_asknicely_counts_the_last_30_days():
    rows = [ago(0, 10), ago(29, 9), ago(30, 0)]
    assert score(rows, convention=ASKNICELY).value == 100.0


def test_dimbal_counts_the_last_50_answers():
    rows = [ago(day, 10 if day < 50 else 0) for day in range(80)]
    made = score(rows, convention=DIMBAL)
    assert (made.n, made.value) == (50, 100.0)


def test_they_are_known_by_their_names_and_nobody_changes_them():
    assert set(KNOWN_CONVENTIONS.values()) == {
        RETENTLY,
        GAINSIGHT,
        NATERO,
        CUSTOMERGAUGE_SUMMARY,
        CUSTOMERGAUGE_TREND,
        ASKNICELY,
        DIMBAL,
    }
    assert all(str(known).startswith(f"{name} [") for name, known in KNOWN_CONVENTIONS.items())
    with pytest.raises(TypeError):
        KNOWN_CONVENTIONS["ours"] = DIMBAL
