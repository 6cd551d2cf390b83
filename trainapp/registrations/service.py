"""Registering, confirming, leaving and coming back.

Registering with an address that is known changes nothing about its person, and the answer on the page is the same
for everybody: what happened stands in the mail.
"""

from dataclasses import dataclass
from datetime import timedelta

from trainapp.accounts.links import find_link, is_confirmed, scope_id, use_link
from trainapp.accounts.models import MailedLink, Person
from trainapp.accounts.queries import person_by_address
from trainapp.accounts.service import add_person
from trainapp.core.addresses import normalize_address
from trainapp.core.audit import record_act
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import DomainError
from trainapp.core.events import AddressConfirmed
from trainapp.core.languages import lazy
from trainapp.core.throttle import allow
from trainapp.offices.models import Office
from trainapp.registrations import notices
from trainapp.registrations.models import ACTIVE, Registration, RegistrationState
from trainapp.registrations.queries import registration_by_id, registration_of, unproven_registrations
from trainapp.registrations.waiting_list import move_up, take_place
from trainapp.scheduling.models import RegistrationPolicy, TrainingSession
from trainapp.scheduling.queries import is_over, registration_is_open_to, takes_registrations
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

    `signed_in` is whoever fills in the form: the person, or for a session by nomination the office's focal point.
    Who is registered already gets their link again, unless they had it too often in the last hour.
    """
    session = lock_session(session.id)
    if not registration_is_open_to(signed_in, session):
        raise DomainError(lazy("Registration for this session is closed."))
    person = person_by_address(details.address)
    known = registration_of(session, person) if person else None
    if known is not None:
        if _may_mail_again(details.address):
            notices.send_link_again(known)
        return
    if person is None:
        person = add_person(details.name, details.address, details.language, details.zone, details.office)
    is_own = signed_in is not None and signed_in.id == person.id and is_confirmed(person)
    nominator = signed_in if session.policy is RegistrationPolicy.NOMINATION else None
    registration = Registration(
        session=session,
        person=person,
        name=details.name,
        office=details.office,
        language=details.language,
        zone=details.zone,
        nominated_by_id=nominator.id if nominator else None,
    )
    take_place(registration, session, address_is_proven=is_own)
    db.session.add(registration)
    db.session.flush()
    record_act(signed_in.id if signed_in else None, "registered", f"registration:{registration.id}")
    notices.tell_of_registration(registration)


def send_link_again(session: TrainingSession, address: str, language: str) -> None:
    """Mail the link of a registration, or that there is none; the page's answer is the same for both."""
    if not _may_mail_again(address):
        return
    person = person_by_address(address)
    registration = registration_of(session, person) if person else None
    if registration is None:
        notices.tell_not_registered(address, language, session)
    else:
        notices.send_link_again(registration)


def _may_mail_again(address: str) -> bool:
    return allow("mail_again", normalize_address(address), MAILS_PER_ADDRESS, MAIL_SPAN)


def open_link(token: str) -> tuple[MailedLink, Registration]:
    """The registration that a mailed link opens. Raises `LinkGone`."""
    link = find_link(token, LINK_SCOPE)
    registration = registration_by_id(scope_id(link))
    if registration is None:
        raise DomainError(lazy("This registration no longer exists."))
    return link, registration


def _hold(token: str) -> tuple[MailedLink, Registration, TrainingSession]:
    """The registration of a link as it stands once its session is held: what was read before is read anew."""
    link, seen = open_link(token)
    session = lock_session(seen.session_id)
    registration = registration_by_id(seen.id)
    assert registration is not None
    return link, registration, session


def _refuse_when_over(session: TrainingSession) -> None:
    """The record of a session that took place is not changed by its participants."""
    if is_over(session):
        raise DomainError(lazy("This session is over."))


def confirm(token: str) -> Registration:
    """Keep the seat or the place: the link was mailed to the address, so the address is proven."""
    link, registration, session = _hold(token)
    if registration.state not in ACTIVE:
        raise DomainError(lazy("This registration has ended. You can register again below."))
    _refuse_when_over(session)
    _confirm(registration)
    use_link(link)
    move_up(session)
    return registration


def _confirm(registration: Registration) -> None:
    registration.confirmed_at = registration.confirmed_at or now()
    registration.held_until = None
    if registration.state is RegistrationState.PENDING:
        registration.state = RegistrationState.CONFIRMED


def cancel(token: str) -> Registration:
    """Leave. The seat goes to the next who waits; what the person's calendar holds is taken back."""
    link, registration, session = _hold(token)
    if registration.state not in ACTIVE:
        return registration
    _refuse_when_over(session)
    use_link(link)
    registration.state = RegistrationState.CANCELLED
    registration.held_until = None
    registration.ended_at = now()
    record_act(registration.person_id, "registration cancelled", f"registration:{registration.id}")
    db.session.flush()
    notices.tell_of_cancellation(registration)
    move_up(session)
    return registration


def come_back(token: str) -> Registration:
    """Register again after leaving, at the end of the order. Raises `DomainError` when registration is closed."""
    link, registration, session = _hold(token)
    if registration.state in ACTIVE:
        return registration
    if not takes_registrations(session):
        raise DomainError(lazy("Registration for this session is closed."))
    use_link(link)
    take_place(registration, session, address_is_proven=True)
    record_act(registration.person_id, "registered again", f"registration:{registration.id}")
    db.session.flush()
    notices.tell_of_registration(registration)
    return registration


def confirm_registrations_of(event: AddressConfirmed) -> None:
    """Somebody has proven their address in another way: seats held for it are theirs, and so are places in line."""
    for session_id, registration_id in unproven_registrations(event.person_id):
        session = lock_session(session_id)
        registration = registration_by_id(registration_id)
        if registration is not None and registration.state in ACTIVE and not is_over(session):
            _confirm(registration)
