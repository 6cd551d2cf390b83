"""What the slot finder has to know, from the database: in a fixed number of queries, however many sides there are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import CompoundSelect, Select, select, union

from trainapp.core.clock import now, today
from trainapp.core.database import db
from trainapp.offices.models import Office
from trainapp.offices.working_time import holidays_between
from trainapp.requests.models import TrainingRequest
from trainapp.requests.slots import YEARS_AHEAD, weekly_hours_of
from trainapp.scheduling.background import able_for
from trainapp.scheduling.models import (
    Meeting,
    MeetingState,
    SessionOffice,
    SessionState,
    SessionTrainer,
    TeachingState,
    TrainingSession,
    session_request,
)
from trainapp.scheduling.slot_grid import discomfort_minutes, seconds_of, zone_of
from trainapp.scheduling.slot_terms import AskedHours, Condition, OfficeWeek, Pattern, Search, TrainerWeek
from trainapp.scheduling.spans import Span
from trainapp.scheduling.trainer_queries import Trainer, trainer_profiles
from trainapp.scheduling.trainer_time import busy_times, working_spans
from trainapp.scheduling.trainer_time import zone_of as zone_of_trainer

PAST = timedelta(days=730)
"""How far back early and late hours are remembered."""
MARGIN = timedelta(days=2)
"""By how much the days of a period can lie apart from the same instants on other clocks."""


@dataclass(frozen=True)
class SlotWish:
    """What somebody looks for, beside what the requests say.

    `offices` are codes of further ones; `trainers` public ids, none for all who can teach what is asked.
    """

    meetings: int
    minutes: int
    pattern: Pattern
    first: date
    last: date
    zone: str
    offices: tuple[str, ...] = ()
    trainers: tuple[str, ...] = ()
    relaxed: frozenset[Condition] = frozenset()


def search_for(requests: Sequence[TrainingRequest], wanted: SlotWish) -> Search:
    """The search for slots that answer these requests together; days that are over are left out."""
    first = max(wanted.first, today() - timedelta(days=1))
    last = min(wanted.last, today() + timedelta(days=366 * YEARS_AHEAD))
    offices = _offices(requests, wanted.offices)
    trainers = _trainers(requests, wanted.trainers)
    return Search(
        zone=wanted.zone,
        first=first,
        last=last,
        meetings=wanted.meetings,
        minutes=wanted.minutes,
        pattern=wanted.pattern,
        offices=tuple(_office_weeks(offices, requests, first, last)),
        trainers=tuple(_trainer_weeks(trainers, requests, first, last)),
        not_before=now(),
        relaxed=wanted.relaxed,
    )


def _offices(requests: Iterable[TrainingRequest], codes: Sequence[str]) -> list[Office]:
    """The offices that ask, then the further ones, each once."""
    further = db.session.scalars(select(Office).where(Office.code.in_(codes)).order_by(Office.code))
    return list({office.id: office for office in (*(each.office for each in requests), *further)}.values())


def _trainers(requests: Sequence[TrainingRequest], public_ids: Sequence[str]) -> list[Trainer]:
    everybody = trainer_profiles()
    if public_ids:
        return [trainer for trainer in everybody if trainer[0].public_id in public_ids]
    able = {person.id for person in able_for(requests, everybody)}
    return [trainer for trainer in everybody if trainer[0].id in able]


def _office_weeks(
    offices: Sequence[Office], requests: Iterable[TrainingRequest], first: date, last: date
) -> Iterable[OfficeWeek]:
    asked = list(requests)
    meetings = _meetings_of_offices([office.id for office in offices], _until(last))
    for office in offices:
        past, coming = _split(meetings.get(office.id, ()))
        yield OfficeWeek(
            code=office.code,
            zone=office.zone,
            weekend=frozenset(office.weekend),
            holidays=holidays_between(office, first - MARGIN, last + MARGIN),
            work_start=office.work_start,
            work_end=office.work_end,
            asked=tuple(_asked(request) for request in asked if request.office_id == office.id and _asks(request)),
            busy=coming,
            past_late_minutes=_late_minutes(past, office.zone),
        )


def _asks(request: TrainingRequest) -> bool:
    return weekly_hours_of(request) is not None


def _asked(request: TrainingRequest) -> AskedHours:
    return AskedHours(frozenset(request.weekdays), request.hours_from, request.hours_to)


def _trainer_weeks(
    trainers: Sequence[Trainer], requests: Iterable[TrainingRequest], first: date, last: date
) -> Iterable[TrainerWeek]:
    ids = [person.id for person, _profile in trainers]
    busy = busy_times(ids, now(), _until(last), except_requests=[request.id for request in requests])
    past = _past_meetings_of_trainers(ids)
    for person, profile in trainers:
        zone = zone_of_trainer(profile, person)
        yield TrainerWeek(
            id=person.id,
            zone=zone,
            spans=tuple(working_spans(profile, person, first - MARGIN, last + MARGIN)),
            busy=tuple(each.span for each in busy[person.id]),
            past_late_minutes=_late_minutes(past.get(person.id, ()), zone),
        )


def _until(last: date) -> datetime:
    return datetime.combine(last + MARGIN, time(), UTC)


def _split(meetings: Iterable[Span]) -> tuple[list[Span], tuple[Span, ...]]:
    """Those that are over, and those that are not."""
    spans = list(meetings)
    return [each for each in spans if each.ends_at <= now()], tuple(each for each in spans if each.ends_at > now())


def _late_minutes(meetings: Iterable[Span], zone: str) -> int:
    """How much of these meetings lay outside `COMFORT` by the clocks of a zone."""
    return sum(_discomfort(span, zone) for span in meetings)


def _discomfort(span: Span, zone: str) -> int:
    minutes = int((span.ends_at - span.starts_at).total_seconds()) // 60
    return discomfort_minutes(seconds_of(span.starts_at.astimezone(zone_of(zone)).time()) // 60, minutes)


def _meetings_of_offices(office_ids: Sequence[int], until: datetime) -> Mapping[int, list[Span]]:
    """The meetings of each office from `PAST` back, each once: of sessions it has a part in, or had asked for."""
    columns = (Meeting.id, Meeting.starts_at, Meeting.ends_at)
    having_part = (
        select(SessionOffice.office_id, *columns)
        .join(TrainingSession, TrainingSession.id == SessionOffice.session_id)
        .where(SessionOffice.office_id.in_(office_ids))
    )
    having_asked = (
        select(TrainingRequest.office_id, *columns)
        .join(session_request, session_request.c.request_id == TrainingRequest.id)
        .join(TrainingSession, TrainingSession.id == session_request.c.session_id)
        .where(TrainingRequest.office_id.in_(office_ids))
    )
    return _spans_by_id(union(_held(having_part, until), _held(having_asked, until)))


def _past_meetings_of_trainers(trainer_ids: Sequence[int]) -> Mapping[int, list[Span]]:
    query = (
        select(SessionTrainer.person_id, Meeting.id, Meeting.starts_at, Meeting.ends_at)
        .join(TrainingSession, TrainingSession.id == SessionTrainer.session_id)
        .where(SessionTrainer.person_id.in_(trainer_ids), SessionTrainer.state != TeachingState.DECLINED)
    )
    return _spans_by_id(_held(query, now()))


def _held(query: Select[*tuple[Any, ...]], until: datetime) -> Select[*tuple[Any, ...]]:
    """With the meetings that are held or planned between `PAST` back and an instant."""
    return query.join(Meeting, Meeting.session_id == TrainingSession.id).where(
        TrainingSession.state != SessionState.CANCELLED,
        Meeting.state == MeetingState.PLANNED,
        Meeting.ends_at > now() - PAST,
        Meeting.starts_at < until,
    )


def _spans_by_id(query: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]) -> Mapping[int, list[Span]]:
    """Meetings by what stands in the first column; the second tells two meetings at one time apart."""
    found: dict[int, list[Span]] = {}
    for key, _meeting_id, starts_at, ends_at in db.session.execute(query):
        found.setdefault(key, []).append(Span(starts_at, ends_at))
    return found
