"""Reads about the registrations of one person."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from trainapp.accounts.models import AddressChange, EmailAddress, MailedLink, Person
from trainapp.core.addresses import normalize_address
from trainapp.core.database import db
from trainapp.registrations.models import ACTIVE, Registration


def last_registration(person: Person) -> Registration | None:
    """What a person said of themselves when they last registered."""
    return db.session.scalar(
        select(Registration)
        .where(Registration.person_id == person.id)
        .options(joinedload(Registration.office))
        .order_by(Registration.id.desc())
        .limit(1)
    )


def active_registrations(person: Person) -> list[tuple[int, int]]:
    """Session and registration ids of what a person has not left, in the order of locking."""
    rows = db.session.execute(
        select(Registration.session_id, Registration.id)
        .where(Registration.person_id == person.id, Registration.state.in_(ACTIVE))
        .order_by(Registration.session_id)
    )
    return [(session_id, registration_id) for session_id, registration_id in rows]


def known_address(address: str) -> EmailAddress | None:
    """The row of an address, whoever has it."""
    return db.session.scalar(select(EmailAddress).where(EmailAddress.normalized == normalize_address(address)))


def address_change_by_id(change_id: int) -> AddressChange | None:
    return db.session.scalar(
        select(AddressChange).where(AddressChange.id == change_id).options(joinedload(AddressChange.person))
    )


def open_address_links(person: Person, scope_kind: str) -> list[MailedLink]:
    """The links to other addresses of a person that may still be used."""
    return list(
        db.session.scalars(
            select(MailedLink).where(
                MailedLink.person_id == person.id,
                MailedLink.scope.startswith(f"{scope_kind}:"),
                MailedLink.used_at.is_(None),
                MailedLink.revoked_at.is_(None),
            )
        )
    )


def links_mailed_to(address: EmailAddress, *, besides: str) -> list[MailedLink]:
    """The links that went to an address and still open something, but for those of the scope `besides`."""
    return list(
        db.session.scalars(
            select(MailedLink).where(
                MailedLink.address_id == address.id,
                MailedLink.scope.not_like(f"{besides}:%"),
                MailedLink.revoked_at.is_(None),
            )
        )
    )
