"""Whatever is handed over, what comes out is a result or an error of our own, with one sentence."""

import inspect
import math
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from pathlib import Path
from tempfile import mkdtemp

import pytest

import npscore as nps

pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
pytest.importorskip("scipy")
sqlalchemy = pytest.importorskip("sqlalchemy")

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ONE = nps.Tally(20, 20, 60)
GROUPS = {"a": nps.Tally(20, 20, 60), "b": nps.Tally(30, 25, 45), "c": nps.Tally(9, 8, 33)}
PAIRS = {"a": (10, 30.0), "b": (20, 10.0)}
ANSWER = nps.Response(id="r", rating=9, answered_at=NOW, known_at=NOW)
ANN = nps.Customer(id="c", attributes={"region": "EMEA"}, known_at=NOW)
PURCHASE = nps.Interaction(
    id="i", type="purchase", customer_id="c", happened_at=NOW, value=nps.Money(amount=9, currency="EUR"), known_at=NOW
)
RULE = nps.field("customer.region") == "EMEA"


def kept(*records):
    store = nps.MemoryStore()
    store.put(*records)
    return store


OPENED = nps.FollowUp(
    log="case-1", sequence=0, step="opened", done_at=NOW, known_at=NOW, customer_id="c", response_id="r", policy="care",
    actor="care", details={"owner": "ann", "contact_within": "1 hour", "hours": "mon-fri 09:00-17:00 UTC"},
)  # fmt: skip
CASE = nps.Case.of([OPENED])
OFFICE = nps.BusinessHours.parse("mon-fri 09:00-17:00")
HOUR = nps.Clock.parse("1 hour")
STAFF = nps.Staff(OFFICE, timedelta(hours=1), {"ann": 1})
OPENING = nps.OpenCase(contact_within="1 hour", owner="ann")
UNHAPPY = nps.PolicyRule("unhappy", 'category = "detractor"', OPENING)
POLICY = nps.Policy(name="care", rules=[UNHAPPY])
FILE = nps.write_policy(POLICY, form="json")
ROW = next(iter(nps.answer_rows([ANSWER])))
KNOWN = nps.Situation(answer=ANSWER, row=ROW)
REPLAY = nps.replay(POLICY, [ANSWER])
ACTION = nps.Action(
    id="a", do="thank", log="d", policy="care", customer_id="c", response_id="r", to=None, asked_at=NOW
)  # fmt: skip
FOLDER = Path(mkdtemp())


def looping():
    """A loop of its own for each call, with one case that the next step may take on."""
    store = kept(ANSWER, OPENED)
    return nps.Loop(store, POLICY, sink=nps.MemorySink())


def of_loop(name):
    """A method of the loop as a function, which each call gets a fresh loop for."""
    method = getattr(nps.Loop, name)

    @wraps(method)
    def call(**arguments):
        return method(looping(), **arguments)

    return call


LABELS = {"channel": ["shop", "web"], "size": ["big", "small"]}
TOTALS = {"channel": {"shop": 60, "web": 40}, "size": {"big": 60, "small": 40}}

ANSWERS = pl.DataFrame({"id": ["r"], "customer_id": ["c"], "rating": [9], "answered_at": [NOW]})
PEOPLE = pl.DataFrame({"id": ["c"], "known_at": [NOW]})
TOUCHES = {"id": ["t"], "customer_id": ["c"]}

# A call of each public function that is right, by parameter; each is then made with one parameter gone wrong.
CALLS = [
    (nps.adjust, {"p_values": [0.1, 0.2], "method": "bh"}),
    (
        nps.assign,
        {"frame": pd.DataFrame({"team": ["a"]}), "segmentation": nps.Segmentation({"a": 'team = "a"'}), "now": NOW},
    ),
    (nps.against, {"tally": ONE, "benchmark": 30, "method": "t", "level": 0.9, "alternative": "less"}),
    (
        nps.answer_rows,
        {
            "records": [ANN, ANSWER], "as_of": "now", "asked": ["history.responses.9d", "customer.region.lower"],
            "attributes": ["customer.team"], "beside": {"c": {"case.open": True}}, "convention": nps.DEFAULT,
        },
    ),
    (
        nps.answer_frame,
        {
            "responses": ANSWERS, "customers": PEOPLE, "accounts": PEOPLE, "as_of": "now",
            "interactions": pl.DataFrame({**TOUCHES, "happened_at": [NOW]}),
            "invitations": pl.DataFrame({**TOUCHES, "invited_at": [NOW]}),
            "asked": ["history.responses.9d"], "convention": nps.DEFAULT,
        },
    ),
    (
        nps.breakdown,
        {
            "frame": pd.DataFrame({"rating": [9, 3], "team": ["a", "b"], "answered_at": [NOW, NOW]}),
            "rating": "rating", "by": ["team"], "every": "month", "at": "answered_at", "where": {"team": "a"},
            "customer": "team", "account": "team", "role": "team", "id": "team", "until": NOW,
            "convention": nps.Convention(unit="account", rollup="senior_role", roles=["a"], window=nps.Rolling(9)),
            "now": NOW,
        },
    ),
    (nps.classify, {"rating": 9, "scale": nps.STANDARD}),
    (nps.compare, {"a": ONE, "b": ONE, "method": "welch", "level": 0.9, "alternative": "less"}),
    (nps.compare, {"a": ONE, "b": ONE, "pseudo_counts": (1, 1, 1)}),
    (nps.compare, {"a": nps.weighted([9, 3]), "b": nps.weighted([9, 3])}),
    (nps.compare_many, {"groups": GROUPS, "method": "adjusted_wald", "pseudo_counts": (1, 1, 1)}),
    (nps.compare_paired, {"pairs": [(9, 3), (3, 9)], "method": "wald", "level": 0.9, "scale": nps.STANDARD}),
    (
        nps.compare_with_whole,
        {"part": nps.Tally(5, 5, 20), "whole": ONE, "method": "welch", "level": 0.9, "alternative": "less"},
    ),
    (nps.compare_with_whole, {"part": nps.Tally(5, 5, 20), "whole": ONE, "pseudo_counts": (1, 1, 1)}),
    (nps.confidence_sequence, {"codes": [1, 0, -1], "level": 0.9, "resolution": 1}),
    (nps.control_chart, {"waves": [30, 40], "n": 9, "center": 30, "sigma": 70, "sigmas": 2}),
    (nps.cusum, {"waves": [ONE, ONE], "center": 30, "sigma": 70, "allowance": 1, "threshold": 4}),
    (nps.ewma, {"waves": [30, 40], "n": [9, 9], "center": 30, "sigma": 70, "weight": 0.1, "width": 2}),
    (
        nps.customer_rows,
        {
            "records": [ANN, ANSWER], "now": NOW, "asked": ["history.responses.9d", "customer.region.lower"],
            "attributes": ["customer.team"], "beside": {"c": {"case.open": True}}, "convention": nps.DEFAULT,
        },
    ),
    (nps.decompose, {"before": PAIRS, "after": PAIRS, "form": "three", "level": 0.9}),
    (nps.standardise, {"groups": PAIRS, "mix": {"a": 1, "b": 1}}),
    (nps.effective_n, {"weights": [1, 2]}),
    (nps.exclude, {"findings": nps.flags([ANSWER]), "reasons": ["speeder"], "actor": "Ann", "now": NOW}),
    (nps.field, {"column": "rating"}),
    (nps.field("x").between, {"low": 1, "high": 2}),
    (nps.field("x").contains, {"text": "a"}),
    (nps.field("x").starts_with, {"text": "a"}),
    (nps.field("x").age, {"at_least": timedelta(1), "at_most": timedelta(2)}),
    (nps.field("x").within, {"days": 9}),
    (nps.field("x").within_next, {"days": 9}),
    (nps.field("x").older_than, {"days": 9}),
    (nps.flags, {"responses": [ANSWER], "hygiene": nps.Hygiene()}),
    (nps.fpc, {"n": 36, "population": 100, "form": "survey"}),
    (
        nps.interval,
        {"tally": ONE, "method": "bootstrap", "level": 0.9, "seed": 1, "draws": 9, "kind": "bca"},
    ),
    (nps.interval, {"tally": nps.Tallies([1], [2], [3]), "pseudo_counts": (1, 1, 1)}),
    (nps.league, {"groups": GROUPS, "level": 0.9, "minimum": 3, "pseudo_counts": (1, 1, 1)}),
    (
        nps.margin,
        {"n": 9, "variance": 0.6, "level": 0.9, "method": "wald", "population": 90, "design_effect": 1.5},
    ),
    (nps.margin, {"n": 9, "shares": (0.2, 0.2, 0.6)}),
    (nps.match, {"customers": [nps.Customer(id="c", known_at=NOW)], "rules": [], "actor": "Ann", "now": NOW}),
    (
        nps.minimum_detectable_change,
        {
            "n_a": 90, "n_b": 90, "variances": (0.6, 0.6), "power": 0.9, "alpha": 0.1, "alternative": "less",
            "population": (900, 900), "design_effect": 1.5,
        },
    ),
    (nps.moments, {"detractors": 0.2, "passives": 0.2, "promoters": 0.6, "n": 9}),
    (nps.pairwise, {"groups": GROUPS, "adjust": "bh", "method": "welch"}),
    (nps.posterior, {"tally": ONE, "prior": (1, 1, 1), "level": 0.9}),
    (nps.posterior(ONE).above, {"x": 30}),
    (nps.poststratify, {"groups": ["a", "b"], "population": {"a": 1, "b": 2}, "base": [1, 2]}),
    (
        nps.power,
        {
            "difference": 9, "n_a": 90, "n_b": 90, "variances": 0.6, "alpha": 0.1, "alternative": "less",
            "population": 900, "design_effect": 1.5,
        },
    ),
    (nps.probability_greater, {"a": ONE, "b": ONE, "prior": (1, 1, 1)}),
    (nps.rake, {"labels": LABELS, "totals": TOTALS, "base": [1, 2]}),
    (nps.read_responses, {"rows": [{"id": "1", "rating": 9}], "known_at": NOW, "answered_at": NOW, "shape": "auto"}),
    (RULE.matches, {"row": {"customer.region": "EMEA"}, "now": NOW}),
    (RULE.check, {"columns": ["customer.region"]}),
    (nps.Rule.parse, {"text": "rating >= 9"}),
    (nps.Rule.from_json, {"data": RULE.to_json()}),
    (nps.Rule.from_jsonlogic, {"data": RULE.to_jsonlogic()}),
    (nps.Segment, {"name": "EMEA", "rule": RULE}),
    (nps.Segmentation, {"segments": {"EMEA": RULE}, "name": "area", "overlapping": True, "rest": "others"}),
    (nps.Segmentation({"EMEA": RULE}).of, {"row": {"customer.region": "EMEA"}, "now": NOW}),
    (nps.known_records, {"store": kept(ANSWER), "question": nps.Question(survey="s"), "as_of": NOW}),
    (nps.public_holidays, {"country": "DE", "years": [2026], "subdivision": "BY"}),
    (nps.read_segments, {"text": 'version = 1\nsegments = []', "form": "toml"}),
    (nps.write_segments, {"segmentation": nps.Segmentation({"a": "x = 1"}), "form": "json"}),
    (nps.BusinessHours, {"days": [[(540, 1020)]] * 7, "zone": "Europe/Paris", "closed": [NOW.date()]}),
    (nps.BusinessHours.parse, {"text": "mon 09:00-17:00", "zone": "Europe/Paris", "closed": [NOW.date()]}),
    (nps.restate, {"store": nps.MemoryStore(), "then": NOW, "now": NOW, "convention": nps.DEFAULT}),
    (nps.rfm, {"interactions": [PURCHASE], "now": NOW, "within": timedelta(9), "types": ["purchase"]}),
    (
        nps.rule_expression,
        {"rule": nps.field("team") == "a", "frame": pd.DataFrame({"team": ["a"]}), "now": NOW},
    ),
    (
        nps.sample_size,
        {
            "margin": 5, "variance": 0.6, "level": 0.9, "method": "wald", "population": 900, "design_effect": 1.5,
            "response_rate": 0.5,
        },
    ),
    (
        nps.rule_condition,
        {"rule": nps.field("x").within(days=9), "columns": {"x": sqlalchemy.Column(sqlalchemy.DateTime)}, "now": NOW},
    ),
    (nps.sample_size, {"margin": 5, "shares": (0.2, 0.2, 0.6)}),
    (
        nps.sample_size_benchmark,
        {"difference": 9, "variance": 0.6, "power": 0.9, "alpha": 0.1, "alternative": "less", "population": 900},
    ),
    (
        nps.sample_size_difference,
        {"difference": 9, "variances": 0.6, "power": 0.9, "alpha": 0.1, "ratio": 2, "population": (9000, 9000)},
    ),
    (nps.score, {"ratings": [9, 3], "convention": nps.DEFAULT}),
    (
        nps.score,
        {
            "ratings": [{"rating": 9, "answered_at": NOW}],
            "convention": nps.Convention(window=nps.Rolling(9)),
            "until": NOW,
        },
    ),
    (nps.shrink, {"groups": GROUPS, "method": "PM", "pseudo_counts": (1, 1, 1)}),
    (nps.shrink, {"groups": [30, 40], "variances": [9, 9]}),
    (nps.stream_responses, {"rows": [{"id": "1", "nps": 9}], "known_at": NOW, "answered_at": NOW, "size": 9}),
    (
        nps.suppress,
        {"rows": [{"team": "a", "n": 40}, {"team": "b", "n": 9}], "by": ["team"], "minimum": 5, "size": "n"},
    ),
    (nps.tally, {"ratings": [9, 3], "scale": nps.STANDARD, "invalid": "count"}),
    (nps.trend, {"tallies": list(GROUPS.values()), "times": [1, 2, 3], "pseudo_counts": (1, 1, 1)}),
    (nps.trim, {"weights": [1, 2], "low": 1, "high": 2}),
    (
        nps.weighted,
        {
            "ratings": [9, 3, 8, 9], "weights": [1, 2, 1, 1], "clusters": [1, 2, 3, 4], "strata": list("aabb"),
            "population": {"a": 9, "b": 9}, "calibration": None, "method": "jackknife", "reference": "z",
            "level": 0.9, "scale": nps.STANDARD,
        },
    ),
    (
        nps.weighted_difference,
        {
            "ratings": [9, 3, 8, 9], "weights": [1, 2, 1, 1], "groups": list("aabb"), "a": "a", "b": "b",
            "clusters": [1, 2, 3, 4], "strata": None, "population": 90, "calibration": None, "reference": "z",
            "alternative": "less", "level": 0.9, "scale": nps.STANDARD,
        },
    ),
    (nps.without_each, {"responses": [ANSWER], "findings": [], "convention": nps.DEFAULT}),
    (nps.Scale, {"low": 0, "high": 10, "passive_from": 7, "promoter_from": 9}),
    (nps.Scale.parse, {"text": "0-10"}),
    (nps.Tally, {"detractors": 1, "passives": 1, "promoters": 1, "unanswered": 1, "invalid": 1, "scale": nps.STANDARD}),
    (nps.Tally.from_dict, {"values": {"promoters": 1}}),
    (nps.Tallies, {"detractors": [1], "passives": [1], "promoters": [1], "scale": nps.STANDARD}),
    (nps.Tallies.of, {"tallies": [ONE]}),
    (nps.Calendar, {"every": "month"}),
    (nps.Rolling, {"days": 9}),
    (nps.BackFromLatest, {"days": 9}),
    (nps.Last, {"k": 9}),
    (
        nps.Question,
        {"survey": "s", "survey_kind": "employee", "since": NOW, "until": NOW, "where": {"customer.region": "EMEA"}},
    ),
    (
        nps.count_answers,
        {
            "store": kept(ANSWER), "question": nps.Question(), "by": ["channel"], "every": "month", "zone": "UTC",
            "as_of": NOW,
        },
    ),
    (nps.open_store, {"url": "memory://"}),
    (
        nps.Convention,
        {
            "scale": nps.STANDARD, "unanswered": "leave out", "unit": "account", "repeats": "latest",
            "window": nps.Rolling(9), "date_axis": "invited", "rollup": "senior_role", "roles": ["a"],
            "rounding": "cut", "weight": "revenue", "zone": "UTC", "level": 0.9, "method": "wald", "name": "board",
        },
    ),
    (nps.cases_of, {"follow_ups": [OPENED]}),
    (nps.Case.of, {"steps": [OPENED]}),
    (CASE.next, {"step": "assigned", "now": NOW, "actor": "ann", "note": "n", "details": {"owner": "bo"}}),
    (CASE.entered, {"state": "open"}),
    (CASE.time_between, {"first": "open", "then": "contacted", "clock": HOUR}),
    (CASE.to_contact, {"clock": HOUR}),
    (CASE.to_resolution, {"clock": HOUR}),
    (CASE.contact.reading, {"now": NOW}),
    (nps.Clock, {"length": timedelta(hours=1), "business": True}),
    (nps.Clock.parse, {"text": "1 hour"}),
    (HOUR.due, {"start": NOW, "hours": OFFICE}),
    (HOUR.passed, {"since": NOW, "until": NOW, "hours": OFFICE}),
    (nps.loop_health, {"cases": [CASE], "now": NOW, "level": 0.9}),
    (
        nps.recovery,
        {
            "answers": [ANSWER], "cases": [CASE], "within": timedelta(9), "since": NOW, "comparison": "before",
            "level": 0.9,
        },
    ),
    (nps.Staff, {"hours": OFFICE, "handling": HOUR.length, "people": {"ann": 1}, "resolving": HOUR.length}),
    (nps.simulate, {"cases": [CASE], "staff": STAFF, "until": NOW + timedelta(1)}),
    (nps.read_policy, {"text": FILE, "form": "json"}),
    (nps.write_policy, {"policy": POLICY, "form": "json"}),
    (nps.lint, {"policy": POLICY, "as_of": date(2026, 11, 22)}),
    (nps.check_policy, {"policy": POLICY, "as_of": date(2026, 11, 22)}),
    (nps.ready_policy, {"name": "helpdesk"}),
    (
        nps.ready_policy,
        {"name": "b2b saas", "lead": "ann", "people": ["ann"], "hours": OFFICE, "large": 9},
    ),
    (
        nps.OpenCase,
        {"priority": "high", "contact_within": "1 hour", "resolve_within": HOUR.length, "owner": "ann"},
    ),
    (
        nps.Deed,
        {"do": "notify", "to": "ann", "consent": "customer.agreed", "cooldown": timedelta(9), "reason": "why"},
    ),
    (nps.PolicyRule, {"name": "unhappy", "when": 'category = "detractor"', "then": [OPENING]}),
    (
        nps.Owners,
        {"by": ["account.owner"], "people": ["ann"], "fallback": "ann", "never": ["interaction.agent"], "per_day": 9},
    ),
    (
        nps.Escalation,
        {
            "name": "late", "clock": "resolve", "after": "1 hour", "to": "bo", "owner": "bo", "priority": "high",
            "only": ["low"],
        },
    ),
    (
        nps.Policy,
        {
            "name": "care", "rules": [UNHAPPY], "window": timedelta(9), "hours": OFFICE, "owners": nps.Owners(),
            "escalations": [nps.Escalation(name="late", after=HOUR)], "close_after": "1 hour",
            "resurvey_after": HOUR, "root_causes": {"price": ["too high"]},
        },
    ),
    (
        nps.Situation,
        {"answer": ANSWER, "row": ROW, "follow_ups": [OPENED], "given_today": {"ann": 1}, "not_counted": "a trial"},
    ),
    (nps.decide, {"policies": [POLICY], "situation": KNOWN, "now": NOW}),
    (nps.History, {"records": [ANSWER, OPENED]}),
    (nps.replay, {"policies": [POLICY], "history": [ANSWER, OPENED]}),
    (REPLAY.per_owner_and_day, {"zone": "Europe/Paris"}),
    (REPLAY.differences, {"other": REPLAY}),
    (REPLAY.unlike, {"ran": [OPENED]}),
    (nps.Loop, {"store": kept(), "policies": [POLICY], "sink": nps.MemorySink()}),
    (of_loop("receive"), {"responses": [ANSWER], "now": NOW}),
    (of_loop("catch_up"), {"now": NOW, "since": NOW}),
    (of_loop("step"), {"follow_up": CASE.next("contacted", NOW), "now": NOW}),
    (of_loop("sweep"), {"now": NOW}),
    (of_loop("log"), {"name": "case-1"}),
    (of_loop("cases"), {"finished": False}),
    (of_loop("report"), {"now": NOW, "level": 0.9}),
    (nps.MemorySink, {"trouble": print}),
    (nps.MemorySink().send, {"action": ACTION}),
    (nps.JsonLinesSink, {"path": FOLDER / "actions.jsonl", "patience": 1.0}),
    (nps.JsonLinesSink(FOLDER / "sent.jsonl").send, {"action": ACTION}),
    (
        nps.WebhookSink,
        {"url": "https://example.org", "secret": "whsec_" + "A" * 32, "client": None, "attempts": 1, "patience": 1.0},
    ),
    (
        nps.EmailSink,
        {
            "host": "localhost", "port": 25, "sender": "nps@example.org", "recipients": {"ann": "ann@example.org"},
            "templates": {"thank": nps.MailTemplate(subject="s", text="t")}, "login": ("a", "b"),
            "security": "starttls", "ssl_context": None, "attempts": 1, "patience": 1.0,
        },
    ),
    (nps.MailTemplate, {"subject": "s", "text": "t", "html": "<p>t</p>"}),
    (nps.MemorySource, {"records": [ANSWER], "rejects": []}),
    (nps.MemorySource([ANSWER]).pull, {"since": NOW}),
    (nps.LinesSource, {"path": FOLDER / "records.jsonl"}),
    (nps.line_of, {"record": ANSWER}),
]  # fmt: skip
HOSTILE = {
    "None": None,
    "text": "abc",
    "an object": object(),
    "a list": [],
    "a dict": {},
    "NaN": math.nan,
    "a number": 10**400,
    "pandas": pd.DataFrame({"a": [1, 2], "b": [3, 4]}),
    "polars": pl.DataFrame({"a": [1, 2], "b": [3, 4]}),
    "lists": [[1], [2, 3]],
}
CASES = [
    pytest.param(call, arguments, name, id=f"{call.__qualname__}-{name}")
    for call, arguments in CALLS
    for name in arguments
]


def outcome(call, arguments):
    made = call(**arguments)
    return list(made) if inspect.isgenerator(made) else made


@pytest.mark.filterwarnings("ignore::npscore.DataWarning")
@pytest.mark.parametrize(("call", "arguments"), [pytest.param(*one, id=one[0].__qualname__) for one in CALLS])
def test_the_call_is_right_before_it_goes_wrong(call, arguments):
    if call is not nps.restate:
        outcome(call, arguments)


@pytest.mark.filterwarnings("ignore::npscore.DataWarning")
@pytest.mark.parametrize("wrong", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize(("call", "arguments", "name"), CASES)
def test_what_comes_out_is_a_result_or_an_error_of_our_own(call, arguments, name, wrong):
    try:
        outcome(call, {**arguments, name: wrong})
    except nps.NpscoreError as error:
        assert "\n" not in str(error)


def test_every_public_function_is_called():
    called = {call for call, _ in CALLS}
    functions = {name for name in nps.__all__ if inspect.isfunction(getattr(nps, name))}
    assert functions <= {call.__name__ for call in called}
