"""Reads about one office, over the rooms below: what it asked for, had and has before it. Each in a fixed number."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, case, extract, func, or_, select

from trainapp.accounts.models import Person, RoleGrant
from trainapp.accounts.queries import may, may_edit_office
from trainapp.attendance.models import Attendance, AttendanceStatus
from trainapp.core.access import Permission, Role
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.errors import NotFound
from trainapp.offices.models import Office, OfficeContact
from trainapp.offices.queries import office_by_code
from trainapp.registrations.models import Registration, RegistrationState
from trainapp.requests.models import RequestState, TrainingRequest
from trainapp.requests.steps import WAITS_FOR
from trainapp.scheduling.models import SessionOffice, SessionState, TrainingSession
from trainapp.scheduling.queries import Page, listed_session, page_of

CAME = (AttendanceStatus.PRESENT, AttendanceStatus.PARTIAL)
CODE_LIMIT = 8
MOST_SESSIONS = 20
Rows = Select[*tuple[Any, ...]]
OPEN_STATES = tuple(state for state in WAITS_FOR if state is not RequestState.DRAFT)


@dataclass(frozen=True)
class YearOfPeople:
    """The people of an office in the sessions delivered in a year, each once.

    `came` is how many of them were there; None where nobody was marked.
    """

    year: int
    sessions: int
    registered: int
    came: int | None


@dataclass(frozen=True)
class OfficeFigures:
    """What a list says of an office. `last_day` is that of its latest training."""

    open_requests: int = 0
    trainings: int = 0
    last_day: date | None = None
    focal_points: int = 0


def office_for(person: Person, code: str) -> Office:
    """An office whose page a person may see: their own, or any for coordinators.

    Raises `NotFound` for any other, whether it exists or not.
    """
    office = office_by_code(code) if len(code) <= CODE_LIMIT else None
    if office is None or not may_edit_office(person, office.id):
        raise NotFound()
    return office


def trainings_of(office: Office, page: int) -> Page:
    """The sessions delivered in which the office asked, hosted or benefited, the latest first."""
    query = _with_part(office.id).where(TrainingSession.state == SessionState.DELIVERED)
    return page_of(query.order_by(TrainingSession.last_day.desc(), TrainingSession.code), page)


def sessions_to_come_of(office: Office, person: Person) -> list[TrainingSession]:
    """The next sessions with the office that are not over yet; coordinators see drafts too."""
    states = [SessionState.PUBLISHED]
    if may(person, Permission.COORDINATE):
        states.append(SessionState.DRAFT)
    query = _with_part(office.id).where(TrainingSession.state.in_(states), TrainingSession.last_day >= today())
    ordered = query.order_by(TrainingSession.first_day, TrainingSession.code).limit(MOST_SESSIONS)
    return list(db.session.scalars(ordered.options(*listed_session())))


def _with_part(office_id: int) -> Select[TrainingSession]:
    return select(TrainingSession).where(TrainingSession.offices.any(SessionOffice.office_id == office_id))


def people_by_year(office: Office) -> list[YearOfPeople]:
    """The people of an office in delivered sessions, by the year in which those began, the latest first."""
    year = extract("year", TrainingSession.first_day)
    person = Registration.person_id
    with_seat = (
        select(year, func.count(Registration.session_id.distinct()), func.count(person.distinct()))
        .join(Registration.session)
        .where(Registration.state == RegistrationState.CONFIRMED, *_delivered_to(office))
        .group_by(year)
    )
    there = (
        select(year, func.count(case((Attendance.status.in_(CAME), person)).distinct()))
        .join(Registration.session)
        .join(Attendance, Attendance.registration_id == Registration.id)
        .where(*_delivered_to(office))
        .group_by(year)
    )
    registered = {int(number): (sessions, people) for number, sessions, people in db.session.execute(with_seat)}
    came = {int(number): people for number, people in db.session.execute(there)}
    years = sorted({*registered, *came}, reverse=True)
    return [YearOfPeople(number, *registered.get(number, (0, 0)), came.get(number)) for number in years]


def _delivered_to(office: Office) -> tuple[ColumnElement[bool], ...]:
    return Registration.office_id == office.id, TrainingSession.state == SessionState.DELIVERED


def number_of_contacts(office: Office) -> int:
    return db.session.scalar(select(func.count()).where(OfficeContact.office_id == office.id)) or 0


def offices_trained() -> frozenset[int]:
    """The ids of the offices that had a training."""
    query = (
        select(SessionOffice.office_id)
        .join(SessionOffice.session)
        .where(TrainingSession.state == SessionState.DELIVERED)
        .distinct()
    )
    return frozenset(db.session.scalars(query))


def figures_of(office_ids: Collection[int]) -> dict[int, OfficeFigures]:
    """What a list says of each of these offices."""
    waiting = _counted(
        select(TrainingRequest.office_id, func.count())
        .where(TrainingRequest.office_id.in_(office_ids), TrainingRequest.state.in_(OPEN_STATES))
        .group_by(TrainingRequest.office_id)
    )
    focal_points = _counted(
        select(RoleGrant.office_id, func.count(RoleGrant.person_id.distinct()))
        .join(RoleGrant.person)
        .where(RoleGrant.office_id.in_(office_ids), *_focal_points_today())
        .group_by(RoleGrant.office_id)
    )
    trainings = _trainings(office_ids)
    return {
        office_id: OfficeFigures(
            open_requests=waiting.get(office_id, 0),
            trainings=trainings[office_id][0] if office_id in trainings else 0,
            last_day=trainings[office_id][1] if office_id in trainings else None,
            focal_points=focal_points.get(office_id, 0),
        )
        for office_id in office_ids
    }


def _trainings(office_ids: Collection[int]) -> dict[int, tuple[int, date]]:
    """How many sessions each office had, and the last day of its latest; offices without one are left out."""
    rows = db.session.execute(
        select(
            SessionOffice.office_id,
            func.count(SessionOffice.session_id.distinct()),
            func.max(TrainingSession.last_day),
        )
        .join(SessionOffice.session)
        .where(SessionOffice.office_id.in_(office_ids), TrainingSession.state == SessionState.DELIVERED)
        .group_by(SessionOffice.office_id)
    )
    return {office_id: (count, last_day) for office_id, count, last_day in rows}


def _counted(query: Rows) -> dict[int, int]:
    return {row[0]: row[1] for row in db.session.execute(query)}


def _focal_points_today() -> tuple[ColumnElement[bool], ...]:
    """Roles in force of people who are still here; join `RoleGrant.person`."""
    return (
        RoleGrant.role == Role.FOCAL_POINT,
        Person.erased_at.is_(None),
        RoleGrant.valid_from <= today(),
        or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to >= today()),
    )
