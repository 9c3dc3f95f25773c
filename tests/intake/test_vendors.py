"""One answer of each tool, in the shape that its documentation shows, with invented values."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from npscore import Account, Customer, Exclusion, InputError, Intake, Invitation, MemoryStore, Response, read_responses
from npscore.intake import SHAPES, Row, choices_of
from npscore.intake.envelopes import opened
from npscore.intake.shapes import recognise

KNOWN = datetime(2026, 11, 22, tzinfo=UTC)
EIGHT = datetime(2026, 1, 5, 8, tzinfo=UTC)


def read(rows: Any, **options: Any) -> Intake:
    return read_responses(rows, known_at=KNOWN, **options)


def one(rows: Any, shape: str, **options: Any) -> Response:
    """The one response, read in the shape that was recognised."""
    intake = read(rows, **options)
    assert (intake.shape, intake.rejected) == (shape, ())
    (response,) = intake.responses
    return response


def only(intake: Intake, kind: type[Any]) -> Any:
    (record,) = (record for record in intake.records if isinstance(record, kind))
    return record


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


DELIGHTED: dict[str, Any] = {
    "id": "r-1001",
    "person": "p-501",
    "survey_type": "nps",
    "score": 4,
    "comment": None,
    "permalink": "https://example.org/r/abc",
    "created_at": 1767600000,
    "updated_at": 1767600300,
    "person_properties": {"Delighted Source": "Email", "plan": "gold"},
    "notes": [],
    "tags": [{"name": "billing"}],
    "additional_answers": [
        {
            "id": "q1",
            "question": {"id": "q1", "type": "select_one", "text": "Main reason?"},
            "value": {
                "free_response": None,
                "scale": None,
                "select_one": {"id": "s1", "text": "Price"},
                "select_many": None,
            },
        },
        {"id": "q2", "question": {"id": "q2", "type": "scale", "text": "Speed"}, "value": {"scale": 3}},
        {"id": "q3", "value": {"select_many": [{"id": "a", "text": "Chat"}, {"id": "b", "text": "Phone"}]}},
    ],
}
ANN = {"id": "p-501", "email": "ann@example.org", "name": "Ann", "created_at": 1767000000}


def test_delighted_answers_name_the_person_by_id_or_as_an_object() -> None:
    response = one([DELIGHTED], "delighted-api")
    assert (response.id, response.rating, response.customer_id) == ("r-1001", 4, "p-501")
    assert (response.answered_at, response.revised_at) == (EIGHT, datetime(2026, 1, 5, 8, 5, tzinfo=UTC))
    assert response.attributes == {"Delighted Source": "Email", "plan": "gold"}
    assert (response.channel, response.tags) == ("Email", ("billing",))
    assert response.drivers == {"Main reason?": "Price", "Speed": 3, "q3": "Chat, Phone"}
    expanded = read([{**DELIGHTED, "person": ANN}])
    assert expanded.responses[0].customer_id == "p-501"
    customer = only(expanded, Customer)
    assert (customer.email, customer.name, customer.since) == (
        "ann@example.org",
        "Ann",
        datetime(2025, 12, 29, 9, 20, tzinfo=UTC),
    )


def test_delighted_sends_the_score_first_and_the_comment_later_in_any_order() -> None:
    answer = {**DELIGHTED, "person": ANN, "updated_at": 1767600000}
    created = {"event_type": "survey_response.created", "event_id": "e1", "event_data": answer}
    updated = {
        "event_type": "survey_response.updated",
        "event_id": "e2",
        "event_data": {**answer, "score": 5, "comment": "too dear", "updated_at": 1767600900},
    }
    for messages in ([created, updated], [updated, created], [updated, created, created]):
        intake = read(messages)
        assert (intake.shape, intake.kept) == ("delighted-webhook", len(messages))
        (standing,) = intake.standing
        assert (standing.rating, standing.comment) == (5, "too dear")
        store = MemoryStore()
        store.put(*intake.records)
        assert store.get(Response, "r-1001").comment == "too dear"


@pytest.mark.parametrize("changed_at", [1767600000, "2026-01-05T08:00:00Z", None])
def test_delighted_changes_of_the_same_second_stand_in_any_order(changed_at: object) -> None:
    answer = {**DELIGHTED, "person": ANN, "updated_at": changed_at}
    created = {"event_type": "survey_response.created", "event_data": answer}
    updated = {"event_type": "survey_response.updated", "event_data": {**answer, "score": 5}}
    for messages in ([created, updated], [updated, created]):
        intake = read(messages)
        assert (intake.kept, [response.rating for response in intake.standing]) == (2, [5])
        one_by_one = MemoryStore()
        for days, message in enumerate(messages):
            one_by_one.put(*read_responses(message, known_at=KNOWN + timedelta(days=days)).records)
        assert one_by_one.get(Response, "r-1001").rating == 5


def test_delighted_tells_who_unsubscribed_which_is_no_answer() -> None:
    intake = read({"event_type": "unsubscribe.created", "event_data": {"person": ANN}})
    assert (intake.rows, intake.kept, intake.rejected[0].reason) == (
        1,
        0,
        "a message about something else than an answer",
    )


def test_delighted_keeps_other_metrics_apart() -> None:
    others = [{**DELIGHTED, "id": kind, "survey_type": kind, "score": 1} for kind in ("csat", "ces", "stars", "thumbs")]
    assert [(r.metric, r.scale) for r in read(others).responses] == [
        ("csat", "1-5"),
        ("ces", "1-7"),
        ("star", "1-5"),
        ("csat", "0-1"),
    ]
    employee = read([{**DELIGHTED, "survey_type": "enps"}]).responses[0]
    assert (employee.metric, employee.survey_kind) == ("nps", "employee")


def test_delighted_tables_are_read_by_their_names() -> None:
    header = "Person Email,Score,Comment,Response Timestamp,Delighted Source,plan"
    text = f"{header}\nann@example.org,9,ok,2026-01-05 08:00,Email,gold\n"
    response = one(table(text), "delighted-csv", zone="UTC")
    assert (response.rating, response.comment, response.answered_at) == (9, "ok", EIGHT)
    assert (response.customer_id, response.channel, response.attributes) == (
        "ann@example.org",
        "Email",
        {"plan": "gold"},
    )


QUALTRICS = (
    "StartDate,EndDate,Status,IPAddress,Progress,Finished,RecordedDate,ResponseId,RecipientLastName,RecipientFirstName,"
    "RecipientEmail,ExternalReference,DistributionChannel,UserLanguage,Q1_NPS_GROUP,Q1,Q2,plan\n"
    "Start Date,End Date,Response Type,IP Address,Progress,Finished,Recorded Date,Response ID,,,,,,,"
    "How likely - Group,How likely,Why?,plan\n"
    + ",".join(['"{""ImportId"":""x""}"'] * 18)
    + "\n2026-01-05 08:55:00,2026-01-05 09:00:00,IP Address,192.0.2.1,100,TRUE,2026-01-05 09:00:00,R_1,Lee,Ann,"
    "ann@example.org,C-1,email,EN,Promoter,9,fast,gold\n"
    "2026-01-05 08:55:00,2026-01-05 09:00:00,Survey Preview,192.0.2.1,100,TRUE,2026-01-05 09:00:00,R_2,"
    ",,,,anonymous,EN,,-99,,\n"
    "2026-01-05 08:55:00,2026-01-05 09:00:00,0,192.0.2.1,48,0,2026-01-05 09:00:00,R_3,,,,,anonymous,EN,3,6,,\n"
)


def test_qualtrics_writes_three_rows_of_header_previews_and_unfinished_answers() -> None:
    intake = read(table(QUALTRICS), zone="Europe/Paris")
    assert (intake.shape, intake.rows, intake.kept) == ("qualtrics-csv", 5, 3)
    assert [row.row for row in intake.rejected] == [1, 2]
    full, preview, partial = intake.responses
    assert (full.id, full.rating, full.answered_at, full.customer_id) == ("R_1", 9, EIGHT, "C-1")
    assert (full.channel, full.locale, full.completed, full.test) == ("email", "EN", True, False)
    assert (full.drivers, full.attributes) == ({"Q2": "fast"}, {"plan": "gold"})
    assert (preview.test, preview.rating) == (True, None)
    assert (partial.completed, partial.rating) == (False, 6)
    assert only(intake, Customer).name == "Ann Lee"
    assert not any("192.0.2.1" in record.to_json() for record in intake.records)
    assert "contradicts the rating, which counts: 1 row (row 5: 'promoter' for 6)" in str(intake)


def test_qualtrics_api_puts_the_values_under_one_key() -> None:
    values = {
        "_recordId": "R_9",
        "recordedDate": "2026-01-05T08:00:00.000Z",
        "finished": 1,
        "status": 0,
        "progress": 100,
        "QID2": 8,
        "QID2_NPS_GROUP": 2,
        "externalDataReference": "C-1",
        "userLanguage": "DE",
    }
    page = {"responses": [{"responseId": "R_9", "values": values, "labels": {"QID2": "8"}}]}
    response = one(page, "qualtrics-api")
    assert (response.id, response.rating, response.answered_at) == ("R_9", 8, EIGHT)
    assert (response.customer_id, response.locale, response.completed, response.test) == ("C-1", "DE", True, False)


def test_survey_monkey_tables_have_two_rows_of_header_and_ask_for_the_order_of_dates() -> None:
    text = (
        "Respondent ID,Collector ID,Start Date,End Date,IP Address,Email Address,First Name,Last Name,Custom Data 1,"
        '"How likely is it that you would recommend us?",Why?\n'
        ",,,,,,,,,Response,Open-Ended Response\n"
        "111,7,01/05/2026 07:58:00 AM,01/05/2026 08:00:00 AM,192.0.2.1,ann@example.org,Ann,Lee,,9,fast\n"
    )
    with pytest.raises(InputError, match="day or with the month"):
        read(table(text), zone="UTC")
    intake = read(table(text), zone="UTC", day_first=False)
    assert (intake.shape, intake.rows, intake.kept) == ("surveymonkey-csv", 2, 1)
    response = intake.responses[0]
    assert (response.id, response.rating, response.answered_at, response.comment) == ("111", 9, EIGHT, "fast")
    assert response.customer_id == "ann@example.org"


SURVEY_MONKEY = {
    "id": "r1",
    "survey_id": "s1",
    "collector_id": "c1",
    "response_status": "partial",
    "custom_variables": {"account_id": "ACC-7"},
    "first_name": "",
    "last_name": "",
    "email_address": "",
    "date_created": "2026-01-05T08:00:00+00:00",
    "date_modified": "2026-01-05T08:02:00+00:00",
    "language": "en",
    "pages": [
        {
            "id": "p1",
            "questions": [
                {"id": "q1", "answers": [{"choice_id": "CH9", "row_id": "row1"}]},
                {"id": "q2", "answers": [{"text": "fast"}]},
            ],
        }
    ],
}


def test_survey_monkey_hides_the_rating_behind_a_choice() -> None:
    choices = [{"id": f"CH{n}", "text": str(n), "weight": -100} for n in range(11)] + [{"id": "x", "text": "N/A"}]
    details = {"pages": [{"questions": [{"id": "q1", "answers": {"choices": choices}}, {"id": "q2"}]}]}
    with pytest.raises(InputError, match="rating"):
        read({"data": [SURVEY_MONKEY]})
    response = one(
        {"data": [SURVEY_MONKEY]},
        "surveymonkey-api",
        fields={"rating": "question.q1", "comment": "question.q2"},
        words=choices_of(details, "q1"),
    )
    assert (response.rating, response.comment, response.completed) == (9, "fast", False)
    assert (response.account_id, response.answered_at) == ("ACC-7", EIGHT)


def _typeform(*fields: dict[str, Any], answers: list[dict[str, Any]], **form: Any) -> dict[str, Any]:
    return {
        "event_id": "ev1",
        "event_type": "form_response",
        "form_response": {
            "form_id": "f1",
            "token": "t-unique",
            "landed_at": "2026-01-05T07:58:00Z",
            "submitted_at": "2026-01-05T08:00:00Z",
            "hidden": {"account_id": "ACC-7"},
            "calculated": {"score": 0},
            "definition": {"id": "f1", "title": "NPS", "fields": list(fields)},
            "answers": answers,
            **form,
        },
    }


def _number(ref: str, type_: str, number: int) -> dict[str, Any]:
    return {"type": "number", "number": number, "field": {"id": ref, "ref": ref, "type": type_}}


TYPEFORM_ANSWERS = [
    _number("how_likely", "nps", 9),
    {"type": "text", "text": "fast", "field": {"id": "q2", "ref": "nps_why", "type": "long_text"}},
    {"type": "choice", "choice": {"label": "Chat"}, "field": {"id": "q3", "ref": "where", "type": "multiple_choice"}},
    {"type": "choices", "choices": {"labels": ["A", "B"]}, "field": {"id": "q4", "type": "multiple_choice"}},
]


def test_typeform_messages_find_the_rating_by_type() -> None:
    response = one(_typeform(answers=TYPEFORM_ANSWERS), "typeform-webhook")
    assert (response.id, response.rating, response.comment, response.answered_at) == ("t-unique", 9, "fast", EIGHT)
    assert (response.survey, response.account_id, response.attributes) == ("NPS", "ACC-7", {"account_id": "ACC-7"})
    assert response.drivers == {"nps_why": "fast", "where": "Chat", "q4": "A, B"}


def test_typeform_pages_hold_the_same_answers() -> None:
    item = {**_typeform(answers=TYPEFORM_ANSWERS)["form_response"], "response_id": "t-unique", "landing_id": "t-unique"}
    assert one({"items": [item], "total_items": 1}, "typeform-api").rating == 9


@pytest.mark.parametrize(("steps", "at_one", "scale"), [(11, False, "0-10"), (10, True, "1-10"), (5, True, "1-5")])
def test_typeform_forms_say_where_an_opinion_scale_begins(steps: int, at_one: bool, scale: str) -> None:
    field = {"id": "q1", "type": "opinion_scale", "properties": {"steps": steps, "start_at_one": at_one}}
    message = _typeform(field, answers=[_number("q1", "opinion_scale", 5)])
    intake = read(message)
    if scale == "1-5":  # it has no cut-offs of its own
        assert intake.rejected[0].field == "scale"
        intake = read(message, constants={"metric": "csat"})
    assert intake.responses[0].scale == scale


def test_typeform_with_several_scales_asks_which_is_the_rating() -> None:
    message = _typeform(answers=[_number("speed", "opinion_scale", 5), _number("price", "opinion_scale", 2)])
    assert "several answers may be the rating" in read(message).rejected[0].reason
    named = [_number("speed", "opinion_scale", 5), _number("NPS_score", "opinion_scale", 10)]
    assert read(_typeform(answers=named)).responses[0].rating == 10


def test_typeform_tables_are_in_utc() -> None:
    text = (
        "#,How likely are you to recommend us?,Response Type,Start Date (UTC),Stage Date (UTC),"
        "Submit Date (UTC),Network ID,Tags\n"
        "tok1,9,completed,2026-01-05 07:58:00,,2026-01-05 08:00:00,abc,vip\n"
        "tok2,,partial,2026-01-05 07:58:00,,2026-01-05 08:00:00,abc,\n"
    )
    intake = read(table(text))
    assert intake.shape == "typeform-csv"
    full, partial = intake.responses
    assert (full.id, full.rating, full.answered_at, full.tags, full.attributes) == ("tok1", 9, EIGHT, ("vip",), {})
    assert (partial.completed, partial.rating) == (False, None)


WOOTRIC = {
    "id": 1128,
    "email": "ann@example.org",
    "external_id": "c-7",
    "score": 7,
    "text": None,
    "ip_address": "192.0.2.1",
    "origin_url": "https://example.org/",
    "end_user_id": 30,
    "end_user_properties": {"pricing_plan": "Pro"},
    "survey_id": 1146,
    "created_at": "2026-01-05T01:00:00.000-07:00",
    "updated_at": "2026-01-05T01:00:00.000-07:00",
    "excluded_from_calculations": False,
}
ENVELOPE = {
    "event_name": "created",
    "timestamp": "2026-01-05T01:00:05.000-07:00",
    "account_token": "NPS-x",
    "survey_mode": "NPS",
}


def test_wootric_messages_in_json_and_as_a_form_say_the_same() -> None:
    response = one({"response": WOOTRIC, **ENVELOPE}, "wootric-webhook")
    assert (response.id, response.rating, response.customer_id, response.answered_at) == ("1128", 7, "c-7", EIGHT)
    assert response.attributes == {"pricing_plan": "Pro"}
    form = {f"response[{name}]": "" if value is None else str(value) for name, value in WOOTRIC.items()}
    form["response[created_at]"] = form["response[updated_at]"] = "2026-01-05 01:00:00 -0700"
    del form["response[end_user_properties]"]
    form |= {"response[end_user_properties][pricing_plan]": "Pro", **ENVELOPE}
    assert one(form, "wootric-webhook") == response


def test_wootric_tells_who_declined_which_counts_for_the_response_rate_only() -> None:
    declined = {name: value for name, value in WOOTRIC.items() if name not in {"score", "text"}}
    intake = read({"decline": declined, **ENVELOPE})
    assert (intake.kept, intake.responses) == (1, ())
    invitation = only(intake, Invitation)
    assert [(event.type, event.at) for event in invitation.events] == [("declined", EIGHT)]
    assert invitation.customer_id == "c-7"


def test_wootric_answers_of_the_api_count_seconds_and_may_be_excluded() -> None:
    answer = {
        **WOOTRIC,
        "created_at": 1767600000,
        "updated_at": 1767600000,
        "excluded_from_calculations": True,
        "completed": True,
    }
    intake = read([answer])
    assert (intake.shape, intake.responses[0].answered_at) == ("wootric-api", EIGHT)
    exclusion = only(intake, Exclusion)
    assert (exclusion.response_id, exclusion.actor, exclusion.reason) == ("1128", "wootric-api", "excluded by the tool")
    assert only(read([answer]), Exclusion).id == exclusion.id


RETENTLY = {
    "id": "f-77",
    "customerId": "c-9",
    "email": "buyer@example.org",
    "firstName": "",
    "lastName": "Lee",
    "companyName": "Acme",
    "jobTitle": "CFO",
    "country": "DE",
    "state": "",
    "city": "",
    "tags": ["gold"],
    "feedbackTags": ["price"],
    "customProps": [{"label": "Plan", "name": "plan", "type": "text", "value": "Pro"}],
    "campaignId": "k1",
    "campaignName": "Q1 NPS",
    "createdDate": "2026-01-05T08:00:00.000Z",
    "score": 10,
    "comment": "ok",
    "checkbox": True,
    "additionalQuestions": [],
    "ratingCategory": "Promoter",
    "resolved": False,
    "channel": "email",
    "metricsType": "nps",
    "isBogus": False,
}


def test_retently_knows_person_company_and_campaign() -> None:
    page = {"message": "Success.", "code": 200, "data": {"page": 1, "responses": [RETENTLY]}}
    intake = read(page)
    response = intake.responses[0]
    assert (intake.shape, response.id, response.rating, response.survey) == ("retently", "f-77", 10, "Q1 NPS")
    assert (response.role, response.account_id, response.tags) == ("CFO", "Acme", ("gold", "price"))
    assert response.attributes == {"plan": "Pro", "country": "DE"}
    customer = only(intake, Customer)
    assert (customer.name, customer.role, customer.account_id, customer.attributes) == (
        "Lee",
        "CFO",
        "Acme",
        {"country": "DE"},
    )
    assert only(intake, Account).name == "Acme"
    assert intake.notes == ()


def test_retently_says_which_answers_are_bogus() -> None:
    assert only(read([{**RETENTLY, "isBogus": True}]), Exclusion).response_id == "f-77"


def test_retently_messages_are_templates_of_the_user_and_need_a_map() -> None:
    message = {"note": {"points": 9, "at": "2026-01-05T08:00:00Z"}, "who": "c-9"}
    with pytest.raises(InputError, match="rating"):
        read(message)
    fields = {"rating": "note.points", "answered_at": "note.at", "customer.id": "who"}
    response = read(message, fields=fields).responses[0]
    assert (response.rating, response.customer_id, response.answered_at) == (9, "c-9", EIGHT)


def _hubspot(**properties: str | None) -> dict[str, Any]:
    said = {
        "hs_survey_type": "NPS",
        "hs_value": "9",
        "hs_response_group": "PROMOTER",
        "hs_content": "good",
        "hs_submission_timestamp": "2026-01-05T08:00:00Z",
        "hs_lastmodifieddate": "2026-01-05T08:00:00Z",
        "hs_survey_name": "Q1",
        "hs_survey_channel": "EMAIL",
        "hs_contact_id": "51",
        "hs_contact_email_rollup": "ann@example.org",
        "hs_contact_firstname": "Ann",
        "hs_contact_lastname": "Lee",
        "hs_ticket_id": None,
        **properties,
    }
    return {
        "id": "9001",
        "properties": said,
        "createdAt": "2026-01-05T08:00:00Z",
        "updatedAt": "2026-01-05T08:00:00Z",
        "archived": False,
    }


def test_hubspot_says_everything_in_text() -> None:
    response = one({"results": [_hubspot()], "paging": {"next": {"after": "9002"}}}, "hubspot")
    assert (response.id, response.rating, response.metric, response.comment) == ("9001", 9, "nps", "good")
    assert (response.customer_id, response.channel, response.survey) == ("51", "EMAIL", "Q1")
    flat = {"hs_object_id": "9001", **_hubspot()["properties"]}
    assert one([flat], "hubspot").rating == 9


def test_hubspot_calls_a_csat_answer_a_promoter_which_is_noted_and_never_scored() -> None:
    intake = read([_hubspot(hs_survey_type="CSAT", hs_value="2")])
    response = intake.responses[0]
    assert (response.metric, response.rating, response.scale) == ("csat", 2, "0-2")
    assert [note.about for note in intake.notes] == ["category"]
    assert "of csat" in str(intake.notes[0])


@pytest.mark.parametrize("asked", ["CUSTOM", "KNOWLEDGE", None])
def test_hubspot_answers_of_an_unknown_metric_are_not_banded(asked: str | None) -> None:
    intake = read([_hubspot(hs_survey_type=asked)])
    assert (intake.kept, intake.rejected[0].field) == (0, "metric")
    told = attrs.evolve(
        SHAPES["hubspot"], words={"metric": {"custom": "nps", "knowledge": "nps"}}, constants={"metric": "nps"}
    )
    assert read([_hubspot(hs_survey_type=asked)], shape=told).responses[0].metric == "nps"


def test_salesforce_ids_come_out_in_their_long_form_and_questions_of_text_are_no_ratings() -> None:
    rating = {
        "attributes": {"type": "SurveyQuestionResponse"},
        "Id": "0Kd000000000001",
        "ResponseId": "0Kw000000000001",
        "QuestionId": "0Kv1",
        "NumberValue": 9.0,
        "ResponseShortText": None,
        "InvitationId": "0Ki000000000001",
        "Question": {"QuestionType": "NPS"},
        "Invitation": {"ContactId": "003D000000QX9fA", "Contact": {"Name": "Ann", "AccountId": "001D000000IqhSL"}},
        "Response": {"CompletionDateTime": "2026-01-05T08:00:00.000+0000", "Status": "Completed"},
    }
    text = {**rating, "Id": "0Kd000000000002", "NumberValue": None, "Question": {"QuestionType": "FreeText"}}
    intake = read({"totalSize": 2, "done": True, "records": [rating, text]})
    assert (intake.shape, intake.kept) == ("salesforce", 1)
    assert intake.rejected[0].reason == "an answer to a question that asks for no rating"
    response = intake.responses[0]
    assert (response.rating, response.answered_at, response.completed) == (9, EIGHT, True)
    assert (response.account_id, response.customer_id) == ("001D000000IqhSLIAZ", "003D000000QX9fAIAT")
    assert len(response.id) == 18


def test_salesforce_answers_to_a_question_of_unknown_type_are_not_banded() -> None:
    answer = {"Id": "0Kd000000000001", "ResponseId": "0Kw000000000001", "NumberValue": 9.0}
    intake = read([answer], answered_at=EIGHT)
    assert (intake.kept, intake.rejected[0].field) == (0, "metric")
    assert read([answer], answered_at=EIGHT, constants={"metric": "nps"}).responses[0].metric == "nps"


def test_salesforce_questions_may_have_another_scale() -> None:
    answer = {"name": "q", "questionType": "NPS", "minScale": 1, "maxScale": 10, "responseValue": 8}
    response = one([answer], "salesforce", answered_at=EIGHT)
    assert (response.rating, response.scale) == (8, "1-10")


def test_dynamics_keeps_context_and_answers_in_json_texts() -> None:
    row = {
        "activityid": "a-1",
        "msfp_npsscore": 9,
        "msfp_submitdate": "2026-01-05T08:00:00Z",
        "_msfp_surveyid_value": "s-1",
        "msfp_respondent": "Ann",
        "msfp_respondentemailaddress": "ann@example.org",
        "msfp_locale": "de-DE",
        "msfp_embedcontextparameters": json.dumps({"segment": "gold"}),
        "msfp_questionresponseslist": json.dumps([{"questionText": "Why?", "response": "fast"}]),
        "_regardingobjectid_value": "acc-1",
        "_regardingobjectid_value@Microsoft.Dynamics.CRM.lookuplogicalname": "account",
    }
    response = one({"value": [row], "@odata.nextLink": "…"}, "dynamics")
    assert (response.id, response.rating, response.answered_at, response.survey) == ("a-1", 9, EIGHT, "s-1")
    assert (response.account_id, response.customer_id, response.locale) == ("acc-1", "ann@example.org", "de-DE")
    assert (response.attributes, response.drivers) == ({"segment": "gold"}, {"Why?": "fast"})


ASK_NICELY = {
    "response_id": "5",
    "person_id": "70",
    "contact_id": "",
    "name": "Ann",
    "email": "ann@example.org",
    "answer": "9",
    "answerlabel": "Promoter",
    "comment": "ok",
    "sent": "1767590000",
    "opened": "1767595000",
    "responded": "1767600000",
    "created": "1767000000",
    "segment": "gold",
    "question_type": "nps",
    "published": "",
    "tier_c": "A",
}


def test_ask_nicely_tells_of_invitations_too_answered_or_not() -> None:
    silent = {
        **ASK_NICELY,
        "response_id": "6",
        "answer": "",
        "answerlabel": "",
        "comment": "",
        "opened": "0",
        "responded": "0",
    }
    intake = read([ASK_NICELY, silent])
    assert (intake.shape, intake.kept) == ("asknicely-api", 2)
    (response,) = intake.responses
    assert (response.id, response.rating, response.answered_at, response.customer_id) == ("5", 9, EIGHT, "70")
    assert response.attributes == {"segment": "gold", "tier_c": "A"}
    answered, asked = (record for record in intake.records if isinstance(record, Invitation))
    assert [event.type for event in answered.events] == ["sent", "opened", "answered"]
    assert [event.type for event in asked.events] == ["sent"]
    assert response.invitation_id == answered.id
    assert read([{**silent, "sent": ""}]).rejected[0].field == "invited_at"


def test_an_invitation_that_was_opened_and_left_blank_is_not_answered() -> None:
    intake = read([{**ASK_NICELY, "answer": "", "answerlabel": ""}])
    assert intake.responses[0].rating is None
    assert [event.type for event in only(intake, Invitation).events] == ["sent", "opened"]


def test_ask_nicely_messages_are_counted_and_the_last_count_stands() -> None:
    def message(count: int, comment: str) -> dict[str, Any]:
        question = {
            "id": 5,
            "score": 9,
            "comment": comment,
            "sent": 1767590000,
            "responded": 1767600000,
            "deliverymethod": "email",
        }
        return {"count": count, "person": {"id": 70, "name": "Ann", "email": "ann@example.org"}, "question": question}

    intake = read([message(2, "fast"), message(1, "")])
    assert (intake.shape, intake.kept) == ("asknicely-webhook", 2)
    (standing,) = intake.standing
    assert (standing.comment, standing.customer_id, standing.channel, standing.answered_at) == (
        "fast",
        "70",
        "email",
        EIGHT,
    )


def test_zendesk_exports_hold_answers_and_recipients() -> None:
    answer = {
        "id": 1,
        "survey_id": 3,
        "survey_name": "NPS",
        "recipient_id": 8,
        "delivery_id": 2,
        "delivered_at": "2026-01-04T08:00:00Z",
        "rated_at": "2026-01-05T08:00:00Z",
        "rating": 0,
        "comment": None,
        "user_id": 7,
        "user_name": "Ann",
        "user_email": "ann@example.org",
    }
    response = one({"count": 1, "next_page": None, "responses": [answer]}, "zendesk")
    assert (response.id, response.rating, response.answered_at, response.customer_id) == ("1", 0, EIGHT, "7")
    asked = {
        name: value for name, value in answer.items() if name not in {"rating", "rated_at", "comment", "recipient_id"}
    }
    intake = read([asked])
    assert (intake.shape, intake.responses, only(intake, Invitation).customer_id) == ("zendesk", (), "7")


def _survicate(choice: dict[str, Any]) -> dict[str, Any]:
    answered = {
        "responseUuid": "u1",
        "survey": {"id": "s", "name": "NPS"},
        "timestamp": "2026-01-05T08:00:00+00:00",
        "respondent": {"id": "1", "uuid": "v", "attributes": [{"name": "plan", "value": "Pro"}]},
        "question": {"id": 1, "body": "How likely…"},
        "choice": choice,
    }
    return {"messageId": "m1", "deliveryTries": 0, "event": {"questionAnswered": answered}}


def test_survicate_gives_the_rating_as_the_id_of_the_choice_for_nps_only() -> None:
    response = one(_survicate({"id": 9, "body": "promoter", "comment": None}), "survicate")
    assert (response.id, response.rating, response.answered_at, response.attributes) == (
        "u1",
        9,
        EIGHT,
        {"plan": "Pro"},
    )
    other = read(_survicate({"id": 4711, "body": "Price", "comment": None}))
    assert other.rejected[0].reason == "an answer to a question that is not NPS"


def _help_scout(**response: str | None) -> dict[str, Any]:
    said = {"value": "9", "category": "promoter", "comment": "ok", "timestamp": "2026-01-05T08:00:00Z", **response}
    return {"message": {"name": "NPS"}, "response": said, "_embedded": {"customer": {"id": 500}}}


def test_help_scout_contradicts_itself_and_the_rating_counts() -> None:
    intake = read(_help_scout(category="passive"))
    assert (intake.shape, intake.responses[0].rating, intake.responses[0].customer_id) == ("help-scout", 9, "500")
    assert "contradicts the rating, which counts: 1 row (row 1: 'passive' for 9)" in str(intake)


def test_help_scout_messages_have_no_id_and_come_twice() -> None:
    intake = read([_help_scout(), _help_scout(), _help_scout(value="3", category="detractor")])
    assert (intake.kept, len(intake.responses)) == (3, 2)


def test_help_scout_without_a_category_is_not_taken_for_nps() -> None:
    message = _help_scout(value="3", category=None)
    assert read(message).rejected[0].field == "metric"
    assert read(message, constants={"metric": "csat"}).responses[0].metric == "csat"


def test_tables_of_any_origin_are_guessed_and_overridden() -> None:
    text = "Response ID;Account; Score (0-10) ;Comment;Date;Region\nR1;ACC-1;9,0;=2+3;29/04/2026; emea \nTotal;;9;;;\n"
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    intake = read(rows, zone="UTC", fields={"customer.region": "Region"})
    response = intake.responses[0]
    assert (intake.shape, response.id, response.rating, response.account_id) == ("generic", "R1", 9, "ACC-1")
    assert (response.comment, response.attributes) == ("=2+3", {"region": "emea"})
    assert intake.rejected[0].reason == "a row of totals, not an answer"
    assert {note.about for note in intake.notes} == {"columns", "time", "formula", "nobody"}


def test_objects_of_any_origin_are_flattened() -> None:
    answer = {
        "id": 1,
        "score": 0,
        "created_at": "2026-01-05T08:00:00Z",
        "customer": {"id": 7, "email": "a@example.org"},
        "plan": {"tier": 2},
    }
    response = one([answer], "generic")
    assert (response.rating, response.customer_id, response.attributes) == (0, "7", {"plan.tier": 2})


def test_stored_records_are_read_again() -> None:
    response = one([json.loads(one([DELIGHTED], "delighted-api").to_json())], "generic")
    assert (response.id, response.rating, response.answered_at, response.tags) == ("r-1001", 4, EIGHT, ("billing",))


@pytest.mark.parametrize("name", sorted(set(SHAPES) - {"generic"}))
def test_each_shape_is_recognised_by_marks_of_its_own(name: str) -> None:
    for paths in SHAPES[name].marks:
        row: dict[str, Any] = {}
        for path in paths:
            *parents, last = [path] if "[" in path else path.split(".")
            inner = row
            for parent in parents:
                inner = inner.setdefault(parent, {})
            inner.setdefault(last, {} if last in {"event_data", "response", "decline"} else "9")
        assert [shape.name for shape in SHAPES.values() if shape.fits(row)].count(name) == 1


def test_rows_that_look_like_two_tools_are_a_question() -> None:
    both = {**_hubspot(), "msfp_npsscore": 9}
    with pytest.raises(InputError, match="dynamics or hubspot"):
        read([both])
    assert read([both], shape="hubspot").shape == "hubspot"


def test_of_two_shapes_the_one_with_more_marks_is_meant() -> None:
    less = attrs.evolve(SHAPES["generic"], name="less", marks=(("a",),))
    more = attrs.evolve(less, name="more", marks=(("a", "b"),))
    assert recognise([{"a": 1, "b": 2}], [less, more]) == recognise([{"b": 2, "a": 1}], [more, less]) == more
    assert recognise([{"a": 1}], [less, more]) == less
    assert recognise([{"b": 1}], [less, more]) is None


def test_an_answer_that_holds_lists_is_no_page() -> None:
    answer = {"id": 1, "score": 9, "created_at": "2026-01-05T08:00:00Z", "items": [{"a": 1}, {"a": 2}]}
    assert one(answer, "generic").rating == 9
    assert [row["id"] for row in opened({"data": {"data": {"records": [{"id": 1}]}}})] == [1]


def test_a_family_of_shapes_is_chosen_from_by_its_name() -> None:
    assert read([DELIGHTED], shape="delighted").shape == "delighted-api"
    with pytest.raises(InputError, match="none of delighted-webhook"):
        read([RETENTLY], shape="delighted")
    with pytest.raises(InputError, match="did you mean 'hubspot'"):
        read([DELIGHTED], shape="hubspt")


def test_sources_number_their_rows_and_tell_what_they_could_not_read() -> None:
    intake = read([Row(7, DELIGHTED), Row(9, None, fault="not JSON")], shape="delighted-api")
    assert (intake.kept, intake.rejected[0].row, intake.rejected[0].reason) == (1, 9, "not JSON")


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"Respondent ID": "1", "Collector ID": "2", "Custom Data 1": "gold", "nps": 9}, "Custom Data 1"),
        ({"ResponseId": "R_1", "RecordedDate": "", "Finished": "1", "ExternalReference": "x", "nps": 9}, "ExternalRef"),
        ({"id": 1, "nps": 9, "User ID": 7}, "User ID"),
        ({"answers": [], "token": "t", "landed_at": "", "hidden": {"user_id": "u"}, "rating": 9}, "hidden.user_id"),
        (
            {"pages": [], "survey_id": "s", "date_modified": "2026-01-05T08:00:00Z", "custom_value": "c", "q": 9},
            "custom_value",
        ),
    ],
)
def test_a_guessed_id_of_the_customer_is_noted_unless_the_caller_names_it(row: dict[str, Any], column: str) -> None:
    options: dict[str, Any] = {"answered_at": EIGHT, "zone": "UTC"}
    rating = {"rating": next(name for name in ("nps", "rating", "q") if name in row)}
    intake = read([row], fields=rating, **options)
    (note,) = (note for note in intake.notes if note.about == "customer")
    assert column in note.text
    assert "--map customer_id=COLUMN" in note.text
    named = read([row], fields={**rating, "customer_id": ()}, **options)
    assert not [note for note in named.notes if note.about == "customer"]
    assert named.responses[0].customer_id is None


def test_an_id_of_the_customer_that_is_named_so_is_no_guess() -> None:
    intake = read([{"id": 1, "nps": 9, "Customer ID": 7}], answered_at=EIGHT)
    assert [note.about for note in intake.notes] == ["columns"]
