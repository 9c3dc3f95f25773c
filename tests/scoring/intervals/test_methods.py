"""The methods beyond adjusted Wald: known values, edges, refusals, warnings, and arrays."""

import math
import sys

import pytest

from npscore import (
    Convention,
    DataWarning,
    EmptyTallyError,
    InputError,
    MissingExtraError,
    Tallies,
    Tally,
    breakdown,
    interval,
    score,
    weighted,
)
from npscore.scoring.intervals import z_two_sided

np = pytest.importorskip("numpy")
pytest.importorskip("scipy")

ALL = ("adjusted_wald", "score", "wald", "jeffreys", "bootstrap")
SURE = ("adjusted_wald", "score", "jeffreys")
Z = z_two_sided(0.95)


@pytest.mark.parametrize("n", [1, 2, 10, 1000])
def test_the_score_limit_of_unanimous_answers_has_a_closed_form(n):
    promoters, passives = interval(Tally(0, 0, n), method="score"), interval(Tally(0, n, 0), method="score")
    assert promoters.lower == pytest.approx(100 * (n - Z**2) / (n + Z**2), abs=1e-12)
    assert promoters.upper == 100
    assert interval(Tally(n), method="score").lower == -100
    assert passives.upper == pytest.approx(100 * Z**2 / (n + Z**2), abs=1e-12)
    assert passives.lower == -passives.upper


def test_score_says_what_center_and_error_are():
    made = interval(Tally(20, 20, 60), method="score")
    assert made.center == (made.lower + made.upper) / 2
    assert made.standard_error == pytest.approx((made.upper - made.lower) / 2 / Z)
    assert (made.raw_lower, made.raw_upper, made.df) == (made.lower, made.upper, None)


def test_wald_is_the_score_and_its_standard_error():
    made, plain = interval(Tally(20, 20, 60), method="wald"), score(Tally(20, 20, 60))
    assert (made.center, made.standard_error) == (plain.value, plain.standard_error)
    assert made.raw_upper == made.center + Z * made.standard_error


@pytest.mark.parametrize("method", ["wald", "bootstrap"])
@pytest.mark.parametrize("counts", [(10, 10, 29), (0, 100, 100), (100, 0, 100), (100, 100, 0), (1, 0, 0)])
def test_methods_that_fail_on_few_answers_warn(method, counts):
    with pytest.warns(DataWarning, match="covers less than it says") as caught:
        interval(Tally(*counts), method=method)
    assert caught[0].filename == __file__


@pytest.mark.parametrize("method", ALL)
def test_fifty_answers_of_all_kinds_make_no_warning(method):
    made = interval(Tally(10, 10, 30), method=method)
    assert made.method == method
    assert all(type(value) is float for value in (made.lower, made.upper, made.center, made.standard_error))


@pytest.mark.parametrize("method", ALL)
def test_no_method_has_an_interval_of_no_answers(method):
    with pytest.raises(EmptyTallyError):
        interval(Tally(unanswered=3), method=method)


@pytest.mark.parametrize("method", SURE)
@pytest.mark.parametrize("counts", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 9), (5, 0, 5), (10**12, 1, 0)])
def test_one_answer_or_an_empty_category_still_has_an_honest_width(method, counts):
    made = interval(Tally(*counts), method=method)
    assert -100 <= made.lower < made.upper <= 100
    assert math.isfinite(made.standard_error)


def test_a_huge_tally_has_score_limits():
    made = interval(Tally(10**40, 10**40, 10**40), method="score")
    assert abs(made.lower) < 1e-15


def test_jeffreys_has_the_moments_of_the_posterior():
    made = interval(Tally(2, 3, 5), method="jeffreys")
    a = np.array([2.5, 3.5, 5.5])
    mean = (a[2] - a[0]) / a.sum()
    sd = math.sqrt(((a[2] + a[0]) / a.sum() - mean**2) / (a.sum() + 1))
    assert (made.center, made.standard_error) == pytest.approx((100 * mean, 100 * sd))


def test_the_same_seed_draws_the_same_interval():
    a, b, c = (interval(Tally(20, 20, 60), method="bootstrap", seed=seed, draws=999) for seed in (1, 1, 2))
    assert a == b
    assert a != c
    np.random.seed(0)  # the global state is neither read nor moved
    before = np.random.get_state()[1].copy()
    interval(Tally(20, 20, 60), method="bootstrap", draws=99)
    assert (np.random.get_state()[1] == before).all()


def test_the_bootstrap_error_nears_the_plain_one():
    made = interval(Tally(200, 200, 600), method="bootstrap", draws=50_000)
    assert made.standard_error == pytest.approx(score(Tally(200, 200, 600)).standard_error, rel=0.02)


def test_bca_is_that_of_scipy():
    """scipy.stats.bootstrap (1.17.1) of the same codes, BCa, on its own draws."""
    from scipy import stats

    one = Tally(15, 20, 165)
    codes = np.repeat([-100, 0, 100], [15, 20, 165])
    oracle = stats.bootstrap((codes,), np.mean, n_resamples=40_000, method="BCa", rng=5).confidence_interval
    made = interval(one, method="bootstrap", kind="bca", draws=40_000)
    assert (made.lower, made.upper) == pytest.approx(tuple(oracle), abs=1.01)
    assert interval(one, method="bootstrap", draws=40_000) != made


def test_bca_of_unanimous_answers_is_refused():
    with pytest.warns(DataWarning), pytest.raises(InputError, match="all answers agree"):
        interval(Tally(0, 0, 60), method="bootstrap", kind="bca")


@pytest.mark.parametrize("draws", [0, 1, 2.5, True, "many"])
def test_draws_are_a_whole_number(draws):
    with pytest.raises(InputError, match="whole number"):
        interval(Tally(20, 20, 60), method="bootstrap", draws=draws)


def test_an_unknown_kind_of_bootstrap_is_refused():
    with pytest.raises(InputError, match="percentile, bca"):
        interval(Tally(20, 20, 60), method="bootstrap", kind="basic")


def test_more_answers_than_can_be_drawn_are_refused():
    with pytest.raises(InputError, match="cannot draw"):
        interval(Tally(10**30, 10**30, 10**30), method="bootstrap")


@pytest.mark.parametrize(
    ("method", "why"),
    [("two_binomials", "covariance"), ("wilson", "passives"), ("Wilson_score", "passives"), ("beta", "refused")],
)
def test_the_wrong_methods_are_refused_with_the_reason(method, why):
    with pytest.raises(InputError, match=why):
        interval(Tally(1, 1, 1), method=method)


def test_pseudo_counts_for_a_method_that_adds_none_are_refused():
    with pytest.raises(InputError, match="belong to adjusted_wald"):
        interval(Tally(1, 1, 1), method="score", pseudo_counts=(1, 1, 1))


def test_a_convention_takes_every_method():
    for method in ALL:
        made = score(Tally(20, 20, 60), convention=Convention(method=method)).interval
        assert made == interval(Tally(20, 20, 60), method=method)
    assert "score" in str(Convention(method="score"))


def test_frames_offer_the_closed_forms_and_refuse_the_rest():
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame({"rating": [0] * 20 + [7] * 20 + [10] * 60})
    for method in ("adjusted_wald", "wald"):
        made = interval(Tally(20, 20, 60), method=method)
        row = breakdown(frame, convention=Convention(method=method)).row(0, named=True)
        assert (row["lower"], row["upper"]) == pytest.approx((made.lower, made.upper))
    with pytest.raises(InputError, match="Tallies"):
        breakdown(frame.lazy(), convention=Convention(method="score"))


def test_without_the_extra_the_error_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(MissingExtraError, match=r"npscore\[stats\]"):
        interval(Tally(20, 20, 60), method="score")
    assert interval(Tally(20, 20, 60)).lower < interval(Tally(20, 20, 60), method="wald").lower


class TestTallies:
    GROUPS = (Tally(2, 3, 5), Tally(0, 0, 7), Tally(), Tally(9, 1, 0), Tally(0, 4, 0), Tally(120, 260, 620))

    @pytest.mark.parametrize("method", ["adjusted_wald", "score", "jeffreys", "wald"])
    @pytest.mark.filterwarnings("ignore:the plain Wald:npscore.errors.DataWarning")
    def test_every_element_is_the_scalar_result(self, method):
        made = interval(Tallies.of(self.GROUPS), method=method, level=0.9)
        for name in ("lower", "upper", "center", "standard_error", "raw_lower", "raw_upper"):
            column = getattr(made, name)
            assert column.shape == (6,)
            for group, value in zip(self.GROUPS, column, strict=True):
                if group.n:
                    assert value == pytest.approx(getattr(interval(group, method=method, level=0.9), name), abs=1e-9)
                else:
                    assert math.isnan(value)

    def test_the_plain_interval_warns_once(self):
        with pytest.warns(DataWarning) as caught:
            interval(Tallies.of(self.GROUPS), method="wald")
        assert len(caught) == 1

    def test_groups_without_an_answer_alone_are_no_reason_to_warn(self):
        interval(Tallies([20, 0], [20, 0], [60, 0]), method="wald")

    def test_the_bootstrap_takes_one_at_a_time(self):
        with pytest.raises(InputError, match="one Tally at a time"):
            interval(Tallies.of(self.GROUPS), method="bootstrap")

    @pytest.mark.parametrize("method", ["adjusted_wald", "score", "jeffreys"])
    def test_no_groups_are_no_limits(self, method):
        assert interval(Tallies([], [], []), method=method).lower.shape == (0,)


@pytest.mark.parametrize("seed", [None, -1, 1.5, "x", True])
def test_nothing_is_drawn_without_a_seed(seed):
    with pytest.raises(InputError, match="is not a whole number from 0 up"):
        interval(Tally(20, 20, 60), method="bootstrap", seed=seed)


def test_a_score_brings_its_interval():
    with pytest.raises(InputError, match=r"a Score brings its interval, as \.interval; .* hand over its \.counts"):
        interval(score(Tally(20, 20, 60)))
    with pytest.raises(InputError, match="a WeightedScore brings its interval"):
        interval(weighted([9, 3, 10]))
    with pytest.raises(InputError, match="not list; count ratings"):
        interval([9, 10])


@pytest.mark.parametrize("method", ["linearised", "clustered", "jackknife"])
def test_a_method_of_weights_is_pointed_to_weighted(method):
    for call in (lambda: interval(Tally(1, 2, 3), method=method), lambda: Convention(method=method)):
        with pytest.raises(InputError, match=r"weighted\(\.\.\.\) takes it"):
            call()
