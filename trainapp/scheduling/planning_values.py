"""What the form of a plan is filled with: requests, a course, a draft, or an earlier session held again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from trainapp.accounts.models import Person
from trainapp.catalogue.models import Course
from trainapp.catalogue.queries import edition_in_force
from trainapp.core.errors import DomainError
from trainapp.core.languages import LANGUAGES, _, lazy
from trainapp.core.timefmt import TimeLine, moment, time_lines
from trainapp.offices.queries import office_name
from trainapp.requests.models import Slot, Step, TrainingRequest
from trainapp.requests.queries import agreed_slot
from trainapp.scheduling.labels import office_role_label
from trainapp.scheduling.models import (
    Meeting,
    OfficeRole,
    RegistrationPolicy,
    SessionKind,
    SessionOffice,
    SessionSubject,
    TrainingSession,
)
from trainapp.scheduling.planning import mark_of
from trainapp.scheduling.plans import (
    EARLIEST_YEAR,
    EDITION_BY_DATE,
    LATEST_YEAR,
    MOST_MEETINGS,
    NO_EDITION,
    Plan,
    reading_of,
    window_of,
)
from trainapp.scheduling.publication import settled_requests
from trainapp.scheduling.queries import planned_meetings
from trainapp.scheduling.trainer_queries import can_teach, trainer_profiles

AUDIENCE_LIMIT = 200
WEEKS_IN_A_YEAR = 52

Values = dict[str, Any]


@dataclass(frozen=True)
class AgreedTimes:
    """When a request's office and the secretariat agreed to meet, in words; no lines where they agreed on no dates."""

    code: str
    public_id: str
    lines: list[list[TimeLine]]


def values_of_requests(requests: Sequence[TrainingRequest]) -> Values:
    """What requests answer already of a new plan; the times are those agreed with the first that agreed on some."""
    first = requests[0]
    slot = next((slot for slot in map(agreed_slot, requests) if slot is not None), None)
    courses = {request.course for request in requests}
    course = first.course if len(courses) == 1 else None
    return {
        "course": course.code if course else "",
        "subjects": list(dict.fromkeys(subject.code for request in requests for subject in request.subjects)),
        "kind": SessionKind.TRAINING.value,
        "spoken": _language_of(requests),
        "audience": _audience_of(requests),
        "mode": first.mode.value,
        "policy": RegistrationPolicy.NOMINATION.value,
        "zone": first.office.zone,
        **_numbered("office", [_beneficiary(code) for code in dict.fromkeys(r.office.code for r in requests)]),
        **(_values_of_slot(slot) if slot else {}),
    }


def _language_of(requests: Sequence[TrainingRequest]) -> str:
    """The first choice of the first office that all the others named too, else its first choice."""
    common = [code for code in requests[0].languages if all(code in other.languages for other in requests)]
    return (common or requests[0].languages)[0]


def _audience_of(requests: Iterable[TrainingRequest]) -> str:
    audiences = list(dict.fromkeys(request.audience for request in requests))
    together = "; ".join(audiences)
    return together if len(together) <= AUDIENCE_LIMIT else audiences[0]


def _beneficiary(code: str) -> Values:
    return {"office": code, "role": OfficeRole.BENEFICIARY.value}


def _values_of_slot(slot: Slot) -> Values:
    rows = [
        {
            "on_date": meeting.on_date,
            "wall_start": meeting.wall_start,
            "wall_end": meeting.wall_end,
            "is_later": reading_of(
                meeting.on_date,
                slot.zone,
                ((meeting.wall_start, meeting.starts_at), (meeting.wall_end, meeting.ends_at)),
            ),
        }
        for meeting in slot.meetings
    ]
    return {
        "zone": slot.zone,
        "trainers": [trainer.public_id for trainer in _trainers_meant(slot)],
        **_numbered("meeting", rows),
    }


def _trainers_meant(slot: Slot) -> list[Person]:
    """Those of the slot; an office that offers other dates names none, so those the secretariat offered last."""
    offers = [event.slots for event in slot.event.request.events if event.step is Step.PROPOSE and event.slots]
    named = [each.trainers for each in (slot, *(offers[-1] if offers else ()))]
    return next((trainers for trainers in named if trainers), [])


def times_agreed(requests: Iterable[TrainingRequest], zone: str) -> list[AgreedTimes]:
    """What each office agreed to, in a reader's zone and the office's own."""
    return [
        AgreedTimes(request.code, request.public_id, _lines_of(agreed_slot(request), zone, request.office.zone))
        for request in requests
    ]


def agree_on_different_times(requests: Iterable[TrainingRequest]) -> bool:
    """Whether offices that are to come to one session agreed to come at different times."""
    slots = [slot for slot in map(agreed_slot, requests) if slot is not None]
    return len({tuple((meeting.starts_at, meeting.ends_at) for meeting in slot.meetings) for slot in slots}) > 1


def _lines_of(slot: Slot | None, *zones: str) -> list[list[TimeLine]]:
    meetings = slot.meetings if slot else []
    return [time_lines(meeting.starts_at, meeting.ends_at, zones[0], zones[1:]) for meeting in meetings]


def values_of_course(course: Course) -> Values:
    """A session of the programme, open to everybody, from a course of the catalogue."""
    return {
        "course": course.code,
        "kind": SessionKind.WEBINAR.value,
        "policy": RegistrationPolicy.OPEN.value,
    }


def values_of_session(session: TrainingSession) -> Values:
    """A draft as the form shows it."""
    rows = [_row_of(meeting) for meeting in planned_meetings(session)[:MOST_MEETINGS]]
    return {
        **_lasting_values(session),
        "seen": mark_of(session),
        "kept": [asked.public_id for asked in settled_requests(session)],
        "title": session.titles.get(session.language or "", ""),
        "subjects": [entry.subject.code for entry in session.subjects],
        "spoken": session.language,
        "interpretation": session.interpretation,
        "trainers": [trainer.public_id for trainer in session.trainers],
        "join_url": session.join_url,
        "opens": _moment_values(session.opens_at, session.zone),
        "closes": _moment_values(session.closes_at, session.zone),
        **_numbered("office", [_values_of_office(part) for part in _offices_named(session)]),
        **_numbered("meeting", rows),
    }


def editions_of(session: TrainingSession) -> dict[str, str]:
    """The editions of a draft that are not those in force on its first day, by the code of their subject."""
    chosen = {entry.subject.code: _choice_of(entry, session.first_day) for entry in session.subjects}
    return {code: choice for code, choice in chosen.items() if choice != EDITION_BY_DATE}


def _choice_of(entry: SessionSubject, first_day: date) -> str:
    if entry.edition is edition_in_force(entry.subject, first_day):
        return EDITION_BY_DATE
    return entry.edition.name if entry.edition else NO_EDITION


def values_again(session: TrainingSession, language: str, first_day: date) -> Values:
    """The same session in another language or at another time: what stays, with the days moved together.

    Its trainers are those who teach this in the language; a title is kept where there is one in that language. The
    link to join is not: those who have the old one are not those who come. Requests are not answered twice.
    Raises `DomainError` on `spoken` or `first_day`, and for a session with more meetings than a form holds.
    """
    _check_again(session, language, first_day)
    meetings = planned_meetings(session)
    by = first_day - min((meeting.on_date for meeting in meetings), default=session.first_day)
    subjects = [entry.subject.code for entry in session.subjects]
    is_able = {person.id: can_teach(profile, subjects, language) for person, profile in trainer_profiles()}
    offices = [part for part in session.offices if part.role is not OfficeRole.REQUESTER]
    return {
        **_lasting_values(session),
        "title": session.titles.get(language, ""),
        "subjects": subjects,
        "spoken": language,
        "interpretation": [code for code in session.interpretation if code != language],
        "trainers": [trainer.public_id for trainer in session.trainers if is_able.get(trainer.id)],
        "opens": _moved(_moment_values(session.opens_at, session.zone), by),
        "closes": _moved(_moment_values(session.closes_at, session.zone), by),
        **_numbered("office", [_values_of_office(part) for part in offices]),
        **_numbered("meeting", [_moved(_row_of(meeting), by) for meeting in meetings]),
    }


def _check_again(session: TrainingSession, language: str, first_day: date) -> None:
    if language not in LANGUAGES:
        raise DomainError(lazy("There is no such language here."), "spoken")
    if not EARLIEST_YEAR <= first_day.year < LATEST_YEAR:
        raise DomainError(lazy("Please check the year."), "first_day")
    if len(planned_meetings(session)) > MOST_MEETINGS:
        raise DomainError(lazy("This session has more meetings than this form can hold."))


def first_day_again(session: TrainingSession, at: date) -> date:
    """The same day of the week a year later, or as much later as it takes to be still to come."""
    weeks = max(WEEKS_IN_A_YEAR, (at - session.first_day).days // 7 + 1)
    return session.first_day + timedelta(weeks=weeks)


def _moved(values: Values, by: timedelta) -> Values:
    """A row of the form on another day; which of two times was meant is asked anew."""
    if not values:
        return {}
    return {**values, "on_date": values["on_date"] + by, "is_later": None}


def _lasting_values(session: TrainingSession) -> Values:
    return {
        "course": session.course.code if session.course else "",
        "kind": session.kind.value,
        "audience": session.audience,
        "mode": session.mode.value,
        "venue": session.venue,
        "policy": session.policy.value,
        "capacity": session.capacity,
        "seats_per_office": session.seats_per_office,
        "hold_hours": session.hold_hours,
        "confirm_hours": session.confirm_hours,
        "reminder_hours": session.reminder_hours,
        "zone": session.zone,
    }


def _offices_named(session: TrainingSession) -> list[SessionOffice]:
    """The offices of a session but for those that ask by a request: they come by themselves."""
    asking = {request.office_id for request in session.requests}
    return [part for part in session.offices if part.role is not OfficeRole.REQUESTER or part.office_id not in asking]


def _values_of_office(part: SessionOffice) -> Values:
    return {"office": part.office.code, "role": part.role.value, "designation": part.designation}


def _row_of(meeting: Meeting) -> Values:
    walls = ((meeting.wall_start, meeting.starts_at), (meeting.wall_end, meeting.ends_at))
    return {
        "on_date": meeting.on_date,
        "wall_start": meeting.wall_start,
        "wall_end": meeting.wall_end,
        "is_later": reading_of(meeting.on_date, meeting.zone, walls),
    }


def _moment_values(instant: datetime | None, zone: str) -> Values:
    if instant is None:
        return {}
    local = instant.astimezone(ZoneInfo(zone))
    wall = local.time().replace(microsecond=0)
    return {
        "on_date": local.date(),
        "wall_time": wall,
        "is_later": reading_of(local.date(), zone, ((wall, instant.astimezone(UTC).replace(microsecond=0)),)),
    }


def _numbered(name: str, rows: Sequence[Values]) -> Values:
    return {f"{name}_{number}": row for number, row in enumerate(rows, 1)}


def asking_facts(requests: Iterable[TrainingRequest]) -> list[tuple[str, str]]:
    """The offices that take part because they asked."""
    return [(office_role_label(OfficeRole.REQUESTER), office_name(request.office)) for request in requests]


def window_facts(plan: Plan) -> list[tuple[str, str]]:
    """When registration of a plan opens and closes, in its own zone; empty where nothing bounds it."""
    window = window_of(plan)
    moments = ((_("Registration opens"), window.opens_at), (_("Registration closes"), window.closes_at))
    return [(term, moment(instant, plan.zone)) for term, instant in moments if instant is not None]


def hours_hint(course: Course | None) -> str | None:
    """How a course is held, to fill the rows by."""
    if course is None:
        return None
    return _(
        "Meetings in this course: %(meetings)s. Minutes of each: %(minutes)s.",
        meetings=course.meetings,
        minutes=course.minutes,
    )
