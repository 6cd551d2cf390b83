"""The private feed of a trainer: what it holds, how it answers calendar programs, and that its address is a secret."""

import io
import json
import logging
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.client import CheckingClient
from tests.support.world import World, person_of
from trainapp.calendar.check import Shape, problems
from trainapp.core.access import Role
from trainapp.core.clock import now, today
from trainapp.core.database import Model, db
from trainapp.core.logs import JsonFormatter, log
from trainapp.core.unit_of_work import unit_of_work
from trainapp.scheduling.models import MeetingState, SessionState, SessionTrainer, TeachingState
from trainapp.scheduling.service import session_by_code


def unfolded(content: bytes) -> str:
    return content.decode().replace("\r\n ", "")


def address_of_feed(client: CheckingClient, trainer: str) -> str:
    """Make an address of the feed by its button; gives the path."""
    client.sign_in(trainer)
    page = client.submit(f"/en/trainers/{trainer}/feed")
    assert page.status_code == 200
    found = re.search(r"http://127\.0\.0\.1:5000(/calendar/[\w-]+\.ics)", page.text)
    assert found is not None
    return found[1]


@pytest.fixture
def program(app: Flask) -> FlaskClient:
    """A calendar program: it has no cookies and reads no pages."""
    return FlaskClient(app, app.response_class, use_cookies=False)


def test_the_feed_answers_as_calendar_programs_ask(
    client: CheckingClient, program: FlaskClient, world: World, trainer: str
) -> None:
    world.session("A-1", trainer=trainer)
    path = address_of_feed(client, trainer)
    first = program.get(path)
    assert first.status_code == 200
    assert problems(first.data, Shape.FEED) == []
    assert first.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert first.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in first.headers
    unchanged = program.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    head = program.head(path)
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", first.headers["ETag"])
    text = unfolded(first.data)
    assert f"SOURCE;VALUE=URI:http://127.0.0.1:5000{path}" in text
    assert "example.org/room" in text, "the feed is private: the link to join is in it"
    assert "ATTENDEE" not in text
    assert "Tokyo" not in text
    assert "東京" in text, "in the trainer's language and zone, whoever asks"
    assert "LANGUAGE=ja" in text
    assert "@example.org" not in text


def test_what_the_feed_holds(
    client: CheckingClient, app: Flask, program: FlaskClient, world: World, trainer: str
) -> None:
    other = world.person("Other Trainer", role=Role.TRAINER)
    world.session("OLD", trainer=trainer, first_day=today() - timedelta(days=40))
    world.session("RECENT", trainer=trainer, first_day=today() - timedelta(days=20))
    world.session("HELD", trainer=trainer, first_day=today() - timedelta(days=10), state=SessionState.DELIVERED)
    world.session("GONE", trainer=trainer, first_day=today() - timedelta(days=5), state=SessionState.CANCELLED)
    world.session("OFF", trainer=trainer, first_day=today() + timedelta(days=5), state=SessionState.CANCELLED)
    world.session("DRAFT", trainer=trainer, state=SessionState.DRAFT)
    world.session("OTHERS", trainer=other)
    world.session("DECLINED", trainer=trainer)
    world.session("COMING", trainer=trainer, meetings=2)
    with app.app_context(), unit_of_work():
        declined = session_by_code("DECLINED")
        row = db.session.get(SessionTrainer, (declined.id, person_of(trainer).id))
        assert row is not None
        row.state = TeachingState.DECLINED
        session_by_code("COMING").meetings[1].state = MeetingState.CANCELLED
    text = unfolded(program.get(address_of_feed(client, trainer)).data)
    assert problems(program.get(address_of_feed(client, trainer)).data, Shape.FEED) == []
    assert re.findall(r"SUMMARY;LANGUAGE=\w\w:(?:.*)Session ([A-Z]+)", text) == [
        "RECENT",
        "HELD",
        "OFF",
        "COMING",
        "COMING",
    ]
    assert text.count("STATUS:CANCELLED") == 2


def test_the_entity_tag_changes_with_what_the_feed_says(
    client: CheckingClient, app: Flask, program: FlaskClient, world: World, trainer: str
) -> None:
    world.session("A-1", trainer=trainer)
    path = address_of_feed(client, trainer)
    tags = [program.get(path).headers["ETag"]]
    with app.app_context(), unit_of_work():
        session = session_by_code("A-1")
        session.state, session.revised_at = SessionState.CANCELLED, now() + timedelta(seconds=5)
    tags.append(program.get(path).headers["ETag"])
    with app.app_context(), unit_of_work():
        person_of(trainer).language = "fr"
    tags.append(program.get(path).headers["ETag"])
    assert len(set(tags)) == 3


def test_an_address_is_shown_once_and_a_new_one_takes_its_place(
    client: CheckingClient, program: FlaskClient, world: World, trainer: str
) -> None:
    first = address_of_feed(client, trainer)
    assert first not in client.get(f"/en/trainers/{trainer}").text
    second = address_of_feed(client, trainer)
    assert first != second
    assert (program.get(first).status_code, program.get(second).status_code) == (404, 200)
    stopped = client.submit(f"/en/trainers/{trainer}/feed", {"step": "stop"}, follow_redirects=True)
    assert "switched off" in stopped.text
    assert program.get(second).status_code == 404
    client.submit(f"/en/trainers/{trainer}/feed", {"step": "stop"})


def test_the_page_that_shows_the_address_is_kept_by_nobody(client: CheckingClient, trainer: str) -> None:
    client.sign_in(trainer)
    page = client.submit(f"/en/trainers/{trainer}/feed")
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_what_is_no_address_of_a_feed_is_not_there(
    client: CheckingClient, app: Flask, program: FlaskClient, world: World, trainer: str
) -> None:
    path = address_of_feed(client, trainer)
    participant = world.person("Participant")
    others = [
        "A" * 32,
        world.sign_in_link(trainer),
        world.registration_link(world.session("A-1"), participant),
        "%D8%B9",
        "%00",
        "x" * 5000,
    ]
    for token in others:
        assert program.get(f"/calendar/{token}.ics").status_code == 404
    assert program.get(path.removesuffix(".ics")).status_code == 404
    assert program.post(path).status_code == 405
    with app.app_context(), unit_of_work():
        (grant,) = person_of(trainer).grants
        grant.valid_to = today() - timedelta(days=1)
    assert program.get(path).status_code == 404, "who does not teach any more has no feed"


def test_the_secret_of_an_address_is_in_no_log_and_in_no_table(
    client: CheckingClient, app: Flask, program: FlaskClient, trainer: str
) -> None:
    path = address_of_feed(client, trainer)
    token = path.split("/")[-1].removesuffix(".ics")
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        for method in (program.get, program.head, program.post):
            method(path)
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert "/calendar/<token>.ics" in {line["route"] for line in lines}
    assert token not in written.getvalue()
    with app.app_context():
        tables = [Model.metadata.tables[name] for name in ("mailed_link", "audit_event")]
        rows = [str(tuple(row)) for table in tables for row in db.session.execute(table.select())]
    assert rows
    assert not [row for row in rows if token in row]
