"""The pages of requests, as an office and the secretariat use them."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.requests.conftest import Desk, wish, writing
from tests.requests.conftest import person as person_of
from tests.support.client import CheckingClient
from tests.support.world import World
from trainapp.core.access import Role
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.requests.models import Channel, RequestState, Step, TrainingRequest
from trainapp.requests.queries import highest_number, request_by_public_id
from trainapp.requests.service import new_request

pytestmark = pytest.mark.causes_mails


def answers(**changes: Any) -> dict[str, Any]:
    """The form as an office of one country fills it in."""
    return {
        "subjects": ["NICE"],
        "level": "introduction",
        "audience": "Examiners of marks",
        "people": "25",
        "first_language": "en",
        "second_language": "fr",
        "mode": "online",
        "period_from": str(today() + timedelta(days=30)),
        "period_to": str(today() + timedelta(days=60)),
        "hours": "Mornings",
        "needs": "Line one\r\nLine two",
        **changes,
    }


def only_request(app: Flask) -> TrainingRequest:
    with app.app_context():
        request = db.session.scalars(select(TrainingRequest)).one()
        assert request.events
        assert request.subjects
        assert request.office
        return request


def test_an_office_asks_and_sees_its_state_and_history(app: Flask, desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.office)
    response = client.submit("/en/requests/new", answers())
    request = only_request(app)
    assert response.location == f"/en/requests/{request.public_id}"
    assert request.code == f"R-{today().year}-0001"
    assert request.office.code == "KE"
    assert request.languages == ["en", "fr"]
    assert request.channel is Channel.OFFICE
    assert request.received_on == today()
    assert request.needs == "Line one\nLine two"
    assert [entry.step for entry in request.events] == [Step.SUBMIT]
    page = client.get(response.location).get_data(as_text=True)
    for words in ("Kenya", "Nice", "25", "Office Example", "The request was sent", "Nairobi (UTC+3)"):
        assert words in page, words
    assert "The secretariat will read your request" in page


def test_a_course_alone_brings_its_subjects(app: Flask, desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.office)
    with app.app_context():
        from trainapp.catalogue.queries import all_courses

        code = all_courses()[0].code
    assert client.submit("/en/requests/new", answers(subjects=[], course=code)).status_code == 302
    request = only_request(app)
    assert request.subjects


def test_a_draft_is_kept_changed_and_sent(app: Flask, desk: Desk, client: CheckingClient, world: World) -> None:
    client.sign_in(desk.office)
    client.submit("/en/requests/new", answers(subjects=[], audience="", keep="yes"))
    with app.app_context():
        public_id = db.session.scalars(select(TrainingRequest)).one().public_id
    assert desk.state(public_id) is RequestState.DRAFT
    assert world.mails() == []
    address = f"/en/requests/{public_id}/edit"
    page = client.get(address).get_data(as_text=True)
    assert "Mornings" in page
    version = desk.version(public_id)
    unfinished = client.submit(address, answers(subjects=[], version=version, hours="Afternoons"))
    assert unfinished.status_code == 422
    assert "Afternoons" in unfinished.get_data(as_text=True)
    assert desk.state(public_id) is RequestState.DRAFT
    assert client.submit(address, answers(version=version, hours="Afternoons")).status_code == 302
    request = only_request(app)
    assert request.state is RequestState.SUBMITTED
    assert request.hours == "Afternoons"
    assert len(world.mails()) == 1
    assert client.get(address).status_code == 404
    assert "The draft was kept" not in client.get(f"/en/requests/{public_id}").get_data(as_text=True)


def test_a_draft_is_the_offices_own(desk: Desk, client: CheckingClient) -> None:
    public_id = desk.request(RequestState.DRAFT)
    client.sign_in(desk.coordinator)
    assert client.get(f"/en/requests/{public_id}").status_code == 404
    assert client.get(f"/en/requests/{public_id}/edit").status_code == 404
    page = client.get("/en/requests").get_data(as_text=True)
    assert public_id not in page
    assert 'value="draft"' not in page


def test_two_who_change_one_draft_do_not_overwrite_each_other(desk: Desk, client: CheckingClient) -> None:
    public_id = desk.request(RequestState.DRAFT)
    client.sign_in(desk.office)
    address, version = f"/en/requests/{public_id}/edit", desk.version(public_id)
    assert client.submit(address, answers(version=version, keep="yes")).status_code == 302
    late = client.submit(address, answers(version=version, keep="yes", hours="Typed in vain?"))
    assert late.status_code == 409
    page = late.get_data(as_text=True)
    assert "Typed in vain?" in page
    assert f'name="version" type="hidden" value="{desk.version(public_id)}"' in page


def test_a_coordinator_enters_a_letter(app: Flask, desk: Desk, client: CheckingClient, world: World) -> None:
    client.sign_in(desk.coordinator)
    received = today() - timedelta(days=9)
    letter = answers(office="EG", channel="letter", received_on=str(received))
    response = client.submit("/en/requests/new", letter)
    assert response.status_code == 302
    request = only_request(app)
    assert request.state is RequestState.SUBMITTED
    assert request.channel is Channel.LETTER
    assert request.received_on == received
    assert [mail.recipient for mail in world.mails()] == ["other.example@example.org"]
    page = client.get("/en/requests").get_data(as_text=True)
    assert "9 days" in page
    assert "Waiting for you" in page


WRONG_LETTERS: list[tuple[dict[str, Any], str]] = [
    ({"office": ""}, "office"),
    ({"office": "XXQ"}, "office"),
    ({"channel": "office"}, "channel"),
    ({"channel": "pigeon"}, "channel"),
    ({"received_on": ""}, "received_on"),
    ({"received_on": "2020-13-45"}, "received_on"),
    ({"received_on": "9999-01-01"}, "received_on"),
    ({"received_on": "0001-01-01"}, "received_on"),
]
WRONG_ANSWERS: list[tuple[dict[str, Any], str]] = [
    ({"subjects": []}, "subjects"),
    ({"subjects": ["NICE", "NOPE"]}, "subjects"),
    ({"course": "NOPE"}, "course"),
    ({"level": "heroic"}, "level"),
    ({"mode": ""}, "mode"),
    ({"people": "0"}, "people"),
    ({"people": "-1"}, "people"),
    ({"people": "many"}, "people"),
    ({"people": "9" * 5000}, "people"),
    ({"first_language": "xx"}, "first_language"),
    ({"second_language": "en"}, "second_language"),
    ({"audience": ""}, "audience"),
    ({"audience": "   "}, "audience"),
    ({"audience": "x" * 201}, "audience"),
    ({"audience": "two\nlines"}, "audience"),
    ({"hours": "a\x00b"}, "hours"),
    ({"needs": "x" * 5001}, "needs"),
    ({"period_from": "tomorrow"}, "period_from"),
    ({"period_to": "2020-01-01"}, "period_to"),
    ({"period_from": "2020-01-01", "period_to": "2020-02-01"}, "period_to"),
    ({"period_to": "9999-12-31"}, "period_to"),
]


def test_a_letter_with_a_mistake_is_not_taken(app: Flask, desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.coordinator)
    for changes, field in WRONG_LETTERS:
        letter = answers(office="EG", channel="letter", received_on=str(today())) | changes
        response = client.submit("/fr/requests/new", letter)
        assert response.status_code == 422, changes
        assert f'id="{field}-error"' in response.get_data(as_text=True), changes
        assert "Examiners of marks" in response.get_data(as_text=True), changes
    assert nothing_is_kept(app)


def test_a_mistake_is_shown_at_its_field_and_nothing_typed_is_lost(
    app: Flask, desk: Desk, client: CheckingClient
) -> None:
    client.sign_in(desk.office)
    for changes, field in WRONG_ANSWERS:
        typed = answers(outcome="They <i>classify</i> & check", **changes)
        response = client.submit("/ar/requests/new", typed)
        assert response.status_code == 422, changes
        page = response.get_data(as_text=True)
        assert f'id="{field}-error"' in page, changes
        assert "They &lt;i&gt;classify&lt;/i&gt; &amp; check" in page, changes
    assert nothing_is_kept(app)


def nothing_is_kept(app: Flask) -> bool:
    with app.app_context():
        return db.session.scalars(select(TrainingRequest)).first() is None


def test_an_office_cannot_ask_for_another(app: Flask, desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.office)
    client.submit("/en/requests/new", answers(office="EG", channel="letter", received_on="2021-01-01"))
    request = only_request(app)
    assert request.office.code == "KE"
    assert request.channel is Channel.OFFICE


def test_hostile_words_are_shown_as_words(desk: Desk, client: CheckingClient, world: World) -> None:
    client.sign_in(desk.office)
    hostile = "<script>alert(1)</script> \u202e \x0b\x85 {{ 7*7 }} %(name)s 💥"
    response = client.submit("/en/requests/new", answers(needs=hostile, audience="<b>%(x)s {{ 7*7 }}"))
    assert response.status_code == 302
    assert len(world.mails()) == 1
    page = client.get(response.location).get_data(as_text=True)
    assert "<script>alert" not in page
    assert "{{ 7*7 }} %(name)s 💥" in page


STRANGE_STEPS: list[dict[str, Any]] = [
    {},
    {"step": "schedule", "version": "1"},
    {"step": "nonsense", "version": "1"},
    {"step": "\x00", "version": "1"},
    {"step": "comment", "version": "٣"},
    {"step": "comment", "version": "9" * 60},
    {"step": "comment", "version": "-1"},
    {"step": "comment", "version": ""},
    {"step": ["review", "comment"], "version": ["1", "1"]},
    {"step": "comment", "version": "1", "comment": ""},
]


def test_a_strange_step_changes_nothing_and_keeps_the_words(desk: Desk, client: CheckingClient) -> None:
    public_id = desk.request()
    client.sign_in(desk.office)
    for data in STRANGE_STEPS:
        response = client.submit(f"/en/requests/{public_id}/steps", {"comment": "These words stay.", **data})
        assert response.status_code in (403, 409, 422), data
        if response.status_code != 403 and data.get("comment") != "":
            assert "These words stay." in response.get_data(as_text=True), data
        assert desk.state(public_id) is RequestState.SUBMITTED, data


def test_words_that_cannot_be_kept_are_refused(desk: Desk, client: CheckingClient) -> None:
    public_id = desk.request()
    client.sign_in(desk.office)
    for words in ("a\x00b", "x" * 5001):
        data = {"step": "comment", "version": "1", "comment": words}
        assert client.submit(f"/en/requests/{public_id}/steps", data).status_code == 422


def test_strange_queries_show_the_list(desk: Desk, client: CheckingClient) -> None:
    desk.request()
    client.sign_in(desk.coordinator)
    for query in ("state=nope&office=XX", "page=-1", "page=99999999999999999999", "page=a", "state=%22&office=%FF"):
        response = client.get(f"/en/requests?{query}")
        assert response.status_code == 200, query
        assert "Kenya" in response.get_data(as_text=True), query


def test_filters_narrow_the_list(desk: Desk, client: CheckingClient) -> None:
    sent, agreed = desk.request(), desk.request(RequestState.AGREED)
    client.sign_in(desk.coordinator)
    page = client.get("/en/requests?state=agreed&office=KE").get_data(as_text=True)
    assert agreed in page
    assert sent not in page
    assert "No request fits" in client.get("/en/requests?state=delivered").get_data(as_text=True)


def test_another_office_meets_nothing_anywhere(desk: Desk, client: CheckingClient) -> None:
    public_id = desk.request(RequestState.DRAFT)
    client.sign_in(desk.other_office)
    paths = [f"/en/requests/{public_id}", f"/en/requests/{public_id}/edit", "/en/requests/not-there"]
    for path in paths:
        assert client.get(path).status_code == 404
    version = desk.version(public_id)
    assert client.submit(f"/en/requests/{public_id}/edit", answers(version=version)).status_code == 404
    step = {"step": "withdraw", "version": version}
    assert client.submit(f"/en/requests/{public_id}/steps", step).status_code == 404
    assert public_id not in client.get("/en/requests").get_data(as_text=True)
    assert desk.state(public_id) is RequestState.DRAFT


def test_who_has_no_part_is_sent_away(desk: Desk, client: CheckingClient, world: World) -> None:
    public_id = desk.request()
    paths = ["/en/requests", "/en/requests/new", f"/en/requests/{public_id}", f"/en/requests/{public_id}/edit"]
    for path in paths:
        assert client.get(path).location.startswith("/en/sign-in?next=")
    for reader in (desk.trainer, world.person("Visitor Example")):
        client.sign_in(reader)
        for path in paths:
            assert client.get(path).status_code == 403


def test_only_allowed_steps_are_offered(desk: Desk, client: CheckingClient) -> None:
    public_id = desk.request(RequestState.PROPOSED)
    client.sign_in(desk.office)
    page = client.get(f"/en/requests/{public_id}").get_data(as_text=True)
    assert [step for step in Step if f'value="{step}"' in page] == [
        Step.COUNTER,
        Step.AGREE,
        Step.WITHDRAW,
        Step.COMMENT,
    ]
    client.sign_in(desk.coordinator)
    page = client.get(f"/en/requests/{public_id}").get_data(as_text=True)
    assert [step for step in Step if f'value="{step}"' in page] == [Step.COMMENT]


def test_the_step_of_the_other_side_is_refused(desk: Desk, client: CheckingClient) -> None:
    public_id = desk.request()
    client.sign_in(desk.office)
    step = {"step": "decline", "version": desk.version(public_id), "comment": "No."}
    assert client.submit(f"/en/requests/{public_id}/steps", step).status_code == 403
    assert desk.state(public_id) is RequestState.SUBMITTED


def test_a_late_step_shows_what_happened_and_keeps_the_words(desk: Desk, client: CheckingClient) -> None:
    public_id = desk.request(RequestState.IN_REVIEW)
    seen = desk.version(public_id)
    address = f"/en/requests/{public_id}/steps"
    client.sign_in(desk.office)
    said = {"step": "comment", "version": seen, "comment": "One more group will come."}
    assert client.submit(address, said).status_code == 302
    client.sign_in(desk.coordinator)
    late = {"step": "propose", "version": seen, "comment": "July 6, 10:00 in Nairobi"}
    response = client.submit(address, late)
    assert response.status_code == 409
    page = response.get_data(as_text=True)
    assert "One more group will come." in page
    assert "July 6, 10:00 in Nairobi</textarea>" in page
    assert f'name="version" type="hidden" value="{desk.version(public_id)}"' in page
    assert desk.state(public_id) is RequestState.IN_REVIEW
    assert client.submit(address, late | {"version": desk.version(public_id)}).status_code == 302
    assert desk.state(public_id) is RequestState.PROPOSED


def test_an_agreed_request_leads_to_its_plan(desk: Desk, client: CheckingClient) -> None:
    public_id = desk.request(RequestState.AGREED)
    client.sign_in(desk.coordinator)
    assert f"request={public_id}" in client.get(f"/en/requests/{public_id}").get_data(as_text=True)
    client.sign_in(desk.office)
    assert f"request={public_id}" not in client.get(f"/en/requests/{public_id}").get_data(as_text=True)


def test_the_person_of_two_offices_chooses(app: Flask, desk: Desk, client: CheckingClient) -> None:
    from trainapp.accounts.service import grant_role
    from trainapp.offices.queries import office_by_code

    with writing(app):
        grant_role(None, person_of(desk.office), Role.FOCAL_POINT, office_by_code("BR"))
    client.sign_in(desk.office)
    assert client.submit("/en/requests/new", answers(office="EG")).status_code == 422
    assert client.submit("/en/requests/new", answers(office="BR")).status_code == 302
    assert only_request(app).office.code == "BR"


def test_codes_count_on_past_four_figures(app: Flask, desk: Desk) -> None:
    public_id = desk.request()
    with writing(app):
        request = request_by_public_id(public_id)
        assert request is not None
        year = today().year
        request.code = f"R-{year}-9999"
        db.session.flush()
        assert new_request(person_of(desk.office), wish()).code == f"R-{year}-10000"
        assert new_request(person_of(desk.office), wish()).code == f"R-{year}-10001"
        assert highest_number(year) == 10001
        assert highest_number(year - 1) == 0


def test_the_list_runs_as_many_queries_for_many_as_for_few(
    app: Flask, desk: Desk, client: CheckingClient, queries: list[str]
) -> None:
    client.sign_in(desk.coordinator)
    counts = []
    for more in (3, 57):
        with writing(app):
            for number in range(more):
                new_request(person_of(desk.office), wish(subject_codes=("NICE", "IPC") if number % 2 else ("IPC",)))
        queries.clear()
        page = client.get("/en/requests").get_data(as_text=True)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert "Page 1 of 2" in page
    assert page.count("/en/requests/") >= 50


def test_a_draft_is_discarded_by_its_office_alone(app: Flask, desk: Desk, client: CheckingClient) -> None:
    public_id = desk.request(RequestState.DRAFT)
    client.sign_in(desk.other_office)
    assert client.submit(f"/en/requests/{public_id}/discard").status_code == 404
    client.sign_in(desk.office)
    assert client.submit(f"/en/requests/{public_id}/discard").status_code == 302
    assert client.get(f"/en/requests/{public_id}").status_code == 404
    sent = desk.request()
    assert client.submit(f"/en/requests/{sent}/discard").status_code == 409
    assert desk.state(sent) is RequestState.SUBMITTED
