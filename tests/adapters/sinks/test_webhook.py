"""Webhooks are signed as the specification asks, tried again where that helps, and given up where it does not."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from npscore.adapters.sinks.webhook import WebhookSink, header_id, signed
from npscore.errors import ConnectorError, InputError, MissingExtraError, RateLimitedError, RejectedError
from npscore.testing.sinks import action
from npscore.testing.strategies import texts
from outsides import WebhookOutside, free_port

OLD, NEW = (f"whsec_{base64.b64encode(key * 32).decode()}" for key in (b"o", b"n"))


@pytest.fixture
def outside() -> Iterator[WebhookOutside]:
    outside = WebhookOutside()
    yield outside
    outside.close()


@pytest.fixture
def sink(outside: WebhookOutside) -> Iterator[WebhookSink]:
    sink = WebhookSink(outside.url, NEW)
    yield sink
    sink.close()


def _replying(*replies: httpx.Response | Exception, **options: object) -> tuple[WebhookSink, list[httpx.Request]]:
    """A sink before an outside that gives some replies, and the calls it made."""
    calls: list[httpx.Request] = []
    left = list(replies)

    def reply(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        given = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(given, Exception):
            raise given
        return given

    client = httpx.Client(transport=httpx.MockTransport(reply))
    return WebhookSink("https://crm.example/hooks", NEW, client=client, **options), calls


def test_the_official_library_takes_the_signature(sink: WebhookSink, outside: WebhookOutside) -> None:
    sent = action("case-1/ask for review", details={"note": "é \U0001f600 \u2028 <script>"})
    receipt = sink.send(sent)
    ((headers, body),) = outside.calls
    assert Webhook(NEW).verify(body, headers) == sent.to_dict()
    assert headers["webhook-id"] == sent.id
    assert headers["content-type"] == "application/json"
    assert (receipt.action, receipt.reference, receipt.is_repeat) == (sent.id, "/tasks/1", False)


def test_the_official_library_refuses_what_was_changed(sink: WebhookSink, outside: WebhookOutside) -> None:
    sink.send(action())
    ((headers, body),) = outside.calls
    for wrong in ((OLD, body, headers), (NEW, body + b" ", headers), (NEW, body, headers | {"webhook-id": "b"})):
        secret, said, told = wrong
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(said, told)


@given(texts(), texts(min_size=1), st.integers(0, 2**33), st.binary(min_size=24, max_size=64))
def test_signatures_are_those_of_the_official_library(body: str, id: str, moment: int, key: bytes) -> None:  # noqa: A002
    made = signed(header_id(id), moment, body.encode(), [key])["webhook-signature"]
    assert made == Webhook(key).sign(header_id(id), datetime.fromtimestamp(moment, UTC), body)


def test_while_secrets_are_changed_both_sign(outside: WebhookOutside) -> None:
    sink = WebhookSink(outside.url, [NEW, OLD.rstrip("=")])
    sink.send(action())
    sink.close()
    ((headers, body),) = outside.calls
    assert len(headers["webhook-signature"].split()) == 2
    for secret in (OLD, NEW):
        Webhook(secret).verify(body, headers)


@given(st.lists(texts(min_size=1), unique=True))
def test_ids_stay_apart_in_headers(ids: list[str]) -> None:
    told = [header_id(one) for one in ids]
    assert len(set(told)) == len(ids)
    assert all(one.isascii() and one.isprintable() and one == one.strip() for one in told)


@pytest.mark.usefixtures("_without_pauses")
def test_what_fails_for_now_is_tried_again_and_signed_anew(sink: WebhookSink, outside: WebhookOutside) -> None:
    outside.moods = ["503", "500"]
    assert not sink.send(action()).is_repeat
    assert len(outside.calls) == 3
    assert len({body for _, body in outside.calls}) == 1
    for headers, body in outside.calls:
        Webhook(NEW).verify(body, headers)


@pytest.mark.usefixtures("_without_pauses")
def test_a_reply_that_was_lost_makes_no_second_deed(sink: WebhookSink, outside: WebhookOutside) -> None:
    outside.moods = ["forgetful"]
    assert sink.send(action()).is_repeat
    assert len(outside.calls) == 2
    assert outside.received() == [action().to_dict()]


@pytest.mark.usefixtures("_without_pauses")
@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 425])
def test_what_fails_for_now_each_time_can_be_sent_later(status: int) -> None:
    sink, calls = _replying(httpx.Response(status))
    with pytest.raises(ConnectorError, match=f"crm.example answered {status}") as caught:
        sink.send(action())
    assert caught.value.retryable
    assert not isinstance(caught.value, RateLimitedError)
    assert len(calls) == 3


@pytest.mark.parametrize("status", [400, 402, 406, 410, 413, 422, 431, 451])
def test_what_is_refused_is_tried_once(status: int) -> None:
    sink, calls = _replying(httpx.Response(status, text="never", headers={"location": "https://elsewhere.example"}))
    with pytest.raises(RejectedError, match=f"answered {status}") as caught:
        sink.send(action())
    assert not caught.value.retryable
    assert len(calls) == 1


@pytest.mark.parametrize("status", [300, 301, 302, 304, 307, 308, 401, 403, 404, 405, 407])
def test_a_wrong_place_loses_no_action_and_is_tried_once(status: int) -> None:
    sink, calls = _replying(httpx.Response(status, headers={"location": "https://elsewhere.example"}))
    with pytest.raises(ConnectorError, match=f"answered {status}.*(give the URL|look at the URL)") as caught:
        sink.send(action())
    assert caught.value.retryable
    assert len(calls) == 1


def test_a_refusal_says_what_the_receiver_said_and_not_more() -> None:
    sink, _ = _replying(httpx.Response(400, text="no such field: rating\n" + "x" * 10_000))
    with pytest.raises(RejectedError) as caught:
        sink.send(action())
    assert "no such field" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_the_path_of_the_url_and_the_secret_are_in_no_error() -> None:
    for reply in (httpx.Response(404), httpx.ConnectError("refused")):
        client = httpx.Client(transport=httpx.MockTransport(lambda request, said=reply: _given(said)))
        sink = WebhookSink("https://crm.example/T0K3N?key=hidden", NEW, client=client, attempts=1)
        with pytest.raises(ConnectorError) as caught:
            sink.send(action())
        assert not {"T0K3N", "hidden", NEW} & set(str(caught.value).replace("?", "/").split("/"))
        assert "crm.example" in str(caught.value)


def _given(said: httpx.Response | Exception) -> httpx.Response:
    if isinstance(said, Exception):
        raise said
    return said


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_that_asks_for_a_long_wait_is_not_waited_for(status: int) -> None:
    sink, calls = _replying(httpx.Response(status, headers={"retry-after": "3600"}))
    with pytest.raises(RateLimitedError, match="in 3600 seconds") as caught:
        sink.send(action())
    assert caught.value.retry_after == 3600
    assert caught.value.retryable
    assert len(calls) == 1


def test_a_receiver_that_asks_for_a_short_wait_is_waited_for() -> None:
    sink, calls = _replying(httpx.Response(429, headers={"retry-after": "0"}), httpx.Response(200))
    assert sink.send(action()).reference is None
    assert len(calls) == 2


@pytest.mark.usefixtures("_without_pauses")
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (None, None),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("\xb2", None),
        ("9" * 400, 999_999_999.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Fri, 99 Foo 2026", None),
    ],
)
def test_retry_after_is_read_or_left_alone(said: str | None, expected: float | None) -> None:
    headers = {} if said is None else {b"retry-after": said.encode("latin-1")}
    sink, _ = _replying(httpx.Response(429, headers=headers), attempts=1)
    with pytest.raises(RateLimitedError) as caught:
        sink.send(action())
    assert caught.value.retry_after == expected


def test_retry_after_may_be_a_date() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    sink, _ = _replying(httpx.Response(429, headers={"retry-after": date}))
    with pytest.raises(RateLimitedError) as caught:
        sink.send(action())
    assert caught.value.retry_after == pytest.approx(3600, abs=60)


@pytest.mark.usefixtures("_without_pauses")
@pytest.mark.parametrize("error", [httpx.ReadTimeout("slow"), httpx.ConnectError(""), httpx.RemoteProtocolError("odd")])
def test_what_goes_wrong_on_the_way_is_worth_a_retry(error: Exception) -> None:
    sink, calls = _replying(error)
    with pytest.raises(ConnectorError, match=r"https://crm\.example cannot be reached: \S+") as caught:
        sink.send(action())
    assert caught.value.retryable
    assert len(calls) == 3


def test_nobody_at_the_port_is_a_connector_error() -> None:
    sink = WebhookSink(f"http://127.0.0.1:{free_port()}", NEW, attempts=1)
    with pytest.raises(ConnectorError, match="cannot be reached"):
        sink.send(action())
    sink.close()
    sink.close()
    with pytest.raises(ConnectorError, match="closed"):
        sink.send(action())


@pytest.mark.parametrize("reply", [httpx.Response(503), httpx.Response(429, headers={"retry-after": "0"})])
def test_no_patience_is_no_second_try(reply: httpx.Response) -> None:
    sink, calls = _replying(reply, patience=0)
    with pytest.raises(ConnectorError):
        sink.send(action())
    assert len(calls) == 1


def test_a_client_of_yours_is_not_closed() -> None:
    client = httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(204)))
    sink = WebhookSink("https://crm.example", NEW, client=client)
    sink.close()
    assert sink.send(action()).action == "case-1/0"


def test_other_successes_and_a_known_id_are_fine() -> None:
    for status in (200, 201, 202, 204):
        assert not _replying(httpx.Response(status))[0].send(action()).is_repeat
    assert _replying(httpx.Response(409))[0].send(action()).is_repeat


def test_a_body_is_the_json_of_the_action() -> None:
    sink, calls = _replying(httpx.Response(200))
    sink.send(action())
    assert json.loads(calls[0].content) == action().to_dict()


@pytest.mark.parametrize(
    "url",
    [None, 7, "", "crm.example", "ftp://crm.example", "https://", "https://a:0", "http://[", "http://a:99999",
     "https://a/b c", "https://a/\n", b"https://a",
     "https://xn--\u00df.example", "https://a..b\u00df"],
)  # fmt: skip
def test_a_url_that_is_none_is_refused(url: object) -> None:
    with pytest.raises(InputError, match="url is that of a webhook"):
        WebhookSink(url, NEW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "secret",
    [None, 7, "", "whsec_", "whsec_short", f"{NEW}!", NEW.removeprefix("whsec_"), [], [NEW, "x"], [None], b"whsec_",
     "whsec_" + "A" * 400, "whsec_é", {NEW: 1}],
)  # fmt: skip
def test_a_secret_that_is_none_is_refused_and_not_shown(secret: object) -> None:
    with pytest.raises(InputError, match="secret") as caught:
        WebhookSink("https://crm.example", secret)  # type: ignore[arg-type]
    assert NEW.removeprefix("whsec_") not in str(caught.value)
    assert "AAAA" not in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [{"attempts": 0}, {"attempts": 1.5}, {"attempts": None}, {"attempts": True}, {"patience": -1}, {"patience": "1"},
     {"patience": float("nan")}, {"patience": float("inf")}, {"client": "x"}, {"client": httpx}],
)  # fmt: skip
def test_options_that_cannot_be_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(InputError, match=next(iter(options))):
        WebhookSink("https://crm.example", NEW, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("library", ["httpx", "stamina"])
def test_without_its_libraries_it_names_the_extra(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtraError, match=rf"{library}.*npscore\[net\]"):
        WebhookSink("https://crm.example", NEW)
