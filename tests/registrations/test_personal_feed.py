"""A person's own feed: what it holds, how it answers calendar programs, and that its address is a secret."""

import io
import json
import logging
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.support.client import CheckingClient
from tests.support.own_pages import html_of, text_of
from tests.support.world import World, person_of
from trainapp.calendar.check import Shape, problems
from trainapp.core.access import Role
from trainapp.core.clock import now, today
from trainapp.core.database import Model, db
from trainapp.core.logs import JsonFormatter, log
from trainapp.core.unit_of_work import unit_of_work
from trainapp.registrations.models import Invitation, Registration, RegistrationState
from trainapp.registrations.service import MAILS_PER_ADDRESS
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
def trainer(world: World) -> str:
    return world.person("Trainer Example", role=Role.TRAINER, language="ja", zone="Asia/Tokyo")


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
    world.session("A-2", trainer=trainer)
    answer = program.get(path)
    assert (answer.status_code, answer.data.count(b"BEGIN:VEVENT")) == (200, 0), "who does not teach any more"


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


def events_of(content: bytes) -> list[dict[str, str]]:
    """The properties of each entry, without their parameters."""
    found = []
    for text in unfolded(content).split("BEGIN:VEVENT\r\n")[1:]:
        lines = text.split("END:VEVENT")[0].split("\r\n")
        found.append({line.split(":")[0].split(";")[0]: line.partition(":")[2] for line in lines if line})
    return found


def feed_by_mail(client: CheckingClient, world: World, token: str, address: str) -> str:
    """Press the button of a registration's page; gives the path that was mailed."""
    page = client.submit(f"/en/registrations/{token}/feed", follow_redirects=True)
    assert "on its way to your mailbox" in page.text
    mail = world.mails(address)[-1]
    assert mail.holds_secret
    found = re.search(r"http://127\.0\.0\.1:5000(/calendar/[\w-]+\.ics)", text_of(mail))
    assert found is not None
    assert found[1] in html_of(mail)
    assert found[1] not in page.text, "the link of one registration opens that one"
    return found[1]


def test_a_participant_gets_the_address_by_mail_and_a_new_one_takes_its_place(
    client: CheckingClient, program: FlaskClient, world: World
) -> None:
    someone = world.person("Amina Example")
    link = world.registration_link(world.session("A-1"), someone, language="ar", zone="Africa/Cairo")
    first = feed_by_mail(client, world, link, "amina.example@example.org")
    assert "calendar" in client.get(f"/en/registrations/{link}").text
    second = feed_by_mail(client, world, link, "amina.example@example.org")
    assert (program.get(first).status_code, program.get(second).status_code) == (404, 200)
    feed = program.get(second)
    assert problems(feed.data, Shape.FEED) == []
    [event] = events_of(feed.data)
    assert "القاهرة" in event["DESCRIPTION"], "as the registration reads, in language and zone"
    assert event["CONFERENCE"] == "https://meet.example.org/room"
    assert "VALARM" not in unfolded(feed.data)
    with_alarms = program.get(f"{second}?alarm=1")
    assert problems(with_alarms.data, Shape.ALARM_FEED) == []
    assert unfolded(with_alarms.data).count("BEGIN:VALARM") == 1
    assert f"SOURCE;VALUE=URI:http://127.0.0.1:5000{second}?alarm=1" in unfolded(with_alarms.data)
    for _time in range(MAILS_PER_ADDRESS):
        client.submit(f"/en/registrations/{link}/feed")
    assert len(world.mails("amina.example@example.org")) == MAILS_PER_ADDRESS, "nobody's mailbox is filled"


def test_the_feed_holds_what_is_attended_and_what_is_taught_each_meeting_once(
    client: CheckingClient, app: Flask, program: FlaskClient, world: World, trainer: str
) -> None:
    waiting, left = RegistrationState.WAITLISTED, RegistrationState.CANCELLED
    links = {
        code: world.registration_link(world.session(code, **of_session), trainer, **of_registration)
        for code, of_session, of_registration in (
            ("OLD", {"first_day": today() - timedelta(days=40)}, {}),
            ("RECENT", {"first_day": today() - timedelta(days=20)}, {}),
            ("WAITS", {}, {"state": waiting}),
            ("GONE", {}, {"state": left}),
            ("OFF", {"state": SessionState.CANCELLED}, {}),
            ("BOTH", {"trainer": trainer}, {}),
            ("COMES", {"meetings": 2}, {}),
        )
    }
    world.session("TEACHES", trainer=trainer)
    assert client.submit(f"/en/registrations/{links['COMES']}/cancel").status_code == 302
    assert client.submit(f"/en/registrations/{links['COMES']}/return").status_code == 302
    assert client.submit(f"/en/registrations/{links['RECENT']}/cancel").status_code == 422
    path = f"/calendar/{world.feed_token(trainer)}.ics"
    world.mails()
    feed = program.get(path)
    assert problems(feed.data, Shape.FEED) == []
    assert "Tokyo" not in unfolded(feed.data)
    events = events_of(feed.data)
    assert len({event["UID"] for event in events}) == len(events)
    assert sorted(event["SUMMARY"].split()[-1] for event in events) == [
        *("BOTH", "COMES", "COMES", "OFF", "RECENT", "TEACHES")
    ]
    assert client.submit(f"/en/registrations/{links['COMES']}/cancel").status_code == 302
    world.mails()
    cancelled = [event for event in events_of(program.get(path).data) if event["SUMMARY"].endswith("COMES")]
    assert {event["STATUS"] for event in cancelled} == {"CANCELLED"}, "a seat given up stays, marked, until its end"
    assert {event.get("CONFERENCE") for event in cancelled} == {None}
    assert len({event["SEQUENCE"] for event in cancelled}) == 1
    assert cancelled[0]["SEQUENCE"] == sequence_told(app, "COMES")


def sequence_told(app: Flask, code: str) -> str:
    with app.app_context():
        rows = db.session.scalars(
            select(Invitation.sequence).join(Registration).where(Registration.session_id == session_by_code(code).id)
        )
        return str(max(rows))


def test_a_feed_asks_the_same_number_of_queries_however_many_sessions_it_holds(
    app: Flask, program: FlaskClient, world: World, queries: list[str]
) -> None:
    someone = world.person("Amina Example")
    path = f"/calendar/{world.feed_token(someone)}.ics"
    counts = []
    for first in (0, 3):
        for number in range(first, first + 3):
            world.registration_link(world.session(f"A-{number}", meetings=2), someone)
        queries.clear()
        assert program.get(path).data.count(b"BEGIN:VEVENT") == 2 * (first + 3)
        counts.append(len(queries))
    assert counts[0] == counts[1]
