"""The coordinators' inbox: every request that was sent, narrowed, ordered and counted."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, SQLColumnExpression, Text, case, cast, func, select
from sqlalchemy.orm import selectinload

from trainapp.accounts.models import Person
from trainapp.catalogue.models import Course, Subject
from trainapp.core.database import db
from trainapp.offices.models import Office
from trainapp.offices.standing import Standing, has_standing
from trainapp.requests.models import RequestEvent, RequestState, Step, TrainingRequest
from trainapp.requests.queries import states_waiting_for
from trainapp.requests.steps import WAITS_FOR, Side
from trainapp.scheduling.models import SessionState, TrainingSession, session_request

PAGE_SIZE = 50
MOVES_NOTHING = (Step.COMMENT, Step.ASSIGN, Step.SAVE_DRAFT)
OPEN_STATES = tuple(state for state in WAITS_FOR if state is not RequestState.DRAFT)


class Assigned(StrEnum):
    """To whom a request is assigned, seen from its reader."""

    ME = "me"
    NOBODY = "nobody"
    SOMEBODY = "somebody"


class Order(StrEnum):
    """The order of the list; closed requests come last where it is about waiting."""

    NEWEST = "newest"
    WAITING = "waiting"
    PERIOD = "period"


@dataclass(frozen=True)
class InboxFilter:
    """What the inbox is narrowed to; None narrows nothing. `language` and `office` are codes, `subject` too."""

    state: RequestState | None = None
    waiting_for: Side | None = None
    assigned: Assigned | None = None
    office: str | None = None
    region: str | None = None
    standing: Standing | None = None
    subject: str | None = None
    language: str | None = None
    received_from: date | None = None
    received_to: date | None = None
    code: str | None = None
    order: Order = Order.NEWEST


@dataclass(frozen=True)
class InboxPage:
    """One page: each request with the time of its last step that moved it; pages count from 1."""

    requests: list[tuple[TrainingRequest, datetime | None]]
    total: int
    number: int
    pages: int


@dataclass(frozen=True)
class Counts:
    """How many open requests wait for each side, and how many are the reader's own or nobody's."""

    for_secretariat: int
    for_offices: int
    mine: int
    nobodys: int


def inbox(reader: Person, wanted: InboxFilter, page: int) -> InboxPage:
    """What was sent and fits, fifty on a page."""
    query = select(TrainingRequest).where(*_conditions(reader, wanted))
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, page), pages)
    last_step = _last_step()
    rows = db.session.execute(
        _with_all_shown(query.add_columns(last_step.label("last_step")))
        .order_by(*_order(wanted.order, last_step))
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    )
    return InboxPage([(request, at) for request, at in rows], total, number, pages)


def inbox_counts(reader: Person) -> Counts:
    rows = db.session.execute(
        select(TrainingRequest.state, TrainingRequest.assigned_to_id, func.count())
        .where(TrainingRequest.state.in_(OPEN_STATES))
        .group_by(TrainingRequest.state, TrainingRequest.assigned_to_id)
    ).all()
    return Counts(
        for_secretariat=sum(count for state, _who, count in rows if WAITS_FOR[state] is Side.SECRETARIAT),
        for_offices=sum(count for state, _who, count in rows if WAITS_FOR[state] is Side.OFFICE),
        mine=sum(count for _state, who, count in rows if who == reader.id),
        nobodys=sum(count for _state, who, count in rows if who is None),
    )


def planned_sessions(request_ids: Collection[int]) -> dict[int, list[TrainingSession]]:
    """The sessions that answer each request, without those that were cancelled, in the order of their days."""
    rows = db.session.execute(
        select(session_request.c.request_id, TrainingSession)
        .join(TrainingSession, TrainingSession.id == session_request.c.session_id)
        .where(session_request.c.request_id.in_(request_ids), TrainingSession.state != SessionState.CANCELLED)
        .order_by(TrainingSession.first_day, TrainingSession.code)
    )
    found: dict[int, list[TrainingSession]] = {}
    for request_id, session in rows:
        found.setdefault(request_id, []).append(session)
    return found


def _conditions(reader: Person, wanted: InboxFilter) -> list[ColumnElement[bool]]:
    return [
        TrainingRequest.state != RequestState.DRAFT,
        *_where_it_stands(reader, wanted),
        *_who_asks(wanted),
        *_what_is_asked(wanted),
    ]


def _where_it_stands(reader: Person, wanted: InboxFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        found.append(TrainingRequest.state == wanted.state)
    if wanted.waiting_for is not None:
        found.append(TrainingRequest.state.in_(states_waiting_for(wanted.waiting_for)))
    if wanted.assigned is not None:
        found.append(_assigned(reader, wanted.assigned))
    return found


def _assigned(reader: Person, assigned: Assigned) -> ColumnElement[bool]:
    if assigned is Assigned.ME:
        return TrainingRequest.assigned_to_id == reader.id
    is_nobodys = TrainingRequest.assigned_to_id.is_(None)
    return is_nobodys if assigned is Assigned.NOBODY else ~is_nobodys


def _who_asks(wanted: InboxFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.office is not None:
        found.append(TrainingRequest.office.has(Office.code == wanted.office))
    if wanted.region is not None:
        found.append(TrainingRequest.office.has(Office.region == wanted.region))
    if wanted.standing is not None:
        found.append(TrainingRequest.office.has(has_standing(wanted.standing, TrainingRequest.received_on)))
    return found


def _what_is_asked(wanted: InboxFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.subject is not None:
        found.append(TrainingRequest.subjects.any(Subject.code == wanted.subject))
    if wanted.language is not None:
        # A list of codes is kept as JSON, and a code stands in it in quotes: both databases can look for that.
        found.append(cast(TrainingRequest.languages, Text).contains(f'"{wanted.language}"', autoescape=True))
    if wanted.received_from is not None:
        found.append(TrainingRequest.received_on >= wanted.received_from)
    if wanted.received_to is not None:
        found.append(TrainingRequest.received_on <= wanted.received_to)
    if wanted.code is not None:
        found.append(TrainingRequest.code.icontains(wanted.code, autoescape=True))
    return found


def _last_step() -> ScalarSelect[datetime]:
    """When a request was last moved; words and assignments move nothing."""
    return (
        select(func.max(RequestEvent.at))
        .where(RequestEvent.request_id == TrainingRequest.id, RequestEvent.step.not_in(MOVES_NOTHING))
        .correlate(TrainingRequest)
        .scalar_subquery()
    )


def _order(order: Order, last_step: ScalarSelect[datetime]) -> tuple[SQLColumnExpression[Any], ...]:
    newest_first = (TrainingRequest.received_on.desc(), TrainingRequest.id.desc())
    if order is Order.NEWEST:
        return newest_first
    closed_last = case((TrainingRequest.state.in_(OPEN_STATES), 0), else_=1)
    if order is Order.WAITING:
        return (closed_last, func.coalesce(last_step, TrainingRequest.created_at), TrainingRequest.id)
    return (closed_last, TrainingRequest.period_from, TrainingRequest.id)


def _with_all_shown(query: Select[Any]) -> Select[Any]:
    return query.options(
        selectinload(TrainingRequest.office).selectinload(Office.ldc_periods),
        selectinload(TrainingRequest.subjects),
        selectinload(TrainingRequest.course).selectinload(Course.texts),
        selectinload(TrainingRequest.assigned_to),
    )
