"""What a coordinator weighs before answering: what an office has had, and how much time able trainers have left."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from trainapp.accounts.models import Person
from trainapp.catalogue.models import Course, Subject
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.languages import Text
from trainapp.requests.models import TrainingRequest
from trainapp.scheduling.models import SessionOffice, SessionState, SessionSubject, TrainingSession
from trainapp.scheduling.queries import session_title
from trainapp.scheduling.spans import Span
from trainapp.scheduling.trainer_queries import Trainer, can_teach, trainer_profiles
from trainapp.scheduling.trainer_time import busy_times, working_spans

MOST_NAMED = 3
FARTHEST = timedelta(days=366)
"""How far ahead free time is counted; nobody knows their week beyond."""


@dataclass(frozen=True)
class PastTraining:
    """A session that was delivered, by its code, its title and its last day."""

    code: str
    title: Text
    last_day: date


@dataclass(frozen=True)
class OfficeBackground:
    """The sessions delivered in which an office asked, hosted or benefited, and the codes of their subjects.

    `latest` names the last three, the latest first.
    """

    trainings: int = 0
    latest: tuple[PastTraining, ...] = ()
    subjects: frozenset[str] = frozenset()

    def never_had(self, asked: Iterable[Subject]) -> list[Subject]:
        """Those of the subjects that the office was never trained in."""
        return [subject for subject in asked if subject.code not in self.subjects]


@dataclass(frozen=True)
class Capacity:
    """How many trainers can teach what is asked, and how many minutes of their hours are free in the period."""

    trainers: int = 0
    free_minutes: int = 0


class FreeTime:
    """The hours somebody keeps, less what they already have, ready to be counted for any period."""

    def __init__(self, kept: Sequence[Span], taken: Sequence[Span]) -> None:
        self.spans = without(kept, taken)
        self._starts = [span.starts_at for span in self.spans]
        lengths = [int((span.ends_at - span.starts_at).total_seconds()) for span in self.spans]
        self._before = [0, *accumulate(lengths)]

    def minutes_between(self, first: datetime, last: datetime) -> int:
        """The free minutes from one instant to another."""
        return max(0, self._seconds_until(last) - self._seconds_until(first)) // 60

    def _seconds_until(self, at: datetime) -> int:
        number = bisect_right(self._starts, at)
        if number == 0:
            return 0
        running = self.spans[number - 1]
        return self._before[number - 1] + int((min(at, running.ends_at) - running.starts_at).total_seconds())


def without(kept: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    """What is left of spans that are in order and apart when others, in any order, are taken out."""
    left: list[Span] = []
    ordered = sorted(taken, key=lambda span: span.starts_at)
    for span in kept:
        start = span.starts_at
        for other in ordered:
            if other.ends_at <= start or other.starts_at >= span.ends_at:
                continue
            if other.starts_at > start:
                left.append(Span(start, other.starts_at))
            start = max(start, other.ends_at)
        if start < span.ends_at:
            left.append(Span(start, span.ends_at))
    return left


def office_background(office_ids: Collection[int]) -> dict[int, OfficeBackground]:
    """What each of these offices has had, in a fixed number of queries."""
    latest = _latest_sessions(office_ids)
    sessions = _titled_sessions({session_id for session_id, _office, _total in latest})
    subjects = _subjects_had(office_ids)
    totals = {office_id: total for _session, office_id, total in latest}
    named: dict[int, list[PastTraining]] = {}
    for session_id, office_id, _total in latest:
        named.setdefault(office_id, []).append(sessions[session_id])
    return {
        office_id: OfficeBackground(
            totals.get(office_id, 0), tuple(named.get(office_id, ())), frozenset(subjects.get(office_id, ()))
        )
        for office_id in office_ids
    }


def _latest_sessions(office_ids: Collection[int]) -> list[tuple[int, int, int]]:
    """Session, office and how many the office had in all: the last few of each office, the latest first."""
    had = (
        select(SessionOffice.office_id, TrainingSession.id.label("session_id"), TrainingSession.last_day)
        .join(SessionOffice.session)
        .where(TrainingSession.state == SessionState.DELIVERED, SessionOffice.office_id.in_(office_ids))
        .distinct()
        .subquery()
    )
    place = func.row_number().over(
        partition_by=had.c.office_id, order_by=(had.c.last_day.desc(), had.c.session_id.desc())
    )
    total = func.count().over(partition_by=had.c.office_id)
    placed = select(had, place.label("place"), total.label("total")).subquery()
    rows = db.session.execute(
        select(placed.c.session_id, placed.c.office_id, placed.c.total)
        .where(placed.c.place <= MOST_NAMED)
        .order_by(placed.c.office_id, placed.c.place)
    )
    return [(session_id, office_id, total) for session_id, office_id, total in rows]


def _titled_sessions(session_ids: Collection[int]) -> dict[int, PastTraining]:
    sessions = db.session.scalars(
        select(TrainingSession)
        .where(TrainingSession.id.in_(session_ids))
        .options(
            joinedload(TrainingSession.course).selectinload(Course.texts),
            selectinload(TrainingSession.subjects).joinedload(SessionSubject.subject),
        )
    )
    return {each.id: PastTraining(each.code, session_title(each), each.last_day) for each in sessions}


def _subjects_had(office_ids: Collection[int]) -> dict[int, set[str]]:
    rows = db.session.execute(
        select(SessionOffice.office_id, Subject.code)
        .join(SessionOffice.session)
        .join(TrainingSession.subjects)
        .join(SessionSubject.subject)
        .where(TrainingSession.state == SessionState.DELIVERED, SessionOffice.office_id.in_(office_ids))
        .distinct()
    )
    found: dict[int, set[str]] = {}
    for office_id, code in rows:
        found.setdefault(office_id, set()).add(code)
    return found


def capacity_for(requests: Sequence[TrainingRequest]) -> dict[int, Capacity]:
    """How much time able trainers have left in the period of each request, in a fixed number of queries.

    Able is who can teach its subjects in one of its languages. What is past counts as nothing.
    """
    periods = {request.id: period_of(request) for request in requests}
    open_periods = [period for period in periods.values() if period[0] < period[1]]
    trainers = trainer_profiles()
    if not open_periods or not trainers:
        return {request.id: Capacity(len(able_for([request], trainers))) for request in requests}
    first = min(start for start, _end in open_periods)
    last = max(end for _start, end in open_periods)
    free = _free_times(trainers, first, last)
    return {request.id: _capacity_of(request, trainers, free, periods[request.id]) for request in requests}


def period_of(request: TrainingRequest) -> tuple[datetime, datetime]:
    """The instants between which a request wants its training, by its office's days, from now on."""
    zone = ZoneInfo(request.office.zone)
    at = now()
    first = datetime.combine(request.period_from, time(), zone).astimezone(UTC)
    last = datetime.combine(request.period_to + timedelta(days=1), time(), zone).astimezone(UTC)
    return max(first, at), min(last, at + FARTHEST)


def _capacity_of(
    request: TrainingRequest,
    trainers: Sequence[Trainer],
    free: Mapping[int, FreeTime],
    period: tuple[datetime, datetime],
) -> Capacity:
    able = able_for([request], trainers)
    return Capacity(len(able), sum(free[person.id].minutes_between(*period) for person in able))


def able_for(requests: Sequence[TrainingRequest], trainers: Iterable[Trainer]) -> list[Person]:
    """Who can teach all that is asked in these requests, in a language that all of them name where there is one."""
    codes = list(dict.fromkeys(subject.code for request in requests for subject in request.subjects))
    named = [set(request.languages) for request in requests]
    languages = set.intersection(*named) or set.union(*named)
    return [
        person for person, profile in trainers if any(can_teach(profile, codes, language) for language in languages)
    ]


def _free_times(trainers: Sequence[Trainer], first: datetime, last: datetime) -> dict[int, FreeTime]:
    busy = busy_times([person.id for person, _profile in trainers], first, last)
    day_before, day_after = first.date() - timedelta(days=1), last.date() + timedelta(days=1)
    return {
        person.id: FreeTime(
            working_spans(profile, person, day_before, day_after), [each.span for each in busy.get(person.id, ())]
        )
        for person, profile in trainers
    }
