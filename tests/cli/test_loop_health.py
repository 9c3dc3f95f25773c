"""How the loop does, told at the shell."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import npscore as nps
from loops import NOW, care, hours, said
from npscore import write_policy
from npscore.cli.app import app

SPRING, AUTUMN, END = hours(0), hours(24 * 180), hours(24 * 200)
BEFORE = {"amy": 3, "ben": 3, "cas": 5, "dee": 5, "eli": 3, "fay": 5, "gus": 2, "pat": 9}
AFTER = {"amy": 8, "ben": 6, "cas": 7, "dee": 6, "eli": 5, "fay": 4}
CALLED = ("amy", "ben", "cas", "gus")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("care.toml").write_text(write_policy(care(), form="toml"), encoding="utf-8")
    with closing(nps.open_store("sqlite:///npscore.db")):
        pass


def answers(moment: Any, ratings: dict[str, int]) -> list[nps.Response]:
    return [said(f"{name} {moment:%B}", rating, name, at=moment) for name, rating in ratings.items()]


def two_seasons(called: tuple[str, ...] = CALLED) -> None:
    with closing(nps.open_store("sqlite:///npscore.db")) as store:
        loop = nps.Loop(store, care())
        loop.receive(answers(SPRING, BEFORE), SPRING)
        for case in loop.cases():
            if case.customer_id in called:
                loop.step(case.next("contacted", hours(5), actor="ann"), hours(5))
        loop.receive(answers(AUTUMN, AFTER), AUTUMN)


def health(*more: object) -> Result:
    arguments = ["loop", "health", "--policy", "care.toml", "--now", END.isoformat(), *map(str, more)]
    return CliRunner().invoke(app, arguments)


def document(*more: object) -> Any:
    result = health(*more, "--format", "json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def row(text: str, name: str) -> str:
    (found,) = (line for line in text.splitlines() if line.startswith(name))
    return found


def test_the_table_shows_the_effect_with_its_interval_and_the_naive_figure_beside_it() -> None:
    two_seasons()
    text = health().stdout
    assert row(text, "Recovery").endswith("+2.0 (-3.6 to +7.6): 3 contacted against 3 whom nobody contacted")
    assert "+3.3 (-0.5 to +7.1); of that +1.3 comes without a call" in row(text, "  naive change")
    assert row(text, "  not in it").endswith("1 contacted, not rated again")
    assert max(map(len, text.splitlines())) <= 110


def test_an_effect_of_nothing_has_no_minus() -> None:
    with closing(nps.open_store("sqlite:///npscore.db")) as store:
        loop = nps.Loop(store, care())
        sides = {"called": 20, "others": 25}
        before = {f"{side}{number}": 3 for side, size in sides.items() for number in range(size)}
        loop.receive(answers(SPRING, before), SPRING)
        for case in loop.cases():
            if (case.customer_id or "").startswith("called"):
                loop.step(case.next("contacted", hours(5), actor="ann"), hours(5))
        loop.receive(answers(AUTUMN, {name: 5 if name == "others0" else 4 for name in before}), AUTUMN)
        report = loop.report(END)
    assert report.recovery is not None
    assert report.recovery.effect == pytest.approx(-1 / 25)
    assert "+0.0 (-0.1 to +0.0): 20 contacted against 25" in row(health().stdout, "Recovery")


def test_json_has_the_recovery_with_its_sizes_intervals_and_kind_of_comparison() -> None:
    two_seasons()
    with closing(nps.open_store("sqlite:///npscore.db")) as store:
        made = nps.Loop(store, care()).report(END).recovery
    told = document()["recovery"]
    assert told.pop("why_none") is None
    recovered = told.pop("recovered")
    assert told == {name: getattr(made, name) for name in told}
    assert {"effect", "lower", "upper", "naive", "naive_lower", "naive_upper", "n_treated", "n_comparison"} <= set(told)
    assert (told["comparison"], told["n_treated"], told["n_comparison"]) == ("not contacted", 3, 3)
    counters = (
        "n_treated",
        "n_comparison",
        "left_out",
        "unmatched",
        "unanswered",
        "silent",
        "elsewhere",
        "passed_over",
    )
    assert told["n_detractors"] == sum(told[name] for name in counters) == 7
    assert (recovered["treated"]["n"], recovered["treated"]["share"]) == (3, made.recovered.treated.value)
    assert recovered["difference"] == made.recovered.difference


def test_where_nothing_tells_that_is_said_with_the_reason() -> None:
    assert "No detractor was contacted" in row(health().stdout, "Recovery")
    two_seasons(called=tuple(BEFORE))
    assert "no detractor whom nobody contacted had the same rating" in row(health().stdout, "Recovery")
    told = document()["recovery"]
    assert (told["effect"], told["n_treated"], told["left_out"]) == (None, 0, 6)
    assert told["why_none"] in health().stdout


def test_ages_are_told_by_priority() -> None:
    with closing(nps.open_store("sqlite:///npscore.db")) as store:
        for number, priority in enumerate(["low", "urgent", "urgent"]):
            opening = nps.OpenCase(owner="ann", priority=priority)
            policy = care(opening=opening)
            loop = nps.Loop(store, policy)
            loop.receive([said(f"r{number}", 3, f"c{number}", at=END)], END)
    told = document()
    assert told["ages"]["<1 day"] == 3
    assert told["ages_by_priority"]["<1 day"] == {"low": 1, "normal": 0, "high": 0, "urgent": 2}
    assert list(told["ages_by_priority"]) == list(told["ages"])
    assert "<1 day 3 (2 urgent, 1 low), 1-3 days 0" in row(health().stdout, "Open by age")


def test_one_of_a_thing_is_told_as_one() -> None:
    with closing(nps.open_store("sqlite:///npscore.db")) as store:
        nps.Loop(store, care()).receive([said(at=END)], END)
    first, second = health().stdout.splitlines()[:2]
    assert first == "1 answer, none without a decision: 1 case opened."
    assert second == "1 case: 1 open; 0 open ones with nobody."


def test_since_says_whose_decisions_are_told() -> None:
    two_seasons()
    with closing(nps.open_store("sqlite:///npscore.db")) as store:
        store.put(said("late", 3, "xen", at=hours(24 * 190)))
    first = health("--since", hours(24 * 185).isoformat()).stdout.splitlines()[0]
    assert first == "1 answer, 1 decision MISSING."


def test_answers_that_cannot_be_pooled_have_no_recovery_but_all_else() -> None:
    two_seasons()
    with closing(nps.open_store("sqlite:///npscore.db")) as store:
        store.put(said("x", 3, "xen", survey_kind="transactional"))
    told = document()
    assert (told["answers"], told["undecided"]) == (15, 1)
    assert told["recovery"]["effect"] is told["recovery"]["n_treated"] is None
    assert "unlike questions" in told["recovery"]["why_none"]


def test_the_time_before_the_loop_can_be_compared_with() -> None:
    with closing(nps.open_store("sqlite:///npscore.db")) as store:
        store.put(*answers(hours(-2000), {"hal": 3, "ida": 3, "jim": 5}))
        store.put(*answers(hours(-900), {"hal": 4, "ida": 5, "jim": 5}))
    two_seasons()
    since = ("--since", NOW.isoformat(), "--comparison", "before")
    told = document(*since)
    assert (told["answers"], told["recovery"]["comparison"], told["recovery"]["n_comparison"]) == (14, "before", 3)
    assert "against 3 from before the loop began" in row(health(*since).stdout, "Recovery")


@pytest.mark.parametrize("more", [("--comparison", "before"), ("--comparison", "x")])
def test_a_comparison_that_cannot_be_made_is_a_wrong_call(more: tuple[str, ...]) -> None:
    result = health(*more)
    assert result.exit_code == 2
    assert "omparison" in result.output
