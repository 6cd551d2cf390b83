"""Sessions and requests as the desks list them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from trainapp.core.clock import now
from trainapp.core.languages import Text
from trainapp.core.timefmt import TimeLine, days, time_lines
from trainapp.registrations.labels import registration_state_label
from trainapp.registrations.models import Registration
from trainapp.requests.labels import what_next
from trainapp.requests.models import RequestState, TrainingRequest
from trainapp.requests.rows import Row, row_of
from trainapp.requests.steps import Side
from trainapp.scheduling.labels import TEACHING_TONES, session_state_label, teaching_state_label
from trainapp.scheduling.models import SessionState, SessionTrainer, TrainingSession
from trainapp.scheduling.publication import missing_for_publication
from trainapp.scheduling.queries import next_meeting, planned_meetings, session_title


@dataclass(frozen=True)
class SessionRow:
    """One session: `lines` say when in the reader's zone first, `days` where there are no hours to come."""

    code: str
    title: Text
    lines: list[TimeLine]
    days: str
    state: str


def session_row(session: TrainingSession, zone: str, state: str | None = None) -> SessionRow:
    meeting = next_meeting(session, now())
    lines: list[TimeLine] = []
    if meeting is not None and meeting.starts_at is not None and meeting.ends_at is not None:
        lines = time_lines(meeting.starts_at, meeting.ends_at, zone, (meeting.zone,))
    return SessionRow(
        code=session.code,
        title=session_title(session),
        lines=lines,
        days="" if lines else days([meeting.on_date for meeting in planned_meetings(session)]),
        state=state or session_state_label(session.state),
    )


@dataclass(frozen=True)
class DraftRow:
    """A session being planned: `missing` says in sentences what it lacks before it can be published."""

    session: SessionRow
    missing: list[str]


@dataclass(frozen=True)
class TeachingRow:
    """A trainer who was asked to teach a session: what they answered, and why where they declined."""

    session: SessionRow
    trainer: str
    answer: str
    tone: str
    reason: str


@dataclass(frozen=True)
class WaitingRow:
    """A request that waits for its office: what to do next, and among how many dates to choose."""

    request: Row
    next_step: str
    offers: int


@dataclass(frozen=True)
class AssignedRow:
    """A request that waits for the secretariat, and who looks after it; empty for nobody."""

    request: Row
    assigned_to: str
    is_late: bool


@dataclass(frozen=True)
class NextMeeting:
    """The meeting a trainer holds next; `join_url` is empty where people meet at a venue."""

    code: str
    title: Text
    lines: list[TimeLine]
    join_url: str


def next_meeting_row(sessions: Iterable[TrainingSession], zone: str) -> NextMeeting | None:
    """The nearest meeting of sessions that are published; None where there is none."""
    at = now()
    published = [session for session in sessions if session.state is SessionState.PUBLISHED]
    coming = [(meeting.starts_at, session, meeting) for session in published if (meeting := next_meeting(session, at))]
    if not coming:
        return None
    _start, session, meeting = min(coming, key=lambda found: (found[0] or at, found[1].code))
    assert meeting.starts_at is not None
    assert meeting.ends_at is not None
    lines = time_lines(meeting.starts_at, meeting.ends_at, zone, (meeting.zone,))
    return NextMeeting(session.code, session_title(session), lines, session.join_url)


def draft_row(session: TrainingSession, zone: str) -> DraftRow:
    return DraftRow(session_row(session, zone), missing_for_publication(session))


def teaching_row(teaching: SessionTrainer, zone: str) -> TeachingRow:
    return TeachingRow(
        session=session_row(teaching.session, zone),
        trainer=teaching.person.name,
        answer=teaching_state_label(teaching.state),
        tone=TEACHING_TONES[teaching.state],
        reason=teaching.reason,
    )


def waiting_row(item: TrainingRequest, offers: int) -> WaitingRow:
    is_offered = item.state is RequestState.PROPOSED
    return WaitingRow(row_of(item, Side.OFFICE), what_next(item.state, Side.OFFICE), offers if is_offered else 0)


def assigned_row(item: TrainingRequest, last_day_of_late: date) -> AssignedRow:
    return AssignedRow(
        request=row_of(item, Side.SECRETARIAT),
        assigned_to=item.assigned_to.name if item.assigned_to else "",
        is_late=item.received_on <= last_day_of_late,
    )


def registration_row(registration: Registration, session: TrainingSession, zone: str) -> SessionRow:
    return session_row(session, zone, registration_state_label(registration.state))
