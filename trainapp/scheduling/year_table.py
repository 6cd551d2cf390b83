"""A year of the programme as its page shows it: subjects by quarters, and how many sessions each language has."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter

from trainapp.catalogue.models import Subject
from trainapp.catalogue.queries import subject_name
from trainapp.core.languages import LANGUAGES, Text, _, language_name
from trainapp.core.timefmt import month, month_days, month_name
from trainapp.scheduling.calendar_grid import Days
from trainapp.scheduling.models import Meeting, TrainingSession
from trainapp.scheduling.month_calendar import is_cancelled
from trainapp.scheduling.queries import session_title

QUARTERS = ((1, 2, 3), (4, 5, 6), (7, 8, 9), (10, 11, 12))
"""The months of each quarter. Twelve columns would have no room for a language's name."""


@dataclass(frozen=True)
class YearEntry:
    """A session in one quarter: its days there, and the name of its language."""

    code: str
    title: Text
    days: str
    language: str
    is_cancelled: bool


@dataclass(frozen=True)
class MonthName:
    """A month, short for the eye and whole for the ear."""

    number: int
    short: str
    whole: str


@dataclass(frozen=True)
class SubjectRow:
    """The sessions on a subject by quarter; `subject` is its code, None for sessions without one.

    `total` counts sessions once, and none that were cancelled.
    """

    subject: str | None
    name: str
    quarters: list[list[YearEntry]]
    total: int


@dataclass(frozen=True)
class LanguageCount:
    """How many sessions are held in a language; None where the record does not say."""

    language: str | None
    name: str
    total: int


@dataclass(frozen=True)
class YearView:
    quarters: list[list[MonthName]]
    rows: list[SubjectRow]
    languages: list[LanguageCount]
    total: int
    is_empty: bool


def year_view(days: Days, meetings: Sequence[Meeting], only_subject: str | None = None) -> YearView:
    """The year of `days`, in the language being spoken; with a subject chosen, the row of that subject alone."""
    sessions = _sessions(meetings)
    subjects = sorted({entry.subject for session in sessions for entry in session.subjects}, key=attrgetter("position"))
    rows = [
        _row(subject, days, [meeting for meeting in meetings if _is_on(meeting.session, subject)])
        for subject in subjects
        if only_subject in (None, subject.code)
    ]
    without = [meeting for meeting in meetings if not meeting.session.subjects]
    if without:
        rows.append(_row(None, days, without))
    return YearView(
        quarters=[[_month(days.first.year, number) for number in months] for months in QUARTERS],
        rows=rows,
        languages=_languages(meetings),
        total=_held(meetings),
        is_empty=not meetings,
    )


def _month(year: int, number: int) -> MonthName:
    first = date(year, number, 1)
    return MonthName(number, month_name(first), month(first))


def _sessions(meetings: Iterable[Meeting]) -> list[TrainingSession]:
    return list({meeting.session_id: meeting.session for meeting in meetings}.values())


def _is_on(session: TrainingSession, subject: Subject) -> bool:
    return any(entry.subject_id == subject.id for entry in session.subjects)


def _row(subject: Subject | None, days: Days, meetings: Sequence[Meeting]) -> SubjectRow:
    return SubjectRow(
        subject=subject.code if subject else None,
        name=subject_name(subject) if subject else _("Without a subject"),
        quarters=[_entries(days, meetings, months) for months in QUARTERS],
        total=_held(meetings),
    )


def _entries(days: Days, meetings: Iterable[Meeting], months: Sequence[int]) -> list[YearEntry]:
    """The sessions of some months. One that goes on without some of its meetings shows those that are left."""
    by_session: dict[int, list[Meeting]] = {}
    for meeting in meetings:
        if days.day_of(meeting.starts_at, meeting.on_date).month in months:
            by_session.setdefault(meeting.session_id, []).append(meeting)
    return [_entry(days, found) for found in by_session.values()]


def _entry(days: Days, meetings: Sequence[Meeting]) -> YearEntry:
    held = [meeting for meeting in meetings if not is_cancelled(meeting)]
    session = meetings[0].session
    return YearEntry(
        code=session.code,
        title=session_title(session),
        days=month_days([days.day_of(meeting.starts_at, meeting.on_date) for meeting in held or meetings]),
        language=language_name(session.language) if session.language else "",
        is_cancelled=not held,
    )


def _held(meetings: Iterable[Meeting]) -> int:
    """How many sessions are held or planned: those cancelled are not counted."""
    return len({meeting.session_id for meeting in meetings if not is_cancelled(meeting)})


def _languages(meetings: Sequence[Meeting]) -> list[LanguageCount]:
    """Languages with a session, in the order of the PCT publication languages; those not on record come last."""
    names = {code: language_name(code) for code in LANGUAGES}
    counts = [
        LanguageCount(code, name, _held(meeting for meeting in meetings if meeting.session.language == code))
        for code, name in [*names.items(), (None, _("Not on record"))]
    ]
    return [count for count in counts if count.total]
