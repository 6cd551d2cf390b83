"""What a trainer's page shows: what they are asked and already have, when they work, and what stands against it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from trainapp.accounts.models import Person
from trainapp.catalogue.queries import subject_name
from trainapp.core.clashes import Clash
from trainapp.core.languages import Text, _, language_name
from trainapp.core.timefmt import TimeLine, days, listed, number, time_lines, wall_hours, weekday_name, zone_label
from trainapp.requests.models import Mode
from trainapp.scheduling.calendar_entries import location_of
from trainapp.scheduling.clashes import TWELVE_MONTHS, own_clashes
from trainapp.scheduling.labels import TONES, session_state_label, teaching_state_label
from trainapp.scheduling.models import (
    SessionState,
    SessionTrainer,
    TeachingState,
    TrainerException,
    TrainerHours,
    TrainerProfile,
    TrainingSession,
)
from trainapp.scheduling.queries import office_names, planned_meetings, session_title, subject_names
from trainapp.scheduling.trainer_queries import Trainer, loads, profile_of, teaching_of
from trainapp.scheduling.trainer_time import BUREAU_DAYS, BUREAU_HOURS, Busy, busy_times, zone_of

Fact = tuple[str, str]
Tag = tuple[str, str]


@dataclass(frozen=True)
class TeachingCard:
    """A session to come in which the trainer has a part; `join_url` is empty until it is published."""

    code: str
    title: Text
    meetings: list[list[TimeLine]]
    tags: list[Tag]
    facts: list[Fact]
    join_url: str
    state: TeachingState
    reason: str
    clashes: list[Clash]


@dataclass(frozen=True)
class HeldRow:
    """Time that dates offered to an office hold."""

    code: str
    title: Text
    lines: list[TimeLine]


@dataclass(frozen=True)
class ExceptionRow:
    """Days that differ from the week, in words; without hours they are whole days."""

    public_id: str
    days: str
    hours: str
    is_free: bool
    note: str


@dataclass(frozen=True)
class TrainerView:
    """The page of a trainer; `is_own` where they read it themselves, and may answer."""

    public_id: str
    name: str
    is_own: bool
    asked: list[TeachingCard]
    agenda: list[TeachingCard]
    held: list[HeldRow]
    week: list[Fact]
    facts: list[Fact]
    coming_exceptions: list[ExceptionRow]
    past_exceptions: list[ExceptionRow]


@dataclass(frozen=True)
class TrainerRow:
    """A trainer in the list of all."""

    public_id: str
    name: str
    subjects: str
    languages: str
    week: list[Fact]
    zone: str
    meetings: str
    coming_hours: str
    unanswered: int


def trainer_view(person: Person, reader: Person, zone: str, at: datetime) -> TrainerView:
    """The page of a trainer for a reader in a zone at an instant."""
    profile = profile_of(person)
    own_zone = zone_of(profile, person)
    cards = _cards(person, [zone, own_zone], at)
    today = at.astimezone(ZoneInfo(own_zone)).date()
    exceptions = [] if profile is None else profile.exceptions
    return TrainerView(
        public_id=person.public_id,
        name=person.name,
        is_own=person.id == reader.id,
        asked=[card for card in cards if card.state is TeachingState.ASKED],
        agenda=[card for card in cards if card.state is not TeachingState.ASKED],
        held=_held(person, [zone, own_zone], at),
        week=week_of(profile),
        facts=_facts(profile, own_zone, at),
        coming_exceptions=[_exception_row(each) for each in exceptions if each.last_day >= today],
        past_exceptions=[_exception_row(each) for each in reversed(exceptions) if each.last_day < today],
    )


def profile_facts(person: Person, at: datetime) -> list[Fact]:
    """What a trainer's profile says, with the hours of the week."""
    profile = profile_of(person)
    return [*_facts(profile, zone_of(profile, person), at), *week_of(profile)]


def _facts(profile: TrainerProfile | None, zone: str, at: datetime) -> list[Fact]:
    return [
        (_("Subjects"), subjects_of(profile)),
        (_("Languages of teaching"), languages_of(profile)),
        (_("Time zone"), zone_label(zone, at)),
    ]


def _cards(person: Person, zones: list[str], at: datetime) -> list[TeachingCard]:
    rows = teaching_of(person, at)
    clashes = own_clashes(person, [session for _row, session in rows], at)
    return [_card(row, session, found, zones, at) for (row, session), found in zip(rows, clashes, strict=True)]


def _card(
    row: SessionTrainer, session: TrainingSession, clashes: list[Clash], zones: list[str], at: datetime
) -> TeachingCard:
    has_link = session.state is SessionState.PUBLISHED and row.state is not TeachingState.DECLINED
    return TeachingCard(
        code=session.code,
        title=session_title(session),
        meetings=times_to_come(session, zones[0], at, zones[1:]),
        tags=[_answer_tag(row.state), (session_state_label(session.state), TONES[session.state])],
        facts=[
            (_("Where"), location_of(session)),
            (_("Language of the session"), language_name(session.language) if session.language else ""),
            (_("Subjects"), listed(subject_names(session))),
            (_("Offices"), listed(office_names(session))),
            (_("For whom"), session.audience),
        ],
        join_url=session.join_url if has_link and session.mode is not Mode.IN_PERSON else "",
        state=row.state,
        reason=row.reason,
        clashes=[clash for clash in clashes if not _is_own_answer(clash, row)],
    )


def times_to_come(
    session: TrainingSession, zone: str, at: datetime, others: Sequence[str] = ()
) -> list[list[TimeLine]]:
    """The meetings of a session that are not over, each in the reader's zone first."""
    return [
        time_lines(meeting.starts_at, meeting.ends_at, zone, [*others, meeting.zone])
        for meeting in planned_meetings(session)
        if meeting.starts_at is not None and meeting.ends_at is not None and meeting.ends_at > at
    ]


def _is_own_answer(clash: Clash, row: SessionTrainer) -> bool:
    """The tag says it already."""
    return clash.kind.value in ("trainer_unconfirmed", "trainer_declined") and row.state is not TeachingState.CONFIRMED


def _answer_tag(state: TeachingState) -> Tag:
    return teaching_state_label(state), {TeachingState.CONFIRMED: "good", TeachingState.DECLINED: "bad"}.get(
        state, "warn"
    )


def _held(person: Person, zones: list[str], at: datetime) -> list[HeldRow]:
    busy = busy_times([person.id], at, at + TWELVE_MONTHS)[person.id]
    return [_held_row(each, zones) for each in busy if each.kind == "held"]


def _held_row(busy: Busy, zones: list[str]) -> HeldRow:
    lines = time_lines(busy.span.starts_at, busy.span.ends_at, zones[0], zones[1:])
    return HeldRow(busy.code, busy.title, lines)


def week_of(profile: TrainerProfile | None) -> list[Fact]:
    """The week in words: weekdays with equal hours together, each with its hours."""
    if profile is None or not profile.hours:
        weekdays = [weekday_name(day) for day in BUREAU_DAYS]
        return [(listed(weekdays), wall_hours(*BUREAU_HOURS))]
    by_hours: dict[str, list[str]] = {}
    for weekday, rows in groupby(sorted(profile.hours, key=_place_in_week), key=lambda each: each.weekday):
        words = listed(wall_hours(each.from_time, each.to_time) for each in rows)
        by_hours.setdefault(words, []).append(weekday_name(weekday))
    return [(listed(weekdays), words) for words, weekdays in by_hours.items()]


def _place_in_week(hours: TrainerHours) -> tuple[int, str, str]:
    return hours.weekday, hours.from_time.isoformat(), hours.to_time.isoformat()


def subjects_of(profile: TrainerProfile | None) -> str:
    if profile is None or not profile.subjects:
        return _("All subjects")
    return listed(subject_name(subject) for subject in profile.subjects)


def languages_of(profile: TrainerProfile | None) -> str:
    if profile is None or not profile.languages:
        return _("All languages")
    return listed(language_name(code) for code in profile.languages)


def _exception_row(exception: TrainerException) -> ExceptionRow:
    hours = ""
    if exception.from_time is not None and exception.to_time is not None:
        hours = wall_hours(exception.from_time, exception.to_time)
    return ExceptionRow(
        public_id=exception.public_id,
        days=days(_days_between(exception.first_day, exception.last_day)),
        hours=hours,
        is_free=exception.is_free,
        note=exception.note,
    )


def _days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=each) for each in range((last - first).days + 1)]


def trainer_rows(trainers: Iterable[Trainer], at: datetime) -> list[TrainerRow]:
    """Trainers as a list shows them."""
    before = loads(at)
    rows = []
    for person, profile in trainers:
        load = before.get(person.id)
        rows.append(
            TrainerRow(
                public_id=person.public_id,
                name=person.name,
                subjects=subjects_of(profile),
                languages=languages_of(profile),
                week=week_of(profile),
                zone=zone_label(zone_of(profile, person), at),
                meetings=number(load.meetings if load else 0),
                coming_hours=number(round(load.hours, 1) if load else 0),
                unanswered=load.unanswered if load else 0,
            )
        )
    return rows
