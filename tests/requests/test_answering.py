"""Answering from the mail: what the link opens, for how long and for whom, and all that it does not do."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask

from tests.requests.conftest import Desk, person, writing
from tests.requests.offers import found, offer, offered, rows_for, standing_ids
from tests.support import samples
from tests.support.client import CheckingClient
from tests.support.world import World
from trainapp.accounts.models import RoleGrant
from trainapp.core.access import Role
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.files.service import LARGEST_FILE
from trainapp.requests.models import RequestState, Step
from trainapp.requests.service import take_step

pytestmark = pytest.mark.causes_mails


def answer_url(world: World, public_id: str, who: str) -> str:
    return f"/ar/requests/answer/{world.answer_link(public_id, who)}"


def test_the_link_shows_and_one_button_accepts(
    app: Flask, desk: Desk, world: World, client: CheckingClient, queries: list[str]
) -> None:
    public_id = offered(desk, offer(), offer(42))
    _first, second = standing_ids(app, public_id)
    address = answer_url(world, public_id, desk.office)
    queries.clear()
    response = client.get(address)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert not [statement for statement in queries if statement.upper().startswith(("INSERT", "UPDATE", "DELETE"))]
    assert desk.state(public_id) is RequestState.PROPOSED
    page = response.get_data(as_text=True)
    assert page.count('name="chosen"') == 2
    for step in ("withdraw", "propose", "decline", "review"):
        assert f'value="{step}"' not in page
    data = {"chosen": second, "version": desk.version(public_id)}
    response = client.submit(address, data)
    assert response.status_code == 302
    assert response.location == address
    assert desk.state(public_id) is RequestState.AGREED
    with app.app_context():
        event = found(public_id).events[-1]
        assert (event.step, event.person.public_id) == (Step.AGREE, desk.office)
    assert client.get("/en/desk").status_code == 302, "the link signs nobody in"
    assert client.get(address).status_code == 200


def test_the_link_counters_and_answers_with_words_dates_and_files(
    app: Flask, desk: Desk, world: World, client: CheckingClient
) -> None:
    public_id = offered(desk)
    address = answer_url(world, public_id, desk.office)
    data = {
        "step": "counter",
        "version": desk.version(public_id),
        "comment": "In the afternoon.",
        **rows_for(offer(42, 14)),
    }
    assert client.submit(address, data).status_code == 302
    assert desk.state(public_id) is RequestState.COUNTERED
    with writing(app):
        request = found(public_id)
        take_step(person(desk.coordinator), request, Step.REVIEW)
        take_step(person(desk.coordinator), request, Step.ASK, "How many rooms?")
    version = desk.version(public_id)
    page = client.get(address).get_data(as_text=True)
    assert "How many rooms?" in page
    assert 'value="answer"' in page
    data = {"csrf_token": client.token(), "step": "answer", "version": version, "comment": "Two."}
    data |= {"files": (BytesIO(samples.pdf()), "rooms.pdf")}
    assert client.post(address, data=data).status_code == 302
    assert desk.state(public_id) is RequestState.IN_REVIEW
    (download,) = re.findall(rf'href="({address}/files/[\w-]+)"', client.get(address).get_data(as_text=True))
    assert client.get(download).data == samples.pdf()


def test_a_link_does_no_more_than_answer(app: Flask, desk: Desk, world: World, client: CheckingClient) -> None:
    public_id = offered(desk)
    address = answer_url(world, public_id, desk.office)
    for step in set(Step) - {Step.AGREE, Step.COUNTER, Step.ANSWER, Step.COMMENT}:
        data = {"step": step.value, "version": desk.version(public_id), "comment": "No."}
        assert client.submit(address, data).status_code == 403, step
    for strange in ("", "nonsense", "\x00"):
        data = {"step": strange, "version": desk.version(public_id), "comment": "Kept."}
        response = client.submit(address, data)
        assert response.status_code == 409
        assert "Kept." in response.get_data(as_text=True)
    assert desk.state(public_id) is RequestState.PROPOSED


@pytest.mark.parametrize("state", [RequestState.COUNTERED, RequestState.IN_REVIEW])
def test_a_link_never_answers_for_the_secretariat(
    app: Flask, desk: Desk, world: World, client: CheckingClient, state: RequestState
) -> None:
    with writing(app):
        db.session.add(RoleGrant(person=person(desk.office), role=Role.COORDINATOR, valid_from=today()))
    public_id = desk.request(state)
    address = answer_url(world, public_id, desk.office)
    data = {"step": "agree", "version": desk.version(public_id), "comment": "We agree."}
    response = client.submit(address, data)
    assert response.status_code == 409
    assert desk.state(public_id) is state


def test_a_comment_by_link_is_the_offices_whatever_else_its_person_is(
    app: Flask, desk: Desk, world: World, client: CheckingClient
) -> None:
    with writing(app):
        db.session.add(RoleGrant(person=person(desk.office), role=Role.COORDINATOR, valid_from=today()))
    public_id = offered(desk)
    before = len(world.mails("coordinator.example@example.org"))
    data = {"step": "comment", "version": desk.version(public_id), "comment": "We still look at them."}
    assert client.submit(answer_url(world, public_id, desk.office), data).status_code == 302
    assert len(world.mails("coordinator.example@example.org")) == before + 1


def test_a_link_takes_one_large_file_and_not_what_five_would_weigh(
    desk: Desk, world: World, client: CheckingClient
) -> None:
    public_id = offered(desk)
    address = answer_url(world, public_id, desk.office)
    nowhere = "/en/requests/answer/" + "A" * 43
    form = {"csrf_token": client.token(), "step": "comment", "comment": "Plans.", "version": desk.version(public_id)}
    padding = b" " * (LARGEST_FILE - len(samples.pdf()))
    largest = samples.pdf().replace(b"%%EOF", padding + b"%%EOF")
    assert len(largest) == LARGEST_FILE
    for url, files, answer in ((address, 1, 302), (nowhere, 2, 413)):
        sent = [(BytesIO(largest), f"plan {number}.pdf") for number in range(files)]
        response = client.post(url, data={**form, "files": sent})
        response.request.environ["wsgi.input"].close()  # the test client leaves a large body open
        assert response.status_code == answer


def test_an_old_link_shows_the_newest_offer_and_what_a_colleague_did(
    app: Flask, desk: Desk, world: World, client: CheckingClient
) -> None:
    public_id = offered(desk)
    (old,) = standing_ids(app, public_id)
    address, version = answer_url(world, public_id, desk.office), desk.version(public_id)
    colleague = world.person("Colleague Example", role=Role.FOCAL_POINT, office="KE")
    with writing(app):
        take_step(person(colleague), found(public_id), Step.COUNTER, "Later, please.")
        take_step(person(desk.coordinator), found(public_id), Step.PROPOSE, slots=[offer(49)])
    (new,) = standing_ids(app, public_id)
    page = client.get(address).get_data(as_text=True)
    assert new in page
    assert old not in page
    late = client.submit(address, {"chosen": old, "version": version, "comment": "Yes to the first."})
    assert late.status_code == 409
    assert "Yes to the first." in late.get_data(as_text=True)
    stale = client.submit(address, {"chosen": old, "version": desk.version(public_id)})
    assert stale.status_code == 422
    assert desk.state(public_id) is RequestState.PROPOSED


def test_a_link_ends_with_the_role_the_time_and_the_person(
    app: Flask, desk: Desk, world: World, client: CheckingClient
) -> None:
    public_id = offered(desk)
    address = answer_url(world, public_id, desk.office)
    assert client.get(address).status_code == 200
    with writing(app):
        for grant in person(desk.office).grants:
            grant.valid_to = today() - timedelta(days=1)
    gone = client.get(address)
    assert gone.status_code == 410
    assert client.submit(address, {"step": "comment", "comment": "x", "version": "1"}).status_code == 410
    never = client.get("/ar/requests/answer/" + "A" * 43)
    assert never.status_code == 410
    assert public_id not in gone.get_data(as_text=True)
    with writing(app):
        office = found(public_id).office
        db.session.add(
            RoleGrant(person=person(desk.other_office), role=Role.FOCAL_POINT, office=office, valid_from=today())
        )
    assert client.get(answer_url(world, public_id, desk.other_office)).status_code == 200
    assert client.get(answer_url(world, public_id, desk.coordinator)).status_code == 410
