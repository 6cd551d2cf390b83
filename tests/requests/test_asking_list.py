"""An office's list of its requests, and asking for the same once more."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.requests.answers import answers
from tests.requests.conftest import Desk, wish, writing
from tests.requests.conftest import person as person_of
from tests.requests.test_asking import checked, chosen, value_of
from tests.support.client import CheckingClient
from trainapp.accounts.service import grant_role
from trainapp.core.access import Role
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.offices.queries import office_by_code
from trainapp.requests.asking import copy_of, new_request
from trainapp.requests.models import RequestState, TrainingRequest
from trainapp.requests.queries import request_by_public_id

pytestmark = pytest.mark.causes_mails

FEW, MANY = 10, 1_000


def test_an_office_sees_its_own_requests(desk: Desk, client: CheckingClient) -> None:
    draft, sent = desk.request(RequestState.DRAFT), desk.request()
    client.sign_in(desk.office)
    page = client.get("/en/requests").get_data(as_text=True)
    assert f'href="/en/requests/{draft}/edit"' in page
    assert f'href="/en/requests/{sent}"' in page
    assert f"copy={sent}" in page
    assert f"copy={draft}" not in page
    client.sign_in(desk.other_office)
    page = client.get("/en/requests").get_data(as_text=True)
    assert draft not in page
    assert sent not in page


def test_the_state_narrows_the_list(desk: Desk, client: CheckingClient) -> None:
    sent, agreed = desk.request(), desk.request(RequestState.AGREED)
    client.sign_in(desk.office)
    page = client.get("/en/requests?state=agreed").get_data(as_text=True)
    assert agreed in page
    assert sent not in page
    assert "No request fits" in client.get("/en/requests?state=delivered").get_data(as_text=True)


def test_who_speaks_for_two_offices_can_look_at_one(app: Flask, desk: Desk, client: CheckingClient) -> None:
    with writing(app):
        grant_role(None, person_of(desk.office), Role.FOCAL_POINT, office_by_code("BR"))
        other = new_request(person_of(desk.office), wish(office_code="BR")).public_id
    own = desk.request()
    client.sign_in(desk.office)
    page = client.get("/en/requests").get_data(as_text=True)
    assert own in page
    assert other in page
    page = client.get("/en/requests?office=BR").get_data(as_text=True)
    assert own not in page
    assert other in page
    assert own in client.get("/en/requests?office=EG").get_data(as_text=True)


def test_strange_queries_show_the_list(desk: Desk, client: CheckingClient) -> None:
    public_id = desk.request()
    client.sign_in(desk.office)
    for query in ("state=nope&office=XX", "page=-1", "page=99999999999999999999", "page=a", "state=%22&office=%FF"):
        response = client.get(f"/en/requests?{query}")
        assert response.status_code == 200, query
        assert public_id in response.get_data(as_text=True), query


def test_a_coordinator_reads_the_inbox(app: Flask, desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.coordinator)
    assert client.get("/fr/requests").location == "/fr/inbox"
    asked = "state=agreed&office=KE&office=EG&_external=1&language=x&q=%C3%A9+%26"
    assert client.get(f"/fr/requests?{asked}").location == f"/fr/inbox?{asked}"
    with writing(app):
        grant_role(None, person_of(desk.office), Role.COORDINATOR, None)
    client.sign_in(desk.office)
    assert client.get("/en/requests").location == "/en/inbox"


def test_the_list_runs_as_many_queries_for_many_as_for_few(
    app: Flask, desk: Desk, client: CheckingClient, queries: list[str]
) -> None:
    client.sign_in(desk.office)
    counts = []
    for more in (FEW, MANY - FEW):
        with writing(app):
            first = new_request(person_of(desk.office), wish(subject_codes=("NICE", "IPC")))
            for number in range(1, more):
                db.session.add(like(first, number))
        client.get("/en/requests")
        queries.clear()
        page = client.get("/en/requests").get_data(as_text=True)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert "Page 1 of 20" in page
    assert page.count("/en/requests/new?copy=") == 50


def like(first: TrainingRequest, number: int) -> TrainingRequest:
    """One more row, without the mails that sending one brings."""
    columns = ("state", "mode", "level", "languages", "audience", "people", "period_from", "period_to", "channel")
    values = {name: getattr(first, name) for name in (*columns, "received_on", "entered_by", "office")}
    return TrainingRequest(code=f"{first.code}-{number}", subjects=list(first.subjects), **values)


def test_a_request_is_asked_for_again(app: Flask, desk: Desk, client: CheckingClient) -> None:
    last_year = date(today().year - 1, 3, 2)
    with writing(app):
        first = new_request(person_of(desk.office), wish(languages=("fr", "en"), weekdays=(2,), people=31))
        first.period_from, first.period_to = last_year, last_year + timedelta(days=40)
        first.state = RequestState.DELIVERED
        public_id, moved = first.public_id, copy_of(first)
    assert moved.period_from > today()
    assert moved.period_from.strftime("%m-%d") == "03-02"
    client.sign_in(desk.office)
    page = client.get(f"/en/requests/new?copy={public_id}").get_data(as_text=True)
    assert client.tree is not None
    assert value_of(client.tree, "people") == "31"
    assert value_of(client.tree, "period_from") == str(moved.period_from)
    assert chosen(client.tree, "first_language") == "fr"
    assert checked(client.tree, "weekdays") == ["2"]
    assert "The new edition applies from January." in page
    client.submit("/en/requests/new", answers(copied_from=public_id))
    with app.app_context():
        copies = list(db.session.scalars(select(TrainingRequest).where(TrainingRequest.copied_from_id.is_not(None))))
        assert [copy.copied_from.public_id for copy in copies if copy.copied_from] == [public_id]


def test_a_copied_period_lies_ahead(app: Flask, desk: Desk) -> None:
    public_id = desk.request()
    periods = [
        (date(2024, 2, 29), date(2024, 3, 10)),
        (date(2019, 12, 1), date(2020, 2, 29)),
        (today(), today() + timedelta(days=3)),
        (today() + timedelta(days=1), today() + timedelta(days=3)),
    ]
    with writing(app):
        request = request_by_public_id(public_id)
        assert request is not None
        for first, last in periods:
            request.period_from, request.period_to = first, last
            moved = copy_of(request)
            assert today() < moved.period_from <= today() + timedelta(days=366)
            assert abs((moved.period_to - moved.period_from) - (last - first)) <= timedelta(days=1)
            assert moved.period_from.month == first.month


def test_only_what_one_may_see_can_be_copied(desk: Desk, client: CheckingClient) -> None:
    sent, draft = desk.request(), desk.request(RequestState.DRAFT)
    client.sign_in(desk.other_office)
    for public_id in (sent, draft, "not-there", "", "\x01", "%00"):
        assert client.get("/en/requests/new", query_string={"copy": public_id}).status_code in (400, 404)
    assert client.submit("/en/requests/new", answers(copied_from=sent)).status_code == 404
    client.sign_in(desk.office)
    assert client.get(f"/en/requests/new?copy={draft}").status_code == 404
    client.sign_in(desk.coordinator)
    assert client.get(f"/en/requests/new?copy={sent}").status_code == 200
    assert client.tree is not None
    assert chosen(client.tree, "office") == "KE"
