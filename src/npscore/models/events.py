"""What happened between us and them: interactions, invitations and responses."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from npscore.models.fields import Attributes, FrozenDict, Id, Line, ScaleText, Text, Time
from npscore.models.people import Money
from npscore.models.records import Fact, Record

Metric = Literal["nps", "csat", "ces", "star"]
SurveyKind = Literal["relationship", "transactional", "employee", "competitive"]
Happening = Literal["sent", "shown", "opened", "reminded", "bounced", "declined", "expired", "answered"]


class Interaction(Record):
    """Something that a customer did with us: a purchase, a call, a support case, a visit.

    Attributes:
        id: opaque, given from outside.
        type: what it was, as in ``purchase`` or ``support case``.
        happened_at: when.
        customer_id, account_id: whose.
        channel: through what, as in ``phone``.
        value: of a purchase.
        attributes: what else is known of it.
    """

    kind: ClassVar[str] = "interaction"
    timed_by: ClassVar[str] = "happened_at"

    id: Id
    type: Line
    happened_at: Time
    customer_id: Id | None = None
    account_id: Id | None = None
    channel: Line | None = None
    value: Money | None = None
    attributes: Attributes = FrozenDict()
    revised_at: Time | None = None


class InvitationEvent(Fact):
    """One thing that happened to an invitation, and when."""

    kind: ClassVar[str] = "invitation event"

    type: Happening
    at: Time


class Invitation(Record):
    """A question put to a customer, with what became of it.

    Attributes:
        id: opaque, given from outside.
        invited_at: when it was sent or shown.
        customer_id, account_id: who was asked.
        interaction_id: what it was about.
        survey: the name of the survey.
        survey_kind: relationship, transactional, employee or competitive.
        channel: as in ``email``.
        events: sent, shown, opened, reminded, bounced, declined, expired, answered.
        attributes: what else is known of it.
    """

    kind: ClassVar[str] = "invitation"
    timed_by: ClassVar[str] = "invited_at"

    id: Id
    invited_at: Time
    customer_id: Id | None = None
    account_id: Id | None = None
    interaction_id: Id | None = None
    survey: Line | None = None
    survey_kind: SurveyKind = "relationship"
    channel: Line | None = None
    events: tuple[InvitationEvent, ...] = Field(default=(), max_length=1_000, strict=False)
    attributes: Attributes = FrozenDict()
    revised_at: Time | None = None


class Response(Record):
    """An answer. It has a rating and the scale it was asked on, and no category: that is an opinion.

    Attributes:
        id: opaque, given from outside, or a hash of the content.
        answered_at: when.
        rating: None where the question was seen and left blank.
        scale: as text; see `Scale.parse`.
        metric: what was asked; only ``"nps"`` is ever scored as NPS.
        survey_kind: relationship, transactional, employee or competitive,
            which are never pooled silently.
        survey: the name of the survey.
        customer_id, account_id: who answered; None where nobody knows.
        invitation_id, interaction_id: what it answers and what it is about.
        invited_at, interaction_at: when these were, as the source tells.
        role: of the customer in the account at the time.
        comment: in their words.
        channel, locale: how and in what language they answered.
        drivers: answers to the questions beside, by name.
        tags: labels.
        attributes: of the customer as they were when answering.
        completed: False for an answer broken off.
        test: True for a preview or a trial of the survey.
    """

    kind: ClassVar[str] = "response"
    timed_by: ClassVar[str] = "answered_at"

    id: Id
    answered_at: Time
    rating: Annotated[int, Field(ge=-(10**9), le=10**9)] | None = None
    scale: ScaleText = "0-10"
    metric: Metric = "nps"
    survey_kind: SurveyKind = "relationship"
    survey: Line | None = None
    customer_id: Id | None = None
    account_id: Id | None = None
    invitation_id: Id | None = None
    interaction_id: Id | None = None
    invited_at: Time | None = None
    interaction_at: Time | None = None
    role: Line | None = None
    comment: Text | None = None
    channel: Line | None = None
    locale: Line | None = None
    drivers: Attributes = FrozenDict()
    tags: tuple[Line, ...] = Field(default=(), max_length=1_000, strict=False)
    attributes: Attributes = FrozenDict()
    completed: bool = True
    test: bool = False
    revised_at: Time | None = None

    @property
    def response_id(self) -> str:
        """The id under the name by which scores and breakdowns ask for it."""
        return self.id
