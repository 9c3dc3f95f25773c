"""Mails reach a real server as they were written, and each way in which it may not take them is told apart."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import pytest
from aiosmtpd.smtp import AuthResult
from hypothesis import given
from hypothesis import strategies as st

from npscore.adapters.sinks.email import EmailSink
from npscore.adapters.sinks.mails import MailTemplate
from npscore.errors import ConnectorError, InputError, RejectedError
from npscore.testing.sinks import HOSTILE, action
from outsides import MailOutside, free_port

PEOPLE = {"ann": "ann@example.org", None: "desk@example.org"}


@pytest.fixture
def outside() -> Iterator[MailOutside]:
    outside = MailOutside()
    yield outside
    outside.close()


def _sink(outside: MailOutside, recipients: object = PEOPLE, **options: object) -> EmailSink:
    given = {"security": "none", "patience": 0} | options
    return EmailSink(outside.host, outside.port, "nps@example.org", recipients, **given)  # type: ignore[arg-type]


def test_a_mail_arrives_with_both_parts(outside: MailOutside) -> None:
    receipt = _sink(outside).send(action(details={"note": "a < b"}))
    (mail,) = outside.mails
    assert (mail["from"], mail["to"], mail["subject"]) == ("nps@example.org", "ann@example.org", "Please contact c1")
    assert "note: a < b" in mail.get_body(("plain",)).get_content()
    assert "<td>a &lt; b</td>" in mail.get_body(("html",)).get_content()
    assert mail["auto-submitted"] == "auto-generated"
    assert mail["date"].datetime.tzinfo is not None
    assert receipt.reference == mail["message-id"]
    assert (receipt.action, receipt.is_repeat) == ("case-1/0", False)


def test_a_repeat_has_the_same_message_id_and_no_other_action_has(outside: MailOutside) -> None:
    sink = _sink(outside)
    for name in ("a", "a", "b", "a "):
        sink.send(action(name, details={}))
    first, again, *others = [mail["message-id"] for mail in outside.mails]
    assert first == again
    assert len({first, *others}) == 3
    assert first.endswith("@example.org>")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_change_neither_headers_nor_words(outside: MailOutside, text: str) -> None:
    template = MailTemplate(subject="{{ customer_id }}", text="{{ customer_id }}", html="<p>{{ customer_id }}</p>")
    _sink(outside, templates={"contact": template}).send(action(customer_id=text))
    (mail,) = outside.mails
    names = [name.lower() for name in mail.keys()]  # noqa: SIM118 (a mail is no mapping)
    assert sorted(names) == sorted(set(names))
    assert "bcc" not in names
    assert mail["to"] == "ann@example.org"
    assert b"<script>" not in outside.raw[0].partition(b"<p>")[2]
    assert all(len(line) <= 998 for line in outside.raw[0].split(b"\r\n"))
    said = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert said == text.replace("\r\n", "\n") + "\n"


def test_subjects_in_any_letters_are_read_as_written(outside: MailOutside) -> None:
    _sink(outside).send(action(customer_id="Ann \u00c9\U0001f600 \u5c71"))
    assert outside.mails[0]["subject"] == "Please contact Ann \u00c9\U0001f600 \u5c71"


def test_whom_an_action_is_for_may_be_a_function(outside: MailOutside) -> None:
    sink = _sink(outside, lambda asked: f"{asked.to}@example.org" if asked.to else None)
    sink.send(action(to="bob"))
    assert outside.mails[0]["to"] == "bob@example.org"
    with pytest.raises(RejectedError, match="no address is known for an action for nobody"):
        sink.send(action(to=None))


def test_nobody_in_particular_may_have_an_address(outside: MailOutside) -> None:
    _sink(outside).send(action(to=None))
    assert outside.mails[0]["to"] == "desk@example.org"


def test_somebody_without_an_address_is_a_rejection_with_a_hint(outside: MailOutside) -> None:
    with pytest.raises(RejectedError, match="no address is known for 'zoe'; give recipients one") as caught:
        _sink(outside).send(action(to="zoe"))
    assert not caught.value.retryable
    assert outside.mails == []


@pytest.mark.parametrize("found", ["", "zoe", 7, "a@b\nBcc: c@d", "a b@c", "@x", "x@", b"a@b"])
def test_a_function_that_gives_no_address_is_a_rejection(outside: MailOutside, found: object) -> None:
    with pytest.raises(RejectedError, match="is an address of mail"):
        _sink(outside, lambda asked: found).send(action())
    assert outside.mails == []


@pytest.mark.parametrize("mood", ["rude", "gone"])
def test_a_server_that_is_cross_at_the_goodbye_has_the_mail_all_the_same(outside: MailOutside, mood: str) -> None:
    with outside.in_mood(mood):
        assert _sink(outside).send(action()).action == "case-1/0"
    assert len(outside.mails) == 1


def test_refusals_for_good_and_for_now_are_told_apart(outside: MailOutside) -> None:
    sink = _sink(outside)
    with outside.refusing(), pytest.raises(RejectedError, match="answered 550: 'nobody here'"):
        sink.send(action())
    with outside.away(), pytest.raises(ConnectorError, match="answered 451: 'not now'") as caught:
        sink.send(action())
    assert caught.value.retryable


def test_nobody_at_the_port_may_be_there_later() -> None:
    sink = EmailSink("127.0.0.1", free_port(), "nps@example.org", PEOPLE, security="none", patience=0)
    with pytest.raises(ConnectorError, match="cannot be reached") as caught:
        sink.send(action())
    assert caught.value.retryable


def test_a_server_without_starttls_gets_nothing_in_the_clear(outside: MailOutside) -> None:
    with pytest.raises(ConnectorError, match="STARTTLS") as caught:
        _sink(outside, security="starttls").send(action())
    assert caught.value.retryable  # whoever mends the server finds the action owed still
    assert outside.mails == []


def test_domains_in_any_letters_are_written_as_servers_write_them(outside: MailOutside) -> None:
    _sink(outside, {"ann": "ann@b\u00fccher.example"}).send(action())
    assert outside.mails[0]["to"] == "ann@xn--bcher-kva.example"


def test_a_server_that_hangs_up_may_be_there_later(outside: MailOutside, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang_up(server, _session, _envelope, _address, _options):
        server.transport.close()
        return "250 OK"

    monkeypatch.setattr(outside, "handle_RCPT", hang_up)
    with pytest.raises(ConnectorError) as caught:
        _sink(outside).send(action())
    assert caught.value.retryable


@given(st.text() | st.text('ab@.<>[]()"\\\\ ,;:%é').map("{}@x".format))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        sink = EmailSink("mail.example.org", 25, text, {"ann": text})
    except InputError:
        return
    mail = sink.mail(action())
    assert len(bytes(mail).split(b"To: ")) >= 2
    assert mail["To"].addresses[0].addr_spec


def _knows_ann(_server: object, _session: object, _envelope: object, mechanism: str, data: object) -> AuthResult:
    is_right = mechanism in ("LOGIN", "PLAIN") and (data.login, data.password) == (b"nps", b"s3cret")
    return AuthResult(success=is_right, handled=is_right)


def test_a_sealed_server_that_asks_for_a_login_takes_the_right_one(
    sealed: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    outside = MailOutside(tls_context=sealed[0], require_starttls=True, auth_required=True, authenticator=_knows_ann)
    try:
        options = {"security": "starttls", "ssl_context": sealed[1]}
        _sink(outside, login=("nps", "s3cret"), **options).send(action())
        with pytest.raises(ConnectorError, match="535") as caught:
            _sink(outside, login=("nps", "wrong"), **options).send(action())
        assert caught.value.retryable
        assert "wrong" not in str(caught.value)
        with pytest.raises(ConnectorError, match=r"(?i)certificate"):
            _sink(outside, login=("nps", "s3cret"), security="starttls").send(action())
    finally:
        outside.close()
    assert len(outside.mails) == 1


def test_a_server_may_be_sealed_from_the_beginning(sealed: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    outside = MailOutside(ssl_context=sealed[0])
    try:
        _sink(outside, security="tls", ssl_context=sealed[1]).send(action())
    finally:
        outside.close()
    assert len(outside.mails) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"host": None}, "host is"),
        ({"host": ""}, "host is"),
        ({"host": "a\nb"}, "host is"),
        ({"port": "25"}, "port is"),
        ({"port": 0}, "port is"),
        ({"port": 65_536}, "port is"),
        ({"port": True}, "port is"),
        ({"port": 25.0}, "port is"),
        ({"sender": None}, "sender is an address"),
        ({"sender": "nps"}, "sender is an address"),
        ({"sender": "a@b\r\nBcc: c@d"}, "sender is an address"),
        ({"sender": "Ann <ann@example.org>"}, "sender is an address"),
        ({"sender": "a@b@c"}, "sender is an address"),
        ({"recipients": None}, "recipients is a mapping"),
        ({"recipients": ["ann@example.org"]}, "recipients is a mapping"),
        ({"recipients": {"ann": "ann"}}, "the address for 'ann' is"),
        ({"recipients": {"ann": None}}, "the address for 'ann' is"),
        ({"templates": {"dance": None}}, "no action does 'dance'"),
        ({"security": "maybe"}, "security is one of"),
        ({"security": None}, "security is one of"),
        ({"login": "ann"}, "login is a name and a password, not a str"),
        ({"login": ("ann",)}, "login is a name and a password"),
        ({"login": ("ann", None)}, "login is a name and a password"),
        ({"login": ("ann", "s3cret"), "security": "none"}, "a password is not sent"),
        ({"ssl_context": "x"}, "ssl_context is"),
        ({"attempts": 0}, "attempts is a number"),
        ({"attempts": 101}, "attempts is a number"),
        ({"attempts": 1.5}, "attempts is a number"),
        ({"attempts": None}, "attempts is a number"),
        ({"attempts": True}, "attempts is a number"),
        ({"patience": -1}, "patience is a number"),
        ({"patience": "1"}, "patience is a number"),
        ({"patience": None}, "patience is a number"),
        ({"patience": float("nan")}, "patience is a number"),
        ({"patience": float("inf")}, "patience is a number"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(wrong: dict[str, object], said: str) -> None:
    usual = {"host": "mail.example.org", "port": 25, "sender": "nps@example.org", "recipients": PEOPLE}
    with pytest.raises(InputError, match=said) as caught:
        EmailSink(**(usual | wrong))  # type: ignore[arg-type]
    assert "s3cret" not in str(caught.value)
