from hypothesis import given
from hypothesis import strategies as st

from npscore import STANDARD, Convention, Tally, score, tally
from npscore.scoring.groups import group_rows, tally_groups

ANSWERS = st.lists(st.tuples(st.sampled_from([("a",), ("b",), (None,)]), st.none() | st.integers(-2, 12)))


@given(ANSWERS)
def test_each_group_has_the_tally_of_its_own_ratings(answers: list[tuple[tuple[str | None], int | None]]) -> None:
    groups = tally_groups(answers)
    assert set(groups) == {key for key, _ in answers}
    for key, counted in groups.items():
        assert counted == tally([rating for other, rating in answers if other == key], invalid="count")


def test_rows_are_sorted_with_missing_keys_last_and_null_without_answers() -> None:
    groups = {(None, 1): Tally(promoters=1), ("b", None): Tally(unanswered=2), ("b", 1): Tally(detractors=1)}
    rows = group_rows(groups, ["team", "round"])
    assert [(row["team"], row["round"], row["nps"]) for row in rows] == [
        ("b", 1, -100.0),
        ("b", None, None),
        (None, 1, 100.0),
    ]
    assert rows[1]["lower"] is rows[1]["upper"] is None
    assert rows[1]["unanswered"] == 2


def test_a_row_says_what_score_says_under_its_convention() -> None:
    convention = Convention(unanswered="count in the base", level=0.9)
    counts = Tally(20, 20, 60, unanswered=25, invalid=3, scale=STANDARD)
    (row,) = group_rows({(): counts}, [], convention)
    expected = score(counts, convention=convention)
    assert row == {
        "n": 100, "detractors": 20, "passives": 20, "promoters": 60, "unanswered": 25, "invalid": 3,
        "nps": expected.value, "lower": expected.interval.lower, "upper": expected.interval.upper,
    }  # fmt: skip
