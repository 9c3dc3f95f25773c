"""Score limits and Jeffreys limits from R, computed by routes that share no code and no algebra with ours.

Program: R 4.2.2 (Debian), base packages only.
Command: `Rscript --vanilla tests/oracles/data/intervals.R > tests/oracles/data/intervals.csv`.
The score limits are roots that `uniroot` finds of Tango's statistic, Statistics in Medicine 17 (1998) 891-908, in its
printed form; the posterior is `integrate` of `pbeta` over the quantiles of the share that is not passive.
"""

import csv
from pathlib import Path

import pytest

from npscore import Tally, interval, posterior

pytest.importorskip("scipy")
ROWS = list(csv.DictReader((Path(__file__).parent / "data" / "intervals.csv").read_text(encoding="utf-8").splitlines()))


def tally_of(row):
    return Tally(*(int(row[name]) for name in ("detractors", "passives", "promoters")))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(list(row.values())[:4]))
def test_limits_are_those_of_r(row):
    one, level = tally_of(row), float(row["level"])
    for method, close in (("score", 1e-8), ("jeffreys", 1e-5)):
        made = interval(one, method=method, level=level)
        expected = (float(row[f"{method}_lower"]), float(row[f"{method}_upper"]))
        assert (made.lower, made.upper) == pytest.approx(expected, abs=close)
    assert posterior(one).above(10) == pytest.approx(float(row["above_10"]), abs=1e-8)
