"""The states of a case and the steps that lead from one to another: the one table, of which the diagram is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

from npscore.errors import TransitionError
from npscore.models.actions import Step

State = Literal["open", "contacted", "snoozed", "resolved", "closed"]
"""What a case can be in."""

STATES: tuple[State, ...] = get_args(State)

TRANSITIONS: Mapping[State | None, Mapping[Step, State]] = MappingProxyType(
    {
        None: {"opened": "open"},
        "open": {
            "assigned": "open",
            "attempted": "open",
            "escalated": "open",
            "contacted": "contacted",
            "snoozed": "snoozed",
            "resolved": "resolved",
        },
        "contacted": {
            "assigned": "contacted",
            "attempted": "contacted",
            "escalated": "contacted",
            "contacted": "contacted",
            "snoozed": "snoozed",
            "resolved": "resolved",
        },
        "snoozed": {
            "assigned": "snoozed",
            "attempted": "snoozed",
            "escalated": "snoozed",
            "contacted": "contacted",
            "snoozed": "snoozed",
            "resolved": "resolved",
        },
        "resolved": {"assigned": "resolved", "reopened": "open", "closed": "closed"},
        "closed": {"reopened": "open", "re-surveyed": "closed"},
    }
)
"""The state after a step, by the state before it; None is before the first."""

OF_THE_LOOP: tuple[Step, ...] = ("decided", "receipted", "opened")
"""Steps that a case which is there never takes by hand."""

ALWAYS: tuple[Step, ...] = ("receipted",)
"""Steps that a case in any state may get, and that leave it there."""

NEEDS: Mapping[str, str] = MappingProxyType({"resolved": "root_cause", "assigned": "owner"})
"""The detail without which a step is none."""


def after(state: State | None, step: Step, case: str) -> State:
    """The state after a step.

    Raises:
        TransitionError: for a step that a case in that state cannot take,
            with those that it can.
    """
    if state is not None and step in ALWAYS:
        return state
    if step not in TRANSITIONS[state]:
        raise TransitionError(case, state, step, tuple(TRANSITIONS[state]))
    return TRANSITIONS[state][step]


def diagram() -> str:
    """The table as a Mermaid state diagram.

    Example:
        >>> print(diagram().splitlines()[1])
            [*] --> open: opened
    """
    lines = ["stateDiagram-v2"]
    for before, steps in TRANSITIONS.items():
        ends = dict.fromkeys(steps.values())
        for end in ends:
            names = ", ".join(step for step, state in steps.items() if state == end)
            lines.append(f"    {before or '[*]'} --> {end}: {names}")
    return "\n".join(lines) + "\n"
