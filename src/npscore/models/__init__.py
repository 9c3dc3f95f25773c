"""What happened: facts from outside, as frozen records.

A record carries no opinion. It has a natural key, the time of its event, and
`known_at`, the time at which whoever keeps it learned of it. Times are in UTC,
money is exact, ids are given from outside.
"""

from npscore.models.actions import Exclusion, FollowUp, IdentityLink, Step
from npscore.models.events import Interaction, Invitation, InvitationEvent, Metric, Response, SurveyKind
from npscore.models.people import Account, Customer, Money
from npscore.models.records import Record

KINDS: dict[str, type[Record]] = {
    kind.kind: kind
    for kind in (Customer, Account, Interaction, Invitation, Response, FollowUp, Exclusion, IdentityLink)
}
"""The records there are, by the name of their kind."""

__all__ = [
    "KINDS",
    "Account",
    "Customer",
    "Exclusion",
    "FollowUp",
    "IdentityLink",
    "Interaction",
    "Invitation",
    "InvitationEvent",
    "Metric",
    "Money",
    "Record",
    "Response",
    "Step",
    "SurveyKind",
]
