"""The sessions of the demonstration, with their people and who came."""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from trainapp.accounts.models import Person
from trainapp.attendance.models import AttendanceStatus
from trainapp.attendance.queries import Cell, length_in_minutes, sheet_of
from trainapp.attendance.service import Mark, mark
from trainapp.catalogue.models import Course
from trainapp.catalogue.queries import course_by_code, edition_in_force
from trainapp.cli.demo_days import MARKER, at_wall_time, at_work, past_day, read, working_days
from trainapp.cli.demo_people import People, office_named
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.errors import DomainError
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
    TeachingState,
    TrainingSession,
    session_trainer,
)

NOTICE = timedelta(days=30)

Sessions = dict[str, TrainingSession]
"""By the key of the data."""


def load_sessions(people: People) -> Sessions:
    """Add the sessions with their registrations, and the attendance of those that were delivered."""
    sessions: Sessions = {}
    for entry in read("sessions")["sessions"]:
        session = sessions[entry["key"]] = _session(entry, people)
        db.session.add(session)
        db.session.flush()
        _let_trainers_confirm(session)
        _register(session, entry, people)
        db.session.flush()
        if "past" in entry:
            _mark_attendance(session)
    return sessions


def _session(entry: dict[str, Any], people: People) -> TrainingSession:
    course = _course(entry["course"])
    office = office_named(entry["office"]) if "office" in entry else None
    trainer = people.by_key[entry["trainer"]]
    at_work_there = office or office_named(entry["working_days_of"])
    days = _free_days(_first_day(entry), course.meetings, at_work_there, trainer)
    planned_on = at_work(min(days[0], today()) - NOTICE)
    session = TrainingSession(
        code=_free_code(days[0].year, course, entry["language"]),
        kind=SessionKind(entry["kind"]),
        state=SessionState(entry.get("state", SessionState.PUBLISHED)),
        course=course,
        language=entry["language"],
        interpretation=entry.get("interpretation", []),
        mode=Mode(entry.get("mode", Mode.ONLINE)),
        venue=entry.get("venue", ""),
        zone=entry["zone"],
        capacity=entry.get("capacity"),
        policy=RegistrationPolicy(entry.get("policy", RegistrationPolicy.OPEN)),
        first_day=days[0],
        last_day=days[-1],
        import_key=MARKER + entry["key"],
        created_at=planned_on,
        revised_at=planned_on,
        trainers=[trainer],
        meetings=[_meeting(entry, course, day, number) for number, day in enumerate(days, 1)],
        offices=_offices(office),
        subjects=_subjects(course, days[0]),
    )
    if session.mode is not Mode.IN_PERSON:
        session.join_url = f"https://meet.example.org/{session.code.lower()}"
    if "past" in entry:
        session.state = SessionState.DELIVERED
        session.delivered_at = at_work(days[-1] + timedelta(days=1))
    return session


def _let_trainers_confirm(session: TrainingSession) -> None:
    """Who teaches a published session has said so; for a draft they are still asked."""
    for teaching in session.teaching:
        if session.state is not SessionState.DRAFT:
            teaching.state, teaching.answered_at = TeachingState.CONFIRMED, session.created_at


def _first_day(entry: dict[str, Any]) -> date:
    if "past" in entry:
        return past_day(entry["past"], today())
    return today() + timedelta(days=entry["in_days"])


def _free_days(first: date, count: int, office: Office, trainer: Person) -> list[date]:
    """Working days of the office on which the trainer has no other session."""
    query = (
        select(Meeting.on_date)
        .join(session_trainer, session_trainer.c.session_id == Meeting.session_id)
        .where(session_trainer.c.person_id == trainer.id)
    )
    taken = set(db.session.scalars(query))
    days = working_days(first, count, office)
    while not taken.isdisjoint(days):
        days = working_days(days[0] + timedelta(days=1), count, office)
    return days


def _course(code: str) -> Course:
    course = course_by_code(code)
    if course is None:
        raise DomainError(f"There is no course with the code {code}.")
    return course


def _free_code(year: int, course: Course, language: str) -> str:
    """The next code of its kind, such as `2026-NICE-JA-02`."""
    start = f"{year}-{course.subjects[0].code}-{language.upper()}-"
    query = select(TrainingSession.code).where(TrainingSession.code.startswith(start))
    taken = set(db.session.scalars(query))
    return next(code for number in range(1, 1000) if (code := f"{start}{number:02d}") not in taken)


def _meeting(entry: dict[str, Any], course: Course, day: date, number: int) -> Meeting:
    begin = datetime.combine(day, time(entry["start"]))
    end = begin + timedelta(minutes=course.minutes)
    return Meeting(
        number=number,
        on_date=day,
        wall_start=begin.time(),
        wall_end=end.time(),
        zone=entry["zone"],
        starts_at=at_wall_time(day, begin.time(), entry["zone"]),
        ends_at=at_wall_time(day, end.time(), entry["zone"]),
    )


def _offices(office: Office | None) -> list[SessionOffice]:
    if office is None:
        return []
    return [SessionOffice(office=office, role=role) for role in (OfficeRole.REQUESTER, OfficeRole.BENEFICIARY)]


def _subjects(course: Course, on: date) -> list[SessionSubject]:
    return [SessionSubject(subject=subject, edition=edition_in_force(subject, on)) for subject in course.subjects]


def _register(session: TrainingSession, entry: dict[str, Any], people: People) -> None:
    chosen = _who_comes(session, entry.get("people", ""), people)[: entry.get("most")]
    for place, person in enumerate(chosen, 1):
        db.session.add(_registration(session, person, place, entry.get("pending", 0)))


def _who_comes(session: TrainingSession, which: str, people: People) -> list[Person]:
    if which == "everybody":
        # Every third, so that the offices mix.
        return [person for start in range(3) for person in people.participants[start::3]]
    if which == "language":
        return [person for person in people.participants if person.language == session.language]
    offices = {entry.office_id for entry in session.offices}
    return [person for person in people.participants if which == "office" and person.office_id in offices]


def _registration(session: TrainingSession, person: Person, place: int, pending: int) -> Registration:
    on = at_work(min(session.first_day, today()) - NOTICE + timedelta(days=place % 20))
    registration = Registration(
        session=session,
        person=person,
        state=RegistrationState.CONFIRMED,
        place=place,
        name=person.name,
        office=person.office,
        language=person.language,
        zone=person.zone,
        created_at=on,
        confirmed_at=on,
    )
    if place <= pending:
        registration.state, registration.confirmed_at = RegistrationState.PENDING, None
    if session.capacity is not None and place > session.capacity:
        registration.state = RegistrationState.WAITLISTED
    return registration


def _mark_attendance(session: TrainingSession) -> None:
    """Most people came; some only for a time, some not at all."""
    sheet = sheet_of(session)
    marks = [
        _mark(Cell(public_id, meeting.number), place + meeting.number, length_in_minutes(meeting) or 0)
        for place, public_id in enumerate(sheet.people)
        for meeting in sheet.meetings
    ]
    mark(session.trainers[0], session, marks)


def _mark(cell: Cell, turn: int, length: int) -> Mark:
    if turn % 7 == 4:
        return Mark(cell, AttendanceStatus.ABSENT)
    if turn % 11 == 5:
        return Mark(cell, AttendanceStatus.EXCUSED)
    if turn % 6 == 2:
        return Mark(cell, AttendanceStatus.PARTIAL, length * 2 // 3)
    return Mark(cell, AttendanceStatus.PRESENT)
