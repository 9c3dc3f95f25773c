"""Policies: what is promised, as data. Ordered rules say which answers get a case, thanks, a question or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, get_args

import attrs

from npscore.errors import InputError, short
from npscore.hours import BusinessHours
from npscore.loop.actions import EPOCH
from npscore.loop.cases import PRIORITIES, Priority
from npscore.loop.clocks import Clock, hours_given
from npscore.loop.explaining import Telling
from npscore.models import FollowUp
from npscore.models.fields import FrozenDict
from npscore.scoring.choices import check_choice
from npscore.segments.rules import Rule, check_rule

DeedName = Literal[
    "thank", "ask for referral", "ask for case study", "ask for review", "offer upsell talk", "invite back", "notify",
    "suppress surveys", "nothing",
]  # fmt: skip
"""What a rule can ask for, beside opening a case."""

ASKS: tuple[DeedName, ...] = ("ask for referral", "ask for case study", "ask for review", "offer upsell talk")
"""Deeds that want something of the customer: they need consent, and wait while a case is open."""

ROOT_CAUSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "product": ("product.quality", "product.missing feature", "product.hard to use", "product.outage"),
        "service": ("service.slow", "service.unfriendly", "service.not solved", "service.unreachable"),
        "delivery": ("delivery.late", "delivery.damaged", "delivery.wrong item"),
        "price": ("price.too high", "price.increase", "price.unclear"),
        "billing": ("billing.wrong invoice", "billing.payment"),
        "communication": ("communication.expectations", "communication.no news"),
        "customer": ("customer.misread the scale", "customer.change of need", "customer.not reached"),
        "other": (),
    }
)
"""The codes that say why a customer was unhappy, where a policy has none of its own: branches and their leaves."""


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > 200:
        raise InputError(f"policies, rules and escalations have a printable text as a name, not {short(value)}.")
    return value


def _maybe_name(value: Any) -> str | None:
    return None if value is None else _name(value)


def names_of(value: Any) -> tuple[str, ...]:
    """Names given one by one.

    Raises:
        InputError: for one text, and what is no name.
    """
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise InputError(f"names are given as a list, not as {short(value)}.")
    return tuple(map(_name, value))


def _clock(value: Any) -> Clock | None:
    if value is None or isinstance(value, Clock):
        return value
    return Clock(value) if isinstance(value, timedelta) else Clock.parse(value)


def _check_minutes(what: str, length: timedelta) -> None:
    """Refuse what no text of a clock says, in a file or in the log of a case."""
    if length % timedelta(minutes=1):
        raise InputError(f"{what} runs for whole minutes, not for {short(str(length))}.")


def _some_clock(value: Any) -> Clock:
    made = _clock(value)
    if made is None:
        raise InputError("an escalation says after which time, as in '48 hours'.")
    return made


def _rule(value: Any) -> Rule:
    made = Rule.parse(value) if isinstance(value, str) else value
    check_rule(made)
    checked: Rule = made
    return checked


def _priority(value: Any) -> Priority:
    check_choice("priority", value, PRIORITIES)
    checked: Priority = value
    return checked


@attrs.frozen(kw_only=True)
class OpenCase:
    """A case is opened.

    Args:
        priority: ``"low"``, ``"normal"``, ``"high"`` or ``"urgent"``.
        contact_within: the time to the first contact, as in ``"24 business
            hours"``; None promises none.
        resolve_within: the time to the resolution.
        owner: who gets it, before the owners of the policy are asked.

    Raises:
        InputError: for a priority that there is not, and times and names that are none.

    Example:
        >>> str(OpenCase(contact_within="24 business hours").contact_within)
        '24 business hours'
    """

    priority: Priority = attrs.field(default="normal", converter=_priority)
    contact_within: Clock | None = attrs.field(default=None, converter=_clock)
    resolve_within: Clock | None = attrs.field(default=None, converter=_clock)
    owner: str | None = attrs.field(default=None, converter=_maybe_name)


@attrs.frozen(kw_only=True)
class Deed:
    """One deed that a rule asks for.

    Args:
        do: ``"thank"``, ``"ask for referral"``, ``"ask for case study"``,
            ``"ask for review"``, ``"offer upsell talk"``, ``"invite back"``,
            ``"notify"``, ``"suppress surveys"`` (while the case is open) or
            ``"nothing"``.
        to: the person, team or system that does it; ``"notify"`` needs one.
        consent: the column that has to be true, as in
            ``"customer.may_be_contacted"``.
        cooldown: not again for the same customer under this policy within
            this time of when it was last asked for.
        reason: why nothing is done; ``"nothing"`` needs one.

    Raises:
        InputError: for a deed that there is not, and what it lacks.
    """

    do: DeedName
    to: str | None = attrs.field(default=None, converter=_maybe_name)
    consent: str | None = attrs.field(default=None, converter=_maybe_name)
    cooldown: timedelta | None = None
    reason: str | None = attrs.field(default=None, converter=_maybe_name)

    def __attrs_post_init__(self) -> None:
        check_choice("do", self.do, get_args(DeedName))
        if self.do == "notify" and self.to is None:
            raise InputError("a notification says to whom, as in to='store managers'.")
        if self.do == "nothing" and self.reason is None:
            raise InputError("where nothing is done the rule says why, as in reason='answered last week'.")
        if self.cooldown is not None:
            _check_cooldown(self.cooldown)


def _check_cooldown(value: Any) -> None:
    if not isinstance(value, timedelta) or not timedelta(0) < value <= timedelta(days=3650):
        raise InputError(f"a cooldown is a timedelta above 0 and up to ten years, not {short(value)}.")
    _check_minutes("a cooldown", value)


def _then(value: Any) -> tuple[OpenCase | Deed, ...]:
    given = (value,) if isinstance(value, OpenCase | Deed) else value
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise InputError(f"what a rule asks for is OpenCase and Deed, not {short(value)}.")
    made = tuple(given)
    for one in made:
        if not isinstance(one, OpenCase | Deed):
            raise InputError(f"what a rule asks for is OpenCase and Deed, not {short(one)}.")
    names = [one.do if isinstance(one, Deed) else "a case" for one in made]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"a rule asks for {twice} twice.")
    if not made or ("nothing" in names and len(names) > 1):
        raise InputError("a rule asks for something, or for nothing with the reason, and not for both.")
    return tuple(sorted(made, key=lambda one: isinstance(one, Deed)))  # the case before the deeds


@attrs.frozen(slots=False)
class PolicyRule:
    """What is done about the answers that a rule means.

    Args:
        name: what people call them.
        when: a `Rule` or its text form, on the columns of the row of an answer.
        then: an `OpenCase`, `Deed`, or several.

    Raises:
        InputError: for a name that is none, and deeds that are none or do not go together.
        InvalidRuleError: for a rule that cannot be read.

    Example:
        >>> rule = PolicyRule("detractors", 'category = "detractor"', OpenCase(contact_within="24 hours"))
        >>> rule.case.priority
        'normal'
    """

    name: str = attrs.field(converter=_name)
    when: Rule = attrs.field(converter=_rule)
    then: tuple[OpenCase | Deed, ...] = attrs.field(converter=_then)

    @cached_property
    def case(self) -> OpenCase | None:
        """The case that is opened, None where none is."""
        return next((one for one in self.then if isinstance(one, OpenCase)), None)

    @cached_property
    def deeds(self) -> tuple[Deed, ...]:
        """The deeds beside."""
        return tuple(one for one in self.then if isinstance(one, Deed))


@attrs.frozen(kw_only=True)
class Owners:
    """Who gets a case.

    Args:
        by: columns that name the owner, the first that has one counting, as in
            ``["account.owner"]``.
        people: everybody there is; a name from a column that is none of them
            is passed over. Empty takes any name.
        fallback: who gets what no column gives to anybody.
        never: columns that name the people who were rated: they never get the
            case about themselves, as in ``["interaction.agent"]``.
        per_day: how many new cases one person gets a day; further ones wait
            for the next day's sweep.

    Raises:
        InputError: for names that are none, and a per_day that is no whole number.
    """

    by: tuple[str, ...] = attrs.field(default=(), converter=names_of)
    people: tuple[str, ...] = attrs.field(default=(), converter=names_of)
    fallback: str | None = attrs.field(default=None, converter=_maybe_name)
    never: tuple[str, ...] = attrs.field(default=(), converter=names_of)
    per_day: int | None = None

    def __attrs_post_init__(self) -> None:
        if self.per_day is not None and (isinstance(self.per_day, bool) or not isinstance(self.per_day, int)):
            raise InputError(f"per_day is a whole number of cases, not {short(self.per_day)}.")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that routing reads."""
        return *self.by, *self.never


EscalationClock = Literal["contact", "resolve", "snooze"]
"""What an escalation waits for: the first contact, the resolution, or that a snoozed case is taken up."""


@attrs.frozen(kw_only=True)
class Escalation:
    """What happens to a case that gets old, once until it is opened again or the customer answers again.

    Args:
        name: what people call it.
        clock: ``"contact"`` as long as nobody has reached the customer,
            ``"resolve"`` as long as it is not resolved, ``"snooze"`` as long
            as it is snoozed, once each time: since the moment until which it
            was to last, or since its beginning where nobody said until when.
        after: how old, as in ``"48 hours"`` or ``"16 business hours"``; time
            in which the case waits for the customer does not count, but for
            ``"snooze"``, which counts nothing else.
        to: who is told; None reminds the owner.
        owner: who gets the case, None leaves it where it is.
        priority: what its priority becomes, None leaves it.
        only: only cases of these priorities; empty means all.

    Raises:
        InputError: for a clock or a priority that there is not, and times and names that are none.
    """

    name: str = attrs.field(converter=_name)
    clock: EscalationClock = "contact"
    after: Clock = attrs.field(converter=_some_clock)
    to: str | None = attrs.field(default=None, converter=_maybe_name)
    owner: str | None = attrs.field(default=None, converter=_maybe_name)
    priority: Priority | None = attrs.field(default=None, converter=attrs.converters.optional(_priority))
    only: tuple[Priority, ...] = attrs.field(default=(), converter=names_of)

    def __attrs_post_init__(self) -> None:
        check_choice("clock", self.clock, get_args(EscalationClock))
        for priority in self.only:
            check_choice("only", priority, PRIORITIES)


def _rules(value: Any) -> tuple[PolicyRule, ...]:
    return _all_of("rules", PolicyRule, value)


def _escalations(value: Any) -> tuple[Escalation, ...]:
    return _all_of("escalations", Escalation, value)


def _all_of(what: str, kind: type[Any], value: Any) -> tuple[Any, ...]:
    """Parts of one kind, no two under one name."""
    made = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else (value,)
    for one in made:
        if not isinstance(one, kind):
            raise InputError(f"the {what} of a policy are {kind.__name__}s, and {short(one)} is none.")
    names = [one.name for one in made]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"two {what} of the policy are called {twice!r}; name one of them otherwise.")
    return made


def _causes(value: Any) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        raise InputError(f"root causes are a mapping of branches to lists of codes, not {short(value)}.")
    return FrozenDict({_name(branch): names_of(leaves) for branch, leaves in value.items()})


def _window(value: Any) -> timedelta:
    if not isinstance(value, timedelta) or not timedelta(minutes=1) <= value <= timedelta(days=3650):
        raise InputError(f"the window of a policy is a timedelta from a minute to ten years, not {short(value)}.")
    _check_minutes("the window", value)
    return value


def _owners(value: Any) -> Owners:
    if not isinstance(value, Owners):
        raise InputError(f"the owners of a policy are Owners, not {short(value)}.")
    return value


@attrs.frozen(kw_only=True, slots=False)
class Policy:
    """What is promised about answers, and who keeps the promise.

    Args:
        name: part of the ids of all its cases and decisions; a policy under
            another name starts anew.
        rules: in order; the first whose `when` holds has the answer.
        window: a customer has one case in it, however many answers ask for
            one. Windows lie beside each other on the calendar, so that an
            answer falls into the same one whenever it arrives.
        hours: when business is done; needed where a clock counts it.
        owners: who gets the cases.
        escalations: what happens to cases that get old, in order.
        close_after: how long after its resolution a case is closed, unless it
            is opened again; None leaves closing to people.
        resurvey_after: how long after closing the customer is asked again;
            None asks nobody.
        root_causes: the codes of resolutions, branches and their leaves.

    Raises:
        InputError: for a part of another kind, or a name that is given twice.

    Example:
        >>> policy = Policy(name="care", rules=[PolicyRule("all", "category is not missing", Deed(do="thank"))])
        >>> policy.columns
        ('category',)
    """

    name: str = attrs.field(converter=_name)
    rules: tuple[PolicyRule, ...] = attrs.field(converter=_rules)
    window: timedelta = attrs.field(default=timedelta(days=90), converter=_window)
    hours: BusinessHours | None = attrs.field(default=None, converter=attrs.converters.optional(hours_given))
    owners: Owners = attrs.field(factory=Owners, converter=_owners)
    escalations: tuple[Escalation, ...] = attrs.field(default=(), converter=_escalations)
    close_after: Clock | None = attrs.field(default=None, converter=_clock)
    resurvey_after: Clock | None = attrs.field(default=None, converter=_clock)
    root_causes: Mapping[str, tuple[str, ...]] = attrs.field(default=ROOT_CAUSES, converter=_causes, hash=False)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns of which it speaks: those of rules, owners and consent, each once."""
        asked = (column for rule in self.rules for column in rule.when.columns)
        consents = (deed.consent for rule in self.rules for deed in rule.deeds if deed.consent is not None)
        return tuple(dict.fromkeys([*asked, *self.owners.columns, *consents]))

    @cached_property
    def a_step(self) -> FollowUp:
        """A step that it takes, of which others are copied."""
        return FollowUp(
            log="-", sequence=0, step="decided", done_at=EPOCH, known_at=EPOCH, actor=self.name, policy=self.name
        )

    @cached_property
    def telling(self) -> Telling:
        """Its rules, made ready once to say which one fires and why the others do not."""
        return Telling.of([(rule.name, rule.when) for rule in self.rules])

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """All root causes, branches before their leaves."""
        return tuple(code for branch, leaves in self.root_causes.items() for code in (branch, *leaves))

    @cached_property
    def fingerprint(self) -> str:
        """Eight digits that change with the policy, kept in each decision."""
        return hashlib.sha256(repr(_plain(self)).encode()).hexdigest()[:8]


def _plain(value: Any) -> Any:
    """A policy as nested values with one spelling, of which the fingerprint is made."""
    if isinstance(value, Rule | Clock | BusinessHours):
        closed = sorted(value.closed) if isinstance(value, BusinessHours) else []
        return str(value), closed
    if attrs.has(type(value)):
        return [(field.name, _plain(getattr(value, field.name))) for field in attrs.fields(type(value))]
    if isinstance(value, Mapping):
        return sorted((name, _plain(part)) for name, part in value.items())
    return [_plain(part) for part in value] if isinstance(value, tuple) else value
