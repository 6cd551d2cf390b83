"""Sessions as the desks list them."""

from dataclasses import dataclass

from trainapp.core.clock import now
from trainapp.core.languages import Text
from trainapp.core.timefmt import TimeLine, days, time_lines
from trainapp.registrations.labels import registration_state_label
from trainapp.registrations.models import Registration
from trainapp.scheduling.labels import session_state_label
from trainapp.scheduling.models import TrainingSession
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


def registration_row(registration: Registration, session: TrainingSession, zone: str) -> SessionRow:
    return session_row(session, zone, registration_state_label(registration.state))
