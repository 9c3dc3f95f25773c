import pytest
from hypothesis import given
from hypothesis import strategies as st

from npscore import intake
from npscore.errors import InputError


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("7", 7), (" 7 ", 7), ("07", 7), ("10.0", 10), ("9,0", 9), ("9,00", 9), ("11", 11), ("-1", -1),
        ("", None), ("  ", None), ("-", None), ("n/a", None), ("NA", None), ("null", None), ("NaN", None),
    ],
)  # fmt: skip
def test_digits_are_read_and_blanks_are_no_answer(cell: str, value: int | None) -> None:
    assert intake.read_rating(cell) == value


@pytest.mark.parametrize(
    "cell",
    [
        "9.5",
        "7,5",
        "7/10",
        "ten",
        "score 8",
        "9 - Likely",
        "\uff19",
        "#REF!",
        "=9",
        "TRUE",
        "1e1",
        "1 0",
        "+9",
        "9.",
        "1,000",
        "10,000",
    ],
)
def test_everything_else_stays_as_it_is_for_the_tally_to_refuse(cell: str) -> None:
    assert intake.read_rating(cell) == cell


@pytest.mark.parametrize("value", [9, 9.0, None, True, float("inf")])
def test_values_of_typed_files_pass_untouched(value: object) -> None:
    assert intake.read_rating(value) is value


def test_words_mean_what_was_said_and_others_are_no_answer() -> None:
    assert [intake.read_rating(cell, {"none": 1, "1": 5}) for cell in ("None", "1", "2", "")] == [1, 5, 2, None]
    words = intake.read_words("Extremely likely=5, Likely = 4")
    cells = ["Extremely likely", " likely ", "LIKELY", "Don't know", "3", ""]
    assert [intake.read_rating(cell, words) for cell in cells] == [5, 4, 4, None, 3, None]


@pytest.mark.parametrize("text", ["Likely", "Likely=", "=5", "Likely=four", "", "a=1,,b=2"])
def test_words_in_another_form_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="WORD=NUMBER"):
        intake.read_words(text)


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    intake.read_rating(text)
