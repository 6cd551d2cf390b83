"""Rules about sessions; the reads that other rooms decide by stand here too."""

from sqlalchemy import select

from trainapp.core.database import db
from trainapp.core.errors import NotFound
from trainapp.scheduling.models import TrainingSession
from trainapp.scheduling.queries import (
    first_start,
    is_over,
    may_manage,
    planned_meetings,
    registration_is_open,
    session_by_code,
    sessions_of_trainer,
)

__all__ = [
    "first_start",
    "is_over",
    "lock_session",
    "may_manage",
    "planned_meetings",
    "registration_is_open",
    "session_by_code",
    "sessions_of_trainer",
]


def lock_session(session_id: int) -> TrainingSession:
    """The session as it stands now, held until the unit of work ends, so that its writers take turns.

    Raises `NotFound`.
    """
    session = db.session.scalar(
        select(TrainingSession)
        .where(TrainingSession.id == session_id)
        .with_for_update(of=TrainingSession)
        .execution_options(populate_existing=True)
    )
    if session is None:
        raise NotFound()
    return session
