"""Scores are compared by their counts where counts tell all, and by their standard errors where units hang together."""

import pytest

from npscore import Convention, InputError, PoolingError, Scale, Tally, compare, score, weighted

ROWS = [
    {"rating": rating, "account_id": account, "customer_id": f"{account}{n}", "revenue": revenue}
    for account, revenue, ratings in (("A", 1, (9, 9, 10, 3)), ("B", 5, (5, 9)), ("C", 2, (7, 9, 10)), ("D", 4, (0,)))
    for n, rating in enumerate(ratings)
]
LOWER = [{**row, "rating": max(0, row["rating"] - 2)} for row in ROWS]
ACCOUNTS = Convention(unit="account")


def ratings(rows):
    return [row["rating"] for row in rows]


def test_scores_of_answers_that_stand_alone_are_compared_as_their_counts():
    assert compare(score(ROWS), score(LOWER)) == compare(score(ROWS).tally, score(LOWER).tally)
    people = Convention(unit="customer", repeats="latest", unanswered="count in the base")
    blanks = [
        {"rating": None, "customer_id": f"z{n}", "answered_at": None, "response_id": str(n)} for n in range(5)
    ] + [{**row, "answered_at": None, "response_id": "x"} for row in ROWS]
    made = compare(score(blanks, convention=people), Tally(3, 3, 3))
    assert made == compare(Tally(3, 6, 6), Tally(3, 3, 3))


def test_scores_of_accounts_are_compared_by_their_linearised_errors():
    made = compare(score(ROWS, convention=ACCOUNTS), score(LOWER, convention=ACCOUNTS))
    labels = [row["account_id"] for row in ROWS]
    with pytest.warns(UserWarning, match="4 clusters"):
        sides = [weighted(ratings(rows), clusters=labels) for rows in (ROWS, LOWER)]
    other = compare(*sides)
    assert made.method == "linearised"
    for name in ("difference", "standard_error", "df", "p_value", "lower", "upper"):
        assert getattr(made, name) == pytest.approx(getattr(other, name), rel=1e-4), name
    assert made.df > score(ROWS, convention=ACCOUNTS).interval.df


def test_weights_and_roll_ups_are_compared_too():
    by_revenue = Convention(unit="account", rollup="mean_of_scores", weight="revenue")
    a, b = (score(rows, convention=by_revenue) for rows in (ROWS, LOWER))
    made = compare(a, b)
    assert made.difference == pytest.approx(a.value - b.value)
    assert made.standard_error == pytest.approx((a.standard_error**2 + b.standard_error**2) ** 0.5)
    assert compare(b, a).p_value == pytest.approx(made.p_value)


@pytest.mark.parametrize(
    ("other", "error", "words"),
    [
        (score(ROWS), InputError, "with counts"),
        (Tally(1, 2, 3), InputError, "with counts"),
        (score(ROWS[:4], convention=ACCOUNTS), InputError, "fewer than two units"),
        (
            score([{"rating": 5, "account_id": "a"}, {"rating": 3, "account_id": "b"}],
                  convention=Convention(unit="account", scale=Scale(1, 5, 4, 5))),
            PoolingError,
            "different questions",
        ),
    ],
)  # fmt: skip
def test_what_is_not_comparable_is_refused(other, error, words):
    with pytest.raises(error, match=words):
        compare(score(ROWS, convention=ACCOUNTS), other)


def test_a_method_of_ones_own_is_refused_where_scores_bring_theirs():
    with pytest.raises(InputError, match="linearised"):
        compare(score(ROWS, convention=ACCOUNTS), score(LOWER, convention=ACCOUNTS), method="wald")
