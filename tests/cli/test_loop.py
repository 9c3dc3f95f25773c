"""The loop at the shell: decide, list what is due, log steps, sweep, replay."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import npscore as nps
from loops import NOW, care, hours, said
from npscore import Deed, Escalation, OpenCase, Policy, PolicyRule, write_policy
from npscore.cli.app import app

MILD = care(escalations=[Escalation(name="late", after="24 hours", to="lead")])
STRICT = Policy(name="strict", rules=[PolicyRule("not happy", 'category != "promoter"', OpenCase(owner="bo"))])
GATED = Policy(
    name="gated",
    rules=[PolicyRule("fans", 'category = "promoter"', Deed(do="ask for review", consent="customer.may_be_contacted"))],
)


@pytest.fixture(name="made", scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store and policies, which each test gets a copy of."""
    made = tmp_path_factory.mktemp("made")
    for name, policy in {"policy": MILD, "new": STRICT, "gated": GATED}.items():
        (made / f"{name}.toml").write_text(write_policy(policy, form="toml"), encoding="utf-8")
    with closing(nps.open_store(f"sqlite:///{made / 'npscore.db'}")) as store:
        store.put(said("r1", 3, "c1"), said("r2", 9, "c2"), said("r3", 0, "c3", at=hours(1)), said("r4", 8, "c4"))
    return made


@pytest.fixture(name="folder")
def _folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def keep(record: nps.Response) -> None:
    with closing(nps.open_store("sqlite:///npscore.db")) as store:
        store.put(record)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["loop", *map(str, arguments)])


def told(*arguments: object) -> dict[str, Any]:
    result = run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def ran(*more: object) -> dict[str, Any]:
    return told(
        "run", "--policy", "policy.toml", "--store", "sqlite:///npscore.db", "--now", hours(2).isoformat(), *more
    )


@pytest.mark.usefixtures("folder")
def test_run_decides_on_all_stored_answers_and_running_again_on_none() -> None:
    first, again = ran(), ran()
    assert (first["answers"], first["decided"]) == (4, {"case opened": 2, "deeds": 1, "nothing": 1})
    assert (again["answers"], again["decided"], again["steps"]) == (0, {}, {})
    assert first["cases"] == again["cases"]
    cases = {case["customer_id"]: case for case in first["cases"]}
    assert sorted(cases) == ["c1", "c3"]
    case = cases["c1"]
    assert (case["state"], case["owner"], case["rating"], case["contact_clock"]) == ("open", "ann", 3, "running")
    assert case["contact_due_at"] == hours(26).isoformat()
    assert first["actions"] == {"sent": 0, "rejected": 0, "withheld": 0, "owed": 3, "fault": None}


@pytest.mark.usefixtures("folder")
def test_run_takes_only_answers_since_a_moment() -> None:
    assert ran("--since", hours(1).isoformat())["answers"] == 1


def test_actions_are_lines_of_a_file_and_running_again_adds_none(folder: Path) -> None:
    assert ran("--actions", "actions.jsonl")["actions"]["sent"] == 3
    lines = (folder / "actions.jsonl").read_text(encoding="utf-8").splitlines()
    assert sorted(json.loads(line)["do"] for line in lines) == ["contact", "contact", "thank"]
    assert ran("--actions", "actions.jsonl")["actions"]["sent"] == 0
    assert (folder / "actions.jsonl").read_text(encoding="utf-8").splitlines() == lines
    made = told("sweep", "--policy", "policy.toml", "--now", hours(26).isoformat(), "--actions", "actions.jsonl")
    assert (made["steps"], made["actions"]["sent"]) == ({"escalated": 2}, 2)
    assert len((folder / "actions.jsonl").read_text(encoding="utf-8").splitlines()) == 5


@pytest.mark.usefixtures("folder")
def test_due_lists_what_is_due_first_and_of_one_person() -> None:
    first = ran()["cases"][0]
    document = told("due", "--now", hours(26.5).isoformat())
    assert (document["late"], len(document["cases"])) == (2, 2)
    assert told("due", "--owner", "bo", "--now", hours(2).isoformat())["cases"] == []
    table = run("due", "--now", hours(3).isoformat()).stdout
    assert "2 open cases, 0 of them late." in table
    assert "in 23 h" in table
    run("step", first["id"], "contacted", "--now", hours(3).isoformat())
    assert [case["id"] == first["id"] for case in told("due", "--now", hours(3).isoformat())["cases"]] == [False, True]


@pytest.mark.usefixtures("folder")
def test_due_says_who_has_cases_where_a_name_has_none() -> None:
    assert "Note" not in run("due", "--owner", "typo").stderr  # nobody has any
    owner = ran()["cases"][0]["owner"]
    result = run("due", "--owner", "typo")
    assert (result.exit_code, result.stderr) == (
        0,
        f"Note: nobody called typo has an open case; these have: {owner}.\n",
    )
    assert result.stdout == "0 open cases, 0 of them late.\n"
    assert "Note" not in run("due", "--owner", owner).stderr


def test_a_folder_is_no_file_of_a_policy(folder: Path) -> None:
    result = run("run", "--policy", folder)
    assert (result.exit_code, result.stderr) == (2, f"npscore: {folder} is a folder; name a file of a policy in it.\n")


@pytest.mark.usefixtures("folder")
def test_step_takes_a_case_by_its_id_or_by_how_it_begins() -> None:
    first, second = ran()["cases"]
    now = ("--now", hours(3).isoformat())
    made = told("step", first["id"], "contacted", "--note", "she was kind", "--actor", "ann", *now)
    assert made["cases"][0]["state"] == "contacted"
    assert made["cases"][0]["steps"][-1]["note"] == "she was kind"
    begins = second["id"][: len("case-") + 8]
    resolved = told("step", begins, "resolved", "--root-cause", "price", "--policy", "policy.toml", *now)
    assert (resolved["cases"][0]["id"], resolved["cases"][0]["root_cause"]) == (second["id"], "price")
    result = run("step", begins, "reopened", *now)
    assert result.stdout.startswith(f"reopened: the case {second['id']} is open now.")
    moved = told("step", begins, "assigned", "--owner", "bo", *now)
    assert moved["cases"][0]["owner"] == "bo"
    snoozed = told("step", begins, "snoozed", "--until", hours(9).isoformat(), *now)
    assert snoozed["cases"][0]["contact_clock"] == "paused"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["case-", "contacted"], "2 cases begin with 'case-'; write more of the id."),
        (["", "contacted"], "CASE is the id of a case, or how it begins"),
        (["case-zzz", "contacted"], "there is no case 'case-zzz'; npscore loop due lists them."),
        (["CASE", "closed"], "is open and cannot be closed; it can be assigned, attempted"),
        (["CASE", "teleported"], "STEP='teleported' is not known; it is one of assigned"),
        (["CASE", "resolved"], "STEP resolved needs --root-cause with a text."),
        (["CASE", "resolved", "--root-cause", " "], "STEP resolved needs --root-cause with a text."),
        (["CASE", "assigned"], "STEP assigned needs --owner with a text."),
        (["CASE", "resolved", "--root-cause", "weather", "--policy", "policy.toml"], "no root cause of care"),
        (["CASE", "decided"], "STEP='decided' is not known; it is one of assigned"),
        (["CASE", "opened"], "STEP='opened' is not known; it is one of assigned"),
        (["CASE", "contacted", "--note", "a\0b"], "NUL"),
        (["DECISION", "contacted"], "npscore: "),
    ],
)
def test_wrong_steps_are_one_sentence_and_an_exit_code(arguments: list[str], sentence: str) -> None:
    from npscore.loop.actions import decision_id

    names = {"CASE": ran()["cases"][0]["id"], "DECISION": decision_id("care", "r1")}
    result = run("step", *(names.get(part, part) for part in arguments), "--now", hours(3).isoformat())
    assert result.exit_code == (2 if "STEP" in sentence or "CASE" in sentence else 1)
    assert sentence in result.stderr
    assert result.stderr.startswith("npscore: ")
    assert len(result.stderr.splitlines()) == 1
    assert all(len(case["steps"]) == 1 for case in told("due", "--now", hours(3).isoformat())["cases"])


@pytest.mark.usefixtures("folder")
def test_replay_tells_whom_two_policies_treat_differently_and_writes_nothing() -> None:
    ran()
    document = told("replay", "--policy", "new.toml", "--against", "policy.toml")
    assert [one["response_id"] for one in document["differences"]] == ["r1", "r2", "r3", "r4"]
    assert document["outcomes"] == {"case opened": 3, "nothing": 1}
    assert len(document["cases"]) == 3
    assert sum(row["cases"] for row in document["per_owner_and_day"]) == 3
    table = run("replay", "--policy", "new.toml", "--against", "policy.toml").stdout
    assert "4 answers treated differently:" in table
    assert 'not happy: fired, for category is "passive".' in table
    assert "strict" not in run("due", "--now", hours(3).isoformat(), "--format", "json").stdout


@pytest.mark.usefixtures("folder")
def test_replay_counts_one_answer_and_one_step_as_one() -> None:
    case = ran()["cases"][0]["id"]
    run("step", case, "contacted", "--now", hours(3).isoformat())
    thanks = Policy(name="care", rules=[PolicyRule("all", "category is present", Deed(do="thank"))])
    worst = Policy(name="worst", rules=[PolicyRule("zero", "rating = 0", OpenCase(owner="ann")), *thanks.rules])
    for policy in (thanks, worst):
        Path(f"{policy.name}.toml").write_text(write_policy(policy, form="toml"), encoding="utf-8")
    table = run("replay", "--policy", "care.toml", "--against", "worst.toml").stdout
    assert "1 step that people logged and that no case here can take." in table
    assert "1 answer treated differently:" in table


@pytest.mark.usefixtures("folder")
def test_replay_tells_receipts_apart_from_what_people_did() -> None:
    assert run("run", "--policy", "policy.toml", "--actions", "a.jsonl", "--now", hours(2).isoformat()).exit_code == 0
    nobody = Policy(name="care", rules=[PolicyRule("nobody", "rating = 99", OpenCase(owner="ann"))])
    Path("nobody.json").write_text(write_policy(nobody, form="json"), encoding="utf-8")
    table = run("replay", "--policy", "nobody.json", "--against", "new.toml").stdout
    assert "3 receipts of what is not asked for here." in table
    assert "people logged" not in table


@pytest.mark.usefixtures("folder")
def test_a_step_that_no_policy_was_held_against_says_so() -> None:
    case = ran()["cases"][0]["id"]
    note = "Note: nobody checked that a root cause or owner is one of the policy; name its file with --policy.\n"
    now = ("--now", hours(3).isoformat())
    assert run("step", case, "contacted", *now).stderr == ""
    assert run("step", case, "assigned", "--owner", "martian", *now).stderr == note
    assert run("step", case, "resolved", "--root-cause", "price", "--policy", "policy.toml", *now).stderr == ""


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("command", [("due",), ("health", "--policy", "policy.toml")])
def test_a_moment_before_what_was_logged_is_noted(command: tuple[str, ...]) -> None:
    note = "2 steps logged after --now; cases are told as they stand today, only clocks as of then."
    ran()
    assert note in run(*command, "--now", hours(-5).isoformat()).stderr
    assert "logged after" not in run(*command, "--now", hours(9).isoformat()).stderr


@pytest.mark.usefixtures("folder")
def test_sweep_counts_all_cases_that_are_not_closed_of_policies_that_were_not_named() -> None:
    case = ran()["cases"][0]["id"]
    later = ("--now", hours(3).isoformat())
    run("step", case, "contacted", *later)
    run("step", case, "resolved", "--root-cause", "price", *later)
    made = run("sweep", "--policy", "new.toml", *later)
    assert "Note: 2 cases not closed, of policies that were not named with --policy." in made.stderr


@pytest.mark.usefixtures("folder")
def test_replay_of_the_policy_that_ran_is_its_log() -> None:
    ran("--actions", "actions.jsonl")
    told("sweep", "--policy", "policy.toml", "--now", hours(26).isoformat())
    assert told("replay", "--policy", "policy.toml")["unlike_the_log"] == 0
    assert "it is the log that ran, byte for byte" in run("replay", "--policy", "policy.toml").stdout


COMMANDS = [
    ["run", "--policy", "policy.toml"],
    ["sweep", "--policy", "policy.toml"],
    ["due"],
    ["step", "c", "contacted"],
    ["replay", "--policy", "policy.toml"],
]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize("now", ["yesterday", "2026-11-31", "9999-12-31T23:59:59-23:00"])
def test_every_command_says_when_now_and_refuses_what_is_no_moment(command: list[str], now: str) -> None:
    result = run(*command, "--now", now)
    assert result.exit_code == 2
    assert result.stderr.startswith("npscore: --now ")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_where_there_is_no_store_that_is_said_and_none_is_made(folder: Path, command: list[str]) -> None:
    result = run(*command, "--store", "sqlite:///nowhere.db", "--now", NOW.isoformat())
    assert result.exit_code in {1, 2}
    assert "nowhere.db" in result.stderr
    assert not (folder / "nowhere.db").exists()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("command", ["run", "sweep", "replay"])
def test_a_policy_that_gates_reviews_is_refused(command: str) -> None:
    result = run(command, "--policy", "gated.toml", "--now", NOW.isoformat())
    assert result.exit_code == 2
    assert "npscore: policy 'gated': rule 'fans' asks only some of those who gave a rating" in result.stderr.replace(
        "\n", " "
    )


def test_policies_that_gate_reviews_together_are_refused(folder: Path) -> None:
    ask = Deed(do="ask for review", consent="customer.may_be_contacted")
    reviews = Policy(name="reviews", rules=[PolicyRule("everybody", "response.id is present", ask)])
    (folder / "reviews.toml").write_text(write_policy(reviews, form="toml"), encoding="utf-8")
    now = ("--now", NOW.isoformat())
    assert run("run", "--policy", "reviews.toml", *now).exit_code == 0
    result = run("run", "--policy", "policy.toml", "--policy", "reviews.toml", *now)
    assert result.exit_code == 2
    assert "policy 'reviews': rule 'everybody' asks for a public review, and some ratings" in result.stderr
    assert run("replay", "--policy", "policy.toml", "--against", "reviews.toml", *now).exit_code == 0


@pytest.mark.parametrize("command", ["run", "sweep", "replay", "health"])
def test_advice_as_of_now_is_noted_and_the_policy_put_to_work(folder: Path, command: str) -> None:
    office = nps.BusinessHours.parse("mon-fri 09:00-17:00", closed=[date(2027, 2, 19)])
    made = care(opening=OpenCase(owner="ann", contact_within="8 business hours"), hours=office)
    (folder / "care.toml").write_text(write_policy(made, form="toml"), encoding="utf-8")
    asked = (command, "--policy", "care.toml", "--format", "json")
    result = run(*asked, "--now", "2026-11-20T12:00:00")
    assert (result.exit_code, "2027-02-19" in result.stderr) == (0, False)
    assert "Note: policy 'care': no escalation tells anybody of a case that gets old." in result.stderr
    result = run(*asked, "--now", "2026-11-23T12:00:00")
    assert (result.exit_code, "cases" in json.loads(result.stdout)) == (0, True)
    assert "Note: policy 'care': the last closed day of the hours is 2027-02-19" in result.stderr


@pytest.mark.parametrize("text", ["", "name = 5", "{{{", "\udcff", "[" * 9_999])
def test_a_broken_file_is_one_sentence(folder: Path, text: str) -> None:
    (folder / "broken.toml").write_bytes(text.encode(errors="surrogateescape"))
    result = run("run", "--policy", "broken.toml", "--now", NOW.isoformat())
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert run("run", "--policy", "not there.toml").exit_code == 2


@pytest.mark.parametrize(
    "command",
    [["run", "--policy", "policy.toml"], ["sweep", "--policy", "policy.toml"], ["due"], ["step", "case-1", "contacted"],
     ["replay", "--policy", "policy.toml"], ["health", "--policy", "policy.toml"]],
)  # fmt: skip
def test_an_empty_file_is_refused_and_no_store_is_made_of_it(folder: Path, command: list[str]) -> None:
    (folder / "npscore.db").write_bytes(b"")
    result = run(*command, "--now", NOW.isoformat())
    assert result.exit_code == 1
    assert "npscore.db is empty; npscore import FILE --store sqlite:///npscore.db" in result.stderr
    assert (folder / "npscore.db").read_bytes() == b""


def test_an_empty_store_has_no_cases(folder: Path) -> None:
    (folder / "npscore.db").unlink()
    nps.open_store("sqlite:///npscore.db").close()
    assert ran()["cases"] == told("due")["cases"] == told("replay", "--policy", "policy.toml")["cases"] == []
    assert "0 open cases" in run("due").stdout


@pytest.mark.usefixtures("folder")
def test_hostile_names_do_not_reach_the_terminal() -> None:
    keep(said("r9", 1, "\x1b[2J[bold]x[/bold]\nnew line"))
    ran()
    case = next(one for one in told("due", "--now", hours(2).isoformat())["cases"] if one["response_id"] == "r9")
    run("step", case["id"], "assigned", "--owner", "\x1b[31mred\x07", "--now", hours(3).isoformat())
    table = run("due", "--now", hours(3).isoformat()).stdout
    assert not {"\x1b", "\x07"} & set(table)
    assert "[bold]x[/bold]" in table
    result = run("step", "\x1b[31m", "contacted", "--now", hours(3).isoformat())
    assert "\x1b" not in result.stderr


@pytest.mark.usefixtures("folder")
def test_a_step_may_be_logged_later_than_it_was_done() -> None:
    first = ran()["cases"][0]
    made = told("step", first["id"], "contacted", "--done-at", hours(5).isoformat(), "--now", hours(90).isoformat())
    assert (made["cases"][0]["contact_met_at"], made["cases"][0]["contact_clock"]) == (hours(5).isoformat(), "met")
    late = run(
        "step", first["id"], "resolved", "--root-cause", "price", "--done-at", "2031-01-01", "--now", "2030-01-01"
    )
    assert (late.exit_code, "--done-at is 2031-01-01T00:00:00+00:00, after now" in late.stderr) == (2, True)


@pytest.mark.parametrize(
    ("step", "option", "told"),
    [
        ("contacted", "--root-cause", "for resolved"),
        ("resolved", "--until", "for snoozed"),
        ("closed", "--owner", "for"),
    ],
)
def test_an_option_that_says_nothing_of_the_step_is_refused(folder: Path, step: str, option: str, told: str) -> None:
    result = run("step", "case-1", step, option, "2030-01-01", "--now", NOW.isoformat())
    assert (result.exit_code, f"{option} is {told}" in result.stderr) == (2, True)
