"""Reads about attendance: the sheet of one session, in a fixed number of queries whatever its length."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from trainapp.accounts.models import Person
from trainapp.attendance.models import Attendance
from trainapp.core.database import db
from trainapp.core.errors import NotFound
from trainapp.registrations.models import SEATED, Registration
from trainapp.scheduling.models import Meeting, MeetingState, TrainingSession
from trainapp.scheduling.queries import session_by_code
from trainapp.scheduling.service import may_manage

SECONDS_PER_MINUTE = 60


class Cell(NamedTuple):
    """Where a mark stands: the public id of a registration and the number of a meeting."""

    registration: str
    meeting: int


@dataclass(frozen=True)
class Sheet:
    """The people of a session, its planned meetings, and what is known of who came."""

    session: TrainingSession
    meetings: list[Meeting]
    registrations: list[Registration]
    attendances: dict[Cell, Attendance]

    @cached_property
    def people(self) -> dict[str, Registration]:
        """The registrations by their public id."""
        return {registration.public_id: registration for registration in self.registrations}

    @cached_property
    def by_number(self) -> dict[int, Meeting]:
        return {meeting.number: meeting for meeting in self.meetings}

    def marked(self, meeting: Meeting) -> int:
        """How many people are marked for a meeting."""
        return sum(cell.meeting == meeting.number for cell in self.attendances)


def session_to_mark(person: Person, code: str) -> TrainingSession:
    """The session, for who coordinates or teaches it. Raises `NotFound` for everybody else."""
    session = session_by_code(code)
    if not may_manage(person, session):
        raise NotFound()
    return session


def sheet_of(session: TrainingSession) -> Sheet:
    """Everybody with a seat, and who is marked but left since, by name; as the database has it now."""
    meetings = _planned_meetings(session)
    attendances = _attendances(session)
    marked = {attendance.registration_id for attendance in attendances}
    registrations = _registrations(session, marked)
    public_ids = {registration.id: registration.public_id for registration in registrations}
    numbers = {meeting.id: meeting.number for meeting in meetings}
    return Sheet(
        session,
        meetings,
        registrations,
        {
            Cell(public_ids[attendance.registration_id], numbers[attendance.meeting_id]): attendance
            for attendance in attendances
        },
    )


def _planned_meetings(session: TrainingSession) -> list[Meeting]:
    query = select(Meeting).where(Meeting.session_id == session.id, Meeting.state == MeetingState.PLANNED)
    return list(db.session.scalars(query.order_by(Meeting.number)))


def _attendances(session: TrainingSession) -> list[Attendance]:
    query = (
        select(Attendance)
        .join(Meeting, Meeting.id == Attendance.meeting_id)
        .where(Meeting.session_id == session.id, Meeting.state == MeetingState.PLANNED)
        # Another person may have written since this unit of work began to read.
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def _registrations(session: TrainingSession, marked: set[int]) -> list[Registration]:
    query = (
        select(Registration)
        .where(
            Registration.session_id == session.id,
            or_(Registration.state.in_(SEATED), Registration.id.in_(marked)),
        )
        .options(joinedload(Registration.office))
    )
    return sorted(db.session.scalars(query), key=lambda registration: (registration.name.casefold(), registration.id))


def length_in_minutes(meeting: Meeting) -> int | None:
    """How long a meeting is; None for a record of the past that gives its day without hours."""
    if meeting.starts_at is None or meeting.ends_at is None:
        return None
    return round((meeting.ends_at - meeting.starts_at).total_seconds() / SECONDS_PER_MINUTE)


def has_started(meeting: Meeting, at: datetime) -> bool:
    """Whether a meeting has begun; one without hours begins with its day in its zone."""
    if meeting.starts_at is not None:
        return meeting.starts_at <= at
    return meeting.on_date <= at.astimezone(ZoneInfo(meeting.zone)).date()
