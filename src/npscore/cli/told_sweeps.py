"""What sweeps and sendings came to, in words and as values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from npscore.cli.wording import by_name, number

if TYPE_CHECKING:
    from npscore.service import Swept


def sent(*sendings: Any) -> dict[str, Any]:
    """What became of actions; what is owed still is what the last said."""
    faults = [sending.fault for sending in sendings if sending.fault is not None]
    return {
        "sent": sum(sending.sent for sending in sendings),
        "rejected": sum(sending.rejected for sending in sendings),
        "withheld": sum(sending.withheld for sending in sendings),
        "owed": sendings[-1].waiting,
        "fault": faults[0] if faults else None,
    }


def counted(counts: Mapping[str, int]) -> str:
    """The end of a sentence that says how many of what there are."""
    said = by_name(counts)
    return f": {said}." if said else "."


def notes(swept: Swept) -> list[str]:
    """What a sweep could do nothing about."""
    broken = [f"{name}: {fault}" for name, fault in swept.broken.items()]
    orphans = f"{number(swept.orphans, 'case')} not closed, of policies that were not named with --policy."
    return [*broken, orphans] if swept.orphans else broken


def lines(steps: Mapping[str, int], actions: Mapping[str, Any]) -> list[str]:
    """What a sweep did, and what became of actions."""
    told = [f"The sweep took {number(sum(steps.values()), 'step')}{counted(steps)}"] if steps else []
    rest = "".join(f", {actions[what]:,} {what}" for what in ("rejected", "withheld") if actions[what])
    told.append(f"Actions: {actions['sent']:,} sent{rest}, {actions['owed']:,} owed.")
    if actions["fault"]:
        told.append(f"The sink took no more: {actions['fault']}")
    return told
