"""What waits for those who coordinate: reads over the rooms below, in a fixed number of queries."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, case, exists, func, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from trainapp.accounts.models import ClaimState, FocalPointClaim, Person
from trainapp.catalogue.models import Course
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.requests.models import TrainingRequest
from trainapp.requests.queries import states_waiting_for
from trainapp.requests.steps import Side
from trainapp.scheduling.clashes import TWELVE_MONTHS
from trainapp.scheduling.models import (
    Meeting,
    MeetingState,
    SessionState,
    SessionSubject,
    SessionTrainer,
    TeachingState,
    TrainingSession,
)

LONG_WAIT = timedelta(days=10)
"""A request that waits longer than this for the secretariat is late."""

PLANNED = (SessionState.DRAFT, SessionState.PUBLISHED)
UNSETTLED = (TeachingState.DECLINED, TeachingState.ASKED)


@dataclass(frozen=True)
class WaitingRequests:
    """How many requests wait for the secretariat: in all, assigned to the reader or to nobody, and for too long."""

    total: int
    mine: int
    nobodys: int
    late: int


def last_day_of_late() -> date:
    """Requests received up to this day have waited too long."""
    return today() - LONG_WAIT - timedelta(days=1)


def waiting_requests(reader: Person) -> WaitingRequests:
    is_mine = TrainingRequest.assigned_to_id == reader.id
    is_late = TrainingRequest.received_on <= last_day_of_late()
    row = db.session.execute(
        select(
            func.count(),
            func.count(case((is_mine, 1))),
            func.count(case((TrainingRequest.assigned_to_id.is_(None), 1))),
            func.count(case((is_late, 1))),
        ).where(TrainingRequest.state.in_(states_waiting_for(Side.SECRETARIAT)))
    ).one()
    return WaitingRequests(*row)


def first_waiting(reader: Person, most: int) -> list[TrainingRequest]:
    """The requests to look at first: the reader's own, then nobody's, then the others; who waits longest first."""
    whose = case(
        (TrainingRequest.assigned_to_id == reader.id, 0), (TrainingRequest.assigned_to_id.is_(None), 1), else_=2
    )
    query = (
        select(TrainingRequest)
        .where(TrainingRequest.state.in_(states_waiting_for(Side.SECRETARIAT)))
        .options(
            selectinload(TrainingRequest.office),
            selectinload(TrainingRequest.subjects),
            selectinload(TrainingRequest.assigned_to),
            selectinload(TrainingRequest.course).selectinload(Course.texts),
        )
        .order_by(whose, TrainingRequest.received_on, TrainingRequest.id)
        .limit(most)
    )
    return list(db.session.scalars(query))


def claims_waiting() -> int:
    """How many people who ask to speak for an office wait for a decision."""
    return db.session.scalar(select(func.count()).where(FocalPointClaim.state == ClaimState.CONFIRMED)) or 0


def double_booked_sessions(at: datetime) -> int:
    """How many sessions of the next twelve months have a trainer who teaches elsewhere at the same time."""
    other, elsewhere, there = aliased(Meeting), aliased(SessionTrainer), aliased(TrainingSession)
    taken = exists().where(
        elsewhere.person_id == SessionTrainer.person_id,
        elsewhere.session_id != SessionTrainer.session_id,
        elsewhere.state != TeachingState.DECLINED,
        there.id == elsewhere.session_id,
        there.state != SessionState.CANCELLED,
        other.session_id == elsewhere.session_id,
        other.state == MeetingState.PLANNED,
        other.starts_at < Meeting.ends_at,
        other.ends_at > Meeting.starts_at,
    )
    query = (
        select(func.count(Meeting.session_id.distinct()))
        .join(TrainingSession, TrainingSession.id == Meeting.session_id)
        .join(SessionTrainer, SessionTrainer.session_id == Meeting.session_id)
        .where(
            TrainingSession.state.in_(PLANNED),
            SessionTrainer.state != TeachingState.DECLINED,
            Meeting.state == MeetingState.PLANNED,
            Meeting.ends_at > at,
            Meeting.starts_at < at + TWELVE_MONTHS,
            taken,
        )
    )
    return db.session.scalar(query) or 0


def unsettled_teaching(most: int) -> tuple[list[SessionTrainer], int]:
    """Trainers of sessions to come who declined or have not answered, and how many; who declined comes first."""
    unsettled = and_(
        SessionTrainer.state.in_(UNSETTLED),
        TrainingSession.state.in_(PLANNED),
        TrainingSession.last_day >= today(),
    )
    joined = TrainingSession.id == SessionTrainer.session_id
    total = db.session.scalar(
        select(func.count()).select_from(SessionTrainer).join(TrainingSession, joined).where(unsettled)
    )
    session = joinedload(SessionTrainer.session)
    rows = db.session.scalars(
        select(SessionTrainer)
        .join(TrainingSession, joined)
        .where(unsettled)
        .options(
            joinedload(SessionTrainer.person),
            session.joinedload(TrainingSession.course).selectinload(Course.texts),
            session.selectinload(TrainingSession.subjects).joinedload(SessionSubject.subject),
            session.selectinload(TrainingSession.meetings),
        )
        .order_by(
            case((SessionTrainer.state == TeachingState.DECLINED, 0), else_=1),
            TrainingSession.first_day,
            TrainingSession.code,
            SessionTrainer.person_id,
        )
        .limit(most)
    )
    return list(rows), total or 0
