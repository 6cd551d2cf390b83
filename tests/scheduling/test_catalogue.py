"""The programme, the record of the past, and the page of a session, as their readers meet them."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.support.client import CheckingClient
from tests.support.statements import statements_of
from tests.support.world import World, meeting_on, office_of
from trainapp.core.access import Role
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.timefmt import span
from trainapp.core.unit_of_work import unit_of_work
from trainapp.requests.models import Mode
from trainapp.scheduling.models import (
    Meeting,
    OfficeRole,
    RegistrationPolicy,
    SessionOffice,
    SessionState,
    TrainingSession,
)
from trainapp.scheduling.service import session_by_code


def change(app: Flask, code: str, **values: Any) -> None:
    with app.app_context(), unit_of_work():
        session = session_by_code(code)
        for name, value in values.items():
            setattr(session, name, value)


def text_of(client: CheckingClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.get_data(as_text=True)


def words_of(client: CheckingClient) -> str:
    assert client.tree is not None
    return " ".join("".join(client.tree.itertext()).split())


def test_the_start_page_goes_to_the_language_of_the_browser(client: CheckingClient) -> None:
    response = client.get("/", headers={"Accept-Language": "ar-EG,ar;q=0.9,en;q=0.5"})
    assert (response.status_code, response.headers["Location"]) == (302, "/ar/")
    assert {"accept-language", "cookie"} <= {name.lower() for name in response.vary}
    client.set_cookie("language", "ja")
    assert client.get("/", headers={"Accept-Language": "ar"}).headers["Location"] == "/ja/"


def test_the_list_has_one_address(client: CheckingClient) -> None:
    response = client.get("/fr/sessions?subject=IPC&kind=hat&x=1")
    assert (response.status_code, response.headers["Location"]) == (301, "/fr/?subject=IPC")


def test_times_stand_in_the_readers_zone_first(client: CheckingClient, world: World) -> None:
    day = (now() + timedelta(days=30)).date()
    world.session("2027-ST26-AR-01", language="ar", titles={"ar": "معيار الويبو"}, zone="Europe/Zurich")
    client.set_cookie("zone", "Africa/Nairobi")
    text_of(client, "/ar/")
    assert client.tree is not None
    assert (client.tree.get("lang"), client.tree.get("dir")) == ("ar", "rtl")
    starts = meeting_on(day, 1, "Europe/Zurich")
    assert starts.starts_at is not None
    assert starts.ends_at is not None
    lines = ["".join(p.itertext()) for p in client.tree.iter("p") if (p.get("class") or "").startswith("when-")]
    shown = ["".join(line.split()) for line in lines]
    for zone in ("Africa/Nairobi", "Europe/Zurich"):
        words = span(starts.starts_at, starts.ends_at, zone, "ar").replace("، ", "،")
        assert any("".join(part.split()) in shown[0 if zone == "Africa/Nairobi" else 1] for part in words.split("،"))
    assert "نيروبي" in lines[0]
    assert "زيورخ" in lines[1]


def test_a_month_is_that_of_the_readers_zone(client: CheckingClient, world: World, app: Flask) -> None:
    """23:00 UTC on the last day of a month is the next month in Tokyo."""
    world.session("2099-IPC-EN-01", subjects=["IPC"])
    with app.app_context(), unit_of_work():
        session = session_by_code("2099-IPC-EN-01")
        session.meetings = []
        db.session.flush()
        session.meetings = [meeting_on(date(2099, 1, 31), 1, "UTC", time(22, 0), time(23, 0))]
    client.set_cookie("zone", "UTC")
    assert "January 2099" in text_of(client, "/en/")
    client.set_cookie("zone", "Asia/Tokyo")
    page = text_of(client, "/en/")
    assert "February 2099" in page
    assert "January 2099" not in page.replace("January 31, 2099", "")


def test_filters_narrow_the_list(client: CheckingClient, world: World) -> None:
    world.session("2027-ST26-EN-01", titles={"en": "Sequences"})
    world.session("2027-IPC-AR-01", titles={"en": "Patents"}, language="ar", subjects=["IPC"])
    assert "Sequences" in text_of(client, "/en/")
    page = text_of(client, "/en/?subject=IPC")
    assert "Patents" in page
    assert "Sequences" not in page
    page = text_of(client, "/en/?spoken=ar&kind=webinar")
    assert "Patents" in page
    assert "Sequences" not in page
    page = text_of(client, "/en/?subject=LOCARNO")
    assert "No session fits" in page


def test_only_published_sessions_to_come_are_listed(client: CheckingClient, world: World) -> None:
    world.session("A-1", state=SessionState.DRAFT, titles={"en": "Hidden draft"})
    world.session("A-2", state=SessionState.CANCELLED, titles={"en": "Called off"})
    world.session("A-3", first_day=(now() - timedelta(days=9)).date(), titles={"en": "Long ago"})
    page = text_of(client, "/en/")
    assert not [title for title in ("Hidden draft", "Called off", "Long ago") if title in page]
    assert "No session is planned now" in page


def test_a_title_in_another_language_is_marked(client: CheckingClient, world: World) -> None:
    world.session("A-1", titles={"en": "Only in English"})
    assert '<span lang="en" dir="ltr">Only in English</span>' in text_of(client, "/ar/")
    assert '<span lang="en" dir="ltr">Only in English' not in text_of(client, "/en/")


def test_the_past_lists_records_with_days_alone(client: CheckingClient, world: World, app: Flask) -> None:
    world.session("2021-IPC-IQ-01", state=SessionState.DELIVERED, first_day=date(2021, 7, 5), language=None)
    with app.app_context(), unit_of_work():
        session = session_by_code("2021-IPC-IQ-01")
        session.meetings = []
        db.session.flush()
        session.meetings = [
            Meeting(number=number, on_date=date(2021, 7, 4 + number), zone="Asia/Baghdad") for number in (1, 2)
        ]
        session.offices = [
            SessionOffice(office=office_of("IQ"), role=role, designation="Department of Iraq")
            for role in (OfficeRole.REQUESTER, OfficeRole.BENEFICIARY)
        ]
    page = text_of(client, "/en/sessions/past?year=2021")
    assert page.count("Department of Iraq") == 1
    assert "Jul 5" in page
    assert "No session fits" in text_of(client, "/en/sessions/past?year=2021&subject=NICE")
    assert "No session is recorded" in text_of(client, "/en/sessions/past?year=1999")
    detail = text_of(client, "/en/sessions/2021-IPC-IQ-01")
    assert "Monday, July 5, 2021" in detail
    assert ".ics" not in detail
    assert client.get("/en/sessions/2021-IPC-IQ-01/calendar.ics").status_code == 404


@pytest.mark.parametrize("path", ["/en/", "/en/sessions/past?year=2026"])
def test_a_list_runs_a_fixed_number_of_queries(client: CheckingClient, world: World, app: Flask, path: str) -> None:
    state = SessionState.PUBLISHED if path == "/en/" else SessionState.DELIVERED
    first_day = None if path == "/en/" else date(2026, 2, 3)
    more = {"first_day": first_day} if first_day else {}

    def grow(first: int, last: int) -> None:
        for number in range(first, last):
            world.session(f"S-{number}", state=state, subjects=["IPC", "NICE"], meetings=2, **more)

    grow(0, 10)
    few = queries_of(client, app, path)
    grow(10, 100)
    assert queries_of(client, app, path) == few
    assert few <= 12
    assert "Page 1 of 2" in words_of(client)


def queries_of(client: CheckingClient, app: Flask, path: str) -> int:
    with statements_of(app) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def test_the_page_of_a_session_says_what_people_need(client: CheckingClient, world: World, app: Flask) -> None:
    trainer = world.person("Trainer Example", role=Role.TRAINER, email="secret.trainer@example.org")
    world.session("2027-NICE-EN-01", subjects=["NICE"], meetings=2, trainer=trainer, capacity=25, interpretation=["fr"])
    page = text_of(client, "/en/sessions/2027-NICE-EN-01")
    words = words_of(client)
    for expected in ("Trainer Example", "At most 25 people", "French", "Calendar file of meeting 2", "Register"):
        assert expected in words, expected
    assert "/en/sessions/2027-NICE-EN-01/register" in page
    assert "secret.trainer@" not in page
    assert "meet.example.org" not in page
    assert 'rel="canonical"' in page


@pytest.mark.parametrize(
    ("changes", "sentence", "may_register"),
    [
        ({"policy": RegistrationPolicy.NOMINATION}, "IP offices nominate the people", False),
        ({"policy": RegistrationPolicy.CLOSED}, "There is no registration.", False),
        ({"opens_at": datetime(2099, 1, 1, tzinfo=UTC)}, "Registration opens at this time", False),
        ({"closes_at": datetime(2020, 1, 1, tzinfo=UTC)}, "Registration has been closed since", False),
        ({"state": SessionState.CANCELLED}, "This session is cancelled.", False),
        ({"language": "ar"}, "This session is held in Arabic.", True),
    ],
)
def test_the_page_says_how_to_come(
    client: CheckingClient, world: World, app: Flask, changes: dict[str, Any], sentence: str, may_register: bool
) -> None:
    world.session("A-1")
    change(app, "A-1", **changes)
    page = text_of(client, "/en/sessions/A-1")
    assert sentence in page
    assert ("/sessions/A-1/register" in page) is may_register


def test_a_session_that_is_over_takes_no_registration(client: CheckingClient, world: World) -> None:
    world.session("A-1", first_day=(now() - timedelta(days=9)).date())
    page = text_of(client, "/en/sessions/A-1")
    assert "This session is over." in page
    assert "/register" not in page


def test_a_draft_shows_to_those_who_manage_it_alone(client: CheckingClient, world: World, coordinator: str) -> None:
    own = world.person("Own Trainer", role=Role.TRAINER)
    other = world.person("Other Trainer", role=Role.TRAINER)
    world.session("A-1", state=SessionState.DRAFT, trainer=own, join_url="")
    assert client.get("/en/sessions/A-1").status_code == 404
    client.sign_in(other)
    assert client.get("/en/sessions/A-1").status_code == 404
    assert client.get("/en/sessions/A-1/calendar.ics").status_code == 404
    client.sign_in(own)
    page = text_of(client, "/en/sessions/A-1")
    assert "It has no link to join online." in page
    assert "/planning/" not in page
    client.sign_in(coordinator)
    assert "/en/planning/A-1/publish" in text_of(client, "/en/sessions/A-1")


def test_a_venue_is_shown(client: CheckingClient, world: World, app: Flask) -> None:
    world.session("A-1", mode=Mode.HYBRID, venue="Hall 3, Example Street")
    assert "Hall 3, Example Street, and online. The link to join is in your invitation." in text_of(
        client, "/en/sessions/A-1"
    )


HOSTILE = ["%00", "%FF", "%ED%A0%80", "'", "²", "9" * 5000, "-1", "1e9", "%F0%9F%92%A9", "../../etc/passwd", "%0d%0a"]


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_addresses_never_fail(client: CheckingClient, world: World, value: str) -> None:
    world.session("A-1")
    for path in (
        f"/en/?subject={value}&spoken={value}&kind={value}&page={value}",
        f"/en/sessions?subject={value}",
        f"/en/sessions/past?year={value}&page={value}",
        f"/en/sessions/{value}",
        f"/en/sessions/{value}/calendar.ics",
        f"/en/sessions/A-1/meetings/{value}.ics",
        f"/en/calendar.ics?subject={value}",
        f"/en/calendar.ics?language={value}",
    ):
        assert client.get(path).status_code in (200, 301, 308, 400 if value == "%00" else 404, 404), path


def test_every_session_is_loaded_whole(app: Flask, context: None, world: World) -> None:
    world.session("A-1", meetings=3)
    session = session_by_code("A-1")
    assert isinstance(session, TrainingSession)
    assert [meeting.number for meeting in session.meetings] == [1, 2, 3]
