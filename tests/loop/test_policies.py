"""Policies as values: what is none is refused in a sentence, and the fingerprint tells policies apart."""

import copy
import pickle
from datetime import date, timedelta

import attrs
import pytest

from npscore import BusinessHours, InputError, Rule
from npscore.loop.clocks import Clock
from npscore.loop.policies import ROOT_CAUSES, Deed, Escalation, OpenCase, Owners, Policy, PolicyRule

OFFICE = BusinessHours.parse("mon-fri 09:00-17:00")
HOSTILE = [None, 5, 1.5, float("nan"), "", "\x00", b"x", [None], {"a": None}, object(), True, timedelta(0), [[]]]
UNHAPPY = PolicyRule(
    "unhappy", 'category = "detractor"', [OpenCase(contact_within="8 hours"), Deed(do="suppress surveys")]
)
FULL = Policy(
    name="care",
    rules=[UNHAPPY, PolicyRule("happy", 'category = "promoter"', Deed(do="thank"))],
    hours=OFFICE,
    owners=Owners(by=["account.owner"], people=["ann"], fallback="ann", never=["interaction.agent"], per_day=3),
    escalations=[Escalation(name="late", after="2 days", to="ann", owner="ann", priority="high", only=["low"])],
    close_after="7 days",
    resurvey_after="30 days",
)
MADE = {
    OpenCase: {"priority": "low", "contact_within": "1 day", "resolve_within": "2 days", "owner": "ann"},
    Deed: {"do": "notify", "to": "ann", "consent": "customer.ok", "cooldown": timedelta(days=1), "reason": "why"},
    PolicyRule: {"name": "r", "when": "x = 1", "then": Deed(do="thank")},
    Owners: {"by": ["a.b"], "people": ["ann"], "fallback": "ann", "never": ["c.d"], "per_day": 3},
    Escalation: {"name": "late", "clock": "contact", "after": "1 day", "to": "ann", "owner": "ann", "priority": "low",
                 "only": ["low"]},
    Policy: {
        "name": "p", "rules": [UNHAPPY], "window": timedelta(days=1), "hours": OFFICE, "owners": Owners(),
        "escalations": [], "close_after": "1 day", "resurvey_after": "1 day", "root_causes": {"a": ["b"]},
    },
}  # fmt: skip


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, parts in MADE.items() for name in parts])
def test_hostile_values_are_taken_or_refused_in_a_sentence(kind, name):
    kind(**MADE[kind])
    for value in HOSTILE:
        try:
            made = kind(**MADE[kind] | {name: value})
        except InputError as error:
            assert "\n" not in str(error)
            assert str(error).endswith((".", "?"))
        else:
            assert isinstance(made, kind)


OTHERWISE = {
    "name": "other",
    "rules": [
        FULL.rules[:1],
        FULL.rules[::-1],
        [attrs.evolve(UNHAPPY, name="other"), FULL.rules[1]],
        [attrs.evolve(UNHAPPY, when='category = "passive"'), FULL.rules[1]],
        [attrs.evolve(UNHAPPY, then=[OpenCase(contact_within="8 hours")]), FULL.rules[1]],
        *(
            [attrs.evolve(UNHAPPY, then=[attrs.evolve(UNHAPPY.case, **part), *UNHAPPY.deeds]), FULL.rules[1]]
            for part in (
                {"priority": "high"}, {"contact_within": "9 hours"}, {"resolve_within": "9 hours"}, {"owner": "bob"},
            )
        ),
        *(
            [UNHAPPY, attrs.evolve(FULL.rules[1], then=Deed(**{"do": "thank"} | part))]
            for part in (
                {"do": "invite back"}, {"to": "x"}, {"consent": "x"}, {"reason": "x"}, {"cooldown": timedelta(days=1)},
            )
        ),
    ],
    "window": timedelta(days=30),
    "hours": [
        None,
        BusinessHours.parse("mon-fri 09:00-17:30"),
        BusinessHours.parse("mon-fri 09:00-17:00", zone="Europe/Paris"),
        attrs.evolve(OFFICE, closed=[date(2026, 12, 24)]),
    ],
    "owners": [
        attrs.evolve(FULL.owners, **part)
        for part in ({"by": []}, {"people": []}, {"fallback": None}, {"never": []}, {"per_day": 4})
    ],
    "escalations": [
        [],
        *(
            [attrs.evolve(FULL.escalations[0], **part)]
            for part in (
                {"name": "x"}, {"clock": "resolve"}, {"after": "3 days"}, {"to": None}, {"owner": None},
                {"priority": None}, {"only": []},
            )
        ),
    ],
    "close_after": [None, "8 days", Clock(timedelta(days=7), business=True)],
    "resurvey_after": [None, "31 days"],
    "root_causes": [{}, {**ROOT_CAUSES, "other": ["other.thing"]}],
}  # fmt: skip


def test_the_fingerprint_changes_with_every_field():
    assert set(OTHERWISE) == {field.name for field in attrs.fields(Policy)}
    made = [FULL]
    for name, parts in OTHERWISE.items():
        made += [attrs.evolve(FULL, **{name: part}) for part in (parts if isinstance(parts, list) else [parts])]
    assert len({one.fingerprint for one in made}) == len(made) > 30
    assert all(one != other for place, one in enumerate(made) for other in made[:place])


def test_equal_policies_have_equal_fingerprints():
    again = attrs.evolve(
        FULL,
        close_after=Clock(timedelta(weeks=1)),
        rules=[PolicyRule("unhappy", Rule.parse('category   =  "detractor"'), UNHAPPY.then[::-1]), FULL.rules[1]],
        root_causes=dict(reversed(ROOT_CAUSES.items())),
    )
    assert again == FULL
    assert again.fingerprint == FULL.fingerprint == "4109c7c2"  # kept in logs: it must not change by itself


def test_a_policy_survives_copies_and_other_processes():
    for again in (copy.deepcopy(FULL), pickle.loads(pickle.dumps(FULL))):  # noqa: S301
        assert again == FULL
        assert again.fingerprint == FULL.fingerprint


@pytest.mark.parametrize(
    "make",
    [
        lambda: Deed(do="thank", cooldown=timedelta(seconds=90)),
        lambda: OpenCase(contact_within=timedelta(seconds=1)),
        lambda: attrs.evolve(FULL, window=timedelta(days=1, microseconds=1)),
    ],
)
def test_times_are_whole_minutes_as_no_text_says_more(make):
    with pytest.raises(InputError, match="whole minutes"):
        make()


@pytest.mark.parametrize("length", [timedelta(days=3650) - timedelta(minutes=1), timedelta(0), timedelta(weeks=2)])
def test_every_clock_is_read_back_from_its_text(length):
    for business in (False, True):
        clock = Clock(length, business=business)
        assert Clock.parse(str(clock)) == clock


def test_what_a_rule_asks_for_twice_or_not_at_all_is_refused():
    for then in ([], [OpenCase(), OpenCase()], [Deed(do="nothing", reason="x"), Deed(do="thank")]):
        with pytest.raises(InputError):
            PolicyRule("r", "x = 1", then)


def test_names_are_given_once():
    with pytest.raises(InputError, match="two rules of the policy are called 'unhappy'"):
        attrs.evolve(FULL, rules=[UNHAPPY, UNHAPPY])
    with pytest.raises(InputError, match="two escalations"):
        attrs.evolve(FULL, escalations=FULL.escalations * 2)


def test_the_columns_of_a_policy_are_those_of_its_rules_owners_and_consents():
    ask = PolicyRule("ask", "rating = 10", Deed(do="ask for referral", consent="customer.ok"))
    made = attrs.evolve(FULL, rules=[UNHAPPY, ask])
    assert made.columns == ("category", "rating", "account.owner", "interaction.agent", "customer.ok")
    assert "product.outage" in made.codes
