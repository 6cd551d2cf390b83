"""The page of an office: all it asked for, had and has before it, for those who speak for it alone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.client import CheckingClient
from tests.support.statements import statements_of
from tests.support.world import World, office_of, person_of
from trainapp.accounts.models import RoleGrant
from trainapp.attendance.models import Attendance, AttendanceStatus
from trainapp.core.access import Role
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.desks.office_page import working_time
from trainapp.desks.office_queries import YearOfPeople, people_by_year
from trainapp.offices.models import OfficeContact
from trainapp.registrations.models import Registration, RegistrationState
from trainapp.requests.models import RequestState
from trainapp.scheduling.models import SessionState
from trainapp.scheduling.queries import session_by_code


@pytest.fixture
def own(world: World) -> str:
    return world.person("Focal Example", role=Role.FOCAL_POINT, office="KE", zone="Africa/Nairobi")


@pytest.fixture
def coordinator(world: World) -> str:
    return world.person("Coordinator Example", role=Role.COORDINATOR)


def words_at(client: CheckingClient, path: str) -> str:
    assert client.get(path).status_code == 200, path
    assert client.tree is not None
    return " ".join("".join(client.tree.itertext()).split())


def links_of(client: CheckingClient) -> list[str]:
    assert client.tree is not None
    return [str(link.get("href")) for link in client.tree.iter("a")]


def seat(
    app: Flask,
    code: str,
    person: str,
    status: AttendanceStatus | None,
    state: RegistrationState = RegistrationState.CONFIRMED,
) -> None:
    """A registration of somebody as of their office, marked for the first meeting where a status is given."""
    with app.app_context(), unit_of_work():
        session, someone = session_by_code(code), person_of(person)
        taken = len(db.session.scalars(select(Registration).where(Registration.session_id == session.id)).all())
        registration = Registration(
            session=session, person=someone, office=someone.office, state=state, place=taken + 1, name=someone.name,
            language="en", zone="UTC",
        )  # fmt: skip
        db.session.add(registration)
        if status is not None:
            db.session.add(
                Attendance(registration=registration, meeting=session.meetings[0], status=status, minutes=60)
            )


def test_an_office_sees_all_that_is_its_own(client: CheckingClient, world: World, own: str) -> None:
    stranger = world.person("Stranger Example", role=Role.FOCAL_POINT, office="BR")
    drafted = world.request("KE", own, state=RequestState.DRAFT)
    past = world.request("KE", own, state=RequestState.DELIVERED)
    world.request("BR", stranger)
    world.session("D-1", state=SessionState.DELIVERED, offices={"KE": "beneficiary"}, subjects=["NICE"])
    world.session("D-2", state=SessionState.DELIVERED, offices={"BR": "host"}, subjects=["IPC"])
    world.session("C-1", offices={"KE": "host"})
    world.session("C-2", offices={"BR": "host"})
    world.session("C-3", offices={"KE": "host"}, state=SessionState.DRAFT)
    client.sign_in(own)
    words = words_at(client, "/en/offices/KE")
    links = links_of(client)
    assert "2 requests" in words
    assert f"/en/requests/{drafted}/edit" in links
    assert f"/en/requests/new?copy={past}" in links
    assert f"/en/requests/new?copy={drafted}" not in links
    for code, is_shown in (("D-1", True), ("C-1", True), ("D-2", False), ("C-2", False), ("C-3", False)):
        assert (f"/en/sessions/{code}" in links) is is_shown, code
    assert "1 session delivered" in words
    assert "Beneficiary office" in words
    never_had = words.split("Subjects this office never had: ")[1].split(" People trained")[0]
    assert "International Patent Classification" in never_had
    assert "Nice Classification" not in never_had
    assert "Focal Example" in words
    assert "Stranger Example" not in words


def test_only_its_own_people_and_coordinators_see_an_office(
    client: CheckingClient, world: World, own: str, coordinator: str
) -> None:
    assert client.get("/en/offices/KE").location == "/en/sign-in?next=/en/offices/KE"
    client.sign_in(world.person("Trainer Example", role=Role.TRAINER))
    assert client.get("/en/offices/KE").status_code == 403
    client.sign_in(own)
    there, not_there = client.get("/en/offices/BR"), client.get("/en/offices/ZZZ")
    assert (there.status_code, not_there.status_code) == (404, 404)
    for code in ("ke", "%27", "KE%20", "²", "%F0%9F%92%A9", "K" * 300, "-1"):
        assert client.get(f"/en/offices/{code}").status_code == 404, code
    client.sign_in(coordinator)
    assert client.get("/en/offices/BR").status_code == 200


def test_who_no_longer_speaks_for_an_office_sees_nothing_of_it(
    app: Flask, client: CheckingClient, world: World, own: str
) -> None:
    client.sign_in(own)
    assert client.get("/en/offices/KE").status_code == 200
    with app.app_context(), unit_of_work():
        for grant in db.session.scalars(select(RoleGrant).where(RoleGrant.person_id == person_of(own).id)):
            grant.valid_to = today() - timedelta(days=1)
    assert client.get("/en/offices/KE").status_code == 403


def test_a_coordinator_sees_drafts_of_sessions_but_no_drafts_of_requests(
    client: CheckingClient, world: World, own: str, coordinator: str
) -> None:
    drafted = world.request("KE", own, state=RequestState.DRAFT)
    world.session("C-3", offices={"KE": "host"}, state=SessionState.DRAFT)
    client.sign_in(coordinator)
    words = words_at(client, "/en/offices/KE")
    assert "This office has not asked for a training yet." in words
    assert not any(drafted in link for link in links_of(client))
    assert "/en/sessions/C-3" in links_of(client)
    assert "/en/offices" in links_of(client)


def test_people_are_counted_once_a_year_and_those_who_came_apart(app: Flask, world: World) -> None:
    first = world.person("Person One", office="KE")
    second = world.person("Person Two", office="KE")
    third = world.person("Person Three", office="KE")
    elsewhere = world.person("Person Four", office="BR")
    for code, day in (("A-1", date(2025, 3, 3)), ("A-2", date(2025, 4, 4)), ("A-3", date(2024, 4, 4))):
        world.session(code, state=SessionState.DELIVERED, first_day=day)
    world.session("A-4", first_day=date(2025, 5, 5))
    seat(app, "A-1", first, AttendanceStatus.PRESENT)
    seat(app, "A-2", first, AttendanceStatus.PARTIAL)
    seat(app, "A-1", second, AttendanceStatus.ABSENT)
    seat(app, "A-1", third, None, RegistrationState.CANCELLED)
    seat(app, "A-1", elsewhere, AttendanceStatus.PRESENT)
    seat(app, "A-3", third, None)
    seat(app, "A-4", third, AttendanceStatus.PRESENT)
    with app.app_context():
        assert people_by_year(office_of("KE")) == [YearOfPeople(2025, 2, 2, 1), YearOfPeople(2024, 1, 1, None)]
        assert people_by_year(office_of("BR")) == [YearOfPeople(2025, 1, 1, 1)]
        assert people_by_year(office_of("JP")) == []


@pytest.mark.parametrize(
    ("code", "weekdays", "holiday"),
    [
        ("EG", "Sunday, Monday, Tuesday, Wednesday, and Thursday", "Coptic Christmas Day"),
        ("BN", "Monday, Tuesday, Wednesday, Thursday, and Saturday", "New Year's Day"),
        ("IR", "Saturday, Sunday, Monday, Tuesday, Wednesday, and Thursday", "Isra' and Mi'raj"),
        ("WO", "Monday, Tuesday, Wednesday, Thursday, and Friday", None),
    ],
)
def test_the_working_week_is_the_offices_own(app: Flask, code: str, weekdays: str, holiday: str | None) -> None:
    at = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
    with app.test_request_context("/en/"):
        time = working_time(office_of(code), at)
    assert time.weekdays == weekdays
    names = [str(name) for _day, name in time.holidays]
    assert any(holiday in name for name in names) if holiday else names == []


def test_the_time_there_and_a_holiday_in_another_language_are_marked(
    app: Flask, client: CheckingClient, own: str
) -> None:
    with app.app_context(), unit_of_work():
        db.session.add(OfficeContact(office=office_of("KE"), name="Contact Example", address="a@example.org"))
    client.sign_in(own)
    words = words_at(client, "/ja/offices/KE")
    assert "UTC+3" in words
    for settled in ("/ja/offices/KE/contacts", "/ja/offices/KE/settings", "/ja/offices/KE/focal-points"):
        assert settled in links_of(client)
    assert "Contact Example" not in words


def test_both_lists_of_an_office_have_pages_that_keep_each_other(
    app: Flask, client: CheckingClient, world: World, own: str
) -> None:
    for number in range(51):
        world.request("KE", own)
        world.session(
            f"D-{number:02d}", state=SessionState.DELIVERED, offices={"KE": "host"}, first_day=date(2025, 1, 1)
        )
    client.sign_in(own)
    words_at(client, "/en/offices/KE?page=2&trainings=2")
    assert {"/en/offices/KE?trainings=2&page=1", "/en/offices/KE?page=2&trainings=1"} <= set(links_of(client))
    for query in (
        "page=0",
        "page=-1",
        "page=99999999999999999999",
        "page=x&trainings=²",
        "page=2&page=3",
        "trainings=5",
    ):
        assert client.get(f"/en/offices/KE?{query}").status_code == 200, query


def test_a_full_office_runs_as_many_queries_as_a_sparse_one(
    app: Flask, client: CheckingClient, world: World, own: str
) -> None:
    client.sign_in(own)

    def count() -> int:
        with statements_of(app) as seen:
            assert client.get("/en/offices/KE").status_code == 200
        return len(seen)

    def grow(first: int, last: int) -> None:
        for number in range(first, last):
            world.request("KE", own)
            world.session(
                f"D-{number}", state=SessionState.DELIVERED, offices={"KE": "host"}, first_day=date(2025, 1, 1)
            )
            world.session(f"C-{number}", offices={"KE": "host"})

    grow(0, 10)
    few = count()
    grow(10, 120)
    assert count() == few
