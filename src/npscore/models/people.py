"""Whom we ask: customers and the accounts they belong to."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from npscore.models.fields import Attributes, FrozenDict, Id, Line, Time
from npscore.models.records import Fact, Record


def _exact(amount: Any) -> Any:
    if isinstance(amount, bool | float):
        raise ValueError("money is a Decimal, a whole number or text; a float is not exact")
    try:
        return Decimal(amount) if isinstance(amount, int | str) else amount
    except InvalidOperation:
        raise ValueError("the amount is not a number") from None


def _one_spelling(amount: Decimal) -> Decimal:
    """1.10 and 1.1 are one amount, and 1E+1 is written 10."""
    shortest = amount.normalize()
    return shortest.quantize(Decimal(1)) if shortest == shortest.to_integral() else shortest


Amount = Annotated[
    Decimal, BeforeValidator(_exact), Field(max_digits=24, allow_inf_nan=False), AfterValidator(_one_spelling)
]


class Money(Fact):
    """An exact amount.

    Attributes:
        amount: a `Decimal`; text in JSON; never a float.
        currency: the ISO 4217 code, as in ``EUR``.
    """

    kind: ClassVar[str] = "money"

    amount: Amount
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Customer(Record):
    """A person who may be asked.

    Attributes:
        id: opaque, given from outside.
        account_id: the account they belong to.
        name, email, phone: as the source wrote them.
        role: in the account, as in ``decision maker``.
        since: when they became a customer.
        attributes: what else is known of them, as in ``{"region": "EMEA"}``.
    """

    kind: ClassVar[str] = "customer"
    timed_by: ClassVar[str] = "since"

    id: Id
    account_id: Id | None = None
    name: Line | None = None
    email: Line | None = None
    phone: Line | None = None
    role: Line | None = None
    since: Time | None = None
    attributes: Attributes = FrozenDict()
    revised_at: Time | None = None


class Account(Record):
    """A firm, or another whole to which customers belong.

    Attributes:
        id: opaque, given from outside.
        name: as the source wrote it.
        parent_id: the account above.
        owner: who looks after it.
        revenue: a year's, with its currency.
        since: when it became an account.
        attributes: what else is known of it.
    """

    kind: ClassVar[str] = "account"
    timed_by: ClassVar[str] = "since"

    id: Id
    name: Line | None = None
    parent_id: Id | None = None
    owner: Line | None = None
    revenue: Money | None = None
    since: Time | None = None
    attributes: Attributes = FrozenDict()
    revised_at: Time | None = None
