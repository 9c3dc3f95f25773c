"""Weighted scores: values by hand, what rows do that have no weight or no rating, and what is refused."""

import math
import sys
from decimal import Decimal

import pytest

from npscore import (
    DataWarning,
    EmptyTallyError,
    InputError,
    MissingExtraError,
    OutOfScaleError,
    Scale,
    effective_n,
    fpc,
    interval,
    poststratify,
    score,
    tally,
    trim,
    weighted,
    weighted_difference,
)

np = pytest.importorskip("numpy")
stats = pytest.importorskip("scipy.stats")

RATINGS = [9, 10, 3, 8, 9, 6, 7, 10]
WEIGHTS = [1, 2, 1, 1, 1, 3, 0.5, 1]
ACCOUNTS = ["a", "a", "b", "b", "c", "c", "d", "d"]

few_clusters = pytest.mark.filterwarnings("ignore:there are . clusters:npscore.DataWarning")


def test_the_score_is_the_weighted_mean_of_the_codes():
    made = weighted(RATINGS, WEIGHTS)
    assert made.value == pytest.approx(100 * (5 - 4) / 10.5)
    assert made.shares == pytest.approx((4 / 10.5, 1.5 / 10.5, 5 / 10.5))
    assert (made.n, made.unanswered, made.clusters, made.df) == (8, 0, None, 7)
    assert made.effective_n == pytest.approx(10.5**2 / 18.25)
    assert made.design_effect == pytest.approx(8 * 18.25 / 10.5**2)


def test_the_linearised_error_by_hand():
    made = weighted(RATINGS, WEIGHTS)
    codes, mean = [1, 1, -1, 0, 1, -1, 0, 1], 1 / 10.5
    squares = sum((w * (y - mean)) ** 2 for w, y in zip(WEIGHTS, codes, strict=True))
    assert made.standard_error == pytest.approx(100 * math.sqrt(8 / 7 * squares) / 10.5)
    reach = stats.t.ppf(0.975, 7) * made.standard_error
    assert (made.interval.raw_lower, made.interval.raw_upper) == pytest.approx((made.value - reach, made.value + reach))
    assert (made.interval.method, made.interval.df, made.interval.level) == ("linearised", 7, 0.95)
    assert (made.interval.center, made.interval.standard_error) == (made.value, made.standard_error)


@few_clusters
def test_the_clustered_error_by_hand():
    made = weighted(RATINGS, WEIGHTS, clusters=ACCOUNTS)
    mean = 1 / 10.5
    sums = [3 * (1 - mean), -1 * (1 + mean) - mean, 1 * (1 - mean) - 3 * (1 + mean), -0.5 * mean + 1 - mean]
    assert made.standard_error == pytest.approx(100 * math.sqrt(4 / 3 * sum(u * u for u in sums)) / 10.5)
    assert (made.df, made.clusters) == (3, 4)


def test_limits_are_clipped_and_kept_raw():
    made = weighted([10, 10, 10, 9, 3])
    assert made.interval.upper == 100.0 < made.interval.raw_upper


def test_the_normal_can_be_the_reference():
    made = weighted(RATINGS, WEIGHTS, reference="z", level=0.9)
    assert made.interval.df is None
    assert made.interval.raw_upper - made.value == pytest.approx(1.6448536269514722 * made.standard_error)
    assert made.df == 7


def test_without_weights_the_adjusted_method_is_the_interval_of_the_tally():
    made, plain = weighted(RATINGS, method="adjusted_wald"), score(RATINGS)
    assert (made.value, made.standard_error) == pytest.approx((plain.value, plain.standard_error))
    assert made.interval == interval(tally(RATINGS))
    assert made.df is None


def test_one_answer_has_an_adjusted_interval_only():
    assert weighted([10], method="adjusted_wald").interval == interval(tally([10]))
    with pytest.raises(InputError, match="at least two"):
        weighted([10])
    with pytest.raises(InputError, match="at least two"):
        weighted([10], method="jackknife")


def test_a_weight_of_zero_leaves_the_estimate_and_stays_in_the_design():
    with_zero, without = weighted([*RATINGS, 10], [*WEIGHTS, 0]), weighted(RATINGS, WEIGHTS)
    assert (with_zero.value, with_zero.n, with_zero.df) == (without.value, 8, 7)
    assert with_zero.standard_error == pytest.approx(without.standard_error * math.sqrt(9 / 8 * 7 / 8))


@pytest.mark.parametrize("missing", [None, math.nan])
def test_a_row_without_a_rating_is_as_if_it_had_not_been_drawn(missing):
    made = weighted([*RATINGS, missing], [*WEIGHTS, 7], population=400)
    assert made.unanswered == 1
    assert made.standard_error == weighted(RATINGS, WEIGHTS, population=400).standard_error
    assert made.n == 8


@few_clusters
def test_a_row_without_a_rating_may_lack_its_labels_too():
    made = weighted([*RATINGS, None], [*WEIGHTS, 7], clusters=[*ACCOUNTS, None])
    assert made.standard_error == weighted(RATINGS, WEIGHTS, clusters=ACCOUNTS).standard_error


def test_a_whole_population_leaves_no_error():
    for method in ("linearised", "jackknife", "adjusted_wald"):
        made = weighted(RATINGS, WEIGHTS, population=8, method=method)
        assert (made.standard_error, made.fpc) == (0.0, 0.0)
        assert made.standard_error_without_fpc > 0
        assert made.interval.lower == pytest.approx(made.value)
        assert made.interval.upper == pytest.approx(made.value)


def test_the_finite_population_correction_is_the_survey_form():
    for method in ("linearised", "jackknife", "adjusted_wald"):
        made = weighted(RATINGS, WEIGHTS, population=50, method=method)
        assert made.fpc == pytest.approx(fpc(8, 50))
        assert made.standard_error == pytest.approx(made.fpc * made.standard_error_without_fpc)
        assert made.standard_error_without_fpc == weighted(RATINGS, WEIGHTS, method=method).standard_error


@few_clusters
def test_a_population_of_clusters_is_counted_in_clusters():
    assert weighted(RATINGS, clusters=ACCOUNTS, population=16).fpc == pytest.approx(math.sqrt(1 - 4 / 16))


@few_clusters
def test_clusters_are_nested_in_strata():
    strata = ["n", "n", "n", "n", "s", "s", "s", "s"]
    made = weighted(RATINGS, WEIGHTS, clusters=[1, 1, 2, 2, 1, 1, 2, 2], strata=strata)
    assert made == weighted(RATINGS, WEIGHTS, clusters=[1, 1, 2, 2, 3, 3, 4, 4], strata=strata)
    assert (made.clusters, made.df) == (4, 2)


def test_strata_take_their_own_corrections():
    made = weighted(RATINGS, WEIGHTS, strata=list("nnnnssss"), population={"n": 4, "s": 10**9})
    only_south = weighted(RATINGS, WEIGHTS, strata=list("nnnnssss"))
    assert 0 < made.standard_error < only_south.standard_error == made.standard_error_without_fpc
    assert made.fpc == made.standard_error / made.standard_error_without_fpc


def test_unanimous_answers_have_no_spread():
    with pytest.warns(DataWarning, match="all units agree") as caught:
        made = weighted([10, 10, 9], [1, 2, 1], strata=None)
    assert caught[0].filename == __file__
    assert (made.value, made.standard_error, made.total_design_effect) == (100.0, 0.0, None)
    with pytest.warns(DataWarning, match="all units agree"):
        assert weighted([10] * 4, strata=list("nnss"), population={"n": 9, "s": 9}).fpc == 1.0
    assert weighted([10] * 4, population=4).standard_error == 0, "of all people there is no error"
    assert weighted([10] * 4, method="adjusted_wald").interval.lower < 100


def test_the_total_design_effect_of_equal_answers_is_one():
    assert weighted(RATINGS).total_design_effect == pytest.approx(1)
    made = weighted(RATINGS, WEIGHTS, method="adjusted_wald")
    assert made.total_design_effect == made.design_effect


def test_another_scale_has_its_own_cuts():
    five = Scale(1, 5, 4, 5)
    assert weighted([5, 4, 1], [2, 1, 1], scale=five).value == 25.0
    with pytest.raises(OutOfScaleError):
        weighted([5, 6], scale=five)


def test_a_warning_when_few_weights_own_the_score():
    with pytest.warns(DataWarning, match="8 answers are worth 1.0 after weighting"):
        weighted(RATINGS, [10**6, *[1] * 7])


def test_a_warning_when_clusters_are_few():
    with pytest.warns(DataWarning, match="there are 4 clusters"):
        weighted(RATINGS, clusters=ACCOUNTS)
    assert weighted(list(range(10)), clusters=range(10)).clusters == 10


def test_arrays_series_and_decimals_are_read_alike():
    pd, pl, pa = (pytest.importorskip(name) for name in ("pandas", "polars", "pyarrow"))
    expected = weighted([9, None, 3, 10], [1, 2, 3, 4])
    for ratings in (
        np.array([9, np.nan, 3, 10]),
        np.ma.masked_array([9, 0, 3, 10], [0, 1, 0, 0]),
        np.array([9, None, 3, 10], dtype=object),
        pd.Series([9, None, 3, 10]),
        pd.Series([9, None, 3, 10], dtype="Int64"),
        pl.Series([9, None, 3, 10]),
        pa.array([9, None, 3, 10]),
    ):
        for weights in (np.array([1, 2, 3, 4]), pl.Series([1, 2, 3, 4]), pa.array([1, 2, 3, 4])):
            assert weighted(ratings, weights) == expected
    assert weighted(iter([9, None, 3, 10]), map(Decimal, (1, 2, 3, 4))) == expected
    for labels in (np.array(list("xyzw")), pd.Series(list("xyzw")), pl.Series(list("xyzw")), pa.array(list("xyzw"))):
        with pytest.warns(DataWarning, match="clusters"):
            assert weighted([9, None, 3, 10], [1, 2, 3, 4], clusters=labels).standard_error == expected.standard_error


def test_results_are_plain_python_numbers():
    made = weighted(np.array(RATINGS), np.array(WEIGHTS), population=50)
    for name in ("value", "effective_n", "design_effect", "total_design_effect", "standard_error", "fpc"):
        assert type(getattr(made, name)) is float
    assert {type(share) for share in made.shares} == {float}
    assert (type(made.n), type(made.df), type(made.interval.lower)) == (int, int, float)


def test_a_weighted_score_reads_as_a_sentence():
    text = str(weighted(RATINGS, WEIGHTS))
    assert text.startswith("weighted NPS +9.5 (95 % interval -91.9 to +100.0)")
    assert text.endswith("n = 8, effective 6.0")


@pytest.mark.parametrize("bad", [-1, math.nan, math.inf, None, "1", 1j])
def test_weights_are_finite_numbers_not_below_zero(bad):
    with pytest.raises(InputError, match="weight"):
        weighted([9, 10, 3], [1, bad, 1])
    with pytest.raises(InputError, match="weight"):
        effective_n([1, bad])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: weighted([9, 10], [1]), "1 weights for 2 ratings"),
        (lambda: weighted([9, 10], [0, 0]), "stand for nobody"),
        (lambda: weighted([9, 10], "12"), "weights are a list"),
        (lambda: weighted([9, 10], 5), "weights are a list, array or series"),
        (lambda: weighted([9, 10], [[1, 2], [3, 4]]), "weight of row 0"),
        (lambda: weighted([9, 10], ["1", "2"]), "weights are numbers"),
        (lambda: weighted([9, 10], [True, False]), "weight of row 0 .from 0. is True"),
        (lambda: weighted("9"), "not one str"),
        (lambda: weighted(9), "not one int"),
        (lambda: weighted(np.array([[9, 10]])), "one column"),
        (lambda: weighted(np.array(["2024-01-01"], dtype="M8[s]")), "one column"),
        (lambda: weighted([9, 10], scale="0-10"), "Scale"),
        (lambda: weighted([9, 10], level=95), "level=95"),
        (lambda: weighted([9, 10], method="bootstrap"), "method='bootstrap'"),
        (lambda: weighted([9, 10], reference="f"), "reference='f'"),
        (lambda: weighted([9, 10], clusters="ab"), "clusters are a list, array or series"),
        (lambda: weighted([9, 10], clusters=[1]), "1 clusters for 2 ratings"),
        (lambda: weighted([9, 10, None], clusters=[1, 2]), "2 clusters for 3 ratings"),
        (lambda: weighted([9, 10], clusters=[1, None]), "row 1 .* has no label"),
        (lambda: weighted([9, 10], clusters=[1, 1]), "single cluster"),
        (lambda: weighted([9, 10, 3], strata=[1, 1, 2]), "a stratum has a single answer"),
        (lambda: weighted([9, 10, 3, 4], strata=[1, 1, 2, 2], clusters=[1, 2, 1, 1]), "a stratum has a single cluster"),
        (lambda: weighted([9, 10], population=1), "population of 1 "),
        (lambda: weighted([9, 10], population=2.5), "population of 2.5"),
        (lambda: weighted([9, 10], population={"a": 5}), "without strata"),
        (lambda: weighted([9, 10], strata=[1, 1], population=5), "with them"),
        (lambda: weighted([9, 10], strata=[1, 1], population={2: 5}), "not in both"),
        (lambda: weighted([9, 10], clusters=[1, 2], method="adjusted_wald"), "neither clusters nor strata"),
        (lambda: weighted([9, 3, 9], strata=[1, 1, 1], clusters=[1, 2, 3], method="adjusted_wald"), "neither"),
        (lambda: weighted([9, 10], [1, 0]), "fewer than two"),
        (lambda: weighted([9, 10], [1, 0], method="jackknife"), "fewer than two"),
        (lambda: weighted([9, 10, 3], [1, 1e-30, 1e-30], method="jackknife"), "all the weight"),
    ],
)
def test_what_cannot_be_weighted_is_refused_with_a_reason(call, says):
    with pytest.raises(InputError, match=says):
        call()


@pytest.mark.parametrize("ratings", [[], [None, None], np.array([]), np.array([np.nan])])
def test_no_answers_have_no_score(ratings):
    with pytest.raises(EmptyTallyError):
        weighted(ratings)


def test_answers_without_weight_have_no_score():
    with pytest.raises(EmptyTallyError):
        weighted([9, None], [0, 1])


@pytest.mark.parametrize("bad", [11, -1, 8.5, "9", True])
def test_ratings_off_the_scale_are_refused(bad):
    with pytest.raises(OutOfScaleError):
        weighted([9, bad, 3])
    if not isinstance(bad, str | bool):
        with pytest.raises(OutOfScaleError):
            weighted(np.array([9, bad, 3]))


@pytest.mark.parametrize(
    ("absent", "call"),
    [
        ("numpy", lambda: weighted([9, 10])),
        ("numpy", lambda: effective_n([1, 2])),
        ("numpy", lambda: trim([1, 2], low=1)),
        ("numpy", lambda: poststratify(["a"], {"a": 1})),
        ("scipy.special", lambda: weighted([9, 10, 3])),
        ("scipy.special", lambda: weighted_difference([9, 3, 9], None, ["a", "a", "b"], a="a", b="b")),
    ],
)
def test_without_the_extra_its_name_is_given(monkeypatch, absent, call):
    monkeypatch.setitem(sys.modules, absent, None)
    with pytest.raises(MissingExtraError) as error:
        call()
    assert (error.value.package, error.value.extra) == (absent.split(".")[0], "stats")
