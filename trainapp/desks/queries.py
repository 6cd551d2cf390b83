"""What each person sees first: reads over the rooms below."""

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select

from trainapp.accounts.models import Person
from trainapp.attendance.models import Attendance
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.registrations.models import Registration, RegistrationState
from trainapp.scheduling.models import (
    Meeting,
    MeetingState,
    SessionOffice,
    SessionState,
    TrainingSession,
    session_trainer,
)
from trainapp.scheduling.queries import listed_session

MOST_ROWS = 20
TWO_WEEKS = timedelta(days=14)
STILL_SHOWN = timedelta(days=30)


def draft_sessions() -> list[TrainingSession]:
    """Sessions being planned, the next to take place first."""
    return _sessions(TrainingSession.state == SessionState.DRAFT)


def sessions_of_next_days(within: timedelta = TWO_WEEKS) -> list[TrainingSession]:
    """Published sessions with a meeting that ends in the time from now on."""
    at = now()
    return _sessions(TrainingSession.state == SessionState.PUBLISHED, _meets_between(at, at + within))


def coming_sessions_of_trainer(person: Person) -> list[TrainingSession]:
    at = now()
    return _sessions(
        TrainingSession.state.in_((SessionState.DRAFT, SessionState.PUBLISHED)), _taught_by(person), _meets_after(at)
    )


def sessions_without_attendance(person: Person) -> list[TrainingSession]:
    """Sessions a person teaches, with people, and a meeting that has begun for which nobody is marked."""
    at = now()
    unmarked = TrainingSession.meetings.any(
        and_(
            Meeting.state == MeetingState.PLANNED,
            or_(Meeting.starts_at <= at, and_(Meeting.starts_at.is_(None), Meeting.on_date <= at.date())),
            ~select(Attendance.id).where(Attendance.meeting_id == Meeting.id).exists(),
        )
    )
    has_people = (
        select(Registration.id)
        .where(Registration.session_id == TrainingSession.id, Registration.state == RegistrationState.CONFIRMED)
        .exists()
    )
    held = TrainingSession.state.in_((SessionState.PUBLISHED, SessionState.DELIVERED))
    return _sessions(held, _taught_by(person), unmarked, has_people)


def coming_sessions_of_offices(office_ids: frozenset[int]) -> list[TrainingSession]:
    """Published sessions in which these offices have a part."""
    part = TrainingSession.offices.any(SessionOffice.office_id.in_(office_ids))
    return _sessions(TrainingSession.state == SessionState.PUBLISHED, part, _meets_after(now()))


def registrations_of(person: Person) -> list[tuple[Registration, TrainingSession]]:
    """A person's registrations for sessions to come and of the last month; those given up are left out."""
    rows = db.session.execute(
        select(Registration, TrainingSession)
        .join(Registration.session)
        .where(
            Registration.person_id == person.id,
            Registration.state != RegistrationState.CANCELLED,
            TrainingSession.last_day >= now().date() - STILL_SHOWN,
        )
        .options(*listed_session())
        .order_by(TrainingSession.first_day, TrainingSession.code)
        .limit(MOST_ROWS)
    )
    return [(registration, session) for registration, session in rows]


def _sessions(*conditions: ColumnElement[bool]) -> list[TrainingSession]:
    return list(
        db.session.scalars(
            select(TrainingSession)
            .where(*conditions)
            .options(*listed_session())
            .order_by(TrainingSession.first_day, TrainingSession.code)
            .limit(MOST_ROWS)
        )
    )


def _taught_by(person: Person) -> ColumnElement[bool]:
    return TrainingSession.id.in_(select(session_trainer.c.session_id).where(session_trainer.c.person_id == person.id))


def _meets_after(at: datetime) -> ColumnElement[bool]:
    return TrainingSession.meetings.any(
        and_(Meeting.state == MeetingState.PLANNED, or_(Meeting.ends_at > at, _on_day_from(at.date())))
    )


def _meets_between(at: datetime, until: datetime) -> ColumnElement[bool]:
    with_hours = and_(Meeting.ends_at > at, Meeting.starts_at < until)
    days_only = and_(_on_day_from(at.date()), Meeting.on_date <= until.date())
    return TrainingSession.meetings.any(and_(Meeting.state == MeetingState.PLANNED, or_(with_hours, days_only)))


def _on_day_from(first: date) -> ColumnElement[bool]:
    """A meeting whose hours the record does not give, on a day or after it."""
    return and_(Meeting.starts_at.is_(None), Meeting.on_date >= first)
