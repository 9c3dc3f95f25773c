"""Policies looked at before they are put to work: promises that nobody can keep, and what is unlawful or unwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from difflib import get_close_matches
from typing import Literal

import attrs

from npscore.errors import InputError, InvalidPolicyError, short
from npscore.hours import BusinessHours
from npscore.loop.clocks import Clock
from npscore.loop.policies import ASKS, Escalation, Policy, PolicyRule
from npscore.loop.reach import Reach, asks_for_review, gates_reviews, holds_only_while_open
from npscore.loop.typical import MOST
from npscore.models import Response
from npscore.segments.fields import LOWER
from npscore.segments.rows import answer_rows, windows_of

Severity = Literal["refused", "unwise"]
"""Whether a policy is put to work all the same."""

PROMISES = {"contact": "contact_within", "resolve": "resolve_within"}
"""What a rule promises, by the name of the clock."""

KINDS = ("response", "customer", "account", "interaction", "invitation", "history", "case", "rfm", "health")
"""What the columns of the row of an answer begin with."""


@attrs.frozen
class Finding:
    """What is wrong with a policy.

    Attributes:
        rule: the name of the rule, None where it is in none.
        severity: ``"refused"``, or ``"unwise"`` for advice.
        message: one sentence that says what is wrong and what would help.
    """

    rule: str | None
    severity: Severity
    message: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.message}"


def lint(policy: Policy) -> tuple[Finding, ...]:
    """What is wrong with a policy, or would be wiser otherwise.

    Args:
        policy: the policy.

    Returns:
        What is refused before advice, each in the order of the rules, the
        policy as a whole last; nothing where there is nothing to say.

    Raises:
        InputError: for what is no policy.

    Example:
        >>> from npscore.loop.policies import Deed, Policy, PolicyRule
        >>> ask = Deed(do="ask for review", consent="customer.may_be_contacted")
        >>> policy = Policy(name="reviews", rules=[PolicyRule("fans", 'category = "promoter"', ask)])
        >>> [(finding.severity, finding.rule) for finding in lint(policy)]
        [('refused', 'fans'), ('unwise', None)]
        >>> lint(policy)[0].message[:48]
        "rule 'fans' asks only some of those who gave a r"
    """
    if not isinstance(policy, Policy):
        raise InputError(f"what is looked at is a Policy, not {short(policy)}.")
    found = [*_columns(policy), *_owners(policy), *_reviews(policy), *_asks(policy), *_reach(policy), *_clocks(policy)]
    return tuple(sorted([*found, *_advice(policy)], key=_order(policy)))


def check_policy(policy: Policy) -> None:
    """Refuse a policy that has findings to refuse; advice passes.

    Raises:
        InvalidPolicyError: with all of them.
        InputError: for what is no policy.
    """
    faults = tuple(finding.message for finding in lint(policy) if finding.severity == "refused")
    if faults:
        raise InvalidPolicyError(policy.name, faults)


def _order(policy: Policy) -> Callable[[Finding], tuple[str, int]]:
    places = {rule.name: place for place, rule in enumerate(policy.rules)}
    last = len(places)
    return lambda finding: (finding.severity, last if finding.rule is None else places[finding.rule])


def _refused(rule: str | None, message: str) -> Finding:
    return Finding(rule, "refused", message if rule is None else f"rule {rule!r} {message}")


def _unwise(rule: str | None, message: str) -> Finding:
    return Finding(rule, "unwise", message if rule is None else f"rule {rule!r} {message}")


def _columns(policy: Policy) -> Iterator[Finding]:
    """Columns that no row has."""
    known = _known_columns()
    for rule in policy.rules:
        consents = [deed.consent for deed in rule.deeds if deed.consent is not None]
        for column in dict.fromkeys([*rule.when.columns, *consents]):
            if hint := _unknown(column, known):
                yield _refused(rule.name, f"speaks of a column {column!r} that no answer has; {hint}")
    for column in dict.fromkeys(policy.owners.columns):
        if hint := _unknown(column, known):
            yield _refused(None, f"the owners are read from a column {column!r} that no answer has; {hint}")


def _known_columns() -> frozenset[str]:
    """The columns that every answer has."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    (row,) = answer_rows([Response(id="r", rating=9, answered_at=moment, known_at=moment)])
    return frozenset(row)


def _unknown(column: str, known: frozenset[str]) -> str | None:
    """What may have been meant by a column that there is not; None where there is."""
    name = column.removesuffix(LOWER)
    kind, dot, rest = name.partition(".")
    if name in known or windows_of([name]) or (dot and rest and kind in KINDS and kind != "history"):
        return None
    if dot and kind not in KINDS and (near := get_close_matches(kind, KINDS, n=1)):
        return f"did you mean '{near[0]}.{rest}'?"
    near = get_close_matches(name, sorted(known), n=1)
    return f"did you mean {near[0]!r}?" if near else f"columns begin with {', '.join(KINDS)}."


def _owners(policy: Policy) -> Iterator[Finding]:
    """Owners that there are not, and cases that nobody can get."""
    owners = policy.owners
    named: list[tuple[str | None, str, str | None]] = [(None, "the fallback is", owners.fallback)]
    named += [(rule.name, "gives its case to", rule.case.owner) for rule in policy.rules if rule.case is not None]
    named += [(None, f"the escalation {one.name!r} gives the case to", one.owner) for one in policy.escalations]
    for rule, what, name in named:
        if owners.people and name is not None and name not in owners.people:
            yield _refused(rule, f"{what} {name!r}, who is none of the people.")
    for case_rule in _with_case(policy):
        if case_rule.case.owner is None and owners.fallback is None and not owners.by:  # type: ignore[union-attr]
            yield _refused(
                case_rule.name, "opens cases that nobody gets; give the policy owners by a column or a fallback."
            )
    if owners.per_day is not None and owners.per_day < 1:
        yield _refused(None, f"per_day is {owners.per_day}, so nobody ever gets a case.")


def _with_case(policy: Policy) -> list[PolicyRule]:
    return [rule for rule in policy.rules if rule.case is not None]


def _asking(policy: Policy) -> list[PolicyRule]:
    return [rule for rule in policy.rules if any(deed.do in ASKS for deed in rule.deeds)]


def _reviews(policy: Policy) -> Iterator[Finding]:
    """Public reviews that are asked only of some of those who gave a rating."""
    gating = gates_reviews(policy.rules)
    if gating == "no":
        return
    why = "asks only some of those who gave a rating for a public review"
    if gating == "too many to tell":
        why = "asks for a public review, and too many columns stand beside the rating to see that everybody is asked"
    name = next(rule.name for rule in policy.rules if asks_for_review(rule))
    yield _refused(name, f"{why}; that is review gating, so ask without reading ratings.")


def _asks(policy: Policy) -> Iterator[Finding]:
    """Asks without consent, and of people whose case is open."""
    for rule in _asking(policy):
        asks = [deed for deed in rule.deeds if deed.do in ASKS]
        for deed in asks:
            if deed.consent is None:
                yield _refused(rule.name, f"would {deed.do} without consent; name the column that has to be true.")
        if rule.case is not None:
            yield _refused(
                rule.name, f"opens a case and would {asks[0].do}; first the case is closed, then people are asked."
            )
        elif holds_only_while_open(rule.when):
            yield _refused(rule.name, f"would {asks[0].do} only while a case is open, which is when nobody is asked.")


def _reach(policy: Policy) -> Iterator[Finding]:
    """Rules that nothing reaches, and detractors whom no rule means."""
    reach = Reach.of(policy.rules)
    if reach is None:
        yield _unwise(
            None,
            f"the rules tell more than {MOST:,} kinds of answers apart, so it was not checked that each is reached.",
        )
        return
    for place, rule in enumerate(policy.rules):
        if place not in reach.matched:
            yield _refused(rule.name, "means no answer at all.")
        elif place not in reach.first:
            before = " or ".join(repr(policy.rules[one].name) for one in sorted(reach.taken[place])[:3])
            yield _refused(
                rule.name, f"is never reached, as all it means belongs to {before} before it; put it further up."
            )
        elif place not in reach.standard:
            yield _unwise(rule.name, "means no answer on the scale 0-10.")
    if reach.leaves_detractors:
        yield _unwise(
            None,
            "some detractors are meant by no rule, and nobody decides about them; end with a rule for all of them.",
        )


def _clocks(policy: Policy) -> Iterator[Finding]:
    """Clocks that can never be met."""
    for rule in _with_case(policy):
        yield from _promises(rule, policy.hours)
    for one in policy.escalations:
        name = f"the escalation {one.name!r} comes"
        if not one.after.length:
            yield _refused(None, f"{name} at once; open the case with that priority and owner.")
        elif fault := _never(one.after, policy.hours):
            yield _refused(None, f"{name} after {one.after}, {fault}")
    for name in ("close_after", "resurvey_after"):
        if fault := _never(getattr(policy, name), policy.hours):
            yield _refused(None, f"{name} is {getattr(policy, name)}, {fault}")


def _promises(rule: PolicyRule, hours: BusinessHours | None) -> Iterator[Finding]:
    """What a rule promises and nobody can keep."""
    contact, resolve = (getattr(rule.case, name) for name in PROMISES.values())
    for name, clock in zip(PROMISES.values(), (contact, resolve), strict=True):
        if clock is not None and not clock.length:
            yield _refused(rule.name, f"promises {name} {clock}, which nobody can keep.")
        elif fault := _never(clock, hours):
            yield _refused(rule.name, f"promises {name} {clock}, {fault}")
    if _is_later(contact, resolve):
        yield _refused(rule.name, "promises a resolution before the first contact; resolve_within is the longer one.")


def _never(clock: Clock | None, hours: BusinessHours | None) -> str | None:
    """Why a clock never comes to its end, None where it does."""
    if clock is None or not clock.business:
        return None
    if hours is None:
        return "and the policy has no business hours; give it some, or count hours as they pass."
    try:
        clock.due(datetime.combine(min(hours.closed, default=date(2026, 1, 1)), time(), UTC), hours)
    except InputError:
        return "which take more than ten years of its business hours."
    return None


def _is_later(contact: Clock | None, resolve: Clock | None) -> bool:
    """Whether the first clock always comes to its end after the second; business hours are never shorter than hours."""
    if contact is None or resolve is None or (resolve.business and not contact.business):
        return False
    return contact.length > resolve.length


def _advice(policy: Policy) -> Iterator[Finding]:
    """What would be wiser otherwise."""
    cases = _with_case(policy)
    for rule in cases:
        if rule.case.contact_within is None:  # type: ignore[union-attr]
            yield _unwise(rule.name, "opens a case without contact_within, so that nobody can be late.")
    if cases and not policy.escalations:
        yield _unwise(None, "no escalation tells anybody of a case that gets old.")
    if any(column.startswith("interaction.") for column in policy.owners.by) and not policy.owners.never:
        yield _unwise(
            None,
            "cases go to people of the interaction that was rated; name in never the columns of those it is about.",
        )
    for one in policy.escalations:
        yield from _advice_on(one, policy)


def _advice_on(one: Escalation, policy: Policy) -> Iterator[Finding]:
    people, name = policy.owners.people, f"the escalation {one.name!r}"
    if people and one.to is not None and one.to not in people:
        yield _unwise(None, f"{name} tells {one.to!r}, who is none of the people of the policy.")
    given = {rule.case.priority for rule in _with_case(policy) if rule.case is not None}
    given |= {other.priority for other in policy.escalations if other.priority is not None}
    if odd := [priority for priority in one.only if priority not in given]:
        yield _unwise(None, f"{name} is for cases of priority {' and '.join(odd)}, which nothing gives a case.")
    promise = PROMISES.get(one.clock)
    if promise is not None and not any(getattr(rule.case, promise) for rule in _with_case(policy)):
        yield _unwise(None, f"{name} watches a clock, and no rule promises {promise}.")
