"""What weights and small populations do to precision, by hand."""

import math

import pytest

from npscore import InputError, effective_n, fpc

np = pytest.importorskip("numpy")


def test_effective_n_by_hand():
    made = effective_n([1, 1, 1, 3, 0])
    assert (made.n, made.design_effect) == (3.0, pytest.approx(4 / 3))
    assert effective_n(np.ones(7)).n == 7.0
    assert effective_n([1e300, 1e300]).n == 2.0


def test_the_two_forms_of_the_finite_population_correction():
    assert fpc(36, 100) == 0.8
    assert fpc(36, 100, form="textbook") == pytest.approx(math.sqrt(64 / 99))
    for form in ("survey", "textbook"):
        assert fpc(100, 100, form=form) == fpc(1, 1, form=form) == 0.0


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: fpc(0, 5), "no sample"),
        (lambda: fpc(6, 5), "no sample"),
        (lambda: fpc(2.5, 5), "no sample"),
        (lambda: fpc(2, None), "no sample"),
        (lambda: fpc(2, 5, form="cochran"), "form='cochran'"),
    ],
)
def test_what_is_no_sample_is_refused(call, says):
    with pytest.raises(InputError, match=says):
        call()
