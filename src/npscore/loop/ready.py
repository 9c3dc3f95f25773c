"""Ready-made policies, to begin with and to change; each says why it promises what it promises.

None of them asks for public reviews: as soon as ratings are read, some would be asked and others not. Ask for these
under a policy of their own that reads none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from inspect import signature
from typing import Any, Literal, get_args

from npscore.errors import InputError, short
from npscore.hours import BusinessHours
from npscore.loop.clocks import Clock
from npscore.loop.policies import Deed, Escalation, OpenCase, Owners, Policy, PolicyRule, names_of
from npscore.scoring.choices import check_choice
from npscore.segments.fields import field
from npscore.segments.rules import EVERYBODY

ReadyName = Literal["b2b saas", "retailer", "helpdesk"]
"""The ready-made policies."""

_OFFICE = BusinessHours.parse("mon-fri 09:00-17:00")
_SHOP = BusinessHours.parse("mon-sat 10:00-19:00")
_DESK = BusinessHours.parse("mon-fri 08:00-18:00")
_CONSENT = "customer.may_be_contacted"

_TRIALS = PolicyRule(
    "trials",
    "response.test = true or response.completed = false",
    Deed(do="nothing", reason="a trial of the survey, or an answer broken off"),
)
_REST = PolicyRule("no rating", EVERYBODY, Deed(do="nothing", reason="there is no rating to act on"))
_SNOOZED = Escalation(name="snoozed for long", clock="snooze", after=Clock(timedelta(days=7)))
_DETRACTOR, _PASSIVE, _PROMOTER = (field("category") == name for name in ("detractor", "passive", "promoter"))


def ready_policy(name: ReadyName, **options: Any) -> Policy:
    """A ready-made policy by its name.

    Args:
        name: ``"b2b saas"``, ``"retailer"`` or ``"helpdesk"``.
        options: of `b2b_saas`, `retailer` or `helpdesk`; these themselves
            also take another name.

    Raises:
        InputError: for a name or option that there is not, and a part that is wrong.

    Example:
        >>> ready_policy("helpdesk", lead="ann").owners.fallback
        'ann'
    """
    check_choice("name", name, get_args(ReadyName))
    make = _READY[name]
    known = tuple(signature(make).parameters)
    for option in options:
        check_choice("option", option, known)
    return make(**options)


def b2b_saas(
    *,
    lead: str = "lead",
    people: Iterable[str] = (),
    hours: BusinessHours | None = None,
    large: int | Decimal = 100_000,
    name: str = "b2b saas",
) -> Policy:
    """Software for companies: few customers, each with an owner and a yearly revenue.

    - A large account is called within one working day by the lead and not by
      its owner, who is often what the answer is about.
    - Every other detractor is called within three working days; the lead
      takes over what is late. Within 24 hours is what the authors of the
      score ask for; nights, week ends and holidays apart, so that the promise
      can be kept.
    - Passives get a talk within a working week: they are asked what is
      missing before the contract runs out.
    - Promoters are thanked, and asked for a referral or a case study at most
      twice a year, where they agreed to be contacted.
    - A closed case is asked again after thirty days, which shows whether
      anything got better.

    Args:
        lead: who gets what is late, large, or of nobody.
        people: everybody who gets cases; empty takes the owners of accounts
            as they come.
        hours: when business is done; without any, ``mon-fri 09:00-17:00`` UTC.
        large: from which ``account.revenue`` on an account is large.
        name: of the policy.

    Raises:
        InputError: for a part that is wrong.

    Example:
        >>> [rule.name for rule in b2b_saas().rules]
        ['trials', 'unhappy large account', 'unhappy', 'passive', 'promoter', 'no rating']
    """
    if isinstance(large, bool) or not isinstance(large, int | Decimal):
        raise InputError(f"a large account is one from a number on, not {short(large)}.")
    twice_a_year = timedelta(days=180)
    asks = [Deed(do="ask for referral", consent=_CONSENT, cooldown=twice_a_year)]
    asks += [Deed(do="ask for case study", consent=_CONSENT, cooldown=twice_a_year)]
    return Policy(
        name=name,
        rules=[
            _TRIALS,
            PolicyRule(
                "unhappy large account",
                _DETRACTOR & (field("account.revenue") >= large),
                [_case("high", 8, 40, owner=lead), Deed(do="suppress surveys")],
            ),
            PolicyRule("unhappy", _DETRACTOR, [_case("normal", 24, 80), Deed(do="suppress surveys")]),
            PolicyRule("passive", _PASSIVE, _case("low", 40, 120)),
            PolicyRule("promoter", _PROMOTER, [Deed(do="thank"), *asks]),
            _REST,
        ],
        hours=_OFFICE if hours is None else hours,
        owners=_owners(lead, people, by=["account.owner"]),
        escalations=[
            Escalation(name="large account waits", after=_business(8), to=lead, priority="urgent", only=["high"]),
            Escalation(name="first contact due soon", after=_business(16), only=["normal"]),
            Escalation(name="first contact late", after=_business(24), to=lead, owner=lead, only=["normal"]),
            Escalation(name="not resolved", clock="resolve", after=_business(120), to=lead),
            _SNOOZED,
        ],
        close_after=Clock(timedelta(days=7)),
        resurvey_after=Clock(timedelta(days=30)),
    )


def retailer(
    *,
    lead: str = "lead",
    people: Iterable[str] = (),
    hours: BusinessHours | None = None,
    name: str = "retailer",
) -> Policy:
    """Shops: many customers, one purchase each, and a manager in every shop.

    - The manager of the shop calls within one opening day, and never the
      person who served: ``interaction.store_manager`` gets the case, whoever
      ``interaction.agent`` is does not.
    - Who was unhappy twice within a year is called by the regional lead.
    - A manager gets at most twenty new cases a day; a recall that makes
      hundreds unhappy waits in line instead of being ticked off.
    - Passives and promoters are thanked; promoters are asked for a referral
      at most once a year, where they agreed to be contacted.
    - A customer has one case in sixty days.

    Args:
        lead: who gets what is late, repeated, or of no shop.
        people: everybody who gets cases; empty takes managers as they come.
        hours: when shops are open; without any, ``mon-sat 10:00-19:00`` UTC.
        name: of the policy.

    Raises:
        InputError: for a part that is wrong.

    Example:
        >>> str(retailer().rules[2].case.contact_within)
        '9 business hours'
    """
    again = _DETRACTOR & (field("history.detractors.365d") >= 2)
    referral = Deed(do="ask for referral", consent=_CONSENT, cooldown=timedelta(days=365))
    return Policy(
        name=name,
        rules=[
            _TRIALS,
            PolicyRule("unhappy again", again, [_case("high", 9, 27, owner=lead), Deed(do="suppress surveys")]),
            PolicyRule("unhappy", _DETRACTOR, [_case("normal", 9, 45), Deed(do="suppress surveys")]),
            PolicyRule("passive", _PASSIVE, Deed(do="thank")),
            PolicyRule("promoter", _PROMOTER, [Deed(do="thank"), referral]),
            _REST,
        ],
        window=timedelta(days=60),
        hours=_SHOP if hours is None else hours,
        owners=_owners(lead, people, by=["interaction.store_manager"], never=["interaction.agent"], per_day=20),
        escalations=[
            Escalation(name="first contact late", after=_business(9), to=lead, priority="high"),
            Escalation(name="nobody called", after=_business(27), to=lead, owner=lead, priority="urgent"),
            Escalation(name="not resolved", clock="resolve", after=_business(54), to=lead),
            _SNOOZED,
        ],
        close_after=Clock(timedelta(days=7)),
        resurvey_after=Clock(timedelta(days=60)),
    )


def helpdesk(
    *,
    lead: str = "lead",
    people: Iterable[str] = (),
    hours: BusinessHours | None = None,
    name: str = "helpdesk",
) -> Policy:
    """Support: an answer after each ticket, about the person who solved it.

    - The lead of the team calls within a working day, never the agent who
      was rated: nobody closes the case about themselves.
    - A second unhappy answer within ninety days means that the first case
      changed nothing, so it is urgent.
    - Passives get nothing: a seven after a ticket asks for no talk, and the
      next ticket will ask again.
    - Promoters are thanked. They are asked for nothing, because they praised
      a person and not the product.
    - A customer has one case in thirty days. Nobody is asked again by the
      policy: the next ticket does.

    Args:
        lead: who gets what is late, or of no team.
        people: everybody who gets cases; empty takes team leads as they come.
        hours: when the desk is open; without any, ``mon-fri 08:00-18:00`` UTC.
        name: of the policy.

    Raises:
        InputError: for a part that is wrong.

    Example:
        >>> helpdesk().owners.never
        ('interaction.agent',)
    """
    again = _DETRACTOR & (field("history.detractors.90d") >= 2)
    enough = Deed(do="nothing", reason="the next ticket asks again")
    return Policy(
        name=name,
        rules=[
            _TRIALS,
            PolicyRule("unhappy again", again, [_case("urgent", 5, 20), Deed(do="suppress surveys")]),
            PolicyRule("unhappy", _DETRACTOR, [_case("normal", 10, 30), Deed(do="suppress surveys")]),
            PolicyRule("passive", _PASSIVE, enough),
            PolicyRule("promoter", _PROMOTER, Deed(do="thank")),
            _REST,
        ],
        window=timedelta(days=30),
        hours=_DESK if hours is None else hours,
        owners=_owners(lead, people, by=["interaction.team_lead"], never=["interaction.agent"], per_day=15),
        escalations=[
            Escalation(name="unhappy again and not called", after=_business(5), to=lead, owner=lead, only=["urgent"]),
            Escalation(name="first contact late", after=_business(10), to=lead, priority="high", only=["normal"]),
            Escalation(name="not resolved", clock="resolve", after=_business(40), to=lead),
            _SNOOZED,
        ],
        close_after=Clock(timedelta(days=5)),
    )


_READY: dict[ReadyName, Callable[..., Policy]] = {"b2b saas": b2b_saas, "retailer": retailer, "helpdesk": helpdesk}


def _business(hours: int) -> Clock:
    return Clock(timedelta(hours=hours), business=True)


def _case(priority: Any, contact: int, resolve: int, owner: str | None = None) -> OpenCase:
    """A case with both times in business hours."""
    times = {"contact_within": _business(contact), "resolve_within": _business(resolve)}
    return OpenCase(priority=priority, owner=owner, **times)


def _owners(lead: str, people: Iterable[str], **more: Any) -> Owners:
    """Owners, the lead being one of the people where there are any."""
    made, (lead,) = names_of(people), names_of([lead])
    everybody = made if not made or lead in made else (*made, lead)
    return Owners(people=everybody, fallback=lead, **more)
