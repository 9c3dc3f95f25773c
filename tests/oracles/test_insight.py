"""Mix and rate from R, on rows of respondents instead of counts.

Program: R 4.2.2 with metafor 3.8-1, spc 0.6.7 and jsonlite 1.8.4 (Debian packages).
Command: ``Rscript tests/oracles/insight.R tests/oracles/insight.json``; the script stands beside the numbers, which
are kept, so that the tests need no R.
"""

import json
from pathlib import Path

import pytest

from npscore import Tally, decompose, standardise

pytest.importorskip("numpy")
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
