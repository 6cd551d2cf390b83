"""Reads about registrations."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from trainapp.accounts.models import Person
from trainapp.core.database import db
from trainapp.registrations.models import SEATED, Invitation, Registration, RegistrationState
from trainapp.scheduling.models import TrainingSession


def registration_of(session: TrainingSession, person: Person) -> Registration | None:
    return db.session.scalar(
        select(Registration).where(Registration.session_id == session.id, Registration.person_id == person.id)
    )


def registration_by_id(registration_id: int) -> Registration | None:
    """A registration with its ledger as they stand now, whatever was read of them before."""
    return db.session.scalar(
        select(Registration)
        .where(Registration.id == registration_id)
        .options(selectinload(Registration.invitations).selectinload(Invitation.meeting))
        .execution_options(populate_existing=True)
    )


def registrations_by_id(ids: Sequence[int]) -> dict[int, Registration]:
    """Registrations with their ledgers, people and addresses as they stand now, in a fixed number of queries."""
    query = (
        select(Registration)
        .where(Registration.id.in_(ids))
        .options(
            selectinload(Registration.invitations).selectinload(Invitation.meeting),
            joinedload(Registration.person).selectinload(Person.addresses),
        )
        .execution_options(populate_existing=True)
    )
    return {registration.id: registration for registration in db.session.scalars(query)}


def unproven_registrations(person_id: int) -> list[tuple[int, int]]:
    """Session and registration ids of what waits for a person's address to be proven, in the order of locking."""
    rows = db.session.execute(
        select(Registration.session_id, Registration.id)
        .where(
            Registration.person_id == person_id,
            Registration.confirmed_at.is_(None),
            Registration.state.in_((RegistrationState.PENDING, RegistrationState.WAITLISTED)),
        )
        .order_by(Registration.session_id)
    )
    return [(session_id, registration_id) for session_id, registration_id in rows]


def seats_taken(session: TrainingSession) -> int:
    """How many of a session's seats are held, confirmed or not."""
    return _count(session, *SEATED)


def people_waiting(session: TrainingSession) -> int:
    return _count(session, RegistrationState.WAITLISTED)


def _count(session: TrainingSession, *states: RegistrationState) -> int:
    query = select(func.count()).where(Registration.session_id == session.id, Registration.state.in_(states))
    return db.session.scalar(query) or 0


def has_free_seat(session: TrainingSession) -> bool:
    return session.capacity is None or seats_taken(session) < session.capacity


def first_waiting(session: TrainingSession) -> Registration | None:
    """Who is next: the waiting list is first come, first served."""
    return db.session.scalar(
        select(Registration)
        .where(Registration.session_id == session.id, Registration.state == RegistrationState.WAITLISTED)
        .order_by(Registration.place)
        .limit(1)
        .execution_options(populate_existing=True)
    )


def position_on_waiting_list(registration: Registration) -> int:
    """1 for the person who gets the next free seat."""
    ahead = db.session.scalar(
        select(func.count()).where(
            Registration.session_id == registration.session_id,
            Registration.state == RegistrationState.WAITLISTED,
            Registration.place < registration.place,
        )
    )
    return (ahead or 0) + 1


def next_place(session: TrainingSession) -> int:
    last = db.session.scalar(select(func.max(Registration.place)).where(Registration.session_id == session.id))
    return (last or 0) + 1
