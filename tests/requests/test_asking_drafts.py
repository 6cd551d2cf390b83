"""Drafts: kept as they are typed, by a button or by themselves, and sent when they are right."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.requests.answers import answers
from tests.requests.conftest import Desk, wish, writing
from tests.requests.conftest import person as person_of
from tests.requests.test_asking import checked, chosen, value_of
from tests.support.client import CheckingClient
from tests.support.world import World
from trainapp.accounts.service import grant_role
from trainapp.core.access import Role
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.offices.queries import office_by_code
from trainapp.requests.asking import keep_draft, new_request
from trainapp.requests.models import Channel, RequestState, Step, TrainingRequest
from trainapp.requests.queries import request_by_public_id

pytestmark = pytest.mark.causes_mails

KEY = "k" * 16
HALF: dict[str, Any] = {
    "people": "many",
    "audience": "x" * 250,
    "period_from": "2027-02-31",
    "period_to": "2020-01-01",
    "hours_from": "17:00",
    "hours_to": "nine",
    "weekdays": ["2", "9"],
    "first_language": "de",
    "second_language": "de",
    "subjects": ["NICE", "NOPE"],
    "course": "NOPE",
    "level": "",
    "mode": "none",
    "needs": "n" * 6000,
    "outcome": "They \x00 classify",
}
"""Nothing of it is right but the first language and one day of the week."""


def draft_of(app: Flask, public_id: str | None = None) -> TrainingRequest:
    with app.app_context():
        query = select(TrainingRequest)
        if public_id is not None:
            query = query.where(TrainingRequest.public_id == public_id)
        request = db.session.scalars(query).one()
        assert [event.step for event in request.events]
        assert all(subject.code for subject in request.subjects)
        assert request.office
        return request


def keep_by_itself(client: CheckingClient, **changes: Any) -> TestResponse:
    return client.submit("/en/requests/drafts", {**answers(key=KEY), **changes})


def test_a_draft_is_kept_changed_and_sent(app: Flask, desk: Desk, client: CheckingClient, world: World) -> None:
    client.sign_in(desk.office)
    kept = client.submit("/en/requests/new", answers(subjects=[], audience="", keep="yes"))
    public_id = draft_of(app).public_id
    assert kept.location == f"/en/requests/{public_id}/edit"
    assert desk.state(public_id) is RequestState.DRAFT
    assert world.mails() == []
    address = f"/en/requests/{public_id}/edit"
    version = desk.version(public_id)
    unfinished = client.submit(address, answers(subjects=[], version=version, needs="Afternoons"))
    assert unfinished.status_code == 422
    assert "Afternoons" in unfinished.get_data(as_text=True)
    assert desk.state(public_id) is RequestState.DRAFT
    assert client.submit(address, answers(version=version, needs="Afternoons")).status_code == 302
    request = draft_of(app)
    assert request.state is RequestState.SUBMITTED
    assert request.needs == "Afternoons"
    assert request.typed == {}
    assert len(world.mails()) == 1
    assert client.get(address).location == f"/en/requests/{public_id}"
    assert "The draft was kept" not in client.get(f"/en/requests/{public_id}").get_data(as_text=True)


def test_a_draft_keeps_what_is_not_right_yet_as_it_was_typed(app: Flask, desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.office)
    kept = client.submit("/en/requests/new", {**HALF, "keep": "yes"})
    page = client.get(kept.location).get_data(as_text=True)
    assert client.tree is not None
    assert value_of(client.tree, "people") == "many"
    assert value_of(client.tree, "audience") == "x" * 250
    assert value_of(client.tree, "period_from") == "2027-02-31"
    assert (value_of(client.tree, "hours_from"), value_of(client.tree, "hours_to")) == ("17:00", "nine")
    assert checked(client.tree, "weekdays") == ["2"]
    assert (chosen(client.tree, "first_language"), chosen(client.tree, "second_language")) == ("de", "de")
    assert "n" * 6000 in page
    assert "They  classify" in page
    assert "field-error" not in page
    request = draft_of(app)
    assert request.typed["people"] == ["many"]
    assert request.typed["weekdays"] == ["2", "9"]
    assert not {"key", "csrf_token", "version"} & set(request.typed)
    assert request.languages == ["de"]
    assert (request.weekdays, request.hours_from, request.hours_to) == ([], time(17), None)
    assert (request.people, request.audience, request.needs) == (1, "", "")
    assert request.period_from <= request.period_to


def test_what_is_right_of_a_draft_stands_in_its_columns(app: Flask, desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.office)
    client.submit("/en/requests/new", answers(people="many", keep="yes"))
    request = draft_of(app)
    assert [subject.code for subject in request.subjects] == ["NICE"]
    assert request.languages == ["en", "fr"]
    assert request.period_from == today() + timedelta(days=30)
    assert request.weekdays == [2, 4]


def test_an_empty_form_is_kept_too(app: Flask, desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.office)
    assert client.submit("/en/requests/new", {"keep": "yes"}).status_code == 302
    assert draft_of(app).office.code == "KE"


def test_more_than_anybody_types_is_not_kept_whole(app: Flask, desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.office)
    much = {"needs": "n" * 500_000, "subjects": ["NICE"] * 900, "keep": "yes"}
    assert client.submit("/en/requests/new", much).status_code == 302
    typed = draft_of(app).typed
    assert len(typed["needs"][0]) < 50_000
    assert len(typed["subjects"]) <= 50


def test_a_draft_made_before_forms_were_kept_as_typed_shows_its_columns(desk: Desk, client: CheckingClient) -> None:
    public_id = desk.request(RequestState.DRAFT, weekdays=(1, 3), hours_from=time(8, 30))
    client.sign_in(desk.office)
    page = client.get(f"/en/requests/{public_id}/edit").get_data(as_text=True)
    assert client.tree is not None
    assert "Examiners of marks" in page
    assert checked(client.tree, "weekdays") == ["1", "3"]
    assert value_of(client.tree, "hours_from") == "08:30"


def test_a_draft_is_the_offices_own(desk: Desk, client: CheckingClient) -> None:
    public_id = desk.request(RequestState.DRAFT)
    client.sign_in(desk.coordinator)
    assert client.get(f"/en/requests/{public_id}").status_code == 404
    assert client.get(f"/en/requests/{public_id}/edit").status_code == 404
    assert keep_by_itself(client, key=public_id).status_code == 403
    client.sign_in(desk.other_office)
    assert client.get(f"/en/requests/{public_id}/edit").status_code == 404
    assert keep_by_itself(client, key=public_id, needs="Theirs?").status_code == 200
    client.sign_in(desk.office)
    assert "Theirs?" not in client.get(f"/en/requests/{public_id}/edit").get_data(as_text=True)


def test_two_who_change_one_draft_do_not_overwrite_each_other(desk: Desk, client: CheckingClient) -> None:
    public_id = desk.request(RequestState.DRAFT)
    client.sign_in(desk.office)
    address, version = f"/en/requests/{public_id}/edit", desk.version(public_id)
    assert client.submit(address, answers(version=version, keep="yes")).status_code == 302
    for press in ("keep", "send"):
        late = client.submit(address, answers(version=version, needs="Typed in vain?", people="x", **{press: "yes"}))
        assert late.status_code == (409 if press == "keep" else 422)
    late = client.submit(address, answers(version=version, needs="Typed in vain?", send="yes"))
    assert late.status_code == 409
    page = late.get_data(as_text=True)
    assert "Typed in vain?" in page
    assert "in another window or by a colleague" in page
    assert f'name="version" type="hidden" value="{desk.version(public_id)}"' in page
    assert desk.state(public_id) is RequestState.DRAFT


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


def test_a_form_keeps_itself(app: Flask, desk: Desk, client: CheckingClient, world: World) -> None:
    client.sign_in(desk.office)
    first = keep_by_itself(client, people="2", needs="First")
    assert first.status_code == 200
    facts = first.get_json()
    assert facts["public_id"] == KEY
    assert facts["url"] == f"/en/requests/{KEY}/edit"
    assert "Nairobi (UTC+3)" in facts["message"]
    second = keep_by_itself(client, people="25", needs="Second", version=facts["version"]).get_json()
    assert second["version"] > facts["version"]
    request = draft_of(app)
    assert (request.public_id, request.people, request.needs) == (KEY, 25, "Second")
    assert [event.step for event in request.events] == [Step.SAVE_DRAFT]
    assert world.mails() == []
    sent = client.submit("/en/requests/new", answers(key=KEY, version=second["version"]))
    assert sent.location == f"/en/requests/{KEY}"
    assert draft_of(app).state is RequestState.SUBMITTED


def test_a_page_that_has_not_heard_of_its_draft_sends_it(app: Flask, desk: Desk, client: CheckingClient) -> None:
    """The answer to what kept itself was lost on a thin line: the form is sent without a version."""
    client.sign_in(desk.office)
    assert keep_by_itself(client, needs="First").status_code == 200
    assert keep_by_itself(client, needs="Second").status_code == 200
    assert client.submit("/en/requests/new", answers(key=KEY, version="")).status_code == 302
    assert draft_of(app).state is RequestState.SUBMITTED


def test_what_was_changed_elsewhere_is_said_and_not_overwritten(app: Flask, desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.office)
    version = keep_by_itself(client).get_json()["version"]
    assert keep_by_itself(client, version=version, needs="In another window").status_code == 200
    late = keep_by_itself(client, version=version, needs="Here")
    assert late.status_code == 409
    assert "in another window or by a colleague" in late.get_json()["message"]
    assert draft_of(app).needs == "In another window"


def test_a_colleague_of_the_office_goes_on_with_a_draft(
    app: Flask, desk: Desk, client: CheckingClient, world: World
) -> None:
    client.sign_in(desk.office)
    version = keep_by_itself(client, people="many").get_json()["version"]
    client.sign_in(world.person("Second Example", role=Role.FOCAL_POINT, office="KE"))
    assert "many" in client.get(f"/en/requests/{KEY}/edit").get_data(as_text=True)
    assert keep_by_itself(client, version="").status_code == 409
    assert keep_by_itself(client, version=version).status_code == 200
    assert [event.person_id for event in draft_of(app).events][0] != draft_of(app).events[-1].person_id


def test_nothing_keeps_itself_once_it_is_sent(app: Flask, desk: Desk, client: CheckingClient) -> None:
    sent = desk.request()
    client.sign_in(desk.office)
    late = keep_by_itself(client, key=sent, version=desk.version(sent), needs="Too late")
    assert late.status_code == 409
    assert draft_of(app).needs == wish().needs


def test_a_draft_cannot_be_kept_without_its_token(app: Flask, desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.office)
    assert client.post("/en/requests/drafts", data=answers(key=KEY)).status_code == 400
    with app.app_context():
        assert db.session.scalars(select(TrainingRequest)).first() is None


def test_the_secretariat_keeps_no_drafts(desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.coordinator)
    page = client.get("/en/requests/new").get_data(as_text=True)
    assert "data-keep" not in page
    assert 'name="keep"' not in page
    assert keep_by_itself(client, office="KE").status_code == 403
    letter = answers(office="KE", channel="letter", received_on=str(today()), keep="yes")
    assert client.submit("/en/requests/new", letter).status_code == 403


def test_a_draft_of_two_offices_waits_for_its_office(app: Flask, desk: Desk, client: CheckingClient) -> None:
    with writing(app):
        grant_role(None, person_of(desk.office), Role.FOCAL_POINT, office_by_code("BR"))
    client.sign_in(desk.office)
    version = keep_by_itself(client, office="").get_json()["version"]
    assert draft_of(app).office.code in ("BR", "KE")
    client.get(f"/en/requests/{KEY}/edit")
    assert client.tree is not None
    assert chosen(client.tree, "office") in (None, "")
    assert keep_by_itself(client, office="KE", version=version).status_code == 200
    assert draft_of(app).office.code == "KE"


def test_who_is_a_coordinator_too_keeps_drafts_of_their_own_office(
    app: Flask, desk: Desk, client: CheckingClient
) -> None:
    with writing(app):
        grant_role(None, person_of(desk.office), Role.COORDINATOR, None)
    client.sign_in(desk.office)
    letter = {"channel": "letter", "received_on": "2020-01-01", "keep": "yes"}
    assert client.submit("/en/requests/new", answers(office="EG", **letter)).status_code == 422
    assert client.submit("/en/requests/new", answers(office="KE", **letter)).status_code == 302
    request = draft_of(app)
    assert (request.office.code, request.channel, request.received_on) == ("KE", Channel.OFFICE, today())


def test_a_draft_whose_period_is_over_is_still_a_draft(app: Flask, desk: Desk) -> None:
    with writing(app):
        over = wish(period_from=date(2020, 1, 1), period_to=date(2020, 2, 1))
        draft = keep_draft(person_of(desk.office), None, over, {"period_to": ["2020-02-01"]})
        assert draft.period_to >= today()
        assert new_request(person_of(desk.office), wish(), key=draft.public_id).public_id != draft.public_id
        assert request_by_public_id(draft.public_id) is draft
