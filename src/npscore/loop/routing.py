"""Who gets a case: the first who is named, exists, was not rated, and has not had enough today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from npscore.errors import InputError, short
from npscore.loop.cases import Case
from npscore.loop.policies import OpenCase, Owners, Policy
from npscore.models.fields import LONGEST_LINE


@attrs.frozen
class Route:
    """Who gets a case.

    Attributes:
        owner: None where nobody does, for now.
        waits_for: who gets it as soon as they have not had enough that day.
        because: what was considered, in words.
    """

    owner: str | None
    waits_for: str | None
    because: tuple[str, ...]


def route(
    owners: Owners,
    opening: OpenCase,
    row: Mapping[str, Any],
    given_today: Mapping[str, int],
    previous: str | None = None,
) -> Route:
    """Who gets a case.

    Args:
        owners: of the policy.
        opening: what the rule says of the case.
        row: of the answer.
        given_today: how many cases each had today.
        previous: who has an open case of the same customer, and so this one too.
    """
    rated = rated_in(owners, row)
    because: list[str] = []
    for name, why in _candidates(owners, opening, row, previous):
        if owners.people and name not in owners.people:
            because.append(f"{name} ({why}) is none of the people of the policy.")
        elif name in rated:
            because.append(f"{name} ({why}) was rated and does not get the case.")
        elif owners.per_day is not None and given_today.get(name, 0) >= owners.per_day:
            because.append(f"{name} ({why}) has had {given_today.get(name, 0)} cases today; this one waits.")
            return Route(None, name, tuple(because))
        else:
            because.append(f"{name} ({why}) gets the case.")
            return Route(name, None, tuple(because))
    because.append("Nobody could be found to get the case.")
    return Route(None, None, tuple(because))


def rated_in(owners: Owners, row: Mapping[str, Any]) -> set[str]:
    """Who was rated by an answer, and gets no case about it."""
    return {row[column] for column in owners.never if isinstance(row.get(column), str)}


def rated_over(case: Case) -> set[str]:
    """Who was rated by the answers of a case, and does not get it."""
    return {name for step in case.steps for name in str(step.details.get("rated") or "").split("\n") if name}


def check_owner(name: str, case: Case, policy: Policy | None) -> None:
    """Refuse an owner who was rated, or who is none of the people of the policy.

    Raises:
        InputError: naming them.
    """
    if name in rated_over(case):
        raise InputError(f"{name} was rated, and does not get the case {case.id}; give it to somebody else.")
    people = () if policy is None else policy.owners.people
    if people and name not in people:
        raise InputError(f"{short(name)} is none of the people of {case.policy}; there are {', '.join(people)}.")


def _candidates(
    owners: Owners, opening: OpenCase, row: Mapping[str, Any], previous: str | None
) -> Iterator[tuple[str, str]]:
    if previous is not None:
        yield previous, "who has the open case of the customer"
    if opening.owner is not None:
        yield opening.owner, "named by the rule"
    for column in owners.by:
        name = row.get(column)
        if isinstance(name, str) and name.strip() and name.isprintable() and len(name) <= LONGEST_LINE:
            yield name, column
    if owners.fallback is not None:
        yield owners.fallback, "the fallback"
