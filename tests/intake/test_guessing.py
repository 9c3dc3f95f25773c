import pytest

from npscore import intake


@pytest.mark.parametrize(
    ("columns", "rating", "time", "key"),
    [
        (["customer_id", "nps", "satisfaction"], "nps", None, None),
        (["Response ID", "Account", "Score (0-10)", "Date"], "Score (0-10)", "Date", "Response ID"),
        (["StartDate", "EndDate", "ResponseId", "Q1", "Q1_NPS_GROUP"], "Q1", "EndDate", "ResponseId"),
        (["review_id", "date", "overall_rating"], "overall_rating", "date", "review_id"),
        (["#", "How likely are you to recommend us?"], "How likely are you to recommend us?", None, None),
        (["a", "b"], None, None, None),
    ],
)
def test_columns_are_guessed_by_the_names_that_exports_use(
    columns: list[str], rating: str | None, time: str | None, key: str | None
) -> None:
    assert (intake.guess_rating(columns), intake.guess_time(columns), intake.guess_id(columns)) == (rating, time, key)
