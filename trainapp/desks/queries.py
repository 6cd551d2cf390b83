"""What each person sees first: reads over the rooms below."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.interfaces import ORMOption

from trainapp.accounts.models import Person
from trainapp.attendance.models import Attendance
from trainapp.catalogue.models import Course
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.offices.models import Office
from trainapp.registrations.models import Registration, RegistrationState
from trainapp.requests.models import RequestEvent, RequestState, Slot, Step, TrainingRequest
from trainapp.scheduling.models import (
    Meeting,
    MeetingState,
    SessionOffice,
    SessionState,
    SessionTrainer,
    TeachingState,
    TrainingSession,
)
from trainapp.scheduling.queries import listed_session

MOST_ROWS = 10
TWO_WEEKS = timedelta(days=14)
STILL_SHOWN = timedelta(days=30)


def draft_sessions() -> list[TrainingSession]:
    """Sessions being planned, the next to take place first, with all that publishing asks for."""
    return _sessions(
        TrainingSession.state == SessionState.DRAFT,
        options=(
            selectinload(TrainingSession.trainers),
            selectinload(TrainingSession.teaching),
            selectinload(TrainingSession.requests),
        ),
    )


def sessions_of_next_days(within: timedelta = TWO_WEEKS) -> list[TrainingSession]:
    """Published sessions with a meeting that ends in the time from now on."""
    at = now()
    return _sessions(TrainingSession.state == SessionState.PUBLISHED, _meets_between(at, at + within))


def coming_sessions_of_trainer(person: Person, state: TeachingState) -> list[TrainingSession]:
    """Sessions to come to whose trainer a person was made, by what they answered."""
    planned = TrainingSession.state.in_((SessionState.DRAFT, SessionState.PUBLISHED))
    return _sessions(planned, _taught_by(person, state), _meets_after(now()))


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
    return _sessions(held, _taught_by(person, TeachingState.ASKED, TeachingState.CONFIRMED), unmarked, has_people)


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


def requests_of_offices(office_ids: frozenset[int], *states: RequestState) -> list[TrainingRequest]:
    """The requests of these offices in some states, the newest first."""
    query = (
        select(TrainingRequest)
        .where(TrainingRequest.office_id.in_(office_ids), TrainingRequest.state.in_(states))
        .options(
            selectinload(TrainingRequest.office),
            selectinload(TrainingRequest.subjects),
            selectinload(TrainingRequest.course).selectinload(Course.texts),
        )
        .order_by(TrainingRequest.received_on.desc(), TrainingRequest.id.desc())
        .limit(MOST_ROWS)
    )
    return list(db.session.scalars(query))


def dates_offered(request_ids: Collection[int]) -> dict[int, int]:
    """How many choices of dates stand for each of these requests: those of its newest offer."""
    newest = (
        select(func.max(RequestEvent.id))
        .where(RequestEvent.request_id.in_(request_ids), RequestEvent.step == Step.PROPOSE)
        .group_by(RequestEvent.request_id)
    )
    rows = db.session.execute(
        select(RequestEvent.request_id, func.count(Slot.id))
        .join(Slot, Slot.event_id == RequestEvent.id)
        .where(RequestEvent.id.in_(newest))
        .group_by(RequestEvent.request_id)
    )
    return {row[0]: row[1] for row in rows}


def offices_of(office_ids: frozenset[int]) -> list[Office]:
    return list(db.session.scalars(select(Office).where(Office.id.in_(office_ids)).order_by(Office.code)))


def _sessions(*conditions: ColumnElement[bool], options: Iterable[ORMOption] = ()) -> list[TrainingSession]:
    return list(
        db.session.scalars(
            select(TrainingSession)
            .where(*conditions)
            .options(*listed_session(), *options)
            .order_by(TrainingSession.first_day, TrainingSession.code)
            .limit(MOST_ROWS)
        )
    )


def _taught_by(person: Person, *states: TeachingState) -> ColumnElement[bool]:
    taught = select(SessionTrainer.session_id).where(
        SessionTrainer.person_id == person.id, SessionTrainer.state.in_(states)
    )
    return TrainingSession.id.in_(taught)


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
