"""What each role sees first."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from tests.support.client import CheckingClient
from tests.support.world import World, office_of
from trainapp.accounts.models import ClaimState, FocalPointClaim, Person
from trainapp.accounts.queries import person_by_public_id
from trainapp.catalogue.models import Level
from trainapp.core.access import Role
from trainapp.core.clashes import Severity
from trainapp.core.clock import now, today
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.desks.coordinator_queries import double_booked_sessions
from trainapp.registrations.models import Registration, RegistrationState
from trainapp.requests.models import (
    Channel,
    Mode,
    RequestEvent,
    RequestState,
    Slot,
    Step,
    TrainingRequest,
)
from trainapp.scheduling.clashes import clashes_of_coming_sessions
from trainapp.scheduling.models import (
    OfficeRole,
    SessionOffice,
    SessionState,
    SessionTrainer,
    TeachingState,
    TrainingSession,
)


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


def figures_of(client: CheckingClient) -> dict[str, tuple[str, str]]:
    """The numbers on top of a coordinator's desk: label → value, and where it leads (nowhere for none)."""
    assert client.tree is not None
    found = {}
    for item in client.tree.iter("li"):
        if item.get("class") == "figure":
            value, label = item.findall("p")[:2]
            link = label.find("a")
            text = " ".join("".join(label.itertext()).split())
            found[text] = ("".join(value.itertext()).strip(), str(link.get("href")) if link is not None else "")
    return found


def teaches(app: Flask, code: str, public_id: str, state: TeachingState, reason: str = "") -> None:
    with app.app_context(), unit_of_work():
        session = db.session.scalars(select(TrainingSession).where(TrainingSession.code == code)).one()
        row = db.session.scalars(
            select(SessionTrainer).where(
                SessionTrainer.session_id == session.id, SessionTrainer.person.has(public_id=public_id)
            )
        ).one()
        row.state, row.reason = state, reason


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
    assert figures_of(client)["Requests waiting for the secretariat"] == ("2", "/en/inbox?waiting=secretariat")
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


def test_a_coordinators_own_requests_come_first_and_late_ones_are_marked(
    app: Flask, client: CheckingClient, world: World
) -> None:
    own = world.person("Coordinator Example", role=Role.COORDINATOR)
    other = world.person("Colleague Example", role=Role.COORDINATOR)
    for number, (whose, days) in enumerate(((other, 50), (None, 11), (own, 1), (None, 10), (own, 3)), 1):
        request_of(app, "KE", f"R-2026-000{number}", RequestState.SUBMITTED, days_ago=days)
        with app.app_context(), unit_of_work():
            request = db.session.scalars(
                select(TrainingRequest).where(TrainingRequest.code == f"R-2026-000{number}")
            ).one()
            request.assigned_to = person_by_public_id(whose) if whose else None
    page = desk_of(client, own)
    places = [page.index(f"R-2026-000{number}") for number in (5, 3, 2, 4, 1)]
    assert places == sorted(places)
    figures = figures_of(client)
    late = (today() - timedelta(days=11)).isoformat()
    assert figures["Requests assigned to me"] == ("2", "/en/inbox?waiting=secretariat&assigned=me")
    assert figures["Requests assigned to nobody"] == ("2", "/en/inbox?waiting=secretariat&assigned=nobody")
    assert figures["Requests that have waited more than ten days"] == (
        "2",
        f"/en/inbox?waiting=secretariat&received_to={late}",
    )
    listed = client.get(figures["Requests that have waited more than ten days"][1]).get_data(as_text=True)
    assert [code for code in (f"R-2026-000{number}" for number in range(1, 6)) if code in listed] == [
        "R-2026-0001",
        "R-2026-0002",
    ]


def test_claims_answers_of_trainers_and_drafts_reach_the_coordinator(
    app: Flask, client: CheckingClient, world: World
) -> None:
    coordinator = world.person("Coordinator Example", role=Role.COORDINATOR)
    refuses = world.person("Trainer Refuses", role=Role.TRAINER)
    silent = world.person("Trainer Silent", role=Role.TRAINER)
    agrees = world.person("Trainer Agrees", role=Role.TRAINER)
    world.session("T-1", trainer=refuses)
    world.session("T-2", trainer=silent, state=SessionState.DRAFT, join_url="")
    world.session("T-3", trainer=agrees)
    world.session("T-4", trainer=silent, first_day=today() - timedelta(days=9))
    teaches(app, "T-1", refuses, TeachingState.DECLINED, "I am away.")
    teaches(app, "T-3", agrees, TeachingState.CONFIRMED)
    with app.app_context(), unit_of_work():
        asker = person_by_public_id(silent)
        assert asker is not None
        for state in (ClaimState.CONFIRMED, ClaimState.ASKED, ClaimState.ACCEPTED):
            db.session.add(
                FocalPointClaim(office=office_of("KE"), person=asker, state=state, name="A", address="a@example.org")
            )
    page = desk_of(client, coordinator)
    figures = figures_of(client)
    assert figures["People who ask to be a focal point"] == ("1", "/en/focal-points/claims")
    assert figures["Trainers who declined or have not answered"] == ("2", "/en/clashes?kind=trainer_answer")
    listed = client.get("/en/clashes?kind=trainer_answer").get_data(as_text=True)
    assert "Trainer Refuses" in listed
    assert "Trainer Silent" in listed
    assert figures["Requests assigned to me"] == ("0", "")
    assert page.index("Trainer Refuses") < page.index("Trainer Silent")
    assert "I am away." in page
    assert "Trainer Agrees" not in page
    assert "It has no link to join online." in page


def test_a_trainer_who_teaches_twice_at_once_is_counted_as_in_the_list_of_clashes(
    app: Flask, client: CheckingClient, world: World
) -> None:
    trainer = world.person("Trainer Example", role=Role.TRAINER)
    day = today() + timedelta(days=20)
    world.session("T-1", trainer=trainer, first_day=day, meetings=2)
    world.session("T-2", trainer=trainer, first_day=day + timedelta(days=1), state=SessionState.DRAFT)
    world.session("T-3", trainer=trainer, first_day=day + timedelta(days=9))
    world.session("T-4", trainer=trainer, first_day=day + timedelta(days=9), state=SessionState.CANCELLED)
    world.session("T-5", trainer=trainer, first_day=day + timedelta(days=30))
    world.session("T-6", trainer=trainer, first_day=day + timedelta(days=30))
    teaches(app, "T-6", trainer, TeachingState.DECLINED)
    with app.test_request_context("/en/"):
        listed = {
            each.session.code
            for each in clashes_of_coming_sessions(now())
            if each.clash.severity is Severity.BLOCKS and each.session.state is not SessionState.CANCELLED
        }
        assert "T-1" in listed
        assert "T-3" not in listed
        assert double_booked_sessions(now()) == len(listed - {"T-6"}) == 2
    desk_of(client, world.person("Coordinator Example", role=Role.COORDINATOR))
    assert figures_of(client)["Sessions whose trainer teaches elsewhere at the same time"] == (
        "2",
        "/en/clashes?severity=blocks",
    )


def test_a_trainer_answers_first_and_joins_the_next_meeting(app: Flask, client: CheckingClient, world: World) -> None:
    trainer = world.person("Trainer Example", role=Role.TRAINER, zone="Asia/Tokyo")
    world.session("T-1", trainer=trainer, first_day=today() + timedelta(days=9))
    world.session("T-2", trainer=trainer, first_day=today() + timedelta(days=5), join_url="https://meet.example.org/2")
    world.session("T-3", trainer=trainer, first_day=today() + timedelta(days=3))
    world.session("T-4", trainer=trainer, first_day=today() + timedelta(days=2), state=SessionState.DRAFT)
    teaches(app, "T-2", trainer, TeachingState.CONFIRMED)
    teaches(app, "T-3", trainer, TeachingState.DECLINED)
    page = desk_of(client, trainer)
    assert (
        page.index("Will you teach these sessions?")
        < page.index("Your next meeting")
        < page.index("Sessions you teach")
    )
    assert "https://meet.example.org/2" in page
    assert "https://meet.example.org/room" not in page
    assert "T-3" not in page
    asked = page[page.index("Will you teach these sessions?") : page.index("Your next meeting")]
    assert [code for code in ("T-1", "T-2", "T-4") if code in asked] == ["T-1", "T-4"]
    assert f"/en/trainers/{trainer}" in page
    assert client.get(f"/en/trainers/{trainer}").status_code == 200


def test_a_focal_point_sees_first_what_to_answer(app: Flask, client: CheckingClient, world: World) -> None:
    focal_point = world.person("Focal Example", role=Role.FOCAL_POINT, office="KE")
    world.request("KE", focal_point, state=RequestState.DRAFT)
    world.request("KE", focal_point, state=RequestState.IN_REVIEW)
    world.request("KE", focal_point, state=RequestState.NEEDS_INFORMATION)
    offered = world.request("KE", focal_point, state=RequestState.PROPOSED)
    with app.app_context(), unit_of_work():
        request = db.session.scalars(select(TrainingRequest).where(TrainingRequest.public_id == offered)).one()
        for slots in (4, 2):
            request.events.append(
                RequestEvent(
                    person=request.entered_by,
                    step=Step.PROPOSE,
                    from_state=RequestState.IN_REVIEW,
                    to_state=RequestState.PROPOSED,
                    slots=[Slot(position=number, zone="Africa/Nairobi") for number in range(slots)],
                )
            )
            db.session.flush()
    page = desk_of(client, focal_point)
    heads = [
        page.index(words)
        for words in ("<h2>Waiting for your answer", "<h2>Drafts not sent yet", "<h2>Requests of your")
    ]
    assert heads == sorted(heads)
    waiting = page[heads[0] : heads[1]]
    assert "Please answer the question of the secretariat." in waiting
    assert "2 choices of dates" in waiting
    assert waiting.count("choices of dates") == 1
    assert waiting.index("R-") < page.index("In review")
    assert "/en/offices/KE" in page
    assert client.get("/en/offices/KE").status_code == 200
