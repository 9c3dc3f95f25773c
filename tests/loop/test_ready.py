"""Ready-made policies: nothing to find, and they do what they say."""

from typing import get_args

import pytest

from npscore import BusinessHours, InputError
from npscore.loop.linting import lint
from npscore.loop.policies import ASKS
from npscore.loop.ready import ReadyName, b2b_saas, helpdesk, ready_policy, retailer

NAMES = get_args(ReadyName)
HOURS = BusinessHours.parse("mon-sun 00:00-24:00", zone="Asia/Tokyo")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("options", [{}, {"lead": "zoe", "people": ["ann", "bob"], "hours": HOURS}])
def test_the_linter_finds_nothing(name, options):
    made = ready_policy(name, **options)
    assert lint(made) == ()
    assert made.name == name
    assert made.owners.people in ((), ("ann", "bob", "zoe"))


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_has_a_rule_and_every_detractor_a_case(name):
    made = ready_policy(name)
    row = dict.fromkeys(made.columns)
    for category in ("detractor", "passive", "promoter", None):
        first = next(rule for rule in made.rules if rule.when.matches(row | {"category": category}))
        assert (first.case is not None) >= (category == "detractor")
        assert not (category is None and first.case)


@pytest.mark.parametrize("name", NAMES)
def test_nobody_is_asked_without_consent_or_for_a_review(name):
    deeds = [deed for rule in ready_policy(name).rules for deed in rule.deeds]
    assert all(deed.consent for deed in deeds if deed.do in ASKS)
    assert not any(deed.do == "ask for review" for deed in deeds)


def test_trials_open_no_case():
    row = dict.fromkeys(b2b_saas().columns) | {"category": "detractor", "response.test": True}
    assert next(rule.name for rule in b2b_saas().rules if rule.when.matches(row)) == "trials"


@pytest.mark.parametrize("make", [retailer, helpdesk])
def test_nobody_gets_the_case_about_themselves(make):
    assert make().owners.never == ("interaction.agent",)


@pytest.mark.parametrize(
    "options",
    [
        *({"lead": value} for value in (None, 5, "")),
        *({"people": value} for value in (None, "ann", 5, [None])),
        *({"large": value} for value in (None, "x", float("nan"), True, 10**40)),
        *({"hours": value} for value in ("mon-fri", 5)),
        *({"name": value} for value in (None, "", 5)),
    ],
)
def test_hostile_options_are_refused_in_a_sentence(options):
    with pytest.raises(InputError):
        b2b_saas(**options)


def test_an_option_that_there_is_not_is_refused_with_those_that_there_are():
    with pytest.raises(InputError, match="option='lader' is not known; it is one of lead, people, hours, large, name"):
        ready_policy("b2b saas", lader="ann")


@pytest.mark.parametrize("name", ["b2b", None, 5, [], "B2B SaaS"])
def test_a_name_that_there_is_not_is_refused(name):
    with pytest.raises(InputError, match="b2b saas, retailer, helpdesk"):
        ready_policy(name)
