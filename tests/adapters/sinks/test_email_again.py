"""A mail is tried again only where the server surely took nothing: no mail is lost, and none goes out twice."""

from __future__ import annotations

import socket
import ssl
import sys
from collections.abc import Iterator, Mapping
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

import pytest

from npscore.adapters.sinks.email import EmailSink
from npscore.errors import ConnectorError, MissingExtraError, RejectedError
from npscore.testing.sinks import action

pytestmark = pytest.mark.usefixtures("_without_pauses")

Mood = Mapping[str, str | None]
"""What is answered to which command otherwise than usual; None hangs up. "HI" is the greeting, "." ends a mail."""

USUAL = {
    "HI": "220 here",
    "EHLO": "250-here\r\n250 AUTH PLAIN",
    "AUTH": "235 yes",
    "DATA": "354 go on",
    "QUIT": "221 bye",
}


class _Server(ThreadingTCPServer):
    """A server of mail in one mood for each connection, and then in its usual one."""

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.connections = 0
        self.moods: list[Mood] = []
        self.handed: list[bytes] = []
        self.taken: list[bytes] = []
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def get_request(self) -> Any:
        self.connections += 1
        return super().get_request()


class _Talk(StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        self.mood = self.server.moods.pop(0) if self.server.moods else {}
        if self._says("HI") and "HI" not in self.mood:
            while self._heard(self.rfile.readline()[:4].strip().decode().upper()):
                pass

    def _heard(self, command: str) -> bool:
        if not command or not self._says(command):
            return False
        return command != "DATA" or not self._reply("DATA").startswith("354") or self._hands_over()

    def _hands_over(self) -> bool:
        mail = b"".join(iter(self.rfile.readline, b".\r\n"))
        self.server.handed.append(mail)
        if self._reply(".") in ("", "250 OK"):  # whoever hangs up may have it
            self.server.taken.append(mail)
        return self._says(".")

    def _says(self, command: str) -> bool:
        if self._reply(command):
            self.wfile.write(self._reply(command).encode() + b"\r\n")
        return bool(self._reply(command))

    def _reply(self, command: str) -> str:
        return self.mood.get(command, USUAL.get(command, "250 OK")) or ""


@pytest.fixture
def server() -> Iterator[_Server]:
    yield from _serving(None)


@pytest.fixture
def sealed_server(sealed: tuple[ssl.SSLContext, ssl.SSLContext]) -> Iterator[_Server]:
    yield from _serving(sealed[0])


def _serving(context: ssl.SSLContext | None) -> Iterator[_Server]:
    server = _Server(context)
    yield server
    server.shutdown()
    server.server_close()


def _sink(server: _Server, **options: Any) -> EmailSink:
    given = {"security": "none"} | options
    return EmailSink("127.0.0.1", server.server_address[1], "nps@example.org", {"ann": "ann@example.org"}, **given)


NOT_TAKEN: list[Mood] = [
    {"HI": "421 busy"},
    {"HI": "450 busy"},
    {"HI": "554 nobody home"},
    {"HI": None},
    {"EHLO": None},
    {"EHLO": "421 busy", "HELO": "421 busy"},
    {"MAIL": "421 busy"},
    {"MAIL": "451 not you, now"},
    {"RCPT": "421 busy"},
    {"RCPT": "450 grey"},
    {"DATA": "421 busy"},
    {"DATA": "451 no room"},
    {".": "421 busy"},
    {".": "452 no room"},
]
ONCE: list[tuple[Mood, type[ConnectorError]]] = [
    ({"EHLO": "500 what", "HELO": "500 what"}, ConnectorError),
    ({"MAIL": "550 not you"}, ConnectorError),
    ({"MAIL": None}, ConnectorError),
    ({"RCPT": "550 nobody here"}, RejectedError),
    ({"RCPT": None}, ConnectorError),
    ({"DATA": "554 never"}, RejectedError),
    ({"DATA": "gibberish"}, ConnectorError),
    ({"DATA": None}, ConnectorError),
    ({".": "552 too long"}, RejectedError),
    ({".": None}, ConnectorError),
]


@pytest.mark.parametrize("mood", NOT_TAKEN, ids=str)
def test_what_was_surely_not_taken_is_tried_again_and_goes_out_once(server: _Server, mood: Mood) -> None:
    server.moods = [mood, mood]
    receipt = _sink(server).send(action())
    assert server.connections == 3
    assert len(server.taken) == 1
    assert all(f"Message-ID: {receipt.reference}\r\n".encode() in mail for mail in server.handed)


@pytest.mark.parametrize("mood", NOT_TAKEN, ids=str)
@pytest.mark.parametrize("attempts", [1, 2])
def test_after_its_attempts_a_mail_is_left_to_the_next_send(server: _Server, mood: Mood, attempts: int) -> None:
    server.moods = [mood] * attempts
    sink = _sink(server, attempts=attempts)
    with pytest.raises(ConnectorError) as caught:
        sink.send(action())
    assert caught.value.retryable
    assert (server.connections, server.taken) == (attempts, [])
    sink.send(action())
    assert len(server.taken) == 1


@pytest.mark.parametrize(("mood", "kind"), ONCE, ids=str)
def test_what_may_be_taken_or_never_will_be_is_tried_once(
    server: _Server, mood: Mood, kind: type[ConnectorError]
) -> None:
    server.moods = [mood]
    with pytest.raises(ConnectorError) as caught:
        _sink(server).send(action())
    assert isinstance(caught.value, RejectedError) == (kind is RejectedError)
    assert server.connections == 1


@pytest.mark.parametrize("mood", NOT_TAKEN, ids=str)
def test_no_patience_is_no_second_try(server: _Server, mood: Mood) -> None:
    server.moods = [mood]
    with pytest.raises(ConnectorError):
        _sink(server, patience=0).send(action())
    assert server.connections == 1


@pytest.mark.parametrize("attempts", [1, 2, 5])
def test_a_refused_connection_is_tried_as_often_as_is_said(
    server: _Server, monkeypatch: pytest.MonkeyPatch, attempts: int
) -> None:
    calls = []

    def refuse(*where: object, **_options: object) -> None:
        calls.append(where)
        raise ConnectionRefusedError("nobody listens")

    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(ConnectorError, match="cannot be reached: nobody listens"):
        _sink(server, attempts=attempts).send(action())
    assert len(calls) == attempts


def test_a_server_without_starttls_is_asked_once(server: _Server) -> None:
    with pytest.raises(ConnectorError, match="STARTTLS"):
        _sink(server, security="starttls").send(action())
    assert server.connections == 1


def test_a_seal_that_is_not_to_be_had_now_is_asked_for_again(server: _Server) -> None:
    server.moods = [{"EHLO": "250-here\r\n250 STARTTLS", "STAR": "454 not now"}] * 2
    with pytest.raises(ConnectorError, match="454"):
        _sink(server, security="starttls", attempts=2).send(action())
    assert server.connections == 2


@pytest.mark.parametrize(("reply", "connections"), [("535 wrong", 1), ("454 not now", 3), (None, 3)])
def test_a_login_is_tried_again_only_if_it_may_be_taken_later(
    sealed_server: _Server, sealed: tuple[ssl.SSLContext, ssl.SSLContext], reply: str | None, connections: int
) -> None:
    sealed_server.moods = [{"AUTH": reply}] * 3
    sink = _sink(sealed_server, security="tls", ssl_context=sealed[1], login=("nps", "s3cret"))
    with pytest.raises(ConnectorError) as caught:
        sink.send(action())
    assert "s3cret" not in str(caught.value)
    assert (sealed_server.connections, sealed_server.handed) == (connections, [])


def test_a_certificate_that_nobody_vouches_for_is_looked_at_once(sealed_server: _Server) -> None:
    with pytest.raises(ConnectorError, match=r"(?i)certificate"):
        _sink(sealed_server, security="tls").send(action())
    assert sealed_server.connections == 1


def test_without_the_library_it_names_the_extra(server: _Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "stamina", None)
    with pytest.raises(MissingExtraError, match=r"stamina.*npscore\[net\]"):
        _sink(server)
