"""What customers are worth: by hand, and by the properties of a fifth."""

from datetime import datetime, timedelta
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npscore import InputError, Interaction, Money, customer_rows, rfm
from npscore.segments.value import RFM
from records import day

NOW = day(1_000)


def bought(number, who, *, at, amount=None, currency="EUR", kind="purchase"):
    value = None if amount is None else Money(amount=amount, currency=currency)
    return Interaction(id=f"i{number}", type=kind, customer_id=who, happened_at=day(at), value=value, known_at=day(at))


def scores(worth):
    return worth.recency_score, worth.frequency_score, worth.monetary_score


purchases = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 1_000), st.integers(0, 5)), min_size=1, max_size=25
).map(lambda drawn: [bought(n, who, at=at, amount=amount) for n, (who, at, amount) in enumerate(drawn)])


@given(purchases)
def test_scores_are_from_1_to_5_and_rise_with_what_they_score(interactions):
    worth = rfm(interactions, now=NOW)
    assert worth.keys() == {one.customer_id for one in interactions}
    for one in worth.values():
        assert all(1 <= score <= 5 for score in scores(one))
        for other in worth.values():
            assert one.recency > other.recency or one.recency_score >= other.recency_score
            assert one.frequency < other.frequency or one.frequency_score >= other.frequency_score
            assert one.monetary < other.monetary or one.monetary_score >= other.monetary_score


@given(purchases)
def test_a_score_is_one_more_than_the_whole_fifths_of_those_who_are_less(interactions):
    worth = rfm(interactions, now=NOW)
    for name, one in worth.items():
        mine = [bought for bought in interactions if bought.customer_id == name]
        assert one.frequency == len(mine)
        assert one.monetary == sum(bought.value.amount for bought in mine)
        assert one.recency == min(NOW - bought.happened_at for bought in mine)
        less = sum(other.monetary < one.monetary for other in worth.values())
        assert one.monetary_score == 1 + 5 * less // len(worth)


@given(purchases, st.randoms())
def test_the_order_of_purchases_means_nothing(interactions, random):
    assert rfm(random.sample(interactions, len(interactions)), now=NOW) == rfm(interactions, now=NOW)


def test_ten_customers_by_hand():
    interactions = [bought(n, f"c{n}", at=n * 100, amount=n * n) for n in range(10)]
    interactions.append(bought(10, "c0", at=0, amount=1_000))
    worth = rfm(interactions, now=NOW)
    assert [scores(worth[f"c{n}"]) for n in range(10)] == [
        (1, 5, 5), (1, 1, 1), (2, 1, 1), (2, 1, 2), (3, 1, 2), (3, 1, 3), (4, 1, 3), (4, 1, 4), (5, 1, 4), (5, 1, 5)
    ]  # fmt: skip
    assert (worth["c0"].recency, worth["c0"].frequency) == (timedelta(days=1_000), 2)
    assert (worth["c0"].monetary, worth["c0"].currency) == (Decimal(1_000), "EUR")


def test_customers_who_are_equal_have_equal_scores():
    worth = rfm([bought(n, f"c{n}", at=5, amount=7) for n in range(7)], now=NOW)
    assert {scores(one) for one in worth.values()} == {(1, 1, 1)}


def test_one_customer_has_nobody_below():
    assert scores(rfm([bought(1, "a", at=999, amount=9)], now=NOW)["a"]) == (1, 1, 1)


def test_of_nothing_there_is_no_worth():
    assert rfm([], now=NOW) == {}


def test_several_currencies_have_no_sum():
    interactions = [bought(1, "a", at=1, amount=9), bought(2, "b", at=1, amount=9, currency="USD")]
    with pytest.raises(InputError, match="values in EUR and USD have no sum; convert them"):
        rfm(interactions, now=NOW)
    assert rfm(interactions[:1], now=NOW)["a"].currency == "EUR"


def test_sums_are_exact_whatever_the_program_rounds_to():
    amounts = ["99999999999999999999.0001", "0.0001", "12345678901234567890"]
    interactions = [bought(n, "a", at=1, amount=amount) for n, amount in enumerate(amounts)]
    with localcontext(prec=3):
        worth = rfm(interactions, now=NOW)
    assert worth["a"].monetary == Decimal("112345678901234567889.0002")


def test_what_counts_is_said_by_time_and_type():
    interactions = [
        bought(1, "a", at=1_001, amount=9), bought(2, None, at=1, amount=9), bought(3, "b", at=900, amount=9),
        bought(4, "b", at=1_000, amount=9), bought(5, "c", at=1_000), bought(6, "c", at=950, kind="call"),
    ]  # fmt: skip
    counted = {name: one.frequency for name, one in rfm(interactions, now=NOW).items()}
    assert counted == {"b": 2}
    recent = rfm(interactions, now=NOW, within=timedelta(days=100))
    assert {name: one.frequency for name, one in recent.items()} == {"b": 1}
    typed = rfm(interactions, now=NOW, types=["purchase", "call"])
    assert {name: (one.frequency, one.monetary) for name, one in typed.items()} == {"b": (2, 18), "c": (2, 0)}
    assert rfm(interactions, now=NOW, types=["call"])["c"].currency is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"now": datetime(2026, 1, 1)}, "a datetime with a zone"), ({"types": "purchase"}, "types is a list of types"),
        ({"types": [5]}, "5 is none"), ({"within": 5}, "within is a timedelta above 0"),
        ({"within": timedelta(0)}, "within is a timedelta above 0"),
        ({"interactions": 5}, "worth is made of interactions"),
        ({"interactions": [None]}, "worth is made of interactions, not of None"),
    ],
)  # fmt: skip
def test_what_has_no_worth_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        rfm(**{"interactions": [bought(1, "a", at=1, amount=9)], "now": NOW, **options})


def test_worth_stands_beside_customers_and_names_segments():
    interactions = [bought(n, f"c{n}", at=n * 100, amount=n) for n in range(10)]
    interactions += [bought(10 + n, "c9", at=900, amount=50) for n in range(3)]
    worth = rfm(interactions, now=NOW)
    rows = customer_rows(
        [*interactions, bought(99, "c10", at=1)], now=NOW, beside={name: one.columns for name, one in worth.items()}
    )
    found = {row["customer_id"]: RFM.of(row)[0] for row in rows if row["customer_id"]}
    assert found["c9"] == "champions"
    assert found["c8"] == "recent"
    assert found["c0"] == "lost"
    assert found["c4"] == "average"
    assert found["c10"] == "never bought"
    assert worth["c9"].columns["rfm.recency"] == 100.0
