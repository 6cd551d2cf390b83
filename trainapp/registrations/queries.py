"""Reads about registrations."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from trainapp.accounts.models import Person
from trainapp.core.database import db
from trainapp.registrations.models import ACTIVE, SEATED, Invitation, Registration, RegistrationState
from trainapp.scheduling.models import Meeting, TrainingSession


def registration_of(session: TrainingSession, person: Person) -> Registration | None:
    """A person's registration for a session as it stands now."""
    return db.session.scalar(
        select(Registration)
        .where(Registration.session_id == session.id, Registration.person_id == person.id)
        .execution_options(populate_existing=True)
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


def registrations_named(session: TrainingSession, public_ids: Iterable[str]) -> list[Registration]:
    """Those of the named registrations that belong to the session, as they stand now, in their order."""
    known = [each for each in public_ids if each.isascii() and each.isprintable()]
    ids = db.session.scalars(
        select(Registration.id).where(Registration.session_id == session.id, Registration.public_id.in_(known))
    )
    return sorted(registrations_by_id(list(ids)).values(), key=lambda registration: registration.place)


def registration_by_public_id(public_id: str) -> Registration | None:
    if not public_id.isascii() or not public_id.isprintable():
        return None
    return db.session.scalar(select(Registration).where(Registration.public_id == public_id))


def unproven_registrations(person_id: int) -> list[tuple[int, int]]:
    """Session and registration ids of what waits for a person's address to be proven, in the order of locking."""
    rows = db.session.execute(
        select(Registration.session_id, Registration.id)
        .where(
            Registration.person_id == person_id,
            Registration.confirmed_at.is_(None),
            Registration.state.in_(ACTIVE),
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


def is_full(session: TrainingSession) -> bool:
    """Whether who comes now has to wait, whatever their office: no seat is free, or others wait for it."""
    return not has_free_seat(session) or first_waiting(session) is not None


def first_waiting(session: TrainingSession, leaving: Registration | None = None) -> Registration | None:
    """Who gets the next free seat: the first in line whose office may have one more.

    With `leaving`, as it would be if that one gave up its seat.
    """
    return db.session.scalar(
        select(Registration)
        .where(
            Registration.session_id == session.id,
            Registration.state == RegistrationState.WAITLISTED,
            *_whose_office_has_room(session, leaving),
        )
        .order_by(Registration.place)
        .limit(1)
        .execution_options(populate_existing=True)
    )


def _whose_office_has_room(session: TrainingSession, leaving: Registration | None) -> list[ColumnElement[bool]]:
    """Those who come for no office are not limited."""
    if session.seats_per_office is None:
        return []
    full = (
        select(Registration.office_id)
        .where(*_seated_for_an_office(session), Registration.id != (leaving.id if leaving is not None else 0))
        .group_by(Registration.office_id)
        .having(func.count() >= session.seats_per_office)
    )
    return [or_(Registration.office_id.is_(None), Registration.office_id.not_in(full))]


def _seated_for_an_office(session: TrainingSession) -> tuple[ColumnElement[bool], ...]:
    return (
        Registration.session_id == session.id,
        Registration.state.in_(SEATED),
        Registration.office_id.is_not(None),
    )


def office_has_room(session: TrainingSession, office_id: int | None) -> bool:
    """Whether an office may have one more seat of the session, be one free or not."""
    if session.seats_per_office is None or office_id is None:
        return True
    query: Select[int] = select(func.count()).where(
        *_seated_for_an_office(session), Registration.office_id == office_id
    )
    return (db.session.scalar(query) or 0) < session.seats_per_office


def is_on_reserve(registration: Registration) -> bool:
    """Whether somebody waits because the seats of their office are taken, not for want of seats alone."""
    is_waiting = registration.state is RegistrationState.WAITLISTED
    return is_waiting and not office_has_room(registration.session, registration.office_id)


def position_on_waiting_list(registration: Registration) -> int:
    """A person's number in the one line of those who wait: 1 has nobody before them.

    A free seat goes to the first whose office may have it. So nobody who came later is served earlier, but for those
    of other offices while one's own has all its seats (`is_on_reserve`).
    """
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


def next_sequence(meeting: Meeting) -> int:
    """The SEQUENCE of a meeting that is moved, cancelled or held after all: above all that any calendar was told."""
    told = db.session.scalar(select(func.max(Invitation.sequence)).where(Invitation.meeting_id == meeting.id))
    return max(meeting.sequence, told or 0) + 1


def is_refused(registration: Registration) -> bool:
    """Whether those who run the session said no; a person's own no to a nomination is none."""
    return registration.state is RegistrationState.DECLINED and registration.decided_by_id is not None
