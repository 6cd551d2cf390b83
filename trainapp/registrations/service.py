"""Registering, confirming, leaving and coming back.

Registering with an address that is known changes nothing about its person, and the answer on the page is the same
for everybody: what happened stands in the mail.
"""

from dataclasses import dataclass
from datetime import timedelta

from trainapp.accounts.links import find_link, is_confirmed, scope_id, use_link
from trainapp.accounts.models import MailedLink, Person
from trainapp.accounts.queries import may, offices_spoken_for, person_by_address
from trainapp.accounts.service import add_person
from trainapp.core.access import Permission
from trainapp.core.addresses import normalize_address
from trainapp.core.audit import record_act
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import DomainError, NotFound
from trainapp.core.events import AddressConfirmed
from trainapp.core.languages import lazy
from trainapp.core.throttle import allow
from trainapp.offices.models import Office
from trainapp.registrations import notices
from trainapp.registrations.decision_notices import tell_of_declined_nomination
from trainapp.registrations.models import ACTIVE, Registration, RegistrationState
from trainapp.registrations.queries import (
    is_refused,
    registration_by_id,
    registration_of,
    unproven_registrations,
)
from trainapp.registrations.waiting_list import enter, leave, move_up, take_place
from trainapp.scheduling.models import RegistrationPolicy, SessionState, TrainingSession
from trainapp.scheduling.queries import (
    is_over,
    may_manage,
    may_nominate,
    registration_is_open_to,
    takes_registrations,
)
from trainapp.scheduling.service import lock_session

LINK_SCOPE = "registration"
MAILS_PER_ADDRESS = 8
MAIL_SPAN = timedelta(hours=1)


@dataclass(frozen=True)
class Details:
    """What a person says of themselves when registering."""

    name: str
    address: str
    language: str
    zone: str
    office: Office | None


def register(session: TrainingSession, details: Details, signed_in: Person | None = None) -> None:
    """Register a person and mail them what became of it. Raises `DomainError` when registration is not open.

    `signed_in` is whoever fills in the form: the person, or for a session by nomination who names people.
    Who is registered already gets their link again, unless they had it too often in the last hour.
    """
    session = lock_session(session.id)
    if not registration_is_open_to(signed_in, session):
        raise DomainError(lazy("Registration for this session is closed."))
    if session.policy is RegistrationPolicy.NOMINATION:
        assert signed_in is not None
        _check_office_of(details, signed_in)
    _register(session, details, signed_in)


def nominate(actor: Person, session: TrainingSession, details: Details) -> Registration | None:
    """Register somebody whom an office names, at the end of the order; None, and their link again, where known.

    Who has left is asked once more, unless those who run the session said no to them.
    Raises `NotFound` for who may not, `DomainError` while no nominations are taken, and on `office` for another's.
    """
    session = lock_session(session.id)
    if not may_nominate(actor, session):
        raise NotFound()
    if session.policy is not RegistrationPolicy.NOMINATION or not takes_registrations(session):
        raise DomainError(lazy("Registration for this session is closed."))
    _check_office_of(details, actor)
    known = _known(session, details.address)
    if known is not None and known.state not in ACTIVE and not is_refused(known):
        return _bring_back(actor, known, session, details)
    return _register(session, details, actor)


def register_on_behalf(actor: Person, session: TrainingSession, details: Details) -> Registration | None:
    """Register somebody for them, by who runs the session: in any policy, before it opens and after it closes.

    Who has left is brought back; None, and their link again, where they had not. Raises `NotFound` for who may not
    manage the session, `DomainError` for one that is not to come.
    """
    session = lock_session(session.id)
    if not may_manage(actor, session):
        raise NotFound()
    refuse_when_not_to_come(session)
    known = _known(session, details.address)
    if known is not None and known.state not in ACTIVE:
        return _bring_back(actor, known, session, details)
    return _register(session, details, actor, is_decided=True)


def _known(session: TrainingSession, address: str) -> Registration | None:
    person = person_by_address(address)
    return registration_of(session, person) if person else None


def _bring_back(actor: Person, registration: Registration, session: TrainingSession, details: Details) -> Registration:
    """Register somebody who has left once more, as they are named now; language and zone stay those of the person."""
    registration.name, registration.office = details.name, details.office
    if session.policy is RegistrationPolicy.NOMINATION:
        registration.nominated_by = actor
    take_place(registration, session, address_is_proven=False)
    record_act(actor.id, "registered again", f"registration:{registration.id}")
    db.session.flush()
    notices.tell_of_registration(registration)
    return registration


def _check_office_of(details: Details, nominator: Person) -> None:
    """A focal point names people of their own offices; coordinators name anybody."""
    if may(nominator, Permission.COORDINATE):
        return
    if details.office is None or details.office.id not in offices_spoken_for(nominator):
        raise DomainError(lazy("You can name people of your own office only."), "office")


def _register(
    session: TrainingSession, details: Details, actor: Person | None, *, is_decided: bool = False
) -> Registration | None:
    """One person is one registration of a session: a known one gets their link again, and None is given.

    `is_decided` where nobody need approve of it any more.
    """
    person = person_by_address(details.address)
    known = registration_of(session, person) if person else None
    if known is not None:
        if may_mail_again(details.address):
            notices.send_link_again(known)
        return None
    person = person or _add_person(details)
    registration = new_registration(session, person, details)
    if session.policy is RegistrationPolicy.NOMINATION:
        registration.nominated_by = actor
    is_own = actor is not None and actor.id == person.id and is_confirmed(person)
    (take_place if is_decided else enter)(registration, session, address_is_proven=is_own)
    db.session.add(registration)
    db.session.flush()
    record_act(actor.id if actor else None, "registered", f"registration:{registration.id}")
    notices.tell_of_registration(registration)
    return registration


def person_of(details: Details) -> Person:
    """Whoever has the address, else a new person; nothing about a known one is changed."""
    return person_by_address(details.address) or _add_person(details)


def _add_person(details: Details) -> Person:
    return add_person(details.name, details.address, details.language, details.zone, details.office)


def new_registration(session: TrainingSession, person: Person, details: Details) -> Registration:
    """A registration without place and state yet, not stored."""
    return Registration(
        session=session,
        person=person,
        name=details.name,
        office=details.office,
        language=details.language,
        zone=details.zone,
    )


def send_link_again(session: TrainingSession, address: str, language: str) -> None:
    """Mail the link of a registration, or that there is none; the page's answer is the same for both."""
    if not may_mail_again(address):
        return
    registration = _known(session, address)
    if registration is None:
        notices.tell_not_registered(address, language, session)
    else:
        notices.send_link_again(registration)


def may_mail_again(address: str) -> bool:
    """Whether an address may get one more mail that somebody else, or anybody, can cause."""
    return allow("mail_again", normalize_address(address), MAILS_PER_ADDRESS, MAIL_SPAN)


def open_link(token: str) -> tuple[MailedLink, Registration]:
    """The registration that a mailed link opens. Raises `LinkGone`."""
    link = find_link(token, LINK_SCOPE)
    registration = registration_by_id(scope_id(link))
    if registration is None:
        raise DomainError(lazy("This registration no longer exists."))
    return link, registration


def hold_by_link(token: str) -> tuple[MailedLink, Registration, TrainingSession]:
    """The registration of a link as it stands once its session is held: what was read before is read anew.

    Using the link proves the address everywhere (`confirm_registrations_of`): the sessions of all that waits for it are
    held too, always in one order, so that two people who confirm at once do not block each other.
    """
    link, seen = open_link(token)
    unproven = {session_id for session_id, _registration_id in unproven_registrations(seen.person_id)}
    held = {each: lock_session(each) for each in sorted({seen.session_id, *unproven})}
    registration = registration_by_id(seen.id)
    assert registration is not None
    return link, registration, held[seen.session_id]


def refuse_when_over(session: TrainingSession) -> None:
    """The record of a session that took place is not changed by its participants."""
    if is_over(session):
        raise DomainError(lazy("This session is over."))


def refuse_when_not_to_come(session: TrainingSession) -> None:
    """Seats are given and taken in a session that is published and not over."""
    if session.state is not SessionState.PUBLISHED:
        raise DomainError(lazy("This session is not published, or it is cancelled."))
    refuse_when_over(session)


def confirm(token: str) -> Registration:
    """Keep the seat or the place: the link was mailed to the address, so the address is proven."""
    link, registration, session = hold_by_link(token)
    if registration.state not in ACTIVE:
        raise DomainError(lazy("This registration has ended. You can register again below."))
    refuse_when_over(session)
    _confirm(registration)
    use_link(link)
    move_up(session)
    return registration


def _confirm(registration: Registration) -> None:
    registration.confirmed_at = registration.confirmed_at or now()
    if registration.state is RegistrationState.PENDING:
        registration.state = RegistrationState.CONFIRMED
    registration.held_until = None


def cancel(token: str) -> Registration:
    """Leave. The seat goes to the next who waits; what the person's calendar holds is taken back."""
    link, registration, session = hold_by_link(token)
    if registration.state not in ACTIVE:
        return registration
    refuse_when_over(session)
    use_link(link)
    leave(registration)
    record_act(registration.person_id, "registration cancelled", f"registration:{registration.id}")
    db.session.flush()
    notices.tell_of_cancellation(registration)
    move_up(session)
    return registration


def decline_nomination(token: str, reason: str = "") -> Registration:
    """Say no to being named by an office: as leaving, and who named the person is told, with the reason.

    Raises `DomainError` for somebody who was not named.
    """
    link, registration, session = hold_by_link(token)
    if registration.state not in ACTIVE:
        return registration
    if registration.nominated_by_id is None:
        raise DomainError(lazy("Nobody has named you for this session."))
    refuse_when_over(session)
    use_link(link)
    leave(registration, RegistrationState.DECLINED)
    registration.reason = reason
    record_act(registration.person_id, "nomination declined", f"registration:{registration.id}")
    db.session.flush()
    tell_of_declined_nomination(registration)
    move_up(session)
    return registration


def come_back(token: str) -> Registration:
    """Register again after leaving, at the end of the order; where people apply, as a new application.

    Raises `DomainError` when registration is closed, or when this registration may not be taken up by its person.
    """
    link, registration, session = hold_by_link(token)
    if registration.state in ACTIVE:
        return registration
    if not takes_registrations(session):
        raise DomainError(lazy("Registration for this session is closed."))
    _refuse_return(registration, session)
    use_link(link)
    enter(registration, session, address_is_proven=True)
    record_act(registration.person_id, "registered again", f"registration:{registration.id}")
    db.session.flush()
    notices.tell_of_registration(registration)
    return registration


def may_come_back(registration: Registration, session: TrainingSession) -> bool:
    """Whether somebody who has left may take up their registration by themselves."""
    return registration.state not in ACTIVE and takes_registrations(session) and _return_stands(registration, session)


def _refuse_return(registration: Registration, session: TrainingSession) -> None:
    if not _return_stands(registration, session):
        raise DomainError(lazy("You cannot register again by yourself. Please ask those who run the session."))


def _return_stands(registration: Registration, session: TrainingSession) -> bool:
    """Not against a no of those who run the session, nor without a nomination that still holds where one is needed."""
    if is_refused(registration):
        return False
    if session.policy is not RegistrationPolicy.NOMINATION:
        return True
    return registration.nominated_by_id is not None


def confirm_registrations_of(event: AddressConfirmed) -> None:
    """Somebody has proven their address in another way: seats held for it are theirs, and so are places in line.

    Where those who move up are asked whether they come, only they themselves say so: the seat stays held.
    """
    for session_id, registration_id in unproven_registrations(event.person_id):
        session = lock_session(session_id)
        registration = registration_by_id(registration_id)
        if registration is None or registration.state not in ACTIVE or is_over(session):
            continue
        if session.confirm_hours is None:
            _confirm(registration)
        else:
            registration.confirmed_at = registration.confirmed_at or now()
