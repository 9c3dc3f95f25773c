"""Findings: what is wrong with a policy, or would be wiser otherwise."""

from __future__ import annotations

from typing import Literal

import attrs

Severity = Literal["refused", "unwise"]
"""Whether a policy is put to work all the same."""


@attrs.frozen
class Finding:
    """What is wrong with a policy.

    Attributes:
        rule: the name of the rule, None where it is in none.
        severity: ``"refused"``, or ``"unwise"`` for advice.
        message: one sentence that says what is wrong and what would help.
        policy: the name of the policy, None where no other was looked at.
    """

    rule: str | None
    severity: Severity
    message: str
    policy: str | None = None

    def __str__(self) -> str:
        where = "" if self.policy is None else f"policy {self.policy!r}: "
        return f"{self.severity}: {where}{self.message}"


def refused(rule: str | None, message: str) -> Finding:
    """What keeps a policy from being put to work, said of a rule or of the whole."""
    return Finding(rule, "refused", _said(rule, message))


def unwise(rule: str | None, message: str) -> Finding:
    """Advice, said of a rule or of the whole."""
    return Finding(rule, "unwise", _said(rule, message))


def _said(rule: str | None, message: str) -> str:
    return message if rule is None else f"rule {rule!r} {message}"
