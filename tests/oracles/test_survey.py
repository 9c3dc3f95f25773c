"""Weighted scores against the R package survey, and a second route through statsmodels.

Program: R 4.2.2 with survey 4.1-1 (Debian). Command: `Rscript survey.R` in `tests/oracles/data`; it made the answers in
`survey_rows.csv` and wrote `survey.csv` (svydesign, svymean, as.svrepdesign "JK1" and "JKn", postStratify, calibrate
with calfun "raking", rake, svyglm) and `survey_weights.csv`. `Rscript survey_apart.R` takes two strata of the answers
for two samples drawn apart and wrote `survey_apart.csv` (a svydesign each, svyglm on both, t.test). Second route, run
live: statsmodels 0.15.0 `DescrStatsW(codes, weights)` and `WLS(...).get_robustcov_results("cluster")`.

One figure is made in another way here: design effects leave the finite population out, so that a plan can put it in.
"""

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from npscore import DataWarning, compare, effective_n, poststratify, rake, weighted, weighted_difference

DATA = Path(__file__).parent / "data"
PEOPLE = {"north": 400, "south": 200, "west": 90}
ACCOUNTS = {"north": 30, "south": 20, "west": 12}
CHANNELS = {"shop": 300, "web": 320, "phone": 80}
SIZES = {"small": 450, "big": 250}
CELLS = dict(zip([(c, s) for s in SIZES for c in CHANNELS], [200, 190, 60, 100, 130, 20], strict=True))

pytestmark = pytest.mark.filterwarnings("ignore:there are . clusters:npscore.DataWarning")


def table(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def columns():
    rows = table("survey_rows.csv")
    found = {name: [row[name] for row in rows] for name in rows[0]}
    found["rating"] = [int(rating) for rating in found["rating"]]
    found["weight"] = [float(weight) for weight in found["weight"]]
    found["some"] = [weight or 1.0 for weight in found["weight"]]
    found["cell"] = list(zip(found["channel"], found["size"], strict=True))
    found["holes"] = [None if row % 10 == 9 else rating for row, rating in enumerate(found["rating"])]
    return found


def raked(base):
    labels = {"channel": columns()["channel"], "size": columns()["size"]}
    return rake(labels, {"channel": CHANNELS, "size": SIZES}, base=base and columns()[base])


def calibrated(case):
    if "cells" in case:
        return poststratify(columns()["cell"], CELLS, base=columns()["some"])
    if "poststratified" in case:
        return poststratify(columns()["channel"], CHANNELS, base=columns()["some"])
    return raked(None if "equal" in case else "some")


def people(case):
    if "strata" in case:
        return ACCOUNTS if "accounts" in case else PEOPLE
    return 25 if "accounts" in case else 700


def made(case):
    """The arguments of `weighted` that stand for a case of the script."""
    return {
        "strata": columns()["stratum"] if "strata" in case else None,
        "clusters": columns()["account"] if "accounts" in case else None,
        "population": people(case) if "population" in case else None,
        "calibration": calibrated(case) if "rake" in case or "poststratified" in case else None,
        "weights": None if "rake" in case or "poststratified" in case or case == "equal" else columns()["weight"],
        "method": "jackknife" if "jackknife" in case else "linearised",
    }


ORACLE = {row["case"]: {name: float(row[name]) for name in ("value", "error", "df", "extra") if row[name] != "NA"}
          for row in table("survey.csv")}  # fmt: skip
SCORES = [case for case in ORACLE if "difference" not in case]


@pytest.mark.parametrize("case", SCORES)
def test_scores_and_errors_are_those_of_survey(case):
    oracle = ORACLE[case]
    ratings = columns()["holes" if "missing" in case else "rating"]
    score = weighted(ratings, **made(case))
    assert score.value == pytest.approx(oracle["value"], rel=1e-9)
    assert score.standard_error == pytest.approx(oracle["error"], rel=1e-9)
    assert score.df == oracle["df"]
    if "extra" in oracle and "jackknife" not in case:
        assert score.total_design_effect * (score.standard_error / score.standard_error_without_fpc) ** 2 == (
            pytest.approx(oracle["extra"], rel=1e-9)
        )


@pytest.mark.parametrize("case", [case for case in ORACLE if "difference" in case])
def test_differences_are_those_of_survey(case):
    given = made(case if "raked" not in case else "raked strata accounts")
    weights, _ = given.pop("weights"), given.pop("method")
    difference = weighted_difference(columns()["rating"], weights, columns()["role"], a="buyer", b="user", **given)
    assert difference.difference == pytest.approx(ORACLE[case]["value"], rel=1e-9)
    assert difference.standard_error == pytest.approx(ORACLE[case]["error"], rel=1e-9)
    assert difference.df == ORACLE[case]["df"]


def half(name, case):
    """One stratum of the answers as a sample of its own, scored as a case of the second script wants."""
    rows = [row for row, stratum in enumerate(columns()["stratum"]) if stratum == name]
    ratings, accounts = ([columns()[column][row] for row in rows] for column in ("rating", "account"))
    weights = [columns()["weight" if case == "zeros" else "some"][row] for row in rows]
    return weighted(ratings, None if case == "welch" else weights, clusters=accounts if case == "accounts" else None)


@pytest.mark.parametrize("oracle", table("survey_apart.csv"), ids=lambda row: row["case"])
def test_samples_drawn_apart_differ_as_in_survey(oracle):
    a, b = half("north", oracle["case"]), half("south", oracle["case"])
    made = compare(a, b)
    assert made.difference == pytest.approx(float(oracle["value"]), rel=1e-9)
    assert made.standard_error == pytest.approx(float(oracle["error"]), rel=1e-9)
    assert (a.df, b.df) == (float(oracle["df_a"]), float(oracle["df_b"]))
    if oracle["case"] == "welch":
        for name in ("df", "p_value", "lower", "upper"):
            assert getattr(made, name) == pytest.approx(float(oracle[name.removesuffix("_value")]), rel=1e-9)


def test_calibrated_weights_are_those_of_survey():
    rows = table("survey_weights.csv")
    stratified = poststratify(columns()["channel"], CHANNELS, base=columns()["some"]).weights
    assert stratified == pytest.approx([float(row["poststratified"]) for row in rows], rel=1e-12)
    assert raked("some").weights == pytest.approx([float(row["raked"]) for row in rows], rel=1e-9)


def test_the_interval_is_that_of_scipy():
    stats = pytest.importorskip("scipy.stats")
    score = weighted(columns()["rating"], columns()["weight"], level=0.9)
    limits = stats.t.interval(0.9, 156, ORACLE["plain"]["value"], ORACLE["plain"]["error"])
    assert (score.interval.raw_lower, score.interval.raw_upper) == pytest.approx(limits, rel=1e-9)
    normal = weighted(columns()["rating"], columns()["weight"], level=0.9, reference="z").interval
    limits = stats.norm.interval(0.9, ORACLE["plain"]["value"], ORACLE["plain"]["error"])
    assert (normal.raw_lower, normal.raw_upper) == pytest.approx(limits, rel=1e-9)


def codes():
    return np.array([(rating >= 9) - (rating <= 6) for rating in columns()["rating"]], dtype=float)


def test_mean_shares_and_variance_are_those_of_statsmodels():
    weightstats = pytest.importorskip("statsmodels.stats.weightstats")
    oracle = weightstats.DescrStatsW(codes(), weights=columns()["weight"], ddof=0)
    score = weighted(columns()["rating"], columns()["weight"], method="adjusted_wald")
    assert score.value == pytest.approx(100 * oracle.mean, rel=1e-12)
    assert score.standard_error == pytest.approx(100 * np.sqrt(oracle.var / score.effective_n), rel=1e-12)
    effective = effective_n(columns()["weight"]).n
    adjusted = weightstats.DescrStatsW(
        [-1, 0, 1], weights=np.array(score.shares) * effective + (0.75, 1.5, 0.75), ddof=0
    )
    assert score.interval.center == pytest.approx(100 * adjusted.mean, rel=1e-12)
    assert score.interval.standard_error == pytest.approx(100 * np.sqrt(adjusted.var / adjusted.sum_weights), rel=1e-12)


def test_the_clustered_error_is_that_of_statsmodels():
    """WLS on a constant, with its correction for the parameter taken back: (n - 1) / (n - k) with k = 1 is 1."""
    api = pytest.importorskip("statsmodels.api")
    fit = api.WLS(codes(), np.ones((160, 1)), weights=columns()["weight"]).fit()
    groups = np.array([int(account) for account in columns()["account"]])
    robust = fit.get_robustcov_results("cluster", groups=groups, use_correction=True)
    with pytest.warns(DataWarning, match="9 clusters"):
        score = weighted(columns()["rating"], columns()["weight"], clusters=columns()["account"])
    assert score.standard_error == pytest.approx(100 * float(robust.bse[0]), rel=1e-9)
