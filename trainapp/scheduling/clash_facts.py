"""What has to be known to say what stands against meetings: for many sessions at once, in a fixed number of queries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, Protocol, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from trainapp.accounts.models import Person
from trainapp.catalogue.models import Course
from trainapp.catalogue.queries import all_subjects, subject_name
from trainapp.core.database import db
from trainapp.core.languages import Text
from trainapp.core.timefmt import UTC_NAME
from trainapp.offices.clashes import Times, WeeklyHours
from trainapp.offices.models import Office
from trainapp.requests.slots import weekly_hours_of
from trainapp.scheduling.models import (
    Meeting,
    MeetingState,
    SessionOffice,
    SessionState,
    SessionSubject,
    SessionTrainer,
    TeachingState,
    TrainerProfile,
    TrainingSession,
)
from trainapp.scheduling.queries import planned_meetings, session_title
from trainapp.scheduling.trainer_queries import profiles_of
from trainapp.scheduling.trainer_time import Busy, Span, busy_times


@dataclass(frozen=True)
class Planned:
    """Meetings that go together, and those they have to suit.

    An office stands with the hours it asked for. `zone` is the session's, in which another meeting at the same time is
    told. `session_id` and `request_ids` are the meetings' own: they do not stand in their own way.
    """

    meetings: tuple[Times, ...]
    offices: tuple[tuple[Office, WeeklyHours | None], ...] = ()
    trainers: tuple[Person, ...] = ()
    subject_codes: tuple[str, ...] = ()
    language: str | None = None
    zone: str = UTC_NAME
    session_id: int | None = None
    request_ids: frozenset[int] = frozenset()


@dataclass(frozen=True)
class OfficeBusy:
    """Another meeting of an office."""

    span: Span
    title: Text
    session_id: int


class Taken(Protocol):
    """Something that takes time."""

    @property
    def span(self) -> Span: ...


T = TypeVar("T", bound=Taken)


class Calendar(Generic[T]):
    """What somebody has, kept by the days it touches (UTC), so that a year of it is not read for each meeting."""

    def __init__(self, entries: Iterable[T]) -> None:
        self._by_day: dict[date, list[T]] = {}
        for entry in entries:
            for day in _days_of(entry.span):
                self._by_day.setdefault(day, []).append(entry)

    def during(self, span: Span) -> list[T]:
        """What overlaps a span, each once, in the order it was given."""
        near = (entry for day in _days_of(span) for entry in self._by_day.get(day, ()))
        return [entry for entry in dict.fromkeys(near) if entry.span.overlaps(span)]


def _days_of(span: Span) -> list[date]:
    first = span.starts_at.date()
    return [first + timedelta(days=number) for number in range((span.ends_at.date() - first).days + 1)]


@dataclass(frozen=True)
class Facts:
    """Profiles and times by the id of the trainer, other meetings by the id of the office, subjects' names by code.

    `answers` says what a trainer (second id) answered for a session (first id).
    """

    profiles: Mapping[int, TrainerProfile]
    busy: Mapping[int, Calendar[Busy]]
    office_busy: Mapping[int, Calendar[OfficeBusy]]
    answers: Mapping[tuple[int, int], TeachingState]
    subjects: Mapping[str, str]


def planned_of(session: TrainingSession) -> Planned:
    """A session as it stands, with its meetings that have hours. The session is loaded with all of it."""
    asked = {request.office_id: weekly_hours_of(request) for request in session.requests}
    offices = {part.office_id: part.office for part in session.offices}
    return Planned(
        meetings=tuple(
            (meeting.starts_at, meeting.ends_at)
            for meeting in planned_meetings(session)
            if meeting.starts_at is not None and meeting.ends_at is not None
        ),
        offices=tuple((office, asked.get(office_id)) for office_id, office in offices.items()),
        trainers=tuple(session.trainers),
        subject_codes=tuple(entry.subject.code for entry in session.subjects),
        language=session.language,
        zone=session.zone,
        session_id=session.id,
        request_ids=frozenset(request.id for request in session.requests),
    )


def facts_for(planned: Sequence[Planned]) -> Facts:
    """Everything that any of these meetings is looked at against."""
    meetings = [times for each in planned for times in each.meetings]
    trainer_ids = {trainer.id for each in planned for trainer in each.trainers}
    office_ids = {office.id for each in planned for office, _hours in each.offices}
    if not meetings:
        return Facts({}, {}, {}, {}, {})
    first, last = min(times[0] for times in meetings), max(times[1] for times in meetings)
    return Facts(
        profiles=profiles_of(trainer_ids),
        busy=_calendars(busy_times(trainer_ids, first, last)),
        office_busy=_calendars(_office_busy(office_ids, (first, last))),
        answers=_answers(each.session_id for each in planned),
        subjects={subject.code: subject_name(subject) for subject in all_subjects()},
    )


def _calendars(entries: Mapping[int, list[T]]) -> dict[int, Calendar[T]]:
    return {each: Calendar(taken) for each, taken in entries.items()}


def _answers(session_ids: Iterable[int | None]) -> dict[tuple[int, int], TeachingState]:
    ids = [each for each in session_ids if each is not None]
    rows = db.session.execute(
        select(SessionTrainer.session_id, SessionTrainer.person_id, SessionTrainer.state).where(
            SessionTrainer.session_id.in_(ids)
        )
    )
    return {(session_id, person_id): state for session_id, person_id, state in rows}


def _office_busy(office_ids: Iterable[int], times: Times) -> dict[int, list[OfficeBusy]]:
    """The meetings of sessions in which these offices have a part, each once for an office, in the order of time."""
    found: dict[int, dict[int, OfficeBusy]] = {office_id: {} for office_id in office_ids}
    for office_id, meeting in db.session.execute(_meetings_of_offices(list(found), times)):
        assert meeting.starts_at is not None
        assert meeting.ends_at is not None
        span = Span(meeting.starts_at, meeting.ends_at)
        found[office_id][meeting.id] = OfficeBusy(span, session_title(meeting.session), meeting.session_id)
    return {office_id: list(busy.values()) for office_id, busy in found.items()}


def _meetings_of_offices(office_ids: list[int], times: Times) -> Select[int, Meeting]:
    session = joinedload(Meeting.session)
    return (
        select(SessionOffice.office_id, Meeting)
        .join(TrainingSession, TrainingSession.id == SessionOffice.session_id)
        .join(Meeting, Meeting.session_id == TrainingSession.id)
        .where(
            SessionOffice.office_id.in_(office_ids),
            TrainingSession.state != SessionState.CANCELLED,
            Meeting.state == MeetingState.PLANNED,
            Meeting.starts_at < times[1],
            Meeting.ends_at > times[0],
        )
        .options(
            session.joinedload(TrainingSession.course).selectinload(Course.texts),
            session.subqueryload(TrainingSession.subjects).joinedload(SessionSubject.subject),
        )
        .order_by(Meeting.starts_at, Meeting.id)
    )
