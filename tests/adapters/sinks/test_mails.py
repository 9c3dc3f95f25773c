"""Mails say what their templates say, whatever is filled in."""

from __future__ import annotations

import sys
from typing import get_args

import pytest
from hypothesis import given

from npscore.adapters.sinks.mails import DEFAULT_MAILS, Mails, MailTemplate
from npscore.errors import InputError, MissingExtraError, RejectedError
from npscore.loop.actions import Do
from npscore.testing.sinks import HOSTILE, action, actions

MAILS = Mails()


@given(actions())
def test_there_is_a_mail_for_every_action(sent) -> None:
    filled = MAILS.fill(sent)
    assert filled.subject
    assert "\n" not in filled.subject
    for name, value in sent.details.items():
        if value is not None:
            assert f"{name}: {value}" in filled.text


@pytest.mark.parametrize("do", get_args(Do))
def test_every_deed_has_words_of_its_own(do: str) -> None:
    filled = MAILS.fill(action(do=do, customer_id="Ann"))
    assert "Ann" in filled.subject
    assert filled.subject not in {MAILS.fill(action(do=other, customer_id="Ann")).subject for other in get_args(Do)} - {
        filled.subject
    }
    assert "A customer" in MAILS.fill(action(do=do, customer_id=None)).subject or "a customer" in (
        MAILS.fill(action(do=do, customer_id=None)).subject
    )
    assert set(DEFAULT_MAILS) == set(get_args(Do))
    assert len({mail.subject for mail in DEFAULT_MAILS.values()}) == len(DEFAULT_MAILS)


def test_a_default_mail_says_what_to_do_and_by_when() -> None:
    due = {"priority": "urgent", "rating": 2, "contact_due_at": "2026-11-23T09:00:00+00:00", "because": None}
    filled = MAILS.fill(action(details=due))
    assert filled.subject == "Please contact c1"
    assert filled.text.splitlines() == [
        "A customer waits to hear from you.",
        "",
        "customer: c1",
        "answer: r1",
        "contact_due_at: 2026-11-23T09:00:00+00:00",
        "priority: urgent",
        "rating: 2",
        "",
        "asked at 2026-11-22T09:30:00+00:00 by the policy promise",
        "case-1",
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_filled_in_is_escaped_in_html_and_only_there(text: str) -> None:
    filled = MAILS.fill(action(customer_id=text, policy=text, details={text: text}))
    assert text in filled.text
    assert "<script>" not in filled.html
    assert f"<td>{text}</td>" in filled.html or set(text) & set("<>&'\"")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_subject_is_one_line_without_control_letters(text: str) -> None:
    filled = MAILS.fill(action(customer_id=text))
    assert filled.subject.isprintable()
    assert len(filled.subject) <= 200


def test_data_are_never_templates() -> None:
    filled = MAILS.fill(action(details={"note": "{{ 7 * 7 }}"}))
    assert "note: {{ 7 * 7 }}" in filled.text
    assert "49" not in filled.text


def test_own_templates_stand_in_for_the_usual_ones() -> None:
    mails = Mails({"thank": MailTemplate(subject="Thank {{ customer_id }}", text="{{ details.rating }} <3")})
    filled = mails.fill(action(do="thank"))
    assert (filled.subject, filled.text, filled.html) == ("Thank c1", "2 <3", "<pre>2 &lt;3</pre>")
    assert mails.fill(action()).subject == "Please contact c1"


@pytest.mark.parametrize(
    "text",
    [
        "{{ nobody }}",
        "{{ details.nothing }}",
        "{{ 1 / 0 }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ details.update({'a': 1}) }}",
        "{{ details.rating + 'x' }}",
        "{{ range(10**9) | list }}",
        "{% include 'passwd' %}",
        "{% macro x() %}{{ x() }}{% endmacro %}{{ x() }}",
    ],
)
def test_a_template_that_fails_is_a_rejection_that_names_it(text: str) -> None:
    mails = Mails({"contact": MailTemplate(subject="x", text=text)})
    with pytest.raises(RejectedError, match="mend the template for 'contact'") as caught:
        mails.fill(action())
    assert not caught.value.retryable


@pytest.mark.parametrize("part", ["subject", "text", "html"])
def test_a_template_that_cannot_be_read_is_refused_at_once(part: str) -> None:
    template = MailTemplate(**{"subject": "x", "text": "x", part: "{% if %}"})
    with pytest.raises(InputError, match=f"the {part} for 'thank' is no template: line 1"):
        Mails({"thank": template})


@pytest.mark.parametrize(
    "own", ["x", 7, [], {"dance": MailTemplate(subject="", text="")}, {"thank": "x"}, {None: None}, {"thank": None}]
)
def test_templates_that_are_none_are_refused(own: object) -> None:
    with pytest.raises(InputError):
        Mails(own)  # type: ignore[arg-type]


@pytest.mark.parametrize("part", ["subject", "text", "html"])
@pytest.mark.parametrize("value", [None, 7, b"x"])
def test_a_part_that_is_no_text_is_refused(part: str, value: object) -> None:
    with pytest.raises(InputError, match=f"{part} of a template is a text"):
        MailTemplate(**{"subject": "x", "text": "x", part: value})


def test_a_deed_that_nobody_knows_is_rejected() -> None:
    with pytest.raises(RejectedError, match="there is no mail for 'dance'"):
        MAILS.fill(action(do="dance"))


def test_without_its_library_it_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtraError, match=r"jinja2.*npscore\[net\]"):
        Mails()
