"""Errors say one sentence, carry their attributes and survive a process boundary."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest

from npscore import (
    STANDARD,
    DataWarning,
    EmptyTallyError,
    InputError,
    MissingExtraError,
    NpscoreError,
    OutOfScaleError,
    PoolingError,
    Scale,
    classify,
)

SAMPLES = [
    NpscoreError("a"),
    InputError("a"),
    EmptyTallyError("a"),
    PoolingError("a"),
    OutOfScaleError(11, Scale(1, 5, 4, 5)),
    OutOfScaleError("9", STANDARD),
    MissingExtraError("scipy", "stats"),
]


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("again", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy], ids=["pickle", "copy"])  # noqa: S301  # our own bytes
def test_an_error_survives_pickling_and_copying(error, again):
    twin = again(error)
    assert type(twin) is type(error)
    assert str(twin) == str(error)
    assert vars(twin) == vars(error)


def test_the_family_forks_by_blame():
    assert issubclass(InputError, NpscoreError)
    assert issubclass(InputError, ValueError)
    assert issubclass(MissingExtraError, NpscoreError)
    assert issubclass(MissingExtraError, ImportError)
    assert not issubclass(MissingExtraError, InputError)
    for error in (EmptyTallyError, OutOfScaleError, PoolingError):
        assert issubclass(error, InputError)
    assert issubclass(DataWarning, UserWarning)


@pytest.mark.parametrize(
    ("rating", "words"),
    [
        (11, "11 is not a rating on the scale 0-10: ratings are the whole numbers from 0 to 10"),
        (9.5, "whole numbers"),
        (True, "True is not a rating"),
        ("9", "text is never converted silently"),
        (None, "counts as unanswered"),
        (float("nan"), "counts as unanswered"),
    ],
)
def test_a_rating_off_the_scale_is_told_why(rating, words):
    with pytest.raises(OutOfScaleError) as caught:
        classify(rating)
    assert words in str(caught.value)


@pytest.mark.parametrize("rating", [pd.NA, np.array([9, 9])], ids=["NA", "array"])
def test_a_rating_that_is_neither_true_nor_false_is_told_why(rating):
    with pytest.raises(OutOfScaleError) as caught:
        classify(rating)
    assert "is not a rating on the scale 0-10" in str(caught.value)


def test_a_long_value_is_cut_short_in_a_message():
    assert len(str(OutOfScaleError("9" * 10_000, STANDARD))) < 300


def test_a_missing_extra_is_told_how_to_install():
    assert "pip install 'npscore[stats]'" in str(MissingExtraError("scipy", "stats"))
