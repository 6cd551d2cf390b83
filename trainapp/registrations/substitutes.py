"""Somebody else comes in a person's place: the seat, or the place in line, goes from one to the other.

Who names a substitute may be a stranger to them, so nothing shows whether the substitute is registered already: one who
is gets the seat, or keeps what they have where they have one; the place given up then goes to the next in line. A
nomination goes with the place in any case: where one is needed, who sent a substitute does not come back by themselves.
"""

from dataclasses import replace

from trainapp.accounts.links import is_confirmed, use_link
from trainapp.accounts.models import Person
from trainapp.accounts.queries import offices_spoken_for
from trainapp.core.audit import record_act
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import Conflict, DomainError
from trainapp.core.languages import lazy
from trainapp.registrations import notices
from trainapp.registrations.decision_notices import tell_of_substitution
from trainapp.registrations.decisions import hold
from trainapp.registrations.models import ACTIVE, SEATED, Registration, RegistrationState
from trainapp.registrations.queries import is_refused, next_place, registration_of
from trainapp.registrations.service import (
    Details,
    hold_by_link,
    may_mail_again,
    new_registration,
    person_of,
    refuse_when_not_to_come,
)
from trainapp.registrations.waiting_list import leave, move_up, seat
from trainapp.scheduling.models import TrainingSession
from trainapp.scheduling.queries import may_manage


def substitute(actor: Person, registration: Registration, details: Details) -> None:
    """Send somebody else, by the focal point of a registration's office or who runs the session.

    The substitute comes for the same office, whatever `details` say. Raises `NotFound` for others, `Conflict` for who
    has left meanwhile, and `DomainError` on `email` for a substitute whom the actor sees on their own list.
    """
    registration, session = hold(actor, registration)
    details = replace(details, office=registration.office)
    person = person_of(details)
    known = registration_of(session, person)
    sees_all = may_manage(actor, session)
    if known is not None and known.state in ACTIVE and (sees_all or known.office_id in offices_spoken_for(actor)):
        raise DomainError(lazy("This person is registered for the session already."), "email")
    _substitute(actor, registration, session, person, details, overrules=sees_all)


def substitute_by_link(token: str, details: Details) -> None:
    """Send somebody else by one's own link. Raises `LinkGone`, `Conflict` and `DomainError` as `substitute`."""
    link, registration, session = hold_by_link(token)
    details = replace(details, office=registration.office)
    use_link(link)
    _substitute(registration.person, registration, session, person_of(details), details)


def _substitute(
    actor: Person,
    registration: Registration,
    session: TrainingSession,
    person: Person,
    details: Details,
    *,
    overrules: bool = False,
) -> None:
    """`overrules` lets somebody come who was declined before."""
    refuse_when_not_to_come(session)
    if registration.state not in ACTIVE:
        raise Conflict(lazy("This person has left the session meanwhile."))
    if person.id == registration.person_id:
        raise DomainError(lazy("This is the address of the person who is to be replaced."), "email")
    known = registration_of(session, person)
    state, place, nominator = registration.state, registration.place, registration.nominated_by
    leave(registration)
    registration.place, registration.nominated_by = next_place(session), None
    db.session.flush()
    after = {"person": person.public_id}
    record_act(actor.id, "substitute sent", f"registration:{registration.id}", after=after)
    tell_of_substitution(registration, details.name)
    if known is not None and not _takes_over(known, state, overrules=overrules):
        if may_mail_again(details.address):
            notices.send_link_again(known)
        move_up(session)
        return
    coming = known or new_registration(session, person, details)
    is_own = person.id == actor.id and is_confirmed(person)
    coming.nominated_by = nominator
    _stand_in(coming, registration, state, place, address_is_proven=is_own)
    db.session.add(coming)
    db.session.flush()
    record_act(actor.id, "comes as a substitute", f"registration:{coming.id}")
    notices.tell_of_registration(coming)
    move_up(session)


def _takes_over(known: Registration, offered: RegistrationState, *, overrules: bool) -> bool:
    """Whether somebody who is or was registered gains by the place of another."""
    if is_refused(known):
        return overrules
    return known.state not in ACTIVE or (offered in SEATED and known.state not in SEATED)


def _stand_in(
    coming: Registration, leaving: Registration, state: RegistrationState, place: int, *, address_is_proven: bool
) -> None:
    """Put one person exactly where the other stood; a seat is held until the new one has confirmed it."""
    is_proven = address_is_proven or (coming.state in ACTIVE and coming.confirmed_at is not None)
    coming.confirmed_at = (coming.confirmed_at or now()) if is_proven else None
    coming.held_until = coming.ended_at = None
    coming.place, coming.office = place, leaving.office
    coming.substitute_for = leaving
    coming.decided_by_id, coming.decided_at, coming.reason = leaving.decided_by_id, leaving.decided_at, ""
    coming.state = state
    if state in SEATED:
        seat(coming, leaving.session)
