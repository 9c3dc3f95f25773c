"""Hypothesis strategies for records, tallies and conventions.

Texts are as hostile as records allow: quotes, trailing blanks, letters beyond
the basic plane, look-alikes of one another.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, get_args

from hypothesis import strategies as st

from npscore.models import (
    Account,
    Customer,
    Exclusion,
    FollowUp,
    IdentityLink,
    Interaction,
    Invitation,
    InvitationEvent,
    Metric,
    Money,
    Record,
    Response,
    Step,
    SurveyKind,
)
from npscore.models.events import Happening
from npscore.scoring.conventions import Convention
from npscore.scoring.conventions.windows import BackFromLatest, Calendar, Last, Rolling
from npscore.scoring.scales import ONE_TO_TEN, STANDARD, Scale
from npscore.scoring.tallies import Tally

_HOSTILE = (
    "'; DROP TABLE response; --",
    "a ",
    "a",
    "A",
    "\u00e9",
    "e\u0301",
    "\U0001f600",
    "%_",
    '"',
    "\\",
    "null",
    "-",
)


def texts(*, min_size: int = 0, max_size: int = 30) -> st.SearchStrategy[str]:
    """Texts that a record can hold."""
    letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    hostile = [text for text in _HOSTILE if min_size <= len(text) <= max_size]
    return st.text(letters, min_size=min_size, max_size=max_size) | st.sampled_from(hostile)


def ids() -> st.SearchStrategy[str]:
    """Opaque ids, few enough to meet again."""
    return st.sampled_from([f"id{number}" for number in range(6)]) | texts(min_size=1, max_size=20)


def times() -> st.SearchStrategy[datetime]:
    """Instants of a few years, to the microsecond, often equal."""
    days = st.integers(1, 28).map(lambda day: datetime(2026, 1, day, tzinfo=UTC))
    return days | st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def attributes() -> st.SearchStrategy[dict[str, Any]]:
    """Names to texts, numbers, truth values or nothing."""
    numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    return st.dictionaries(texts(max_size=10), texts() | st.booleans() | numbers | st.none(), max_size=3)


def money() -> st.SearchStrategy[Money]:
    """Exact amounts in a few currencies."""
    amounts = st.decimals(Decimal(-(10**9)), Decimal(10**9), places=4)
    return st.builds(Money, amount=amounts, currency=st.sampled_from(["EUR", "USD", "JPY"]))


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def customers() -> st.SearchStrategy[Customer]:
    """Customers, with and without an account."""
    return st.builds(
        Customer,
        id=ids(),
        account_id=_maybe(ids()),
        name=_maybe(texts()),
        email=_maybe(texts()),
        phone=_maybe(texts()),
        role=_maybe(texts()),
        since=_maybe(times()),
        attributes=attributes(),
        revised_at=_maybe(times()),
        known_at=times(),
    )


def accounts() -> st.SearchStrategy[Account]:
    """Accounts, with and without revenue."""
    return st.builds(
        Account,
        id=ids(),
        name=_maybe(texts()),
        parent_id=_maybe(ids()),
        owner=_maybe(texts()),
        revenue=_maybe(money()),
        since=_maybe(times()),
        attributes=attributes(),
        revised_at=_maybe(times()),
        known_at=times(),
    )


def interactions() -> st.SearchStrategy[Interaction]:
    """Interactions of any type."""
    return st.builds(
        Interaction,
        id=ids(),
        type=texts(),
        happened_at=times(),
        customer_id=_maybe(ids()),
        account_id=_maybe(ids()),
        channel=_maybe(texts()),
        value=_maybe(money()),
        attributes=attributes(),
        revised_at=_maybe(times()),
        known_at=times(),
    )


def invitations() -> st.SearchStrategy[Invitation]:
    """Invitations with what became of them."""
    events = st.builds(InvitationEvent, type=st.sampled_from(get_args(Happening)), at=times())
    return st.builds(
        Invitation,
        id=ids(),
        invited_at=times(),
        customer_id=_maybe(ids()),
        account_id=_maybe(ids()),
        interaction_id=_maybe(ids()),
        survey=_maybe(texts()),
        survey_kind=st.sampled_from(get_args(SurveyKind)),
        channel=_maybe(texts()),
        events=st.lists(events, max_size=3).map(tuple),
        attributes=attributes(),
        revised_at=_maybe(times()),
        known_at=times(),
    )


def responses(scale: Scale = STANDARD) -> st.SearchStrategy[Response]:
    """Answers on one scale, and blanks."""
    return st.builds(
        Response,
        id=ids(),
        answered_at=times(),
        rating=_maybe(st.integers(scale.low, scale.high)),
        scale=st.just(str(scale)),
        metric=st.sampled_from(get_args(Metric)),
        survey_kind=st.sampled_from(get_args(SurveyKind)),
        survey=_maybe(texts()),
        customer_id=_maybe(ids()),
        account_id=_maybe(ids()),
        invitation_id=_maybe(ids()),
        interaction_id=_maybe(ids()),
        invited_at=_maybe(times()),
        role=_maybe(texts()),
        comment=_maybe(texts(max_size=80)),
        channel=_maybe(texts()),
        locale=_maybe(texts(max_size=5)),
        drivers=attributes(),
        tags=st.lists(texts(), max_size=3).map(tuple),
        attributes=attributes(),
        completed=st.booleans(),
        test=st.booleans(),
        revised_at=_maybe(times()),
        known_at=times(),
    )


def follow_ups() -> st.SearchStrategy[FollowUp]:
    """Steps of a few logs."""
    return st.builds(
        FollowUp,
        log=ids(),
        sequence=st.integers(0, 5),
        step=st.sampled_from(get_args(Step)),
        done_at=times(),
        actor=_maybe(texts()),
        customer_id=_maybe(ids()),
        response_id=_maybe(ids()),
        policy=_maybe(texts()),
        note=_maybe(texts()),
        details=attributes(),
        known_at=times(),
    )


def exclusions() -> st.SearchStrategy[Exclusion]:
    """Decisions that a response does not count."""
    return st.builds(
        Exclusion,
        id=ids(),
        response_id=ids(),
        reason=texts(),
        decided_at=times(),
        actor=texts(),
        lifts=_maybe(ids()),
        note=_maybe(texts()),
        known_at=times(),
    )


def identity_links() -> st.SearchStrategy[IdentityLink]:
    """Decisions that two customers are one person."""
    return st.builds(
        IdentityLink,
        id=ids(),
        customer_id=ids(),
        same_as=ids(),
        rule=texts(),
        decided_at=times(),
        actor=texts(),
        undoes=_maybe(ids()),
        known_at=times(),
    )


def records() -> st.SearchStrategy[Record]:
    """Records of any kind."""
    return st.one_of(
        customers(),
        accounts(),
        interactions(),
        invitations(),
        responses(),
        follow_ups(),
        exclusions(),
        identity_links(),
    )


def scales() -> st.SearchStrategy[Scale]:
    """The usual scales, and others."""
    cuts = st.lists(st.integers(-5, 20), min_size=4, max_size=4, unique=True).map(sorted)
    return st.sampled_from([STANDARD, ONE_TO_TEN]) | cuts.map(lambda cut: Scale(cut[0], cut[3], cut[1], cut[2]))


def tallies(scale: Scale = STANDARD, *, most: int = 200) -> st.SearchStrategy[Tally]:
    """Counts on one scale, empty ones too."""
    counts = st.integers(0, most)
    return st.builds(Tally, counts, counts, counts, counts, counts, scale=st.just(scale))


def conventions() -> st.SearchStrategy[Convention]:
    """Conventions of every kind whose choices make sense together."""
    return st.sampled_from(["response", "customer", "account"]).flatmap(_conventions_of)


def _conventions_of(unit: str) -> st.SearchStrategy[Convention]:
    apart = ["all"] if unit == "response" else ["all", "latest", "first", "mean", "worst"]
    rollups = ["pool", "mean_of_scores", "classify_mean", "senior_role"] if unit == "account" else ["pool"]
    days = st.integers(1, 400)
    windows = st.one_of(
        st.none(),
        st.builds(Calendar, st.sampled_from(["week", "month", "quarter", "half", "year"])),
        st.builds(Rolling, days),
        st.builds(BackFromLatest, days),
        st.builds(Last, st.integers(1, 50)),
    )
    return st.sampled_from(rollups).flatmap(
        lambda rollup: st.builds(
            Convention,
            unit=st.just(unit),
            repeats=st.sampled_from(apart),
            rollup=st.just(rollup),
            roles=st.just(("chief", "user") if rollup == "senior_role" else ()),
            window=windows,
            unanswered=st.sampled_from(["leave out", "count in the base"]),
            rounding=st.sampled_from(["cut", "half up"]),
            weight=st.sampled_from([None, "revenue"]),
            level=st.sampled_from([0.8, 0.95, 0.99]),
        )
    )
