"""What is owed is sent until the sink can take no more, and each receipt is logged once."""

import pytest

from logs import case, hour
from npscore import ConnectorError, InputError, MemorySink, MemoryStore, RateLimitedError, Receipt, RejectedError
from npscore.loop.actions import owed
from npscore.models import FollowUp
from npscore.service.gathering import Gathering
from npscore.service.sending import Sending

LOGS = [case(log=f"case-{number}", owner="ann").steps for number in range(3)]


def kept(*logs):
    store = MemoryStore()
    store.put(*(step for log in logs for step in log))
    return store


def log_of(store, name):
    return list(store.find(FollowUp, log=name))


def sending_of(store, sink, now):
    return Sending(Gathering(store=store, policies=(), now=now), sink)


class Sink:
    """A sink that answers as it is told."""

    def __init__(self, answer):
        self.answer = answer

    def send(self, action):
        return self.answer(action)


def test_each_action_is_receipted_with_what_the_other_side_calls_it():
    store = kept(*LOGS)
    sending = sending_of(store, Sink(lambda action: Receipt(action=action.id, reference="task 7")), hour(1))
    sending.settle(LOGS)
    assert (sending.told().sent, sending.told().waiting, sending.told().fault) == (3, 0, None)
    for log in LOGS:
        (_, receipt) = log_of(store, log[0].log)
        assert dict(receipt.details) == {"action": f"{log[0].log}/0", "reference": "task 7"}
        assert (receipt.done_at, receipt.customer_id, receipt.policy, receipt.actor) == (hour(1), "c1", "care", None)
        assert owed(log_of(store, log[0].log)) == ()


def test_each_action_is_handed_to_the_sink_once_and_never_after_its_receipt():
    heard = []

    def answer(action):
        heard.append(action.id)
        return Receipt(action=action.id)

    store = kept(*LOGS)
    for _ in range(2):
        sending_of(store, Sink(answer), hour(1)).settle([log_of(store, log[0].log) for log in LOGS])
    assert heard == [f"{log[0].log}/0" for log in LOGS]


def test_without_a_sink_all_of_it_waits():
    store = kept(*LOGS)
    sending = sending_of(store, None, hour(1))
    sending.settle(LOGS)
    sending.settle(LOGS)
    assert (sending.told().waiting, sending.told().fault, len(list(store.find(FollowUp)))) == (3, None, 3)


@pytest.mark.parametrize("error", [ConnectorError("away"), RateLimitedError("away", 9)])
def test_what_was_sent_before_the_sink_went_away_is_receipted(error):
    def answer(action):
        if action.log == "case-1":
            raise error
        return Receipt(action=action.id)

    store = kept(*LOGS)
    sending = sending_of(store, Sink(answer), hour(1))
    sending.settle(LOGS)
    assert (sending.told().sent, sending.told().waiting, sending.told().fault) == (1, 2, "away")
    assert [len(log_of(store, log[0].log)) for log in LOGS] == [2, 1, 1]


def test_what_is_rejected_does_not_stop_the_rest():
    def answer(action):
        if action.log == "case-0":
            raise RejectedError("no such person")
        return Receipt(action=action.id)

    store = kept(*LOGS)
    sending = sending_of(store, Sink(answer), hour(1))
    sending.settle(LOGS)
    assert (sending.told().sent, sending.told().rejected, sending.told().waiting) == (2, 1, 0)
    assert log_of(store, "case-0")[1].details["rejected"] == "no such person"


@pytest.mark.parametrize("words", ["x" * 200_000, "a\0b", "\ud800", "\0" * 5_000])
def test_whatever_the_other_side_says_can_be_logged(words):
    def answer(action):
        if action.log == "case-0":
            raise RejectedError(words)
        return Receipt(action=action.id, reference=words)

    store = kept(*LOGS)
    sending_of(store, Sink(answer), hour(1)).settle(LOGS)
    said = [log_of(store, name)[1].details[word] for name, word in (("case-0", "rejected"), ("case-1", "reference"))]
    assert said[0] == said[1]
    assert len(said[0]) <= 1_000


def test_a_sink_that_hands_back_no_receipt_is_told():
    with pytest.raises(InputError, match="a sink hands back a Receipt"):
        sending_of(kept(*LOGS), Sink(lambda action: None), hour(1)).settle(LOGS)


def test_a_receipt_goes_to_the_end_where_others_logged_steps_meanwhile():
    store = kept(*LOGS)
    made = case(log="case-0", owner="ann")
    store.put(made.next("contacted", hour(1)))
    sending_of(store, MemorySink(), hour(2)).settle(LOGS)  # as the logs were before
    assert [step.step for step in log_of(store, "case-0")] == ["opened", "contacted", "receipted"]


class Rival(MemoryStore):
    """A store into which somebody else writes just before the next write."""

    before = None

    def put(self, *records):
        if self.before is not None:
            before, self.before = self.before, None
            super().put(before)
        return super().put(*records)


def test_a_receipt_whose_place_another_step_takes_is_logged_after_it():
    store = Rival()
    store.put(*LOGS[0])
    store.before = case(log="case-0", owner="ann").next("contacted", hour(1))
    sending_of(store, MemorySink(), hour(2)).settle(LOGS[:1])
    assert [step.step for step in log_of(store, "case-0")] == ["opened", "contacted", "receipted"]


def test_a_receipt_that_another_worker_logged_is_not_logged_again():
    store, sink = kept(*LOGS), MemorySink()
    for _ in range(2):
        sending_of(store, sink, hour(2)).settle(LOGS)
    assert [len(log_of(store, log[0].log)) for log in LOGS] == [2, 2, 2]
    assert len(sink.actions) == 3


def test_a_person_who_was_erased_meanwhile_leaves_no_receipt():
    store = kept(*LOGS)
    store.erase("c1")
    sending_of(store, MemorySink(), hour(2)).settle(LOGS)
    assert {step.step for step in store.find(FollowUp)} == {"opened"}
