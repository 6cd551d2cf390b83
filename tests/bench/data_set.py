"""The data a measurement runs on: sizes are stated here and printed with the figures."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import insert, select

from trainapp.accounts.models import EmailAddress, Person
from trainapp.catalogue.models import Course
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.languages import LANGUAGES
from trainapp.core.unit_of_work import unit_of_work
from trainapp.offices.models import Office
from trainapp.registrations.models import Registration, RegistrationState
from trainapp.requests.models import Mode
from trainapp.scheduling.models import (
    Meeting,
    OfficeRole,
    RegistrationPolicy,
    SessionKind,
    SessionOffice,
    SessionState,
    SessionSubject,
    TrainingSession,
)

COMING = 1_000
PAST = 200
REGISTRATIONS = 20_000
PEOPLE = 4_000
TRAINERS = 20
SESSIONS_A_DAY = 4
ZONES = ("Africa/Nairobi", "Europe/Zurich", "Asia/Tokyo", "America/Lima")
SIZE = (
    f"{COMING + PAST:,} sessions ({COMING:,} to come, one meeting each), {REGISTRATIONS:,} registrations "
    f"of {PEOPLE:,} people"
)


def fill(app: Flask) -> list[str]:
    """Put the whole data set into an application's database; gives the codes of the sessions to come."""
    with app.app_context():
        with unit_of_work():
            people = _add_people()
            sessions = _add_sessions(people[:TRAINERS])
            codes = [session.code for session in sessions if session.state is SessionState.PUBLISHED]
            _add_registrations([session.id for session in sessions], people)
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
        db.session.remove()
        db.engine.dispose()
    return codes


def _add_people() -> list[int]:
    languages = list(LANGUAGES)
    rows = [
        {"name": f"Person {number}", "language": languages[number % len(languages)], "zone": ZONES[number % len(ZONES)]}
        for number in range(PEOPLE)
    ]
    db.session.execute(insert(Person), rows)
    people = list(db.session.scalars(select(Person.id).order_by(Person.id)))
    addresses = [f"person{number}@example.org" for number in range(PEOPLE)]
    at = now()
    db.session.execute(
        insert(EmailAddress),
        [
            {"person_id": person, "address": address, "normalized": address, "confirmed_at": at}
            for person, address in zip(people, addresses, strict=True)
        ],
    )
    return people


def _add_sessions(trainers: list[int]) -> list[TrainingSession]:
    courses = list(db.session.scalars(select(Course).order_by(Course.position)))
    offices = list(db.session.scalars(select(Office).order_by(Office.code)))
    teachers = list(db.session.scalars(select(Person).where(Person.id.in_(trainers))))
    first = now() - timedelta(days=-(-PAST // SESSIONS_A_DAY))
    sessions = []
    for number in range(PAST + COMING):
        course = courses[number % len(courses)]
        session = _session(number, first + timedelta(days=number // SESSIONS_A_DAY), number >= PAST)
        session.course = course
        session.subjects = [SessionSubject(subject=subject) for subject in course.subjects]
        session.trainers = [teachers[number % len(teachers)]]
        session.offices = [SessionOffice(office=offices[number % len(offices)], role=OfficeRole.BENEFICIARY)]
        sessions.append(session)
    db.session.add_all(sessions)
    db.session.flush()
    return sessions


def _session(number: int, at: datetime, is_to_come: bool) -> TrainingSession:
    languages = list(LANGUAGES)
    zone = ZONES[number % len(ZONES)]
    day = (at + timedelta(days=1) if is_to_come else at).date()
    start, end = time(9 + number % 6), time(10 + number % 6, 30)
    where = ZoneInfo(zone)
    meeting = Meeting(
        number=1,
        on_date=day,
        wall_start=start,
        wall_end=end,
        zone=zone,
        starts_at=datetime.combine(day, start, where).astimezone(UTC),
        ends_at=datetime.combine(day, end, where).astimezone(UTC),
        revised_at=now() - timedelta(days=30),
    )
    values: dict[str, Any] = {
        "code": f"{day.year}-BENCH-{number:04d}",
        "kind": SessionKind.WEBINAR,
        "state": SessionState.PUBLISHED if is_to_come else SessionState.DELIVERED,
        "language": languages[number % len(languages)],
        "mode": Mode.ONLINE,
        "join_url": "https://meet.example.org/room",
        "zone": zone,
        "capacity": 500,
        "policy": RegistrationPolicy.OPEN,
        "revised_at": now() - timedelta(days=30),
    }
    return TrainingSession(first_day=day, last_day=day, meetings=[meeting], **values)


def _add_registrations(sessions: list[int], people: list[int]) -> None:
    """Spread over all sessions; no person twice in one."""
    rows = [
        {
            "session_id": sessions[number % len(sessions)],
            "person_id": people[(number // len(sessions) * 7 + number) % len(people)],
            "state": RegistrationState.CONFIRMED,
            "place": number // len(sessions) + 1,
            "name": f"Person {number}",
            "language": "en",
            "zone": ZONES[number % len(ZONES)],
        }
        for number in range(REGISTRATIONS)
    ]
    db.session.execute(insert(Registration), rows)
