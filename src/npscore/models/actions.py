"""What was done about it: follow-ups, exclusions and links between identities. They are added and never changed."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from npscore.models.fields import Attributes, FrozenDict, Id, Line, Text, Time
from npscore.models.records import Record

Step = Literal[
    "decided", "receipted", "opened", "assigned", "contacted", "attempted", "snoozed", "resolved", "reopened",
    "escalated", "closed", "re-surveyed",
]  # fmt: skip


class FollowUp(Record):
    """One logged step of a case or a decision.

    Attributes:
        log: the case or decision it belongs to.
        sequence: its place in the log, from 0; log and sequence are the key.
        step: what was done.
        done_at: when.
        actor: who did it, a person or a policy.
        customer_id, response_id: whom and what it is about.
        policy: under which it was done.
        note: in words.
        details: what else the step says, as in ``{"root_cause": "billing"}``.
    """

    kind: ClassVar[str] = "follow_up"
    keyed_by: ClassVar[tuple[str, ...]] = ("log", "sequence")
    timed_by: ClassVar[str] = "done_at"
    versioned: ClassVar[bool] = False

    log: Id
    sequence: Annotated[int, Field(ge=0, lt=2**31)]
    step: Step
    done_at: Time
    actor: Line | None = None
    customer_id: Id | None = None
    response_id: Id | None = None
    policy: Line | None = None
    note: Text | None = None
    details: Attributes = FrozenDict()


class Exclusion(Record):
    """A decision that a response does not count, or that it does after all.

    Attributes:
        id: opaque.
        response_id: which response.
        reason: the class of reason, as in ``link scanner``.
        decided_at: when.
        actor: who decided.
        lifts: the id of the exclusion that this one takes back.
        note: in words.
    """

    kind: ClassVar[str] = "exclusion"
    timed_by: ClassVar[str] = "decided_at"
    versioned: ClassVar[bool] = False

    id: Id
    response_id: Id
    reason: Line
    decided_at: Time
    actor: Line
    lifts: Id | None = None
    note: Text | None = None


class IdentityLink(Record):
    """A decision that two customers are one person, or that they are not after all.

    Attributes:
        id: opaque.
        customer_id: under which id the person stands.
        same_as: the id that is another name of theirs.
        rule: by which rule they were matched.
        decided_at: when.
        actor: who decided.
        undoes: the id of the link that this one takes back.
    """

    kind: ClassVar[str] = "identity_link"
    timed_by: ClassVar[str] = "decided_at"
    versioned: ClassVar[bool] = False

    id: Id
    customer_id: Id
    same_as: Id
    rule: Line
    decided_at: Time
    actor: Line
    undoes: Id | None = None
