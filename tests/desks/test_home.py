"""What each role sees first."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from tests.support.client import CheckingClient
from tests.support.world import World, office_of
from trainapp.accounts.models import Person
from trainapp.accounts.queries import person_by_public_id
from trainapp.catalogue.models import Level
from trainapp.core.access import Role
from trainapp.core.clock import now, today
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.registrations.models import Registration, RegistrationState
from trainapp.requests.models import Channel, Mode, RequestState, TrainingRequest
from trainapp.scheduling.models import OfficeRole, SessionOffice, SessionState, TrainingSession


def request_of(app: Flask, office: str, code: str, state: RequestState, days_ago: int = 3) -> None:
    with app.app_context(), unit_of_work():
        db.session.add(
            TrainingRequest(
                code=code,
                office=office_of(office),
                state=state,
                mode=Mode.ONLINE,
                level=Level.INTRODUCTION,
                languages=["en"],
                audience="Examiners",
                people=5,
                period_from=today(),
                period_to=today(),
                channel=Channel.OFFICE,
                received_on=today() - timedelta(days=days_ago),
                entered_by=db.session.scalars(select(Person)).first(),
            )
        )


def register(app: Flask, code: str, public_id: str, state: RegistrationState = RegistrationState.CONFIRMED) -> None:
    with app.app_context(), unit_of_work():
        session = db.session.scalars(select(TrainingSession).where(TrainingSession.code == code)).one()
        person = person_by_public_id(public_id)
        assert person is not None
        db.session.add(
            Registration(
                session=session,
                person=person,
                state=state,
                place=1,
                name=person.name,
                language=person.language,
                zone=person.zone,
            )
        )


def desk_of(client: CheckingClient, public_id: str, language: str = "en") -> str:
    client.sign_in(public_id)
    response = client.get(f"/{language}/desk")
    assert response.status_code == 200
    return response.get_data(as_text=True)


def test_nobody_has_a_desk_without_signing_in(client: CheckingClient) -> None:
    assert client.get("/en/desk").location == "/en/sign-in?next=/en/desk"


def test_a_coordinator_sees_what_waits_for_the_secretariat(app: Flask, client: CheckingClient, world: World) -> None:
    coordinator = world.person("Coordinator Example", role=Role.COORDINATOR)
    request_of(app, "KE", "R-2026-0001", RequestState.SUBMITTED, days_ago=2)
    request_of(app, "EG", "R-2026-0002", RequestState.COUNTERED, days_ago=40)
    request_of(app, "BR", "R-2026-0003", RequestState.PROPOSED)
    request_of(app, "JP", "R-2026-0004", RequestState.DRAFT)
    world.session("2027-ST26-EN-01", first_day=today() + timedelta(days=5))
    world.session("2027-ST26-EN-02", first_day=today() + timedelta(days=50))
    world.session("2027-ST26-EN-03", state=SessionState.DRAFT)
    page = desk_of(client, coordinator)
    assert "2 requests wait for a step of the secretariat" in page
    assert page.index("R-2026-0002") < page.index("R-2026-0001")
    assert "40 days" in page
    for absent in ("R-2026-0003", "R-2026-0004", "2027-ST26-EN-02"):
        assert absent not in page, absent
    assert "2027-ST26-EN-01" in page
    assert "2027-ST26-EN-03" in page


def test_a_trainer_sees_their_sessions_and_the_attendance_to_mark(
    app: Flask, client: CheckingClient, world: World
) -> None:
    trainer = world.person("Trainer Example", role=Role.TRAINER)
    guest = world.person("Guest Example")
    world.session("2027-ST26-EN-01", trainer=trainer)
    world.session("2027-ST26-EN-02", trainer=trainer, first_day=today() - timedelta(days=5))
    world.session("2027-ST26-EN-03", trainer=trainer, first_day=today() - timedelta(days=6))
    world.session("2027-ST26-EN-04")
    register(app, "2027-ST26-EN-02", guest)
    page = desk_of(client, trainer)
    assert "2027-ST26-EN-01" in page
    assert "/en/sessions/2027-ST26-EN-02/attendance" in page
    assert "2027-ST26-EN-03" not in page
    assert "2027-ST26-EN-04" not in page
    assert "Requests waiting" not in page


def test_a_focal_point_sees_the_requests_and_sessions_of_the_office(
    app: Flask, client: CheckingClient, world: World
) -> None:
    focal_point = world.person("Focal Example", role=Role.FOCAL_POINT, office="KE", zone="Africa/Nairobi")
    request_of(app, "KE", "R-2026-0001", RequestState.PROPOSED)
    request_of(app, "EG", "R-2026-0002", RequestState.PROPOSED)
    for code, office in (("2027-ST26-EN-01", "KE"), ("2027-ST26-EN-02", "EG")):
        world.session(code)
        with app.app_context(), unit_of_work():
            session = db.session.scalars(select(TrainingSession).where(TrainingSession.code == code)).one()
            session.offices.append(SessionOffice(office=office_of(office), role=OfficeRole.BENEFICIARY))
    page = desk_of(client, focal_point)
    assert "R-2026-0001" in page
    assert "Waiting for you" in page
    assert "R-2026-0002" not in page
    assert "2027-ST26-EN-01" in page
    assert "2027-ST26-EN-02" not in page
    assert "/en/requests/new" in page
    assert "Nairobi (UTC+3)" in page


def test_a_participant_sees_their_registrations_in_their_own_zone(
    app: Flask, client: CheckingClient, world: World
) -> None:
    participant = world.person("Guest Example", zone="Asia/Tokyo")
    other = world.person("Other Example")
    for number, (person, state) in enumerate(
        (
            (participant, RegistrationState.WAITLISTED),
            (participant, RegistrationState.CANCELLED),
            (other, RegistrationState.CONFIRMED),
        ),
        1,
    ):
        world.session(f"2027-ST26-EN-0{number}")
        register(app, f"2027-ST26-EN-0{number}", person, state)
    page = desk_of(client, participant)
    assert "2027-ST26-EN-01" in page
    assert "On the waiting list" in page
    assert "Tokyo (UTC+9)" in page
    assert "2027-ST26-EN-02" not in page
    assert "2027-ST26-EN-03" not in page


def test_an_empty_desk_says_what_to_do(client: CheckingClient, world: World) -> None:
    page = desk_of(client, world.person("Guest Example"))
    assert "You are not registered for a session" in page
    for role in (Role.COORDINATOR, Role.TRAINER, Role.ADMINISTRATOR):
        desk_of(client, world.person(f"{role} Example", role=role), "ar")
    desk_of(client, world.person("Office Example", role=Role.FOCAL_POINT, office="KE"), "ja")


def test_a_full_desk_runs_as_many_queries_as_a_sparse_one(
    app: Flask, client: CheckingClient, world: World, queries: list[str]
) -> None:
    coordinator = world.person("Coordinator Example", role=Role.COORDINATOR)
    counts = []
    for first, last in ((1, 2), (3, 12)):
        for number in range(first, last + 1):
            request_of(app, "KE", f"R-2026-{number:04d}", RequestState.SUBMITTED)
            world.session(f"2027-ST26-EN-{number:02d}", first_day=now().date() + timedelta(days=3), meetings=3)
        queries.clear()
        desk_of(client, coordinator)
        counts.append(len(queries))
    assert counts[0] == counts[1]
