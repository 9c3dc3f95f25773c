"""League tables: ranges of ranks by hand, coverage in simulation, what is hidden, and what is refused."""

import sys

import numpy as np
import pytest

from npscore import EmptyTallyError, InputError, MissingExtraError, PoolingError, Scale, Tally, interval, league
from npscore.scoring.intervals import adjusted_wald

TEAMS = {"low": Tally(300, 100, 100), "mid": Tally(20, 30, 30), "high": Tally(50, 100, 350), "tiny": Tally(0, 0, 6)}


def rows_of(table):
    return {row.name: row for row in table.rows}


def test_ranges_are_what_surely_differs():
    rows = rows_of(league(TEAMS))
    assert (rows["low"].best, rows["low"].worst) == (4, 4)
    assert (rows["mid"].best, rows["mid"].worst) == (2, 3)
    assert (rows["high"].best, rows["high"].worst) == (1, 2)
    assert (rows["tiny"].best, rows["tiny"].worst) == (1, 3)


def test_pairs_are_compared_at_a_level_raised_for_their_number():
    """Six pairs at 0.95 are each compared at 1 - 0.05 / 6; the pair at the line is told apart just below it."""
    two = [adjusted_wald(one.detractors, one.n, one.promoters, (0.75, 1.5, 0.75)) for one in TEAMS.values()]
    for i, row in enumerate(rows_of(league(TEAMS))[name] for name in TEAMS):
        z = [(c - two[i][0]) / (e**2 + two[i][1] ** 2) ** 0.5 for c, e in two]
        assert row.best == 1 + sum(one > 2.6382572734 for one in z)
        assert row.worst == 4 - sum(one < -2.6382572734 for one in z)


def test_every_row_has_its_own_interval_and_says_when_answers_are_few():
    rows = rows_of(league(TEAMS, level=0.9))
    for name, one in TEAMS.items():
        own = interval(one, level=0.9)
        assert (rows[name].lower, rows[name].upper, rows[name].n) == (own.lower, own.upper, one.n)
    assert rows["tiny"].score == 100.0
    assert [name for name, row in rows.items() if row.few] == ["tiny"]


def test_a_small_segment_with_a_perfect_score_does_not_lead():
    assert [row.name for row in league(TEAMS).rows] == ["high", "tiny", "mid", "low"]


def test_segments_with_fewer_answers_than_the_minimum_are_not_shown():
    table = league({**TEAMS, "one": Tally(0, 0, 4), "none": Tally(unanswered=9)})
    assert table.suppressed == ("one", "none")
    assert len(table.rows) == 4
    assert str(table).splitlines()[-1] == "not shown, too few answers: one, none"
    assert league({**TEAMS, "one": Tally(0, 0, 4)}, minimum=1).suppressed == ()
    assert league({"none": Tally(), **TEAMS}, minimum=0).suppressed == ("none",)


def test_a_table_prints_ranges_and_a_single_segment_is_first():
    assert str(league({"only": Tally(1, 2, 30)})).splitlines()[1].split()[-1] == "1"
    text = str(league(TEAMS))
    assert text.splitlines()[0].split() == ["segment", "n", "NPS", "95", "%", "interval", "rank"]
    assert "6 (few)" in text
    assert "1 to 2" in text


def test_ranges_hold_all_true_ranks_together():
    """In at least 95 of 100 samples, three errors allowed, also with ties among the segments."""
    random = np.random.default_rng(3)
    mixes = np.array([[.5, .3, .2], [.3, .3, .4], [.3, .3, .4], [.2, .3, .5], [.2, .3, .5], [.1, .3, .6]])  # fmt: skip
    truth = np.round(mixes[:, 2] - mixes[:, 0], 9)
    sizes = [30, 60, 200, 40, 300, 80]
    held = 0
    for _ in range(400):
        groups = {i: Tally(*random.multinomial(n, mix).tolist()) for i, (n, mix) in enumerate(zip(sizes, mixes))}  # noqa: B905
        rows = rows_of(league(groups))
        held += all(
            rows[i].best <= 1 + (truth > truth[i]).sum() and rows[i].worst >= 6 - (truth < truth[i]).sum()
            for i in range(6)
        )
    assert held / 400 >= 0.95 - 3 * (0.95 * 0.05 / 400) ** 0.5


def test_what_is_no_league_is_refused(monkeypatch):
    with pytest.raises(InputError, match="mapping"):
        league([Tally(9)])
    with pytest.raises(InputError, match="tallies"):
        league({"a": (10, 30)})
    with pytest.raises(InputError, match="fraction"):
        league(TEAMS, level=95)
    with pytest.raises(EmptyTallyError, match="no segment has 5 answers"):
        league({"a": Tally(1, 1, 1)})
    with pytest.raises(EmptyTallyError):
        league({})
    with pytest.raises(PoolingError):
        league({"a": Tally(9), "b": Tally(9, scale=Scale(1, 10, 7, 9))})
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(MissingExtraError):
        league(TEAMS)
