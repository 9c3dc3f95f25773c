"""Rows: who somebody was when they answered, what came before, and every row with the same columns."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npscore import (
    Account,
    Convention,
    Customer,
    FollowUp,
    InputError,
    Interaction,
    Invitation,
    InvitationEvent,
    Money,
    PoolingError,
    Response,
    Scale,
    Segmentation,
    answer_rows,
    customer_rows,
)
from records import answer, day

WINDOW = "history.responses.3d"
TOUCHES = ("history.interactions.3d", "history.invitations.3d")
hours = st.integers(0, 8).map(lambda number: number / 2)
people = st.sampled_from(["ann", "bob", None])


def only(rows):
    (row,) = rows
    return row


@st.composite
def courses(draw):
    """Answers, interactions and invitations of few people at few times."""
    made = [
        answer(
            f"r{draw(st.integers(0, 99))}-{number}",
            at=draw(hours),
            rating=draw(st.sampled_from([0, 7, 10, None])),
            customer_id=draw(people),
            metric=draw(st.sampled_from(["nps", "nps", "nps", "csat"])),
            completed=draw(st.sampled_from([True, True, False])),
            test=draw(st.sampled_from([False, False, True])),
        )
        for number in range(draw(st.integers(1, 7)))
    ]
    for number in range(draw(st.integers(0, 4))):
        common = {"customer_id": draw(people), "known_at": day(0)}
        made.append(Interaction(id=f"i{number}", type="call", happened_at=day(draw(hours)), **common))
        made.append(Invitation(id=f"v{number}", invited_at=day(draw(hours)), **common))
    return draw(st.permutations(made))


def history(records, customer, answered, moment):
    """What is known of a customer until a moment, before one of their answers, by looking at everything."""
    mine = [one for one in records if customer is not None and one.customer_id == customer]
    counted = [
        one
        for one in mine
        if isinstance(one, Response)
        and one.metric == "nps"
        and one.completed
        and not one.test
        and one.rating is not None
    ]
    until = [one for one in counted if one.answered_at <= moment]
    before = [
        one for one in until if answered is None or (one.answered_at, one.id) < (answered.answered_at, answered.id)
    ]
    last = max(before, key=lambda one: (one.answered_at, one.id), default=None)
    calls = [one.happened_at for one in mine if isinstance(one, Interaction) and one.happened_at <= moment]
    asked = [one.invited_at for one in mine if isinstance(one, Invitation) and one.invited_at <= moment]
    since = moment - timedelta(days=3)
    return {
        "history.responses": len(before),
        "history.rating": last and last.rating,
        "history.category": last and {0: "detractor", 7: "passive", 10: "promoter"}[last.rating],
        "history.answered_at": last and last.answered_at,
        "history.interactions": len(calls),
        "history.interaction_at": max(calls, default=None),
        "history.invitations": len(asked),
        "history.invited_at": max(asked, default=None),
        WINDOW: sum(one.answered_at > since for one in until),
        TOUCHES[0]: sum(one > since for one in calls),
        TOUCHES[1]: sum(one > since for one in asked),
    }


@given(courses())
def test_history_is_what_a_look_at_everything_finds(records):
    found = {row["response.id"]: row for row in answer_rows(records, asked=[WINDOW, *TOUCHES])}
    answers = [one for one in records if isinstance(one, Response)]
    assert found.keys() == {one.id for one in answers}
    for one in answers:
        expected = history(records, one.customer_id, one, one.answered_at)
        assert {name: found[one.id][name] for name in expected} == expected


@given(courses(), hours)
def test_a_customer_has_the_latest_answer_and_the_history_before_it(records, hour):
    now = day(hour)
    for row in customer_rows(records, now=now, asked=[WINDOW, *TOUCHES]):
        name = row["customer_id"]
        everything = history(records, name, None, now)
        last = next((one for one in records if isinstance(one, Response) and one.id == row["response.id"]), None)
        assert (last is None) is (everything["history.responses"] == 0)
        if last is not None:
            assert (last.rating, last.answered_at) == (everything["history.rating"], everything["history.answered_at"])
        expected = history(records, name, last, now)
        assert {column: row[column] for column in expected} == expected


@given(courses())
def test_all_rows_have_the_same_columns_in_the_same_order(records):
    rows = [*answer_rows(records, asked=[WINDOW]), *customer_rows(records, now=day(9), asked=[WINDOW])]
    assert len({tuple(row) for row in rows}) <= 1


@given(courses(), st.randoms())
def test_the_order_of_records_means_nothing(records, random):
    rows = {row["response.id"]: row for row in answer_rows(records)}
    shuffled = random.sample(records, len(records))
    assert {row["response.id"]: row for row in answer_rows(shuffled)} == rows


def ann(region, *, known, revised=None, **fields):
    revised_at = None if revised is None else day(revised)
    return Customer(id="ann", attributes={"region": region}, known_at=day(known), revised_at=revised_at, **fields)


@pytest.mark.parametrize(
    ("versions", "at", "region", "late"),
    [
        ([("old", 0, None), ("new", 5, None)], 4, "old", False),
        ([("old", 0, None), ("new", 5, None)], 5, "new", False),
        ([("old", 1, None), ("new", 5, None)], 0, "old", True),
        ([("old", 9, 0), ("new", 9, 5)], 4, "old", False),  # learned late, and the source says since when
        ([("old", 9, 0), ("new", 9, 5)], 6, "new", False),
        ([("new", 1, 5), ("old", 2, 0)], 6, "new", False),
        ([("typo", 1, 0), ("mended", 2, 0)], 1, "mended", False),  # of one revision the one known last
        ([("old", 0, None), ("new", 9, 3)], 4, "new", False),
    ],
)
def test_a_customer_is_who_they_were_when_answering(versions, at, region, late):
    records = [ann(name, known=known, revised=revised) for name, known, revised in versions]
    for given_in in (records, records[::-1]):
        row = only(answer_rows([*given_in, answer(at=at, customer_id="ann")]))
        assert (row["customer.region"], row["customer.learned_later"]) == (region, late)


def test_now_takes_customers_as_they_stand():
    records = [ann("old", known=0), ann("new", known=5), answer(at=1, customer_id="ann")]
    assert only(answer_rows(records))["customer.region"] == "old"
    row = only(answer_rows(records, as_of="now"))
    assert (row["customer.region"], row["customer.learned_later"]) == ("new", False)


@pytest.mark.parametrize(("now", "region", "late"), [(4, "old", False), (5, "new", False), (-1, "old", True)])
def test_the_row_of_a_customer_sees_nothing_after_now(now, region, late):
    records = [ann("old", known=0), ann("new", known=5), answer(at=8, customer_id="ann", rating=9)]
    row = only(customer_rows(records, now=day(now)))
    assert (row["customer.region"], row["customer.learned_later"]) == (region, late)
    assert row["response.id"] is None


def test_the_account_is_that_of_the_answer_or_else_of_the_customer_as_of_then():
    accounts = [Account(id=name, owner=f"owner of {name}", known_at=day(0)) for name in ("one", "two", "three")]
    people = [ann("x", known=0, account_id="one"), ann("x", known=5, account_id="two")]
    answers = [answer("a", at=1, customer_id="ann"), answer("b", at=6, customer_id="ann")]
    answers += [answer("c", at=1, customer_id="ann", account_id="three"), answer("d", account_id="one"), answer("e")]
    rows = {row["response_id"]: row for row in answer_rows([*accounts, *people, *answers])}
    assert {name: row["account.owner"] for name, row in rows.items()} == {
        "a": "owner of one", "b": "owner of two", "c": "owner of three", "d": "owner of one", "e": None
    }  # fmt: skip
    assert rows["a"]["account_id"] == rows["a"]["account.id"] == "one"
    assert rows["a"]["response.account_id"] is None  # the answer itself names none
    assert rows["e"]["account.learned_later"] is None
    assert rows["a"]["account.learned_later"] is False


def test_an_account_that_nobody_knows_keeps_its_id():
    row = only(answer_rows([answer(account_id="lost", customer_id="nobody")]))
    assert (row["account_id"], row["account.id"], row["customer_id"], row["customer.id"]) == (
        "lost",
        None,
        "nobody",
        None,
    )


def test_of_an_answer_the_version_counts_that_stands():
    rows = [answer("r", rating=3, known=0), answer("r", rating=9, known=1), answer("r", rating=5, known=0.5)]
    assert only(answer_rows(rows))["rating"] == 9


def test_attributes_that_have_the_name_of_a_column_stand_aside():
    attributes = {"name": "A", "learned_later": "B", "region": "C", "attributes": "D"}
    person = Customer(id="ann", name="Ann", attributes=attributes, known_at=day(0))
    firm = Account(id="f", attributes={"revenue_currency": "E", "revenue": "F", "learned_later": "G"}, known_at=day(0))
    asked = Invitation(id="v", invited_at=day(0), attributes={"last_event": "H"}, known_at=day(0))
    call = Interaction(id="i", type="x", happened_at=day(0), attributes={"value_currency": "I"}, known_at=day(0))
    said = answer(
        customer_id="ann", account_id="f", invitation_id="v", interaction_id="i", tags=("one", "two"),
        attributes={"tags": "J", "seats": 5}, drivers={"price": 3},
    )  # fmt: skip
    row = only(answer_rows([person, firm, asked, call, said]))
    expected = {
        "customer.name": "Ann", "customer.attributes.name": "A", "customer.learned_later": False,
        "customer.attributes.learned_later": "B", "customer.region": "C", "customer.attributes.attributes": "D",
        "account.revenue": None, "account.revenue_currency": None, "account.attributes.revenue_currency": "E",
        "account.attributes.revenue": "F", "account.attributes.learned_later": "G", "invitation.last_event": None,
        "invitation.attributes.last_event": "H", "interaction.value_currency": None,
        "interaction.attributes.value_currency": "I", "response.tags": "one, two", "response.attributes.tags": "J",
        "response.seats": 5, "response.drivers.price": 3,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_money_is_an_amount_and_its_currency():
    firm = Account(id="f", revenue=Money(amount="12.50", currency="EUR"), known_at=day(0))
    row = only(answer_rows([firm, answer(account_id="f")]))
    assert (row["account.revenue"], row["account.revenue_currency"]) == (Decimal("12.5"), "EUR")


def test_the_invitation_and_the_interaction_of_an_answer_stand_beside_it():
    events = (InvitationEvent(type="sent", at=day(1)), InvitationEvent(type="opened", at=day(2)))
    asked = Invitation(id="v", invited_at=day(1), interaction_id="i", survey="S", events=events, known_at=day(0))
    call = Interaction(id="i", type="support case", happened_at=day(0.5), known_at=day(0))
    row = only(answer_rows([asked, call, answer(at=3, invitation_id="v")]))
    assert row["invitation.last_event"] == "opened"
    assert (row["invitation.survey"], row["interaction.type"]) == ("S", "support case")
    assert (row["invited_at"], row["interaction_at"]) == (day(1), day(0.5))
    told = answer(at=3, invitation_id="v", invited_at=day(0.1), interaction_at=day(0.2))
    row = only(answer_rows([asked, call, told]))
    assert (row["response.invited_at"], row["response.interaction_at"]) == (day(0.1), day(0.2))


@pytest.mark.parametrize(
    ("fields", "category"),
    [
        ({"rating": 9}, "promoter"), ({"rating": 8}, "passive"), ({"rating": 0}, "detractor"), ({}, None),
        ({"rating": 11}, None), ({"rating": -1}, None), ({"rating": 5, "scale": "1-5:4:5"}, "promoter"),
        ({"rating": 0, "scale": "1-5:4:5"}, None), ({"rating": 9, "metric": "csat"}, None),
        ({"rating": 9, "test": True}, "promoter"),
    ],
)  # fmt: skip
def test_the_category_is_that_of_the_answer_on_its_own_scale(fields, category):
    assert only(answer_rows([answer(**fields)]))["category"] == category


def test_answers_on_unlike_scales_are_not_pooled_under_a_convention():
    five = Convention(scale=Scale.parse("1-5:4:5"))
    records = [
        answer("a", rating=5, scale="1-5:4:5", customer_id="ann"),
        answer("b", at=1, rating=9, customer_id="ann"),
    ]
    assert [row["category"] for row in answer_rows(records)] == ["promoter", "promoter"]
    assert only(answer_rows(records[:1], convention=five))["category"] == "promoter"
    with pytest.raises(PoolingError, match="'b' is on the scale 0-10, and the convention asks for 1-5:4:5"):
        list(answer_rows(records, convention=five))
    with pytest.raises(PoolingError, match="the answer 'a' is on the scale 1-5:4:5"):
        list(customer_rows(records, now=day(2), convention=Convention(scale=Scale.parse("0-10"))))
    assert only(
        answer_rows(
            [answer(rating=3, scale="1-5:4:5", metric="csat")], convention=Convention(scale=Scale.parse("0-10"))
        )
    )


def test_windows_end_with_the_answer_and_begin_after_their_first_instant():
    records = [answer(f"r{number}", at=number, rating=9, customer_id="ann") for number in (0, 1, 365, 366)]
    columns = ["history.responses.365d", "history.responses.1d", "history.responses.0d", "history.responses.99999d"]
    rows = [[row[name] for name in columns] for row in answer_rows(records, asked=columns)]
    assert rows == [[1, 1, 0, 1], [2, 1, 0, 2], [2, 1, 0, 3], [2, 1, 0, 4]]


def test_a_window_may_reach_before_the_calendar():
    long_ago = Response(id="r", customer_id="ann", rating=9, answered_at=datetime(3, 1, 1, tzinfo=UTC), known_at=day(0))
    assert only(answer_rows([long_ago], asked=["history.responses.99999d"]))["history.responses.99999d"] == 1


def test_what_is_asked_for_and_not_made_on_demand_is_left_to_the_rules():
    row = only(answer_rows([answer()], asked=["history.responses.5", "history.answers.5d", "nothing.lower", "rating"]))
    assert not {"history.responses.5", "history.answers.5d", "nothing.lower"} & row.keys()


def test_lower_case_columns_are_made_when_they_are_asked_for():
    segmentation = Segmentation(
        {"emea": 'customer.region.lower = "emea"', "long": "response.answered_at.lower is missing"}
    )
    records = [ann("EmeA", known=0), answer(customer_id="ann")]
    row = only(answer_rows(records, asked=segmentation.columns))
    assert row["customer.region.lower"] == "emea"
    assert row["response.answered_at.lower"] is None
    assert segmentation.of(row) == ("emea",)
    assert "customer.region.lower" not in only(answer_rows(records))


def test_attributes_that_nobody_has_are_columns_when_they_are_named():
    row = only(answer_rows([answer()], attributes=["customer.region"], asked=["customer.region.lower"]))
    assert (row["customer.region"], row["customer.region.lower"]) == (None, None)


def test_what_stands_beside_customers_is_in_their_rows_and_missing_in_others():
    records = [answer("a", customer_id="ann"), answer("b", customer_id="bob"), answer("c")]
    beside = {"ann": {"case.open": True}, "cem": {"health": 5}}
    rows = list(answer_rows(records, beside=beside, asked=["case.open.lower"]))
    assert [row["case.open"] for row in rows] == [True, None, None]
    assert [row["health"] for row in rows] == [None, None, None]


def test_people_who_never_answered_have_a_row_of_their_own():
    invited = Invitation(id="v", invited_at=day(1), customer_id="bob", known_at=day(0))
    records = [ann("EMEA", known=0), invited, answer(customer_id="cem", rating=9), answer("x", rating=9)]
    rows = {row["customer_id"]: row for row in customer_rows(records, now=day(2))}
    assert rows.keys() == {"ann", "bob", "cem"}
    assert {name: row["category"] for name, row in rows.items()} == {"ann": None, "bob": None, "cem": "promoter"}
    assert {name: row["history.invitations"] for name, row in rows.items()} == {"ann": 0, "bob": 1, "cem": 0}
    assert {name: row["customer.id"] for name, row in rows.items()} == {"ann": "ann", "bob": None, "cem": None}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"as_of": "then"}, "as_of"), ({"asked": "history.responses.3d"}, "asked is a list of the names of columns"),
        ({"asked": [5]}, "5 is none"), ({"attributes": None}, "attributes is a list"),
        ({"beside": []}, "beside is a mapping"),
        ({"beside": {"ann": 5}}, "beside is a mapping"), ({"convention": "board"}, "onvention"),
    ],
)  # fmt: skip
def test_options_that_are_none_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        list(answer_rows([answer()], **options))


@pytest.mark.parametrize(
    "records", [[FollowUp(log="c", sequence=0, step="opened", done_at=day(0), known_at=day(0))], [None], 5, [{}]]
)
def test_rows_are_made_of_records_that_happened_to_customers(records):
    with pytest.raises(InputError, match="rows are made of"):
        list(answer_rows(records))
    with pytest.raises(InputError, match="rows are made of"):
        list(customer_rows(records, now=day(0)))


def test_now_has_a_zone():
    with pytest.raises(InputError, match="a datetime with a zone"):
        list(customer_rows([], now=datetime(2026, 1, 1)))
