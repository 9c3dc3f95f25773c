"""What names give away: places of public reviews, and columns that tell of satisfaction.

A name proves nothing, and another name hides everything. These lists are short, and meant to be right where they speak.
"""

from __future__ import annotations

import re
from itertools import pairwise

from npscore.segments.fields import LOWER

_WORD = re.compile(r"[a-z]+[0-9]*|[0-9]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_SITES = frozenset({
    "appstore", "bazaarvoice", "capterra", "ekomi", "feefo", "g2", "g2crowd", "getapp", "glassdoor", "kununu",
    "playstore", "provenexpert", "softwareadvice", "tripadvisor", "trustedshops", "trustpilot", "trustradius", "yelp",
})  # fmt: skip
"""Sites of public reviews, without blanks and hyphens."""

_OFFICE = frozenset({
    "ads", "analytics", "calendar", "chat", "doc", "docs", "drive", "form", "forms", "group", "groups", "mail", "meet",
    "sheet", "sheets", "slides", "space", "workspace",
})  # fmt: skip
"""Other things of Google's."""

_INSIDE = frozenset({
    "account", "board", "business", "case", "code", "committee", "department", "group", "internal", "lead", "legal",
    "manager", "meeting", "monthly", "panel", "peer", "quality", "quarterly", "queue", "security", "staff", "team",
    "weekly",
})  # fmt: skip
"""With these a review is one that a company holds inside."""

_MOODS = frozenset({
    "csat", "detractor", "detractors", "dissatisfied", "happiness", "happy", "health", "mood", "nps", "promoter",
    "promoters", "rating", "ratings", "satisfaction", "satisfied", "score", "sentiment", "stars", "unhappy",
    "unsatisfied",
})  # fmt: skip
"""What speaks of satisfaction."""

_OTHER_SCORES = frozenset({"credit", "fraud", "lead", "risk", "spam"})
"""With these a score or a rating is of something else."""


def names_reviews(place: str | None) -> bool:
    """Whether a person, team or system is named like a place of public reviews.

    Example:
        >>> [names_reviews(name) for name in ("Trustpilot", "Google reviews", "google chat", "quality review board")]
        [True, True, False, False]
    """
    words = _words(place or "")
    pairs = {first + second for first, second in pairwise(words)}
    if (pairs | set(words)) & _SITES or ("google" in words and not set(words) & _OFFICE):
        return True
    return bool({"review", "reviews"} & set(words)) and not set(words) & _INSIDE


def speaks_of_satisfaction(column: str) -> bool:
    """Whether a column is named as if it told how satisfied somebody is, or tells what came of earlier ratings.

    Example:
        >>> columns = "customer.is_happy", "account.csatScore", "case.count", "account.credit_score", "rfm.score"
        >>> [speaks_of_satisfaction(column) for column in columns]
        [True, True, True, False, False]
    """
    kind, dot, rest = column.partition(".")
    words = set(_words(rest if dot else kind))
    follows = kind in ("case", "health")
    return kind != "rfm" and (follows or bool(words & _MOODS)) and not words & _OTHER_SCORES


def _words(name: str) -> list[str]:
    """The words of a name, digits with the letters before them."""
    split = _HUMP.sub(" ", name.removesuffix(LOWER))
    return _WORD.findall(split.lower())
