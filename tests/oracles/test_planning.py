"""Planning against R and statsmodels.

Program: R 4.2.2, base packages. Command: `Rscript planning.R` in `tests/oracles/data`, which holds the formulas
(Cochran 1977, 4.6-4.7; Chow, Shao & Wang 2008, 3.1-3.2) and wrote the two CSV files. Second route, run live:
statsmodels 0.15.0, `NormalIndPower().power` and `.solve_power`, for groups of equal variance.
"""

import csv
import math
from pathlib import Path

import pytest

from npscore import margin, minimum_detectable_change, power, sample_size, sample_size_benchmark, sample_size_difference

DATA = Path(__file__).parent / "data"
ALTERNATIVES = {1: "greater", 2: "two-sided"}


def rows(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


@pytest.mark.parametrize("row", rows("planning_margin.csv"))
def test_sample_sizes_and_margins_are_those_of_r(row):
    people = None if math.isinf(row["people"]) else int(row["people"])
    given = {"variance": row["v"], "level": row["level"], "population": people, "design_effect": row["deff"]}
    assert sample_size(row["margin"], **given).n == row["n"]
    assert margin(200, **given) == pytest.approx(row["margin_at_200"], rel=1e-12)
    assert margin(row["k"], **given) == pytest.approx(row["margin"], rel=1e-12)


@pytest.mark.parametrize("row", rows("planning_difference.csv"))
def test_differences_power_and_detectable_changes_are_those_of_r(row):
    given = {"variances": (row["v_a"], row["v_b"]), "alpha": row["alpha"], "alternative": ALTERNATIVES[row["sides"]]}
    plan = sample_size_difference(row["difference"], power=row["power"], ratio=row["ratio"], **given)
    assert (plan.n, plan.n_b) == (row["n"], math.ceil(row["ratio"] * row["n"]))
    assert power(row["difference"], 150, 220, **given) == pytest.approx(row["power_at_150_220"], rel=1e-9)
    detectable = minimum_detectable_change(150, 220, power=row["power"], **given)
    assert detectable == pytest.approx(row["mdc_at_150_220"], rel=1e-12)


@pytest.mark.parametrize("alternative", ["two-sided", "greater"])
@pytest.mark.parametrize("variance", [0.4, 0.61, 1.0])
@pytest.mark.parametrize("n", [30, 200, 1000])
def test_power_is_that_of_statsmodels(alternative, variance, n):
    oracle = pytest.importorskip("statsmodels.stats.power").NormalIndPower()
    given = {"alpha": 0.05, "alternative": {"greater": "larger"}.get(alternative, alternative)}
    expected = oracle.power(0.1 / math.sqrt(variance), n, ratio=1.5, **given)
    assert power(10, n, 1.5 * n, variances=variance, alternative=alternative) == pytest.approx(expected, rel=1e-9)


def test_sample_sizes_are_those_of_statsmodels():
    oracle = pytest.importorskip("statsmodels.stats.power")
    effect = 0.1 / math.sqrt(0.6)
    two = oracle.NormalIndPower().solve_power(effect, alpha=0.05, power=0.9, alternative="larger")
    one = oracle.NormalIndPower(ddof=0).solve_power(effect, alpha=0.05, power=0.9, ratio=0, alternative="larger")
    given = {"power": 0.9, "alternative": "greater"}
    assert sample_size_difference(10, variances=0.6, **given).n == math.ceil(two)
    assert sample_size_benchmark(10, variance=0.6, **given).n == math.ceil(one)
