"""The commands of the loop: decide on stored answers, list what is due, log steps, sweep, replay."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from npscore.cli import told_sweeps
from npscore.cli.moments import read_moment
from npscore.cli.refusing import check_said, errors
from npscore.cli.wording import number
from npscore.errors import InputError

if TYPE_CHECKING:
    from npscore.loop.cases import Case
    from npscore.loop.policies import Policy
    from npscore.ports import Sink
    from npscore.service import Loop

loop_app = typer.Typer(help="Cases: who calls whom by when.", no_args_is_help=True, rich_markup_mode=None)

STORE = "sqlite:///npscore.db"


class Form(StrEnum):
    """The forms of what commands tell, as choices of --format."""

    TABLE = "table"
    JSON = "json"


class ComparedWith(StrEnum):
    """With whom those who were contacted are compared, as choices of --comparison."""

    NOT_CONTACTED = "not contacted"
    BEFORE = "before"


StoreUrl = Annotated[str, typer.Option("--store", help="Where answers and cases are kept.", metavar="URL")]
PolicyFile = Annotated[
    list[Path], typer.Option("--policy", help="File of a policy: TOML, JSON or YAML; may be repeated.", metavar="FILE")
]
Now = Annotated[
    str | None, typer.Option("--now", help="When now is, in ISO 8601; UTC where it names no zone.", metavar="TIME")
]
Since = Annotated[
    str | None, typer.Option("--since", help="Only answers given then or later, in ISO 8601.", metavar="TIME")
]
FormOption = Annotated[Form, typer.Option("--format", help="As table or json.", metavar="FORM", show_default=False)]
Actions = Annotated[
    Path | None,
    typer.Option(
        "--actions", help="Send actions to this file, a line of JSON each; else they stay owed.", metavar="FILE"
    ),
]


@loop_app.command("run")
def run(
    policy: PolicyFile,
    store: StoreUrl = STORE,
    since: Since = None,
    actions: Actions = None,
    now: Now = None,
    form: FormOption = Form.TABLE,
) -> None:
    """Decide on all stored answers that were not decided on, and sweep."""
    with errors(2):
        moment, begin = _moment(now), _since(since)
        policies = read(policy, moment)
    with errors(1), _loop(store, policies, actions) as loop:
        received = loop.catch_up(moment, since=begin)
        swept = loop.sweep(moment)
        cases = loop.cases(finished=False)
        sent = told_sweeps.sent(received.sending, swept.sending)
        more = {
            "answers": received.answers,
            "decided": received.decided,
            "already": received.already,
            "ahead": received.ahead,
            "steps": swept.steps,
            "actions": sent,
            "broken": swept.broken,
            "orphans": swept.orphans,
        }
    ahead = [f"{number(received.ahead, 'answer')} not known yet at --now."] if received.ahead else []
    notes = (
        ahead
        + told_sweeps.notes(swept)
        + [f"no answer had a value in {name!r}; is that its name?" for name in received.never_seen]
    )
    head = f"{number(received.answers, 'answer')} decided on" + told_sweeps.counted(received.decided)
    _tell(form, cases, moment, more, [head, *told_sweeps.lines(swept.steps, sent)], notes)


@loop_app.command("sweep")
def sweep(
    policy: PolicyFile,
    store: StoreUrl = STORE,
    actions: Actions = None,
    now: Now = None,
    form: FormOption = Form.TABLE,
) -> None:
    """Do what time asks for: assign, escalate, remind, close, ask again, send what is owed."""
    with errors(2):
        moment = _moment(now)
        policies = read(policy, moment)
    with errors(1), _loop(store, policies, actions) as loop:
        swept = loop.sweep(moment)
        cases = loop.cases(finished=False)
    sent = told_sweeps.sent(swept.sending)
    more = {"steps": swept.steps, "actions": sent, "broken": swept.broken, "orphans": swept.orphans}
    notes = told_sweeps.notes(swept)
    _tell(form, cases, moment, more, told_sweeps.lines(swept.steps, sent), notes)


@loop_app.command("due")
def due(
    store: StoreUrl = STORE,
    owner: Annotated[str | None, typer.Option(help="Only the cases of this person.", metavar="NAME")] = None,
    now: Now = None,
    form: FormOption = Form.TABLE,
) -> None:
    """List the open cases, what is due first coming first."""
    with errors(2):
        moment = _moment(now)
    with errors(1), _loop(store, (), None) as loop:
        everyone = [case for case in loop.cases(finished=False) if case.is_open]
        broken = loop.broken()
    cases = [case for case in everyone if owner in (None, case.owner)]
    late = sum(_is_late(case, moment) for case in cases)
    notes = [f"{name}: {fault}" for name, fault in broken.items()] + _later(everyone, moment)
    if owner is not None and everyone and not cases:
        names = ", ".join(sorted({str(case.owner) for case in everyone if case.owner is not None}))
        notes.append(f"nobody called {owner} has an open case; these have: {names or 'nobody'}.")
    more = {"late": late, "broken": broken}
    _tell(form, cases, moment, more, [f"{number(len(cases), 'open case')}, {late:,} of them late."], notes)


@loop_app.command("step")
def step(
    case: Annotated[str, typer.Argument(metavar="CASE")],
    name: Annotated[str, typer.Argument(metavar="STEP")],
    store: StoreUrl = STORE,
    note: Annotated[str | None, typer.Option(help="In words.", metavar="TEXT")] = None,
    actor: Annotated[str | None, typer.Option(help="Who did it.", metavar="NAME")] = None,
    root_cause: Annotated[str | None, typer.Option(help="Of resolved: why it came to this.", metavar="CODE")] = None,
    owner: Annotated[str | None, typer.Option(help="Of assigned: who gets the case.", metavar="NAME")] = None,
    until: Annotated[str | None, typer.Option(help="Of snoozed: until when, in ISO 8601.", metavar="TIME")] = None,
    done_at: Annotated[
        str | None, typer.Option(help="When it was done, if not now, in ISO 8601.", metavar="TIME")
    ] = None,
    policy: Annotated[
        list[Path] | None, typer.Option(help="File of the policy, whose root causes are known then.", metavar="FILE")
    ] = None,
    actions: Actions = None,
    now: Now = None,
    form: FormOption = Form.TABLE,
) -> None:
    """Log a step of a case.

    CASE is its id or how the id begins. STEP is contacted, attempted, assigned, snoozed, resolved, reopened,
    escalated, closed or re-surveyed.
    """
    from typing import get_args

    from npscore.loop.transitions import OF_THE_LOOP
    from npscore.models.actions import Step
    from npscore.scoring.choices import check_choice

    with errors(2):
        check_choice("STEP", name, tuple(step for step in get_args(Step) if step not in OF_THE_LOOP))
        if not case.strip():
            raise InputError("CASE is the id of a case, or how it begins; npscore loop due lists them.")
        moment = _moment(now)
        at = moment if done_at is None else read_moment("--done-at", done_at, "UTC")
        if at > moment:
            raise InputError(f"--done-at is {at.isoformat()}, after now; a step is logged when it is done.")
        policies = read(policy or [], moment)
        end = None if until is None else read_moment("--until", until, "UTC").isoformat()
        details = {"root_cause": root_cause, "owner": owner, "until": end}
        said = {key: value for key, value in details.items() if value is not None}
        check_said(name, said)
    with errors(1), _loop(store, policies, actions) as loop:
        found = _case(loop, case)
        if at < found.opened_at:
            raise InputError(f"the case was opened at {found.opened_at.isoformat()}, after that; say when it was done.")
        asked = name, at, actor, note
        done = (one for one in found.steps if (one.step, one.done_at, one.actor, one.note) == asked)
        taken = next(done, None) or found.next(name, at, actor=actor, note=note, details=said)  # type: ignore[arg-type]
        kept = loop.step(taken, moment)
        after = _case(loop, found.id)
    unread = "nobody checked that a root cause or owner is one of the policy; name its file with --policy."
    notes = [unread] if not policies and said.keys() & {"root_cause", "owner"} else []
    _tell(form, [after], moment, {}, [f"{kept.step}: the case {after.id} is {after.state} now."], notes)


@loop_app.command("replay")
def replay(
    policy: PolicyFile,
    against: Annotated[
        list[Path] | None, typer.Option(help="File of a policy to compare with; may be repeated.", metavar="FILE")
    ] = None,
    handling: Annotated[
        str | None,
        typer.Option(help="Simulate one person for each owner, so long a case, as '45 minutes'.", metavar="TIME"),
    ] = None,
    resolving: Annotated[
        str | None,
        typer.Option(help="Of --handling: business time from the contact to the resolution.", metavar="TIME"),
    ] = None,
    store: StoreUrl = STORE,
    now: Now = None,
    form: FormOption = Form.TABLE,
) -> None:
    """Run policies over past answers: how many cases who gets when, and whom two policies treat differently.

    Nothing is written. Without --against the policies are held against the log that is there.
    """
    from npscore.cli import replayed
    from npscore.loop.clocks import Clock

    with errors(2):
        moment = _moment(now)
        policies, others = read(policy, moment), read(against or [], moment)
        if resolving is not None and handling is None:
            raise InputError("--resolving goes on from --handling; say how long a case takes up to the contact, too.")
        times = [None if time is None else Clock.parse(time) for time in (handling, resolving)]
    with errors(1), _loop(store, policies, None) as loop:
        told = replayed.of(loop.history(), policies, others, *times)
    if form is Form.JSON:
        _echo({"cases": [_values(case, moment) for case in told.here.cases], **told.values()})
    else:
        _say(told.lines())


@loop_app.command("health")
def health(
    policy: PolicyFile,
    store: StoreUrl = STORE,
    since: Since = None,
    comparison: Annotated[
        ComparedWith,
        typer.Option(help="Compare those contacted with these detractors; 'before' needs --since.", metavar="WHOM"),
    ] = ComparedWith.NOT_CONTACTED,
    now: Now = None,
    form: FormOption = Form.TABLE,
) -> None:
    """Tell how the loop does: promises kept, ages, root causes, recovery, and whether an answer has no decision."""
    from npscore.cli import told_health
    from npscore.loop.recovery import Terms

    with errors(2):
        moment, begin = _moment(now), _since(since)
        policies = read(policy, moment)
        Terms(since=begin, comparison=comparison.value)
    with errors(1), _loop(store, policies, None) as loop:
        report = loop.report(moment, since=begin, comparison=comparison.value)
        cases = loop.cases() if form is Form.JSON or now is not None else []
    _note(_later(cases, moment))
    if form is Form.JSON:
        _echo({"cases": [_values(case, moment) for case in cases], **told_health.values(report)})
    else:
        _say(told_health.lines(report))


def read(paths: Sequence[Path], now: datetime) -> list[Policy]:
    """The policies in files, whose names end with their form; advice on them is noted, and they are put to work.

    Raises:
        InputError: for a file that is not there, or is no policy, and for two policies of one name.
        InvalidPolicyError: for policies that `check_policy` refuses, together.
    """
    from npscore.cli.sorting import read_document
    from npscore.documents import read_policy
    from npscore.loop.linting import check_policy

    policies = [read_document(path, "a policy", read_policy) for path in paths]
    if policies:
        advice = check_policy(policies, as_of=now)
        _note(f"policy {one.policy or policies[0].name!r}: {one.message}" for one in advice)
    return policies


def _moment(now: str | None) -> datetime:
    return datetime.now(UTC) if now is None else read_moment("--now", now, "UTC")


def _since(since: str | None) -> datetime | None:
    return None if since is None else read_moment("--since", since, "UTC")


@contextmanager
def _loop(url: str, policies: Sequence[Policy], actions: Path | None) -> Iterator[Loop]:
    from contextlib import closing

    from npscore.cli.stored import check_there
    from npscore.plugins import open_store
    from npscore.service import Loop

    check_there(url)
    with closing(open_store(url)) as store:
        yield Loop(store, policies, sink=None if actions is None else _lines(actions))


def _lines(path: Path) -> Sink:
    from npscore.adapters.sinks.lines import JsonLinesSink

    return JsonLinesSink(path)


def _case(loop: Loop, name: str) -> Case:
    """The case of an id, or of the beginning of one."""
    from npscore.loop.cases import Case

    if log := loop.log(name):
        return Case.of(log)
    found = [case for case in loop.cases(finished=False) if case.id.startswith(name)]
    found = found or [case for case in loop.cases() if case.id.startswith(name)]
    if not found:
        raise InputError(f"there is no case {name!r}; npscore loop due lists them.")
    if len(found) > 1:
        raise InputError(f"{len(found)} cases begin with {name!r}; write more of the id.")
    return found[0]


def _later(cases: Iterable[Case], now: datetime) -> list[str]:
    """What to say where now lies before something that was logged."""
    later = sum(step.known_at > now for case in cases for step in case.steps)
    said = f"{number(later, 'step')} logged after --now; cases are told as they stand today, only clocks as of then."
    return [said] if later else []


def _is_late(case: Case, now: datetime) -> bool:
    from npscore.cli.told_cases import next_due

    moment = next_due(case)[1]
    return moment is not None and moment < now


def _values(case: Case, now: datetime) -> dict[str, Any]:
    from npscore.cli.told_cases import as_values

    return as_values(case, now)


def _tell(
    form: Form, cases: Iterable[Case], now: datetime, more: dict[str, Any], lines: Sequence[str], notes: Sequence[str]
) -> None:
    """Cases as a table or as JSON, with what else there is to say."""
    from npscore.cli.told_cases import pressing

    ordered = pressing(cases)
    _note(notes)
    if form is Form.JSON:
        _echo({"cases": [_values(case, now) for case in ordered], **more})
        return
    _say(lines)
    if ordered:
        _table(ordered, now)


def _note(notes: Iterable[str]) -> None:
    _say((f"Note: {note}" for note in notes), err=True)


def _say(lines: Iterable[str], *, err: bool = False) -> None:
    from npscore.cli.told_cases import printable

    for line in lines:
        typer.echo(printable(line), err=err)


def _echo(values: dict[str, Any]) -> None:
    typer.echo(json.dumps(values, indent=2, ensure_ascii=False, default=str))


def _table(cases: Sequence[Case], now: datetime) -> None:
    import sys

    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    from npscore.cli.told_cases import COLUMNS, as_row

    columns = (Column(name, no_wrap=name in ("case", "due")) for name in COLUMNS)
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for case in cases:
        table.add_row(*(Text(cell) for cell in as_row(case, now)))
    Console(width=None if sys.stdout.isatty() else 120, highlight=False).print(table)
