"""A convention refuses choices that do not exist and is known by the choices it makes."""

import pickle
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npscore import DEFAULT, ONE_TO_TEN, STANDARD, Convention, InputError, PoolingError, Scale, Tally, score

ZONES = ["UTC", "Europe/Paris", "Asia/Kolkata"]
conventions = st.builds(
    Convention,
    scale=st.sampled_from([None, STANDARD, ONE_TO_TEN, Scale(1, 5, 4, 5)]),
    unanswered=st.sampled_from(["leave out", "count in the base"]),
    zone=st.sampled_from(ZONES),
    level=st.sampled_from([0.8, 0.9, 0.95, 0.99]),
    name=st.sampled_from(["", "default", "board report"]),
)


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"unanswered": "drop"}, "'leave out' or 'count in the base'"),
        ({"unanswered": None}, "'leave out' or 'count in the base'"),
        ({"scale": "0-10"}, r"Scale\.parse"),
        ({"zone": "Europe/Pariss"}, "Did you mean Europe/Paris"),
        ({"zone": None}, "Europe/Paris"),
        ({"level": 95}, r"level=0\.95"),
        ({"level": 1.0}, "fraction"),
        ({"method": "wilson"}, "adjusted_wald"),
    ],
)
def test_a_choice_that_does_not_exist_is_refused(choice, words):
    with pytest.raises(InputError, match=words):
        Convention(**choice)


def test_choices_are_named_never_in_a_row():
    with pytest.raises(TypeError):
        Convention(STANDARD)


def test_a_convention_cannot_be_changed():
    with pytest.raises(AttributeError):
        DEFAULT.level = 0.9


def test_the_default_is_named_default_and_another_one_never_is():
    assert DEFAULT.name == Convention().name == "default"
    assert Convention(level=0.9).name == "custom"
    assert Convention(level=0.9, name="default").name == "custom"
    assert Convention(level=0.9, name="board").name == "board"
    assert Convention(name="house style").name == "house style"


@given(conventions, conventions)
def test_equal_choices_have_equal_fingerprints_and_unlike_ones_unlike(one, other):
    assert (one == other) == (one.fingerprint == other.fingerprint)
    assert re.fullmatch("[0-9a-f]{8}", one.fingerprint)
    if one == other:
        assert hash(one) == hash(other)


def test_the_name_does_not_enter_the_fingerprint():
    assert Convention(level=0.9, name="a").fingerprint == Convention(level=0.9, name="b").fingerprint
    assert Convention(level=0.9, name="a") == Convention(level=0.9, name="b")


def test_a_fingerprint_is_the_same_in_another_process():
    code = "from npscore import Convention; print(Convention(zone='Europe/Paris', level=.9).fingerprint)"
    made = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
        for _ in range(2)
    }
    assert made == {Convention(zone="Europe/Paris", level=0.9).fingerprint}


def test_fingerprints_stay_what_they_were():
    assert DEFAULT.fingerprint == "4f6ce90b"
    assert Convention(unanswered="count in the base").fingerprint == "fcaac2aa"


@given(conventions)
def test_a_convention_is_one_line_that_tells_its_choices(convention):
    line = str(convention)
    assert "\n" not in line
    assert line.startswith(f"{convention.name} [{convention.fingerprint}]: ")
    assert f"days in {convention.zone}" in line
    assert f"{100 * convention.level:.6g} % adjusted Wald" in line
    assert (str(convention.scale) if convention.scale else "the data's own scale") in line
    assert ("unanswered left out" in line) == (convention.unanswered == "leave out")


@given(conventions)
def test_a_convention_survives_pickling(convention):
    twin = pickle.loads(pickle.dumps(convention))  # noqa: S301  # our own bytes
    assert twin == convention
    assert twin.name == convention.name


def test_the_scale_is_the_datas_own_unless_one_is_named():
    assert DEFAULT.scale_for() == STANDARD
    assert DEFAULT.scale_for(ONE_TO_TEN) == ONE_TO_TEN
    assert Convention(scale=ONE_TO_TEN).scale_for() == ONE_TO_TEN
    assert Convention(scale=ONE_TO_TEN).scale_for(ONE_TO_TEN) == ONE_TO_TEN
    with pytest.raises(PoolingError, match=r"0-10.*1-10"):
        Convention(scale=ONE_TO_TEN).scale_for(STANDARD)


def test_a_named_scale_reads_bare_ratings():
    five = Scale(1, 5, 4, 5)
    assert score([5, 4, 3], convention=Convention(scale=five)).tally == Tally(1, 1, 1, scale=five)


def test_unanswered_join_the_passives_only_where_they_count():
    counts = Tally(1, 2, 3, unanswered=4, invalid=5)
    assert DEFAULT.base_of(counts) == counts
    assert Convention(unanswered="count in the base").base_of(counts) == Tally(1, 6, 3, invalid=5)
