"""Policies for tests of the linter, and what it finds."""

from __future__ import annotations

from itertools import count
from typing import Any

from npscore import BusinessHours, Deed, Escalation, OpenCase, Owners, Policy, PolicyRule, Rule
from npscore.loop.linting import Finding, lint

OFFICE = BusinessHours.parse("mon-fri 09:00-17:00")
CONSENT = "customer.may_be_contacted"
REVIEW = Deed(do="ask for review", consent=CONSENT)
THANK = Deed(do="thank")
CASE = OpenCase(contact_within="24 hours", resolve_within="5 days")
DETRACTOR, PASSIVE, PROMOTER = (f'category = "{name}"' for name in ("detractor", "passive", "promoter"))
ALL = Rule.from_json({"op": "and", "rules": []})


def rules(*pairs: Any) -> list[PolicyRule]:
    return [PolicyRule(f"rule {place}", when, then) for place, (when, then) in zip(count(1), pairs)]


def policy(*pairs: Any, **more: Any) -> Policy:
    """A policy without a fault of its own."""
    late = [Escalation(name="late", after="48 hours", to="ann")] if any(rule.case for rule in rules(*pairs)) else []
    parts = {"name": "care", "owners": Owners(fallback="ann"), "escalations": late}
    return Policy(rules=rules(*pairs), **{**parts, **more})


def found(severity: str, *made: Policy, **options: Any) -> list[Finding]:
    return [one for one in lint(made if len(made) > 1 else made[0], **options) if one.severity == severity]


def refused(*made: Policy, **options: Any) -> list[tuple[str | None, str]]:
    return [(one.rule, one.message) for one in found("refused", *made, **options)]


def unwise(*made: Policy, **options: Any) -> list[str]:
    return [one.message for one in found("unwise", *made, **options)]
