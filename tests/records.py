"""Small records for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from npscore import Account, Customer, Exclusion, FollowUp, IdentityLink, Interaction, Invitation, Money, Response

START = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    """So many days after the start."""
    return START + timedelta(days=number)


def answer(id: str = "r1", *, at: float = 0, known: float = 0, **fields: Any) -> Response:  # noqa: A002
    """A response."""
    return Response(id=id, answered_at=day(at), known_at=day(known), **fields)


def everything(who: str = "ann", *, known: float = 0) -> list[Any]:
    """One record of each kind about a person, with ids that begin with theirs."""
    account = f"{who} account"
    return [
        Customer(id=who, name=f"{who} name", email=f"{who}@example.org", account_id=account, known_at=day(known)),
        Account(id=account, revenue=Money(amount="12.50", currency="EUR"), known_at=day(known)),
        Interaction(
            id=f"{who} buys",
            type="purchase",
            happened_at=day(1),
            customer_id=who,
            value=Money(amount="0.10", currency="USD"),
            known_at=day(known),
        ),
        Invitation(
            id=f"{who} asked",
            invited_at=day(2),
            customer_id=who,
            interaction_id=f"{who} buys",
            survey="after purchase",
            known_at=day(known),
        ),
        answer(
            f"{who} says",
            at=3,
            known=known,
            rating=9,
            customer_id=who,
            invitation_id=f"{who} asked",
            comment=f"{who} comment",
            attributes={"region": "EMEA", "seats": 5},
            tags=("one", "two"),
        ),
        FollowUp(
            log=f"case {who}",
            sequence=0,
            step="opened",
            done_at=day(4),
            customer_id=who,
            response_id=f"{who} says",
            note=f"{who} note",
            known_at=day(known),
        ),
        Exclusion(
            id=f"{who} out",
            response_id=f"{who} says",
            reason="internal",
            decided_at=day(5),
            actor="Mo",
            known_at=day(known),
        ),
        IdentityLink(
            id=f"{who} link",
            customer_id=who,
            same_as=f"{who} too",
            rule="e-mail",
            decided_at=day(6),
            actor="Mo",
            known_at=day(known),
        ),
    ]
