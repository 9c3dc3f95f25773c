"""A made-up company's answers: the same on every machine, and no real person in them.

Lumen Desk sells help-desk software to firms in three regions. In the second
quarter of 2026 it raised prices in Europe, and its score there fell.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

COLUMNS = {
    "response_id": "the id of the answer, R00001 and on",
    "customer_id": "the person who was asked; some are asked in several quarters",
    "account_id": "the firm for which the person works",
    "region": "Americas, Asia-Pacific or Europe; empty for a few firms that never said",
    "plan": "what the firm pays for: Starter, Team or Enterprise",
    "channel": "how the question reached the person: email, in-app or sms",
    "answered_at": "when the answer came, ISO 8601 in UTC",
    "nps": "how likely to recommend, 0-10; empty when the question was left blank",
    "comment": "what the person wrote, often nothing",
}
"""Each column of the made-up answers and what it means."""

_REGIONS = ("Americas", "Americas", "Asia-Pacific", "Europe", "Europe")
_PLANS = ("Starter", "Team", "Team", "Enterprise")
_CHANNELS = ("email", "email", "in-app", "sms")
_RATINGS = {  # the same hundred places for every mood, filled differently
    "content": (0, 1, 2, 3, 4, *[5] * 4, *[6] * 6, *[7] * 13, *[8] * 22, *[9] * 24, *[10] * 26),
    "angry": (
        *[0] * 6, *[1] * 4, *[2] * 5, *[3] * 6, *[4] * 6, *[5] * 9, *[6] * 10,
        *[7] * 14, *[8] * 16, *[9] * 12, *[10] * 12,
    ),
}  # fmt: skip
_COMMENTS = {
    "detractors": ("The new price came without a word", "Search is slow", "Nobody answered my ticket for a week"),
    "passives": ("Does the job", "Fine, but the mobile app lags behind"),
    "promoters": ("Support is quick and kind", "Saves us an hour a day", "Set up in an afternoon"),
}
_START = datetime(2025, 10, 1, tzinfo=UTC)
_DAYS = 365


def answers(count: int = 1500) -> Iterator[dict[str, str]]:
    """The made-up answers in the order in which they came, as rows of text.

    Args:
        count: how many.

    Example:
        >>> first = next(answers())
        >>> first["response_id"], first["answered_at"][:10]
        ('R00001', '2025-10-01')
    """
    for number in range(count):
        yield _answer(number, _START + timedelta(days=_DAYS) * (number / count))


def readme() -> str:
    """What the file is, column by column, as Markdown."""
    lines = [f"| `{name}` | {meaning} |" for name, meaning in COLUMNS.items()]
    return "\n".join(
        (
            "# Answers of a made-up company",
            "",
            (__doc__ or "").strip(),
            "",
            "`answers.csv` has one row an answer, October 2025 to September 2026:",
            "",
            "| column | meaning |",
            "| --- | --- |",
            *lines,
            "",
        )
    )


def _answer(number: int, at: datetime) -> dict[str, str]:
    customer = _pick(600, "customer", number)
    account = _pick(90, "account of", customer)
    region = "" if account % 45 == 7 else _REGIONS[_pick(len(_REGIONS), "region", account)]
    rating = _rating(number, region, at)
    return {
        "response_id": f"R{number + 1:05d}",
        "customer_id": f"C{customer:04d}",
        "account_id": f"A{account:03d}",
        "region": region,
        "plan": _PLANS[_pick(len(_PLANS), "plan", account)],
        "channel": _CHANNELS[_pick(len(_CHANNELS), "channel", number)],
        "answered_at": at.replace(microsecond=0).isoformat().replace("+00:00", "Z"),
        "nps": "" if rating is None else str(rating),
        "comment": _comment(number, rating),
    }


def _rating(number: int, region: str, at: datetime) -> int | None:
    if _pick(25, "blank", number) == 0:
        return None
    upset = region == "Europe" and at >= datetime(2026, 4, 1, tzinfo=UTC) and _pick(10, "upset", number) < 7
    return _RATINGS["angry" if upset else "content"][_pick(100, "rating", number)]


def _comment(number: int, rating: int | None) -> str:
    if rating is None or _pick(4, "silent", number):
        return ""
    texts = _COMMENTS["promoters" if rating >= 9 else "passives" if rating >= 7 else "detractors"]
    return texts[_pick(len(texts), "comment", number)]


def _pick(choices: int, *about: object) -> int:
    """A number below `choices` that looks drawn by chance and is always the same."""
    digest = hashlib.sha256(repr(about).encode()).digest()
    return int.from_bytes(digest[:8], "big") % choices
