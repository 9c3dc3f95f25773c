"""What mails about actions say: templates, those that are there by themselves, and how they are filled in."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, get_args

import attrs

from npscore.errors import InputError, MissingExtraError, RejectedError, short
from npscore.loop.actions import Action, Do

if TYPE_CHECKING:
    import jinja2

DEEDS: tuple[str, ...] = get_args(Do)
"""What can be asked of the outside."""

_LONGEST_SUBJECT = 200
_PARTS = ("subject", "text", "html")


def _text(_template: MailTemplate, attribute: attrs.Attribute[str], value: object) -> None:
    if not isinstance(value, str):
        raise InputError(f"{attribute.name} of a template is a text, not {short(value)}.")


@attrs.frozen(kw_only=True)
class MailTemplate:
    """What a mail says, as Jinja2 templates.

    They know the fields of the action by name: ``id``, ``do``, ``log``,
    ``policy``, ``customer_id``, ``response_id``, ``to``, ``asked_at``, and
    ``details``, of which ``{{ details.rating }}`` is one. What they name must be
    there; ``{{ details.rating | default("unknown") }}`` says what else.

    Args:
        subject: one line; breaks and control letters become blanks.
        text: the part in plain text.
        html: the part in HTML, in which what is filled in is escaped.

    Raises:
        InputError: for what is no text.

    Example:
        >>> MailTemplate(subject="Call {{ customer_id }}", text="Rated {{ details.rating }}.").html
        '<pre>{{ text }}</pre>'
    """

    subject: str = attrs.field(validator=_text)
    text: str = attrs.field(validator=_text)
    html: str = attrs.field(default="<pre>{{ text }}</pre>", validator=_text)


_SAID: Mapping[str, tuple[str, str]] = {
    "contact": ("Please contact {who}", "A customer waits to hear from you."),
    "answered again": ("{Who} has answered again", "There is another answer in a case of yours."),
    "remind": ("Reminder: {who} is still waiting", "A promise to a customer is about to be broken, or is."),
    "escalate": ("Escalated to you: {who}", "A promise to a customer was not kept in time."),
    "thank": ("Please thank {who}", "A customer would recommend us."),
    "ask for referral": ("Please ask {who} for a referral", "A customer would recommend us."),
    "ask for case study": ("Please ask {who} for a case study", "A customer would recommend us."),
    "ask for review": ("Please ask {who} for a review", "A customer would recommend us."),
    "offer upsell talk": ("Please offer {who} a talk", "A customer may want more of what we do."),
    "invite back": ("Please survey {who} again", "A case was closed; ask whether it helped."),
    "notify": ("News of {who}", "An answer came in that you asked to hear of."),
    "suppress surveys": ("Please send {who} no surveys", "A case is open; until it is closed, ask nothing else."),
    "resume surveys": ("{Who} may be surveyed again", "A case was closed."),
}
_TEXT = """\
{said}
{{% if customer_id is not none %}}
customer: {{{{ customer_id }}}}{{% endif %}}{{% if response_id is not none %}}
answer: {{{{ response_id }}}}{{% endif %}}
{{% for name, value in details | dictsort %}}{{% if value is not none %}}{{{{ name }}}}: {{{{ value }}}}
{{% endif %}}{{% endfor %}}
asked at {{{{ asked_at }}}} by the policy {{{{ policy }}}}
{{{{ log }}}}
"""
_HTML = """\
<p>{said}</p>
<table>
{{% if customer_id is not none %}}<tr><th>customer</th><td>{{{{ customer_id }}}}</td></tr>
{{% endif %}}{{% if response_id is not none %}}<tr><th>answer</th><td>{{{{ response_id }}}}</td></tr>
{{% endif %}}{{% for name, value in details | dictsort %}}{{% if value is not none %}}\
<tr><th>{{{{ name }}}}</th><td>{{{{ value }}}}</td></tr>
{{% endif %}}{{% endfor %}}</table>
<p>asked at {{{{ asked_at }}}} by the policy {{{{ policy }}}}<br>{{{{ log }}}}</p>
"""


def _default(do: str) -> MailTemplate:
    subject, said = _SAID[do]
    who = "{{ 'a customer' if customer_id is none else customer_id }}"
    begins = "{{ 'A customer' if customer_id is none else customer_id }}"
    return MailTemplate(
        subject=subject.format(who=who, Who=begins), text=_TEXT.format(said=said), html=_HTML.format(said=said)
    )


DEFAULT_MAILS: Mapping[str, MailTemplate] = {do: _default(do) for do in DEEDS}
"""A mail for every deed, for whoever gives no template of their own."""


@attrs.frozen
class Filled:
    """The three texts of one mail."""

    subject: str
    text: str
    html: str


class Mails:
    """Templates for every deed, compiled.

    Args:
        own: templates by deed that stand in for those of `DEFAULT_MAILS`.

    Raises:
        InputError: for a deed that there is not, and a template that cannot be read.
        MissingExtraError: without the extra ``net``.
    """

    def __init__(self, own: Mapping[str, MailTemplate] | None = None) -> None:
        self._jinja = _jinja()
        plain, escaping = self._environment(autoescape=False), self._environment(autoescape=True)
        self._ready = {
            do: {part: self._compiled(escaping if part == "html" else plain, do, template, part) for part in _PARTS}
            for do, template in {**DEFAULT_MAILS, **_checked(own)}.items()
        }

    def fill(self, action: Action) -> Filled:
        """What the mail about an action says.

        Raises:
            RejectedError: when the template asks for what the action does not have, or fails.
        """
        ready = self._ready.get(action.do)
        if ready is None:
            raise RejectedError(f"there is no mail for {short(action.do)}; there are some for {', '.join(DEEDS)}.")
        known = action.to_dict()
        subject = _one_line(self._filled(ready["subject"], action, known))
        text = self._filled(ready["text"], action, known)
        return Filled(subject, text, self._filled(ready["html"], action, {**known, "text": text}))

    def _environment(self, *, autoescape: bool) -> jinja2.Environment:
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        return ImmutableSandboxedEnvironment(
            autoescape=autoescape, undefined=self._jinja.StrictUndefined, keep_trailing_newline=True
        )

    def _compiled(self, environment: jinja2.Environment, do: str, template: MailTemplate, part: str) -> jinja2.Template:
        try:
            return environment.from_string(getattr(template, part))
        except self._jinja.TemplateSyntaxError as error:
            raise InputError(f"the {part} for {do!r} is no template: line {error.lineno}: {error.message}.") from None

    @staticmethod
    def _filled(template: jinja2.Template, action: Action, known: Mapping[str, Any]) -> str:
        try:
            return template.render(known)
        except Exception as error:  # whatever somebody's template does
            raise RejectedError(
                f"the mail about {short(action.id)} cannot be written: {str(error) or type(error).__name__}; "
                f"mend the template for {action.do!r}."
            ) from error


def _jinja() -> Any:
    try:
        import jinja2
    except ImportError:
        raise MissingExtraError("jinja2", "net") from None
    return jinja2


def _checked(own: object) -> Mapping[str, MailTemplate]:
    if own is None:
        return {}
    if not isinstance(own, Mapping):
        raise InputError(f"templates is a mapping of deeds to MailTemplate, not {short(own)}.")
    for do, template in own.items():
        if do not in DEEDS:
            raise InputError(f"no action does {short(do)}; there are {', '.join(DEEDS)}.")
        if not isinstance(template, MailTemplate):
            raise InputError(f"the template for {do!r} is a MailTemplate, not {short(template)}.")
    return own


def _one_line(text: str) -> str:
    """A text without breaks or control letters, and not too long."""
    printed = "".join(" " if unicodedata.category(letter).startswith("C") else letter for letter in text)
    line = " ".join(printed.split())
    return line if len(line) <= _LONGEST_SUBJECT else f"{line[: _LONGEST_SUBJECT - 1]}…"
