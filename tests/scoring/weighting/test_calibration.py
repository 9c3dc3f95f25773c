"""Post-stratification, raking and trimming: targets hit, the impossible named, arrays for arrays."""

import math

import pytest

from npscore import DataWarning, InputError, poststratify, rake, trim, weighted, weighted_difference

np = pytest.importorskip("numpy")
pytest.importorskip("scipy")

CHANNEL = ["shop", "shop", "shop", "web", "web"]
SIZE = ["big", "small", "small", "big", "small"]
TOTALS = {"channel": {"shop": 60, "web": 40}, "size": {"big": 30, "small": 70}}


def test_poststratified_weights_by_hand():
    made = poststratify(CHANNEL, {"shop": 60, "web": 50})
    assert made.weights == [20.0, 20.0, 20.0, 25.0, 25.0]
    assert (made.iterations, made.error) == (1, 0.0)
    assert made.effective_n == pytest.approx(110**2 / 2450)
    assert made.design_effect == pytest.approx(5 * 2450 / 110**2)


def test_base_weights_keep_their_proportions_within_a_group():
    assert poststratify(CHANNEL, {"shop": 60, "web": 50}, base=[1, 2, 3, 0, 5]).weights == pytest.approx(
        [10, 20, 30, 0, 50]
    )


def test_a_two_by_two_table_raked_by_hand():
    """The odds ratio of the base, 1 x 1 / (2 x 1), survives: with a shop and big, a (10 + a) = (60 - a)(30 - a) / 2."""
    made = rake({"channel": CHANNEL, "size": SIZE}, TOTALS)
    a = -55 + math.sqrt(55**2 + 1800)
    assert a * (10 + a) == pytest.approx((60 - a) * (30 - a) / 2)
    assert made.weights == pytest.approx([a, (60 - a) / 2, (60 - a) / 2, 30 - a, 10 + a], rel=1e-9)
    assert made.iterations > 1
    assert made.error < 1e-9


def test_shares_are_totals_too():
    made = rake(
        {"channel": CHANNEL, "size": SIZE}, {"channel": {"shop": 0.6, "web": 0.4}, "size": {"big": 0.3, "small": 0.7}}
    )
    whole = rake({"channel": CHANNEL, "size": SIZE}, TOTALS)
    assert sum(made.weights) == pytest.approx(1)
    ratings = [9, 10, 3, 8, 2]
    for name in ("value", "standard_error"):
        assert getattr(weighted(ratings, calibration=made), name) == pytest.approx(
            getattr(weighted(ratings, calibration=whole), name)
        )


def test_raking_one_variable_is_poststratifying():
    one = rake({"channel": CHANNEL}, {"channel": TOTALS["channel"]})
    assert one.weights == poststratify(CHANNEL, TOTALS["channel"]).weights


def test_arrays_come_out_where_arrays_went_in():
    pd = pytest.importorskip("pandas")
    expected = poststratify(CHANNEL, TOTALS["channel"]).weights
    for groups in (np.array(CHANNEL), pd.Series(CHANNEL), pd.Series(CHANNEL, dtype="category")):
        made = poststratify(groups, TOTALS["channel"])
        assert isinstance(made.weights, np.ndarray)
        assert made.weights.tolist() == expected
    assert isinstance(expected, list)
    assert isinstance(poststratify(CHANNEL, TOTALS["channel"], base=np.ones(5)).weights, np.ndarray)
    assert isinstance(trim(np.array([1.0, 2.0]), high=1.5), np.ndarray)


def test_a_calibration_says_what_it_is():
    made = rake({"channel": CHANNEL, "size": SIZE}, TOTALS)
    text = repr(made)
    assert text.startswith("<Calibration of 5 rows on 2 margin(s): ")
    assert text.endswith(f"design effect {made.design_effect:.2f}>")


def test_answers_that_follow_the_groups_leave_no_error_after_calibration():
    """Within a group all agree, and the groups' sizes are known: nothing is left to chance."""
    made = weighted([9, 9, 9, 3, 3], calibration=poststratify(CHANNEL, {"shop": 60, "web": 40}))
    assert made.value == pytest.approx(20)
    assert made.standard_error == pytest.approx(0, abs=1e-9)
    assert weighted([9, 9, 9, 3, 3], [20, 20, 20, 20, 20]).standard_error > 40


def test_a_calibration_may_come_with_its_base_or_its_weights():
    base = [1, 2, 1, 1, 3]
    calibration = rake({"channel": CHANNEL, "size": SIZE}, TOTALS, base=base)
    expected = weighted([9, 10, 3, 8, 2], calibration=calibration)
    for weights in (base, calibration.weights, [10 * weight for weight in base]):
        assert weighted([9, 10, 3, 8, 2], weights, calibration=calibration) == expected
    with pytest.raises(InputError, match="neither the base nor the result"):
        weighted([9, 10, 3, 8, 2], [1, 1, 1, 1, 9], calibration=calibration)


def test_other_weights_are_noticed_in_large_samples_too():
    calibration = poststratify(np.array(["a", "b"] * 20_000), {"a": 1, "b": 1})
    other = np.ones(40_000)
    other[7] = 1.001
    with pytest.raises(InputError, match="neither the base nor the result"):
        weighted(np.full(40_000, 9), other, calibration=calibration)


def test_a_calibration_of_other_rows_is_refused():
    calibration = poststratify(CHANNEL, TOTALS["channel"])
    with pytest.raises(InputError, match="5 rows and there are 2 ratings"):
        weighted([9, 3], calibration=calibration)


def test_calibrated_weights_have_an_adjusted_interval_and_no_jackknife():
    calibration = poststratify(CHANNEL, TOTALS["channel"])
    made = weighted([9, 10, 3, 8, 2], calibration=calibration, method="adjusted_wald")
    assert made.interval == weighted([9, 10, 3, 8, 2], calibration.weights, method="adjusted_wald").interval
    with pytest.raises(InputError, match="calibrate anew"):
        weighted([9, 10, 3, 8, 2], calibration=calibration, method="jackknife")


def test_a_row_without_a_rating_stays_in_a_calibrated_design():
    calibration = poststratify(CHANNEL, TOTALS["channel"])
    made = weighted([9, 10, 3, 8, None], calibration=calibration)
    assert (made.n, made.unanswered, made.df) == (4, 1, 4)
    assert made.value == pytest.approx(100 * 20 / 80)


def test_a_difference_takes_a_calibration():
    calibration = poststratify(CHANNEL, TOTALS["channel"])
    plain = weighted_difference([9, 9, 9, 3, 7], calibration.weights, CHANNEL, a="shop", b="web")
    made = weighted_difference([9, 9, 9, 3, 7], None, CHANNEL, a="shop", b="web", calibration=calibration)
    assert made.difference == plain.difference == 150.0


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: poststratify(CHANNEL, {"shop": 60}), "groups: there are respondents with 'web' and no total"),
        (lambda: poststratify(CHANNEL, {"shop": 60, "web": 4, "phone": 3}), "groups: no respondent has 'phone'"),
        (lambda: poststratify(CHANNEL, {"shop": 60, "web": 4}, base=[1, 1, 1, 0, 0]), "no respondent has 'web'"),
        (lambda: poststratify(CHANNEL, {"shop": 60, "web": 0}), "the total of 'web' is 0"),
        (lambda: poststratify(CHANNEL, {"shop": 60, "web": math.nan}), "the total of 'web' is nan"),
        (lambda: poststratify(CHANNEL, {"shop": 60, "web": "40"}), "the total of 'web' is '40'"),
        (lambda: poststratify(["shop", None], {"shop": 60}), "row 1 .from 0. has no label"),
        (lambda: poststratify("shop", {"s": 60}), "groups are a list, array or series"),
        (lambda: poststratify([], {"s": 60}), "no respondent has 's'"),
        (lambda: poststratify(CHANNEL, {"shop": 60, "web": 40}, base=[1]), "1 weights for 5"),
        (lambda: poststratify(CHANNEL, {"shop": 60, "web": 40}, base=[1, 1, 1, 1, -1]), "row 4"),
        (lambda: rake({}, {}), "the variables must be the same"),
        (lambda: rake({"channel": CHANNEL}, {"size": TOTALS["size"]}), "the variables must be the same"),
        (lambda: rake({"channel": CHANNEL, "size": SIZE[:4]}, TOTALS), "one label a row in each variable"),
        (
            lambda: rake({"channel": CHANNEL, "size": SIZE}, {**TOTALS, "size": {"big": 30, "small": 60}}),
            "totals of channel sum to 100 and those of size to 90",
        ),
        (
            lambda: rake({"channel": CHANNEL, "size": SIZE}, {**TOTALS, "size": {"big": 30, "small": 60, "huge": 10}}),
            "size: no respondent has 'huge'",
        ),
        (
            lambda: rake({"channel": ["shop", "web"], "size": ["big", "small"]}, TOTALS),
            "no weights of these respondents meet all totals: .* channel '(shop|web)' is",
        ),
    ],
)
def test_impossible_margins_are_refused_by_name(call, says):
    with pytest.raises(InputError, match=says):
        call()


def test_trimming_cuts_to_the_limits_and_leaves_zero():
    assert trim([0, 0.2, 1, 9], low=0.5, high=3) == [0.0, 0.5, 1.0, 3.0]
    assert trim([1, 9], high=3) == [1.0, 3.0]
    assert trim([1, 9], low=3) == [3.0, 9.0]


@pytest.mark.parametrize("limits", [{"low": 3, "high": 2}, {"low": 0}, {"high": 0}, {"low": -1}, {"high": math.nan}])
def test_limits_that_cannot_be_are_refused(limits):
    with pytest.raises(InputError, match="must"):
        trim([1, 2], **limits)


def test_trimming_mends_a_score_that_few_weights_own():
    ratings, weights = [9, 3, 8, 2, 9, 9, 3, 8], [1, 1, 1, 1, 1, 1, 1, 500]
    with pytest.warns(DataWarning, match="under a third"):
        weighted(ratings, weights)
    assert weighted(ratings, trim(weights, high=3)).effective_n > 8 / 3
