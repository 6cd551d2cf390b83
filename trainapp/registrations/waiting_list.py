"""Seats: who holds one, who waits, and what happens when one becomes free.

Everything here runs with the session's row locked, so that a capacity can never be exceeded.
"""

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.registrations import notices
from trainapp.registrations.models import Registration, RegistrationState
from trainapp.registrations.queries import first_waiting, has_free_seat, next_place, people_waiting
from trainapp.scheduling.models import SessionState, TrainingSession
from trainapp.scheduling.queries import first_start, is_over
from trainapp.scheduling.service import lock_session


def take_place(registration: Registration, session: TrainingSession, *, address_is_proven: bool) -> None:
    """Give a registration its place in the order, and a seat if one is free and nobody waits for it."""
    registration.place = next_place(session)
    registration.ended_at = None
    if has_free_seat(session) and not people_waiting(session):
        _seat(registration, session, address_is_proven=address_is_proven)
    else:
        registration.state = RegistrationState.WAITLISTED
        registration.confirmed_at = now() if address_is_proven else None


def _seat(registration: Registration, session: TrainingSession, *, address_is_proven: bool) -> None:
    if address_is_proven:
        registration.state = RegistrationState.CONFIRMED
        registration.confirmed_at = registration.confirmed_at or now()
        registration.held_until = None
        return
    registration.state = RegistrationState.PENDING
    registration.held_until = _held_until(session) if session.capacity is not None else None


def _held_until(session: TrainingSession) -> datetime:
    """The time the session gives, but not beyond its start: then a seat is taken by who comes."""
    until = now() + timedelta(hours=session.hold_hours)
    start = first_start(session)
    return start if start is not None and now() < start < until else until


def move_up(session: TrainingSession) -> None:
    """Give free seats to those who wait, in their order, and mail each of them."""
    if is_over(session):
        return
    while has_free_seat(session):
        registration = first_waiting(session)
        if registration is None:
            return
        _seat(registration, session, address_is_proven=registration.confirmed_at is not None)
        db.session.flush()
        notices.tell_of_seat(registration)


def release_overdue_seats() -> None:
    """Free seats held too long for addresses nobody confirmed, where others wait for them."""
    for session_id in _sessions_with_overdue_seats():
        session = lock_session(session_id)
        if session.state is not SessionState.PUBLISHED or is_over(session):
            continue
        for registration in _overdue(session_id):
            if not people_waiting(session):
                break
            registration.state = RegistrationState.CANCELLED
            registration.held_until = None
            registration.ended_at = now()
            notices.tell_of_release(registration)
            db.session.flush()
            move_up(session)


def _sessions_with_overdue_seats() -> list[int]:
    waiting = aliased(Registration)
    somebody_waits = exists().where(
        waiting.session_id == Registration.session_id, waiting.state == RegistrationState.WAITLISTED
    )
    return list(
        db.session.scalars(
            select(Registration.session_id)
            .where(
                Registration.state == RegistrationState.PENDING,
                Registration.held_until <= now(),
                somebody_waits,
            )
            .distinct()
            .order_by(Registration.session_id)
        )
    )


def _overdue(session_id: int) -> list[Registration]:
    return list(
        db.session.scalars(
            select(Registration)
            .where(
                Registration.session_id == session_id,
                Registration.state == RegistrationState.PENDING,
                Registration.held_until <= now(),
            )
            .order_by(Registration.held_until, Registration.place)
            .execution_options(populate_existing=True)
        )
    )
