"""What staff would make of replayed cases, told at the shell: contacts and resolutions, late ones and waits."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import npscore as nps
from loops import NOW, UNHAPPY, said
from npscore import BusinessHours, OpenCase, Policy, PolicyRule, write_policy
from npscore.cli.app import app

OFFICE = BusinessHours.parse("mon-fri 09:00-17:00", zone="UTC")
PROMISE = OpenCase(owner="ann", contact_within="2 business hours", resolve_within="4 business hours")
CARE = Policy(name="care", rules=[PolicyRule("unhappy", UNHAPPY, PROMISE)], hours=OFFICE)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five cases of Friday noon, which one person works off one after the other."""
    monkeypatch.chdir(tmp_path)
    Path("care.toml").write_text(write_policy(CARE, form="toml"), encoding="utf-8")
    with closing(nps.open_store("sqlite:///npscore.db")) as store:
        noon = NOW.replace(hour=12, minute=0)
        store.put(*(said(f"r{number}", 3, f"c{number}", at=noon) for number in range(5)))


def replay(*more: str) -> Result:
    return CliRunner().invoke(app, ["loop", "replay", "--policy", "care.toml", *more])


def document(*more: str) -> dict[str, Any]:
    result = replay(*more, "--format", "json")
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def test_late_resolutions_and_waits_are_told() -> None:
    more = ("--handling", "60 minutes", "--resolving", "150 minutes")
    told = document(*more)
    (ann,) = told["staff"]
    assert (ann["contact_missed"], ann["to_contact"]) == (3, {"n": 5, "median_hours": 3, "longest_hours": 5})
    assert ann["resolution_missed"] == 4
    assert ann["to_resolution"] == {"n": 5, "median_hours": 69.5, "longest_hours": 71.5}
    text = replay(*more).stdout
    assert "ann: 5 cases, at most 5 waiting at once" in text
    assert "    contact     3 missed; 5 after 3 h in the median, 5 h at most" in text
    assert "    resolution  4 missed; 5 after 2 d in the median, 2 d at most" in text
    assert max(map(len, text.splitlines())) <= 120


def test_what_is_assumed_is_told() -> None:
    told = document("--handling", "60 minutes", "--resolving", "150 minutes")
    assert told["assumed"] == {
        "people": {"ann": 1},
        "hours": str(OFFICE),
        "handling": "1 business hour",
        "resolving": "150 business minutes",
    }
    assert (
        "1 business hour up to a contact, resolved 150 business minutes later"
        in replay("--handling", "60 minutes", "--resolving", "150 minutes").stdout
    )


def test_without_resolving_no_resolution_is_made_up() -> None:
    told = document("--handling", "60 minutes")
    (ann,) = told["staff"]
    assert ann["to_contact"]["n"] == 5
    assert ann["resolution_missed"] is ann["to_resolution"] is told["assumed"]["resolving"] is None
    text = replay("--handling", "60 minutes").stdout
    assert "    resolution" not in text
    assert "--resolving" in text


def test_without_handling_nobody_works() -> None:
    told = document()
    assert (told["assumed"], told["staff"]) == (None, [])


def test_resolving_without_handling_is_a_wrong_call() -> None:
    result = replay("--resolving", "2 hours")
    assert result.exit_code == 2
    assert "--resolving goes on from --handling" in result.output
