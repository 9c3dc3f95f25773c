"""Files of policies: what stands in them, checked, and the policy that they mean."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import singledispatch
from typing import Annotated, Any, get_args

import attrs
from pydantic import BeforeValidator, Field

from npscore.documents.forms import Document, DocumentForm, Name, Part, RuleForm, rule_of, rules_in_schema, within
from npscore.errors import InputError, short
from npscore.hours import BusinessHours, public_holidays
from npscore.loop.cases import Priority
from npscore.loop.clocks import Clock
from npscore.loop.policies import Deed, DeedName, Escalation, EscalationClock, OpenCase, Owners, Policy, PolicyRule


def _day(value: Any) -> Any:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        day = None
    if not isinstance(day, date) or isinstance(day, datetime):
        raise ValueError("a closed day is a date, as in 2026-12-24")
    return day


def _deed(value: Any) -> Any:
    return {"do": value} if isinstance(value, str) else value


class _Holidays(Part):
    """Public holidays, which are looked up when the file is read."""

    country: Name = Field(description="ISO 3166 code of the country, as in DE")
    subdivision: Name | None = Field(None, description="ISO 3166-2 code of a state or region, as in BY")
    years: list[Annotated[int, Field(ge=1900, le=2200)]] = Field(description="years that are looked up", max_length=100)


class _Hours(Part):
    """Business hours."""

    week: str = Field(description="spans of a week, as in mon-fri 09:00-17:00, sat 10:00-14:00")
    zone: str = Field("UTC", description="IANA time zone in which they are read off the wall")
    holidays: list[_Holidays] = Field([], description="public holidays, closed too", max_length=100)
    closed: list[Annotated[date, BeforeValidator(_day)]] = Field([], description="days on which nobody is there")


class _Owners(Part):
    """Who gets a case."""

    by: list[Name] = Field([], description="columns that name the owner, the first that has one counting")
    people: list[Name] = Field([], description="everybody there is; empty takes any name")
    fallback: Name | None = Field(None, description="who gets what no column gives to anybody")
    never: list[Name] = Field([], description="columns that name whom the case is about, who never gets it")
    per_day: int | None = Field(None, description="how many new cases one person gets a day")


class _Case(Part):
    """The case that a rule opens."""

    priority: Priority = Field("normal", description="low, normal, high or urgent")
    contact_within: str | None = Field(None, description="time to the first contact, as in 24 business hours")
    resolve_within: str | None = Field(None, description="time to the resolution")
    owner: Name | None = Field(None, description="who gets it, before the owners of the policy are asked")


class _Deed(Part):
    """One deed; a text stands for one that needs nothing else."""

    do: DeedName = Field(description="what is done")
    to: Name | None = Field(None, description="person, team or system that does it; notify needs one")
    consent: Name | None = Field(None, description="column that has to be true; every ask needs one")
    cooldown: str | None = Field(None, description="not again for a customer within this time, as in 180 days")
    reason: Name | None = Field(None, description="why nothing is done; nothing needs one")


class _Rule(Part):
    """What is done about the answers that a rule means."""

    name: Name = Field(description="what people call it")
    when: RuleForm = Field(description="rule in its text form, its JSON form or JsonLogic")
    case: _Case | None = Field(None, description="the case that is opened")
    then: list[Annotated[_Deed, BeforeValidator(_deed)]] = Field([], description="deeds beside, as texts or tables")


class _Escalation(Part):
    """What happens to a case that gets old."""

    name: Name = Field(description="what people call it")
    clock: EscalationClock = Field("contact", description="contact, resolve or snooze: what has not happened")
    after: str = Field(description="how old the case is, as in 12 business hours")
    to: Name | None = Field(None, description="who is told; without one the owner is reminded, as soon as there is one")
    owner: Name | None = Field(None, description="who takes the case over")
    priority: Priority | None = Field(None, description="what its priority becomes")
    only: list[Priority] = Field([], description="only cases of these priorities; empty means all")


class _File(Part):
    """A file of a policy."""

    version: int = Field(description="of the form of the file")
    name: Name = Field(description="part of the ids of all its cases and decisions")
    window: str = Field("90 days", description="time in which a customer has one case")
    close_after: str | None = Field(None, description="time from the resolution until a case is closed")
    resurvey_after: str | None = Field(None, description="time from closing until the customer is asked again")
    hours: _Hours | None = Field(None, description="when business is done; see below")
    owners: _Owners | None = Field(None, description="who gets the cases; see below")
    rules: list[_Rule] = Field(description="in order; the first that holds has the answer", max_length=1_000)
    escalations: list[_Escalation] = Field([], description="what happens to cases that get old", max_length=1_000)
    root_causes: dict[Name, list[Name]] | None = Field(
        None, description="codes of resolutions, branches with their leaves; without any those of npscore"
    )


_DOCUMENT = Document("file of a policy", _File, {
    "hours": _Hours, "holidays": _Holidays, "owners": _Owners, "rules": _Rule, "case": _Case,
    "then": _Deed, "escalations": _Escalation,
})  # fmt: skip


def read_policy(text: str, form: DocumentForm) -> Policy:
    """The policy that a file means.

    Args:
        text: of the whole file.
        form: ``"toml"``, ``"json"`` or ``"yaml"``.

    Raises:
        InputError: for what is no such file or policy, saying where; for a
            version that is newer than this library; and for a name given twice.
        InvalidRuleError: for a rule that cannot be read, naming it.
        MissingExtraError: for YAML without the extra ``documents``, and for
            public holidays without ``calendars``.

    Example:
        >>> made = read_policy('''
        ... version = 1
        ... name = "care"
        ... [owners]
        ... fallback = "ann"
        ... [[rules]]
        ... name = "unhappy"
        ... when = 'category = "detractor"'
        ... case = { contact_within = "8 business hours" }
        ... ''', "toml")
        >>> str(made.rules[0].case.contact_within)
        '8 business hours'
    """
    file = _DOCUMENT.read(text, form)
    causes = {} if file.root_causes is None else {"root_causes": file.root_causes}
    return Policy(
        name=file.name,
        rules=[_rule(one) for one in file.rules],
        window=_time("window", file.window),
        hours=_hours(file.hours),
        owners=_who(file.owners),
        escalations=[_escalation(one) for one in file.escalations],
        close_after=_clock("close_after", file.close_after),
        resurvey_after=_clock("resurvey_after", file.resurvey_after),
        **causes,
    )


def write_policy(policy: Policy, form: DocumentForm) -> str:
    """A policy as the text of a file, which `read_policy` reads back to an equal one; holidays as closed days.

    Raises:
        InputError: for what is no policy, a form that there is not, and names
            and numbers of rules that no file has.
        MissingExtraError: for TOML and YAML without the extra ``documents``.

    Example:
        >>> rule = PolicyRule("all", "category is present", Deed(do="thank"))
        >>> print(write_policy(Policy(name="thanks", rules=[rule], root_causes={}), "json"))
        {
          "version": 1,
          "name": "thanks",
          "window": "90 days",
          "rules": [
            {
              "name": "all",
              "when": "category is present",
              "then": [
                "thank"
              ]
            }
          ],
          "root_causes": {}
        }
    """
    if not isinstance(policy, Policy):
        raise InputError(f"a {_DOCUMENT.what} is written of a Policy, not of {short(policy)}.")
    return _DOCUMENT.write(_spelled(policy), form)


def policy_schema() -> dict[str, Any]:
    """The JSON Schema of a file of a policy, for editors and for services that keep them."""
    made = rules_in_schema(_File.model_json_schema(), "_Rule", "when", "npscore policy")
    then = made["$defs"]["_Rule"]["properties"]["then"]
    then["items"] = {"oneOf": [{"enum": list(get_args(DeedName))}, then["items"]]}
    return made


def _clock(place: str, text: str | None) -> Clock | None:
    with within(place):
        return None if text is None else Clock.parse(text)


def _time(place: str, text: str) -> timedelta:
    with within(place):
        clock = Clock.parse(text)
        if clock.business:
            raise InputError("here time counts as it passes, so write hours or days without business.")
        return clock.length


def _hours(given: _Hours | None) -> BusinessHours | None:
    if given is None:
        return None
    with within("hours"):
        closed = set(given.closed)
        for one in given.holidays:
            closed |= public_holidays(one.country, one.years, subdivision=one.subdivision)
        return BusinessHours.parse(given.week, zone=given.zone, closed=closed)


def _who(given: _Owners | None) -> Owners:
    with within("owners"):
        return Owners() if given is None else Owners(**dict(given))


def _rule(given: _Rule) -> PolicyRule:
    place = f"rule {given.name!r}"
    cases = [] if given.case is None else [_case(place, given.case)]
    with within(place):
        deeds = [_one_deed(one) for one in given.then]
        return PolicyRule(given.name, rule_of(given.when), [*cases, *deeds])


def _case(place: str, given: _Case) -> OpenCase:
    times = {name: _clock(f"{place}, {name}", getattr(given, name)) for name in ("contact_within", "resolve_within")}
    with within(place):
        return OpenCase(**dict(given) | times)


def _one_deed(given: _Deed) -> Deed:
    cooldown = None if given.cooldown is None else _time("cooldown", given.cooldown)
    return Deed(**dict(given) | {"cooldown": cooldown})


def _escalation(given: _Escalation) -> Escalation:
    with within(f"escalation {given.name!r}"):
        return Escalation(**dict(given))


@singledispatch
def _spelled(value: Any) -> Any:
    """A part of a policy as a file has it, without what is left to its default."""
    return _fields(value) if attrs.has(type(value)) else value


def _fields(value: Any) -> dict[str, Any]:
    return _given({field.name: _spelled(getattr(value, field.name)) for field in attrs.fields(type(value))})


@_spelled.register
def _(value: Clock) -> str:
    return str(value)


@_spelled.register
def _(value: timedelta) -> str:
    return str(Clock(value))


@_spelled.register
def _(value: tuple) -> list[Any]:  # type: ignore[type-arg]  # dispatch takes bare classes
    return [_spelled(one) for one in value]


@_spelled.register
def _(value: BusinessHours) -> dict[str, Any]:
    week, _, zone = str(value).rpartition(" ")
    return {"week": week, "zone": zone} | _given({"closed": sorted(value.closed)})


@_spelled.register
def _(value: Deed) -> str | dict[str, Any]:
    made = _fields(value)
    return value.do if len(made) == 1 else made


@_spelled.register
def _(value: PolicyRule) -> dict[str, Any]:
    parts = {"case": _spelled(value.case), "then": _spelled(value.deeds)}
    return {"name": value.name, "when": str(value.when)} | _given(parts)


@_spelled.register
def _(value: Policy) -> dict[str, Any]:
    causes = {branch: list(leaves) for branch, leaves in value.root_causes.items()}
    parts = _given({name: _spelled(getattr(value, name)) for name in _ORDER})
    return parts | {"rules": _spelled(value.rules), "root_causes": causes}


_ORDER = ("name", "window", "close_after", "resurvey_after", "hours", "owners", "rules", "escalations")


def _given(parts: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty."""
    return {name: part for name, part in parts.items() if part is not None and part not in ([], {})}
