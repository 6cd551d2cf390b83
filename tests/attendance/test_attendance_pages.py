"""The pages of attendance: who sees them, marking without scripts, and what happens to what was typed."""

from dataclasses import dataclass
from datetime import timedelta
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.client import CheckingClient
from tests.support.statements import statements_of
from tests.support.world import World, office_of
from trainapp.accounts.models import Person
from trainapp.attendance.models import Attendance, AttendanceEvidence, AttendanceStatus
from trainapp.core.access import Role
from trainapp.core.audit import AuditEvent
from trainapp.core.clock import now, today
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.registrations.models import Registration, RegistrationState
from trainapp.scheduling.models import Meeting, MeetingState, SessionState, TrainingSession

CODE = "2026-NICE-EN-01"
PAGE = f"/en/sessions/{CODE}/attendance"
LENGTH = 90


@dataclass
class Past:
    """A session of three meetings, the last of them tomorrow; its registrations by name, by public id."""

    world: World
    trainer: str
    people: dict[str, str]

    def register(self, name: str, state: RegistrationState = RegistrationState.CONFIRMED) -> str:
        person = self.world.person(name)
        with self.world.app.app_context(), unit_of_work():
            session = db.session.scalars(select(TrainingSession)).one()
            registration = Registration(
                session=session,
                person=db.session.scalars(select(Person).where(Person.public_id == person)).one(),
                state=state,
                place=len(self.people) + 1,
                name=name,
                office=office_of("KE"),
                language="en",
                zone="Africa/Nairobi",
            )
            db.session.add(registration)
            db.session.flush()
            self.people[name] = registration.public_id
            return registration.public_id

    def stored(self) -> dict[tuple[str, int], tuple[str, int]]:
        """Status and minutes by name and meeting."""
        with self.world.app.app_context():
            rows = db.session.execute(
                select(Registration.name, Meeting.number, Attendance.status, Attendance.minutes)
                .join(Attendance, Attendance.registration_id == Registration.id)
                .join(Meeting, Meeting.id == Attendance.meeting_id)
            )
            return {(name, number): (status.value, minutes) for name, number, status, minutes in rows}

    def evidence(self) -> list[tuple[str, int, int | None]]:
        with self.world.app.app_context():
            rows = db.session.scalars(select(AttendanceEvidence).order_by(AttendanceEvidence.id))
            return [(row.status.value, row.minutes, row.person_id) for row in rows]


@pytest.fixture
def past(world: World) -> Past:
    trainer = world.person("Amina Example", role=Role.TRAINER, zone="Africa/Nairobi")
    world.session(
        CODE,
        meetings=3,
        first_day=today() - timedelta(days=2),
        trainer=trainer,
        titles={},
        zone="Africa/Nairobi",
    )
    with world.app.app_context(), unit_of_work():
        last = db.session.scalars(select(Meeting).where(Meeting.number == 3)).one()
        last.starts_at = now() + timedelta(days=1)
        last.ends_at = last.starts_at + timedelta(minutes=LENGTH)
    found = Past(world, trainer, {})
    for name in ("Kamau Example", "Achieng Example"):
        found.register(name)
    return found


def fields_of(client: CheckingClient) -> dict[str, str]:
    """What a browser would send back from the page as it stands."""
    assert client.tree is not None
    form = next(form for form in client.tree.iter("form") if form.get("class") == "form")
    values = {str(field.get("name")): field.get("value") or "" for field in form.iter("input")}
    for select_ in form.iter("select"):
        values[str(select_.get("name"))] = next(
            (str(option.get("value")) for option in select_.iter("option") if option.get("selected") is not None),
            "",
        )
    return values


def text_of(tree: Element | None) -> str:
    assert tree is not None
    return " ".join("".join(tree.itertext()).split())


def test_trainer_marks_people(past: Past, client: CheckingClient) -> None:
    client.sign_in(past.trainer)
    assert client.get(PAGE).status_code == 200
    values = fields_of(client)
    kamau, achieng = past.people["Kamau Example"], past.people["Achieng Example"]
    values |= {
        f"status-{kamau}-1": "present",
        f"status-{kamau}-2": "partial",
        f"minutes-{kamau}-2": "45",
        f"status-{achieng}-1": "absent",
        f"minutes-{achieng}-1": "80",
    }
    answer = client.post(PAGE, data=values, follow_redirects=True)
    assert answer.status_code == 200
    assert "3 marks were saved." in text_of(client.tree)
    assert past.stored() == {
        ("Kamau Example", 1): ("present", LENGTH),
        ("Kamau Example", 2): ("partial", 45),
        ("Achieng Example", 1): ("absent", 0),
    }
    assert fields_of(client)[f"minutes-{kamau}-2"] == "45"
    with past.world.app.app_context():
        act = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "attendance marked")).one()
        assert act.after[f"{kamau}/2"] == ["partial", 45]


def test_sending_the_page_back_unchanged_writes_nothing(past: Past, client: CheckingClient) -> None:
    client.sign_in(past.trainer)
    client.get(PAGE)
    client.post(PAGE, data={**fields_of(client), "fill": "1"})
    before = past.evidence()
    client.get(PAGE)
    client.post(PAGE, data=fields_of(client))
    assert past.evidence() == before
    assert len(before) == 2


def test_the_rest_of_a_meeting_is_present_with_one_button(past: Past, client: CheckingClient) -> None:
    client.sign_in(past.trainer)
    client.get(PAGE)
    values = fields_of(client)
    values |= {f"status-{past.people['Achieng Example']}-1": "excused", "fill": "1"}
    client.post(PAGE, data=values)
    assert past.stored() == {
        ("Kamau Example", 1): ("present", LENGTH),
        ("Achieng Example", 1): ("excused", 0),
    }
    client.get(PAGE)
    assert client.tree is not None
    offered = [button.get("value") for button in client.tree.iter("button") if button.get("name") == "fill"]
    assert offered == ["2"], "only for the meeting that has started and has people not yet marked"


def test_a_mark_can_be_taken_away(past: Past, client: CheckingClient) -> None:
    client.sign_in(past.trainer)
    client.get(PAGE)
    client.post(PAGE, data={**fields_of(client), "fill": "1"})
    client.get(PAGE)
    values = {**fields_of(client), f"status-{past.people['Kamau Example']}-1": ""}
    client.post(PAGE, data=values)
    assert past.stored() == {("Achieng Example", 1): ("present", LENGTH)}


def test_two_people_marking_at_once(past: Past, app: Flask) -> None:
    """Both began from an empty page: the last mark of a cell stands, both evidences and other cells stay."""
    other = past.world.person("Clara Example", role=Role.COORDINATOR)
    clients = [app.test_client(), app.test_client()]
    forms = []
    for one, person in zip(clients, (past.trainer, other), strict=True):
        assert isinstance(one, CheckingClient)
        one.sign_in(person)
        one.get(PAGE)
        forms.append(fields_of(one))
    kamau, achieng = past.people["Kamau Example"], past.people["Achieng Example"]
    clients[0].post(PAGE, data={**forms[0], f"status-{kamau}-1": "present", f"status-{achieng}-1": "present"})
    clients[1].post(PAGE, data={**forms[1], f"status-{kamau}-1": "absent"})
    assert past.stored() == {("Kamau Example", 1): ("absent", 0), ("Achieng Example", 1): ("present", LENGTH)}
    marks = past.evidence()
    assert sorted(status for status, _minutes, _person in marks) == ["absent", "present", "present"]
    assert len({person for _status, _minutes, person in marks}) == 2


@pytest.mark.parametrize("minutes", ["", "0", "91", "-3", "ten", "1e3", "99999999999999999999", "²"])
def test_minutes_that_cannot_be_come_back_with_all_that_was_typed(
    past: Past, client: CheckingClient, minutes: str
) -> None:
    client.sign_in(past.trainer)
    client.get(PAGE)
    kamau, achieng = past.people["Kamau Example"], past.people["Achieng Example"]
    typed = {
        f"status-{kamau}-1": "partial",
        f"minutes-{kamau}-1": minutes,
        f"status-{achieng}-2": "excused",
    }
    answer = client.post(PAGE, data={**fields_of(client), **typed})
    assert answer.status_code == 422
    assert fields_of(client).items() >= typed.items()
    assert "from 1 to 90" in text_of(client.tree)
    assert client.tree is not None
    links = {link.get("href") for link in client.tree.iter("a")}
    assert f"#status-{kamau}-1" in links
    assert past.stored() == {}
    corrected = client.post(PAGE, data={**fields_of(client), f"minutes-{kamau}-1": "90"})
    assert corrected.status_code == 302
    assert past.stored() == {("Kamau Example", 1): ("partial", 90), ("Achieng Example", 2): ("excused", 0)}


def test_a_meeting_that_has_not_started_has_no_fields_and_takes_no_marks(past: Past, client: CheckingClient) -> None:
    client.sign_in(past.trainer)
    client.get(PAGE)
    values = fields_of(client)
    kamau = past.people["Kamau Example"]
    assert f"status-{kamau}-2" in values
    assert f"status-{kamau}-3" not in values
    assert "Not started yet" in text_of(client.tree)
    client.post(PAGE, data={**values, f"status-{kamau}-3": "present", "fill": "3"})
    assert past.stored() == {}


@pytest.mark.parametrize(
    "hostile",
    [
        {"fill": "x"},
        {"fill": "-1"},
        {"status-nobody-1": "present"},
        {"status--": "\x00"},
        {"seen": "1:present"},
    ],
)
def test_fields_that_are_not_of_the_page_change_nothing(
    past: Past, client: CheckingClient, hostile: dict[str, str]
) -> None:
    client.sign_in(past.trainer)
    client.get(PAGE)
    assert client.post(PAGE, data={**fields_of(client), **hostile}).status_code == 302
    assert past.stored() == {}


def test_a_status_that_is_none_is_refused_and_kept(past: Past, client: CheckingClient) -> None:
    client.sign_in(past.trainer)
    client.get(PAGE)
    kamau = past.people["Kamau Example"]
    typed = {f"status-{kamau}-1": '"><script>', f"seen-{kamau}": ":: 1:: x"}
    assert client.post(PAGE, data={**fields_of(client), **typed}).status_code == 422
    assert fields_of(client)[f"status-{kamau}-1"] == '"><script>'
    assert past.stored() == {}


def test_who_may_see_it(past: Past, client: CheckingClient) -> None:
    world = past.world
    others = {
        "another trainer": (world.person("Pierre Exemple", role=Role.TRAINER), 404),
        "a focal point": (world.person("Juma Example", role=Role.FOCAL_POINT, office="KE"), 403),
        "a participant": (world.person("Neema Example"), 403),
        "a coordinator": (world.person("Clara Example", role=Role.COORDINATOR), 200),
        "an administrator": (world.person("Adam Example", role=Role.ADMINISTRATOR), 200),
        "its trainer": (past.trainer, 200),
    }
    for who, (person, status) in others.items():
        client.sign_in(person)
        assert client.get(PAGE).status_code == status, who
        assert client.get(f"/en/sessions/{CODE}/people").status_code == status, who
        written = client.submit(PAGE, {f"status-{past.people['Kamau Example']}-1": "present"}).status_code
        assert written == (302 if status == 200 else status), who
    assert client.get("/en/sessions/2026-NONE/attendance").status_code == 404
    anonymous = past.world.app.test_client().get(PAGE)
    assert anonymous.status_code == 302
    assert "/sign-in" in anonymous.location


def test_every_cell_has_a_whole_name(past: Past, client: CheckingClient) -> None:
    client.sign_in(past.trainer)
    client.get(PAGE)
    assert client.tree is not None
    names = [field.get("aria-label") or "" for field in client.tree.iter("select") if field.get("aria-label")]
    assert len(names) == 4
    assert names[0].startswith("Achieng Example, Meeting 1, ")
    grids = [table for table in client.tree.iter("table") if table.get("data-grid") is not None]
    assert len(grids) == 1
    first_button = next(field for field in client.tree.iter("form") if field.get("class") == "form").find(".//button")
    assert first_button is not None
    assert first_button.get("name") is None, "the Enter key must save, not mark everybody"


def test_pending_people_are_marked_as_such_and_people_who_left_are_not_there(
    past: Past, client: CheckingClient
) -> None:
    past.register("Zawadi Example", RegistrationState.PENDING)
    past.register("Wambui Example", RegistrationState.CANCELLED)
    past.register("Baraka Example", RegistrationState.WAITLISTED)
    client.sign_in(past.trainer)
    client.get(PAGE)
    page = text_of(client.tree)
    assert "3 people are registered." in page
    assert "1 of them is not confirmed" in page
    assert "Zawadi Example" in page
    assert "Wambui Example" not in page
    assert "Baraka Example" not in page
    client.get(f"/en/sessions/{CODE}/people")
    everybody = text_of(client.tree)
    assert all(name in everybody for name in past.people)
    assert "kamau.example@example.org" in everybody
    assert client.tree is not None
    assert "mailto:kamau.example@example.org" in {link.get("href") for link in client.tree.iter("a")}


def test_a_person_marked_who_left_since_stays_on_the_sheet(past: Past, client: CheckingClient) -> None:
    client.sign_in(past.trainer)
    client.get(PAGE)
    client.post(PAGE, data={**fields_of(client), "fill": "1"})
    with past.world.app.app_context(), unit_of_work():
        db.session.scalars(
            select(Registration).where(Registration.name == "Kamau Example")
        ).one().state = RegistrationState.CANCELLED
    client.get(PAGE)
    assert "Kamau Example" in text_of(client.tree)


def test_nobody_registered(world: World, client: CheckingClient) -> None:
    trainer = world.person("Amina Example", role=Role.TRAINER)
    world.session(CODE, trainer=trainer)
    client.sign_in(trainer)
    for path in ("attendance", "people"):
        client.get(f"/ar/sessions/{CODE}/{path}")
        assert client.tree is not None
        assert any(part.get("class") == "empty" for part in client.tree.iter("div"))


def test_delivery_is_offered_once_all_meetings_are_over(past: Past, client: CheckingClient) -> None:
    client.sign_in(past.trainer)
    client.get(PAGE)

    def offered() -> list[str]:
        assert client.tree is not None
        return [
            str(form.get("action"))
            for form in client.tree.iter("form")
            if form.get("class") == "one-button" and "deliver" in str(form.get("action"))
        ]

    assert offered() == []
    with past.world.app.app_context(), unit_of_work():
        last = db.session.scalars(select(Meeting).where(Meeting.number == 3)).one()
        last.starts_at, last.ends_at = now() - timedelta(hours=2), now() - timedelta(hours=1)
    client.get(PAGE)
    assert len(offered()) == 1
    with past.world.app.app_context(), unit_of_work():
        db.session.scalars(select(TrainingSession)).one().state = SessionState.DELIVERED
    client.get(PAGE)
    assert offered() == []


def test_a_cancelled_session_takes_no_marks(past: Past, client: CheckingClient) -> None:
    client.sign_in(past.trainer)
    client.get(PAGE)
    values = fields_of(client)
    with past.world.app.app_context(), unit_of_work():
        db.session.scalars(select(TrainingSession)).one().state = SessionState.CANCELLED
    client.get(PAGE)
    assert "This session was cancelled" in text_of(client.tree)
    assert client.post(PAGE, data={**values, "fill": "1"}).status_code == 422
    assert past.stored() == {}


def test_a_record_without_hours_credits_no_minutes(past: Past, client: CheckingClient) -> None:
    with past.world.app.app_context(), unit_of_work():
        meeting = db.session.scalars(select(Meeting).where(Meeting.number == 1)).one()
        meeting.starts_at = meeting.ends_at = meeting.wall_start = meeting.wall_end = None
    client.sign_in(past.trainer)
    client.get(PAGE)
    values = fields_of(client)
    kamau, achieng = past.people["Kamau Example"], past.people["Achieng Example"]
    assert f"minutes-{kamau}-1" not in values
    client.post(PAGE, data={**values, f"status-{kamau}-1": "present", f"status-{achieng}-1": "partial"})
    assert past.stored() == {("Kamau Example", 1): ("present", 0), ("Achieng Example", 1): ("partial", 0)}


def test_cancelled_meetings_have_no_column(past: Past, client: CheckingClient) -> None:
    with past.world.app.app_context(), unit_of_work():
        db.session.scalars(select(Meeting).where(Meeting.number == 2)).one().state = MeetingState.CANCELLED
    client.sign_in(past.trainer)
    client.get(PAGE)
    assert f"status-{past.people['Kamau Example']}-1" in fields_of(client)
    assert f"status-{past.people['Kamau Example']}-2" not in fields_of(client)


def test_times_are_in_the_readers_zone_first(past: Past, client: CheckingClient) -> None:
    coordinator = past.world.person("Haruko Example", role=Role.COORDINATOR, zone="Asia/Tokyo", language="ja")
    client.sign_in(coordinator)
    client.get(f"/ja/sessions/{CODE}/attendance")
    assert client.tree is not None
    own = [part for part in client.tree.iter("p") if part.get("class") == "when-own"]
    others = [part for part in client.tree.iter("p") if part.get("class") == "when-other"]
    assert len(own) == len(others) == 3
    assert "UTC+9" in text_of(own[0])
    assert "UTC+3" in text_of(others[0])


def queries_of_both_pages(client: CheckingClient, app: Flask) -> int:
    with statements_of(app) as statements:
        client.get(PAGE)
        client.get(f"/en/sessions/{CODE}/people")
    return len(statements)


def test_the_number_of_queries_does_not_grow_with_the_people(past: Past, client: CheckingClient, app: Flask) -> None:
    client.sign_in(past.trainer)
    client.get(PAGE)
    client.post(PAGE, data={**fields_of(client), "fill": "1"})
    few = queries_of_both_pages(client, app)
    for number in range(40):
        past.register(f"Person {number} Example")
    client.get(PAGE)
    client.post(PAGE, data={**fields_of(client), "fill": "1"})
    assert len(past.stored()) == len(past.people) == 42
    assert queries_of_both_pages(client, app) == few


def test_statuses_are_those_of_the_model(past: Past, client: CheckingClient) -> None:
    client.sign_in(past.trainer)
    client.get(PAGE)
    assert client.tree is not None
    field = next(one for one in client.tree.iter("select") if (one.get("name") or "").startswith("status-"))
    assert [option.get("value") for option in field.iter("option")] == ["", *AttendanceStatus]
