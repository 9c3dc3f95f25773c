"""Policies looked at before they are put to work: promises that nobody can keep, and what is unlawful or unwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from difflib import get_close_matches

import attrs

from npscore.errors import InputError, InvalidPolicyError
from npscore.loop.deciding import check_policies
from npscore.loop.findings import Finding, refused, unwise
from npscore.loop.gating import gating_among, gating_of
from npscore.loop.policies import ASKS, Escalation, Policy
from npscore.loop.promises import PROMISES, clock_faults, hours_faults, openings
from npscore.loop.reach import Reach, holds_only_while_open
from npscore.loop.typical import MOST
from npscore.models import Response
from npscore.periods import check_instant, day_of
from npscore.segments.fields import LOWER
from npscore.segments.rows import answer_rows, windows_of

__all__ = ["Finding", "check_policy", "lint"]

KINDS = ("response", "customer", "account", "interaction", "invitation", "history", "case", "rfm", "health")
"""What the columns of the row of an answer begin with."""


def lint(policy: Policy | Iterable[Policy], *, as_of: date | None = None) -> tuple[Finding, ...]:
    """What is wrong with policies, or would be wiser otherwise.

    Args:
        policy: one, or several that are put to work together, as for `decide`.
        as_of: the day, or an aware time, from which on the calendar is tried;
            with it closed days that end within 90 days are told.

    Returns:
        What is refused before advice, each in the order of the policies and
        their rules, a policy as a whole last; nothing where there is nothing
        to say.

    Raises:
        InputError: for what is no policy, none at all, two of one name, and an
            `as_of` that is no day.

    Example:
        >>> from npscore.loop.policies import Deed, Policy, PolicyRule
        >>> ask = Deed(do="ask for review", consent="customer.may_be_contacted")
        >>> policy = Policy(name="reviews", rules=[PolicyRule("fans", 'category = "promoter"', ask)])
        >>> [(finding.severity, finding.rule) for finding in lint(policy)]
        [('refused', 'fans'), ('unwise', None)]
        >>> lint(policy)[0].message[:48]
        "rule 'fans' asks only some of those who gave a r"
    """
    found = _policies(policy)
    if isinstance(as_of, datetime):
        check_instant("as_of", as_of)
    elif as_of is not None:
        day_of(as_of, "UTC")
    made = [(one, finding) for one in found for finding in _alone(one, as_of)]
    made += gating_among(found)
    ordered = sorted(made, key=_order(found))
    return tuple(finding if len(found) == 1 else attrs.evolve(finding, policy=one.name) for one, finding in ordered)


def check_policy(policy: Policy | Iterable[Policy], *, as_of: date | None = None) -> tuple[Finding, ...]:
    """Refuse policies that have findings to refuse; advice passes.

    Args:
        policy: one, or several that are put to work together.
        as_of: the day, or an aware time, from which on the calendar is tried.

    Returns:
        The advice, as `lint` tells it.

    Raises:
        InvalidPolicyError: with all of them, under the name of the first
            policy that has one.
        InputError: for what `lint` refuses to look at.
    """
    found = _policies(policy)
    findings = lint(found, as_of=as_of)
    faults = [(one.policy or found[0].name, one.message) for one in findings if one.severity == "refused"]
    if faults:
        first = faults[0][0]
        said = (message if name == first else f"policy {name!r}: {message}" for name, message in faults)
        raise InvalidPolicyError(first, tuple(said))
    return findings


def _policies(given: Policy | Iterable[Policy]) -> tuple[Policy, ...]:
    found = check_policies(given)
    if not found:
        raise InputError("this needs a policy to look at, and got none.")
    return found


def _alone(policy: Policy, as_of: date | None) -> Iterator[Finding]:
    """What is wrong with a policy, whatever others do."""
    zone = "UTC" if policy.hours is None else policy.hours.zone
    day = None if as_of is None else day_of(as_of, zone)
    for faults in (_columns, _owners, gating_of, _asks, _reach, _advice):
        yield from faults(policy)
    yield from clock_faults(policy, day)
    yield from hours_faults(policy, day)


def _order(policies: Sequence[Policy]) -> Callable[[tuple[Policy, Finding]], tuple[str, int, int]]:
    order = {policy.name: place for place, policy in enumerate(policies)}
    places = {(policy.name, rule.name): place for policy in policies for place, rule in enumerate(policy.rules)}

    def place(one: tuple[Policy, Finding]) -> tuple[str, int, int]:
        policy, finding = one
        rule = len(policy.rules) if finding.rule is None else places[policy.name, finding.rule]
        return finding.severity, order[policy.name], rule

    return place


def _columns(policy: Policy) -> Iterator[Finding]:
    """Columns that no row has."""
    known = _known_columns()
    for rule in policy.rules:
        consents = [deed.consent for deed in rule.deeds if deed.consent is not None]
        for column in dict.fromkeys([*rule.when.columns, *consents]):
            if hint := _unknown(column, known):
                yield refused(rule.name, f"speaks of a column {column!r} that no answer has; {hint}")
    for column in dict.fromkeys(policy.owners.columns):
        if hint := _unknown(column, known):
            yield refused(None, f"the owners are read from a column {column!r} that no answer has; {hint}")


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
    named += [(opening.name, "gives its case to", case.owner) for opening, case in openings(policy)]
    named += [(None, f"the escalation {one.name!r} gives the case to", one.owner) for one in policy.escalations]
    for rule, what, name in named:
        if owners.people and name is not None and name not in owners.people:
            yield refused(rule, f"{what} {name!r}, who is none of the people.")
    unowned = [opening.name for opening, case in openings(policy) if case.owner is None and owners.fallback is None]
    by = [column for column in owners.by if column not in owners.never]
    for name in unowned:
        if not by:
            yield refused(
                name,
                "opens cases that nobody gets; give the policy a fallback, or owners by a column of people who are "
                "not rated.",
            )
    if unowned and by:
        yield unwise(
            unowned[0],
            f"opens a case that nobody gets where {' and '.join(by)} is missing or was rated, and there is no "
            "fallback; somebody has to find it in the report and assign it.",
        )
    if owners.per_day is not None and owners.per_day < 1:
        yield refused(None, f"per_day is {owners.per_day}, so nobody ever gets a case.")


def _asks(policy: Policy) -> Iterator[Finding]:
    """Asks without consent, and of people whose case is open."""
    for rule in policy.rules:
        asks = [deed for deed in rule.deeds if deed.do in ASKS]
        for deed in asks:
            if deed.consent is None:
                yield refused(rule.name, f"would {deed.do} without consent; name the column that has to be true.")
        if asks and rule.case is not None:
            yield refused(
                rule.name, f"opens a case and would {asks[0].do}; first the case is closed, then people are asked."
            )
        elif asks and holds_only_while_open(rule.when):
            yield refused(rule.name, f"would {asks[0].do} only while a case is open, which is when nobody is asked.")


def _reach(policy: Policy) -> Iterator[Finding]:
    """Rules that nothing reaches, and detractors whom no rule means."""
    reach = Reach.of(policy.rules)
    if reach is None:
        yield unwise(
            None,
            f"the rules tell more than {MOST:,} kinds of answers apart, so it was not checked that each is reached.",
        )
        return
    for place, rule in enumerate(policy.rules):
        if place not in reach.matched:
            yield refused(rule.name, "means no answer at all.")
        elif place not in reach.first:
            before = " or ".join(repr(policy.rules[one].name) for one in sorted(reach.taken[place])[:3])
            yield refused(
                rule.name, f"is never reached, as all it means belongs to {before} before it; put it further up."
            )
        elif place not in reach.standard:
            yield unwise(rule.name, "means no answer on the scale 0-10.")
    if reach.leaves_detractors:
        yield unwise(
            None,
            "some detractors are meant by no rule, and nobody decides about them; end with a rule for all of them.",
        )


def _advice(policy: Policy) -> Iterator[Finding]:
    """What would be wiser otherwise."""
    cases = openings(policy)
    for rule, case in cases:
        if case.contact_within is None:
            yield unwise(rule.name, "opens a case without contact_within, so that nobody can be late.")
    if cases and not policy.escalations:
        yield unwise(None, "no escalation tells anybody of a case that gets old.")
    if any(column.startswith("interaction.") for column in policy.owners.by) and not policy.owners.never:
        yield unwise(
            None,
            "cases go to people of the interaction that was rated; name in never the columns of those it is about.",
        )
    for one in policy.escalations:
        yield from _advice_on(one, policy)


def _advice_on(one: Escalation, policy: Policy) -> Iterator[Finding]:
    people, name = policy.owners.people, f"the escalation {one.name!r}"
    if people and one.to is not None and one.to not in people:
        yield unwise(None, f"{name} tells {one.to!r}, who is none of the people of the policy.")
    given = {case.priority for _, case in openings(policy)}
    given |= {other.priority for other in policy.escalations if other.priority is not None}
    if odd := [priority for priority in one.only if priority not in given]:
        yield unwise(None, f"{name} is for cases of priority {' and '.join(odd)}, which nothing gives a case.")
    promise = PROMISES.get(one.clock)
    if promise is not None and not any(getattr(case, promise) for _, case in openings(policy)):
        yield unwise(None, f"{name} watches a clock, and no rule promises {promise}.")
