"""Mix and rate, charts and shrinkage from R; nothing there is translated from npscore.

Program: R 4.2.2 with metafor 3.8-1, spc 0.6.7 and jsonlite 1.8.4 (Debian packages).
Command: ``Rscript tests/oracles/insight.R tests/oracles/insight.json``; the script stands beside the numbers, which
are kept, so that the tests need no R.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from npscore import Tally, control_chart, cusum, decompose, ewma, shrink, standardise

ORACLE = json.loads((Path(__file__).parent / "insight.json").read_text(encoding="utf-8"))
CHANGES = ORACLE["change"]


def groups(counts):
    return {name: Tally(*row) for name, row in counts.items()}


@pytest.mark.parametrize("case", CHANGES)
def test_mix_and_rate_are_means_of_two_standardisations(case):
    before, after, parts = groups(case["before"]), groups(case["after"]), case["parts"]
    two, three = decompose(before, after), decompose(before, after, form="three")
    assert (two.before, two.after) == pytest.approx((parts["before"], parts["after"]), abs=1e-9)
    assert (two.mix, two.rate) == pytest.approx((parts["mix"], parts["rate"]), abs=1e-9)
    theirs = (parts["mix3"], parts["rate3"], parts["interaction3"])
    assert (three.mix, three.rate, three.interaction) == pytest.approx(theirs, abs=1e-9)
    if before.keys() == after.keys():
        assert standardise(after, before) == pytest.approx(parts["standardised"], abs=1e-9)


@pytest.mark.parametrize("case", [case for case in CHANGES if case["errors"]])
def test_delta_errors_are_those_of_4000_resamples_of_the_respondents(case):
    """Four thousand draws know a standard error to about 1.1 %; four of those are allowed."""
    two = decompose(groups(case["before"]), groups(case["after"]))
    three = decompose(groups(case["before"]), groups(case["after"]), form="three")
    made = [two.mix_interval, two.rate_interval, three.mix_interval, three.rate_interval, three.interaction_interval]
    theirs = [case["errors"][name] for name in ("mix", "rate", "mix3", "rate3", "interaction3")]
    assert [one.standard_error for one in made] == pytest.approx(theirs, rel=0.045)


def test_limits_averages_and_sums_of_charts_are_those_of_base_r():
    """Sigma from the codes themselves, the average by `filter`, its variance from all weights written out."""
    theirs, waves = ORACLE["charts"], [Tally(*row) for row in ORACLE["charts"]["waves"]]
    chart, average, sums = control_chart(waves), ewma(waves, weight=0.2, width=2.86), cusum(waves, allowance=0.5)
    assert (chart.center, chart.sigma) == pytest.approx((theirs["center"], theirs["sigma"]), abs=1e-9)
    assert chart.lower == pytest.approx(theirs["lower"], abs=1e-9)
    assert chart.upper == pytest.approx(theirs["upper"], abs=1e-9)
    assert chart.dispersion == pytest.approx(theirs["dispersion"], abs=1e-9)
    assert average.values == pytest.approx(theirs["ewma"]["values"], abs=1e-9)
    assert average.lower == pytest.approx(theirs["ewma"]["lower"], abs=1e-9)
    assert average.upper == pytest.approx(theirs["ewma"]["upper"], abs=1e-9)
    assert sums.high == pytest.approx(theirs["cusum"]["high"], abs=1e-9)
    assert sums.low == pytest.approx(theirs["cusum"]["low"], abs=1e-9)


def test_false_alarms_are_as_rare_as_package_spc_says():
    """The share of 2,000 calm runs without an alarm in 100 waves, within four standard errors of the exact one."""
    draws = np.random.default_rng(1).normal(size=(2000, 100)).tolist()
    calm = {
        "ewma_sf_100": [not ewma(run, center=0, sigma=1).outside for run in draws],
        "cusum_high_sf_100": [max(cusum(run, center=0, sigma=1).high) <= 4 for run in draws],
    }
    for name, quiet in calm.items():
        exact = ORACLE["runs"][name]
        assert abs(sum(quiet) / 2000 - exact) < 4 * (exact * (1 - exact) / 2000) ** 0.5


def test_the_documented_run_lengths_are_those_of_package_spc():
    runs = ORACLE["runs"]
    assert [round(runs[name]) for name in ("ewma_arl", "cusum_arl_4", "cusum_arl_5")] == [371, 168, 465]


@pytest.mark.parametrize("fit", range(3), ids=["DL", "PM", "REML"])
@pytest.mark.parametrize("case", [*ORACLE["shrink"], ORACLE["bcg"]], ids=["3", "8", "20", "6 alike", "BCG"])
def test_shrinkage_is_that_of_metafor(case, fit):
    """`rma` for mu, tau2, Q and I2, `blup` for the values and their errors; REML stops at a threshold of 1e-8."""
    theirs = case["fits"][fit]
    drawn = shrink(case["estimates"], case["variances"], method=theirs["method"])
    for name in ("mu", "se_mu", "tau2", "q", "i2"):
        assert getattr(drawn, name) == pytest.approx(theirs[name], rel=1e-6, abs=1e-6)
    assert drawn.values == pytest.approx(theirs["values"], rel=1e-6, abs=1e-6)
    assert drawn.standard_errors == pytest.approx(theirs["standard_errors"], rel=1e-6, abs=1e-6)
    if theirs["method"] == "DL":
        assert drawn.tau2 == pytest.approx(theirs["tau2"], rel=1e-12, abs=1e-12)


def test_the_bcg_vaccine_trials_give_the_published_figures():
    """metafor's own tests hold these against Stata's metan: pooled log risk ratio -0.7141 by DL, Q 152.2330."""
    drawn = shrink(ORACLE["bcg"]["estimates"], ORACLE["bcg"]["variances"])
    assert (round(drawn.mu, 4), round(drawn.q, 4)) == (-0.7141, 152.2330)
    low, high = (drawn.mu + sign * 1.959963984540054 * drawn.se_mu for sign in (-1, 1))
    assert (round(low, 4), round(high, 4)) == (-1.0644, -0.3638)


def test_shrinkage_is_that_of_statsmodels():
    """statsmodels 0.15.0, `combine_effects`, run live: "chi2" is DL, "iterated" is PM."""
    meta = pytest.importorskip("statsmodels.stats.meta_analysis")
    case = ORACLE["shrink"][1]
    for method, name in (("DL", "chi2"), ("PM", "iterated")):
        theirs = meta.combine_effects(
            np.array(case["estimates"]), np.array(case["variances"]), method_re=name, atol=1e-12
        )
        drawn = shrink(case["estimates"], case["variances"], method=method)
        assert (drawn.tau2, drawn.mu) == pytest.approx((theirs.tau2, theirs.mean_effect_re), rel=1e-5)
        assert drawn.q == pytest.approx(theirs.q)
