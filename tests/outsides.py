"""What is outside in tests: a server of webhooks and one of mail, which can refuse, be away, and lose what they say."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from aiosmtpd.controller import Controller


class _Moody:
    """Answers as it is told to for the length of a block."""

    mood = "fine"

    @contextmanager
    def in_mood(self, mood: str) -> Iterator[None]:
        self.mood, before = mood, self.mood
        try:
            yield
        finally:
            self.mood = before

    def refusing(self) -> Any:
        return self.in_mood("refusing")

    def away(self) -> Any:
        return self.in_mood("away")


class WebhookOutside(_Moody):
    """A receiver that does each deed once, by the header webhook-id.

    Moods: "fine"; "refusing" (422); "away" (503); "forgetful" (does the deed and hangs up); or a reply as
    "429 Retry-After: 7". After `moods` are used up it is in its usual mood.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.deeds: dict[str, Any] = {}
        self.moods: list[str] = []
        self._lock = Lock()
        handler = type("Handler", (_Handler,), {"outside": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/hooks?key=hidden"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def received(self) -> list[Any]:
        return list(self.deeds.values())

    def take(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]] | None:
        """The reply to one call; None hangs up."""
        with self._lock:
            self.calls.append((headers, body))
            mood = self.moods.pop(0) if self.moods else self.mood
            if mood in ("fine", "forgetful"):
                is_repeat = headers["webhook-id"] in self.deeds
                self.deeds.setdefault(headers["webhook-id"], json.loads(body))
                return (409 if is_repeat else 201, {"location": "/tasks/1"}) if mood == "fine" else None
        if mood in ("refusing", "away"):
            return (422 if mood == "refusing" else 503), {}
        status, _, header = mood.partition(" ")
        name, _, value = header.partition(": ")
        return int(status), {name: value} if name else {}


class _Handler(BaseHTTPRequestHandler):
    outside: WebhookOutside
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        reply = self.outside.take({name.lower(): value for name, value in self.headers.items()}, body)
        if reply is None:
            self.close_connection = True
            return
        status, headers = reply
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", "4")
        self.end_headers()
        self.wfile.write(b"told")

    def log_message(self, *_words: object) -> None:
        """Nothing is logged."""


class MailOutside(_Moody):
    """A server of mail that keeps all it gets.

    Moods as above; "rude" takes the mail and is cross at the goodbye, "gone" hangs up then.
    """

    host = "127.0.0.1"

    def __init__(self, **options: Any) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.port = free_port()
        self._controller = Controller(self, hostname=self.host, port=self.port, ready_timeout=30, **options)
        self._controller.start()

    def close(self) -> None:
        self._controller.stop()

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if self.mood in ("refusing", "away"):
            return "550 nobody here" if self.mood == "refusing" else "451 not now"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.raw.append(envelope.content)
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 taken"

    async def handle_QUIT(self, server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802
        if self.mood == "gone":
            server.transport.close()
        return "500 how dare you" if self.mood == "rude" else "221 bye"

    def received(self) -> list[Any]:
        """The actions, of mails whose plain text is `AS_JSON`."""
        return [json.loads(mail.get_body(("plain",)).get_content()) for mail in self.mails]


_FIELDS = ("id", "do", "log", "policy", "customer_id", "response_id", "to", "asked_at", "details")
AS_JSON = "{{ {" + ", ".join(f'"{name}": {name}' for name in _FIELDS) + "} | tojson }}"
"""A template that says all of an action."""


def free_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
