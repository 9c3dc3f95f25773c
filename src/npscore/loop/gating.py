"""Review gating: public reviews that only some of those who gave a rating are asked for, in words or in effect.

Typical answers that are alike but for their ratings are held against the rules: all of them are asked for a public
review, at the same places and as often, or none is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Literal

import attrs

from npscore.loop.findings import Finding, refused, unwise
from npscore.loop.naming import names_reviews, speaks_of_satisfaction
from npscore.loop.policies import ASKS, Deed, Policy, PolicyRule
from npscore.loop.typical import Test, Typical, tells_of_ratings
from npscore.scoring.scales import Category
from npscore.segments.leaves import Eq

Gating = Literal["no", "seldom", "elsewhere", "yes", "too many to tell"]
"""Whether ratings decide who is asked, where to, or whether ever again."""

NEVER = timedelta(days=3 * 365)
"""A cooldown from which on asking again is as good as never."""

Asks = frozenset[Deed]
"""What asks somebody for a public review."""

_NOBODY: Asks = frozenset()
_DETRACTOR = Eq("category", Category.DETRACTOR.value)
_GRAVER: tuple[Gating, ...] = ("yes", "elsewhere", "seldom", "no")


def public_asks(rule: PolicyRule) -> Asks:
    """The deeds that ask for a public review, or go to a place that is named like one."""
    return frozenset(deed for deed in rule.deeds if deed.do == "ask for review" or names_reviews(deed.to))


def gating_of(policy: Policy) -> Iterator[Finding]:
    """Public reviews that one policy asks only of some of those who gave a rating."""
    gating = gates_reviews(policy.rules)
    asking = [rule for rule in policy.rules if public_asks(rule)]
    if gating != "no":
        yield refused(asking[0].name, _REASONS[gating](asking))
        return
    for column in _telling(policy):
        if gates_reviews(policy.rules, [column]) == "yes":
            yield unwise(
                asking[0].name,
                f"asks for a public review or not as {column!r} has it, which is named like a rating or what comes of "
                "one; if it is, that is review gating, so ask without reading it.",
            )


def gates_reviews(rules: Sequence[PolicyRule], like_ratings: Collection[str] = ()) -> Gating:
    """Whether ratings decide who is asked for a public review, where to, or whether ever again.

    Of answers that are alike but for their ratings some are asked and others
    not ("yes"), or sent to another place ("elsewhere"), or as good as never
    asked again ("seldom"). A rating that was not given may make a difference.
    Ratings of before count as ratings, and so do counts of promoters, passives
    and detractors.

    Args:
        rules: of one policy, in order.
        like_ratings: other columns that count as ratings.
    """
    rated = _Reviewing.of(rules)
    if not any(tells_of_ratings(column) or column in like_ratings for column in rated.columns):
        return "no"
    low = [] if all(_outright(asks) for asks in rated.asks.values()) else [_DETRACTOR]
    typical = Typical.of([rule.when for rule in rated.rules], [*rated.consents, *low], like_ratings)
    if not typical.are_few:
        return "too many to tell"
    asked = rated.asked(typical)
    found: set[Gating] = set()
    for alike in typical.alike():
        found.add(_among(alike, asked, typical.bits.get(_DETRACTOR, 0), rated.seldom))
        if "yes" in found:
            break
    return next((one for one in _GRAVER if one in found), "no")


@attrs.frozen
class _Reviewing:
    """The rules of one policy up to the last that asks for reviews; what comes after makes no difference."""

    rules: Sequence[PolicyRule]
    asks: Mapping[int, Asks]

    @classmethod
    def of(cls, rules: Sequence[PolicyRule]) -> _Reviewing:
        asks = {place: found for place, rule in enumerate(rules) if (found := public_asks(rule))}
        return cls(rules[: max(asks, default=-1) + 1], asks)

    @property
    def consents(self) -> list[Eq]:
        return [leaf for asks in self.asks.values() for deed in asks if (leaf := _consent(deed)) is not None]

    @property
    def columns(self) -> list[str]:
        """What decides on who is asked."""
        return [column for rule in self.rules for column in rule.when.columns] + [leaf.column for leaf in self.consents]

    @property
    def seldom(self) -> Asks:
        """Asks that are as good as never made again, where others come at least twice as often."""
        pauses = {deed: deed.cooldown or timedelta(0) for asks in self.asks.values() for deed in asks}
        soonest = min(pauses.values(), default=timedelta(0))
        return frozenset(deed for deed, pause in pauses.items() if pause >= NEVER and pause >= 2 * soonest)

    def asked(self, typical: Typical) -> Callable[[int], Asks]:
        """For what somebody is asked, by the leaves that hold; the tests of the rules come first."""
        tests = typical.tests[: len(self.rules)]
        leaves = {deed: _consent(deed) for asks in self.asks.values() for deed in asks}
        needed = {deed: 0 if leaf is None else typical.bits[leaf] for deed, leaf in leaves.items()}

        def asked(holds: int) -> Asks:
            first = next((number for number, test in enumerate(tests) if test(holds)), -1)
            return frozenset(deed for deed in self.asks.get(first, _NOBODY) if holds & needed[deed] == needed[deed])

        return asked


def _consent(deed: Deed) -> Eq | None:
    return None if deed.consent is None else Eq(deed.consent, True)


def _among(alike: Iterable[int], asked: Callable[[int], Asks], detractor: int, seldom: Asks) -> Gating:
    """How answers that differ in ratings only are treated unlike."""
    found = {(asked(holds), bool(holds & detractor)) for holds in alike}
    asks = {made for made, _ in found}
    if len({bool(made) for made in asks}) > 1:
        return "no" if all(is_low and not _outright(made) for made, is_low in found if made) else "yes"
    if len({frozenset(deed.to for deed in made) for made in asks}) > 1:
        return "elsewhere"
    return "seldom" if len({bool(made & seldom) for made in asks}) > 1 else "no"


def _outright(asks: Asks) -> bool:
    """Whether somebody is asked, and not only something sent to a place of reviews."""
    return any(deed.do == "ask for review" for deed in asks)


def _why_some(asking: Sequence[PolicyRule]) -> str:
    (deed, *_) = sorted(public_asks(asking[0]), key=lambda deed: deed.do != "ask for review")
    if deed.do == "ask for review":
        what = "asks only some of those who gave a rating for a public review"
    else:
        what = (
            f"would {deed.do} of only some of those who gave a rating to {deed.to!r}, a place of public reviews by name"
        )
    return f"{what}; that is review gating, so ask without reading ratings."


def _why_elsewhere(asking: Sequence[PolicyRule]) -> str:
    places = dict.fromkeys(deed.to for rule in asking for deed in public_asks(rule))
    named = " and ".join("no place that is named" if to is None else repr(to) for to in places)
    return (
        f"and others ask for reviews at {named}, and the rating decides where; that is review gating, so send "
        "everybody to the same place."
    )


def _why_seldom(asking: Sequence[PolicyRule]) -> str:
    longest = max(deed.cooldown or timedelta(0) for rule in asking for deed in public_asks(rule))
    return (
        f"and others ask some ratings for a public review again after {longest.days} days at the earliest, which is as "
        "good as never, and others far sooner; that is review gating, so give all the same cooldown."
    )


def _why_unknown(_asking: Sequence[PolicyRule]) -> str:
    return (
        "asks for a public review, and too many columns stand beside the rating to see that everybody is asked; "
        "that is review gating, so ask without reading ratings."
    )


_REASONS: Mapping[str, Callable[[Sequence[PolicyRule]], str]] = {
    "yes": _why_some, "elsewhere": _why_elsewhere, "seldom": _why_seldom, "too many to tell": _why_unknown,
}  # fmt: skip


def _telling(policy: Policy) -> list[str]:
    """Columns named like ratings that decide on who is asked."""
    columns = dict.fromkeys(_Reviewing.of(policy.rules).columns)
    return [column for column in columns if speaks_of_satisfaction(column) and not tells_of_ratings(column)]


def gating_among(policies: Sequence[Policy]) -> Iterator[tuple[Policy, Finding]]:
    """Public reviews that a policy asks of everybody, and that cases of the others keep from some ratings."""
    for policy in policies:
        others = [other for other in policies if other is not policy and any(rule.case for rule in other.rules)]
        asking = [rule for rule in policy.rules if any(deed.do in ASKS for deed in public_asks(rule))]
        if not others or not asking or gates_reviews(policy.rules) != "no":
            continue
        name, forestalled = asking[0].name, _forestalled(policy, others)
        if forestalled == "yes":
            alone = [repr(other.name) for other in others if _forestalled(policy, [other]) == "yes"]
            yield policy, refused(name, _why_forestalled(" and ".join(alone)))
        elif forestalled == "too many to tell":
            yield (
                policy,
                unwise(
                    name,
                    "asks for a public review, and too many columns decide on the cases of other policies to see "
                    "whether these keep it from some ratings; read fewer columns before a case is opened.",
                ),
            )


def _why_forestalled(names: str) -> str:
    return (
        f"asks for a public review, and some ratings of the same answers get a case under {names}; whoever has a case "
        "is not asked, so that in effect it is review gating; ask after answers that open none, such as those of "
        "another survey."
    )


def _forestalled(policy: Policy, others: Sequence[Policy]) -> Gating:
    """Whether cases of others leave only some of those who gave a rating to be asked."""
    mine = _Reviewing.of(policy.rules)
    openings = [_opening(other.rules) for other in others]
    every = [mine.rules, *openings]
    if not any(tells_of_ratings(column) for rules in every for rule in rules for column in rule.when.columns):
        return "no"
    typical = Typical.of([rule.when for rules in every for rule in rules], mine.consents)
    if not typical.are_few:
        return "too many to tell"
    asked, rest = mine.asked(typical), iter(typical.tests[len(mine.rules) :])
    opens = [_opens(list(zip(rules, rest, strict=False))) for rules in openings]

    def treated(holds: int) -> Literal["asked", "kept", "left"]:
        if not any(deed.do in ASKS for deed in asked(holds)):
            return "left"
        return "kept" if any(opens_one(holds) for opens_one in opens) else "asked"

    found = (set(map(treated, alike)) for alike in typical.alike())
    return "yes" if any({"asked", "kept"} <= ways for ways in found) else "no"


def _opening(rules: Sequence[PolicyRule]) -> Sequence[PolicyRule]:
    """The rules up to the last that opens a case."""
    return rules[: max(place for place, rule in enumerate(rules) if rule.case is not None) + 1]


def _opens(tests: Sequence[tuple[PolicyRule, Test]]) -> Callable[[int], bool]:
    """Whether a case is opened, by the leaves that hold."""
    return lambda holds: next((rule.case is not None for rule, test in tests if test(holds)), False)
