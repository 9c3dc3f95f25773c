"""A convention refuses choices that do not exist and is known by the choices it makes."""

import pickle
import re
import subprocess
import sys

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from by_hand import conventions as any_conventions
from npscore import (
    DEFAULT,
    ONE_TO_TEN,
    STANDARD,
    BackFromLatest,
    Calendar,
    Convention,
    InputError,
    Last,
    PoolingError,
    Rolling,
    Scale,
    Tally,
    score,
)

conventions = st.one_of(
    any_conventions(),
    any_conventions(scale=ONE_TO_TEN, name="board report", weight="annual revenue"),
    st.builds(
        Convention,
        scale=st.sampled_from([None, STANDARD, ONE_TO_TEN, Scale(1, 5, 4, 5)]),
        unanswered=st.sampled_from(["leave out", "count in the base"]),
        zone=st.sampled_from(["UTC", "Europe/Paris", "Asia/Kolkata"]),
        level=st.sampled_from([0.8, 0.9, 0.95, 0.99]),
        method=st.sampled_from(["adjusted_wald", "score"]),
        name=st.sampled_from(["", "default", "board report"]),
    ),
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
        ({"unit": "company"}, "'response', 'customer' or 'account'"),
        ({"repeats": "last"}, "'all', 'latest', 'first', 'mean' or 'worst'"),
        ({"rollup": "sum"}, "'pool', 'mean_of_scores', 'classify_mean' or 'senior_role'"),
        ({"rounding": "up"}, "'cut' or 'half up'"),
        ({"date_axis": "sent"}, "'answered', 'invited' or 'interaction'"),
        ({"unit": ["account"]}, "'response', 'customer' or 'account'"),
        ({"window": 90}, "a Calendar, Rolling, BackFromLatest or Last"),
        ({"window": "quarter"}, "a Calendar, Rolling, BackFromLatest or Last"),
        ({"window": Rolling}, "a Calendar, Rolling, BackFromLatest or Last"),
        ({"weight": ""}, "name of a column or None"),
        ({"weight": 1}, "name of a column or None"),
        ({"repeats": "latest"}, "give unit='customer'"),
        ({"rollup": "mean_of_scores"}, "give unit='account'"),
        ({"rollup": "classify_mean", "unit": "customer"}, "give unit='account'"),
        ({"rollup": "senior_role", "unit": "account"}, "needs roles"),
        ({"roles": ["boss"], "unit": "account"}, "no effect on rollup='pool'"),
        ({"roles": ["boss", "boss"], "unit": "account", "rollup": "senior_role"}, "each once"),
        ({"roles": [1], "unit": "account", "rollup": "senior_role"}, "roles are texts"),
        ({"roles": None, "unit": "account"}, "roles are texts"),
        ({"name": "two\nlines"}, "one line of text"),
        ({"name": None}, "one line of text"),
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
    assert Convention(unit="customer", repeats="latest").fingerprint == "c82ecd0f"
    assert Convention(unit="account", window=BackFromLatest(90)).fingerprint == "4b9cc311"
    assert SENIOR.fingerprint == "1e85310c"


SENIOR = Convention(
    unit="account", rollup="senior_role", roles=["boss", "user"], repeats="mean", rounding="half up", weight="revenue"
)


def test_choices_change_the_fingerprint_each():
    one_each = [
        Convention(),
        Convention(unit="customer"),
        Convention(unit="account"),
        *(Convention(unit="customer", repeats=repeats) for repeats in ("latest", "first", "mean", "worst")),
        *(Convention(unit="account", rollup=rollup) for rollup in ("mean_of_scores", "classify_mean")),
        *(Convention(unit="account", rollup="senior_role", roles=roles) for roles in (("a", "b"), ("b", "a"), ("a",))),
        *(Convention(window=window) for window in (Rolling(30), Last(30), BackFromLatest(30), Rolling(31))),
        *(Convention(window=Calendar(every)) for every in ("month", "year")),
        *(Convention(date_axis=axis) for axis in ("invited", "interaction")),
        Convention(rounding="half up"),
        Convention(weight="revenue"),
        Convention(weight="spend"),
        Convention(scale=STANDARD),
    ]
    assert len({convention.fingerprint for convention in one_each}) == len(one_each)
    assert len(set(one_each)) == len(one_each), "and they can be counted in a set"
    assert len({str(convention).split("]: ")[1] for convention in one_each}) == len(one_each), "and read unlike"


def test_one_role_or_a_list_of_them_is_kept_in_its_order():
    assert Convention(unit="account", rollup="senior_role", roles="boss").roles == ("boss",)
    assert SENIOR.roles == ("boss", "user")
    assert "boss > user" in str(SENIOR)


@given(conventions)
def test_a_choice_can_be_changed_and_changed_back(convention):
    other = attrs.evolve(convention, level=0.6)
    assert other != convention
    assert other.name != "default"
    assert attrs.evolve(other, level=convention.level) == convention
    assert attrs.evolve(other, level=convention.level).fingerprint == convention.fingerprint


@pytest.mark.parametrize(
    ("convention", "columns"),
    [
        (Convention(), set()),
        (Convention(unit="customer"), {"customer"}),
        (Convention(unit="customer", repeats="worst"), {"customer"}),
        (Convention(unit="customer", repeats="first"), {"customer", "time"}),
        (Convention(unit="account"), {"account"}),
        (Convention(unit="account", repeats="mean"), {"account", "customer"}),
        (Convention(window=Last(3)), {"time"}),
        (SENIOR, {"account", "customer", "role", "weight"}),
    ],
)
def test_a_convention_says_what_it_must_know_of_a_row(convention, columns):
    assert convention.columns == columns


@given(conventions)
def test_a_convention_is_one_line_that_tells_its_choices(convention):
    line = str(convention)
    assert "\n" not in line
    assert line.startswith(f"{convention.name} [{convention.fingerprint}]: ")
    assert f"days in {convention.zone}" in line
    assert f"{100 * convention.level:.6g} % " in line
    assert ("% linearised t" in line) != convention.by_tally
    assert (str(convention.scale) if convention.scale else "the data's own scale") in line
    assert ("unanswered left out" in line) == (convention.unanswered == "leave out")
    assert (f"of {convention.window}" in line) == (convention.window is not None)
    assert (f"weighted by {convention.weight}" in line) == (convention.weight is not None)
    assert ("rounded half up" in line) == (convention.rounding == "half up")
    assert ("every answer" in line) == (convention.repeats == "all")
    assert all(role in line for role in convention.roles)
    assert ("dated by the day of the" in line) == (convention.date_axis != "answered")


def test_a_column_of_an_odd_name_keeps_the_line_one_line():
    assert "\n" not in str(Convention(weight="annual\nrevenue"))
    assert "\n" not in str(Convention(unit="account", rollup="senior_role", roles="head\nof"))


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
