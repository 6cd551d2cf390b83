"""Another address for a person's mails: asked for by the link of a registration, and theirs once it is proven.

The mails, the sign-in and every registration of the person follow the address. So the link of a registration is enough
for who only takes part; who has a role here must be signed in, or that link would open what the role opens.
"""

from datetime import timedelta

from trainapp.accounts.links import LinkGone, confirm_address, find_link, issue_link, mail_address_of, scope_id
from trainapp.accounts.models import AddressChange, EmailAddress, MailedLink, Person
from trainapp.accounts.queries import person_by_address, valid_grants
from trainapp.core.addresses import normalize_address
from trainapp.core.audit import record_act
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import DomainError
from trainapp.core.languages import lazy
from trainapp.core.throttle import allow
from trainapp.registrations import notices, own_notices
from trainapp.registrations.models import InvitationMethod, Registration
from trainapp.registrations.own_queries import (
    active_registrations,
    address_change_by_id,
    known_address,
    last_registration,
    links_mailed_to,
    open_address_links,
)
from trainapp.registrations.queries import registration_by_id
from trainapp.registrations.service import MAIL_SPAN, MAILS_PER_ADDRESS, open_link
from trainapp.scheduling.locks import hold_turn_of
from trainapp.scheduling.queries import is_over
from trainapp.scheduling.service import lock_session
from trainapp.scheduling.trainer_feed import SCOPE as FEED_SCOPE

SCOPE = "address"
LINK_LIFETIME = timedelta(days=7)


def must_sign_in(person: Person, signed_in: Person | None) -> bool:
    """Whether a person's address is changed by nobody but themselves, signed in."""
    return bool(valid_grants(person)) and (signed_in is None or signed_in.id != person.id)


def _refuse_without_sign_in(person: Person, signed_in: Person | None) -> None:
    if must_sign_in(person, signed_in):
        raise DomainError(lazy("You have a role here. Please sign in first, then change your address."))


def ask_address_change(token: str, address: str, signed_in: Person | None = None) -> None:
    """Mail a link to the address a person wants their mails to go to; one that is somebody else's is told so instead.

    The page's answer is the same for both. Raises `LinkGone`, and `DomainError` for who must sign in first.
    """
    _link, registration = open_link(token)
    person = registration.person
    _refuse_without_sign_in(person, signed_in)
    if not _may_ask(person, address):
        return
    owner = person_by_address(address)
    if owner is not None and owner.id != person.id:
        own_notices.tell_address_in_use(owner, address)
    else:
        own_notices.tell_address_link(registration, address, _issue_link(person, address))


def _may_ask(person: Person, address: str) -> bool:
    """Neither a person nor the owner of an address is to get mails without end."""
    by_person = allow("address_change", str(person.id), MAILS_PER_ADDRESS, MAIL_SPAN)
    return allow("address_change_to", normalize_address(address), MAILS_PER_ADDRESS, MAIL_SPAN) and by_person


def _issue_link(person: Person, address: str) -> str:
    """A link for the change wanted last; those for earlier ones lead nowhere any more."""
    _revoke_links(person)
    change = AddressChange(person=person, address=address)
    db.session.add(change)
    db.session.flush()
    return issue_link(person, f"{SCOPE}:{change.id}", now() + LINK_LIFETIME, to_known_address=False)


def _revoke_links(person: Person) -> None:
    for link in open_address_links(person, SCOPE):
        link.revoked_at = now()


def open_address_link(token: str) -> tuple[MailedLink, AddressChange]:
    """The change that a mailed link opens. Raises `LinkGone`."""
    link = find_link(token, SCOPE)
    change = address_change_by_id(scope_id(link))
    if change is None:
        raise LinkGone()
    return link, change


def change_address(token: str, signed_in: Person | None = None) -> None:
    """Let a person's mails go to the address a link was mailed to; what the old one's calendar holds goes with them.

    Links mailed to the old one open nothing any more; each registration still to come has a new one mailed.

    Raises `LinkGone`, and `DomainError` for who must sign in first or where the address has become somebody else's.
    """
    link, change = open_address_link(token)
    person = change.person
    hold_turn_of(person)  # the same link pressed twice, or two of them
    db.session.refresh(link)
    db.session.refresh(person, ["addresses"])
    if link.used_at is not None:
        return
    if link.revoked_at is not None:
        raise LinkGone()
    _refuse_without_sign_in(person, signed_in)
    held = _hold_registrations(person)
    known = known_address(change.address)
    if known is not None and known.person_id != person.id:
        raise DomainError(lazy("This address belongs to somebody already."))
    is_other = known is None or known.id != mail_address_of(person).id
    unsent = _leave_address(person, held) if is_other else {}
    link.used_at = now()
    _prefer(person, known or _new_address(person, change))
    _revoke_links(person)
    record_act(person.id, "address changed", f"person:{person.id}")
    if is_other:
        for registration in held:
            before = unsent[registration.id]
            notices.tell(registration, "address_new", carries=InvitationMethod.REQUEST, before=before)


def _hold_registrations(person: Person) -> list[Registration]:
    """What a person has not left and is not over, as it stands, with each session held, always in one order."""
    held = []
    for session_id, registration_id in active_registrations(person):
        session = lock_session(session_id)
        registration = registration_by_id(registration_id)
        if registration is not None and not is_over(session):
            held.append(registration)
    return held


def _leave_address(person: Person, held: list[Registration]) -> dict[int, notices.Unsent]:
    """Take leave of the address that mails went to, whose links end; gives what never left for it, by registration."""
    last = last_registration(person)
    if last is not None:
        own_notices.tell_address_left(last)
    unsent = {registration.id: notices.take_back(registration, "address_taken_back") for registration in held}
    for link in links_mailed_to(mail_address_of(person), besides=FEED_SCOPE):
        link.revoked_at = now()
    return unsent


def _new_address(person: Person, change: AddressChange) -> EmailAddress:
    address = EmailAddress(address=change.address, normalized=normalize_address(change.address))
    person.addresses.append(address)
    return address


def _prefer(person: Person, address: EmailAddress) -> None:
    """Make an address the one mails go to, also where another was chosen within the same second."""
    chosen = [each.preferred_at + timedelta(seconds=1) for each in person.addresses if each.preferred_at is not None]
    address.preferred_at = max([now(), *chosen])
    confirm_address(address)
