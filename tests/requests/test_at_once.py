"""Several people at the same moment: one step wins, nobody's words are lost, no code is given twice."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select

from tests.requests.conftest import Desk, person, writing
from tests.requests.offers import found, offer, offered, rows_for, standing_ids, weekday_in
from tests.requests.test_views import answers
from tests.support.client import CheckingClient
from tests.support.world import World
from trainapp.core.access import Role
from trainapp.core.database import db
from trainapp.requests.models import RequestState, Step, TrainingRequest
from trainapp.requests.queries import standing_slots
from trainapp.requests.service import RequestMoved, take_step

pytestmark = pytest.mark.causes_mails


def visitors(app: Flask, public_ids: list[str]) -> list[tuple[CheckingClient, str]]:
    """People who are signed in, each with a token."""
    found = []
    for public_id in public_ids:
        client = app.test_client()
        assert isinstance(client, CheckingClient)
        client.sign_in(public_id)
        found.append((client, client.token()))
    return found


Sent = list[tuple[int, str]]


def at_once(app: Flask, people: list[str], public_id: str, steps: list[dict[str, str]]) -> Sent:
    """Each person sends a step from a page of the same version at the same moment; gives statuses and pages."""
    version, start = desk_version(app, public_id), Barrier(len(people))

    def send(visitor: tuple[CheckingClient, str], step: dict[str, str]) -> tuple[int, str]:
        client, token = visitor
        data = {"csrf_token": token, "version": str(version), **step}
        start.wait()
        response = client.post(f"/en/requests/{public_id}/steps", data=data)
        return response.status_code, response.get_data(as_text=True)

    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(send, visitors(app, people), steps))


def desk_version(app: Flask, public_id: str) -> int:
    with app.app_context():
        return found(public_id).version


def test_of_two_coordinators_at_once_one_wins_and_the_other_is_told(app: Flask, desk: Desk, world: World) -> None:
    """Nothing the late one typed is lost, what happened stands at the top, and the office hears of one step only."""
    second = world.person("Second Coordinator", role=Role.COORDINATOR)
    names = ["Coordinator Example", "Second Coordinator"]
    steps = [
        {"step": "ask", "comment": "How many people, and where?"},
        {"step": "decline", "comment": "Nobody is free this year."},
    ]
    for _round in range(3):
        public_id = desk.request(RequestState.IN_REVIEW)
        with app.app_context():
            last = str(found(public_id).events[-1].id)
        told = len(world.mails("office.example@example.org"))
        results = at_once(app, [desk.coordinator, second], public_id, [{**step, "last_event": last} for step in steps])
        statuses = [status for status, _page in results]
        assert sorted(statuses) == [302, 409]
        late = statuses.index(409)
        page = results[late][1]
        assert f"{steps[late]['comment']}</textarea>" in page
        since = page.partition("What has happened since you opened the page")[2].partition("</ol>")[0]
        assert steps[1 - late]["comment"] in since
        assert names[1 - late] in since
        expected = [RequestState.NEEDS_INFORMATION, RequestState.DECLINED][1 - late]
        assert desk.state(public_id) is expected
        assert len(world.mails("office.example@example.org")) == told + 1


def test_of_two_proposals_at_once_one_stands(app: Flask, desk: Desk, world: World) -> None:
    """Both saw the same version: the second is told that something has happened since."""
    second = world.person("Second Coordinator", role=Role.COORDINATOR)
    public_id, start = desk.request(RequestState.IN_REVIEW), Barrier(2)
    version = desk.version(public_id)

    def propose(actor: str) -> str:
        start.wait()
        try:
            with writing(app):
                slots = [offer(), offer(42)]
                take_step(person(actor), found(public_id), Step.PROPOSE, actor, version, slots=slots)
        except RequestMoved:
            return "refused"
        return "taken"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(propose, [desk.coordinator, second])) == ["refused", "taken"]
    with app.app_context():
        request = found(public_id)
        assert [event.step for event in request.events] == [Step.SUBMIT, Step.PROPOSE]
        assert len(standing_slots(request)) == 2


def test_of_an_acceptance_and_a_counter_at_once_one_is_taken(app: Flask, desk: Desk) -> None:
    """Two people of one office, one by each button: the dates the late one typed are still there."""
    public_id = offered(desk)
    (slot,) = standing_ids(app, public_id)
    counter = {"step": "counter", "comment": "Words for counter.", **rows_for(offer(42))}
    agree = {"chosen": slot, "comment": "Words for agree."}
    results = at_once(app, [desk.office, desk.office], public_id, [agree, counter])
    statuses = [status for status, _page in results]
    assert sorted(statuses) == [302, 409]
    late = statuses.index(409)
    assert f"Words for {['agree', 'counter'][late]}.</textarea>" in results[late][1]
    assert f"Words for {['counter', 'agree'][late]}." in results[late][1]
    if late == 1:
        assert f'value="{weekday_in(42)}"' in results[late][1]
    expected = RequestState.COUNTERED if late == 0 else RequestState.AGREED
    assert desk.state(public_id) is expected


def test_requests_sent_at_once_get_codes_of_their_own(app: Flask, desk: Desk) -> None:
    start = Barrier(2)

    def send(visitor: tuple[CheckingClient, str]) -> int:
        client, token = visitor
        start.wait()
        return client.post("/en/requests/new", data={"csrf_token": token, **answers()}).status_code

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(send, visitors(app, [desk.office, desk.other_office]))) == [302, 302]
    with app.app_context():
        codes = [code[-4:] for code in db.session.scalars(select(TrainingRequest.code).order_by(TrainingRequest.code))]
    assert codes == ["0001", "0002"]
