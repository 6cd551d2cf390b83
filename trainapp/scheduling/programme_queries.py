"""Reads for the views of the programme by month and by year, and for the list of those who plan."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from trainapp.accounts.models import Person
from trainapp.catalogue.models import Course
from trainapp.core.database import db
from trainapp.offices.models import Office
from trainapp.scheduling.calendar_grid import Days
from trainapp.scheduling.models import (
    Meeting,
    SessionOffice,
    SessionState,
    SessionSubject,
    TrainingSession,
)
from trainapp.scheduling.queries import PUBLIC_STATES, Page, SessionFilter, conditions_of, page_of


@dataclass(frozen=True)
class PlanningFilter:
    """What the list of those who plan is narrowed to; None narrows nothing.

    `trainer` is a person's public id, `office` an office's code.
    """

    state: SessionState | None = None
    sessions: SessionFilter = SessionFilter()
    trainer: str | None = None
    office: str | None = None


def meetings_in(days: Days, wanted: SessionFilter) -> list[Meeting]:
    """The meetings that begin on these days of the sessions the public sees, the cancelled ones too, in their order.

    A meeting whose hours the record does not give is on its own date. A fixed number of queries.
    """
    with_hours = and_(Meeting.starts_at >= days.starts_at, Meeting.starts_at < days.ends_at)
    days_only = and_(Meeting.starts_at.is_(None), Meeting.on_date.between(days.first, days.last))
    session = joinedload(Meeting.session)
    query = (
        _public_meetings(select(Meeting), wanted)
        .where(or_(with_hours, days_only))
        .options(
            session.joinedload(TrainingSession.course).selectinload(Course.texts),
            # A year may hold any number of sessions, and `selectinload` asks again for every five hundred.
            session.subqueryload(TrainingSession.subjects).joinedload(SessionSubject.subject),
        )
    )
    meetings = db.session.scalars(query)
    return sorted(meetings, key=lambda meeting: (days.day_of(meeting.starts_at, meeting.on_date), _order(meeting)))


def _order(meeting: Meeting) -> tuple[datetime, str, int]:
    """Within a day: those without hours first, then by their beginning."""
    start = meeting.starts_at or datetime.min.replace(tzinfo=UTC)
    return start, meeting.session.code, meeting.number


def next_day_with_meetings(days: Days, wanted: SessionFilter) -> date | None:
    """The first day after these on which something begins."""
    start = _read_public(func.min(Meeting.starts_at), wanted, Meeting.starts_at >= days.ends_at)
    on_date = _read_public(func.min(Meeting.on_date), wanted, Meeting.starts_at.is_(None), Meeting.on_date > days.last)
    return min(_days_of(days, start, on_date), default=None)


def last_day_with_meetings(days: Days, wanted: SessionFilter) -> date | None:
    """The last day before these on which something began."""
    start = _read_public(func.max(Meeting.starts_at), wanted, Meeting.starts_at < days.starts_at)
    on_date = _read_public(func.max(Meeting.on_date), wanted, Meeting.starts_at.is_(None), Meeting.on_date < days.first)
    return max(_days_of(days, start, on_date), default=None)


def _days_of(days: Days, start: datetime | None, on_date: date | None) -> list[date]:
    return [day for day in (days.day_of(start, date.min) if start else None, on_date) if day is not None]


def _read_public(column: Any, wanted: SessionFilter, *conditions: ColumnElement[bool]) -> Any:
    return db.session.scalar(_public_meetings(select(column), wanted).where(*conditions))


def _public_meetings(query: Select[Any], wanted: SessionFilter) -> Select[Any]:
    return query.join(TrainingSession, TrainingSession.id == Meeting.session_id).where(
        TrainingSession.state.in_(PUBLIC_STATES), *conditions_of(wanted)
    )


def all_sessions(wanted: PlanningFilter, page: int) -> Page:
    """Every session for those who coordinate, the latest first."""
    query = select(TrainingSession).where(*conditions_of(wanted.sessions))
    if wanted.state is not None:
        query = query.where(TrainingSession.state == wanted.state)
    if wanted.trainer is not None:
        query = query.where(TrainingSession.trainers.any(Person.public_id == wanted.trainer))
    if wanted.office is not None:
        of_office = SessionOffice.office.has(Office.code == wanted.office)
        query = query.where(TrainingSession.offices.any(of_office))
    return page_of(query.order_by(TrainingSession.first_day.desc(), TrainingSession.code), page)
