"""Actions as mails, by SMTP."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Literal, TypeAlias, get_args

from npscore.adapters.sinks.bodies import body_of
from npscore.adapters.sinks.mails import Mails, MailTemplate
from npscore.adapters.sinks.patience import Tries
from npscore.errors import ConnectorError, InputError, RejectedError, short
from npscore.loop.actions import Action
from npscore.ports import Receipt

Security = Literal["starttls", "tls", "none"]
"""How a connection is sealed: after it was made, from the beginning, or not at all."""

Recipients: TypeAlias = "Mapping[Any, str] | Callable[[Action], str | None]"
"""The address of whoever an action is for: by its `to`, of which None is one, or by a function of the action."""

_TIMEOUT = 30.0  # seconds for each step of a conversation


class _NotTakenError(ConnectorError):
    """Nothing was taken, and a moment later it may be."""


class EmailSink:
    """Sends actions as mails with a part in plain text and one in HTML.

    SMTP does not tell repeats: sent twice, a mail goes out twice. Its
    ``Message-ID`` is made of the id of the action, so that whoever receives both
    can tell that they are one. What fails for now is tried again with growing
    pauses, on a new connection, only where the server has surely taken nothing:
    it could not be reached, or answered 4xx. A connection that breaks after the
    mail was begun may have brought it, and is left to the next `send`.

    Args:
        host, port: of the server.
        sender: the address in ``From``.
        recipients: addresses by the `to` of actions, as in
            ``{"ann": "ann@example.org", None: "desk@example.org"}``, or a
            function that gives the address for an action, None where there is
            none; before the @ in ASCII, as not every server takes others.
        templates: by deed, for mails that shall not say what they say by themselves.
        login: the name and the password, where the server asks for them.
        security: ``"starttls"``, ``"tls"`` or ``"none"``.
        ssl_context: of yours, for servers with a certificate of their own.
        attempts: how often a mail is tried, 1 or more.
        patience: in seconds, how long one `send` goes on trying; with 0 there is
            no second try.

    Raises:
        InputError: for an address that is none, a port, template, login,
            security, attempts or patience that cannot be, and a password that
            would go unsealed.
        MissingExtraError: without the extra ``net``.

    Example:
        >>> from datetime import UTC, datetime
        >>> from npscore.loop.actions import Action
        >>> sink = EmailSink("mail.example.org", 587, "nps@example.org", {"ann": "ann@example.org"})
        >>> call = Action(id="case-1/0", do="contact", log="case-1", policy="p", customer_id="c1", response_id="r1",
        ...               to="ann", asked_at=datetime(2026, 11, 22, tzinfo=UTC), details={"rating": 2})
        >>> mail = sink.mail(call)
        >>> mail["To"], mail["Subject"]
        ('ann@example.org', 'Please contact c1')
    """

    def __init__(
        self,
        host: str,
        port: int,
        sender: str,
        recipients: Recipients,
        *,
        templates: Mapping[str, MailTemplate] | None = None,
        login: tuple[str, str] | None = None,
        security: Security = "starttls",
        ssl_context: ssl.SSLContext | None = None,
        attempts: int = 3,
        patience: float = 30.0,
    ) -> None:
        _check_server(host, port)
        _check_login(login, security)
        if ssl_context is not None and not isinstance(ssl_context, ssl.SSLContext):
            raise InputError(f"ssl_context is an ssl.SSLContext, not {short(ssl_context)}.")
        self._tries = Tries(attempts, patience)
        self._host, self._port, self._login = host, port, login
        self._security, self._ssl_context = security, ssl_context
        self._sender = _address("sender", sender)
        self._recipients = _checked(recipients)
        self._mails = Mails(templates)

    def send(self, action: Action) -> Receipt:
        """Hand one mail to the server, and try again where it surely took nothing; see `Sink.send`.

        Raises:
            InputError: for what is no action, and for one that JSON cannot say.
            RejectedError: when nobody's address is known for it, its template
                cannot be filled in, or the server refuses the mail for good.
            ConnectorError: when the server cannot be reached, refuses for now, or
                refuses what is of any mail: the login, the sender, STARTTLS. Those,
                a certificate that nobody vouches for, and a connection that broke
                with the mail on its way are not tried again at once, and not lost.
        """
        mail = self.mail(action)
        for attempt in self._tries.each(on=_NotTakenError):
            with attempt:
                self._hand_over(mail)
        return Receipt(action=action.id, reference=str(mail["Message-ID"]))

    def mail(self, action: Action) -> EmailMessage:
        """The mail that `send` would hand over, to be looked at.

        Raises:
            InputError: for what is no action, and for one that JSON cannot say.
            RejectedError: when nobody's address is known for it, or its template
                cannot be filled in.
        """
        body_of(action)
        filled = self._mails.fill(action)
        mail = EmailMessage(policy=SMTP)
        mail["From"] = self._sender
        mail["To"] = self._address_for(action)
        mail["Subject"] = filled.subject
        mail["Date"] = format_datetime(datetime.now(UTC))
        mail["Message-ID"] = _message_id(action.id, self._sender)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(filled.text)
        mail.add_alternative(filled.html, subtype="html")
        return mail

    def _address_for(self, action: Action) -> Address:
        known = self._recipients
        found = known(action) if callable(known) else known.get(action.to)
        whom = "an action for nobody" if action.to is None else short(action.to)
        if found is None:
            raise RejectedError(f"no address is known for {whom}; give recipients one for {action.to!r}.")
        try:
            return _address(f"the address for {whom}", found)
        except InputError as error:
            raise RejectedError(str(error)) from None

    def _hand_over(self, mail: EmailMessage) -> None:
        """One try; how the goodbye goes says nothing of the mail that was taken before."""
        place = f"{self._host}:{self._port}"
        with _told(place, is_begun=False):
            server = self._ready()
        with closing(server):
            with _told(place, is_begun=True):
                server.send_message(mail)
            with suppress(OSError):
                server.quit()

    def _ready(self) -> smtplib.SMTP:
        """A server that waits for a mail."""
        server = self._greeted()
        try:
            if self._login is not None:
                server.login(*self._login)
            server.ehlo_or_helo_if_needed()
        except BaseException:
            server.close()
            raise
        return server

    def _greeted(self) -> smtplib.SMTP:
        if self._security == "tls":
            return smtplib.SMTP_SSL(self._host, self._port, timeout=_TIMEOUT, context=self._sealed())
        server = smtplib.SMTP(self._host, self._port, timeout=_TIMEOUT)
        try:
            if self._security == "starttls":
                server.starttls(context=self._sealed())
        except BaseException:
            server.close()
            raise
        return server

    def _sealed(self) -> ssl.SSLContext:
        return self._ssl_context or ssl.create_default_context()


@contextmanager
def _told(place: str, *, is_begun: bool) -> Iterator[None]:
    """What goes wrong before a mail is begun, or after, as an error of ours."""
    try:
        yield
    except OSError as error:  # of which those of SMTP are
        reply = _reply_of(error)
        if reply is None:
            kind = ConnectorError if is_begun or not _may_pass(error) else _NotTakenError
            raise kind(f"{place} cannot be reached: {str(error) or type(error).__name__}.") from error
        raise _kind_of(error, reply[0])(f"{place} answered {reply[0]}: {_said(reply[1])}.") from error


def _reply_of(error: OSError) -> tuple[int, bytes | str] | None:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(iter(error.recipients.values()))
    return (error.smtp_code, error.smtp_error) if isinstance(error, smtplib.SMTPResponseException) else None


def _kind_of(error: OSError, code: int) -> type[ConnectorError]:
    """What a reply means: for good is only what is about the one mail."""
    if 400 <= code < 500 or isinstance(error, smtplib.SMTPConnectError):
        return _NotTakenError
    is_of_mail = isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
    return RejectedError if is_of_mail and 500 <= code < 600 else ConnectorError


def _may_pass(error: OSError) -> bool:
    """Whether a connection without a reply may be better a moment later: a server cannot learn, nor be vouched for."""
    if isinstance(error, smtplib.SMTPException):
        return isinstance(error, smtplib.SMTPServerDisconnected)
    return not isinstance(error, ssl.SSLCertVerificationError)


def _said(reply: bytes | str) -> str:
    return short(reply.decode("utf-8", "replace") if isinstance(reply, bytes) else str(reply), 200)


def _message_id(id: str, sender: Address) -> str:  # noqa: A002 (the field's name)
    return f"<{hashlib.sha256(id.encode()).hexdigest()[:32]}.npscore@{sender.domain}>"


def _address(name: str, text: object) -> Address:
    wrong = f"{name} is an address of mail, as in 'ann@example.org', not {short(text)}."
    if not isinstance(text, str) or not text.isprintable() or " " in text:
        raise InputError(wrong)
    try:
        before, _, domain = text.rpartition("@")
        found = Address(addr_spec=f"{before}@{domain if domain.isascii() else domain.encode('idna').decode()}")
    except (ValueError, IndexError, AttributeError, MessageError):
        raise InputError(wrong) from None
    if not found.username or not found.domain:
        raise InputError(wrong)
    return found


def _checked(recipients: object) -> Any:
    if callable(recipients):
        return recipients
    if not isinstance(recipients, Mapping):
        raise InputError(f"recipients is a mapping of names to addresses, or a function, not {short(recipients)}.")
    for name, address in recipients.items():
        _address(f"the address for {short(name)}", address)
    return recipients


def _check_server(host: object, port: object) -> None:
    if not isinstance(host, str) or not host.strip() or not host.isprintable():
        raise InputError(f"host is the name of a mail server, not {short(host)}.")
    if isinstance(port, bool) or not isinstance(port, int) or not 0 < port < 65_536:
        raise InputError(f"port is a number from 1 to 65,535, not {short(port)}.")


def _check_login(login: object, security: object) -> None:
    if not isinstance(security, str) or security not in get_args(Security):
        raise InputError(f"security is one of {', '.join(get_args(Security))}, not {short(security)}.")
    if login is None:
        return
    if not isinstance(login, tuple) or [type(part) for part in login] != [str, str]:
        raise InputError(f"login is a name and a password, not a {type(login).__name__}.")
    if security == "none":
        raise InputError("a password is not sent where everybody can read it; say security='starttls' or 'tls'.")
