"""Hygiene: answers that may not be what they seem are flagged, and never deleted.

A flag is a finding and changes nothing. Whoever decides that a class of
findings does not count makes `Exclusion` records of it, with a name under the
decision, and can lift them again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal, get_args

import attrs

from npscore.errors import InputError, PoolingError, short
from npscore.models import Exclusion, Response
from npscore.scoring.conventions import DEFAULT, Convention
from npscore.scoring.given import each_a, values_of
from npscore.scoring.scales import Category, Scale, classify
from npscore.scoring.scores import Score, score

Reason = Literal[
    "link scanner",
    "several scores",
    "duplicate",
    "changed answer",
    "late answer",
    "test",
    "internal",
    "speeder",
    "straight-lining",
    "contradiction",
]
"""The classes of findings."""


@attrs.frozen(kw_only=True)
class Hygiene:
    """What is held to be odd; None switches a rule off.

    Args:
        scanner_within: an answer so soon after its invitation, without a
            comment, is a machine that follows links.
        scores_within: different scores under one invitation within so long
            are a machine that follows all the links of a message.
        duplicate_within: the same rating by the same customer in the same
            survey again within so long is a double submission.
        late_after: an answer so long after its invitation is late.
        honeypot: the attribute that only a machine fills in.
        duration: the attribute that holds how many seconds were spent.
        fastest: an answer given in fewer seconds is a speeder's.
        internal_domains: e-mail domains, in the attribute `email`, of our own people.
        straight_lines: so many driver answers, all the same, are a straight line.
        praise, blame: words that contradict a detractor's or a promoter's score
            when the comment consists of praise or blame alone.

    Raises:
        InputError: for a span of time that is negative.
    """

    scanner_within: timedelta | None = timedelta(seconds=10)
    scores_within: timedelta | None = timedelta(minutes=2)
    duplicate_within: timedelta | None = timedelta(hours=24)
    late_after: timedelta | None = timedelta(days=30)
    honeypot: str | None = "honeypot"
    duration: str | None = "duration_seconds"
    fastest: float = 2.0
    internal_domains: tuple[str, ...] = ()
    straight_lines: int = 5
    praise: tuple[str, ...] = ("excellent", "perfect", "love", "great", "fantastic")
    blame: tuple[str, ...] = ("terrible", "awful", "worst", "useless", "horrible")

    def __attrs_post_init__(self) -> None:
        for name in ("scanner_within", "scores_within", "duplicate_within", "late_after"):
            span = getattr(self, name)
            if span is not None and span < timedelta(0):
                raise InputError(f"{name}={span!r} is a negative span of time.")


@attrs.frozen
class Flag:
    """One finding about one response.

    Attributes:
        response_id: which.
        reason: the class of the finding.
        evidence: what was seen, in words.
    """

    response_id: str
    reason: Reason
    evidence: str


def flags(responses: Iterable[Response], hygiene: Hygiene | None = None) -> list[Flag]:
    """What is odd about responses, each finding once, in the order of the responses.

    Args:
        responses: the standing versions, in any order.
        hygiene: what is held to be odd.

    Example:
        >>> from datetime import UTC, datetime
        >>> noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
        >>> clicked = Response(
        ...     id="r1", rating=4, invited_at=noon, answered_at=noon.replace(second=3), known_at=noon
        ... )
        >>> for flag in flags([clicked]):
        ...     print(flag.response_id, flag.reason, flag.evidence, sep=": ")
        r1: link scanner: answered 3 s after the invitation, without a comment
    """
    rules = Hygiene() if hygiene is None else hygiene
    if not isinstance(rules, Hygiene):
        raise InputError(f"hygiene is a Hygiene or None, not {short(hygiene)}.")
    given = each_a("responses", responses, Response)
    found: dict[str, list[Flag]] = defaultdict(list)
    for flag in (*_apart(given, rules), *_together(given, rules)):
        if flag.reason not in (known.reason for known in found[flag.response_id]):
            found[flag.response_id].append(flag)
    return [flag for response in dict.fromkeys(answer.id for answer in given) for flag in found[response]]


def exclude(findings: Iterable[Flag], reasons: Sequence[Reason], *, actor: str, now: datetime) -> list[Exclusion]:
    """The decision that findings of some classes do not count, as records.

    Args:
        findings: what `flags` found.
        reasons: the classes that are decided upon.
        actor: who decides.
        now: when.

    Returns:
        One exclusion a finding; the same decision makes the same ids.

    Raises:
        InputError: for a class that does not exist, and a decision of nobody.
    """
    if not isinstance(actor, str) or not actor.strip():
        raise InputError("a decision has an actor, a person or a rule, under whose name it stands.")
    decided = values_of("reasons", reasons)
    for reason in decided:
        if not isinstance(reason, str) or reason not in get_args(Reason):
            raise InputError(f"{short(reason)} is no class of findings; there are {', '.join(get_args(Reason))}.")
    return [
        Exclusion(
            id=f"{flag.reason}:{flag.response_id}"[:200],
            response_id=flag.response_id,
            reason=flag.reason,
            decided_at=now,
            actor=actor,
            note=flag.evidence,
            known_at=now,
        )
        for flag in each_a("findings", findings, Flag)
        if flag.reason in decided
    ]


def counting(responses: Iterable[Response], exclusions: Iterable[Exclusion]) -> list[Response]:
    """The responses that count: completed, no trial, and not excluded, or excluded and taken back.

    Args:
        responses: the standing versions.
        exclusions: all the decisions.
    """
    gone = excluded(exclusions)
    return [answer for answer in responses if reason_against(answer, gone) is None]


def excluded(exclusions: Iterable[Exclusion]) -> frozenset[str]:
    """The ids of the responses that some decision excludes which none takes back."""
    decided = list(exclusions)
    lifted = {decision.lifts for decision in decided if decision.lifts is not None}
    return frozenset(one.response_id for one in decided if one.lifts is None and one.id not in lifted)


def reason_against(answer: Response, gone: Collection[str]) -> str | None:
    """Why a response does not count, None where it does.

    Args:
        answer: the response.
        gone: the ids of those that are excluded.
    """
    if answer.test:
        return "trial"
    if not answer.completed:
        return "broken off"
    return "excluded" if answer.id in gone else None


def without_each(
    responses: Iterable[Response], findings: Iterable[Flag], *, convention: Convention = DEFAULT
) -> dict[str, Score]:
    """The score with everything, without each class of findings, and without all of them.

    Args:
        responses: those that would count; see `counting`.
        findings: what `flags` found about them.
        convention: the declared choices.

    Returns:
        The scores by ``"everything"``, by each class that was found, and by
        ``"nothing flagged"``.

    Raises:
        EmptyTallyError: when a class leaves nobody who answered.
        PoolingError: when the responses are of unlike metrics or kinds.

    Example:
        >>> from datetime import UTC, datetime
        >>> noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
        >>> soon = noon.replace(second=2)
        >>> given = [
        ...     Response(id="r1", rating=9, answered_at=noon, known_at=noon),
        ...     Response(id="r2", rating=0, invited_at=noon, answered_at=soon, known_at=noon),
        ... ]
        >>> {name: made.value for name, made in without_each(given, flags(given)).items()}
        {'everything': 0.0, 'link scanner': 100.0, 'nothing flagged': 100.0}
    """
    given, found = each_a("responses", responses, Response), each_a("findings", findings, Flag)
    check_alike(given)
    reasons = dict.fromkeys(flag.reason for flag in found)
    left_out: dict[str, set[str]] = {
        "everything": set(),
        **{reason: {flag.response_id for flag in found if flag.reason == reason} for reason in reasons},
        "nothing flagged": {flag.response_id for flag in found},
    }
    return {
        name: score([answer for answer in given if answer.id not in gone], convention=convention)
        for name, gone in left_out.items()
    }


def check_alike(responses: Iterable[Response]) -> None:
    """Refuse answers to unlike questions.

    Raises:
        PoolingError: for metrics other than NPS, or kinds of surveys that are mixed.
    """
    asked = {(answer.metric, answer.survey_kind) for answer in responses}
    other = sorted({metric for metric, _ in asked} - {"nps"})
    if other:
        raise PoolingError(f"there are {', '.join(other)} answers among them, which are no Net Promoter answers.")
    if len(asked) > 1:
        kinds = " and ".join(sorted(kind for _, kind in asked))
        raise PoolingError(f"{kinds} answers were given to unlike questions; score them apart.")


def _apart(responses: list[Response], rules: Hygiene) -> Iterator[Flag]:
    """What a response says of itself."""
    for response in responses:
        for reason, rule in _RULES.items():
            evidence = rule(response, rules)
            if evidence:
                yield Flag(response.id, reason, evidence)


def _scanner(response: Response, rules: Hygiene) -> str:
    if rules.honeypot and response.attributes.get(rules.honeypot):
        return f"the hidden field {rules.honeypot!r} was filled in"
    waited = _waited(response)
    if rules.scanner_within is None or waited is None or response.comment:
        return ""
    soon = timedelta(0) <= waited <= rules.scanner_within
    return f"answered {waited.total_seconds():.0f} s after the invitation, without a comment" if soon else ""


def _waited(response: Response) -> timedelta | None:
    return None if response.invited_at is None else response.answered_at - response.invited_at


def _late(response: Response, rules: Hygiene) -> str:
    waited = _waited(response)
    if rules.late_after is None or waited is None or waited <= rules.late_after:
        return ""
    return f"answered {waited.days} days after the invitation"


def _test(response: Response, _rules: Hygiene) -> str:
    return "marked as a preview or trial by its source" if response.test else ""


def _internal(response: Response, rules: Hygiene) -> str:
    domain = str(response.attributes.get("email") or "").rpartition("@")[2].casefold()
    own = {domain.casefold() for domain in rules.internal_domains}
    return f"answered from {domain}" if domain in own else ""


def _speeder(response: Response, rules: Hygiene) -> str:
    seconds = response.attributes.get(rules.duration) if rules.duration else None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds >= rules.fastest:
        return ""
    return f"answered in {seconds:g} s"


def _straight(response: Response, rules: Hygiene) -> str:
    given = [answer for answer in response.drivers.values() if answer is not None]
    if len(given) < rules.straight_lines or len(set(given)) > 1:
        return ""
    return f"{len(given)} questions were all answered {given[0]!r}"


def _contradiction(response: Response, rules: Hygiene) -> str:
    category = _category(response)
    if category is None or not response.comment:
        return ""
    words = {word.strip(".,!?;:").casefold() for word in response.comment.split()}
    praised, blamed = words & set(rules.praise), words & set(rules.blame)
    if category is Category.DETRACTOR and praised and not blamed:
        return f"a {response.rating} with the words {', '.join(sorted(praised))}"
    if category is Category.PROMOTER and blamed and not praised:
        return f"a {response.rating} with the words {', '.join(sorted(blamed))}"
    return ""


def _category(response: Response) -> Category | None:
    """The category of a Net Promoter answer, None where there is none or nobody says where the cut-offs are."""
    if response.metric != "nps" or response.rating is None:
        return None
    try:
        return classify(response.rating, Scale.parse(response.scale))
    except InputError:
        return None


_RULES: dict[Reason, Callable[[Response, Hygiene], str]] = {
    "link scanner": _scanner,
    "late answer": _late,
    "test": _test,
    "internal": _internal,
    "speeder": _speeder,
    "straight-lining": _straight,
    "contradiction": _contradiction,
}


def _together(responses: list[Response], rules: Hygiene) -> Iterator[Flag]:
    """What responses say of each other."""
    yield from _near(responses, _invited, rules.scores_within, _several_scores)
    yield from _near(responses, _asked, rules.duplicate_within, _repeated)


def _invited(response: Response) -> tuple[str, ...] | None:
    return None if response.invitation_id is None else (response.invitation_id,)


def _asked(response: Response) -> tuple[str | None, ...] | None:
    return None if response.customer_id is None else (response.customer_id, response.survey, response.metric)


def _near(
    responses: list[Response],
    key: Callable[[Response], tuple[str | None, ...] | None],
    within: timedelta | None,
    judge: Callable[[Response, Response], Iterable[Flag]],
) -> Iterator[Flag]:
    """Judge each response beside the one before it under the same key, where they are near in time."""
    if within is None:
        return
    groups: dict[tuple[str | None, ...], list[Response]] = defaultdict(list)
    for response in sorted(responses, key=lambda answer: (answer.answered_at, answer.id)):
        name = key(response)
        if name is not None and response.rating is not None:
            groups[name].append(response)
    for group in groups.values():
        for earlier, later in pairwise(group):
            if later.answered_at - earlier.answered_at <= within:
                yield from judge(earlier, later)


def _several_scores(earlier: Response, later: Response) -> Iterator[Flag]:
    if earlier.rating != later.rating:
        for response in (earlier, later):
            yield Flag(response.id, "several scores", f"{earlier.rating} and {later.rating} under one invitation")


def _repeated(earlier: Response, later: Response) -> Iterator[Flag]:
    if earlier.rating == later.rating:
        yield Flag(later.id, "duplicate", f"the same answer as {earlier.id!r} shortly before")
    else:
        yield Flag(earlier.id, "changed answer", f"changed from {earlier.rating} to {later.rating} by {later.id!r}")
