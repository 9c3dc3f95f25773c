"""Identity: which customers are one person, by rules that are written down and links that can be taken back."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TypeVar

import attrs

from npscore.errors import InputError, MissingExtraError
from npscore.models import Customer, IdentityLink, Interaction, Invitation, Response
from npscore.scoring.given import each_a

Reader = Callable[[Customer], str | None]
Named = TypeVar("Named", Response, Interaction, Invitation)


def email(customer: Customer) -> str | None:
    """The e-mail address with its blanks and capitals evened out; None for what is none.

    Example:
        >>> from datetime import UTC, datetime
        >>> email(Customer(id="c", email=" Ann@Example.ORG", known_at=datetime(2026, 1, 1, tzinfo=UTC)))
        'ann@example.org'
    """
    local, _, domain = (customer.email or "").strip().casefold().rpartition("@")
    return f"{local}@{domain}" if local and "." in domain and " " not in local + domain else None


def phone(region: str | None = None) -> Reader:
    """What reads a customer's phone number in E.164 form, as in ``+33123456789``; None for what is none.

    Args:
        region: the country, as in ``"FR"``, of numbers without a country code.

    Raises:
        MissingExtraError: without the library phonenumbers.
    """
    try:
        import phonenumbers
    except ImportError:
        raise MissingExtraError("phonenumbers", "contact") from None

    def read(customer: Customer) -> str | None:
        try:
            number = phonenumbers.parse(customer.phone or "", region)
        except phonenumbers.NumberParseException:
            return None
        if not phonenumbers.is_valid_number(number):
            return None
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    return read


def attribute(name: str) -> Reader:
    """What reads an attribute, such as the id that another system gave; blanks are none."""

    def read(customer: Customer) -> str | None:
        value = customer.attributes.get(name)
        return str(value).strip() or None if value is not None else None

    return read


def field(name: str) -> Reader:
    """What reads a field of the record, such as ``"account_id"``, capitals evened out.

    Raises:
        InputError: when customers have no such field.
    """
    if name not in Customer.model_fields:
        raise InputError(f"customers have no field {name!r}; there are {', '.join(Customer.model_fields)}.")

    def read(customer: Customer) -> str | None:
        value = getattr(customer, name)
        return str(value).strip().casefold() or None if value is not None else None

    return read


@attrs.frozen
class MatchRule:
    """Two customers are one person when all of these agree.

    A rule says nothing of a customer for whom one of them is empty.

    Args:
        name: what people call it, as in ``"e-mail"``.
        parts: what must agree, by name.
    """

    name: str
    parts: Mapping[str, Reader]

    def key(self, customer: Customer) -> tuple[str, ...] | None:
        """What two customers must share, None where something is empty."""
        values = [read(customer) for read in self.parts.values()]
        return None if None in values else tuple(map(str, values))


@attrs.frozen
class Conflict:
    """Two customers whom a rule takes for one person and a stronger one for two.

    Attributes:
        customer_id, other_id: the two.
        rule: by which they agree.
        part: what stands before it in the rules and differs.
    """

    customer_id: str
    other_id: str
    rule: str
    part: str


@attrs.frozen
class Matches:
    """What rules found.

    Attributes:
        links: the merges, as records; nothing is merged until they are kept.
        conflicts: what rules disagree about, for people to decide.
    """

    links: tuple[IdentityLink, ...]
    conflicts: tuple[Conflict, ...]


def match(customers: Iterable[Customer], rules: Iterable[MatchRule], *, actor: str, now: datetime) -> Matches:
    """Find the customers who are one person.

    The rules are tried in order, the strongest first; customers who agree by
    one of them are linked to the smallest of their ids, unless what a stronger
    rule looks at is known of both and differs.

    Args:
        customers: the standing versions.
        rules: the strongest first.
        actor: who decides.
        now: when.

    Raises:
        InputError: when a rule has no parts.

    Example:
        >>> from datetime import UTC, datetime
        >>> now = datetime(2026, 11, 22, tzinfo=UTC)
        >>> people = [
        ...     Customer(id="1", email="ann@example.org", known_at=now),
        ...     Customer(id="2", email="Ann@example.org ", known_at=now),
        ... ]
        >>> found = match(people, [MatchRule("e-mail", {"e-mail": email})], actor="import", now=now)
        >>> [(link.customer_id, link.same_as, link.rule) for link in found.links]
        [('1', '2', 'e-mail')]
    """
    ordered, people = each_a("rules", rules, MatchRule), each_a("customers", customers, Customer)
    people.sort(key=lambda customer: customer.id)
    if not all(rule.parts for rule in ordered):
        raise InputError("a match rule names at least one part that must agree.")
    links: list[IdentityLink] = []
    conflicts: list[Conflict] = []
    known = Identities(links)
    for place, rule in enumerate(ordered):
        for first, other in _agreeing(people, rule):
            if known.of(first.id) == known.of(other.id):
                continue
            against = _against(first, other, ordered[:place])
            if against is None:
                links.append(_link(first, other, rule, actor, now))
                known.join(links[-1])
            else:
                conflicts.append(Conflict(first.id, other.id, rule.name, against))
    return Matches(tuple(links), tuple(conflicts))


def _agreeing(people: list[Customer], rule: MatchRule) -> Iterator[tuple[Customer, Customer]]:
    groups: dict[tuple[str, ...], list[Customer]] = defaultdict(list)
    for customer in people:
        key = rule.key(customer)
        if key is not None:
            groups[key].append(customer)
    return ((group[0], other) for group in groups.values() for other in group[1:])


def _against(first: Customer, other: Customer, stronger: list[MatchRule]) -> str | None:
    """What a stronger rule looks at, is known of both, and differs."""
    for rule in stronger:
        for name, read in rule.parts.items():
            mine, theirs = read(first), read(other)
            if mine is not None and theirs is not None and mine != theirs:
                return name
    return None


def _link(first: Customer, other: Customer, rule: MatchRule, actor: str, now: datetime) -> IdentityLink:
    digest = hashlib.sha256("\0".join(("link", first.id, other.id)).encode()).hexdigest()[:32]
    return IdentityLink(
        id=digest, customer_id=first.id, same_as=other.id, rule=rule.name, decided_at=now, actor=actor, known_at=now
    )


class Identities:
    """Under which id each customer stands, by the links that hold.

    Args:
        links: all of them, those that take another back too.

    Example:
        >>> Identities([]).of("c1")
        'c1'
    """

    def __init__(self, links: Iterable[IdentityLink]) -> None:
        given = sorted(links, key=lambda link: (link.decided_at, link.id))
        undone = {link.undoes for link in given if link.undoes is not None}
        self._above: dict[str, str] = {}
        for link in given:
            if link.undoes is None and link.id not in undone:
                self.join(link)

    def join(self, link: IdentityLink) -> None:
        """Add a link that takes none back."""
        stands, other = self.of(link.customer_id), self.of(link.same_as)
        if stands != other:
            self._above[other] = stands

    def of(self, customer_id: str) -> str:
        """The id under which a customer stands: their own where nothing links it."""
        while customer_id in self._above:
            customer_id = self._above[customer_id]
        return customer_id

    def linked(self) -> dict[str, list[str]]:
        """The other ids of each person who has some, by the id under which they stand."""
        found: dict[str, list[str]] = {}
        for other in self._above:
            found.setdefault(self.of(other), []).append(other)
        return found

    def name(self, record: Named) -> Named:
        """The record under the id of the person; itself where nobody is named or nothing changes."""
        if record.customer_id is None or self.of(record.customer_id) == record.customer_id:
            return record
        return record.model_copy(update={"customer_id": self.of(record.customer_id)})
