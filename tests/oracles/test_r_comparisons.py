"""Tests of differences, panels, groups and waves against R.

Program: R 4.2.2 (Debian), base packages only.
Command: `Rscript --vanilla tests/oracles/data/comparisons.R > tests/oracles/data/comparisons.csv`.
Each figure comes by a route that shares no algebra with ours: `t.test`, `oneway.test`, `lm(weights =)`, `p.adjust`,
`mantelhaen.test` with a stratum a person (which is Stuart-Maxwell), `optimize` of the constrained likelihood (the
score test, and the limits that mover takes).
"""

import csv
from pathlib import Path

import numpy as np
import pytest

from npscore import Tally, adjust, against, compare, compare_many, compare_paired, trend

pytest.importorskip("scipy")
PATH = Path(__file__).parent / "data" / "comparisons.csv"
FIGURES = {(row["what"], row["case"]): float(row["value"]) for row in csv.DictReader(PATH.read_text().splitlines())}

PAIRS = {
    "1": (Tally(30, 25, 45), Tally(20, 20, 60)),
    "2": (Tally(2, 3, 5), Tally(4, 3, 3)),
    "3": (Tally(5, 20, 40), Tally(150, 200, 650)),
    "4": (Tally(1, 9, 10), Tally(2, 3, 15)),
}
TABLES = {
    "1": [[20, 10, 5], [3, 30, 15], [0, 2, 40]],
    "2": [[4, 2, 1], [1, 5, 3], [2, 1, 6]],
    "3": [[50, 20, 10], [30, 60, 25], [5, 35, 90]],
}
GROUPS = dict(enumerate((Tally(20, 20, 60), Tally(30, 25, 45), Tally(9, 8, 33), Tally(14, 10, 11))))
P_VALUES = [0.001, 0.012, 0.04, 0.0004, 0.3, 0.9, 0.04, 0.02]

pytestmark = pytest.mark.filterwarnings("ignore:the plain Wald:npscore.errors.DataWarning")


def check(case, rel=1e-9, **found):
    for what, value in found.items():
        assert value == pytest.approx(FIGURES[what, case], rel=rel, abs=1e-12), what


@pytest.mark.parametrize("case", PAIRS)
def test_two_groups(case):
    for method in ("wald", "adjusted_wald"):
        made = compare(*PAIRS[case], method=method)
        figures = {"se": made.standard_error, "statistic": made.statistic, "p": made.p_value, "lower": made.lower}
        check(case, **{f"{method}_{name}": value for name, value in figures.items()})
    made = compare(*PAIRS[case], method="welch")
    check(case, welch_statistic=made.statistic, welch_df=made.df, welch_p=made.p_value, welch_se=made.standard_error)
    check(case, welch_lower=made.lower, welch_upper=made.upper)
    check(case, welch_greater=compare(*PAIRS[case], method="welch", alternative="greater").p_value)
    made = compare(*PAIRS[case], method="mover")
    check(case, rel=1e-6, mover_lower=made.lower, mover_upper=made.upper)


@pytest.mark.parametrize("benchmark", [-20, 10, 50])
@pytest.mark.parametrize("case", PAIRS)
def test_one_group_against_a_benchmark(case, benchmark):
    one, case = PAIRS[case][0], f"{case}/{benchmark}"
    made, less = against(one, benchmark), against(one, benchmark, alternative="less")
    check(case, rel=1e-6, against_score=made.statistic, against_score_p=made.p_value, against_score_less=less.p_value)
    check(case, against_adjusted=against(one, benchmark, method="adjusted_wald").statistic)
    made = against(one, benchmark, method="t")
    check(case, against_t=made.statistic, against_t_p=made.p_value, against_t_lower=made.lower)


@pytest.mark.parametrize("case", TABLES)
def test_the_same_people_twice(case):
    made = compare_paired(TABLES[case])
    check(case, paired_difference=made.difference, paired_t=made.statistic, paired_p=made.p_value, paired_df=made.df)
    check(case, paired_lower=made.lower, paired_upper=made.upper)
    check(case, paired_wald=compare_paired(TABLES[case], method="wald").statistic)
    check(case, paired_score=compare_paired(TABLES[case], method="score").statistic)
    same = made.homogeneity()
    check(case, stuart_maxwell=same.statistic, stuart_maxwell_p=same.p_value)
    check(case, bhapkar=made.homogeneity("bhapkar").statistic)


@pytest.mark.parametrize("case", TABLES)
def test_the_whole_mix_agrees_with_statsmodels(case):
    """statsmodels 0.15.0: `SquareTable(table, shift_zeros=False).homogeneity(method)`."""
    square = pytest.importorskip("statsmodels.stats.contingency_tables").SquareTable
    for method in ("stuart_maxwell", "bhapkar"):
        oracle = square(np.array(TABLES[case]), shift_zeros=False).homogeneity(method)
        made = compare_paired(TABLES[case]).homogeneity(method)
        assert (made.statistic, made.df, made.p_value) == pytest.approx((oracle.statistic, oracle.df, oracle.pvalue))


def test_several_groups():
    for name, options in (("adjusted", {}), ("raw", {"method": "wald"})):
        made = compare_many(GROUPS, **options)
        figures = {"": made.statistic, "_p": made.p_value, "_pooled": made.pooled}
        check("1", **{f"many_{name}{end}": value for end, value in figures.items()})
        check("1", **{f"many_{name}_pooled_se": made.pooled_standard_error})
    assert compare_many(GROUPS, pseudo_counts=(0, 0, 0)).statistic == pytest.approx(FIGURES["many_raw", "1"])
    made = compare_many(GROUPS, method="welch")
    check("1", anova_statistic=made.statistic, anova_df2=made.df2, anova_p=made.p_value)


@pytest.mark.parametrize(("name", "pseudo_counts"), [("adjusted", (0.75, 1.5, 0.75)), ("raw", (0, 0, 0))])
def test_waves(name, pseudo_counts):
    made = trend(list(GROUPS.values()), [1, 2, 4, 7], pseudo_counts=pseudo_counts)
    figures = {"slope": made.slope, "intercept": made.intercept, "se": made.standard_error, "q": made.residual_q}
    check("1", **{f"trend_{name}_{end}": value for end, value in figures.items()})
    check("1", **{f"trend_{name}_qp": made.residual_p})


@pytest.mark.parametrize("method", ["holm", "hochberg", "bonferroni", "bh", "by"])
def test_adjusted_p_values(method):
    expected = [FIGURES[f"adjust_{method}", str(k + 1)] for k in range(len(P_VALUES))]
    assert adjust(P_VALUES, method) == pytest.approx(expected, rel=1e-12)
