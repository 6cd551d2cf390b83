"""Links mailed to people: random, kept as a digest, with one scope, revocable."""

from datetime import datetime

from sqlalchemy import select

from trainapp.accounts.models import EmailAddress, MailedLink, Person
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import DomainError
from trainapp.core.events import AddressConfirmed, publish
from trainapp.core.languages import lazy
from trainapp.core.tokens import digest, secret_token


class LinkGone(DomainError):
    """The link was used, revoked, has run out, or never was; the reader may ask for a new one."""

    status = 410

    def __init__(self) -> None:
        super().__init__(
            lazy("This link has been used, has run out or was replaced by a newer one. Ask for a new link.")
        )


def issue_link(person: Person, scope: str, expires_at: datetime | None = None, *, to_known_address: bool = True) -> str:
    """Make a link to be mailed to where a person's mails go, and give its secret, which is nowhere else.

    Not `to_known_address` where it goes to an address that is not yet the person's: using it proves no other.
    """
    token = secret_token()
    link = MailedLink(token_digest=digest(token), scope=scope, person=person, expires_at=expires_at, created_at=now())
    link.address = mail_address_of(person) if person.addresses and to_known_address else None
    db.session.add(link)
    return token


def find_link(token: str, scope_kind: str) -> MailedLink:
    """The link of a secret whose scope is `scope_kind` or begins with `scope_kind:`. Raises `LinkGone`."""
    link = db.session.scalar(select(MailedLink).where(MailedLink.token_digest == digest(token)))
    if (
        link is None
        or link.scope.partition(":")[0] != scope_kind
        or link.revoked_at is not None
        or (link.expires_at is not None and link.expires_at <= now())
        or link.person.erased_at is not None
    ):
        raise LinkGone()
    return link


def scope_id(link: MailedLink) -> int:
    """The record a scope such as `registration:17` opens."""
    return int(link.scope.split(":")[1])


def use_link(link: MailedLink) -> None:
    """Note that the person acted through their link, which proves the address it was mailed to, and that it works."""
    link.used_at = link.used_at or now()
    if link.address is not None:
        confirm_address(link.address)


def confirm_address(address: EmailAddress) -> None:
    """Note that an address is its person's, and is read."""
    address.confirmed_at = address.confirmed_at or now()
    address.bounced_at, address.bounce_reason = None, ""
    db.session.flush()
    publish(AddressConfirmed(address.person_id))


def is_confirmed(person: Person) -> bool:
    return any(address.confirmed_at is not None for address in person.addresses)


def address_of(person: Person) -> str:
    """Where a person's mails go."""
    return mail_address_of(person).address


def mail_address_of(person: Person) -> EmailAddress:
    """The confirmed address the person chose last, else the first confirmed one, else the first."""
    return min(person.addresses, key=_preference)


def _preference(address: EmailAddress) -> tuple[bool, float, int]:
    chosen_at = address.preferred_at.timestamp() if address.preferred_at else 0.0
    return address.confirmed_at is None, -chosen_at, address.id or 0
