"""The sessions that answer a training request, for the rooms below that mention them."""

from sqlalchemy import select

from trainapp.core.database import db
from trainapp.core.lookups import SessionLine
from trainapp.core.timefmt import days
from trainapp.requests.models import TrainingRequest
from trainapp.scheduling.labels import TONES, session_state_label
from trainapp.scheduling.models import TrainingSession
from trainapp.scheduling.queries import PUBLIC_STATES, listed_session, planned_meetings, session_title


def lines_of_request(request_id: int, with_drafts: bool) -> list[SessionLine]:
    """One line for each; drafts are for those who plan."""
    query = select(TrainingSession).where(TrainingSession.requests.any(TrainingRequest.id == request_id))
    if not with_drafts:
        query = query.where(TrainingSession.state.in_(PUBLIC_STATES))
    ordered = query.options(*listed_session()).order_by(TrainingSession.first_day, TrainingSession.code)
    return [_line(session) for session in db.session.scalars(ordered)]


def _line(session: TrainingSession) -> SessionLine:
    return SessionLine(
        code=session.code,
        title=session_title(session),
        days=days([meeting.on_date for meeting in planned_meetings(session)]),
        state=(session_state_label(session.state), TONES[session.state]),
    )
