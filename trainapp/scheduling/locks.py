"""Taking turns: who writes a session, holds it until their unit of work ends."""

from collections.abc import Iterable

from sqlalchemy import select

from trainapp.accounts.models import Person
from trainapp.core.database import db
from trainapp.core.errors import NotFound
from trainapp.requests.models import TrainingRequest
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


def lock_requests(session: TrainingSession) -> list[TrainingRequest]:
    """The requests a session answers as they stand now, held until the unit of work ends; always in one order."""
    return hold_requests(session.requests)


def hold_requests(requests: Iterable[TrainingRequest]) -> list[TrainingRequest]:
    """These requests as they stand now, held until the unit of work ends; always in one order."""
    query = (
        select(TrainingRequest)
        .where(TrainingRequest.id.in_([request.id for request in requests]))
        .order_by(TrainingRequest.id)
        .with_for_update(of=TrainingRequest)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def hold_turn_of(person: Person) -> None:
    """One after the other for what this one person sends twice; others, and rows that name the person, do not wait."""
    db.session.execute(select(Person.id).where(Person.id == person.id).with_for_update(key_share=True))
