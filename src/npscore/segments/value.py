"""What customers are worth by what they did: recency, frequency and monetary value, in fifths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Context, Decimal, localcontext
from typing import Any

import attrs

from npscore.errors import InputError, short
from npscore.models import Interaction
from npscore.periods import check_instant
from npscore.segments.segmentation import Segmentation

_FIFTHS = 5
_EXACTLY = Context(prec=60)


@attrs.frozen(kw_only=True)
class Worth:
    """How recently, how often and for how much a customer bought, and which fifth of all customers that is.

    Attributes:
        recency: since the last purchase, a `timedelta`.
        frequency: how many purchases.
        monetary: their sum, exact, in `currency`.
        currency: the ISO 4217 code, None where no purchase has a value.
        recency_score, frequency_score, monetary_score: from 1 to 5, 5 the
            fifth of customers who bought last, most often and for most.
            Customers who are equal have equal scores.
    """

    recency: timedelta
    frequency: int
    monetary: Decimal
    currency: str | None
    recency_score: int
    frequency_score: int
    monetary_score: int

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of a row, for `beside` of the makers of rows; the recency in days."""
        worth = attrs.asdict(self) | {"recency": self.recency / timedelta(days=1)}
        return {f"rfm.{name}": value for name, value in worth.items()}


def rfm(
    interactions: Iterable[Interaction],
    *,
    now: datetime,
    within: timedelta | None = None,
    types: Iterable[str] | None = None,
) -> dict[str, Worth]:
    """Recency, frequency and monetary value of each customer, each with its score from 1 to 5.

    Args:
        interactions: of any customers; those after now, and those of nobody,
            are not seen.
        now: an aware time from which recency counts.
        within: only interactions in the period up to now; None takes all.
        types: only interactions of these types; None takes those that have a
            value.

    Returns:
        A `Worth` for each customer with such an interaction. A score is one
        more than the number of whole fifths of the customers who are less
        recent, frequent or valuable.

    Raises:
        InputError: for values in several currencies, which have no sum, and a
            now without a zone.

    Example:
        >>> from datetime import UTC
        >>> from npscore import Money
        >>> now = datetime(2026, 11, 22, tzinfo=UTC)
        >>> def bought(number: int, days: int, amount: int) -> Interaction:
        ...     return Interaction(
        ...         id=f"i{number}",
        ...         type="purchase",
        ...         customer_id=f"c{number}",
        ...         happened_at=now - timedelta(days=days),
        ...         value=Money(amount=amount, currency="EUR"),
        ...         known_at=now,
        ...     )
        >>> worth = rfm([bought(1, 10, 100), bought(2, 400, 900)], now=now)
        >>> worth["c1"].recency_score, worth["c2"].recency_score, worth["c2"].monetary
        (3, 1, Decimal('900'))
    """
    check_instant("now", now)
    _check(interactions, within)
    wanted = None if types is None else _types(types)
    bought: dict[str, list[Interaction]] = {}
    for one in interactions:
        if _is_meant(one, now, within, wanted):
            bought.setdefault(one.customer_id or "", []).append(one)
    currency = _currency(bought)
    recency = {name: now - max(one.happened_at for one in mine) for name, mine in bought.items()}
    frequency = {name: len(mine) for name, mine in bought.items()}
    monetary = {name: _sum(map(_amount, mine)) for name, mine in bought.items()}
    scores = [_scores(values) for values in ({name: -age for name, age in recency.items()}, frequency, monetary)]
    return {
        name: Worth(
            recency=recency[name],
            frequency=frequency[name],
            monetary=monetary[name],
            currency=currency,
            recency_score=scores[0][name],
            frequency_score=scores[1][name],
            monetary_score=scores[2][name],
        )
        for name in bought
    }


def _check(interactions: object, within: object) -> None:
    if not isinstance(interactions, Iterable):
        raise InputError(f"worth is made of interactions, not of {short(interactions)}.")
    if within is not None and (not isinstance(within, timedelta) or within <= timedelta(0)):
        raise InputError(f"within is a timedelta above 0, as in timedelta(days=365), not {short(within)}.")


def _types(types: Any) -> frozenset[str]:
    if isinstance(types, str) or not isinstance(types, Iterable):
        raise InputError(f"types is a list of types of interactions, as in ['purchase'], not {short(types)}.")
    made = list(types)
    for one in made:
        if not isinstance(one, str):
            raise InputError(f"types is a list of types of interactions, and {short(one)} is none.")
    return frozenset(made)


def _is_meant(one: Any, now: datetime, within: timedelta | None, types: frozenset[str] | None) -> bool:
    if not isinstance(one, Interaction):
        raise InputError(f"worth is made of interactions, not of {short(one)}.")
    if one.customer_id is None or one.happened_at > now or (within is not None and now - one.happened_at >= within):
        return False
    return one.value is not None if types is None else one.type in types


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    """Exact, whatever precision the program has set for its own sums."""
    with localcontext(_EXACTLY):
        return sum(amounts, Decimal(0))


def _amount(one: Interaction) -> Decimal:
    return Decimal(0) if one.value is None else one.value.amount


def _currency(bought: Mapping[str, Sequence[Interaction]]) -> str | None:
    found = sorted({one.value.currency for mine in bought.values() for one in mine if one.value is not None})
    if len(found) > 1:
        raise InputError(f"values in {' and '.join(found)} have no sum; convert them to one currency first.")
    return found[0] if found else None


def _scores(values: Mapping[str, Any]) -> dict[str, int]:
    """In which fifth each one is, by how many are less."""
    ordered = sorted(values.values())
    below: dict[Any, int] = {}
    for number, value in enumerate(ordered):
        below.setdefault(value, number)
    return {name: 1 + _FIFTHS * below[value] // len(ordered) for name, value in values.items()}


RFM = Segmentation(
    {
        "champions": "rfm.recency_score >= 4 and rfm.frequency_score >= 4 and rfm.monetary_score >= 4",
        "loyal": "rfm.recency_score >= 3 and rfm.frequency_score >= 4",
        "recent": "rfm.recency_score >= 4",
        "slipping": "rfm.recency_score <= 2 and rfm.frequency_score >= 3",
        "lost": "rfm.recency_score <= 2",
        "average": "rfm.recency_score is present",
    },
    name="worth",
    rest="never bought",
)
"""Customers by the scores of `rfm`, which rows have when it stands ``beside`` them.

Where perhaps nobody bought, ``attributes=RFM.columns`` makes the columns all the same.
"""
