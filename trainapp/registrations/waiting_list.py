"""Seats: who holds one, who waits, and what happens when one becomes free.

Everything here runs with the session's row locked, so that neither a capacity nor an office's share of it can ever be
exceeded.
"""

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from trainapp.core.audit import record_act
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.registrations import notices
from trainapp.registrations.models import Registration, RegistrationState
from trainapp.registrations.queries import first_waiting, has_free_seat, next_place, office_has_room
from trainapp.scheduling.models import RegistrationPolicy, SessionState, TrainingSession
from trainapp.scheduling.queries import first_start, is_over
from trainapp.scheduling.service import lock_session

MOST_RELEASED = 25
"""Seats in one unit of work: about a second, for which others who write wait on SQLite."""


def enter(registration: Registration, session: TrainingSession, *, address_is_proven: bool) -> None:
    """What somebody who comes by themselves gets: a seat, a place in line, or where people apply, a hearing."""
    if session.policy is RegistrationPolicy.APPROVAL:
        apply_for_place(registration, session, address_is_proven=address_is_proven)
    else:
        take_place(registration, session, address_is_proven=address_is_proven)


def apply_for_place(registration: Registration, session: TrainingSession, *, address_is_proven: bool) -> None:
    """Put an application at the end of the order; it holds no seat."""
    _begin_at_the_end(registration, session, address_is_proven=address_is_proven)
    registration.state = RegistrationState.APPLIED


def take_place(registration: Registration, session: TrainingSession, *, address_is_proven: bool) -> None:
    """Give a registration its place at the end of the order, and a seat if one is free that nobody waits for."""
    _begin_at_the_end(registration, session, address_is_proven=address_is_proven)
    settle(registration, session)


def _begin_at_the_end(registration: Registration, session: TrainingSession, *, address_is_proven: bool) -> None:
    """As if for the first time: nothing of what became of an earlier try still holds."""
    registration.place = next_place(session)
    registration.confirmed_at = now() if address_is_proven else None
    registration.held_until = registration.ended_at = None
    registration.decided_by_id = registration.decided_at = None
    registration.reason = ""
    registration.substitute_for = None


def settle(registration: Registration, session: TrainingSession) -> None:
    """Give who stands at a place of the order a seat if there is one for them, else let them wait there."""
    if _may_sit(registration, session):
        seat(registration, session)
    else:
        registration.state = RegistrationState.WAITLISTED
        registration.held_until = None


def _may_sit(registration: Registration, session: TrainingSession) -> bool:
    office_id = registration.office.id if registration.office else None
    if not has_free_seat(session) or not office_has_room(session, office_id):
        return False
    first = first_waiting(session)
    return first is None or first.place > registration.place


def seat(registration: Registration, session: TrainingSession, *, confirm_hours: int | None = None) -> None:
    """Give a seat: for good where the address is proven, else held for a time; with `confirm_hours`, held for that."""
    if registration.confirmed_at is not None and confirm_hours is None:
        registration.state = RegistrationState.CONFIRMED
        registration.held_until = None
        return
    registration.state = RegistrationState.PENDING
    is_scarce = session.capacity is not None or session.seats_per_office is not None
    registration.held_until = _held_until(session, confirm_hours or session.hold_hours) if is_scarce else None


def _held_until(session: TrainingSession, hours: int) -> datetime:
    """The time the session gives, but not beyond its start: then a seat is taken by who comes."""
    until = now() + timedelta(hours=hours)
    start = first_start(session)
    return start if start is not None and now() < start < until else until


def move_up(session: TrainingSession) -> None:
    """Give free seats to those who wait, in their order, and mail each of them."""
    if session.state is not SessionState.PUBLISHED or is_over(session):
        return
    while has_free_seat(session):
        registration = first_waiting(session)
        if registration is None:
            return
        seat(registration, session, confirm_hours=session.confirm_hours)
        db.session.flush()
        notices.tell_of_seat(registration)


def release_overdue_seats() -> None:
    """Free seats held too long for people who did not confirm them, where others wait for them.

    So many of one session; the next run goes on with the rest.
    """
    for session_id in _sessions_with_overdue_seats():
        if _release_overdue_of(lock_session(session_id)):
            return


def _release_overdue_of(session: TrainingSession) -> int:
    """How many seats of a session were freed."""
    if session.state is not SessionState.PUBLISHED or is_over(session):
        return 0
    released = 0
    for registration in _overdue(session.id):
        if released < MOST_RELEASED and first_waiting(session, leaving=registration) is not None:
            _release(registration)
            move_up(session)
            released += 1
    return released


def _release(registration: Registration) -> None:
    leave(registration)
    record_act(None, "seat released", f"registration:{registration.id}")
    db.session.flush()
    notices.tell_of_release(registration)


def leave(registration: Registration, state: RegistrationState = RegistrationState.CANCELLED) -> None:
    """End a registration; who gives up a seat calls `move_up` once the person has been told."""
    registration.state = state
    registration.held_until = None
    registration.ended_at = now()


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
