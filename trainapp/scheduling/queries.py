"""Reads about sessions and their meetings."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Label, Select, and_, bindparam, extract, func, select
from sqlalchemy.orm import joinedload, selectinload, subqueryload
from sqlalchemy.orm.interfaces import ORMOption

from trainapp.accounts.models import Person
from trainapp.accounts.queries import may, offices_spoken_for
from trainapp.catalogue.models import Course, Subject
from trainapp.catalogue.queries import course_text, subject_name
from trainapp.core.access import Permission
from trainapp.core.clock import now
from trainapp.core.database import UtcDateTime, db, read_alone
from trainapp.core.errors import NotFound
from trainapp.core.kept_pages import Revision
from trainapp.core.languages import Text, current_language, in_language, speaking
from trainapp.offices.models import Office
from trainapp.offices.queries import office_name
from trainapp.scheduling.labels import untitled_label
from trainapp.scheduling.models import (
    Meeting,
    MeetingState,
    RegistrationPolicy,
    SessionKind,
    SessionMaterial,
    SessionOffice,
    SessionState,
    SessionSubject,
    TeachingState,
    TrainingSession,
)

PAGE_SIZE = 50
CODE_LIMIT = 48

# What a reader may see without signing in.
PUBLIC_STATES = (SessionState.PUBLISHED, SessionState.CANCELLED, SessionState.DELIVERED)
OPEN_TO_ALL = (RegistrationPolicy.OPEN, RegistrationPolicy.APPROVAL)


@dataclass(frozen=True)
class SessionFilter:
    """What a list is narrowed to; None narrows nothing.

    `language` is a code, `subject` a subject's code, `office` the code of one that has a part in the session.
    """

    subject: str | None = None
    language: str | None = None
    kind: SessionKind | None = None
    office: str | None = None


@dataclass(frozen=True)
class Page:
    """One page of a list of sessions; pages count from 1, and there is always a first."""

    sessions: list[TrainingSession]
    number: int
    pages: int


def session_by_code(code: str) -> TrainingSession:
    """The session with all that its page shows. Raises `NotFound`."""
    if not _may_be_code(code):
        raise NotFound()
    session = db.session.scalar(select(TrainingSession).where(TrainingSession.code == code).options(*whole_session()))
    if session is None:
        raise NotFound()
    return session


def _may_be_code(text: str) -> bool:
    """Whether a text has the form of a code; PostgreSQL refuses some that have not."""
    return text.isascii() and text.isprintable() and len(text) <= CODE_LIMIT


def visible_session(code: str, reader: Person | None) -> TrainingSession:
    """The session, if this reader may see it: a draft shows to those who may manage it alone. Raises `NotFound`."""
    session = session_by_code(code)
    if session.state not in PUBLIC_STATES and (reader is None or not may_manage(reader, session)):
        raise NotFound()
    return session


def session_revision(code: str) -> Revision | None:
    """What the public page of a session shows, in one query; None for a session that the public does not see.

    Beside the times of revision it holds what may change without a calendar showing it.
    """
    if not _may_be_code(code):
        return None
    at = now()
    row = read_alone(_SESSION_REVISION, code=code, at=at)
    if row is None:
        return None
    is_open = (row.opens_at is None or row.opens_at <= at, row.closes_at is None or at < row.closes_at)
    return Revision(max(row.revised_at, row.meetings_revised_at or row.revised_at), repr((*row, is_open)))


def programme_revision() -> Revision | None:
    """What the lists and feeds of sessions show, in one query; None while there is nothing to show."""
    row = read_alone(_PROGRAMME_REVISION, at=now())
    if row is None or row.revised_at is None:
        return None
    return Revision(max(row.revised_at, row.meetings_revised_at or row.revised_at), repr(tuple(row)))


# The tables themselves, and each statement built once: these run before every public page.
_SESSION, _MEETING = TrainingSession.__table__.c, Meeting.__table__.c


def _revision_of_meetings(*conditions: ColumnElement[bool]) -> tuple[Label[Any], Label[Any]]:
    """When meetings were last changed, and how many have ended: what changes with the clock changes with that."""
    revised_at = select(func.max(_MEETING.revised_at)).where(*conditions).scalar_subquery()
    ended = select(func.count()).where(_MEETING.ends_at <= bindparam("at", type_=UtcDateTime()), *conditions)
    return revised_at.label("meetings_revised_at"), ended.scalar_subquery().label("ended")


_SESSION_REVISION = select(
    _SESSION.state,
    _SESSION.policy,
    _SESSION.capacity,
    _SESSION.seats_per_office,
    _SESSION.audience,
    _SESSION.interpretation,
    _SESSION.opens_at,
    _SESSION.closes_at,
    _SESSION.created_at,
    _SESSION.revised_at,
    *_revision_of_meetings(_MEETING.session_id == _SESSION.id),
).where(_SESSION.code == bindparam("code"), _SESSION.state.in_(PUBLIC_STATES))
_PROGRAMME_REVISION = select(
    func.count().label("sessions"),
    func.max(_SESSION.created_at).label("created_at"),
    func.max(_SESSION.revised_at).label("revised_at"),
    *_revision_of_meetings(),
).where(_SESSION.state.in_(PUBLIC_STATES))


def may_manage(person: Person, session: TrainingSession) -> bool:
    """Whether a person works on this session: coordinators on every one, trainers on those they have not declined."""
    is_trainer = may(person, Permission.TEACH) and person in trainers_shown(session)
    return may(person, Permission.COORDINATE) or is_trainer


def whole_session() -> tuple[ORMOption, ...]:
    """Loads a session with everything that is shown of it, in a fixed number of queries."""
    return (
        *listed_session(),
        selectinload(TrainingSession.subjects).joinedload(SessionSubject.edition),
        selectinload(TrainingSession.trainers),
        selectinload(TrainingSession.teaching),
        selectinload(TrainingSession.materials).joinedload(SessionMaterial.file),
    )


def listed_session(load: Callable[..., Any] = selectinload) -> tuple[ORMOption, ...]:
    """Loads what a list shows of sessions.

    `selectinload` asks again for every five hundred rows; a list without pages takes `subqueryload`, which asks once.
    """
    return (
        joinedload(TrainingSession.course).selectinload(Course.texts),
        load(TrainingSession.subjects).joinedload(SessionSubject.subject),
        load(TrainingSession.offices).joinedload(SessionOffice.office),
        load(TrainingSession.meetings),
    )


def every_session() -> tuple[ORMOption, ...]:
    """Loads sessions with their trainers and requests where there may be any number of them."""
    people = (subqueryload(TrainingSession.trainers), subqueryload(TrainingSession.requests))
    return (*listed_session(subqueryload), *people)


def session_title(session: TrainingSession, language: str | None = None) -> Text:
    """What a reader calls the session: its own title, else its course's, else its kind and subjects."""
    reader = language or current_language()
    if any(session.titles.values()):
        return in_language(session.titles, reader)
    if session.course is not None:
        text = course_text(session.course, reader)
        return Text(text.title, text.language)
    with speaking(reader):
        return Text(untitled_label(session.kind, subject_names(session, reader)), reader)


def office_names(session: TrainingSession, language: str | None = None) -> list[str]:
    """The offices of a session, each once, as a report designates them, else by their names."""
    names = {entry.office_id: entry.designation or office_name(entry.office, language) for entry in session.offices}
    return list(names.values())


def subject_names(session: TrainingSession, language: str | None = None) -> list[str]:
    """The subjects of a session, in the catalogue's order."""
    subjects = sorted((entry.subject for entry in session.subjects), key=lambda subject: subject.position)
    return [subject_name(subject, language) for subject in subjects]


def trainers_shown(session: TrainingSession) -> list[Person]:
    """The trainers of a session but for those who declined, whose place is not yet filled."""
    declined = {entry.person_id for entry in session.teaching if entry.state is TeachingState.DECLINED}
    return [trainer for trainer in session.trainers if trainer.id not in declined]


def planned_meetings(session: TrainingSession) -> list[Meeting]:
    """The meetings that take or took place, in their order."""
    return [meeting for meeting in session.meetings if meeting.state is MeetingState.PLANNED]


def first_start(session: TrainingSession) -> datetime | None:
    """When the first planned meeting begins; None where no hours are known."""
    starts = [meeting.starts_at for meeting in planned_meetings(session) if meeting.starts_at is not None]
    return min(starts) if starts else None


def next_meeting(session: TrainingSession, at: datetime | None = None) -> Meeting | None:
    """The first planned meeting with hours that has not ended."""
    moment = at or now()
    coming = [
        meeting for meeting in planned_meetings(session) if meeting.ends_at is not None and moment < meeting.ends_at
    ]
    return min(coming, key=lambda meeting: meeting.starts_at or moment) if coming else None


def is_over(session: TrainingSession, at: datetime | None = None) -> bool:
    """Whether every planned meeting has ended; one without hours ends with its day in the session's zone."""
    meetings = planned_meetings(session)
    moment = at or now()
    return bool(meetings) and all(_end_of(meeting) <= moment for meeting in meetings)


def _end_of(meeting: Meeting) -> datetime:
    if meeting.ends_at is not None:
        return meeting.ends_at
    return datetime.combine(meeting.on_date + timedelta(days=1), time(), ZoneInfo(meeting.zone)).astimezone(UTC)


def registration_is_open(session: TrainingSession, at: datetime | None = None) -> bool:
    """Whether anybody may register or apply now: published, open to all, in its window, not yet over."""
    return session.policy in OPEN_TO_ALL and takes_registrations(session, at)


def registration_is_open_to(person: Person | None, session: TrainingSession, at: datetime | None = None) -> bool:
    """Whether this person may register somebody now: themselves where all may, else the people of their office."""
    if session.policy is RegistrationPolicy.NOMINATION:
        return may_nominate(person, session) and takes_registrations(session, at)
    return registration_is_open(session, at)


def may_nominate(person: Person | None, session: TrainingSession) -> bool:
    """Focal points name people for sessions of their office; coordinators for any."""
    if person is None:
        return False
    spoken_for = offices_spoken_for(person)
    return may(person, Permission.COORDINATE) or any(part.office_id in spoken_for for part in session.offices)


def takes_registrations(session: TrainingSession, at: datetime | None = None) -> bool:
    """Whether registrations are taken now from those who may: published, in its window, not yet over."""
    moment = at or now()
    return (
        session.state is SessionState.PUBLISHED
        and session.policy is not RegistrationPolicy.CLOSED
        and (session.opens_at is None or session.opens_at <= moment)
        and (session.closes_at is None or moment < session.closes_at)
        and next_meeting(session, moment) is not None
    )


def sessions_to_come(wanted: SessionFilter, page: int, at: datetime | None = None) -> Page:
    """Published sessions with a meeting that has not ended, in the order of their next meeting."""
    starts = (
        select(func.min(Meeting.starts_at))
        .where(Meeting.session_id == TrainingSession.id, _is_to_come(at or now()))
        .correlate(TrainingSession)
        .scalar_subquery()
    )
    query = select(TrainingSession).where(
        TrainingSession.state == SessionState.PUBLISHED, starts.is_not(None), *conditions_of(wanted)
    )
    return page_of(query.order_by(starts, TrainingSession.code), page)


def _is_to_come(at: datetime) -> ColumnElement[bool]:
    return and_(Meeting.state == MeetingState.PLANNED, Meeting.ends_at > at)


def delivered_sessions(year: int, wanted: SessionFilter, page: int) -> Page:
    """Delivered sessions that began in a year, in the order of their days."""
    query = select(TrainingSession).where(
        TrainingSession.state == SessionState.DELIVERED,
        TrainingSession.first_day.between(date(year, 1, 1), date(year, 12, 31)),
        *conditions_of(wanted),
    )
    return page_of(query.order_by(TrainingSession.first_day, TrainingSession.code), page)


def years_of_delivery() -> list[int]:
    """The years in which delivered sessions began, the latest first."""
    year = extract("year", TrainingSession.first_day)
    query = select(year).where(TrainingSession.state == SessionState.DELIVERED).distinct().order_by(year.desc())
    return [int(value) for value in db.session.scalars(query)]


def conditions_of(wanted: SessionFilter) -> list[ColumnElement[bool]]:
    """A filter as conditions on sessions."""
    found: list[ColumnElement[bool]] = []
    if wanted.subject is not None:
        found.append(TrainingSession.subjects.any(SessionSubject.subject.has(Subject.code == wanted.subject)))
    if wanted.language is not None:
        found.append(TrainingSession.language == wanted.language)
    if wanted.kind is not None:
        found.append(TrainingSession.kind == wanted.kind)
    if wanted.office is not None:
        found.append(TrainingSession.offices.any(SessionOffice.office.has(Office.code == wanted.office)))
    return found


def page_of(query: Select[TrainingSession], wanted: int) -> Page:
    """One page of a list of sessions, with what a list shows of them."""
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, wanted), pages)
    rows = db.session.scalars(query.options(*listed_session()).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE))
    return Page(list(rows), number, pages)


def codes_beginning(beginning: str) -> list[str]:
    """The codes in use that begin so."""
    query = select(TrainingSession.code).where(TrainingSession.code.startswith(beginning, autoescape=True))
    return list(db.session.scalars(query))


def offices_of_public_sessions() -> list[tuple[str, str]]:
    """Codes and names of the offices that have a part in a session anybody may see, ordered by name."""
    in_public = TrainingSession.state.in_(PUBLIC_STATES)
    parts = select(SessionOffice.office_id).join(TrainingSession).where(in_public)
    rows = db.session.execute(select(Office.code, Office.names).where(Office.id.in_(parts)))
    return sorted(((code, in_language(names).text) for code, names in rows), key=itemgetter(1))
