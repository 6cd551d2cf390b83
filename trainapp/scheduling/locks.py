"""Taking turns: who writes a session, holds it until their unit of work ends."""

from sqlalchemy import select

from trainapp.core.database import db
from trainapp.core.errors import NotFound
from trainapp.scheduling.models import TrainingSession


def lock_session(session_id: int) -> TrainingSession:
    """The session as it stands now, held until the unit of work ends. Raises `NotFound`."""
    session = db.session.scalar(
        select(TrainingSession)
        .where(TrainingSession.id == session_id)
        .with_for_update(of=TrainingSession)
        .execution_options(populate_existing=True)
    )
    if session is None:
        raise NotFound()
    return session
