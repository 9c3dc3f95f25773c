"""Names: what they give away, and what they only seem to."""

import pytest

from npscore.loop.naming import names_reviews, speaks_of_satisfaction


@pytest.mark.parametrize(
    "place",
    ["Trustpilot", "trust pilot", "G2", "g2-crowd", "Google", "Google Business Profile", "CAPTERRA", "review page",
     "public reviews", "TripAdvisor", "App Store", "trustpilot team", "send_review_link"],
)  # fmt: skip
def test_places_of_public_reviews(place):
    assert names_reviews(place)


@pytest.mark.parametrize(
    "place",
    [None, "", "lead", "google chat", "Google Sheets", "google-forms", "review board", "quality review", "code review",
     "preview", "reviewers", "business review", "g20", "store managers", "the app", "Åsa"],
)  # fmt: skip
def test_places_inside(place):
    assert not names_reviews(place)


@pytest.mark.parametrize(
    "column",
    ["customer.happy", "customer.is_happy", "account.isSatisfied", "customer.promoter", "account.csatScore",
     "customer.happy.lower", "customer.mood", "response.drivers.satisfaction", "health.score"],
)  # fmt: skip
def test_columns_that_speak_of_satisfaction(column):
    assert speaks_of_satisfaction(column)


@pytest.mark.parametrize(
    "column",
    ["customer.region", "customer.may_be_contacted", "account.credit_score", "rfm.score", "customer.lead_score",
     "account.scorecard", "customer.happyland", "customer"],
)  # fmt: skip
def test_columns_that_do_not(column):
    assert not speaks_of_satisfaction(column)
