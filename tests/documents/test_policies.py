"""Files of policies: what is read back is what was written, and what is wrong is said where."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npscore import BusinessHours, InputError, InvalidRuleError, field
from npscore.documents import policy_schema, read_policy, write_policy
from npscore.errors import MissingExtraError
from npscore.loop.cases import PRIORITIES
from npscore.loop.clocks import Clock
from npscore.loop.policies import ASKS, Deed, Escalation, OpenCase, Owners, Policy, PolicyRule
from npscore.loop.ready import ready_policy

FORMS = ("toml", "json", "yaml")
PAGE = """
version = 1
name = "b2b care"
window = "60 days"
close_after = "7 days"
resurvey_after = "30 days"

[hours]
week = "mon-fri 09:00-17:00"
zone = "Europe/Berlin"
holidays = [{ country = "DE", subdivision = "BY", years = [2026, 2027] }]
closed = [2026-12-24]

[owners]
by = ["account.owner"]
people = ["ann", "bob", "lead"]
fallback = "lead"
never = ["interaction.agent"]
per_day = 10

[[rules]]
name = "unhappy large account"
when = 'category = "detractor" and account.revenue >= 100000'
case = { priority = "high", contact_within = "8 business hours", resolve_within = "40 business hours", owner = "lead" }
then = ["suppress surveys", { do = "notify", to = "account team" }]

[[rules]]
name = "happy"
when = { jsonlogic = { "==" = [{ var = "category" }, "promoter"] } }
then = [{ do = "ask for referral", consent = "customer.may_be_contacted", cooldown = "180 days" }]

[[escalations]]
name = "first contact late"
clock = "contact"
after = "12 business hours"
to = "lead"
owner = "lead"
priority = "urgent"
only = ["high", "urgent"]

[root_causes]
billing = ["billing.wrong invoice", "billing.late credit"]
"""
SMALL = 'version = 1\nname = "care"\nrules = []\n'
RULE = 'version = 1\nname = "care"\n[[rules]]\nname = "a"\nwhen = "x = 1"\n'

_letters = st.characters(exclude_categories=["C", "Z"], include_characters=" ")
names = st.text(_letters, min_size=1, max_size=12).filter(lambda name: name.strip() and name.isprintable())
maybe = st.none() | names
minutes = st.integers(0, 60 * 24 * 3650)
clocks = st.builds(lambda length, business: Clock(timedelta(minutes=length), business=business), minutes, st.booleans())
times = st.integers(1, 60 * 24 * 3650).map(lambda length: timedelta(minutes=length))
priorities = st.sampled_from(PRIORITIES)
cases = st.builds(
    OpenCase,
    priority=priorities,
    contact_within=st.none() | clocks,
    resolve_within=st.none() | clocks,
    owner=maybe,
)
deeds = st.builds(
    Deed,
    do=st.sampled_from([*ASKS, "thank", "notify"]),
    to=names,
    consent=maybe,
    cooldown=st.none() | times,
    reason=maybe,
) | st.sampled_from([Deed(do="thank"), Deed(do="suppress surveys"), Deed(do="invite back")])
whens = st.sampled_from(
    [
        (field("customer.region") == 'a "b" \\ \n c') & ~field("x").is_missing(),
        field("account.renewal").age(at_most=timedelta(days=-3)),
        field("Größe 'x' `y`").is_in(1, "a", True) | (field("n") > 5),
    ]
)
thens = st.lists(deeds, max_size=3, unique_by=lambda deed: deed.do)
rules = st.one_of(
    st.builds(lambda name, when, case, then: PolicyRule(name, when, [*then, case]), names, whens, cases, thens),
    st.builds(PolicyRule, names, whens, thens.filter(len)),
    st.builds(lambda name, when, why: PolicyRule(name, when, Deed(do="nothing", reason=why)), names, whens, names),
)
escalations = st.builds(
    Escalation,
    name=names,
    clock=st.sampled_from(["contact", "resolve"]),
    after=clocks,
    to=maybe,
    owner=maybe,
    priority=st.none() | priorities,
    only=st.lists(priorities, max_size=2),
)
spans = st.sampled_from(
    ["mon-fri 09:00-17:00", "mon-thu 08:30-12:30, mon-thu 13:30-18:00, fri 08:30-14:00", "sun 00:00-24:00"]
)
hours = st.builds(
    lambda text, zone, closed: BusinessHours.parse(text, zone=zone, closed=closed),
    spans,
    st.sampled_from(["UTC", "Europe/Berlin", "Asia/Tokyo"]),
    st.sets(st.dates(date(1000, 1, 1)), max_size=3),
)
owners = st.builds(
    Owners,
    by=st.lists(names, max_size=2),
    people=st.lists(names, max_size=2),
    fallback=maybe,
    never=st.lists(names, max_size=2),
    per_day=st.none() | st.integers(-5, 2**62),
)
policies = st.builds(
    Policy,
    name=names,
    rules=st.lists(rules, max_size=3, unique_by=lambda rule: rule.name),
    window=times,
    hours=st.none() | hours,
    owners=owners,
    escalations=st.lists(escalations, max_size=2, unique_by=lambda one: one.name),
    close_after=st.none() | clocks,
    resurvey_after=st.none() | clocks,
    root_causes=st.dictionaries(names, st.lists(names, max_size=2), max_size=2),
)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_written_is_read_back(form):
    @settings(max_examples=40, deadline=None)
    @given(policies)
    def law(policy):
        again = read_policy(write_policy(policy, form), form)
        assert again == policy
        assert again.fingerprint == policy.fingerprint

    law()


def test_a_file_has_every_field_of_a_policy():
    made = read_policy(PAGE, "toml")
    assert (made.name, made.window, str(made.close_after), str(made.resurvey_after)) == (
        "b2b care", timedelta(days=60), "1 week", "30 days",
    )  # fmt: skip
    assert {date(2026, 12, 24), date(2026, 1, 6), date(2027, 12, 25)} <= made.hours.closed
    assert made.owners == Owners(
        by=["account.owner"], people=["ann", "bob", "lead"], fallback="lead", never=["interaction.agent"], per_day=10
    )
    large, happy = made.rules
    assert large.case == OpenCase(
        priority="high", contact_within="8 business hours", resolve_within="40 business hours", owner="lead"
    )
    assert large.deeds == (Deed(do="suppress surveys"), Deed(do="notify", to="account team"))
    assert happy.when == (field("category") == "promoter")
    assert happy.deeds[0].cooldown == timedelta(days=180)
    assert made.escalations == (
        Escalation(
            name="first contact late", after="12 business hours", to="lead", owner="lead", priority="urgent",
            only=["high", "urgent"],
        ),
    )  # fmt: skip
    assert made.codes == ("billing", "billing.wrong invoice", "billing.late credit")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["b2b saas", "retailer", "helpdesk"])
def test_ready_made_policies_survive_a_file(form, name):
    assert read_policy(write_policy(ready_policy(name), form), form) == ready_policy(name)


def test_what_a_file_leaves_out_is_as_in_a_policy_of_python():
    assert read_policy(SMALL, "toml") == Policy(name="care", rules=[])


def test_the_three_forms_mean_the_same():
    yaml = "version: 1\nname: care\nhours:\n  week: mon-fri 09:00-17:00\n  closed: [2026-12-24]\nrules: []\n"
    toml = 'version = 1\nname = "care"\nrules = []\n[hours]\nweek = "mon-fri 09:00-17:00"\nclosed = [2026-12-24]\n'
    as_json = json.dumps(
        {"version": 1, "name": "care", "rules": [], "hours": {"week": "mon-fri 09:00-17:00", "closed": ["2026-12-24"]}}
    )
    assert read_policy(yaml, "yaml") == read_policy(toml, "toml") == read_policy(as_json, "json")
    assert read_policy(yaml.replace("2026-12-24", "'2026-12-24'"), "yaml") == read_policy(yaml, "yaml")


@pytest.mark.parametrize(
    ("text", "form", "words"),
    [
        ("", "toml", "a file of a policy begins with version"),
        ("[1]", "json", "at its top"),
        (SMALL.replace("= 1", "= 2"), "toml", "install a newer one"),
        ("version = 1\nrules = []", "toml", "name of the file of a policy: field required"),
        (SMALL + "rule = 1", "toml", "it has version, name, window"),
        ('version = 1\nname = "a"\n[[rule]]\nname = "b"', "toml", "^rule of .*did you mean 'rules'\\? it has version"),
        (SMALL + "[owner]\nby = []", "toml", "^owner of .*did you mean 'owners'\\?"),
        (SMALL + '[[escalation]]\nname = "late"', "toml", "^escalation of .*did you mean 'escalations'\\?"),
        (SMALL + "Window = 5", "toml", "^Window of .*did you mean 'window'\\?"),
        (RULE + 'case = { contact = "1 day" }', "toml", "rules.1.case.contact of .*did you mean 'contact_within'\\?"),
        (RULE + 'then = [{ do = "thank", conset = "a" }]', "toml", "then.1.conset of .*did you mean 'consent'\\?"),
        (SMALL + "zzz = 1", "toml", "^zzz of the file of a policy: extra inputs are not permitted; it has version"),
        ("version = 1\nrules = []\nzzz = 1", "toml", "^name of the file of a policy: field required"),
        (SMALL + 'window = "90 business hours"', "toml", "window: here time counts as it passes"),
        (SMALL + 'window = "soon"', "toml", "window: 'soon' is no length of time"),
        (SMALL + 'close_after = "1 business day"', "toml", "close_after: .* how long a day is"),
        (SMALL + "close_after = 7", "toml", "close_after of the file of a policy: input should be a valid string"),
        (SMALL + '[hours]\nweek = "mon-fri"', "toml", "hours: 'mon-fri' is not hours"),
        (SMALL + '[hours]\nweek = "mon 09:00-17:00"\nzone = "Mars"', "toml", "hours: .*Mars"),
        (
            SMALL + '[hours]\nweek = "mon 09:00-17:00"\nclosed = ["soon"]',
            "toml",
            "hours.closed.1 .* a closed day is a date",
        ),
        (
            SMALL + '[hours]\nweek = "mon 09:00-17:00"\nclosed = [2026-12-24T10:00:00]',
            "toml",
            "hours.closed.1 .* is a date",
        ),
        (
            SMALL + '[hours]\nweek = "mon 09:00-17:00"\nholidays = [{country = "ZZ", years = [2026]}]',
            "toml",
            "hours: no public",
        ),
        (
            SMALL + '[hours]\nweek = "mon 09:00-17:00"\nholidays = [{country = "DE", years = [99999]}]',
            "toml",
            "years.1",
        ),
        (SMALL + '[hours]\nweek = "mon 09:00-17:00"\nholidays = [{land = "DE"}]', "toml", "country"),
        (
            SMALL + '[hours]\nweek = "mon 09:00-17:00"\nholidays = {country = "DE"}',
            "toml",
            r"hours.holidays of .* a list is asked for, which stands between \[ and \]; it was",
        ),
        (
            SMALL + '[hours]\nweek = "mon 09:00-17:00"\nholidays = ["DE"]',
            "toml",
            "hours.holidays.1 of .* stand between { and }; it has country, subdivision, years; it was 'DE'",
        ),
        (SMALL + "[owners]\npeople = 5", "toml", "owners.people of"),
        (SMALL + "[owners]\nper_day = 1.5", "toml", "owners.per_day of"),
        (SMALL + '[owners]\nfallback = " "', "toml", "owners: .* printable text"),
        (SMALL + "[owners]\nwho = []", "toml", "owners.who of .* it has by, people, fallback, never, per_day"),
        (RULE, "toml", "rule 'a': a rule asks for something"),
        (RULE + 'then = ["thnk"]', "toml", "rules.1.then.1.do of the file of a policy: input should be 'thank'"),
        (RULE + 'then = ["notify"]', "toml", "rule 'a': a notification says to whom"),
        (RULE + "then = [5]", "toml", "rules.1.then.1 of"),
        (RULE + 'then = ["thank", "thank"]', "toml", "rule 'a': a rule asks for thank twice"),
        (
            RULE + 'then = [{ do = "thank", cooldown = "9 business hours" }]',
            "toml",
            "rule 'a': cooldown: here time counts",
        ),
        (RULE + 'then = [{ do = "thank", when = "now" }]', "toml", "rules.1.then.1.when .* it has do, to, consent"),
        (RULE + 'case = { priority = "top" }', "toml", "rules.1.case.priority of"),
        (RULE + 'case = { contact_within = "soon" }', "toml", "rule 'a', contact_within: 'soon' is no length"),
        (RULE + 'case = { late = "soon" }', "toml", "rules.1.case.late .* it has priority, contact_within"),
        (RULE.replace('"x = 1"', "5"), "toml", "rules.1.when of .* a rule is its text form"),
        (SMALL + '[[escalations]]\nname = "late"', "toml", "escalations.1.after of .* field required"),
        (SMALL + '[[escalations]]\nname = "late"\nafter = "soon"', "toml", "escalation 'late': 'soon' is no length"),
        (SMALL + '[[escalations]]\nname = "late"\nafter = "1 day"\nclock = "x"', "toml", "escalations.1.clock of"),
        (SMALL + "[root_causes]\na = 5", "toml", "root_causes.a of"),
        ("version: 1\nname: a\nname: b\nrules: []", "yaml", "twice"),
        ("version: 1\nname: 2026-13-45\nrules: []", "yaml", "is not what it looks like"),
        ("version: 1\nname: !!bool x\nrules: []", "yaml", "is not what it looks like"),
        ("version: 1\nname: !!timestamp x\nrules: []", "yaml", "is not what it looks like"),
        ("version: 1\n? [a]\n: b", "yaml", "names in a file are texts"),
        ("version = " + "9" * 5_000, "toml", "no TOML"),
        ('version = 1\nname = " "\nrules = []', "toml", "a printable text as a name"),
    ],
)
def test_what_is_no_file_of_a_policy_is_refused(text, form, words):
    with pytest.raises(InputError, match=words) as caught:
        read_policy(text, form)
    assert "\n" not in str(caught.value)


def test_a_faulty_rule_is_named():
    with pytest.raises(InvalidRuleError, match="rule 'a': the rule cannot be read at character 5"):
        read_policy(RULE.replace("x = 1", "x = ") + 'then = ["thank"]', "toml")


def test_more_rules_than_a_file_has_are_not_written():
    many = [PolicyRule(str(number), "x = 1", Deed(do="thank")) for number in range(1_001)]
    with pytest.raises(InputError, match="rules of the file of a policy"):
        write_policy(Policy(name="many", rules=many), "json")


@pytest.mark.parametrize("value", [None, 5, b"x", [], "toml"])
def test_the_form_the_text_and_the_policy_are_checked(value):
    with pytest.raises(InputError):
        read_policy(value, "toml")
    with pytest.raises(InputError):
        write_policy(value, "toml")
    for call in (lambda: read_policy(SMALL, value), lambda: write_policy(Policy(name="a", rules=[]), value)):
        if value != "toml":
            with pytest.raises(InputError, match="form"):
                call()


_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("1 day"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "when", "case", "then", "week", "closed", "by", "after", "do"]), inner
        )
    ),
)
_tops = st.fixed_dictionaries(
    {"version": st.just(1), "name": st.just("a")},
    optional=dict.fromkeys(("rules", "hours", "owners", "escalations", "window", "root_causes"), _anything),
)


@settings(max_examples=60, deadline=None)
@given(st.text() | _tops.map(json.dumps))
def test_no_text_brings_another_error(text):
    for form in FORMS:
        try:
            read_policy(text, form)
        except InputError as error:
            assert "\n" not in str(error)


def test_a_missing_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "holidays", None)
    with pytest.raises(MissingExtraError, match="calendars"):
        read_policy(PAGE, "toml")


def test_the_schema_speaks_of_all_that_a_file_may_have():
    made = policy_schema()
    assert set(made["properties"]) == {
        "version", "name", "window", "close_after", "resurvey_after", "hours", "owners", "rules", "escalations",
        "root_causes",
    }  # fmt: skip
    assert made["properties"]["version"] == {"const": 1}
    assert {"type": "string"} in made["$defs"]["_Rule"]["properties"]["when"]["oneOf"]
    assert "thank" in made["$defs"]["_Rule"]["properties"]["then"]["items"]["oneOf"][0]["enum"]
    assert json.loads(json.dumps(made)) == made
