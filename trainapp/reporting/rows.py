"""The rows behind a figure, as a table to read: the very selection the figure counts, a page at a time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from trainapp.accounts.models import Person
from trainapp.assistance.models import Advice, CollectionAdded, FundedParticipation
from trainapp.assistance.queries import database_name, first_of_month
from trainapp.attendance.models import Attendance
from trainapp.catalogue.queries import subject_name
from trainapp.core.database import db
from trainapp.core.languages import Text, _, language_name, ngettext
from trainapp.core.timefmt import days, listed, month, number, short_day
from trainapp.offices.models import Office
from trainapp.offices.queries import office_name
from trainapp.registrations.models import Registration
from trainapp.reporting.definitions import MINUTES_PER_HOUR, Figure, RowKind
from trainapp.reporting.queries import session_name
from trainapp.reporting.selections import Rows, Scope
from trainapp.requests.labels import state_label
from trainapp.requests.models import TrainingRequest
from trainapp.scheduling.models import Meeting, TrainingSession
from trainapp.scheduling.queries import listed_session, office_names, planned_meetings, subject_names

PAGE_SIZE = 100

PERSONAL = frozenset({RowKind.REGISTRATION, RowKind.ATTENDANCE, RowKind.PERSON, RowKind.REQUEST})
"""Kinds of rows that name people, or what an office asked for: for coordinators alone."""


@dataclass(frozen=True)
class Cell:
    """One cell: a text, where it leads, and the language it is in where that may not be the page's."""

    text: str
    endpoint: str = ""
    arguments: dict[str, str] = field(default_factory=dict)
    language: str = ""


@dataclass(frozen=True)
class Header:
    text: str
    kind: str = ""


@dataclass(frozen=True)
class RowsPage:
    """A page of rows. `total` is the number of all rows; `per_session` says that rows were gathered by session."""

    headers: list[Header]
    rows: list[list[Cell]]
    total: int
    number: int
    pages: int
    hidden: bool = False
    per_session: bool = False


def rows_of(figure: Figure, year: int, page: int, may_see_people: bool) -> RowsPage:
    """The rows of a figure. Who may not see people gets them gathered by session, or only their number."""
    selected = _selected(figure, Scope(year))
    kind = figure.definition.kind
    total = db.session.scalar(select(func.count()).select_from(selected)) or 0
    if kind in PERSONAL and not may_see_people:
        if kind in (RowKind.REGISTRATION, RowKind.ATTENDANCE):
            return _by_session(selected, kind, total, page)
        return RowsPage([], [], total, 1, 1, hidden=True)
    headers, query, cells = TABLES[kind](selected)
    place, pages = _place(page, total)
    found = db.session.execute(query.limit(PAGE_SIZE).offset((place - 1) * PAGE_SIZE)).unique().all()
    return RowsPage(headers, [cells(row) for row in found], total, place, pages)


def _selected(figure: Figure, scope: Scope) -> Any:
    rows = figure.definition.rows(scope)
    if figure.member is None:
        return rows.subquery()
    every = rows.subquery()
    return select(every).where(every.c.member == figure.member).subquery()


def _place(page: int, total: int) -> tuple[int, int]:
    pages = max(1, -(-total // PAGE_SIZE))
    return min(max(1, page), pages), pages


Table = tuple[list[Header], Rows, Callable[[Any], list[Cell]]]


def _sessions(selected: Any) -> Table:
    query = (
        select(TrainingSession)
        .join(selected, selected.c.id == TrainingSession.id)
        .options(*listed_session())
        .order_by(TrainingSession.first_day, TrainingSession.code)
    )
    headers = [Header(_("Session")), Header(_("Code")), Header(_("Offices")), Header(_("Days"))]

    def cells(row: Any) -> list[Cell]:
        session: TrainingSession = row[0]
        dates = [meeting.on_date for meeting in planned_meetings(session)]
        return [
            session_cell(session),
            Cell(session.code),
            Cell(listed(office_names(session))),
            Cell(days(dates) if dates else ""),
        ]

    return headers, query, cells


def title_of(session: TrainingSession) -> Text:
    """What a report calls a session."""
    titles = session.titles
    if not any(titles.values()) and session.course is not None:
        titles = session.course.titles
    return session_name(titles, session.kind, subject_names(session))


def session_cell(session: TrainingSession) -> Cell:
    title = title_of(session)
    return Cell(title.text, "scheduling.session", {"code": session.code}, title.language)


def _meetings(selected: Any) -> Table:
    query = select(Meeting.on_date, TrainingSession).join(selected, selected.c.id == Meeting.id).join(TrainingSession)
    return _dated(query.order_by(Meeting.on_date, Meeting.id))


def _days(selected: Any) -> Table:
    query = select(selected.c.day, TrainingSession).join(selected, selected.c.id == TrainingSession.id)
    return _dated(query.order_by(selected.c.day, TrainingSession.code))


def _dated(query: Rows) -> Table:
    headers = [Header(_("Session")), Header(_("Code")), Header(_("Day"))]

    def cells(row: Any) -> list[Cell]:
        return [session_cell(row[1]), Cell(row[1].code), Cell(short_day(row[0]))]

    return headers, query.options(*listed_session()), cells


def _languages(selected: Any) -> Table:
    def cells(row: Any) -> list[Cell]:
        return [Cell(language_name(row[0]))]

    return [Header(_("Language"))], select(selected.c.id).order_by(selected.c.id), cells


def _offices(selected: Any) -> Table:
    query = select(Office).join(selected, selected.c.id == Office.id).order_by(Office.code)

    def cells(row: Any) -> list[Cell]:
        return [Cell(office_name(row[0])), Cell(row[0].code)]

    return [Header(_("Office")), Header(_("Code"))], query, cells


def _session_of(attribute: Any) -> Any:
    """Loads what a row shows of its session."""
    options: Any = listed_session()
    return joinedload(attribute).options(*options)


def _registrations(selected: Any) -> Table:
    query = (
        select(Registration)
        .join(selected, selected.c.id == Registration.id)
        .options(joinedload(Registration.office), _session_of(Registration.session))
        .order_by(Registration.session_id, Registration.place)
    )
    headers = [Header(_("Name")), Header(_("Office")), Header(_("Session")), Header(_("Language"))]

    def cells(row: Any) -> list[Cell]:
        registration: Registration = row[0]
        return [
            Cell(registration.name),
            _office_cell(registration.office),
            session_cell(registration.session),
            Cell(language_name(registration.language)),
        ]

    return headers, query, cells


def _office_cell(office: Office | None) -> Cell:
    return Cell(office_name(office) if office is not None else "")


def _attendances(selected: Any) -> Table:
    query = (
        select(Attendance)
        .join(selected, selected.c.id == Attendance.id)
        .options(
            joinedload(Attendance.registration).options(_session_of(Registration.session)),
            joinedload(Attendance.meeting),
        )
        .order_by(Attendance.meeting_id, Attendance.registration_id)
    )
    headers = [Header(_("Name")), Header(_("Session")), Header(_("Day")), Header(_("Minutes"), "num")]

    def cells(row: Any) -> list[Cell]:
        attendance: Attendance = row[0]
        return [
            Cell(attendance.registration.name),
            session_cell(attendance.registration.session),
            Cell(short_day(attendance.meeting.on_date)),
            Cell(number(attendance.minutes)),
        ]

    return headers, query, cells


def _people(selected: Any) -> Table:
    query = (
        select(Person)
        .join(selected, selected.c.id == Person.id)
        .options(joinedload(Person.office))
        .order_by(Person.name, Person.id)
    )

    def cells(row: Any) -> list[Cell]:
        return [Cell(row[0].name), _office_cell(row[0].office)]

    return [Header(_("Name")), Header(_("Office"))], query, cells


def _requests(selected: Any) -> Table:
    query = (
        select(TrainingRequest)
        .join(selected, selected.c.id == TrainingRequest.id)
        .options(joinedload(TrainingRequest.office))
        .order_by(TrainingRequest.received_on, TrainingRequest.code)
    )
    headers = [Header(_("Request")), Header(_("Office")), Header(_("State")), Header(_("Received on"))]

    def cells(row: Any) -> list[Cell]:
        request: TrainingRequest = row[0]
        return [
            Cell(request.code, "requests.request", {"public_id": request.public_id}),
            Cell(office_name(request.office)),
            Cell(state_label(request.state)),
            Cell(short_day(request.received_on)),
        ]

    return headers, query, cells


def _advice(selected: Any) -> Table:
    query = (
        select(Advice)
        .join(selected, selected.c.id == Advice.id)
        .options(joinedload(Advice.subject), joinedload(Advice.office))
        .order_by(Advice.id)
    )
    headers = [Header(_("Subject")), Header(_("Office")), Header(_("Outcome"))]

    def cells(row: Any) -> list[Cell]:
        advice: Advice = row[0]
        return [
            Cell(subject_name(advice.subject)),
            _office_cell(advice.office),
            Cell(advice.outcome, language="en"),
        ]

    return headers, query, cells


def _funding(selected: Any) -> Table:
    query = (
        select(FundedParticipation)
        .join(selected, selected.c.id == FundedParticipation.id)
        .options(joinedload(FundedParticipation.office), joinedload(FundedParticipation.meeting))
        .order_by(FundedParticipation.id)
    )
    headers = [Header(_("Office")), Header(_("Meeting")), Header(_("Held")), Header(_("People"), "num")]

    def cells(row: Any) -> list[Cell]:
        funding: FundedParticipation = row[0]
        return [
            Cell(office_name(funding.office)),
            Cell(f"{funding.meeting.committee}/{funding.meeting.number}"),
            Cell(month(first_of_month(funding.meeting.held))),
            Cell(number(funding.people)),
        ]

    return headers, query, cells


def _collections(selected: Any) -> Table:
    query = (
        select(CollectionAdded)
        .join(selected, selected.c.id == CollectionAdded.id)
        .options(selectinload(CollectionAdded.office))
        .order_by(CollectionAdded.id)
    )

    def cells(row: Any) -> list[Cell]:
        collection: CollectionAdded = row[0]
        return [
            Cell(office_name(collection.office)),
            Cell(database_name(collection.database)),
        ]

    return [Header(_("Office")), Header(_("Database"))], query, cells


TABLES: dict[RowKind, Callable[[Any], Table]] = {
    RowKind.SESSION: _sessions,
    RowKind.MEETING: _meetings,
    RowKind.DAY: _days,
    RowKind.LANGUAGE: _languages,
    RowKind.OFFICE: _offices,
    RowKind.REGISTRATION: _registrations,
    RowKind.ATTENDANCE: _attendances,
    RowKind.PERSON: _people,
    RowKind.REQUEST: _requests,
    RowKind.ADVICE: _advice,
    RowKind.FUNDING: _funding,
    RowKind.COLLECTION: _collections,
}


def _by_session(selected: Any, kind: RowKind, total: int, page: int) -> RowsPage:
    """Counts by session, for readers who may not see people: their sum is the number of rows."""
    minutes = func.sum(selected.c.amount) if kind is RowKind.ATTENDANCE else func.count()
    gathered = (
        select(selected.c.session_id, func.count().label("count"), minutes.label("minutes"))
        .group_by(selected.c.session_id)
        .subquery()
    )
    sessions = db.session.scalar(select(func.count()).select_from(gathered)) or 0
    place, pages = _place(page, sessions)
    found = db.session.execute(
        select(TrainingSession, gathered.c.count, gathered.c.minutes)
        .join(gathered, gathered.c.session_id == TrainingSession.id)
        .options(*listed_session())
        .order_by(TrainingSession.first_day, TrainingSession.code)
        .limit(PAGE_SIZE)
        .offset((place - 1) * PAGE_SIZE)
    ).unique()
    headers = [Header(_("Session")), Header(_("Code"))]
    if kind is RowKind.ATTENDANCE:
        headers += [Header(_("Attendances"), "num"), Header(_("Minutes"), "num")]
    else:
        headers += [Header(_("Registrations"), "num")]
    rows = [
        [session_cell(session), Cell(session.code), Cell(number(count)), Cell(number(int(minutes)))][: len(headers)]
        for session, count, minutes in found
    ]
    return RowsPage(headers, rows, total, place, pages, per_session=True)


def sum_text(figure: Figure, value: float, total: int) -> str:
    """One sentence on how the rows give the figure."""
    if figure.definition.divisor == MINUTES_PER_HOUR:
        return _("The minutes of all rows, divided by 60, give %(value)s.", value=number(value))
    if figure.definition.sums:
        return _("The people of all rows together are %(value)s.", value=number(value))
    return ngettext("The figure counts %(num)s row.", "The figure counts %(num)s rows.", total)
