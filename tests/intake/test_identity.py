"""Identity: rules in order, conflicts told, merges that can be taken back without a trace in any score."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npscore import Convention, Customer, IdentityLink, InputError, Response, score
from npscore.intake.identity import Identities, MatchRule, attribute, email, field, match, phone

NOW = datetime(2026, 11, 22, tzinfo=UTC)
BY_CRM = MatchRule("crm", {"crm id": attribute("crm")})
BY_EMAIL = MatchRule("e-mail", {"e-mail": email})
BY_NAME = MatchRule("name in account", {"name": field("name"), "account": field("account_id")})


def customer(given_id, **fields):
    return Customer(id=given_id, known_at=NOW, **fields)


def matched(*customers, rules=(BY_CRM, BY_EMAIL, BY_NAME)):
    found = match(customers, rules, actor="import", now=NOW)
    return [(link.customer_id, link.same_as, link.rule) for link in found.links], [
        (conflict.customer_id, conflict.other_id, conflict.part) for conflict in found.conflicts
    ]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (" Ann@Example.ORG ", "ann@example.org"),
        ("a@b@example.org", "a@b@example.org"),
        ("ann", None),
        ("ann@local", None),
        ("@example.org", None),
        ("an n@example.org", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_is_evened_out_or_is_none(written, read):
    assert email(customer("c", email=written)) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("01 23 45 67 89", "+33123456789"),
        ("+44 20 7946 0958", "+442079460958"),
        ("123", None),
        ("", None),
        (None, None),
    ],
)
def test_a_phone_number_is_read_in_its_country(written, read):
    assert phone("FR")(customer("c", phone=written)) == read


def test_rules_are_tried_in_order_and_all_parts_of_one_must_agree():
    people = (
        customer("1", email="a@x.org", name="Ann", account_id="A"),
        customer("2", email="A@x.org"),
        customer("3", name="ann ", account_id="A"),
        customer("4", name="Ann", account_id="B"),
        customer("5", name="Ann"),
        customer("6"),
    )
    assert matched(*people) == ([("1", "2", "e-mail"), ("1", "3", "name in account")], [])


def test_an_empty_field_matches_nobody():
    assert matched(customer("1", email=""), customer("2", email=""), customer("3"), customer("4")) == ([], [])


def test_what_a_stronger_rule_tells_apart_is_a_conflict_and_no_merge():
    people = (
        customer("1", email="a@x.org", attributes={"crm": "77"}),
        customer("2", email="a@x.org", attributes={"crm": "78"}),
        customer("3", email="a@x.org"),
    )
    assert matched(*people) == ([("1", "3", "e-mail")], [("1", "2", "crm id")])


def test_a_rule_without_parts_and_a_field_that_is_none_are_refused():
    with pytest.raises(InputError, match="at least one part"):
        match([], [MatchRule("nothing", {})], actor="x", now=NOW)
    with pytest.raises(InputError, match="no field 'colour'"):
        field("colour")


def link(name, stands, other, *, after=0, undoes=None):
    moment = NOW + timedelta(minutes=after)
    return IdentityLink(
        id=name, customer_id=stands, same_as=other, rule="r", decided_at=moment, actor="x", undoes=undoes, known_at=NOW
    )


def test_chains_of_links_lead_to_one_name():
    known = Identities([link("l1", "a", "b"), link("l2", "b", "c", after=1), link("l3", "z", "a", after=2)])
    assert [known.of(name) for name in "abcz"] == ["z", "z", "z", "z"]
    assert known.of("other") == "other"


def test_links_in_a_ring_end():
    known = Identities([link("l1", "a", "b"), link("l2", "b", "a", after=1)])
    assert (known.of("a"), known.of("b")) == ("a", "a")


names = st.sampled_from("abcdef")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(names, names), max_size=8),
    st.lists(st.tuples(names, st.integers(0, 10)), min_size=1, max_size=12),
    st.data(),
)
def test_a_merge_taken_back_leaves_every_score_as_it_was(pairs, answers, data):
    links = [link(f"l{number}", *pair, after=number) for number, pair in enumerate(pairs)]
    extra = link("extra", data.draw(names), data.draw(names), after=data.draw(st.integers(0, 10)))
    undo = link("undo", extra.customer_id, extra.same_as, after=99, undoes="extra")
    rows = [
        Response(id=f"r{number}", customer_id=name, rating=rating, answered_at=NOW, known_at=NOW)
        for number, (name, rating) in enumerate(answers)
    ]
    convention = Convention(unit="customer", repeats="latest")

    def scored(known):
        return score([Identities(known).name(row) for row in rows], convention=convention)

    assert scored([*links, extra, undo]) == scored(links)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["a@x.org", "b@x.org", ""]), st.sampled_from(["1", "2", ""])), max_size=8))
def test_matching_is_the_same_in_any_order_and_finds_nothing_new_the_second_time(people):
    customers = [customer(str(n), email=mail, attributes={"crm": crm}) for n, (mail, crm) in enumerate(people)]
    forwards, backwards = matched(*customers), matched(*reversed(customers))
    assert forwards == backwards
    for stands, other, _ in forwards[0]:
        assert stands < other
