"""A month of the programme as its page shows it: weeks of days, and the sessions of each day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from trainapp.core.languages import Text, current_language, language_name
from trainapp.core.timefmt import day, hours, month, weekday_name, zone_label
from trainapp.scheduling.calendar_grid import Days, by_day, first_weekday, weekdays_from, weeks_of
from trainapp.scheduling.models import Meeting, MeetingState, SessionState
from trainapp.scheduling.queries import session_title, subject_names


@dataclass(frozen=True)
class Entry:
    """A session on one day: `hours` in the reader's zone, empty where the record has none; `language` by its name."""

    code: str
    title: Text
    hours: str
    language: str
    subjects: list[str]
    is_cancelled: bool


@dataclass(frozen=True)
class DayCell:
    on: date
    name: str
    is_today: bool
    entries: list[Entry]


@dataclass(frozen=True)
class ClockChange:
    """The clocks of the reader's zone change in the month, on this day; from then on it is called so."""

    day: str
    zone: str


@dataclass(frozen=True)
class MonthView:
    """`weeks` hold a cell per day, None for days of other months; `zone` is what times are given in at first."""

    label: str
    weekdays: list[str]
    weeks: list[list[DayCell | None]]
    zone: str
    change: ClockChange | None
    is_empty: bool


def month_view(days: Days, meetings: Sequence[Meeting], today: date) -> MonthView:
    """The month of `days`, in the language being spoken."""
    found = by_day(meetings, lambda meeting: days.day_of(meeting.starts_at, meeting.on_date))
    first = first_weekday(current_language(), days.zone)
    return MonthView(
        label=month(days.first),
        weekdays=[weekday_name(weekday) for weekday in weekdays_from(first)],
        weeks=[
            [None if on is None else _cell(on, found.get(on, ()), days.zone, today) for on in week]
            for week in weeks_of(days.first, first)
        ],
        zone=zone_label(days.zone, days.starts_at),
        change=_clock_change(days),
        is_empty=not meetings,
    )


def _cell(on: date, meetings: Iterable[Meeting], zone: str, today: date) -> DayCell:
    return DayCell(on, day(on), on == today, [entry_of(meeting, zone) for meeting in meetings])


def entry_of(meeting: Meeting, zone: str) -> Entry:
    session = meeting.session
    return Entry(
        code=session.code,
        title=session_title(session),
        hours=hours(meeting.starts_at, meeting.ends_at, zone) if meeting.starts_at and meeting.ends_at else "",
        language=language_name(session.language) if session.language else "",
        subjects=subject_names(session),
        is_cancelled=is_cancelled(meeting),
    )


def is_cancelled(meeting: Meeting) -> bool:
    return meeting.state is MeetingState.CANCELLED or meeting.session.state is SessionState.CANCELLED


def _clock_change(days: Days) -> ClockChange | None:
    """The day in the month on which the zone gets another offset."""
    before = zone_label(days.zone, days.starts_at)
    for number in range((days.last - days.first).days + 1):
        on = days.first + timedelta(days=number)
        after = zone_label(days.zone, Days(on, on, days.zone).ends_at)
        if after != before:
            return ClockChange(day(on), after)
    return None
