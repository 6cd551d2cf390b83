"""The demonstration: complete, legal, plainly fictional, and there only once."""

from collections import Counter
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from tests.support.client import CheckingClient
from trainapp.accounts.models import EmailAddress, Person
from trainapp.accounts.queries import person_by_address, roles_of
from trainapp.attendance.models import Attendance, AttendanceStatus
from trainapp.attendance.queries import length_in_minutes
from trainapp.cli import demo
from trainapp.cli.demo_days import past_day, read, working_days
from trainapp.core.access import Role
from trainapp.core.clock import now, today
from trainapp.core.database import Model, db
from trainapp.core.languages import LANGUAGES
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail.models import OutboxMail
from trainapp.offices.queries import office_by_code
from trainapp.offices.working_time import days_off
from trainapp.registrations.models import Registration, RegistrationState
from trainapp.requests.models import RequestState, TrainingRequest
from trainapp.scheduling.models import (
    Meeting,
    RegistrationPolicy,
    SessionState,
    TrainingSession,
)


@pytest.fixture
def loaded(app: Flask, context: None) -> int:
    with unit_of_work():
        return demo.load_demo()


def rows() -> dict[str, int]:
    return {
        name: db.session.scalar(select(func.count()).select_from(table)) or 0
        for name, table in Model.metadata.tables.items()
    }


def sessions() -> list[TrainingSession]:
    return list(db.session.scalars(select(TrainingSession).order_by(TrainingSession.id)))


def test_loading_twice_adds_nothing(loaded: int) -> None:
    before = rows()
    assert loaded > 40
    with unit_of_work():
        assert demo.load_demo() == 0
    assert rows() == before


def test_no_mail_is_queued(loaded: int) -> None:
    assert db.session.scalar(select(func.count()).select_from(OutboxMail)) == 0


def test_sessions_to_come_in_every_language_on_working_days(loaded: int) -> None:
    coming = [one for one in sessions() if one.state is SessionState.PUBLISHED and one.first_day > today()]
    assert {one.language for one in coming} == set(LANGUAGES)
    entries = {f"demo:{entry['key']}": entry for entry in read("sessions")["sessions"]}
    for session in sessions():
        entry = entries[str(session.import_key)]
        office = office_by_code(entry.get("office") or entry["working_days_of"])
        assert office is not None
        assert days_off(office, [meeting.on_date for meeting in session.meetings]) == [], session.code
    assert {one.policy for one in coming} >= {RegistrationPolicy.OPEN, RegistrationPolicy.NOMINATION}
    assert any(one.venue and one.join_url for one in coming), "a hybrid one"


def test_a_full_session_has_a_waiting_list_and_none_is_over_its_capacity(loaded: int) -> None:
    waiting = 0
    for session in sessions():
        states = Counter(db.session.scalars(select(Registration.state).where(Registration.session_id == session.id)))
        if session.capacity is not None:
            seated = states[RegistrationState.CONFIRMED] + states[RegistrationState.PENDING]
            assert seated <= session.capacity
            if states[RegistrationState.WAITLISTED]:
                assert seated == session.capacity
                waiting += states[RegistrationState.WAITLISTED]
        else:
            assert states[RegistrationState.WAITLISTED] == 0
    assert waiting == 5


def test_no_trainer_is_at_two_places(loaded: int) -> None:
    spans = [
        (trainer.id, meeting.starts_at, meeting.ends_at)
        for session in sessions()
        if session.state is not SessionState.CANCELLED
        for trainer in session.trainers
        for meeting in session.meetings
    ]
    clashes = [
        (one, other)
        for number, one in enumerate(spans)
        for other in spans[number + 1 :]
        if one[0] == other[0] and one[1] < other[2] and other[1] < one[2]
    ]
    assert clashes == []


def test_what_was_delivered_has_attendance_within_the_length_of_its_meetings(loaded: int) -> None:
    delivered = [one for one in sessions() if one.state is SessionState.DELIVERED]
    assert len(delivered) >= 10
    assert all(one.delivered_at and one.last_day < today() for one in delivered)
    found = list(db.session.scalars(select(Attendance)))
    assert {one.status for one in found} == set(AttendanceStatus)
    assert all(0 <= one.minutes <= (length_in_minutes(one.meeting) or 0) for one in found)
    assert all(one.evidence for one in found)
    seats = db.session.scalar(
        select(func.count())
        .select_from(Registration)
        .join(Meeting, Meeting.session_id == Registration.session_id)
        .join(TrainingSession, TrainingSession.id == Registration.session_id)
        .where(TrainingSession.state == SessionState.DELIVERED)
    )
    assert len(found) == seats
    assert all(db.session.scalar(select(Attendance.id).where(Attendance.minutes > 0)) for _one in delivered)


def test_requests_in_every_state_with_a_past_that_can_be(loaded: int) -> None:
    requests = list(db.session.scalars(select(TrainingRequest)))
    assert {one.state for one in requests} == set(RequestState)
    for request in requests:
        events = request.events
        assert events[0].from_state is None
        assert events[-1].to_state is request.state
        assert [event.from_state for event in events[1:]] == [event.to_state for event in events[:-1]]
        assert [event.at for event in events] == sorted(event.at for event in events)
        assert all(event.at <= now() and "{" not in event.comment for event in events)
        assert request.period_from <= request.period_to
    by_state = {one.state: one for one in requests}
    answered = {
        state: db.session.scalars(
            select(TrainingSession).where(TrainingSession.requests.contains(by_state[state]))
        ).one()
        for state in (RequestState.SCHEDULED, RequestState.DELIVERED)
    }
    assert answered[RequestState.SCHEDULED].state is SessionState.PUBLISHED
    assert answered[RequestState.DELIVERED].state is SessionState.DELIVERED


def test_people_of_every_role_all_plainly_fictional(loaded: int) -> None:
    roles = {role for person in db.session.scalars(select(Person)) for role in roles_of(person)}
    assert roles == set(Role)
    addresses = list(db.session.scalars(select(EmailAddress)))
    assert all(one.address.endswith("@example.org") and one.confirmed_at for one in addresses)
    words = ("Example", "Exempl", "Ejemplo", "Beispiel", "Пример", "مثال", "見本", "示例", "예시")
    for person in db.session.scalars(select(Person)):
        assert any(word in person.name for word in words), person.name


def test_a_person_who_is_there_already_is_kept(app: Flask, context: None) -> None:
    from trainapp.accounts.service import add_person

    with unit_of_work():
        add_person("Somebody Example", "Coordinator@Example.org", "de", "Europe/Berlin")
    with unit_of_work():
        demo.load_demo()
    person = person_by_address("coordinator@example.org")
    assert person is not None
    assert person.name == "Somebody Example"
    assert roles_of(person) == {Role.COORDINATOR}


def test_the_command_says_how_to_sign_in_as_each_role(app: Flask, context: None) -> None:
    result = CliRunner().invoke(demo.command)
    assert result.exit_code == 0, result.output
    for address in (
        "administrator@example.org",
        "coordinator@example.org",
        "coordinator2@example.org",
        "trainer@example.org",
        "focalpoint.ke@example.org",
        "participant@example.org",
    ):
        assert address in result.output
    again = CliRunner().invoke(demo.command)
    assert "added: 0." in again.output
    assert "administrator@example.org" in again.output


def test_its_pages_can_be_read(app: Flask, client: CheckingClient) -> None:
    with app.app_context():
        with unit_of_work():
            demo.load_demo()
        person = person_by_address("trainer@example.org")
        assert person is not None
        codes = [one.code for one in sessions() if person in one.trainers]
        client.sign_in(person.public_id)
    assert len(codes) > 5
    for code in codes:
        assert client.get(f"/ja/sessions/{code}/attendance").status_code == 200
        assert client.get(f"/ar/sessions/{code}/people").status_code == 200


@pytest.mark.parametrize("on", [date(2026, 1, 4), date(2026, 3, 1), date(2026, 7, 6), date(2026, 12, 31)])
def test_days_behind_us_are_behind_us_on_every_day_of_the_year(on: date) -> None:
    past = [past_day(part / 20, on) for part in range(21)]
    assert past == sorted(past, reverse=True)
    assert past[0] <= on - timedelta(days=10)
    assert past[-1] >= on - timedelta(days=366)
    if on.month > 2:
        assert {day.year for day in past} == {on.year}


def test_working_days_leave_out_weekends_and_holidays_of_the_office(context: None) -> None:
    kenya, egypt = office_by_code("KE"), office_by_code("EG")
    assert kenya is not None
    assert egypt is not None
    mashujaa_day = date(2026, 10, 20)
    assert mashujaa_day not in working_days(date(2026, 10, 19), 3, kenya)
    friday = date(2026, 11, 27)
    assert working_days(friday, 1, egypt) == [date(2026, 11, 29)]
