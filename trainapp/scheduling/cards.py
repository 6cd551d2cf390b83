"""What a list shows of a session: its card in the programme, in the reader's language and zone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from babel.dates import format_date

from trainapp.core.languages import Text, current_language, language_name, locale_of, ngettext
from trainapp.core.timefmt import TimeLine, days, month, time_lines
from trainapp.requests.labels import mode_label
from trainapp.scheduling.labels import TONES, kind_label, session_state_label
from trainapp.scheduling.models import Meeting, TrainingSession
from trainapp.scheduling.queries import (
    next_meeting,
    office_names,
    planned_meetings,
    session_title,
    subject_names,
)

Tag = tuple[str, str]


@dataclass(frozen=True)
class DateBlock:
    """A day for the eye: `30`, `Nov`, `Mon`."""

    day: str
    month: str
    weekday: str


@dataclass(frozen=True)
class Card:
    """One session in a list, by its next meeting; `local_day` is that meeting's day in the reader's zone."""

    code: str
    title: Text
    local_day: date
    block: DateBlock
    lines: list[TimeLine]
    tags: list[Tag]
    note: str | None


@dataclass(frozen=True)
class Month:
    label: str
    cards: list[Card]


@dataclass(frozen=True)
class PastRow:
    """A delivered session in the record of a year."""

    code: str
    title: Text
    days: str
    offices: list[str]
    language: str
    kind: str


@dataclass(frozen=True)
class PlannedRow:
    """A session in the coordinators' list."""

    code: str
    title: Text
    days: str
    offices: list[str]
    language: str
    state: Tag


def months_of(sessions: Iterable[TrainingSession], zone: str, at: datetime) -> list[Month]:
    """Sessions as cards, grouped by the month of their next meeting in the reader's zone."""
    found = [(session, next_meeting(session, at)) for session in sessions]
    cards = [card_of(session, meeting, zone) for session, meeting in found if meeting is not None]
    groups = groupby(cards, key=lambda card: card.local_day.replace(day=1))
    return [Month(month(first), list(members)) for first, members in groups]


def past_row(session: TrainingSession) -> PastRow:
    return PastRow(
        code=session.code,
        title=session_title(session),
        days=days([meeting.on_date for meeting in planned_meetings(session)]),
        offices=office_names(session),
        language=language_name(session.language) if session.language else "",
        kind=kind_label(session.kind),
    )


def planned_row(session: TrainingSession) -> PlannedRow:
    return PlannedRow(
        code=session.code,
        title=session_title(session),
        days=days([meeting.on_date for meeting in planned_meetings(session)]),
        offices=office_names(session),
        language=language_name(session.language) if session.language else "",
        state=(session_state_label(session.state), TONES[session.state]),
    )


def card_of(session: TrainingSession, meeting: Meeting, zone: str) -> Card:
    """The card of a session whose next meeting has hours."""
    assert meeting.starts_at is not None
    assert meeting.ends_at is not None
    local_day = meeting.starts_at.astimezone(ZoneInfo(zone)).date()
    return Card(
        code=session.code,
        title=session_title(session),
        local_day=local_day,
        block=date_block(local_day),
        lines=time_lines(meeting.starts_at, meeting.ends_at, zone, (meeting.zone,)),
        tags=tags_of(session),
        note=_note(session),
    )


def date_block(value: date) -> DateBlock:
    locale = locale_of(current_language())
    day, month_name, weekday = (format_date(value, pattern, locale=locale) for pattern in ("d", "LLL", "ccc"))
    return DateBlock(day, month_name, weekday)


def tags_of(session: TrainingSession) -> list[Tag]:
    """Kind, subjects, language and mode, as text and tone."""
    texts = [kind_label(session.kind), *subject_names(session)]
    if session.language:
        texts.append(language_name(session.language))
    texts.append(mode_label(session.mode))
    return [(text, "neutral") for text in texts]


def _note(session: TrainingSession) -> str | None:
    dates = [meeting.on_date for meeting in planned_meetings(session)]
    if len(dates) < 2:
        return None
    return ngettext("%(num)s meeting: %(days)s", "%(num)s meetings: %(days)s", len(dates), days=days(dates))
