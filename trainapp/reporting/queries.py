"""Reads of the report beside its figures: years, mandates, and what was done in a year."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import extract, select

from trainapp.assistance.models import Advice, CollectionAdded, OcrStep, Statement, SystemUse
from trainapp.catalogue.models import CourseText, Edition, Subject
from trainapp.catalogue.queries import subject_name
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.languages import DEFAULT_LANGUAGE, Text, current_language, in_language
from trainapp.offices.models import Office
from trainapp.reporting.models import YearMandate
from trainapp.reporting.selections import Scope, sessions
from trainapp.requests.models import RequestState, TrainingRequest
from trainapp.scheduling.labels import untitled_label
from trainapp.scheduling.models import (
    Meeting,
    MeetingState,
    SessionKind,
    SessionOffice,
    SessionState,
    SessionSubject,
    TrainingSession,
)

Grouped = dict[int, list[Any]]


def years_with_records() -> list[int]:
    """The years a report has something to say about, the latest first."""
    delivered = select(extract("year", TrainingSession.first_day)).where(
        TrainingSession.state == SessionState.DELIVERED
    )
    received = select(extract("year", TrainingRequest.received_on)).where(TrainingRequest.state != RequestState.DRAFT)
    sources = (
        delivered,
        received,
        select(Statement.year),
        select(Advice.year),
        select(CollectionAdded.year),
        select(extract("year", SystemUse.started)),
        select(extract("year", OcrStep.on_date)),
    )
    first, *others = sources
    years = db.session.execute(first.union(*others)).scalars()
    return sorted({int(year) for year in years}, reverse=True)


def latest_year() -> int:
    """The latest year with records; this year where there are none."""
    return max(years_with_records(), default=today().year)


def mandate_of(year: int) -> YearMandate | None:
    return db.session.get(YearMandate, year)


def session_name(titles: dict[str, str], kind: SessionKind, subjects: Iterable[str]) -> Text:
    """What a report calls a session: its title, or, where the record gives none, its kind and subjects."""
    if any(titles.values()):
        return in_language(titles)
    return Text(untitled_label(kind, subjects), current_language())


def activities_of(year: int) -> list[dict[str, Any]]:
    """The sessions a year's figures count, with their facts and nobody's name; a fixed number of queries."""
    scope = Scope(year)
    counted = sessions(scope).subquery()
    found = db.session.execute(
        select(
            TrainingSession.id,
            TrainingSession.code,
            TrainingSession.kind,
            TrainingSession.titles,
            TrainingSession.course_id,
            TrainingSession.language,
            TrainingSession.mode,
        )
        .join(counted, counted.c.id == TrainingSession.id)
        .order_by(TrainingSession.first_day, TrainingSession.code)
    ).all()
    subjects, offices, days = _subjects_of(counted), _offices_of(counted), _days_of(counted)
    courses = _course_titles()
    return [
        {
            **_facts_of(row, courses.get(row.course_id, {}), [name for _code, _edition, name in subjects[row.id]]),
            "subjects": [{"code": code, "edition": edition} for code, edition, _name in subjects[row.id]],
            "offices": offices[row.id],
            "dates": [day.isoformat() for day in days[row.id]],
        }
        for row in found
    ]


def _facts_of(row: Any, course_titles: dict[str, str], subjects: list[str]) -> dict[str, Any]:
    title = session_name(row.titles if any(row.titles.values()) else course_titles, row.kind, subjects)
    return {
        "code": row.code,
        "kind": row.kind.value,
        "title": title.text,
        "title_language": title.language,
        "language": row.language,
        "mode": row.mode.value,
    }


def _subjects_of(counted: Any) -> Grouped:
    found = db.session.execute(
        select(SessionSubject.session_id, Subject, Edition.name)
        .join(counted, counted.c.id == SessionSubject.session_id)
        .join(Subject, Subject.id == SessionSubject.subject_id)
        .outerjoin(Edition, Edition.id == SessionSubject.edition_id)
        .order_by(Subject.position)
    )
    grouped: Grouped = defaultdict(list)
    for session_id, subject, edition in found:
        grouped[session_id].append((subject.code, edition, subject_name(subject)))
    return grouped


def _offices_of(counted: Any) -> Grouped:
    found = db.session.execute(
        select(SessionOffice.session_id, Office.code, SessionOffice.role, SessionOffice.designation)
        .join(counted, counted.c.id == SessionOffice.session_id)
        .join(Office, Office.id == SessionOffice.office_id)
        .order_by(SessionOffice.id)
    )
    grouped: Grouped = defaultdict(list)
    for session_id, code, role, designation in found:
        grouped[session_id].append({"code": code, "role": role.value, "designation": designation})
    return grouped


def _days_of(counted: Any) -> dict[int, list[date]]:
    found = db.session.execute(
        select(Meeting.session_id, Meeting.on_date)
        .join(counted, counted.c.id == Meeting.session_id)
        .where(Meeting.state == MeetingState.PLANNED)
        .distinct()
        .order_by(Meeting.on_date)
    )
    grouped: dict[int, list[date]] = defaultdict(list)
    for session_id, day in found:
        grouped[session_id].append(day)
    return grouped


def _course_titles() -> dict[int, dict[str, str]]:
    wanted = (current_language(), DEFAULT_LANGUAGE)
    found = db.session.execute(
        select(CourseText.course_id, CourseText.language, CourseText.title).where(CourseText.language.in_(wanted))
    )
    titles: dict[int, dict[str, str]] = defaultdict(dict)
    for course_id, language, title in found:
        titles[course_id][language] = title
    return titles
