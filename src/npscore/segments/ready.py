"""Segments born of the score itself, ready made, for the rows of `answer_rows` and `customer_rows`."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from npscore.errors import InputError, InvalidRuleError, short
from npscore.scoring.scales import Category
from npscore.segments.fields import field
from npscore.segments.leaves import Eq
from npscore.segments.rules import EVERYBODY, Rule
from npscore.segments.segmentation import Segment, Segmentation

_YEAR = timedelta(days=365)
_DETRACTOR, _PASSIVE, _PROMOTER = map(str, Category)

CATEGORIES = Segmentation(
    {f"{category}s": Eq("category", category.value) for category in Category}, name="category", rest="no category"
)
"""Detractors, passives and promoters, by the column ``category``."""

_ASKED = field("history.invitations") > 0


def never_asked() -> Segment:
    """Customers who were sent no invitation and gave no answer.

    Example:
        >>> print(never_asked())
        never asked: history.invitations = 0 and response.id is missing
    """
    return Segment("never asked", (field("history.invitations") == 0) & field("response.id").is_missing())


def never_answered() -> Segment:
    """Customers who were asked and have not answered.

    Example:
        >>> print(never_answered())
        never answered: history.invitations > 0 and response.id is missing
    """
    return Segment("never answered", _ASKED & field("response.id").is_missing())


def silent(period: timedelta = _YEAR) -> Segment:
    """Customers who were asked within a period before now and gave no answer in it.

    Example:
        >>> print(silent())
        silent: history.invited_at within 365 days and not (response.answered_at within 365 days)
    """
    _check(period)
    nothing, asked = timedelta(0), field("history.invited_at")
    within = field("response.answered_at").age(at_least=nothing, at_most=period)
    return Segment("silent", asked.age(at_least=nothing, at_most=period) & ~within)


def at_risk(revenue: Decimal | int = 0, *, currency: str | None = None, silence: timedelta = _YEAR) -> Segment:
    """Detractors and silent customers whose accounts are worth at least so much a year.

    Args:
        revenue: the least ``account.revenue``; 0 takes all accounts, those
            without a known revenue too.
        currency: only accounts whose revenue is in it, as in ``"EUR"``; needed
            where there are several, because amounts are not converted.
        silence: see `silent`.

    Raises:
        InvalidRuleError: for a revenue that is no number.
        InputError: for a period that is none.

    Example:
        >>> at_risk(100_000).rule.columns
        ('category', 'history.invited_at', 'response.answered_at', 'account.revenue')
    """
    rule: Rule = Eq("category", _DETRACTOR) | silent(silence).rule
    if isinstance(revenue, bool) or not isinstance(revenue, int | float | Decimal):
        raise InvalidRuleError(f"the least revenue is a number, not {short(revenue)}.")
    large = rule & (field("account.revenue") >= revenue) if revenue else rule
    return Segment("at risk", large if currency is None else large & Eq("account.revenue_currency", currency))


def recovered(period: timedelta | None = None) -> Segment:
    """Detractors of last time who are passive or promoters now; with a period, who said so within it before now.

    Example:
        >>> print(recovered())
        recovered: history.category = "detractor" and category in ("passive", "promoter")
    """
    moved = Eq("history.category", _DETRACTOR) & field("category").is_in(_PASSIVE, _PROMOTER)
    return Segment("recovered", moved & _lately(period))


def newly_lost_promoter(period: timedelta | None = None) -> Segment:
    """Promoters of last time who are none now; with a period, who said so within it before now.

    Example:
        >>> print(newly_lost_promoter(timedelta(days=90)).rule.parts[-1])
        response.answered_at within 90 days
    """
    moved = Eq("history.category", _PROMOTER) & field("category").is_in(_DETRACTOR, _PASSIVE)
    return Segment("newly lost promoter", moved & _lately(period))


def _lately(period: timedelta | None) -> Rule:
    if period is None:
        return EVERYBODY
    _check(period)
    return field("response.answered_at").age(at_least=timedelta(0), at_most=period)


def _check(period: object) -> None:
    if not isinstance(period, timedelta) or period <= timedelta(0):
        raise InputError(f"a period is a timedelta above 0, as in timedelta(days=90), not {short(period)}.")
