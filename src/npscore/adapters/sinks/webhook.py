"""Actions by HTTP, signed as the Standard Webhooks specification asks (version v1, HMAC-SHA256)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import string
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import ModuleType
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from npscore.adapters.sinks.bodies import body_of
from npscore.adapters.sinks.patience import Tries
from npscore.errors import ConnectorError, InputError, MissingExtraError, RateLimitedError, RejectedError, short
from npscore.loop.actions import Action
from npscore.ports import Receipt

if TYPE_CHECKING:
    import httpx

PREFIX = "whsec_"
"""How a secret begins."""

_SAFE = string.ascii_letters + string.digits + string.punctuation.replace("%", "") + " "
_LATER = (408, 425, 429)  # of the 4xx those that say: not now
_OF_PLACE = (401, 403, 404, 405, 407)  # and those that would meet any action alike
_TIMEOUT = 10.0  # seconds


class _MisdirectedError(ConnectorError):
    """The place is wrong and not the action: not worth another try until somebody has mended it."""


class WebhookSink:
    """Posts actions as JSON to a URL, signed so that the receiver knows who sent them.

    The header ``webhook-id`` is the id of the action, so that a receiver that
    keeps ids does nothing twice; one that knows an id already may answer 409,
    which counts as taken. What fails for now is tried again with growing
    pauses, or after the time that ``Retry-After`` asks for.

    Args:
        url: beginning with ``https://``, or for trials ``http://``.
        secret: ``whsec_`` and 24 to 64 bytes in base64; several while one
            replaces another, each of which signs.
        client: an `httpx.Client` of yours, which stays yours to close; without
            one a new client waits 10 seconds for each step of a call.
        attempts: how often a call is tried, 1 or more.
        patience: in seconds, how long one `send` goes on trying. A receiver that
            asks for a longer wait is not waited for.

    Raises:
        InputError: for a URL, a secret, attempts or a patience that are none.
        MissingExtraError: without the extra ``net``.

    Example:
        >>> import httpx
        >>> from datetime import UTC, datetime
        >>> from npscore.loop.actions import Action
        >>> thank = Action(id="d/thank", do="thank", log="d", policy="p", customer_id="c1", response_id="r1", to=None,
        ...                asked_at=datetime(2026, 11, 22, tzinfo=UTC))
        >>> outside = httpx.MockTransport(lambda request: httpx.Response(201, headers={"location": "/tasks/7"}))
        >>> client = httpx.Client(transport=outside)
        >>> WebhookSink("https://crm.example/hooks", "whsec_" + "c2VjcmV0" * 4, client=client).send(thank)
        Receipt(action='d/thank', reference='/tasks/7', is_repeat=False)
    """

    def __init__(
        self,
        url: str,
        secret: str | Sequence[str],
        *,
        client: httpx.Client | None = None,
        attempts: int = 3,
        patience: float = 30.0,
    ) -> None:
        self._httpx = _httpx()
        _check_url(url, self._httpx)
        self._keys = _keys_of(secret)
        self._url, self._tries = url, Tries(attempts, patience)
        if client is not None and not isinstance(client, self._httpx.Client):
            raise InputError(f"client is an httpx.Client, not {short(client)}.")
        self._is_own = client is None
        self._client: httpx.Client = self._httpx.Client(timeout=_TIMEOUT) if client is None else client

    def send(self, action: Action) -> Receipt:
        """Post one action, and try again what fails for now; see `Sink.send`.

        Raises:
            InputError: for what is no action, and for one that JSON cannot say.
            RejectedError: when the receiver will never take it: 4xx, but for those below.
            RateLimitedError: when it asks for a longer wait than there is patience for.
            ConnectorError: when it cannot be reached, or fails; also when the place
                is wrong and not the action (3xx, 401, 403, 404, 405, 407), which is
                not tried again at once, and not lost.
        """
        body = body_of(action)
        for attempt in self._tries.each(on=self._pause):
            with attempt:
                return self._post(action.id, body)
        raise AssertionError("a call is tried at least once")

    def close(self) -> None:
        """Let go of connections, unless the client is yours. Closing twice is no error."""
        if self._is_own:
            self._client.close()

    def _pause(self, error: Exception) -> bool | float:
        """Whether to try again after an error, or in how many seconds."""
        if not isinstance(error, ConnectorError) or isinstance(error, _MisdirectedError) or not error.retryable:
            return False
        asked = error.retry_after if isinstance(error, RateLimitedError) else None
        if asked is None:
            return True
        return asked if asked <= self._tries.patience else False

    def _post(self, id: str, body: bytes) -> Receipt:  # noqa: A002 (the field's name)
        place = _place(self._url)
        headers = {"content-type": "application/json", **signed(header_id(id), int(time.time()), body, self._keys)}
        try:
            reply = self._client.post(self._url, content=body, headers=headers, follow_redirects=False)
        except (self._httpx.RequestError, RuntimeError) as error:  # a closed client is a RuntimeError
            raise ConnectorError(f"{place} cannot be reached: {str(error) or type(error).__name__}.") from error
        _check_reply(place, reply)
        return Receipt(action=id, reference=reply.headers.get("location"), is_repeat=reply.status_code == 409)


def signed(id: str, moment: int, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:  # noqa: A002 (the header's name)
    """The three headers that tell who sent a body, and when.

    Args:
        id: of the message, without a line break.
        moment: in seconds since 1970.
        body: as it is sent.
        keys: each of which signs.

    Example:
        >>> signed("msg", 0, b"{}", [b"key"])["webhook-signature"]
        'v1,BWabgWh/eVtZU3fE9FaXcwuzHlfpjd4z6HPrucJM6VI='
    """
    told = b"%s.%d.%s" % (id.encode(), moment, body)
    marks = [base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode() for key in keys]
    return {
        "webhook-id": id,
        "webhook-timestamp": str(moment),
        "webhook-signature": " ".join(f"v1,{mark}" for mark in marks),
    }


def header_id(id: str) -> str:  # noqa: A002 (the field's name)
    r"""An id as a header can say it: itself, or percent-encoded where headers would change it.

    Example:
        >>> header_id("decision-1/ask for review"), header_id("two\nlines")
        ('decision-1/ask for review', 'two%0Alines')
    """
    if id.strip(" ") == id and set(id) <= set(_SAFE):
        return id
    return quote(id, safe="")


def _httpx() -> ModuleType:
    try:
        import httpx
    except ImportError:
        raise MissingExtraError("httpx", "net") from None
    return httpx


def _check_url(url: object, library: ModuleType) -> None:
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        is_one = parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        library.URL(url)
    except (ValueError, TypeError, library.InvalidURL):
        is_one = False
    if not is_one or not str(url).isprintable() or " " in str(url):
        raise InputError(f"url is that of a webhook, as in 'https://crm.example/hooks', not {short(url)}.")


def _keys_of(secret: object) -> list[bytes]:
    """The bytes of each secret, which no error ever shows."""
    secrets = [secret] if isinstance(secret, str) else secret
    if not isinstance(secrets, Sequence) or not secrets:
        raise InputError(f"secret is a text that begins with {PREFIX}, or several, not a {type(secret).__name__}.")
    return [_key_of(one) for one in secrets]


def _key_of(secret: object) -> bytes:
    wrong = f"a secret of webhooks is {PREFIX} and 24 to 64 bytes in base64"
    if not isinstance(secret, str) or not secret.startswith(PREFIX):
        raise InputError(f"{wrong}; this one begins otherwise.")
    coded = secret.removeprefix(PREFIX).rstrip("=")
    try:
        key = base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise InputError(f"{wrong}; this one is not in base64.") from None
    if not 24 <= len(key) <= 64:
        raise InputError(f"{wrong}; this one has {len(key)}.")
    return key


def _place(url: str) -> str:
    """The URL as errors show it: paths and queries may hold what is secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"


def _check_reply(place: str, reply: httpx.Response) -> None:
    """Raise what a reply that is no success means."""
    status = reply.status_code
    if reply.is_success or status == 409:
        return
    said = f"{place} answered {status} {reply.reason_phrase}".rstrip()
    wait = _wait_of(reply.headers.get("retry-after"))
    if status == 429 or (status == 503 and wait is not None):
        raise RateLimitedError(f"{said}; try again {'later' if wait is None else f'in {wait:g} seconds'}.", wait)
    if status >= 500 or status in _LATER:
        raise ConnectorError(f"{said}; try again later.")
    if reply.has_redirect_location:
        raise _MisdirectedError(f"{said}; give the URL to which it moved.")
    if status < 400 or status in _OF_PLACE:
        raise _MisdirectedError(f"{said}; look at the URL and the secret.")
    raise RejectedError(f"{said}: {short(reply.text, 200)}.")


def _wait_of(text: str | None) -> float | None:
    """In how many seconds to come back, by seconds or by a date."""
    if text is None:
        return None
    if text.strip().isascii() and text.strip().isdigit():
        return float(text.strip()[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
