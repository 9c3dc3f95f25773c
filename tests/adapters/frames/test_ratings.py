"""What looks odd about ratings is warned of."""

import warnings

import pyarrow as pa
import pytest

from engines import EAGER, LAZY, frame, rows
from npscore import ONE_TO_TEN, Convention, DataWarning, Scale, breakdown


def engines(names):
    return [pytest.param(name, marks=pytest.mark.spark) if name == "spark" else name for name in names]


@pytest.mark.parametrize("engine", engines(EAGER))
@pytest.mark.parametrize(
    ("values", "kind", "words"),
    [
        ([9, 11, 10, 12], pa.int64(), "2 of 4 ratings in 'rating' are not on the scale 0-10, for example 11;"),
        ([9, -1], pa.int8(), "1 of 2 ratings in 'rating' are not on the scale 0-10, for example -1;"),
        (
            [9.0, 9.5, float("nan")],
            pa.float64(),
            "1 of 3 ratings in 'rating' are not on the scale 0-10, for example 9.5;",
        ),
    ],
    ids=["large", "small", "fraction"],
)
def test_ratings_off_the_scale_are_warned_of_with_count_and_example(engine, values, kind, words):
    with pytest.warns(DataWarning) as caught:
        breakdown(frame(engine, {"rating": values}, {"rating": kind}))
    (warning,) = caught
    assert str(warning.message).startswith(words)
    assert warning.filename == __file__, "the warning points at the caller"


@pytest.mark.parametrize("engine", engines(EAGER))
def test_rows_left_out_by_where_are_not_warned_of(engine):
    breakdown(frame(engine, {"rating": [9, 11], "region": ["a", "b"]}), where={"region": "a"})


@pytest.mark.parametrize("engine", engines(EAGER))
def test_missing_ratings_are_not_warned_of(engine):
    breakdown(frame(engine, {"rating": [9.0, None, float("nan")]}, {"rating": pa.float64()}))


@pytest.mark.parametrize("engine", engines(LAZY))
def test_a_lazy_frame_is_never_warned_of_and_the_columns_tell(engine):
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataWarning)
        result = breakdown(frame(engine, {"rating": [11, 12, None, 9] * 100, "region": ["a"] * 400}), by="region")
    (row,) = rows(result)
    assert (row["invalid"], row["unanswered"], row["n"]) == (200, 100, 100)


ONE_TO_TEN_ANSWERS = [1, 1, 1, *range(2, 11)] * 40


FIVE_POINT = [1, 2, 3, 4, 5] * 30


HEALTHY = [*range(11), 9, 10, 10, 8] * 40


@pytest.mark.parametrize("engine", engines(EAGER))
@pytest.mark.parametrize("kind", [pa.int64(), pa.uint8(), pa.float64()], ids=str)
@pytest.mark.parametrize(
    ("values", "likely"),
    [
        (ONE_TO_TEN_ANSWERS, "look like a 1-10 scale"),
        (FIVE_POINT, "look like a 1-5 scale"),
        ([*FIVE_POINT, *[9] * 7, None], "look like a 1-5 scale"),
        ([0, *FIVE_POINT], "look like a 0-5 scale"),
    ],
    ids=["1-10", "1-5", "mostly 1-5", "0-5"],
)
def test_ratings_of_another_scale_are_warned_of(engine, kind, values, likely):
    with pytest.warns(DataWarning, match=likely) as caught:
        breakdown(frame(engine, {"rating": values}, {"rating": kind}))
    (warning,) = caught
    assert warning.filename == __file__
    assert f"among {sum(value is not None for value in values)} answers" in str(warning.message)


@pytest.mark.parametrize("engine", engines(EAGER))
@pytest.mark.parametrize(
    "values",
    [
        HEALTHY,
        [*ONE_TO_TEN_ANSWERS, 0],
        ONE_TO_TEN_ANSWERS[:299],
        FIVE_POINT[:99],
        [*FIVE_POINT, *[9] * 8],
        [9, 10] * 500,
    ],
    ids=["healthy", "one zero", "few", "few of five", "some above five", "only happy"],
)
def test_ratings_that_may_well_be_0_to_10_are_not_warned_of(engine, values):
    breakdown(frame(engine, {"rating": values}))


@pytest.mark.parametrize("engine", engines(EAGER))
def test_no_other_scale_is_supposed_where_one_was_named(engine):
    breakdown(frame(engine, {"rating": ONE_TO_TEN_ANSWERS}), convention=Convention(scale=ONE_TO_TEN))
    breakdown(frame(engine, {"rating": FIVE_POINT}), convention=Convention(scale=Scale(1, 5, 4, 5)))
