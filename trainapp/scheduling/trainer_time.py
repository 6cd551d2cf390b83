"""A trainer's time: when they work, by their own clocks, and what they already have."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ScalarSelect, Select, and_, func, or_, select
from sqlalchemy.orm import aliased, joinedload, subqueryload

from trainapp.accounts.models import Person
from trainapp.catalogue.models import Course
from trainapp.core.database import db
from trainapp.core.languages import Text
from trainapp.requests.models import (
    RequestEvent,
    RequestState,
    Slot,
    SlotMeeting,
    SlotTrainer,
    Step,
    TrainingRequest,
)
from trainapp.requests.rows import title_of
from trainapp.scheduling.models import (
    Meeting,
    MeetingState,
    SessionState,
    SessionSubject,
    SessionTrainer,
    TeachingState,
    TrainerException,
    TrainerProfile,
    TrainingSession,
)
from trainapp.scheduling.queries import session_title
from trainapp.scheduling.spans import Span

BUREAU_DAYS = range(1, 6)
BUREAU_HOURS = (time(9), time(17))
"""The week of a trainer who said nothing about theirs: Monday to Friday, in their own zone."""
LAST_MINUTE = time(23, 59)
"""Written as an end, it means midnight: a form has no 24:00."""
DAY = timedelta(days=1)

Walls = tuple[datetime, datetime]


@dataclass(frozen=True)
class Busy:
    """Something a trainer already has: a meeting of a session, or the time an offered or agreed slot holds.

    `code` is the session's or the request's.
    """

    span: Span
    kind: Literal["meeting", "held"]
    title: Text
    code: str
    request_id: int | None
    session_id: int | None


def zone_of(profile: TrainerProfile | None, person: Person) -> str:
    """The zone in which a trainer's hours and days are meant."""
    return profile.zone if profile is not None else person.zone


def working_spans(profile: TrainerProfile | None, person: Person, first: date, last: date) -> list[Span]:
    """When a trainer works from one local day to another, both counted, in their order.

    They work at an instant where their clock then shows an hour they keep: what their clocks skip is no time, and what
    they show twice counts twice.
    """
    if last < first:
        return []
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    walls = _merged(piece for day in days for piece in _walls_of_day(profile, day))
    zone = ZoneInfo(zone_of(profile, person))
    return [
        Span(starts_at, ends_at)
        for starts_at, ends_at in _merged(
            piece for era in _eras(zone, first, last) for wall in walls for piece in era.instants_of(wall)
        )
    ]


def _walls_of_day(profile: TrainerProfile | None, day: date) -> list[Walls]:
    """The hours of one day by the trainer's clocks; "working after all" is said last, so it counts most."""
    week = _weekly(profile, day)
    exceptions = (
        [] if profile is None else [each for each in profile.exceptions if each.first_day <= day <= each.last_day]
    )
    away = [_hours_of(each, day) for each in exceptions if not each.is_free]
    free = [piece for each in exceptions if each.is_free for piece in _free_hours(each, week, day)]
    return _merged([*_without(week, away), *free])


def _weekly(profile: TrainerProfile | None, day: date) -> list[Walls]:
    if profile is None or not profile.hours:
        return [_walls(day, *BUREAU_HOURS)] if day.isoweekday() in BUREAU_DAYS else []
    return [_walls(day, each.from_time, each.to_time) for each in profile.hours if each.weekday == day.isoweekday()]


def _free_hours(exception: TrainerException, week: list[Walls], day: date) -> list[Walls]:
    """A whole day of work has the hours of that weekday, or the bureau's where it has none."""
    if exception.from_time is None and exception.to_time is None:
        return week or [_walls(day, *BUREAU_HOURS)]
    return [_hours_of(exception, day)]


def _hours_of(exception: TrainerException, day: date) -> Walls:
    return _walls(day, exception.from_time or time(), exception.to_time or LAST_MINUTE)


def _walls(day: date, first: time, last: time) -> Walls:
    end = datetime.combine(day, time()) + DAY if last >= LAST_MINUTE else datetime.combine(day, last)
    return datetime.combine(day, first), end


def _without(pieces: Iterable[Walls], taken: Iterable[Walls]) -> list[Walls]:
    left = list(pieces)
    for first, last in taken:
        left = [
            part
            for start, end in left
            for part in ((start, min(end, first)), (max(start, last), end))
            if part[0] < part[1]
        ]
    return left


def _merged(pieces: Iterable[Walls]) -> list[Walls]:
    """Pieces in order, those that touch made one; of wall times or of instants."""
    merged: list[Walls] = []
    for start, end in sorted(piece for piece in pieces if piece[0] < piece[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


@dataclass(frozen=True)
class _Era:
    """A time in which a zone keeps one offset from UTC."""

    starts_at: datetime
    ends_at: datetime
    offset: timedelta

    def instants_of(self, wall: Walls) -> Iterator[Walls]:
        """The instants of this era at which a clock shows these wall times."""
        first, last = ((each - self.offset).replace(tzinfo=UTC) for each in wall)
        start, end = max(first, self.starts_at), min(last, self.ends_at)
        if start < end:
            yield start, end


def _eras(zone: ZoneInfo, first: date, last: date) -> list[_Era]:
    """The offsets a zone has while its clocks show these days, each with its time."""
    start, end = (datetime.combine(each, time(), UTC) for each in (first - 2 * DAY, last + 3 * DAY))
    eras: list[_Era] = []
    begun = start
    while start < end:
        if _offset(zone, start) != _offset(zone, start + DAY):
            change = _change_between(zone, start, start + DAY)
            eras.append(_Era(begun, change, _offset(zone, begun)))
            begun = change
        start += DAY
    return [*eras, _Era(begun, end, _offset(zone, begun))]


def _change_between(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first instant of the new offset, to the second."""
    old = _offset(zone, before)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        before, after = (middle, after) if _offset(zone, middle) == old else (before, middle)
    return after


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def busy_times(
    trainer_ids: Iterable[int],
    starts_at: datetime,
    ends_at: datetime,
    *,
    except_session: int | None = None,
    except_requests: Collection[int] = (),
) -> dict[int, list[Busy]]:
    """What each trainer has between two instants, in the order of time, in a fixed number of queries.

    Meetings of sessions that are not cancelled, unless the trainer declined; and the time that offered and agreed slots
    hold, unless a session for the same request has its meeting then.
    """
    ids = sorted(set(trainer_ids))
    found: dict[int, list[Busy]] = {trainer_id: [] for trainer_id in ids}
    if not ids:
        return found
    planned: set[tuple[int, int, Span]] = set()
    for trainer_id, meeting in db.session.execute(_meetings(ids, starts_at, ends_at)):
        busy = _busy_by_meeting(meeting)
        planned.update((trainer_id, request.id, busy.span) for request in meeting.session.requests)
        if meeting.session_id != except_session:
            found[trainer_id].append(busy)
    for trainer_id, held, request in db.session.execute(_holds(ids, starts_at, ends_at)):
        busy = _busy_by_hold(held, request)
        if request.id not in except_requests and (trainer_id, request.id, busy.span) not in planned:
            found[trainer_id].append(busy)
    return {
        trainer_id: sorted(each, key=lambda busy: (busy.span.starts_at, busy.span.ends_at, busy.code))
        for trainer_id, each in found.items()
    }


def _busy_by_meeting(meeting: Meeting) -> Busy:
    assert meeting.starts_at is not None
    assert meeting.ends_at is not None
    session = meeting.session
    span = Span(meeting.starts_at, meeting.ends_at)
    return Busy(span, "meeting", session_title(session), session.code, None, session.id)


def _busy_by_hold(held: SlotMeeting, request: TrainingRequest) -> Busy:
    return Busy(Span(held.starts_at, held.ends_at), "held", title_of(request), request.code, request.id, None)


def _meetings(ids: list[int], starts_at: datetime, ends_at: datetime) -> Select[int, Meeting]:
    session = joinedload(Meeting.session)
    return (
        select(SessionTrainer.person_id, Meeting)
        .join(TrainingSession, TrainingSession.id == SessionTrainer.session_id)
        .join(Meeting, Meeting.session_id == TrainingSession.id)
        .where(
            SessionTrainer.person_id.in_(ids),
            SessionTrainer.state != TeachingState.DECLINED,
            TrainingSession.state != SessionState.CANCELLED,
            Meeting.state == MeetingState.PLANNED,
            Meeting.starts_at < ends_at,
            Meeting.ends_at > starts_at,
        )
        .options(
            session.joinedload(TrainingSession.course).selectinload(Course.texts),
            session.subqueryload(TrainingSession.subjects).joinedload(SessionSubject.subject),
            session.subqueryload(TrainingSession.requests),
        )
        .order_by(Meeting.starts_at, Meeting.id)
    )


def _holds(ids: list[int], starts_at: datetime, ends_at: datetime) -> Select[int, SlotMeeting, TrainingRequest]:
    """Of slots that stand: the newest offer while it waits for its answer, and the one agreed to."""
    later = aliased(RequestEvent)
    is_offered = and_(
        TrainingRequest.state.in_((RequestState.PROPOSED, RequestState.COUNTERED)),
        Slot.event_id == _newest(later, Step.PROPOSE, Step.COUNTER),
    )
    is_agreed = and_(TrainingRequest.state == RequestState.AGREED, Slot.chosen_by_id == _newest(later, Step.AGREE))
    return (
        select(SlotTrainer.person_id, SlotMeeting, TrainingRequest)
        .join(Slot, Slot.id == SlotTrainer.slot_id)
        .join(SlotMeeting, SlotMeeting.slot_id == Slot.id)
        .join(RequestEvent, RequestEvent.id == Slot.event_id)
        .join(TrainingRequest, TrainingRequest.id == RequestEvent.request_id)
        .where(
            SlotTrainer.person_id.in_(ids),
            SlotMeeting.starts_at < ends_at,
            SlotMeeting.ends_at > starts_at,
            or_(is_offered, is_agreed),
        )
        .options(
            joinedload(TrainingRequest.course).selectinload(Course.texts),
            subqueryload(TrainingRequest.subjects),
        )
        .order_by(SlotMeeting.starts_at, SlotMeeting.id)
    )


def _newest(event: type[RequestEvent], *steps: Step) -> ScalarSelect[int | None]:
    """The last event of a request that was one of these steps."""
    return (
        select(func.max(event.id))
        .where(event.request_id == TrainingRequest.id, event.step.in_(steps))
        .correlate(TrainingRequest)
        .scalar_subquery()
    )
